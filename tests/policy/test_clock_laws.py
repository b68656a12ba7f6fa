"""What holds for every clock: later starts and longer limits end later, pauses never shorten, nothing is lost."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from omnishop.model import BEIJING, Text
from omnishop.policy.spans import Count, read_span
from omnishop.policy.timetable import Pause, Shifts, Timetable, after_elapsed, apart
from omnishop.policy.workdays import Calendar

HOUR = timedelta(hours=1)
SHIFTS = Shifts(
    ((9 * HOUR, 12 * HOUR), (13.5 * HOUR, 18 * HOUR)), ((10 * HOUR, 15 * HOUR),), ((11 * HOUR, 12 * HOUR),)
)
TABLE = Timetable(Calendar(), SHIFTS)
WHY = Text("等", "wait")

moments = st.datetimes(datetime(2025, 11, 1), datetime(2026, 9, 1)).map(  # noqa: DTZ001 - strategies make them naive
    lambda when: when.replace(microsecond=0, tzinfo=BEIJING)
)
spans = st.one_of(
    st.integers(1, 400).map(lambda n: read_span(f"{n}h")),
    st.integers(1, 40).map(lambda n: read_span(f"{n}wd")),
    st.integers(1, 90).map(lambda n: read_span(f"{n}th")),
)
pause_lists = st.lists(
    st.tuples(moments, st.integers(1, 300_000)).map(
        lambda p: Pause(p[0], p[0] + timedelta(seconds=p[1]), WHY)
    ),
    max_size=4,
).map(apart)


@settings(max_examples=150, deadline=None)
@given(moments, moments, spans, pause_lists)
def test_a_later_start_never_ends_earlier(one, other, span, pauses):
    first, second = sorted((one, other))
    assert TABLE.after(first, span, pauses).not_before <= TABLE.after(second, span, pauses).not_before


@settings(max_examples=150, deadline=None)
@given(moments, st.integers(1, 30), st.integers(0, 10), st.sampled_from(["h", "wd", "th"]), pause_lists)
def test_a_longer_limit_never_ends_earlier(start, amount, more, unit, pauses):
    short, long = read_span(f"{amount}{unit}"), read_span(f"{amount + more}{unit}")
    assert TABLE.after(start, short, pauses).not_before <= TABLE.after(start, long, pauses).not_before


@settings(max_examples=150, deadline=None)
@given(moments, spans, pause_lists)
def test_a_pause_never_shortens(start, span, pauses):
    assert TABLE.after(start, span, pauses).not_before >= TABLE.after(start, span).not_before


@given(moments, st.integers(1, 400), pause_lists)
def test_elapsed_time_less_its_pauses_is_the_limit(start, hours, pauses):
    end = after_elapsed(start, hours * HOUR, pauses)
    spent = sum(
        (min(p.end, end) - max(p.start, start) for p in pauses if p.start < end and p.end > start),
        timedelta(),
    )
    assert end - start - spent == hours * HOUR


@settings(max_examples=100, deadline=None)
@given(moments, spans, pause_lists)
def test_an_account_has_no_gap_and_counts_exactly_the_limit(start, span, pauses):
    until = TABLE.after(start, span, pauses).not_before
    pieces = TABLE.pieces(start, until, span.count, pauses)
    assert pieces[0].start == start
    assert pieces[-1].end == until
    assert all(one.end == other.start for one, other in itertools.pairwise(pieces))
    counted = sum((piece.end - piece.start for piece in pieces if piece.counted), timedelta())
    assert counted == (timedelta(days=span.days) if span.count is Count.WORKING_DAYS else span.length)


@settings(max_examples=100, deadline=None)
@given(moments, spans, pause_lists)
def test_the_last_counted_second_is_needed(start, span, pauses):
    """No earlier moment holds the whole limit: exactly at the limit, and not before."""
    until = TABLE.after(start, span, pauses).not_before - timedelta(seconds=1)
    pieces = TABLE.pieces(start, until, span.count, pauses)
    counted = sum((piece.end - piece.start for piece in pieces if piece.counted), timedelta())
    assert counted < (timedelta(days=span.days) if span.count is Count.WORKING_DAYS else span.length)


@given(pause_lists)
def test_pauses_stand_apart(pauses):
    assert all(one.end < other.start for one, other in itertools.pairwise(pauses))
    assert apart(pauses) == pauses
