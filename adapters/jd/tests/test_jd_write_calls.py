"""What each write sends, beside the platform's own lists of parameters, and what each answer to it means."""

from __future__ import annotations

import json

import msgspec
import pytest

from omnishop.acts import Ask, Look, Subject, Verb
from omnishop.drivers.exchange import settle
from omnishop.errors import (
    AuthError,
    ConfigError,
    Conflict,
    NotFound,
    OmnishopError,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Rejected,
)
from omnishop.flow import Call
from omnishop.model import Order, OrderStatus, Parcel, Review
from omnishop.ports import Account, App, Response
from omnishop_jd import adapter
from omnishop_jd.writes.goods import RECEIVE_SETTINGS
from omnishop_jd.writes.parts import Carrier

ASC = "jingdong.asc."
SETTINGS = {
    "operate_pin": "cs01",
    "contact_tel": "0571-88001234",
    "offline_change_op_flag": "1",
    **dict.fromkeys(RECEIVE_SETTINGS.values(), "10"),
    "receive_quality_state": "20",
    "receive_quality_state_bad": "30",
}
ACCOUNT = Account(App("jd", "K" * 32, "S" * 32), "jd", "10200137", settings=SETTINGS)
SIGNED = (Carrier("467", "顺丰快递"), Carrier("2087", "京东快递"))
REASONS = {"801": None, "803": None, "80103": "801"}
OP = {"buId": "10200137", "operatePin": "cs01", "operateNick": "小王"}
IDS = {**OP, "serviceId": 1800012301, "orderId": 312045679115}
BILL = {
    "serviceId": 1800012301,
    "orderId": 312045679115,
    "customerExpect": 10,
    "serviceStatus": 10001,
    "sysVersion": 7,
    "questionTypeCid1": 801,
    "questionTypeCid2": 80103,
    "applyDetailList": [{"applyDetailId": 906800003}, {"applyDetailId": 906800004}],
}
ADDRESS = {
    "id": 3301,
    "contact": "退货组",
    "phone": "0571-88001234",
    "zip_code": "310000",
    "full_address": "浙江杭州市西湖区三墩镇退货仓1号",
    "full_area_id": "15_1213_3411_50027",
    "address_type": 1,
}


def answer(method, inner):
    return json.dumps({f"{method.replace('.', '_')}_responce": {"code": "0", **inner}}).encode()


def decoded(method, inner):
    [found] = adapter.decode_body(method, answer(method, inner), ACCOUNT)
    return found


def service(aside=None, marks=None, **changes):
    data = {**BILL, **changes}
    record = decoded(f"{ASC}query.view", {"result": {"success": True, "code": "00000", "data": data}})
    return Look(record, marks or {"status": str(data["serviceStatus"])}, aside)


def application(order=None, status=0):
    row = {"id": 53821, "orderId": "312045679115", "applyRefundSum": 31700.0, "status": status}
    method = "jingdong.pop.afs.soa.refundapply.queryPageList"
    record = decoded(method, {"queryResult": {"success": True, "totalCount": 1, "result": [row]}})
    return Look(record, {"status": str(status)}, order)


def addresses():
    method = "jingdong.vender.returnaddress.query"
    inner = {"returnAddressResult": {"is_success": True, "total_count": 1, "return_address_s": [ADDRESS]}}
    payload = msgspec.Raw(json.dumps(inner).encode())
    from omnishop_jd import details

    flow = details.return_addresses(ACCOUNT)
    assert next(flow).method == method
    with pytest.raises(StopIteration) as done:
        flow.send(payload)
    return done.value.value


def order(**changes):
    return Order("jd", "312045679115", "jd", "10200137", OrderStatus.PAID, **changes)


class Standing(msgspec.Struct):
    remark: str | None = None
    flag: int | None = None


AUDIT = {"sysVersion": 7, "approveReasonCid1": 801, "approveReasonCid2": 80103}
SENT = {
    "returnContactName": "退货组",
    "returnContactTel": "0571-88001234",
    "returnZipcode": "310000",
    "returnProvince": 15,
    "returnCity": 1213,
    "returnCounty": 3411,
    "returnVillage": 50027,
    "returnDetailAddress": "浙江杭州市西湖区三墩镇退货仓1号",
    "returnAddressType": 1,
    "applyDetailIdList": [906800003, 906800004],
}
SF = {"carrier": "467", "tracking": "SF1020304050"}
CODES = {
    "packingState": 10,
    "qualityState": 20,
    "invoiceRecord": 10,
    "judgmentReason": 10,
    "accessoryOrGift": 10,
    "appearanceState": 10,
}
RECEIVED = {**IDS, "receivePin": "cs01", "receiveName": "小王"}
CHANGED = {
    **IDS,
    "sysVersion": 7,
    "opFlag": 1,
    "shipWayId": 467,
    "shipWayName": "顺丰快递",
    "expressCode": "SF1020304050",
    "wareType": "10",
}
REPLY = {"id": 53821, "checkUserName": "小王"}
ORDER = 312045679115

