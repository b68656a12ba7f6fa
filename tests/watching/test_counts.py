"""The counts agree with what was done: a pull, an act, a doubt, messages and pushes of a simulated shop."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from omnishop import clock, engine
from omnishop.drivers.sync import SyncDriver
from omnishop.engine.inbox import InboxWorker, keep_told
from omnishop.engine.simulated import World, present, register
from omnishop.ledger import Ledger
from omnishop.listen import Receiver
from omnishop.model import Event
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Query
from omnishop.telemetry.signals import heard_by

NOW = datetime(2026, 9, 1, 2, 0, 0, tzinfo=UTC)
AT_ONCE = {"pauses": (0.0,), "limit": timedelta(0), "gap": timedelta(0)}


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Simulation.new(seed=11, orders=6, now=NOW)) as running:
        yield running


@pytest.fixture
def shop(store, sandbox):
    with World.at(sandbox.url) as door:
        return next(each for each in register(store, door, now=NOW) if each.platform == "douyin")


@pytest.fixture
def counted():
    """What was counted of a metric, by one of its labels; and the spans."""
    reader, spans = InMemoryMetricReader(), InMemorySpanExporter()
    meters, tracers = MeterProvider([reader], shutdown_on_exit=False), TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(spans))

    def by(name, *labels):
        found = Counter()
        for resource in reader.get_metrics_data().resource_metrics:
            for metric in resource.scope_metrics[0].metrics:
                if metric.name == f"omnishop.{name}":
                    for point in metric.data.data_points:
                        found[tuple(point.attributes[label] for label in labels)] += point.value
        return {key[0] if len(key) == 1 else key: value for key, value in found.items()}

    by.spans = spans.get_finished_spans
    with heard_by(tracers, meters):
        yield by
    meters.shutdown()
    tracers.shutdown()


def pulled(store, shop):
    with engine.open_shop(store, shop) as live:
        return engine.pull_live(store, shop, live, now=present()(shop))


def test_what_a_pull_brought(store, shop, counted):
    report = pulled(store, shop)
    for record in ("order", "case"):
        saved = report.saved(record)
        changes = {key[1]: n for key, n in counted("records", "record", "change").items() if key[0] == record}
        assert saved.new > 0
        assert (changes["new"], changes.get("changed", 0)) == (saved.new, saved.changed)
    answers = counted("windows", "list", "answer")
    assert answers == {
        ("orders_changed", "proved"): 2,  # what is old enough, and the news
        ("cases_changed", "proved"): 2,
        ("cases_open", "bounded"): 1,
    }
    calls = [span for span in counted.spans() if span.name == "omnishop.call"]
    assert len(calls) == sum(counted("calls", "outcome").values()) == counted("calls", "outcome")["ok"]
    [turn] = [span for span in counted.spans() if span.name == "omnishop.pull"]
    windows = [span for span in counted.spans() if span.name == "omnishop.window"]
    assert len(windows) == sum(answers.values())
    assert {span.parent.span_id for span in windows} == {turn.context.span_id}
    assert {span.context.trace_id for span in counted.spans()} == {turn.context.trace_id}


def test_a_comparison(store, shop, counted):
    pulled(store, shop)
    with engine.open_shop(store, shop) as live:
        found = engine.reconcile(store, shop, live, now=present()(shop))
    assert counted("comparisons", "outcome") == {found.verdict: 1}


def test_every_state_an_intent_comes_into(store, shop, counted):
    """Done at once; and done though the answer was lost, until the record showed it: each state once."""
    pulled(store, shop)
    case = store.records.list("case", Query(shop=shop.shop_id, open=True))[0]
    ledger = Ledger(store, now=present(), **AT_ONCE)
    ledger.allow(shop, "remark")
    with ledger.shop(shop) as live:
        assert live.act("remark", case.case_id, text="seen").state == "confirmed"
    assert counted("intents", "verb", "state") == {
        ("remark", "planned"): 1,
        ("remark", "sent"): 1,
        ("remark", "confirmed"): 1,
    }

    def lost(request):
        answer = under.handle_request(request)
        if "remark" in request.url.path.lower():
            answer.close()
            raise httpx.ReadError("reset", request=request)
        return httpx.Response(answer.status_code, content=answer.read())

    with httpx.HTTPTransport() as under:
        driver = SyncDriver(httpx.Client(transport=httpx.MockTransport(lost), trust_env=False))
        with ledger.shop(shop, driver=driver) as live:
            live.act("remark", case.case_id, text="seen again")
    assert counted("intents", "state") == {"planned": 2, "sent": 2, "unknown": 1, "confirmed": 2}
    acts = [span for span in counted.spans() if span.name == "omnishop.act"]
    assert [span.attributes["omnishop.state"] for span in acts] == ["confirmed", "confirmed"]
    assert all(span.attributes["omnishop.case"].startswith("aftersale:") for span in acts)


def test_messages_and_pushes(store, shop, counted):
    pulled(store, shop)
    case = store.records.list("case", Query(shop=shop.shop_id))[0]
    now = clock.now()

    def message(name, shop_id, case_id):
        return Event("douyin", "refund", shop_id=shop_id, event_id=name, case_id=case_id, raw=b"{}")

    told = [message("1", shop.shop_id, case.case_id), message("2", "nobody", "1")]
    keep_told(store, "douyin", told, now)
    keep_told(store, "douyin", told[:1], now)
    with InboxWorker(store, present=present()) as worker:
        worker.step(clock.now())
    assert counted("push.messages", "news") == {"new": 2, "copy": 1}
    assert counted("inbox.worked", "outcome") == {"done": 1, "given_up": 1}

    receiver = Receiver(store, told=lambda: None, body_limit=100)
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=receiver))

    async def push():
        async with http:
            for body in (b"[]", b"x" * 200):
                await http.post("http://us.test/push/douyin", content=body)

    asyncio.run(push())
    assert counted("pushes", "outcome") == {"forged": 1, "too_large": 1}
    assert (receiver.tally.forged, receiver.tally.too_large) == (1, 1)
