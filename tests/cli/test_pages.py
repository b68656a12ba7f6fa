"""The pages on commands and simulators show what is really printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from typer.main import get_command

from omnishop.cli.entry import app
from omnishop.cli.sandbox import ORDERS
from omnishop.sandbox.simulation import DEFAULT_ORDERS

ROOT = Path(__file__).parents[2]
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")


def programs(command, path):
    if not hasattr(command, "commands"):
        yield path, command
        return
    for name, below in command.commands.items():
        yield from programs(below, f"{path} {name}")


def test_every_block_prints_what_it_shows():
    env = {name: value for name, value in os.environ.items() if not name.startswith("OMNISHOP_")}
    done = subprocess.run(
        [sys.executable, "docs/sessions.py", "--check"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_command_and_option_is_on_the_page():
    for path, command in programs(get_command(app), "omnishop"):
        _, found, section = COMMANDS.partition(f"### {path}\n")
        assert found, path
        section = section.partition("\n### ")[0]
        for param in command.params:
            name = param.opts[0] if param.opts[0].startswith("-") else param.name.upper()
            assert f"`{name}`" in section, (path, name)
        assert command.help, path


def test_every_command_has_help_in_both_languages():
    code = (
        "from typer.main import get_command; from omnishop.cli.entry import app\n"
        "from tests.cli.test_pages import programs\n"
        "for path, command in programs(get_command(app), 'omnishop'): print(path, '|', command.help)"
    )
    told = {}
    for lang in ("en", "zh"):
        env = {**os.environ, "OMNISHOP_LANG": lang}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True
        )
        told[lang] = dict(line.split(" | ", 1) for line in done.stdout.splitlines())
    assert told["en"].keys() == told["zh"].keys()
    for path, english in told["en"].items():
        assert english.isascii(), path
        assert any("一" <= sign <= "鿿" for sign in told["zh"][path]), path


def test_the_default_shown_is_the_worlds_own():
    assert ORDERS == DEFAULT_ORDERS
