"""Many keys at once, in statements that an index serves: rows of one place, so many ids at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Text, func, select

from omnishop.store.prepared import given

Place = tuple[str, str, str]
"""The leading three columns of an index whose fourth is the id."""

_AT_ONCE = 500


def batches(names: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(set(names))
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]


def among(connection: Connection, column: Column[str], name: str) -> ColumnElement[bool]:
    """Whether it is one of the names given under `name`: one value of the statement, made by `together`."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import ARRAY  # noqa: PLC0415 - loads slowly, not needed on SQLite

        return column == func.any(given(name, ARRAY(Text)))
    each = func.json_each(given(name, Text)).table_valued("value")
    return column.in_(select(each.c.value))


def together(connection: Connection, names: Iterable[str]) -> Any:
    """Any number of names as one value."""
    wanted = sorted(set(names))
    if connection.dialect.name == "postgresql":
        return wanted
    return msgspec.json.encode(wanted).decode()


def by_place(keys: Iterable[tuple[str, str, str, str]]) -> Iterator[tuple[Place, list[str]]]:
    """A comparison of whole rows, `(a, b, c, d) IN (…)`, would read the whole table on SQLite."""
    places: dict[Place, set[str]] = {}
    for *place, name in keys:
        first, second, third = place
        places.setdefault((first, second, third), set()).add(name)
    for where in sorted(places):
        for some in batches(places[where]):
            yield where, some
