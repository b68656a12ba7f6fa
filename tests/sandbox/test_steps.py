"""Orders and cases move by steps alone: each allowed step leads where the table says, each other is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import pytest

from omnishop.model import Actor, Consequence, Dispute, Favours, Kind, OrderStatus, Stage
from omnishop.sandbox import steps
from omnishop.sandbox.clock import WorldClock
from omnishop.sandbox.rules import Evidence, Rule
from omnishop.sandbox.seed import fill
from omnishop.sandbox.steps import COMMON, Forbidden, Scenario
from omnishop.sandbox.world import Buyer, Claim, Good, Shop, World

NOW = datetime(2026, 3, 18, 2, 15, 30, tzinfo=UTC)
ANSWER = Rule(
    "T-ANSWER",
    timedelta(hours=48),
    Consequence.AGREES,
    Favours.BUYER,
    None,
    Evidence.CHOSEN,
    Evidence.CHOSEN,
    "-",
)


class StepFace:
    """Only what the world asks of a face; it speaks no wire."""

    name = "steps"
    storefronts = ("steps",)
    one_line_shares_id = True
    voice = None
    steps = MappingProxyType({})

    def new_id(self, world, shop, what):
        return f"{what[0].upper()}{world.serial(what)}"

    def source(self, storefront, kind):
        return "case"

    def rule(self, case):
        return ANSWER if case.stage is Stage.REQUESTED else None

    def reasons(self, kind):
        return {"broken": None, "late": None}

    def open_shop(self, world, storefront):
        goods = [Good(str(n), f"S{n}", f"O{n}", f"商品{n}", "红", 1990 + n) for n in range(3)]
        buyers = [Buyer("ob", "买**", "买家", "13800000000", "浙江", "杭州", "西湖", "文三路")]
        return Shop("steps", storefront, "1", "店", "店", "key", "sim-secret", goods=goods, buyers=buyers)

    def scenarios(self, storefront):
        return (
            Scenario("new", Kind.CANCEL, "paid"),
            Scenario("paid back", Kind.RETURN_REFUND, "finished", RETURN, lines=2, part=True),
        )


RETURN = (("agree_return", 5.0), ("send_back", 20.0), ("arrive", 30.0), ("refund", 3.0), ("pay", 1.0))
FACE = StepFace()


@pytest.fixture
def world():
    made = World.new(7, WorldClock(NOW))
    made.shops.append(FACE.open_shop(made, "steps"))
    return made


def shipped(world, lines=((0, 2),)):
    order = steps.place(world, FACE, world.shops[0], list(lines), 600)
    steps.pay(world, order)
    steps.ship(world, FACE, order)
    return order


def applied(world, kind=Kind.RETURN_REFUND, order=None):
    order = order or shipped(world)
    claims = [Claim(line, line.quantity) for line in order.lines]
    return steps.apply(world, FACE, order, kind, claims, reason="broken")


IN_DISPUTE = {"submit_evidence", "hear_shop", "talk_it_over", "weigh", "resume_dispute"}


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("name", COMMON)
def test_a_step_is_taken_or_refused_as_the_table_says(world, name, stage):
    row = COMMON[name]
    kind = min(row.kinds) if row.kinds else Kind.RETURN_REFUND
    case = applied(world, kind)
    case.stage = stage
    if name in IN_DISPUTE:
        case.dispute = Dispute.OPEN
    if stage not in row.stages:
        with pytest.raises(Forbidden, match=f"is {stage}: {name} is not allowed"):
            steps.take(world, FACE, case, name)
        assert case.stage is stage
        return
    before = case.changed_at
    steps.take(world, FACE, case, name)
    assert case.stage is (row.to or stage)
    assert case.changed_at > before
    assert case.history[-1].step == name


@pytest.mark.parametrize("name", [name for name, row in COMMON.items() if row.kinds])
def test_a_step_of_other_kinds_is_refused(world, name):
    row = COMMON[name]
    case = applied(world, min(set(Kind) - row.kinds))
    case.stage = min(row.stages)
    with pytest.raises(Forbidden):
        steps.take(world, FACE, case, name)


def test_an_unknown_step_is_refused(world):
    with pytest.raises(Forbidden, match="no such step: fly"):
        steps.take(world, FACE, applied(world), "fly")


def test_a_return_ends_with_money_and_closes_its_order(world):
    case = applied(world)
    for name in ("agree_return", "send_back", "arrive", "refund", "pay"):
        steps.take(world, FACE, case, name)
    assert case.stage is Stage.SUCCEEDED
    assert [refund.amount for refund in case.refunds] == [case.requested]
    assert case.requested == case.order.paid - case.order.freight
    assert case.order.status is OrderStatus.CLOSED
    assert case.decided_by is Actor.SELLER
    assert case.claims[0].sent_back == 2
    assert case.return_parcel is not None
    assert case.hidden["arrived_at"]


def test_money_moves_once(world):
    case = applied(world, Kind.REFUND_ONLY)
    steps.take(world, FACE, case, "agree")
    steps.take(world, FACE, case, "pay")
    with pytest.raises(Forbidden):
        steps.take(world, FACE, case, "pay")
    assert len(case.refunds) == 1


def test_a_dispute_is_ruled(world):
    case = applied(world)
    for name in ("refuse", "escalate", "want_evidence", "rule_buyer"):
        steps.take(world, FACE, case, name)
    assert (case.dispute, case.stage, case.decided_by) == (
        Dispute.RULED_BUYER,
        Stage.REFUNDING,
        Actor.ARBITRATION,
    )


def test_the_clock_of_a_stage_starts_and_ends_with_it(world):
    case = applied(world)
    assert case.deadline == case.changed_at + timedelta(hours=48)
    steps.take(world, FACE, case, "agree_return")
    assert case.deadline is None


def test_freight_goes_back_only_when_nothing_was_shipped(world):
    order = steps.place(world, FACE, world.shops[0], [(0, 1)], 600)
    steps.pay(world, order)
    assert applied(world, Kind.CANCEL, order).freight == 600
    assert applied(world, Kind.REFUND_ONLY).freight == 0


def test_an_order_moves_as_its_table_says(world):
    order = steps.place(world, FACE, world.shops[0], [(0, 1), (1, 1)])
    with pytest.raises(Forbidden, match="is unpaid: ship is not allowed"):
        steps.ship(world, FACE, order)
    steps.pay(world, order)
    steps.ship(world, FACE, order, order.lines[:1])
    assert order.status is OrderStatus.PART_SHIPPED
    steps.ship(world, FACE, order, order.lines[1:])
    assert order.status is OrderStatus.SHIPPED
    steps.deliver(world, order)
    steps.finish(world, order)
    steps.review(world, FACE, order, order.lines[0], 5, "好")
    steps.close(world, order, "全额退款")
    with pytest.raises(Forbidden):
        steps.close(world, order, "again")
    assert len(order.parcels) == 2


def test_one_line_may_share_the_orders_id(world):
    assert (order := shipped(world)).lines[0].line_id == order.order_id
    assert all(
        line.line_id != two.order_id for two in [shipped(world, ((0, 1), (1, 1)))] for line in two.lines
    )


def test_every_change_has_a_later_time(world):
    order = shipped(world)
    times = [order.created_at, order.paid_at, order.shipped_at, order.changed_at]
    assert times == sorted(times)
    assert order.created_at < order.paid_at < order.shipped_at


def test_a_world_is_filled_by_steps_and_repeats_itself():
    def made(seed):
        world = World.new(seed, WorldClock(NOW))
        fill(world, [(FACE, "steps")], 30)
        return world

    one, same, other = made(1), made(1), made(2)
    assert [order.created_at for order in one.orders.values()] == [o.created_at for o in same.orders.values()]
    assert [order.paid for order in one.orders.values()] != [order.paid for order in other.orders.values()]
    assert len(one.orders) == 30
    assert len(one.cases) == 10
    for case in one.cases.values():
        assert case.history[0].step == "apply"
        assert all(step.at <= NOW for step in case.history)
        times = [step.at for step in case.history]
        assert times == sorted(times)
    assert {case.stage for case in one.cases.values()} == {Stage.REQUESTED, Stage.SUCCEEDED}
    assert one.reviews


# ---------------------------------------------------------------- sums, pieces, what else a step takes


def taken(world, case, *names, **given):
    for name in names[:-1]:
        steps.take(world, FACE, case, name)
    steps.take(world, FACE, case, names[-1], **given)


def test_a_part_may_be_agreed_to_and_never_more_than_was_asked_for(world):
    case = applied(world, Kind.REFUND_ONLY)
    for amount in (0, -5, case.requested + 1):
        with pytest.raises(Forbidden, match="is not between 1 and"):
            steps.take(world, FACE, case, "agree", amount=amount)
    assert (case.stage, case.approved, len(case.history)) == (Stage.REQUESTED, None, 1)
    taken(world, case, "agree", amount=500)
    taken(world, case, "pay")
    assert (case.approved, case.refunds[0].amount) == (500, 500)
    assert case.order.status is OrderStatus.SHIPPED


def test_what_went_back_is_not_there_again(world):
    """A partial refund, then a return, then an exchange of the same line: together no more than was paid."""
    order = shipped(world)
    line = order.lines[0]
    first = steps.apply(world, FACE, order, Kind.REFUND_ONLY, [Claim(line, 2)], reason="broken", amount=1000)
    taken(world, first, "agree", "pay")
    second = steps.apply(world, FACE, order, Kind.RETURN_REFUND, [Claim(line, 2)], reason="broken")
    assert second.requested == line.paid - 1000
    with pytest.raises(Forbidden, match="open case"):
        steps.apply(world, FACE, order, Kind.EXCHANGE, [Claim(line, 1)], reason="broken")
    taken(world, second, "agree_return", "send_back", "refund", amount=2000)
    taken(world, second, "pay")
    third = steps.apply(world, FACE, order, Kind.EXCHANGE, [Claim(line, 1)], reason="broken")
    taken(world, third, "agree_return", "send_back", "refund")
    taken(world, third, "pay")
    assert third.refunds[0].amount == min(line.paid // 2, line.paid - 3000)
    assert order.refunded <= line.paid
    with pytest.raises(Forbidden, match="that are left"):
        steps.apply(world, FACE, order, Kind.REFUND_ONLY, [Claim(line, 2)], reason="late", amount=line.paid)


def test_three_sent_two_came_one_of_them_broken(world):
    case = applied(world, order=shipped(world, ((0, 3),)))
    name = case.claims[0].line.line_id
    taken(world, case, "agree_return", "send_back")
    with pytest.raises(Forbidden, match="4 pieces received of 3"):
        taken(world, case, "receive", good={name: 3}, bad={name: 1})
    assert case.received_at is None
    taken(world, case, "receive", good={name: 1}, bad={name: 1})
    assert (case.claims[0].sent_back, case.claims[0].received_good, case.claims[0].received_bad) == (3, 1, 1)


def test_the_shop_enters_the_waybill_and_puts_it_right(world):
    case = applied(world)
    taken(world, case, "agree_return", "fill_logistics", carrier="YTO", tracking="YT1")
    assert (case.stage, case.return_parcel.tracking_no) == (Stage.RETURNING, "YT1")
    taken(world, case, "fill_logistics", tracking="YT2")
    assert (case.return_parcel.carrier, case.return_parcel.tracking_no) == ("YTO", "YT2")


def test_a_refusal_keeps_its_reason_and_its_proof(world):
    case = applied(world)
    taken(world, case, "refuse", code=104, text="未收到退货", pictures=["a.jpg"])
    assert (case.refusal_code, case.refusal, case.proofs[0].pictures) == ("104", "未收到退货", ["a.jpg"])
    taken(world, case, "modify", text="已寄出")
    assert (case.stage, case.refusal, case.detail) == (Stage.REQUESTED, None, "已寄出")


def test_words_and_notes_move_the_version_and_not_the_stage(world):
    case = applied(world)
    before = case.changed_at
    taken(world, case, "message", text="请补充照片", pictures=["b.jpg"])
    assert (case.history[-1].text, case.proofs[-1].pictures) == ("请补充照片", ["b.jpg"])
    taken(world, case, "remark", text="老客户")
    assert (case.remark, case.stage) == ("老客户", Stage.REQUESTED)
    assert case.changed_at > before
    steps.remark(world, case.order, "加急", 3)
    assert (case.order.remark, case.order.flag) == ("加急", 3)


def test_parts_of_an_order_are_shipped_once(world):
    order = steps.place(world, FACE, world.shops[0], [(0, 1), (1, 1), (2, 1)])
    steps.pay(world, order)
    parcel = steps.ship(world, FACE, order, order.lines[:1], carrier="SF", tracking="SF1")
    assert (parcel.carrier, parcel.tracking_no) == ("SF", "SF1")
    with pytest.raises(Forbidden, match="under way already"):
        steps.ship(world, FACE, order, order.lines[:2])
    steps.ship(world, FACE, order)
    assert [len(parcel.lines) for parcel in order.parcels] == [1, 2]
    assert order.status is OrderStatus.SHIPPED


def test_a_step_that_its_effect_forbids_leaves_the_stage(world):
    case = applied(world)
    with pytest.raises(Forbidden, match="no open dispute"):
        taken(world, case, "submit_evidence")
    with pytest.raises(Forbidden, match="no clock"):
        taken(world, case, "agree_return", "extend")
    assert case.stage is Stage.AWAITING_RETURN


# ---------------------------------------------------------------- clock


def test_a_standing_clock_moves_only_when_moved():
    clock = WorldClock(NOW)
    assert clock.now() == clock.now() == NOW
    clock.advance(90)
    assert clock.now() == NOW + timedelta(seconds=90)
    with pytest.raises(ValueError, match="does not go back"):
        clock.advance(-1)


def test_a_running_clock_keeps_its_offset_to_the_machine():
    machine = [NOW]
    clock = WorldClock(None, lambda: machine[0])
    clock.advance(3600)
    machine[0] += timedelta(seconds=5)
    assert clock.now() == NOW + timedelta(seconds=3605)
    assert clock.machine() == NOW + timedelta(seconds=5)
