"""SLA-CHAT from messages: five minutes to an answer, and a greeting is none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.policy.conftest import layer

from omnishop.errors import ConfigError
from omnishop.model import aware
from omnishop.policy.chat import Inquiry, Message, bare_greeting, facts_of, inquiries
from omnishop.policy.clocks import State
from omnishop.policy.shipped import shipped

START = aware("2026-03-02T23:58:00")


def said(minutes, by, text="有货, 今天发"):
    return Message(START + timedelta(minutes=minutes), by, text)


@pytest.mark.parametrize("text", ["在的", "您好!", "亲~在的", "你好，请问有什么可以帮您？", "", "  ", "Hi"])
def test_a_greeting_answers_nothing(default, text):
    assert bare_greeting(text, default.pack.chat)


@pytest.mark.parametrize("text", ["您好, 有货的", "这款今天可以发", "在的, 您说的是黑色吗"])
def test_an_answer_may_begin_with_a_greeting(default, text):
    assert not bare_greeting(text, default.pack.chat)


def test_the_first_unanswered_message_starts_the_clock(default):
    messages = [
        said(0, "buyer"),
        said(1, "buyer"),
        said(2, "seller", "在的"),
        said(4, "seller"),
        said(9, "buyer"),
    ]
    assert inquiries(reversed(messages), default.pack.chat) == (
        Inquiry(START, START + timedelta(minutes=4)),
        Inquiry(START + timedelta(minutes=9), None),
    )


def test_a_message_of_ours_alone_asks_for_nothing(default):
    assert inquiries([said(0, "seller")], default.pack.chat) == ()


@pytest.mark.parametrize(
    ("second", "text", "state"),
    [
        (300, "有货", State.MET),
        (301, "有货", State.MET_LATE),
        (10, "您好", State.BREACHED),
    ],
)
def test_five_minutes_over_midnight(keeper, second, text, state):
    answer = Message(START + timedelta(seconds=second), "seller", text)
    (inquiry,) = inquiries([said(0, "buyer"), answer], keeper.pack.chat)
    (clock,) = keeper.clocks(facts_of("1", inquiry), START + timedelta(seconds=400))
    assert (clock.rule, clock.state) == ("SLA-CHAT", state)


def test_a_shop_greets_in_its_own_words():
    rules = shipped(layer('[chat]\ngreetings = ["客官里边请"]')).of("p", None, "7").pack.chat
    assert bare_greeting("客官, 里边请!", rules)
    assert not bare_greeting("您好", rules)


def test_a_message_without_zone_is_refused(default):
    with pytest.raises(ConfigError, match="zone"):
        inquiries([Message(START.replace(tzinfo=None), "buyer", "?")], default.pack.chat)
