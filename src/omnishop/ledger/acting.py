"""An act from wish to proof, written once: look, decide, write down, send, look again.

A generator of steps; `ledger.Ledger` carries them out in a thread, `ledger.AsyncLedger` in an event loop.
Killed between any two steps it leaves an intent that says how far it had come.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from attrs import evolve, field, frozen

from omnishop.acts import (
    Ask,
    By,
    Look,
    Outcome,
    Seen,
    Shown,
    State,
    Subject,
    Verb,
    Write,
    rows_for,
)
from omnishop.drivers.exchange import NeverSent, Permit
from omnishop.errors import (
    AuthError,
    ConfigError,
    NotAllowed,
    NotFound,
    NotSupported,
    OmnishopError,
    PermissionDenied,
    RateLimited,
    Rejected,
)
from omnishop.flow import Call, Flow, T
from omnishop.ledger.book import Book
from omnishop.ledger.chances import Plan, Question, Standing, plan
from omnishop.ledger.intents import ActRow, Intent, Key, Reading, digest_of, kept, older
from omnishop.model import BEIJING, Actor, Case, Order, Record, Text
from omnishop.ports import Account, Adapter, Capability, Request

LIMIT = timedelta(seconds=60)
"""After an attempt began, the platform may still carry it out for so long: the time limit of a call and more."""

PAUSES = (0.0, 0.5, 2.0)
"""Seconds before each look after an answer that said yes."""

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


@frozen
class Run:
    """Carry out a flow with the shop's driver; `permit` lets its write out."""

    flow: Flow[Any] = field(repr=False)
    permit: Permit | None = None


@frozen
class Wait:
    seconds: float


@frozen
class Do:
    """Work on the book: it may wait for the disk or another process."""

    work: Callable[[], Any] = field(repr=False)


Step = Run | Wait | Do
Steps = Generator[Step, Any, T]


@frozen
class Desk:
    """Where acts are carried out: the shop, the book, and the outside as functions.

    `now` is the shop's present (its world's, if simulated), `machine` the machine's; `keep` stores a record that
    was read. `limit`: see LIMIT.
    """

    account: Account
    adapter: Adapter
    book: Book
    roles: Callable[[], frozenset[str]]
    now: Callable[[], datetime]
    machine: Callable[[], datetime]
    new_id: Callable[[], str]
    keep: Callable[[Record, datetime], None]
    limit: timedelta = LIMIT
    pauses: tuple[float, ...] = PAUSES

    def key(self, subject: Subject) -> Key:
        shop_id = self.account.shop_id
        if shop_id is None:
            raise ConfigError(
                "the shop's id is not known yet; ask the platform: omnishop doctor",
                zh="店铺 ID 未知, 请先运行: omnishop doctor",
                platform=self.account.platform,
                shop=self.account.name,
            )
        return Key(self.account.platform, shop_id, subject)

    def rows(self, verb: Verb, subject: Subject) -> tuple[Write, ...]:
        return rows_for(self.adapter.writes(self.account.storefront), verb, subject)


@frozen
class Preview:
    """What an act would send, not sent. `obstacles`: what would stop it."""

    verb: Verb
    call: Call
    request: Request
    plan: Plan


class _Stop(Exception):
    """Carries the request of a dry run out of the driver."""

    def __init__(self, call: Call, request: Request) -> None:
        super().__init__()
        self.call = call
        self.request = request


class _DryPermit:
    def sending(self, call: Call, request: Request) -> None:
        raise _Stop(call, request)


class IntentPermit:
    """One intent's right to one write; the intent is marked as sent before the first byte of each attempt."""

    def __init__(self, desk: Desk, intent: Intent) -> None:
        self._desk = desk
        self._intent = intent
        self._call: Call | None = None

    def sending(self, call: Call, request: Request) -> None:
        if self._call is not None and call != self._call:
            raise ConfigError(f"a verb is one write, and {call.method} would be its second")
        self._desk.book.sending(self._intent.id, self._desk.machine(), self._desk.limit)
        self._call = call

    @property
    def used(self) -> bool:
        return self._call is not None


# ---------------------------------------------------------------- an act


