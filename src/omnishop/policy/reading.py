"""Facts and verdicts as JSON: written and described by `jsonform`, read strictly, every fault with its path."""

from __future__ import annotations

import difflib
import hashlib
import json
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import groupby
from operator import attrgetter
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import msgspec
from msgspec import defstruct

from omnishop import jsonform
from omnishop.errors import ConfigError
from omnishop.model import BEIJING, Case, Fen, Order, fen_from_yuan
from omnishop.policy.casefacts import CaseFacts
from omnishop.policy.expected import Expected
from omnishop.policy.spans import Count, Span, read_span
from omnishop.policy.verdict import Verdict

Reader = Callable[[Any, str], Any]
_FIRST, _LAST = 1900, 9998
_SIGNED = frozenset({"order.amounts.discount"})
"""Money that may lie below zero: a surcharge is a discount the other way round."""


def _length(told: Any) -> timedelta:
    span = read_span(told)
    if span.count is not Count.ELAPSED:
        raise Expected("a time such as 48h or 90min", "时间, 如 48h 或 90min")
    return span.length


def _told(length: timedelta) -> str:
    minutes, rest = divmod(int(length.total_seconds()), 60)
    if rest or length.microseconds:
        msg = f"not in whole minutes: {length}"
        raise ValueError(msg)
    return f"{minutes}min" if minutes % 60 else f"{minutes // 60}h"


_SPAN = {"type": "string", "pattern": r"^[0-9]{1,6}(min|th|wd|h|d)$"}
jsonform.teach(Span, lambda span: span.text, read_span, _SPAN)
jsonform.teach(timedelta, _told, _length, _SPAN)


def dump_facts(facts: CaseFacts) -> dict[str, Any]:
    return {"type": "facts", **jsonform.form(CaseFacts)[0](facts)}


def dump_verdict(verdict: Verdict) -> dict[str, Any]:
    return {"type": "verdict", **jsonform.form(Verdict)[0](verdict)}


def read_facts(data: Any) -> CaseFacts:
    """What is left out is not known. ConfigError names the path of what cannot be."""
    facts: CaseFacts = _reader(CaseFacts)(_without_type(data, "facts"), "")
    return facts


def read_verdict(data: Any) -> Verdict:
    verdict: Verdict = _reader(Verdict)(_without_type(data, "verdict"), "")
    return verdict


def digest_of(facts: CaseFacts) -> str:
    """SHA-256 over the JSON of every known fact by its path, in the order of the schema; times in Beijing, money
    in fen. The raw records are no part of it."""
    return hashlib.sha256(_CANONICAL(_known(CaseFacts)(facts))).hexdigest()


_CANONICAL = msgspec.json.Encoder().encode


@cache
def _known(of: Any) -> Callable[[Any], Any]:
    """Fetches what is known of a value, what lies in its parts by dotted paths; None is left out of the JSON."""
    if get_origin(of) in {Union, types.UnionType}:
        return _known(next(each for each in get_args(of) if each is not type(None)))
    if get_origin(of) is tuple:
        each_known = _known(get_args(of)[0])
        return (
            _as_it_is if each_known is _as_it_is else lambda values: [each_known(value) for value in values]
        )
    if get_origin(of) is Mapping:
        of_value = _known(get_args(of)[1])
        return lambda table: {key: of_value(table[key]) for key in sorted(table)}
    if of is datetime:
        return _in_beijing
    if not (isinstance(of, type) and attrs.has(of)):
        return _as_it_is
    leaves = tuple(_leaves(of, ""))
    paths = {f"f{index}": path for index, (path, _) in enumerate(leaves)}
    told = defstruct(
        f"{of.__name__}Told", [(name, Any, None) for name in paths], rename=paths, omit_defaults=True
    )
    changing = [
        (index, fetch) for index, (_, hint) in enumerate(leaves) if (fetch := _known(hint)) is not _as_it_is
    ]
    parts = tuple(_parts(leaves))

    def known(value: Any) -> Any:
        every: list[Any] = []
        for part, get in parts:
            every += get(value if part is None else part(value))
        for index, fetch in changing:
            if every[index] is not None:
                every[index] = fetch(every[index])
        return told(*every)

    return known


_Get = Callable[[Any], Any]


