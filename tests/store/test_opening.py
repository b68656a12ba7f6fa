"""Opening a database: new, old, of another program, of a later version, in use."""

from __future__ import annotations

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from omnishop import Transient
from omnishop.store import Store, kind
from omnishop.store.connection import connect, reading, writing
from omnishop.store.migrations import HEAD, change


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


def test_the_newest_migration_is_the_one_that_is_asked_for():
    scripts = ScriptDirectory.from_config(change.config())
    assert scripts.get_heads() == [HEAD]


def test_a_migration_that_fails_leaves_nothing_half_done(home, plain, monkeypatch):
    def fail(*args, **facts):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("alembic.operations.Operations.create_index", fail)
        with pytest.raises(RuntimeError):
            Store.open(home)
    assert tables(plain) == []
    Store.open(home).close()


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
