"""A store in one SQLite file: one writer at a time, whatever it writes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError

from omnishop import clock
from omnishop.errors import ConfigError, OmnishopError, Transient
from omnishop.store import kind
from omnishop.store.prepared import run

_SCHEME = "sqlite:///"
_CHECKPOINT_PAGES = 8000  # 32 MB of log between checkpoints: fewer pauses while pulling much
_CACHE_KIB = 16_000  # a thousand records and the leaves of their indexes: else they are written and read back
_DURABLE = "omnishop_durable"


def connect(database: str) -> Engine:
    """The file is made with mode 0600."""
    path = Path(database.removeprefix(_SCHEME))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except (OSError, ValueError) as problem:
        raise _unusable(path, getattr(problem, "strerror", None) or type(problem).__name__) from None
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": kind.PATIENCE_S},
        hide_parameters=True,
        max_overflow=kind.UNBOUNDED,
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _writing(durable: bool, _alone: tuple[str, ...] | None) -> Mapping[str, Any]:
    return {_DURABLE: durable}


def _prepare(driver: sqlite3.Connection, _record: object) -> None:
    driver.isolation_level = None  # transactions begin where `_begin` says, not where the driver guesses
    driver.execute("PRAGMA foreign_keys=ON")
    driver.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    driver.execute(f"PRAGMA wal_autocheckpoint={_CHECKPOINT_PAGES}")
    _write_ahead(driver)


def _write_ahead(driver: sqlite3.Connection) -> None:
    """Switching the journal needs the file alone and does not wait for it by itself."""
    end = clock.monotonic() + kind.PATIENCE_S
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
    durable = connection.get_execution_options().get(_DURABLE)
    if durable is None:
        run(connection, "BEGIN")
        return
    run(connection, f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
    run(connection, "BEGIN IMMEDIATE")


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


SQLITE = kind.Kind(connect, {}, {}, _writing, _error)
