"""Every verb from look to read-back over the simulated platform: before, done, and what the one world shows then."""

from __future__ import annotations

import pytest
from adapters.douyin.tests.acting import SHOT, scene

from omnishop.acts import Ask, Seen, Shown, Verb
from omnishop.errors import Conflict, NotFound, OutcomeUnknown, PermissionDenied, Rejected
from omnishop.flow import Call
from omnishop.model import Dispute, Kind, OrderStatus, Stage
from omnishop.sandbox import steps
from omnishop_douyin import methods

B, R, C = Kind.RETURN_REFUND, Kind.REFUND_ONLY, Kind.CANCEL
E, S, F = Kind.EXCHANGE, Kind.RESHIP, Kind.REPAIR
AGREED = ("agree_return",)
BACK = ("agree_return", "send_back")
SENT_BACK_REFUSED = (*BACK, "refuse_return")
REFUSAL = Ask(reason="3", text="已与买家沟通")
PARCEL = Ask(carrier="顺丰", tracking="SF7000000009999")

ACTS = [
    (Verb.AGREE, C, (), Ask(), Stage.REFUNDING),
    (Verb.AGREE, R, (), Ask(), Stage.REFUNDING),
    (Verb.AGREE, R, ("refuse",), Ask(), Stage.REFUNDING),
    (Verb.AGREE, S, (), Ask(), Stage.RESENDING),
    (Verb.AGREE, F, ("refuse",), Ask(), Stage.RESENDING),
    (Verb.AGREE_RETURN, B, (), Ask(address="65432102"), Stage.AWAITING_RETURN),
    (Verb.AGREE_RETURN, E, ("refuse",), Ask(address="65432101"), Stage.AWAITING_RETURN),
    (Verb.AGREE_RETURN, F, (), Ask(address="65432101"), Stage.AWAITING_RETURN),
    (Verb.REFUSE, B, (), REFUSAL, Stage.REFUSED),
    (Verb.REFUSE, R, (), REFUSAL, Stage.REFUSED),
    (Verb.REFUSE, E, (), REFUSAL, Stage.REFUSED),
    (Verb.REFUSE, S, (), REFUSAL, Stage.REFUSED),
    (Verb.REFUSE, F, (), REFUSAL, Stage.REFUSED),
    (Verb.REFUSE_RETURN, B, BACK, REFUSAL, Stage.REFUSED),
    (Verb.REFUSE_RETURN, E, BACK, REFUSAL, Stage.REFUSED),
    (Verb.REFUSE_RETURN, F, BACK, REFUSAL, Stage.REFUSED),
    (Verb.REFUND, B, BACK, Ask(), Stage.REFUNDING),
    (Verb.REFUND, B, AGREED, Ask(), Stage.REFUNDING),
    (Verb.REFUND, B, SENT_BACK_REFUSED, Ask(), Stage.REFUNDING),
    (Verb.REFUND, B, (), Ask(), Stage.REFUNDING),
    (Verb.REFUND, B, ("refuse",), Ask(), Stage.REFUNDING),
    (Verb.REFUND, E, BACK, Ask(), Stage.REFUNDING),
    (Verb.REFUND, F, ("agree_resend",), Ask(), Stage.REFUNDING),
    (Verb.SHIP_REPLACEMENT, E, BACK, PARCEL, Stage.RESENT),
    (Verb.SHIP_REPLACEMENT, E, AGREED, PARCEL, Stage.RESENT),
    (Verb.SHIP_REPLACEMENT, E, SENT_BACK_REFUSED, PARCEL, Stage.RESENT),
    (Verb.SHIP_REPLACEMENT, F, ("agree_resend",), PARCEL, Stage.RESENT),
    (Verb.SHIP_REPLACEMENT, F, BACK, PARCEL, Stage.RESENT),
    (Verb.SHIP_REPLACEMENT, S, ("agree_resend",), PARCEL, Stage.RESENT),
    (Verb.FILL_LOGISTICS, B, AGREED, PARCEL, Stage.RETURNING),
    (Verb.FILL_LOGISTICS, E, AGREED, PARCEL, Stage.RETURNING),
    (Verb.FILL_LOGISTICS, F, AGREED, PARCEL, Stage.RETURNING),
]