def act(desk: Desk, subject: Subject, wish: Verb, ask: Ask) -> Steps[Outcome]:
    """Every verb of the act in order; one begun before and left after a confirmed verb goes on there."""
    look = yield from _first_look(desk, subject, wish)
    key = desk.key(subject)
    verbs = desk.adapter.verbs(desk.account.storefront, wish, look)
    row = yield from _act_row(desk, key, wish, ask, verbs, look)
    ids: list[str] = []
    outcome = Outcome(wish, State.CONFIRMED, record=look.record)
    for verb in verbs:
        if verb in row.confirmed:
            continue
        intent = yield from _written_down(desk, key, row, wish, verb, look, ask)
        ids.append(intent.id)
        outcome, look = yield from _sent(desk, row, intent, wish, verb, look, ask)
        outcome = evolve(outcome, intents=tuple(ids))
        if outcome.state is not State.CONFIRMED:
            return outcome
        row = evolve(row, confirmed=row.confirmed | {verb.value})
    yield Do(partial(desk.book.end_act, row.id, desk.machine()))
    return outcome


def preview(desk: Desk, subject: Subject, wish: Verb, ask: Ask) -> Steps[tuple[Preview, ...]]:
    """The request of the act's first verb still to come, as it would be sent, and what stands in its way."""
    look = yield from _first_look(desk, subject, wish)
    key = desk.key(subject)
    verbs = desk.adapter.verbs(desk.account.storefront, wish, look)
    done = yield from _act_row(desk, key, wish, ask, verbs, look)
    verb = next((each for each in verbs if each not in done.confirmed), wish)
    waybill, order = yield from around(desk, key, look)
    asked = partial(desk.book.standing, key, look.record, day_of(desk), waybill, order)
    standing = yield Do(asked)
    planned = planned_for(desk, wish, verb, subject, look, ask, standing)
    if planned.row is None or planned.row.method is None:
        raise not_allowed(desk, subject, planned) if planned.obstacles else _only_recorded(desk, verb)
    try:
        yield Run(planned.row.send(desk.account, look, _full(desk, ask, "dry-run")), _DryPermit())
    except _Stop as stop:
        return (Preview(verb, stop.call, stop.request, planned),)
    raise AssertionError  # pragma: no cover - a send makes its write


def _first_look(desk: Desk, subject: Subject, wish: Verb) -> Steps[Look]:
    rows = desk.rows(wish, subject)
    if not rows:
        support = desk.adapter.support(desk.account.storefront, Capability(wish))
        raise NotAllowed(
            f"{desk.account.storefront}: {wish} is {support.level}: {support.reason.en}",
            zh=f"{desk.account.storefront}: {wish} 为 {support.level}: {support.reason.zh}",
            keys=(support.level.value,),
            platform=desk.account.platform,
            shop=desk.account.name,
        )
    return (yield from look_at(desk, rows[0], subject))


def look_at(desk: Desk, row: Write, subject: Subject) -> Steps[Look]:
    """Read the record now; what was read is kept in the store as well."""
    at = desk.now()
    look: Look = yield Run(row.look(desk.account, subject))
    look = evolve(look, record=_owned(desk, look.record))
    yield Do(partial(desk.keep, look.record, at))
    return look


def _owned(desk: Desk, record: Any) -> Any:
    """What the wire leaves out because the token says it."""
    account = desk.account
    return evolve(
        record,
        shop_id=record.shop_id or account.shop_id,
        storefront=record.storefront or account.storefront,
    )


def _act_row(
    desk: Desk, key: Key, wish: Verb, ask: Ask, verbs: tuple[Verb, ...], look: Look
) -> Steps[ActRow]:
    """The same act, if it was begun and a verb of it is still to come; else a new one.

    What was prepared counts only while the record asks for the same at the same stage.
    """
    digest = digest_of(wish, ask)
    begun: ActRow | None = yield Do(partial(desk.book.unfinished, key, wish.value))
    if begun is not None and begun.digest == digest and begun.seen is not None:
        now = Seen.of(look)
        same = (now.stage, now.requested) == (begun.seen.stage, begun.seen.requested)
        if same and not begun.confirmed >= set(verbs):
            return begun
    return ActRow(desk.new_id(), key, wish.value, digest, ask.by, desk.machine())


# ---------------------------------------------------------------- deciding


