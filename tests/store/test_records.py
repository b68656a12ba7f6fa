"""Records: what comes back, what a filter finds, and that many at once are saved as one."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve

from omnishop import ConfigError, NotFound, jsonform
from omnishop.model import (
    Case,
    Kind,
    Order,
    Review,
    Stage,
    Unreadable,
)
from omnishop.store import Query, Saved
from omnishop.store.moments import moment, when
from omnishop.store.records import Held
from omnishop.store.waiting import orders_changed
from omnishop.testing.stores import CASE, NOW, ORDER, REVIEW


def save(store, *records):
    kinds = {Case: "case", Order: "order", Review: "review"}
    with store.writing() as connection:
        for record in records:
            held = Held(jsonform.dump(record), record.raw, 0)
            store.records.put(connection, kinds[type(record)], [held])


def ids(store, **query):
    return [each.case_id for each in store.records.list("case", Query(**query))]


def test_a_record_that_is_not_there(store):
    save(store, CASE)
    for other in (("market", "78", CASE.case_id), ("bazaar", "77", CASE.case_id), ("market", "77", "1")):
        with pytest.raises(NotFound, match="omnishop pull"):
            store.records.get("case", *other)


def test_an_id_in_two_spaces_wants_its_source(store):
    save(store, CASE, evolve(CASE, source="dispute", kind=Kind.EXCHANGE))
    with pytest.raises(ConfigError, match="claim, dispute"):
        store.records.get("case", "market", "77", CASE.case_id)
    assert store.records.get("case", "market", "77", CASE.case_id, "dispute").kind is Kind.EXCHANGE


@pytest.fixture
def several(store):
    save(
        store,
        evolve(CASE, case_id="a", changed_at=NOW - timedelta(hours=1)),
        evolve(CASE, case_id="b", stage=Stage.CLOSED, changed_at=NOW),
        evolve(CASE, case_id="c", shop_id="78", storefront="hall", kind=Kind.EXCHANGE, changed_at=None),
        evolve(CASE, case_id="d", platform="bazaar", order_id="5", changed_at=NOW - timedelta(hours=2)),
        evolve(CASE, case_id="e", stage=Stage.UNKNOWN, changed_at=None, opened_at=None),
    )
    return store


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "badce"),
        ({"platform": "market"}, "bace"),
        ({"storefront": "hall"}, "c"),
        ({"shop": "78"}, "c"),
        ({"kind": "exchange"}, "c"),
        ({"stage": "closed"}, "b"),
        ({"order": "5"}, "d"),
        ({"open": True}, "adce"),
        ({"open": False}, "b"),
        ({"since": NOW - timedelta(hours=1)}, "ba"),
        ({"until": NOW}, "adc"),
        ({"since": NOW - timedelta(hours=2), "until": NOW - timedelta(hours=1)}, "d"),
        ({"limit": 2}, "ba"),
        ({"platform": "market", "open": True, "limit": 1}, "a"),
    ],
)
def test_what_a_filter_finds_latest_first(several, query, found):
    assert "".join(ids(several, **query)) == found
    if "limit" not in query:
        assert several.records.count("case", Query(**query)) == len(found)


def test_orders_and_reviews_have_their_own_words_for_a_stage(store):
    save(store, ORDER, REVIEW)
    assert store.records.list("order", Query(stage="shipped")) == [ORDER]
    assert store.records.list("order", Query(stage="paid")) == []
    assert store.records.list("review", Query(stage="bad", order="5")) == [REVIEW]
    assert store.records.count("review", Query(until=NOW)) == 0


@pytest.mark.parametrize(
    ("kind", "query"),
    [("case", Query(kind="swap")), ("case", Query(stage="paid")), ("order", Query(stage="requested"))],
)
def test_a_word_that_is_none_lists_the_words(store, kind, query):
    with pytest.raises(ConfigError, match="it may be"):
        store.records.list(kind, query)


def rows_read(connection):
    """How PostgreSQL has gone through the cases of late: (rows of whole scans, rows by index)."""
    counts = "SELECT seq_tup_read, idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'cases'"
    return connection.exec_driver_sql(counts).one()


@contextmanager
def through(connection, column, many):
    """What is asked inside reads so `many` cases, by an index that ends with this column, and no others."""
    if connection.dialect.name == "postgresql":
        before = rows_read(connection)
        yield
        after = rows_read(connection)
        assert (after[0] - before[0], after[1] - before[1]) == (0, many)
        return
    asked = []
    driver = connection.connection.driver_connection
    driver.set_trace_callback(asked.append)
    yield
    driver.set_trace_callback(None)
    [statement] = [each for each in asked if not each.startswith("--")]
    plan = [row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}")]
    assert [column in step for step in plan if " cases " in step] == [True]


def test_a_page_reads_its_own_rows_however_large_the_shop_has_grown(store):
    """The plan of a search is not one from when the tables were empty, and known to be."""
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as plain:
            plain.exec_driver_sql("VACUUM ANALYZE cases")
    pages = [[("claim", str(number)) for number in range(start, start + 20)] for start in range(0, 600, 20)]
    for page in pages:
        assert store.records.held("case", "market", "77", page) == {}
    for page in pages:
        held = [Held(jsonform.dump(evolve(CASE, case_id=name)), b"", 0) for _, name in page]
        with store.writing(durable=False) as connection:
            store.records.put(connection, "case", held)
    with store.writing(durable=False) as connection:
        with through(connection, "record_id=?", 20):
            assert len(store.records.held("case", "market", "77", pages[7], connection)) == 20
        with through(connection, "order_id=?", 0):  # the rows themselves need not be looked at
            orders_changed(connection, "market", "77", [f"unheard of {number}" for number in range(20)])


def test_sums_of_what_was_saved():
    assert sum([Saved(1, 2, 3), Saved(4, 5, 6)], Saved()) == Saved(5, 7, 9)


@pytest.mark.parametrize("year", [1, 1969, 1970, 2026, 9999])
def test_moments_are_exact(year):
    at = datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert when(moment(at)) == at


def test_the_quarantine_lists_the_latest_first_and_by_shop(store):
    def bad(record_id):
        return Unreadable("market", "claim", "stage: not text", record_id, b"raw " + record_id.encode())

    with store.writing() as connection:
        store.quarantine.add(connection, "77", "cases", [bad("1"), bad("2")], NOW)
        store.quarantine.add(connection, "78", "cases", [bad("1")], NOW + timedelta(hours=1))
        store.quarantine.add(connection, "77", "open cases", [bad("1")], NOW + timedelta(hours=2))
    kept = store.quarantine.list()
    assert [(each.shop_id, each.record_id, each.times) for each in kept] == [
        ("77", "1", 2),
        ("78", "1", 1),
        ("77", "2", 1),
    ]
    assert (kept[0].first_at, kept[0].last_at, kept[0].stream) == (
        NOW,
        NOW + timedelta(hours=2),
        "open cases",
    )
    assert store.quarantine.count("market", "77") == 2
    assert [each.raw for each in store.quarantine.list(shop="78", limit=5)] == [b"raw 1"]
    assert store.quarantine.list("bazaar") == []
    with store.writing() as connection:
        store.quarantine.release(connection, "market", "77", [("claim", "1"), ("other", "2")])
    assert [(each.shop_id, each.record_id) for each in store.quarantine.list()] == [("78", "1"), ("77", "2")]
