"""The simulated message channel over a WebSocket: signs are checked, what happened is handed out (wire page 6.3)."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import msgspec

from omnishop.errors import WireError
from omnishop.model import from_beijing_text
from omnishop.sandbox.outbox import Greeting, Heard, SocketVoice, Told
from omnishop.sandbox.world import Shop, World
from omnishop_taobao import toplink
from omnishop_taobao.face.channel import AGAIN
from omnishop_taobao.face.shop import PLATFORM
from omnishop_taobao.signing import joined, signature
from omnishop_taobao.socket import CONFIRM, DATA
from omnishop_taobao.toplink import Format, Frame, Header, Type

_HOSTS = frozenset({"mc.api.taobao.com", "mc.api.tbsandbox.com"})
_METHOD = "tmc.socket"
_SIGNED = ("app_key", "group_name", "timestamp")

_BAD_FRAME, _NO_APP, _BAD_SIGN, _NO_SESSION = 3, 29, 25, 27
"""Codes of refusals (chosen: those of the gateway; the channel's own are documented nowhere)."""


def claims(host: str, path: str) -> bool:
    """Its own hosts, and the root of any other that stands for all of the platform's."""
    return host in _HOSTS or path == "/"


def greets(world: World, frame: bytes) -> Greeting:
    try:
        told = toplink.decode(frame)
        named = {name: told.words(name) or "" for name in (*_SIGNED, "sign")}
    except WireError:
        return _refused(world, None, _BAD_FRAME, "Invalid frame")
    if told.type is not Type.CONNECT:
        return _refused(world, told, _NO_SESSION, "Not connected")
    app = _app(world, named["app_key"])
    if app is None:
        return _refused(world, told, _NO_APP, "Invalid app key")
    signed = joined((name, named[name]) for name in _SIGNED)
    if not named["timestamp"] or named["sign"] != signature("md5", app.app_secret, signed):
        return _refused(world, told, _BAD_SIGN, "Invalid signature")
    number = world.serial(f"{PLATFORM}.socket")
    session = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{world.seed}/{app.app_key}/{number}"))
    world.note(PLATFORM, _METHOD, "ok", "connect")
    answer = toplink.encode(Frame(Type.CONNECT_ACK, token=session, flag=told.flag))
    return Greeting(answer, session, app if named["group_name"] in {"", "default"} else None)


def hears(world: World, session: str, frame: bytes) -> Heard:
    """A confirmation, or a question, which needs no answer: what waits is handed out anyway."""
    try:
        told = toplink.decode(frame)
        kind, number = told.number("__kind"), told.number("id")
    except WireError:
        return _unheard(world, None, _BAD_FRAME, "Invalid frame")
    if told.type is not Type.SEND or told.token != session:
        return _unheard(world, told, _NO_SESSION, "Unknown sender")
    if kind != CONFIRM or number is None:
        return Heard()
    world.note(PLATFORM, _METHOD, "ok", "confirm")
    return Heard(confirmed=frozenset({str(number)}))


def tells(world: World, session: str, told: Told, before: int) -> bytes:
    """Headers and their formats as a captured frame has them (B); `dataid` is what the message is about."""
    wire = told.wire
    at = from_beijing_text(wire["pub_time"])
    headers = (
        Header.text("topic", wire["topic"]),
        Header("userid", Format.INT64, wire["user_id"]),
        Header("__kind", Format.BYTE, DATA),
        Header.text("publisher", wire["pub_app_key"]),
        Header("retried", Format.BYTE, min(before, 255)),
        Header.text("content", wire["content"]),
        Header("id", Format.INT64, wire["id"]),
        Header("time", Format.DATE, _ms(at)),
        Header.text("nick", wire["user_nick"]),
        Header("dataid", Format.INT64, _about(wire)),
        Header("outtime", Format.DATE, _ms(world.now())),
    )
    return toplink.encode(Frame(Type.SEND, headers, session))


def _about(wire: dict[str, Any]) -> int:
    content = msgspec.json.decode(wire["content"], type=dict[str, Any])
    return int(content["tid" if wire["topic"].startswith("taobao_trade_") else "refund_id"])


def _ms(when: datetime) -> int:
    return int(when.timestamp()) * 1000 + when.microsecond // 1000


def _app(world: World, key: str) -> Shop | None:
    return next((shop for shop in world.shops if shop.platform == PLATFORM and shop.app_key == key), None)


def _refused(world: World, told: Frame | None, code: int, phrase: str) -> Greeting:
    world.note(PLATFORM, _METHOD, "refused", str(code))
    flag = told.flag if told is not None else None
    return Greeting(toplink.encode(Frame(Type.CONNECT_ACK, code=code, phrase=phrase, flag=flag)))


def _unheard(world: World, told: Frame | None, code: int, phrase: str) -> Heard:
    world.note(PLATFORM, _METHOD, "refused", str(code))
    flag = told.flag if told is not None else None
    return Heard(answer=toplink.encode(Frame(Type.SEND_ACK, code=code, phrase=phrase, flag=flag)), ends=True)


SOCKET = SocketVoice(claims, greets, hears, tells, AGAIN)