def _written_down(
    desk: Desk, key: Key, row: ActRow, wish: Verb, verb: Verb, look: Look, ask: Ask
) -> Steps[Intent]:
    """The intent in the book, committed; NotAllowed with every reason when it may not be."""
    record = look.record
    claimed = record.lines if isinstance(record, Case) else ()
    lines = {line.line_id: line.requested or 0 for line in claimed if line.line_id}
    draft = Intent(
        id=desk.new_id(),
        act=row.id,
        key=key,
        verb=verb.value,
        digest=digest_of(verb, ask),
        state=State.PLANNED,
        seen=Seen.of(look),
        said=kept(ask),
        planned_at=desk.machine(),
        day=day_of(desk),
        lines=lines,
        order_id=getattr(record, "order_id", None),
    )
    waybill, order = yield from around(desk, key, look)

    def decide(standing: Standing) -> Plan:
        return planned_for(desk, wish, verb, key.subject, look, ask, standing)

    intent, planned = yield Do(partial(desk.book.plan, draft, row, record, waybill, order, decide))
    if intent is None:
        raise not_allowed(desk, key.subject, planned)
    if ask.good is not None or ask.bad is not None:
        counted = (ask.good or 0, ask.bad or 0, ask.by, desk.machine())
        yield Do(partial(desk.book.receive, key, waybill, *counted))
    found: Intent = intent
    return found


def around(desk: Desk, key: Key, look: Look) -> Steps[tuple[str | None, Order | None]]:
    """The return waybill, and the order: from the store, else read now; None when it cannot be had."""
    record = look.record
    if isinstance(record, Order):
        return None, record
    if not isinstance(record, Case) or record.order_id is None:
        return look.marks.get("waybill"), None
    waybill = look.marks.get("waybill") or _waybill(desk, record)
    order: Order | None = yield Do(partial(desk.book.order, key, record.order_id))
    if order is None or order.amounts.paid is None:
        at = desk.now()
        try:
            order = yield Run(desk.adapter.order(desk.account, record.order_id))
        except OmnishopError:
            return waybill, order
        order = _owned(desk, order)
        yield Do(partial(desk.keep, order, at))
    return waybill, order


def _waybill(desk: Desk, case: Case) -> str | None:
    parcels = desk.adapter.return_parcels(case)
    return next((parcel.tracking_no for parcel in parcels if parcel.tracking_no), None)


def planned_for(
    desk: Desk, wish: Verb, verb: Verb, subject: Subject, look: Look, ask: Ask | None, standing: Standing
) -> Plan:
    """The plan of one verb; a verb that only prepares its act is held back by what holds the act itself."""
    planned = plan(question(desk, wish, verb, subject, look, ask, standing))
    if verb is wish:
        return planned
    whole = plan(question(desk, wish, wish, subject, look, ask, standing))
    seen = {each.key for each in planned.obstacles}
    more = (each for each in whole.obstacles if each.key not in seen)
    return evolve(planned, obstacles=(*planned.obstacles, *more))


def question(
    desk: Desk, wish: Verb, verb: Verb, subject: Subject, look: Look, ask: Ask | None, standing: Standing
) -> Question:
    return Question(
        desk.account,
        desk.adapter.support(desk.account.storefront, Capability(verb)),
        desk.rows(verb, subject),
        wish,
        verb,
        subject,
        look,
        evolve(standing, roles=desk.roles()),
        ask,
    )


def day_of(desk: Desk) -> str:
    return desk.now().astimezone(BEIJING).date().isoformat()


def not_allowed(desk: Desk, subject: Subject, planned: Plan) -> NotAllowed:
    return NotAllowed(
        f"{subject.id}: " + "; ".join(each.text.en for each in planned.obstacles),
        zh=f"{subject.id}: " + "; ".join(each.text.zh for each in planned.obstacles),
        keys=tuple(each.key for each in planned.obstacles),
        platform=desk.account.platform,
        shop=desk.account.name,
    )


def _only_recorded(desk: Desk, verb: Verb) -> NotAllowed:
    return NotAllowed(
        f"{verb} sends nothing on this storefront: it is recorded by us alone",
        zh=f"{verb} 在该平台没有接口, 仅在本地记录",
        keys=("only_recorded",),
        platform=desk.account.platform,
        shop=desk.account.name,
    )