# name -> (verb, look, what is said, method, exact parameters)
CALLS = {
    "agree": (Verb.AGREE, application(), {}, "pop.afs.soa.refundapply.replyRefund",
        {**REPLY, "status": 1, "remark": "同意退款"}),
    "agree, not out": (Verb.AGREE, application(order()), {"text": "好"}, "pop.afs.soa.refundapply.replyRefund",
        {**REPLY, "status": 1, "remark": "好", "outWareStatus": 2}),
    "agree, out": (Verb.AGREE, application(order(parcels=(Parcel("467", None, "SF1"),))), {},
        "pop.afs.soa.refundapply.replyRefund", {**REPLY, "status": 1, "remark": "同意退款", "outWareStatus": 1}),
    "refuse": (Verb.REFUSE, application(), {"reason": "2", "text": "已签收"},
        "pop.afs.soa.refundapply.replyRefund", {**REPLY, "status": 2, "remark": "已签收", "rejectType": 2}),
    "refuse, no type": (Verb.REFUSE, application(), {"text": "已签收"},
        "pop.afs.soa.refundapply.replyRefund", {**REPLY, "status": 2, "remark": "已签收"}),
    "intercept": (Verb.CANCEL_ORDER, application(), {}, "pop.afs.soa.refundapply.replyRefund",
        {**REPLY, "status": 6, "remark": "同意退款并拦截"}),
    "send": (Verb.AGREE_RETURN, service(addresses()), {"address": "3301"}, "asc.audit.send",
        {**IDS, **AUDIT, **SENT, "approveNotes": "同意"}),
    "reissue": (Verb.AGREE, service(SIGNED, customerExpect=80), SF, "asc.audit.reissue",
        {**IDS, **AUDIT, "approveNotes": "同意补发", "expressCode": "SF1020304050", "shipWayId": "467",
         "shipWayName": "顺丰快递"}),
    "refuse service": (Verb.REFUSE, service(REASONS), {"reason": "803", "text": "人为损坏"}, "asc.audit.refuse",
        {**IDS, "sysVersion": 7, "approveReasonCid1": 803, "approveNotes": "人为损坏"}),
    "refuse by both": (Verb.REFUSE, service(REASONS), {"reason": "80103", "text": "x"}, "asc.audit.refuse",
        {**IDS, **AUDIT, "approveNotes": "x"}),
    "ask": (Verb.ASK_EVIDENCE, service(), {"text": "请补充照片", "reason": "803"}, "asc.audit.waitFeedback",
        {**IDS, "sysVersion": 7, "approveReasonCid1": 803, "approveNotes": "请补充照片"}),
    "register": (Verb.CONFIRM_RECEIPT, service(serviceStatus=10005), {}, "asc.receive.register",
        {**RECEIVED, **CODES, "receiveRemark": "已收货"}),
    "register, counted": (Verb.CONFIRM_RECEIPT, service(serviceStatus=10005), {"good": 1, "bad": 1},
        "asc.receive.register",
        {**RECEIVED, **CODES, "qualityState": 30, "receiveRemark": "已收货: 完好 1 件, 异常 1 件", "wareNum": 2}),
    "freight": (Verb.FILL_LOGISTICS, service(SIGNED, serviceStatus=10005), SF, "asc.freight.save",
        {**IDS, "freightMoney": 0, "expressCode": "SF1020304050", "expressCompany": "顺丰快递", "shipWayId": 467}),
    "change": (Verb.SHIP_REPLACEMENT, service(SIGNED, serviceStatus=10007, customerExpect=20), SF,
        "asc.process.offline.change", CHANGED),
    "reply": (Verb.MESSAGE, service(), {"text": "已提交财务"}, "asc.unsolved.message.reply",
        {**IDS, "replyContext": "已提交财务"}),
    "track": (Verb.REMARK, service(), {"text": "致电无人接听"}, "asc.track.save",
        {**OP, "serviceId": 1800012301, "operateRemark": "致电无人接听"}),
    "intervene": (Verb.INTERVENE, service({"1": None, "101": "1"}), {"reason": "101"}, "asc.process.JdIntervene",
        {**IDS, "sysVersion": 7, "interveneReasonCid1": 1, "interveneReasonCid2": 101,
         "contactTel": "0571-88001234"}),
    "ship": (Verb.SHIP, Look(order(), {}, SIGNED), SF, "pop.order.shipment",
        {"orderId": ORDER, "logiCoprId": "467", "logiNo": "SF1020304050"}),
    "ship by name": (Verb.SHIP, Look(order(), {}, SIGNED), {"carrier": "顺丰速运", "tracking": "SF1"},
        "pop.order.shipment", {"orderId": ORDER, "logiCoprId": "467", "logiNo": "SF1"}),
    "ship, self": (Verb.SHIP, Look(order(), {}, (Carrier("1274", "厂家自送"),)), {"carrier": "厂家自送"},
        "pop.order.shipment", {"orderId": ORDER, "logiCoprId": "1274"}),
    "remark": (Verb.REMARK, Look(order(), {}, Standing("改地址", 3)), {"text": "已致电"},
        "pop.order.modifyVenderRemark", {"order_id": ORDER, "flag": 3, "remark": "改地址 | 已致电"}),
    "first remark": (Verb.REMARK, Look(order(), {}, Standing()), {"text": "已致电"},
        "pop.order.modifyVenderRemark", {"order_id": ORDER, "flag": 0, "remark": "已致电"}),
    "reply to review": (Verb.REPLY_REVIEW, Look(Review("jd", "c9f1"), {}), {"text": "谢谢"},
        "pop.PopCommentJsfService.saveReply", {"commentId": "c9f1", "content": "谢谢", "replyId": "-1"}),
}  # fmt: skip


