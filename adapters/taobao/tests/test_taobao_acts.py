"""Every verb over the simulated platform: looked at, sent, and proved by a reading; and what the platform refuses."""

from __future__ import annotations

from datetime import timedelta

import pytest

from omnishop.acts import Ask, Evidence, Seen, Shown, Subject, Verb, choose, missing, rows_for
from omnishop.errors import Conflict, NotFound, PermissionDenied, Rejected
from omnishop.model import Kind, OrderStatus, Stage
from omnishop.sandbox import orders as world_orders
from omnishop.sandbox.steps import apply, take
from omnishop.sandbox.world import Claim
from omnishop_taobao import adapter
from omnishop_taobao.face import face
from omnishop_taobao.face.refund_writes import SMS_ABOVE

_WAY = {
    Stage.REQUESTED: (),
    Stage.AWAITING_RETURN: ("agree_return",),
    Stage.RETURNING: ("agree_return", "send_back"),
}
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
PROOF = (Evidence(content=PNG, name="proof.png"),)
K, S, V = Kind, Stage, Verb


@pytest.fixture
def desk(fresh, opened):
    return Desk(fresh, opened)


class Desk:
    """Looks, sends and looks again, without a ledger."""

    def __init__(self, simulation, opened):
        self.sim, self.world, self.opened = simulation, simulation.world, opened

    def shop(self, front, **other):
        return self.opened(self.sim, front, writes="unguarded", **other)

    def order(self, front, status=OrderStatus.PAID, *, lines=1):
        """A new order that got so far; the first good costs 59 yuan."""
        shop = next(shop for shop in self.world.shops if shop.storefront == front)
        order = world_orders.place(self.world, face, shop, [(index, index + 1) for index in range(lines)])
        world_orders.pay(self.world, order)
        if status is not OrderStatus.PAID:
            world_orders.ship(self.world, face, order)
        if status is OrderStatus.FINISHED:
            world_orders.finish(self.world, order)
        return order

    def case(self, front, kind, stage, *, reason="quality"):
        """A new case that came to its stage by steps of the world."""
        order = self.order(front, OrderStatus.PAID if kind is K.CANCEL else OrderStatus.SHIPPED)
        self.sim.advance(3600)
        claims = [Claim(line, line.quantity) for line in order.lines]
        case = apply(self.world, face, order, kind, claims, reason=reason)
        for step in _WAY[stage]:
            take(self.world, face, case, step)
        assert case.stage is stage
        return case

    def look(self, front, verb, subject):
        rows = rows_for(adapter.writes(front), verb, subject)
        shop = self.shop(front)
        look = shop.run(rows[0].look(shop.account, subject))
        return choose(rows, subject, Seen.of(look)), look

    def hindered(self, front, verb, subject, **said):
        row, look = self.look(front, verb, subject)
        return row.hinders(self.shop(front).account, look, Ask(**said))

    def send(self, front, verb, subject, *, look=None, shop=None, **said):
        shop = shop or self.shop(front)
        row, fresh = self.look(front, verb, subject)
        return shop.run(row.send(shop.account, look or fresh, Ask(**said)))

    def done(self, front, verb, subject, **said):
        """The look afterwards; before the write the same reading says BEFORE."""
        ask = Ask(**said)
        row, before = self.look(front, verb, subject)
        shop = self.shop(front)
        assert missing(row, ask) == ()
        assert row.in_stage(Seen.of(before).stage)
        assert row.hinders is None or row.hinders(shop.account, before, ask) is None
        again = shop.run(row.look(shop.account, subject))
        if row.method is not None:
            assert row.shows(ask, Seen.of(before), Seen.of(again)) is Shown.BEFORE
        shop.run(row.send(shop.account, before, ask))
        after = shop.run(row.look(shop.account, subject))
        assert row.shows(ask, Seen.of(before), Seen.of(after)) is Shown.DONE
        if subject.record == "case":
            truth = self.world.cases[(subject.source, subject.id)]
            assert after.record == face.true_case(self.world, truth)
        return after


def case_subject(case):
    return Subject("case", case.case_id, "refund")


def address_of(case):
    return case.shop.addresses[1].address_id


