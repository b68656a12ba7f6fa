"""When each shop is read again, and what became of it: all that a round leaves behind."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, Engine, case, select, update

from omnishop.store.connection import insert, looking, reading, writing
from omnishop.store.moments import moment, when
from omnishop.store.tables import rounds, shops
from omnishop.store.whys import Why, dumped, read

_ALONE = "rounds"
_AT_ONCE = 300

_APART = timedelta(minutes=1)
"""So far the clocks of two workers may differ."""


@frozen
class Round:
    """One shop's, by its row. `backfill_at` None: its history is read; `check_at` None: it is not compared.

    `failures` in a row, `why` the latest one; `found`: equal, different, unknown.
    """

    shop: int
    due_at: datetime
    backfill_at: datetime | None = None
    backfill_left: int | None = None
    check_at: datetime | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    failures: int = 0
    why: Why | None = None
    checked_at: datetime | None = None
    found: str | None = None


class Lane(StrEnum):
    """What may be due of a shop, the most urgent first."""

    NEWS = "news"
    COMPARISON = "comparison"
    HISTORY = "history"


_AT = {Lane.NEWS: rounds.c.due_at, Lane.COMPARISON: rounds.c.check_at, Lane.HISTORY: rounds.c.backfill_at}


@frozen
class Due:
    shop: int
    lane: Lane


class Rounds:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def join(self, now: datetime, check_after: timedelta | None) -> int:
        """Shops that have none yet get one: read at once, compared at a moment of the next `check_after` each.

        How many were new.
        """
        missing = select(shops.c.row).where(shops.c.row.not_in(select(rounds.c.shop)))
        with reading(self._engine) as connection:
            new = list(connection.execute(missing).scalars())
        if not new:
            return 0
        values = [
            {
                "shop": row,
                "due_at": moment(now),
                "check_at": None if check_after is None else moment(now + _spread(row, check_after)),
                "failures": 0,
            }
            for row in new
        ]
        with writing(self._engine, durable=False, alone=_ALONE) as connection:
            for start in range(0, len(values), _AT_ONCE):
                first = insert(connection, rounds).values(values[start : start + _AT_ONCE])
                connection.execute(first.on_conflict_do_nothing())
        return len(new)

    def get(self, shop_row: int) -> Round | None:
        with looking(self._engine) as connection:
            row = connection.execute(select(rounds).where(rounds.c.shop == shop_row)).first()
        return None if row is None else _round(row)

    def all(self) -> list[Round]:
        with reading(self._engine) as connection:
            return [_round(row) for row in connection.execute(select(rounds).order_by(rounds.c.shop))]

    def put(self, shop_row: int, **facts: datetime | int | str | Why | None) -> None:
        """What a step found out; what is not named stays."""
        told = {name: _written(value) for name, value in facts.items()}
        with writing(self._engine, durable=False, alone=f"{_ALONE}:{shop_row}") as connection:
            connection.execute(update(rounds).where(rounds.c.shop == shop_row).values(told))

    def due_now(self, shop_row: int, lane: Lane, now: datetime) -> None:
        """It was handed out, and not done."""
        self.put(shop_row, **{_AT[lane].name: now})

    def clock_went_back(self, now: datetime) -> int:
        """Shops that were read in what is now the future are due at once; how many."""
        later = rounds.c.began_at > moment(now + _APART)
        with reading(self._engine) as connection:
            ahead = list(connection.execute(select(rounds.c.shop).where(later)).scalars())
        if ahead:
            history = case((rounds.c.backfill_at.is_not(None), moment(now)))
            due = update(rounds).where(later).values(due_at=moment(now), backfill_at=history)
            with writing(self._engine, durable=False, alone=_ALONE) as connection:
                connection.execute(due)
        return len(ahead)

    def due(
        self, now: datetime, limit: int, *, only: Collection[int] | None = None, but: Iterable[int] = ()
    ) -> list[Due]:
        """Each shop's most urgent; news before comparisons before history, and then what waits longest."""
        found: dict[int, Due] = {}
        barred = set(but)
        with reading(self._engine) as connection:
            for lane in Lane:
                if len(found) < limit:
                    for shop in _due(connection, lane, moment(now), limit, _which(only, barred)):
                        found.setdefault(shop, Due(shop, lane))
        return list(found.values())[:limit]

    def deal(self, now: datetime, until: datetime, limit: int) -> list[Due]:
        """For whoever hands them out: they are due again at `until`, should they get lost on the way."""
        found: list[Due] = []
        with writing(self._engine, durable=False, alone=_ALONE) as connection:
            for lane in Lane:
                some = _due(connection, lane, moment(now), limit - len(found), [])
                for start in range(0, len(some), _AT_ONCE):
                    theirs = rounds.c.shop.in_(some[start : start + _AT_ONCE])
                    later = update(rounds).where(theirs, _AT[lane] <= moment(now))
                    connection.execute(later.values({_AT[lane].name: moment(until)}))
                found += [Due(shop, lane) for shop in some]
        return found


def _written(value: datetime | int | str | Why | None) -> int | str | None:
    if isinstance(value, datetime):
        return moment(value)
    return dumped(value) if isinstance(value, Why) else value


def _which(only: Collection[int] | None, but: Collection[int]) -> list[ColumnElement[bool]]:
    chosen: list[ColumnElement[bool]] = []
    if only is not None:
        chosen.append(rounds.c.shop.in_(only))
    if but:
        chosen.append(rounds.c.shop.not_in(but))
    return chosen


def _due(
    connection: Connection, lane: Lane, at: int, limit: int, which: list[ColumnElement[bool]]
) -> list[int]:
    if limit <= 0:
        return []
    wanted = select(rounds.c.shop).where(_AT[lane] <= at, *which).order_by(_AT[lane], rounds.c.shop)
    return list(connection.execute(wanted.limit(limit)).scalars())


def _round(row: Any) -> Round:
    times = {
        name: None if (at := getattr(row, name)) is None else when(at)
        for name in ("backfill_at", "check_at", "began_at", "ended_at", "checked_at")
    }
    return Round(
        row.shop,
        when(row.due_at),
        times["backfill_at"],
        row.backfill_left,
        times["check_at"],
        times["began_at"],
        times["ended_at"],
        row.failures,
        read(row.why),
        times["checked_at"],
        row.found,
    )


def _spread(row: int, over: timedelta) -> timedelta:
    """Shops that were added together are not all compared at the same hour: by the golden section each new one
    falls into the widest gap."""
    return over * ((row * 0.6180339887498949) % 1.0)