def subject(look):
    kind = type(look.record).__name__.lower()
    source = look.record.source if kind == "case" else ""
    return Subject(kind, "-", source)


def flow_of(name):
    verb, look, said, _, _ = CALLS[name]
    rows = [row for row in adapter.writes("jd") if row.verb is verb and row.meant(subject(look), kind(look))]
    [row] = rows
    return row, row.send(ACCOUNT, look, Ask(by="小王", **said))


def kind(look):
    return getattr(look.record, "kind", None)


@pytest.mark.parametrize("name", CALLS)
def test_each_write_sends_exactly_this(name):
    row, flow = flow_of(name)
    call = next(flow)
    assert isinstance(call, Call)
    assert call.write
    assert call.method == row.method == f"jingdong.{CALLS[name][3]}"
    assert {key: value for key, value in call.params.items() if value is not None} == CALLS[name][4]


def test_every_row_has_its_call():
    covered = {(flow_of(name)[0].verb, flow_of(name)[0].method) for name in CALLS}
    assert covered == {(row.verb, row.method) for row in adapter.writes("jd") if row.method is not None}


TYPES = {"int": int, "long": int, "string": str, "long[]": list}


@pytest.mark.parametrize("name", CALLS)
def test_parameters_are_those_of_the_platforms_list(name, shared):
    """Required ones present, none unknown, each of its type."""
    told = {row["name"]: row for row in json.loads((shared / "methods.json").read_text())["methods"]}
    _, flow = flow_of(name)
    call = next(flow)
    known = told[call.method]
    assert known["kind"] == "write"
    types = {**known["required"], **known["optional"], **known.get("newer_optional", {})}
    sent = {key: value for key, value in call.params.items() if value is not None}
    assert set(known["required"]) <= set(sent) <= set(types)
    for key, value in sent.items():
        assert isinstance(value, TYPES[types[key].split(",")[0]]), key


# ---------------------------------------------------------------- answers

GOOD = {
    "asc": {"result": {"success": True, "code": "00000", "msg": "操作成功"}},
    "asc with data": {"result": {"success": "true", "code": "00000", "data": True}},
    "refundapply": {"replyResult": {"success": True, "errorCode": "0", "errorMsg": ""}},
    "shipment": {"sopjosshipment_result": {"success": "true", "errorCode": "0"}},
    "remark": {"modifyvenderremark_result": {"success": True, "error_code": "0"}},
    "comment": {"resultCode": "0", "resultMsg": "成功"},
}
NAMES = {
    "asc": "refuse service",
    "asc with data": "register",
    "refundapply": "agree",
    "shipment": "ship",
    "remark": "remark",
    "comment": "reply to review",
}


