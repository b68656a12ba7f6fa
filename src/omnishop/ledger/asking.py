"""What may be done with a record now: every act the storefront's table knows for it, allowed or why not."""

from __future__ import annotations

from functools import partial
from typing import Any

from omnishop.acts import Ask, Chance, Look, Obstacle, Subject, Verb, Write
from omnishop.errors import OmnishopError
from omnishop.ledger.chances import plan
from omnishop.ledger.desk import Desk, Do, Steps, day_of, look_at
from omnishop.ledger.planning import not_here, order_id_of, order_of, planned_for, question, waybill_of
from omnishop.model import Text

_OF_ORDERS = frozenset({Verb.SHIP, Verb.CANCEL_ORDER, Verb.EXTEND_RECEIPT})
_OF_REVIEWS = frozenset({Verb.REPLY_REVIEW})


def chances(desk: Desk, subject: Subject) -> Steps[tuple[Chance, ...]]:
    """In the order of the verbs; what the storefront does not offer says so, with the way round.

    The error of the reading when the record cannot be read at all.
    """
    looks: dict[Any, Look | OmnishopError] = {}
    told = []
    for verb in (each for each in Verb if each is not Verb.PRE_AGREE):
        rows = desk.rows(verb, subject)
        if not rows:
            if _could_be(verb, subject):
                told.append(Chance(verb, (not_here(desk, verb),)))
            continue
        reader = rows[0].look
        if reader not in looks:
            looks[reader] = yield from _looked(desk, rows[0], subject)
        look = looks[reader]
        if isinstance(look, Look):
            told.append((yield from _chance(desk, verb, subject, look, None)))
        else:
            told.append(Chance(verb, (Obstacle("unreadable", Text(look.zh, look.en)),)))
    errors = [look for look in looks.values() if isinstance(look, OmnishopError)]
    if errors and len(errors) == len(looks):
        raise errors[0]
    return tuple(told)


def chance(desk: Desk, subject: Subject, act: Verb, ask: Ask) -> Steps[Chance]:
    """One act as it was asked for: what is still unsaid stands among the obstacles."""
    rows = desk.rows(act, subject)
    if not rows:
        return Chance(act, (not_here(desk, act),))
    look = yield from look_at(desk, rows[0], subject)
    return (yield from _chance(desk, act, subject, look, ask))


def _looked(desk: Desk, row: Write, subject: Subject) -> Steps[Look | OmnishopError]:
    try:
        return (yield from look_at(desk, row, subject))
    except OmnishopError as error:
        return error


def _chance(desk: Desk, act: Verb, subject: Subject, look: Look, ask: Ask | None) -> Steps[Chance]:
    key = desk.key(subject)
    held = yield Do(partial(desk.book.order, key, order_id_of(look)))
    order = yield from order_of(desk, look, held)
    asked = partial(desk.book.standing, key, look.record, day_of(desk), waybill_of(desk, look), order)
    standing = yield Do(asked)
    first = desk.adapter.verbs(desk.account.storefront, act, look)[0]
    obstacles = planned_for(desk, act, first, subject, look, ask, standing).obstacles
    whole = plan(question(desk, act, act, subject, look, ask, standing))
    row = whole.row
    if row is None:
        return Chance(act, obstacles)
    needs = (*row.needs, *("|".join(group) for group in row.needs_any))
    amount = whole.share.amount if whole.share is not None else None
    return Chance(act, obstacles, needs, row.money, row.caution, amount)


def _could_be(verb: Verb, subject: Subject) -> bool:
    """Whether it is worth a word that this kind of record does not take the verb."""
    if subject.record == "review":
        return verb in _OF_REVIEWS
    if subject.record == "order":
        return verb in _OF_ORDERS or verb is Verb.REMARK
    return verb not in _OF_ORDERS | _OF_REVIEWS
