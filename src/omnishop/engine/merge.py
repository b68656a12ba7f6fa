"""Two snapshots of one record become one; pure, idempotent, and the order in which they come does not matter.

A later snapshot replaces an earlier one: later by the wire's time of change (the time of reading where the wire
has none), then by version. Of two at the same moment every field keeps what is known: null and "unknown" give way,
the fuller list stays, the further stage wins. What never changes about a record (its order, its birth) is kept from
any of them, and so is the kind: the first snapshot that knew it decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from attrs import evolve

from omnishop import jsonform, model
from omnishop.model import Record, Stage
from omnishop.model.order import OrderStatus
from omnishop.store.moments import moment
from omnishop.store.records import Held

_UNKNOWN = frozenset({"unknown", "unclassified"})
_ENUMS = frozenset(
    {"kind", "stage", "status", "dispute", "grade", "consequence", "favours", "cls", "decided_by"}
)
_LASTING = frozenset({"storefront", "order_id", "opened_at", "created_at"})
_WHOLE = frozenset({"deadline", "reply"})  # their parts say nothing apart
_PAIRED = {"stage": "raw_stage", "status": "raw_status", "grade": "raw_grade"}

_FURTHER: dict[str, tuple[str, ...]] = {
    "stage": (
        Stage.REQUESTED,
        Stage.REFUSED,
        Stage.AWAITING_RETURN,
        Stage.RETURNING,
        Stage.INSPECTING,
        Stage.RESENDING,
        Stage.RESENT,
        Stage.REFUNDING,
        Stage.CLOSED,
        Stage.SUCCEEDED,
    ),
    "status": tuple(OrderStatus),
}


def snapshot(record: Record, read_at: datetime, answer: str | None = None) -> Held:
    """A record as it was just read, from this answer: the name of a list, or how else."""
    at = moment(_true_at(record) or read_at)
    body = jsonform.encode(record)
    known = isinstance(record, model.Case) and record.kind is not model.Kind.UNKNOWN
    return Held(body, record.raw, at, at if known else None, read_at=moment(read_at), answer=answer)


def merge(one: Held, other: Held) -> Held:
    """Both must be snapshots of the same record. `marks` of both stay, those of `other` before those of `one`."""
    if one.raw == other.raw and one.kind_at == other.kind_at and one.says(other):
        marks = {**one.marks, **other.marks}
        return evolve(max(one, other, key=lambda held: held.at), marks=marks, **_told_by(one, other))
    first, last = sorted((one, other), key=_age)
    if _age(first) == _age(last):
        body, raw = _joined(first.body, last.body), max(first.raw, last.raw, key=_weight)
    else:
        body, raw = dict(last.body), last.raw
    for name in _LASTING & body.keys():
        body[name] = _earliest(first.body[name], last.body[name])
    kind_at, kind = _kind(first, last)
    if kind is not None:
        body["kind"] = kind
    return Held(body, raw, last.at, kind_at, {**one.marks, **other.marks}, **_told_by(first, last))


def _told_by(one: Held, other: Held) -> dict[str, Any]:
    """The reading that told the later of two states; of one state, the first that did."""
    first, last = sorted((one, other), key=_age)
    if _age(first) == _age(last):
        last = min(one, other, key=lambda held: (held.read_at is None, held.read_at or 0, held.answer or ""))
    return {"read_at": last.read_at, "answer": last.answer}


def _true_at(record: Record) -> datetime | None:
    """When the wire says that this became so; a review has no time of change, but all its parts have one."""
    if isinstance(record, model.Review):
        replied = record.reply.at if record.reply else None
        times = (record.created_at, replied, *(each.at for each in record.follow_ups))
        return max((time for time in times if time is not None), default=None)
    return record.changed_at


def _age(held: Held) -> tuple[int, tuple[int, int, str]]:
    return held.at, _order_of_version(held.body.get("version"))


def _order_of_version(version: str | None) -> tuple[int, int, str]:
    """Numbers by size, whatever their length; other text by itself, before numbers; none first."""
    if version is None:
        return 0, 0, ""
    if version.isascii() and version.isdigit():
        return 2, int(version), version
    return 1, 0, version


def _kind(one: Held, other: Held) -> tuple[int | None, str | None]:
    """The kind told by the earliest snapshot that knew it, and when that was."""
    known = [(held.kind_at, held.body["kind"]) for held in (one, other) if held.kind_at is not None]
    return min(known) if known else (None, None)


# ---------------------------------------------------------------- two snapshots of the same moment


def _joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name in one:
        if name in body:
            continue
        beside = _PAIRED.get(name)
        if beside is None or beside not in one:
            body[name] = _field(name, one[name], other[name])
            continue
        pairs = ((side[name], side[beside]) for side in (one, other))
        body[name], body[beside] = max(pairs, key=lambda pair: (_weigh(name, pair[0]), _weight(pair[1])))
    return body


def _field(name: str, one: Any, other: Any) -> Any:
    if one == other:
        return one
    if isinstance(one, Mapping) and isinstance(other, Mapping) and name not in _WHOLE:
        return _joined(one, other)
    return max(one, other, key=lambda value: _weigh(name, value))


def _weigh(name: str, value: Any) -> tuple[int, int, tuple[int, bytes]]:
    """A total order, so that which comes first never matters: known before unknown before null."""
    if value is None or (name in _ENUMS and value in _UNKNOWN):
        return (0 if value is None else 1), 0, _weight(value)
    further = _FURTHER.get(name, ())
    return 2, further.index(value) if value in further else 0, _weight(value)


def _weight(value: Any) -> tuple[int, bytes]:
    """How much is told, then the bytes themselves."""
    if isinstance(value, bytes):
        return len(value), value
    return sum(1 for _ in _told(value)), msgspec.json.encode(value, order="deterministic")


def _told(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _told(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _told(each)
    elif value is not None:
        yield value


def _earliest(one: str | None, other: str | None) -> str | None:
    known = [value for value in (one, other) if value is not None]
    return min(known, default=None)