@pytest.fixture(scope="module")
def there():
    """One world for all acts: each brings its own order."""
    with scene() as found:
        yield found


@pytest.mark.parametrize(("verb", "kind", "way", "ask", "stage"), ACTS)
def test_an_act_shows_before_and_done_and_moves_the_world(there, verb, kind, way, ask, stage):
    case = there.case(kind, *way)
    changed = case.changed_at
    still, shown, row = there.act(verb, case, there.told(ask))
    assert (still, shown) == (Shown.BEFORE, Shown.DONE)
    assert case.stage is stage
    assert case.changed_at > changed
    assert there.agrees(case)
    written = [line for line in there.world.log if line.method in methods.WRITES]
    assert (written[-1].method, written[-1].verdict) == (row.method, "ok")


def test_money_moves_once_and_by_the_platform_alone(there):
    case = there.case(B, *BACK)
    wanted = case.requested
    there.act(Verb.REFUND, case, there.told())
    assert case.refunds == []
    assert there.shop.case(case.case_id).amounts.refunded is None
    there.advance(hours=25)
    assert [refund.amount for refund in case.refunds] == [wanted]
    read = there.shop.case(case.case_id)
    assert (read.stage, read.amounts.refunded) == (Stage.SUCCEEDED, wanted)
    for number in (111, 121):
        with pytest.raises(Conflict):
            there.shop.call("afterSale.operate", {"type": number, "items": [{"aftersale_id": case.case_id}]})
    assert len(case.refunds) == 1


def test_an_exchange_turned_into_a_refund_pays_what_its_goods_cost(there):
    case = there.case(E, *BACK)
    assert there.shop.case(case.case_id).amounts.requested == 0
    there.act(Verb.REFUND, case, there.told())
    cost = sum(claim.line.paid for claim in case.claims)
    assert there.shop.case(case.case_id).amounts.requested == cost
    there.advance(hours=25)
    assert [refund.amount for refund in case.refunds] == [cost]


def test_what_was_said_with_an_act_reaches_the_platform(there):
    case = there.case(B)
    there.act(Verb.AGREE_RETURN, case, there.told(Ask(address="65432102")))
    assert there.detail(case)["after_sale_info"]["return_address_id"] == 65432102
    refused = there.case(B)
    proof = Ask(reason="1", text="包裹还在路上", evidence=(SHOT,))
    there.act(Verb.REFUSE, refused, there.told(proof))
    assert (refused.refusal, refused.refusal_code) == ("包裹还在路上", "1")
    assert [proof.pictures for proof in refused.proofs] == [[SHOT.url]]
    filled = there.case(B, *AGREED)
    there.act(Verb.FILL_LOGISTICS, filled, there.told(PARCEL))
    way = there.detail(filled)["logistics_info"]["return"]
    assert (way["tracking_no"], way["company_code"]) == ("SF7000000009999", "shunfeng")


def test_a_refused_parcel_is_agreed_to_and_paid_when_its_clock_ends(there):
    case = there.case(R)
    case.marks["sign"] = 258
    still, shown, _ = there.act(Verb.AGREE, case, there.told())
    assert (still, shown) == (Shown.BEFORE, Shown.DONE)
    assert case.stage is Stage.REQUESTED
    assert there.detail(case)["after_sale_info"]["agree_refuse_sign"] == 1
    signs = there.shop.call("afterSale.List", {"page": 0, "size": 10, "agree_refuse_sign": [1]})
    assert [row["aftersale_info"]["aftersale_id"] for row in signs["items"]] == [case.case_id]
    there.advance(days=5)
    assert case.stage is Stage.SUCCEEDED


