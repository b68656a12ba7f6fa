"""Every penalty at its boundaries: one below, at, and above; and what cannot be judged."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve
from tests.report.conftest import (
    NOW,
    ONE,
    PACKS,
    SECOND,
    SHOP,
    TWO,
    ago,
    case,
    order,
    own,
    review,
    rows,
    setting,
    tables,
)

from omnishop.errors import ConfigError
from omnishop.model import Actor, Grade, Kind, OrderStatus, Stage, aware
from omnishop.policy.facts import Happening
from omnishop.report.notices import Nearness, Notice, Unjudged
from omnishop.report.penalties import fake, idle, levels, negative_rates, worst_tenth
from omnishop.report.promises import broken_days, broken_promises, broken_shipping
from omnishop.report.rows import Place

NEAR, REACHED = Nearness.NEAR, Nearness.REACHED


def notices(found):
    return [each for each in found if isinstance(each, Notice)]


def unjudged(found):
    return {(each.rule, each.missing) for each in found if isinstance(each, Unjudged)}


def nearness(found):
    """The one notice's, or None."""
    told = notices(found)
    assert len(told) <= 1
    return told[0].nearness if told else None


# ---------------------------------------------------------------- PEN-NEG30


def reviews(negative, count, sku="s", unknown=0):
    return [
        review(
            str(n),
            sku_id=sku,
            grade=Grade.BAD if n < negative else Grade.UNKNOWN if n < negative + unknown else Grade.GOOD,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("negative", "count", "warned"),
    [
        (3, 76, None),  # below 4 %
        (4, 100, NEAR),  # 4 %
        (5, 100, NEAR),  # 5 % is not above it
        (6, 100, REACHED),
        (1, 19, None),  # too few to tell
        (1, 20, NEAR),
        (2, 20, REACHED),
    ],
)
def test_pen_neg30_warns_at_four_percent_and_is_reached_above_five(negative, count, warned):
    found = notices(negative_rates(reviews(negative, count, sku=None), setting()))
    assert [each.nearness for each in found] == ([warned] if warned else [])
    if warned:
        assert len(found[0].behind) == negative
        assert {each.record for each in found[0].behind} == {"review"}


def test_pen_neg30_is_by_product_and_by_shop():
    given = [*reviews(2, 20, "bad"), *reviews(0, 30, "good")]
    found = {each.subject: each.nearness for each in notices(negative_rates(given, setting()))}
    assert found == {None: NEAR, "bad": REACHED}


@pytest.mark.parametrize(("created_at", "counts"), [(ago(days=30), True), (ago(days=30) - SECOND, False)])
def test_pen_neg30_looks_back_thirty_days(created_at, counts):
    given = [*reviews(0, 19, None), review("x", sku_id=None, grade=Grade.BAD, created_at=created_at)]
    assert bool(notices(negative_rates(given, setting()))) is counts


def test_pen_neg30_reviews_without_a_grade_leave_it_open_only_where_they_could_decide():
    assert unjudged(negative_rates(reviews(0, 100, None, unknown=4), setting())) == {
        ("PEN-NEG30", "review.grade")
    }
    assert not list(negative_rates(reviews(0, 100, None, unknown=3), setting()))
    assert nearness(negative_rates(reviews(6, 100, None, unknown=50), setting())) is REACHED


@pytest.mark.parametrize("platform", ["alpha", "douyin"])
def test_a_penalty_is_said_only_where_the_platform_has_it(platform):
    place = Place(platform, "1")
    given = [evolve(each, place=place) for each in reviews(6, 100, None)]
    (found,) = notices(negative_rates(given, setting(nows={place: NOW})))
    assert found.nearness is REACHED
    assert (found.then is not None) is (platform == "douyin")


def test_every_penalty_of_the_platforms_layer_applies_there_and_nowhere_else():
    here = PACKS.of("douyin").pack.penalties.rows
    assert all(row.applies for row in here.values())
    for platform in ("taobao", "jd", None):
        assert not any(row.applies for row in PACKS.of(platform).pack.penalties.rows.values())


# ---------------------------------------------------------------- PEN-TOP10


def months(*rates, trade=("2026-05", "2026-04", "2026-03"), worst="0.01"):
    """Complaints of 100 orders a month, the latest full month first."""
    begins = {
        "2026-05": "2026-05-10",
        "2026-04": "2026-04-10",
        "2026-03": "2026-03-10",
        "2026-02": "2026-02-10",
    }
    orders, complaints = [], []
    for (month, day), rate in zip(begins.items(), rates, strict=False):
        orders += [order(f"{month} {n}", paid_at=aware(day), created_at=aware(day)) for n in range(100)]
        complaints += [{**SHOP, "id": f"{month} {n}", "at": day} for n in range(rate)]
    under = setting(
        nows={ONE: NOW},
        tables=tables(
            complaints=complaints,
            trade=[{"platform": "alpha", "month": month, "worst_from": worst} for month in trade],
        ),
    )
    return list(worst_tenth(rows(*orders), under))


@pytest.mark.parametrize(
    ("rates", "warned", "count"),
    [
        ((0, 1, 1), None, 0),
        ((1, 0, 1), NEAR, 1),
        ((1, 1, 0), NEAR, 2),
        ((1, 1, 1), REACHED, 3),
        ((1, 1, 1, 1), REACHED, 3),
        ((2, 2, 2), REACHED, 3),
    ],
)
def test_pen_top10_warns_each_month_and_is_reached_after_three(rates, warned, count):
    found = months(*rates)
    assert nearness(found) is warned
    assert not unjudged(found)
    if warned:
        assert notices(found)[0].figures["months"] == count


def test_pen_top10_begins_exactly_at_the_trades_worst_tenth():
    assert nearness(months(1, worst="1%")) is NEAR
    assert nearness(months(1, worst="0.010001")) is None


def test_pen_top10_without_the_trades_figure_stays_open():
    assert unjudged(worst_tenth(rows(), setting())) == {("PEN-TOP10", "table trade")}
    found = months(1, 1, 1, trade=("2026-05", "2026-03"))
    assert (nearness(found), unjudged(found)) == (NEAR, {("PEN-TOP10", "table trade 2026-04")})


def test_pen_top10_without_a_register_of_complaints_stays_open():
    under = setting(tables=tables(trade=[]))
    assert unjudged(worst_tenth(rows(order("1")), under)) == {("PEN-TOP10", "complaints")}


# ---------------------------------------------------------------- PEN-LEVELS


def violations(*levels_, at="2026-06-01"):
    return setting(
        nows={ONE: NOW},
        tables=tables(
            violations=[{**SHOP, "id": str(n), "at": at, "level": level} for n, level in enumerate(levels_)]
        ),
    )


@pytest.mark.parametrize(
    ("given", "highest", "then"),
    [
        (("1",), "1", "product demoted"),
        (("1", "2", "1"), "2", "whole shop"),
        (("3",), "3", "closed for good"),
        (("severe", "1"), "severe", None),
    ],
)
def test_pen_levels_names_the_highest_and_what_comes_next(given, highest, then):
    (found,) = levels(violations(*given))
    assert (found.subject, len(found.behind)) == (highest, len(given))
    assert (f"next: {then}" in found.text.en) if then else "next" not in found.text.en


@pytest.mark.parametrize(("at", "counts"), [(ago(days=365), True), (ago(days=365) - SECOND, False)])
def test_pen_levels_counts_a_year(at, counts):
    assert bool(list(levels(violations("1", at=at.isoformat())))) is counts


def test_pen_levels_does_not_know_a_level_and_says_so():
    with pytest.raises(ConfigError, match="no level '4'; there are: 1, 2, 3, severe"):
        list(levels(violations("4")))
    assert unjudged(levels(setting())) == {("PEN-LEVELS", "table violations")}


# ---------------------------------------------------------------- PEN-IDLE


@pytest.mark.parametrize(
    ("age", "warned"),
    [
        (timedelta(days=2) - SECOND, None),
        (timedelta(days=2), NEAR),
        (timedelta(days=7), NEAR),
        (timedelta(days=7) + SECOND, REACHED),
    ],
)
def test_pen_idle_by_the_second(age, warned):
    assert nearness(idle([case("1", opened_at=NOW - age)], setting())) is warned


def test_pen_idle_is_about_undecided_applications_only():
    old = ago(days=9)
    decided = [
        case("1", opened_at=old, stage=Stage.REFUSED),
        case("2", opened_at=old, stage=Stage.SUCCEEDED),
        case("3", opened_at=old, happened={Happening.DECIDED: ago(days=8)}),
    ]
    assert not list(idle(decided, setting()))
    assert unjudged(idle([case("1", opened_at=None)], setting())) == {("PEN-IDLE", "case.opened_at")}


def test_pen_idle_names_the_oldest_first():
    given = [case(str(days), opened_at=ago(days=days)) for days in (8, 10, 9, 3)]
    reached = [each for each in notices(idle(given, setting())) if each.nearness is REACHED]
    assert [each.id for each in reached[0].behind] == ["claim:10", "claim:9", "claim:8"]


def test_pen_idle_over_the_festival_seven_days_unhandled():
    """The scene: applications of the day before Spring Festival, seen when the team is back."""
    eve, back = aware("2026-02-15T10:00:00"), aware("2026-02-24T09:00:00")
    given = [case(str(n), opened_at=eve + timedelta(hours=n)) for n in range(5)]
    (found,) = notices(idle(given, setting(nows={ONE: back})))
    assert (found.nearness, len(found.behind)) == (REACHED, 5)
    assert {each.title for each in found.remedies} == {
        "decide the waiting applications now, the oldest first",
        "put more people on it",
    }


# ---------------------------------------------------------------- PEN-PROMISE


def promise(**facts):
    return setting(tables=tables(promises=[{**SHOP, "days": 30} | facts]))


def refused(opened_at, **facts):
    delivered = facts.pop("delivered_at", aware("2026-05-01T15:00:00"))
    bought = facts.pop("bought", aware("2026-04-28"))
    return case(
        "1",
        kind=facts.pop("kind", Kind.RETURN_REFUND),
        opened_at=opened_at,
        changed_at=ago(days=1),
        order=order("1", delivered_at=delivered, paid_at=bought),
        **({"stage": Stage.REFUSED} | facts),
    )


@pytest.mark.parametrize(
    ("opened_at", "broken"),
    [("2026-05-31T23:59:59", REACHED), ("2026-06-01T00:00:00", None)],
)
def test_pen_promise_thirty_days_end_with_the_thirtieth_day(opened_at, broken):
    found = list(broken_days([refused(aware(opened_at))], promise()))
    assert nearness(found) is broken


@pytest.mark.parametrize(
    ("facts", "broken"),
    [
        ({"stage": Stage.CLOSED, "decided_by": Actor.SELLER}, True),
        ({"stage": Stage.CLOSED, "decided_by": Actor.ASSISTANT}, True),
        ({"stage": Stage.CLOSED, "decided_by": Actor.BUYER}, False),
        ({"stage": Stage.CLOSED, "decided_by": Actor.PLATFORM_RULE}, False),
        ({"stage": Stage.REQUESTED}, False),
        ({"stage": Stage.SUCCEEDED}, False),
        ({"kind": Kind.EXCHANGE}, False),
    ],
)
def test_pen_promise_is_broken_by_the_shops_refusal(facts, broken):
    found = list(broken_days([refused(aware("2026-05-20"), **facts)], promise()))
    assert bool(notices(found)) is broken


@pytest.mark.parametrize(
    ("register", "broken"),
    [
        ({"since": "2026-04-28", "until": "2026-04-29"}, True),
        ({"since": "2026-04-28T00:00:01"}, False),
        ({"until": "2026-04-28"}, False),
        ({"sku": "s"}, True),
        ({"sku": "other"}, False),
        ({"days": "18"}, False),
        ({"days": "19"}, True),
    ],
)
def test_pen_promise_holds_for_its_products_and_its_time(register, broken):
    """Nineteen days after delivery; ordered on 28 April."""
    found = list(broken_days([refused(aware("2026-05-20"))], promise(**register)))
    assert bool(notices(found)) is broken


def test_pen_promise_without_facts_stays_open():
    assert unjudged(broken_promises(rows(), setting())) == {("PEN-PROMISE", "table promises")}
    unknown = refused(aware("2026-05-20"), delivered_at=None)
    assert unjudged(broken_days([unknown], promise())) == {("PEN-PROMISE", "order.delivered_at")}


@pytest.mark.parametrize(
    ("facts", "broken"),
    [
        ({"paid_at": ago(hours=60), "shipped_at": ago(hours=12)}, False),  # exactly 48 h
        ({"paid_at": ago(hours=60), "shipped_at": ago(hours=12) + SECOND}, True),
        ({"paid_at": ago(hours=48), "status": OrderStatus.PAID}, False),
        ({"paid_at": ago(hours=48) - SECOND, "status": OrderStatus.PAID}, True),
        ({"paid_at": ago(hours=99), "status": OrderStatus.CLOSED}, False),
        ({"paid_at": ago(hours=99), "skus": ("other",)}, False),
    ],
)
def test_pen_promise_of_hours_to_ship(facts, broken):
    under = setting(tables=tables(promises=[{**SHOP, "ship_hours": 48, "sku": "s"}]))
    assert bool(list(broken_shipping([order("1", **facts)], under))) is broken


# ---------------------------------------------------------------- PEN-FAKE


@pytest.mark.parametrize(
    ("facts", "warned"),
    [
        ({"reply": "好评返现5元"}, REACHED),
        ({"reply": "感谢您的支持"}, None),
        ({"text": "说好的好评返现5元没给"}, NEAR),
        ({"reply": "好评返现5元", "replied_at": ago(days=30)}, REACHED),
        ({"reply": "好评返现5元", "replied_at": ago(days=30) - SECOND}, None),
    ],
)
def test_pen_fake_reads_replies_and_reviews(facts, warned):
    found = list(fake([review("1", **facts)], setting()))
    assert nearness(found) is warned
    assert unjudged(found) == {("PEN-FAKE", "table violations")}


def test_pen_fake_takes_the_platforms_findings():
    table = [
        {**SHOP, "id": "7", "at": "2026-06-01", "level": "severe", "fake": "yes"},
        {**SHOP, "id": "8", "at": "2026-06-01", "level": "1", "fake": "no"},
    ]
    found = list(fake([], setting(tables=tables(violations=table))))
    assert [[each.id for each in notice.behind] for notice in notices(found)] == [["7"]]
    assert not unjudged(found)


def test_a_layer_moves_every_threshold():
    """The numbers are the pack's: another one, another answer."""
    under = setting(own('[penalties.PEN-IDLE]\nwarn = "1h"\nlimit = "2h"\n[penalties.PEN-NEG30]\nwarn = 0.9'))
    assert nearness(idle([case("1", opened_at=ago(hours=2))], under)) is NEAR
    assert nearness(idle([case("1", opened_at=ago(hours=2) - SECOND)], under)) is REACHED
    assert nearness(idle([case("1", place=TWO, opened_at=ago(hours=3))], under)) is None
    assert not notices(negative_rates(reviews(30, 100, None), under))


def test_pen_top10_a_month_that_is_not_held_whole_stays_open():
    begins = aware("2026-05-01T00:00:00")
    for held, expected in ((begins, set()), (begins + SECOND, {("PEN-TOP10", "records of 2026-05")})):
        given = [order(str(n), paid_at=aware("2026-05-10")) for n in range(100)]
        own_tables = tables(
            complaints=[{**SHOP, "id": "1", "at": "2026-05-10"}],
            trade=[{"platform": "alpha", "month": "2026-05", "worst_from": "2%"}],
        )
        under = setting(nows={ONE: NOW}, held={ONE: held}, tables=own_tables)
        assert unjudged(worst_tenth(rows(*given), under)) == expected
