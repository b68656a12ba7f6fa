"""What stands around a record, read in one transaction: the book's rows and the store's, by prepared statements.

The transaction that writes an intent reads it all itself: nothing that guards money is remembered from before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Integer, and_, case, func, literal, null, or_, select, union_all

from omnishop.acts import UNSETTLED, Seen, State, Subject
from omnishop.ledger.ceilings import Share, share_of
from omnishop.ledger.chances import Standing
from omnishop.ledger.intents import Intent, Key
from omnishop.ledger.rights import Caps, caps_from
from omnishop.ledger.rows import COUNTING, booked_for, intent_of, lines_of, own_parcel
from omnishop.model import Case, Fen, Order
from omnishop.store.beside import Beside
from omnishop.store.prepared import Prepared, given
from omnishop.store.ring import Ring
from omnishop.store.tables import caps, intents, receipts, return_parcels, shops, switches, tokens

_OF_SHOP = (intents.c.platform == given("platform"), intents.c.shop_id == given("shop_id"))
_MINE = (
    *_OF_SHOP,
    intents.c.record == given("record"),
    intents.c.source == given("source"),
    intents.c.record_id == given("record_id"),
)
_COUNTS = intents.c.state.in_(COUNTING)

_BOOKED = Prepared(select(intents).where(*_MINE, _COUNTS))
_BOOKED_AROUND = Prepared(
    select(intents).where(
        or_(and_(*_MINE), and_(*_OF_SHOP, intents.c.order_id == given("order_id"))), _COUNTS
    )
)
_SENT = and_(intents.c.act != given("this_act"), or_(intents.c.sent_at.is_not(None), _COUNTS))
_OF_DAY = (*_OF_SHOP, intents.c.day == given("day"))
_TODAY = Prepared(
    select(
        func.coalesce(func.sum(case((and_(intents.c.money, _COUNTS), intents.c.amount))), 0),
        func.count(case((_SENT, 1))),
    ).where(*_OF_DAY)
)
_ACTS_TODAY = Prepared(select(func.count(intents.c.act.distinct())).where(*_OF_DAY, _SENT))
_RIGHTS = Prepared(
    union_all(
        select(literal("act"), switches.c.verb, null().cast(Integer), null().cast(Integer)).where(
            switches.c.platform == given("platform"), switches.c.shop_id == given("shop_id")
        ),
        select(literal("caps"), literal(""), caps.c.fen_per_day, caps.c.acts_per_day).where(
            caps.c.platform == given("platform"), caps.c.shop_id == given("shop_id")
        ),
        select(literal("role"), tokens.c.role, null().cast(Integer), null().cast(Integer)).where(
            shops.c.platform == given("platform"),
            shops.c.shop_id == given("shop_id"),
            tokens.c.shop == shops.c.row,
            tokens.c.sealed.is_not(None),
        ),
    )
)
_COUNTED = Prepared(
    select(
        receipts.c.shop_id,
        receipts.c.record,
        receipts.c.source,
        receipts.c.record_id,
        receipts.c.good + receipts.c.bad,
    ).where(receipts.c.platform == given("platform"), receipts.c.parcel == given("parcel"))
)
_ON_PARCEL = Prepared(
    select(return_parcels.c.source, return_parcels.c.record_id, return_parcels.c.shop_id).where(
        return_parcels.c.platform == given("platform"), return_parcels.c.tracking_no == given("parcel")
    )
)
_PAID_BACK = Prepared(select(intents.c.lines).where(*_MINE, intents.c.money, _COUNTS))


def standing(
    connection: Connection,
    records: Beside,
    key: Key,
    record: Any,
    day: str,
    waybill: str | None,
    order: Order | None,
    act: str,
) -> Standing:
    """`act`: the one that was begun; its next verb is no act of its own."""
    booked = _booked(connection, records.ring, key, record)
    mine = booked.pop(key.subject, [])
    settled = [each for each in mine if each.money and each.state is State.CONFIRMED]
    allowed, limits, roles = _rights(connection, key)
    fen, count = _today(connection, key, day, act, limits)
    known = None if record is None else held(connection, records, key)
    received, mine_before, asked = _parcel(connection, key, waybill)
    return Standing(
        allowed=allowed,
        left_fen=Fen(limits.fen_per_day - fen),
        left_acts=limits.acts_per_day - count,
        open=tuple(each for each in mine if each.state in UNSETTLED),
        settled=Fen(sum(each.amount or 0 for each in settled)) if settled else None,
        settled_by=settled[0].id if settled else None,
        shares=_shares(_siblings(connection, records, key, record), booked),
        order=order,
        received=received,
        received_here=mine_before,
        asked_back=asked,
        roles=roles,
        latest=(
            *(seen for each in mine for seen in (each.seen, *(past.seen for past in each.readings))),
            *((known,) if known else ()),
        ),
    )


def held(connection: Connection, records: Beside, key: Key) -> Seen | None:
    """How new the store's record is, brought there by whoever read it last: a reading may be older."""
    subject = key.subject
    found = records.mark(connection, subject.record, key.platform, key.shop_id, subject.id, subject.source)
    return None if found is None else Seen(changed_at=found.changed_at, version=found.version)


