"""A shop's history as signed pages over HTTP, computed from seed and index: `python benchmarks/pages.py`.

Case `k` of a shop changed `k` minutes before the present and looks like one of the simulated platform's cases, with
ids and times of its own; none is held, so there may be any number of shops. Which shop is meant stands in the token.
A process of its own: its CPU is not the reader's. It prints the port it listens on at loopback and stands for two
doors of the platform: the list of cases by their time of change, and the token of a self-used app. Signatures are
not looked at.
"""

from __future__ import annotations

import json
import re
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx
from attrs import evolve

from omnishop import Shop, registry
from omnishop.client.face import account_of, tokens_of
from omnishop.drivers.sync import SyncDriver
from omnishop.model import aware
from omnishop.ports import Window
from omnishop.sandbox.simulation import Simulation

PLATFORM, STOREFRONT, SHOP = "douyin", "douyin", 12345678
NOW = aware("2026-09-01T10:00:00")
NOW_S = int(NOW.timestamp())
SEED = 7
EVERY = timedelta(minutes=1)
"""A shop has a case as often as this; ids follow the days on which cases were opened, ten at most before."""

LONGEST = 250_000
"""Cases of one shop that lie within the reach of the list."""

LOOKS = 320
"""Orders of the simulated shop whose cases lend their looks: about a third has one."""

EVERY_S = int(EVERY.total_seconds())
_TEN_DAYS, _THREE_DAYS = 864_000, 259_200
_HOLES = {
    "aftersale_id": "case",
    "related_id": "order",
    "shop_order_id": "order",
    "sku_order_id": "order",
    "apply_time": "opened",
    "update_time": "changed",
    "create_time": "opened",
    "status_deadline": "due",
    "aftersale_status_to_final_time": "changed",
}
_HOLE = re.compile(f'"({"|".join(_HOLES)})":("?)(\\d+)"?')
_WAYBILL = re.compile(r'"return_logistics_code":"[^"]+"')


def shop(number: int = 0) -> dict[str, str]:
    """Its keys, as everybody who reads it needs them."""
    return {
        "platform": PLATFORM,
        "storefront": STOREFRONT,
        "shop_id": str(SHOP + number),
        "app_key": "7000000000000000001",
        "app_secret": "4283fefc-63f0-cd0e-873a-0000c6d07ef7",
        "access_token": f"7c282200-9bff-43a2-5544-{number:012}",
    }


class ListAlone:
    """An adapter whose shop has one list, that of cases by their time of change, without their details."""

    def __init__(self, adapter: Any) -> None:
        self._adapter = adapter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adapter, name)

    def streams(self, storefront: str) -> Any:
        found = (each for each in self._adapter.streams(storefront) if each.record == "case")
        return tuple(evolve(each, complete=None) for each in found if each.clock == "changed")


def opened(url: str, number: int = 0) -> Shop:
    """A shop of these pages, read as any other."""
    keys = shop(number)
    tokens = tokens_of(keys.pop("access_token"), None, None)
    adapter: Any = ListAlone(registry.adapter(PLATFORM))
    return Shop(account_of(**keys, gateway=url), tokens, adapter=adapter)


def looks() -> list[bytes]:
    """The cases of a simulated shop as `%` templates of their own bytes."""
    simulation = Simulation.new(seed=SEED, orders=LOOKS, now=NOW, platforms=(PLATFORM,))
    entry = next(
        each
        for each in simulation.shops("http://simulated.test")["shops"]
        if each["platform"] == PLATFORM and each["storefront"] == STOREFRONT
    )
    client = httpx.Client(transport=simulation.transport())
    with Shop.open(**entry, driver=SyncDriver(client)) as shop:
        stream = next(each for each in shop.streams("case", "changed"))
        window = Window(NOW - timedelta(days=60), NOW)
        found = [case for page in shop.pages(stream, window) for case in page.items]
    return [_template(case.raw.decode()) for case in found]


