"""Tokens: when they are due, what their answers may look like."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from omnishop.errors import AuthError, WireError
from omnishop.ports import Account, App, Token
from omnishop_jd import adapter

NOW = datetime(2026, 3, 18, tzinfo=UTC)
ACCOUNT = Account(App("jd", "k", "s"), "jd")


@pytest.mark.parametrize(("left", "due"), [(25, False), (24, True), (1, True), (-1, True)])
def test_a_token_is_due_in_its_last_day(left, due):
    assert adapter.due(Token("a", "r", NOW + timedelta(hours=left)), NOW) is due


def test_a_token_without_an_end_is_never_due():
    assert adapter.due(Token("a"), NOW) is False


@pytest.mark.parametrize(
    "token", [Token("a"), Token("a", "r", NOW), Token("a", "r", NOW - timedelta(days=1))]
)
def test_what_cannot_be_refreshed_asks_for_a_login_without_a_call(token):
    with pytest.raises(AuthError) as caught:
        next(adapter.refresh(ACCOUNT, token, NOW))
    assert caught.value.cure == "login"


def granted(answer):
    flow = adapter.exchange(ACCOUNT, "code", "https://x", NOW)
    call = next(flow)
    assert (call.session, call.address, call.params["code"]) == ("none", "oauth", "code")
    with pytest.raises(StopIteration) as done:
        flow.send(msgspec.Raw(json.dumps(answer).encode()))
    return done.value.value.token


@pytest.mark.parametrize("spelt", [int, str])
def test_the_end_is_issue_time_plus_lifetime(spelt):
    token = granted(
        {"access_token": "A", "refresh_token": "R", "time": spelt(1773800130123), "expires_in": spelt(60)}
    )
    assert token.expires_at == datetime(2026, 3, 18, 2, 16, 30, 123000, tzinfo=UTC)
    assert token.renewable


def test_without_times_or_refresh_token():
    token = granted({"access_token": "A", "time": "", "expires_in": None, "refresh_token": 7})
    assert (token.expires_at, token.refresh, token.renewable) == (None, None, False)
    assert granted({"access_token": "A", "expires_in": 60}).expires_at == NOW + timedelta(seconds=60)


@pytest.mark.parametrize(
    "answer",
    [
        {"access_token": 7},
        {"access_token": "A", "time": "soon", "expires_in": 1},
        {"access_token": "A", "expires_in": 10**30},
        {"access_token": "A", "time": 10**30, "expires_in": 1},
    ],
)
def test_an_answer_that_does_not_fit(answer):
    flow = adapter.exchange(ACCOUNT, "code", "https://x", NOW)
    next(flow)
    with pytest.raises(WireError):
        flow.send(msgspec.Raw(json.dumps(answer).encode()))