def _parts(leaves: Iterable[tuple[str, Any]]) -> Iterator[tuple[_Get | None, _Get]]:
    """How to get at each part of a value, and at all of its leaves at once."""
    for above, some in groupby((path.rpartition(".") for path, _ in leaves), key=lambda path: path[0]):
        names = [name for _, _, name in some]
        all_of_it = attrgetter(*names) if len(names) > 1 else _alone(names[0])
        yield (attrgetter(above) if above else None), all_of_it


def _alone(name: str) -> _Get:
    get = attrgetter(name)
    return lambda value: (get(value),)


def _leaves(of: Any, above: str) -> Iterator[tuple[str, Any]]:
    for name, hint in _fields(of).items():
        if isinstance(hint, type) and attrs.has(hint):
            yield from _leaves(hint, f"{above}{name}.")
        else:
            yield f"{above}{name}", hint


def _in_beijing(when: datetime | None) -> datetime | None:
    return when if when is None or when.tzinfo is BEIJING else when.astimezone(BEIJING)


def _as_it_is(value: Any) -> Any:
    return value


def schema(name: str) -> dict[str, Any]:
    """JSON Schema (2020-12) of `facts` or `verdict`."""
    body = {"facts": _lenient(jsonform.form(CaseFacts)[2], CaseFacts), "verdict": jsonform.form(Verdict)[2]}[
        name
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": name,
        **body,
        "properties": {"type": {"const": name}, **body["properties"]},
    }


def _lenient(described: Any, of: Any) -> Any:
    """In facts only what has no default must be there."""
    if isinstance(described, list):
        return [_lenient(each, of) for each in described]
    if not isinstance(described, dict):
        return described
    told = {key: _lenient(value, of) for key, value in described.items() if key != "required"}
    if "properties" in described:
        kinds = [kind for kind in _needing() if set(described["properties"]) == set(_fields(kind))]
        if kinds:
            told["required"] = [each.name for each in attrs.fields(kinds[0]) if each.default is attrs.NOTHING]
    return told


@cache
def _needing() -> tuple[Any, ...]:
    """Every type in the facts that has a field without a default."""
    found: dict[Any, None] = {}

    def walk(of: Any) -> None:
        for each in get_args(of):
            walk(each)
        if isinstance(of, type) and attrs.has(of) and of not in found:
            found[of] = None
            for hint in _fields(of).values():
                walk(hint)

    walk(CaseFacts)
    return tuple(kind for kind in found if any(each.default is attrs.NOTHING for each in attrs.fields(kind)))


@cache
def _fields(of: Any) -> dict[str, Any]:
    hints = get_type_hints(of)
    return {each.name: hints[each.name] for each in attrs.fields(of) if hints[each.name] is not bytes}


def _without_type(data: Any, name: str) -> Any:
    if isinstance(data, dict) and "type" in data:
        if data["type"] != name:
            raise _wrong("type", f"{name}, not {data['type']!r}", f"{name}, 而非 {data['type']!r}")
        return {key: value for key, value in data.items() if key != "type"}
    return data


def _wrong(path: str, en: str, zh: str) -> ConfigError:
    where = path or "-"
    return ConfigError(f"{where}: expected {en}", zh=f"{where}: 应为 {zh}")


@cache
def _reader(of: Any) -> Reader:
    if get_origin(of) in {Union, types.UnionType}:
        inner = _reader(next(each for each in get_args(of) if each is not type(None)))
        return lambda data, path: None if data is None else inner(data, path)
    if get_origin(of) is tuple:
        return _list_of(_reader(get_args(of)[0]))
    if get_origin(of) is Mapping:
        return _table_of(*map(_reader, get_args(of)))
    if of in _PLAIN:
        return _PLAIN[of]
    if issubclass(of, StrEnum):
        return _one_of(of)
    return _object_of(of)


def _list_of(each: Reader) -> Reader:
    def read(data: Any, path: str) -> Any:
        if not isinstance(data, list):
            raise _wrong(path, f"a list, got {_shown(data)}", f"列表, 实为 {_shown(data)}")
        return tuple(each(value, f"{path}[{index}]") for index, value in enumerate(data))

    return read


def _table_of(key: Reader, value: Reader) -> Reader:
    def read(data: Any, path: str) -> Any:
        if not isinstance(data, dict):
            raise _wrong(path, f"an object, got {_shown(data)}", f"对象, 实为 {_shown(data)}")
        return {key(name, f"{path}.{name}"): value(told, f"{path}.{name}") for name, told in data.items()}

    return read


