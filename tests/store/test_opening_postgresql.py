"""A store in PostgreSQL: what is wrong with an address, who waits for whom, and a connection that is lost."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager

import psycopg
import pytest
from attrs import evolve
from sqlalchemy import make_url
from tests.store.test_shops import ACCOUNT, NOW, TOKEN

from omnishop import ConfigError, OutcomeUnknown, Transient
from omnishop.config import Home
from omnishop.store import Store, kind
from omnishop.store.connection import of_shop, reading, writing


@pytest.fixture
def kind_of_database():
    return "postgresql"


def changed(home, **parts):
    return evolve(home, database=make_url(home.database).set(**parts).render_as_string(hide_password=False))


def refused(home):
    """What is said, in both languages, one line each and without the password."""
    with pytest.raises(ConfigError) as caught:
        Store.open(home)
    told = [caught.value.told(lang) for lang in ("en", "zh")]
    assert not any(make_url(home.database).password in each or "\n" in each for each in told)
    assert told[0] != told[1]
    return told[0]


# ---------------------------------------------------------------- the address


def test_a_wrong_password_is_said_and_not_shown(home):
    assert "check user and password" in refused(changed(home, password="open-sesame"))


def test_a_server_that_is_not_there(home):
    assert "Connection refused" in refused(changed(home, port=1))


def test_a_host_that_is_not_there(home):
    assert "check the address" in refused(changed(home, host="no-such-host.invalid"))


def test_a_database_that_is_not_there_says_how_to_make_it(home):
    assert "createdb" in refused(changed(home, database="nowhere"))


def test_encryption_that_the_server_does_not_have(home):
    assert "sslmode" in refused(changed(home, query={"sslmode": "require"}))


def test_a_parameter_that_is_none(home):
    assert "question mark" in refused(changed(home, query={"colour": "blue"}))


def test_a_parameter_of_the_address_counts(home):
    with (
        Store.open(changed(home, query={"application_name": "till"})) as store,
        reading(store.engine) as seen,
    ):
        assert seen.exec_driver_sql("SHOW application_name").scalar() == "till"


def test_the_short_scheme_is_the_same_database(home):
    Store.open(evolve(home, database=home.database.replace("postgresql:", "postgres:"))).close()
    with pytest.raises(ConfigError, match="no database of the kind"):
        Store.open(evolve(home, database=home.database.replace("postgresql:", "mysql:")))


def test_without_the_extra_it_says_what_to_install(home, monkeypatch):
    with monkeypatch.context() as bare:
        bare.setitem(sys.modules, "psycopg", None)
        assert "omnishop[postgres]" in refused(home)


def test_an_encoding_that_cannot_hold_every_name(home, postgres_server):
    postgres_server.run("CREATE DATABASE latin TEMPLATE template0 ENCODING latin1 LOCALE 'C'")
    try:
        assert "LATIN1" in refused(changed(home, database="latin"))
    finally:
        postgres_server.run("DROP DATABASE latin")


@contextmanager
def somebody(server, home, *rights):
    """A user of that database who may do no more than `rights`."""
    url = make_url(home.database)
    server.run("CREATE ROLE clerk LOGIN PASSWORD 'clerk-pass'", *rights, database=url.database)
    try:
        yield changed(home, username="clerk", password="clerk-pass")
    finally:
        server.run("DROP OWNED BY clerk", "DROP ROLE clerk", database=url.database)


def test_a_user_who_may_make_no_tables_learns_what_to_grant(new_home, postgres_server):
    with somebody(postgres_server, new_home) as poor:
        assert "grant it CREATE" in refused(poor)


def test_a_user_with_the_rights_on_the_schema_is_enough(new_home, postgres_server):
    with somebody(postgres_server, new_home, "GRANT CREATE, USAGE ON SCHEMA public TO clerk") as enough:
        Store.open(enough).close()


def test_a_schema_of_its_own_is_enough_beside_another_program(new_home, postgres_server):
    name = make_url(new_home.database).database
    postgres_server.run("CREATE TABLE photos (id INTEGER)", "CREATE SCHEMA desk", database=name)
    try:
        assert "another program" in refused(new_home)
        own = evolve(new_home, database=new_home.database + "?options=-csearch_path%3Ddesk")
        for _ in range(2):
            with Store.open(own) as store:
                assert store.records.list("case") == []
        with reading(store.engine) as seen:
            there = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            assert seen.exec_driver_sql(there).scalars().all() == ["photos"]
        store.close()
    finally:
        postgres_server.run("DROP SCHEMA desk CASCADE", database=name)


def test_a_standby_is_told_apart(home, postgres_server):
    Store.open(home).close()
    standby = changed(home, query={"options": "-c default_transaction_read_only=on"})
    with Store.open(standby) as store, pytest.raises(ConfigError, match="primary"), store.writing() as plain:
        plain.exec_driver_sql("INSERT INTO facts VALUES ('a', 'b')")


def test_its_password_is_in_nothing_that_is_printed(home):
    password = make_url(home.database).password
    with Store.open(home) as store:
        assert password not in f"{home!r} {store.engine!r} {store.engine.url}"


def test_a_second_machine_needs_the_key_of_the_first(home, tmp_path):
    with Store.open(home) as store:
        shop = store.shops.add(ACCOUNT, now=NOW, tokens={"main": TOKEN})
        sealed = store.tokens(shop).load("main")
    elsewhere = Home.find(tmp_path / "elsewhere", env={}, database=home.database)
    with Store.open(elsewhere) as store:
        assert [each.name for each in store.shops.list()] == ["corner"]
        with pytest.raises(ConfigError, match="OMNISHOP_KEY as it was"):
            store.tokens(shop).load("main")
    (elsewhere.path / "key").write_bytes((home.path / "key").read_bytes())
    with Store.open(elsewhere) as store:
        assert store.tokens(shop).load("main") == sealed


# ---------------------------------------------------------------- who waits for whom


@pytest.fixture
def impatient(home, monkeypatch):
    """Two stores on one database, as two machines have them; neither waits long."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(Store.open(home)) for _ in range(2))
        monkeypatch.setattr(kind, "PATIENCE_S", 0.05)
        yield one, other


