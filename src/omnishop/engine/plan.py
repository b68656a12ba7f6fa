"""Which stretches of time to read now; pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from attrs import frozen

from omnishop.ports import Stream, Window

DEPTH = timedelta(days=30)
"""How far back the first pull reads when nobody says."""

LAG = timedelta(minutes=20)
"""How late a platform's list may show a change: windows that close end so long before now. What is younger is
read with every pull too, for its news, and read again until it is old enough to be closed."""

STEP = timedelta(minutes=10)
"""A window is closed when there is so much to close; until then one reading covers it and the news."""

OVERLAP = timedelta(minutes=5)
"""How much of what is held is read again: records shift while a list is paged."""

ECHO = timedelta(days=3)
"""The overlap of a list cut by creation: what is added later (a reply, a follow-up) does not show in its clock."""

AHEAD = timedelta(minutes=1)
"""How far beyond now a simulated shop is read: while its clock stands, each change of a record takes the
next second. Real platforms are not asked for the future, as some refuse it."""

SEAM = timedelta(seconds=1)
"""Neighbouring windows share a second, as platforms differ on which end of a window is inside."""


@frozen
class Plan:
    """The live lane: `closing` windows in the order to read them, each touching what is held by then, and the
    `fresh` ones up to now, which move no cursor.

    `goal`: how far back the backfill shall go; `short`: somebody asked for more than the platform shows.
    """

    closing: tuple[Window, ...]
    fresh: tuple[Window, ...]
    goal: datetime
    short: bool = False


def plan(
    now: datetime,
    held: Window | None,
    *,
    span: timedelta,
    reach: timedelta,
    since: datetime | None = None,
    goal: datetime | None = None,
    overlap: timedelta = OVERLAP,
    ahead: timedelta = timedelta(),
) -> Plan:
    """From what is held to now. Of a shop that is new the last window first: its history is the backfill's."""
    end, lagged, edge = now + ahead, now - LAG, edge_of(now, reach)
    asked = since or (now - DEPTH if held is None and goal is None else None)
    known = [when for when in (asked, goal, None if held is None else held.start) if when is not None]
    back = min(known)
    short = asked is not None and asked < edge
    if held is None:
        start = max(back, edge, lagged - span)
        fresh = max(min(lagged - _seam(span), end), start)
        return Plan(stretches(start, lagged, span), stretches(fresh, end, span), back, short)
    if held.end < edge:
        return Plan(stretches(edge, lagged, span), stretches(max(lagged, edge), end, span), back, short=True)
    again = max(min(held.end, now) - overlap, min(held.start, now), edge)
    if lagged - held.end < STEP:
        return Plan((), stretches(again, end, span), back, short)
    fresh = max(lagged - _seam(span), again)
    return Plan(stretches(again, lagged, span), stretches(fresh, end, span), back, short)


def older(
    now: datetime, held: Window | None, goal: datetime, *, span: timedelta, reach: timedelta
) -> tuple[Window, ...]:
    """The backfill lane: from what is held back to the goal, as far as the platform shows; the next window first."""
    start = max(goal, edge_of(now, reach))
    return () if held is None or start >= held.start else _back(start, min(held.start, now), span)


def edge_of(now: datetime, reach: timedelta) -> datetime:
    """The earliest moment that is asked for: just inside the reach, which moves on while we read."""
    return now - reach + min(OVERLAP, reach / 2)


def settled(held: Window | None, read: Window, now: datetime) -> Window | None:
    """What is held once `read` is proved and kept; all but the last stretch before now counts."""
    end = min(read.end, now - LAG)
    if end <= read.start:
        return held
    if held is None or held.end < read.start or held.start > end:
        return Window(read.start, end)
    return Window(min(held.start, read.start), max(min(held.end, now), end))


def stretches(start: datetime, end: datetime, span: timedelta) -> tuple[Window, ...]:
    """All of it in windows no wider than `span`, the earliest first."""
    windows = []
    while start < end:
        stop = min(start + span, end)
        windows.append(Window(start, stop))
        if stop == end:
            break
        start = stop - _seam(span)
    return tuple(windows)


def _back(start: datetime, end: datetime, span: timedelta) -> tuple[Window, ...]:
    windows = []
    end += _seam(span)
    while start < end:
        begin = max(end - span, start)
        windows.append(Window(begin, end))
        if begin == start:
            break
        end = begin + _seam(span)
    return tuple(windows)


def _seam(span: timedelta) -> timedelta:
    return min(SEAM, span / 2)


def worth_reading(streams: Sequence[Stream]) -> list[Stream]:
    """Orders listed by change include those listed by creation; of cases and reviews every list counts."""
    by_change = any(stream.record == "order" and stream.clock == "changed" for stream in streams)
    return [
        stream
        for stream in streams
        if not (by_change and stream.record == "order" and stream.clock == "created")
    ]
