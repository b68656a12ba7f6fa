"""The law of quotas: places stand evenly in time, bans end, what a refusal teaches is bounded and forgotten."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections import deque
from datetime import UTC, datetime, time, timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from omnishop import RateLimited
from omnishop.drivers.budgets import (
    FLOOR,
    GUESSED,
    LEAST,
    LONGEST_BAN,
    NOTHING,
    STUBBORN,
    USED,
    Asked,
    Budget,
    Known,
    Refusal,
    barred,
    idle,
    interval,
    learned_rate,
    place,
    rate,
    refused,
)
from omnishop.model import BEIJING
from omnishop.ports import Account, App, Quota

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
SECOND = 1_000_000
PATIENT = 60.0

rates = st.one_of(st.floats(0.2, 2000.0), st.integers(1, 1000).map(float))
gaps = st.lists(st.one_of(st.just(0), st.integers(0, 2 * SECOND), st.integers(0, 30_000)), max_size=120)


def seconds(number):
    return timedelta(seconds=number)


def most_in_any_second(moments):
    moments = sorted(moments)
    return max(bisect_left(moments, at + SECOND) - number for number, at in enumerate(moments))


def sent(pace, gaps, patience=PATIENT):
    """When callers go who come with these gaps between them, each as late as it came."""
    now, next_at, found = 1_800_000_000 * SECOND, 0, []
    for gap in gaps:
        now += gap
        wait, after = place(next_at, now, pace, patience)
        if after is not None:
            next_at = after
            found.append(now + wait)
    return found


@given(rates, gaps)
def test_any_second_of_a_quota_holds_at_most_it_and_one(per_s, gaps):
    moments = sent(interval(rate(Known(per_s=per_s), None, NOON)), gaps)
    if moments:
        assert most_in_any_second(moments) <= per_s + 1


@given(st.integers(2, 60).map(float), st.integers(0, SECOND))
def test_a_queue_that_never_ends_uses_the_whole_of_it(per_s, start):
    pace = interval(per_s * USED)
    _, first = place(0, start, pace, PATIENT)
    next_at = first
    for _ in range(100):
        _, next_at = place(next_at, start, pace, 1e9)
    assert 100 / ((next_at - first) / SECOND) >= per_s * 0.98


@given(rates, gaps, st.floats(0.0, 5.0))
def test_nobody_waits_longer_than_his_patience_and_takes_no_place_then(per_s, gaps, patience):
    pace, now, next_at = interval(per_s), 1_800_000_000 * SECOND, 0
    for gap in gaps:
        now += gap
        wait, after = place(next_at, now, pace, patience)
        assert (after is None) == (wait > patience * SECOND)
        next_at = after or next_at


def test_a_clock_that_was_put_back_holds_nobody():
    now = 1_800_000_000 * SECOND
    _, next_at = place(0, now, interval(10.0), PATIENT)
    assert place(next_at, now - 3600 * SECOND, interval(10.0), PATIENT)[0] == 0


# ---------------------------------------------------------------- which rate


def test_a_persons_word_goes_before_what_is_published_and_less_is_learned_of_both():
    assert rate(NOTHING, None, NOON) is None
    assert rate(NOTHING, 600.0, NOON) == 600.0 * USED
    assert rate(Known(per_s=50.0), 600.0, NOON) == 50.0 * USED
    learned = Known(per_s=50.0, ceiling=20.0, throttled_at=NOON)
    assert rate(learned, 600.0, NOON) == 20.0 * 0.95
    assert rate(evolve(learned, ceiling=100.0), None, NOON) == 50.0 * USED


@given(st.floats(1.0, 1000.0), st.integers(0, 3600), st.integers(0, 3600))
def test_a_learned_rate_only_climbs_until_it_is_forgotten(ceiling, earlier, later):
    known = Known(ceiling=ceiling, throttled_at=NOON)
    one, other = sorted((earlier, later))
    first, then = (learned_rate(known, NOON + seconds(each)) for each in (one, other))
    assert first is None or first >= 0.95 * ceiling
    assert then is None or (first is not None and then >= first)
    assert learned_rate(known, NOON + seconds(59)) == pytest.approx(0.95 * ceiling)
    assert learned_rate(known, NOON + timedelta(hours=1)) is None
    assert idle(known, NOON + timedelta(hours=1))


refusals = st.lists(
    st.tuples(
        st.floats(0.0, 120.0),  # since the one before
        st.floats(0.0, 2.0),  # on the way
        st.one_of(st.none(), st.floats(0.0, 3600.0)),  # the ban, if it is told
        st.floats(0.0, 500.0),  # calls in the second before
    ),
    max_size=12,
)


@given(refusals, st.one_of(st.none(), st.floats(0.5, 1000.0)))
def test_whatever_is_refused_the_rate_never_rises_above_what_was_in_force_nor_below_the_floor(
    many, published
):
    known, at = NOTHING, NOON
    for since, way, ban, seen in many:
        at += seconds(since)
        sent_at = at - seconds(way)
        before, in_force = known, rate(known, published, at)
        until = None if ban is None else at + seconds(ban)
        known = refused(before, Refusal(at, sent_at, until), in_force, seen)
        after = rate(known, published, at)
        assert known.throttles == before.throttles + 1
        assert after is not None
        if in_force is not None and known.throttled_at == at:
            assert after <= in_force * 1.000001
            assert after >= min(in_force, FLOOR if known.strikes < STUBBORN else LEAST * 0.95) * 0.999999
        assert barred(known, at) >= max(barred(before, at), ban or 0.0) - 1e-6
        if ban is None:
            longest = max(LONGEST_BAN.total_seconds(), barred(before, at))
            assert barred(known, at) <= longest + 1e-6


def test_bans_of_unknown_length_double_while_nothing_goes_well_and_begin_anew_after():
    known, at, lengths = NOTHING, NOON, []
    for _ in range(12):
        known = refused(known, Refusal(at, at, None), 10.0, 0.0)
        lengths.append(barred(known, at))
        at = known.barred_until + seconds(0.1)
    assert lengths == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert barred(refused(known, Refusal(at, at, None), 10.0, 1.0), at) == 1, "one call went well"
    later = at + timedelta(hours=1)
    assert barred(refused(known, Refusal(later, later, None), None, 1.0), later) == 1


def test_what_was_sent_before_the_ban_was_known_or_against_it_is_no_new_refusal():
    first = refused(NOTHING, Refusal(NOON, NOON, None), None, 40.0)
    for sent_at, at in ((-0.5, 0.01), (0.5, 0.6), (0.9, 1.4)):
        again = refused(first, Refusal(NOON + seconds(at), NOON + seconds(sent_at), None), 30.0, 30.0)
        assert (again.ceiling, again.strikes, again.barred_until) == (38.0, 1, first.barred_until)
    after = refused(first, Refusal(NOON + seconds(1.3), NOON + seconds(1.2), None), 30.0, 30.0)
    assert after.strikes == 2


def test_what_another_worker_sent_in_the_same_second_comes_to_what_was_refused():
    first = refused(NOTHING, Refusal(NOON, NOON, None), None, 20.0)
    joined = refused(first, Refusal(NOON + seconds(0.1), NOON, None), None, 30.0, joins=True)
    assert joined.ceiling == pytest.approx(50.0 * GUESSED)


@pytest.mark.parametrize("quiet", [0.5, 30.0, 600.0])
def test_a_rate_that_held_for_long_is_hardly_cut(quiet):
    known = Known(ceiling=100.0, throttled_at=NOON - seconds(quiet + 1), barred_until=NOON - seconds(quiet))
    cut = refused(known, Refusal(NOON, NOON, None), 100.0, 20.0).ceiling
    assert cut == {0.5: 70.0, 30.0: 85.0, 600.0: 100.0}[quiet]


class Platform:
    """Takes `limit` calls in any second, from `falls_at` on `then`, and refuses some besides at random."""

    def __init__(self, limit, noise=0.0, falls_at=1e9, then=0):
        self.limit, self.noise, self.falls_at, self.then = limit, noise, falls_at, then
        self.rng, self.taken = random.Random(7), deque()  # noqa: S311 - repeatable

    def takes(self, at):
        while self.taken and self.taken[0] <= at - 1.0:
            self.taken.popleft()
        limit = self.limit if at < self.falls_at else self.then
        if len(self.taken) >= limit or self.rng.random() < self.noise:
            return False
        self.taken.append(at)
        return True


def lived(platform, hours=0.5, own=1000.0):
    """(calls a second that went well, refusals) of one who asks as fast as he may."""
    known, next_at, at, went, refusals = NOTHING, 0, 0.0, 0, 0
    while at < hours * 3600:
        now = NOON + seconds(at)
        left, per_s = barred(known, now), rate(known, None, now)
        if left:
            at += left
            continue
        if per_s is not None:
            wait, next_at = place(next_at, int(at * SECOND), interval(per_s), 1e9)
            at += wait / SECOND
        sent_at = NOON + seconds(at)
        if platform.takes(at):
            went += 1
        else:
            refusals += 1
            told = Refusal(sent_at + seconds(0.001), sent_at, None)
            known = refused(known, told, per_s, len(platform.taken))
        at += 1 / own
    return went / at, refusals


@pytest.mark.parametrize("limit", [1, 3, 10, 50, 200])
def test_a_limit_that_nobody_told_is_found_and_used(limit):
    rate_used, refusals = lived(Platform(limit), hours=0.2)
    assert rate_used >= 0.9 * limit
    assert refusals <= 40


def test_a_platform_that_refuses_at_random_brings_no_rate_to_nothing():
    rate_used, _ = lived(Platform(10**6, noise=0.04), hours=0.2)
    assert rate_used >= 1.5


def test_a_limit_that_falls_is_found_again():
    rate_used, refusals = lived(Platform(50, falls_at=180.0, then=10), hours=0.1)
    assert rate_used >= 0.85 * (50 + 10) / 2
    assert refusals <= 20


def test_a_day_that_is_spent_is_not_asked_for_again_and_again():
    _, refusals = lived(Platform(0), hours=12)
    assert refusals <= 60


# ---------------------------------------------------------------- a day's quota


@pytest.mark.parametrize(
    ("at", "hours"),
    [
        (datetime(2026, 3, 18, 23, 59, tzinfo=BEIJING), 1 / 60),
        (datetime(2026, 3, 19, 0, 0, tzinfo=BEIJING), 24),
        (datetime(2026, 3, 18, 16, 0, tzinfo=UTC), 24),
        (datetime(2026, 3, 18, 10, 30, tzinfo=BEIJING), 13.5),
    ],
)
def test_a_spent_day_is_back_at_midnight_in_beijing_and_teaches_no_rate(at, hours):
    error = RateLimited("spent", scope="app", back_at=time(tzinfo=BEIJING))
    known = refused(NOTHING, Refusal.of(error, at, at), None, 300.0)
    assert barred(known, at) == pytest.approx(hours * 3600)
    assert known.ceiling is None
    told = RateLimited("spent", scope="app", back_at=time(tzinfo=BEIJING), retry_after=60.0)
    assert barred(refused(NOTHING, Refusal.of(told, at, at), None, 300.0), at) == 60.0


def test_a_ban_in_the_future_of_a_clock_put_back_is_not_kept():
    known = refused(NOTHING, Refusal(NOON, NOON, NOON + seconds(30)), None, 10.0)
    assert barred(known, NOON + seconds(29)) == 1.0
    assert barred(known, NOON - seconds(2)) > 0, "clocks of two machines may be a little apart"
    assert barred(known, NOON - timedelta(hours=1)) == 0.0


# ---------------------------------------------------------------- whose budget


def test_a_refusal_is_about_what_the_platform_says_or_publishes_a_quota_for():
    account = Account(App("p", "key", "s"), "front", "7")
    asked = Asked.by(account, "list/it", None)
    assert asked.call == Budget("p", "key", "7", "list.it")
    vague = RateLimited("x")
    assert asked.blamed(vague) == Budget("p", "key", "7", "list.it")
    assert Asked.by(account, "m", Quota(50, "method", "A")).blamed(vague) == Budget("p", "key", "", "m")
    app = RateLimited("x", scope="app")
    assert Asked.by(account, "m", Quota(50, "method", "A")).blamed(app) == Budget("p", "key")
    assert asked.blamed(RateLimited("x", scope="shop")) == Budget("p", "key", "7")