def _one_of(of: type[StrEnum]) -> Reader:
    def read(data: Any, path: str) -> Any:
        try:
            return of(data)
        except ValueError:
            known = ", ".join(of)
            raise _wrong(
                path, f"one of {known}; got {_shown(data)}", f"{known} 之一; 实为 {_shown(data)}"
            ) from None

    return read


def _object_of(of: Any) -> Reader:
    fields = _fields(of)
    readers = {name: _reader(hint) for name, hint in fields.items()}
    needed = [each.name for each in attrs.fields(of) if each.default is attrs.NOTHING]
    record = {Case: "case", Order: "order"}.get(of)

    def read(data: Any, path: str) -> Any:
        if not isinstance(data, dict):
            raise _wrong(path, f"an object, got {_shown(data)}", f"对象, 实为 {_shown(data)}")
        told = {}
        for name, value in data.items():
            here = f"{path}.{name}" if path else name
            if name not in readers:
                if name == "type" and value == record:
                    continue
                raise _no_such(here, name, list(readers))
            told[name] = readers[name](value, here)
        for name in needed:
            if name not in told:
                here = f"{path}.{name}" if path else name
                raise ConfigError(f"{here}: is required", zh=f"{here}: 必填")
        return of(**told)

    return read


def _no_such(path: str, name: str, known: list[str]) -> ConfigError:
    near = difflib.get_close_matches(str(name), known, 1)
    hint = (f"; did you mean {near[0]}?", f"; 是否为 {near[0]}?") if near else ("", "")
    there = ", ".join(known)
    return ConfigError(
        f"{path}: no such fact{hint[0]} There are: {there}", zh=f"{path}: 没有此事实{hint[1]} 可用: {there}"
    )


def _shown(data: Any) -> str:
    """Never the text itself: it may be a buyer's."""
    if data is None:
        return "null"
    if isinstance(data, bool | int | float):
        return json.dumps(data)
    if isinstance(data, str):
        return "text"
    return "a list" if isinstance(data, list) else "an object"


def _text(data: Any, path: str) -> str:
    if not isinstance(data, str):
        raise _wrong(path, f"text, got {_shown(data)}", f"文本, 实为 {_shown(data)}")
    return data


def _yes_no(data: Any, path: str) -> bool:
    if not isinstance(data, bool):
        raise _wrong(
            path, f"true, false or null, got {_shown(data)}", f"true、false 或 null, 实为 {_shown(data)}"
        )
    return data


def _count(data: Any, path: str) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or data < 0:
        raise _wrong(
            path, f"a whole number from 0, got {_shown(data)}", f"不小于 0 的整数, 实为 {_shown(data)}"
        )
    return data


def _money(data: Any, path: str) -> Fen:
    try:
        if not isinstance(data, str):
            raise ValueError  # noqa: TRY004, TRY301 - one error for every unreadable amount
        fen = fen_from_yuan(data)
    except ValueError:
        en, zh = 'yuan as text, such as "12.30"', '以元为单位的文本, 如 "12.30"'
        raise _wrong(path, f"{en}, got {_shown(data)}", f"{zh}, 实为 {_shown(data)}") from None
    if fen < 0 and path not in _SIGNED:
        raise ConfigError(f"{path}: money is not negative", zh=f"{path}: 金额不得为负")
    return fen


def _moment(data: Any, path: str) -> datetime:
    try:
        when = datetime.fromisoformat(_text(data, path))
    except ValueError:
        en, zh = "a time such as 2026-03-02T10:00:00+08:00", "时间, 如 2026-03-02T10:00:00+08:00"
        raise _wrong(path, en, zh) from None
    if when.tzinfo is None:
        raise ConfigError(
            f"{path}: a time needs its zone, such as +08:00", zh=f"{path}: 时间须带时区, 如 +08:00"
        )
    if not _FIRST <= when.year <= _LAST:
        raise _wrong(path, f"a year from {_FIRST} to {_LAST}", f"{_FIRST} 至 {_LAST} 年之间的时间")
    return when


def _by(read: Callable[[Any], Any]) -> Reader:
    def reader(data: Any, path: str) -> Any:
        try:
            return read(data)
        except Expected as problem:
            raise _wrong(path, problem.text.en, problem.text.zh) from None

    return reader


_PLAIN: dict[Any, Reader] = {
    str: _text,
    bool: _yes_no,
    int: _count,
    Fen: _money,
    datetime: _moment,
    timedelta: _by(_length),
    Span: _by(read_span),
}
