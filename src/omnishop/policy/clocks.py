"""Facts, a pack and a moment -> clocks: the platform's, the merchant's, and what was promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from attrs import evolve, field, frozen

from omnishop.errors import ConfigError
from omnishop.model import Consequence, Deadline, Favours, Fen, Kind, Text
from omnishop.model.twins import quick
from omnishop.policy.conditions import Condition, condition
from omnishop.policy.facts import Facts, Happening, Subject, no_zone
from omnishop.policy.layers import Effective
from omnishop.policy.pack import Breach, ClockRow, ConditionRow, Pack
from omnishop.policy.spans import Count, Span
from omnishop.policy.timetable import Pause, Reached, Shifts, Timetable, apart
from omnishop.policy.workdays import Calendar, Year


class State(StrEnum):
    UNOPENED = "unopened"  # may not be done before `opens_at`
    RUNNING = "running"
    WARNING = "warning"
    PAUSED = "paused"
    BREACHED = "breached"
    DROPPED = "dropped"  # run out, and no longer worth doing
    MET = "met"
    MET_LATE = "met_late"
    UNKNOWN = "unknown"  # `missing` says which fact or calendar it waits for


OPEN = frozenset({State.UNOPENED, State.RUNNING, State.WARNING, State.PAUSED, State.BREACHED, State.UNKNOWN})


_KNOWN = frozenset(Kind) - {Kind.UNKNOWN}


class Side(StrEnum):
    PLATFORM = "platform"
    MERCHANT = "merchant"


@quick
@frozen(weakref_slot=False)
class Clock:
    """One clock. `due_at` None: not known; then it is `not_before`, or some fact is `missing`."""

    rule: str
    title: Text
    side: Side
    state: State
    breach: Breach
    source: str
    started_at: datetime | None = None
    opens_at: datetime | None = None
    warn_at: datetime | None = None
    due_at: datetime | None = None
    not_before: datetime | None = None
    unknown_year: int | None = None
    stretch_at: datetime | None = None
    escalate_at: datetime | None = None
    done_at: datetime | None = None
    missing: tuple[str, ...] = ()
    span: Span | None = None
    pauses: tuple[Pause, ...] = ()
    effects: tuple[Text, ...] = ()
    penalty: Fen | None = None
    deadline: Deadline | None = None
    stake: Fen | None = None
    words: str | None = None

    @property
    def open(self) -> bool:
        return self.state in OPEN


@frozen
class _Rule:
    """A clock's row with what is read from it once."""

    id: str
    row: ClockRow
    title: Text
    effects: tuple[Text, ...]
    penalty: Fen
    """What being late is taken to cost, effects included."""
    warns_after: timedelta | None
    """Of an elapsed limit; None: to be counted."""


@frozen
class _When:
    name: str
    row: ConditionRow
    test: Condition
    changed: Mapping[str, ClockRow]


