"""The book: acts, intents, receipts, switches and caps in the store. Every change is one durable transaction.

What is decided from a shop's rows is decided in the transaction that writes, alone among that shop's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve
from sqlalchemy import ColumnElement, Connection, and_, delete, func, select, update

from omnishop.acts import UNSETTLED, By, Look, Seen, State, Subject
from omnishop.errors import ConfigError, NotAllowed, NotFound
from omnishop.ledger.ceilings import Share, share_of
from omnishop.ledger.chances import Plan, Standing
from omnishop.ledger.intents import ActRow, Intent, Key, Reading, from_json, to_json
from omnishop.ledger.rights import allowed, caps_of
from omnishop.ledger.rows import (
    COUNTING,
    act_of,
    act_row,
    booked_around,
    booked_for,
    intent_of,
    intent_row,
    on,
    own_parcel,
    today,
)
from omnishop.model import Case, Fen, Order, Text
from omnishop.store import Store
from omnishop.store.connection import insert, of_shop, reading, writing
from omnishop.store.moments import moment
from omnishop.store.records import Query
from omnishop.store.tables import acts, intents, receipts, return_parcels


class Book:
    def __init__(self, store: Store) -> None:
        self._store = store
        self._engine = store.engine

    # ------------------------------------------------------------ what stands around a record

    def standing(
        self, key: Key, record: Any, day: str, waybill: str | None, order: Order | None, act: str = ""
    ) -> Standing:
        """For a question only; the decision itself is made by `plan`. `act`: the one that was begun, if any."""
        with reading(self._engine) as connection:
            return self._standing(connection, key, record, day, waybill, order, act)

    def plan(
        self,
        draft: Intent,
        act: ActRow,
        record: Any,
        waybill: str | None,
        order: Order | None,
        decide: Callable[[Standing], Plan],
        counted: tuple[int, int] | None = None,
    ) -> tuple[Intent | None, Plan]:
        """Write the intent down if `decide` finds nothing in the way; else nothing is written.

        `counted`: good and bad pieces that came back, kept with it. Alone among the shop's transactions; among
        all of them where a parcel may hold goods of several shops.
        """
        alone = of_shop(draft.key.platform, draft.key.shop_id) if waybill is None else None
        with writing(self._engine, alone=alone) as connection:
            standing = self._standing(connection, draft.key, record, draft.day, waybill, order, act.id)
            plan = decide(standing)
            if plan.obstacles:
                return None, plan
            share = plan.share
            intent = evolve(
                draft,
                money=plan.row is not None and plan.row.money,
                amount=None
                if share is None
                else share.amount
                if share.amount is not None
                else draft.said.amount,
                freight=None if share is None else share.freight,
                ceiling=plan.held,
            )
            connection.execute(
                insert(connection, acts).values(**act_row(act)).on_conflict_do_nothing(index_elements=["id"])
            )
            connection.execute(insert(connection, intents).values(**intent_row(intent)))
            if counted is not None:
                _receive(connection, draft.key, waybill, counted, act.by, draft.planned_at)
            return intent, plan

    def _standing(
        self,
        connection: Connection,
        key: Key,
        record: Any,
        day: str,
        waybill: str | None,
        order: Order | None,
        act: str,
    ) -> Standing:
        booked = booked_around(connection, key, record)
        mine = booked.pop(key.subject, [])
        settled = [each for each in mine if each.money and each.state is State.CONFIRMED]
        limits = caps_of(connection, key.platform, key.shop_id)
        fen, count = today(connection, key, day, act)
        siblings = self._siblings(key, record)
        held = None if record is None else self.held(key)
        received, mine_before, asked = self._parcel(connection, key, waybill)
        return Standing(
            allowed=allowed(connection, key.platform, key.shop_id),
            left_fen=Fen(limits.fen_per_day - fen),
            left_acts=limits.acts_per_day - count,
            open=tuple(each for each in mine if each.state in UNSETTLED),
            settled=Fen(sum(each.amount or 0 for each in settled)) if settled else None,
            settled_by=settled[0].id if settled else None,
            shares=_shares(siblings, booked),
            order=order,
            received=received,
            received_here=mine_before,
            asked_back=asked,
            latest=(
                *(seen for each in mine for seen in (each.seen, *(past.seen for past in each.readings))),
                *((held,) if held else ()),
            ),
        )

    def _siblings(self, key: Key, record: Any) -> list[Case]:
        """Other cases of the order, as the store holds them."""
        if not isinstance(record, Case) or record.order_id is None:
            return []
        query = Query(platform=key.platform, shop=key.shop_id, order=record.order_id)
        found = self._store.records.list("case", query)
        return [
            case
            for case in found
            if isinstance(case, Case) and (case.source, case.case_id) != (key.subject.source, key.subject.id)
        ]

    def held(self, key: Key) -> Seen | None:
        """The record as the store holds it, brought there by whoever read it last: a reading may be older."""
        subject = key.subject
        try:
            found = self._store.records.get(
                subject.record, key.platform, key.shop_id, subject.id, subject.source or None
            )
        except (NotFound, ConfigError):
            return None
        return Seen.of(Look(found))

    def order(self, key: Key, order_id: str) -> Order | None:
        """As the store holds it."""
        try:
            found = self._store.records.get("order", key.platform, key.shop_id, order_id)
        except NotFound:
            return None
        return found if isinstance(found, Order) else None

    # ------------------------------------------------------------ parcels that came back

    def _parcel(self, connection: Connection, key: Key, waybill: str | None) -> tuple[int | None, int, int]:
        """Pieces counted on the parcel (None: nobody did), those of them that were counted for this case, and
        pieces other cases on it are being paid for."""
        on_it = (
            receipts.c.platform == key.platform,
            receipts.c.parcel == (waybill or own_parcel(key)),
        )
        pieces = select(func.sum(receipts.c.good + receipts.c.bad)).where(*on_it)
        counted = connection.execute(pieces).scalar()
        here = int(connection.execute(pieces.where(*on(receipts, key))).scalar() or 0)
        if counted is None or waybill is None:
            return (None if counted is None else int(counted)), here, 0
        shown, booked = return_parcels.c, receipts.c
        others = select(shown.source, shown.record_id, shown.shop_id).where(
            shown.platform == key.platform, shown.tracking_no == waybill
        )
        counted_for = select(booked.source, booked.record_id, booked.shop_id).where(
            booked.platform == key.platform, booked.parcel == waybill
        )
        taken = 0
        for row in connection.execute(others.union(counted_for)).all():
            other = Key(key.platform, row.shop_id, Subject("case", row.record_id, row.source))
            if other != key:
                paid = select(intents.c.lines).where(
                    *on(intents, other), intents.c.money, intents.c.state.in_(COUNTING)
                )
                for lines in connection.execute(paid).scalars():
                    taken += sum(from_json(lines, dict[str, int]).values())
        return int(counted), here, taken

    # ------------------------------------------------------------ the way of an intent

    def sending(self, intent_id: str, now: datetime, limit: timedelta) -> None:
        """The last thing before the first byte of each attempt. NotAllowed: it is no longer ours to send."""
        with writing(self._engine, alone=self._alone(intent_id)) as connection:
            changed = connection.execute(
                update(intents)
                .where(
                    intents.c.id == intent_id,
                    (intents.c.state == State.PLANNED)
                    | and_(intents.c.state == State.SENT, intents.c.until > moment(now)),
                )
                .values(
                    state=State.SENT,
                    sent_at=func.coalesce(intents.c.sent_at, moment(now)),
                    until=moment(now + limit),
                    attempts=intents.c.attempts + 1,
                )
            )
            if changed.rowcount != 1:
                raise NotAllowed(
                    f"intent {intent_id} has been settled by somebody else meanwhile; nothing was sent",
                    zh=f"操作 {intent_id} 已被其他进程了结, 未发出请求",
                    keys=("intent_taken",),
                )

    def settle(
        self,
        intent_id: str,
        state: State,
        now: datetime,
        *,
        expected: Iterable[State],
        by: By | None = None,
        why: Text | None = None,
        code: str | None = None,
        attempts: int | None = None,
        reading: Reading | None = None,
        ends: str | None = None,
    ) -> bool:
        """Move an intent on; False when it was not in `expected` (or another attempt began meanwhile).

        `reading`: what showed it, kept either way. `ends`: the act that is over with it.
        """
        conditions: list[ColumnElement[bool]] = [
            intents.c.id == intent_id,
            intents.c.state.in_([each.value for each in expected]),
        ]
        if attempts is not None:
            conditions.append(intents.c.attempts == attempts)
        values: dict[str, Any] = {"state": state, "by": by, "why": why and to_json(why)}
        if code is not None:
            values["code"] = code
        if state not in UNSETTLED:
            values["settled_at"] = moment(now)
        with writing(self._engine, alone=self._alone(intent_id)) as connection:
            moved = connection.execute(update(intents).where(*conditions).values(**values)).rowcount == 1
            if reading is not None:
                _read(connection, intent_id, reading)
            if ends is not None and moved:
                _end(connection, ends, now)
            return moved

    def read(self, intent_id: str, reading: Reading) -> None:
        """Keep what a look showed: the latest eight. It can be read again, so it waits for no disk."""
        with writing(self._engine, durable=False, alone=self._alone(intent_id)) as connection:
            _read(connection, intent_id, reading)

    def end_act(self, act_id: str, now: datetime) -> None:
        """Waits for no disk: an act whose verbs are all confirmed is over without it."""
        with writing(self._engine, durable=False, alone=self._alone_act(act_id)) as connection:
            _end(connection, act_id, now)

    def unfinished(self, key: Key, act: str) -> ActRow | None:
        """The latest act of this name on the record that has a verb to come."""
        wanted = (
            select(acts)
            .where(*on(acts, key), acts.c.act == act, acts.c.ended_at.is_(None))
            .order_by(acts.c.begun_at.desc())
        )
        with reading(self._engine) as connection:
            row = connection.execute(wanted).first()
            if row is None:
                return None
            wanted = select(intents.c.verb, intents.c.seen).where(
                intents.c.act == row.id, intents.c.state == State.CONFIRMED
            )
            done = connection.execute(wanted.order_by(intents.c.planned_at)).all()
        seen = from_json(done[-1].seen, Seen) if done else None
        return evolve(act_of(row), confirmed=frozenset(each.verb for each in done), seen=seen)

    # ------------------------------------------------------------ looking into the book

    def get(self, intent_id: str) -> Intent:
        """By its id or the beginning of it. NotFound; NotAllowed when several begin so."""
        with reading(self._engine) as connection:
            found = connection.execute(select(intents).where(intents.c.id == intent_id)).all()
            if not found:
                begun = intents.c.id.startswith(intent_id, autoescape=True)
                found = connection.execute(select(intents).where(begun).limit(2)).all()
        if not found:
            raise NotFound(f"no intent {intent_id} in the ledger", zh=f"账本中没有操作 {intent_id}")
        if len(found) > 1:
            raise NotAllowed(
                f"several intents begin with {intent_id}; write more of it",
                zh=f"有多条操作以 {intent_id} 开头, 请写得更长",
                keys=("ambiguous",),
            )
        return intent_of(found[0])

    def list(
        self,
        *,
        platform: str | None = None,
        shop_id: str | None = None,
        states: Iterable[State] | None = None,
        subject_id: str | None = None,
        since: datetime | None = None,
        limit: int | None = None,
    ) -> list[Intent]:
        """The latest first."""
        wanted = select(intents).order_by(intents.c.planned_at.desc(), intents.c.id)
        for column, value in (
            (intents.c.platform, platform),
            (intents.c.shop_id, shop_id),
            (intents.c.record_id, subject_id),
        ):
            if value is not None:
                wanted = wanted.where(column == value)
        if states is not None:
            wanted = wanted.where(intents.c.state.in_([state.value for state in states]))
        if since is not None:
            wanted = wanted.where(intents.c.planned_at >= moment(since))
        with reading(self._engine) as connection:
            return [intent_of(row) for row in connection.execute(wanted.limit(limit))]

    def act(self, intent: Intent) -> ActRow:
        with reading(self._engine) as connection:
            return act_of(connection.execute(select(acts).where(acts.c.id == intent.act)).one())

    def _alone(self, intent_id: str) -> str | None:
        return f"intent:{intent_id}"

    def _alone_act(self, act_id: str) -> str | None:
        return f"act:{act_id}"


def _read(connection: Connection, intent_id: str, reading: Reading) -> None:
    row = connection.execute(select(intents.c.readings).where(intents.c.id == intent_id)).scalar_one()
    kept = [*from_json(row, list[Reading]), reading][-8:]
    connection.execute(update(intents).where(intents.c.id == intent_id).values(readings=to_json(kept)))


def _end(connection: Connection, act_id: str, now: datetime) -> None:
    over = update(acts).where(acts.c.id == act_id, acts.c.ended_at.is_(None))
    connection.execute(over.values(ended_at=moment(now)))


def _receive(
    connection: Connection, key: Key, waybill: str | None, pieces: tuple[int, int], by: str, now: datetime
) -> None:
    """A later count of the same case on the same parcel replaces the earlier one."""
    parcel = waybill or own_parcel(key)
    connection.execute(delete(receipts).where(*on(receipts, key), receipts.c.parcel == parcel))
    good, bad = pieces
    connection.execute(
        insert(connection, receipts).values(
            **key.columns, parcel=parcel, good=good, bad=bad, by=by, at=moment(now)
        )
    )


def _shares(siblings: list[Case], booked: Mapping[Subject, list[Intent]]) -> tuple[Share, ...]:
    """What the other cases of the order take: those the store holds, and those only the book knows of."""
    held = {Subject("case", case.case_id, case.source): case for case in siblings}
    told = [share_of(case, booked_for(booked, subject)) for subject, case in held.items()]
    only_booked = [
        Share(frozenset(intent.lines), intent.amount, intent.freight)
        for subject, mine in booked.items()
        if subject not in held
        for intent in mine
        if intent.money
    ]
    return (*(share for share in told if share is not None), *only_booked)