# ---------------------------------------------------------------- sending and reading back


def refusal(error: OmnishopError) -> bool:
    """Not applied: refused in words, or never sent. A gateway's own code for bad settings is such a word."""
    return isinstance(error, _REFUSALS) or (isinstance(error, ConfigError) and error.code is not None)


def _sent(
    desk: Desk, row: ActRow, intent: Intent, wish: Verb, verb: Verb, look: Look, ask: Ask
) -> Steps[tuple[Outcome, Look]]:
    write = row_of(desk, intent)
    permit = IntentPermit(desk, intent)
    if write.method is None:
        yield Do(partial(desk.book.sending, intent.id, desk.machine(), desk.limit))
        yield from settled(desk, intent, State.CONFIRMED, "us", None)
        return Outcome(wish, State.CONFIRMED, "us", record=look.record), look
    answered = True
    why: Text | None = None
    try:
        yield Run(write.send(desk.account, look, _full(desk, ask, intent.id)), permit)
    except OmnishopError as error:
        if not permit.used or refusal(error):
            yield from settled(desk, intent, State.REJECTED, None, Text(error.zh, error.en), error.code)
            if not row.confirmed:
                yield Do(partial(desk.book.end_act, row.id, desk.machine()))
            raise
        answered, why = False, Text(error.zh, error.en)
        yield from settled(desk, intent, State.UNKNOWN, None, why, error.code)
    return (yield from _read_back(desk, intent, wish, write, look, answered, why))


def row_of(desk: Desk, intent: Intent) -> Write:
    """The row an intent was written for."""
    rows = desk.rows(Verb(intent.verb), intent.key.subject)
    meant = [row for row in rows if row.meant(intent.key.subject, intent.seen.kind)]
    return next((row for row in meant if row.in_stage(intent.seen.stage)), (meant or list(rows))[0])


def _full(desk: Desk, ask: Ask, key: str) -> Ask:
    return evolve(ask, key=key, at=desk.now(), by=ask.by or "omnishop")


def _read_back(
    desk: Desk, intent: Intent, wish: Verb, write: Write, look: Look, answered: bool, why: Text | None
) -> Steps[tuple[Outcome, Look]]:
    """What the record shows: at once after doubt, and with some patience after a yes."""
    after = look
    for pause in desk.pauses if answered else (0.0,):
        if pause:
            yield Wait(pause)
        try:
            after, reading = yield from read(desk, intent, write)
        except OmnishopError as error:
            why = why or Text(f"未能回读: {error.zh}", f"it could not be read back: {error.en}")
            continue
        if reading.shown is Shown.DONE:
            by = caused(reading.seen, answered)
            yield from settled(desk, intent, State.CONFIRMED, by, None)
            return Outcome(wish, State.CONFIRMED, by, record=after.record), after
    why = why or Text(
        "平台已受理, 但回读尚未看到结果; 稍后处理: omnishop ledger resolve",
        "the platform said yes, and the record does not show it yet; later: omnishop ledger resolve",
    )
    yield from settled(desk, intent, State.UNKNOWN, None, why)
    return Outcome(wish, State.UNKNOWN, why=why, record=after.record), after


def read(desk: Desk, intent: Intent, write: Write) -> Steps[tuple[Look, Reading]]:
    """One look, judged by the row's rule and kept with the intent."""
    at = desk.machine()
    look = yield from look_at(desk, write, intent.key.subject)
    seen = Seen.of(look)
    stale = older(seen, intent.seen) or any(older(seen, past.seen) for past in intent.readings)
    shown = write.shows(intent.said, intent.seen, seen)
    reading = Reading(at, seen, shown, stale)
    yield Do(partial(desk.book.read, intent.id, reading))
    return look, reading


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
    desk: Desk, intent: Intent, state: State, by: By | None, why: Text | None, code: str | None = None
) -> Steps[bool]:
    """Move the intent on; False when somebody else did meanwhile."""
    work = partial(
        desk.book.settle,
        intent.id,
        state,
        desk.machine(),
        expected=_EXPECTED[state],
        by=by,
        why=why,
        code=code,
    )
    moved: bool = yield Do(work)
    return moved
