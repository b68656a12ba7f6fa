"""Everything sealed moves from one data key to the next, beside whoever works, and may be stopped at any moment.

A key is dropped once no row needs it. That count may be taken at leisure: who writes seals with the newest key,
so rows of an older one only ever become fewer.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from attrs import frozen
from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    RowMapping,
    Table,
    and_,
    func,
    or_,
    select,
    tuple_,
    update,
)

from omnishop import clock
from omnishop.store import inbox as inbox_rows
from omnishop.store import known as known_rows
from omnishop.store import quarantine as quarantine_rows
from omnishop.store import shops as shop_rows
from omnishop.store import tokens as token_rows
from omnishop.store import verdicts as verdict_rows
from omnishop.store.connection import reading, writing
from omnishop.store.ring import Ring
from omnishop.store.tables import RECORDS, apps, history, inbox, intents, known, quarantine, tokens, verdicts
from omnishop.store.vault import FORM, HEAD, Record, Vault, named, said_in
from omnishop.store.verdicts import CaseKey

_AT_ONCE = 500
_PAUSE_S = 0.05


@frozen
class Place:
    """Sealed columns of a table. `about` names a column of a row; `opened` takes what stands there, sealed or not."""

    table: Table
    columns: tuple[str, ...]
    about: Callable[[RowMapping, str], str]
    opened: Callable[[Ring, RowMapping, str, str], bytes]

    @property
    def key(self) -> tuple[ColumnElement[Any], ...]:
        return tuple(self.table.primary_key.columns)

    def other(self, head: bytes) -> ColumnElement[bool]:
        """Rows with something that is not sealed under this head; what is empty needs no seal."""
        return or_(
            *(and_(func.length(each) > 0, func.substr(each, 1, HEAD) != head) for each in self._sealed)
        )

    def under(self, head: bytes) -> ColumnElement[bool]:
        return or_(*(func.substr(each, 1, HEAD) == head for each in self._sealed))

    def lying_open(self) -> ColumnElement[bool]:
        return or_(*(and_(func.length(each) > 0, func.substr(each, 1, 1) != FORM) for each in self._sealed))

    @property
    def _sealed(self) -> list[ColumnElement[Any]]:
        return [self.table.c[name] for name in self.columns]


@frozen
class Moved:
    """How many rows were sealed anew; of those, how many had lain open."""

    rows: int = 0
    lay_open: int = 0

    def __add__(self, other: Moved) -> Moved:
        return Moved(self.rows + other.rows, self.lay_open + other.lay_open)


Row = RowMapping


def _of_record(record: Record, row: Row, column: str) -> str:
    place = row["platform"], row["shop_id"], row["source"], row["record_id"]
    return named(record, *place, "raw" if column == "raw" else "body")


def _of_state(row: Row, column: str) -> str:
    return _of_record(row["record"], row, column)


def _text(ring: Ring, row: Row, column: str, about: str) -> bytes:
    return ring.text(row[column], about)


def _raw(ring: Ring, row: Row, column: str, about: str) -> bytes:
    return ring.raw(row[column], about)


def _beside_body(ring: Ring, row: Row, column: str, about: str) -> bytes:
    stored: bytes = row[column]
    return ring.open(stored, about) if row["body"][:1] == FORM else stored


def _of_verdict(row: Row, _column: str) -> str:
    return verdict_rows.about(CaseKey(row["platform"], row["shop_id"], row["source"], row["record_id"]))


PLACES = (
    *(
        Place(RECORDS[record], ("body", "raw"), partial(_of_record, record), _beside_body)
        for record in ("order", "case", "review")
    ),
    Place(history, ("body",), _of_state, _text),
    Place(
        quarantine,
        ("raw",),
        lambda row, _: quarantine_rows.about(row["platform"], row["shop_id"], row["digest"]),
        _raw,
    ),
    Place(
        inbox,
        ("raw",),
        lambda row, _: inbox_rows.about(row["platform"], row["shop_id"], row["message"]),
        _raw,
    ),
    Place(known, ("value",), lambda row, _: known_rows.name_of(row), _text),
    Place(verdicts, ("verdict",), _of_verdict, _text),
    Place(intents, ("said",), lambda row, _: said_in(row["id"]), _text),
    Place(apps, ("secret",), lambda row, _: shop_rows.about(row["platform"], row["app_key"]), _text),
    Place(tokens, ("sealed",), lambda row, _: token_rows.about(row["shop"], row["role"]), _text),
)
"""Whatever is sealed under a data key: what is not named here would be lost with it."""


def reseal(engine: Engine, ring: Ring, tell: Callable[[Moved], None] = lambda moved: None) -> Moved:
    """Move every row to the newest key; what lay open is sealed. Then drop the keys that nothing needs.

    Killed and started again it goes on where it was; several may run at once. `tell` after each batch, in sum.
    """
    moved = Moved()
    for place in PLACES:
        for batch in _place(engine, ring, place):
            moved += batch
            tell(moved)
    for key in ring.entries():
        if key.purpose == "data" and key.retired_at is not None and not needed(engine, key.id):
            ring.drop(key.id)
    return moved


def needed(engine: Engine, key_id: str) -> int:
    """How many rows only this key opens."""
    return _count(engine, lambda place: place.under(FORM + bytes.fromhex(key_id)))


def lying_open(engine: Engine) -> int:
    """How many rows were written by a version that did not seal them."""
    return _count(engine, lambda place: place.lying_open())


def _count(engine: Engine, which: Callable[[Place], ColumnElement[bool]]) -> int:
    with reading(engine) as connection:
        counts = (
            connection.execute(select(func.count()).select_from(place.table).where(which(place))).scalar_one()
            for place in PLACES
        )
        return sum(counts)


def _place(engine: Engine, ring: Ring, place: Place) -> Iterator[Moved]:
    """One pass after the other, until one finds nothing: what somebody holds at the moment waits for the next."""
    found = True
    while found:
        found = False
        for keys in _passed(engine, ring, place):
            found = True
            with writing(engine, durable=False, alone="keys") as connection:
                moved = _sealed_anew(connection, ring, place, keys)
            if not moved.rows:
                clock.wait(_PAUSE_S)
            yield moved


def _passed(engine: Engine, ring: Ring, place: Place) -> Iterator[list[tuple[Any, ...]]]:
    """Keys of rows to be moved, so many at a time; found by a reader, who is in nobody's way."""
    last: Any = None
    while True:
        head = ring.newest
        wanted = select(*place.key).where(place.other(head)).order_by(*place.key).limit(_AT_ONCE)
        if last is not None:
            wanted = wanted.where(tuple_(*place.key) > tuple_(*last))
        with reading(engine) as connection:
            keys = [tuple(row) for row in connection.execute(wanted)]
        if not keys:
            return
        last = keys[-1]
        yield keys


