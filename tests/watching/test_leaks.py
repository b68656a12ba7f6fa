"""What platforms send and what we send them shows nowhere outside: no log, span, metric, error or page quotes it.

Simulated platforms answer with names, telephone numbers and tokens planted wherever free text or nonsense may
stand; shops are pulled, written to and refused in every way; then all that can be seen from outside is searched.
"""

from __future__ import annotations

import asyncio
import io
import json
import random
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
import stamina
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from omnishop import clock, engine
from omnishop.cli import pull as pull_command
from omnishop.cli import quarantine as quarantine_command
from omnishop.drivers.sync import SyncDriver
from omnishop.engine.inbox import InboxWorker, keep_told
from omnishop.engine.simulated import World, present, register
from omnishop.errors import OmnishopError, OutcomeUnknown, Rejected
from omnishop.ledger import Ledger
from omnishop.listen import Receiver
from omnishop.model import Event, Unreadable
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Query
from omnishop.telemetry.signals import heard_by
from omnishop.telemetry.writing import logs
from omnishop.watching import Watch
from omnishop.watching.gauges import Gauges
from omnishop.watching.told import health_json

NOW = datetime(2026, 9, 1, 2, 0, 0, tzinfo=UTC)
NAME, PHONE, PASSED = "欧阳锦绣", "13912345678", "6102a7c1e5planted"
WORDS = f"receiver {PHONE}, session={PASSED}, mail {'ouyang@example.com'}"
SECRETS = (NAME, PHONE, PASSED, "ouyang@example.com")


class Planting:
    """Between us and the platforms: every Chinese text becomes a person's, some values become nonsense."""

    def __init__(self, *, spoil: float = 0.0) -> None:
        self._random = random.Random(7)  # noqa: S311 - a test that can be replayed
        self._spoil = spoil
        self.instead: httpx.Response | None = None
        self.planted = 0

    def driver(self) -> SyncDriver:
        return SyncDriver(httpx.Client(transport=Wire(self), trust_env=False))

    def opened(self, store, shop):
        return engine.open_shop(store, shop, driver=self.driver())

    def answer(self, answer: httpx.Response) -> httpx.Response:
        content = answer.read()
        if self.instead is not None:
            return httpx.Response(self.instead.status_code, content=self.instead.content)
        try:
            told = json.loads(content)
        except ValueError:
            return httpx.Response(answer.status_code, content=content)
        planted = json.dumps(self._walked(told, 0), ensure_ascii=False).encode()
        return httpx.Response(answer.status_code, content=planted)

    def _walked(self, value, depth):
        if isinstance(value, dict):
            return {name: self._walked(item, depth + 1) for name, item in value.items()}
        if isinstance(value, list):
            return [self._walked(item, depth + 1) for item in value]
        if isinstance(value, str) and any("一" <= letter <= "鿿" for letter in value):
            self.planted += 1
            return f"{NAME} {PHONE}"
        if depth > 4 and self._random.random() < self._spoil:
            self.planted += 1
            return f"{NAME} {PHONE} {PASSED}"
        return value


class Wire(httpx.BaseTransport):
    def __init__(self, planting: Planting) -> None:
        self._under = httpx.HTTPTransport()
        self._planting = planting

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._under.handle_request(request)
        try:
            return self._planting.answer(answer)
        finally:
            answer.close()

    def close(self) -> None:
        self._under.close()


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Simulation.new(seed=11, orders=5, now=NOW)) as running:
        yield running


@pytest.fixture
def shops(store, sandbox):
    with World.at(sandbox.url) as door:
        return register(store, door, now=NOW)


@pytest.fixture
def secrets(shops, sandbox):
    """Beside what was planted: every key and token of the shops."""
    told = sandbox.ready()["shops"]
    kinds = ("app_secret", "access_token", "refresh_token", "operator_token")
    return [*SECRETS, *{shop[kind] for shop in told for kind in kinds if shop.get(kind)}]


