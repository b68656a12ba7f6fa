"""Laws: figures add over shops, missing facts only widen them, what is unrelated takes no warning away."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.conftest import NOW, ONE, TWO, case, claim, of, order, review, rows, setting, tables

from omnishop.model import Actor, Deadline, Dispute, Grade, Kind, OrderStatus, ReasonClass, Stage
from omnishop.policy.facts import Happening
from omnishop.policy.measures import By
from omnishop.report.figures import Tally
from omnishop.report.notices import Notice
from omnishop.report.overview import measured, warned
from omnishop.report.penalties import negative_rates

LAW = settings(deadline=None, max_examples=20)

PLACES = st.sampled_from([ONE, TWO])
BACK = st.integers(0, 60 * 24 * 40).map(lambda minutes: NOW - timedelta(minutes=minutes))
SKUS = st.sampled_from([("s",), ("t",), ("s", "t"), ()])


@st.composite
def orders(draw, number):
    paid = draw(BACK)
    return order(
        f"o{number}",
        place=draw(PLACES),
        status=draw(st.sampled_from(OrderStatus)),
        paid_at=draw(st.sampled_from([paid, None])),
        created_at=paid,
        shipped_at=draw(st.sampled_from([None, paid + timedelta(days=1)])),
        skus=draw(SKUS),
        buyer=draw(st.sampled_from(["x", "y", None])),
        claims=tuple(
            claim(kind, str(n)) for n, kind in enumerate(draw(st.lists(st.sampled_from(Kind), max_size=2)))
        ),
    )


@st.composite
def cases(draw, number):
    opened = draw(BACK)
    later = opened + draw(st.integers(0, 100)) * timedelta(hours=1)
    stage = draw(st.sampled_from(Stage))
    answered = draw(st.booleans())
    return case(
        f"c{number}",
        place=draw(PLACES),
        kind=draw(st.sampled_from(Kind)),
        stage=stage,
        dispute=draw(st.sampled_from([*Dispute, None])),
        cls=draw(st.sampled_from(ReasonClass)),
        skus=draw(SKUS),
        opened_at=opened,
        changed_at=later,
        closed_at=later if stage in {Stage.SUCCEEDED, Stage.CLOSED} else None,
        deadline=draw(st.sampled_from([None, Deadline(NOW + timedelta(hours=5))])),
        decided_by=draw(st.sampled_from([*Actor, None])),
        happened={Happening.RESPONDED: opened + (later - opened) / 2} if answered else {},
    )


@st.composite
def reviews(draw, number):
    return review(
        f"r{number}",
        place=draw(PLACES),
        created_at=draw(BACK),
        sku_id=draw(st.sampled_from(["s", None])),
        grade=draw(st.sampled_from([*Grade, None])),
        stars=draw(st.sampled_from([None, 1, 3])),
    )


@st.composite
def records(draw, most=12):
    found = []
    for kind in (orders, cases, reviews):
        found += [draw(kind(number)) for number in range(draw(st.integers(0, most)))]
    return found


def sums(found):
    total: dict[tuple[str, str], Tally] = {}
    for each in found:
        key = (each.rule, each.name)
        total[key] = total.get(key, Tally()) + each.tally
    return total


@LAW
@given(records())
def test_measures_add_over_shops_platforms_and_months(given_rows):
    under, all_rows = setting(), rows(*given_rows)
    everything = sums(measured(all_rows, under, By.ALL))
    for by in (By.SHOP, By.PLATFORM, By.STOREFRONT):
        assert sums(measured(all_rows, under, by)) == everything
    apart = [
        measured(rows(*[each for each in given_rows if each.place == place]), under, By.ALL)
        for place in (ONE, TWO)
    ]
    together = sums([each for part in apart for each in part])
    complaints = ("MET-COMPLAINT", "rate")  # whether anyone keeps them is known of all shops together
    assert {key: tally for key, tally in together.items() if key != complaints} == {
        key: tally for key, tally in everything.items() if key != complaints
    }


@LAW
@given(records())
def test_shares_lie_between_nothing_and_all_and_low_is_never_above_high(given_rows):
    for each in measured(rows(*given_rows), setting(), By.SHOP):
        low, high = each.tally.mean()
        assert low is None or low >= 0
        assert low is None or high is None or low <= high
        if each.unit == "share" and each.rule != "MET-COMPLAINT" and low is not None:
            assert high is not None
            assert high <= 1


@LAW
@given(records(6), st.data())
def test_a_missing_fact_widens_a_figure_and_never_moves_it(given_rows, data):
    """The store knows less than a merchant's register does: what it says then holds the truth."""
    under = setting()
    fewer = []
    for each in given_rows:
        hidden = each
        if data.draw(st.booleans()):
            if hasattr(each, "happened"):
                hidden = evolve(each, happened={})
            elif hasattr(each, "grade"):
                hidden = evolve(each, grade=None, stars=None)
        fewer.append(hidden)
    for rule, part in (("MET-FIRST", "mean"), ("MET-SCORE", "negative")):
        known = of(measured(rows(*given_rows), under, By.ALL), rule, part)[()].tally
        less = of(measured(rows(*fewer), under, By.ALL), rule, part)[()].tally
        if known.count == less.count:  # who took an application back before any answer is left out of both
            assert less.low <= known.low
            assert less.high is None or (known.high is not None and known.high <= less.high)


