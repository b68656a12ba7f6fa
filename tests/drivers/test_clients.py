"""The drivers over real HTTP on loopback, with each HTTP library they accept."""

from __future__ import annotations

import asyncio
import http.server
import json
import socket
import struct
import threading

import httpx
import httpx2
import httpx_aiohttp
import pytest
import stamina
from attrs import evolve
from tests.fake_adapter import ACCOUNT, FakeAdapter

from omnishop import OutcomeUnknown, Transient, WireError
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.exchange import Unguarded
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.tokens import MemoryTokens
from omnishop.ports import Token

ADAPTER = FakeAdapter()

SYNC = {"httpx": httpx.Client, "httpx2": httpx2.Client}
ASYNC = {
    "httpx": httpx.AsyncClient,
    "httpx2": httpx2.AsyncClient,
    "aiohttp": httpx_aiohttp.HttpxAiohttpClient,
}


class Platform(http.server.BaseHTTPRequestHandler):
    """Answers by the method asked for; `case.reset` resets the connection, `case.cut` ends it half-way."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        how = asked["params"].get("id")
        body = json.dumps({"data": {"id": "9" * 200}}).encode()
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: 20 if how == "cut" else None])
        self.close_connection = how == "cut"

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def gateway():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Platform) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(
    params=[*(("sync", name) for name in SYNC), *(("async", name) for name in ASYNC)], ids="-".join
)
def run(request, gateway):
    world, name = request.param
    account = evolve(ACCOUNT, app=evolve(ACCOUNT.app, gateway=gateway))
    tokens = MemoryTokens({"main": Token("access-1")})

    def sync(flow, **options):
        with SYNC[name]() as client:
            return SyncDriver(client, **options).run(flow, ADAPTER, account, tokens, Unguarded())

    def in_loop(flow, **options):
        async def main():
            async with ASYNC[name]() as client:
                driver = AsyncDriver(client, **options)
                return await driver.run(flow, ADAPTER, account, tokens, Unguarded())

        return asyncio.run(main())

    with stamina.set_testing(True, attempts=2):
        yield sync if world == "sync" else in_loop


def read(how="9"):
    return ADAPTER.case(ACCOUNT, "case", how)


def test_an_answer_comes_through(run):
    assert run(read()).case_id == "9" * 200


@pytest.mark.parametrize("how", ["reset", "cut"])
def test_a_lost_connection_is_transient_for_a_read(run, how):
    with pytest.raises(Transient):
        run(read(how))


@pytest.mark.parametrize("how", ["reset", "cut"])
def test_a_lost_connection_is_doubt_for_a_write(run, how):
    with pytest.raises(OutcomeUnknown):
        run(ADAPTER.refund(ACCOUNT, how))


def test_a_large_answer_is_refused(run):
    with pytest.raises(WireError):
        run(read(), body_limit=100)


@pytest.mark.parametrize("flow", [read, lambda: ADAPTER.refund(ACCOUNT, "9")], ids=["read", "write"])
@pytest.mark.parametrize("client", [httpx.Client, httpx2.Client])
def test_a_refused_connection_never_sent_anything(client, flow):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    account = evolve(ACCOUNT, app=evolve(ACCOUNT.app, gateway=f"http://127.0.0.1:{port}/"))
    tokens = MemoryTokens({"main": Token("access-1")})
    with (
        client() as http,
        stamina.set_testing(True, attempts=2),
        pytest.raises(Transient, match="nothing was sent"),
    ):
        SyncDriver(http).run(flow(), ADAPTER, account, tokens, Unguarded())