# ---------------------------------------------------------------- money


@pytest.mark.parametrize("kind", [K.CANCEL, K.REFUND_ONLY])
def test_tmall_agrees_after_its_review(desk, kind):
    case = desk.case("tmall", kind, S.REQUESTED)
    subject = case_subject(case)
    row, look = desk.look("tmall", V.AGREE, subject)
    assert adapter.verbs("tmall", V.AGREE, look) == (V.PRE_AGREE, V.AGREE)
    with pytest.raises(Conflict):
        desk.send("tmall", V.AGREE, subject)
    assert case.refunds == []
    desk.done("tmall", V.PRE_AGREE, subject, by="客服一")
    after = desk.done("tmall", V.AGREE, subject)
    assert after.record.amounts.refunded == case.requested == sum(paid.amount for paid in case.refunds)
    assert desk.sim.log()[-2]["method"] == "taobao.rp.refunds.agree" or row.money


@pytest.mark.parametrize("kind", [K.CANCEL, K.REFUND_ONLY])
def test_c_shops_agree_at_once(desk, kind):
    case = desk.case("taobao", kind, S.REQUESTED)
    _, look = desk.look("taobao", V.AGREE, case_subject(case))
    assert adapter.verbs("taobao", V.AGREE, look) == (V.AGREE,)
    desk.done("taobao", V.AGREE, case_subject(case))
    assert len(case.refunds) == 1


@pytest.mark.parametrize("front", ["tmall", "taobao"])
def test_refund_after_the_return(desk, front):
    case = desk.case(front, K.RETURN_REFUND, S.RETURNING)
    _, look = desk.look(front, V.REFUND, case_subject(case))
    for verb in adapter.verbs(front, V.REFUND, look):
        desk.done(front, verb, case_subject(case))
    assert [paid.amount for paid in case.refunds] == [case.requested]


@pytest.mark.parametrize("front", ["tmall", "taobao"])
def test_a_refund_without_waiting_for_the_goods_is_asked_for_once_more(desk, front):
    case = desk.case(front, K.RETURN_REFUND, S.AWAITING_RETURN)
    row, look = desk.look(front, V.AGREE, case_subject(case))
    assert row.caution
    assert adapter.verbs(front, V.AGREE, look) == (V.AGREE,)
    desk.done(front, V.AGREE, case_subject(case))
    assert len(case.refunds) == 1


def test_a_second_agreement_pays_nothing(desk):
    case = desk.case("taobao", K.CANCEL, S.REQUESTED)
    _, look = desk.look("taobao", V.AGREE, case_subject(case))
    desk.send("taobao", V.AGREE, case_subject(case), look=look)
    with pytest.raises(Rejected):
        desk.send("taobao", V.AGREE, case_subject(case), look=look)
    assert len(case.refunds) == 1


def test_agreeing_wants_the_operator(desk, keys):
    case = desk.case("taobao", K.CANCEL, S.REQUESTED)
    main = keys(desk.sim, "taobao")["access_token"]
    with pytest.raises(PermissionDenied) as no:
        desk.send("taobao", V.AGREE, case_subject(case), shop=desk.shop("taobao", operator_token=main))
    assert "--operator" in no.value.en
    assert desk.sim.log()[-1]["verdict"] == "refused"


def test_a_stale_version_is_a_conflict_and_pays_nothing(desk):
    case = desk.case("taobao", K.CANCEL, S.REQUESTED)
    _, look = desk.look("taobao", V.AGREE, case_subject(case))
    take(desk.world, face, case, "message", actor="buyer", text="在吗")
    with pytest.raises(Conflict):
        desk.send("taobao", V.AGREE, case_subject(case), look=look)
    assert case.refunds == []


def test_the_buyer_withdraws_while_we_agree(desk):
    case = desk.case("taobao", K.CANCEL, S.REQUESTED)
    row, look = desk.look("taobao", V.AGREE, case_subject(case))
    take(desk.world, face, case, "withdraw")
    with pytest.raises(Rejected):
        desk.send("taobao", V.AGREE, case_subject(case), look=look)
    _, after = desk.look("taobao", V.AGREE, case_subject(case))
    assert row.shows(Ask(), Seen.of(look), Seen.of(after)) is Shown.EXCLUDED