@frozen
class Timekeeper:
    """A pack made ready to count with."""

    effective: Effective
    timetable: Timetable
    _rules: Mapping[Subject, tuple[_Rule, ...]] = field(repr=False)
    _steps: Mapping[str, _Rule] = field(repr=False)
    _conditions: Mapping[Kind | None, tuple[_When, ...]] = field(repr=False)
    """By kind: a shop's rules for other kinds cost nothing."""

    @property
    def pack(self) -> Pack:
        return self.effective.pack

    def only(self, names: Sequence[str]) -> Timekeeper:
        """The same for these rules alone."""
        rules = {
            subject: tuple(rule for rule in each if rule.id in names) for subject, each in self._rules.items()
        }
        return evolve(self, rules=rules, steps={})

    def clocks(self, facts: Facts, now: datetime, held: list[str] | None = None) -> tuple[Clock, ...]:
        """Every clock that applies; the earliest open one is `earliest(...)`. `held` gets the names of the
        shop's conditions that held."""
        if now.tzinfo is None:
            raise no_zone("now")
        try:
            return tuple(self._clocks(facts, now, held))
        except OverflowError:
            raise ConfigError("a time is too far away to count with", zh="时间过于久远, 无法计算") from None

    def _clocks(self, facts: Facts, now: datetime, held: list[str] | None) -> Iterator[Clock]:
        pauses = apart(
            Pause(each.since, now if each.until is None else each.until, each.why)
            for each in facts.interruptions
        )
        paused = any(
            each.since <= now and (each.until is None or now < each.until) for each in facts.interruptions
        )
        if facts.deadline is not None:
            yield self._platform(facts, facts.deadline, now)
        changed = self._changed(facts, held)
        for rule in self._rules.get(facts.subject, ()):
            row = changed.get(rule.id, rule.row) if changed else rule.row
            if not row.enabled or (row.kinds and facts.kind in _KNOWN and facts.kind not in row.kinds):
                continue
            clock = self._merchant(rule, row, facts, now, pauses, paused)
            if clock is not None and row.kinds and facts.kind not in _KNOWN:
                clock = _unknown(rule, row, ("kind", *clock.missing))
            if clock is not None:
                yield clock
        for name in facts.steps:
            step = self._steps.get(name)
            if step is not None and step.row.on is facts.subject:
                row = changed.get(step.id, step.row)
                clock = self._step(step, row, facts, now, pauses, paused) if row.enabled else None
                if clock is not None:
                    yield clock
        yield from self._promises(facts, now)

    def _changed(self, facts: Facts, held: list[str] | None) -> dict[str, ClockRow]:
        """Rows that the shop's conditions replace; what cannot be told changes nothing."""
        changed: dict[str, ClockRow] = {}
        named = None
        for when in self._conditions[facts.kind]:
            if when.row.classes and facts.cls not in when.row.classes:
                continue
            named = facts.named() if named is None else named
            if when.test.holds(named):
                changed.update(when.changed)
                if held is not None:
                    held.append(when.name)
        return changed

    def _platform(self, facts: Facts, deadline: Deadline, now: datetime) -> Clock:
        row = self.pack.platform_clock
        if deadline.at.tzinfo is None:
            raise no_zone("deadline.at")
        warn_at = deadline.at - row.warn_before.length
        late = State.BREACHED if now > deadline.at else State.WARNING if now >= warn_at else State.RUNNING
        return Clock(
            rule="SLA-PLATFORM",
            title=Text(row.title_zh, row.title),
            side=Side.PLATFORM,
            state=late,
            breach=Breach.AS_PLATFORM,
            source=row.source,
            warn_at=warn_at,
            due_at=deadline.at,
            not_before=deadline.at,
            deadline=deadline,
            stake=at_stake(deadline, facts.amount),
        )

    def _merchant(
        self, rule: _Rule, row: ClockRow, facts: Facts, now: datetime, pauses: tuple[Pause, ...], paused: bool
    ) -> Clock | None:
        known = facts.happened
        start = _earliest(row.starts, known)
        if start is None:
            untold = _untold(row.starts, known)
            return _unknown(rule, row, untold) if untold else None  # it has not begun
        done = _earliest(row.stops, known)
        span = row.limit if row.limit is not None else _promised(facts)
        if span is None:
            return _unknown(rule, row, (row.limit_from or "limit",), start)
        for name in row.less_steps:
            step = facts.steps.get(name)
            if step is not None:
                why = Text(f"等待 {name}", f"waiting for {name}")
                pauses = apart((*pauses, Pause(step.opened, step.done or now, why)))
        missing = () if done is not None else _untold(row.stops, known)
        return self._count(rule, row, span, start, done, missing, now, pauses, paused)

    def _step(
        self, rule: _Rule, row: ClockRow, facts: Facts, now: datetime, pauses: tuple[Pause, ...], paused: bool
    ) -> Clock | None:
        step = facts.steps[row.step or ""]
        start: datetime | None = step.opened
        if row.starts:
            start = _earliest(row.starts, facts.happened)
            if start is None:
                missing = _untold(row.starts, facts.happened)
                return _unknown(rule, row, missing) if missing else None
        if row.limit is None or start is None:
            return None
        return self._count(rule, row, row.limit, start, step.done, (), now, pauses, paused)

    def _count(
        self,
        rule: _Rule,
        row: ClockRow,
        span: Span,
        start: datetime,
        done: datetime | None,
        missing: tuple[str, ...],
        now: datetime,
        pauses: tuple[Pause, ...],
        paused: bool,
    ) -> Clock:
        due = self.timetable.after(start, span, pauses)
        defaults = self.pack.clocking
        warn = None
        if done is not None:
            pass
        elif row is rule.row and rule.warns_after is not None and not pauses:
            warn = start + rule.warns_after
        else:
            share = defaults.warn if row.warn is None else row.warn
            warn = self.timetable.share(start, span, share, pauses).at
        opens = None if row.opens is None else self.timetable.after(start, row.opens, pauses).at
        stretch = None if row.stretch is None else self.timetable.after(start, row.stretch, pauses).at
        state = _state(row, due, warn, opens, done, missing, now, paused)
        if state is State.UNKNOWN and due.at is None:
            missing = (*missing, f"calendar of {due.year}")
        escalate = None
        if due.at is not None and done is None:
            later = row.escalate_after or defaults.escalate_after
            if row.breach is Breach.ESCALATE:
                escalate = due.at
            elif later.count is Count.ELAPSED:
                escalate = due.at + later.length
            else:
                escalate = self.timetable.after(due.at, later).at
        return Clock(
            rule=rule.id,
            title=rule.title,
            side=Side.MERCHANT,
            state=state,
            breach=row.breach,
            source=row.source,
            started_at=start,
            opens_at=opens,
            warn_at=warn,
            due_at=due.at,
            not_before=due.not_before,
            unknown_year=due.year,
            stretch_at=stretch,
            escalate_at=escalate,
            done_at=done,
            missing=missing,
            span=span,
            pauses=pauses,
            effects=rule.effects,
            penalty=rule.penalty if row.penalty is None else row.penalty,
        )

    def _promises(self, facts: Facts, now: datetime) -> Iterator[Clock]:
        rule = self.pack.waiting
        for promise in facts.promises:
            length = promise.due - promise.made
            warn = promise.made + length * self.pack.clocking.warn
            due = Reached(None if promise.open_end else promise.due, promise.due, promise.open_end)
            if promise.kept is not None:
                state = _met(due, promise.kept)
            elif due.at is None and now > due.not_before:
                state = State.UNKNOWN
            elif now > due.not_before:
                state = State.BREACHED
            else:
                state = State.WARNING if now >= warn else State.RUNNING
            yield Clock(
                rule="COM-TIME",
                title=Text(rule.title_zh, rule.title),
                side=Side.MERCHANT,
                state=state,
                breach=Breach.ALERT,
                source=rule.source,
                started_at=promise.made,
                warn_at=warn,
                due_at=due.at,
                not_before=due.not_before,
                unknown_year=due.year,
                done_at=promise.kept,
                missing=(f"calendar of {due.year}",) if state is State.UNKNOWN else (),
                words=promise.words,
            )


