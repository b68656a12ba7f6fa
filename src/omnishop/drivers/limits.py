"""Who may send now: asked before every call, told of every refusal; here for one process, in the store for many."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from attrs import evolve, frozen

from omnishop import clock
from omnishop.drivers.budgets import (
    NOTHING,
    Asked,
    Budget,
    Known,
    Refusal,
    barred,
    idle,
    interval,
    place,
    rate,
    refused,
)
from omnishop.errors import RateLimited

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MANY = 20_000  # counters of calls, before those of a past second are dropped


class Place(NamedTuple):
    """`wait`: seconds until the call may go, if `granted`; else until it is worth asking again."""

    wait: float
    granted: bool
    budget: Budget | None = None


GO = Place(0.0, granted=True)


class Limits(Protocol):
    """What all callers of a platform know of its quotas. Every method is atomic over threads and processes."""

    @property
    def blocking(self) -> bool:
        """Whether `take` and `throttled` may wait for a disk or another process."""
        ...

    def free(self, asked: Asked, now: datetime) -> bool:
        """Whether it may go at once, as far as is known here; never waits. False: `take` a place."""
        ...

    def take(self, asked: Asked, patience: float, now: datetime) -> Place:
        """A place in every budget the call falls under; none is taken where it comes after `patience` seconds."""
        ...

    def banned(self, asked: Asked, now: datetime) -> bool:
        """Whether a ban came while one waited, as far as is known here; never waits."""
        ...

    def throttled(self, asked: Asked, error: RateLimited, sent_at: datetime, at: datetime) -> float:
        """Learn from a refusal; seconds until it is worth asking again."""
        ...


@frozen
class Turn:
    """Whose word a call waits for before it is sent, and how long it may take: the driver's monotonic seconds."""

    limits: Limits
    until: float
    queue_until: float

    @classmethod
    def begin(cls, limits: Limits, patience: float, queue: float) -> Turn:
        now = clock.monotonic()
        return cls(limits, now + patience, now + queue)

    def left(self) -> float:
        """For another attempt."""
        return max(self.until - clock.monotonic(), 0.0)

    def queue_left(self) -> float:
        """For a place in a quota, or the end of a ban."""
        return max(self.queue_until - clock.monotonic(), 0.0)


class Tally:
    """Calls of this process in the last second, by budget, without those that were refused."""

    def __init__(self) -> None:
        self._counts: dict[
            Budget, tuple[int, int, int]
        ] = {}  # the second, calls in it, calls in the one before

    def add(self, asked: Asked, at: float) -> None:
        second = int(at)
        for budget in asked.budgets:
            last, count, before = self._counts.get(budget, (second, 0, 0))
            if last == second:
                self._counts[budget] = (second, count + 1, before)
            else:
                self._counts[budget] = (second, 1, count if last == second - 1 else 0)
        if len(self._counts) > _MANY:
            self._counts = {each: row for each, row in self._counts.items() if row[0] >= second - 1}

    def refused(self, asked: Asked) -> None:
        for budget in asked.budgets:
            last, count, before = self._counts.get(budget, (0, 0, 0))
            self._counts[budget] = (last, count - 1, before) if count else (last, 0, max(before - 1, 0))

    def seen(self, budget: Budget, at: float) -> float:
        """An even share of the second before this one counts as long as it is not a second ago."""
        second = int(at)
        last, count, before = self._counts.get(budget, (second, 0, 0))
        if last == second + 1:
            return before
        if last == second:
            return count + before * (1 - (at - second))
        return count * (1 - (at - second)) if last == second - 1 else 0.0


class Limiter:
    """What limits in memory and in a store have in common: which budgets hold a call, and what a refusal means."""

    blocking = False

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._known: dict[Budget, Known] = {}
        self._tally = Tally()
        self._apart = timedelta(0)  # of the clock that what is known goes by, from this machine's

    def free(self, asked: Asked, now: datetime) -> bool:
        with self._lock:
            if self._stale() or asked.quota is not None or (self._known and self._held(asked)):
                return False
            self._tally.add(asked, now.timestamp())
            return True

    def take(self, asked: Asked, patience: float, now: datetime) -> Place:
        paced: list[Budget] = []
        self._renew()
        with self._lock:
            there, longest = now + self._apart, GO
            for budget in asked.budgets:
                known = self._known.get(budget, NOTHING)
                left = barred(known, there)
                if left > longest.wait:
                    longest = Place(left, granted=False, budget=budget)
                if rate(known, asked.published(budget), there) is not None:
                    paced.append(budget)
        if longest is not GO:
            return longest
        for budget in paced:
            found = self._place(budget, asked.published(budget), patience, now)
            if not found.granted:
                return found
            longest = max(longest, found, key=lambda each: each.wait)
        with self._lock:
            self._tally.add(asked, now.timestamp() + longest.wait)
        return longest

    def banned(self, asked: Asked, now: datetime) -> bool:
        with self._lock:
            there = now + self._apart
            return any(barred(self._known.get(budget, NOTHING), there) for budget in asked.budgets)

    def throttled(self, asked: Asked, error: RateLimited, sent_at: datetime, at: datetime) -> float:
        budget = asked.blamed(error)
        with self._lock:
            self._tally.refused(asked)
            seen = self._tally.seen(budget, sent_at.timestamp())
        there = at + self._apart
        refusal = Refusal.of(error, sent_at + self._apart, there)
        return barred(self._learn(budget, asked.published(budget), refusal, seen), there)

    def _held(self, asked: Asked) -> bool:
        return any(budget in self._known for budget in asked.budgets)

    def _stale(self) -> bool:
        """Whether others may know more by now."""
        return False

    def _renew(self) -> None:
        """Read what others learned; nobody's `free` waits for it."""

    def _place(self, budget: Budget, published: float | None, patience: float, now: datetime) -> Place:
        raise NotImplementedError

    def _learn(self, budget: Budget, published: float | None, refusal: Refusal, seen: float) -> Known:
        raise NotImplementedError


class MemoryLimits(Limiter):
    """For one process, safe over threads. Drivers that share one share what it knows; it ends with the process."""

    def __init__(self) -> None:
        super().__init__()
        self._next: dict[Budget, int] = {}

    def say(self, budget: Budget, per_s: float | None) -> None:
        """A person's word on a quota; None takes it back."""
        with self._lock:
            self._known[budget] = evolve(self._known.get(budget, NOTHING), per_s=per_s)

    def _place(self, budget: Budget, published: float | None, patience: float, now: datetime) -> Place:
        with self._lock:
            per_s = rate(self._known.get(budget, NOTHING), published, now)
            if per_s is None:
                return GO
            wait, after = place(
                self._next.get(budget, 0), (now - _EPOCH) // _MICROSECOND, interval(per_s), patience
            )
            if after is not None:
                self._next[budget] = after
            return Place(wait / 1_000_000, after is not None, budget)

    def _learn(self, budget: Budget, published: float | None, refusal: Refusal, seen: float) -> Known:
        with self._lock:
            for past in [each for each, known in self._known.items() if idle(known, refusal.at)]:
                del self._known[past]
            before = self._known.get(budget, NOTHING)
            known = refused(before, refusal, rate(before, published, refusal.at), seen)
            self._known[budget] = known
            return known