def test_the_platform_agreed_a_second_before_us(desk):
    """Its deadline passed: our call is refused, and the reading shows that the effect is there all the same."""
    case = desk.case("taobao", K.CANCEL, S.REQUESTED)
    row, look = desk.look("taobao", V.AGREE, case_subject(case))
    desk.sim.advance(49 * 3600)
    with pytest.raises(Rejected):
        desk.send("taobao", V.AGREE, case_subject(case), look=look)
    _, after = desk.look("taobao", V.AGREE, case_subject(case))
    assert row.shows(Ask(), Seen.of(look), Seen.of(after)) is Shown.DONE
    assert len(case.refunds) == 1


def test_the_buyer_asks_for_another_sum_while_we_agree(desk):
    case = desk.case("tmall", K.REFUND_ONLY, S.REQUESTED)
    desk.done("tmall", V.PRE_AGREE, case_subject(case))
    _, look = desk.look("tmall", V.AGREE, case_subject(case))
    take(desk.world, face, case, "modify", amount=case.requested - 100)
    with pytest.raises(Conflict):
        desk.send("tmall", V.AGREE, case_subject(case), look=look)
    assert case.refunds == []


def test_a_code_by_sms_is_wanted_above_a_sum(desk):
    case = desk.case("taobao", K.CANCEL, S.REQUESTED)
    case.requested = SMS_ABOVE + 1
    case.claims[0].line.paid = SMS_ABOVE + 1
    with pytest.raises(Rejected) as no:
        desk.send("taobao", V.AGREE, case_subject(case))
    assert "--code" in no.value.en
    assert "--code" in no.value.zh
    with pytest.raises(Rejected):
        desk.send("taobao", V.AGREE, case_subject(case), code="000000")
    assert case.refunds == []
    desk.done("taobao", V.AGREE, case_subject(case), code=case.hidden["sms_code"])


def test_stopping_the_parcel_lets_the_platform_pay(desk):
    for front in ("tmall", "taobao"):
        case = desk.case(front, K.CANCEL, S.REQUESTED)
        desk.done(front, V.CANCEL_ORDER, case_subject(case))
        assert len(case.refunds) == 1


def test_a_parcel_of_a_case_that_went_on_is_not_stopped(desk):
    case = desk.case("tmall", K.CANCEL, S.REQUESTED)
    _, look = desk.look("tmall", V.CANCEL_ORDER, case_subject(case))
    take(desk.world, face, case, "withdraw")
    with pytest.raises(Rejected):
        desk.send("tmall", V.CANCEL_ORDER, case_subject(case), look=look)
    assert case.refunds == []
    assert desk.sim.log()[-1]["verdict"] == "refused"


# ---------------------------------------------------------------- returns, and what is refused


@pytest.mark.parametrize("front", ["tmall", "taobao"])
def test_agree_return(desk, front):
    case = desk.case(front, K.RETURN_REFUND, S.REQUESTED)
    desk.done(front, V.AGREE_RETURN, case_subject(case), address=address_of(case))
    assert case.return_address is case.shop.addresses[1]


@pytest.mark.parametrize("front", ["tmall", "taobao"])
def test_an_address_nobody_knows(desk, front):
    case = desk.case(front, K.RETURN_REFUND, S.REQUESTED)
    subject = case_subject(case)
    why = desk.hindered(front, V.AGREE_RETURN, subject, address="42")
    assert why is not None
    assert address_of(case) in why.en
    shop = desk.shop("tmall")
    if front == "tmall":
        row, look = desk.look(front, V.AGREE_RETURN, subject)
        with pytest.raises(Rejected) as no:
            shop.run(row.send(shop.account, look, Ask(address="42")))
        assert "PY-101" in no.value.code
    assert case.stage is S.REQUESTED


@pytest.mark.parametrize("front", ["tmall", "taobao"])
def test_refuse(desk, front):
    case = desk.case(front, K.REFUND_ONLY, S.REQUESTED)
    desk.done(front, V.REFUSE, case_subject(case), text="商品已签收且完好", reason="118", evidence=PROOF)
    assert (case.refusal, case.refusal_code) == ("商品已签收且完好", "118")
    assert case.proofs[0].pictures


