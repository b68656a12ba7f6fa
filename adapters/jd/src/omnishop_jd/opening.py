"""Opens answers: through the envelope in either spelling, past failures on all four layers (1.7)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from omnishop.errors import OmnishopError, Transient, WireError
from omnishop.lenient import repairs
from omnishop_jd.catalogue import METHODS
from omnishop_jd.errors import GATEWAY, OUTCOMES, PLATFORM, Outcome, mapped

_SUFFIXES = ("_responce", "_response")

Fields = dict[str, msgspec.Raw]
_fields = msgspec.json.Decoder(Fields)


class Said(msgspec.Struct):
    """What any layer may say about failure; of any shape, for it is only shown or compared."""

    code: Any = None
    zh_desc: Any = None
    en_desc: Any = None
    request_id: Any = None
    requestId: Any = None  # noqa: N815 - the wire's spelling
    errorMessage: Any = None  # noqa: N815 - the wire's spelling
    msg: Any = None

    @property
    def request(self) -> str | None:
        return scalar(self.request_id) or scalar(self.requestId)

    @property
    def told(self) -> str | None:
        return scalar(self.zh_desc) or scalar(self.en_desc) or scalar(self.errorMessage) or scalar(self.msg)


_said = msgspec.json.Decoder(Said)


def scalar(value: Any) -> str | None:
    """A code or text of any spelling as text; None for nothing and for what is no scalar."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None


def truth(value: Any) -> bool | None:
    """A flag that may come as boolean or text; None when it says neither."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).lower()) if isinstance(value, str) else None


# ---------------------------------------------------------------- the envelope


def parsed(body: bytes) -> Fields:
    """A body as an object of raw fields; one counted repair, then WireError."""
    start = body[:64].lstrip()
    if not body.strip():
        raise Transient("the platform sent an empty answer: try again later", zh="平台返回空应答, 稍后重试")
    if start.startswith(b"<"):
        raise Transient(
            "the platform sent a page instead of an answer: try again later",
            zh="平台返回了网页而非数据, 稍后重试",
        )
    try:
        return _fields.decode(body)
    except (msgspec.ValidationError, RecursionError):
        raise _unreadable() from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _second_try(body)


def _second_try(body: bytes) -> Fields:
    try:
        return _fields.decode(repairs.mend(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _unreadable() from None


def _unreadable() -> WireError:
    return WireError("the answer is no JSON object", zh="应答不是 JSON 对象", platform=PLATFORM)


def opened(method: str, body: bytes, *, write: bool = False, bare: bool = False) -> msgspec.Raw:
    """The inside of the envelope, when all four layers say success (1.7).

    `bare` also takes a body whose envelope someone already removed, as captured payloads come.
    """
    quick = _plainly_good(method, body)
    if quick is not None:
        return quick
    fields = parsed(body)
    failed = fields.get("error_response")
    if failed is not None:
        raise _failure(failed, GATEWAY, write=write)
    inside = _inside(method, fields)
    if inside is None and bare and METHODS[method].path[:1] and METHODS[method].path[0] in fields:
        inside = msgspec.Raw(msgspec.json.encode(fields))
    if inside is None:
        raise _bare_failure(fields, write=write)
    inner = _object(inside)
    if _first(inner, ("code",)) not in {None, "0"}:
        raise _failure(inside, GATEWAY, write=write)
    _judge(method, inner, write=write)
    return inside


def _plainly_good(method: str, body: bytes) -> msgspec.Raw | None:
    """The inside of a compact answer that says success in every place, read in one pass over the bytes.

    None for anything else: then the layers are read one by one.
    """
    known = METHODS.get(method)
    if known is None or known.outcome not in OUTCOMES or not body.endswith(b"}"):
        return None
    for suffix in _SUFFIXES:
        head = f'{{"{known.envelope}{suffix}":'.encode()
        if body.startswith(head):
            inside = msgspec.Raw(memoryview(body)[len(head) : -1])
            try:
                said = _glance(known.path[0], known.outcome).decode(inside)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                return None
            return inside if _all_good(said, known.path[0], OUTCOMES[known.outcome]) else None
    return None


def _all_good(said: Any, container: str, outcome: Outcome) -> bool:
    result = getattr(said, container)
    if result is None or scalar(said.code) not in {None, "0"}:
        return False
    result = result if outcome.nested is None else getattr(result, outcome.nested) or result
    flags = [truth(flag) for name in outcome.flags if (flag := getattr(result, name)) is not None]
    codes = [scalar(code) for name in outcome.codes if (code := getattr(result, name)) is not None]
    settled = bool(flags or (codes and not outcome.flags))
    return settled and all(flags) and all(code in outcome.good for code in codes)


@lru_cache(maxsize=256)
def _glance(container: str, family: str) -> msgspec.json.Decoder[Any]:
    """A decoder that sees nothing but what tells success."""
    outcome = OUTCOMES[family]
    told = [(name, Any, None) for name in (*outcome.flags, *outcome.codes)]
    result = msgspec.defstruct("Result", told)
    if outcome.nested is not None:
        result = msgspec.defstruct("Outer", [*told, (outcome.nested, result | None, None)])
    whole = msgspec.defstruct("Inside", [("code", Any, None), (container, result | None, None)])
    return msgspec.json.Decoder(whole)


def _inside(method: str, fields: Fields) -> msgspec.Raw | None:
    """Under the method's own name in either spelling, else the only envelope, in another letter case."""
    name = method.replace(".", "_")
    for suffix in _SUFFIXES:
        if name + suffix in fields:
            return fields[name + suffix]
    others = [key for key in fields if key.endswith(_SUFFIXES)]
    wanted = {f"{name}{suffix}".lower() for suffix in _SUFFIXES}
    return fields[others[0]] if len(others) == 1 and others[0].lower() in wanted else None


