"""What has served its time goes, what may still be wanted stays, and nothing is looked at twice in vain."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
from attrs import asdict, evolve
from sqlalchemy import insert, select
from tests.engine.market import NOW, Market, minutes
from tests.store.planted import ACCOUNT, CASE, KEY, ORDER, REVIEW, WORDS, keep, plant
from tests.store.test_processes import started

from omnishop import engine
from omnishop.client import Shop
from omnishop.drivers.tokens import MemoryTokens
from omnishop.engine.merge import snapshot
from omnishop.engine.reconcile import reconcile
from omnishop.errors import ConfigError
from omnishop.model import Buyer, OrderStatus, Stage
from omnishop.store import CaseKey, Store
from omnishop.store.connection import reading
from omnishop.store.retention import Days, Dropped
from omnishop.store.tables import acts, cursors, intents

DAY = timedelta(days=1)
CLOSED = evolve(CASE, stage=Stage.CLOSED)
FINISHED = evolve(ORDER, status=OrderStatus.FINISHED)


def put(store, *records):
    for record in records:
        kind = {type(CASE): "case", type(ORDER): "order", type(REVIEW): "review"}[type(record)]
        name = getattr(record, f"{kind}_id")
        keep(store, kind, {(record.source, name): snapshot(record, NOW, "list")})


def test_as_it_comes_little_goes(store):
    assert store.retention.days() == Days(365, None, None, None, None, 90, 365)
    plant(store)
    assert store.retention.apply(NOW + 80 * DAY) == Dropped()


def test_the_settings_are_kept(store, home):
    store.retention.set({"persons": 30, "raw": None})
    with Store.open(home) as other:
        assert asdict(other.retention.days()) | {"persons": 30, "raw": None} == asdict(other.retention.days())


@pytest.mark.parametrize("wrong", [{"raw": 0}, {"raws": 3}, {"raw": -1}])
def test_a_wrong_setting_is_one_line(store, wrong):
    with pytest.raises(ConfigError, match="there are: raw, persons"):
        store.retention.set(wrong)


def test_bytes_of_what_has_ended_go(store):
    put(store, FINISHED, CLOSED, REVIEW)
    assert store.retention.apply(NOW + 364 * DAY) == Dropped()
    assert store.retention.due(NOW + 366 * DAY) == Dropped(raw=3)
    assert store.retention.apply(NOW + 366 * DAY) == Dropped(raw=3)
    assert [each.raw for each in store.records.list("order")] == [b""]
    assert store.records.list("order") == [FINISHED], "all else stays"
    assert store.retention.apply(NOW + 366 * DAY) == Dropped()


def test_what_is_open_stays_whole_and_so_does_what_stands_around_it(store):
    put(store, FINISHED, CASE, REVIEW, evolve(CLOSED, case_id="c2"))
    assert store.retention.apply(NOW + 366 * DAY) == Dropped(raw=1), "the closed case alone"
    assert {bool(each.raw) for each in store.records.list("order")} == {True}


def test_a_write_whose_outcome_is_not_known_keeps_its_case(store):
    put(store, CLOSED)
    key = {"platform": "market", "shop_id": "77", "record": "case", "source": "claim", "record_id": "c1"}
    act = {"id": "a", **key, "act": "agree", "digest": "d", "by": "", "begun_at": 0}
    intent = {
        "id": "i",
        "act": "a",
        "verb": "agree",
        "digest": "d",
        "money": True,
        "lines": "{}",
        "said": b"{}",
        "seen": "{}",
        "state": "unknown",
        "readings": "[]",
        "day": "2026-05-20",
        "attempts": 1,
        "planned_at": 0,
        **key,
    }
    with store.writing() as connection:
        connection.execute(insert(acts), act)
        connection.execute(insert(intents), intent)
    store.retention.set({"records": 30})
    assert store.retention.apply(NOW + 999 * DAY) == Dropped()
    with store.writing() as connection:
        connection.execute(intents.update().values(state="confirmed"))
    assert store.retention.apply(NOW + 999 * DAY) == Dropped(records=1)
    with reading(store.engine) as connection:
        assert len(connection.execute(select(intents)).all()) == 1, "the ledger stays"


def test_people_go_before_their_orders_do(store):
    plant(store)
    put(store, evolve(CLOSED, changed_at=NOW + minutes(1)), evolve(FINISHED, changed_at=NOW + minutes(1)))
    store.retention.set({"persons": 30})
    assert store.retention.apply(NOW + 31 * DAY).persons == 3
    told = str([store.records.list(kind) for kind in ("order", "case", "review")])
    told += str(
        [
            held.body
            for kind, key in (
                ("order", ("order", "o1")),
                ("case", ("claim", "c1")),
                ("review", ("review", "r1")),
            )
            for held in store.history.of(kind, "market", "77", key)
        ]
    )
    assert [word for word in (WORDS, KEY) if word in told] == []
    assert store.retention.apply(NOW + 31 * DAY).persons == 0


def test_the_same_state_read_again_brings_nobody_back_and_news_do(store):
    put(store, FINISHED)
    store.retention.set({"persons": 30})
    store.retention.apply(NOW + 31 * DAY)
    put(store, FINISHED)
    assert store.records.list("order")[0].buyer is None
    put(store, evolve(FINISHED, changed_at=NOW + 32 * DAY))
    assert store.records.list("order")[0].buyer == Buyer(KEY, ORDER.buyer.masked)
    store.retention.apply(NOW + 99 * DAY)
    assert store.records.list("order")[0].buyer is None, "and goes again"


def test_store_and_platform_are_equal_all_the_same(store):
    stored = store.shops.add(ACCOUNT, now=NOW)
    market = Market(orders=[FINISHED], cases=[CLOSED], reviews=[REVIEW])
    with Shop(engine.account_of(store, stored), MemoryTokens({}), adapter=market) as shop:
        assert engine.pull_shop(store, stored, shop, now=NOW + minutes(30)).ok
        store.retention.set({"persons": 2, "raw": 1})
        assert store.retention.apply(NOW + 3 * DAY).persons == 3
        assert reconcile(store, stored, shop, now=NOW + 3 * DAY).verdict == "equal"
        store.retention.set({"records": 2})
        assert store.retention.apply(NOW + 3 * DAY).records == 3
        assert store.records.count("case") == 0
        assert engine.pull_shop(store, stored, shop, now=NOW + 3 * DAY).ok
        assert reconcile(store, stored, shop, now=NOW + 3 * DAY).verdict == "equal", (
            "what is held begins later"
        )


def test_lists_are_held_from_where_records_are(store):
    shop = store.shops.add(ACCOUNT, now=NOW)
    store.cursors.proved(shop.row, "cases", NOW - 60 * DAY, NOW)
    store.cursors.wants(shop.row, "cases", NOW - 90 * DAY)
    put(store, CLOSED)
    store.retention.set({"records": 30})
    store.retention.apply(NOW + 31 * DAY)
    cursor = store.cursors.get(shop.row, "cases")
    assert (cursor.since, cursor.goal) == (NOW + DAY, NOW + DAY)
    with reading(store.engine) as connection:
        assert len(connection.execute(select(cursors)).all()) == 1


def test_old_verdicts_states_messages_and_the_unreadable(store):
    plant(store)
    key = CaseKey.of(CASE)
    store.verdicts.put(key, {"why": "again"}, pack="p", version="2", digest="d", at=NOW)
    store.inbox.failed([store.inbox.list()[0].row], "why", NOW)
    store.retention.set({"verdicts": 10, "history": 10, "inbox": 10, "quarantine": 10})
    assert store.retention.apply(NOW + 9 * DAY) == Dropped()
    assert store.retention.apply(NOW + 11 * DAY) == Dropped(history=6, verdicts=1, inbox=1, quarantine=1)
    assert store.verdicts.latest(key).body == {"why": "again"}


def test_a_little_at_a_time_it_is_all_looked_at(store):
    put(store, *(evolve(CLOSED, case_id=f"c{number}") for number in range(40)))
    late = NOW + 366 * DAY
    calls = [store.retention.apply(late, limit=25).raw for _ in range(12)]
    assert sum(calls) == 40
    assert max(calls) < 40, "not at once"
    put(store, evolve(CLOSED, case_id="c99"))
    assert sum(store.retention.apply(late, limit=25).raw for _ in range(12)) == 1, "round and round"


APPLYING = """
import sys
from pathlib import Path
from omnishop.config import Home
from omnishop.store import Store, retention
from datetime import datetime

retention._AT_ONCE = 5
with Store.open(Home.find(Path(sys.argv[1]))) as store:
    drop = type(store.retention)._drop
    type(store.retention)._drop = lambda *args: print(drop(*args), flush=True) or sys.stdin.readline()
    print("begun", flush=True)
    store.retention.apply(datetime.fromisoformat(sys.argv[2]))
"""


def test_killed_it_goes_on(store, home):
    put(store, *(evolve(CLOSED, case_id=f"c{number}") for number in range(60)))
    applying = started(APPLYING, home.path, (NOW + 366 * DAY).isoformat(), database=home.database)
    for _ in range(4):
        assert applying.stdout.readline(), applying.stderr.read()
        applying.stdin.write("go\n")
        applying.stdin.flush()
    applying.send_signal(signal.SIGKILL)
    applying.communicate(timeout=20)
    left = store.retention.due(NOW + 366 * DAY).raw
    assert 0 < left < 60
    assert store.retention.apply(NOW + 366 * DAY).raw == left
