"""An act from wish to proof, written once: look, decide, write down, send, look again.

A generator of steps; `ledger.Ledger` carries them out in a thread, `ledger.AsyncLedger` in an event loop.
Killed between any two steps it leaves an intent that says how far it had come.
"""

from __future__ import annotations

from functools import partial

from attrs import evolve, frozen

from omnishop.acts import (
    Ask,
    Look,
    Obstacle,
    Outcome,
    Seen,
    State,
    Subject,
    Verb,
    missing,
)
from omnishop.errors import (
    ConfigError,
    NotAllowed,
    OmnishopError,
)
from omnishop.flow import Call
from omnishop.ledger import news
from omnishop.ledger.ceilings import claimed
from omnishop.ledger.chances import OFFERED, Plan, Question, Standing, plan
from omnishop.ledger.desk import Desk, Do, Run, Steps, day_of, full, held_back, look_at, not_allowed
from omnishop.ledger.intents import ActRow, Intent, Key, digest_of, kept
from omnishop.ledger.sending import sent
from omnishop.model import Case, Order, Text
from omnishop.ports import Capability, Request


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


# ---------------------------------------------------------------- an act


def act(desk: Desk, subject: Subject, wish: Verb, ask: Ask) -> Steps[Outcome]:
    """Every verb of the act in order; one begun before and left after a confirmed verb goes on there."""
    look = yield from _first_look(desk, subject, wish)
    key = desk.key(subject)
    verbs = desk.adapter.verbs(desk.account.storefront, wish, look)
    row, order = yield from _act_row(desk, key, wish, ask, verbs, look)
    ids: list[str] = []
    outcome = Outcome(wish, State.CONFIRMED, record=look.record)
    for verb in verbs:
        if verb in row.confirmed:
            continue
        intent = yield from _written_down(desk, key, row, wish, verb, look, ask, order)
        ids.append(intent.id)
        last = row.confirmed | {verb.value} >= set(verbs)
        outcome, look = yield from sent(desk, row, intent, wish, look, ask, last=last)
        outcome = evolve(outcome, intents=tuple(ids))
        if outcome.state is not State.CONFIRMED:
            return outcome
        row = evolve(row, confirmed=row.confirmed | {verb.value})
    return outcome


def preview(desk: Desk, subject: Subject, wish: Verb, ask: Ask) -> Steps[tuple[Preview, ...]]:
    """The request of the act's first verb still to come, as it would be sent, and what stands in its way."""
    look = yield from _first_look(desk, subject, wish)
    key = desk.key(subject)
    verbs = desk.adapter.verbs(desk.account.storefront, wish, look)
    done, held = yield from _act_row(desk, key, wish, ask, verbs, look)
    verb = next((each for each in verbs if each not in done.confirmed), wish)
    waybill, order = yield from around(desk, key, look, held)
    asked = partial(desk.book.standing, key, look.record, day_of(desk), waybill, order, done.id)
    standing = yield Do(asked)
    planned = planned_for(desk, wish, verb, subject, look, ask, standing)
    if planned.row is None or planned.row.method is None:
        raise not_allowed(desk, subject, planned) if planned.obstacles else _only_recorded(desk, verb)
    if missing(planned.row, ask):
        raise not_allowed(desk, subject, planned)
    try:
        yield Run(planned.row.send(desk.account, look, full(desk, ask, "dry-run")), _DryPermit())
    except ConfigError as error:  # no request can be made of what was said
        if planned.obstacles:
            raise not_allowed(desk, subject, planned) from error
        raise
    except _Stop as stop:
        return (Preview(verb, stop.call, stop.request, planned),)
    raise AssertionError  # pragma: no cover - a send makes its write


def _first_look(desk: Desk, subject: Subject, wish: Verb) -> Steps[Look]:
    rows = desk.rows(wish, subject)
    if not rows:
        found = not_here(desk, wish)
        told = Text(
            f"{wish} 不可用 ({found.key}): {found.text.zh}", f"{wish} is {found.key}: {found.text.en}"
        )
        raise held_back(desk.account, subject, (evolve(found, text=told),))
    return (yield from look_at(desk, rows[0], subject))


