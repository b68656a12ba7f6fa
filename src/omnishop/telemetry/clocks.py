"""How far this machine's clock is ahead of the platforms', by the dates of their answers: noticed by the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from omnishop import clock

_AGAIN_S = 30.0
_STANDS_S = 600.0

_noticed: dict[str, tuple[float, timedelta | None]] = {}
"""By platform: when it was looked at, and what was found."""


def notice(platform: str, date: str | None) -> None:
    """`date`: the header of an answer that has just come. Looked at twice a minute, as each costs a little."""
    at = clock.monotonic()
    last = _noticed.get(platform)
    if date is None or (last is not None and at - last[0] < _AGAIN_S):
        return
    try:
        there = parsedate_to_datetime(date)
    except ValueError:
        _noticed[platform] = at, None
        return
    told = there if there.tzinfo else there.replace(tzinfo=UTC)
    _noticed[platform] = at, _apart(clock.now(), told)


def ahead() -> dict[str, timedelta]:
    """By platform, of the last ten minutes; nothing for what did not tell."""
    at = clock.monotonic()
    return {
        platform: found
        for platform, (when, found) in sorted(_noticed.items())
        if found is not None and at - when < _STANDS_S
    }


def forget() -> None:
    _noticed.clear()


def _apart(here: datetime, there: datetime) -> timedelta:
    """A date has whole seconds, and the answer had its way: less than that is nothing."""
    apart = here - there
    return timedelta() if abs(apart) < timedelta(seconds=2) else apart
