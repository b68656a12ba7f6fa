"""The message channel (TMC) over a WebSocket: who we are, what a frame says, what is answered (wire page 6.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec

from omnishop.errors import AuthError, ConfigError, OmnishopError, RateLimited, WireError
from omnishop.model import Unreadable
from omnishop.ports import Account, App, Delivered, Opened, Socket
from omnishop_taobao import toplink
from omnishop_taobao.decoding import decode
from omnishop_taobao.envelope import gateway
from omnishop_taobao.errors import BAN, SECRETIVE
from omnishop_taobao.mapping.common import PLATFORM
from omnishop_taobao.methods import MESSAGE
from omnishop_taobao.settings import GROUP, SETTINGS, URL, WAY, is_address
from omnishop_taobao.signing import joined, signature
from omnishop_taobao.toplink import Format, Frame, Header, Type

PULL, CONFIRM, DATA = 1, 2, 3
"""What `__kind` says."""

_LIVE, _TRIAL = "ws://mc.api.taobao.com/", "ws://mc.api.tbsandbox.com/"
_GATEWAYS = {
    "eco.taobao.com": _LIVE,
    "gw.api.taobao.com": _LIVE,
    "api.taobao.com": _LIVE,
    "gw.api.tbsandbox.com": _TRIAL,
}
_EVERY, _HEARTBEAT, _AGAIN = timedelta(seconds=15), timedelta(seconds=45), timedelta(seconds=3)
_SDK = "omnishop"
_TOLD = 120


def queue(settings: Mapping[str, str]) -> str:
    return settings.get(GROUP) or "default"


def chosen(settings: Mapping[str, str]) -> bool:
    way = settings.get(WAY) or "poll"
    if not SETTINGS[WAY].fits(way):
        raise ConfigError(
            f"the setting {WAY} is poll or websocket, not {way!r}",
            zh=f"设置 {WAY} 应为 poll 或 websocket, 而非 {way!r}",
            platform=PLATFORM,
        )
    return way == "websocket"


def address(account: Account) -> str:
    """By the gateway's host; a host that is not the platform's own stands for all of its doors."""
    named = account.settings.get(URL)
    if named:
        if not is_address(named):
            raise ConfigError(
                f"the setting {URL} is a ws:// or wss:// address",
                zh=f"设置 {URL} 应为 ws:// 或 wss:// 地址",
                platform=PLATFORM,
            )
        return named
    parts = urlsplit(gateway(account.app))
    own = _GATEWAYS.get(parts.hostname or "")
    return own or f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/"


def hello(account: Account, now: datetime) -> bytes:
    signed = {
        "app_key": account.app.app_key,
        "group_name": queue(account.settings),
        "timestamp": str((now.astimezone(UTC) - _EPOCH) // timedelta(milliseconds=1)),
    }
    headers = {**signed, "sign": signed_by(account.app, signed), "sdk": _SDK}
    told = tuple(Header.text(name, value) for name, value in headers.items())
    return toplink.encode(Frame(Type.CONNECT, told))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def signed_by(app: App, signed: Mapping[str, str]) -> str:
    """The md5 rule over exactly app_key, group_name and timestamp."""
    three = ((name, signed[name]) for name in ("app_key", "group_name", "timestamp"))
    return signature("md5", app.app_secret, joined(three))


def read(data: bytes) -> Opened | Delivered | None:
    """A frame that cannot be read is handed on as it came; its id, as far as it goes, confirms it."""
    try:
        frame = toplink.decode(data)
    except WireError as problem:
        return _broken(data, problem)
    if frame.code or frame.phrase:
        raise _refused(frame)
    if frame.type is Type.CONNECT_ACK:
        if not frame.token:
            raise _refused(frame)
        return Opened(frame.token)
    if frame.type is not Type.SEND:
        return None
    try:
        kind = frame.number("__kind")
        if kind != DATA and not (kind in {None, 0} and frame.get("topic")):
            return None
        number = frame.number("id")
        (told,) = decode(MESSAGE, _json(frame), None)
    except WireError as problem:
        return _broken(data, problem)
    return Delivered(told, None if number is None else str(number))


def confirm(session: str, receipt: str) -> bytes:
    what = Header("__kind", Format.BYTE, CONFIRM)
    return toplink.encode(Frame(Type.SEND, (what, Header("id", Format.INT64, int(receipt))), session))


def ask(session: str) -> bytes:
    """The platform hands out of its own accord; this brings what it held back."""
    return toplink.encode(Frame(Type.SEND, (Header("__kind", Format.BYTE, PULL),), session))


def _json(frame: Frame) -> bytes:
    """The message as the other form of the channel has it, for one reader."""
    told: dict[str, Any] = {}
    for header in frame.headers:
        if header.name == "content" and header.format is Format.BYTES and isinstance(header.value, bytes):
            told["content"] = _text(toplink.unzipped(header.value))
        elif header.format is Format.TEXT:
            told[header.name] = frame.words(header.name)
        elif isinstance(header.value, int):
            told[header.name] = header.value
    return msgspec.json.encode(told)


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise toplink.broken("content is not UTF-8") from None


def _broken(data: bytes, problem: WireError) -> Delivered:
    """Told apart from others by its id, where that much of it can be read."""
    number: int | None = None
    frame = toplink.salvaged(data)
    if frame is not None and frame.type is Type.SEND:
        found = frame.get("id")
        number = found.value if found is not None and isinstance(found.value, int) else None
    name = None if number is None else str(number)
    return Delivered(Unreadable(PLATFORM, "message", problem.en, name, data), name)


def _refused(frame: Frame) -> OmnishopError:
    """What its codes mean is documented nowhere; a ban is told in the words of the gateway (C)."""
    words = " ".join((frame.phrase or "").split())[:_TOLD]
    ban = BAN.search(words)
    code = None if frame.code is None else str(frame.code)
    if ban:
        return RateLimited(
            f"the message channel holds this app off for {ban.group(1)} s",
            zh=f"消息通道限制该应用 {ban.group(1)} 秒",
            retry_after=float(ban.group(1)) + 1,
            scope="app",
            platform=PLATFORM,
            code=code,
        )
    said = f": {SECRETIVE.sub('***', words)}" if words else ""
    return AuthError(
        f"the message channel refuses this app{said}; check app_key, app_secret and the group",
        zh=f"消息通道拒绝该应用{said}; 请检查 app_key, app_secret 与消息分组",
        cure="keys",
        platform=PLATFORM,
        code=code,
    )


SOCKET = Socket(
    chosen=chosen,
    address=address,
    hello=hello,
    read=read,
    confirm=confirm,
    ask=ask,
    every=_EVERY,
    heartbeat=_HEARTBEAT,
    again=_AGAIN,
)
