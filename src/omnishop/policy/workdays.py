"""Which days are worked in mainland China: the published calendar, make-up days, and what a pack adds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

import chinese_calendar  # type: ignore[import-untyped]  # - it ships no types
from attrs import field, frozen

from omnishop.model import Text

_SATURDAY = 5
_FESTIVALS = {holiday.value: holiday.chinese for holiday in chinese_calendar.Holiday}

WORKDAY = Text("工作日", "working day")
WEEKEND = Text("周末", "weekend")
BY_PACK_OFF = Text("日历文件: 休息", "off by the pack's calendar")
BY_PACK_WORK = Text("日历文件: 上班", "worked by the pack's calendar")


@frozen
class Day:
    """`works` None: nobody has published that year."""

    works: bool | None
    weekend: bool
    why: Text


@frozen
class Year:
    """A year told by hand: what differs from Monday-to-Friday."""

    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()


@frozen
class Calendar:
    """`years` are complete years; `off` and `work` are single days that win over everything."""

    years: Mapping[int, Year] = field(factory=dict)
    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    _seen: dict[date, Day] = field(factory=dict, init=False, eq=False, repr=False)

    def day(self, when: date) -> Day:
        found = self._seen.get(when)
        if found is None:
            found = self._seen[when] = self._find(when)
        return found

    def _find(self, when: date) -> Day:
        weekend = when.weekday() >= _SATURDAY
        if when in self.off:
            return Day(False, weekend, BY_PACK_OFF)
        if when in self.work:
            return Day(True, weekend, BY_PACK_WORK)
        year = self.years.get(when.year)
        if year is None:
            return published(when)
        if when in year.off:
            return Day(False, weekend, BY_PACK_OFF)
        if when in year.work:
            return Day(True, weekend, BY_PACK_WORK)
        return Day(not weekend, weekend, WEEKEND if weekend else WORKDAY)


@cache
def published(when: date) -> Day:
    """The calendar of the State Council as the library carries it; a year it lacks is not guessed."""
    weekend = when.weekday() >= _SATURDAY
    try:
        off, name = chinese_calendar.get_holiday_detail(when)
    except NotImplementedError:
        return Day(None, weekend, Text(f"{when.year} 年日历未知", f"calendar of {when.year} unknown"))
    if name is None:
        return Day(not off, weekend, WEEKEND if off else WORKDAY)
    zh = "、".join(_FESTIVALS.get(each.strip(), each.strip()) for each in name.split(","))
    if off:
        return Day(False, weekend, Text(zh, name))
    return Day(True, weekend, Text(f"{zh}调休上班", f"make-up working day, {name}"))
