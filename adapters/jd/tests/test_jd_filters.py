"""Every documented filter of the simulated lists, against what the world itself says of its records."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from omnishop.model import to_beijing_text
from omnishop.sandbox.simulation import Simulation
from omnishop_jd.face.codes import APPROVED, apply_status, service_status, step_at, updated_at, waybill

LIST = "jingdong.asc.query.list"
SYNC = "jingdong.asc.sync.list"
APPLIES = "jingdong.pop.afs.soa.refundapply.queryPageList"
SEARCH = "jingdong.pop.order.enSearch"
COMMENTS = "jingdong.pop.PopCommentJsfService.getVenderCommentsForJos"
AUDIT = "jingdong.asc.audit.list"
REASONS = "jingdong.asc.audit.reason.list"
_PAGES = {
    SEARCH: {"order_state": "ALL", "optional_fields": "orderId", "page_size": "100"},
    APPLIES: {"pageIndex": 1, "pageSize": 50},
    COMMENTS: {"page": "1", "pageSize": "50"},
    LIST: {"pageSize": 50},
    AUDIT: {"pageSize": 50},
    SYNC: {"pageSize": 50},
}
_IDS = {SEARCH: "orderId", APPLIES: "id", COMMENTS: "commentId", LIST: "serviceId", SYNC: "serviceId"}


@pytest.fixture(scope="module")
def sim():
    return Simulation.new(platforms=("jd",), seed=3, orders=60)


@pytest.fixture
def keys(sim):
    return sim.shops("http://sim.test")["shops"][0]


def sent(sim, keys, method, business):
    params = {
        "method": method,
        "app_key": keys["app_key"],
        "access_token": keys["access_token"],
        "timestamp": to_beijing_text(datetime.now(UTC)),
        "v": "2.0",
        "360buy_param_json": json.dumps(business),
    }
    text = "".join(f"{name}{params[name]}" for name in sorted(params))
    text = f"{keys['app_secret']}{text}{keys['app_secret']}"
    params["sign"] = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
    form = {"content-type": "application/x-www-form-urlencoded"}
    with httpx.Client(transport=sim.transport(), base_url="http://sim.test") as client:
        return client.post("/routerjson", content=urlencode(params), headers=form).json()


def op(keys):
    return {"buId": keys["shop_id"], "operatePin": "x", "operateNick": "x"}


def around(sim, days=30):
    now = sim.world.now()
    return to_beijing_text(now - timedelta(days=days)), to_beijing_text(now + timedelta(seconds=1))


def last_days(sim):
    """Six, to the last change of a service order: sync.list takes no more than seven (chosen)."""
    last = max(updated_at(case) for case in own(sim, LIST).values())
    return to_beijing_text(last - timedelta(days=6)), to_beijing_text(last + timedelta(seconds=1))


def answer(sim, keys, method, **filters):
    business: dict[str, Any] = {**_PAGES[method], **(op(keys) if ".asc." in method else {})}
    if method == SEARCH:
        business["start_date"], business["end_date"] = around(sim)
    if method == SYNC:
        business["updateTimeBegin"], business["updateTimeEnd"] = last_days(sim)
    return sent(sim, keys, method, {**business, **filters})


def listed(sim, keys, method, **filters):
    """The ids of all rows of the answer's pages put together."""
    found: list[str] = []
    number, page = 0, "pageNumber" if ".asc." in method else "pageIndex" if method == APPLIES else "page"
    while True:
        number += 1
        [inner] = answer(sim, keys, method, **filters, **{page: number}).values()
        rows = rows_in(inner)
        found += [id_of(method, row) for row in rows]
        if not rows:
            assert len(found) == len(set(found))
            return set(found)


def rows_in(inner):
    result = next((value for value in inner.values() if isinstance(value, dict)), inner)
    return next((value for value in result.values() if isinstance(value, list)), [])


