"""Each write's exact parameters by the page's lists, and what may be sent at all."""

from __future__ import annotations

import json

import pytest
from adapters.douyin.tests.asking import AT, CASE, FULL, ORDER, SHOT, UPDATED, Platform, detail, order, row_of

from omnishop.acts import Ask, Seen, Shown, Verb, missing
from omnishop.errors import ConfigError
from omnishop.model import Kind
from omnishop_douyin import adapter, methods

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


@pytest.fixture
def platform(run, account):
    return lambda *given, **more: Platform(run, account, *given, **more)


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
