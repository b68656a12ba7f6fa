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
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec
import orjson
import pydantic

from omnishop import Shop, registry
from omnishop.client import AsyncShop
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.sync import SyncDriver
from omnishop.flow import Call
from omnishop.model import aware
from omnishop.ports import Response, Window
from omnishop.sandbox.simulation import Simulation

NOW = aware("2026-09-01T10:00:00")
ORDERS = 320  # a third has a case: more than one page of 100
ROUNDS = 15


class Tape(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Records what the simulated platform answered, or answers the last of it again at no cost."""

    def __init__(self, simulation: Simulation) -> None:
        self._inner = simulation.transport()
        self.answers: list[tuple[httpx.Request, bytes]] = []
        self.replay = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.replay:
            return httpx.Response(200, content=self.answers[-1][1])
        answer = self._inner.handle_request(request)
        self.answers.append((request, answer.read()))
        return httpx.Response(answer.status_code, content=self.answers[-1][1])

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle_request(request)


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
        index = max(range(len(tape.answers)), key=lambda number: len(tape.answers[number][1]))
        return shop.account, calls[index], tape.answers[index][1]


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
    print(
        f"{'platform':10} {'records':>7} {'kB':>6} {'ours µs':>9} {'orjson':>8} {'json':>8} {'pydantic':>9}   ours/orjson"
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


def one_call(simulation: Simulation) -> None:
    print(
        "\none call: token + sign + encode + open the envelope, beside bare httpx with the same bytes (CPU)"
    )
    print(
        f"{'platform':10} {'sync µs':>9} {'bare':>8} {'ratio':>6}   {'async µs':>9} {'bare':>8} {'ratio':>6}"
    )
    for name, entry in shops_by_platform(simulation).items():
        tape = Tape(simulation)
        shop = Shop.open(**entry, driver=SyncDriver(httpx.Client(transport=tape)))
        _, call, _ = page_of(simulation, entry, shop.streams("case", "changed")[0].name)
        shop.run(once(call))
        request, _ = tape.answers[-1]
        tape.replay = True
        bare = httpx.Client(transport=tape)

        def bare_call(bare: httpx.Client = bare, request: httpx.Request = request) -> Any:
            with bare.stream(
                request.method, request.url, headers=request.headers, content=request.content
            ) as answer:
                return b"".join(answer.iter_bytes())

        took = best({"ours": lambda shop=shop, call=call: shop.run(once(call)), "bare": bare_call}, number=40)
        took |= asyncio.run(async_call(entry, call, tape, request))
        us = {key: value * 1e6 for key, value in took.items()}
        print(
            f"{name:10} {us['ours']:9.0f} {us['bare']:8.0f} {us['ours'] / us['bare']:6.2f}   "
            f"{us['async']:9.0f} {us['async bare']:8.0f} {us['async'] / us['async bare']:6.2f}"
        )


def once(call: Call) -> Any:
    payload = yield call
    return payload


async def async_call(
    entry: dict[str, Any], call: Call, tape: Tape, request: httpx.Request
) -> dict[str, float]:
    shop = AsyncShop.open(**entry, driver=AsyncDriver(httpx.AsyncClient(transport=tape)))
    bare = httpx.AsyncClient(transport=tape)

    async def ours() -> None:
        await shop.run(once(call))

    async def bare_call() -> None:
        async with bare.stream(
            request.method, request.url, headers=request.headers, content=request.content
        ) as answer:
            b"".join([part async for part in answer.aiter_bytes()])

    least = {"async": float("inf"), "async bare": float("inf")}
    for _ in range(ROUNDS):
        for name, work in (("async", ours), ("async bare", bare_call)):
            begun = time.process_time()
            for _ in range(40):
                await work()
            least[name] = min(least[name], (time.process_time() - begun) / 40)
    return least


# ---------------------------------------------------------------- start-up


def start_up() -> None:
    print("\nstart-up, seconds of wall time, best of 7")
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
    print(
        f"httpx {httpx.__version__}, msgspec {msgspec.__version__}, orjson {orjson.__version__}, pydantic {pydantic.VERSION}"
    )
    simulation = Simulation.new(seed=1, orders=ORDERS, now=NOW)
    decode_and_map(simulation)
    one_call(simulation)
    start_up()


if __name__ == "__main__":
    assert isinstance(NOW, datetime)
    main()
