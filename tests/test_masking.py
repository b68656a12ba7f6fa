"""No secret is shown, however its field is spelt and however deep it lies; nothing else is touched."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnishop.masking import HIDDEN, masked, words

NAMES = [
    "access_token",
    "accessToken",
    "Access_Token",
    "refresh_token",
    "refreshToken",
    "mobile_token",
    "session",
    "session_key",
    "top_session",
    "sessionKey",
    "app_secret",
    "client_secret",
    "appSecret",
    "token",
    "sign",
    "top_sign",
    "event-sign",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "hide",
    [lambda s: s, lambda s: {"data": [s]}, lambda s: {"token_result": json.dumps(s)}],
    ids=["top", "deep", "text"],
)
def test_a_secret_is_hidden_wherever_it_lies(name, hide):
    shown = json.dumps(masked(hide({name: "6100aabbccdd", "expires_in": 86400})))
    assert "6100aabbccdd" not in shown
    assert "86400" in shown


def test_a_secret_within_an_address_is_hidden():
    shown = masked(
        {
            "url": "https://shop.test/cb?code=1&access_token=6100aabb&sign=ABC#x",
            "broken": '{"session=6100aabb',
        }
    )
    assert "6100aabb" not in str(shown)
    assert "ABC" not in str(shown)
    assert "code=1" in shown["url"]


def test_an_empty_secret_shows_that_it_is_empty():
    assert masked({"access_token": "", "session": None}) == {"access_token": "", "session": None}
    assert masked({"access_token": "x"}) == {"access_token": HIDDEN}


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(alphabet=st.characters(codec="utf-8", exclude_characters="="), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["data", "id", "shop"]), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(values)
def test_what_holds_no_secret_stays_as_it_is(value):
    assert masked(value) == value


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("bad sign of sec-ret-1", "bad sign of ***"),
        ("session=6100aabb expired", "session=*** expired"),
        ("call 13912345678 or +86 139 1234 5678", "call *** or ***"),
        ("write to wang.xiaoming@example.com", "write to ***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        (
            "order 4183300102099912345 of 2026-09-01 is 12.30",
            "order 4183300102099912345 of 2026-09-01 is 12.30",
        ),
    ],
)
def test_words_of_others_without_what_nobody_may_read(said, told):
    assert words(said, ["sec-ret-1", None, "ab"]) == told


def test_a_secret_too_short_to_be_one_stays():
    assert words("a bad day", ["a"]) == "a bad day"