def test_the_receipt_is_kept_by_us_and_sends_nothing(there):
    case = there.case(B, *BACK)
    row, look = there.row(Verb.CONFIRM_RECEIPT, case)
    assert row.method is None
    lines = len(there.world.log)
    there.send(row, look, Ask(good=1))
    assert len(there.world.log) == lines
    assert row.shows(Ask(good=1), Seen.of(look), Seen.of(look)) is Shown.DONE


def test_a_deadline_is_extended_once_in_its_last_two_days(there):
    case = there.case(B, *BACK)
    row, look = there.row(Verb.EXTEND, case)
    assert row.hinders(there.shop.account, look, there.told()) is not None
    with pytest.raises(Rejected) as caught:
        there.shop.call("afterSale.timeExtend", {"aftersale_id": int(case.case_id)})
    assert caught.value.code == "40004/isv.parameter-invalid:10001"
    there.advance(days=8, hours=1)
    until = case.deadline
    still, shown, _ = there.act(Verb.EXTEND, case, there.told())
    assert (still, shown) == (Shown.BEFORE, Shown.DONE)
    assert (case.deadline - until).days == 7
    there.advance(days=7)
    with pytest.raises(Rejected):
        there.act(Verb.EXTEND, case, there.told())


def test_evidence_is_given_while_it_is_wanted(there):
    case = there.case(R, "refuse", "escalate", "want_evidence")
    ask = Ask(text="附发货底单", evidence=(SHOT,))
    still, shown, row = there.act(Verb.SUBMIT_EVIDENCE, case, there.told(ask))
    assert (still, shown) == (Shown.BEFORE, Shown.DONE)
    given = there.detail(case)["arbitrate_info"]["arbitrate_evidence"]
    assert given == {"images": [SHOT.url], "describe": "附发货底单"}
    assert case.dispute is Dispute.OPEN
    _, look = there.row(Verb.SUBMIT_EVIDENCE, case)
    assert row.hinders(there.shop.account, look, ask) is not None
    given = {"aftersale_id": int(case.case_id), "comment": "x", "evidence": [SHOT.url]}
    with pytest.raises(Rejected):
        there.shop.call("afterSale.submitEvidence", given)


def test_remarks_add_up(there):
    case = there.case(B)
    for words in ("第一次联系", "第二次联系"):
        still, shown, _ = there.act(Verb.REMARK, case, there.told(Ask(text=words)))
        assert (still, shown) == (Shown.BEFORE, Shown.DONE)
        still, shown, _ = there.act(Verb.REMARK, case.order, there.told(Ask(text=words)))
        assert (still, shown) == (Shown.BEFORE, Shown.DONE)
    rows = there.detail(case)["after_sale_shop_remarks"]
    assert [row["remark"] for row in rows] == ["第一次联系", "第二次联系"]
    assert rows[0]["after_sale_id"] == int(case.case_id)
    assert there.shop.order(case.order.order_id).remark == "第一次联系\n第二次联系"
    assert there.agrees(case.order)
    there.shop.call("afterSale.addOrderRemark", {"order_id": case.order.order_id, "remark": "整单"})
    assert there.detail(case)["after_sale_shop_remarks"][0]["remark"] == "整单"


# ---------------------------------------------------------------- orders


def test_an_order_is_shipped_and_a_repeat_gets_the_first_answer(there):
    order = there.order((1, 1), (2, 2))
    first = order.lines[0].line_id
    ask = there.told(PARCEL, lines={first: 1}, tracking="SF7100000000001")
    still, shown, row = there.act(Verb.SHIP, order, ask)
    assert (still, shown) == (Shown.BEFORE, Shown.DONE)
    assert order.status is OrderStatus.PART_SHIPPED
    sent = {
        "order_id_list": [order.order_id],
        "shipped_order_info": [{"shipped_order_id": first, "shipped_num": 1}],
        "logistics_code": ask.tracking,
        "company_code": "shunfeng",
        "request_id": ask.key,
    }
    again = there.shop.call("order.logisticsAddSinglePack", sent)
    assert again == there.shop.call("order.logisticsAddSinglePack", sent)
    assert len(order.parcels) == 1
    with pytest.raises(Rejected):
        there.shop.call("order.logisticsAddSinglePack", {**sent, "request_id": "another"})
    rest = there.told(PARCEL, tracking="SF7100000000002")
    assert there.act(Verb.SHIP, order, rest)[:2] == (Shown.BEFORE, Shown.DONE)
    assert order.status is OrderStatus.SHIPPED
    assert there.agrees(order)
    assert row.stages == {OrderStatus.PAID, OrderStatus.PART_SHIPPED}


