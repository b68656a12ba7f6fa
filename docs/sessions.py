"""Runs the console blocks of pages against simulated platforms and writes what they print; `--check` compares."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import httpx

from omnishop.cli import entry, words
from omnishop.cli.sandbox import announce
from omnishop.ledger import Ledger
from omnishop.model import aware
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation

DOCS = Path(__file__).resolve().parent
PAGES = ("commands.md", "simulators.md", "acting.md", "../README.md", "../README.zh-CN.md")
"""Of a page above the docs only the blocks marked `console session` are run, with the shops registered before."""
SHOWN_URL = "http://127.0.0.1:54321"
SHOWN_HOME = "/home/me/.local/share/omnishop"
SEED, ORDERS, NOW = 1, 6, "2026-03-18T10:00:00"
WIDTH = 118

BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
MARKED = re.compile(r"```console session\n(.*?)```", re.DOTALL)
REVIEWS = """\
订单编号,评价内容,评分,评价时间,优惠券
6920001,很好用,5,2026-03-01 10:00:00,无
6920002,一般,6,2026-03-02 09:05:00,无
"""


class Session:
    """One home, one world; the commands of all blocks of a page run in it, one after the other."""

    def __init__(self, world: Sandbox, folder: Path, lang: str = "en") -> None:
        self._world = world
        self._lang = lang
        self._ids = itertools.count(1)
        self._folder = folder
        self._home = folder / "home"
        (folder / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
        vector = {
            "secret": "7d1e5b90c3f84a2e9b06d4c8f1a37e52",
            "params": {
                "method": "jingdong.pop.order.search",
                "app_key": "9F3C7A51E0B84D26A1C95B7D4E6F8032",
                "timestamp": "2026-03-18 10:15:30",
                "v": "2.0",
                "360buy_param_json": '{"page":"1","page_size":"100"}',
                "access_token": "c0ffee5a1b2c3d4e5f60718293a4b5c6axyz",
            },
        }
        (folder / "request.json").write_text(json.dumps(vector), encoding="utf-8")

    def block(self, text: str) -> str:
        """The block with each command's real output below it."""
        commands = [line for line in text.splitlines() if line.startswith("$ ")]
        return "".join(f"{line}\n{self._output(line.removeprefix('$ '))}" for line in commands)

    def _output(self, command: str) -> str:
        assignments, program, *args = self._parsed(command)
        if args[:2] == ["sandbox", "serve"]:
            with self._printing() as printed:
                announce(self._world.ready(), as_json="--json" in args)
            return self._plain(printed.getvalue())
        if program == "curl":
            return self._posted(*args)
        if program != "omnishop":
            sys.exit(f"docs: a console block runs omnishop, not {program}: {command}")
        if args[0] == "decode":
            self._capture(next(arg for arg in args if arg.endswith(".json")))
        env = {
            "OMNISHOP_HOME": str(self._home),
            "OMNISHOP_LANG": self._lang,
            "COLUMNS": str(WIDTH),
            **assignments,
        }
        with mock.patch.dict(os.environ, env), self._ledger(), self._printing() as printed:
            words.forget()
            code = entry.run(args)
            words.forget()
        told = f"exit {code}\n" if code else ""
        return self._plain(printed.getvalue()) + told

    def _ledger(self) -> contextlib.AbstractContextManager[Any]:
        """Its machine stands still, its ids count, and nothing waits for a minute."""
        nothing = timedelta(0)
        told = {
            "machine": lambda: aware(NOW),
            "new_id": lambda: hashlib.sha256(str(next(self._ids)).encode()).hexdigest()[:32],
            "limit": nothing,
            "gap": nothing,
            "pauses": (0.0,),
        }
        return mock.patch.dict(Ledger.__init__.__kwdefaults__, told)

    def _posted(self, *args: str) -> str:
        """`curl -d BODY ADDRESS`."""
        return httpx.post(args[-1], content=args[args.index("-d") + 1]).text + "\n"

    def register(self) -> None:
        self._output(f"omnishop shops add --sandbox {SHOWN_URL}")

    def _parsed(self, command: str) -> list:
        parts = shlex.split(command.replace(SHOWN_URL, self._world.url), comments=True)
        assignments = {}
        while "=" in parts[0]:
            name, _, value = parts.pop(0).partition("=")
            assignments[name] = value
        return [assignments, *parts]

    @contextlib.contextmanager
    def _printing(self) -> Iterator[io.StringIO]:
        """What is said to people and to the next program, in the order of its saying."""
        printed = io.StringIO()
        with (
            contextlib.chdir(self._folder),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            mock.patch("sys.stdin", io.StringIO("")),
        ):
            yield printed

    def _plain(self, text: str) -> str:
        """Without what differs from machine to machine."""
        for here, shown in ((self._world.url, SHOWN_URL), (str(self._home), SHOWN_HOME)):
            text = text.replace(here, shown)
        text = re.sub(r"http://127\.0\.0\.1:\d{5}(?=\n|$)", SHOWN_URL, text)
        text = re.sub(r"[+-]\d s ahead", "+0 s ahead", text)
        text = re.sub(r"timestamp=\d+", "timestamp=1773799200", text)
        return text if not text or text.endswith("\n") else text + "\n"

    def _capture(self, name: str) -> None:
        """An answer as it would be captured: a record of the world inside the platform's envelope."""
        shown = io.StringIO()
        env = {"OMNISHOP_HOME": str(self._home), "OMNISHOP_LANG": "en"}
        with mock.patch.dict(os.environ, env), contextlib.redirect_stdout(shown):
            entry.run(["cases", "list", "--platform", "taobao", "--json", "--limit", "1"])
        case_id = json.loads(shown.getvalue())["case_id"]
        raw = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        with mock.patch.dict(os.environ, env), contextlib.redirect_stdout(raw):
            entry.run(["cases", "show", case_id, "--raw"])
        record = raw.buffer.getvalue().decode().strip()
        answer = f'{{"refund_get_response":{{"refund":{record},"request_id":"16omni98i9ko"}}}}'
        (self._folder / name).write_text(answer, encoding="utf-8")


def rewritten(page: Path) -> str:
    world = Simulation.new(seed=SEED, orders=ORDERS, now=aware(NOW))
    with Sandbox(world) as running, tempfile.TemporaryDirectory() as folder:
        text = page.read_text(encoding="utf-8")
        session = Session(running, Path(folder).resolve(), "zh" if "zh-CN" in page.name else "en")
        if page.resolve().parent == DOCS:
            return BLOCK.sub(lambda found: f"```console\n{session.block(found[1])}```", text)
        session.register()
        return MARKED.sub(lambda found: f"```console session\n{session.block(found[1])}```", text)


def main() -> None:
    stale = []
    for name in PAGES:
        page = DOCS / name
        after = rewritten(page)
        if after != page.read_text(encoding="utf-8"):
            stale.append(name)
            if "--check" not in sys.argv:
                page.write_text(after, encoding="utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"docs show what is no longer printed, run docs/sessions.py: {', '.join(stale)}")


if __name__ == "__main__":
    main()
