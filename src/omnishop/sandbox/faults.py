"""Troubles by a seeded plan: which of them strike the request that is being answered."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from attrs import Factory, define, frozen

from omnishop.ports import Response

NAMES = (
    "throttle",
    "server_error",
    "refuse_connect",
    "reset_before",
    "reset_after_commit",
    "slow",
    "cut_body",
    "short_page",
    "drifting_total",
    "stale_read",
    "expired_token",
    "clock_skew",
    "unknown_enum",
    "extra_fields",
    "missing_fields",
    "push_duplicate",
    "push_late",
    "push_reordered",
)
"""Every fault by its name."""

PUSHES = frozenset({"push_duplicate", "push_late", "push_reordered"})
READS_ONLY = frozenset({"short_page", "drifting_total", "stale_read"})
"""A write's answer has no page, total or age."""
SHAPES = ("short_page", "drifting_total", "unknown_enum", "extra_fields", "missing_fields")
"""Faults of an answer's content: a face passes its payload through `distorted`."""

SKEW = timedelta(minutes=30)
STALE = timedelta(minutes=15)
SLOW_S = 3.0

_ONLY = ("all", "reads", "writes")


class Trouble(Exception):
    """The connection does not bring the whole answer, or not soon: `refuse_connect`, `reset`, `slow`, `cut_body`.

    `response` is what would have come; None where nothing was asked of the platform.
    """

    def __init__(self, name: str, response: Response | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.response = response


class BadPlan(ValueError):
    """A plan that cannot be: the message says what is wrong with it."""


@frozen
class Wire:
    """What a platform's answers call things, for faults of their content.

    `totals`: keys that count; `enums`: keys whose values are codes; `ids`: keys that are never taken away.
    """

    totals: frozenset[str]
    enums: frozenset[str]
    ids: frozenset[str] = frozenset()


@define(eq=False)
class FaultPlan:
    """The same seed and requests give the same faults. `only` limits them to reads or to writes."""

    seed: int = 0
    rates: dict[str, float] = Factory(dict)
    only: str = "all"
    hits: frozenset[str] = frozenset()
    struck: list[str] = Factory(list)
    counts: dict[str, int] = Factory(dict)
    _rng: random.Random = Factory(lambda self: random.Random(self.seed), takes_self=True)  # noqa: S311 - repeatable

    @classmethod
    def of(cls, seed: int, rates: Mapping[str, Any], only: str = "all") -> FaultPlan:
        """BadPlan for a name nobody has, or a rate that is none."""
        for name, rate in rates.items():
            if name not in NAMES:
                raise BadPlan(f"no such fault: {name}; there are: {', '.join(NAMES)}")
            if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
                raise BadPlan(f"the rate of {name} must be a number from 0 to 1, not {rate!r}")
        if only not in _ONLY:
            raise BadPlan(f"only is all, reads or writes, not {only!r}")
        return cls(seed, {name: float(rates[name]) for name in NAMES if name in rates}, only)

    def draw(self, *, write: bool) -> None:
        """Decide what strikes the next request. Each rate draws once, hit or not: one does not move another."""
        due = self.only == "all" or (self.only == "writes") == write
        hits = set()
        for name, rate in self.rates.items():
            strikes = self._rng.random() < rate
            if strikes and due and name not in PUSHES and not (write and name in READS_ONLY):
                hits.add(name)
        self.hits = frozenset(hits)

    def lift(self) -> None:
        """Nothing strikes any more until the next draw."""
        self.hits, self.struck = frozenset(), []

    def refuses(self) -> bool:
        """For a server, which has no request yet when it refuses a connection: a draw of its own."""
        rate = self.rates.get("refuse_connect", 0.0)
        if not rate or self._rng.random() >= rate:
            return False
        self.counts["refuse_connect"] = self.counts.get("refuse_connect", 0) + 1
        return True

    def strikes(self, name: str) -> bool:
        """Whether it strikes this request; counted when it does."""
        if name not in self.hits:
            return False
        self.counts[name] = self.counts.get(name, 0) + 1
        self.struck.append(name)
        return True

    def befalls(self, name: str, about: str) -> bool:
        """Whether it strikes this message: by the seed and what it is about, so that no other draw moves it."""
        rate = self.rates.get(name, 0.0)
        if not rate or random.Random(f"{self.seed}/{name}/{about}").random() >= rate:  # noqa: S311 - repeatable
            return False
        self.counts[name] = self.counts.get(name, 0) + 1
        return True

    def coin(self) -> bool:
        return self._rng.random() < 0.5  # noqa: PLR2004 - a coin

    def pick(self, number: int) -> int:
        """One of so many, from 0."""
        return self._rng.randrange(number)


def distorted(plan: FaultPlan, payload: Any, wire: Wire) -> Any:
    """The payload with the faults that strike it: a copy, the world's own rows stay what they are.

    Dicts, lists, and things with `rows` (a list in its wrapper) are walked.
    """
    if not plan.hits.intersection(SHAPES):
        return payload
    whole = _copied(payload)
    if _counted(whole, wire) and plan.strikes("short_page"):
        _shorten(whole)
    if plan.strikes("drifting_total"):
        _drift(plan, whole, wire)
    rows = _rows(whole)
    if rows and plan.strikes("unknown_enum"):
        _unknown(rows[plan.pick(len(rows))], wire)
    if rows and plan.strikes("missing_fields"):
        row = rows[plan.pick(len(rows))]
        names = [name for name in row if name not in wire.ids and not isinstance(row[name], dict | list)]
        if names:
            del row[names[plan.pick(len(names))]]
    if plan.strikes("extra_fields"):
        for row in rows:
            row["simExtraField"] = "a field that nobody documented"
    return whole


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_copied(item) for item in value]
    if hasattr(value, "rows"):
        return type(value)(value.name, _copied(value.rows))
    return value


