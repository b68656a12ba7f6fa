"""How this wire writes ids, times, money and lists: the readers that every family of records shares."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from attrs import field, frozen

from omnishop.errors import WireError
from omnishop.lenient import repairs
from omnishop.model import (
    Buyer,
    Fen,
    Unreadable,
    buyer_key,
    fen_from_fen,
    fen_from_yuan,
    from_beijing_text,
    from_unix_ms,
)
from omnishop.model.money import FEN_PER_YUAN
from omnishop.ports import Account
from omnishop_jd.errors import PLATFORM

Id = int | str | None
"""Ids and codes come as number or text; a float is refused by the decoder, for it has lost digits."""

Flag = bool | str | None
STOREFRONT = "jd"


class Misfit(ValueError):
    """A field that does not fit; names it, never its value."""


# ---------------------------------------------------------------- scalars


def text(value: Id) -> str | None:
    """None for nothing and for the empty text."""
    return str(value) if value or value == 0 else None


def words(value: Any) -> str | None:
    """A text of the platform; None for nothing and for what is no text."""
    return value or None if isinstance(value, str) else None


def real_id(value: Id) -> str | None:
    """An id of a record: 0 and empty mean that there is none."""
    return str(value) if value and value != "0" else None


def count(value: Id, name: str) -> int | None:
    """Pieces."""
    if value is None or value == "":
        return None
    if isinstance(value, int):
        return value
    try:
        return int(value)
    except ValueError:
        raise Misfit(f"{name} is no whole number") from None


_NO_TIME = frozenset({"", "0", "0001-01-01 00:00:00", "1970-01-01 00:00:00"})
"""1.5 B: what stands where there is no time."""


def when(value: Id, name: str) -> datetime | None:
    """Epoch milliseconds, or Beijing text; either may stand in any time field (1.5)."""
    if value is None:
        return None
    try:
        if isinstance(value, str):
            if value in _NO_TIME:
                return None
            if not (value.isascii() and value.isdigit()):
                return from_beijing_text(value)
            value = int(value)
        return from_unix_ms(value) if value > 0 else None
    except (ValueError, OverflowError):
        raise Misfit(f"{name} is no time") from None


def yuan(raw: msgspec.Raw, name: str) -> Fen | None:
    """Yuan as number or text, exactly; absent, null, "" and parts of a fen are None: no sum is made up."""
    return _amount(bytes(raw), name, _from_yuan)


def cents(raw: msgspec.Raw, name: str) -> Fen | None:
    """分 as number (`31700.0`) or text; the double does carry parts of a fen: None, as above."""
    return _amount(bytes(raw), name, _from_fen)


def told(raw: msgspec.Raw) -> bool:
    """Whether a field holds anything."""
    return bytes(raw) not in {b"", b"null", b'""'}


def _from_yuan(told: Decimal) -> Fen | None:
    return fen_from_yuan(told) if _is_whole(told * FEN_PER_YUAN) else None


def _from_fen(told: Decimal) -> Fen | None:
    return fen_from_fen(told) if _is_whole(told) else None


def _is_whole(fen: Decimal) -> bool:
    """What is no number at all is left to the model to refuse."""
    return not fen.is_finite() or fen == fen.to_integral_value()


@lru_cache(maxsize=4096)
def _amount(raw: bytes, name: str, read: Callable[[Decimal], Fen | None]) -> Fen | None:
    shown = raw[1:-1] if raw.startswith(b'"') else raw
    if shown in {b"", b"null"}:
        return None
    try:
        return read(Decimal(shown.decode("ascii").strip()))
    except (ArithmeticError, ValueError):
        raise Misfit(f"{name} is no amount of money") from None


# ---------------------------------------------------------------- lists and records

_list = msgspec.json.Decoder(list[msgspec.Raw])
_EMPTY = frozenset({b"", b"null", b'""', b"{}", b"[]"})
BROKEN = (msgspec.MsgspecError, ValueError, RecursionError)

R = TypeVar("R")
S = TypeVar("S")


def listed(raw: msgspec.Raw | None, name: str) -> list[msgspec.Raw]:
    """A list, sliced; absent, null, "", [] and {} are the empty one (1.5). Misfit for another shape."""
    if raw is None:
        return []
    try:
        return _list.decode(raw)
    except BROKEN:
        if _is_empty(raw):
            return []
        raise Misfit(f"{name} is no list") from None


def _is_empty(raw: msgspec.Raw) -> bool:
    return b"".join(bytes(raw).split()) in _EMPTY


def page_rows(raw: msgspec.Raw | None, name: str) -> list[msgspec.Raw]:
    """As `listed`, for the records of a page: another shape spoils the whole answer."""
    try:
        return listed(raw, name)
    except Misfit as misfit:
        raise WireError(
            f"the answer does not fit: {misfit}", zh=f"应答格式不符: {misfit}", platform=PLATFORM
        ) from None


@lru_cache(maxsize=256)
def _slicer(path: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    """Slices the records at the end of a way of names, in one pass over the bytes."""
    found: Any = list[msgspec.Raw]
    for step in reversed(path):
        found = msgspec.defstruct("Step", [("inner", found | None, None)], rename={"inner": step})
    return msgspec.json.Decoder(found)


def sliced(payload: msgspec.Raw, path: tuple[str, ...]) -> list[msgspec.Raw]:
    """The records of an answer. The plain form goes fast; every other one is looked at step by step."""
    try:
        found = _slicer(path).decode(payload)
        for _ in path:
            found = found.inner
    except (*BROKEN, AttributeError):
        found = None
    return records(at(payload, path), path[-1]) if found is None else found


def records(raw: msgspec.Raw | None, name: str) -> list[msgspec.Raw]:
    """The records of an answer, whether it holds a list or one object."""
    if raw is not None and bytes(memoryview(raw)[:1]) == b"{":
        return [] if _is_empty(raw) else [raw]
    return page_rows(raw, name)


def rows_of(raw: msgspec.Raw, name: str, decoder: msgspec.json.Decoder[S]) -> list[S]:
    """Records inside a record; one that does not fit spoils the record around it."""
    try:
        return [read(decoder, row) for row in _rows(raw, name)]
    except msgspec.ValidationError as problem:
        raise Misfit(_field(problem, name)) from None


def _rows(raw: msgspec.Raw, name: str) -> list[msgspec.Raw]:
    """A list, one object alone, or either of them as JSON inside a text (1.5)."""
    start = bytes(memoryview(raw)[:1])
    if start == b'"' and not _is_empty(raw):
        raw = _within(raw, name)
        start = bytes(memoryview(raw)[:1])
    return [raw] if start == b"{" and not _is_empty(raw) else listed(raw, name)


def _within(raw: msgspec.Raw, name: str) -> msgspec.Raw:
    """What a text holds, when it holds JSON."""
    try:
        return msgspec.Raw(_text.decode(raw).strip().encode())
    except BROKEN:
        raise Misfit(f"{name} is no list") from None


_text = msgspec.json.Decoder(str)


def read(decoder: msgspec.json.Decoder[S], raw: msgspec.Raw | bytes) -> S:
    """One value; broken JSON inside a record gets the one repair that whole bodies get."""
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return decoder.decode(repairs.mend(bytes(raw)))


def spoilt(problem: Exception) -> WireError:
    """For a detail, which is nothing without its record."""
    told = _told(problem)
    return WireError(f"the record does not fit: {told}", zh=f"记录格式不符: {told}", platform=PLATFORM)


def fitting(decoder: msgspec.json.Decoder[S], raw: msgspec.Raw | bytes) -> S:
    """As `read`, for what a whole answer stands on."""
    try:
        return read(decoder, raw)
    except BROKEN as problem:
        raise spoilt(problem) from None


def _told(problem: Exception) -> str:
    """Names the field, never a value."""
    if isinstance(problem, msgspec.ValidationError):
        return _field(problem)
    return str(problem) if isinstance(problem, Misfit | msgspec.MsgspecError) else type(problem).__name__


_PLACE = re.compile(r" - at `\$(.*)`$")
_INDEX = re.compile(r"\[[^\]]*\]")


def _field(problem: msgspec.ValidationError, outer: str = "") -> str:
    """`outer.field: what is wrong with it`; the decoder tells types, never values."""
    said = str(problem)
    place = _PLACE.search(said)
    way = _INDEX.sub("", place.group(1)).strip(".") if place else ""
    where = ".".join(part for part in (outer, way) if part)
    what = said[: place.start()] if place else said
    return f"{where}: {what}" if where else what


def unreadable(raw: msgspec.Raw | bytes, problem: Exception, source: str) -> Unreadable:
    return Unreadable(PLATFORM, source, _told(problem), _record_id(raw), bytes(raw))


class _Ids(msgspec.Struct):
    service_id: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw, name="serviceId")
    afs_service_id: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw, name="afsServiceId")
    comment_id: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw, name="commentId")
    id: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    order_id: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw, name="orderId")


_IDS = msgspec.json.Decoder(_Ids)


def _record_id(raw: msgspec.Raw | bytes) -> str | None:
    """What a record that does not fit is known by, if at least that can be read."""
    try:
        ids = _IDS.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None
    for part in (ids.service_id, ids.afs_service_id, ids.comment_id, ids.id, ids.order_id):
        text = bytes(part).decode("utf-8", "replace").strip('"')
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID:
            return text
    return None


_LONGEST_ID = 40


def each(
    rows: list[msgspec.Raw],
    decoder: msgspec.json.Decoder[S],
    make: Callable[[S, msgspec.Raw, Reader], R],
    reader: Reader,
    source: str,
) -> list[R | Unreadable]:
    """Every record on its own: one that does not fit is set aside, the rest live."""
    made: list[R | Unreadable] = []
    decode = decoder.decode
    for raw in rows:
        try:
            made.append(make(decode(raw), raw, reader))
        except BROKEN:
            made.append(_second_look(raw, decoder, make, reader, source))
    return made


def _second_look(
    raw: msgspec.Raw,
    decoder: msgspec.json.Decoder[S],
    make: Callable[[S, msgspec.Raw, Reader], R],
    reader: Reader,
    source: str,
) -> R | Unreadable:
    """Broken JSON inside a record gets its repair; what does not fit then is set aside."""
    try:
        return make(read(decoder, raw), raw, reader)
    except BROKEN as problem:
        return unreadable(raw, problem, source)


def at(inner: msgspec.Raw, path: tuple[str, ...]) -> msgspec.Raw | None:
    """What stands at the end of a way of names; None when it is not there or null."""
    here = inner
    for step in path:
        found = fields_of(here, step).get(step)
        if found is None or bytes(found) == b"null":
            return None
        here = found
    return here


def fields_of(raw: msgspec.Raw, around: str) -> dict[str, msgspec.Raw]:
    """An object as raw fields. WireError, naming what it should hold, for another shape."""
    try:
        return _steps.decode(raw)
    except BROKEN:
        raise WireError(
            f"the answer does not fit: no object around {around}",
            zh=f"应答格式不符: {around} 外层不是对象",
            platform=PLATFORM,
        ) from None


_steps = msgspec.json.Decoder(dict[str, msgspec.Raw])


# ---------------------------------------------------------------- for whom we read


@frozen
class Reader:
    """What mapping needs to know besides the record. `strict`: a record of another shop does not fit."""

    shop_id: str | None = None
    app_key: str = ""
    buyer_secret: bytes | None = field(default=None, repr=False)
    strict: bool = False

    @classmethod
    def of(cls, account: Account | None, *, strict: bool = False) -> Reader:
        if account is None:
            return cls()
        return cls(account.shop_id, account.app.app_key, account.buyer_secret, strict)

    def shop(self, vender_id: Id) -> str | None:
        """The shop of a record that tells one."""
        told = real_id(vender_id)
        if self.strict and told is not None and self.shop_id is not None and told != self.shop_id:
            raise Misfit("venderId is another shop's")
        return self.shop_id or told

    def buyer(self, open_id: Any, nick: Any) -> Buyer | None:
        """Key and masked nick; None when the record tells neither."""
        known = open_id if isinstance(open_id, str) and open_id else None
        key = (
            buyer_key(self.buyer_secret, PLATFORM, self.app_key, known)
            if self.buyer_secret is not None and known is not None
            else None
        )
        shown = masked(nick)
        return None if key is None and shown is None else Buyer(key, shown)


def masked(nick: Any) -> str | None:
    """A nick as the site shows it (j***8). Ciphertext is no nick."""
    if not isinstance(nick, str) or not nick or nick.startswith("AAS/") or nick.endswith("="):
        return None
    return nick if "*" in nick else f"{nick[0]}***{nick[-1]}"
