"""Writes as strangers make them: what the simulated platform insists on, and its answers in their form."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnishop.model import Kind, Stage, to_beijing_text
from omnishop.sandbox import steps
from omnishop.sandbox.simulation import Simulation
from omnishop_jd.catalogue import METHODS
from omnishop_jd.face import HANDLERS, face, gateway

WRITES = sorted(name for name in HANDLERS if METHODS[name].write)


@pytest.fixture(scope="module")
def sim():
    return Simulation.new(platforms=("jd",), seed=21, orders=90)


@pytest.fixture
def fresh():
    return Simulation.new(platforms=("jd",), seed=22, orders=90)


def post(sim, method, business):
    """As a client without any library would: all parameters in the form body."""
    keys = sim.shops("http://sim.test")["shops"][0]
    params = {
        "method": method,
        "app_key": keys["app_key"],
        "access_token": keys["access_token"],
        "timestamp": to_beijing_text(datetime.now(UTC)),
        "v": "2.0",
        "360buy_param_json": json.dumps(business, ensure_ascii=False),
    }
    text = "".join(f"{name}{params[name]}" for name in sorted(params))
    secret = keys["app_secret"]
    digest = hashlib.md5(f"{secret}{text}{secret}".encode(), usedforsecurity=False).hexdigest().upper()
    with httpx.Client(transport=sim.transport(), base_url="http://sim.test") as client:
        form = {"content-type": "application/x-www-form-urlencoded"}
        answer = client.post("/routerjson", content=urlencode({**params, "sign": digest}), headers=form)
    return answer.json()


def inner(body):
    [(_, envelope)] = body.items()
    return {name: value for name, value in envelope.items() if name != "request_id"}


def op(sim, **more):
    return {"buId": sim.world.shops[0].shop_id, "operatePin": "cs01", "operateNick": "cs01", **more}


def listed(shared, method):
    rows = json.loads((shared / "methods.json").read_text())["methods"]
    return next(row["required"] for row in rows if row["name"] == method)


DUMMIES = {"int": 1, "long": 1, "string": "1", "string,": "-1", "long[]": [1]}


def dummies(sim, required):
    filled = {name: DUMMIES[kind.split(" ")[0]] for name, kind in required.items()}
    return {**filled, "buId": sim.world.shops[0].shop_id} if "buId" in filled else filled


@pytest.mark.parametrize("method", WRITES)
def test_every_required_parameter_is_insisted_on(sim, shared, method):
    required = listed(shared, method)
    whole = dummies(sim, required)
    if "saveReply" not in method and "commentreply" not in method:
        assert inner(post(sim, method, whole)).get("code") in {"0", "71"}
    for name in required:
        rest = {key: value for key, value in whole.items() if key != name}
        assert inner(post(sim, method, rest))["code"] == "60", name
        assert sim.log()[-1]["verdict"] == "refused"


@pytest.mark.parametrize("method", WRITES)
def test_a_number_that_is_none_is_refused(sim, shared, method):
    required = listed(shared, method)
    for name, kind in required.items():
        if kind in {"int", "long"}:
            body = post(sim, method, {**dummies(sim, required), name: "one"})
            assert inner(body)["code"] == "61", name


@pytest.mark.parametrize("method", [name for name in WRITES if name.startswith("jingdong.asc.")])
def test_the_operator_is_the_shops_own(sim, shared, method):
    whole = dummies(sim, listed(shared, method))
    result = inner(post(sim, method, {**whole, "buId": "1"}))["result"]
    assert (result["success"], result["code"]) == (False, "10403")
    result = inner(post(sim, method, {**whole, "operateNick": "长" * 51}))["result"]
    assert (result["success"], result["code"]) == (False, "10002")


def test_writes_that_are_not_played_answer_no_permission(sim):
    missing = sorted(name for name, row in METHODS.items() if row.write and name not in HANDLERS)
    for method in missing:
        body = post(sim, method, {})
        assert body["error_response"]["code"] == "24", method
    assert "jingdong.pop.afs.soa.refundapply.updateWarehouseStatus" in missing


# ---------------------------------------------------------------- answers, in the forms of the shared samples

DONE = {"code": "0", "result": {"success": True, "code": "00000", "msg": "操作成功", "data": True}}


def case_of(sim, kind, stage=Stage.REQUESTED):
    found = (c for c in sim.world.cases.values() if c.kind is kind and c.stage is stage)
    return next(case for case in found if not case.marks)


def audit(sim, case, **more):
    version = more.pop("version", None)
    return op(
        sim,
        serviceId=int(case.case_id),
        orderId=int(case.order.order_id),
        approveNotes="x",
        approveReasonCid1=801,
        sysVersion=version if version is not None else 1,
        **more,
    )


def test_audits_answer_as_the_samples(fresh):
    case = case_of(fresh, Kind.EXCHANGE)
    method = "jingdong.asc.audit.refuse"
    body = post(fresh, method, audit(fresh, case, version=9))
    assert list(body) == ["jingdong_asc_audit_refuse_responce"]
    conflict = {"success": False, "code": "10012", "msg": "服务单版本号不一致，请刷新后重试"}
    assert inner(body) == {"code": "0", "result": conflict}
    assert inner(post(fresh, method, audit(fresh, case))) == DONE
    state = {"success": False, "code": "10011", "msg": "服务单状态已变更，当前状态不允许该操作"}
    assert inner(post(fresh, method, audit(fresh, case))) == {"code": "0", "result": state}


def test_an_audit_wants_a_listed_reason_and_a_kind_that_fits(fresh):
    case = case_of(fresh, Kind.REFUND_ONLY)
    for wrong in ({"approveReasonCid1": 80103}, {"approveReasonCid2": 905}):
        body = post(fresh, "jingdong.asc.audit.refuse", {**audit(fresh, case), **wrong})
        assert inner(body)["result"]["code"] == "10002"
    parcel = {"expressCode": "SF1", "shipWayId": "467", "shipWayName": "顺丰快递"}
    body = post(fresh, "jingdong.asc.audit.reissue", {**audit(fresh, case), **parcel})
    assert inner(body)["result"]["code"] == "10014"
    assert case.stage is Stage.REQUESTED


def test_a_return_wants_area_codes_and_its_own_articles(fresh):
    case = case_of(fresh, Kind.RETURN_REFUND)
    view = {"serviceId": case.case_id, "orderId": case.order.order_id, **op(fresh)}
    bill = inner(post(fresh, "jingdong.asc.query.view", view))["result"]["data"]
    ids = [row["applyDetailId"] for row in bill["applyDetailList"]]
    address = {
        "returnContactName": "退货组",
        "returnContactTel": "0571-88001234",
        "returnZipcode": "310000",
        "returnProvince": 15,
        "returnCity": 1213,
        "returnCounty": 3411,
        "returnDetailAddress": "退货仓1号",
        "returnAddressType": 1,
        "applyDetailIdList": ids,
    }
    method = "jingdong.asc.audit.send"
    for wrong in ({"returnCity": 0}, {"applyDetailIdList": [1]}, {"applyDetailIdList": [*ids, 1]}):
        body = post(fresh, method, {**audit(fresh, case), **address, **wrong})
        assert inner(body)["result"]["code"] == "10002"
    # comma-joined ids, as one published client sends arrays
    told = {**address, "applyDetailIdList": ",".join(map(str, ids))}
    assert inner(post(fresh, method, {**audit(fresh, case), **told})) == DONE
    bill = inner(post(fresh, "jingdong.asc.query.view", view))["result"]["data"]
    assert (bill["serviceStatus"], bill["sysVersion"]) == (10005, 2)
    assert (bill["approveResult"], bill["approveResultName"], bill["approveNotes"]) == (33, "客户发货", "x")


def test_applications_answer_as_the_samples(fresh):
    case = case_of(fresh, Kind.CANCEL)
    method = "jingdong.pop.afs.soa.refundapply.replyRefund"
    asked = {"id": case.case_id, "status": "1", "checkUserName": "cs01", "remark": "同意"}
    done = {"success": True, "errorCode": "0", "errorMsg": ""}
    again = {"success": False, "errorCode": "2005", "errorMsg": "退款单已审核，请勿重复操作"}
    assert inner(post(fresh, method, asked)) == {"code": "0", "replyResult": done}
    assert inner(post(fresh, method, asked)) == {"code": "0", "replyResult": again}
    view = inner(post(fresh, "jingdong.pop.afs.soa.refundapply.queryById", {"id": case.case_id}))
    row = view["queryResult"]["result"][0]
    assert (row["status"], row["checkUserName"], row["checkRemark"]) == (1, "cs01", "同意")
    assert row["checkTime"]


def test_orders_answer_as_the_samples(fresh):
    order = next(o for o in fresh.world.orders.values() if o.status == "paid" and not o.cases)
    shipment = {"orderId": order.order_id, "logiCoprId": "467|463", "logiNo": "SF1,SF2|YT1"}
    method = "jingdong.pop.order.shipment"
    for wrong in ({"logiNo": "SF1"}, {"logiCoprId": "467|1"}, {"logiNo": "SF1|"}):
        body = inner(post(fresh, method, {**shipment, **wrong}))["sopjosshipment_result"]
        assert (body["success"], order.parcels) == ("false", [])
    done = {"success": "true", "chineseErrCode": "", "englishErrCode": "", "errorCode": "0"}
    assert inner(post(fresh, method, shipment)) == {"code": "0", "sopjosshipment_result": done}
    gone = inner(post(fresh, method, shipment))["sopjosshipment_result"]
    assert (gone["success"], gone["errorCode"], gone["chineseErrCode"]) == ("false", "10400001", "订单已出库")
    fields = {"order_id": order.order_id, "optional_fields": "orderId,orderState,waybill,logisticsId"}
    info = inner(post(fresh, "jingdong.pop.order.enGet", fields))["orderDetailInfo"]["orderInfo"]
    assert (info["waybill"], info["logisticsId"]) == ("SF1,SF2|YT1", "467|463")
    assert info["orderState"] == "WAIT_GOODS_RECEIVE_CONFIRM"


def test_remarks_answer_as_the_samples(fresh):
    order = next(iter(fresh.world.orders.values()))
    order.remark = None
    view, write = "jingdong.order.venderRemark.queryByOrderId", "jingdong.pop.order.modifyVenderRemark"
    named = {"order_id": order.order_id}
    told = {"api_jos_result": {"success": True, "result_code": "0", "result_describe": "成功"}}
    assert inner(post(fresh, view, named)) == {"code": "0", "venderRemarkQueryResult": told}
    for wrong in ({"flag": 6}, {"remark": "长" * 501}):
        body = inner(post(fresh, write, {**named, "flag": 3, "remark": "x", **wrong}))
        assert body["modifyvenderremark_result"]["success"] is False
    done = {"success": True, "chinese_err_code": "", "english_err_code": "", "error_code": "0"}
    body = post(fresh, write, {**named, "flag": 3, "remark": "客户要求改地址"})
    assert inner(body) == {"code": "0", "modifyvenderremark_result": done}
    row = inner(post(fresh, view, named))["venderRemarkQueryResult"]["vender_remark"]
    assert (row["order_id"], row["remark"], row["flag"]) == (int(order.order_id), "客户要求改地址", 3)
    assert row["modified"] >= row["created"]


@pytest.mark.parametrize(
    "method", ["jingdong.pop.PopCommentJsfService.saveReply", "jingdong.club.pop.commentreply.save"]
)
def test_replies_answer_as_the_samples(fresh, method):
    review = next(iter(fresh.world.reviews.values()))
    asked = {"commentId": review.review_id, "content": "谢谢", "replyId": "-1"}
    assert inner(post(fresh, method, asked)) == {"code": "0", "resultCode": "0", "resultMsg": "成功"}
    assert inner(post(fresh, method, asked))["resultCode"] != "0"
    assert inner(post(fresh, method, {**asked, "commentId": "0"}))["resultCode"] != "0"
    assert fresh.log()[-1]["verdict"] == "refused"


def test_notes_answer_as_the_samples(fresh):
    case = case_of(fresh, Kind.RETURN_REFUND, Stage.SUCCEEDED)
    ids = op(fresh, serviceId=int(case.case_id))
    saved = post(fresh, "jingdong.asc.track.save", {**ids, "operateRemark": "请补充商品照片"})
    assert inner(saved) == {"code": "0", "result": {"success": True, "code": "00000", "msg": "操作成功"}}
    [row] = inner(post(fresh, "jingdong.asc.track.list", ids))["pageResult"]["data"]
    assert (row["trackContext"], row["createPin"], row["createName"]) == ("请补充商品照片", "cs01", "cs01")
    steps.take(fresh.world, face, case, "call_unsolved")
    both = {**ids, "orderId": int(case.order.order_id)}
    reply = {**both, "replyContext": "已提交财务"}
    assert inner(post(fresh, "jingdong.asc.unsolved.message.reply", reply)) == DONE
    rows = inner(post(fresh, "jingdong.asc.unsolved.message.list", both))["pageResult"]["data"]
    assert [(row["messageTypeName"], row["context"]) for row in rows] == [
        ("客户留言", "问题未解决"),
        ("商家回复", "已提交财务"),
    ]
    [row] = inner(post(fresh, "jingdong.asc.unsolved.list", op(fresh)))["pageResult"]["data"]
    assert row["serviceId"] == int(case.case_id)


def test_another_shops_records_answer_71(fresh):
    other = {"orderId": 1, "logiCoprId": "467", "logiNo": "SF1"}
    assert inner(post(fresh, "jingdong.pop.order.shipment", other))["code"] == "71"
    remark = {"order_id": 1, "flag": 0, "remark": "x"}
    assert inner(post(fresh, "jingdong.pop.order.modifyVenderRemark", remark))["code"] == "71"
    reply = {"id": 1, "status": 1, "checkUserName": "x", "remark": "x"}
    assert inner(post(fresh, "jingdong.pop.afs.soa.refundapply.replyRefund", reply))["code"] == "71"


# ---------------------------------------------------------------- anything at all

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(max_size=8),
    st.lists(st.integers() | st.text(max_size=3) | st.none(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


PARAMETERS = (
    "serviceId orderId order_id id commentId buId operatePin operateNick approveNotes sysVersion "
    "approveReasonCid1 approveReasonCid2 returnContactName returnContactTel returnZipcode returnProvince "
    "returnCity returnCounty returnDetailAddress returnAddressType applyDetailIdList expressCode shipWayId "
    "shipWayName wareNum packingState qualityState invoiceRecord judgmentReason accessoryOrGift "
    "appearanceState receivePin receiveName receiveRemark freightMoney expressCompany opFlag wareType "
    "interveneReasonCid1 interveneReasonCid2 contactTel replyContext operateRemark status checkUserName "
    "remark rejectType outWareStatus logiCoprId logiNo flag content replyId fetchNum customerMobile afsAddress"
).split()


@pytest.mark.parametrize("method", WRITES)
@settings(max_examples=25)
@given(data=st.data())
def test_any_value_of_any_parameter_is_answered(sim, method, data):
    """With the ids of a record that is there, so that the checks behind them are reached."""
    case = data.draw(st.sampled_from(sorted(sim.world.cases.values(), key=lambda case: case.case_id)))
    review = next(iter(sim.world.reviews))
    known = {"serviceId": case.case_id, "id": case.case_id, "orderId": case.order.order_id}
    known |= {"order_id": case.order.order_id, "commentId": review, **op(sim)}
    given_ = {name: data.draw(ANYTHING) for name in PARAMETERS}
    kept = data.draw(st.sets(st.sampled_from(sorted(known))))
    given_ |= {name: known[name] for name in kept if name in PARAMETERS}
    try:
        answer = HANDLERS[method](gateway.Ask(sim.world, sim.world.shops[0], method, given_))
    except gateway.Refusal as refusal:
        answer = {"code": refusal.code}
    assert answer.get("code") in {None, "60", "61", "62", "71"}
    json.dumps(answer)
