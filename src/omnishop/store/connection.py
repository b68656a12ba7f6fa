"""One way to reach the database: transactions that wait their turn, and errors people can act on."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from omnishop import clock
from omnishop.errors import ConfigError, OmnishopError, Transient

_PATIENCE_S = 20.0
"""How long a transaction waits for another process's; longer than any of ours lasts."""

_CHECKPOINT_PAGES = 8000  # 32 MB of log between checkpoints: fewer pauses while pulling much


def connect(database: str) -> Engine:
    """An engine for `sqlite:///path`; the file is made with mode 0600."""
    path = Path(database.removeprefix("sqlite:///"))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except (OSError, ValueError) as problem:
        raise _unusable(path, getattr(problem, "strerror", None) or type(problem).__name__) from None
    engine = create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": _PATIENCE_S})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state and changes nothing."""
    with _told(engine), engine.connect() as connection, connection.begin():
        yield connection


@contextmanager
def writing(engine: Engine, *, durable: bool = True) -> Iterator[Connection]:
    """A transaction that holds the write lock from its start.

    Committed, it survives the end of the process; `durable` also the loss of power. Without, the latest
    transactions may be gone after that, in order: right for what can be read again.
    """
    with _told(engine), engine.connect() as plain:
        connection = plain.execution_options(omnishop_durable=durable)
        with connection.begin():
            yield connection


def _prepare(driver: sqlite3.Connection, _record: object) -> None:
    driver.isolation_level = None  # transactions begin where `_begin` says, not where the driver guesses
    driver.execute("PRAGMA foreign_keys=ON")
    driver.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    _write_ahead(driver)


def _write_ahead(driver: sqlite3.Connection) -> None:
    """Switching the journal needs the file alone and does not wait for it by itself."""
    end = clock.monotonic() + _PATIENCE_S
    while True:
        try:
            driver.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem) or clock.monotonic() > end:
                raise
            clock.wait(0.02)
        else:
            return


def _begin(connection: Connection) -> None:
    durable = connection.get_execution_options().get("omnishop_durable")
    if durable is None:
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def _told(engine: Engine) -> Iterator[None]:
    """The driver's errors as ours; the statement and its values are not repeated."""
    try:
        yield
    except DBAPIError as problem:
        told = _error(problem, engine)
        if told is None:
            raise
        raise told from None


def _error(problem: DBAPIError, engine: Engine) -> OmnishopError | None:
    text = str(problem.orig)
    path = Path(engine.url.database or "")
    if "locked" in text:
        return Transient(
            f"the database {path} is held by another process; try again",
            zh=f"数据库 {path} 正被其他进程占用, 请稍后重试",
        )
    if "not a database" in text or "malformed" in text:
        return ConfigError(
            f"{path} is not an omnishop database, or is damaged; move it away or restore a backup",
            zh=f"{path} 不是 omnishop 数据库或已损坏; 请移走或从备份恢复",
        )
    return _unusable(path, text) if isinstance(problem, OperationalError) and _of_the_disk(text) else None


def _of_the_disk(text: str) -> bool:
    return any(word in text for word in ("readonly", "unable to open", "disk", "full", "I/O"))


def _unusable(path: Path, reason: str) -> ConfigError:
    return ConfigError(
        f"the database {path} cannot be used ({reason}); check permissions and free space of its directory",
        zh=f"无法使用数据库 {path} ({reason}); 请检查所在目录的权限与剩余空间",
    )


def driver_of(connection: Connection) -> Any:
    """The driver's own connection, inside the same transaction: for the hot path."""
    return connection.connection.driver_connection