def _booked(connection: Connection, ring: Ring, key: Key, record: Any) -> dict[Subject, list[Intent]]:
    """Intents that are open or confirmed, of this record and of the other cases of its order."""
    order_id = record.order_id if isinstance(record, Case) else None
    asked = _BOOKED if order_id is None else _BOOKED_AROUND
    found: dict[Subject, list[Intent]] = {}
    for row in asked.all(connection, {**key.columns, "order_id": order_id}):
        intent = intent_of(row, ring)
        found.setdefault(intent.key.subject, []).append(intent)
    return found


def _rights(connection: Connection, key: Key) -> tuple[frozenset[str], Caps, frozenset[str]]:
    """Acts that are switched on, the day's caps, and the roles there is a token for."""
    names: dict[str, list[str]] = {"act": [], "role": [], "caps": []}
    limits = Caps()
    for what, name, fen, acts in _RIGHTS.all(connection, key.columns):
        names[what].append(name)
        if what == "caps":
            limits = caps_from(fen, acts)
    return frozenset(names["act"]), limits, frozenset(names["role"])


def _today(connection: Connection, key: Key, day: str, act: str, limits: Caps) -> tuple[Fen, int]:
    """Money that moved or may move, and other acts that were sent or will be, on this day.

    An act that was begun is counted already: its next verb is no act of its own.
    """
    of_day = {"platform": key.platform, "shop_id": key.shop_id, "day": day, "this_act": act}
    fen, count = _TODAY.first(connection, of_day)
    if count >= limits.acts_per_day:  # of verbs; an act has more of them than one
        [count] = _ACTS_TODAY.first(connection, of_day)
    return Fen(int(fen)), count


def _siblings(connection: Connection, records: Beside, key: Key, record: Any) -> list[Case]:
    """Other cases of the order, as the store holds them."""
    if not isinstance(record, Case) or record.order_id is None:
        return []
    mine = (key.subject.source, key.subject.id)
    return records.other_cases(connection, key.platform, key.shop_id, record.order_id, mine)


def _parcel(connection: Connection, key: Key, waybill: str | None) -> tuple[int | None, int, int]:
    """Pieces counted on the parcel (None: nobody did), those of them that were counted for this case, and
    pieces other cases on it are being paid for."""
    on_it = {"platform": key.platform, "parcel": waybill or own_parcel(key)}
    counted = _COUNTED.all(connection, on_it)
    if not counted:
        return None, 0, 0
    pieces = sum(row[-1] for row in counted)
    mine = (key.shop_id, key.subject.record, key.subject.source, key.subject.id)
    here = sum(row[-1] for row in counted if tuple(row[:-1]) == mine)
    if waybill is None:
        return pieces, here, 0
    others = {(source, record_id, shop) for shop, _, source, record_id, _ in counted}
    others.update(tuple(row) for row in _ON_PARCEL.all(connection, on_it))
    taken = 0
    for source, record_id, shop_id in others:
        other = Key(key.platform, shop_id, Subject("case", record_id, source))
        if other != key:
            for (lines,) in _PAID_BACK.all(connection, other.columns):
                taken += sum(lines_of(lines).values())
    return pieces, here, taken


def _shares(siblings: list[Case], booked: Mapping[Subject, list[Intent]]) -> tuple[Share, ...]:
    """What the other cases of the order take: those the store holds, and those only the book knows of."""
    known = {Subject("case", each.case_id, each.source): each for each in siblings}
    told = [share_of(each, booked_for(booked, subject)) for subject, each in known.items()]
    only_booked = [
        Share(frozenset(intent.lines), intent.amount, intent.freight)
        for subject, mine in booked.items()
        if subject not in known
        for intent in mine
        if intent.money
    ]
    return (*(share for share in told if share is not None), *only_booked)
