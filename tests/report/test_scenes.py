"""The scenes of the training, as far as measures and warnings reach."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.report.conftest import NOW, ONE, SHOP, ago, case, figure, order, own, review, rows, setting, tables

from omnishop.model import Actor, Deadline, Kind, OrderStatus, ReasonClass, Stage, aware
from omnishop.policy.measures import By
from omnishop.report.figures import Met
from omnishop.report.notices import Nearness, Notice
from omnishop.report.overview import measured, warned


def warnings(under, *given):
    return {
        (each.rule, each.subject): each for each in warned(rows(*given), under) if isinstance(each, Notice)
    }


def test_scn_festival_seven_days_unhandled_end_in_a_throttled_shop():
    """Seen from day to day: nothing, the early warning, and on the eighth day the line."""
    eve = aware("2026-02-15T10:00")
    waiting = [case(str(n), opened_at=eve + timedelta(minutes=n)) for n in range(20)]
    applies = own("[penalties.PEN-IDLE]\napplies = true")

    def on(day):
        under = setting(applies, nows={ONE: eve + timedelta(days=day)})
        found = warnings(under, *waiting).get(("PEN-IDLE", None))
        return found and (found.nearness, len(found.behind), found.then.en if found.then else None)

    throttled = "automatic refunds, the shop is throttled for 30 days"
    assert on(1) is None
    assert on(3) == (Nearness.NEAR, 20, throttled)
    assert on(8) == (Nearness.REACHED, 20, throttled)


def test_scn_cashback_paid_reviews_close_a_shop():
    found = warnings(
        setting(own("[penalties.PEN-FAKE]\napplies = true")), review("1", reply="五星晒图返红包")
    )
    assert "closed for good" in found["PEN-FAKE", "replies"].then.en
    assert found["ALR-SELFCHECK", "texts"].figures == {"paid_review": 1}


def test_scn_promise_thirty_days_said_live_and_refused():
    """Refused on the twentieth day; the fine of the story is named where the platform has it."""
    bought = order("1", paid_at=ago(days=25), delivered_at=ago(days=20))
    refused = case(
        "1",
        kind=Kind.RETURN_REFUND,
        stage=Stage.REFUSED,
        opened_at=ago(hours=5),
        changed_at=NOW,
        order=bought,
    )
    register = tables(promises=[{**SHOP, "days": 30, "since": "2026-01-01"}])
    under = setting(own("[penalties.PEN-PROMISE]\napplies = true"), tables=register)
    found = warnings(under, bought, refused)["PEN-PROMISE", None]
    assert [each.id for each in found.behind] == ["claim:1"]
    assert "50000.00 yuan" in found.then.en
    assert ("PEN-PROMISE", None) not in warnings(setting(tables=tables(promises=[])), bought, refused)


def test_scn_surge_a_promotion_without_staff():
    """It is foreseen, it is seen while there is time, and afterwards the measure says what became of it."""
    foreseen = tables(peaks=[{"name": "promotion", "since": "2026-06-20", "until": "2026-06-21"}])
    assert ("ALR-CAPACITY", "peak promotion") in warnings(setting(tables=foreseen))

    rush = [
        case(f"w{n}", opened_at=ago(hours=3), deadline=Deadline(NOW + timedelta(hours=45)))
        for n in range(100)
    ]
    worked = [
        case(f"d{n}", stage=Stage.REFUNDING, decided_by=Actor.SELLER, opened_at=ago(days=3))
        for n in range(35)
    ]
    found = warnings(setting(), *rush, *worked)["ALR-BACKLOG", None]
    assert len(found.behind) == 100
    assert found.figures["cleared_by_then"] == pytest.approx(35 * 0.8 * 45 / 168)

    ended = {"stage": Stage.SUCCEEDED, "closed_at": ago(hours=1)}
    refunds = [
        case(f"r{n}", decided_by=Actor.PLATFORM_RULE if n < 85 else Actor.SELLER, **ended) for n in range(100)
    ]
    figure_ = figure("MET-AUTO", "rate", *refunds)
    assert (figure_.tally.low, figure_.tally.count, figure_.met) == (85, 100, Met.MISSED)


def test_scn_turnaround_three_months_later_the_scores_have_risen():
    """3.2 -> 4.8 and 8 -> 38 % of buyers who come again."""
    scores = [
        {**SHOP, "at": at, "name": "score", "value": value}
        for at, value in (("2026-02-01", "3.2"), ("2026-06-01", "4.8"))
    ]

    def bought(at, buyers, again, name):
        for n in range(buyers):
            for times in range(2 if n < again else 1):
                yield order(f"{name} {n} {times}", paid_at=at, created_at=at, buyer=f"{name} {n}")

    given = [*bought(ago(days=120), 50, 4, "before"), *bought(ago(days=10), 50, 19, "after")]
    under = setting(tables=tables(scores=scores), since=ago(days=90), until=NOW)
    found = {each.name: each for each in measured(rows(*given), under, By.ALL) if each.rule == "MET-SCORE"}
    assert [float(each) for each in (found["score"].before.mean()[0], found["score"].tally.mean()[0])] == [
        3.2,
        4.8,
    ]
    again = found["repurchase"]
    assert [float(each) for each in (again.before.mean()[0], again.tally.mean()[0])] == [0.08, 0.38]
    assert {found["score"].met, again.met} == {Met.MET}


def test_scn_late_the_limited_edition_unshipped_after_five_days():
    """48 hours promised: the order stands among the late ones, whoever complains."""
    late = order("1", status=OrderStatus.PAID, paid_at=ago(days=5))
    register = tables(promises=[{**SHOP, "ship_hours": 48}])
    asks = case("1", kind=Kind.CANCEL, cls=ReasonClass.LOGISTICS, sub="delay", order=late)
    found = warnings(setting(tables=register), late, asks)
    for rule in (("PEN-PROMISE", None), ("ALR-LOGISTICS", "unshipped")):
        assert [each.id for each in found[rule].behind] == ["1"]
