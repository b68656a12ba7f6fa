"""How much may be asked of a platform: a budget, what is known of it, and the law it goes by. All of it pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from attrs import evolve, frozen

from omnishop.errors import RateLimited, Scope
from omnishop.ports import Account, Quota

USED = 0.985
"""The part of a quota that is asked for: what is sent evenly arrives unevenly, and the platform counts arrivals."""

LATE = timedelta(milliseconds=5)
"""Who comes for a place this late, still gets it: no part of a quota is lost because a thread woke up late."""

LOST = timedelta(milliseconds=10)
"""Who was told to wait for a place and wakes up so late, has to ask for another."""

JUMPED = timedelta(minutes=5)
"""Nobody ever waits so long for a place: a next place later than this is that of a clock that was put back."""

FLOOR = 5.0
"""Calls a second that a rate is not learned below, unless the platform refuses at once `STUBBORN` times in a row:
so few are no burst, and a platform that refuses now and then whatever is sent would bring every rate to nothing."""

STUBBORN = 4
LEAST = 0.2

GUESSED = 0.95
"""Of what was sent in the second before the first refusal: seconds of two clocks do not begin together."""

CUTS = ((timedelta(minutes=1), 1.0), (timedelta(seconds=10), 0.85), (timedelta(0), 0.7))
"""What is left of the rate in force when the platform refuses all the same, by how long it had not: once in a while
that is how rates are found, and again at once they are far off."""

_KEPT = 0.95  # of the rate at which it was refused
_HELD = timedelta(minutes=1)
_CLIMB = 0.05  # of that rate, for each minute after
_FORGOTTEN = 2.0  # so many times that rate went well: there is no such limit any more

FIRST_BAN = timedelta(seconds=1)
LONGEST_BAN = timedelta(minutes=15)
"""Bans where the platform does not say for how long: the first, doubled while nothing goes well in between."""

_AT_ONCE = timedelta(seconds=2)
_BACK = timedelta(seconds=5)


SCOPES: tuple[Scope, ...] = ("call", "method", "shop", "app")


class Budget(NamedTuple):
    """`shop_id` empty: of all shops of the app; `method` empty: of all methods."""

    platform: str
    app_key: str
    shop_id: str = ""
    method: str = ""


class Asked(NamedTuple):
    """The four budgets one call may fall under, and what its platform publishes."""

    call: Budget
    method: Budget
    shop: Budget
    app: Budget
    quota: Quota | None

    @classmethod
    def by(cls, account: Account, method: str, quota: Quota | None) -> Asked:
        platform, app_key = account.app.platform, account.app.app_key
        shop, method = account.shop_id or account.name, method.replace("/", ".")
        return cls(
            Budget(platform, app_key, shop, method),
            Budget(platform, app_key, "", method),
            Budget(platform, app_key, shop),
            Budget(platform, app_key),
            quota,
        )

    def of(self, scope: Scope) -> Budget:
        budget: Budget = getattr(self, scope)
        return budget

    def blamed(self, error: RateLimited) -> Budget:
        """The budget a refusal is about; where the platform does not say, the one it publishes a quota for."""
        vague = error.scope == "call" and self.quota is not None
        return self.of(self.quota.scope if vague and self.quota is not None else error.scope)

    @property
    def budgets(self) -> tuple[Budget, ...]:
        return self[:4]

    def published(self, budget: Budget) -> float | None:
        return self.quota.per_s if self.quota is not None and self.of(self.quota.scope) == budget else None


@frozen
class Known:
    """What is known of one budget. `per_s`: said by a person; `ceiling`: the rate at which the platform refused.

    `strikes`: refusals in a row, each soon after the ban of the one before. `code`: the platform's, of the latest.
    """

    per_s: float | None = None
    ceiling: float | None = None
    throttled_at: datetime | None = None
    throttles: int = 0
    strikes: int = 0
    barred_until: datetime | None = None
    code: str | None = None


NOTHING = Known()


@frozen
class Refusal:
    """The platform said "too many" at `at` to what was sent at `sent_at`.

    `until`: when it will listen again, None where it does not say; `spent`: a day's quota, which is no rate.
    """

    at: datetime
    sent_at: datetime
    until: datetime | None
    spent: bool = False
    code: str | None = None

    @classmethod
    def of(cls, error: RateLimited, sent_at: datetime, at: datetime) -> Refusal:
        until = None
        if error.retry_after is not None:
            until = at + timedelta(seconds=error.retry_after)
        elif error.back_at is not None:
            until = _next(error, at)
        return cls(at, sent_at, until, error.back_at is not None, error.code)


def _next(error: RateLimited, at: datetime) -> datetime:
    """The next time of day that reads so where the platform lives."""
    assert error.back_at is not None  # noqa: S101 - for the type checker: asked by the caller
    there = at.astimezone(error.back_at.tzinfo)
    today = datetime.combine(there.date(), error.back_at)
    return today if today > there else today + timedelta(days=1)


# ---------------------------------------------------------------- the rate in force


def rate(known: Known, published: float | None, now: datetime) -> float | None:
    """Calls a second; None: nothing holds them back. A person's word goes before what is published."""
    said = known.per_s if known.per_s is not None else published
    learned = learned_rate(known, now)
    if said is None:
        return learned
    return said * USED if learned is None else min(said * USED, learned)


