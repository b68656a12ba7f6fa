"""Arbitrary values and shapes: no crash but ours, and nothing unknown becomes a known state."""

from __future__ import annotations

import contextlib
import copy
import json
import re

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnishop.errors import OmnishopError
from omnishop.flow import Call
from omnishop.jsonform import dump
from omnishop.model import Dispute, Kind, OrderStatus, Raw, Stage, Unreadable
from omnishop.ports import Response
from omnishop_douyin import adapter, methods
from omnishop_douyin.cases import tables
from omnishop_douyin.orders.mapping import STATUS

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

NUMBERS = st.one_of(
    st.integers(),
    st.integers(min_value=-2, max_value=300),
    st.sampled_from([2**31, 2**53 + 1, 2**63, 2**64, 10**30, -(2**63), 0, -1]),
    st.floats(allow_nan=False, allow_infinity=False),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=8), NUMBERS.map(str))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)

T = 1_749_551_000
LIST_ITEM = {
    "aftersale_info": {
        "aftersale_id": "146510010020030001",
        "aftersale_type": 0,
        "aftersale_status": 12,
        "apply_time": T,
        "update_time": T,
        "status_deadline": T,
        "refund_amount": 1,
        "refund_post_amount": 0,
        "refund_type": 0,
        "arbitrate_status": 0,
        "refund_status": 3,
        "aftersale_sub_type": 0,
        "aftersale_status_to_final_time": 0,
        "auto_audit_bits": [1],
    },
    "order_info": {
        "shop_order_id": "69",
        "related_order_info": [{"sku_order_id": "69", "product_name": "x", "aftersale_item_num": 1}],
    },
    "text_part": {"reason_text": "7天无理由"},
}
DETAIL = {
    "process_info": {
        "after_sale_info": {
            "after_sale_id": 146510010020030001,
            "after_sale_status": 12,
            "refund_status": 3,
            "refund_total_amount": 1,
            "refund_post_amount": 0,
            "apply_time": T,
            "update_time": T,
            "reason": "x",
            "reason_code": 6,
            "after_sale_type": 0,
            "reason_remark": "",
            "real_refund_amount": 1,
            "status_deadline": 0,
            "after_sale_sub_type": 0,
            "aftersale_status_to_final_time": T,
            "auto_audit_bits": [],
        },
        "arbitrate_info": {
            "arbitrate_status": 4,
            "arbitrate_status_deadline": "1",
            "arbitrate_conclusion": 0,
            "arbitrate_evidence_tmpl": {"dead_line": 1},
        },
        "record_logs_list": [
            {"time": "2025-05-24 23:20:00", "role": 1, "all_evidence": [{"type": 1, "urls": ["u"]}]}
        ],
    },
    "order_info": {
        "shop_order_id": 69,
        "sku_order_infos": [
            {"sku_order_id": 69, "product_name": "x", "sku_id": 1, "after_sale_item_count": 1}
        ],
    },
}
ORDER = {
    "order_id": "69",
    "shop_id": 1,
    "order_status": 2,
    "main_status": 2,
    "pay_time": T,
    "finish_time": 0,
    "create_time": T,
    "update_time": T,
    "seller_words": "",
    "pay_amount": 1,
    "post_amount": 0,
    "promotion_amount": 0,
    "ship_time": 0,
    "doudian_open_id": "1@#x",
    "mask_post_receiver": "赵**",
    "logistics_info": [
        {"tracking_no": "S", "company": "c", "ship_time": T, "product_info": [{"sku_order_id": "69"}]}
    ],
    "sku_order_list": [
        {
            "order_id": "69",
            "pay_amount": 1,
            "code": "c",
            "logistics_receipt_time": 0,
            "sku_id": 1,
            "spec": [{"name": "n", "value": "v"}],
            "out_sku_id": "o",
            "origin_amount": 1,
            "item_num": 1,
            "sum_amount": 1,
            "product_name": "x",
            "post_amount": 0,
        }
    ],
}
COMMENT = {
    "comment_id": "1",
    "order_id": "2",
    "comment_time": "2021-06-01 12:30:05",
    "rate": 3,
    "content": "x",
    "photos": [{"url": "u", "thumbnail": "t"}],
    "append_content": "y",
    "append_photos": [],
    "append_time": "2021-06-03 09:00:00",
    "is_reply": True,
    "reply_content": "z",
}
PAGES = {
    "afterSale.List": ({"items": [LIST_ITEM], "has_more": False, "total": 1}, LIST_ITEM),
    "afterSale.Detail": (DETAIL, DETAIL),
    "order.searchList": ({"shop_order_list": [ORDER], "total": 1}, ORDER),
    "order.orderDetail": ({"shop_order_detail": ORDER}, ORDER),
    "comment.list": ({"comments": [COMMENT], "total": 1}, COMMENT),
    "afterSale.rejectReasonCodeList": (
        {"items": [{"reject_reason_code": 1, "reason": "x", "evidence_need": "Y"}]},
        None,
    ),
    "logistics.trackNoRouteDetail": (
        {
            "route__node_list": [{"content": "c", "timestamp": "1", "state": "1"}],
            "track_info": {"track_no": "S"},
        },
        None,
    ),
    "afterSale.operate": ({"items": [{"aftersale_id": 1, "status_code": 0}]}, None),
    "afterSale.applyLogisticsIntercept": ({"intercept_results": [{"is_success": True}]}, None),
    "push": ([{"tag": "206", "msg_id": "m", "data": '{"p_id":1,"success_time":5}'}], None),
}


