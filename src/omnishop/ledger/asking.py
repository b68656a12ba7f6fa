"""What may be done with a record now: every act the storefront's table knows for it, allowed or why not."""

from __future__ import annotations

from functools import partial

from omnishop.acts import Chance, Look, Obstacle, Seen, Subject, Verb, choose, rows_for
from omnishop.errors import OmnishopError
from omnishop.ledger.acting import around, planned_for
from omnishop.ledger.chances import OFFERED, Standing
from omnishop.ledger.desk import Desk, Do, Steps, day_of, look_at
from omnishop.model import Text
from omnishop.ports import Capability

_OF_ORDERS = frozenset({Verb.SHIP, Verb.CANCEL_ORDER, Verb.EXTEND_RECEIPT})
_OF_REVIEWS = frozenset({Verb.REPLY_REVIEW})


def chances(desk: Desk, subject: Subject) -> Steps[tuple[Chance, ...]]:
    """In the order of the verbs; what the storefront does not offer says so, with the way round."""
    front = desk.account.storefront
    writes = desk.adapter.writes(front)
    rows = {verb: rows_for(writes, verb, subject) for verb in Verb if verb is not Verb.PRE_AGREE}
    told = []
    looks = {}
    for verb, found in rows.items():
        support = desk.adapter.support(front, Capability(verb))
        if not found:
            if _could_be(verb, subject):
                told.append(Chance(verb, (Obstacle(_key(support.level.value), support.reason),)))
            continue
        reader = found[0].look
        if reader not in looks:
            try:
                looks[reader] = yield from look_at(desk, found[0], subject)
            except OmnishopError as error:
                told.append(Chance(verb, (Obstacle("unreadable", Text(error.zh, error.en)),)))
                continue
        look = looks[reader]
        key = desk.key(subject)
        waybill, order = yield from around(desk, key, look)
        standing = yield Do(partial(desk.book.standing, key, look.record, day_of(desk), waybill, order))
        told.append(_chance(desk, verb, subject, looks[reader], standing))
    return tuple(told)


def _chance(desk: Desk, act: Verb, subject: Subject, look: Look, standing: Standing) -> Chance:
    first = desk.adapter.verbs(desk.account.storefront, act, look)[0]
    obstacles = planned_for(desk, act, first, subject, look, None, standing).obstacles
    row = choose(desk.rows(act, subject), subject, Seen.of(look))
    if row is None:
        return Chance(act, obstacles)
    needs = (*row.needs, *("|".join(group) for group in row.needs_any))
    return Chance(act, obstacles, needs, row.money, row.caution)


def _key(level: str) -> str:
    return level if level not in {each.value for each in OFFERED} else "wrong_record"


def _could_be(verb: Verb, subject: Subject) -> bool:
    """Whether it is worth a word that this kind of record does not take the verb."""
    if subject.record == "review":
        return verb in _OF_REVIEWS
    if subject.record == "order":
        return verb in _OF_ORDERS or verb is Verb.REMARK
    return verb not in _OF_ORDERS | _OF_REVIEWS
