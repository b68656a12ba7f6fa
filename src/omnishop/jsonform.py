"""The model as JSON, and back, and its JSON Schema.

Money is yuan text (`"12.30"`), times are ISO 8601 with `+08:00`, keys are never missing, null means that the
wire does not say. The raw record is not part of it.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import msgspec

from omnishop import model
from omnishop.model.money import Fen
from omnishop.model.times import BEIJING

TYPES: dict[str, type[Any]] = {
    "order": model.Order,
    "case": model.Case,
    "review": model.Review,
    "trace": model.Trace,
    "refund_fact": model.RefundFact,
    "reason": model.RefuseReason,
    "event": model.Event,
    "write_result": model.WriteResult,
    "address": model.Address,
    "raw": model.Raw,
    "unreadable": model.Unreadable,
}
_NAMES = {cls: name for name, cls in TYPES.items()}
_LEADING = ("platform", "storefront", "shop_id", "source")

Dump = Callable[[Any], Any]
Load = Callable[[Any], Any]
Schema = dict[str, Any]


def dump(record: Any) -> dict[str, Any]:
    """One record as a JSON object; `type` names which."""
    return {"type": _NAMES[type(record)], **form(type(record))[0](record)}


def encode(record: Any) -> bytes:
    """What `dump` says, as JSON bytes, in a quarter of its time: nothing is held that a reader could look into."""
    kind = type(record)
    ready = _READY.get(kind)
    if ready is None:
        ready = _READY[kind] = _structured(kind, _NAMES[kind])
    return _ENCODE(ready(record))


def load(data: dict[str, Any]) -> Any:
    """The record that `dump` wrote; ValueError for another type, KeyError for a missing key."""
    name = data.get("type")
    if name not in TYPES:
        msg = f"no such type of record: {name!r}; known: {', '.join(TYPES)}"
        raise ValueError(msg)
    return form(TYPES[name])[1](data)


def schema(name: str) -> Schema:
    """JSON Schema (2020-12) of one type of record, by its name in `TYPES`."""
    body = form(TYPES[name])[2]
    properties = {"type": {"const": name}, **body["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        **body,
        "properties": properties,
        "required": list(properties),
    }


def form(of: Any) -> tuple[Dump, Load, Schema]:
    """How a value of this type is written, read and described; derived from its attributes once."""
    if of not in _FORMS:
        _FORMS[of] = _derive(of)
    return _FORMS[of]


def teach(of: Any, write: Dump, read: Load, described: Schema) -> None:
    """A form that cannot be derived; before the first type that holds one is asked for."""
    _FORMS[of] = (write, read, described)


def _derive(of: Any) -> tuple[Dump, Load, Schema]:
    """How a type is written, read and described."""
    if get_origin(of) in (Union, types.UnionType):
        return _optional(of)
    if get_origin(of) is tuple:
        return _list(get_args(of)[0])
    if get_origin(of) is Mapping:
        return _table(*get_args(of))
    if isinstance(of, type) and issubclass(of, StrEnum):
        return str, of, {"enum": [member.value for member in of]}
    if attrs.has(of):
        return _object(of)
    msg = f"no JSON form for {of}"
    raise TypeError(msg)


def _optional(of: Any) -> tuple[Dump, Load, Schema]:
    write, read, described = form(_inner(of))
    null = {"anyOf": [described, {"type": "null"}]}
    if write is _same and read is _same:
        return _same, _same, null
    return (
        lambda value: None if value is None else write(value),
        lambda value: None if value is None else read(value),
        null,
    )


def _inner(of: Any) -> Any:
    return next(arg for arg in get_args(of) if arg is not type(None))


def _list(of: Any) -> tuple[Dump, Load, Schema]:
    write, read, described = form(of)
    return (
        lambda values: [write(value) for value in values],
        lambda values: tuple(read(value) for value in values),
        {"type": "array", "items": described},
    )


def _table(key: Any, value: Any) -> tuple[Dump, Load, Schema]:
    name, told = form(key), form(value)
    return (
        lambda table: {name[0](each): told[0](table[each]) for each in table},
        lambda table: {name[1](each): told[1](table[each]) for each in table},
        {"type": "object", "additionalProperties": told[2]},
    )


def _object(of: type[Any]) -> tuple[Dump, Load, Schema]:
    hints = get_type_hints(of)
    names = _told(of)
    forms = [(name, *form(hints[name])) for name in names]
    described = {
        "type": "object",
        "properties": {name: form for name, _, _, form in forms},
        "required": names,
        "additionalProperties": False,
    }
    return (
        _writer(names, hints),
        lambda data: of(**{name: read(data[name]) for name, _, read, _ in forms}),
        described,
    )


def _told(of: type[Any]) -> list[str]:
    """The attributes in their order; what is no part of equality is not what is told."""
    names = [attribute.name for attribute in attrs.fields(of) if attribute.eq]
    return sorted(names, key=lambda name: _LEADING.index(name) if name in _LEADING else len(_LEADING))


def _all_of(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda value: (get(value),)


def _writer(names: list[str], hints: dict[str, Any]) -> Dump:
    """All attributes at once; only those that do not stand for themselves are written one by one."""
    get = _all_of(names)
    always = [(name, form(hints[name])[0]) for name in names if not _may_lack(hints[name])]
    known = [(name, form(_inner(hints[name]))[0]) for name in names if _may_lack(hints[name])]
    always = [(name, write) for name, write in always if write is not _same]
    known = [(name, write) for name, write in known if write is not _same]

    def write_all(value: Any) -> dict[str, Any]:
        told: dict[str, Any] = dict(zip(names, get(value), strict=False))
        for name, write in always:
            told[name] = write(told[name])
        for name, write in known:
            if told[name] is not None:
                told[name] = write(told[name])
        return told

    return write_all


def _ready(of: Any) -> Dump:
    """A value as the encoder itself writes what `form` would; `_same` where that is the value."""
    if of in _READY:
        return _READY[of]
    if _may_lack(of):
        return _ready(_inner(of))  # whoever holds it asks for null first
    if get_origin(of) is tuple:
        each = _ready(get_args(of)[0])
        return _same if each is _same else lambda values: [each(value) for value in values]
    if isinstance(of, type) and issubclass(of, StrEnum):
        return _same
    if attrs.has(of) and of not in _FORMS:
        ready = _READY[of] = _structured(of)
        return ready
    return form(of)[0]


def _structured(of: type[Any], name: str | None = None) -> Dump:
    """A value as a struct of its fields, which costs a fraction of a dict of them."""
    hints = get_type_hints(of)
    names = _told(of)
    get = _all_of(names)
    made = msgspec.defstruct(
        of.__name__, [(each, Any) for each in names], gc=False, tag_field="type" if name else None, tag=name
    )
    changes = [(at, _ready(hints[each])) for at, each in enumerate(names)]
    changes = [(at, ready) for at, ready in changes if ready is not _same]
    if not changes:
        return lambda value: made(*get(value))

    def structured(value: Any) -> Any:
        told = list(get(value))
        for at, ready in changes:
            if told[at] is not None:
                told[at] = ready(told[at])
        return made(*told)

    return structured


def _may_lack(of: Any) -> bool:
    return get_origin(of) in {Union, types.UnionType}


def _same(value: Any) -> Any:
    return value


_FORMS: dict[Any, tuple[Dump, Load, Schema]] = {
    str: (_same, _same, {"type": "string"}),
    int: (_same, _same, {"type": "integer"}),
    bool: (_same, _same, {"type": "boolean"}),
    float: (_same, _same, {"type": "number"}),
    Any: (_same, _same, {}),
    Fen: (
        model.yuan_text,
        model.fen_from_yuan,
        {"type": "string", "pattern": r"^-?\d+\.\d{2}$", "description": "yuan"},
    ),
    datetime: (model.iso, datetime.fromisoformat, {"type": "string", "format": "date-time"}),
}

_ENCODE = msgspec.json.Encoder().encode
_READY: dict[Any, Dump] = {
    str: _same,
    int: _same,
    bool: _same,
    float: _same,
    Any: _same,
    Fen: lru_cache(maxsize=1 << 14)(model.yuan_text),
    datetime: lambda when: when.astimezone(BEIJING),
}
