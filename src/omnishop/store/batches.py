"""Many keys at once, in statements that an index serves: rows of one place, so many ids at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Place = tuple[str, str, str]
"""The leading three columns of an index whose fourth is the id."""

_AT_ONCE = 500


def batches(names: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(set(names))
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]


def by_place(keys: Iterable[tuple[str, str, str, str]]) -> Iterator[tuple[Place, list[str]]]:
    """A comparison of whole rows, `(a, b, c, d) IN (…)`, would read the whole table on SQLite."""
    places: dict[Place, set[str]] = {}
    for *place, name in keys:
        first, second, third = place
        places.setdefault((first, second, third), set()).add(name)
    for where in sorted(places):
        for some in batches(places[where]):
            yield where, some
