"""No secret is shown, however its field is spelt and however deep it lies; nothing else is touched."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnishop.masking import HIDDEN, masked, texts, without_persons, words

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


# ---------------------------------------------------------------- persons

OF_A_PERSON = [
    *(
        "receiver_name",
        "receiver_mobile",
        "receiver_phone",
        "receiver_address",
        "receiver_district",
        "buyer_nick",
    ),
    *(
        "buyer_open_uid",
        "buyer_alipay_no",
        "open_uid",
        "ouid",
        "oaid",
        "rated_nick",
        "alipay_no",
        "buyer_email",
    ),
    *("fullname", "fullAddress", "telephone", "mobile", "pin", "customerPin", "customerName", "customerTel"),
    *(
        "customerContactName",
        "customerContactMobile",
        "consigneeName",
        "pickwareAddress",
        "userPhone",
        "userName",
    ),
    *("desen_telephone", "encryptMobileNum", "contactInfo", "nickName", "customerDetailAddress"),
    *(
        "encrypt_post_tel",
        "encrypt_post_receiver",
        "post_receiver",
        "post_tel",
        "mask_post_receiver",
        "post_addr",
    ),
    *(
        "doudian_open_id",
        "open_id_buyer",
        "pay_tel",
        "author_name",
        "street",
        "detailAddress",
        "reciever_name",
    ),
]
OF_NOBODY = [
    *("title", "product_name", "wareName", "skuName", "shop_name", "company_name", "logistics_company_name"),
    *("tid", "refund_id", "contact_id", "address_id", "return_address_id", "order_id", "pinyin", "total_fee"),
    *("reg_mail_no", "tag_name", "promotion_name", "tracking_no", "telecom", "buyer_exchange_confirm"),
]


@pytest.mark.parametrize("name", OF_A_PERSON)
@pytest.mark.parametrize("deep", [False, True], ids=["top", "text"])
def test_a_field_of_a_person_is_hidden_in_whichever_spelling(name, deep):
    fields = {name: "欧阳翠花", "total_fee": "12.30"}
    told = without_persons({"data": [json.dumps(fields, ensure_ascii=False)]} if deep else fields)
    assert "翠花" not in json.dumps(told, ensure_ascii=False)
    assert "12.30" in json.dumps(told)


@pytest.mark.parametrize("name", OF_NOBODY)
def test_what_is_no_persons_stays(name):
    assert without_persons({name: "欧阳翠花"}) == {name: "欧阳翠花"}


def test_what_lies_in_a_persons_object_is_hidden_but_for_ids():
    told = without_persons(
        {"post_addr": {"province": {"id": "33", "name": "浙江"}, "detail": "幸福路"}, "price": 3}
    )
    assert told == {"post_addr": {"province": {"id": "33", "name": HIDDEN}, "detail": HIDDEN}, "price": 3}


def test_a_number_that_can_be_called_is_hidden_in_any_text():
    told = without_persons({"desc": "打13912345678, 或 me@shop.cn", "mobile": 13912345678})
    assert told == {"desc": f"打{HIDDEN}, 或 {HIDDEN}", "mobile": HIDDEN}


def test_our_own_forms_keep_all_but_numbers_in_texts():
    form = {"type": "case", "case_id": "13912345678", "reason": {"code": "1", "detail": "打 13912345678"}}
    assert texts(form) == form | {"reason": {"code": "1", "detail": f"打 {HIDDEN}"}}


_LEAVES = st.none() | st.integers() | st.text()


@given(st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_hiding_twice_is_hiding_once(value):
    once = without_persons(value)
    assert without_persons(once) == once
