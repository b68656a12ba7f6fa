"""Opening a database: new, old, of another program, of a later version, in use, or not to be had."""

from __future__ import annotations

import sqlite3
import stat

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from attrs import evolve

from omnishop import ConfigError, Transient
from omnishop.store import Store, kind
from omnishop.store.connection import connect, reading, writing
from omnishop.store.migrations import HEAD, change
from omnishop.store.tables import metadata


def at(home):
    return home.path / "omnishop.db"


def test_a_new_database_is_for_its_owner_and_writes_ahead(store, home):
    assert stat.S_IMODE(at(home).stat().st_mode) == 0o600
    with reading(store.engine) as plain:
        assert plain.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert plain.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_a_durable_commit_waits_for_the_disk_whatever_was_before(store):
    full, normal = 2, 1
    for durable in (True, False, True):
        with writing(store.engine, durable=durable) as plain:
            assert plain.exec_driver_sql("PRAGMA synchronous").scalar() == (full if durable else normal)


def test_the_migrations_make_exactly_the_tables(store):
    with reading(store.engine) as plain:
        context = MigrationContext.configure(plain, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_newest_migration_is_the_one_that_is_asked_for():
    scripts = ScriptDirectory.from_config(change.config())
    assert scripts.get_heads() == [HEAD]


def test_a_second_opening_changes_nothing_and_keeps_the_rows(store, home):
    with store.writing() as plain:
        plain.exec_driver_sql("INSERT INTO facts VALUES ('a', 'b')")
    with Store.open(home) as again, reading(again.engine) as plain:
        assert plain.exec_driver_sql("SELECT value FROM facts WHERE name = 'a'").scalar() == "b"


def test_a_migration_that_fails_leaves_nothing_half_done(home, monkeypatch):
    def fail(*args, **facts):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr("alembic.operations.Operations.create_index", fail)
        with pytest.raises(RuntimeError):
            Store.open(home)
    driver = sqlite3.connect(at(home))
    assert driver.execute("SELECT name FROM sqlite_master").fetchall() == []
    driver.close()
    Store.open(home).close()


def test_a_database_of_a_later_version_is_left_alone(store, home):
    with store.writing() as plain:
        plain.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    before = at(home).read_bytes()
    with pytest.raises(ConfigError, match="newer omnishop"):
        Store.open(home)
    assert at(home).read_bytes() == before


def test_a_database_of_another_program_is_left_alone(home):
    driver = sqlite3.connect(at(home))
    driver.execute("CREATE TABLE photos (id)")
    driver.close()
    with pytest.raises(ConfigError, match="another program"):
        Store.open(home)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_left_alone(home, content):
    at(home).write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        Store.open(home)
    assert str(at(home)) in caught.value.told("zh")
    assert "\n" not in caught.value.told("en")
    assert at(home).read_bytes() == content


def test_a_directory_in_its_place_is_one_line(home):
    at(home).mkdir()
    with pytest.raises(ConfigError, match="cannot be used"):
        Store.open(home)


def test_a_place_below_a_file_is_one_line(home):
    (home.path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be used"):
        Store.open(evolve(home, database=f"sqlite:///{home.path}/file/x.db"))


def test_a_full_disk_is_one_line(store):
    def fill():
        with store.writing() as plain:
            plain.exec_driver_sql("PRAGMA max_page_count = 1")
            plain.exec_driver_sql("CREATE TABLE big AS SELECT randomblob(1000000)")

    with pytest.raises(ConfigError, match="free space"):
        fill()


def test_a_database_held_too_long_by_another_says_try_again(store, home, monkeypatch):
    monkeypatch.setattr(kind, "PATIENCE_S", 0.05)
    impatient = connect(home.database)
    try:
        with store.writing(), pytest.raises(Transient, match="another process"), writing(impatient):
            raise AssertionError
    finally:
        impatient.dispose()


def test_a_reader_does_not_wait_for_a_writer(store, home):
    with Store.open(home) as other, store.writing() as plain:
        plain.exec_driver_sql("INSERT INTO facts VALUES ('a', 'b')")
        with reading(other.engine) as seen:
            assert seen.exec_driver_sql("SELECT count(*) FROM facts").scalar() == 0
