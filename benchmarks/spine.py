"""What reading costs, each figure beside its peer in the same run: `python benchmarks/spine.py`.

Figures are the best of several interleaved rounds, in CPU time where a network is part of it. Ratios are the
result; the absolute figures belong to this machine and this run.
"""

from __future__ import annotations

import asyncio
import json
import platform as machine
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import orjson
import pydantic

from omnishop import Shop, clock, registry
from omnishop.client import AsyncShop
from omnishop.drivers.sync import SyncDriver
from omnishop.flow import Call
from omnishop.model import aware
from omnishop.ports import Request, Response, Token, Window
from omnishop.sandbox.simulation import Simulation

NOW = aware("2026-09-01T10:00:00")
ORDERS = 320  # a third has a case: more than one page of 100
ROUNDS = 15


class Tape(httpx.BaseTransport):
    """Keeps what the simulated platform answered."""

    def __init__(self, simulation: Simulation) -> None:
        self._inner = simulation.transport()
        self.answers: list[bytes] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        self.answers.append(answer.read())
        return httpx.Response(answer.status_code, content=self.answers[-1])


def best(works: dict[str, Callable[[], Any]], rounds: int = ROUNDS, number: int = 5) -> dict[str, float]:
    """Least seconds of CPU for one run of each work; the works take turns."""
    least = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            begun = time.process_time()
            for _ in range(number):
                work()
            least[name] = min(least[name], (time.process_time() - begun) / number)
    return least


# ---------------------------------------------------------------- decode and map


def page_of(simulation: Simulation, entry: dict[str, Any], stream_name: str) -> tuple[Any, Call, bytes]:
    """The largest answer of one stream: (account, the call, its bytes)."""
    tape = Tape(simulation)
    calls: list[Call] = []
    with Shop.open(**entry, driver=SyncDriver(httpx.Client(transport=tape))) as shop:
        stream = next(s for s in shop.streams() if s.name == stream_name)
        start = NOW - min(stream.span, timedelta(days=30))
        flow = stream.pages(shop.account, Window(start, NOW))
        page = shop.run(watched(flow, calls))
        while page.next is not None:
            page = shop.run(watched(page.next(), calls))
        index = max(range(len(tape.answers)), key=lambda number: len(tape.answers[number]))
        return shop.account, calls[index], tape.answers[index]


def watched(flow: Any, calls: list[Call]) -> Any:
    """The same flow; each call is noted as it passes."""
    call = next(flow)
    while True:
        calls.append(call)
        payload = yield call
        try:
            call = flow.send(payload)
        except StopIteration as done:
            return done.value


def decode_and_map(simulation: Simulation) -> None:
    print("\ndecode + map one page of a case list, raw kept, no details fetched (CPU, best of rounds)")
    print("goals: ratio <= 1.0 Douyin (100 records), <= 2.5 Taobao (100) and JD (its own limit is 50)")
    print(
        f"{'platform':10} {'records':>7} {'kB':>6} {'ours µs':>9} {'orjson':>8} {'json':>8} {'pydantic':>9}   ratio"
    )
    for name, entry in shops_by_platform(simulation).items():
        adapter = registry.adapter(name)
        stream = next(
            s for s in adapter.streams(entry["storefront"]) if s.record == "case" and s.clock == "changed"
        )
        account, call, body = page_of(simulation, entry, stream.name)
        response = Response(200, body)

        def ours(
            adapter: Any = adapter, call: Call = call, response: Response = response, account: Any = account
        ) -> Any:
            return adapter.decode(call.method, adapter.codec.decode(call, response), account)

        plain = plain_model(json.loads(body))
        took = best(
            {
                "ours": ours,
                "orjson": lambda body=body: orjson.loads(body),
                "json": lambda body=body: json.loads(body),
                "pydantic": lambda body=body, plain=plain: plain.validate_json(body),
            }
        )
        us = {key: value * 1e6 for key, value in took.items()}
        print(
            f"{name:10} {len(ours()):7} {len(body) / 1000:6.0f} {us['ours']:9.0f} {us['orjson']:8.0f} "
            f"{us['json']:8.0f} {us['pydantic']:9.0f}   {us['ours'] / us['orjson']:.2f}"
        )


def plain_model(sample: Any) -> pydantic.TypeAdapter[Any]:
    """A pydantic model of the same shape, each level with the fields that the page really has."""
    counter = iter(range(10**6))

    def of(value: Any) -> Any:
        if isinstance(value, dict):
            fields = {key: (of(item) | None, None) for key, item in value.items()}
            aliased = {
                f"f{next(counter)}": (kind, pydantic.Field(default, alias=key))
                for key, (kind, default) in fields.items()
            }
            return pydantic.create_model(f"M{next(counter)}", **aliased)
        if isinstance(value, list):
            return list[of(value[0])] if value else list[Any]
        return Any

    return pydantic.TypeAdapter(of(sample))


