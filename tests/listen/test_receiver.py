"""Pushes over real HTTP: what is genuine is kept before it is acknowledged; nothing else leaves a trace."""

from __future__ import annotations

import json
import socket

import pytest
from sqlalchemy import text

from omnishop.engine.inbox import NO_RECORD, UNKNOWN_SHOP
from omnishop.store import MessageState

PLATFORM = "douyin"


def about(case, message="m1", tag="206"):
    data = {
        "aftersale_id": int(case.case_id),
        "p_id": int(case.order.order_id),
        "shop_id": int(case.shop.shop_id),
    }
    return {"tag": tag, "msg_id": message, "data": json.dumps(data)}


@pytest.fixture(scope="module")
def platforms():
    """The one that calls."""
    return (PLATFORM,)


@pytest.fixture
def case(sandbox):
    world = sandbox.simulation.world
    return next(each for each in world.cases.values() if each.shop.platform == PLATFORM)


def settled(store):
    return store.inbox.counts()[MessageState.NEW] == 0


@pytest.mark.parametrize("method", ["md5", "hmac-sha256"])
def test_a_hint_brings_the_case_and_its_order_into_the_store(store, push, case, until, method):
    answer = push([about(case)], method=method)
    assert (answer.status, answer.code) == (200, 0)
    (kept,) = store.inbox.list()
    assert (kept.message, kept.case_id, kept.shop_id) == ("m1", case.case_id, case.shop.shop_id)
    until(lambda: settled(store))
    (found,) = store.records.list("case")
    assert (found.case_id, found.shop_id) == (case.case_id, case.shop.shop_id)
    assert [order.order_id for order in store.records.list("order")] == [case.order.order_id]


def test_a_batch_and_its_copies_are_each_message_once(store, push, case, listener, until):
    for _ in range(3):
        assert push([about(case, name) for name in ("a", "b", "a")]).code == 0
    assert {each.message: each.copies for each in store.inbox.list()} == {"a": 6, "b": 3}
    assert (listener.receiver.tally.new, listener.receiver.tally.messages) == (2, 9)
    until(lambda: settled(store))


FORGED = (
    {"event-sign": "0" * 64},
    {"event-sign": ""},
    {"sign-method": "none"},
    {"app-id": "7000000000000000999"},
    {"app-id": ""},
)


def test_what_is_forged_leaves_no_trace_but_a_count(store, push, case, listener):
    for number, spoilt in enumerate(FORGED, 1):
        assert push([about(case)], **spoilt).code == 40044, spoilt
        assert listener.receiver.tally.forged == number
    assert store.inbox.list() == []


def test_a_body_that_was_changed_on_the_way_is_forged(push, case, store):
    sign_of = [about(case, "one")]
    other = json.dumps([about(case, "two")]).encode()
    assert push(sign_of).code == 0
    assert push(sign_of, body=other).code == 0  # signed anew: the helper signs what it sends
    assert push([], body=other, **{"event-sign": "ab" * 32}).code == 40044
    assert {each.message for each in store.inbox.list()} == {"one", "two"}


def test_who_forges_again_and_again_gets_no_answer_and_keeps_nobody_else_out(push, case, listener):
    answers = [push([about(case)], **{"event-sign": "no"}) for _ in range(25)]
    assert answers[0].code == 40044
    assert answers[-1].status == 429
    assert listener.receiver.tally.forged == 25
    assert push([about(case)]).code == 0


def test_what_is_signed_but_no_message_is_told_so(push, store, listener):
    assert push(None, body=b"<xml/>").code == 40041
    assert listener.receiver.tally.unreadable == 1
    assert store.inbox.list() == []


def test_of_a_batch_the_bad_message_is_kept_raw_and_the_others_are_worked_off(store, push, case, until):
    assert push([about(case), {"msg_id": "no tag"}]).code == 0
    (bad,) = store.quarantine.list(PLATFORM)
    assert (bad.record_id, bad.stream, b"no tag" in bad.raw) == ("no tag", "push", True)
    until(lambda: settled(store))
    assert len(store.records.list("case")) == 1


def test_more_than_is_taken_is_refused_before_it_is_read(push, listener):
    assert push(None, body=b"[" + b" " * 2**20 + b"]").status == 413
    with socket.create_connection(listener.url.removeprefix("http://").split(":")) as line:
        line.sendall(b"POST /push/douyin HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 413")


def test_elsewhere_there_is_nothing(push):
    assert push([], path="/push/nobody").status == 404
    assert push([], path="/push/jd").status == 404
    assert push([], path="/").status == 404
    assert push([], path="/behind/a/proxy/push/douyin").code == 0


def test_the_message_of_a_saved_address_is_acknowledged(store, push, until):
    assert push([{"tag": "0", "msg_id": "0", "data": "2020-09-10T16:27:56.5+08:00"}]).code == 0
    until(lambda: settled(store))
    (kept,) = store.inbox.list()
    assert (kept.state, kept.why) == (MessageState.DONE, NO_RECORD)


def test_of_a_shop_that_is_not_registered_the_message_is_kept_and_named(store, push, case, until):
    data = json.dumps({"shop_id": 1, "aftersale_id": int(case.case_id)})
    assert push([{"tag": "206", "msg_id": "s", "data": data}]).code == 0
    until(lambda: settled(store))
    (kept,) = store.inbox.list(MessageState.FAILED)
    assert kept.why == UNKNOWN_SHOP


def test_a_message_about_no_record_is_done_and_says_so(store, push, case, until):
    data = json.dumps({"shop_id": int(case.shop.shop_id), "product_id": 1})
    assert push([{"tag": "400", "msg_id": "p", "data": data}]).code == 0
    until(lambda: settled(store))
    (kept,) = store.inbox.list()
    assert (kept.state, kept.why) == (MessageState.DONE, NO_RECORD)


def test_a_case_nobody_knows_changes_nothing(store, push, case, until):
    lost = about(case)
    lost["data"] = json.dumps({"aftersale_id": 1, "shop_id": int(case.shop.shop_id)})
    assert push([lost]).code == 0
    until(lambda: settled(store))
    assert store.records.list("case") == []


def test_what_cannot_be_kept_is_not_acknowledged(store, push, case, listener):
    with store.engine.begin() as connection:
        connection.execute(text("ALTER TABLE inbox RENAME TO away"))
    try:
        answer = push([about(case)])
        assert (answer.status, answer.code) != (200, 0)
    finally:
        with store.engine.begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO inbox"))
    assert push([about(case)]).code == 0