ONE, OTHER = of_shop("market", "77"), of_shop("market", "78")


@pytest.mark.parametrize(("first", "second"), [(None, None), (None, ONE), (ONE, None), (ONE, ONE)])
def test_those_who_could_touch_the_same_wait(impatient, first, second):
    one, other = impatient
    waiting = pytest.raises(Transient, match="another process")
    with one.writing(alone=first), waiting, other.writing(alone=second):
        raise AssertionError


def test_two_shops_do_not_wait_for_each_other(impatient):
    one, other = impatient
    with one.writing(alone=ONE) as here, other.writing(alone=OTHER) as there:
        here.exec_driver_sql("INSERT INTO facts VALUES ('a', '1')")
        there.exec_driver_sql("INSERT INTO facts VALUES ('b', '2')")
    with reading(one.engine) as seen:
        assert seen.exec_driver_sql("SELECT count(*) FROM facts").scalar() == 2


def test_who_only_reads_cannot_write(impatient):
    with pytest.raises(ConfigError, match="read only"), reading(impatient[0].engine) as plain:
        plain.exec_driver_sql("INSERT INTO facts VALUES ('a', '1')")


def test_a_durable_commit_waits_for_the_disk_whatever_was_before(impatient):
    for durable in (True, False, True):
        with writing(impatient[0].engine, durable=durable) as plain:
            told = plain.exec_driver_sql("SHOW synchronous_commit").scalar()
            assert told == ("on" if durable else "off")


# ---------------------------------------------------------------- a connection that is lost


def cut(server, connection):
    pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    server.run(f"SELECT pg_terminate_backend({pid}, 5000)")


def rows(store):
    with reading(store.engine) as seen:
        return seen.exec_driver_sql("SELECT count(*) FROM facts").scalar()


def test_lost_in_the_middle_nothing_is_kept_and_the_next_goes_on(home, postgres_server):
    def write(store):
        with store.writing() as plain:
            plain.exec_driver_sql("INSERT INTO facts VALUES ('a', '1')")
            cut(postgres_server, plain)
            plain.exec_driver_sql("INSERT INTO facts VALUES ('b', '2')")

    with Store.open(home) as store:
        with pytest.raises(Transient, match="nothing was kept"):
            write(store)
        assert rows(store) == 0


def test_lost_in_the_commit_it_is_not_known_what_was_kept(home, postgres_server):
    def write(store):
        with store.writing() as plain:
            plain.exec_driver_sql("INSERT INTO facts VALUES ('a', '1')")
            cut(postgres_server, plain)

    with Store.open(home) as store:
        with pytest.raises(OutcomeUnknown, match="look at it"):
            write(store)
        assert rows(store) == 0


def test_lost_between_two_transactions_nobody_notices(home, postgres_server):
    with Store.open(home) as store:
        with store.writing() as plain:
            pid = plain.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        postgres_server.run(f"SELECT pg_terminate_backend({pid}, 5000)")
        assert rows(store) == 0


def test_a_server_that_went_away_is_worth_another_try(home):
    with Store.open(home) as store:
        store.engine.dispose()
        store.engine.url = store.engine.url.set(port=1)
        store.engine.pool._creator = lambda *_: psycopg.connect("host=127.0.0.1 port=1 connect_timeout=1")
        with pytest.raises(Transient, match="try again"):
            rows(store)


def test_a_writer_that_fell_silent_loses_its_lock(home, monkeypatch):
    monkeypatch.setattr("omnishop.store.on_postgresql._ABANDONED_S", 0.1)

    def fall_silent(one, other):
        with one.writing() as silent:
            with other.writing() as plain:
                plain.exec_driver_sql("INSERT INTO facts VALUES ('a', '1')")
            silent.exec_driver_sql("INSERT INTO facts VALUES ('b', '2')")

    with Store.open(home) as one, Store.open(home) as other:
        with pytest.raises(Transient, match="nothing was kept"):
            fall_silent(one, other)
        assert rows(other) == 1


def test_writers_see_what_the_one_before_left_whatever_the_servers_default(home):
    strict = changed(home, query={"options": "-c default_transaction_isolation=serializable"})
    with Store.open(strict) as store, store.writing() as plain:
        assert plain.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
