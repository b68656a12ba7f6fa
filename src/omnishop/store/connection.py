"""One way to reach the database: transactions that wait their turn, and errors people can act on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import DBAPIError

from omnishop import clock
from omnishop.errors import ConfigError, OutcomeUnknown
from omnishop.store.kind import Kind
from omnishop.store.on_sqlite import SQLITE

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    Insert = postgresql.Insert | sqlite.Insert

_ONE_SECOND = timedelta(seconds=1)


def connect(database: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://…`. ConfigError: it cannot be had."""
    return _kind(database.partition(":")[0]).connect(database)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state and changes nothing."""
    options = _kind(engine.dialect.name).reading
    with _told(engine), engine.connect() as plain:
        connection = plain.execution_options(**options)
        with connection.begin():
            yield connection


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """For one statement that changes nothing: on a server it is asked and answered, without a transaction around."""
    options = _kind(engine.dialect.name).looking
    with _told(engine), engine.connect() as plain:
        connection = plain.execution_options(**options)
        with connection.begin():
            yield connection


@contextmanager
def writing(
    engine: Engine, *, durable: bool = True, alone: str | Collection[str] | None = None
) -> Iterator[Connection]:
    """A transaction that holds the write lock from its start: nobody else is in one meanwhile.

    `alone` narrows that where the database can: only transactions of the same word, or of one of these, and those
    without any wait for each other. What is read to decide what is written must then belong to it (`of_shop`).
    Committed, it survives the end of the process; `durable` also the loss of power. Without, the latest
    transactions may be gone after that, in order: right for what can be read again.
    OutcomeUnknown when the connection was lost during the commit.
    """
    words = (alone,) if isinstance(alone, str) else None if alone is None else tuple(sorted(set(alone)))
    options = _kind(engine.dialect.name).writing(durable, words)
    with _told(engine), engine.connect() as plain:
        connection = plain.execution_options(**options)
        with connection.begin() as transaction:
            yield connection
            with _committing():
                transaction.commit()


def ahead(engine: Engine) -> timedelta:
    """How far the database's clock is ahead of this machine's; under a second, or in a file, nothing."""
    asked = _kind(engine.dialect.name).clock
    if asked is None:
        return timedelta(0)
    with reading(engine) as connection:
        before = clock.now()
        there: datetime = connection.exec_driver_sql(asked).scalar_one()
        apart = there - (before + (clock.now() - before) / 2)
    return apart if abs(apart) >= _ONE_SECOND else timedelta(0)


def of_shop(platform: str, shop_id: str) -> str:
    """The word for `writing(alone=…)` of what concerns one shop: its records, cursors and tokens."""
    return f"shop:{platform}:{shop_id}"


def insert(connection: Connection, table: Table) -> Insert:
    """An INSERT that can say what happens on a conflict, in this database's words."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - loads slowly, not needed on SQLite

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - as above, the other way round

    return sqlite.insert(table)


def _kind(name: str) -> Kind:
    if name == "sqlite":
        return SQLITE
    if not name.startswith("postgres"):
        raise ConfigError(
            f"no database of the kind {name!r}: sqlite:/// or postgresql://",
            zh=f"不支持 {name!r} 类数据库: 请使用 sqlite:/// 或 postgresql://",
        )
    from omnishop.store.on_postgresql import POSTGRESQL  # noqa: PLC0415 - an extra that need not be installed

    return POSTGRESQL


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """The driver's errors as ours; the statement and its values are not repeated."""
    try:
        yield
    except DBAPIError as problem:
        told = _kind(engine.dialect.name).error(problem, engine)
        if told is None:
            raise
        raise told from None


@contextmanager
def _committing() -> Iterator[None]:
    try:
        yield
    except DBAPIError as problem:
        if not problem.connection_invalidated:
            raise
        raise OutcomeUnknown(
            "the connection to the database was lost while a change was being kept; whether it was kept is not "
            "known: look at it before doing it again",
            zh="提交过程中与数据库的连接中断, 无法确认改动是否已保存: 请先查看再决定是否重做",
        ) from None
