"""The inbox: each message once, worked on by one at a time, coming again when its worker is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnishop.model import Event
from omnishop.store import MessageState

NOW = datetime(2026, 3, 1, 2, 0, 0, tzinfo=UTC)
_shops = count()
LEASE = timedelta(minutes=2)
EVENT = Event("somewhere", "case.changed", shop_id="7", event_id="m1", at=NOW, case_id="c1", raw=b'{"id":1}')


def test_a_message_is_kept_once_and_its_copies_counted(store):
    later = evolve(EVENT, event_id="m2", raw=b'{"id":2}')
    assert store.inbox.put([EVENT, EVENT, later], NOW) == 2
    assert store.inbox.put([EVENT], NOW + timedelta(days=3)) == 0
    first, second = store.inbox.list()
    assert (first.message, first.copies, first.received_at, first.raw) == ("m1", 3, NOW, b'{"id":1}')
    assert (second.message, second.copies) == ("m2", 1)
    assert store.inbox.counts() == {MessageState.NEW: 2, MessageState.DONE: 0, MessageState.FAILED: 0}


def test_the_same_id_at_another_shop_is_another_message(store):
    assert store.inbox.put([EVENT, evolve(EVENT, shop_id="8"), evolve(EVENT, platform="elsewhere")], NOW) == 3


def test_without_an_id_the_bytes_tell_messages_apart(store):
    nameless = evolve(EVENT, event_id=None)
    assert store.inbox.put([nameless, nameless, evolve(nameless, raw=b'{"id":2}')], NOW) == 2


def test_nul_in_an_id_is_no_id(store):
    assert store.inbox.put([evolve(EVENT, event_id="a\x00b", case_id="\x00", topic="t\x00")], NOW) == 1
    (kept,) = store.inbox.list()
    assert (kept.case_id, kept.topic, len(kept.message)) == (None, "t", 64)


def test_a_message_is_worked_on_by_one_and_comes_again_when_he_is_gone(store):
    store.inbox.put([EVENT], NOW)
    (mine,) = store.inbox.claim(NOW, NOW + LEASE, 10)
    assert store.inbox.claim(NOW, NOW + LEASE, 10) == []
    assert store.inbox.next_due() == NOW + LEASE
    (again,) = store.inbox.claim(NOW + LEASE, NOW + 2 * LEASE, 10)
    assert (mine.attempts, again.attempts, again.row) == (0, 1, mine.row)


def test_what_is_done_stays_done(store):
    store.inbox.put([EVENT], NOW)
    (mine,) = store.inbox.claim(NOW, NOW + LEASE, 10)
    store.inbox.done([mine.row], NOW)
    store.inbox.failed([mine.row], "too late to say so", NOW)
    assert store.inbox.put([EVENT], NOW) == 0
    assert store.inbox.claim(NOW + LEASE, NOW + 2 * LEASE, 10) == []
    (kept,) = store.inbox.list(MessageState.DONE)
    assert (kept.why, kept.copies) == (None, 2)


def test_what_failed_is_named_and_tried_again_when_asked_for(store):
    store.inbox.put([EVENT], NOW)
    (mine,) = store.inbox.claim(NOW, NOW, 10)
    store.inbox.later([mine.row], "Transient", NOW + LEASE)
    assert store.inbox.claim(NOW, NOW, 10) == []
    store.inbox.failed([mine.row], "NotFound", NOW)
    assert [each.why for each in store.inbox.list(MessageState.FAILED)] == ["NotFound"]
    assert store.inbox.next_due() is None
    assert store.inbox.again(NOW) == 1
    assert [each.message for each in store.inbox.claim(NOW, NOW, 10)] == ["m1"]


def test_what_is_done_is_forgotten_after_a_while(store):
    store.inbox.put([EVENT, evolve(EVENT, event_id="m2"), evolve(EVENT, event_id="m3")], NOW)
    rows = [each.row for each in store.inbox.list()]
    store.inbox.done(rows[:1], NOW)
    store.inbox.failed(rows[1:2], "NotFound", NOW)
    assert store.inbox.forget(NOW) == 0
    assert store.inbox.forget(NOW + timedelta(seconds=1)) == 1
    assert [each.message for each in store.inbox.list()] == ["m2", "m3"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(["a", "b", "c", "d", None]), max_size=4), max_size=5))
def test_any_order_and_number_of_copies_ends_in_each_message_once(store, batches):
    """Batches as they come, with whatever came twice; the copies add up."""
    shop = f"shop{next(_shops)}"
    new = sum(
        store.inbox.put([evolve(EVENT, shop_id=shop, event_id=name) for name in names], NOW)
        for names in batches
    )
    kept = [each for each in store.inbox.list() if each.shop_id == shop]
    told = [name for names in batches for name in names]
    assert new == len(kept) == len(set(told))
    assert sum(each.copies for each in kept) == len(told)
