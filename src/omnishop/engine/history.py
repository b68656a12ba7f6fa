"""What became of a record, told from the states it was read in: the order in which they came does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from attrs import frozen

from omnishop.engine.keep import id_of, kind_of
from omnishop.engine.merge import merge
from omnishop.model import Record
from omnishop.store import Store
from omnishop.store.moments import when
from omnishop.store.records import Held


@frozen
class Change:
    """One field, by its path in the JSON form; `before` None with `after`: nothing was known of it."""

    field: str
    before: Any
    after: Any


@frozen
class Step:
    """What changed at one moment; of the first step all that was known. `read_at` and `answer`: who told it first.

    `at` is the platform's time of the change, where its wire tells one; else when it was read.
    """

    at: datetime
    read_at: datetime | None
    answer: str | None
    changes: tuple[Change, ...]


def of_record(store: Store, record: Record) -> tuple[Step, ...]:
    """Of a record that is kept; one that was only ever read in one state has one step."""
    kind, key, shop_id = kind_of(record), id_of(record), record.shop_id or ""
    states = store.history.of(kind, record.platform, shop_id, key)
    return steps(states or store.records.held(kind, record.platform, shop_id, [key]).values())


def steps(states: Iterable[Held]) -> tuple[Step, ...]:
    """States of one record, the first one first; what changed nothing is left out."""
    found: list[Step] = []
    whole: Held | None = None
    for _, alike in groupby(sorted(states, key=lambda held: held.at), key=lambda held: held.at):
        before = whole
        for held in alike:
            whole = held if whole is None else merge(whole, held)
        if whole is None:
            continue
        changes = tuple(differences({} if before is None else before.body, whole.body))
        if changes:
            read_at = None if whole.read_at is None else when(whole.read_at)
            found.append(Step(when(whole.at), read_at, whole.answer, changes))
    return tuple(found)


def differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Iterator[Change]:
    """Field by field, lists as a whole; what neither side tells is no difference."""
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping | None) and isinstance(new, Mapping | None):
            yield from differences(old or {}, new or {}, f"{path}{name}.")
        else:
            yield Change(f"{path}{name}", old, new)
