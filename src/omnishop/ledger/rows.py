"""Rows of the book's tables to values and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from omnishop.acts import Ask, RecordType, Seen, State, Subject
from omnishop.ledger.intents import ActRow, Held, Intent, Key, Reading, to_json
from omnishop.model import Fen, Text
from omnishop.store.moments import moment, when
from omnishop.store.ring import Ring
from omnishop.store.vault import Vault, said_in

seen_of = msgspec.json.Decoder(Seen).decode
lines_of = msgspec.json.Decoder(dict[str, int]).decode
readings_of = msgspec.json.Decoder(list[Reading]).decode
_said_of = msgspec.json.Decoder(Ask).decode
_held_of = msgspec.json.Decoder(Held).decode
_why_of = msgspec.json.Decoder(Text).decode

COUNTING = [State.PLANNED.value, State.SENT.value, State.UNKNOWN.value, State.CONFIRMED.value]


def own_parcel(key: Key) -> str:
    return f"case:{key.shop_id}:{key.name}"


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


def key_of(platform: str, shop_id: str, record: RecordType, source: str, record_id: str) -> Key:
    return Key(platform, shop_id, Subject(record, record_id, source))


def act_of(row: Any) -> ActRow:
    """From all columns of the table in their order."""
    name, platform, shop_id, record, source, record_id, act, digest, by, begun_at, ended_at = row
    ended = None if ended_at is None else when(ended_at)
    key = key_of(platform, shop_id, record, source, record_id)
    return ActRow(name, key, act, digest, by, when(begun_at), ended)


def intent_row(intent: Intent, seal: Vault) -> dict[str, Any]:
    """What was said with it is sealed: it may name a person."""
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
        "said": seal.seal(to_json(intent.said).encode(), said_in(intent.id)),
        "seen": to_json(intent.seen),
        "state": intent.state,
        "readings": "[]",
        "day": intent.day,
        "attempts": intent.attempts,
        "planned_at": moment(intent.planned_at),
        "sent_at": intent.sent_at and moment(intent.sent_at),
        "until": intent.until and moment(intent.until),
    }


def intent_of(row: Any, ring: Ring) -> Intent:
    """From all columns of the table in their order."""
    name, act, platform, shop_id, record, source, record_id, order_id, verb, digest = row[:10]
    money, amount, freight, lines, ceiling, said, seen, state, by, why, code = row[10:21]
    readings, day, attempts, planned_at, sent_at, until, settled_at = row[21:]
    return Intent(
        id=name,
        act=act,
        key=key_of(platform, shop_id, record, source, record_id),
        verb=verb,
        digest=digest,
        state=State(state),
        seen=seen_of(seen),
        said=_said_of(ring.text(said, said_in(name))),
        planned_at=when(planned_at),
        day=day,
        money=bool(money),
        amount=amount,
        freight=freight,
        lines=lines_of(lines),
        order_id=order_id,
        ceiling=None if ceiling is None else _held_of(ceiling),
        by=by,
        why=None if why is None else _why_of(why),
        code=code,
        readings=tuple(readings_of(readings)),
        attempts=attempts,
        sent_at=None if sent_at is None else when(sent_at),
        until=None if until is None else when(until),
        settled_at=None if settled_at is None else when(settled_at),
    )
