"""A store in a file: its rights, its journal, and what is wrong with a place."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing

import pytest
from attrs import evolve

from omnishop import ConfigError
from omnishop.config import Home
from omnishop.store import Store
from omnishop.store.connection import reading, writing


@pytest.fixture
def home(tmp_path):
    return Home.find(tmp_path / "home", env={})


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


def test_a_database_of_a_later_version_keeps_every_byte(store, home):
    with store.writing() as plain:
        plain.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    store.close()
    before = at(home).read_bytes()
    with pytest.raises(ConfigError, match="newer omnishop"):
        Store.open(home)
    assert at(home).read_bytes() == before


def test_a_file_of_another_program_is_left_alone(home):
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


def test_one_who_is_alone_with_one_shop_is_alone_with_the_file(store):
    with store.writing(alone="shop:market:1") as plain:
        assert plain.connection.driver_connection.in_transaction
        other = sqlite3.connect(at(store.home), timeout=0)
        with closing(other), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