def test_a_refusal_without_evidence(desk):
    case = desk.case("tmall", K.REFUND_ONLY, S.REQUESTED)
    row, look = desk.look("tmall", V.REFUSE, case_subject(case))
    assert missing(row, Ask(text="不同意")) == ("evidence",)
    shop = desk.shop("tmall")
    with pytest.raises(Exception, match="40") as no:
        shop.run(row.send(shop.account, look, Ask(text="不同意")))
    assert "refuse_proof" in str(no.value) or no.value.code
    assert case.stage is S.REQUESTED


def test_what_cannot_be_refused(desk):
    unshipped = desk.case("tmall", K.CANCEL, S.REQUESTED)
    seven = desk.case("tmall", K.RETURN_REFUND, S.REQUESTED, reason="no_reason")
    for case in (unshipped, seven):
        why = desk.hindered("tmall", V.REFUSE, case_subject(case), text="不同意", evidence=PROOF)
        assert why is not None
        with pytest.raises(Rejected) as no:
            desk.send("tmall", V.REFUSE, case_subject(case), text="不同意", evidence=PROOF)
        assert "isv.invalid-parameter" in no.value.code
        assert case.stage is S.REQUESTED


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"text": "不"}, "2"),
        ({"text": "不" * 201}, "200"),
        ({"reason": "9"}, "118"),
        ({"evidence": (Evidence(content=b"%PDF"),)}, "png"),
        ({"evidence": (Evidence(content=PNG + bytes(130_000)),)}, "130000"),
        ({"evidence": (Evidence(url="https://example.com/a.png"),)}, "itself"),
        ({"evidence": PROOF * 2}, "one picture"),
    ],
)
def test_what_is_said_wrong_is_held_back_here_and_refused_there(desk, said, word):
    case = desk.case("tmall", K.REFUND_ONLY, S.REQUESTED)
    whole = {"text": "商品完好", "evidence": PROOF, **said}
    why = desk.hindered("tmall", V.REFUSE, case_subject(case), **whole)
    assert why is not None
    assert word in why.en
    if all(each.content is not None for each in whole["evidence"]) and len(whole["evidence"]) == 1:
        with pytest.raises(Rejected):
            desk.send("tmall", V.REFUSE, case_subject(case), **whole)
    assert case.stage is S.REQUESTED


def test_returned_goods_are_refused(desk):
    case = desk.case("tmall", K.RETURN_REFUND, S.RETURNING)
    desk.done("tmall", V.REFUSE_RETURN, case_subject(case), reason="118", evidence=PROOF)
    assert case.after_return


def test_a_stale_version_of_every_versioned_write(desk):
    case = desk.case("tmall", K.RETURN_REFUND, S.REQUESTED)
    said = {
        V.AGREE_RETURN: {"address": address_of(case)},
        V.REFUSE: {"text": "不同意", "evidence": PROOF},
        V.PRE_AGREE: {},
    }
    looks = {verb: desk.look("tmall", verb, case_subject(case))[1] for verb in said}
    take(desk.world, face, case, "message", actor="buyer", text="在吗")
    for verb, more in said.items():
        with pytest.raises(Conflict):
            desk.send("tmall", verb, case_subject(case), look=looks[verb], **more)


@pytest.mark.parametrize("verb", [V.AGREE_RETURN, V.REFUSE])
def test_the_wrong_stage_is_a_conflict(desk, verb):
    case = desk.case("tmall", K.RETURN_REFUND, S.REQUESTED)
    _, look = desk.look("tmall", verb, case_subject(case))
    take(desk.world, face, case, "agree_return")
    with pytest.raises(Conflict):
        desk.send(
            "tmall",
            verb,
            case_subject(case),
            look=look,
            address=address_of(case),
            text="不同意",
            evidence=PROOF,
        )


def test_a_review_in_the_wrong_state(desk):
    case = desk.case("tmall", K.RETURN_REFUND, S.AWAITING_RETURN)
    with pytest.raises(Conflict) as no:
        desk.send("tmall", V.PRE_AGREE, case_subject(case))
    assert "2101" in no.value.code