def warnings(given_rows, under):
    return {
        (each.rule, each.place, each.subject, each.nearness)
        for each in warned(rows(*given_rows), under)
        if isinstance(each, Notice)
    }


OWN = tables(
    violations=[],
    satisfaction=[{"platform": "alpha", "shop": "1", "at": "2026-06-14", "score": 1}],
    complaints=[{"platform": "alpha", "shop": "1", "id": "x", "at": "2026-05-14"}],
    trade=[{"platform": "alpha", "month": "2026-05", "worst_from": "1%"}],
    promises=[{"platform": "alpha", "shop": "1", "ship_hours": 24}],
)


@LAW
@given(records(), st.lists(st.integers(0, 5).flatmap(cases), min_size=1, max_size=6))
def test_a_case_of_another_shop_takes_no_warning_away(given_rows, more):
    mine = [evolve(each, place=ONE) for each in given_rows]
    theirs = [evolve(each, place=TWO) for each in more]
    under = setting(tables=OWN)
    assert warnings(mine, under) <= warnings([*mine, *theirs], under)


@LAW
@given(records(), st.integers(1, 6))
def test_a_waiting_case_on_another_product_takes_no_warning_away(given_rows, count):
    mine = [evolve(each, place=ONE) for each in given_rows]
    more = [
        case(f"new {n}", skus=("new",), cls=ReasonClass.UNCLASSIFIED, opened_at=NOW - timedelta(hours=n))
        for n in range(count)
    ]
    under = setting(tables=OWN)
    assert warnings(mine, under) <= warnings([*mine, *more], under)


@LAW
@given(st.integers(0, 40), st.integers(0, 60), st.integers(0, 40))
def test_the_negative_rate_knows_what_it_does_not_know(bad, good, unknown):
    """However the reviews without a grade turn out, a warning that stands stays, and none is missed in silence."""

    def made(grades):
        return [review(str(n), sku_id=None, grade=grade) for n, grade in enumerate(grades)]

    def told(grades):
        found = negative_rates(made(grades), under)
        return {(type(each).__name__, getattr(each, "nearness", None)) for each in found}

    under = setting()
    open_ones = [Grade.BAD] * bad + [Grade.GOOD] * good
    said = told([*open_ones, *[Grade.UNKNOWN] * unknown])
    best = told([*open_ones, *[Grade.GOOD] * unknown])
    worst = told([*open_ones, *[Grade.BAD] * unknown])
    assert {each for each in said if each[0] == "Notice"} == best
    if worst and not best:
        assert said