def timekeeper(effective: Effective) -> Timekeeper:
    pack = effective.pack
    rules = [_rule(name, row, pack) for name, row in pack.clocks.items()]
    by_subject = {
        subject: tuple(rule for rule in rules if rule.row.step is None and rule.row.on is subject)
        for subject in Subject
    }
    steps = {rule.row.step: rule for rule in rules if rule.row.step is not None}
    return Timekeeper(
        effective,
        Timetable(calendar(pack), Shifts(pack.team.workday, pack.team.weekend, pack.team.holiday)),
        by_subject,
        steps,
        _by_kind(
            [_when(name, row, pack, effective.tree) for name, row in pack.conditions.items() if row.set]
        ),
    )


def _by_kind(conditions: Sequence[_When]) -> dict[Kind | None, tuple[_When, ...]]:
    return {
        kind: tuple(when for when in conditions if not when.row.kinds or kind in when.row.kinds)
        for kind in (None, *Kind)
    }


def _rule(name: str, row: ClockRow, pack: Pack) -> _Rule:
    effects = [pack.effects[effect] for effect in row.effects]
    penalty = pack.loss.penalty[row.breach] if row.penalty is None else row.penalty
    return _Rule(
        name,
        row,
        Text(row.title_zh, row.title),
        tuple(Text(effect.title_zh, effect.title) for effect in effects),
        Fen(penalty + sum(effect.penalty for effect in effects)),
        _warns_after(row, pack),
    )


