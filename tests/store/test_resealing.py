"""Keys change while others work, are killed, and read on."""

from __future__ import annotations

import signal
from collections import Counter

import pytest
from attrs import evolve
from sqlalchemy import select, update
from tests.engine.market import NOW, case
from tests.store.planted import CASE, LATER, RAW, keep, plant, told
from tests.store.test_processes import started

from omnishop.engine.merge import snapshot
from omnishop.errors import ConfigError
from omnishop.keys import from_text
from omnishop.store import Store
from omnishop.store.connection import reading
from omnishop.store.resealing import PLACES, needed, reseal
from omnishop.store.schema import metadata
from omnishop.store.tables import facts
from omnishop.store.vault import FORM

ROWS = 3 + 6 + 6  # records, their states, and one of everything else
OLD, NEW = "an old pass phrase", "a new pass phrase"


def under(store):
    """By how many sealed values each key is named."""
    found = Counter()
    with reading(store.engine) as connection:
        for place in PLACES:
            for row in connection.execute(select(*(place.table.c[name] for name in place.columns))):
                found.update(value[1:9].hex() for value in row if value)
    return found


def test_every_sealed_column_moves(store):
    plant(store)
    before = told(store)
    assert set(under(store)) == {store.ring.newest[1:].hex()}
    fresh = store.ring.add(LATER)
    moved = reseal(store.engine, store.ring)
    assert set(under(store)) == {fresh}
    assert moved.rows == ROWS
    assert told(store) == before
    assert [each.id for each in store.ring.entries() if each.purpose == "data"] == [fresh]


def test_no_column_is_sealed_that_nobody_moves(store):
    """Whoever seals another column must say so in PLACES, or it is lost with its key."""
    plant(store)
    known = {(place.table.name, name) for place in PLACES for name in place.columns}
    with reading(store.engine) as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                for name, value in row.items():
                    if isinstance(value, bytes) and value[:1] == FORM:
                        assert (table.name, name) in known | {("ring", "sealed")}


def test_a_key_that_a_row_needs_stays(store):
    plant(store)
    old = store.ring.newest[1:].hex()
    store.ring.add(LATER)
    assert needed(store.engine, old) == ROWS
    assert told(store)["orders"]
    assert old in {each.id for each in store.ring.entries()}


def test_a_process_that_remembers_the_old_key_seals_with_the_new_one(store, home):
    """The old key is dropped: what was sealed with it after that could never be opened again."""
    plant(store)
    with Store.open(home) as other:
        other.ring.add(LATER)
        reseal(other.engine, other.ring)
    keep(store, "case", {("claim", "c2"): snapshot(evolve(CASE, case_id="c2"), NOW, "list")})
    with Store.open(home) as third:
        assert len(third.records.list("case")) == 2
        assert set(under(third)) == {third.ring.newest[1:].hex()}


def many(store, count):
    fresh = [case(f"n{number}", NOW, shop_id="77", raw=RAW) for number in range(count)]
    keep(store, "case", {("claim", each.case_id): snapshot(each, NOW, "list") for each in fresh})


ROTATING = """
import sys
from pathlib import Path
from omnishop import clock
from omnishop.config import Home
from omnishop.store import Store, resealing

resealing._AT_ONCE = 20
with Store.open(Home.find(Path(sys.argv[1]))) as store:
    if sys.argv[2] == "add":
        store.ring.add(clock.now())
    print("added", flush=True)
    resealing.reseal(store.engine, store.ring, lambda moved: print(moved.rows, flush=True) or sys.stdin.readline())
    print("done", flush=True)
"""


def test_a_killed_rotation_goes_on_where_it_was(store, home):
    plant(store)
    many(store, 120)
    before = store.records.list("case")
    old = store.ring.newest[1:].hex()
    rotating = started(ROTATING, home.path, "add", database=home.database)
    for _ in range(6):
        assert rotating.stdout.readline()
        rotating.stdin.write("go\n")
        rotating.stdin.flush()
    rotating.send_signal(signal.SIGKILL)
    rotating.communicate(timeout=20)
    left = needed(store.engine, old)
    assert 0 < left < 120
    assert store.records.list("case") == before, "both keys open while rows lie under both"

    other = started(ROTATING, home.path, "go on", database=home.database)
    assert other.stdout.readline() == "added\n"
    reseal(store.engine, store.ring)
    out, error = other.communicate(timeout=30)
    assert (error, out.splitlines()[-1]) == ("", "done")
    assert needed(store.engine, old) == 0
    assert [each.id for each in store.ring.entries() if each.purpose == "data"] == [
        store.ring.newest[1:].hex()
    ]
    assert store.records.list("case") == before


