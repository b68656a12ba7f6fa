"""Each exchange is a span under whatever asked for it, in threads and in tasks alike."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest
import stamina
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.fake_adapter import ACCOUNT, FakeAdapter

from omnishop import clock, telemetry
from omnishop.client import AsyncShop, Shop
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.tokens import MemoryTokens
from omnishop.errors import Transient
from omnishop.ports import Token
from omnishop.telemetry import clocks
from omnishop.telemetry.signals import heard_by


@pytest.fixture
def spans():
    exporter = InMemorySpanExporter()
    tracers = TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    with heard_by(tracers, None), stamina.set_testing(True, attempts=2):
        yield exporter.get_finished_spans
    tracers.shutdown()


def tokens():
    return MemoryTokens({"main": Token("access-1")})


async def answer(request):
    await asyncio.sleep(0)  # whoever else waits goes on in between
    return httpx.Response(200, json={"data": {"id": "9"}})


def test_tasks_side_by_side_keep_their_spans_apart(spans):
    async def ask(shop, name):
        with telemetry.span("omnishop.window", list=name):
            for _ in range(3):
                await shop.call("case.get", {"id": "9"})

    async def all_of_them():
        driver = AsyncDriver(httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        async with AsyncShop(ACCOUNT, tokens(), adapter=FakeAdapter(), driver=driver) as shop:
            await asyncio.gather(*(ask(shop, f"list {number}") for number in range(4)))

    asyncio.run(all_of_them())
    windows = {each.context.span_id: each for each in spans() if each.name == "omnishop.window"}
    calls = [each for each in spans() if each.name == "omnishop.call"]
    assert (len(windows), len(calls)) == (4, 12)
    for call in calls:
        window = windows[call.parent.span_id]
        assert window.start_time <= call.start_time <= call.end_time <= window.end_time
    assert all(sum(call.parent.span_id == own for call in calls) == 3 for own in windows)


@pytest.fixture
def noticed():
    clocks.forget()
    yield clocks.ahead
    clocks.forget()


@pytest.mark.parametrize(
    ("date", "apart"),
    [
        (timedelta(hours=-1), 3600),
        (timedelta(minutes=2), -120),
        (timedelta(), 0),
        (None, None),
        ("soon", None),
    ],
)
def test_the_dates_of_answers_tell_whether_our_clock_is_right(noticed, date, apart):
    told = date if date is None or isinstance(date, str) else format_datetime(clock.now() + date, usegmt=True)
    headers = {} if told is None else {"Date": told}

    def dated(_request):
        return httpx.Response(200, headers=headers, json={"data": {"id": "9"}})

    driver = SyncDriver(httpx.Client(transport=httpx.MockTransport(dated)))
    with Shop(ACCOUNT, tokens(), adapter=FakeAdapter(), driver=driver) as shop:
        shop.call("case.get", {"id": "9"})
    found = noticed()
    if apart is None:
        assert found == {}
    else:
        assert found[ACCOUNT.platform].total_seconds() == pytest.approx(apart, abs=3)


def test_a_call_that_is_made_again_has_a_span_for_each_try(spans):
    answers = iter([httpx.Response(503), httpx.Response(200, json={"data": {"id": "9"}})])
    driver = SyncDriver(httpx.Client(transport=httpx.MockTransport(lambda _: next(answers))))
    with Shop(ACCOUNT, tokens(), adapter=FakeAdapter(), driver=driver) as shop:
        shop.call("case.get", {"id": "9"})
    failed, done = spans()
    assert failed.attributes["error.type"] == Transient.__name__
    assert "error.type" not in done.attributes
    assert done.attributes["omnishop.method"] == "case.get"
    assert not {"access-1", "secret-of-app"} & set(map(str, done.attributes.values()))
