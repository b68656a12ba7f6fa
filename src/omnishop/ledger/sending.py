"""The send and the look after it: what the platform said, what the record shows, and what the book says then."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from attrs import evolve

from omnishop.acts import (
    Ask,
    By,
    Look,
    Outcome,
    Seen,
    Shown,
    State,
    Verb,
    Write,
)
from omnishop.drivers.exchange import NeverSent
from omnishop.errors import (
    AuthError,
    ConfigError,
    NotAllowed,
    NotFound,
    NotSupported,
    OmnishopError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Rejected,
)
from omnishop.ledger import news
from omnishop.ledger.desk import Desk, Do, IntentPermit, Run, Steps, Wait, full, look_at
from omnishop.ledger.intents import ActRow, Intent, Reading
from omnishop.model import Actor, Text

_REFUSALS = (
    Rejected,
    AuthError,
    PermissionDenied,
    RateLimited,
    NotFound,
    NotSupported,
    NotAllowed,
    NeverSent,
)
"""In words, or before the business saw it: not applied. Everything else after the send is doubt."""

_BY_ITSELF = frozenset({Actor.PLATFORM_RULE.value, Actor.ARBITRATION.value, Actor.ASSISTANT.value})


def refusal(error: OmnishopError) -> bool:
    """Not applied: refused in words, or never sent. A gateway's own code for bad settings is such a word."""
    return isinstance(error, _REFUSALS) or (isinstance(error, ConfigError) and error.code is not None)


def sent(
    desk: Desk, row: ActRow, intent: Intent, wish: Verb, look: Look, ask: Ask, *, last: bool
) -> Steps[tuple[Outcome, Look]]:
    """`last`: the act is over once this verb is confirmed."""
    ends = row.id if last else None
    write = row_of(desk, intent)
    permit = IntentPermit(desk, intent)
    if write.method is None:
        yield from settled(desk, intent, State.CONFIRMED, "us", None, ends=ends)
        return Outcome(wish, State.CONFIRMED, "us", record=look.record), look
    answered = True
    why: Text | None = None
    code: str | None = None
    try:
        yield Run(write.send(desk.account, look, full(desk, ask, intent.id)), permit)
    except OmnishopError as error:
        if not permit.used or refusal(error):
            over = None if row.confirmed else row.id
            told = Text(error.zh, error.en)
            left = permit.used
            yield from settled(desk, intent, State.REJECTED, None, told, error.code, ends=over, left=left)
            raise
        answered, why, code = False, Text(error.zh, error.en), error.code
    try:
        if why is not None:
            yield from settled(desk, intent, State.UNKNOWN, None, why, code)
            intent = evolve(intent, state=State.UNKNOWN)
        return (yield from _read_back(desk, intent, wish, write, look, answered, why, ends))
    except OmnishopError as error:
        raise _not_kept(desk, intent, error) from error


def _not_kept(desk: Desk, intent: Intent, error: OmnishopError) -> OutcomeUnknown:
    """The write is out and the book cannot be brought up to it: there it stands as sent, and holds its case."""
    return OutcomeUnknown(
        f"{intent.verb} on {intent.key.name} was sent, and what became of it could not be written down: {error.en}; "
        f"then: omnishop ledger resolve {intent.id}",
        zh=f"对 {intent.key.name} 的 {intent.verb} 已发出, 但结果未能记入账本: {error.zh}; "
        f"之后请运行: omnishop ledger resolve {intent.id}",
        platform=desk.account.platform,
        shop=desk.account.name,
    )


def row_of(desk: Desk, intent: Intent) -> Write:
    """The row an intent was written for."""
    rows = desk.rows(Verb(intent.verb), intent.key.subject)
    meant = [row for row in rows if row.meant(intent.key.subject, intent.seen.kind)]
    return next((row for row in meant if row.in_stage(intent.seen.stage)), (meant or list(rows))[0])


