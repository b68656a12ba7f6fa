"""The message channel by polling: what is confirmed does not come again, ids beyond 2^53 stay whole."""

from __future__ import annotations

import json
from datetime import datetime

import msgspec
import pytest

from omnishop.model import Unreadable
from omnishop.ports import Account, App
from omnishop_taobao import adapter

ACCOUNT = Account(App("taobao", "31234567", "secret"), "tmall", "2200123456789")
CHANNEL = adapter.channel
MESSAGE = {
    "id": 7190100000000000001,
    "topic": "taobao_refund_RefundCreated",
    "content": json.dumps({"refund_id": 9007199254740993, "tid": 2231958300000000001, "oid": 1}),
    "pub_time": "2026-09-15 11:00:00",
    "user_id": 2200123456789,
    "user_nick": "a shop",
}


def play(flow, *payloads):
    """The calls that a flow makes, given these answers, and what it returns."""
    calls = []
    try:
        calls.append(next(flow))
        for payload in payloads:
            answer = msgspec.Raw(json.dumps(payload).encode())
            calls.append(flow.send(answer))
    except StopIteration as done:
        return calls, done.value
    raise AssertionError("the flow wants more answers")


def test_consuming_asks_for_the_whole_app_and_reads_what_came():
    calls, events = play(
        CHANNEL.consume(ACCOUNT), {"messages": {"tmc_message": [MESSAGE, {**MESSAGE, "topic": None}]}}
    )
    (call,) = calls
    assert (call.method, call.session, call.params["quantity"]) == (
        "taobao.tmc.messages.consume",
        "none",
        200,
    )
    event = next(each for each in events if not isinstance(each, Unreadable))
    assert (event.event_id, event.shop_id) == ("7190100000000000001", "2200123456789")
    assert (event.case_id, event.order_id) == ("9007199254740993", "2231958300000000001")
    assert event.at == datetime.fromisoformat("2026-09-15T11:00:00+08:00")
    assert sum(isinstance(each, Unreadable) for each in events) == 1


def test_an_empty_queue_has_no_messages_key():
    assert play(CHANNEL.consume(ACCOUNT), {"request_id": "x"})[1] == ()


def test_confirming_takes_two_hundred_at_once_and_needs_no_session():
    ids = [str(number) for number in range(201)]
    calls, told = play(CHANNEL.confirm(ACCOUNT, ids), {"is_success": True}, {"is_success": True})
    assert told is None
    assert [call.params["s_message_ids"].count(",") + 1 for call in calls] == [200, 1]
    assert {call.session for call in calls} == {"none"}


@pytest.mark.parametrize(("settings", "group"), [({}, "default"), ({"tmc_group": "vip"}, "vip")])
def test_a_shop_may_be_in_a_group_of_its_own(settings, group):
    account = Account(ACCOUNT.app, "tmall", "1", settings=settings)
    assert play(CHANNEL.consume(account), {})[0][0].params["group_name"] == group


def test_what_was_confirmed_does_not_come_again(fresh, opened):
    with opened(fresh) as shop:
        first = shop.run(CHANNEL.consume(shop.account))
        shop.run(CHANNEL.confirm(shop.account, [event.event_id for event in first]))
        fresh.advance(301)
        again = shop.run(CHANNEL.consume(shop.account))
    assert first
    assert not {event.event_id for event in first} & {event.event_id for event in again}