def _warns_after(row: ClockRow, pack: Pack) -> timedelta | None:
    if row.limit is None or row.limit.count is not Count.ELAPSED:
        return None
    share = pack.clocking.warn if row.warn is None else row.warn
    return timedelta(seconds=int(row.limit.seconds * share))


def calendar(pack: Pack) -> Calendar:
    """The published calendar with what the pack adds to it."""
    told = pack.calendar
    years = {int(name): Year(frozenset(row.off), frozenset(row.work)) for name, row in told.years.items()}
    return Calendar(years, frozenset[date](told.off), frozenset[date](told.work))


def earliest(clocks: Sequence[Clock]) -> Clock | None:
    """Of several clocks all run, and this one is shown."""
    running = [clock for clock in clocks if clock.open and clock.not_before is not None]
    return min(running, key=lambda clock: (clock.not_before, clock.rule), default=None)


def at_stake(deadline: Deadline, amount: Fen | None) -> Fen | None:
    """What the platform would decide away from the shop; None: not known."""
    if deadline.favours is Favours.SELLER or deadline.consequence is Consequence.CLOSES:
        return Fen(0)
    if deadline.favours is Favours.NOBODY:
        return Fen(0)
    return amount


def _when(name: str, row: ConditionRow, pack: Pack, tree: Mapping[str, Mapping[str, object]]) -> _When:
    changes: dict[str, dict[str, object]] = {}
    for key, value in row.set.items():
        clock, _, what = key.rpartition(".")
        changes.setdefault(clock, {})[what] = value
    rows: Mapping[str, object] = tree["clocks"]
    changed = {}
    for clock, change in changes.items():
        before = rows[clock]
        told = {**before, **change} if isinstance(before, dict) else change
        changed[clock] = type(pack.clocks[clock]).model_validate(told)
    return _When(name, row, condition(row.when), changed)


def _earliest(names: Sequence[Happening], known: Mapping[Happening, datetime | None]) -> datetime | None:
    if len(names) == 1:
        return known.get(names[0])
    times = [when for when in map(known.get, names) if when is not None]
    return min(times) if times else None


def _untold(names: Sequence[Happening], known: Mapping[Happening, datetime | None]) -> tuple[Happening, ...]:
    for name in names:
        if name not in known:
            return tuple(each for each in names if each not in known)
    return ()


def _promised(facts: Facts) -> Span | None:
    if facts.ship_within is None:
        return None
    hours = facts.ship_within / timedelta(hours=1)
    return Span(f"{hours:g}h" if hours == int(hours) else "0h", Count.ELAPSED, facts.ship_within)


def _unknown(rule: _Rule, row: ClockRow, missing: tuple[str, ...], start: datetime | None = None) -> Clock:
    return Clock(
        rule=rule.id,
        title=rule.title,
        side=Side.MERCHANT,
        state=State.UNKNOWN,
        breach=row.breach,
        source=row.source,
        started_at=start,
        missing=missing,
        span=row.limit,
        effects=rule.effects,
        penalty=rule.penalty,
    )


def _state(
    row: ClockRow,
    due: Reached,
    warn: datetime | None,
    opens: datetime | None,
    done: datetime | None,
    missing: tuple[str, ...],
    now: datetime,
    paused: bool,
) -> State:
    """Exactly at the limit is in time."""
    if done is not None:
        return _met(due, done)
    if missing or (due.at is None and now > due.not_before):
        return State.UNKNOWN
    if now > due.not_before:
        return State.DROPPED if row.breach is Breach.DROP else State.BREACHED
    if paused:
        return State.PAUSED
    if opens is not None and now < opens:
        return State.UNOPENED
    return State.WARNING if warn is not None and now >= warn else State.RUNNING


def _met(due: Reached, done: datetime) -> State:
    if done <= due.not_before:
        return State.MET
    return State.UNKNOWN if due.at is None else State.MET_LATE
