"""Which stretches of time to read now; pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import frozen

from omnishop.ports import Window

DEPTH = timedelta(days=30)
"""How far back the first pull reads when nobody says."""

LAG = timedelta(minutes=1)
"""How late a platform's list may show a change: the last stretch before now is read again next time."""

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
    """Windows in the order to read them: each touches what is held and what was read before it.

    `short`: the moment asked for lies beyond the platform's reach, so it starts later.
    """

    windows: tuple[Window, ...]
    short: bool = False


def plan(
    now: datetime,
    held: Window | None,
    *,
    span: timedelta,
    reach: timedelta,
    since: datetime | None = None,
    overlap: timedelta = OVERLAP,
    ahead: timedelta = timedelta(),
) -> Plan:
    """From what is held to now; `since` before that is filled in first, going back from what is held."""
    end = now + ahead
    edge = now - reach + min(OVERLAP, reach / 2)
    wanted = since or (held.start if held else now - DEPTH)
    start = max(wanted, edge)
    if held is None or held.end < edge:
        return Plan(_forward(start, end, span), wanted < edge)
    older = _back(start, min(held.start, now), span) if start < held.start else ()
    again = max(min(held.end, now) - overlap, min(held.start, now), edge)
    return Plan((*older, *_forward(again, end, span)), since is not None and since < edge)


def settled(held: Window | None, read: Window, now: datetime) -> Window | None:
    """What is held once `read` is kept whole; all but the last moments before now counts."""
    end = min(read.end, now - LAG)
    if end <= read.start:
        return held
    if held is None or held.end < read.start or held.start > end:
        return Window(read.start, end)
    return Window(min(held.start, read.start), max(min(held.end, now), end))


def _forward(start: datetime, end: datetime, span: timedelta) -> tuple[Window, ...]:
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
