"""What each write sends and makes of its answers, held against the platform's papers and not our simulator."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest

from omnishop.acts import Ask, Evidence, Look, Seen, Shown, Subject, Verb
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
from omnishop.model import Kind, Stage
from omnishop.ports import Account, App, Capability, Level, Response, Token
from omnishop_taobao import adapter
from omnishop_taobao.envelope import Codec
from omnishop_taobao.methods import READS, WRITES, root

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
ACCOUNTS = {
    front: Account(App("taobao", "31230000", "secret"), front, "2200000001013", alias="伞店")
    for front in ("tmall", "taobao")
}
CODEC = Codec()

REFUND = {
    "refund_id": "8347700000104567",
    "tid": 2231958349104234567,
    "oid": 2231958349104234568,
    "status": "WAIT_SELLER_AGREE",
    "order_status": "WAIT_BUYER_CONFIRM_GOODS",
    "good_status": "BUYER_RECEIVED",
    "refund_phase": "onsale",
    "dispute_type": "REFUND",
    "refund_fee": "252.77",
    "refund_version": 1709600388000,
    "reason": "质量问题",
    "cs_status": 1,
    "modified": "2024-03-05 08:59:48",
}
EXCHANGE = {
    "dispute_id": "8347700001013568",
    "biz_order_id": "2231958350216234568",
    "status": "换货待处理",
    "refund_phase": "aftersale",
    "refund_version": 1709600388000,
    "modified": "2024-03-05 08:59:48",
}
TRADE = {
    "tid": 2231958349508234568,
    "status": "WAIT_SELLER_SEND_GOODS",
    "seller_memo": "老客户",
    "seller_flag": 2,
    "modified": "2024-03-05 08:59:48",
    "orders": {
        "order": [
            {"oid": 2231958349508234569, "num": 1, "refund_status": "NO_REFUND"},
            {"oid": 2231958349508234570, "num": 2, "refund_status": "NO_REFUND"},
        ]
    },
}
PLACES = {
    "addresses": {
        "address_result": [
            {
                "contact_id": 100000101,
                "contact_name": "仓库",
                "province": "浙江省",
                "city": "杭州市",
                "country": "余杭区",
                "addr": "演示街道1号",
                "zip_code": "310000",
                "mobile_phone": "13000000010",
            }
        ]
    }
}
REASONS = {"reasons": {"reason": [{"reason_id": 118, "reason_text": "已经影响商品完好"}]}}
RATES = {
    "total_results": 1,
    "trade_rates": {
        "trade_rate": [
            {
                "tid": 2231958349508234568,
                "oid": 2231958349508234569,
                "role": "buyer",
                "result": "good",
                "created": "2024-03-05 08:59:48",
                "content": "好",
            }
        ]
    },
}
TALK = {"total_results": 0}


def reads(refund=REFUND, exchange=EXCHANGE, trade=TRADE):
    return {
        "taobao.refund.get": {"refund": refund},
        "tmall.exchange.get": {"result": {"success": True, "exchange": exchange}},
        "taobao.trade.fullinfo.get": {"trade": trade},
        "taobao.logistics.address.search": PLACES,
        "taobao.refund.refusereason.get": REASONS,
        "tmall.exchange.refusereason.get": {"result": {"results": REASONS["reasons"]}},
        "taobao.refund.messages.get": TALK,
        "tmall.exchange.messages.get": {"result": TALK},
        "taobao.traderates.get": RATES,
        "tmall.traderate.feeds.get": {"tmall_rate_info": {"content": "好"}},
    }


def body(method, payload):
    return json.dumps({root(method): {**payload, "request_id": "16omni00a9kq"}}).encode()


def run(flow, answers):
    """Drive a flow; `answers`: method -> payload, or bytes of a whole body. The result and the calls."""
    calls = []
    try:
        call = next(flow)
        while True:
            calls.append(call)
            told = answers[call.method]
            raw = told if isinstance(told, bytes) else body(call.method, told)
            try:
                payload = CODEC.decode(call, Response(200, raw))
            except OmnishopError as error:
                call = flow.throw(settle(call, error))
            else:
                call = flow.send(payload)
    except StopIteration as done:
        return done.value, calls


def row_of(front, verb, method):
    return next(row for row in adapter.writes(front) if (row.verb, row.method) == (verb, method))


SUBJECTS = {
    "case": Subject("case", REFUND["refund_id"], "refund"),
    "order": Subject("order", str(TRADE["tid"])),
    "review": Subject("review", "2231958349508234569:buyer"),
}


def look_at(front, row, answers):
    subject = SUBJECTS[row.record]
    if row.method and row.method.startswith("tmall.exchange."):
        answers = {**answers, "taobao.refund.get": {"refund": {**REFUND, "dispute_type": "TMALL_EXCHANGE"}}}
        subject = Subject("case", EXCHANGE["dispute_id"], "refund")
        answers["taobao.refund.get"]["refund"]["refund_id"] = subject.id
    return run(row.look(ACCOUNTS[front], subject), answers)[0]


PROOF = (Evidence(content=PNG, name="photo.jpeg"),)
SAID = Ask(
    reason="118",
    text="已联系买家",
    evidence=PROOF,
    address="100000101",
    carrier="SF",
    tracking="SF1234567890",
    days=5,
    by="客服一",
)
EVERY = [
    (front, row) for front in adapter.storefronts for row in adapter.writes(front) if row.method is not None
]
NAMES = [f"{front}-{row.verb}-{row.method}" for front, row in EVERY]


def sent(front, row, ask=SAID, answers=None):
    """The call that a row makes: exactly one, and it is a write."""
    look = look_at(front, row, answers or reads())
    flow = row.send(ACCOUNTS[front], look, ask)
    return next(flow)


@pytest.mark.parametrize(("front", "row"), EVERY, ids=NAMES)
def test_what_is_sent_is_what_the_papers_list(papers, front, row):
    listed = json.loads((papers / "methods.json").read_text(encoding="utf-8"))["methods"]
    paper = next(method for method in listed if method["name"] == row.method)
    call = sent(front, row)
    assert (call.method, call.write, call.session) == (row.method, True, row.session)
    params = {name: value for name, value in call.params.items() if value is not None}
    known = {each["name"]: each["type"] for each in (*paper["required"], *paper["optional"])}
    word = {"tmall": "Tmall", "taobao": "Taobao"}[front]
    needed = {each["name"] for each in paper["required"]}
    for when, names in paper.get("required_when", {}).items():
        needed |= set(names) & known.keys() if when.startswith(word) else set()
    assert needed <= params.keys() | call.files.keys()
    assert params.keys() | call.files.keys() <= known.keys()
    assert all(known[name] == "file" for name in call.files)
    for name, value in params.items():
        if known[name] == "number":
            assert str(value).isdigit(), name
        if known[name] == "boolean":
            assert isinstance(value, bool), name
        if known[name] == "object":
            assert isinstance(value, dict), name
        assert known[name] != "file", name
    for name, allowed in paper.get("enums", {}).items():
        assert name not in params or str(params[name]) in allowed


@pytest.mark.parametrize(("front", "row"), EVERY, ids=NAMES)
def test_every_row_is_well_formed(front, row):
    assert row.method in WRITES
    assert row.method not in READS
    assert row.says.zh
    assert row.says.en
    assert row.evidence.split()[0] in {"A", "B", "C", "B/C"}
    support = adapter.support(front, Capability(row.verb))
    assert support.level in {Level.NATIVE, Level.LIMITED, Level.UNVERSIONED, Level.EMULATED}
    assert row.money == (row.method in {"taobao.rp.refunds.agree", "taobao.rdc.aligenius.sendgoods.cancel"})


@pytest.mark.parametrize("front", adapter.storefronts)
def test_levels_and_rows_agree(front):
    offered = {row.verb for row in adapter.writes(front)}
    for verb in Verb:
        support = adapter.support(front, Capability(verb))
        assert (support.level is not Level.NOT_OFFERED) == (verb in offered), verb
        assert support.level is not Level.NOT_IMPLEMENTED


def test_the_exact_parameters_of_the_money(account):
    """Fen, the version as it was read, and the phase."""
    call = sent("tmall", row_of("tmall", Verb.AGREE, "taobao.rp.refunds.agree"))
    assert call.params == {"refund_infos": "8347700000104567|25277|1709600388000|onsale", "code": None}
    assert call.session == "operator"
    coded = sent("taobao", row_of("taobao", Verb.AGREE, "taobao.rp.refunds.agree"), Ask(code="123456"))
    assert coded.params["code"] == "123456"
    stop = sent("tmall", row_of("tmall", Verb.CANCEL_ORDER, "taobao.rdc.aligenius.sendgoods.cancel"))
    assert stop.params["param"] == {
        "refund_id": 8347700000104567,
        "tid": 2231958349104234567,
        "oid": 2231958349104234568,
        "status": "SUCCESS",
        "refund_fee": 25277,
    }
    form = CODEC.encode(stop, account, Token("6200token"), datetime(2026, 3, 5, 1, 7, 3, tzinfo=UTC))
    assert b"2231958349104234567" in form.content


def test_a_c_shop_without_a_phase_leaves_it_out():
    refund = {name: value for name, value in REFUND.items() if name != "refund_phase"}
    row = row_of("taobao", Verb.AGREE, "taobao.rp.refunds.agree")
    call = sent("taobao", row, answers=reads(refund=refund))
    assert call.params["refund_infos"] == "8347700000104567|25277|1709600388000"
    tmall = row_of("tmall", Verb.AGREE, "taobao.rp.refunds.agree")
    look = look_at("tmall", tmall, reads(refund=refund))
    assert tmall.hinders(ACCOUNTS["tmall"], look, Ask()) is not None


def test_the_exact_parameters_of_refusing(account):
    row = row_of("tmall", Verb.REFUSE, "taobao.refund.refuse")
    call = sent("tmall", row)
    assert call.params == {
        "refund_id": "8347700000104567",
        "refuse_message": "已联系买家",
        "refuse_reason_id": "118",
        "refund_phase": "onsale",
        "refund_version": "1709600388000",
    }
    file = call.files["refuse_proof"]
    assert (file.name, file.mime, file.content) == ("photo.png", "image/png", PNG)
    request = CODEC.encode(call, account, Token("6200token"), datetime(2026, 3, 5, 1, 7, 3, tzinfo=UTC))
    head = dict(request.headers)["content-type"]
    assert head.startswith("multipart/form-data; boundary=")
    assert (
        b'name="refuse_proof"; filename="photo.png"\r\nContent-Type: image/png\r\n\r\n' + PNG
        in request.content
    )
    without = sent("taobao", row_of("taobao", Verb.REFUSE, "taobao.refund.refuse"), Ask(text="不同意"))
    assert dict(without.files) == {}


def test_the_exact_parameters_of_a_return():
    tmall = sent(
        "tmall", row_of("tmall", Verb.AGREE_RETURN, "taobao.rp.returngoods.agree"), Ask(address="100000101")
    )
    assert tmall.params == {
        "refund_id": "8347700000104567",
        "seller_address_id": "100000101",
        "refund_phase": "onsale",
        "refund_version": "1709600388000",
        "remark": "同意退货",
    }
    c_shop = sent("taobao", row_of("taobao", Verb.AGREE_RETURN, "taobao.rp.returngoods.agree"))
    told = {name: c_shop.params[name] for name in ("address", "mobile", "tel", "post", "name")}
    assert told == {
        "address": "浙江省杭州市余杭区演示街道1号",
        "mobile": "13000000010",
        "tel": "13000000010",
        "post": "310000",
        "name": "仓库",
    }


def test_an_address_that_lacks_a_part_holds_a_c_shop_back():
    bare = {"addresses": {"address_result": [{"contact_id": 100000101, "addr": "演示街道1号"}]}}
    row = row_of("taobao", Verb.AGREE_RETURN, "taobao.rp.returngoods.agree")
    look = look_at("taobao", row, reads() | {"taobao.logistics.address.search": bare})
    why = row.hinders(ACCOUNTS["taobao"], look, Ask(address="100000101"))
    assert why is not None
    assert "mobile" in why.en
    assert "post" in why.en


def test_couriers_by_code_and_by_name():
    by_name = row_of("tmall", Verb.SHIP_REPLACEMENT, "tmall.exchange.consigngoods")
    assert sent("tmall", by_name).params["logistics_company_name"] == "顺丰"
    assert sent("tmall", by_name).params["logistics_type"] == 200
    post = sent("tmall", by_name, Ask(carrier="中国邮政", tracking="9700000000001"))
    assert (post.params["logistics_type"], post.params["logistics_company_name"]) == (100, "中国邮政")
    by_code = row_of("tmall", Verb.SHIP, "taobao.logistics.offline.send")
    for carrier, code in (("圆通速递", "YTO"), ("zto", "ZTO"), ("某某快递", "某某快递")):
        call = sent("tmall", by_code, Ask(carrier=carrier, tracking="1"))
        assert call.params["company_code"] == code


def test_parts_of_an_order_are_shipped_as_sub_orders():
    row = row_of("tmall", Verb.SHIP, "taobao.logistics.offline.send")
    whole = sent("tmall", row)
    assert "is_split" not in whole.params
    part = sent("tmall", row, Ask(carrier="SF", tracking="1", lines={"2231958349508234570": 2}))
    assert (part.params["is_split"], part.params["sub_tid"]) == (1, ["2231958349508234570"])


def test_the_memo_goes_out_whole_with_its_flag():
    row = row_of("taobao", Verb.REMARK, "taobao.trade.memo.update")
    call = sent("taobao", row)
    assert call.params == {"tid": "2231958349508234568", "memo": "老客户\n已联系买家", "flag": 2}
    flagless = {name: value for name, value in TRADE.items() if name != "seller_flag"}
    assert sent("taobao", row, answers=reads(trade=flagless)).params["flag"] is None


@pytest.mark.parametrize("constraint", ["refund_onweb", "cannot_refuse", "null", None])
def test_what_the_platform_marks_as_not_for_the_api(constraint):
    answers = reads(refund={**REFUND, "operation_contraint": constraint})
    agree = row_of("tmall", Verb.AGREE, "taobao.rp.refunds.agree")
    refuse = row_of("tmall", Verb.REFUSE, "taobao.refund.refuse")
    held = [
        row.hinders(ACCOUNTS["tmall"], look_at("tmall", row, answers), Ask()) is not None
        for row in (agree, refuse)
    ]
    assert held == [constraint == "refund_onweb", constraint in {"refund_onweb", "cannot_refuse"}]


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(("front", "row"), EVERY, ids=NAMES)
def test_the_papers_own_success_is_taken_for_one(papers, front, row):
    """Ids of the samples are put right: an answer about another record is doubt."""
    text = (papers / "samples" / f"{row.method}.json").read_text(encoding="utf-8")
    call = sent(front, row)
    ours = {
        "8347700000609569": "8347700000104567",
        "2231958349001234567": str(TRADE["tid"]),
        "2231958349104234567": str(TRADE["tid"]),
    }
    for theirs, own in ours.items():
        text = text.replace(theirs, own)
    look = look_at(front, row, reads())
    _, calls = run(row.send(ACCOUNTS[front], look, SAID), {call.method: text.encode()})
    assert [made.write for made in calls] == [True]


UNCLEAR = [b"", b"{", b"<html>502</html>", b"[]", b'{"other_response":{}}', b"\x00\xff"]


@pytest.mark.parametrize(("front", "row"), EVERY, ids=NAMES)
def test_an_answer_that_cannot_be_read_is_doubt(front, row):
    look = look_at(front, row, reads())
    odd = ({}, {"result": "?"}, {"is_success": {"a": 1}, "succ": [1], "results": 5})
    for raw in (*UNCLEAR, *(body(row.method, payload) for payload in odd)):
        with pytest.raises(OutcomeUnknown):
            run(row.send(ACCOUNTS[front], look, SAID), {row.method: raw})


GATEWAY = {
    (7, "accesscontrol.limited-by-api-access-count"): RateLimited,
    (11, "isv.permission-api-package-limit"): PermissionDenied,
    (12, None): PermissionDenied,
    (25, None): AuthError,
    (26, None): AuthError,
    (27, "session-expired"): AuthError,
    (31, None): ConfigError,
    (40, "isv.missing-parameter:refund_id"): ConfigError,
    (41, "isv.invalid-parameter:refund_id"): ConfigError,
    (10, None): OutcomeUnknown,
    (15, "isp.remote-service-timeout"): OutcomeUnknown,
    (15, "isp.call-limited"): OutcomeUnknown,
    (15, "isp.null-pointer-exception"): OutcomeUnknown,
    (15, "isp.nobody-knows"): OutcomeUnknown,
    (99, None): OutcomeUnknown,
    (700, None): OutcomeUnknown,
    (15, None): OutcomeUnknown,
    (50, None): OutcomeUnknown,
    (None, None): OutcomeUnknown,
    (15, "isv.invalid-permission:not_sub_user"): PermissionDenied,
    (15, "isv.invalid-permission:refund_status is invalid or refund is out of date"): Conflict,
    (15, "2101"): Conflict,
    (15, "2401"): NotFound,
    (15, "PY-101"): Rejected,
    (15, "isv.invalid-parameter"): Rejected,
    (15, "isv.refund-not-exist"): NotFound,
    (15, "isv.trade-not-exist:tid"): NotFound,
    (15, "isv.logistics-offline-service-error:B04"): Rejected,
}


@pytest.mark.parametrize(("codes", "expected"), GATEWAY.items(), ids=str)
def test_refusals_by_table_and_doubt_by_all_else(codes, expected):
    code, sub_code = codes
    error = {"code": code, "sub_code": sub_code, "msg": "Remote service error", "request_id": "16omni1"}
    told = {name: value for name, value in error.items() if value is not None}
    raw = json.dumps({"error_response": told}).encode()
    row = row_of("taobao", Verb.AGREE, "taobao.rp.refunds.agree")
    look = look_at("taobao", row, reads())
    with pytest.raises(OmnishopError) as no:
        run(row.send(ACCOUNTS["taobao"], look, Ask()), {row.method: raw})
    assert type(no.value) is expected


@pytest.mark.parametrize("status", [500, 502, 503, 504, 404])
def test_a_proxys_answer_to_a_write_is_doubt(status):
    call = Call("taobao.rp.refunds.agree", {}, write=True, session="operator")
    with pytest.raises(OmnishopError) as no:
        CODEC.decode(call, Response(status, b"<html>"))
    assert isinstance(settle(call, no.value), OutcomeUnknown)


def batch(*rows, succ=False, code="OP_FAILURE_UE"):
    members = [{"refund_id": refund_id, "succ": ok, "message": words} for refund_id, ok, words in rows]
    return {
        "succ": succ,
        "msg_code": code,
        "message": "退款失败",
        "results": {"refund_mapping_result": members},
    }


@pytest.mark.parametrize(
    ("answer", "expected", "word"),
    [
        (batch((REFUND["refund_id"], False, "退款单未审核")), Conflict, "未审核"),
        (batch((REFUND["refund_id"], False, "退款单版本号已过期")), Conflict, "版本号"),
        (batch((REFUND["refund_id"], False, "余额不足")), Rejected, "余额不足"),
        (batch((REFUND["refund_id"], False, "请输入短信验证码")), Rejected, "--code"),
        (
            batch(("1", True, "操作成功"), (REFUND["refund_id"], False, "退款失败"), code="SOME_OP_SUCC"),
            Rejected,
            "退款失败",
        ),
        (batch(("1", True, "操作成功"), code="SOME_OP_SUCC"), OutcomeUnknown, ""),
        ({"succ": False, "msg_code": "OP_FAILURE_UE", "message": "退款失败"}, Rejected, "退款失败"),
        ({"msg_code": "OP_SUCC"}, OutcomeUnknown, ""),
    ],
)
def test_what_a_batch_of_one_says(answer, expected, word):
    row = row_of("taobao", Verb.AGREE, "taobao.rp.refunds.agree")
    look = look_at("taobao", row, reads())
    with pytest.raises(OmnishopError) as no:
        run(row.send(ACCOUNTS["taobao"], look, Ask()), {row.method: answer})
    assert type(no.value) is expected
    assert word in no.value.zh


@pytest.mark.parametrize(
    ("verb", "method", "answer"),
    [
        (Verb.PRE_AGREE, "taobao.rp.refund.review", {"is_success": False}),
        (Verb.REFUSE, "taobao.refund.refuse", {"is_success": False}),
        (Verb.AGREE_RETURN, "taobao.rp.returngoods.agree", {"is_success": False}),
        (Verb.REFUSE_RETURN, "taobao.rp.returngoods.refuse", {"result": False}),
        (Verb.SHIP, "taobao.logistics.offline.send", {"shipping": {"is_success": False}}),
        (
            Verb.AGREE_RETURN,
            "tmall.exchange.agree",
            {"result": {"success": False, "msg_code": "X1", "message": "否"}},
        ),
        (Verb.MESSAGE, "tmall.exchange.message.add", {"result": {"error_code": "X1", "error_msg": "否"}}),
        (
            Verb.CANCEL_ORDER,
            "taobao.rdc.aligenius.sendgoods.cancel",
            {"result": {"success": False, "error_code": "X1", "error_info": "否"}},
        ),
    ],
)
def test_a_success_that_says_no_is_a_refusal(verb, method, answer):
    row = row_of("tmall", verb, method)
    look = look_at("tmall", row, reads())
    with pytest.raises(Rejected):
        run(row.send(ACCOUNTS["tmall"], look, SAID), {method: answer})


def test_an_answer_about_another_record_is_doubt():
    row = row_of("tmall", Verb.REFUSE, "taobao.refund.refuse")
    answer = {
        "is_success": True,
        "refund": {"refund_id": "1", "status": "SELLER_REFUSE_BUYER", "modified": "x"},
    }
    with pytest.raises(OutcomeUnknown):
        run(row.send(ACCOUNTS["tmall"], look_at("tmall", row, reads()), SAID), {row.method: answer})


# ---------------------------------------------------------------- what a reading shows


def seen(**refund):
    case = msgspec.json.encode({"refund": {**REFUND, **refund}})
    (found,) = adapter.decode("taobao.refund.get", msgspec.Raw(case), ACCOUNTS["tmall"])
    return Seen.of(Look(found))


@pytest.mark.parametrize(
    ("status", "verb", "method", "shown"),
    [
        ("WAIT_SELLER_AGREE", Verb.AGREE, "taobao.rp.refunds.agree", Shown.BEFORE),
        ("SUCCESS", Verb.AGREE, "taobao.rp.refunds.agree", Shown.DONE),
        ("CLOSED", Verb.AGREE, "taobao.rp.refunds.agree", Shown.EXCLUDED),
        ("SELLER_REFUSE_BUYER", Verb.AGREE, "taobao.rp.refunds.agree", Shown.MOVED),
        ("NEVER_DOCUMENTED", Verb.AGREE, "taobao.rp.refunds.agree", Shown.MOVED),
        ("SUCCESS", Verb.CANCEL_ORDER, "taobao.rdc.aligenius.sendgoods.cancel", Shown.DONE),
        ("WAIT_BUYER_RETURN_GOODS", Verb.AGREE_RETURN, "taobao.rp.returngoods.agree", Shown.DONE),
        ("SUCCESS", Verb.AGREE_RETURN, "taobao.rp.returngoods.agree", Shown.EXCLUDED),
        ("SELLER_REFUSE_BUYER", Verb.REFUSE, "taobao.refund.refuse", Shown.DONE),
        ("SUCCESS", Verb.REFUSE, "taobao.refund.refuse", Shown.EXCLUDED),
        ("SELLER_REFUSE_BUYER", Verb.REFUSE_RETURN, "taobao.rp.returngoods.refuse", Shown.DONE),
        ("SUCCESS", Verb.PRE_AGREE, "taobao.rp.refund.review", Shown.EXCLUDED),
    ],
)
def test_what_a_status_shows(status, verb, method, shown):
    before = seen()
    moved = (
        {}
        if status == REFUND["status"]
        else {"modified": "2024-03-05 10:00:00", "refund_version": 1709604000000}
    )
    row = row_of("tmall", verb, method)
    assert row.shows(SAID, before, seen(status=status, **moved)) is shown


def test_a_review_shows_itself_in_a_later_version():
    row = row_of("tmall", Verb.PRE_AGREE, "taobao.rp.refund.review")
    assert row.shows(SAID, seen(), seen()) is Shown.BEFORE
    assert row.shows(SAID, seen(), seen(refund_version=1709604000000)) is Shown.DONE


def test_a_reply_of_others_shuts_ours_out():
    row = row_of("tmall", Verb.REPLY_REVIEW, "taobao.traderate.explain.add")
    before = Seen(marks={"appended": "0"})
    assert row.shows(SAID, before, Seen(marks={"appended": "0", "reply": "已联系买家"})) is Shown.DONE
    assert row.shows(SAID, before, Seen(marks={"appended": "0", "reply": "别的话"})) is Shown.EXCLUDED
    assert row.shows(SAID, before, Seen(marks={"appended": "1"})) is Shown.EXCLUDED
    assert row.shows(SAID, before, before) is Shown.BEFORE


def test_marks_carry_no_words():
    """What the shop wrote may name a buyer: only digests are kept."""
    row = row_of("taobao", Verb.REMARK, "taobao.trade.memo.update")
    look = look_at("taobao", row, reads())
    assert "老客户" not in str(look.marks)
    assert Kind.RETURN_REFUND.value not in look.marks
    assert Stage.REQUESTED.value not in look.marks