def _bare_failure(fields: Fields, *, write: bool) -> OmnishopError:
    """No envelope: a bare {code, errorMessage}, or another method's answer."""
    said = said_in(msgspec.Raw(msgspec.json.encode(fields)))
    code = scalar(said.code)
    if code is not None and said.told is not None:
        return mapped("top_level", code, said.told, said.request, write=write)
    return WireError(
        "the answer has no envelope of this method", zh="应答中没有该方法的信封", platform=PLATFORM
    )


def _failure(raw: msgspec.Raw, layer: str, *, write: bool) -> OmnishopError:
    said = said_in(raw)
    code = scalar(said.code)
    if code is None:
        return WireError(
            "the platform reports an error without a code", zh="平台报错但没有错误码", platform=PLATFORM
        )
    return mapped(layer, code, said.told, said.request, write=write)


def said_in(raw: msgspec.Raw) -> Said:
    try:
        return _said.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Said()


def _object(raw: msgspec.Raw) -> Fields:
    try:
        return _fields.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise WireError(
            "the envelope or a result in it is no object", zh="信封或其中的结果不是对象", platform=PLATFORM
        ) from None


# ---------------------------------------------------------------- the business layer


def _judge(method: str, inner: Fields, *, write: bool) -> None:
    """Raise what the method's result object says went wrong; a result that is not there is left to the reader."""
    known = METHODS.get(method)
    outcome = OUTCOMES.get(known.outcome) if known is not None else None
    raw = inner.get(known.path[0]) if known is not None and known.path else None
    if outcome is None or raw is None or bytes(raw) == b"null":
        return
    result = _object(raw)
    if outcome.nested is not None and outcome.nested in result:
        result = _object(result[outcome.nested])
    ok, code = _verdict(outcome, result)
    if ok is None:
        raise WireError(
            "the answer does not say whether it succeeded", zh="应答未说明是否成功", platform=PLATFORM
        )
    if not ok:
        told, request_id = _first(result, outcome.texts), _first(inner, ("request_id", "requestId"))
        raise mapped(outcome.layer, code, told, request_id, write=write)


def _verdict(outcome: Outcome, result: Fields) -> tuple[bool | None, str]:
    code = _first(result, outcome.codes)
    good = code is None or code in outcome.good
    if not outcome.flags:
        return (None if code is None else good), code or "?"
    flag = next((truth(_value(result[name])) for name in outcome.flags if name in result), None)
    return (None if flag is None else flag and good), code or "?"


def _first(result: Fields, names: tuple[str, ...]) -> str | None:
    found = (scalar(_value(result[name])) for name in names if name in result)
    return next((text for text in found if text), None)


def _value(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