def shops_by_platform(simulation: Simulation) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for entry in simulation.shops("http://simulated.test")["shops"]:
        found.setdefault(entry["platform"], entry)
    return found


# ---------------------------------------------------------------- one call

REPLAY = """
import socketserver, sys
body = sys.stdin.buffer.read()
answer = b"HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(body) + body
class Replay(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    def handle(self):
        while self.rfile.readline():
            size = 0
            while (line := self.rfile.readline()) != b"\\r\\n":
                name, _, value = line.partition(b":")
                size = int(value) if name.lower() == b"content-length" else size
            self.rfile.read(size)
            self.wfile.write(answer)
with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Replay) as server:
    server.daemon_threads = True
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""


@contextmanager
def replay_server(body: bytes) -> Iterator[str]:
    """Answers every request with the same bytes, from another process: its CPU is not ours."""
    command = [sys.executable, "-c", REPLAY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        server.stdin.write(body)
        server.stdin.close()
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        server.terminate()


def one_call(simulation: Simulation) -> None:
    print(
        "\none call over loopback: token + sign + encode + open the envelope, beside bare httpx, same bytes"
    )
    print(
        "(CPU of this process; the answer is one page of cases; 'own' is the part beside HTTP, without a network)"
    )
    print("goal: ratio <= 1.10")
    heads = f"{'bare':>6} {'ratio':>6}"
    print(f"{'platform':10} {'sync µs':>8} {heads}   {'async µs':>8} {heads}   {'own µs':>6}")
    for name, entry in shops_by_platform(simulation).items():
        streams = Shop.open(**entry).streams("case", "changed")
        account, call, body = page_of(simulation, entry, streams[0].name)
        with replay_server(body) as url:
            moved = {**entry, "gateway": entry["gateway"].replace("http://simulated.test", url)}
            took = sync_call(moved, call) | asyncio.run(async_call(moved, call))
        us = {key: value * 1e6 for key, value in (took | own_part(account, call, body)).items()}
        print(
            f"{name:10} {us['sync']:8.0f} {us['bare']:6.0f} {us['sync'] / us['bare']:6.2f}   "
            f"{us['async']:8.0f} {us['async bare']:6.0f} {us['async'] / us['async bare']:6.2f}   {us['own']:6.0f}"
        )


def once(call: Call) -> Any:
    payload = yield call
    return payload


def signed(entry: dict[str, Any], call: Call) -> Request:
    """The very request that the driver sends."""
    shop = Shop.open(**entry)
    return shop.adapter.codec.encode(call, shop.account, Token(entry["access_token"]), clock.now())


def own_part(account: Any, call: Call, body: bytes) -> dict[str, float]:
    codec, token, response = registry.adapter(account.platform).codec, Token("token"), Response(200, body)

    def work() -> None:
        codec.encode(call, account, token, NOW)
        codec.decode(call, response)

    return best({"own": work}, number=40)


def sync_call(entry: dict[str, Any], call: Call) -> dict[str, float]:
    request = signed(entry, call)
    with Shop.open(**entry) as shop, httpx.Client() as client:

        def bare() -> bytes:
            return client.request(
                request.method, request.url, headers=list(request.headers), content=request.content
            ).content

        return best({"sync": lambda: shop.run(once(call)), "bare": bare}, number=40)


async def async_call(entry: dict[str, Any], call: Call) -> dict[str, float]:
    request = signed(entry, call)
    async with AsyncShop.open(**entry) as shop, httpx.AsyncClient() as client:

        async def ours() -> None:
            await shop.run(once(call))

        async def bare() -> bytes:
            answer = await client.request(
                request.method, request.url, headers=list(request.headers), content=request.content
            )
            return answer.content

        least = {"async": float("inf"), "async bare": float("inf")}
        for _ in range(ROUNDS):
            for name, work in (("async", ours), ("async bare", bare)):
                begun = time.process_time()
                for _ in range(40):
                    await work()
                least[name] = min(least[name], (time.process_time() - begun) / 40)
        return least


# ---------------------------------------------------------------- start-up


def start_up() -> None:
    print("\nstart-up, seconds of wall time, best of 7; goals: import <= 0.3, --help <= 0.5")
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "import omnishop": [sys.executable, "-c", "import omnishop"],
        "omnishop --help": [sys.executable, "-m", "omnishop", "--help"],
    }
    for name, command in commands.items():
        least = float("inf")
        for _ in range(7):
            begun = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            least = min(least, time.perf_counter() - begun)
        print(f"{name:18} {least:.3f}")


def main() -> None:
    print(
        f"{machine.python_implementation()} {machine.python_version()}, {machine.machine()}, {machine.system()}"
    )
    print(f"httpx {httpx.__version__}, msgspec {msgspec.__version__}")
    print(f"orjson {orjson.__version__}, pydantic {pydantic.VERSION}")
    simulation = Simulation.new(seed=1, orders=ORDERS, now=NOW)
    decode_and_map(simulation)
    one_call(simulation)
    start_up()


if __name__ == "__main__":
    main()
