"""Statements of the hottest ways: written in Core, compiled once for each database, run by its driver's own cursor.

They run inside the transactions of `connection` and fail with the same errors. What comes back is what the driver
gives: a row is a tuple, and a truth of SQLite is 0 or 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, bindparam
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
_NOTHING: Values = {}


def given(name: str, kind: type[TypeEngine[Any]] | TypeEngine[Any] | None = None) -> BindParameter[Any]:
    """A value that is said when the statement runs; its `kind` where no column beside it tells."""
    return bindparam(name, None, type_=kind, required=False)


class Prepared:
    """`statement`: in Core, or made for a connection where databases differ. `keys`: columns an INSERT fills."""

    def __init__(
        self, statement: ClauseElement | Callable[[Connection], ClauseElement], keys: list[str] | None = None
    ) -> None:
        self._statement = statement
        self._keys = keys
        self._compiled: dict[str, tuple[str, tuple[str, ...], Values]] = {}

    def all(self, connection: Connection, values: Values = _NOTHING) -> list[Any]:
        rows: list[Any] = self._run(connection, values, rows=True)
        return rows

    def first(self, connection: Connection, values: Values = _NOTHING) -> Any:
        """None where there is no row."""
        found = self._run(connection, values, rows=True)
        return found[0] if found else None

    def changed(self, connection: Connection, values: Values = _NOTHING) -> int:
        """How many rows it wrote."""
        count: int = self._run(connection, values, rows=False)
        return count

    def _run(self, connection: Connection, values: Values, *, rows: bool) -> Any:
        dialect = connection.dialect
        made = self._compiled.get(dialect.name)
        if made is None:
            made = self._compiled[dialect.name] = self._compile(connection)
        text, places, fixed = made
        said = [values[name] if name in values else fixed[name] for name in places]
        return run(connection, text, said, rows=rows)

    def _compile(self, connection: Connection) -> tuple[str, tuple[str, ...], Values]:
        statement = self._statement(connection) if callable(self._statement) else self._statement
        own = cast("DefaultDialect", connection.dialect)
        positional = own if own.positional else type(own)(paramstyle="format")
        compiled = statement.compile(
            dialect=positional, column_keys=self._keys, compile_kwargs={"render_postcompile": True}
        )
        told = cast("SQLCompiler", compiled)
        return str(told), tuple(told.positiontup or ()), dict(told.params)


def run(connection: Connection, text: str, said: Sequence[Any] = (), *, rows: bool = False) -> Any:
    """A statement as the driver takes it: all its rows, else how many it changed."""
    driver: Any = connection.connection.driver_connection
    try:
        cursor = driver.execute(text, said)
        return cursor.fetchall() if rows else cursor.rowcount
    except cast("DefaultDialect", connection.dialect).loaded_dbapi.Error as problem:
        raise _as_core_tells(connection, driver, text, problem) from problem


def _as_core_tells(connection: Connection, driver: Any, text: str, problem: Exception) -> Exception:
    """The driver's error in SQLAlchemy's clothes; a connection that is lost is marked as such."""
    dialect = cast("DefaultDialect", connection.dialect)
    dbapi = dialect.loaded_dbapi
    lost = isinstance(problem, dbapi.Error) and dialect.is_disconnect(problem, driver, None)
    if lost:
        connection.invalidate(problem)
    return DBAPIError.instance(
        text,
        None,
        problem,
        dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
