"""The steps of one shop: its news, a turn of its history, a comparison with the platform."""

from __future__ import annotations

from datetime import datetime, timedelta

from omnishop import clock
from omnishop.engine import ShopReport, pull_back, pull_live, reconcile
from omnishop.errors import AuthError, OmnishopError, RateLimited
from omnishop.run.did import Did, Job
from omnishop.run.work import Work
from omnishop.store import StoredShop
from omnishop.store.rounds import Lane, Round
from omnishop.store.whys import Why

_FIRST, _LONGEST = timedelta(seconds=5), timedelta(minutes=10)
"""Between two tries of a shop that cannot be read: doubled from the first to the longest."""

_LOGGED_OUT = timedelta(minutes=5)
"""The most for a shop whose keys are refused: such a try costs little, and somebody may just have logged in."""

COMPARED_BACK = timedelta(days=2)
"""The daily comparison looks so far back: at what changed since the last one, and at all that is still open. Of what
is listed by creation alone, as reviews are, it looks at all: a follow-up to an old one is told nowhere else."""


def step(work: Work, row: int, lane: Lane) -> Did | None:
    """None: there is no such shop any more."""
    stored, round_ = work.store.shops.at(row), work.store.rounds.get(row)
    if stored is None or round_ is None:
        return None
    match lane:
        case Lane.NEWS:
            return news(work, stored, round_)
        case Lane.COMPARISON:
            return comparison(work, stored)
        case Lane.HISTORY:
            return history(work, stored)


def news(work: Work, stored: StoredShop, before: Round) -> Did:
    """What changed at the platform since the last time."""
    began, started = work.now(), clock.monotonic()
    report, error = None, None
    try:
        with work.opened(work.store, stored) as shop:
            report = pull_live(work.store, stored, shop, now=work.present(stored))
    except OmnishopError as problem:
        error = problem
    ended = work.now()
    first = next(iter(report.errors), None) if report is not None else error
    wide = report.error if report is not None else error
    failures = 0 if first is None else before.failures + 1
    again = max(began + work.every, ended) if wide is None else ended + pause(wide, failures)
    facts: dict[str, datetime | int | str | Why | None] = {
        "due_at": again,
        "began_at": began,
        "ended_at": ended,
        "failures": failures,
        "why": None if first is None else Why.of(first),
    }
    if report is not None and wide is None:
        facts["backfill_left"] = report.left
        if report.left == 0:
            facts["backfill_at"] = None
        elif before.backfill_at is None:
            facts["backfill_at"] = ended
    work.store.rounds.put(stored.row, **facts)
    return _did(Job.NEWS, stored, report, started, first, again)


def history(work: Work, stored: StoredShop) -> Did:
    """Some windows further back; the next turn comes when the others had theirs."""
    started = clock.monotonic()
    report, error = None, None
    try:
        with work.opened(work.store, stored) as shop:
            report = pull_back(work.store, stored, shop, now=work.present(stored))
    except OmnishopError as problem:
        error = problem
    first = next(iter(report.errors), None) if report is not None else error
    left = None if report is None else report.left
    again = None if left == 0 else work.now() + (timedelta() if first is None else pause(first, _OFTEN))
    facts: dict[str, datetime | int | None] = {"backfill_at": again}
    if left is not None:
        facts["backfill_left"] = left
    work.store.rounds.put(stored.row, **facts)
    return _did(Job.HISTORY, stored, report, started, first, again, count=left or 0)


def comparison(work: Work, stored: StoredShop) -> Did:
    """Store and platform side by side; what differs is kept as the platform tells it."""
    began, started = work.now(), clock.monotonic()
    found, differences, error = None, 0, None
    try:
        present = work.present(stored)
        with work.opened(work.store, stored) as shop:
            since = present - COMPARED_BACK
            compared = reconcile(
                work.store, stored, shop, now=present, since=since, heal=True, added_later=True
            )
        found, error = compared.verdict, compared.error
        differences = sum(len(part.differences) for part in compared.parts)
    except OmnishopError as problem:
        error = problem
    again = None if work.compared_every is None else began + work.compared_every
    if error is not None and again is not None:
        again = min(again, work.now() + pause(error, _OFTEN))
    facts: dict[str, datetime | str | None] = {"check_at": again}
    if found is not None:
        facts |= {"checked_at": began, "found": found}
    work.store.rounds.put(stored.row, **facts)
    seconds = clock.monotonic() - started
    return Did(
        Job.COMPARISON,
        stored.name,
        stored.platform,
        count=differences,
        seconds=seconds,
        error=error,
        again=again,
    )


_OFTEN = 5
"""As if it had failed so often: nobody waits for a shop's history, nor for a comparison."""


def pause(error: OmnishopError, failures: int) -> timedelta:
    """How long to leave a shop alone after so many failures in a row; what the platform asked for, if longer.

    What it asks for one method is kept by the calls' own limits: the shop's other lists go on meanwhile.
    """
    wait = min(
        _FIRST * (1 << min(failures - 1, 10)), _LOGGED_OUT if isinstance(error, AuthError) else _LONGEST
    )
    if isinstance(error, RateLimited) and error.retry_after is not None:
        asked = timedelta(seconds=error.retry_after)
        wait = max(wait, asked if error.scope in {"shop", "app"} else min(asked, _LONGEST))
    return wait


def _did(
    job: Job,
    stored: StoredShop,
    report: ShopReport | None,
    started: float,
    error: OmnishopError | None,
    again: datetime | None,
    count: int = 0,
) -> Did:
    seconds = clock.monotonic() - started
    if report is None:
        return Did(job, stored.name, stored.platform, seconds=seconds, error=error, again=again)
    return Did(
        job,
        stored.name,
        stored.platform,
        report.saved(),
        report.quarantined,
        count,
        seconds,
        error,
        again,
    )
