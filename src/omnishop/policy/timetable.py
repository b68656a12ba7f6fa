"""Counting time: elapsed, in working days, or in the team's hours, less the pauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from datetime import time as clock_time

from attrs import field, frozen

from omnishop.model import BEIJING, Text
from omnishop.policy.spans import Count, Span
from omnishop.policy.workdays import Calendar, Day

DAY = timedelta(days=1)
NOTHING = timedelta(0)

ELAPSED = Text("自然时间", "elapsed time")
PAUSED = Text("已暂停", "paused")
START_DAY = Text("起始日不计", "the start day does not count")
TEAM = Text("当班", "team at work")
OFF_SHIFT = Text("非当班时间", "outside the team's hours")


@frozen
class Pause:
    """`end` is at the latest now: an open pause ends where we look."""

    start: datetime
    end: datetime
    why: Text


@frozen
class Reached:
    """When a time is up; `at` None: not before `not_before`, for want of the calendar of `year`."""

    at: datetime | None
    not_before: datetime
    year: int | None = None


@frozen
class Piece:
    """A stretch of time that was counted, or skipped, and why."""

    start: datetime
    end: datetime
    counted: bool
    why: Text


Interval = tuple[timedelta, timedelta]
"""From and to, counted from midnight in Beijing."""


@frozen
class Shifts:
    """The team's hours on a working day, at a weekend, and on a public holiday."""

    workday: tuple[Interval, ...]
    weekend: tuple[Interval, ...] = ()
    holiday: tuple[Interval, ...] = ()

    def on(self, day: Day) -> tuple[Interval, ...] | None:
        """None: it depends on a calendar that is not known."""
        if day.works is None:
            return self.workday if self.workday == self.weekend == self.holiday else None
        if day.works:
            return self.workday
        return self.weekend if day.weekend and day.why.en == "weekend" else self.holiday


@frozen
class Timetable:
    calendar: Calendar
    shifts: Shifts
    _days_on: dict[tuple[date, int], Reached] = field(factory=dict, init=False, eq=False, repr=False)
    """Working days already counted: the same few dates are asked for again and again."""

    def after(self, start: datetime, span: Span, pauses: Sequence[Pause] = ()) -> Reached:
        """The moment at which `span` has passed since `start`. Pauses are sorted and apart."""
        if span.count is Count.ELAPSED:
            at = after_elapsed(start, span.length, pauses) if pauses else start + span.length
            return Reached(at, at)
        if span.count is Count.WORKING_DAYS:
            return self._after_days(start, span.days, pauses)
        return self._after_team(start, span.length, pauses)

    def share(self, start: datetime, span: Span, share: float, pauses: Sequence[Pause] = ()) -> Reached:
        """The moment at which a share of `span` has passed; working days in whole days."""
        if span.count is Count.WORKING_DAYS:
            days = int(span.days * share)
            return self._after_days(start, days, pauses) if days else _sure(start)
        length = timedelta(seconds=int(span.seconds * share))
        if span.count is Count.ELAPSED:
            return _sure(after_elapsed(start, length, pauses))
        return self._after_team(start, length, pauses)

    def _after_days(self, start: datetime, days: int, pauses: Sequence[Pause]) -> Reached:
        """The start day does not count, the last runs to its end; a day that was paused does not count."""
        first = start.astimezone(BEIJING).date()
        if pauses:
            return self._count_days(first, days, pauses)
        found = self._days_on.get((first, days))
        if found is None:
            found = self._days_on[first, days] = self._count_days(first, days, ())
        return found

    def _count_days(self, day: date, days: int, pauses: Sequence[Pause]) -> Reached:
        left, unknown = days, None
        while left:
            day += timedelta(days=1)
            found = self.calendar.day(day)
            if found.works is False or paused_on(day, pauses):
                continue
            if found.works is None and unknown is None:
                unknown = day.year
            left -= 1
        end = midnight(day + timedelta(days=1))
        return Reached(None if unknown else end, end, unknown)

    def _after_team(self, start: datetime, length: timedelta, pauses: Sequence[Pause]) -> Reached:
        """Beyond the calendar every shift that is possible is taken to be worked, for the earliest moment."""
        left, unknown = length, None
        if not left:
            return _sure(start)
        for opened, closed, year in self._worked(start):
            unknown = unknown or year
            at = after_elapsed(opened, left, within(pauses, opened, closed))
            if at <= closed:
                return Reached(None if unknown else at, at, unknown)
            left -= (closed - opened) - overlap(pauses, opened, closed)
        msg = "unreachable"  # _worked does not end
        raise AssertionError(msg)

    def _worked(self, start: datetime) -> Iterator[tuple[datetime, datetime, int | None]]:
        day = start.astimezone(BEIJING).date()
        while True:
            shifts = self.shifts.on(self.calendar.day(day))
            year = None if shifts is not None else day.year
            for begins, ends in self.shifts.workday if shifts is None else shifts:
                opened, closed = max(midnight(day) + begins, start), midnight(day) + ends
                if opened < closed:
                    yield opened, closed, year
            day += timedelta(days=1)

    def pieces(
        self, start: datetime, until: datetime, count: Count, pauses: Sequence[Pause] = ()
    ) -> list[Piece]:
        """Everything between two moments, counted or skipped and why, without gaps."""
        if until <= start:
            return []
        if count is Count.ELAPSED:
            whole: Iterable[Piece] = [Piece(start, until, True, ELAPSED)]
            return joined(cut(whole, pauses))
        if count is Count.WORKING_DAYS:
            return joined(self._days(start, until, pauses))
        return joined(cut(self._hours(start, until), pauses))

    def _days(self, start: datetime, until: datetime, pauses: Sequence[Pause]) -> Iterator[Piece]:
        day, first = start.astimezone(BEIJING).date(), True
        while midnight(day) < until:
            opened, closed = max(midnight(day), start), min(midnight(day + timedelta(days=1)), until)
            found, pause = self.calendar.day(day), paused_on(day, pauses)
            if first:
                yield Piece(opened, closed, False, START_DAY)
            elif pause is not None and found.works is not False:
                yield Piece(
                    opened, closed, False, Text(f"{PAUSED.zh}: {pause.zh}", f"{PAUSED.en}: {pause.en}")
                )
            else:
                yield Piece(opened, closed, found.works is True, found.why)
            day, first = day + timedelta(days=1), False

    def _hours(self, start: datetime, until: datetime) -> Iterator[Piece]:
        day, at = start.astimezone(BEIJING).date(), start
        while at < until:
            found = self.calendar.day(day)
            off = OFF_SHIFT if found.works else found.why
            for begins, ends in self.shifts.on(found) or ():
                opened = min(max(midnight(day) + begins, at), until)
                closed = min(max(midnight(day) + ends, at), until)
                if at < opened:
                    yield Piece(at, opened, False, OFF_SHIFT if found.works is not None else off)
                if opened < closed:
                    yield Piece(opened, closed, True, TEAM)
                at = max(at, closed)
            day += timedelta(days=1)
            ends_at = min(midnight(day), until)
            if at < ends_at:
                yield Piece(at, ends_at, False, off)
                at = ends_at


