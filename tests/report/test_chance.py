"""The tests behind warnings: exact where they say so, and no more false alarms than they say."""

from __future__ import annotations

import random
from datetime import timedelta
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.conftest import NOW, ONE, case, order, rows, setting

from omnishop.model import ReasonClass, Stage
from omnishop.policy.facts import Happening
from omnishop.report.chance import binomial_tail, more_often, rank_sum
from omnishop.report.notices import Notice
from omnishop.report.spikes import slower, spikes


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 100))
def test_the_binomial_tail_is_exact(hits, tries, percent):
    chance = Fraction(percent, 100)
    exact = sum(
        comb(tries, each) * chance**each * (1 - chance) ** (tries - each) for each in range(hits, tries + 1)
    )
    assert binomial_tail(hits, tries, percent / 100) == pytest.approx(float(exact), rel=1e-9, abs=1e-12)


def test_the_tail_of_many_is_quick_and_small():
    assert 0 < binomial_tail(5_500, 1_000_000, 0.005) < 1e-11
    assert binomial_tail(500_000, 1_000_000, 0.5) == pytest.approx(0.5004, abs=1e-4)


def test_the_rank_sum_agrees_with_counting_all_ways():
    """Three against three without ties: one of twenty ways is as far above."""
    assert rank_sum([4, 5, 6], [1, 2, 3]) == pytest.approx(0.05, abs=0.02)
    assert rank_sum([1, 2, 3], [4, 5, 6]) > 0.95
    assert rank_sum([5] * 10, [5] * 10) == 1.0
    assert rank_sum([], [1]) == 1.0


def poisson(dice: random.Random, mean: float) -> int:
    """Events of one stretch, their gaps exponential."""
    count, passed = 0, dice.expovariate(mean)
    while passed < 1:
        count += 1
        passed += dice.expovariate(mean)
    return count


@pytest.mark.parametrize("mean", [2, 8, 30])
def test_rates_that_stay_the_same_raise_no_more_false_alarms_than_said(mean):
    """5,000 stretches of one rate, a fifth of the time against four: at 1 % at most 1 % (and a little chance)."""
    dice, tries, asked = random.Random(mean), 5_000, 0.01  # noqa: S311 - a seeded chance
    alarms = sum(
        more_often(poisson(dice, mean), 1, poisson(dice, 4 * mean), 4) <= asked for _ in range(tries)
    )
    allowed = tries * asked
    assert alarms <= allowed + 3 * allowed**0.5


@pytest.mark.parametrize(("times", "least"), [(2, 0.3), (3, 0.95)])
def test_a_rate_that_jumps_is_seen(times, least):
    dice, tries = random.Random(times), 400  # noqa: S311 - a seeded chance
    seen = sum(more_often(poisson(dice, 15 * times), 1, poisson(dice, 60), 4) <= 0.001 for _ in range(tries))
    assert seen / tries >= least


def test_answers_that_stay_the_same_raise_no_more_false_alarms_than_said():
    dice, tries, asked = random.Random(5), 3_000, 0.01  # noqa: S311 - a seeded chance

    def drawn(count):
        return [int(dice.expovariate(1 / 7200)) for _ in range(count)]

    alarms = sum(rank_sum(drawn(12), drawn(30)) <= asked for _ in range(tries))
    allowed = tries * asked
    assert alarms <= allowed + 3 * allowed**0.5


# ---------------------------------------------------------------- ALR-SPIKE


def spread(count, start_days, end_days, **facts):
    """Evenly over the days between, the later ones first."""
    step = (end_days - start_days) / max(count, 1)
    return [
        case(
            f"{start_days} {n} {facts.get('cls', '')}",
            opened_at=NOW - timedelta(days=start_days + step * (n + 0.5)),
            **facts,
        )
        for n in range(count)
    ]


def sold(recent=100, past=400):
    def paid(count, start, end):
        step = (end - start) / max(count, 1)
        for n in range(count):
            at = NOW - timedelta(days=start + step * (n + 0.5))
            yield order(f"{start} {n}", paid_at=at, created_at=at)

    return [*paid(recent, 0, 7), *paid(past, 7, 35)]


def spiked(*given):
    found = spikes(rows(*given), setting())
    return {each.subject: each for each in found if isinstance(each, Notice)}


QUALITY = {"cls": ReasonClass.QUALITY, "skus": ("s",)}


