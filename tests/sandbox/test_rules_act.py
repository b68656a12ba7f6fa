"""Deadlines are carried out: each rule at its time, pauses, restarts, extensions, disputes, windows, festivals."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product

import pytest
from tests.sandbox.town import FRIDAY, Town

from omnishop import clock, registry
from omnishop.model import BEIJING, Consequence, Dispute, Favours, Kind, OrderStatus, Stage
from omnishop.sandbox import steps
from omnishop.sandbox.agenda import LAG
from omnishop.sandbox.rules import Evidence, Rule, counted
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.steps import COMMON, OPEN, Forbidden

FRONTS = ("tmall", "taobao", "jd", "douyin")
H, D = timedelta(hours=1), timedelta(days=1)
_OF_ORDERS = {"close", "finish", "apply_over", "review_over", "default_review"}


def rules_of(happened, about=None):
    return [row["rule"] for row in happened if row["rule"] and about in (None, row["id"])]


# ---------------------------------------------------------------- the tables


@pytest.mark.parametrize("name", registry.face_names())
def test_every_default_is_a_step_there_is(name):
    face = registry.face(name)
    assert len({rule.id for rule in face.rules}) == len(face.rules)
    known = set(COMMON) | set(face.steps) | _OF_ORDERS | {"verdict"}
    assert {rule.step for rule in face.rules if rule.step} <= known


@pytest.mark.parametrize("name", registry.face_names())
def test_a_default_does_what_its_row_says(name):
    """The consequence that merchants are told is the one that happens."""
    leads = {
        "refunds": {"agree", "refund", "pay", "turn_to_refund"},
        "agrees": {"agree", "agree_return", "agree_resend"},
        "closes": {"lapse", "close", "apply_over", "review_over"},
        "confirms_receipt": {"receive", "owe_replacement", "confirm", "finish"},
        "escalates": {"escalate", "weigh", "verdict", "want_evidence", "hear_shop", "resume_dispute"},
        "unknown": {"default_review"},
    }
    for rule in registry.face(name).rules:
        if rule.step is not None:
            assert rule.step in leads[rule.default], rule.id


COMES_BACK = {Kind.RETURN_REFUND, Kind.EXCHANGE, Kind.REPAIR}
SENT_OUT = {Kind.EXCHANGE, Kind.REPAIR, Kind.RESHIP}
ONLY = {
    Stage.AWAITING_RETURN: COMES_BACK,
    Stage.RETURNING: COMES_BACK,
    Stage.INSPECTING: COMES_BACK,
    Stage.RESENDING: SENT_OUT,
    Stage.RESENT: SENT_OUT,
}


@pytest.mark.parametrize("front", FRONTS)
def test_wherever_a_clock_runs_its_step_is_allowed(front):
    town = Town(front)
    case = town.case("return_refund", shipped=True)
    seen = set()
    kinds = {scenario.kind for scenario in town.face.scenarios(front)}
    phases = ("", "answer", "talks", "weighing")
    for case.kind, case.stage, case.dispute, case.phase_of_dispute, case.after_return in product(
        kinds, OPEN, set(Dispute), phases, (False, True)
    ):
        if case.kind not in ONLY.get(case.stage, kinds) or (case.disputed and case.stage is Stage.REFUNDING):
            continue
        for case.hidden in ({}, {"arrived_at": FRIDAY, "replacement_arrived_at": FRIDAY}):
            rule = town.face.rule(case)
            if rule is None or rule.step is None:
                continue
            seen.add(rule.id)
            for step in ("rule_buyer", "rule_seller") if rule.step == "verdict" else (rule.step,):
                row = town.face.steps.get(step) or COMMON[step]
                assert case.stage in row.stages, (rule.id, step, case.kind, case.stage, case.dispute)
                assert not row.kinds or case.kind in row.kinds, (rule.id, step, case.kind, case.stage)
    assert len(seen) > 12


@pytest.mark.parametrize("front", FRONTS)
def test_the_platform_acts_after_the_deadline_and_within_ten_minutes(front):
    town = Town(front)
    case = town.case()
    deadline = case.due
    assert town.until(deadline) == []
    (row,) = town.until(LAG)
    assert deadline < datetime.fromisoformat(row["at"]) <= deadline + LAG
    assert (row["what"], row["actor"], row["shop_id"]) == ("case", "platform", town.shop.shop_id)
    assert case.history[-1].actor == "platform"


@pytest.mark.parametrize("front", FRONTS)
def test_a_seller_in_time_is_not_overruled(front):
    town = Town(front)
    case = town.case("return_refund", shipped=True)
    town.take(case, "agree_return")
    happened = town.until(6 * D)
    assert not [rule for rule in rules_of(happened, case.case_id) if rule.endswith("RETURN-ANSWER")]


@pytest.mark.parametrize("front", FRONTS)
def test_a_buyer_who_never_sends_back_loses_the_case(front):
    town = Town(front)
    case = town.case("return_refund", shipped=True)
    town.take(case, "agree_return")
    happened = town.until(7 * D + LAG)
    assert rules_of(happened, case.case_id)[-1].endswith("RETURN-SEND")
    assert (case.stage, case.decided_by, case.refunds) == (Stage.CLOSED, "platform_rule", [])


@pytest.mark.parametrize("front", FRONTS)
def test_goods_that_came_back_are_paid_for_though_nobody_looks(front):
    town = Town(front)
    case = town.case("return_refund", shipped=True)
    town.take(case, "agree_return")
    town.buyers.send_back(case.case_id, tracking="SF1234567890")
    happened = town.until(14 * D)
    assert case.stage is Stage.SUCCEEDED, rules_of(happened, case.case_id)
    assert [refund.amount for refund in case.refunds] == [case.requested]
    assert ("arrive", "carrier") in {(row["step"], row["actor"]) for row in happened}


@pytest.mark.parametrize("front", FRONTS)
def test_an_order_that_nobody_pays_is_closed_and_one_that_nobody_confirms_is_finished(front):
    town = Town(front)
    unpaid = town.world.orders[town.buyers.order(town.shop.shop_id, paid=False)]
    shipped = town.world.orders[town.ordered(shipped=True)]
    happened = town.until(25 * H)
    assert unpaid.status is OrderStatus.CLOSED
    assert rules_of(happened, unpaid.order_id)[0].endswith("UNPAID-CLOSE")
    happened = town.until(20 * D)
    assert shipped.status is OrderStatus.FINISHED
    assert any(rule.endswith("ORDER-CONFIRM") for rule in rules_of(happened, shipped.order_id))


# ---------------------------------------------------------------- pauses, restarts, extensions


def test_an_open_case_holds_the_receipt_and_gives_back_what_was_left():
    town = Town("taobao")
    case = town.case("refund_only", shipped=True)
    order = case.order
    before = order.clocks["TB-ORDER-CONFIRM"]
    left = before.left
    assert left is not None
    assert order.receipt_due is None
    with pytest.raises(Forbidden, match="open case"):
        steps.finish(town.world, order)
    town.take(case, "refuse")
    town.until(5 * D)
    town.buyers.withdraw(case.case_id)
    assert order.receipt_due == town.world.now() + left
    happened = town.until(left + LAG)
    assert "TB-ORDER-CONFIRM" in rules_of(happened, order.order_id)


def test_receipt_is_extended_call_by_call():
    town = Town("tmall")
    order = town.world.orders[town.ordered(shipped=True)]
    due = order.receipt_due
    steps.extend_receipt(town.world, order, 3)
    assert steps.extend_receipt(town.world, order, 5) == due + 8 * D
    assert not [row for row in town.until(due + D) if row["step"] == "finish"]
    assert [row for row in town.until(8 * D) if row["step"] == "finish"]


def test_a_modified_application_has_its_whole_answer_time_again():
    town = Town("douyin")
    case = town.case()
    town.until(30 * H)
    town.buyers.modify(case.case_id, amount=100)
    assert case.requested == 100
    assert case.due == case.changed_at + 48 * H
    assert rules_of(town.until(40 * H)) == []
    assert rules_of(town.until(9 * H)) == ["DY-UNSHIPPED-ANSWER"]


def test_a_dispute_stops_the_clock_and_taken_back_it_runs_on():
    town = Town("taobao")
    case = town.case("return_refund", shipped=True)
    town.until(20 * H)
    left = case.due - town.world.now()
    town.buyers.escalate(case.case_id)
    assert (case.rule.id, case.deadline) == ("TB-STAFF-ASKS", None)
    town.until(10 * H)
    town.buyers.settle(case.case_id)
    assert case.rule.id == "TB-RETURN-ANSWER"
    assert timedelta() <= case.due - (town.world.now() + left) < timedelta(seconds=5)


def test_a_lengthened_clock_ends_later():
    town = Town("douyin")
    case = town.case("return_refund", shipped=True)
    town.take(case, "agree_return", "send_back")
    due = case.due
    town.take(case, "extend", days=7)
    assert (case.due, case.deadline, case.extended) == (due + 7 * D, due + 7 * D, 1)
    assert "DY-RETURN-RECEIVE" not in rules_of(town.until(due + D))
    assert "DY-RETURN-RECEIVE" in rules_of(town.until(7 * D))


def test_hours_that_count_are_only_those_of_the_day():
    friday_17 = datetime(2026, 3, 20, 17, 0, tzinfo=BEIJING)
    assert counted(friday_17, 4 * H, (9, 18)) == datetime(2026, 3, 21, 12, 0, tzinfo=BEIJING)
    assert counted(friday_17, H, (9, 18)) == datetime(2026, 3, 20, 18, 0, tzinfo=BEIJING)
    assert counted(friday_17 + 5 * H, 4 * H, (9, 18)) == datetime(2026, 3, 21, 13, 0, tzinfo=BEIJING)
    assert counted(friday_17 - 12 * H, 20 * H, (9, 18)) == datetime(2026, 3, 22, 11, 0, tzinfo=BEIJING)


def test_evidence_wanted_by_jd_in_the_evening_is_due_next_noon():
    town = Town("jd")
    case = town.case("return_refund", shipped=True)
    town.take(case, "refuse", "escalate", "hear_shop", "want_evidence")
    assert case.rule.id == "JD-EVIDENCE"
    assert case.due.astimezone(BEIJING).strftime("%m-%d %H") == "03-21 13"


# ---------------------------------------------------------------- disputes


@pytest.mark.parametrize(
    ("front", "ruled"),
    [
        ("taobao", ["TB-STAFF-ASKS", "TB-EVIDENCE", "TB-RULING"]),
        ("tmall", ["TM-STAFF-ASKS", "TM-EVIDENCE", "TM-RULING"]),
        ("jd", ["JD-INTERVENE-WAIT", "JD-DISPUTE-ANSWER", "JD-RULING", "JD-EXECUTE"]),
        ("douyin", ["DY-ARB-NEGOTIATE", "DY-ARB-EVIDENCE", "DY-ARB-RULING", "DY-PAYOUT"]),
    ],
)
def test_a_shop_that_says_nothing_in_a_dispute_pays(front, ruled):
    town = Town(front)
    case = town.case("refund_only", shipped=True)
    town.take(case, "refuse")
    town.buyers.escalate(case.case_id)
    assert rules_of(town.until(12 * D), case.case_id) == ruled
    assert (case.dispute, case.stage) == (Dispute.RULED_BUYER, Stage.SUCCEEDED)
    assert [refund.amount for refund in case.refunds] == [case.requested]


def test_a_shop_that_is_heard_may_win():
    town = Town("douyin")
    cases = []
    for _ in range(12):
        case = town.case("refund_only", shipped=True)
        town.take(case, "refuse")
        town.buyers.escalate(case.case_id)
        cases.append(case)
    town.until(48 * H + LAG)
    for case in cases:
        assert case.dispute is Dispute.EVIDENCE_DUE
        town.take(case, "submit_evidence", text="签收凭证", pictures=["proof-1.jpg"])
        assert case.phase_of_dispute == "weighing"
    town.until(5 * D)
    ends = {case.dispute for case in cases}
    assert ends == {Dispute.RULED_BUYER, Dispute.RULED_SELLER}
    assert all(bool(case.refunds) == (case.dispute is Dispute.RULED_BUYER) for case in cases)


def test_sides_that_agree_have_nothing_left_to_dispute():
    town = Town("douyin")
    case = town.case("refund_only", shipped=True)
    town.buyers.escalate(case.case_id)
    town.take(case, "agree")
    assert (case.dispute, case.stage) == (Dispute.WITHDRAWN, Stage.REFUNDING)


# ---------------------------------------------------------------- one case, again, windows


def test_a_line_has_one_open_case_and_after_two_that_ran_out_none():
    town = Town("tmall")
    case = town.case("return_refund", shipped=True)
    order_id = case.order.order_id
    with pytest.raises(ValueError, match="open case"):
        town.buyers.apply(order_id, "exchange")
    town.take(case, "agree_return", "lapse")
    again = town.found(town.buyers.apply(order_id, "return_refund"))
    town.take(again, "agree_return", "lapse")
    with pytest.raises(ValueError, match="may not apply again"):
        town.buyers.apply(order_id, "return_refund")


@pytest.mark.parametrize(("front", "days"), [("tmall", 15), ("taobao", 15), ("douyin", 15), ("jd", 18)])
def test_after_the_window_nobody_may_apply(front, days):
    town = Town(front)
    order_id = town.ordered(shipped=True)
    town.until(3 * D)
    town.buyers.confirm(order_id)
    happened = town.until(timedelta(days=days, hours=1))
    assert "apply_over" in {row["step"] for row in happened}
    with pytest.raises(ValueError, match="APPLY-WINDOW"):
        town.buyers.apply(order_id, "return_refund", reason=None)


def test_a_change_of_mind_has_seven_days_and_a_defect_fifteen():
    town = Town("jd")
    order_id = town.ordered(shipped=True)
    town.until(3 * D)
    town.buyers.confirm(order_id)
    town.until(8 * D)
    with pytest.raises(ValueError, match="JD-APPLY-WINDOW"):
        town.buyers.apply(order_id, "return_refund", reason="no_reason")
    assert town.buyers.apply(order_id, "return_refund", reason="quality")


def test_a_silent_buyer_whom_the_shop_rated_counts_as_content_on_taobao_alone():
    for front, written in (("taobao", ["", 5]), ("tmall", None)):
        town = Town(front)
        order = town.world.orders[town.ordered(finished=True)]
        steps.rate_buyer(town.world, order)
        happened = town.until(15 * D + LAG)
        got = [[review.text, review.stars] for review in order.reviews]
        assert got == ([written] if written else [])
        assert ("TB-REVIEW-DEFAULT" in rules_of(happened)) == bool(written)


def test_a_reply_to_a_review_has_thirty_days_on_tmall():
    town = Town("tmall")
    orders = [town.ordered(finished=True) for _ in range(2)]
    first, late = (town.world.reviews[town.buyers.review(order_id, "好", 5)] for order_id in orders)
    steps.reply_review(town.world, first, "谢谢")
    with pytest.raises(Forbidden, match="has its reply"):
        steps.reply_review(town.world, first, "再次感谢")
    town.until(30 * D + H)
    with pytest.raises(Forbidden, match="TM-REVIEW-REPLY"):
        steps.reply_review(town.world, late, "谢谢")


# ---------------------------------------------------------------- festivals, evidence, speed, repetition


def test_a_festival_lengthens_the_way_back_and_not_the_answer():
    feast = (FRIDAY + D, FRIDAY + 12 * D)
    town = Town("douyin", festival=feast)
    back, waits = town.case("return_refund", shipped=True), town.case("exchange", shipped=True)
    town.take(back, "agree_return")
    due, answer = back.due, waits.due
    happened = town.until(feast[0] + H)
    assert [(row["rule"], row["id"]) for row in happened if row["rule"]] == [("GEN-FESTIVAL", back.case_id)]
    assert (back.due, waits.due) == (due + 5 * D, answer)
    late = town.case("return_refund", shipped=True)
    town.take(late, "agree_return")
    assert late.due == late.changed_at + 12 * D


def test_a_festival_lengthens_each_clock_once_in_history_too():
    plain, feast = (
        Simulation.new(seed=4, orders=60, now=FRIDAY, festival=during)
        for during in (None, (FRIDAY - 2 * H, FRIDAY + 7 * D))
    )
    pairs = list(zip(plain.world.cases.values(), feast.world.cases.values(), strict=True))
    moved = [(one, two) for one, two in pairs if one.rule is not None and one.rule.festive]
    assert len(moved) > 5
    for one, two in moved:
        more = two.due - one.due - 5 * D
        assert timedelta() <= more <= timedelta(minutes=1), (one.rule.id, more)


@pytest.mark.parametrize("least", ["official", "inferred"])
def test_a_world_may_be_held_to_rules_that_are_known(least):
    simulation = Simulation.new(seed=4, orders=60, now=FRIDAY, rules=least)
    simulation.advance(30 * 86400)
    rows = [row for row in simulation.happened() if row.rule]
    assert "chosen" not in {mark for row in rows for mark in (row.evidence or "").split("/")}
    if least == "inferred":
        assert {row.rule for row in rows} >= {"JD-RETURN-ANSWER", "DY-RETURN-ANSWER", "TB-RETURN-SEND"}
    for case in simulation.world.cases.values():
        assert case.rule is None or case.rule.holds(Evidence(least))


def test_the_weaker_evidence_of_a_rule_counts():
    rule = Rule("R", H, Consequence.CLOSES, Favours.NOBODY, None, Evidence.OFFICIAL, Evidence.CHOSEN, "")
    assert rule.weakest is Evidence.CHOSEN
    assert not rule.holds(Evidence.INFERRED)


def test_the_same_seed_and_moves_give_the_same_history():
    def lived(seed):
        simulation = Simulation.new(seed=seed, orders=30, now=FRIDAY)
        simulation.buyers.live(9, acts_per_day=50)
        told = [simulation.advance(86400 * days) for days in (1, 0.5, 9)]
        return told, simulation.state()

    one, same, other = lived(3), lived(3), lived(4)
    assert one == same
    assert one[0] != other[0]


def test_one_jump_is_as_many_small_ones():
    whole, parts = (Simulation.new(seed=6, orders=30, now=FRIDAY) for _ in range(2))
    rows = whole.advance(12 * 86400)["happened"]
    many = [row for _ in range(48) for row in parts.advance(6 * 3600)["happened"]]
    assert rows == many
    assert whole.state() == parts.state()


def test_two_thousand_open_cases_and_ten_days_are_less_than_two_seconds():
    town = Town("tmall")
    shops = [shop.shop_id for shop in town.world.shops]
    for number in range(2_000):
        town.buyers.apply(town.buyers.order(shops[number % len(shops)]))
    began = clock.monotonic()
    happened = town.until(10 * D)
    assert clock.monotonic() - began < 2
    assert len(happened) >= 2_000


def test_a_running_clock_lets_what_is_due_happen_before_the_next_request():
    town = Town("jd", now=None)
    case = town.case()
    town.world.clock.advance(2 * 86400)
    assert case.stage is Stage.REQUESTED
    state = town.simulation.state()
    assert case.stage is Stage.REFUNDING
    assert [row["hidden"]["stage"] for row in state["cases"]] == ["refunding"]
