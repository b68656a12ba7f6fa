"""The book: acts, intents, receipts, switches and caps in the store. Every change is one durable transaction.

What is decided from a shop's rows is decided in the transaction that writes, alone among that shop's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    and_,
    case,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from omnishop.acts import UNSETTLED, By, State
from omnishop.errors import NotAllowed, NotFound
from omnishop.ledger.chances import TALK, Standing
from omnishop.ledger.intents import ActRow, Intent, Key, Reading, older, to_json
from omnishop.ledger.rows import (
    COUNTING,
    act_of,
    act_row,
    intent_of,
    intent_row,
    key_of,
    own_parcel,
    readings_of,
    seen_of,
)
from omnishop.ledger.standings import held, standing
from omnishop.model import Order, Text
from omnishop.store import Store
from omnishop.store.beside import Beside
from omnishop.store.connection import insert as insert_or
from omnishop.store.connection import of_shop, reading, writing
from omnishop.store.moments import moment
from omnishop.store.prepared import Prepared, given
from omnishop.store.tables import acts, intents, receipts

_THIS = intents.c.id == given("this")

_NEW_ACT = Prepared(
    lambda connection: insert_or(connection, acts).on_conflict_do_nothing(index_elements=["id"]),
    [column.name for column in acts.columns],
)
_NEW_INTENT = Prepared(
    insert(intents),
    [each.name for each in intents.columns if each.name not in {"by", "why", "code", "settled_at"}],
)
_NEW_RECEIPT = Prepared(insert(receipts), [each.name for each in receipts.columns if each.name != "row"])
_OLD_RECEIPT = Prepared(
    delete(receipts).where(
        *(
            receipts.c[name] == given(name)
            for name in ("platform", "shop_id", "record", "source", "record_id")
        ),
        receipts.c.parcel == given("parcel"),
    )
)
_SENDING = Prepared(
    update(intents)
    .where(
        _THIS,
        or_(
            intents.c.state == State.PLANNED.value,
            (intents.c.state == State.SENT.value) & (intents.c.until > given("now")),
            (intents.c.state == State.SENT.value) & (given("more", Integer) == 0),
        ),
    )
    .values(
        state=State.SENT.value,
        sent_at=func.coalesce(intents.c.sent_at, given("now")),
        until=given("over"),
        attempts=intents.c.attempts + given("more", Integer),
    )
)
_UNSENT = given("never_left", Integer) == 1
_SETTLE = Prepared(
    update(intents)
    .where(
        _THIS,
        intents.c.state.in_([given(f"from_{place}") for place in range(len(State))]),
        or_(given("still_until", BigInteger).is_(null()), intents.c.until == given("still_until")),
    )
    .values(
        state=given("to_state"),
        by=given("by_whom"),
        why=given("whyever"),
        code=func.coalesce(given("with_code"), intents.c.code),
        settled_at=func.coalesce(given("at"), intents.c.settled_at),
        sent_at=case((_UNSENT, null()), else_=intents.c.sent_at),
        until=case((_UNSENT, null()), else_=intents.c.until),
        attempts=case((_UNSENT, 0), else_=intents.c.attempts),
    )
)
_TALK = [verb.value for verb in TALK]
_ALIKE = Prepared(
    select(intents.c.id)
    .where(
        *(
            intents.c[name] == given(name)
            for name in ("platform", "shop_id", "record", "source", "record_id")
        ),
        intents.c.id != given("this"),
        intents.c.state.in_(COUNTING),
        or_(
            and_(intents.c.money, given("for_money", Integer) == 1),
            and_(
                intents.c.verb == given("as_verb"),
                or_(intents.c.verb.not_in(_TALK), intents.c.digest == given("as_digest")),
            ),
        ),
    )
    .order_by(intents.c.planned_at.desc())
    .limit(1)
)
_WHY = Prepared(update(intents).where(_THIS).values(why=given("whyever")))
_READ_BEFORE = Prepared(
    select(
        *(intents.c.readings, intents.c.seen, intents.c.platform, intents.c.shop_id),
        *(intents.c.record, intents.c.source, intents.c.record_id),
    ).where(_THIS)
)
_READ = Prepared(update(intents).where(_THIS).values(readings=given("all_readings")))
_END = Prepared(
    update(acts).where(acts.c.id == given("this"), acts.c.ended_at.is_(None)).values(ended_at=given("now"))
)
_UNFINISHED = Prepared(
    select(acts)
    .where(
        *(acts.c[name] == given(name) for name in ("platform", "shop_id", "record", "source", "record_id")),
        acts.c.act == given("wish"),
        acts.c.ended_at.is_(None),
    )
    .order_by(acts.c.begun_at.desc())
    .limit(1)
)
_DONE = Prepared(
    select(intents.c.verb, intents.c.seen)
    .where(intents.c.act == given("this"), intents.c.state == State.CONFIRMED.value)
    .order_by(intents.c.planned_at)
)


@frozen
class Page:
    """The book and the store within one transaction."""

    connection: Connection
    records: Beside

    def unfinished(self, key: Key, act: str) -> ActRow | None:
        """The latest act of this name on the record that has a verb to come."""
        row = _UNFINISHED.first(self.connection, {**key.columns, "wish": act})
        if row is None:
            return None
        begun = act_of(row)
        done = _DONE.all(self.connection, {"this": begun.id})
        return evolve(
            begun,
            confirmed=frozenset(verb for verb, _ in done),
            seen=seen_of(done[-1][1]) if done else None,
        )

    def order(self, key: Key, order_id: str | None) -> Order | None:
        """As the store holds it."""
        if order_id is None:
            return None
        return self.records.order(self.connection, key.platform, key.shop_id, order_id)

    def standing(
        self, key: Key, record: Any, day: str, waybill: str | None, order: Order | None, act: str
    ) -> Standing:
        """`act`: the one that was begun; its next verb is no act of its own."""
        return standing(self.connection, self.records, key, record, day, waybill, order, act)

    def write(
        self, act: ActRow, intent: Intent, waybill: str | None, counted: tuple[int, int] | None
    ) -> None:
        """`counted`: good and bad pieces that came back."""
        _NEW_ACT.changed(self.connection, act_row(act))
        _NEW_INTENT.changed(self.connection, intent_row(intent, self.records.ring.sealer(self.connection)))
        if counted is not None:
            _receive(self.connection, intent.key, waybill, counted, act.by, intent.planned_at)


class Book:
    def __init__(self, store: Store) -> None:
        self._engine = store.engine
        self._records = store.beside

    # ------------------------------------------------------------ what stands around a record

    def standing(
        self, key: Key, record: Any, day: str, waybill: str | None, order: Order | None, act: str = ""
    ) -> Standing:
        """For a question only; the decision itself is made on a `page`. `act`: the one that was begun, if any."""
        with reading(self._engine) as connection:
            return standing(connection, self._records, key, record, day, waybill, order, act)

    @contextmanager
    def page(self, key: Key, waybill: str | None) -> Iterator[Page]:
        """Where an intent is decided upon and written down, alone among the shop's transactions; among all of them
        where a parcel may hold goods of several shops. Nothing is written when it is left by an error.
        """
        alone = of_shop(key.platform, key.shop_id) if waybill is None else None
        with writing(self._engine, alone=alone) as connection:
            yield Page(connection, self._records)

    def order(self, key: Key, order_id: str | None) -> Order | None:
        """As the store holds it."""
        with reading(self._engine) as connection:
            return Page(connection, self._records).order(key, order_id)

    def before(self, key: Key, act: str, order_id: str | None) -> tuple[ActRow | None, Order | None]:
        """For a question only: `Page.unfinished` and `Page.order`."""
        with reading(self._engine) as connection:
            page = Page(connection, self._records)
            return page.unfinished(key, act), page.order(key, order_id)

    # ------------------------------------------------------------ the way of an intent

    def sending(self, intent_id: str, now: datetime, limit: timedelta, *, committed: bool = False) -> None:
        """The last thing before the first byte of each attempt. NotAllowed: it is no longer ours to send.

        `committed`: it is the attempt that the intent was committed with as sent.
        """
        with writing(self._engine, alone=_alone(intent_id)) as connection:
            over = moment(now + limit)
            said = {"this": intent_id, "now": moment(now), "over": over, "more": 0 if committed else 1}
            if _SENDING.changed(connection, said) != 1:
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
        until: datetime | None = None,
        reading: Reading | None = None,
        ends: str | None = None,
        left: bool = True,
    ) -> bool:
        """Move an intent on; False when it was not in `expected` (or after this `until` another attempt began).

        `reading`: what showed it, kept either way. `ends`: the act that is over with it. `left` False: it was
        committed as sent, and no attempt began.
        """
        said = _settling(intent_id, state, now, expected, by=by, why=why, code=code, until=until, left=left)
        with writing(self._engine, alone=_alone(intent_id)) as connection:
            moved = _SETTLE.changed(connection, said) == 1
            if reading is not None:
                _read(connection, self._records, intent_id, reading)
            if ends is not None and moved:
                _END.changed(connection, {"this": ends, "now": moment(now)})
            return moved

    def shown_later(self, intent: Intent, now: datetime, by: By, why: Text) -> bool:
        """One that was given up is confirmed after all, unless another one accounts for what shows by now.

        Decided alone among the shop's transactions: an effect is counted once.
        """
        key = intent.key
        with writing(self._engine, alone=of_shop(key.platform, key.shop_id)) as connection:
            asked = {
                "this": intent.id,
                "for_money": int(intent.money),
                "as_verb": intent.verb,
                "as_digest": intent.digest,
            }
            other = _ALIKE.first(connection, {**key.columns, **asked})
            if other is None:
                said = _settling(intent.id, State.CONFIRMED, now, [State.NOT_APPLIED], by=by, why=why)
                return _SETTLE.changed(connection, said) == 1
            told = Text(
                f"单据显示已生效, 由操作 {other[0]} 计入",
                f"the record shows it done, which intent {other[0]} accounts for",
            )
            _WHY.changed(connection, {"this": intent.id, "whyever": to_json(told)})
            return False

    def read(self, intent_id: str, reading: Reading) -> Reading:
        """Keep what a look showed: the latest eight. It can be read again, so it waits for no disk.

        With the word whether it is older than what is known of the record.
        """
        with writing(self._engine, durable=False, alone=_alone(intent_id)) as connection:
            return _read(connection, self._records, intent_id, reading)

    def end_act(self, act_id: str, now: datetime) -> None:
        """Waits for no disk: an act whose verbs are all confirmed is over without it."""
        with writing(self._engine, durable=False, alone=f"act:{act_id}") as connection:
            _END.changed(connection, {"this": act_id, "now": moment(now)})

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
        return intent_of(found[0], self._records.ring)

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
            rows = connection.execute(wanted.limit(limit))
            return [intent_of(row, self._records.ring) for row in rows]

    def act(self, intent: Intent) -> ActRow:
        with reading(self._engine) as connection:
            return act_of(connection.execute(select(acts).where(acts.c.id == intent.act)).one())


def _settling(
    intent_id: str,
    state: State,
    now: datetime,
    expected: Iterable[State],
    *,
    by: By | None = None,
    why: Text | None = None,
    code: str | None = None,
    until: datetime | None = None,
    left: bool = True,
) -> dict[str, Any]:
    allowed = [each.value for each in expected]
    return {
        "this": intent_id,
        **{f"from_{place}": allowed[min(place, len(allowed) - 1)] for place in range(len(State))},
        "still_until": until and moment(until),
        "to_state": state.value,
        "by_whom": by,
        "whyever": why and to_json(why),
        "with_code": code,
        "at": None if state in UNSETTLED else moment(now),
        "never_left": int(not left),
    }


def _alone(intent_id: str) -> str:
    return f"intent:{intent_id}"


def _read(connection: Connection, records: Beside, intent_id: str, reading: Reading) -> Reading:
    readings, seen, *name = _READ_BEFORE.first(connection, {"this": intent_id})
    past = readings_of(readings)
    now = held(connection, records, key_of(*name))
    known = (seen_of(seen), *(each.seen for each in past), *((now,) if now else ()))
    told = evolve(reading, stale=any(older(reading.seen, each) for each in known))
    _READ.changed(connection, {"this": intent_id, "all_readings": to_json([*past, told][-8:])})
    return told


def _receive(
    connection: Connection, key: Key, waybill: str | None, pieces: tuple[int, int], by: str, now: datetime
) -> None:
    """A later count of the same case on the same parcel replaces the earlier one."""
    good, bad = pieces
    row = {**key.columns, "parcel": waybill or own_parcel(key), "good": good, "bad": bad, "by": by}
    _OLD_RECEIPT.changed(connection, row)
    _NEW_RECEIPT.changed(connection, {**row, "at": moment(now)})
