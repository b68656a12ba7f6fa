"""Stores: what every database under a store must do; inherit, and say where its database is.

`home` is a home whose database has our tables or nothing; `new_home` one whose database is empty. Both are fixtures
of the inheriting tests, each test with a database of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from attrs import evolve
from sqlalchemy import inspect, select, update

from omnishop import jsonform
from omnishop.config import Home
from omnishop.drivers.exchange import TokenStore
from omnishop.errors import ConfigError, NotFound
from omnishop.model import (
    Case,
    CaseAmounts,
    CaseLine,
    Deadline,
    Fen,
    FollowUp,
    Grade,
    Kind,
    Order,
    OrderStatus,
    Parcel,
    Reason,
    Record,
    Reply,
    Review,
    Stage,
)
from omnishop.ports import Account, App, Token
from omnishop.store import Query, Store
from omnishop.store.connection import connect, reading, writing
from omnishop.store.records import Held
from omnishop.store.tables import facts, metadata
from omnishop.store.tables import tokens as _tokens

NOW = datetime(2026, 5, 20, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(seconds=45)
STALE = Token("stale-access", "stale-refresh", NOW - timedelta(days=1))
CASE = Case(
    "market",
    "claim",
    "9007199254740993",
    storefront="stall",
    shop_id="77",
    order_id="18446744073709551617",
    kind=Kind.RETURN_REFUND,
    stage=Stage.AWAITING_RETURN,
    amounts=CaseAmounts(requested=Fen(1230), freight=Fen(0)),
    reason=Reason("1", "坏了", None, "\x1f'\"\n"),
    lines=(CaseLine("l1", requested=2),),
    opened_at=NOW - timedelta(days=2),
    changed_at=NOW,
    deadline=Deadline(NOW + timedelta(days=3)),
    raw=b'{"id": 9007199254740993, "x": "\xff"}',
)
ORDER = Order(
    "market",
    "18446744073709551617",
    storefront="stall",
    shop_id="77",
    status=OrderStatus.SHIPPED,
    created_at=NOW - timedelta(days=3),
    parcels=(Parcel("sf", tracking_no="1", line_ids=("l1", "l2")),),
    raw=b"{}",
)
REVIEW = Review(
    "market",
    "r1",
    shop_id="77",
    order_id="5",
    grade=Grade.BAD,
    follow_ups=(FollowUp("still bad", ("http://x",), NOW),),
    reply=Reply("sorry"),
    created_at=NOW,
    raw=b"[]",
)
_COUNTERS, _EACH, _THREADS = 4, 5, 20


def save(store: Store, kind: Any, *records: Record) -> None:
    with store.writing() as connection:
        held = [Held(jsonform.dump(record), record.raw, 0) for record in records]
        store.records.put(connection, kind, held)


def _count(connection: Any) -> Any:
    return connection.exec_driver_sql("SELECT count(*) FROM facts").scalar()


class StoreConformance:
    """Opening, transactions, records and the lease on tokens."""

    @pytest.fixture
    def store(self, home: Home) -> Iterator[Store]:
        with Store.open(home) as opened:
            yield opened

    @pytest.fixture
    def tokens(self, store: Store) -> TokenStore:
        account = Account(App("fake", "key", "secret"), "fake", "1")
        return store.tokens(store.shops.add(account, now=NOW, tokens={"main": STALE}))

    # ------------------------------------------------------------ opening

    def test_the_migrations_make_exactly_the_tables(self, store: Store) -> None:
        with reading(store.engine) as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []

    def test_a_second_opening_changes_nothing_and_keeps_the_rows(self, store: Store, home: Home) -> None:
        with store.writing() as connection:
            connection.exec_driver_sql("INSERT INTO facts VALUES ('a', 'b')")
        with Store.open(home) as again, reading(again.engine) as connection:
            assert connection.exec_driver_sql("SELECT value FROM facts WHERE name = 'a'").scalar() == "b"

    def test_a_database_of_a_later_version_is_left_alone(self, new_home: Home) -> None:
        with Store.open(new_home) as store:
            with store.writing() as connection:
                connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
                connection.exec_driver_sql("DROP TABLE known")
            with pytest.raises(ConfigError, match="newer omnishop"):
                Store.open(new_home)
            with reading(store.engine) as connection:
                assert "known" not in inspect(connection).get_table_names()

    def test_a_database_of_another_program_is_left_alone(self, new_home: Home) -> None:
        plain = connect(new_home.database)
        try:
            with writing(plain) as connection:
                connection.exec_driver_sql("CREATE TABLE photos (id INTEGER)")
            with pytest.raises(ConfigError, match="another program"):
                Store.open(new_home)
            with reading(plain) as connection:
                assert inspect(connection).get_table_names() == ["photos"]
        finally:
            plain.dispose()

    # ------------------------------------------------------------ transactions

    def test_what_fails_in_the_middle_leaves_nothing(self, store: Store) -> None:
        def stop() -> None:
            with store.writing() as connection:
                store.records.put(connection, "case", [Held(jsonform.dump(CASE), b"", 0)])
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            stop()
        assert store.records.count("case") == 0

    def test_a_reader_does_not_wait_for_a_writer(self, store: Store, home: Home) -> None:
        with Store.open(home) as other, store.writing() as connection:
            connection.exec_driver_sql("INSERT INTO facts VALUES ('a', 'b')")
            with reading(other.engine) as seen:
                assert _count(seen) == 0

    def test_a_reader_sees_one_state(self, store: Store, home: Home) -> None:
        with Store.open(home) as other, reading(other.engine) as seen:
            before = _count(seen)
            with store.writing() as connection:
                connection.exec_driver_sql("INSERT INTO facts VALUES ('a', 'b')")
            assert _count(seen) == before

    def test_a_writer_that_waited_sees_what_the_one_before_left(self, store: Store, home: Home) -> None:
        """No two of them read the same number and write its successor."""
        with store.writing() as connection:
            connection.exec_driver_sql("INSERT INTO facts VALUES ('n', '0')")
        number = "SELECT value FROM facts WHERE name = 'n'"

        def count_up(_: int) -> None:
            with Store.open(home) as mine:
                for _again in range(_EACH):
                    with mine.writing(durable=False) as connection:
                        found = connection.exec_driver_sql(number).scalar()
                        connection.execute(update(facts).values(value=str(int(found or 0) + 1)))

        with ThreadPoolExecutor(_COUNTERS) as pool:
            list(pool.map(count_up, range(_COUNTERS)))
        with reading(store.engine) as connection:
            assert connection.exec_driver_sql(number).scalar() == str(_COUNTERS * _EACH)

    def test_many_threads_may_read_beside_what_they_write(self, store: Store) -> None:
        """None of them waits for a connection that another thread holds."""
        met = Barrier(_THREADS)

        def read_beside(_: int) -> list[Any]:
            with reading(store.engine) as outer:
                met.wait(timeout=20)
                with reading(store.engine) as inner:
                    return [_count(seen) for seen in (outer, inner)]

        with ThreadPoolExecutor(_THREADS) as pool:
            assert list(pool.map(read_beside, range(_THREADS))) == [[0, 0]] * _THREADS

    # ------------------------------------------------------------ records

    @pytest.mark.parametrize(("kind", "record"), [("case", CASE), ("order", ORDER), ("review", REVIEW)])
    def test_a_record_comes_back_as_it_was_with_its_bytes(
        self, store: Store, kind: Any, record: Record
    ) -> None:
        save(store, kind, record)
        [kept] = store.records.list(kind)
        assert kept == record
        assert kept.raw == record.raw
        name = getattr(record, f"{kind}_id")
        assert store.records.get(kind, "market", "77", name) == record
        with pytest.raises(NotFound):
            store.records.get(kind, "market", "78", name)

    def test_a_text_that_holds_a_nul_is_whole_in_the_body(self, store: Store) -> None:
        """Not every database has such texts; the record comes back as it was all the same."""
        case = evolve(CASE, order_id="1\x002", reason=Reason("1", "\x00", None, "a\x00b"))
        save(store, "case", case)
        assert store.records.list("case") == [case]
        assert store.records.count("case", Query(order="1\x002")) == 1

    def test_a_row_is_replaced_whole(self, store: Store) -> None:
        save(store, "case", CASE)
        save(store, "case", evolve(CASE, stage=Stage.CLOSED, deadline=None, raw=b"2"))
        [kept] = store.records.list("case")
        assert isinstance(kept, Case)
        assert (kept.stage, kept.deadline, kept.raw) == (Stage.CLOSED, None, b"2")
        assert store.records.count("case", Query(open=True)) == 0

    def test_many_are_found_again_by_their_ids(self, store: Store) -> None:
        cases = [evolve(CASE, case_id=str(number), source="ab"[number % 2]) for number in range(1500)]
        held = [
            Held(jsonform.dump(case), b"", number, None, {"list": "m"}) for number, case in enumerate(cases)
        ]
        with store.writing(durable=False) as connection:
            store.records.put(connection, "case", held)
        wanted = [(case.source, case.case_id) for case in cases[:1200]] + [("a", "1"), ("a", "none")]
        found = store.records.held("case", "market", "77", wanted)
        assert len(found) == 1200, "the same id in another space is not it"  # noqa: PLR2004 - as many as were asked
        assert found["a", "1198"] == held[1198]

    # ------------------------------------------------------------ tokens

    def test_a_token_does_not_lie_open(self, store: Store, tokens: TokenStore) -> None:
        assert tokens.load("main") == STALE
        with reading(store.engine) as connection:
            sealed = connection.execute(select(_tokens.c.sealed)).scalars().all()
        assert sealed
        assert not any(b"stale" in bytes(each) for each in sealed)

    def test_a_lease_is_one_holders_until_it_ends(self, tokens: TokenStore) -> None:
        assert tokens.lease("main", "me", LATER, NOW)
        assert not tokens.lease("main", "you", LATER, NOW)
        assert tokens.lease("operator", "you", LATER, NOW), "roles are apart"
        assert tokens.lease("main", "you", LATER, LATER), "a holder that died does not block for ever"

    def test_a_commit_of_who_lost_the_lease_is_not_kept(self, tokens: TokenStore) -> None:
        tokens.lease("main", "me", LATER, NOW)
        tokens.lease("main", "you", LATER + timedelta(seconds=9), LATER)
        assert not tokens.commit("main", "me", Token("mine"))
        assert tokens.load("main") == STALE
        assert tokens.commit("main", "you", Token("yours"))
        assert not tokens.commit("main", "you", Token("again")), "the lease went with the commit"
        assert tokens.load("main") == Token("yours")

    def test_a_lease_given_back_is_free_and_only_by_its_holder(self, tokens: TokenStore) -> None:
        tokens.lease("main", "me", LATER, NOW)
        tokens.release("main", "you")
        assert not tokens.lease("main", "you", LATER, NOW)
        tokens.release("main", "me")
        assert tokens.lease("main", "you", LATER, NOW)
        assert tokens.load("main") == STALE
