"""Each write's exact parameters by the page's lists, what its answer says, and what a reading must show."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from omnishop.acts import Ask, Evidence, Seen, Shown, Subject, Verb, choose, missing, rows_for
from omnishop.errors import ConfigError, Conflict, OutcomeUnknown, Rejected
from omnishop.model import Kind, Stage
from omnishop_douyin import adapter, methods
from omnishop_douyin.writes.looks import digest

CASE = "146510010020030002"
ORDER = "6937010010020000017"
UPDATED = 1_749_570_001
AT = datetime(2026, 6, 20, 4, 0, tzinfo=UTC)
TYPES = {
    Kind.RETURN_REFUND: 0,
    Kind.REFUND_ONLY: 1,
    Kind.CANCEL: 2,
    Kind.EXCHANGE: 3,
    Kind.RESHIP: 7,
    Kind.REPAIR: 8,
}
REASONS = {
    "items": [
        {"reject_reason_code": 1, "reason": "已发出", "evidence_need": "Y", "order_type": 0, "pkg": 0},
        {"reject_reason_code": 3, "reason": "协商一致", "evidence_need": "N", "order_type": -1, "pkg": -1},
    ]
}

TEXT, WHOLE, LIST, OBJECT, FLAG = str, int, list, dict, bool
PAGE = {
    "afterSale.operate": ({"type": WHOLE, "items": LIST}, {"store_id": WHOLE}),
    "afterSale.fillLogistics": (
        {"aftersale_id": WHOLE, "send_type": WHOLE, "company_code": TEXT, "tracking_no": TEXT},
        {"pick_up_type": WHOLE, "book_time_begin": WHOLE, "book_time_end": WHOLE, "store_id": WHOLE},
    ),
    "afterSale.submitEvidence": ({"aftersale_id": WHOLE, "comment": TEXT, "evidence": LIST}, {}),
    "afterSale.timeExtend": ({"aftersale_id": WHOLE}, {}),
    "afterSale.addOrderRemark": ({"remark": TEXT}, {"order_id": TEXT, "after_sale_id": TEXT}),
    "afterSale.CancelSendGoodsSuccess": ({"aftersale_id": TEXT, "op_time": WHOLE}, {}),
    "order.addOrderRemark": ({"order_id": TEXT, "remark": TEXT}, {"is_add_star": TEXT, "star": TEXT}),
    "order.logisticsAddSinglePack": (
        {
            "order_id_list": LIST,
            "shipped_order_info": LIST,
            "logistics_code": TEXT,
            "request_id": TEXT,
            "company_code": TEXT,
        },
        {"is_reject_refund": FLAG, "company": TEXT, "address_id": TEXT, "store_id": WHOLE},
    ),
}
"""Required and optional parameters with their types, wire page 3.6, 4.5 and 4.6."""
ITEM = {
    "aftersale_id": TEXT,
    "reason": TEXT,
    "remark": TEXT,
    "evidence": LIST,
    "logistics": OBJECT,
    "reject_reason_code": WHOLE,
    "update_time": WHOLE,
    "repair_type": WHOLE,
}


def detail(kind, status, **more):
    info = {
        "after_sale_id": int(CASE),
        "after_sale_status": status,
        "after_sale_type": TYPES[kind],
        "refund_status": more.get("refund_status", 1),
        "refund_total_amount": 4900,
        "update_time": more.get("updated", UPDATED),
        "apply_time": UPDATED - 10,
        "status_deadline": more.get("deadline", UPDATED + 86400),
        "aftersale_status_to_final_time": 0,
        "agree_refuse_sign": more.get("sign", 0),
    }
    process = {
        "after_sale_info": info,
        "arbitrate_info": more.get("arbitration"),
        "logistics_info": more.get("logistics"),
        "after_sale_shop_remarks": more.get("remarks"),
    }
    lines = [{"sku_order_id": int(ORDER), "after_sale_item_count": 1, "sku_id": 5}]
    return {
        "process_info": process,
        "order_info": {"shop_order_id": int(ORDER), "sku_order_infos": lines},
    }


def order(**more):
    lines = [
        {"order_id": ORDER, "item_num": 2, "sku_id": 5, "after_sale_info": more.get("after_sale")},
        {"order_id": "6937010010020000034", "item_num": 1, "sku_id": 6},
    ]
    parent = {
        "order_id": ORDER,
        "order_status": more.get("status", 2),
        "main_status": more.get("status", 2),
        "pay_time": UPDATED,
        "update_time": more.get("updated", UPDATED),
        "seller_words": more.get("remark", ""),
        "logistics_info": more.get("parcels", []),
        "sku_order_list": lines,
    }
    return {"shop_order_detail": parent}


class Platform:
    """Answers reads with what it was given, keeps every call, and answers the one write."""

    def __init__(self, run, account, read=None, whole=None, reasons=REASONS, answer=None):
        self.run, self.account = run, account
        self.reads = {
            "afterSale.Detail": read,
            "order.orderDetail": whole or order(),
            "afterSale.rejectReasonCodeList": reasons,
        }
        self.answer = {} if answer is None else answer
        self.calls = []

    def _answer(self, call):
        self.calls.append(call)
        return self.answer if call.write else self.reads[call.method]

    def look(self, row, subject):
        return self.run(row.look(self.account, subject), self._answer)

    def send(self, row, look, ask):
        before = len(self.calls)
        self.run(row.send(self.account, look, ask), self._answer)
        (call,) = self.calls[before:]
        assert call.write
        assert call.session == row.session == "main"
        assert call.method == row.method
        return call


@pytest.fixture
def platform(run, account):
    return lambda *given, **more: Platform(run, account, *given, **more)


def row_of(platform, verb, record="case", ident=CASE, source="aftersale"):
    """(the row that is meant, the look), as whoever carries an act out finds them."""
    subject = Subject(record, ident, source if record == "case" else "")
    rows = rows_for(adapter.writes("douyin"), verb, subject)
    look = platform.look(rows[0], subject)
    row = choose(rows, subject, Seen.of(look))
    assert row is not None
    return row, platform.look(row, subject)


SHOT = Evidence("image", "box.jpg", url="https://pics.example/box.jpg")
FULL = Ask(
    reason="1",
    text="包裹已签收",
    evidence=(SHOT,),
    address="65432101",
    carrier="顺丰速运",
    tracking="SF7000000000001",
    key="intent-1",
    at=AT,
    reject_refund=False,
)

OPERATED = [
    (401, Verb.AGREE, Kind.CANCEL, 6, set()),
    (201, Verb.AGREE, Kind.REFUND_ONLY, 6, set()),
    (201, Verb.AGREE, Kind.REFUND_ONLY, 27, set()),
    (501, Verb.AGREE, Kind.RESHIP, 27, set()),
    (602, Verb.AGREE, Kind.REPAIR, 6, set()),
    (101, Verb.AGREE_RETURN, Kind.RETURN_REFUND, 27, {"logistics"}),
    (301, Verb.AGREE_RETURN, Kind.EXCHANGE, 6, {"logistics"}),
    (601, Verb.AGREE_RETURN, Kind.REPAIR, 6, {"logistics"}),
    (102, Verb.REFUSE, Kind.RETURN_REFUND, 6, {"reason", "reject_reason_code", "evidence"}),
    (202, Verb.REFUSE, Kind.REFUND_ONLY, 6, {"reason", "reject_reason_code", "evidence"}),
    (302, Verb.REFUSE, Kind.EXCHANGE, 6, {"reason", "reject_reason_code", "evidence"}),
    (502, Verb.REFUSE, Kind.RESHIP, 6, {"reason", "reject_reason_code", "evidence"}),
    (603, Verb.REFUSE, Kind.REPAIR, 6, {"reason", "reject_reason_code", "evidence"}),
    (112, Verb.REFUSE_RETURN, Kind.RETURN_REFUND, 11, {"reason", "reject_reason_code", "evidence"}),
    (312, Verb.REFUSE_RETURN, Kind.EXCHANGE, 11, {"reason", "reject_reason_code", "evidence"}),
    (612, Verb.REFUSE_RETURN, Kind.REPAIR, 11, {"reason", "reject_reason_code", "evidence"}),
    (111, Verb.REFUND, Kind.RETURN_REFUND, 11, set()),
    (111, Verb.REFUND, Kind.RETURN_REFUND, 7, set()),
    (111, Verb.REFUND, Kind.RETURN_REFUND, 29, set()),
    (121, Verb.REFUND, Kind.RETURN_REFUND, 6, set()),
    (121, Verb.REFUND, Kind.RETURN_REFUND, 27, set()),
    (321, Verb.REFUND, Kind.EXCHANGE, 29, set()),
    (621, Verb.REFUND, Kind.REPAIR, 8, set()),
    (311, Verb.SHIP_REPLACEMENT, Kind.EXCHANGE, 11, {"logistics"}),
    (611, Verb.SHIP_REPLACEMENT, Kind.REPAIR, 8, {"logistics"}),
]


@pytest.mark.parametrize(("number", "verb", "kind", "status", "extra"), OPERATED)
def test_every_number_of_operate_is_sent_as_the_page_lists_it(platform, number, verb, kind, status, extra):
    there = platform(detail(kind, status))
    row, look = row_of(there, verb)
    assert row.hinders(there.account, look, FULL) is None
    assert missing(row, FULL) == ()
    assert row.versioned
    call = there.send(row, look, FULL)
    assert fits(call)
    (item,) = call.params["items"]
    assert call.params["type"] == number
    assert (item["aftersale_id"], item["update_time"], item["remark"]) == (CASE, UPDATED, "包裹已签收")
    assert set(item) == {"aftersale_id", "update_time", "remark"} | extra
    assert set(item) <= set(ITEM)
    assert all(isinstance(value, ITEM[name]) for name, value in item.items())
    if "logistics" in extra and verb is Verb.AGREE_RETURN:
        assert item["logistics"] == {"receiver_address_id": 65432101}
    elif "logistics" in extra:
        assert item["logistics"] == {"company_code": "shunfeng", "logistics_code": "SF7000000000001"}
    if "reason" in extra:
        assert (item["reason"], item["reject_reason_code"]) == ("已发出", 1)
        assert item["evidence"] == [{"type": 1, "url": "https://pics.example/box.jpg"}]
    assert adapter.codec.encode(call, there.account, None, AT).content


def fits(call):
    required, optional = PAGE[call.method]
    assert call.method in methods.WRITES
    assert set(required) <= set(call.params) <= {*required, *optional}
    for name, value in call.params.items():
        wanted = required.get(name) or optional[name]
        assert type(value) is wanted, (name, value)
    return True


def test_the_page_lists_what_the_shared_reference_lists(shared):
    told = {row["name"]: row for row in json.loads((shared / "methods.json").read_text("utf-8"))["methods"]}
    names = {"string": TEXT, "int": WHOLE, "bool": FLAG}
    for method, (required, optional) in PAGE.items():
        for ours, theirs in ((required, told[method]["required"]), (optional, told[method]["optional"])):
            assert (
                ours.items()
                <= {name: names.get(found["type"], LIST) for name, found in theirs.items()}.items()
            ), method
        assert set(required) == set(told[method]["required"])
    items = told["afterSale.operate"]["required"]["items"]["fields"]
    assert set(ITEM) == {*items["required"], *items["optional"]}
    numbers = {number for number, *_ in OPERATED} | {203}
    assert numbers == set(told["afterSale.operate"]["required"]["type"]["enum"])


def test_a_refused_parcel_is_agreed_to_by_203_and_its_mark_shows_it(platform):
    there = platform(detail(Kind.REFUND_ONLY, 6, sign=258))
    row, look = row_of(there, Verb.AGREE)
    assert there.send(row, look, Ask()).params["type"] == 203
    agreed = platform(detail(Kind.REFUND_ONLY, 6, sign=1, updated=UPDATED + 5))
    after = Seen.of(row_of(agreed, Verb.AGREE)[1])
    assert row.shows(Ask(), Seen.of(look), after) is Shown.DONE
    assert row.shows(Ask(), Seen.of(look), Seen.of(look)) is Shown.BEFORE


BESIDE = [
    (
        Verb.SHIP_REPLACEMENT,
        detail(Kind.RESHIP, 8),
        {"aftersale_id": int(CASE), "send_type": 1, "company_code": "shunfeng", "tracking_no": FULL.tracking},
    ),
    (
        Verb.FILL_LOGISTICS,
        detail(Kind.EXCHANGE, 7),
        {"aftersale_id": int(CASE), "send_type": 3, "company_code": "shunfeng", "tracking_no": FULL.tracking},
    ),
    (
        Verb.FILL_LOGISTICS,
        detail(Kind.REPAIR, 7),
        {"aftersale_id": int(CASE), "send_type": 4, "company_code": "shunfeng", "tracking_no": FULL.tracking},
    ),
    (
        Verb.EXTEND,
        detail(Kind.RETURN_REFUND, 11, deadline=int(AT.timestamp()) + 86400),
        {"aftersale_id": int(CASE)},
    ),
    (
        Verb.SUBMIT_EVIDENCE,
        detail(Kind.REFUND_ONLY, 27, arbitration={"arbitrate_status": 4}),
        {"aftersale_id": int(CASE), "comment": FULL.text, "evidence": [SHOT.url]},
    ),
    (Verb.REMARK, detail(Kind.REFUND_ONLY, 12), {"after_sale_id": CASE, "remark": FULL.text}),
    (Verb.CANCEL_ORDER, detail(Kind.CANCEL, 6), {"aftersale_id": CASE, "op_time": int(AT.timestamp())}),
]


@pytest.mark.parametrize(("verb", "read", "params"), BESIDE)
def test_every_other_write_to_a_case_is_sent_as_the_page_lists_it(platform, verb, read, params):
    there = platform(read)
    row, look = row_of(there, verb)
    assert row.hinders is None or row.hinders(there.account, look, FULL) is None
    call = there.send(row, look, FULL)
    assert fits(call)
    assert dict(call.params) == params


def test_an_order_is_shipped_whole_with_the_key_as_request_id(platform):
    there = platform()
    row, look = row_of(there, Verb.SHIP, "order", ORDER)
    call = there.send(row, look, FULL)
    assert fits(call)
    assert dict(call.params) == {
        "order_id_list": [ORDER],
        "shipped_order_info": [
            {"shipped_order_id": ORDER, "shipped_num": 2},
            {"shipped_order_id": "6937010010020000034", "shipped_num": 1},
        ],
        "logistics_code": FULL.tracking,
        "company_code": "shunfeng",
        "request_id": "intent-1",
    }
    part = Ask(carrier="jtexpress", tracking="JT1", key="k", lines={"6937010010020000034": 1})
    sent = there.send(row, look, part).params
    assert sent["shipped_order_info"] == [{"shipped_order_id": "6937010010020000034", "shipped_num": 1}]
    assert sent["company_code"] == "jtexpress"


def test_what_is_under_way_is_not_shipped_again(platform):
    gone = {"tracking_no": "ZT1", "company": "zhongtong", "product_info": [{"sku_order_id": ORDER}]}
    there = platform(whole=order(status=101, parcels=[gone]))
    row, look = row_of(there, Verb.SHIP, "order", ORDER)
    sent = there.send(row, look, FULL).params["shipped_order_info"]
    assert [line["shipped_order_id"] for line in sent] == ["6937010010020000034"]


def test_shipping_against_a_refund_is_its_own_cautious_write_to_the_case(platform):
    there = platform(detail(Kind.CANCEL, 6))
    row, look = row_of(there, Verb.SHIP)
    assert row.caution is not None
    assert "reject_refund" in row.needs
    assert "--reject-refund" in row.hinders(there.account, look, FULL).en
    with pytest.raises(ConfigError):
        there.send(row, look, FULL)
    said = Ask(carrier="SF", tracking="SF7", key="k", reject_refund=True)
    call = there.send(row, look, said)
    assert fits(call)
    assert call.params["is_reject_refund"] is True
    assert call.params["shipped_order_info"] == [{"shipped_order_id": ORDER, "shipped_num": 2}]


def test_a_refund_before_shipping_is_not_refused_but_by_shipping(platform):
    there = platform(detail(Kind.CANCEL, 6))
    row, look = row_of(there, Verb.REFUSE)
    for ask in (Ask(), FULL, Ask(carrier="SF", tracking="SF7", key="k", reject_refund=True)):
        assert "--reject-refund" in row.hinders(there.account, look, ask).zh
        with pytest.raises(ConfigError):
            there.send(row, look, ask)
    assert not any(call.write for call in there.calls)


def test_an_order_with_a_pending_refund_is_not_shipped_by_the_way(platform):
    waits = {"after_sale_status": 6, "after_sale_type": 2, "refund_status": 1}
    there = platform(whole=order(after_sale=waits))
    row, look = row_of(there, Verb.SHIP, "order", ORDER)
    assert row.caution is None
    assert look.marks["pending"] == ORDER
    for ask in (FULL, Ask(carrier="SF", tracking="SF7", key="k", reject_refund=True)):
        assert "--reject-refund" in row.hinders(there.account, look, ask).en
        with pytest.raises(ConfigError):
            there.send(row, look, ask)
    other = Ask(carrier="SF", tracking="SF7", key="k", lines={"6937010010020000034": 1})
    assert row.hinders(there.account, look, other) is None


def test_an_order_held_for_review_is_not_shipped(platform):
    there = platform(whole=order(status=105))
    row, look = row_of(there, Verb.SHIP, "order", ORDER)
    assert "105" in row.hinders(there.account, look, FULL).zh


def test_a_remark_keeps_what_stands_there(platform):
    there = platform(whole=order(remark="请放前台"))
    row, look = row_of(there, Verb.REMARK, "order", ORDER)
    call = there.send(row, look, Ask(text="已联系买家"))
    assert fits(call)
    assert dict(call.params) == {"order_id": ORDER, "remark": "请放前台\n已联系买家"}
    long = Ask(text="长" * 497)
    assert "500" in row.hinders(there.account, look, long).en
    before = Seen.of(look)
    assert "请放前台" not in str(before.marks)
    for words, shown in (
        ("请放前台\n已联系买家", Shown.DONE),
        ("请放前台", Shown.BEFORE),
        ("已联系买家", Shown.MOVED),
        ("另一条", Shown.MOVED),
    ):
        after = Seen.of(row_of(platform(whole=order(remark=words)), Verb.REMARK, "order", ORDER)[1])
        assert row.shows(Ask(text="已联系买家"), before, after) is shown, words


# ---------------------------------------------------------------- what holds a write back


def held(platform, verb, read, ask, **more):
    there = platform(read, **more)
    row, look = row_of(there, verb)
    found = row.hinders(there.account, look, ask)
    if found is not None:
        assert found.zh
        with pytest.raises(ConfigError):
            there.send(row, look, ask)
        assert not any(call.write for call in there.calls)
    return found.en if found is not None else None


def test_27_and_29_are_one_stage_and_not_one_status(platform):
    refused_after, refused_before = detail(Kind.EXCHANGE, 29), detail(Kind.EXCHANGE, 27)
    assert "29" in held(platform, Verb.AGREE_RETURN, refused_after, FULL)
    assert held(platform, Verb.AGREE_RETURN, refused_before, FULL) is None
    assert "27" in held(platform, Verb.REFUND, refused_before, FULL)
    assert held(platform, Verb.REFUND, refused_after, FULL) is None


@pytest.mark.parametrize("status", [6, 7, 27, 29])
def test_a_refund_without_goods_on_their_way_is_asked_once_more(platform, status):
    row, _ = row_of(platform(detail(Kind.RETURN_REFUND, status)), Verb.REFUND)
    assert row.caution is not None
    plain, _ = row_of(platform(detail(Kind.RETURN_REFUND, 11)), Verb.REFUND)
    assert plain.caution is None


def test_bytes_cannot_be_sent_as_evidence(platform):
    own = Ask(reason="1", text="见图", evidence=(Evidence(content=b"\xff\xd8"), SHOT))
    assert "address" in held(platform, Verb.REFUSE, detail(Kind.RETURN_REFUND, 6), own)


def test_a_reason_that_needs_evidence_is_not_sent_without(platform):
    asked = detail(Kind.RETURN_REFUND, 6)
    assert "evidence" in held(platform, Verb.REFUSE, asked, Ask(reason="1", text="x"))
    only_sound = Ask(reason="1", text="x", evidence=(Evidence("audio", url="https://a.example/1.mp3"),))
    assert "evidence" in held(platform, Verb.REFUSE, asked, only_sound)
    assert held(platform, Verb.REFUSE, asked, Ask(reason="3", text="x")) is None
    assert "3 协商一致" in held(platform, Verb.REFUSE, asked, Ask(reason="99", text="x"))


def test_a_case_without_reasons_cannot_be_refused_and_audited_ones_take_the_whole_table(platform):
    none = {"items": []}
    assert "reason" in held(platform, Verb.REFUSE, detail(Kind.RETURN_REFUND, 6), FULL, reasons=none)
    there = platform(detail(Kind.RETURN_REFUND, 11))
    rows = rows_for(adapter.writes("douyin"), Verb.REFUSE_RETURN, Subject("case", CASE, "aftersale"))
    given = []

    def answer(call):
        if call.method != "afterSale.rejectReasonCodeList":
            return detail(Kind.RETURN_REFUND, 11)
        given.append(dict(call.params))
        return none if call.params else REASONS

    look = there.run(rows[0].look(there.account, Subject("case", CASE, "aftersale")), answer)
    assert given == [{"aftersale_id": int(CASE)}, {}]
    assert rows[0].hinders(there.account, look, FULL) is None


def test_an_address_is_the_platforms_own_number(platform):
    words = Ask(address="杭州市滨江区")
    assert "address_id" in held(platform, Verb.AGREE_RETURN, detail(Kind.EXCHANGE, 6), words)


def test_a_deadline_is_extended_in_its_last_two_days_by_seven(platform):
    def left(**time):
        return detail(Kind.RETURN_REFUND, 11, deadline=int((AT + timedelta(**time)).timestamp()))

    assert held(platform, Verb.EXTEND, left(days=2), FULL) is None
    assert "2 days" in held(platform, Verb.EXTEND, left(days=2, seconds=1), FULL)
    assert "7 days" in held(platform, Verb.EXTEND, left(days=1), Ask(days=3, at=AT))


def test_evidence_goes_only_where_it_is_wanted_and_only_as_pictures(platform):
    wanted = detail(Kind.REFUND_ONLY, 27, arbitration={"arbitrate_status": 4})
    assert "4" in held(platform, Verb.SUBMIT_EVIDENCE, detail(Kind.REFUND_ONLY, 27), FULL)
    many = Ask(text="x", evidence=(SHOT,) * 5)
    assert "at most 4" in held(platform, Verb.SUBMIT_EVIDENCE, wanted, many)
    film = Ask(text="x", evidence=(Evidence("video", url="https://v.example/1.mp4"),))
    assert "pictures" in held(platform, Verb.SUBMIT_EVIDENCE, wanted, film)
    assert "address" in held(
        platform, Verb.SUBMIT_EVIDENCE, wanted, Ask(text="x", evidence=(Evidence(content=b"1"),))
    )


def test_what_must_be_said_is_never_guessed(platform):
    cases = [
        (Verb.AGREE_RETURN, detail(Kind.EXCHANGE, 6)),
        (Verb.REFUSE, detail(Kind.EXCHANGE, 6)),
        (Verb.SHIP_REPLACEMENT, detail(Kind.EXCHANGE, 11)),
        (Verb.FILL_LOGISTICS, detail(Kind.EXCHANGE, 7)),
        (Verb.REMARK, detail(Kind.EXCHANGE, 7)),
        (Verb.CANCEL_ORDER, detail(Kind.CANCEL, 6)),
    ]
    for verb, read in cases:
        there = platform(read)
        row, look = row_of(there, verb)
        with pytest.raises(ConfigError):
            there.send(row, look, Ask())
        assert not any(call.write for call in there.calls)
    there = platform()
    row, look = row_of(there, Verb.SHIP, "order", ORDER)
    with pytest.raises(ConfigError):
        there.send(row, look, Ask(carrier="SF", tracking="SF7"))


# ---------------------------------------------------------------- what the answer says


def answered(platform, data):
    there = platform(detail(Kind.REFUND_ONLY, 6), answer=msgspec.Raw(data))
    row, look = row_of(there, Verb.AGREE)
    return there.send(row, look, Ask())


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"null",
        b'{"items":[]}',
        b'{"items":[{"aftersale_id":146510010020030002,"status_code":0,"status_msg":"success"}]}',
        b'{"items":[{"aftersale_id":"146510010020030002","status_code":"0"}]}',
    ],
)
def test_success_in_every_form_the_page_leaves_open(platform, data):
    answered(platform, data)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (
            b'{"items":[{"aftersale_id":146510010020030002,"status_code":20309541,"status_msg":"x"}]}',
            Conflict,
        ),
        (b'{"items":[{"aftersale_id":146510010020030002,"status_code":11005,"status_msg":"x"}]}', Rejected),
        (b'{"items":[{"aftersale_id":146510010020030002}]}', OutcomeUnknown),
        (b'{"items":[{"aftersale_id":146510010020030003,"status_code":0}]}', OutcomeUnknown),
        (b'{"items":[7]}', OutcomeUnknown),
        (b'{"items":"none"}', OutcomeUnknown),
    ],
)
def test_the_inner_result_decides_and_what_cannot_be_told_is_unknown(platform, data, error):
    with pytest.raises(error) as caught:
        answered(platform, data)
    assert type(caught.value) is error
    assert CASE not in caught.value.en


# ---------------------------------------------------------------- what a reading must show


def seen(stage, **more):
    return Seen(stage, **({"version": "1", "dispute": "none"} | more))


def shows(verb, kind, ask, before, after):
    rows = [row for row in adapter.writes("douyin") if row.verb is verb and kind in row.kinds]
    return rows[0].shows(ask, before, after)


def test_a_replacement_shows_by_its_own_number():
    ask = Ask(carrier="SF", tracking="SF7")
    before = seen(Stage.RETURNING)
    for stage, sent, shown in (
        (Stage.RESENT, "SF7", Shown.DONE),
        (Stage.SUCCEEDED, "SF7", Shown.DONE),
        (Stage.RESENT, "ZT9", Shown.EXCLUDED),
        (Stage.REFUNDING, None, Shown.EXCLUDED),
        (Stage.CLOSED, None, Shown.EXCLUDED),
    ):
        after = seen(stage, version="2", marks={"sent": sent} if sent else {})
        assert shows(Verb.SHIP_REPLACEMENT, Kind.EXCHANGE, ask, before, after) is shown
    assert shows(Verb.SHIP_REPLACEMENT, Kind.EXCHANGE, ask, before, before) is Shown.BEFORE


def test_a_deadline_that_moved_shows_the_extension():
    before = seen(Stage.RETURNING, deadline=AT)
    for after, shown in (
        (seen(Stage.RETURNING, version="2", deadline=AT + timedelta(days=7)), Shown.DONE),
        (before, Shown.BEFORE),
        (seen(Stage.RETURNING, version="2", deadline=AT + timedelta(hours=3)), Shown.MOVED),
        (seen(Stage.REFUNDING, version="2"), Shown.MOVED),
    ):
        assert shows(Verb.EXTEND, Kind.RETURN_REFUND, Ask(), before, after) is shown


def test_a_stop_of_shipping_that_shows_nothing_is_never_taken_for_not_done():
    before = seen(Stage.REQUESTED)
    for after, shown in (
        (before, Shown.MOVED),
        (seen(Stage.REFUNDING, version="2"), Shown.DONE),
        (seen(Stage.CLOSED, version="2"), Shown.EXCLUDED),
    ):
        assert shows(Verb.CANCEL_ORDER, Kind.CANCEL, Ask(), before, after) is shown


def test_a_case_remark_shows_as_one_more_of_its_words():
    ask = Ask(text="再次联系")
    mine, other = digest("再次联系"), digest("别的")
    before = seen(Stage.REQUESTED, marks={"remarks": f"{mine} {other}"})
    for remarks, shown in (
        (f"{mine} {mine} {other}", Shown.DONE),
        (f"{mine} {other}", Shown.BEFORE),
        (f"{mine} {other} {other}", Shown.MOVED),
    ):
        row = next(r for r in adapter.writes("douyin") if r.verb is Verb.REMARK and r.record == "case")
        assert row.shows(ask, before, seen(Stage.REQUESTED, marks={"remarks": remarks})) is shown


def test_shipping_against_a_refund_shows_by_parcel_and_case():
    ask = Ask(tracking="SF7", reject_refund=True)
    row = next(r for r in adapter.writes("douyin") if r.verb is Verb.SHIP and r.record == "case")
    before = seen(Stage.REQUESTED)
    for stage, numbers, shown in (
        (Stage.REFUSED, "SF7", Shown.DONE),
        (Stage.REFUNDING, "", Shown.EXCLUDED),
        (Stage.SUCCEEDED, "", Shown.EXCLUDED),
        (Stage.REQUESTED, "SF7", Shown.MOVED),
        (Stage.REFUSED, "", Shown.MOVED),
    ):
        after = seen(stage, version="2", marks={"waybills": numbers})
        assert row.shows(ask, before, after) is shown, (stage, numbers)
    assert row.shows(ask, before, before) is Shown.BEFORE


def test_money_is_declared_where_success_moves_it():
    paying = {(row.verb, kind) for row in adapter.writes("douyin") if row.money for kind in row.kinds}
    assert paying == {
        (Verb.AGREE, Kind.CANCEL),
        (Verb.AGREE, Kind.REFUND_ONLY),
        (Verb.REFUND, Kind.RETURN_REFUND),
        (Verb.REFUND, Kind.EXCHANGE),
        (Verb.REFUND, Kind.REPAIR),
        (Verb.CANCEL_ORDER, Kind.CANCEL),
    }
    for row in adapter.writes("douyin"):
        assert row.method is None or row.method in methods.WRITES
        assert row.says.zh and row.says.en and row.evidence  # noqa: PT018 - one row, one thing
        assert isinstance(row.shows(Ask(), Seen(), Seen()), Shown)