@pytest.mark.parametrize(
    ("recent", "past", "warned"),
    [
        (4, 0, False),  # fewer than five say nothing
        (5, 0, True),
        (11, 12, False),  # 11 against 3: by chance once in 400
        (12, 12, True),  # once in 1,022
        (30, 120, False),
    ],
)
def test_alr_spike_is_raised_when_chance_is_not_enough(recent, past, warned):
    found = spiked(*sold(), *spread(recent, 0, 7, **QUALITY), *spread(past, 7, 35, **QUALITY))
    assert set(found) == ({"class quality", "product s"} if warned else set())
    if warned:
        assert len(found["class quality"].behind) == recent
        assert "re-inspect" in found["class quality"].remedies[0].title


def test_alr_spike_a_small_jump_is_no_spike_however_sure():
    """1.45 times, and by chance once in many thousands: less than the pack's one and a half."""
    given = (*sold(1000, 4000), *spread(290, 0, 7, **QUALITY), *spread(800, 7, 35, **QUALITY))
    assert not spiked(*given)
    given = (*sold(1000, 4000), *spread(301, 0, 7, **QUALITY), *spread(800, 7, 35, **QUALITY))
    assert spiked(*given)


def test_alr_spike_more_orders_explain_more_cases():
    given = (*spread(20, 0, 7, **QUALITY), *spread(20, 7, 35, **QUALITY))
    assert "class quality" in spiked(*sold(100, 400), *given)
    assert not spiked(*sold(400, 400), *given)


def test_alr_spike_needs_a_past():
    found = list(spikes(rows(*spread(20, 0, 7, **QUALITY)), setting()))
    assert not [each for each in found if isinstance(each, Notice)]
    assert ("records of the past", ONE) in {(each.missing, each.place) for each in found}


def answers(recent, past):
    """Hours to the first answer."""

    def told(name, days, hours):
        opened = NOW - timedelta(days=days)
        happened = {Happening.RESPONDED: opened + timedelta(hours=hours)}
        return case(name, opened_at=opened, stage=Stage.REFUNDING, happened=happened)

    return [told(f"r{n}", 3, hours) for n, hours in enumerate(recent)] + [
        told(f"p{n}", 20, hours) for n, hours in enumerate(past)
    ]


@pytest.mark.parametrize(
    ("recent", "past", "warned"),
    [
        ([9 + n for n in range(10)], [1 + n / 10 for n in range(10)], True),
        ([1 + n / 10 for n in range(10)], [9 + n for n in range(10)], False),
        ([2 + n / 10 for n in range(20)], [2 + n / 10 for n in range(20)], False),
    ],
)
def test_alr_spike_sees_answers_grow_slower(recent, past, warned):
    found = [each for each in slower(answers(recent, past), setting()) if isinstance(each, Notice)]
    assert bool(found) is warned
    if warned:
        assert len(found[0].behind) == len(recent)


def test_alr_spike_does_not_guess_answers_that_nobody_told():
    given = answers([9] * 9, [1] * 20)
    (found,) = slower(given, setting())
    assert (found.missing, found.subject) == ("case.responded", "answers")


@pytest.mark.parametrize(("held_days", "warned"), [(35, False), (14, False), (13.9, None)])
def test_alr_spike_compares_with_as_much_of_the_past_as_is_held(held_days, warned):
    """Twenty a week all the time. Of the past that is not held no orders are held either; a week of it must be."""
    given = [*sold(100, 400), *spread(20, 0, 7, **QUALITY), *spread(80, 7, 35, **QUALITY)]
    held = NOW - timedelta(days=held_days)
    kept = [each for each in given if (getattr(each, "opened_at", None) or each.paid_at) >= held]
    found = list(spikes(rows(*kept), setting(held={ONE: held})))
    assert not [each for each in found if isinstance(each, Notice)]
    missing = {each.missing for each in found} - {"case.responded"}
    assert missing == ({"records of the past"} if warned is None else set())


def test_alr_spike_a_steady_shop_is_left_in_peace():
    """Sixty shops of one rate, each with five products and two classes: at 0.001 a rate hardly one alarm in all."""
    dice, alarms, looked = random.Random(11), 0, 0  # noqa: S311 - a seeded chance
    for _ in range(60):
        given = list(sold(60, 240))
        for sku in "abcde":
            for cls in (ReasonClass.QUALITY, ReasonClass.ORDER):
                given += spread(poisson(dice, 3), 0, 7, cls=cls, skus=(sku,))
                given += spread(poisson(dice, 12), 7, 35, cls=cls, skus=(sku,))
                looked += 1
        alarms += len(spiked(*given))
    assert alarms <= 60 * 7 * 0.001 + 3 * (60 * 7 * 0.001) ** 0.5
    assert looked == 600
