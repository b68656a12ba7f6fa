"""The simulated queue over a WebSocket, asked by hand: where it is, who is let in, what the plan of faults does."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from attrs import evolve
from tests.listen.conftest import NOW
from tests.listen.test_following import control
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import connect

from omnishop import engine, registry
from omnishop_taobao.toplink import Format, Frame, Header, Type, decode, encode

__all__ = ["control"]

QUEUES = "taobao"


@pytest.fixture
def dial(sandbox):
    """A client of words of its own."""

    @contextmanager
    def run(path="/", **more):
        with connect(f"ws{sandbox.url.removeprefix('http')}{path}", proxy=None, **more) as line:
            yield line

    return run


def hello(store, shop, **settings):
    account = evolve(engine.account_of(store, shop), settings=settings)
    return registry.adapter(QUEUES).channel.socket.hello(account, NOW)


@pytest.mark.parametrize("path", ["/router/rest", "/_control", "/anything"])
def test_the_simulated_queue_is_at_the_root_alone(dial, path):
    with pytest.raises(InvalidStatus) as told, dial(path):
        raise AssertionError("let in")
    assert told.value.response.status_code == 403


def test_a_connection_may_be_refused_by_the_plan(control, dial):
    control("faults", seed=1, rates={"refuse_connect": 1.0})
    with pytest.raises((OSError, WebSocketException)), dial():
        raise AssertionError("let in")


def last_word(line):
    """What it says before it closes."""
    said = [decode(frame) for frame in line]
    return [(each.type, each.code) for each in said if each.code]


@pytest.mark.parametrize(
    ("first", "code"),
    [
        ("hello", 3),
        (encode(Frame(Type.CONNECT, (Header("app_key", Format.INT32, 1),))), 3),
        (encode(Frame(Type.SEND, token="t")), 27),
        (encode(Frame(Type.CONNECT, (Header.text("app_key", "1"),))), 29),
    ],
    ids=["no frame", "no text", "too early", "no app"],
)
def test_whoever_does_not_say_who_he_is_is_sent_away(dial, first, code):
    with dial() as line:
        line.send(first)
        assert last_word(line) == [(Type.CONNECT_ACK, code)]


@pytest.mark.parametrize("frame", [b"no frame", encode(Frame(Type.SEND, token="another's"))])
def test_who_speaks_in_anothers_name_is_sent_away(dial, store, shops, frame):
    shop = next(each for each in shops if each.platform == QUEUES)
    with dial() as line:
        line.send(hello(store, shop))
        assert decode(line.recv()).token
        line.send(frame)
        assert [kind for kind, _ in last_word(line)] == [Type.SEND_ACK]


def test_another_group_of_the_app_is_told_nothing(dial, store, shops, control):
    shop = next(each for each in shops if each.platform == QUEUES)
    control("buyers", do="order", shop_id=shop.shop_id)
    with dial() as line:
        line.send(hello(store, shop, tmc_group="vip"))
        assert decode(line.recv()).token
        with pytest.raises(TimeoutError):
            line.recv(0.3)