def _template(text: str) -> bytes:
    def hole(met: re.Match[str]) -> str:
        name, quote, value = met.groups()
        return met[0] if value == "0" else f'"{name}":{quote}%({_HOLES[name]})d{quote}'

    text = _WAYBILL.sub('"return_logistics_code":"SF%(case)d"', text.replace("%", "%%"))
    return _HOLE.sub(hole, text).encode()


class History:
    """Which case stands where is arithmetic."""

    def __init__(self, templates: list[bytes], seed: int) -> None:
        self._templates = templates
        self._seed = seed

    def case(self, number: int, index: int) -> bytes:
        mixed = (index * 0x9E3779B97F4A7C15 + (self._seed + number) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        mixed = ((mixed ^ (mixed >> 31)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        changed = NOW_S - index * EVERY_S
        opened = changed - (mixed >> 11) % _TEN_DAYS
        low = index + number * 50_021 & 0xFFFFF
        return self._templates[mixed % len(self._templates)] % {
            b"case": 10**17 + (opened << 20 | low),
            b"order": 6 * 10**18 + (opened - _THREE_DAYS << 20 | low),
            b"opened": opened,
            b"changed": changed,
            b"due": changed + _THREE_DAYS,
        }

    def page(self, number: int, start: int, end: int, page: int, size: int) -> tuple[list[bytes], int]:
        """Ascending by the time of change, both ends inside; and how many the whole window holds."""
        first, last = (NOW_S - start) // EVERY_S, max(-((end - NOW_S) // EVERY_S), 0)
        total = max(first - last + 1, 0)
        begin = first - page * size
        rows = range(begin, max(begin - size, last - 1), -1)
        return [self.case(number, index) for index in rows], total


def answer(history: History, address: str, asked: dict[str, Any], *, old_code: bool) -> bytes:
    """The platform's envelope around one page."""
    path, _, query = address.partition("?")
    tail = b',"err_no":0,"message":"success"}' if old_code else b"}"
    if path == "/token/create":
        token = {"access_token": "t-0", "refresh_token": "r", "expires_in": 604_800, "shop_id": SHOP}
        return b'{"code":10000,"data":' + json.dumps(token).encode() + b',"msg":"success"' + tail
    page, size = asked["page"], asked["size"]
    number = int(dict(parse_qsl(query)).get("access_token", "-0").rpartition("-")[2])
    rows, total = history.page(number, asked["update_start_time"], asked["update_end_time"], page, size)
    more = b"true" if (page + 1) * size < total else b"false"
    return b"".join(
        (
            b'{"code":10000,"data":{"items":[',
            b",".join(rows),
            b'],"has_more":%b,"total":%d,"page":%d,"size":%d},' % (more, total, page, len(rows)),
            b'"log_id":"2026090110000084","msg":"success","sub_code":"","sub_msg":""',
            tail,
        )
    )


class _Door(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    history: History

    def handle(self) -> None:
        while line := self.rfile.readline():
            size, old_code = 0, True
            while (head := self.rfile.readline()) not in {b"\r\n", b""}:
                name, _, value = head.partition(b":")
                size = int(value) if name.lower() == b"content-length" else size
                old_code = old_code and name.lower() != b"x-open-no-old-err-code"
            asked = json.loads(self.rfile.read(size) or b"{}")
            body = answer(self.history, line.split(b" ")[1].decode(), asked, old_code=old_code)
            self.wfile.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
                + body
            )


@contextmanager
def served(doors: int = 1) -> Iterator[list[str]]:
    """The addresses of so many servers, each a process of its own, of one and the same history."""
    running = [
        subprocess.Popen(
            [sys.executable, __file__, "--with-starter"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(doors)
    ]
    try:
        yield [f"http://127.0.0.1:{int(each.stdout.readline())}" for each in running if each.stdout]
    finally:
        for each in running:
            each.terminate()
            each.wait()


def main() -> None:
    _Door.history = History(looks(), SEED)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Door) as server:
        server.daemon_threads = True
        print(server.server_address[1], flush=True)
        if "--with-starter" in sys.argv:  # whose end, however it came, closes our input
            threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
        server.serve_forever()


if __name__ == "__main__":
    main()
