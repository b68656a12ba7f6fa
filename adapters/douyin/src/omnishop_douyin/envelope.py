"""The platform's envelope, to the byte: sign and send parameters, open answers, tell failures from success.

Sources: wire page 1.1 to 1.4. Answers come with HTTP 200 also for errors; `code` decides where it is present,
else the old `err_no`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
from attrs import frozen

from omnishop.errors import ConfigError, OmnishopError, RateLimited, Transient, WireError
from omnishop.flow import Call
from omnishop.lenient import repairs
from omnishop.ports import Account, Request, Response, Token
from omnishop_douyin import absence, desk, errors, vectors
from omnishop_douyin.canonical import canonical, sendable
from omnishop_douyin.shape import PLATFORM, shortened
from omnishop_douyin.signing import SIGN_METHOD, VERSION, digest, dotted, sign_text

GATEWAY = "https://openapi-fxg.jinritemai.com"

_HEADERS = (
    ("content-type", "application/json;charset=UTF-8"),
    ("x-open-no-old-err-code", "1"),
)
_OK = 10000
_PARTIAL = 10001
_NOTHING = msgspec.Raw(b"null")
_METHOD = re.compile(r"^[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)+$")
_SERVER_FAULT = 500
_TIMED_OUT = 408
_TOO_MANY = 429
_NOT_OK = 300
BROKEN = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
"""What the parser raises at bytes that do not fit."""


class _Envelope(msgspec.Struct, gc=False):
    data: msgspec.Raw = _NOTHING
    code: int | None = None
    err_no: int | None = None
    sub_code: str | None = None
    msg: str | None = None
    sub_msg: str | None = None
    message: str | None = None
    log_id: str | None = None


class _LooseEnvelope(msgspec.Struct, gc=False):
    data: msgspec.Raw = _NOTHING
    code: Any = None
    err_no: Any = None
    sub_code: Any = None
    msg: Any = None
    sub_msg: Any = None
    message: Any = None
    log_id: Any = None


_OPEN_LOOSELY = msgspec.json.Decoder(_LooseEnvelope).decode
_OPEN = msgspec.json.Decoder(_Envelope, strict=False).decode


@frozen
class Codec:
    """Signs every call with HMAC-SHA256: the platform has announced the end of MD5."""

    def encode(self, call: Call, account: Account, token: Token | None, now: datetime) -> Request:
        method = dotted(call.method)
        if not _METHOD.match(method):
            raise ConfigError(
                f"{shortened(call.method)!r} is not a method name; they look like afterSale.List",
                zh=f"{shortened(call.method)!r} 不是接口名, 应形如 afterSale.List",
                platform=PLATFORM,
            )
        if call.files:
            raise ConfigError("this platform takes no files", zh="该平台接口不接收文件", platform=PLATFORM)
        app = account.app
        param_json = canonical(sendable(call.params))
        timestamp = str(int(now.timestamp()))
        text = sign_text(app.app_key, app.app_secret, method, param_json, timestamp)
        query = [("app_key", app.app_key), ("method", method)]
        if token is not None:
            query.append(("access_token", token.access))
        query += [
            ("timestamp", timestamp),
            ("v", VERSION),
            ("sign", digest(app.app_secret, text, SIGN_METHOD)),
            ("sign_method", SIGN_METHOD),
        ]
        base = (app.gateway or GATEWAY).rstrip("/")
        path = method.replace(".", "/")
        address = "&".join(f"{name}={quote(value, safe='')}" for name, value in query)
        return Request("POST", f"{base}/{path}?{address}", _HEADERS, param_json.encode())

    def decode(self, call: Call, response: Response) -> msgspec.Raw:
        method = dotted(call.method)
        refused = _http_fault(response)
        if refused is not None:
            raise refused
        payload = open_body(response.content, method, write=call.write, status=response.status)
        if response.status >= _NOT_OK:
            raise _unreadable(f"HTTP status {response.status}", method)
        return payload

    def sign(self, vector: Mapping[str, Any], kind: str | None) -> tuple[str, str]:
        return vectors.sign(vector, kind)


def open_body(body: bytes, method: str, *, write: bool = False, status: int = 200) -> msgspec.Raw:
    """The payload (`null` where there is none), or the mapped error."""
    found = _envelope(body, method, status)
    if found.code is not None:
        sub = found.sub_code or ""
        if found.code == _OK:
            return found.data
        meaning = errors.meaning(method, str(found.code), sub)
        if found.code == _PARTIAL and bytes(found.data) != b"null":
            if _brought(found.data, method, write=write):
                return found.data
            if not write:
                raise _unreadable("partly failed, and without any items", method)
        elif meaning is not None and meaning.cls == "partial" and not absence.nothing(found.data):
            return found.data
        raise errors.error(
            meaning,
            code=f"{found.code}/{sub}" if sub else str(found.code),
            said=found.sub_msg or found.msg,
            method=method,
            log_id=found.log_id,
            write=write,
        )
    if found.err_no == 0:
        return found.data
    if found.err_no is None:
        raise _unreadable("neither code nor err_no", method)
    raise errors.error(
        errors.old_meaning(str(found.err_no)),
        code=f"err_no/{found.err_no}",
        said=found.message,
        method=method,
        log_id=found.log_id,
        write=write,
    )


def _brought(data: msgspec.Raw, method: str, *, write: bool) -> bool:
    """Partly failed says nothing without its items: which part failed cannot be told (wire page 1.4)."""
    if not write:
        return absence.holds_rows(data)
    member = desk.WRITES.get(method, ("",))[0]
    return bool(member) and absence.holds_rows(data, member)


def _envelope(body: bytes, method: str, status: int) -> _Envelope:
    found = _opened(body)
    if found is None and body.strip() and not _is_json(body):
        found = _opened(repairs.mend(body))
    if found is None:
        raise _unreadable(_looks(body, status), method)
    return found


def _opened(body: bytes) -> _Envelope | None:
    try:
        return _OPEN(body)
    except msgspec.ValidationError:
        return _loosely(body)
    except BROKEN:
        return None


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except BROKEN:
        return False
    return True


def _looks(body: bytes, status: int) -> str:
    start = body.lstrip()[:1]
    if not start:
        return f"an empty body, HTTP status {status}"
    if start == b"<":
        return f"HTML, HTTP status {status}"
    return f"no whole JSON of the platform's envelope, HTTP status {status}"


def _loosely(body: bytes) -> _Envelope | None:
    """An envelope whose codes fit but whose texts do not: numbers for texts, texts for nothing."""
    try:
        found = _OPEN_LOOSELY(body)
        code, err_no = _number(found.code), _number(found.err_no)
    except BROKEN:
        return None
    return _Envelope(
        data=found.data,
        code=code,
        err_no=err_no,
        sub_code=_text(found.sub_code),
        msg=_text(found.msg),
        sub_msg=_text(found.sub_msg),
        message=_text(found.message),
        log_id=_text(found.log_id),
    )


def _number(value: Any) -> int | None:
    found: int | None = msgspec.convert(value, int | None, strict=False)
    return found


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) else None


def _http_fault(response: Response) -> OmnishopError | None:
    if response.status == _TOO_MANY:
        wait = response.headers.get("retry-after", "")
        return RateLimited(
            "too many calls; wait before the next one",
            zh="调用过于频繁, 请等待后再试",
            retry_after=float(wait) if wait.isdigit() else None,
            platform=PLATFORM,
            code="http/429",
        )
    if response.status >= _SERVER_FAULT or response.status == _TIMED_OUT:
        return Transient(
            f"the platform's gateway failed with HTTP status {response.status}; try again in a while",
            zh=f"平台网关故障 (HTTP {response.status}), 请稍后重试",
            platform=PLATFORM,
            code=f"http/{response.status}",
        )
    return None


def _unreadable(what: str, method: str) -> WireError:
    return WireError(
        f"the answer cannot be read: {what}",
        zh=f"无法读取平台应答: {what}",
        platform=PLATFORM,
        method=method,
    )