def test_a_review_is_good_for_its_stage_only(desk):
    case = desk.case("tmall", K.RETURN_REFUND, S.REQUESTED)
    desk.done("tmall", V.PRE_AGREE, case_subject(case))
    take(desk.world, face, case, "agree_return")
    take(desk.world, face, case, "send_back")
    with pytest.raises(Conflict):
        desk.send("tmall", V.REFUND, case_subject(case))
    assert case.refunds == []


def test_receipt_is_our_own_record(desk):
    for front in ("tmall", "taobao"):
        case = desk.case(front, K.RETURN_REFUND, S.RETURNING)
        calls = len(desk.sim.log())
        desk.done(front, V.CONFIRM_RECEIPT, case_subject(case), good=1)
        assert {line["method"] for line in desk.sim.log()[calls:]} == {"taobao.refund.get"}


def test_the_waybill_is_filled_in_for_the_buyer(desk):
    case = desk.case("tmall", K.RETURN_REFUND, S.AWAITING_RETURN)
    after = desk.done(
        "tmall", V.FILL_LOGISTICS, case_subject(case), carrier="顺丰速运", tracking="SF1234567890"
    )
    assert after.record.stage is S.RETURNING
    assert case.return_parcel.carrier == "SF"


def test_the_buyer_was_first_with_the_waybill(desk):
    case = desk.case("tmall", K.RETURN_REFUND, S.AWAITING_RETURN)
    row, look = desk.look("tmall", V.FILL_LOGISTICS, case_subject(case))
    take(desk.world, face, case, "send_back")
    ask = {"carrier": "SF", "tracking": "SF1234567890"}
    with pytest.raises(Conflict):
        desk.send("tmall", V.FILL_LOGISTICS, case_subject(case), look=look, **ask)
    _, after = desk.look("tmall", V.FILL_LOGISTICS, case_subject(case))
    assert row.shows(Ask(**ask), Seen.of(look), Seen.of(after)) is Shown.EXCLUDED


@pytest.mark.parametrize("verb", [V.MESSAGE, V.ASK_EVIDENCE])
@pytest.mark.parametrize(
    ("front", "kind"), [("tmall", K.RETURN_REFUND), ("taobao", K.RETURN_REFUND), ("tmall", K.EXCHANGE)]
)
def test_messages_stand_on_the_case(desk, verb, front, kind):
    case = desk.case(front, kind, S.REQUESTED)
    for _ in range(2):
        desk.done(front, verb, case_subject(case), text="请提供  商品照片", evidence=PROOF)
    assert [step.text for step in case.history].count("请提供  商品照片") == 2


def test_evidence_for_a_dispute(desk):
    case = desk.case("tmall", K.RETURN_REFUND, S.REQUESTED)
    said = {"text": "出库照片", "evidence": PROOF}
    assert desk.hindered("tmall", V.SUBMIT_EVIDENCE, case_subject(case), **said) is not None
    take(desk.world, face, case, "escalate")
    desk.done("tmall", V.SUBMIT_EVIDENCE, case_subject(case), **said)
    assert case.proofs[-1].actor == "seller"


# ---------------------------------------------------------------- exchanges


def test_a_whole_exchange(desk):
    case = desk.case("tmall", K.EXCHANGE, S.REQUESTED)
    subject = case_subject(case)
    desk.done("tmall", V.AGREE_RETURN, subject, address=address_of(case))
    take(desk.world, face, case, "send_back")
    desk.done("tmall", V.CONFIRM_RECEIPT, subject, good=1)
    after = desk.done("tmall", V.SHIP_REPLACEMENT, subject, carrier="YTO", tracking="YT7000000000001")
    assert after.marks["replacement"] == "YT7000000000001"
    assert case.replacement.carrier == "YTO"


def test_receipt_and_replacement_in_one_step(desk):
    case = desk.case("tmall", K.EXCHANGE, S.RETURNING)
    row, _ = desk.look("tmall", V.SHIP_REPLACEMENT, case_subject(case))
    assert row.method == "tmall.exchange.confirm.consign"
    assert row.caution
    desk.done("tmall", V.SHIP_REPLACEMENT, case_subject(case), carrier="SF", tracking="SF7000000000001")


