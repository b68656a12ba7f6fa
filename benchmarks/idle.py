"""Shops of which nothing is new, over HTTP: `python benchmarks/idle.py`, a process of its own for `run.py`.

Answers every list of the simulated platform with what it said of an empty shop: each address has one answer, held as
bytes, so that next to none of the time is the platform's. It prints its port at loopback. Signatures are not looked
at, and any number of shops may ask.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import tempfile
from pathlib import Path

import httpx

from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.engine import pull_live
from omnishop.model import aware
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store

PLATFORM, STOREFRONT = "douyin", "douyin"
NOW = aware("2026-09-01T10:00:00")

_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class _Recording(httpx.BaseTransport):
    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.answers: dict[str, bytes] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        self.answers[request.url.path] = answer.read()
        return answer


def answers() -> dict[str, bytes]:
    """By path, as an empty shop of the simulated platform gives them to one reading of its news."""
    simulation = Simulation.new(seed=7, orders=0, now=NOW, platforms=(PLATFORM,))
    recording = _Recording(simulation.transport())
    entry = simulation.shops("http://simulated.test")[PLATFORM]
    driver = SyncDriver(httpx.Client(transport=recording))
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(Home.find(Path(folder), {"OMNISHOP_KEY": "only for this run"})) as store,
        Shop.open(**{name: entry[name] for name in KEYS}, driver=driver) as shop,
    ):
        stored = store.shops.add(shop.account, now=NOW)
        report = pull_live(store, stored, shop, now=NOW)
        assert report.ok, report.errors
    return recording.answers


KEYS = ("platform", "storefront", "shop_id", "gateway", "app_key", "app_secret", "access_token")


class _Door(asyncio.Protocol):
    replies: dict[bytes, bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._held = b""

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (end := self._held.find(b"\r\n\r\n")) >= 0:
            head = self._held[:end]
            told = _LENGTH.search(head)
            whole = end + 4 + (int(told[1]) if told else 0)
            if len(self._held) < whole:
                return
            self._held = self._held[whole:]
            path = head.split(b" ", 2)[1].partition(b"?")[0]
            self._transport.write(self.replies[path])


async def serve() -> None:
    _Door.replies = {
        path.encode(): b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
        % (len(body), body)
        for path, body in answers().items()
    }
    server = await asyncio.get_running_loop().create_server(_Door, "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1], "calls": len(_Door.replies)}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())