def places(tree, path=()):
    """Every path to a value, inner ones too."""
    found = [path] if path else []
    if isinstance(tree, dict):
        for key, value in tree.items():
            found += places(value, (*path, key))
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            found += places(value, (*path, index))
    return found


def spoilt(tree, path, value):
    copied = copy.deepcopy(tree)
    inner = copied
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return copied


def decoded(method, data):
    """Records, or None where the answer as a whole was refused by one of our errors."""
    payload = msgspec.Raw(json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    try:
        return adapter.decode(method, payload, None)
    except OmnishopError:
        return None


def codes(record):
    return [int(part) if part.lstrip("-").isdigit() else None for part in (record.raw_stage or "").split("/")]


def check(record):
    """A known state stands on codes that the tables know."""
    if not isinstance(record, Raw):
        dump(record)
    name = type(record).__name__
    if name == "Case":
        told = codes(record)
        kind = (record.raw_kind or "").split("/")[0]
        assert record.kind is tables.KIND.get(int(kind) if kind.lstrip("-").isdigit() else None, Kind.UNKNOWN)
        if record.stage is not Stage.UNKNOWN:
            assert told[0] in tables.STAGE
        if record.stage is Stage.SUCCEEDED:
            assert told[0] == 14 or told[:2] == [12, 3]
        if record.dispute not in {None, Dispute.UNKNOWN}:
            assert told[2] in tables.ARBITRATION
    if name == "Order" and record.status is not OrderStatus.UNKNOWN:
        told = [int(part) for part in record.raw_status.split("/")]
        assert told[0] in {*STATUS, 21, 22, 39}


SPOTS = [(method, path) for method, (page, _) in PAGES.items() for path in places(page)]


@pytest.mark.parametrize("method", PAGES)
@QUICK
@given(data=st.data())
def test_any_value_at_any_place(method, data):
    page, _ = PAGES[method]
    path = data.draw(st.sampled_from(places(page)))
    value = data.draw(VALUES)
    for record in decoded(method, spoilt(page, path, value)) or []:
        check(record)


NO_TEXT = "\ud800"
HOSTILE = [
    None,
    True,
    "",
    "x",
    [],
    {},
    [[]],
    0,
    -1,
    1.5,
    2**63,
    10**30,
    "9" * 30,
    1.0e300,
    NO_TEXT,
    {"a": {"b": []}},
    "2025-13-45 99:99:99",
    253_402_300_799,
    "253402300799",
    253_370_764_801,
    "9999-12-31T23:59:59-12:00",
    "0001-01-01T00:00:00+12:00",
]


@pytest.mark.parametrize(
    "spot", SPOTS, ids=[f"{method}:{'/'.join(map(str, path))}" for method, path in SPOTS]
)
def test_every_place_takes_every_hostile_value(spot):
    method, path = spot
    for value in HOSTILE:
        for record in decoded(method, spoilt(PAGES[method][0], path, value)) or []:
            check(record)


@QUICK
@given(body=st.one_of(st.binary(max_size=60), VALUES.map(lambda value: json.dumps(value).encode())))
def test_any_bytes_as_an_answer(body):
    for method in ("afterSale.List", "afterSale.operate", "push", "token.create", "shop.reputation"):
        with contextlib.suppress(OmnishopError):
            assert isinstance(adapter.decode_body(method, body, None), list)


@QUICK
@given(
    envelope=st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("code", "err_no", "sub_code", "msg", "sub_msg", "message", "log_id", "data"), VALUES
        ),
    ),
    status=st.sampled_from([200, 200, 201, 302, 400, 403, 429, 500, 503]),
    write=st.booleans(),
)
def test_any_envelope(envelope, status, write):
    body = json.dumps(envelope).encode()
    with contextlib.suppress(OmnishopError):
        payload = adapter.codec.decode(Call("afterSale.operate", write=write), Response(status, body))
        assert status < 300
        msgspec.json.decode(payload)


