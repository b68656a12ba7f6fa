"""Times that a message to a buyer names: found in Chinese text, and made into promises that a clock keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from attrs import field, frozen

from omnishop.model import BEIJING
from omnishop.policy.clocks import timekeeper
from omnishop.policy.facts import Promise, no_zone
from omnishop.policy.layers import Effective
from omnishop.policy.pack import Waiting
from omnishop.policy.phrases import Finder, finder, longest, plain
from omnishop.policy.spans import Count, Span
from omnishop.policy.timetable import Timetable, midnight

_NUMBER = r"(?:\d{1,4}|[一二两三四五六七八九十半]{1,3})"
_DOES = r"(?=[^。!?;,]{0,2}(?:发|到[账货达]|给|为|回|处|完|送|再|会|办|退|寄|答|解))"
"""What is promised follows: a date without it tells what has been."""
_LENGTH = re.compile(
    rf"(?P<low>{_NUMBER})(?:[-~到至](?P<high>{_NUMBER}))?(?:(?P<plus>个半)|个)?(?P<unit>工作日|自然日|小时|钟头|分钟|天|日|周|星期)"
    rf"(?P<half>半)?(?:之内|以内|内|左右|之后|以后|后(?!天)|(?!之?前|以前|无理由){_DOES})"
)
_DATE = re.compile(
    r"(?:(?P<month>\d{1,2})月(?P<date>\d{1,2})[日号]|(?P<today>今天|今日)|(?P<word>明天|明日|后天|今晚|明早|明晚))"
    r"(?P<part>上午|中午|下午|傍晚|晚上)?(?:(?P<hour>\d{1,2})(?::(?P<minute>\d{2})|[点时](?P<half>半)?))?"
    rf"(?P<before>之?前|以前|内|{_DOES})?"
)
_HOUR = re.compile(
    r"(?P<part>上午|中午|下午|傍晚|晚上)?(?P<hour>\d{1,2})(?::(?P<minute>\d{2})|点(?P<half>半)?)(?:之?前|以前)"
)
_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_DAYS = {"今天": 0, "今日": 0, "今晚": 0, "明天": 1, "明日": 1, "明早": 1, "明晚": 1, "后天": 2}
_PART_OF = {"今晚": "晚上", "明晚": "晚上", "明早": "上午"}
_AFTERNOON = frozenset({"下午", "傍晚", "晚上"})
_NOON, _LAST_HOUR, _LAST_MINUTE, _WEEK = 12, 24, 59, 7


@frozen
class Promises:
    _rules: Waiting = field(repr=False)
    _table: Timetable = field(repr=False)
    _waits: Finder = field(repr=False)

    def promised(self, text: str, said: datetime) -> tuple[Promise, ...]:
        """The times that `text`, sent at `said`, names; one promise for each, in the order of the text."""
        if said.tzinfo is None:
            raise no_zone("said")
        told = plain(text)
        taken: list[tuple[int, int]] = []
        result: list[tuple[int, Promise]] = []
        for start, end, due, year in self._times(told.text, said.astimezone(BEIJING)):
            if any(start < other_end and end > other for other, other_end in taken):
                continue
            taken.append((start, end))
            begins, ends = told.span(start, end)
            if due >= said:
                result.append((begins, Promise(said, due, text[begins:ends], open_end=year)))
        return tuple(promise for _, promise in sorted(result, key=lambda each: each[0]))

    def waits(self, text: str) -> tuple[tuple[int, int], ...]:
        """Where the text asks the buyer to wait, in places of the original."""
        told = plain(text)
        found = longest(self._waits.find(told))
        return tuple(told.span(each.start, each.end) for each in found if each.key == "wait")

    def _times(self, text: str, said: datetime) -> Iterator[tuple[int, int, datetime, int | None]]:
        for match in _DATE.finditer(text):
            due = self._dated(match, said)
            if due is not None:
                yield match.start(), match.end(), due, None
        for match in _LENGTH.finditer(text):
            span = _span(match)
            if span is not None:
                reached = self._table.after(said, span)
                yield match.start(), match.end(), reached.not_before, reached.year
        for match in _HOUR.finditer(text):
            minute = "30" if match["half"] else match["minute"]
            due = self._at(said.date(), match["part"], match["hour"], minute)
            if due is not None:
                yield match.start(), match.end(), due, None

    def _dated(self, match: re.Match[str], said: datetime) -> datetime | None:
        word = match["word"] or match["today"]
        if match["word"] is None and match["before"] is None:
            return None  # 今天收到, 11月3日下单: what has been
        if word:
            day = said.date() + timedelta(days=_DAYS[word])
        else:
            near = _day(said.date(), int(match["month"]), int(match["date"]), self._rules.horizon.length)
            if near is None:
                return None
            day = near
        part = match["part"] or _PART_OF.get(word or "")
        return self._at(day, part, match["hour"], "30" if match["half"] else match["minute"])

    def _at(self, day: date, part: str | None, hour: str | None, minute: str | None) -> datetime | None:
        if hour is None:
            told = self._rules.parts.get(part or "", self._rules.day_ends)
            hours, minutes = map(int, told.split(":"))
        else:
            hours, minutes = int(hour), int(minute or 0)
            if part in _AFTERNOON and hours < _NOON:
                hours += _NOON
        if hours > _LAST_HOUR or minutes > _LAST_MINUTE or (hours == _LAST_HOUR and minutes):
            return None
        return midnight(day) + timedelta(hours=hours, minutes=minutes)


def promises(effective: Effective) -> Promises:
    rules = effective.pack.waiting
    rows = [("wait", phrase) for phrase in rules.phrases] + [("unless", phrase) for phrase in rules.unless]
    return Promises(rules, timekeeper(effective).timetable, finder(rows, effective.pack.lint.gap))


def _span(match: re.Match[str]) -> Span | None:
    """The longer end of a range is what was promised."""
    told = match["high"] or match["low"]
    if told == "半":
        amount = timedelta(minutes=30) if match["unit"] in {"小时", "钟头"} else timedelta(hours=12)
        return Span(match[0], Count.ELAPSED, amount) if match["unit"] in {"小时", "钟头", "天"} else None
    number = int(told) if told.isdigit() else _chinese(told)
    if number is None:
        return None
    unit = match["unit"]
    if unit == "工作日":
        return Span(match[0], Count.WORKING_DAYS, days=number) if number else None
    length = {
        "小时": timedelta(hours=number),
        "钟头": timedelta(hours=number),
        "分钟": timedelta(minutes=number),
        "周": timedelta(days=_WEEK * number),
        "星期": timedelta(days=_WEEK * number),
    }.get(unit, timedelta(days=number))
    if (match["half"] or match["plus"]) and unit in {"小时", "钟头", "天"}:
        length += timedelta(minutes=30) if unit != "天" else timedelta(hours=12)
    return Span(match[0], Count.ELAPSED, length)


def _chinese(told: str) -> int | None:
    """一 to 九十九."""
    if "十" not in told:
        return _DIGITS.get(told)
    tens, _, ones = told.partition("十")
    if (tens and tens not in _DIGITS) or (ones and ones not in _DIGITS):
        return None
    return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(ones, 0)


def _day(said: date, month: int, day: int, horizon: timedelta) -> date | None:
    """The next such day, unless it is so far that the one before must be meant."""
    for year in (said.year, said.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if said <= found <= said + horizon:
            return found
    return None
