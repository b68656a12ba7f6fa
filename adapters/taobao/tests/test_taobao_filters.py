"""Every documented filter of the lists that are played narrows them to what this world knows to be so."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from omnishop.model import Kind, Stage, to_beijing_text
from omnishop.sandbox import steps
from omnishop.sandbox.face import WireRequest
from omnishop_taobao.face import face
from omnishop_taobao.signing import joined, signature


@pytest.fixture
def asked(sim, keys):
    """Asks the simulated gateway, signed; the rows of the list, or the error's code and sub code."""

    def ask(method, storefront="tmall", simulation=None, **params):
        at = simulation or sim
        entry = keys(at, storefront)
        whole = {
            "method": method,
            "app_key": entry["app_key"],
            "session": entry["access_token"],
            "timestamp": to_beijing_text(at.world.clock.machine()),
            "v": "2.0",
            "format": "json",
            "simplify": "true",
            "sign_method": "md5",
            "page_size": "100",
            **params,
        }
        whole["sign"] = signature("md5", entry["app_secret"], joined(whole.items()))
        query = "&".join(f"{name}={quote(value, safe='')}" for name, value in whole.items())
        told = json.loads(at.answer(WireRequest("GET", "eco.taobao.com", "/router/rest", query)).content)
        if "error_response" in told:
            return told["error_response"]["code"], told["error_response"].get("sub_code")
        told = told.get("result", told)
        listed = [value for value in told.values() if isinstance(value, list)]
        return listed[0] if listed else []

    return ask


def of_shop(records, storefront="tmall"):
    return [record for record in records.values() if record.shop.storefront == storefront]


CASE_LISTS = {
    "taobao.refunds.receive.get": ("refund_id", "refund"),
    "taobao.special.refunds.receive.get": ("refund_id", "special_refund"),
    "tmall.dispute.receive.get": ("refund_id", "refund"),
}


@pytest.mark.parametrize("method", CASE_LISTS)
def test_cases_by_buyer_and_type(sim, asked, method):
    name, source = CASE_LISTS[method]
    cases = [case for case in of_shop(sim.world.cases) if case.source == source]
    who = cases[0].order.buyer
    theirs = {case.case_id for case in cases if case.order.buyer is who}
    every = {case.case_id for case in cases}

    def ids(**params):
        return {str(row[name]) for row in asked(method, fields=name, **params)}

    assert ids() == ids(type="fixed") == ids(type="guarantee_trade,cod") == every
    assert ids(type="fenxiao") == ids(type="cod,step") == set()
    assert ids(buyer_open_uid=who.open_id) == ids(buyer_nick=who.nick) == theirs < every
    assert ids(buyer_nick=f"{who.nick[0]}**") == theirs
    assert ids(buyer_open_uid="AAnobody") == ids(buyer_nick="nobody") == set()
    assert ids(buyer_open_uid=who.open_id, buyer_nick="nobody") == set()


def test_disputes_by_id_and_by_the_misspelt_status(sim, asked):
    method = "tmall.dispute.receive.get"
    owed = {
        case.case_id
        for case in of_shop(sim.world.cases)
        if case.stage is Stage.RESENDING and case.source == "refund"
    }
    assert owed
    rows = asked(method, fields="refund_id", status="WAIT_SELLER_CONSIGN_GOOGDS")
    assert {row["refund_id"] for row in rows} == owed
    one = min(owed)
    assert [row["refund_id"] for row in asked(method, fields="refund_id", refund_id=one)] == [one]
    assert asked(method, fields="refund_id", refund_id="x") == (41, "isv.invalid-parameter:refund_id")


