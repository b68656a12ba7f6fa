"""What happens if nobody works from Friday evening to Monday morning, on each storefront."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.sandbox.town import FRIDAY, Town

from omnishop.model import BEIJING, Stage

MONDAY = datetime(2026, 3, 23, 9, 0, tzinfo=BEIJING)
LAG = timedelta(minutes=10)


def acts(happened, case):
    """What the platform did to a case: rule, step, and how long after Friday 18:00 (hours, lag cut off)."""
    return [
        (row["rule"], row["step"], int((datetime.fromisoformat(row["at"]) - FRIDAY) / timedelta(hours=1)))
        for row in happened
        if row["id"] == case.case_id and row["actor"] == "platform"
    ]


def test_tmall_refunds_what_was_not_shipped_and_waits_for_what_was():
    town = Town("tmall")
    unshipped, shipped = town.case(), town.case("refund_only", shipped=True)
    happened = town.until(MONDAY)
    assert acts(happened, unshipped) == [("TM-UNSHIPPED-ANSWER", "agree", 48)]
    assert unshipped.refunds[0].amount == unshipped.order.paid
    assert unshipped.order.status == "closed"
    assert acts(happened, shipped) == []
    assert (shipped.stage, shipped.rule.id) == (Stage.REQUESTED, "TM-SHIPPED-ANSWER")
    assert timedelta(hours=9) <= shipped.deadline - MONDAY < timedelta(hours=9, minutes=1)


def test_taobao_refunds_what_was_not_shipped_and_gives_returns_five_days():
    town = Town("taobao")
    unshipped, back = town.case(), town.case("return_refund", shipped=True)
    happened = town.until(MONDAY)
    assert acts(happened, unshipped) == [("TB-UNSHIPPED-ANSWER", "agree", 48)]
    assert [refund.amount for refund in unshipped.refunds] == [unshipped.requested]
    assert acts(happened, back) == []
    assert acts(town.until(timedelta(days=3)), back) == [("TB-RETURN-ANSWER", "agree_return", 120)]
    assert back.return_address.default_return


def test_jd_grants_a_cancellation_on_saturday_pays_on_sunday_and_agrees_to_the_return():
    town = Town("jd")
    unshipped, back = town.case(), town.case("return_refund", shipped=True)
    happened = town.until(MONDAY)
    assert acts(happened, unshipped) == [("JD-UNSHIPPED-ANSWER", "agree", 24), ("JD-FINANCE", "pay", 48)]
    assert unshipped.refunds[0].amount == unshipped.order.paid
    assert acts(happened, back) == [("JD-RETURN-ANSWER", "agree_return", 48)]
    assert back.stage is Stage.AWAITING_RETURN
    assert back.decided_by == "platform_rule"


def test_douyin_agrees_on_sunday_and_the_money_is_under_way_on_monday():
    town = Town("douyin")
    unshipped, shipped = town.case(), town.case("refund_only", shipped=True)
    back = town.case("exchange", shipped=True)
    happened = town.until(MONDAY)
    assert acts(happened, unshipped) == [("DY-UNSHIPPED-ANSWER", "agree", 48)]
    assert (unshipped.stage, unshipped.refunds) == (Stage.REFUNDING, [])
    assert acts(happened, back) == [("DY-EXCHANGE-ANSWER", "agree_return", 48)]
    assert acts(happened, shipped) == []
    assert shipped.stage is Stage.REQUESTED
