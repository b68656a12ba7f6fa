"""A journal that the database itself keeps while workers write: triggers of the test, in no code of ours.

Each line has a number and the machine's time; a record kept, a record put into or let out of quarantine, a cursor
moved. It survives whatever happens to the worker that wrote, and tells what the store held when a window closed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from attrs import frozen

_RECORDS = ("orders", "cases", "reviews")
_COLUMNS = "at, what, platform, shop_id, source, record_id, since, until"


@frozen
class Line:
    """`what`: order, case, review (`since`: the moment the state is of), quarantined, released, or cursor (`source`
    is the list, `shop_id` the shop's row, `since` and `until` the range it holds). Times are microseconds."""

    seq: int
    at: int
    what: str
    platform: str
    shop_id: str
    source: str
    record_id: str
    since: int | None
    until: int | None


def keep(url: str) -> None:
    """From now on; the tables must be there."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(_path(url))) as connection:
            connection.executescript(_SQLITE)
        return
    with closing(_postgresql(url)) as connection:
        connection.execute(_POSTGRESQL)


def lines(url: str, after: int = 0) -> Iterator[Line]:
    """Oldest first."""
    asked = f"SELECT seq, {_COLUMNS} FROM soak_journal WHERE seq > {after:d} ORDER BY seq"  # noqa: S608 - ours
    for row in ask(url, asked):
        yield Line(*row)


def ask(url: str, statement: str) -> list[tuple[Any, ...]]:
    """The rows of a question, by the driver alone."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(_path(url), timeout=30)) as connection:
            return connection.execute(statement).fetchall()
    with closing(_postgresql(url)) as connection:
        return connection.execute(statement).fetchall()


def _path(url: str) -> str:
    return url.removeprefix("sqlite:///")


def _postgresql(url: str) -> Any:
    import psycopg

    return psycopg.connect(url, autocommit=True)


def _insert(what: str, values: str, at: str) -> str:
    return f"INSERT INTO soak_journal ({_COLUMNS}) VALUES ({at}, {what}, {values});"  # noqa: S608 - ours


def _of_record(at: str, what: str) -> str:
    values = "NEW.platform, NEW.shop_id, NEW.source, NEW.record_id, NEW.snapshot_at, NULL"
    return _insert(f"'{what}'", values, at)


_QUARANTINED = "NEW.platform, NEW.shop_id, NEW.source, COALESCE(NEW.record_id, ''), NEW.row, NULL"
_RELEASED = "OLD.platform, OLD.shop_id, OLD.source, COALESCE(OLD.record_id, ''), OLD.row, NULL"
_CURSOR = "'', CAST(NEW.shop AS TEXT), NEW.stream, COALESCE(NEW.proof, ''), NEW.since, NEW.until"

_EVENTS = (
    *((table, event, f"'{table[:-1]}'", None) for table in _RECORDS for event in ("INSERT", "UPDATE")),
    ("quarantine", "INSERT", "'quarantined'", _QUARANTINED),
    ("quarantine", "DELETE", "'released'", _RELEASED),
    ("cursors", "INSERT", "'cursor'", _CURSOR),
    ("cursors", "UPDATE", "'cursor'", _CURSOR),
)


def _bodies(at: str) -> Iterator[tuple[str, str, str]]:
    for table, event, what, values in _EVENTS:
        yield table, event, _of_record(at, table[:-1]) if values is None else _insert(what, values, at)


_NOW_SQLITE = "CAST((julianday('now') - 2440587.5) * 86400000.0 AS INTEGER) * 1000"
_SQLITE = (
    "CREATE TABLE soak_journal (seq INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER, what TEXT, platform TEXT,"
    " shop_id TEXT, source TEXT, record_id TEXT, since INTEGER, until INTEGER);"
) + "".join(
    f"CREATE TRIGGER soak_{table}_{event} AFTER {event} ON {table} BEGIN {body} END;"
    for table, event, body in _bodies(_NOW_SQLITE)
)

_NOW_POSTGRESQL = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
_POSTGRESQL = (
    "CREATE TABLE soak_journal (seq BIGSERIAL PRIMARY KEY, at BIGINT, what TEXT, platform TEXT,"
    " shop_id TEXT, source TEXT, record_id TEXT, since BIGINT, until BIGINT);"
) + "".join(
    f"CREATE FUNCTION soak_{table}_{event}() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN {body} RETURN NULL; END $$;"
    f"CREATE TRIGGER soak_{table}_{event} AFTER {event} ON {table} FOR EACH ROW"
    f" EXECUTE FUNCTION soak_{table}_{event}();"
    for table, event, body in _bodies(_NOW_POSTGRESQL)
)
