"""What a platform does when a deadline passes: rows that a face declares, each with its evidence."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum

from attrs import field, frozen

from omnishop.model import BEIJING, Consequence, Favours


class Evidence(StrEnum):
    """How a row is known. CHOSEN is a setting of the simulated world and no fact about any platform."""

    OFFICIAL = "official"
    OBSERVED = "observed"
    INFERRED = "inferred"
    CHOSEN = "chosen"


_RANK = {evidence: rank for rank, evidence in enumerate(Evidence)}

NEVER = timedelta.max
"""The duration of a row that has no end."""


@frozen
class Rule:
    """One clock of a platform. `evidence` is for the duration, `default_evidence` for what happens then.

    `source` names the document as the project's list of timing rules numbers it. `start`: `stage` for cases (the
    step that led to the present stage); of orders `placed`, `shipped` (the last parcel), `delivered`, `finished`.
    `step` is the world's step by which the default is carried out; None: nothing happens by itself.
    `told`: whether the wire shows the date; `unseen`: it goes on showing the one before.
    `hours`: counted only between these hours of a Beijing day. `festive`: a festival lengthens it.
    `pausable`: a dispute on the case, or for an order's clock an open case of it, makes it stand still.
    """

    id: str
    duration: timedelta
    default: Consequence
    favours: Favours
    extendable: bool | None
    evidence: Evidence
    default_evidence: Evidence
    source: str
    start: str = field(default="stage", kw_only=True)
    step: str | None = field(default=None, kw_only=True)
    told: bool = field(default=True, kw_only=True)
    unseen: bool = field(default=False, kw_only=True)
    hours: tuple[int, int] | None = field(default=None, kw_only=True)
    pausable: bool = field(default=True, kw_only=True)
    festive: bool = field(default=False, kw_only=True)

    @property
    def weakest(self) -> Evidence:
        """The weaker of its two evidences."""
        return max(self.evidence, self.default_evidence, key=_RANK.__getitem__)

    def holds(self, least: Evidence) -> bool:
        """Whether the whole row is known at least as well as that."""
        return _RANK[self.weakest] <= _RANK[least]

    def due(self, start: datetime) -> datetime:
        """When a clock that began at `start` ends; at the limit is still in time."""
        return start + self.duration if self.hours is None else counted(start, self.duration, self.hours)


def counted(start: datetime, duration: timedelta, hours: tuple[int, int]) -> datetime:
    """`duration` after `start`, of which only the given hours of each Beijing day count."""
    opens, closes = (time(hour) for hour in hours)
    at, left = start.astimezone(BEIJING), duration
    while True:
        begin = datetime.combine(at.date(), opens, BEIJING)
        end = datetime.combine(at.date(), closes, BEIJING)
        at = max(at, begin)
        if at + left <= end:
            return (at + left).astimezone(start.tzinfo)
        left -= max(end - at, timedelta())
        at = begin + timedelta(days=1)
