"""What an answer says of its own failure: as an error, in XML, or inside a success. Broken text hides nothing."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from omnishop.lenient import repairs
from omnishop_taobao.errors import Failure

_XML_FIELD = re.compile(r"<(code|msg|sub_code|sub_msg|request_id)>(.*?)</\1>", re.DOTALL)
_LONGEST = 10  # digits from which a number is no code
_NONE = msgspec.Raw(b"")

FAILS_INSIDE = ("tmall.exchange.", "tmall.dispute.", "taobao.rdc.aligenius.", "taobao.rp.refunds.agree")


class _Error(msgspec.Struct):
    """Every member by itself: one that is broken must not hide the others."""

    code: msgspec.Raw = _NONE
    sub_code: msgspec.Raw = _NONE
    sub_msg: msgspec.Raw = _NONE
    request_id: msgspec.Raw = _NONE


class _Inner(msgspec.Struct):
    """Where a business failure may sit inside a success (exchange, dispute, AliGenius, batch agree)."""

    success: msgspec.Raw = _NONE
    msg_code: msgspec.Raw = _NONE
    message: msgspec.Raw = _NONE
    error_code: msgspec.Raw = _NONE
    error_codes: msgspec.Raw = _NONE
    error_msg: msgspec.Raw = _NONE
    error_info: msgspec.Raw = _NONE
    succ: msgspec.Raw = _NONE
    results: msgspec.Raw = _NONE
    request_id: msgspec.Raw = _NONE


class _Result(msgspec.Struct):
    result: msgspec.Raw = _NONE
    request_id: msgspec.Raw = _NONE


class _Member(msgspec.Struct):
    succ: msgspec.Raw = _NONE
    message: msgspec.Raw = _NONE


_ERROR = msgspec.json.Decoder(_Error)
_INNER = msgspec.json.Decoder(_Inner)
_RESULT = msgspec.json.Decoder(_Result)
_MEMBERS = msgspec.json.Decoder(dict[str, list[_Member]] | list[_Member])
_YES_NO = msgspec.json.Decoder(bool, strict=False)


def failure(raw: msgspec.Raw) -> Failure:
    try:
        told = _ERROR.decode(raw)
    except (ValueError, RecursionError):
        return Failure()
    return Failure(
        _code(plain(told.code)),
        _string(told.sub_code),
        _string(told.sub_msg),
        _string(told.request_id) or None,
    )


def _code(code: Any) -> int | None:
    if isinstance(code, str):
        return int(code) if code.isascii() and code.isdigit() and len(code) < _LONGEST else None
    return code if type(code) is int and abs(code) < 10**_LONGEST else None


def plain(raw: msgspec.Raw) -> Any:
    """One member, mended when it is broken; None for one that is not there or cannot be read at all."""
    if not bytes(raw):
        return None
    try:
        return msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        pass
    try:
        return msgspec.json.decode(repairs.mend(bytes(raw)))
    except (ValueError, RecursionError):
        return None


def _string(raw: msgspec.Raw) -> str:
    value = plain(raw)
    if isinstance(value, str):
        return value
    return str(value) if type(value) is int and abs(value) < 2**64 else ""


def _yes(raw: msgspec.Raw) -> bool | None:
    try:
        return _YES_NO.decode(raw)
    except ValueError:
        return None


def xml_failure(body: bytes) -> Failure:
    told = dict(_XML_FIELD.findall(body.decode("utf-8", "replace")))
    return Failure(
        _code(told.get("code")),
        told.get("sub_code", ""),
        told.get("sub_msg", ""),
        told.get("request_id") or None,
    )


def failure_inside(payload: msgspec.Raw) -> Failure | None:
    """A business failure told inside a success: in `result`, or beside the rows."""
    try:
        outer = _RESULT.decode(payload)
        told = _INNER.decode(outer.result if bytes(outer.result)[:1] == b"{" else payload)
    except (ValueError, RecursionError):
        return None
    success, succ = _yes(told.success), _yes(told.succ)
    code = _first_of(told.msg_code, told.error_code, told.error_codes)
    if not (success is False or (succ is False and not _partly(told.results))):
        silent = success is None and succ is None
        if not silent or not _first_of(told.error_code, told.error_codes):
            return None
    message = _of_a_member(told.results) or _first_of(told.message, told.error_msg, told.error_info)
    request_id = _first_of(told.request_id, outer.request_id) or None
    return Failure(None, code, message, request_id, inside=True)


def _first_of(*parts: msgspec.Raw) -> str:
    return next((text for part in parts if (text := _string(part))), "")


def _partly(results: msgspec.Raw) -> bool:
    """Whether a batch went through for some of its members."""
    return any(_yes(row.succ) for row in _members(results))


def _of_a_member(results: msgspec.Raw) -> str:
    """What a batch says of the first member that failed: more than it says of itself."""
    return next((_string(row.message) for row in _members(results) if _yes(row.succ) is False), "")


def _members(results: msgspec.Raw) -> list[_Member]:
    try:
        listed = _MEMBERS.decode(results)
    except (ValueError, RecursionError):
        return []
    return [row for rows in listed.values() for row in rows] if isinstance(listed, dict) else listed