def midnight(day: date) -> datetime:
    return datetime.combine(day, clock_time(0), BEIJING)


def after_elapsed(start: datetime, length: timedelta, pauses: Sequence[Pause]) -> datetime:
    """A pause that begins at or after the end changes nothing: exactly at the limit is in time."""
    at = start + length
    for pause in pauses:
        if pause.start >= at:
            break
        if pause.end > start:
            at += pause.end - max(pause.start, start)
    return at


def within(pauses: Sequence[Pause], start: datetime, end: datetime) -> list[Pause]:
    return [pause for pause in pauses if pause.start < end and pause.end > start]


def overlap(pauses: Sequence[Pause], start: datetime, end: datetime) -> timedelta:
    spent = NOTHING
    for pause in within(pauses, start, end):
        spent += min(pause.end, end) - max(pause.start, start)
    return spent


def paused_on(day: date, pauses: Sequence[Pause]) -> Text | None:
    """Why that day was paused, wholly or in part."""
    if not pauses:
        return None
    found = within(pauses, midnight(day), midnight(day + timedelta(days=1)))
    return found[0].why if found else None


def apart(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """Sorted, empty ones dropped, overlapping ones joined under the reasons of both."""
    result: list[Pause] = []
    for pause in sorted(pauses, key=lambda each: each.start):
        if pause.end <= pause.start:
            continue
        if result and pause.start <= result[-1].end:
            last = result[-1]
            why = last.why if pause.why == last.why else _both(last.why, pause.why)
            result[-1] = Pause(last.start, max(last.end, pause.end), why)
        else:
            result.append(pause)
    return tuple(result)


def _both(one: Text, other: Text) -> Text:
    return Text(f"{one.zh}、{other.zh}", f"{one.en}, {other.en}")


def cut(pieces: Iterable[Piece], pauses: Sequence[Pause]) -> Iterator[Piece]:
    """Counted time that was paused is not counted."""
    for piece in pieces:
        at = piece.start
        for pause in within(pauses, piece.start, piece.end) if piece.counted else ():
            begins, ends = max(pause.start, at), min(pause.end, piece.end)
            if at < begins:
                yield Piece(at, begins, True, piece.why)
            yield Piece(
                begins, ends, False, Text(f"{PAUSED.zh}: {pause.why.zh}", f"{PAUSED.en}: {pause.why.en}")
            )
            at = ends
        if at < piece.end:
            yield Piece(at, piece.end, piece.counted, piece.why)


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours that say the same are one."""
    result: list[Piece] = []
    for piece in pieces:
        last = result[-1] if result else None
        if last is not None and (last.end, last.counted, last.why) == (piece.start, piece.counted, piece.why):
            result[-1] = Piece(last.start, piece.end, last.counted, last.why)
        else:
            result.append(piece)
    return result


def _sure(at: datetime) -> Reached:
    return Reached(at, at)
