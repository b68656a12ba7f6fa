"""Sums that keep what is not known: each row adds at least so much, at most so much, and they add over shops."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from omnishop.model import ReasonClass, Text, iso
from omnishop.policy.measures import By, Part, Unit
from omnishop.report.rows import Place

Amount = int | Fraction


@frozen
class Tally:
    """`count` rows that together come to `low` at least and `high` at most; `high` None: no upper bound is known.

    `missing` names the facts that would settle the rest.
    """

    count: int = 0
    low: Amount = 0
    high: Amount | None = 0
    missing: frozenset[str] = frozenset()

    def __add__(self, other: Tally) -> Tally:
        high = None if self.high is None or other.high is None else self.high + other.high
        return Tally(self.count + other.count, self.low + other.low, high, self.missing | other.missing)

    @property
    def exact(self) -> bool:
        return self.low == self.high

    def mean(self) -> tuple[Fraction | None, Fraction | None]:
        """The lowest and the highest that the mean can be; None, None without rows."""
        if not self.count:
            return None, None
        high = None if self.high is None else Fraction(self.high) / self.count
        return Fraction(self.low) / self.count, high


BEFORE = "records.before"
"""Missing where a window begins before the records do: what is there is not all there was."""

YES = Tally(1, 1, 1)
NO = Tally(1, 0, 0)


def exactly(amount: Amount) -> Tally:
    return Tally(1, amount, amount)


def between(low: Amount, high: Amount | None, *missing: str) -> Tally:
    return Tally(1, low, high, frozenset(missing))


def maybe(*missing: str) -> Tally:
    """Counted or not: the fact that would tell is missing."""
    return between(0, 1, *missing)


def yes_or_no(truth: bool) -> Tally:
    return YES if truth else NO


@frozen
class Facet:
    """What a row can be told apart by. `at` is the moment that puts it into a window."""

    place: Place | None = None
    at: datetime | None = None
    products: tuple[str, ...] = ()
    cls: ReasonClass | None = None
    buyer: str | None = field(default=None, repr=False)
    agent: str | None = None


class Met(StrEnum):
    """Whether a goal is reached, as far as it can be told."""

    MET = "met"
    MISSED = "missed"
    UNKNOWN = "unknown"
    NO_GOAL = "no_goal"


@frozen
class Measure:
    """One figure. `before`: the same of the window before, where the goal is to do better than that."""

    rule: str
    name: str
    part: Part
    title: Text
    by: By
    key: tuple[str | None, ...]
    since: datetime
    until: datetime
    tally: Tally
    before: Tally | None = None
    highest: bool | None = None
    """Of figures of people: whether nobody stands above; None where it is not asked."""

    @property
    def unit(self) -> Unit:
        return self.part.unit

    @property
    def met(self) -> Met:
        part, (low, high) = self.part, self.tally.mean()
        if BEFORE in self.tally.missing and goal(part) is not None:
            return Met.UNKNOWN
        if part.way is not None:
            return self._better(low, high)
        if part.at_least is not None:
            return _reached(low, high, Fraction(str(part.at_least)), upwards=True)
        if part.at_most is not None:
            return _reached(low, high, Fraction(str(part.at_most)), upwards=False)
        if part.within is not None:
            return _reached(low, high, Fraction(part.within.seconds), upwards=False)
        return Met.NO_GOAL

    def _better(self, low: Fraction | None, high: Fraction | None) -> Met:
        if self.before is None or BEFORE in self.before.missing:
            return Met.UNKNOWN
        low_before, high_before = self.before.mean()
        if low is None or low_before is None:
            return Met.UNKNOWN
        if self.part.way == "down":
            low, high, low_before, high_before = low_before, high_before, low, high
        if high_before is not None and low > high_before:
            return Met.MET
        if high is not None and high <= low_before:
            return Met.MISSED
        return Met.UNKNOWN

    def json(self) -> dict[str, Any]:
        count = self.unit is Unit.COUNT
        low, high = (self.tally.low, self.tally.high) if count else self.tally.mean()
        whole = self.unit is Unit.TIME
        return {
            "id": self.rule,
            "part": self.name,
            "title": self.title.en,
            "title_zh": self.title.zh,
            "by": self.by.value,
            "platform": self.key[0] if self.key and self.by in _OF_PLATFORM else None,
            "shop_id": self.key[1] if self.key and self.by in _OF_SHOP else None,
            "key": [*self.key],
            "since": iso(self.since),
            "until": iso(self.until),
            "unit": "seconds" if whole else self.unit.value,
            "value": _plain(low) if self.tally.exact and low is not None else None,
            "low": _plain(low),
            "high": _plain(high),
            "numerator": _plain(self.tally.low) if self.tally.exact else None,
            "denominator": self.tally.count,
            "of": self.part.of,
            "of_zh": self.part.of_zh,
            "goal": goal(self.part),
            "met": self.met.value,
            "before": None if self.before is None else _plain(self.before.mean()[0]),
            "highest": self.highest,
            "missing": sorted(self.tally.missing),
        }


_OF_SHOP = frozenset({By.SHOP, By.PRODUCT})
_OF_PLATFORM = _OF_SHOP | {By.PLATFORM}


def _reached(low: Fraction | None, high: Fraction | None, limit: Fraction, *, upwards: bool) -> Met:
    """Exactly at the goal is reached."""
    if low is None:
        return Met.UNKNOWN
    if upwards:
        if low >= limit:
            return Met.MET
        return Met.MISSED if high is not None and high < limit else Met.UNKNOWN
    if high is not None and high <= limit:
        return Met.MET
    return Met.MISSED if low > limit else Met.UNKNOWN


def goal(part: Part) -> str | None:
    """As people write it."""
    if part.at_most is not None:
        return f"<= {part.at_most:.2%}"
    if part.at_least is not None:
        return f">= {part.at_least:.2%}"
    if part.within is not None:
        return f"<= {part.within.text}"
    return part.way


def _plain(amount: Amount | None) -> float | int | None:
    if amount is None or isinstance(amount, int):
        return amount
    return int(amount) if amount.denominator == 1 else float(amount)


def seconds(span: timedelta) -> int:
    return int(span.total_seconds())