@pytest.fixture
def outside(store):
    """All that can be seen: lines, spans, the page; and whatever a test adds to it."""
    lines, spans, more = io.StringIO(), InMemorySpanExporter(), []
    tracers = TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    watch = Watch(store, present(), stands_s=0.0)
    gauges = Gauges(watch)
    env = {"OMNISHOP_LOG": "debug", "OMNISHOP_LOG_FORM": "json"}

    def seen() -> dict[str, str]:
        return {
            "log": lines.getvalue(),
            "spans": "".join(span.to_json() for span in spans.get_finished_spans()),
            "metrics": gauges.page()[1].decode(),
            "health": msgspec.json.encode(health_json(watch.health())).decode(),
            "told": "\n".join(more),
        }

    with logs(lines, env), heard_by(tracers, gauges.provider), stamina.set_testing(True, attempts=2):
        yield seen, more.append
    gauges.close()
    tracers.shutdown()


def pulled(store, shops, planting):
    """What is new of every shop: all of its lists, not all of its history."""
    for stored in shops:
        now = present()(stored)
        with planting.opened(store, stored) as shop:
            yield engine.pull_live(store, stored, shop, now=now)


def tell_error(say, error):
    for text in (error.told("zh"), error.told("en"), str(error), repr(error), str(error.args)):
        say(text)


def search(outside, secrets):
    """Nothing of it is there; and each of the places has something to be searched in."""
    seen = outside[0]()
    for where, text in seen.items():
        assert text, where
        for secret in secrets:
            assert secret not in text, (where, text[max(text.index(secret) - 200, 0) :][:400])
    return seen


def test_a_pull_of_planted_records(store, shops, secrets, outside):
    planting = Planting()
    reports = list(pulled(store, shops, planting))
    assert not [str(error) for each in reports for error in each.errors]
    assert planting.planted > 50
    kept = [each.raw.decode() for each in store.records.list("order", Query(limit=20))]
    assert any(NAME in json.dumps(json.loads(raw), ensure_ascii=False) for raw in kept)  # the store has it
    for each in reports:
        outside[1](msgspec.json.encode(pull_command._json(each)).decode())
    seen = search(outside, secrets)
    assert seen["log"].count('"event":"call"') > 20
    assert '"omnishop.page"' in seen["spans"]


def test_records_that_cannot_be_read(store, shops, secrets, outside, capsys):
    for each in pulled(store, shops, Planting(spoil=0.02)):
        outside[1](msgspec.json.encode(pull_command._json(each)).decode())
        for error in each.errors:
            tell_error(outside[1], error)
    bad = store.quarantine.list()
    assert bad
    assert any(NAME.encode() in each.raw or PHONE.encode() in each.raw for each in bad)  # it is kept, raw
    for each in bad:
        outside[1](msgspec.json.encode(quarantine_command._json(each)).decode())
    seen = search(outside, secrets)
    assert "records not read" in seen["log"]


def envelope(platform, words, code):
    if platform == "douyin":
        return {"code": 50002, "msg": words, "sub_code": code, "sub_msg": words, "log_id": "l1"}
    if platform == "jd":
        return {"error_response": {"code": code, "zh_desc": words, "en_desc": words}}
    return {"error_response": {"code": 15, "msg": words, "sub_code": code, "sub_msg": words}}


