"""The tables of procrastinate, beside ours in the same database: made and changed by its own statements."""

from __future__ import annotations

from pathlib import Path

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, Engine, select, text

from omnishop.errors import ConfigError
from omnishop.store.connection import insert, reading, writing
from omnishop.store.tables import facts

_MARK = "jobs_schema"
"""Under this name stands the last of its changes that was made here."""


def prepare(engine: Engine) -> None:
    """One process at a time, under the lock of our own migrations; nothing where all is done.

    A new version brings files of changes; each is a transaction of its own. Workers of the older version must
    have ended by then. Where somebody else keeps these tables, their changes are theirs to make.
    """
    newest = _changes()[-1].stem
    with reading(engine) as connection:
        if _there(connection) and _last(connection) in {None, newest}:
            return
    with writing(engine) as connection:
        if not _there(connection):
            _run(connection, SchemaManager.get_schema())
            _made(connection, newest)
    while True:
        with writing(engine) as connection:
            last = _last(connection)
            if last is None or last == newest:
                return
            if last > newest:
                raise ConfigError(
                    f"the jobs of this database are of a newer procrastinate ({last}); upgrade it here as well",
                    zh=f"该数据库中的任务由更新版本的 procrastinate 写入 ({last}); 请在本机也升级",
                )
            change = next(each for each in _changes() if each.stem > last)
            _run(connection, change.read_text(encoding="utf-8"))
            _made(connection, change.stem)


def _changes() -> list[Path]:
    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def _there(connection: Connection) -> bool:
    """Asked of a catalogue like of a table: what PostgreSQL remembers of names may be older than our lock."""
    found = connection.execute(
        text(
            "SELECT count(*) FROM pg_catalog.pg_tables"
            " WHERE tablename = 'procrastinate_jobs' AND schemaname = ANY (current_schemas(false))"
        )
    )
    return bool(found.scalar_one())


def _last(connection: Connection) -> str | None:
    found: str | None = connection.execute(select(facts.c.value).where(facts.c.name == _MARK)).scalar()
    return found


def _made(connection: Connection, change: str) -> None:
    mark = insert(connection, facts).values(name=_MARK, value=change)
    connection.execute(mark.on_conflict_do_update(index_elements=["name"], set_={"value": change}))


def _run(connection: Connection, statements: str) -> None:
    """Many at once, and per cents as they stand: past the layers that would look for places to fill in."""
    driver = connection.connection.driver_connection
    if driver is not None:
        driver.execute(statements)