def test_a_pending_refund_holds_the_parcel_until_it_is_refused_by_name(there):
    case = there.case(C)
    row, look = there.row(Verb.SHIP, case.order)
    assert row.hinders(there.shop.account, look, there.told(PARCEL)) is not None
    plain = {"order_id": case.order.order_id, "company_code": "shunfeng", "logistics_code": "SF7200000000001"}
    with pytest.raises(Rejected):
        there.shop.call("order.logisticsAdd", plain)
    assert case.order.parcels == []
    ask = there.told(PARCEL, tracking="SF7200000000002", reject_refund=True)
    still, shown, row = there.act(Verb.SHIP, case, ask)
    assert (still, shown) == (Shown.BEFORE, Shown.DONE)
    assert row.caution is not None
    assert (case.stage, case.order.status) == (Stage.REFUSED, OrderStatus.SHIPPED)
    assert case.refunds == []
    assert there.agrees(case)
    assert there.agrees(case.order)


def test_shipping_against_a_refund_that_was_granted_is_excluded(there):
    case = there.case(C)
    ask = there.told(PARCEL, tracking="SF7300000000001", reject_refund=True)
    row, look = there.row(Verb.SHIP, case)
    there.step(case, "agree")
    there.advance(hours=25)
    with pytest.raises(Rejected):
        there.send(row, look, ask)
    assert row.shows(ask, Seen.of(look), Seen.of(there.look(row, case))) is Shown.EXCLUDED


def test_shipping_stopped_is_paid_by_the_assistant(there):
    case = there.case(C)
    still, shown, _ = there.act(Verb.CANCEL_ORDER, case, there.told())
    assert (still, shown) == (Shown.MOVED, Shown.DONE)
    assert there.agrees(case)
    with pytest.raises(Conflict):
        there.shop.call("afterSale.CancelSendGoodsSuccess", {"aftersale_id": case.case_id, "op_time": 1})
    there.advance(hours=25)
    assert len(case.refunds) == 1


def test_the_neighbours_move_the_same_world(there):
    order = there.order((3, 1), (4, 1))
    packs = [
        {
            "shipped_order_info": [{"shipped_order_id": line.line_id, "shipped_num": 1}],
            "logistics_code": f"ZT75000000000{number}",
            "company_code": "zhongtong",
        }
        for number, line in enumerate(order.lines)
    ]
    given = {"order_id": order.order_id, "pack_list": packs, "request_id": "several"}
    told = there.shop.call("order.logisticsAddMultiPack", given)["pack_list"]
    assert [row["logistics_code"] for row in told] == [pack["logistics_code"] for pack in packs]
    fixed = {
        "order_id": order.order_id,
        "pack_id": told[0]["pack_id"],
        "company_code": "yunda",
        "logistics_code": "YD8000000000001",
    }
    there.shop.call("order.logisticsEditByPack", fixed)
    assert [parcel.tracking_no for parcel in order.parcels] == ["YD8000000000001", "ZT750000000001"]
    assert there.agrees(order)
    case = there.case(R)
    parcel = case.order.parcels[0]
    company = {"SF": "shunfeng", "YTO": "yuantong", "ZTO": "zhongtong", "YUNDA": "yunda", "STO": "shentong"}
    targets = [{"company_code": company[parcel.carrier], "tracking_no": parcel.tracking_no}]
    asked = {"after_sale_id": int(case.case_id), "op_from": 1, "intercept_targets": targets}
    told = there.shop.call("afterSale.applyLogisticsIntercept", asked)
    assert (told["success_count"], told["intercept_results"][0]["is_success"]) == (1, True)
    assert case.rule.id == "DY-SHIPPED-INTERCEPT"
    back = there.case(B, *BACK)
    there.shop.call("afterSale.returnGoodsToWareHouseSuccess", {"aftersale_id": back.case_id, "op_time": 1})
    assert back.stage is Stage.REFUNDING
    assert there.agrees(back)


