"""How values of this wire become values of the model, and how records are read one by one.

Times are unix seconds and 0 means none; money is fen; ids are text or integers beyond 2^53 and never floats
(wire page 9, pitfalls 2, 3, 5, 6).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from omnishop.errors import WireError
from omnishop.model import Fen, Unreadable, from_beijing_text

PLATFORM = "douyin"
STOREFRONT = "douyin"
CASES = "aftersale"
"""The one id space of cases."""
BROKEN = (msgspec.MsgspecError, ValueError, OverflowError, RecursionError)
"""What the parser and the readers below raise at bytes that do not fit."""

_LARGEST = 10**15  # fen; what is larger is a misread field, as in the model's own readers
_LAST_SECOND = 253370764800  # the year 9999: later ones cannot be told in every zone

_MISSING = re.compile(r"missing required field `([^`]+)`")
_PATH = re.compile(r" - at `([^`]+)`")
TOLD_LIMIT = 80
"""So much of a code or an id goes into the text of an error."""

Id = str | int
T = TypeVar("T")
R = TypeVar("R")

_utc = datetime.fromtimestamp


class Misfit(ValueError):
    """A value of the right type that cannot be meant: `field` is its dotted path in the record."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


def moment(seconds: int | None, field: str) -> datetime | None:
    """None for 0; Misfit for what no calendar holds."""
    if not seconds:
        return None
    if not 0 < seconds <= _LAST_SECOND:
        raise Misfit(field)
    return _utc(seconds, UTC)


def written(text: str | int | None, field: str) -> datetime | None:
    """A time as text: unix seconds, or Beijing wall clock; None for an empty or `0` one."""
    if text is None or text in {"", "0", 0}:
        return None
    try:
        if isinstance(text, int) or (text.isascii() and text.isdigit()):
            return moment(int(text), field)
        return from_beijing_text(text)
    except ValueError:
        raise Misfit(field) from None


def fen(amount: int | None, field: str) -> Fen | None:
    if amount is None:
        return None
    if not -_LARGEST < amount < _LARGEST:
        raise Misfit(field)
    return Fen(amount)


def named(value: Id | None) -> str | None:
    """An id as text; None for an empty one and for 0, which this wire sends for "none"."""
    if type(value) is str:
        return None if value in {"", "0"} else value
    return str(value) if value else None


def order_name(value: Id | None) -> str | None:
    """Very old parent ids carried a trailing `A` (wire page 3): it is no part of the number."""
    found = named(value)
    if found is None or found[-1] != "A":
        return found
    return found.rstrip("A") or None


def needed(value: Id, field: str) -> str:
    """An id that a record cannot be without."""
    found = named(value)
    if found is None:
        raise Misfit(field)
    return found


def said(text: str | None) -> str | None:
    """None for an empty text."""
    return text or None


def shop_name(value: Id | None, known: str | None) -> str | None:
    """The payload's own shop id before the account's."""
    return named(value) or known


# ---------------------------------------------------------------- record by record


def decoder(of: type[T]) -> Callable[[bytes | msgspec.Raw], T]:
    """Reads one record; odd spellings of "nothing" (`""`, `[]`) are tried as null before it gives up."""
    strict = msgspec.json.Decoder(of, strict=False).decode

    def read(raw: bytes | msgspec.Raw) -> T:
        try:
            return strict(raw)
        except msgspec.ValidationError as first:
            try:
                mended = msgspec.json.encode(_without_nothings(msgspec.json.decode(raw)))
            except BROKEN:
                raise first from None
            return strict(mended)

    return read


def page_decoder(of: type[T]) -> Callable[[bytes | msgspec.Raw], T]:
    """Reads a page; a member that is an odd "nothing" is left out, and every record keeps its bytes."""
    strict = msgspec.json.Decoder(of, strict=False).decode

    def read(raw: bytes | msgspec.Raw) -> T:
        try:
            return strict(raw)
        except msgspec.ValidationError:
            members = _members(raw)
            kept = [
                msgspec.json.encode(name) + b":" + bytes(value)
                for name, value in members.items()
                if bytes(value) not in _NOTHINGS
            ]
            return strict(b"{" + b",".join(kept) + b"}")

    return read


_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_NOTHINGS = frozenset({b'""', b"{}", b"[]"})


def _without_nothings(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nothings(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_nothings(item) for item in value] or None
    return None if value == "" else value


def each(
    raws: Iterable[msgspec.Raw] | None, read: Callable[[msgspec.Raw], R], source: str, *id_names: str
) -> tuple[list[R], list[Unreadable]]:
    """Every record that fits, and beside them what does not, raw."""
    good: list[R] = []
    bad: list[Unreadable] = []
    for raw in raws or ():
        try:
            good.append(read(raw))
        except BROKEN as problem:
            bad.append(unreadable(raw, problem, source, id_names))
    return good, bad


def unreadable(
    raw: msgspec.Raw | bytes, problem: Exception, source: str, id_names: Sequence[str]
) -> Unreadable:
    """The error names the field, never its value."""
    content = bytes(raw)
    where, missing = _field(problem)
    if missing:
        kind = "nothing"
    else:
        kind = (
            "a value of another type" if isinstance(problem, msgspec.ValidationError) else "no readable value"
        )
    what = f"{kind} at {where}" if where else kind
    return Unreadable(PLATFORM, source, what, _find_id(content, id_names), content)


def _field(problem: Exception) -> tuple[str, bool]:
    """The dotted path of what does not fit, and whether it is not there at all."""
    if isinstance(problem, Misfit):
        return problem.field, False
    text = str(problem)
    path, missing = _PATH.search(text), _MISSING.search(text)
    parts = [path.group(1).replace("[...]", "[]").removeprefix("$").removeprefix(".")] if path else []
    parts += [missing.group(1)] if missing else []
    return ".".join(part for part in parts if part), missing is not None


def shortened(text: str) -> str:
    """A code or an id for the text of an error."""
    return text[:TOLD_LIMIT]


def _find_id(content: bytes, names: Sequence[str]) -> str | None:
    """The record's id if it can still be told: by its path, `/` between the names."""
    try:
        tree = msgspec.json.decode(content)
    except BROKEN:
        return None
    for name in names:
        found = tree
        for part in name.split("/"):
            found = found.get(part) if isinstance(found, dict) else None
        if isinstance(found, str | int) and not isinstance(found, bool):
            return named(found)
    return None


def opened(payload: msgspec.Raw, read: Callable[[msgspec.Raw], T], method: str) -> T:
    """The page itself; WireError where it has another shape."""
    try:
        return read(payload)
    except BROKEN:
        raise WireError(
            "the answer does not have the documented shape; it was kept out, report it",
            zh="平台应答与文档格式不符, 未予采用, 请反馈",
            platform=PLATFORM,
            method=method,
        ) from None