def _sealed_anew(connection: Connection, ring: Ring, place: Place, keys: list[tuple[Any, ...]]) -> Moved:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")  # what lay open is overwritten, not only let go
    seal = ring.sealer(connection)
    these = tuple_(*place.key).in_(keys) if len(place.key) > 1 else place.key[0].in_([key[0] for key in keys])
    wanted = select(place.table).where(these, place.other(seal.head)).with_for_update(skip_locked=True)
    rows = lay_open = 0
    for row in connection.execute(wanted).mappings().all():
        mine = (column == row[column] for column in place.key)
        connection.execute(update(place.table).where(*mine).values(_values(ring, seal, place, row)))
        rows += 1
        lay_open += any(row[name] and row[name][:1] != FORM for name in place.columns)
    return Moved(rows, lay_open)


def _values(ring: Ring, seal: Vault, place: Place, row: Row) -> dict[str, bytes]:
    values = {}
    for column in place.columns:
        if row[column]:
            about = place.about(row, column)
            values[column] = seal.seal(place.opened(ring, row, column, about), about)
    return values


def tidied(engine: Engine) -> bool:
    """Leave nothing of former rows in the file. False: a server's own means are wanted, or somebody is in the way."""
    if engine.dialect.name != "sqlite":
        return False
    try:
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("VACUUM")
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    return not busy
