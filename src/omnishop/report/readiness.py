"""Whether the team is ready: peaks ahead, hours of the team that no shift covers (ALR-CAPACITY)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta

from attrs import frozen

from omnishop.model import BEIJING, Text, iso
from omnishop.policy.clocks import calendar
from omnishop.policy.layers import Kind
from omnishop.policy.timetable import DAY, Shifts, midnight
from omnishop.policy.workdays import Calendar
from omnishop.report.notices import Found, Nearness, Notice, Unjudged, length, remedies
from omnishop.report.setting import Setting
from omnishop.report.tables import Peak, Shift

RULE = "ALR-CAPACITY"
Stretch = tuple[datetime, datetime]


@frozen
class Rush:
    """A time in which more is to be done; `until` is not in it."""

    name: Text
    since: datetime
    until: datetime


def readiness(setting: Setting) -> Iterator[Found]:
    row, now = setting.pack().alerts.capacity, setting.now()
    known = calendar(setting.pack())
    rushes = [
        *_periods(setting),
        *_entered(setting),
        *_holidays(known, now, row.ahead.length, row.long_holiday),
    ]
    for rush in sorted(rushes, key=lambda each: (each.since, each.name.en)):
        if rush.until > now and rush.since - now <= row.ahead.length:
            yield _foreseen(rush, now, setting)
    unknown = _unknown_year(known, now, row.ahead.length)
    if unknown is not None:
        yield Unjudged(RULE, f"calendar of {unknown}")
    yield from _uncovered(known, now, row.shift_ahead.length, setting)


def _periods(setting: Setting) -> Iterator[Rush]:
    """Named periods of packs, for the shops they are about."""
    for layer in setting.packs.layers:
        head = layer.head
        if layer.kind is not Kind.PERIOD or head.since is None or head.until is None:
            continue
        if any(
            layer.holds(place.platform, place.storefront, place.shop_id, head.since)
            for place in setting.places()
        ):
            yield Rush(Text(head.name, head.name), head.since, head.until)


def _entered(setting: Setting) -> Iterator[Rush]:
    for row in setting.tables.of(Peak) or ():
        yield Rush(Text(row.name, row.name), row.since, row.until)


def _holidays(known: Calendar, now: datetime, ahead: timedelta, least: int) -> Iterator[Rush]:
    """Days off in a row, at least so many; a run that has begun counts from its beginning."""
    day = now.astimezone(BEIJING).date()
    while known.day(day - timedelta(days=1)).works is False:
        day -= timedelta(days=1)
    last = (now + ahead).astimezone(BEIJING).date()
    while day <= last:
        length_of = 0
        while known.day(day + timedelta(days=length_of)).works is False:
            length_of += 1
        if length_of >= least:
            yield Rush(_holiday(known, day, length_of), midnight(day), midnight(day) + DAY * length_of)
        day += timedelta(days=max(length_of, 1))


def _holiday(known: Calendar, day: date, count: int) -> Text:
    """By the first day that is off for more than being a weekend."""
    days = [known.day(day + timedelta(days=each)) for each in range(count)]
    named = [each.why for each in days if each.why.en != "weekend"]
    why = named[0] if named else days[0].why
    return Text(f"{why.zh} ({count} 天)", f"{why.en} ({count} days)")


def _unknown_year(known: Calendar, now: datetime, ahead: timedelta) -> int | None:
    day, last = now.astimezone(BEIJING).date(), (now + ahead).astimezone(BEIJING).date()
    while day <= last:
        if known.day(day).works is None:
            return day.year
        day += timedelta(days=1)
    return None


def _foreseen(rush: Rush, now: datetime, setting: Setting) -> Notice:
    row = setting.pack().alerts.capacity
    begun = rush.since <= now
    left = length((rush.until if begun else rush.since) - now)
    text = (
        Text(f"高峰进行中: {rush.name.zh}, 还剩 {left.zh}", f"a peak is on: {rush.name.en}, {left.en} left")
        if begun
        else Text(
            f"高峰将至: {rush.name.zh}, {left.zh}后开始", f"a peak is ahead: {rush.name.en}, in {left.en}"
        )
    )
    return Notice(
        RULE,
        Nearness.REACHED if begun else Nearness.NEAR,
        text,
        subject=f"peak {rush.name.en}",
        remedies=remedies(setting, row.remedies),
        figures={"since": iso(rush.since), "until": iso(rush.until)},
    )


# ---------------------------------------------------------------- shifts


def _uncovered(known: Calendar, now: datetime, ahead: timedelta, setting: Setting) -> Iterator[Found]:
    table = setting.tables.of(Shift)
    if table is None:
        yield Unjudged(RULE, "table shifts")
        return
    team = setting.pack().team
    shifts = Shifts(team.workday, team.weekend, team.holiday)
    covered = sorted((row.since, row.until) for row in table if row.people > 0)
    gaps = [gap for hours in _hours(known, shifts, now, now + ahead) for gap in uncovered(hours, covered)]
    if gaps:
        missing = sum((end - start for start, end in gaps), timedelta(0))
        first, count = gaps[0], length(missing)
        at = f"{first[0].astimezone(BEIJING):%m-%d %H:%M}"
        text = Text(
            f"无人值班: 共 {count.zh}, 最早自 {at}",
            f"no shift for {count.en} of the team's hours, first from {at}",
        )
        row = setting.pack().alerts.capacity
        figures = {"gaps": [[iso(start), iso(end)] for start, end in gaps]}
        yield Notice(
            RULE,
            Nearness.REACHED,
            text,
            subject="shifts",
            remedies=remedies(setting, row.remedies),
            figures=figures,
        )


def _hours(known: Calendar, shifts: Shifts, since: datetime, until: datetime) -> Iterator[Stretch]:
    """The team's hours in that time; of days whose calendar is not known none."""
    day, last = since.astimezone(BEIJING).date(), until.astimezone(BEIJING).date()
    while day <= last:
        for begins, ends in shifts.on(known.day(day)) or ():
            start, end = max(midnight(day) + begins, since), min(midnight(day) + ends, until)
            if start < end:
                yield start, end
        day += timedelta(days=1)


def uncovered(hours: Stretch, covered: Sequence[Stretch]) -> Iterable[Stretch]:
    """What no shift covers; `covered` is sorted."""
    start, end = hours
    for begins, ends in covered:
        if ends <= start or begins >= end:
            continue
        if begins > start:
            yield start, begins
        start = max(start, ends)
        if start >= end:
            return
    yield start, end
