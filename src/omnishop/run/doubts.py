"""Writes in doubt, of whoever sent them: read again until they show, never repeated."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from omnishop import clock, telemetry
from omnishop.acts import UNSETTLED, State
from omnishop.engine.keep import keeper
from omnishop.errors import OmnishopError
from omnishop.ledger import Intent, Ledger
from omnishop.ledger.desk import LIMIT
from omnishop.run.did import Did, Job
from omnishop.run.work import Work

AT_ONCE = 8
"""Intents looked at side by side: most of such a look is waiting between two readings."""

_FIRST, _LONGEST = timedelta(seconds=30), timedelta(hours=1)
"""Between two looks at an intent that does not show: doubled with every reading of it."""

_log = telemetry.logger("run")


def resolve_due(work: Work) -> Did | None:
    """Every intent whose time has come; None: there was none. `count`: how many are settled now."""
    now, started = work.now(), clock.monotonic()
    ledger = Ledger(work.store, now=work.present, keep=keeper(work.store), machine=work.now)
    due = [each for each in ledger.book.list(states=UNSETTLED) if due_at(each) <= now and not _by_hand(each)]
    if not due:
        return None
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="doubt") as pool:
        looks = list(pool.map(lambda each: _look(work, ledger, each), due))
    error = next((each for each in looks if isinstance(each, OmnishopError)), None)
    settled = sum(each is True for each in looks)
    return Did(Job.DOUBTS, count=settled, seconds=clock.monotonic() - started, error=error)


def _look(work: Work, ledger: Ledger, intent: Intent) -> bool | OmnishopError:
    """Whether it is settled; an error of one shop is no other's."""
    try:
        stored = work.store.shops.get(intent.key.shop_id, intent.key.platform)
        with ledger.shop(stored, driver=work.calls) as shop:
            after = ledger.resolve(intent, shop)
    except OmnishopError as problem:
        return problem
    _log.info(
        "write in doubt looked at",
        platform=intent.key.platform,
        shop=intent.key.shop_id,
        intent=intent.id,
        verb=intent.verb,
        state=after.state.value,
        by=after.by,
    )
    return after.state not in UNSETTLED


def due_at(intent: Intent) -> datetime:
    """The first moment at which a look can settle it: when nobody can still be sending it, and then ever more
    seldom."""
    if intent.state is State.PLANNED:
        return intent.planned_at + LIMIT
    free = intent.until or intent.planned_at + LIMIT
    if not intent.readings:
        return free
    wait = min(_FIRST * (1 << min(len(intent.readings) - 1, 10)), _LONGEST)
    return max(free, max(each.at for each in intent.readings) + wait)


def _by_hand(intent: Intent) -> bool:
    """A raw call that was sent: no reading shows what became of it."""
    return intent.raw and intent.state is not State.PLANNED


def next_at(work: Work) -> datetime | None:
    return min(_waiting(work), default=None)


def _waiting(work: Work) -> Iterator[datetime]:
    book = Ledger(work.store).book
    return (due_at(each) for each in book.list(states=UNSETTLED) if not _by_hand(each))
