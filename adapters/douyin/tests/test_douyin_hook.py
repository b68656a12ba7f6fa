"""How the platform calls us: both signatures, every published body, and answers in its own form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omnishop.errors import WireError
from omnishop.model import Event, Unreadable
from omnishop.ports import App
from omnishop_douyin import adapter

DATA = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
KEYS = DATA["push_keys"]
APP = App("douyin", KEYS["app_key"], KEYS["app_secret"])
HOOK = adapter.hook


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


@pytest.mark.parametrize("message", DATA["push"], ids=[row["name"] for row in DATA["push"]])
def test_a_published_push_is_for_its_app_and_genuine_or_not(message):
    headers = lower(message["headers"])
    assert HOOK.app_key(headers) == APP.app_key
    assert HOOK.genuine(APP, headers, message["raw_body"].encode()) is message["valid"]


@pytest.mark.parametrize("method", ["md5", "hmac-sha256"])
def test_one_changed_byte_is_no_longer_genuine(method):
    message = next(row for row in DATA["push"] if row["valid"])
    sign = message["sign_md5" if method == "md5" else "sign_hmac_sha256"]
    headers = {"app-id": APP.app_key, "sign-method": method, "event-sign": sign}
    body = message["raw_body"].encode()
    assert HOOK.genuine(APP, headers, body)
    assert not HOOK.genuine(APP, headers, body + b" ")
    assert not HOOK.genuine(APP, headers, body[:-1])


def test_the_message_of_a_saved_address_is_about_nothing():
    message = next(row for row in DATA["push"] if row["name"] == "registration_test")
    (event,) = HOOK.events(message["raw_body"].encode())
    assert (event.topic, event.order_id, event.case_id, event.event_id) == ("0", None, None, "0")


def test_of_a_batch_the_bad_message_is_told_and_the_others_read():
    good = {"tag": "206", "msg_id": "a:206", "data": '{"aftersale_id":7,"p_id":5,"shop_id":3}'}
    body = json.dumps([good, {"msg_id": "b"}, {**good, "msg_id": "c"}]).encode()
    found = HOOK.events(body)
    events = [each for each in found if isinstance(each, Event)]
    assert [(each.event_id, each.shop_id, each.order_id, each.case_id) for each in events] == [
        ("a:206", "3", "5", "7"),
        ("c", "3", "5", "7"),
    ]
    (bad,) = [each for each in found if isinstance(each, Unreadable)]
    assert (bad.record_id, "tag" in bad.error) == ("b", True)


@pytest.mark.parametrize("body", [b"", b"[", b'"text"', b"<xml/>", b"\xff\xfe"])
def test_what_is_no_list_of_messages_is_told_so(body):
    with pytest.raises(WireError):
        HOOK.events(body)


def test_answers_have_the_platforms_form():
    taken = HOOK.answer(None)
    assert (taken.status, json.loads(taken.content)) == (200, {"code": 0, "msg": "success"})
    codes = {
        doubt: json.loads(HOOK.answer(doubt).content)["code"] for doubt in ("signature", "unreadable", "busy")
    }
    assert codes == {"unreadable": 40041, "signature": 40044, "busy": 40044}
