"""How much is taken: in size, in all and from one address; what is refused is not read."""

from __future__ import annotations

import asyncio

import pytest

from omnishop.listen import Receiver
from omnishop.listen.bucket import Bucket, Peers

HOOK = "/push/douyin"


@pytest.fixture
def clock(monkeypatch):
    """Stands still until it is moved."""
    now = [100.0]
    monkeypatch.setattr("omnishop.clock.monotonic", lambda: now[0])
    return now


@pytest.fixture
def receiver(store, clock):
    return Receiver(store, told=lambda: None, body_limit=1000, rate=4, burst=8)


def ask(receiver, peer="10.0.0.1", parts=(b"{}",), headers=()):
    """The status, and how many parts of the body were asked for."""
    coming, answers = list(parts), []

    async def receive():
        body = coming.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(coming)}

    async def send(message):
        answers.append(message)

    scope = {"type": "http", "method": "POST", "path": HOOK, "headers": list(headers), "client": (peer, 1)}
    asyncio.run(receiver(scope, receive, send))
    return answers[0]["status"], len(parts) - len(coming)


def test_one_address_gets_half_of_what_all_get(receiver, clock):
    statuses = [ask(receiver)[0] for _ in range(6)]
    assert statuses == [200] * 4 + [429] * 2
    assert [ask(receiver, "10.0.0.2")[0] for _ in range(4)] == [200] * 4, "another is not in its way"
    assert ask(receiver, "10.0.0.3") == (429, 0), "all together are at their end, and nothing is read"
    assert receiver.tally.too_many == 3
    clock[0] += 1
    assert [ask(receiver)[0] for _ in range(3)] == [200, 200, 429], "two a second come back to one address"


def test_a_refused_caller_is_told_when_to_come_again(receiver):
    for _ in range(4):
        ask(receiver)
    answers = []

    async def send(message):
        answers.append(message)

    scope = {"type": "http", "method": "POST", "path": HOOK, "headers": [], "client": ("10.0.0.1", 1)}
    asyncio.run(receiver(scope, None, send))
    assert answers[0]["status"] == 429
    assert b"retry-after" in {name.lower() for name, _ in answers[0]["headers"]}


@pytest.mark.parametrize(
    ("parts", "headers", "asked"),
    [
        ((b"x" * 1001,), ((b"content-length", b"1001"),), 0),
        ((b"x" * 600, b"x" * 600, b"x" * 600), (), 2),
        ((b"x" * 600, b"x" * 600, b"x" * 600), ((b"content-length", b"5"),), 2),
    ],
    ids=["said to be too large", "of unsaid length", "larger than said"],
)
def test_a_body_over_the_limit_is_left_unread(receiver, parts, headers, asked):
    assert ask(receiver, parts=parts, headers=headers) == (413, asked)
    assert receiver.tally.too_large == 1


def test_a_bucket_gives_its_rate_and_no_more_whatever_the_clock_does():
    bucket = Bucket(10, 5)
    taken = sum(bucket.take(at / 100) for at in range(1000))
    assert 5 + 99 <= taken <= 5 + 100
    assert [bucket.take(0.0) for _ in range(3)].count(True) <= 1, "a clock put back brings nothing"


def test_addresses_are_forgotten_the_oldest_first():
    peers = Peers(1, 1, most=3)
    assert peers.of("a").take(0)
    for name in ("b", "c"):
        peers.of(name)
    assert not peers.of("a").take(0), "known still, and now the latest"
    peers.of("d")
    assert not peers.of("a").take(0)
    assert peers.of("b").take(0), "forgotten, and like a new one"