@pytest.mark.parametrize(("verb", "stage"), [(V.REFUSE, S.REQUESTED), (V.REFUSE_RETURN, S.RETURNING)])
def test_an_exchange_is_refused(desk, verb, stage):
    case = desk.case("tmall", K.EXCHANGE, stage)
    desk.done("tmall", verb, case_subject(case), reason="1001", text="影响二次销售", evidence=PROOF)
    assert case.refusal_code == "1001"


@pytest.mark.parametrize(
    ("verb", "stage", "said"),
    [
        (V.AGREE_RETURN, S.AWAITING_RETURN, {"address": "100000101"}),
        (V.REFUSE, S.AWAITING_RETURN, {"reason": "1001"}),
        (V.CONFIRM_RECEIPT, S.AWAITING_RETURN, {}),
        (V.REFUSE_RETURN, S.AWAITING_RETURN, {"reason": "1001"}),
        (V.SHIP_REPLACEMENT, S.AWAITING_RETURN, {"carrier": "SF", "tracking": "SF7000000000001"}),
    ],
)
def test_an_exchange_in_the_wrong_stage_is_a_conflict(desk, verb, stage, said):
    """The failure stands inside a success."""
    case = desk.case("tmall", K.EXCHANGE, stage)
    with pytest.raises(Conflict):
        desk.send("tmall", verb, case_subject(case), **said)
    assert case.stage is stage
    assert desk.sim.log()[-1]["verdict"] == "refused"


def test_an_exchange_with_a_reason_or_address_nobody_knows(desk):
    case = desk.case("tmall", K.EXCHANGE, S.REQUESTED)
    assert desk.hindered("tmall", V.REFUSE, case_subject(case), reason="7") is not None
    assert desk.hindered("tmall", V.AGREE_RETURN, case_subject(case), address="7") is not None
    for verb, said in ((V.REFUSE, {"reason": "7"}), (V.AGREE_RETURN, {"address": "7"})):
        with pytest.raises(Rejected):
            desk.send("tmall", verb, case_subject(case), **said)
    assert case.stage is S.REQUESTED


# ---------------------------------------------------------------- orders and reviews


@pytest.mark.parametrize("front", ["tmall", "taobao"])
def test_a_remark_is_added_to_what_stands_there(desk, front):
    order = desk.order(front, OrderStatus.FINISHED)
    order.remark, order.flag = "老客户", 3
    after = desk.done(front, V.REMARK, Subject("order", order.order_id), text="已联系  买家\n发券")
    assert after.record.remark == order.remark == "老客户\n已联系 买家 发券"
    assert order.flag == 3
    desk.done(front, V.REMARK, Subject("order", order.order_id), text="已联系 买家 发券")
    assert desk.hindered(front, V.REMARK, Subject("order", order.order_id), text="字" * 330) is not None


@pytest.mark.parametrize("front", ["tmall", "taobao"])
def test_receipt_is_extended_by_exactly_so_many_days(desk, front):
    order = desk.order(front, OrderStatus.SHIPPED)
    subject = Subject("order", order.order_id)
    due = order.receipt_due
    desk.done(front, V.EXTEND_RECEIPT, subject, days=5)
    assert order.receipt_due == due + timedelta(days=5)
    assert desk.hindered(front, V.EXTEND_RECEIPT, subject, days=4) is not None
    with pytest.raises(Rejected):
        desk.send(
            front,
            V.EXTEND_RECEIPT,
            Subject("order", desk.order(front, OrderStatus.PAID).order_id),
            days=5,
        )


def test_an_extension_that_was_another_is_not_ours(desk):
    order = desk.order("tmall", OrderStatus.SHIPPED)
    row, before = desk.look("tmall", V.EXTEND_RECEIPT, Subject("order", order.order_id))
    world_orders.extend_receipt(desk.world, order, 3)
    _, after = desk.look("tmall", V.EXTEND_RECEIPT, Subject("order", order.order_id))
    assert row.shows(Ask(days=5), Seen.of(before), Seen.of(after)) is Shown.MOVED


