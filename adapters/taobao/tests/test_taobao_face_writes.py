"""Writes at the simulated gateway as any client makes them: forms of refusal to the byte, limits, whose they are."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest

from omnishop.model import Kind, OrderStatus, Stage, to_beijing_text, yuan_text
from omnishop.sandbox import orders
from omnishop.sandbox.steps import apply, take
from omnishop.sandbox.world import Claim
from omnishop_taobao.face import face
from omnishop_taobao.face.face import _PLAYED
from omnishop_taobao.face.wire_cases import version
from omnishop_taobao.methods import WRITES
from omnishop_taobao.signing import joined, signature

ROUTER = "http://eco.taobao.com/router/rest"
JPG = b"\xff\xd8\xff\xe0" + bytes(40)
K, S = Kind, Stage


class Gateway:
    """A client of its own making: nothing of the adapter but the signature rule."""

    def __init__(self, simulation, entry):
        self.http = httpx.Client(transport=simulation.transport())
        self.sim, self.world, self.entry = simulation, simulation.world, entry
        self.shop = next(shop for shop in self.world.shops if shop.shop_id == entry["shop_id"])

    def ask(self, method, *, files=None, session="access_token", **business):
        params = {
            "method": method,
            "app_key": self.entry["app_key"],
            "session": self.entry[session],
            "timestamp": to_beijing_text(datetime.now(UTC)),
            "v": "2.0",
            "format": "json",
            "sign_method": "md5",
            **{name: str(value) for name, value in business.items() if value is not None},
        }
        params["sign"] = signature("md5", self.entry["app_secret"], joined(params.items()))
        return self.http.post(ROUTER, data=params, files=files).json()

    def agree(self, *infos, session="operator_token", **more):
        told = self.ask("taobao.rp.refunds.agree", refund_infos=",".join(infos), session=session, **more)
        return told.get("rp_refunds_agree_response") or told["error_response"]

    def error(self, method, **business):
        error = self.ask(method, **business)["error_response"]
        assert self.sim.log()[-1]["verdict"] == "refused"
        return error["code"], error.get("sub_code")

    def order(self, status=OrderStatus.SHIPPED):
        order = orders.place(self.world, face, self.shop, [(0, 2), (1, 1)])
        orders.pay(self.world, order)
        if status is OrderStatus.SHIPPED:
            orders.ship(self.world, face, order)
        return order

    def case(self, kind=K.REFUND_ONLY, *steps):
        order = self.order(OrderStatus.PAID if kind is K.CANCEL else OrderStatus.SHIPPED)
        case = apply(self.world, face, order, kind, [Claim(order.lines[0], 2)], reason="quality")
        for step in steps:
            take(self.world, face, case, step)
        return case


@pytest.fixture
def tmall(fresh, keys):
    return Gateway(fresh, keys(fresh))


@pytest.fixture
def c_shop(fresh, keys):
    return Gateway(fresh, keys(fresh, "taobao"))


def info(case, *, fen=None, seen=None, phase="onsale"):
    parts = [case.case_id, str(fen or case.requested), str(seen or version(case)), phase]
    return "|".join(part for part in parts if part)


# ---------------------------------------------------------------- agreeing


def test_a_batch_goes_through_in_part(c_shop):
    good, stale = c_shop.case(), c_shop.case()
    told = c_shop.agree(info(good, phase=None), info(stale, seen=1))
    assert (told["succ"], told["msg_code"], told["message"]) == (False, "SOME_OP_SUCC", "部分退款成功")
    rows = told["results"]["refund_mapping_result"]
    assert rows == [
        {"refund_id": good.case_id, "succ": True, "message": "操作成功"},
        {"refund_id": stale.case_id, "succ": False, "message": "退款单版本号已过期"},
    ]
    assert [len(case.refunds) for case in (good, stale)] == [1, 0]


def test_the_same_refund_twice_in_one_batch_is_paid_once(c_shop):
    case = c_shop.case()
    told = c_shop.agree(info(case), info(case))
    assert [row["succ"] for row in told["results"]["refund_mapping_result"]] == [True, False]
    assert [paid.amount for paid in case.refunds] == [case.requested]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fen": 1}, "退款金额与申请金额不符"),
        ({"seen": 1}, "退款单版本号已过期"),
        ({"phase": "aftersale"}, "退款阶段不符"),
    ],
)
def test_why_one_is_not_agreed_to(tmall, change, message):
    case = tmall.case()
    take(tmall.world, face, case, "review")
    told = tmall.agree(info(case, **change))
    assert told["msg_code"] == "OP_FAILURE_UE"
    assert [row["message"] for row in told["results"]["refund_mapping_result"]] == [message]
    assert case.refunds == []
    assert tmall.sim.log()[-1] | {"at": None} == {
        "at": None,
        "platform": "taobao",
        "method": "taobao.rp.refunds.agree",
        "verdict": "refused",
        "code": "OP_FAILURE_UE",
    }


def test_another_shops_refund_is_not_agreed_to(fresh, keys):
    theirs, ours = Gateway(fresh, keys(fresh, "taobao")), Gateway(fresh, keys(fresh))
    case = theirs.case()
    told = ours.agree(info(case))
    assert told["results"]["refund_mapping_result"][0]["message"] == "退款单不存在"
    assert case.refunds == []


@pytest.mark.parametrize(
    "text", ["1|2", "1|2|3", "1|2.5|3|onsale", "x|1|1|onsale", "1|2|3|never", "1|2|3|onsale|4"]
)
def test_refund_infos_that_are_none(tmall, text):
    told = tmall.agree(text)
    assert (told["code"], told["sub_code"]) == (41, "isv.invalid-parameter:refund_infos")


def test_twenty_refunds_a_call(c_shop):
    case = c_shop.case()
    assert c_shop.agree(*[info(case)] * 21)["code"] == 41
    assert case.refunds == []


def test_the_sub_account_is_asked_for_before_the_parameters(tmall):
    for session in ("access_token", "refresh_token"):
        told = tmall.agree("nonsense", session=session)
        assert told["code"] == (15 if session == "access_token" else 27)
    told = tmall.agree("nonsense", session="access_token")
    assert told["sub_code"] == "isv.invalid-permission:not_sub_user"
    assert told["sub_msg"] == "必须为子账号操作"


# ---------------------------------------------------------------- required, formats, storefronts


def test_what_tmall_requires_more(tmall, c_shop):
    case, other = tmall.case(), c_shop.case()
    told = {"refund_id": case.case_id, "refuse_message": "不同意"}
    assert tmall.error("taobao.refund.refuse", **told) == (40, "isv.missing-parameter:refund_phase")
    whole = {**told, "refund_phase": "onsale", "refund_version": version(case)}
    assert tmall.error("taobao.refund.refuse", **whole) == (40, "isv.missing-parameter:refuse_proof")
    assert tmall.error("taobao.refund.refuse", refuse_proof="text", **whole) == (
        41,
        "isv.invalid-parameter:refuse_proof",
    )
    assert case.stage is S.REQUESTED
    done = c_shop.ask("taobao.refund.refuse", refund_id=other.case_id, refuse_message="不同意")
    assert done["refund_refuse_response"]["refund"]["status"] == "SELLER_REFUSE_BUYER"


def test_a_refusal_with_its_proof(tmall):
    case = tmall.case()
    whole = {"refund_id": case.case_id, "refuse_message": "商品完好", "refund_phase": "onsale"}
    told = tmall.ask(
        "taobao.refund.refuse",
        files={"refuse_proof": ("a.jpg", JPG, "image/jpeg")},
        refund_version=version(case),
        **whole,
    )["refund_refuse_response"]
    assert told["is_success"] is True
    assert told["refund"] == {
        "refund_id": case.case_id,
        "status": "SELLER_REFUSE_BUYER",
        "modified": to_beijing_text(case.changed_at),
    }
    read = tmall.ask("taobao.refund.get", refund_id=case.case_id, fields="status,refund_version,modified")
    assert read["refund_get_response"]["refund"]["refund_version"] == version(case)


@pytest.mark.parametrize(
    ("method", "word"),
    [
        ("taobao.rp.refund.review", "refund"),
        ("taobao.rp.returngoods.refuse", "refund"),
        ("taobao.rp.returngoods.refill", "refund"),
        ("tmall.exchange.agree", "exchange"),
        ("tmall.exchange.consigngoods", "exchange"),
        ("taobao.traderate.explain.add", "review"),
    ],
)
def test_what_is_tmalls_alone(c_shop, method, word):
    assert c_shop.error(method)[0] == 12, word


@pytest.mark.parametrize("method", sorted(set(WRITES) & _PLAYED.keys()))
def test_every_write_refuses_what_lacks_its_parameters(tmall, method):
    """And changes nothing."""
    read = _PLAYED[method]
    assert read.wants
    before = {case_id: case.changed_at for case_id, case in tmall.world.cases.items()}
    session = "operator_token" if read.operator else "access_token"
    code, sub_code = tmall.error(method, session=session)
    assert (code, sub_code) == (40, f"isv.missing-parameter:{read.wants[0]}")
    assert {case_id: case.changed_at for case_id, case in tmall.world.cases.items()} == before


@pytest.mark.parametrize("method", sorted(set(WRITES) & _PLAYED.keys()))
def test_every_write_answers_any_nonsense(tmall, method):
    read = _PLAYED[method]
    session = "operator_token" if read.operator else "access_token"
    for text in ("0", "1" * 30, "一", "null", "{}", "1|1|1|onsale"):
        told = tmall.ask(method, session=session, **dict.fromkeys(read.wants, text))
        (key,) = told
        assert key == "error_response" or key.endswith("_response")


def test_a_phase_or_version_that_is_wrong(tmall):
    case = tmall.case()
    good = {"operator": "a", "message": "b", "result": "true"}
    right = {"refund_id": case.case_id, "refund_phase": "onsale", "refund_version": version(case)}
    for wrong, code in (
        (
            {"refund_version": 1},
            (15, "isv.invalid-permission:refund_status is invalid or refund is out of date"),
        ),
        ({"refund_version": "x"}, (41, "isv.invalid-parameter:refund_version")),
        ({"refund_phase": "aftersale"}, (15, "isv.invalid-parameter:refund_phase")),
        ({"refund_phase": "never"}, (41, "isv.invalid-parameter:refund_phase")),
        ({"refund_id": "1"}, (15, "isv.refund-not-exist")),
        ({"result": "maybe"}, (41, "isv.invalid-parameter:result")),
    ):
        assert tmall.error("taobao.rp.refund.review", **{**good, **right, **wrong}) == code
    assert tmall.ask("taobao.rp.refund.review", **good, **right)["rp_refund_review_response"]["is_success"]


def test_a_review_that_says_no_pays_nothing(tmall):
    case = tmall.case()
    base = {"operator": "a", "message": "b", "refund_id": case.case_id, "refund_phase": "onsale"}
    for result in ("true", "false"):
        tmall.ask("taobao.rp.refund.review", result=result, refund_version=version(case), **base)
    assert tmall.agree(info(case))["results"]["refund_mapping_result"][0]["message"] == "退款单未审核"


# ---------------------------------------------------------------- exchanges, parcels, orders


def test_an_exchange_answers_in_its_own_form(tmall):
    case = tmall.case(K.EXCHANGE)
    fields = "dispute_id,bizorder_id,modified,status"
    place = tmall.shop.addresses[0].address_id
    told = tmall.ask("tmall.exchange.agree", dispute_id=case.case_id, address_id=place, fields=fields)
    assert told["tmall_exchange_agree_response"]["result"] == {
        "success": True,
        "exchange": {
            "dispute_id": case.case_id,
            "biz_order_id": case.order.order_id,
            "status": "待买家退货",
            "modified": to_beijing_text(case.changed_at),
        },
    }
    again = tmall.ask("tmall.exchange.agree", dispute_id=case.case_id, address_id=place, fields=fields)
    inside = again["tmall_exchange_agree_response"]["result"]
    assert inside["success"] is False
    assert inside["msg_code"].startswith("isv.")
    assert inside["message"]
    said = tmall.ask(
        "tmall.exchange.message.add", dispute_id=case.case_id, content="请寄回", fields="id,content"
    )
    (row,) = said["tmall_exchange_message_add_response"]["result"]["results"]["refund_message"]
    assert row["content"] == "请寄回"


def test_the_return_address_is_told_to_the_buyer(tmall):
    case = tmall.case(K.RETURN_REFUND)
    place = tmall.shop.addresses[1]
    more = {"refund_phase": "onsale", "refund_version": version(case), "remark": "同意"}
    tmall.ask(
        "taobao.rp.returngoods.agree", refund_id=case.case_id, seller_address_id=place.address_id, **more
    )
    listed = tmall.ask(
        "taobao.refund.messages.get",
        refund_id=case.case_id,
        fields="content,message_type",
        refund_phase="onsale",
    )
    newest = listed["refund_messages_get_response"]["refund_messages"]["refund_message"][0]
    assert newest["message_type"] == "RETURN_GOODS_APPROVED"
    assert place.street in newest["content"]


def test_a_message_with_its_picture_comes_back(tmall):
    case = tmall.case()
    told = tmall.ask(
        "taobao.refund.message.add",
        files={"image": ("a.jpg", JPG, "image/jpeg")},
        refund_id=case.case_id,
        content="请看图",
    )["refund_message_add_response"]["refund_message"]
    fields = "id,content,pic_urls,owner_role"
    listed = tmall.ask(
        "taobao.refund.messages.get", refund_id=case.case_id, fields=fields, refund_phase="onsale"
    )
    newest = listed["refund_messages_get_response"]["refund_messages"]["refund_message"][0]
    assert (newest["id"], newest["content"], newest["owner_role"]) == (told["id"], "请看图", "2")
    assert len(newest["pic_urls"]["pic_url"]) == 1
    for bad in (b"%PDF-1.4", JPG + bytes(500 * 1024)):
        files = {"image": ("a.jpg", bad, "image/jpeg")}
        error = tmall.ask("taobao.refund.message.add", files=files, refund_id=case.case_id, content="x")
        assert error["error_response"]["sub_code"] == "isv.invalid-parameter:image"


def test_stopped_goods(tmall):
    case = tmall.case(K.CANCEL)
    param = {"refund_id": int(case.case_id), "tid": int(case.order.order_id), "status": "FAIL"}
    method = "taobao.rdc.aligenius.sendgoods.cancel"

    def stop(**change):
        told = tmall.ask(method, param=json.dumps({**param, **change}))
        return told.get("rdc_aligenius_sendgoods_cancel_response", {}).get("result") or told["error_response"]

    assert stop()["success"] is True
    assert case.stage is S.REQUESTED
    assert stop(tid=1)["success"] is False
    assert stop(refund_fee=1, status="SUCCESS")["success"] is False
    assert stop(status="MAYBE")["code"] == 41
    assert stop(status="SUCCESS") == {"success": True, "result_data": {"refund_id": int(case.case_id)}}
    assert [paid.amount for paid in case.refunds] == [case.requested]
    assert stop(status="SUCCESS")["success"] is False
    assert len(case.refunds) == 1


def test_memos(tmall):
    order = tmall.order()
    told = tmall.ask("taobao.trade.memo.add", tid=order.order_id, memo="一", flag=2)
    assert told["trade_memo_add_response"]["trade"]["tid"] == int(order.order_id)
    assert tmall.error("taobao.trade.memo.add", tid=order.order_id, memo="二")[0] == 15
    tmall.ask("taobao.trade.memo.update", tid=order.order_id, memo="三")
    assert (order.remark, order.flag) == ("三", 0)
    tmall.ask("taobao.trade.memo.update", tid=order.order_id, flag=4)
    assert (order.remark, order.flag) == ("三", 4)
    assert tmall.error("taobao.trade.memo.update", tid=order.order_id, memo="字" * 334)[0] == 15
    tmall.ask("taobao.trade.memo.update", tid=order.order_id, reset="true")
    assert order.remark is None
    assert tmall.error("taobao.trade.memo.update", tid="1", memo="x") == (15, "isv.trade-not-exist")


def test_a_trade_is_closed_only_while_it_is_unpaid(c_shop):
    order = orders.place(c_shop.world, face, c_shop.shop, [(0, 1)])
    close = {"tid": order.order_id, "close_reason": "缺货"}
    assert c_shop.error("taobao.trade.close", **close) == (15, "CLOSE_TRADE_TOO_FAST")
    c_shop.sim.advance(11)
    assert c_shop.error("taobao.trade.close", **{**close, "close_reason": "别的"})[0] == 15
    c_shop.ask("taobao.trade.close", **close)
    assert order.status is OrderStatus.CLOSED
    assert c_shop.error("taobao.trade.close", tid=c_shop.order().order_id, close_reason="缺货")[0] == 15


def test_the_buyer_is_rated_once(c_shop):
    order = c_shop.order()
    orders.finish(c_shop.world, order)
    rate = {"tid": order.order_id, "role": "seller"}
    assert c_shop.error("taobao.traderate.add", result="bad", **rate) == (40, "isv.missing-parameter:content")
    assert "trade_rate" in c_shop.ask("taobao.traderate.add", result="good", **rate)["traderate_add_response"]
    assert c_shop.error("taobao.traderate.add", result="good", **rate)[0] == 15


def test_money_on_the_wire_follows_the_world(c_shop):
    case = c_shop.case()
    assert c_shop.agree(info(case))["msg_code"] == "OP_SUCC"
    read = c_shop.ask("taobao.refund.get", refund_id=case.case_id, fields="status,refund_fee")
    assert read["refund_get_response"]["refund"] == {
        "status": "SUCCESS",
        "refund_fee": yuan_text(case.refunds[0].amount),
    }
    trade = c_shop.ask(
        "taobao.trade.get", tid=case.order.order_id, fields="orders.status,orders.refund_status"
    )
    first = trade["trade_get_response"]["trade"]["orders"]["order"][0]
    assert first == {"status": "TRADE_CLOSED", "refund_status": "SUCCESS"}
