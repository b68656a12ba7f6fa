"""History: every state once, in whatever order the answers came, told from first to last."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engine.market import NOW, case, minutes
from tests.engine.test_merge import CASES, T

from omnishop.engine.history import of_record, steps
from omnishop.engine.keep import id_of, put
from omnishop.engine.merge import snapshot
from omnishop.model import Kind, Stage

READ = st.sampled_from([T + timedelta(days=2), T + timedelta(days=3)])
TIMED = CASES.filter(lambda one: one.changed_at is not None).map(lambda one: evolve(one, version=None))
STATES = st.lists(
    st.builds(snapshot, TIMED, READ, st.sampled_from(["list", "other", "id"])), min_size=1, max_size=4
)


def kept(store, states):
    with store.writing() as connection:
        for each in states:
            put(store, connection, "case", "p", "7", {("s", "1"): each})
    return told(store)


def told(store):
    found = store.history.of("case", "p", "7", ("s", "1"))
    held = store.records.held("case", "p", "7", [("s", "1")])
    return steps(found or held.values())


def wiped(store):
    with store.writing() as connection:
        for table in ("cases", "history"):
            connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - names from above


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(STATES, st.randoms(use_true_random=False))
def test_the_order_in_which_states_were_read_does_not_matter(store, states, random):
    wiped(store)
    once = kept(store, states)
    assert kept(store, states) == once, "read again, nothing is added"
    wiped(store)
    shuffled = list(states)
    random.shuffle(shuffled)
    assert kept(store, shuffled) == once


@settings(max_examples=60)
@given(STATES)
def test_the_steps_lead_from_nothing_to_what_is_held(states):
    fields = {}
    for step in steps(states):
        for change in step.changes:
            assert fields.get(change.field) == change.before
            fields[change.field] = change.after
        assert step.changes
    assert [step.at for step in steps(states)] == sorted({step.at for step in steps(states)})


@pytest.mark.parametrize("kind_of_database", ["sqlite", "postgresql"])
def test_what_changed_is_told_with_its_time_and_its_answer(store, market, pull, kind_of_database):
    market.cases = [case("c1", NOW - minutes(30))]
    pull()
    market.cases = [case("c1", NOW + minutes(5), stage=Stage.SUCCEEDED)]
    pull(now=NOW + minutes(10))
    pull(now=NOW + minutes(20))
    first, second = of_record(store, store.records.get("case", "market", "77", "c1"))
    assert (first.at, first.read_at) == (NOW - minutes(30), NOW)
    assert {"stage", "kind", "opened_at"} <= {change.field for change in first.changes}
    assert (second.at, second.read_at, second.answer) == (
        NOW + minutes(5),
        NOW + minutes(10),
        "cases changed",
    )
    stages = [(change.before, change.after) for change in second.changes if change.field == "stage"]
    assert stages == [("requested", "succeeded")]


def test_a_record_that_never_changed_keeps_no_second_copy(store, market, pull):
    market.cases = [case("c1", NOW - minutes(30))]
    pull()
    pull(now=NOW + minutes(10))
    whole = store.records.get("case", "market", "77", "c1")
    assert store.history.of("case", "market", "77", id_of(whole)) == ()
    [only] = of_record(store, whole)
    assert [change.after for change in only.changes if change.field == "kind"] == [Kind.REFUND_ONLY]
