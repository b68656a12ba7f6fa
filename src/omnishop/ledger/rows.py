"""Rows of the book's tables to values and back, and the questions several of its transactions ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from omnishop.acts import Ask, Seen, State, Subject
from omnishop.ledger.intents import ActRow, Held, Intent, Key, Reading, from_json, to_json
from omnishop.model import Case, Fen, Text
from omnishop.store.moments import moment, when
from omnishop.store.tables import intents

COUNTING = [State.PLANNED.value, State.SENT.value, State.UNKNOWN.value, State.CONFIRMED.value]


def own_parcel(key: Key) -> str:
    return f"case:{key.shop_id}:{key.name}"


def on(table: Any, key: Key) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in key.columns.items()]


def today(connection: Connection, key: Key, day: str, act: str) -> tuple[Fen, int]:
    """Money that moved or may move, and other acts that were sent or will be, on this day.

    An act that was begun is counted already: its next verb is no act of its own.
    """
    of_day = and_(intents.c.platform == key.platform, intents.c.shop_id == key.shop_id, intents.c.day == day)
    fen = connection.execute(
        select(func.coalesce(func.sum(intents.c.amount), 0)).where(
            of_day, intents.c.money, intents.c.state.in_(COUNTING)
        )
    ).scalar_one()
    sent = intents.c.attempts > 0
    count = connection.execute(
        select(func.count(intents.c.act.distinct())).where(
            of_day, intents.c.act != act, sent | intents.c.state.in_(COUNTING)
        )
    ).scalar_one()
    return Fen(int(fen)), int(count)


def booked_around(connection: Connection, key: Key, record: Any) -> dict[Subject, list[Intent]]:
    """Intents that are open or confirmed, of this record and of the other cases of its order."""
    order_id = record.order_id if isinstance(record, Case) else None
    mine = and_(*on(intents, key))
    scope = mine
    if order_id is not None:
        siblings = and_(
            intents.c.platform == key.platform,
            intents.c.shop_id == key.shop_id,
            intents.c.order_id == order_id,
        )
        scope = mine | siblings
    found: dict[Subject, list[Intent]] = {}
    for row in connection.execute(select(intents).where(scope, intents.c.state.in_(COUNTING))):
        intent = intent_of(row)
        found.setdefault(intent.key.subject, []).append(intent)
    return found


def booked_for(booked: Mapping[Subject, list[Intent]], subject: Subject) -> Fen:
    """Money of a record's intents that moved or may have."""
    return Fen(sum(intent.amount or 0 for intent in booked.get(subject, []) if intent.money))


def act_row(act: ActRow) -> dict[str, Any]:
    return {
        "id": act.id,
        **act.key.columns,
        "act": act.act,
        "digest": act.digest,
        "by": act.by,
        "begun_at": moment(act.begun_at),
        "ended_at": act.ended_at and moment(act.ended_at),
    }


def act_of(row: Any) -> ActRow:
    ended = None if row.ended_at is None else when(row.ended_at)
    return ActRow(row.id, key_of(row), row.act, row.digest, row.by, when(row.begun_at), ended)


def key_of(row: Any) -> Key:
    return Key(row.platform, row.shop_id, Subject(row.record, row.record_id, row.source))


def intent_row(intent: Intent) -> dict[str, Any]:
    return {
        "id": intent.id,
        "act": intent.act,
        **intent.key.columns,
        "order_id": intent.order_id,
        "verb": intent.verb,
        "digest": intent.digest,
        "money": intent.money,
        "amount": intent.amount,
        "freight": intent.freight,
        "lines": to_json(intent.lines),
        "ceiling": intent.ceiling and to_json(intent.ceiling),
        "said": to_json(intent.said),
        "seen": to_json(intent.seen),
        "state": intent.state,
        "readings": "[]",
        "day": intent.day,
        "attempts": 0,
        "planned_at": moment(intent.planned_at),
    }


def intent_of(row: Any) -> Intent:
    return Intent(
        id=row.id,
        act=row.act,
        key=key_of(row),
        verb=row.verb,
        digest=row.digest,
        state=State(row.state),
        seen=from_json(row.seen, Seen),
        said=from_json(row.said, Ask),
        planned_at=when(row.planned_at),
        day=row.day,
        money=row.money,
        amount=row.amount,
        freight=row.freight,
        lines=from_json(row.lines, dict[str, int]),
        order_id=row.order_id,
        ceiling=None if row.ceiling is None else from_json(row.ceiling, Held),
        by=row.by,
        why=None if row.why is None else from_json(row.why, Text),
        code=row.code,
        readings=tuple(from_json(row.readings, list[Reading])),
        attempts=row.attempts,
        sent_at=None if row.sent_at is None else when(row.sent_at),
        until=None if row.until is None else when(row.until),
        settled_at=None if row.settled_at is None else when(row.settled_at),
    )
