"""What lies in the database is sealed, by keys that are themselves sealed by the home's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import msgspec
import pytest
from sqlalchemy import text
from tests.engine.market import ACCOUNT
from tests.store.planted import CASE, LATER, ORDER, RAW, SECRETS, leaked, plant, told
from tests.store.test_processes import started

from omnishop import jsonform
from omnishop.errors import ConfigError
from omnishop.store import Store
from omnishop.store.connection import connect, writing
from omnishop.store.migrations import change
from omnishop.store.resealing import lying_open, needed, reseal
from omnishop.store.vault import Vault


def test_nothing_of_a_person_lies_open(store):
    plant(store)
    assert leaked(store) == []
    assert lying_open(store.engine) == 0


def test_what_is_looked_for_would_be_found(store):
    """The search above is worth something."""
    with store.writing() as connection:
        connection.execute(text("INSERT INTO facts VALUES ('x', :words)"), {"words": " ".join(SECRETS)})
    assert leaked(store) == list(SECRETS)


def test_what_was_sealed_comes_back_in_another_process(store, home):
    plant(store)
    with Store.open(home) as other:
        assert told(other) == told(store)
        assert other.records.list("order")[0].raw == RAW


def test_a_row_opens_only_in_its_own_place(store):
    plant(store)
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE orders SET raw = body")
    with pytest.raises(ConfigError, match="changed or is damaged"):
        store.records.list("order")


def test_a_sealed_row_wants_the_key(store, home):
    plant(store)
    (home.path / "key").unlink()
    with Store.open(home) as other:
        assert other.records.count("order") == 1
        with pytest.raises(ConfigError, match="missing"):
            other.records.list("order")


def test_a_new_database_has_keys_of_its_own(store):
    plant(store)
    home_key = store.key
    assert [each.purpose for each in store.ring.entries()].count("data") == 1
    assert store.ring.buyers not in {home_key.buyers, home_key.secret}
    assert home_key.id not in {each.id for each in store.ring.entries()}


def test_a_ring_that_was_not_committed_is_forgotten(store):
    def stopped():
        with store.writing() as connection:
            store.ring.sealer(connection)
            store.ring.sealer(connection)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert store.ring.entries() == []
    plant(store)
    assert len(store.ring.entries()) == 2
    with Store.open(store.home) as other:
        assert told(other) == told(store)
        assert other.ring.buyers == store.ring.buyers


FIRST = """
import sys
from pathlib import Path
from omnishop.config import Home
from omnishop.store import Store

with Store.open(Home.find(Path(sys.argv[1]))) as store:
    print("ready", flush=True)
    sys.stdin.readline()
    with store.writing(alone=sys.argv[2]) as connection:
        first = store.ring.sealer(connection).head
    print(store.ring.buyers.hex(), first == store.ring.newest)