def _lists(value: Any) -> list[list[Any]]:
    """Every list of records, outermost first."""
    if isinstance(value, list):
        return [value] if value and isinstance(value[0], dict) else []
    if hasattr(value, "rows"):
        return _lists(value.rows)
    if isinstance(value, dict):
        return [found for item in value.values() for found in _lists(item)]
    return []


def _rows(whole: Any) -> list[dict[str, Any]]:
    """The records of the answer: of its lists, or else the innermost single object."""
    listed = [row for rows in _lists(whole) for row in rows]
    if listed:
        return listed
    at = whole
    while isinstance(at, dict) and sum(isinstance(item, dict) for item in at.values()) == 1:
        at = next(item for item in at.values() if isinstance(item, dict))
    return [at] if isinstance(at, dict) and at else []


def _counted(value: Any, wire: Wire) -> bool:
    """A page of a list, and not one record with lists of its own."""
    if not isinstance(value, dict):
        return False
    return any(name in wire.totals or _counted(item, wire) for name, item in value.items())


def _shorten(whole: Any) -> None:
    """The last record of the first list is not there; the total still counts it."""
    for rows in _lists(whole)[:1]:
        rows.pop()


def _drift(plan: FaultPlan, value: Any, wire: Wire) -> None:
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        if name in wire.totals and isinstance(item, int | str) and str(item).isdigit():
            value[name] = type(item)(int(item) + (1 if plan.coin() or not int(item) else -1))
        else:
            _drift(plan, item, wire)


def _unknown(row: dict[str, Any], wire: Wire) -> None:
    """Codes of one record become what no document lists."""
    for name, item in row.items():
        if isinstance(item, dict):
            _unknown(item, wire)
        elif name in wire.enums and not isinstance(item, bool):
            if isinstance(item, int):
                row[name] = 987_001
            elif isinstance(item, str):
                row[name] = "SIM_NEVER_DOCUMENTED"