def _read_back(
    desk: Desk,
    intent: Intent,
    wish: Verb,
    write: Write,
    look: Look,
    answered: bool,
    why: Text | None,
    ends: str | None,
) -> Steps[tuple[Outcome, Look]]:
    """What the record shows: at once after doubt, and with some patience after a yes."""
    after = look
    for pause in desk.pauses if answered else (0.0,):
        if pause:
            yield Wait(pause)
        try:
            after, reading = yield from _looked(desk, intent, write)
            if reading.shown is not Shown.DONE:
                yield Do(partial(desk.book.read, intent.id, reading))
        except OmnishopError as error:
            why = why or Text(f"未能回读: {error.zh}", f"it could not be read back: {error.en}")
            continue
        if reading.shown is Shown.DONE:
            by = caused(reading.seen, answered)
            shown = (
                {State.NOT_APPLIED} if answered else set()
            )  # somebody was too quick: the platform told us yes
            moved = yield from settled(
                desk, intent, State.CONFIRMED, by, None, also=shown, reading=reading, ends=ends
            )
            return (yield from _told(desk, intent, moved, Outcome(wish, State.CONFIRMED, by), after))
    why = why or Text(
        "平台已受理, 但回读尚未看到结果; 稍后处理: omnishop ledger resolve",
        "the platform said yes, and the record does not show it yet; later: omnishop ledger resolve",
    )
    moved = yield from settled(desk, intent, State.UNKNOWN, None, why)
    return (yield from _told(desk, intent, moved, Outcome(wish, State.UNKNOWN, why=why), after))


def _told(desk: Desk, intent: Intent, moved: bool, ours: Outcome, after: Look) -> Steps[tuple[Outcome, Look]]:
    """What we found; what the book says where somebody settled the intent before us."""
    if not moved:
        kept: Intent = yield Do(partial(desk.book.get, intent.id))
        ours = Outcome(ours.act, kept.state, kept.by, why=kept.why)
    return evolve(ours, record=after.record), after


def read(desk: Desk, intent: Intent, write: Write) -> Steps[tuple[Look, Reading]]:
    """One look, judged by the row's rule and kept with the intent; the book says whether it is stale."""
    look, reading = yield from _looked(desk, intent, write)
    judged: Reading = yield Do(partial(desk.book.read, intent.id, reading))
    return look, judged


def _looked(desk: Desk, intent: Intent, write: Write) -> Steps[tuple[Look, Reading]]:
    at = desk.machine()
    look = yield from look_at(desk, write, intent.key.subject)
    seen = Seen.of(look)
    return look, Reading(at, seen, write.shows(intent.said, intent.seen, seen))


def caused(seen: Seen, answered: bool) -> By:
    """Who: us only where the platform said yes to us; another where the record names one."""
    if answered:
        return "us"
    return "other" if seen.decided_by in _BY_ITSELF else "unknown"


_EXPECTED = {
    State.CONFIRMED: (State.SENT, State.UNKNOWN),
    State.REJECTED: (State.PLANNED, State.SENT),
    State.UNKNOWN: (State.SENT, State.UNKNOWN),
    State.NOT_APPLIED: (State.UNKNOWN, State.SENT),
}


def settled(
    desk: Desk,
    intent: Intent,
    state: State,
    by: By | None,
    why: Text | None,
    code: str | None = None,
    also: Iterable[State] = (),
    reading: Reading | None = None,
    ends: str | None = None,
    left: bool = True,
) -> Steps[bool]:
    """Move the intent on, from the usual states or `also` these; False when somebody else did meanwhile."""
    work = partial(
        desk.book.settle,
        intent.id,
        state,
        desk.machine(),
        expected=(*_EXPECTED[state], *also),
        by=by,
        why=why,
        code=code,
        reading=reading,
        ends=ends,
        left=left,
    )
    moved: bool = yield Do(work)
    if moved and intent.state is not state:
        news.moved(intent, state, by)
    return moved
