"""What became of an intent in doubt: read again until it shows, or until two readings show that it did not happen."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial

from omnishop.acts import Look, Shown, State, Verb
from omnishop.errors import OmnishopError
from omnishop.ledger import news
from omnishop.ledger.desk import Desk, Do, Steps, Wait
from omnishop.ledger.intents import ActRow, Intent, Reading
from omnishop.ledger.sending import caused, read, row_of, settled
from omnishop.model import Text

GAP = timedelta(seconds=5)
"""Between the two readings that together show "did not happen"."""

_NEITHER = frozenset({Shown.BEFORE, Shown.EXCLUDED})


def resolve(desk: Desk, intent: Intent, gap: timedelta = GAP) -> Steps[Intent]:
    """The intent as it stands afterwards; one that stays `unknown` says why.

    Waits until no attempt can still be carried out (`until`), and `gap` between the two readings.
    """
    if intent.state is State.PLANNED:
        return (yield from _never_sent(desk, intent))
    if intent.state is State.NOT_APPLIED and intent.sent_at is not None and not intent.raw:
        return (yield from _seen_later(desk, intent))
    if intent.state not in {State.SENT, State.UNKNOWN}:
        return intent
    yield from _until(desk, intent)
    intent = yield Do(partial(desk.book.get, intent.id))
    if intent.state not in {State.SENT, State.UNKNOWN}:
        return intent
    if intent.raw:
        return (yield from _only_by_hand(desk, intent))
    first = yield from _reading(desk, intent)
    if first is not None and _counts(first):
        yield Wait(gap.total_seconds())
        yield from _reading(desk, intent, first, gap)
    after: Intent = yield Do(partial(desk.book.get, intent.id))
    return after


def _never_sent(desk: Desk, intent: Intent) -> Steps[Intent]:
    """Written down and not sent, as far as this book knows: whoever wrote it can no longer send it after this.

    A book that was put back from an older copy may not know of the send: what the record shows counts for more.
    """
    wait = (intent.planned_at + desk.limit - desk.machine()).total_seconds()
    if wait > 0:
        yield Wait(wait)
    state, by, why = State.NOT_APPLIED, None, Text("写入账本后未发出", "written down and never sent")
    look: Look | None = None
    if not intent.raw and row_of(desk, intent).method is not None:
        with suppress(OmnishopError):
            look, reading = yield from read(desk, intent, row_of(desk, intent))
            if reading.shown is Shown.DONE and not reading.stale:
                state, by = State.CONFIRMED, caused(reading.seen, False)
                why = Text(
                    "账本未记有发出, 但单据显示已生效",
                    "this book knows of no send, and the record shows it done",
                )
    work = partial(desk.book.settle, intent.id, state, desk.machine(), expected=(State.PLANNED,))
    if (yield Do(partial(work, by=by, why=why))):
        news.moved(intent, state, by)
    if look is not None and state is State.CONFIRMED:
        yield from _end(desk, intent, look)
    found: Intent = yield Do(partial(desk.book.get, intent.id))
    return found


def _only_by_hand(desk: Desk, intent: Intent) -> Steps[Intent]:
    """A raw call nobody knows how to read back."""
    why = Text(
        f"原始调用无法自动回读; {_by_hand(intent).zh}",
        f"a raw call cannot be read back; {_by_hand(intent).en}",
    )
    yield from settled(desk, intent, State.UNKNOWN, None, why, intent.code)
    found: Intent = yield Do(partial(desk.book.get, intent.id))
    return found


def _seen_later(desk: Desk, intent: Intent) -> Steps[Intent]:
    """A platform may show an old state longer than two readings last: one that shows the effect now is believed.

    Where the same was asked for once more meanwhile, what shows is that one's.
    """
    try:
        look, reading = yield from read(desk, intent, row_of(desk, intent))
    except OmnishopError:
        return intent
    if reading.shown is Shown.DONE and not reading.stale:
        why = Text("两次回读之后才显示生效", "the effect showed later than two readings")
        by = caused(reading.seen, False)
        if (yield Do(partial(desk.book.shown_later, intent, desk.machine(), by, why))):
            news.moved(intent, State.CONFIRMED, by)
            yield from _end(desk, intent, look)
    found: Intent = yield Do(partial(desk.book.get, intent.id))
    return found


def _until(desk: Desk, intent: Intent) -> Steps[None]:
    if intent.until is None:
        return
    left = (intent.until - desk.machine()).total_seconds()
    if left > 0:
        yield Wait(left)


def _reading(
    desk: Desk, intent: Intent, before: Reading | None = None, gap: timedelta = GAP
) -> Steps[Reading | None]:
    """One look and what it settles; None when the record could not be read or the intent is settled now."""
    write = row_of(desk, intent)
    try:
        look, reading = yield from read(desk, intent, write)
    except OmnishopError as error:
        why = Text(f"未能回读: {error.zh}", f"it could not be read back: {error.en}")
        yield from settled(desk, intent, State.UNKNOWN, None, why, intent.code)
        return None
    if reading.shown is Shown.DONE and not reading.stale:
        yield from settled(desk, intent, State.CONFIRMED, caused(reading.seen, False), intent.why)
        yield from _end(desk, intent, look)
        return None
    earlier = (*intent.readings, *((before,) if before else ()))
    if _counts(reading) and any(_apart(past, reading, intent, gap) for past in earlier):
        yield from _not_applied(desk, intent)
        return None
    yield from settled(desk, intent, State.UNKNOWN, None, _still(intent, reading), intent.code)
    return reading


def _end(desk: Desk, intent: Intent, look: Look) -> Steps[None]:
    """The act is over when this was its last verb."""
    begun: ActRow = yield Do(partial(desk.book.act, intent))
    verbs = desk.adapter.verbs(desk.account.storefront, Verb(begun.act), look)
    if intent.verb not in verbs or verbs[-1] == intent.verb:
        yield Do(partial(desk.book.end_act, intent.act, desk.machine()))


def _not_applied(desk: Desk, intent: Intent) -> Steps[None]:
    why = Text("两次回读均未发现生效", "two readings show that it did not happen")
    moved = yield Do(
        partial(
            desk.book.settle,
            intent.id,
            State.NOT_APPLIED,
            desk.machine(),
            expected=(State.SENT, State.UNKNOWN),
            why=why,
            until=intent.until,
        )
    )
    if moved:
        news.moved(intent, State.NOT_APPLIED)


def _counts(reading: Reading) -> bool:
    """Whether it may be one of the two."""
    return reading.shown in _NEITHER and not reading.stale


def _apart(past: Reading, reading: Reading, intent: Intent, gap: timedelta) -> bool:
    """An earlier reading that counts as well: made after every attempt was over, and long enough ago."""
    over = intent.until is None or past.at >= intent.until
    return _counts(past) and over and reading.at - past.at >= gap


def _by_hand(intent: Intent) -> Text:
    command = f"omnishop ledger resolve {intent.id} --as confirmed|not_applied --why …"
    return Text(f"请人工核实后处理: {command}", f"check it by hand, then: {command}")


def _still(intent: Intent, reading: Reading) -> Text:
    if reading.stale:
        return Text("回读结果比已有记录更旧", "the reading is older than what we hold")
    if reading.shown is Shown.MOVED:
        return Text(
            f"回读结果无法判断本次操作是否已生效; {_by_hand(intent).zh}",
            f"the record does not show whether this happened; {_by_hand(intent).en}",
        )
    return Text("等待第二次回读", "waits for a second reading")
