"""What falls due: deeds in order of time, each done at its own time while the world's clock says so."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta

from attrs import Factory, define, frozen

from omnishop.sandbox.clock import WorldClock

LAG = timedelta(minutes=10)
"""The longest time after a deadline at which the platform acts (GEN-LAG, chosen)."""


@frozen
class Happened:
    """Something that nobody asked for by a request. `rule` is None where no platform's rule did it."""

    at: datetime
    platform: str
    shop_id: str
    what: str  # case, order, review
    id: str
    rule: str | None
    step: str
    actor: str  # platform, carrier, buyer
    evidence: str | None = None  # of the rule's duration / of its default


Deed = Callable[[], Happened | None]
"""Done when its time has come; None when it had become void."""


@define(eq=False)
class Agenda:
    """A heap: what a thousand open cases cost is what falls due, not what is open."""

    _heap: list[tuple[datetime, int, Deed]] = Factory(list)
    _count: int = 0
    _living: bool = False

    def at(self, when: datetime, deed: Deed) -> int:
        """Note a deed; equal times keep the order they were noted in. The answer is its number."""
        self._count += 1
        heapq.heappush(self._heap, (when, self._count, deed))
        return self._count

    def next(self) -> datetime | None:
        return self._heap[0][0] if self._heap else None

    def live(self, clock: WorldClock, until: datetime) -> list[Happened]:
        """Everything due up to `until`, in order; what a deed brings about may fall due as well.

        A deed that asks for it again is itself part of it: nothing more happens then.
        """
        happened: list[Happened] = []
        if self._living:
            return happened
        self._living = True
        try:
            while self._heap and self._heap[0][0] <= until:
                when, _, deed = heapq.heappop(self._heap)
                clock.pretend(when)
                done = deed()
                if done is not None:
                    happened.append(done)
        finally:
            self._living = False
            clock.pretend(None)
        return happened


def chance(seed: int, *about: object) -> float:
    """In [0, 1), the same for the same things: chance that no other draw moves."""
    return zlib.crc32("/".join(map(str, (seed, *about))).encode()) / 2**32


def lag(seed: int, *about: object) -> timedelta:
    """Whole seconds between a deadline and the platform's act: none of them is before it."""
    return timedelta(seconds=1 + int(chance(seed, "lag", *about) * (LAG.total_seconds() - 1)))
