"""The plan: no moment between what is held and now is left out, and no window is wider than allowed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from omnishop.engine.plan import (
    AHEAD,
    DEPTH,
    ECHO,
    LAG,
    OVERLAP,
    SEAM,
    STEP,
    edge_of,
    older,
    plan,
    settled,
)
from omnishop.ports import Window

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
AGO = st.timedeltas(timedelta(), timedelta(days=400))
SPANS = st.sampled_from([timedelta(seconds=1), timedelta(hours=1), timedelta(days=1), timedelta(days=30)])
REACHES = st.sampled_from([timedelta(days=3), timedelta(days=90), timedelta(days=730)])


@st.composite
def held_ranges(draw):
    first, second = sorted((draw(AGO), draw(AGO)), reverse=True)
    return Window(NOW - LAG - first, NOW - LAG - second)


DAYS_WIDE = SPANS.filter(lambda span: span >= timedelta(days=1))
OVERLAPS = st.sampled_from([OVERLAP, ECHO])
HELD = st.none() | held_ranges()


def covered(windows, start, end):
    """Whether open windows leave no moment between start and end."""
    at = start
    for window in sorted(windows, key=lambda each: each.start):
        if window.start > at:
            return False
        at = max(at, window.end)
    return at >= end


def everything(planned, held, span, reach):
    """Both lanes, the backfill from what the live lane will hold."""
    for window in planned.closing:
        held = settled(held, window, NOW)
    return [*planned.closing, *planned.fresh, *older(NOW, held, planned.goal, span=span, reach=reach)]


@given(DAYS_WIDE, HELD, REACHES, st.none() | AGO, OVERLAPS, st.sampled_from([timedelta(), AHEAD]))
def test_nothing_between_what_is_held_and_now_is_left_out(span, held, reach, since, overlap, ahead):
    asked = None if since is None else NOW - since
    planned = plan(NOW, held, span=span, reach=reach, since=asked, overlap=overlap, ahead=ahead)
    edge = edge_of(NOW, reach)
    start = max(edge, min(when for when in (asked, held.start if held else NOW - DEPTH) if when is not None))
    if asked is not None and held is None:
        start = max(edge, asked)
    windows = everything(planned, held, span, reach)
    assert all(each.end - each.start <= span for each in windows)
    assert all(each.start >= edge for each in windows), "beyond the platform's reach"
    assert all(each.start < each.end <= NOW + ahead for each in windows)
    assert planned.fresh[-1].end == NOW + ahead if planned.fresh else start == NOW
    assert covered(windows + ([held] if held else []), start, NOW)


@given(DAYS_WIDE, HELD, REACHES, st.none() | AGO, OVERLAPS)
def test_each_closing_window_touches_what_is_held_by_then(span, held, reach, since, overlap):
    """So that a stop after any window leaves one whole range; the last of them ends where the lag begins."""
    asked = None if since is None else NOW - since
    planned = plan(NOW, held, span=span, reach=reach, since=asked, overlap=overlap)
    gap = held is not None and held.end < edge_of(NOW, reach)
    for number, window in enumerate(planned.closing):
        now_held = settled(held, window, NOW)
        if held is not None and not (gap and number == 0):
            assert now_held.start <= held.start
            assert now_held.end >= held.end
        held = now_held
        assert window.end <= NOW - LAG
    if planned.closing:
        assert held.end == NOW - LAG
    for window in older(NOW, held, planned.goal, span=span, reach=reach):
        now_held = settled(held, window, NOW)
        assert now_held.start < held.start <= window.end
        assert now_held.end == held.end
        held = now_held


@given(SPANS, st.timedeltas(timedelta(minutes=21), timedelta(days=2)))
def test_neighbouring_windows_share_a_second(span, back):
    if back / span > 5000:
        span = timedelta(days=1)
    held = Window(NOW - back, NOW - back + timedelta(seconds=1))
    windows = plan(NOW, held, span=span, reach=timedelta(days=90)).closing
    for one, two in pairwise(windows):
        assert one.end - two.start == min(SEAM, span / 2)


def test_the_first_pull_reads_the_last_day_first_and_thirty_days_in_all():
    day, reach = timedelta(days=1), timedelta(days=90)
    planned = plan(NOW, None, span=day, reach=reach)
    assert [planned.closing[0].start, planned.fresh[-1].end] == [NOW - LAG - day, NOW]
    assert planned.goal == NOW - timedelta(days=30)
    back = older(NOW, planned.closing[0], planned.goal, span=day, reach=reach)
    assert back[0].end == planned.closing[0].start + SEAM, "the next window first"
    assert back[-1].start == NOW - timedelta(days=30)
    assert not planned.short


def test_a_reach_shorter_than_asked_is_told():
    assert plan(NOW, None, span=timedelta(days=1), reach=timedelta(days=7)).short
    assert plan(
        NOW, None, span=timedelta(days=1), reach=timedelta(days=7), since=NOW - timedelta(days=8)
    ).short


def test_what_was_left_so_long_that_a_gap_opened_is_told_and_begins_anew():
    held = Window(NOW - timedelta(days=300), NOW - timedelta(days=200))
    planned = plan(NOW, held, span=timedelta(days=30), reach=timedelta(days=90))
    assert planned.short
    assert settled(held, planned.closing[0], NOW).start == planned.closing[0].start


def test_a_goal_once_set_stays_until_it_is_reached():
    held = Window(NOW - timedelta(days=3), NOW - LAG)
    goal = NOW - timedelta(days=9)
    planned = plan(NOW, held, span=timedelta(days=1), reach=timedelta(days=90), goal=goal)
    assert planned.goal == goal
    assert len(older(NOW, held, goal, span=timedelta(days=1), reach=timedelta(days=90))) == 7
    done = Window(goal, NOW - LAG)
    assert older(NOW, done, goal, span=timedelta(days=1), reach=timedelta(days=90)) == ()


def test_a_standing_clocks_future_is_read_but_not_taken_as_held():
    planned = plan(NOW, None, span=timedelta(days=1), reach=timedelta(days=90), ahead=AHEAD)
    assert planned.fresh[-1].end == NOW + AHEAD
    assert settled(None, Window(NOW - timedelta(days=1), NOW + AHEAD), NOW).end == NOW - LAG


def test_no_more_is_read_again_than_was_asked_for():
    held = Window(NOW - timedelta(days=1), NOW - timedelta(hours=1))
    again = plan(NOW, held, span=timedelta(days=7), reach=timedelta(days=90), overlap=ECHO)
    assert again.closing[0].start == held.start


def test_what_is_hardly_older_than_the_lag_is_not_worth_a_window_of_its_own():
    held = Window(NOW - timedelta(days=1), NOW - LAG - STEP + timedelta(seconds=1))
    planned = plan(NOW, held, span=timedelta(days=1), reach=timedelta(days=90))
    assert planned.closing == ()
    assert planned.fresh == (Window(held.end - OVERLAP, NOW),)


def test_the_last_moments_before_now_do_not_count_as_read():
    assert settled(None, Window(NOW - timedelta(days=1), NOW), NOW).end == NOW - LAG
    assert settled(None, Window(NOW - timedelta(seconds=10), NOW), NOW) is None


def test_going_back_starts_from_what_is_held():
    held = Window(NOW - timedelta(days=30), NOW - LAG)
    since = NOW - timedelta(days=33)
    planned = plan(NOW, held, span=timedelta(days=1), reach=timedelta(days=90), since=since)
    windows = older(NOW, held, planned.goal, span=timedelta(days=1), reach=timedelta(days=90))
    assert windows[0].end == held.start + SEAM
    assert min(each.start for each in windows) == since
