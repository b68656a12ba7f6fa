"""Brings a database to the schema of this version; what it looked like before stands in `versions`."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, inspect, text

from omnishop.errors import ConfigError
from omnishop.store.connection import reading, writing

HEAD = "0008"
"""The newest of `versions`: known without loading them, as almost every start finds it in the database."""

_GUESTS = "procrastinate_"
"""The tables of the engine that deals out shared work: it may have been set up before us."""


def upgrade(engine: Engine) -> None:
    """Nothing for a database that is up to date; one process at a time changes it, the others wait."""
    with reading(engine) as connection:
        if _version(connection, engine) == HEAD:
            return
    with writing(engine) as connection:
        version = _version(connection, engine)
        if version != HEAD:
            from omnishop.store.migrations import change  # noqa: PLC0415 - Alembic loads slowly, seldom needed

            change.migrate(connection, version, HEAD)


def _version(connection: Connection, engine: Engine) -> str | None:
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return version
    if any(not name.startswith(_GUESTS) for name in tables):
        raise ConfigError(
            f"{engine.url.database} is a database of another program; name another one",
            zh=f"{engine.url.database} 是其他程序的数据库, 请另行指定",
        )
    return None
