"""One `run` for each database file at a time: a lock that ends with its process, however that ends."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from omnishop.errors import ConfigError
from omnishop.model import iso

_SCHEME = "sqlite:///"


@contextmanager
def only_one(database: str, now: datetime) -> Iterator[None]:
    """ConfigError names the process that runs already. Nothing is locked for a database server.

    The lock is that of a small database beside the file: it works wherever the file itself does, and the
    operating system takes it back from a process that was killed.
    """
    if not database.startswith(_SCHEME):
        yield
        return
    file = Path(database.removeprefix(_SCHEME))
    beside = file.with_name(f"{file.name}-run")
    try:
        beside.touch(mode=0o600)
        with closing(
            sqlite3.connect(beside, timeout=0, isolation_level=None, check_same_thread=False)
        ) as held:
            held.execute("PRAGMA journal_mode=DELETE")
            _say_who(held, now)
            held.execute("BEGIN IMMEDIATE")
            yield
    except sqlite3.OperationalError as problem:
        if "locked" not in str(problem):
            raise ConfigError(
                f"{beside} cannot be written ({problem}); check the rights and the free space of its directory",
                zh=f"无法写入 {beside} ({problem}); 请检查目录权限与剩余空间",
            ) from None
        raise _runs_already(file, _who(beside)) from None


def _say_who(held: sqlite3.Connection, now: datetime) -> None:
    held.execute("BEGIN IMMEDIATE")
    held.execute("CREATE TABLE IF NOT EXISTS holder (one INTEGER PRIMARY KEY, process INTEGER, since TEXT)")
    since = iso(now.replace(microsecond=0))
    held.execute("INSERT OR REPLACE INTO holder VALUES (1, ?, ?)", (os.getpid(), since))
    held.execute("COMMIT")


def _who(beside: Path) -> tuple[int, str] | None:
    with suppress(sqlite3.Error), closing(sqlite3.connect(beside, timeout=1)) as reader:
        found: tuple[int, str] | None = reader.execute("SELECT process, since FROM holder").fetchone()
        return found
    return None


def _runs_already(file: Path, who: tuple[int, str] | None) -> ConfigError:
    en, zh = (f"process {who[0]}, since {who[1]}", f"进程 {who[0]}, 自 {who[1]}") if who else ("?", "?")
    return ConfigError(
        f"omnishop run works on {file} already ({en}); stop that one first. Several at once need a PostgreSQL "
        "database: --database postgresql://…",
        zh=f"已有 omnishop run 在处理 {file} ({zh}); 请先停止它。需要多个同时运行时请使用 PostgreSQL 数据库: "
        "--database postgresql://…",
    )