def test_a_late_application_needs_the_entry_opened_again(there):
    order = there.order((5, 1))
    steps.ship(there.world, there.face, order)
    steps.deliver(there.world, order)
    steps.finish(there.world, order)
    given = {"order_id": int(order.order_id)}
    with pytest.raises(Conflict):
        there.shop.call("afterSale.OpenAfterSaleChannel", given)
    there.advance(days=16)
    with pytest.raises(steps.Forbidden):
        there.case(B, order=order)
    assert there.shop.call("afterSale.OpenAfterSaleChannel", given)["conclusion"]["match_success"]
    assert there.case(B, order=order).stage is Stage.REQUESTED


# ---------------------------------------------------------------- what the world did a moment before


@pytest.mark.parametrize(
    ("meanwhile", "shown"), [("agree", Shown.DONE), ("withdraw", Shown.EXCLUDED), ("refuse", Shown.MOVED)]
)
def test_a_case_that_moved_since_the_look_is_a_conflict(there, meanwhile, shown):
    case = there.case(R)
    row, look = there.row(Verb.AGREE, case)
    there.step(case, meanwhile)
    with pytest.raises(Conflict):
        there.send(row, look, there.told())
    assert row.shows(Ask(), Seen.of(look), Seen.of(there.look(row, case))) is shown
    assert case.refunds == []


def test_a_stale_version_is_a_conflict_even_where_the_stage_still_fits(there):
    case = there.case(R)
    row, look = there.row(Verb.AGREE, case)
    there.step(case, "modify", {"amount": 100})
    with pytest.raises(Conflict) as caught:
        there.send(row, look, there.told())
    assert caught.value.code == "50002/isv.business-failed:20309541"
    assert there.act(Verb.AGREE, case, there.told())[1] is Shown.DONE
    there.advance(hours=25)
    assert [refund.amount for refund in case.refunds] == [100]


def test_a_permission_the_app_lacks_is_told(there):
    case = there.case(R)
    there.mine.marks["denied"] = {"afterSale.operate"}
    try:
        with pytest.raises(PermissionDenied):
            there.act(Verb.AGREE, case, there.told())
    finally:
        del there.mine.marks["denied"]
    assert case.stage is Stage.REQUESTED


def test_an_answer_that_is_lost_leaves_doubt_and_the_reading_settles_it(there):
    case = there.case(R)
    row, look = there.row(Verb.AGREE, case)
    face = there.face
    answer = type(face).answer

    def cut(self, world, request):
        found = answer(self, world, request)
        if request.path.endswith("operate"):
            return type(found)(200, found.content[:-9], found.headers)
        return found

    type(face).answer = cut
    try:
        with pytest.raises(OutcomeUnknown):
            there.send(row, look, there.told())
    finally:
        type(face).answer = answer
    assert row.shows(Ask(), Seen.of(look), Seen.of(there.look(row, case))) is Shown.DONE


def test_a_record_of_nobody_is_not_found(there):
    row = next(r for r in there.shop.adapter.writes("douyin") if r.verb is Verb.FILL_LOGISTICS)
    with pytest.raises(NotFound):
        there.shop.call(
            row.method,
            {"aftersale_id": 1, "send_type": 3, "company_code": "shunfeng", "tracking_no": "SF7000001"},
        )
    assert Call(row.method, write=True).write