def _act_row(
    desk: Desk, key: Key, wish: Verb, ask: Ask, verbs: tuple[Verb, ...], look: Look
) -> Steps[tuple[ActRow, Order | None]]:
    """The same act, if it was begun and a verb of it is still to come; else a new one. And the order as stored.

    What was prepared counts only while the record asks for the same at the same stage.
    """
    digest = digest_of(wish, ask)
    begun: ActRow | None
    begun, order = yield Do(partial(desk.book.before, key, wish.value, _order_id(look)))
    if begun is not None and begun.digest == digest and begun.seen is not None:
        now = Seen.of(look)
        same = (now.stage, now.requested) == (begun.seen.stage, begun.seen.requested)
        if same and not begun.confirmed >= set(verbs):
            return begun, order
    return ActRow(desk.new_id(), key, wish.value, digest, ask.by, desk.machine()), order


def _order_id(look: Look) -> str | None:
    return look.record.order_id if isinstance(look.record, Case) else None


# ---------------------------------------------------------------- deciding


def _written_down(
    desk: Desk, key: Key, row: ActRow, wish: Verb, verb: Verb, look: Look, ask: Ask, held: Order | None
) -> Steps[Intent]:
    """The intent in the book, committed; NotAllowed with every reason when it may not be."""
    record = look.record
    waybill, order = yield from around(desk, key, look, held)
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
        lines=claimed(record, order) if isinstance(record, Case) else {},
        order_id=getattr(record, "order_id", None),
    )

    def decide(standing: Standing) -> Plan:
        return planned_for(desk, wish, verb, key.subject, look, ask, standing)

    counted = None if ask.good is None and ask.bad is None else (ask.good or 0, ask.bad or 0)
    intent, planned = yield Do(partial(desk.book.plan, draft, row, record, waybill, order, decide, counted))
    if intent is None:
        raise not_allowed(desk, key.subject, planned)
    found: Intent = intent
    news.moved(found, State.PLANNED)
    return found


def around(desk: Desk, key: Key, look: Look, order: Order | None) -> Steps[tuple[str | None, Order | None]]:
    """The return waybill, and the order: as the store holds it, else read now; None when it cannot be had."""
    record = look.record
    if isinstance(record, Order):
        return None, record
    if not isinstance(record, Case) or record.order_id is None:
        return look.marks.get("waybill"), None
    waybill = look.marks.get("waybill") or _waybill(desk, record)
    if order is None or order.amounts.paid is None:
        at = desk.now()
        try:
            order = yield Run(desk.adapter.order(desk.account, record.order_id))
        except OmnishopError:
            return waybill, order
        order = desk.account.owned(order)
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
        standing,
        ask,
    )


def not_here(desk: Desk, verb: Verb) -> Obstacle:
    """Why the storefront has no row of the verb for such a record: not offered, or for other records only."""
    front = desk.account.storefront
    support = desk.adapter.support(front, Capability(verb))
    rows = [row for row in desk.adapter.writes(front) if row.verb is verb]
    if support.level not in OFFERED or not rows:
        return Obstacle(support.level.value, support.reason)
    names = sorted({name for row in rows for name in (row.sources or (row.record,))})
    told = ", ".join(names)
    return Obstacle("wrong_record", Text(f"此平台仅用于: {told}", f"on this storefront it is for: {told}"))


def _only_recorded(desk: Desk, verb: Verb) -> NotAllowed:
    return NotAllowed(
        f"{verb} sends nothing on this storefront: it is recorded by us alone",
        zh=f"{verb} 在该平台没有接口, 仅在本地记录",
        keys=("only_recorded",),
        platform=desk.account.platform,
        shop=desk.account.name,
    )