ANSWERS = {
    "down": lambda _: httpx.Response(502, content=f"<html>{NAME} {WORDS}</html>".encode()),
    "no json": lambda _: httpx.Response(200, content=f"{NAME} {WORDS}".encode()),
    "cut": lambda _: httpx.Response(200, content=f'{{"data": {{"name": "{NAME} {PHONE}", "a'.encode()),
    "empty": lambda _: httpx.Response(200, content=b""),
    "other": lambda _: httpx.Response(200, content=json.dumps({"name": NAME, "token": PASSED}).encode()),
    "refused": lambda p: httpx.Response(200, content=json.dumps(envelope(p, WORDS, "isv.no")).encode()),
    "token": lambda p: httpx.Response(200, content=json.dumps(envelope(p, WORDS, "19")).encode()),
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_errors_of_each_kind_on_every_platform(store, shops, secrets, outside, kind):
    met = set()
    planting = Planting()
    for stored in shops:
        planting.instead = ANSWERS[kind](stored.platform)
        [report] = pulled(store, [stored], planting)
        with planting.opened(store, stored) as shop, pytest.raises(OmnishopError) as caught:
            shop.order("404")
        for error in (*report.errors, caught.value):
            met.add(type(error))
            tell_error(outside[1], error)
        outside[1](msgspec.json.encode(pull_command._json(report)).decode())
    assert met
    search(outside, secrets)


def test_a_platform_that_quotes_our_own_secrets(store, shops, secrets, outside):
    planting = Planting()
    for stored in shops:
        account = store.shops.account(stored)
        token = store.tokens(stored).load("main")
        words = f"bad call of {account.app.app_secret} by {token.access}"
        content = json.dumps(envelope(stored.platform, words, "isv.no")).encode()
        planting.instead = httpx.Response(200, content=content)
        with planting.opened(store, stored) as shop, pytest.raises(OmnishopError) as caught:
            shop.order("1")
        tell_error(outside[1], caught.value)
    search(outside, secrets)


def test_acts_that_carry_words_and_meet_every_end(store, shops, secrets, outside):
    """What is said to a buyer, and what comes back: refused, in doubt, done."""
    stored = next(each for each in shops if each.platform == "douyin")
    ledger = Ledger(store, now=present(), pauses=(0.0,), limit=timedelta(0), gap=timedelta(0))
    ledger.allow(stored, "remark")
    engine.pull(store, [stored], now=present())
    cases = store.records.list("case", Query(shop=stored.shop_id, stage="requested"))
    assert cases
    planting, ends = Planting(), set()
    with ledger.shop(stored, driver=planting.driver()) as shop:
        for instead in (None, ANSWERS["refused"]("douyin"), ANSWERS["down"]("douyin")):
            for case in cases:
                planting.instead = instead
                try:
                    outcome = shop.act("remark", case.case_id, text=f"{NAME} {PHONE}")
                    ends.add(outcome.state)
                except (Rejected, OutcomeUnknown, OmnishopError) as error:
                    ends.add(type(error))
                    tell_error(outside[1], error)
        for intent in ledger.book.list():
            outside[1](f"{intent.id} {intent.verb} {intent.state}")
    assert len(ends) > 1
    seen = search(outside, secrets)
    assert '"omnishop.act"' in seen["spans"]


def test_messages_and_pushes(store, shops, secrets, outside):
    stored = next(each for each in shops if each.platform == "douyin")
    raw = f'{{"name": "{NAME}", "phone": "{PHONE}", "token": "{PASSED}"}}'.encode()
    now = clock.now()
    told = [
        Event("douyin", "refund", shop_id=stored.shop_id, event_id="1", case_id="404", raw=raw, text=NAME),
        Event("douyin", "refund", shop_id="nobody", event_id="2", case_id="404", raw=raw),
        Unreadable("douyin", "push", "topic: missing", None, raw),
    ]
    keep_told(store, "douyin", told, now)
    planting = Planting()
    planting.instead = ANSWERS["refused"]("douyin")
    with InboxWorker(store, present=present(), opened=planting.opened) as worker:
        worker.step(now)
    for each in store.inbox.list():
        outside[1](f"{each.state} {each.why}")
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=Receiver(store, told=lambda: None)))

    async def push():
        async with http:
            for headers in ({}, {"app-id": stored.app_key, "event-sign": PASSED}):
                answer = await http.post("http://us.test/push/douyin", content=raw, headers=headers)
                outside[1](answer.text)

    asyncio.run(push())
    seen = search(outside, secrets)
    assert "push not signed" in seen["log"]
    assert 'outcome="forged"' in seen["metrics"]
