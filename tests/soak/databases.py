"""The databases of the soak: new and empty, copied and put back while nobody works."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen
from tests.postgres import NoServer, Server, started

_TRIES, _PAUSE_S = 20, 0.25


@frozen
class FileDatabase:
    """SQLite: the file and whatever lies beside it, as a copy of the disk would have them."""

    folder: Path

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'soak.db'}"

    def copy(self) -> None:
        target = self.folder / "copy"
        target.mkdir()
        for path in self.folder.glob("soak.db*"):
            shutil.copy2(path, target)

    def restore(self) -> None:
        for path in self.folder.glob("soak.db*"):
            path.unlink()
        for path in (self.folder / "copy").iterdir():
            shutil.copy2(path, self.folder)

    def disturb(self) -> int:
        """There is no connection that could break."""
        return 0


@frozen
class ServerDatabase:
    """PostgreSQL: the copy is a database made from this one."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        return self.server.address(self.name)

    def copy(self) -> None:
        self._put(f"{self.name}_copy", self.name)

    def restore(self) -> None:
        self.server.run(f"DROP DATABASE {self.name} WITH (FORCE)")
        self._put(self.name, f"{self.name}_copy")

    def disturb(self) -> int:
        """Every connection that is older than a moment breaks, whatever is going on in it; how many."""
        import psycopg

        with psycopg.connect(self.server.url, autocommit=True) as connection:
            return connection.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = %s AND backend_start < now() - interval '1 second'",
                (self.name,),
            ).fetchone()[0]

    def drop(self) -> None:
        for name in (self.name, f"{self.name}_copy"):
            self.server.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _put(self, name: str, template: str) -> None:
        """Killed workers leave their servers behind for a moment, and one may have been just starting."""
        import psycopg

        for last in (*[False] * _TRIES, True):
            self._throw_out(template)
            try:
                self.server.run(f"CREATE DATABASE {name} TEMPLATE {template}")
            except psycopg.errors.ObjectInUse:
                if last:
                    raise
                time.sleep(_PAUSE_S)
            else:
                return

    def _throw_out(self, name: str) -> None:
        self.server.run(
            f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 - ours
        )


Database = FileDatabase | ServerDatabase


@contextlib.contextmanager
def of_file(folder: Path) -> Iterator[FileDatabase]:
    yield FileDatabase(folder)


@contextlib.contextmanager
def of_server(server: Server) -> Iterator[ServerDatabase]:
    database = ServerDatabase(server, f"omnishop_soak_{os.getpid()}")
    database.drop()
    server.run(f"CREATE DATABASE {database.name} TEMPLATE template0")
    try:
        yield database
    finally:
        database.drop()


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """The one named in OMNISHOP_TEST_POSTGRES, else one of our own. NoServer says why there is none."""
    named = os.environ.get("OMNISHOP_TEST_POSTGRES", "")
    if named not in {"", "required"}:
        yield Server(named)
        return
    with started() as ours:
        yield ours


__all__ = ["Database", "FileDatabase", "NoServer", "ServerDatabase", "of_file", "of_server", "server"]