def test_exchanges_by_id_order_buyer_and_waybill(sim, asked):
    method = "tmall.exchange.receive.get"
    cases = [case for case in of_shop(sim.world.cases) if case.kind is Kind.EXCHANGE]
    sent = next(case for case in cases if case.replacement is not None)

    def ids(**params):
        return {row["dispute_id"] for row in asked(method, fields="dispute_id", **params)}

    two = {cases[0].case_id, sent.case_id}
    assert ids(refund_id_array=",".join(sorted(two))) == two
    assert ids(biz_order_id=sent.order.order_id) == {
        case.case_id for case in cases if case.order is sent.order
    }
    for parcel in (sent.replacement, sent.return_parcel):
        assert ids(logistic_no=parcel.tracking_no) == {sent.case_id}
    assert ids(logistic_no="nobody") == ids(buyer_open_uid="nobody") == set()
    assert sent.case_id in ids(buyer_open_uid=sent.order.buyer.open_id)
    many = ",".join(str(n) for n in range(21))
    for wrong in ({"refund_id_array": "x"}, {"refund_id_array": many}, {"biz_order_id": "x"}):
        assert asked(method, fields="t", **wrong)[0] == 41


ORDER_LISTS = {
    "taobao.trades.sold.get": ("buyer_open_id", {}),
    "taobao.trades.sold.increment.get": (
        "buyer_open_uid",
        {"start_modified": "2026-09-14 12:00:00", "end_modified": "2026-09-15 12:00:00"},
    ),
}


@pytest.mark.parametrize("method", ORDER_LISTS)
def test_orders_by_buyer_type_and_facts_that_are_not_there(sim, asked, method):
    uid, window = ORDER_LISTS[method]

    def ids(**params):
        return {str(row["tid"]) for row in asked(method, fields="tid", **window, **params)}

    every = ids()
    who = sim.world.orders[min(every)].buyer
    theirs = {tid for tid in every if sim.world.orders[tid].buyer is who}
    assert ids(**{uid: who.open_id}) == ids(buyer_nick=who.nick) == theirs < every
    assert ids(**{uid: "nobody"}) == ids(buyer_nick="nobody") == set()
    assert ids(type="fixed,auction") == every
    assert ids(type="auction") == ids(ext_type="service") == ids(tag="time_card") == set()


def test_orders_by_statuses_together(fresh, asked):
    world = fresh.world
    shop = next(shop for shop in world.shops if shop.storefront == "tmall")
    waiting, given_up, paid_back = (steps.place(world, face, shop, [(0, 1)]) for _ in range(3))
    steps.pay(world, paid_back)
    for order in (given_up, paid_back):
        steps.close(world, order, "未及时付款")

    def found(wanted):
        rows = asked("taobao.trades.sold.get", simulation=fresh, fields="tid,status", status=wanted)
        return {str(row["tid"]): row["status"] for row in rows}

    assert found("ALL_WAIT_PAY") == {waiting.order_id: "WAIT_BUYER_PAY"}
    closed = found("ALL_CLOSED")
    assert closed[given_up.order_id] == "TRADE_CLOSED_BY_TAOBAO"
    assert closed[paid_back.order_id] == "TRADE_CLOSED"
    assert closed.keys() == {o.order_id for o in of_shop(world.orders) if o.status == "closed"}
    assert found("TRADE_CLOSED").keys() == {tid for tid, told in closed.items() if told == "TRADE_CLOSED"}
    assert found("NO_SUCH_STATUS") == {}


def test_orders_by_who_has_rated(sim, asked):
    rated = {review.order.order_id for review in of_shop(sim.world.reviews)}
    every = {order.order_id for order in of_shop(sim.world.orders)}

    def ids(wanted):
        rows = asked("taobao.trades.sold.get", fields="tid", rate_status=wanted)
        return {str(row["tid"]) for row in rows}

    assert ids("RATE_BUYER_UNSELLER") == rated
    assert ids("RATE_UNBUYER") == every - rated
    assert ids("RATE_UNSELLER") == every
    assert ids("RATE_UNBUYER_SELLER") == ids("RATE_BUYER_SELLER") == set()
    wrong = asked("taobao.trades.sold.get", fields="tid", rate_status="RATED")
    assert wrong == (41, "isv.invalid-parameter:rate_status")