def id_of(method, row):
    return str(row["serviceIdList"][0] if method == AUDIT else row[_IDS[method]])


def own(sim, method):
    """The world's records of a list, by id."""
    world = sim.world
    if method == SEARCH:
        return dict(world.orders)
    if method == COMMENTS:
        return dict(world.reviews)
    source = "refundapply" if method == APPLIES else "service"
    found = {case.case_id: case for (_, _), case in world.cases.items() if case.source == source}
    if method == AUDIT:
        found = {
            key: case for key, case in found.items() if service_status(case) in {10000, 10001, 10012, 10013}
        }
    return found


# ---------------------------------------------------------------- one leaf at a time

FACTS: list[tuple[str, str, Any]] = [
    (SEARCH, "realPin", lambda order: order.buyer.nick),
    (SEARCH, "open_id_buyer", lambda order: order.buyer.open_id),
    (SEARCH, "xid_buyer", lambda order: f"o*{order.buyer.open_id}"),
    (LIST, "serviceId", lambda case: case.case_id),
    (LIST, "orderId", lambda case: case.order.order_id),
    (LIST, "serviceStatus", service_status),
    (LIST, "customerPin", lambda case: case.order.buyer.nick),
    (LIST, "customerName", lambda case: case.order.buyer.name),
    (LIST, "customerTel", lambda case: case.order.buyer.phone),
    (LIST, "expressCode", lambda case: waybill(case.return_parcel) if case.return_parcel else None),
    (LIST, "open_id_buyer", lambda case: case.order.buyer.open_id),
    (LIST, "xid_buyer", lambda case: f"o*{case.order.buyer.open_id}"),
    (AUDIT, "serviceStatus", service_status),
    (AUDIT, "skuId", lambda case: case.claims[0].line.good.sku_id),
    (AUDIT, "customerPin", lambda case: case.order.buyer.nick),
    (APPLIES, "ids", lambda case: case.case_id),
    (APPLIES, "status", apply_status),
    (APPLIES, "orderId", lambda case: case.order.order_id),
    (APPLIES, "buyerId", lambda case: case.order.buyer.nick),
    (APPLIES, "buyerName", lambda case: case.order.buyer.name),
    (APPLIES, "open_id_buyer", lambda case: case.order.buyer.open_id),
    (APPLIES, "xid_buyer", lambda case: f"o*{case.order.buyer.open_id}"),
    (COMMENTS, "orderIds", lambda review: review.order.order_id),
    (COMMENTS, "skuids", lambda review: review.line.good.sku_id),
    (COMMENTS, "content", lambda review: review.text),
    (COMMENTS, "wareName", lambda review: f"{review.line.good.title} {review.line.good.spec}"),
    (COMMENTS, "pin", lambda review: f"AAS/{review.order.buyer.nick}=="),
    (COMMENTS, "open_id_buyer", lambda review: review.order.buyer.open_id),
    (COMMENTS, "xid_buyer", lambda review: f"o*{review.order.buyer.open_id}"),
]


@pytest.mark.parametrize(
    ("method", "leaf", "fact"), FACTS, ids=lambda v: v.split(".")[-1] if isinstance(v, str) else ""
)
def test_a_filter_leaves_exactly_the_records_that_have_the_fact(sim, keys, method, leaf, fact):
    records = {key: record for key, record in own(sim, method).items() if fact(record) is not None}
    values = sorted({str(fact(record)) for record in records.values()})
    assert len(values) > 1
    for value in values[:6]:
        expected = {key for key, record in records.items() if str(fact(record)) == value}
        assert listed(sim, keys, method, **{leaf: value}) == expected
    assert listed(sim, keys, method, **{leaf: "4711"}) == set()