def answered(name, body):
    """What becomes of a write whose answer is `body`: the driver's part and the flow's."""
    _, flow = flow_of(name)
    call = next(flow)
    body = body if isinstance(body, bytes) else answer(call.method, body)
    try:
        payload = adapter.codec.decode(call, Response(200, body))
    except OmnishopError as error:
        raise settle(call, error) from None
    with pytest.raises(StopIteration):
        flow.send(payload)


@pytest.mark.parametrize("family", GOOD)
def test_success(family):
    answered(NAMES[family], GOOD[family])


REFUSED = [
    (
        "refuse service",
        {"result": {"success": False, "code": "10012", "msg": "服务单版本号不一致，请刷新后重试"}},
        Conflict,
    ),
    ("refuse service", {"result": {"success": False, "code": "10011", "msg": "当前状态不允许"}}, Conflict),
    ("refuse service", {"result": {"success": False, "code": "10404", "msg": "服务单不存在"}}, Rejected),
    ("register", {"result": {"success": "false", "code": "1", "msg": "失败"}}, Rejected),
    ("agree", {"replyResult": {"success": False, "errorCode": "2005", "errorMsg": "退款单已审核"}}, Conflict),
    ("agree", {"replyResult": {"success": False, "errorCode": "1100", "errorMsg": "参数错误"}}, Rejected),
    ("agree", {"replyResult": {"success": False, "errorCode": "7", "errorMsg": "余额不足"}}, Rejected),
    (
        "ship",
        {
            "sopjosshipment_result": {
                "success": "false",
                "chineseErrCode": "订单已出库",
                "errorCode": "10400001",
            }
        },
        Conflict,
    ),
    (
        "remark",
        {"modifyvenderremark_result": {"success": False, "error_code": "5", "chinese_err_code": "备注过长"}},
        Rejected,
    ),
]


@pytest.mark.parametrize(
    ("name", "inner", "error"), REFUSED, ids=[f"{n}-{e.__name__}" for n, _, e in REFUSED]
)
def test_a_business_refusal_in_a_whole_answer(name, inner, error):
    with pytest.raises(error) as refused:
        answered(name, inner)
    assert type(refused.value) is error
    assert refused.value.code


DOUBTFUL = {
    "no result": {},
    "null result": {"result": None},
    "says nothing": {"result": {"code": "00000"}},
    "done but not": {"result": {"success": True, "code": "00000", "data": False}},
    "both ways": {"result": {"success": True, "code": "00000", "data": "false"}},
    "no object": {"result": []},
}


@pytest.mark.parametrize("inner", DOUBTFUL.values(), ids=DOUBTFUL)
def test_an_answer_that_does_not_settle_it_leaves_the_write_in_doubt(inner):
    with pytest.raises(OutcomeUnknown):
        answered("refuse service", inner)


@pytest.mark.parametrize("inner", [{}, {"resultCode": "9"}, {"resultMsg": "x"}])
def test_a_reply_to_a_review_is_in_doubt_unless_it_says_0(inner):
    with pytest.raises(OutcomeUnknown):
        answered("reply to review", inner)


def test_shipments_system_fault_is_doubt():
    fault = {"success": False, "chineseErrCode": "系统异常", "errorCode": "999999"}
    with pytest.raises(OutcomeUnknown):
        answered("ship", {"sopjosshipment_result": fault})


def gateway(code):
    return json.dumps({"error_response": {"code": code, "zh_desc": "?", "en_desc": "?"}}).encode()


@pytest.mark.parametrize("code", ["1", "43", "65", "66", "67", "69", "28", "31", "987"])
def test_gateway_faults_and_codes_nobody_mapped_are_doubt(code):
    with pytest.raises(OutcomeUnknown) as doubt:
        answered("agree", gateway(code))
    assert doubt.value.code == code


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("12", AuthError),
        ("19", AuthError),
        ("24", PermissionDenied),
        ("64", PermissionDenied),
        ("2", RateLimited),
        ("60", ConfigError),
        ("8", ConfigError),
        ("71", NotFound),
        ("70", Rejected),
    ],
)
def test_gateway_refusals_by_table_keep_their_errors(code, error):
    with pytest.raises(error):
        answered("agree", gateway(code))


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"jingdong_x', b"[]", b"{}"])
def test_cut_and_unreadable_answers_are_doubt(body):
    with pytest.raises(OutcomeUnknown):
        answered("agree", body)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 302])
def test_other_statuses_are_doubt(status):
    _, flow = flow_of("agree")
    call = next(flow)
    with pytest.raises(OmnishopError) as fault:
        adapter.codec.decode(call, Response(status, b"<html>"))
    assert isinstance(settle(call, fault.value), OutcomeUnknown)