@pytest.mark.parametrize("front", ["tmall", "taobao"])
def test_an_order_is_shipped_in_parcels(desk, front):
    order = desk.order(front, OrderStatus.PAID, lines=2)
    first, *rest = order.lines
    subject = Subject("order", order.order_id)
    named = {first.line_id: first.quantity}
    desk.done(front, V.SHIP, subject, carrier="SF", tracking="SF7100000000001", lines=named)
    assert order.status is OrderStatus.PART_SHIPPED
    assert desk.hindered(front, V.SHIP, subject, carrier="SF", tracking="SF71", lines=named) is not None
    desk.done(front, V.SHIP, subject, carrier="圆通", tracking="YT7100000000001")
    assert order.status is OrderStatus.SHIPPED
    assert order.parcels[1].lines == rest
    with pytest.raises(Rejected) as no:
        desk.send(front, V.SHIP, subject, carrier="SF", tracking="SF7100000000002")
    assert "B04" in no.value.code


def test_what_a_refund_is_asked_for_is_not_shipped(desk):
    case = desk.case("tmall", K.CANCEL, S.REQUESTED)
    subject = Subject("order", case.order.order_id)
    assert desk.hindered("tmall", V.SHIP, subject, carrier="SF", tracking="SF7100000000001") is not None


def test_only_whole_lines_are_shipped(desk):
    order = desk.order("tmall", OrderStatus.PAID)
    line, subject = order.lines[0], Subject("order", order.order_id)
    for named in ({line.line_id: line.quantity + 1}, {"1": 1}):
        assert desk.hindered("tmall", V.SHIP, subject, lines=named) is not None
    with pytest.raises(Rejected):
        desk.send("tmall", V.SHIP, subject, carrier="SF", tracking="坏的运单号")
    with pytest.raises(Rejected):
        desk.send("tmall", V.SHIP, subject, carrier="没有这家", tracking="SF7100000000001")
    assert order.status is OrderStatus.PAID


def review_of(desk, front="tmall"):
    found = next(r for r in desk.world.reviews.values() if r.shop.storefront == front and not r.follow_ups)
    found.reply = None
    return found, Subject("review", f"{found.line.line_id}:buyer")


def test_a_review_is_replied_to_once(desk):
    found, subject = review_of(desk)
    found.created_at = desk.world.now() - timedelta(days=2)
    desk.done("tmall", V.REPLY_REVIEW, subject, text="感谢您的支持", at=desk.world.now())
    assert found.reply == "感谢您的支持"
    assert desk.hindered("tmall", V.REPLY_REVIEW, subject, text="再次感谢") is not None
    with pytest.raises(Rejected):
        desk.send("tmall", V.REPLY_REVIEW, subject, text="再次感谢")
    assert found.reply == "感谢您的支持"


def test_a_review_that_takes_no_reply(desk):
    found, subject = review_of(desk)
    found.created_at = desk.world.now() - timedelta(days=31)
    assert desk.hindered("tmall", V.REPLY_REVIEW, subject, text="谢谢", at=desk.world.now()) is not None
    with pytest.raises(Rejected):
        desk.send("tmall", V.REPLY_REVIEW, subject, text="谢谢")
    with pytest.raises(NotFound):
        desk.look("tmall", V.REPLY_REVIEW, Subject("review", "1:buyer"))


# ---------------------------------------------------------------- strangers' records


def test_another_shops_case_is_not_there(desk):
    """Both shops are of one world; neither sees the other's."""
    case = desk.case("taobao", K.REFUND_ONLY, S.REQUESTED)
    mine = desk.case("tmall", K.REFUND_ONLY, S.REQUESTED)
    row, look = desk.look("tmall", V.REFUSE, case_subject(mine))
    other_row, other_look = desk.look("taobao", V.REFUSE, case_subject(case))
    shop = desk.shop("tmall")
    ask = Ask(text="不同意", evidence=PROOF)
    with pytest.raises(NotFound):
        shop.run(other_row.send(shop.account, other_look, ask))
    assert case.stage is S.REQUESTED
    assert mine.stage is S.REQUESTED
    assert row is not None
    assert look.record.case_id == mine.case_id