"""


def test_processes_that_seal_at_once_in_a_new_database_agree_on_its_keys(home):
    processes = [started(FIRST, home.path, number, database=home.database) for number in range(2)]
    for each in processes:
        assert each.stdout.readline() == "ready\n"
    for each in processes:
        each.stdin.write("go\n")
        each.stdin.flush()
    ended = [each.communicate(timeout=30) for each in processes]
    assert [error for _, error in ended] == [""] * 2
    assert len({out for out, _ in ended}) == 1
    with Store.open(home) as store:
        assert len(store.ring.entries()) == 2
        assert ended[0][0] == f"{store.ring.buyers.hex()} True\n"


def test_who_comes_second_waits_for_the_ring_of_the_first(store, home):
    """Both look before either has written: on a server nobody else keeps them apart."""

    def second():
        with Store.open(home) as other, other.writing(alone="b") as connection:
            looked.set()
            return other.ring.sealer(connection).head

    looked = Event()
    with ThreadPoolExecutor(1) as pool:
        with store.writing(alone="a") as connection:
            mine = store.ring.sealer(connection).head
            theirs = pool.submit(second)
            looked.wait(0.5)  # on SQLite it does not come so far
        assert theirs.result(timeout=30) == mine
    assert len(store.ring.entries()) == 2


# ---------------------------------------------------------------- databases of older versions


@pytest.fixture
def of_an_older_version(new_home):
    """Tokens sealed by the home's own key, records in the open."""
    engine = connect(new_home.database)
    key = new_home.key()
    vault = Vault(key.sealing, key.id)
    body = {"order": ORDER, "case": CASE}
    columns = "(platform, shop_id, source, record_id, snapshot_at, marks, body, raw)"
    with writing(engine) as connection:
        change.migrate(connection, None, "0007")
        run = connection.execute
        run(text("INSERT INTO facts VALUES ('key_id', :id)"), {"id": key.id})
        secret = vault.seal(ACCOUNT.app.app_secret.encode(), "app:market:key-1")
        run(
            text("INSERT INTO apps (row, platform, app_key, secret) VALUES (1, 'market', 'key-1', :secret)"),
            {"secret": secret},
        )
        run(
            text(
                "INSERT INTO shops (row, app, platform, storefront, shop_id, settings, added_at)"
                " VALUES (1, 1, 'market', 'stall', '77', '{}', 0)"
            )
        )
        token = vault.seal(b'{"access":"tok-5ecret"}', "token:1:main")
        run(text("INSERT INTO tokens (shop, role, sealed) VALUES (1, 'main', :token)"), {"token": token})
        for record, table, name in (("order", "orders", "o1"), ("case", "cases", "c1")):
            told = {
                "source": body[record].source,
                "id": name,
                "body": msgspec.json.encode(jsonform.dump(body[record])).decode(),
                "raw": RAW,
            }
            run(
                text(
                    f"INSERT INTO {table} {columns}"  # noqa: S608 - names of ours
                    " VALUES ('market', '77', :source, :id, 0, '{}', :body, :raw)"
                ),
                told,
            )
        run(
            text(
                "INSERT INTO inbox (platform, shop_id, message, topic, received_at, copies, state, due_at,"
                " attempts, raw) VALUES ('market', '77', 'm1', 't', 0, 1, 'new', 0, 0, :raw)"
            ),
            {"raw": b"\x01\xff\x00" + RAW},
        )
        run(
            text(
                "INSERT INTO known (platform, shop_id, subject, subject_id, name, value, entered_by, entered_at)"
                " VALUES ('market', '77', 'case', 'claim:c1', 'known.severity', '\"2\"', 'li', 0)"
            )
        )
    engine.dispose()
    return new_home


def test_a_database_of_an_older_version_goes_on_with_its_keys(of_an_older_version):
    with Store.open(of_an_older_version) as store:
        key = store.home.key()
        assert store.tokens(store.shops.get("77")).load("main").access == "tok-5ecret"
        assert store.records.list("order") == [ORDER]
        assert store.records.list("order")[0].raw == RAW
        assert store.inbox.list()[0].raw == b"\x01\xff\x00" + RAW
        assert (store.ring.buyers, store.ring.newest[1:].hex()) == (key.buyers, key.id)


def test_what_an_older_version_left_open_is_sealed(of_an_older_version):
    with Store.open(of_an_older_version) as store:
        assert leaked(store)
        before = store.records.list("order"), store.inbox.list()
        assert lying_open(store.engine) == 4
        moved = reseal(store.engine, store.ring)
        assert (moved.rows, moved.lay_open) == (4, 4), "what is sealed under the present key stays"
        assert lying_open(store.engine) == 0
        assert (store.records.list("order"), store.inbox.list()) == before


def test_the_keys_of_an_older_version_end_with_the_first_rotation(of_an_older_version):
    with Store.open(of_an_older_version) as store:
        key, buyers = store.home.key(), store.ring.buyers
        store.ring.add(LATER)
        assert needed(store.engine, key.id) == 2
        reseal(store.engine, store.ring)
        assert key.id not in {each.id for each in store.ring.entries()}
        assert store.ring.buyers == buyers, "buyers keep their keys"
        assert store.tokens(store.shops.get("77")).load("main").access == "tok-5ecret"
        assert store.records.list("order")[0].raw == RAW