SPANS = [
    (LIST, "applyTime", "Begin", lambda case: case.opened_at),
    (LIST, "approveTime", "Begin", lambda case: step_at(case, *APPROVED)),
    (LIST, "finishTime", "Begin", lambda case: case.closed_at),
    (LIST, "updateTime", "Begin", updated_at),
    (APPLIES, "applyTime", "Start", lambda case: case.opened_at),
    (APPLIES, "checkTime", "Start", lambda case: case.decided_at),
    (APPLIES, "modified", "Start", updated_at),
]


@pytest.mark.parametrize(
    ("method", "clock", "begin", "time"), SPANS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_a_span_leaves_exactly_the_records_inside(sim, keys, method, clock, begin, time):
    times = {key: time(record) for key, record in own(sim, method).items()}
    told = sorted(at.replace(microsecond=0) for at in times.values() if at is not None)
    start, end = told[len(told) // 3], told[2 * len(told) // 3]
    inside = {
        key for key, at in times.items() if at is not None and start <= at.replace(microsecond=0) <= end
    }
    assert 0 < len(inside) < len(times)
    span = {f"{clock}{begin}": to_beijing_text(start), f"{clock}End": to_beijing_text(end)}
    assert listed(sim, keys, method, **span) == inside


@pytest.mark.parametrize(
    ("score", "stars"), [("0", {1, 2, 3, 4, 5}), ("3", {4, 5}), ("2", {2, 3}), ("1", {1}), (3, {4, 5})]
)
def test_score_is_classes(sim, keys, score, stars):
    expected = {key for key, review in own(sim, COMMENTS).items() if review.stars in stars}
    assert listed(sim, keys, COMMENTS, score=score) == expected


def test_whether_the_deadline_has_passed(sim, keys):
    now = sim.world.now()
    late = {key for key, case in own(sim, AUDIT).items() if case.deadline is not None and case.deadline < now}
    assert listed(sim, keys, AUDIT, timeoutFlag=True) == late
    assert listed(sim, keys, AUDIT, timeoutFlag="false") == set(own(sim, AUDIT)) - late


def test_whether_the_shop_has_answered(moving):
    keys = moving.shops("http://sim.test")["shops"][0]
    reviews = own(moving, COMMENTS)
    answered = next(iter(reviews.values()))
    answered.reply, answered.replied_at = "感谢", moving.world.now()
    assert listed(moving, keys, COMMENTS, isVenderReply=True) == {answered.review_id}
    assert listed(moving, keys, COMMENTS, isVenderReply="false") == set(reviews) - {answered.review_id}
    assert len(reviews) > 1


def test_filters_narrow_together(sim, keys):
    case = next(iter(own(sim, LIST).values()))
    both = {"open_id_buyer": case.order.buyer.open_id, "serviceStatus": service_status(case)}
    assert case.case_id in listed(sim, keys, LIST, **both)
    assert listed(sim, keys, LIST, **both, orderId=1) == set()


# ---------------------------------------------------------------- forms


@pytest.mark.parametrize(("method", "leaf"), [(APPLIES, "ids"), (COMMENTS, "orderIds"), (COMMENTS, "skuids")])
def test_ids_come_as_array_or_as_comma_text(sim, keys, method, leaf):
    fact = next(fact for where, name, fact in FACTS if (where, name) == (method, leaf))
    wanted = sorted({fact(record) for record in own(sim, method).values()})[:2]
    expected = {key for key, record in own(sim, method).items() if fact(record) in wanted}
    numbers = [int(value) for value in wanted]
    for told in (",".join(wanted), ", ".join(wanted), wanted, numbers):
        assert listed(sim, keys, method, **{leaf: told}) == expected
    for nothing in ([], "", ",", {"x": 1}, None):
        assert listed(sim, keys, method, **{leaf: nothing}) == set(own(sim, method))


def test_more_ids_than_the_page_says_are_refused(sim, keys):
    [inner] = answer(sim, keys, APPLIES, ids=list(range(51))).values()
    assert inner["queryResult"]["errorCode"] == "1100"
    many = ",".join(str(number) for number in range(51))
    assert answer(sim, keys, COMMENTS, orderIds=many)["error_response"]["code"] == "61"


@pytest.mark.parametrize(
    ("method", "told"),
    [
        (APPLIES, {"status": "open"}),
        (APPLIES, {"checkTimeStart": "soon", "checkTimeEnd": "later"}),
        (COMMENTS, {"score": "5"}),
        (COMMENTS, {"isVenderReply": "perhaps"}),
        (LIST, {"serviceStatus": "done"}),
        (LIST, {"finishTimeBegin": "2026-02-30 00:00:00", "finishTimeEnd": "2026-03-01 00:00:00"}),
        (AUDIT, {"timeoutFlag": 2}),
    ],
)
def test_a_value_of_another_type_is_refused(sim, keys, method, told):
    assert answer(sim, keys, method, **told)["error_response"]["code"] == "61"


@pytest.mark.parametrize("method", sorted(_PAGES))
def test_unknown_and_wrapped_parameters_are_ignored_without_a_word(sim, keys, method):
    plain = listed(sim, keys, method)
    assert plain
    wrapped = {"queryParam": {"status": 3, "open_id_buyer": "x"}, "serviceAllQuery": {"orderId": 1}}
    assert listed(sim, keys, method, **wrapped, colour="red") == plain


@pytest.mark.parametrize(
    ("method", "leaf", "value", "neutral"),
    [
        (SEARCH, "source_id", "4", "JOS"),
        (LIST, "verificationCode", "A1", "0"),
        (LIST, "processResult", 40, 0),
        (LIST, "serviceStep", 2, 0),
        (LIST, "serviceState", 2, "0"),
        (LIST, "remindFlag", True, False),
        (AUDIT, "verificationCode", "A1", ""),
        (COMMENTS, "cid", "1318", "0"),
    ],
)
def test_a_fact_this_world_does_not_have_leaves_nothing(sim, keys, method, leaf, value, neutral):
    assert listed(sim, keys, method, **{leaf: value}) == set()
    assert listed(sim, keys, method, **{leaf: neutral}) == listed(sim, keys, method) != set()


def test_what_every_record_here_is(sim, keys):
    for method in (LIST, SYNC, AUDIT):
        assert listed(sim, keys, method, orderType=22) == listed(sim, keys, method) != set()
        assert listed(sim, keys, method, orderType="75") == set()
    assert listed(sim, keys, APPLIES, storeId=0) == listed(sim, keys, APPLIES)
    assert listed(sim, keys, APPLIES, storeId=9) == set()


def test_newer_filters_that_are_not_granted_are_ignored(keys):
    sim = Simulation.new(platforms=("jd",), seed=3, orders=60)
    keys = sim.shops("http://sim.test")["shops"][0]
    sim.world.shops[0].marks["modified_granted"] = False
    everything = set(own(sim, APPLIES))
    assert listed(sim, keys, APPLIES, open_id_buyer="x", xid_buyer="x", storeId=9) == everything
    assert listed(sim, keys, APPLIES, buyerId="x") == set()


def test_an_order_hidden_by_a_filter_is_not_found(sim, keys):
    method = "jingdong.pop.order.enGet"
    order = next(iter(sim.world.orders.values()))
    asked = {"order_id": order.order_id, "optional_fields": "orderId"}
    for pin, found in ((order.buyer.nick, True), ("x", False)):
        [inner] = sent(sim, keys, method, {**asked, "realPin": pin}).values()
        assert inner["orderDetailInfo"]["apiResult"]["success"] is found


def test_reasons_come_level_by_level(sim, keys):
    def asked(**more):
        [inner] = sent(sim, keys, REASONS, {"bizType": 1, **more}).values()
        return {row["code"]: row["parentCode"] for row in inner["result"]["data"]}

    assert asked() == asked(parentCode="") == {"801": "0", "901": "0", "905": "0"}
    assert asked(parentCode="801") == {"80103": "801"}
    assert asked(parentCode=901) == {}