def learned_rate(known: Known, now: datetime) -> float | None:
    """A little below where it was refused; after a minute it climbs, until it is refused again or forgotten."""
    if known.ceiling is None or known.throttled_at is None:
        return None
    quiet = now - known.throttled_at - _HELD
    part = _KEPT + _CLIMB * max(quiet / timedelta(minutes=1), 0.0)
    return known.ceiling * part if part < _FORGOTTEN else None


def barred(known: Known, now: datetime) -> float:
    """Seconds for which nothing is to be sent. A ban that lies in the future of a clock put back is not kept."""
    if known.barred_until is None or known.barred_until <= now:
        return 0.0
    if known.throttled_at is not None and now < known.throttled_at - _BACK:
        return 0.0
    return (known.barred_until - now).total_seconds()


def idle(known: Known, now: datetime) -> bool:
    """Nothing of it matters any more."""
    return known.per_s is None and learned_rate(known, now) is None and not barred(known, now)


# ---------------------------------------------------------------- learning


def refused(
    known: Known, refusal: Refusal, in_force: float | None, seen: float, *, joins: bool = False
) -> Known:
    """What is known after a refusal. `in_force`: the rate gone by; `seen`: calls of ours that went well in the second
    before.

    What was sent before the last refusal was known, or against its ban, belongs to it and is no new one; `joins`:
    another worker met that one, so that what this one sent comes to what the platform refused.
    """
    last = max(filter(None, (known.throttled_at, known.barred_until)), default=None)
    again = known.throttled_at is not None and (
        refusal.sent_at <= known.throttled_at
        or (known.barred_until is not None and refusal.sent_at < known.barred_until)
    )
    quiet = FOREVER if last is None else refusal.at - last
    strikes = known.strikes if again else (known.strikes + 1 if quiet < _AT_ONCE else 1)
    until = refusal.until
    if until is None and again:
        until = known.barred_until or refusal.at
    elif until is None:
        until = refusal.at + _ban(known, quiet, seen)
    if known.barred_until is not None and barred(known, refusal.at):
        until = max(until, known.barred_until)
    if again:
        more = seen * GUESSED if joins and known.ceiling is not None else 0.0
        ceiling = None if known.ceiling is None else known.ceiling + more
        return evolve(known, throttles=known.throttles + 1, barred_until=until, ceiling=ceiling)
    return evolve(
        known,
        ceiling=known.ceiling if refusal.spent else _ceiling(in_force, seen, quiet, strikes),
        throttled_at=refusal.at,
        throttles=known.throttles + 1,
        strikes=strikes,
        barred_until=until,
        code=refusal.code,
    )


def _ban(known: Known, quiet: timedelta, seen: float) -> timedelta:
    """For how long, where the platform does not say: longer where not one call went well since the last."""
    if seen >= 1 or known.barred_until is None or known.throttled_at is None:
        return FIRST_BAN
    last = max(known.barred_until - known.throttled_at, FIRST_BAN)
    return min(last * 2, LONGEST_BAN) if quiet < last else FIRST_BAN


def _ceiling(in_force: float | None, seen: float, quiet: timedelta, strikes: int) -> float:
    """What went well in one second is no lower than the limit; what is kept of it is never more than before."""
    if in_force is None:
        return max(FLOOR, seen * GUESSED)
    cut = next((part for least, part in CUTS if quiet >= least), CUTS[-1][1])
    floor = LEAST if strikes >= STUBBORN else FLOOR / _KEPT
    return min(in_force / _KEPT, max(floor, seen, in_force * cut))


FOREVER = timedelta.max


# ---------------------------------------------------------------- a place


def interval(per_s: float) -> int:
    """Microseconds from one place to the next, rounded so that never more than `per_s` fit into a second."""
    return -int(-1_000_000 // per_s)


def place(next_at: int, now: int, pace: int, patience: float) -> tuple[int, int | None]:
    """(microseconds to wait, the next place after this one; None: that is longer than `patience` seconds).

    The generic cell rate algorithm with one cell of burst: places stand evenly in time, each is given once, and
    one that nobody came for is lost. Never more than the rate and one in any second.
    """
    late = min(LATE // _MICROSECOND, pace // 2)
    start = now if next_at > now + JUMPED // _MICROSECOND else max(next_at, now - late)
    wait = max(start - now, 0)
    return wait, start + pace if wait <= patience * 1_000_000 else None


_MICROSECOND = timedelta(microseconds=1)
