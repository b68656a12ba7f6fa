"""Times are aware; every storefront here lives in Beijing time (UTC+8, no daylight saving)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))

_FIRST, _LAST = 1900, 9998
"""Years beyond these are no times of orders, and some zones cannot tell them."""


def from_beijing_text(text: str) -> datetime:
    """`2026-03-18 10:15:30` without a zone, as the platforms print it; ValueError otherwise."""
    when = datetime.fromisoformat(text + "+08:00")
    if len(text) < len("2026-03-18 10:15:30") or not _FIRST <= when.year <= _LAST:
        msg = f"not a full time: {text!r}"
        raise ValueError(msg)
    return when


def to_beijing_text(when: datetime) -> str:
    """The platforms' own form, to the second."""
    return when.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def from_unix(seconds: int) -> datetime:
    """Seconds since 1970; ValueError for what no calendar holds."""
    try:
        when = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        when = None
    if when is None or not _FIRST <= when.year <= _LAST:
        msg = f"not a time: {seconds}"
        raise ValueError(msg)
    return when


def from_unix_ms(milliseconds: int) -> datetime:
    """Milliseconds since 1970, kept to the millisecond."""
    seconds, rest = divmod(milliseconds, 1000)
    return from_unix(seconds) + timedelta(milliseconds=rest)


def iso(when: datetime) -> str:
    """ISO 8601 with `+08:00`, the form of our JSON."""
    return when.astimezone(BEIJING).isoformat()


def aware(text: str) -> datetime:
    """A time typed by a person: ISO 8601; without a zone it is Beijing time; a date is its midnight."""
    when = datetime.fromisoformat(text)
    return when if when.tzinfo else when.replace(tzinfo=BEIJING)