def test_reviews_by_order_line_article_and_result(fresh, asked):
    review = of_shop(fresh.world.reviews, "taobao")[0]
    review.stars = 1
    base = {"fields": "oid,num_iid,result", "rate_type": "get", "role": "buyer"}

    def rows(**params):
        return asked("taobao.traderates.get", "taobao", fresh, **base, **params)

    every = rows()
    same_order = {r.line.line_id for r in of_shop(fresh.world.reviews, "taobao") if r.order is review.order}
    assert {str(row["oid"]) for row in rows(tid=review.order.order_id)} == same_order
    assert [str(row["oid"]) for row in rows(tid=review.line.line_id)][-1] == review.line.line_id
    item = review.line.good.item_id
    assert rows(num_iid=item) == [row for row in every if str(row["num_iid"]) == item]
    assert rows(result="bad") == [row for row in every if row["result"] == "bad"]
    assert rows(num_iid="1") == rows(tid="1") == []
    for wrong in ({"tid": "x"}, {"num_iid": "x"}, {"result": "great"}):
        assert rows(**wrong)[0] == 41


def test_talk_by_phase_and_role(fresh, asked):
    case = next(
        c for c in of_shop(fresh.world.cases) if c.kind is Kind.EXCHANGE and c.stage is Stage.REQUESTED
    )
    steps.take(fresh.world, face, case, "escalate")
    steps.take(fresh.world, face, case, "staff_in")
    steps.take(fresh.world, face, case, "lapse")

    def said(**params):
        given = {"fields": "content", "dispute_id": case.case_id, **params}
        return [row["content"] for row in asked("tmall.exchange.messages.get", simulation=fresh, **given)]

    assert len(said()) == 4
    assert said(operator_roles="6") == ["超时关闭"]
    assert said(operator_roles="3") == ["小二介入"]
    assert len(said(operator_roles="4")) == 2
    assert said(operator_roles="1,2,5") == []
    wrong = {"fields": "t", "dispute_id": case.case_id, "operator_roles": "7"}
    assert asked("tmall.exchange.messages.get", simulation=fresh, **wrong)[0] == 41

    phase, other = ("onsale", "aftersale") if case.phase == "onsale" else ("aftersale", "onsale")
    given = {"fields": "content", "refund_id": case.case_id}
    method = "taobao.refund.messages.get"
    assert asked(method, simulation=fresh, refund_phase=phase, **given)
    assert asked(method, simulation=fresh, refund_phase=other, **given) == []
    assert asked(method, simulation=fresh, refund_phase="?", **given)[0] == 41

    given = {"fields": "reason_id", "dispute_id": case.case_id}
    method, number = "tmall.exchange.refusereason.get", "1" if phase == "onsale" else "2"
    assert asked(method, simulation=fresh, dispute_type="0", **given)
    assert asked(method, simulation=fresh, dispute_type=number, **given)
    assert asked(method, simulation=fresh, dispute_type="12".replace(number, ""), **given) == []
    assert asked(method, simulation=fresh, dispute_type="9", **given)[0] == 41


def test_companies_traces_and_groups(sim, asked):
    method = "taobao.logistics.companies.get"
    assert asked(method, fields="code", order_mode="all", is_recommended="false")
    assert asked(method, fields="code", order_mode="offline") == []
    assert asked(method, fields="code", is_recommended="true") == []
    assert asked(method, fields="code", order_mode="x")[0] == 41
    assert asked("taobao.tmc.messages.consume", group_name="another") == []
    order = next(order for order in of_shop(sim.world.orders) if order.parcels)
    tid = order.order_id
    assert asked("taobao.logistics.trace.search", tid=tid, is_split="2")[0] == 41
    assert asked("taobao.logistics.trace.search", tid=tid, is_split="1", sub_tid="x")[0] == 41
