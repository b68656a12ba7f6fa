"""Opening a database: new, old, of another program, of a later version, in use."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, update

from omnishop import ConfigError, Transient
from omnishop.store import Store, kind
from omnishop.store.connection import connect, reading, writing
from omnishop.store.migrations import HEAD, change
from omnishop.store.tables import facts, metadata


@pytest.fixture
def home(new_home):
    return new_home


@pytest.fixture
def plain(home):
    """The database without any of ours in it."""
    engine = connect(home.database)
    yield engine
    engine.dispose()


def tables(engine):
    with reading(engine) as connection:
        return inspect(connection).get_table_names()


def test_the_migrations_make_exactly_the_tables(store):
    with reading(store.engine) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_that_is_asked_for():
    scripts = ScriptDirectory.from_config(change.config())
    assert scripts.get_heads() == [HEAD]


def test_a_second_opening_changes_nothing_and_keeps_the_rows(store, home):
    with store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO facts VALUES ('a', 'b')")
    with Store.open(home) as again, reading(again.engine) as connection:
        assert connection.exec_driver_sql("SELECT value FROM facts WHERE name = 'a'").scalar() == "b"


def test_a_migration_that_fails_leaves_nothing_half_done(home, plain, monkeypatch):
    def fail(*args, **facts):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("alembic.operations.Operations.create_index", fail)
        with pytest.raises(RuntimeError):
            Store.open(home)
    assert tables(plain) == []
    Store.open(home).close()


def test_a_database_of_a_later_version_is_left_alone(store, home):
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("DROP TABLE known")
    with pytest.raises(ConfigError, match="newer omnishop"):
        Store.open(home)
    assert "known" not in tables(store.engine)


def test_a_database_of_another_program_is_left_alone(home, plain):
    with writing(plain) as connection:
        connection.exec_driver_sql("CREATE TABLE photos (id INTEGER)")
    with pytest.raises(ConfigError, match="another program"):
        Store.open(home)
    assert tables(plain) == ["photos"]


def test_the_engine_of_shared_work_may_have_been_there_first(home, plain):
    with writing(plain) as connection:
        connection.exec_driver_sql("CREATE TABLE procrastinate_jobs (id INTEGER)")
    with Store.open(home) as store:
        assert store.records.list("case") == []


def test_a_database_held_too_long_by_another_says_try_again(store, home, monkeypatch):
    monkeypatch.setattr(kind, "PATIENCE_S", 0.05)
    impatient = connect(home.database)
    try:
        with store.writing(), pytest.raises(Transient, match="another process"), writing(impatient):
            raise AssertionError
    finally:
        impatient.dispose()


def test_a_reader_does_not_wait_for_a_writer(store, home):
    with Store.open(home) as other, store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO facts VALUES ('a', 'b')")
        with reading(other.engine) as seen:
            assert seen.exec_driver_sql("SELECT count(*) FROM facts").scalar() == 0


def test_a_reader_sees_one_state(store, home):
    with Store.open(home) as other, reading(other.engine) as seen:
        before = seen.exec_driver_sql("SELECT count(*) FROM facts").scalar()
        with store.writing() as connection:
            connection.exec_driver_sql("INSERT INTO facts VALUES ('a', 'b')")
        assert seen.exec_driver_sql("SELECT count(*) FROM facts").scalar() == before


def test_a_writer_that_waited_sees_what_the_one_before_left(store, home):
    """No two of them read the same number and write its successor."""
    with store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO facts VALUES ('n', '0')")

    def count_up(_):
        with Store.open(home) as mine:
            for _again in range(5):
                with mine.writing(durable=False) as connection:
                    found = connection.exec_driver_sql("SELECT value FROM facts WHERE name = 'n'").scalar()
                    connection.execute(update(facts).values(value=str(int(found) + 1)))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count_up, range(4)))
    with reading(store.engine) as connection:
        assert connection.exec_driver_sql("SELECT value FROM facts WHERE name = 'n'").scalar() == "20"


def test_many_threads_may_read_beside_what_they_write(store):
    """None of them waits for a connection that another thread holds."""
    met = Barrier(20)

    def read_beside(number):
        with reading(store.engine) as outer:
            met.wait(timeout=20)
            with reading(store.engine) as inner:
                return [
                    seen.exec_driver_sql("SELECT count(*) FROM facts").scalar() for seen in (outer, inner)
                ]

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(read_beside, range(20))) == [[0, 0]] * 20