WRITING = """
import sys
from pathlib import Path
from omnishop import clock
from omnishop.config import Home
from omnishop.engine.merge import snapshot
from omnishop.store import Store
from tests.engine.market import NOW, case, minutes
from tests.store.planted import RAW, keep

with Store.open(Home.find(Path(sys.argv[1]))) as store:
    turn = 0
    print("writing", flush=True)
    while True:
        turn += 1
        fresh = [case(f"n{n}", NOW + minutes(turn), shop_id="77", raw=RAW) for n in range(turn % 7, 60, 7)]
        keep(store, "case", {("claim", each.case_id): snapshot(each, NOW, "list") for each in fresh})
        print(turn, flush=True)
        clock.wait(0.02)
"""


def test_rows_are_written_while_they_move(store, home):
    plant(store)
    many(store, 60)
    writing = started(WRITING, home.path, database=home.database)
    assert writing.stdout.readline() == "writing\n"
    for _ in range(3):
        store.ring.add(LATER)
        writing.stdout.readline()
        reseal(store.engine, store.ring)
        assert len([each for each in store.ring.entries() if each.purpose == "data"]) == 1
    for _ in range(5):
        writing.stdout.readline()
    writing.send_signal(signal.SIGKILL)
    _, error = writing.communicate(timeout=20)
    assert error == ""
    assert len(store.records.list("case")) == 61
    assert set(under(store)) == {store.ring.newest[1:].hex()}


# ---------------------------------------------------------------- another key for the home


def test_another_key_of_the_home_seals_the_ring_alone(store, home):
    old, new = evolve(home, env={"OMNISHOP_KEY": OLD}), evolve(home, env={"OMNISHOP_KEY": NEW})
    with Store.open(old) as first:
        plant(first)
        before, buyers, sealed = told(first), first.ring.buyers, under(first)
        first.ring.rehome(from_text(NEW))
        assert told(first) == before, "who has opened the ring reads on"
        keep(first, "case", {("claim", "c2"): snapshot(evolve(CASE, case_id="c2"), NOW, "list")})
    with Store.open(new) as second:
        assert second.ring.buyers == buyers
        assert under(second) - sealed, "the new case alone"
        assert {each[0].detail for each in told(second)["cases"]} == {CASE.reason.detail}
    with Store.open(old) as third, pytest.raises(ConfigError, match="another key"):
        told(third)


def test_a_process_that_started_before_goes_on(store, home):
    old = evolve(home, env={"OMNISHOP_KEY": OLD})
    with Store.open(old) as first, Store.open(old) as other:
        plant(first)
        told(other)
        first.ring.rehome(from_text(NEW))
        keep(other, "case", {("claim", "c2"): snapshot(evolve(CASE, case_id="c2"), NOW, "list")})
        assert told(other) == told(first)
        first.ring.add(LATER)
        with pytest.raises(ConfigError, match="another key"):
            keep(other, "case", {("claim", "c3"): snapshot(evolve(CASE, case_id="c3"), NOW, "list")})


def test_the_key_is_changed_whole_or_not_at_all(store, home, monkeypatch):
    old = evolve(home, env={"OMNISHOP_KEY": OLD})
    with Store.open(old) as first:
        plant(first)
        before = told(first)
        monkeypatch.setattr("omnishop.store.ring.update", _all_but_the_last_step)
        with pytest.raises(KeyboardInterrupt):
            first.ring.rehome(from_text(NEW))
    with Store.open(old) as again:
        assert told(again) == before


def _all_but_the_last_step(table):
    if table is facts:
        raise KeyboardInterrupt
    return update(table)
