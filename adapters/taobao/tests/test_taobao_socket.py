"""The message channel over a WebSocket, without one: who we are, what a frame says, what is answered."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from omnishop.errors import AuthError, ConfigError, RateLimited
from omnishop.model import Event, Unreadable
from omnishop.ports import Account, App, Delivered, Opened
from omnishop_taobao import adapter
from omnishop_taobao.toplink import Format, Frame, Header, Type, decode, encode

DATA = Path(__file__).parent / "data"
FRAMES = {
    name: bytes.fromhex(text)
    for name, text in json.loads((DATA / "toplink_frames.json").read_text(encoding="utf-8"))["frames"].items()
}
CONNECT = json.loads((DATA / "signing_vectors.json").read_text(encoding="utf-8"))["tmc_connect"]
TOKEN = "3f0a6f9e-54d1-4b61-8f6e-1c9f7f2b5a10"
CHANNEL = adapter.channel
SOCKET = CHANNEL.socket
APP = App("taobao", CONNECT["params"]["app_key"], CONNECT["app_secret"])
ACCOUNT = Account(APP, "tmall", "2200123456789")
CONTENT = json.dumps({"refund_id": 9007199254740993, "tid": 2231958300000000001, "buyer_nick": "某**"})
MESSAGE = (
    Header.text("topic", "taobao_refund_RefundCreated"),
    Header("userid", Format.INT64, 2200123456789),
    Header("__kind", Format.BYTE, 3),
    Header.text("publisher", "12497914"),
    Header("retried", Format.BYTE, 0),
    Header.text("content", CONTENT),
    Header("id", Format.INT64, 7190100000000000001),
    Header("time", Format.DATE, 1789441200000),
    Header.text("nick", "a shop"),
    Header("dataid", Format.INT64, 2231958300000000001),
    Header("outtime", Format.DATE, 1789441200500),
)


def sent(*headers, **more):
    return encode(Frame(Type.SEND, headers, TOKEN, **more))


def changed(name, value, form=None):
    return tuple(
        evolve(each, value=value, format=form or each.format) if each.name == name else each
        for each in MESSAGE
    )


def test_the_first_frame_is_signed_as_published():
    now = datetime.fromtimestamp(int(CONNECT["params"]["timestamp"]) / 1000, UTC)
    frame = decode(SOCKET.hello(ACCOUNT, now))
    told = {each.name: each.value.decode() for each in frame.headers}
    assert frame.type is Type.CONNECT
    assert {name: told[name] for name in CONNECT["params"]} == CONNECT["params"]
    assert told["sign"] == CONNECT["sign"]
    assert APP.app_secret.encode() not in SOCKET.hello(ACCOUNT, now)


def test_what_is_sent_from_then_on_is_the_published_clients_to_the_byte():
    assert SOCKET.read(FRAMES["ack"]) == Opened(TOKEN)
    assert SOCKET.ask(TOKEN) == FRAMES["pull"]
    assert SOCKET.confirm(TOKEN, "7190100000000000001") == FRAMES["confirm"]
    assert SOCKET.read(FRAMES["numbers"]).receipt == str(2**63 - 1)


@pytest.mark.parametrize(
    "frame",
    [
        sent(*MESSAGE),
        sent(*changed("content", gzip.compress(CONTENT.encode()), Format.BYTES)),
        sent(*changed("__kind", b"3", Format.TEXT)),
        sent(*(each for each in MESSAGE if each.name != "__kind")),
    ],
)
def test_a_message_is_read_whatever_its_dress(frame):
    came = SOCKET.read(frame)
    event = came.told
    assert isinstance(event, Event)
    assert came.receipt == event.event_id == "7190100000000000001"
    assert (event.shop_id, event.case_id) == ("2200123456789", "9007199254740993")
    assert (event.order_id, event.topic) == ("2231958300000000001", "taobao_refund_RefundCreated")
    assert event.at == datetime.fromtimestamp(1789441200, UTC)


def test_two_messages_about_one_order_are_two():
    """`dataid` is what they are about."""
    first, second = (SOCKET.read(sent(*changed("id", number))).told for number in (1, 2))
    assert first.event_id != second.event_id
    unnamed = [each for each in MESSAGE if each.name != "id"]
    assert SOCKET.read(sent(*unnamed)).told.event_id is None


@pytest.mark.parametrize(
    "frame",
    [
        sent(*changed("content", "某".encode()[:2])),
        sent(*changed("content", b"no gzip", Format.BYTES)),
        sent(*changed("content", gzip.compress(b"\xff"), Format.BYTES)),
        sent(*changed("content", b'{"tid": [')),
        sent(*changed("topic", b"")),
        sent(*MESSAGE)[:-2],
        sent(*MESSAGE)[:-30],
    ],
)
def test_what_cannot_be_read_is_kept_whole_and_confirmed_by_its_id(frame):
    came = SOCKET.read(frame)
    assert isinstance(came.told, Unreadable)
    assert came.receipt == came.told.record_id == "7190100000000000001"
    assert came.told.raw
    assert "某" not in came.told.error


def test_what_has_no_name_cannot_be_confirmed():
    came = SOCKET.read(b"hello")
    assert (came.receipt, came.told.raw) == (None, b"hello")


@pytest.mark.parametrize(
    "frame",
    [FRAMES["pull"], FRAMES["confirm"], FRAMES["connect"], encode(Frame(Type.SEND_ACK, token=TOKEN)), sent()],
)
def test_what_asks_nothing_of_us_is_passed_over(frame):
    assert SOCKET.read(frame) is None


def test_a_refusal_is_an_error_with_its_code_and_no_secret():
    words = f"bad sign {APP.app_secret}"
    with pytest.raises(AuthError) as told:
        SOCKET.read(encode(Frame(Type.CONNECT_ACK, code=11, phrase=words)))
    assert (told.value.code, APP.app_secret in str(told.value)) == ("11", False)
    for silent in (FRAMES["refusal"], encode(Frame(Type.CONNECT_ACK))):
        with pytest.raises(AuthError):
            SOCKET.read(silent)
    with pytest.raises(RateLimited) as held:
        SOCKET.read(encode(Frame(Type.CONNECT_ACK, phrase="This ban will last for 7 more seconds")))
    assert held.value.retry_after == 8


@pytest.mark.parametrize(
    ("gateway", "settings", "address"),
    [
        (None, {}, "ws://mc.api.taobao.com/"),
        ("http://gw.api.taobao.com/router/rest", {}, "ws://mc.api.taobao.com/"),
        ("https://gw.api.tbsandbox.com/router/rest", {}, "ws://mc.api.tbsandbox.com/"),
        ("http://127.0.0.1:8137/router/rest", {}, "ws://127.0.0.1:8137/"),
        ("https://top.example:444/router/rest", {}, "wss://top.example:444/"),
        (None, {"tmc_url": "wss://mc.example/x"}, "wss://mc.example/x"),
    ],
)
def test_where_it_is(gateway, settings, address):
    account = Account(evolve(APP, gateway=gateway), "tmall", "1", settings=settings)
    assert SOCKET.address(account) == address


def test_it_is_chosen_by_a_setting():
    assert [SOCKET.chosen(each) for each in ({}, {"tmc": "poll"}, {"tmc": "websocket"})] == [
        False,
        False,
        True,
    ]
    with pytest.raises(ConfigError, match="websokket"):
        SOCKET.chosen({"tmc": "websokket"})
    with pytest.raises(ConfigError):
        SOCKET.address(evolve(ACCOUNT, settings={"tmc_url": "http://x/"}))
    assert [CHANNEL.queue(each) for each in ({}, {"tmc_group": "vip"})] == ["default", "vip"]


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda rest: FRAMES["numbers"][:60] + rest))
def test_any_bytes_are_answered(data):
    try:
        came = SOCKET.read(data)
    except (AuthError, RateLimited):
        return
    if isinstance(came, Delivered) and came.receipt is not None:
        SOCKET.confirm(TOKEN, came.receipt)


@given(st.lists(st.sampled_from(MESSAGE), max_size=12), st.data())
def test_any_headers_are_answered(headers, data):
    spoilt = bytearray(sent(*headers))
    for _ in range(data.draw(st.integers(0, 3))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    try:
        came = SOCKET.read(bytes(spoilt))
    except (AuthError, RateLimited):
        return
    if isinstance(came, Delivered) and came.receipt is not None:
        SOCKET.confirm(TOKEN, came.receipt)
