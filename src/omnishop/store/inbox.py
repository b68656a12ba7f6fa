"""What platforms told by push: kept before it is acknowledged, worked off after, each message once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from attrs import field, frozen
from sqlalchemy import ColumnElement, Engine, delete, func, or_, select, update

from omnishop.model import Event
from omnishop.store.connection import insert, looking, reading, writing
from omnishop.store.erasing import Erasing
from omnishop.store.moments import moment, when
from omnishop.store.ring import Ring
from omnishop.store.tables import inbox

_KEY = ("platform", "shop_id", "message")
FARTHEST = timedelta(minutes=30)
"""Nobody puts a message off for longer: one that is due later was put off by a clock that was put back since."""

_AT_ONCE = 50
"""Rows of one statement: each has more than a dozen values, and SQLite counts them."""


class MessageState(StrEnum):
    NEW = "new"
    DONE = "done"
    FAILED = "failed"


@frozen
class Message:
    """`told_at` when it happened, as the platform says; `copies` how often it came; `due_at` not before it.

    `why` names what hindered the last attempt, never a value of the message.
    """

    row: int
    platform: str
    shop_id: str
    message: str
    topic: str
    order_id: str | None
    case_id: str | None
    told_at: datetime | None
    received_at: datetime
    copies: int
    state: MessageState
    due_at: datetime
    attempts: int
    why: str | None
    raw: bytes = field(repr=False)


class Inbox:
    def __init__(self, engine: Engine, ring: Ring, erasing: Erasing) -> None:
        self._engine = engine
        self._ring = ring
        self._erasing = erasing

    def put(self, events: Iterable[Event], now: datetime) -> int:
        """Keep them through a loss of power; how many are new. A copy of a known one is counted, nothing else."""
        at = moment(now)
        rows: dict[tuple[str, str, str], dict[str, Any]] = {}
        for event in events:
            row = _row(event, at)
            known = rows.setdefault((row["platform"], row["shop_id"], row["message"]), row)
            if known is not row:
                known["copies"] += 1
        values = [rows[key] for key in sorted(rows)]  # everybody locks them in one order
        new = 0
        with writing(self._engine, alone="inbox") as connection:
            seal = self._ring.sealer(connection)
            for row in values:
                place = row["platform"], row["shop_id"]
                if self._erasing.quiet(connection, place, row["order_id"], row["case_id"]):
                    row["raw"] = b""
                row["raw"] = row["raw"] and seal.seal(row["raw"], about(*(row[name] for name in _KEY)))
            for start in range(0, len(values), _AT_ONCE):
                fresh = insert(connection, inbox).values(values[start : start + _AT_ONCE])
                kept = fresh.on_conflict_do_update(
                    index_elements=list(_KEY),
                    set_={"copies": inbox.c.copies + fresh.excluded.copies},
                ).returning(inbox.c.platform, inbox.c.shop_id, inbox.c.message, inbox.c.copies)
                for *key, copies in connection.execute(kept):
                    new += copies == rows[key[0], key[1], key[2]]["copies"]
        return new

    def claim(self, now: datetime, until: datetime, limit: int) -> list[Message]:
        """The oldest that are due, for this worker alone until `until`; each is one attempt."""
        with writing(self._engine, durable=False, alone="inbox") as connection:
            oldest = select(inbox).where(*_due(now)).order_by(inbox.c.due_at, inbox.c.row).limit(limit)
            found = [self._message(row) for row in connection.execute(oldest)]
            if found:
                taken = inbox.c.row.in_([each.row for each in found])
                more = {"due_at": moment(until), "attempts": inbox.c.attempts + 1}
                connection.execute(update(inbox).where(taken).values(more))
        return found

    def done(self, rows: Sequence[int], now: datetime, why: str | None = None) -> None:
        """After the records were kept. `why`: what was there to be said although nothing failed."""
        self._settle(rows, {"state": MessageState.DONE, "why": why, "settled_at": moment(now)})

    def failed(self, rows: Sequence[int], why: str, now: datetime) -> None:
        """Nobody tries it again, until `again`."""
        self._settle(rows, {"state": MessageState.FAILED, "why": why, "settled_at": moment(now)})

    def later(self, rows: Sequence[int], why: str, due_at: datetime) -> None:
        self._settle(rows, {"why": why, "due_at": moment(due_at)})

    def again(self, now: datetime) -> int:
        """Everything that failed is due once more; how many."""
        failed = update(inbox).where(inbox.c.state == MessageState.FAILED)
        fresh = {"state": MessageState.NEW, "due_at": moment(now), "attempts": 0, "settled_at": None}
        with writing(self._engine, alone="inbox") as connection:
            return connection.execute(failed.values(fresh)).rowcount

    def forget(self, before: datetime) -> int:
        """Drop what was done before then; how many. A copy that comes after that is read once more, harmlessly."""
        old = (inbox.c.state == MessageState.DONE, inbox.c.settled_at < moment(before))
        with writing(self._engine, durable=False, alone="inbox") as connection:
            return connection.execute(delete(inbox).where(*old)).rowcount

    def counts(self) -> dict[MessageState, int]:
        wanted = select(inbox.c.state, func.count()).group_by(inbox.c.state)
        with reading(self._engine) as connection:
            found = {row[0]: row[1] for row in connection.execute(wanted)}
        return {state: found.get(state, 0) for state in MessageState}

    def list(self, state: MessageState | None = None, limit: int | None = None) -> list[Message]:
        """The oldest first."""
        wanted = select(inbox).order_by(inbox.c.row).limit(limit)
        if state is not None:
            wanted = wanted.where(inbox.c.state == state)
        with reading(self._engine) as connection:
            return [self._message(row) for row in connection.execute(wanted)]

    def due(self, now: datetime, at_most: int) -> int:
        """How many may be worked on; not counted beyond `at_most`."""
        some = select(inbox.c.row).where(*_due(now))
        with looking(self._engine) as connection:
            counted = select(func.count()).select_from(some.limit(at_most).subquery())
            found: int = connection.execute(counted).scalar_one()
            return found

    def next_due(self) -> datetime | None:
        """When the next message may be worked on; None: none waits."""
        wanted = select(func.min(inbox.c.due_at)).where(inbox.c.state == MessageState.NEW)
        with looking(self._engine) as connection:
            at: int | None = connection.execute(wanted).scalar()
        return None if at is None else when(at)

    def _settle(self, rows: Sequence[int], values: dict[str, Any]) -> None:
        """Whoever settles after another did changes nothing: what is done stays done."""
        mine = (inbox.c.row.in_(rows), inbox.c.state == MessageState.NEW)
        if rows:
            with writing(self._engine, durable=False, alone="inbox") as connection:
                connection.execute(update(inbox).where(*mine).values(values))

    def _message(self, row: Any) -> Message:
        return Message(
            row.row,
            row.platform,
            row.shop_id,
            row.message,
            row.topic,
            row.order_id,
            row.case_id,
            None if row.told_at is None else when(row.told_at),
            when(row.received_at),
            row.copies,
            MessageState(row.state),
            when(row.due_at),
            row.attempts,
            row.why,
            self._ring.raw(row.raw, about(row.platform, row.shop_id, row.message)),
        )


def _row(event: Event, at: int) -> dict[str, Any]:
    return {
        "platform": event.platform,
        "shop_id": _plain(event.shop_id) or "",
        "message": _plain(event.event_id) or hashlib.sha256(event.raw).hexdigest(),
        "topic": event.topic.replace("\x00", ""),
        "order_id": _plain(event.order_id),
        "case_id": _plain(event.case_id),
        "told_at": None if event.at is None else moment(event.at),
        "received_at": at,
        "copies": 1,
        "state": MessageState.NEW,
        "due_at": at,
        "attempts": 0,
        "raw": event.raw,
    }


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """What is further away than anything is put off was put off by another clock."""
    near = or_(inbox.c.due_at <= moment(now), inbox.c.due_at > moment(now + FARTHEST))
    return inbox.c.state == MessageState.NEW, near


def _plain(name: str | None) -> str | None:
    """No platform has an id with a NUL in it, and not every database keeps one."""
    return None if name is None or "\x00" in name else name


def about(platform: str, shop_id: str, message: str) -> str:
    return f"inbox\x1f{platform}\x1f{shop_id}\x1f{message}"