@QUICK
@given(data=VALUES)
def test_any_payload_of_any_method(data):
    for method in sorted(methods.KNOWN):
        for record in decoded(method, data) or []:
            check(record)


# ---------------------------------------------------------------- what an unreadable record says of itself

WRAPPED = {
    "afterSale.List": (LIST_ITEM, lambda row: {"items": [row]}),
    "afterSale.Detail": (DETAIL, lambda row: row),
    "order.searchList": (ORDER, lambda row: {"shop_order_list": [row]}),
    "order.orderDetail": (ORDER, lambda row: {"shop_order_detail": row}),
    "comment.list": (COMMENT, lambda row: {"comments": [row]}),
}
RECORD_SPOTS = [(method, path) for method, (record, _) in WRAPPED.items() for path in places(record)]


def dotted(path):
    return ".".join("[]" if isinstance(step, int) else step for step in path).replace(".[]", "[]")


@pytest.mark.parametrize(
    ("method", "path"), RECORD_SPOTS, ids=[f"{method}:{dotted(path)}" for method, path in RECORD_SPOTS]
)
def test_an_unreadable_record_names_the_field_that_does_not_fit(method, path):
    record, wrap = WRAPPED[method]
    for value in HOSTILE:
        if value == NO_TEXT:
            continue
        for found in decoded(method, wrap(spoilt(record, path, value))) or []:
            if isinstance(found, Unreadable):
                told = re.sub(r"\[\d+\]", "[]", found.error.rpartition(" at ")[2])
                assert dotted(path).startswith(told) or told.startswith(dotted(path)), (value, found.error)


@pytest.mark.parametrize(
    ("method", "gone"),
    [
        ("afterSale.List", ("aftersale_info",)),
        ("afterSale.List", ("aftersale_info", "aftersale_id")),
        ("afterSale.Detail", ("process_info", "after_sale_info", "after_sale_id")),
        ("order.searchList", ("order_id",)),
        ("comment.list", ("comment_id",)),
    ],
)
def test_a_record_without_what_it_needs_names_it(method, gone):
    record, wrap = WRAPPED[method]
    spoiled = copy.deepcopy(record)
    inner = spoiled
    for step in gone[:-1]:
        inner = inner[step]
    del inner[gone[-1]]
    (found,) = decoded(method, wrap(spoiled))
    assert found.error == f"nothing at {dotted(gone)}"


def test_an_impossible_amount_or_time_is_named_without_its_value():
    spoiled = spoilt(ORDER, ("sku_order_list", 0, "sum_amount"), 10**16)
    (found,) = decoded("order.searchList", {"shop_order_list": [spoiled]})
    assert found.error == "no readable value at sku_order_list[].sum_amount"
    spoiled = spoilt(LIST_ITEM, ("aftersale_info", "update_time"), 10**15)
    (found,) = decoded("afterSale.List", {"items": [spoiled]})
    assert found.error == "no readable value at aftersale_info.update_time"
