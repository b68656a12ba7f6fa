"""How long: `5min`, `24h`, `7d` elapsed; `3wd` working days; `8th` hours in which the team works."""

from __future__ import annotations

import re
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Annotated, Any

from attrs import field, frozen
from pydantic import PlainSerializer, PlainValidator

from omnishop.model import Text
from omnishop.policy.expected import Expected

_FORM = re.compile(r"([0-9]{1,6})(min|th|wd|h|d)")
_LARGEST = {"min": 525_600, "h": 87_600, "d": 3_650, "wd": 2_500, "th": 20_000}
"""About ten years: what is longer was mistyped, and would only be counted for nothing."""
_HOW = Text(
    "时间, 如 5min、24h、7d (自然时间)、3wd (工作日) 或 8th (当班小时)",
    "a time such as 5min, 24h, 7d (elapsed), 3wd (working days) or 8th (team hours)",
)


class Count(StrEnum):
    """What the time is made of."""

    ELAPSED = "elapsed"
    WORKING_DAYS = "working_days"
    TEAM_HOURS = "team_hours"


@frozen(order=False)
class Span:
    """`length` is elapsed or team time; `days` are working days."""

    text: str
    count: Count
    length: timedelta = timedelta(0)
    days: int = 0
    seconds: int = field(init=False, eq=False, repr=False)

    @seconds.default
    def _seconds(self) -> int:
        return int(self.length.total_seconds())

    @property
    def told(self) -> Text:
        return _told(self.text)


@cache
def _told(text: str) -> Text:
    number, unit = _parts(text)
    zh, en = _UNITS[unit]
    return Text(f"{number} {zh}", f"{number} {en}")


_UNITS = {
    "min": ("分钟", "min"),
    "h": ("小时", "h"),
    "d": ("天", "d"),
    "wd": ("个工作日", "working days"),
    "th": ("个当班小时", "team hours"),
}


def read_span(told: Any) -> Span:
    """ValueError says what was expected."""
    if isinstance(told, Span):
        return told
    if not isinstance(told, str):
        raise Expected(_HOW.en, _HOW.zh)
    number, unit = _parts(told)
    if number == 0 and unit in {"wd", "th"}:
        raise Expected("at least one", "至少为 1")
    if number > _LARGEST[unit]:
        raise Expected(f"at most {_LARGEST[unit]}{unit}", f"最多 {_LARGEST[unit]}{unit}")
    if unit == "wd":
        return Span(told, Count.WORKING_DAYS, days=number)
    minutes = {"min": 1, "h": 60, "th": 60, "d": 1440}[unit] * number
    count = Count.TEAM_HOURS if unit == "th" else Count.ELAPSED
    return Span(told, count, timedelta(minutes=minutes))


def _parts(told: str) -> tuple[int, str]:
    found = _FORM.fullmatch(told)
    if found is None or not told.isascii():
        raise Expected(_HOW.en, _HOW.zh)
    return int(found[1]), found[2]


def read_limit(told: Any) -> Span:
    """A time to do something in: none at all is no limit, the clock is to be switched off instead."""
    span = read_span(told)
    if not (span.length or span.days):
        raise Expected(
            "more than no time; to switch a clock off: enabled = false",
            "大于 0 的时间; 若要停用该时效: enabled = false",
        )
    return span


LimitField = Annotated[Span, PlainValidator(read_limit), PlainSerializer(lambda span: span.text)]
SpanField = Annotated[Span, PlainValidator(read_span), PlainSerializer(lambda span: span.text)]
