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
    now: datetime, held: Window | None, *, span: timedelta, reach: timedelta, since: datetime | None = None
) -> Plan:
    """From what is held to now; `since` before that is filled in first, going back from what is held."""
    edge = now - reach + min(OVERLAP, reach / 2)
    wanted = since or (held.start if held else now - DEPTH)
    start = max(wanted, edge)
    if held is None or held.end < edge:
        return Plan(_forward(start, now, span), wanted < edge)
    older = _back(start, min(held.start, now), span) if start < held.start else ()
    newer = _forward(max(min(held.end, now) - OVERLAP, edge), now, span)
    return Plan((*older, *newer), since is not None and since < edge)


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
