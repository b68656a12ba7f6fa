"""An act from wish to proof, written once: look, decide, write down, send, look again.

A generator of steps; `ledger.Ledger` carries them out in a thread, `ledger.AsyncLedger` in an event loop.
Killed between any two steps it leaves an intent that says how far it had come.
"""

from __future__ import annotations

from functools import partial

from attrs import evolve, frozen

from omnishop.acts import Ask, Look, Outcome, State, Subject, Verb, missing
from omnishop.errors import ConfigError, NotAllowed
from omnishop.flow import Call
from omnishop.ledger.chances import Plan
from omnishop.ledger.desk import Desk, Do, Run, Steps, day_of, full, held_back, look_at, not_allowed
from omnishop.ledger.intents import ActRow
from omnishop.ledger.planning import Wanted, going_on, not_here, order_of, planned_for, written_down
from omnishop.ledger.sending import sent
from omnishop.model import Order, Text
from omnishop.ports import Request


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
    wanted = Wanted.of(desk, subject, wish, ask, look)
    ids: tuple[str, ...] = ()
    outcome = Outcome(wish, State.CONFIRMED, record=look.record)
    row: ActRow | None = None
    order: Order | None = None
    while written := (yield from written_down(desk, wanted, row, order)):
        row, intent, order = written
        ids = (*ids, intent.id)
        confirmed = row.confirmed | {intent.verb}
        last = confirmed >= set(wanted.verbs)
        outcome, look = yield from sent(desk, row, intent, wish, look, ask, last=last)
        outcome = evolve(outcome, intents=ids)
        if last or outcome.state is not State.CONFIRMED:
            break
        row, wanted = evolve(row, confirmed=confirmed), wanted.after(desk, look)
    return outcome


def preview(desk: Desk, subject: Subject, wish: Verb, ask: Ask) -> Steps[tuple[Preview, ...]]:
    """The request of the act's first verb still to come, as it would be sent, and what stands in its way."""
    look = yield from _first_look(desk, subject, wish)
    wanted = Wanted.of(desk, subject, wish, ask, look)
    key = wanted.key
    begun, held = yield Do(partial(desk.book.before, key, wish, wanted.order_id))
    done = going_on(desk, wanted, begun)
    verb = next((each for each in wanted.verbs if each not in done.confirmed), wish)
    order = yield from order_of(desk, look, held)
    asked = partial(desk.book.standing, key, look.record, day_of(desk), wanted.waybill, order, done.id)
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


def _only_recorded(desk: Desk, verb: Verb) -> NotAllowed:
    return NotAllowed(
        f"{verb} sends nothing on this storefront: it is recorded by us alone",
        zh=f"{verb} 在该平台没有接口, 仅在本地记录",
        keys=("only_recorded",),
        platform=desk.account.platform,
        shop=desk.account.name,
    )
