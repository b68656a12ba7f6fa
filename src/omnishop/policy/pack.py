"""The shape of a policy pack after its layers are joined: what people write, checked by pydantic."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, model_validator

from omnishop.model import Kind, ReasonClass
from omnishop.policy.conditions import condition
from omnishop.policy.expected import Expected
from omnishop.policy.facts import Happening, Subject
from omnishop.policy.measures import Alerts, Measures, Penalties
from omnishop.policy.names import OF_CASES
from omnishop.policy.phrases import Phrase
from omnishop.policy.rows import Row, Rule, Share, Title, Yuan, fraction
from omnishop.policy.service import (
    Approvals,
    Eligibility,
    Judging,
    Priorities,
    Proofs,
    Resolutions,
    Risks,
    Want,
)
from omnishop.policy.spans import Count, LimitField, SpanField, read_span
from omnishop.policy.talking import Talk


class Breach(StrEnum):
    """What we do when a clock runs out; `effects` says what the platform does."""

    ALERT = "alert"
    ESCALATE = "escalate"
    DROP = "drop"  # too late to be worth doing
    AS_PLATFORM = "as_platform"


class ClockRow(Rule):
    """`starts`, `stops`: the earliest of them counts. A limit comes from the row or from a fact."""

    on: Subject
    starts: tuple[Happening, ...] = ()
    stops: tuple[Happening, ...] = ()
    limit: LimitField | None = None
    limit_from: Literal["ship_within"] | None = None
    opens: SpanField | None = None
    stretch: SpanField | None = None
    warn: Share | None = None
    breach: Breach
    effects: tuple[str, ...] = ()
    escalate_after: SpanField | None = None
    penalty: Yuan | None = None
    less_steps: tuple[str, ...] = ()
    step: str | None = None
    kinds: tuple[Kind, ...] = ()
    enabled: bool = True

    @model_validator(mode="after")
    def _whole(self) -> ClockRow:
        if self.step is None and not (self.starts and self.stops):
            raise Expected("a clock needs starts and stops, or a step", "时效须有 starts 与 stops, 或 step")
        if self.limit is None and self.limit_from is None:
            raise Expected("a clock needs a limit, or limit_from", "时效须有 limit 或 limit_from")
        if self.opens is not None and self.opens.count is not Count.ELAPSED:
            raise Expected("opens is elapsed time", "opens 须为自然时间")
        return self


class PlatformClock(Rule):
    """SLA-PLATFORM: the deadline comes from the wire; only its warning is ours."""

    warn_before: SpanField


class Clocking(Row):
    """What holds for every clock that does not say otherwise."""

    warn: Share
    escalate_after: SpanField


_HOURS = re.compile(r"([01]\d|2[0-4]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)


def _intervals(told: Any) -> tuple[tuple[timedelta, timedelta], ...]:
    if not isinstance(told, list | tuple):
        raise Expected(
            'a list of times such as ["09:00-12:00", "13:30-18:00"]',
            '时间段列表, 如 ["09:00-12:00", "13:30-18:00"]',
        )
    result: list[tuple[timedelta, timedelta]] = []
    for each in told:
        found = _HOURS.fullmatch(each) if isinstance(each, str) else None
        if found is None:
            raise Expected(
                f"a time such as 09:00-12:00, not {each!r}", f"时间段, 如 09:00-12:00, 而非 {each!r}"
            )
        hour, minute, to_hour, to_minute = map(int, found.groups())
        begins, ends = timedelta(hours=hour, minutes=minute), timedelta(hours=to_hour, minutes=to_minute)
        if begins >= ends or ends > timedelta(days=1):
            raise Expected(
                f"{each}: ends after it begins, at 24:00 at the latest; a night shift is two intervals",
                f"{each}: 结束须晚于开始, 最迟 24:00; 夜班须写成两段",
            )
        if result and begins < result[-1][1]:
            raise Expected(f"{each}: begins before the one in front of it has ended", f"{each}: 与前一段重叠")
        result.append((begins, ends))
    return tuple(result)


Intervals = Annotated[tuple[tuple[timedelta, timedelta], ...], PlainValidator(_intervals)]


class Team(Row):
    """The team's hours, in Beijing time."""

    workday: Intervals
    weekend: Intervals
    holiday: Intervals

    @model_validator(mode="after")
    def _some(self) -> Team:
        if not self.workday:
            raise Expected("a working day needs hours", "工作日须有当班时间")
        return self


class YearRow(Row):
    """A whole year: the days off on weekdays, the weekend days that are worked."""

    off: tuple[date, ...]
    work: tuple[date, ...] = ()


class CalendarRow(Row):
    years: dict[str, YearRow] = Field(default_factory=dict)
    off: tuple[date, ...] = ()
    work: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _own_year(self) -> CalendarRow:
        for name, year in self.years.items():
            if not re.fullmatch(r"20\d\d", name, re.ASCII):
                raise Expected(f"a year such as 2027, not {name!r}", f"年份, 如 2027, 而非 {name!r}")
            strange = [day for day in (*year.off, *year.work) if day.year != int(name)]
            if strange:
                raise Expected(f"{strange[0]} does not lie in {name}", f"{strange[0]} 不在 {name} 年")
        return self


def _chances(told: Any) -> dict[str, float]:
    if not isinstance(told, dict) or not told:
        raise Expected('a table such as {"4h" = 0.6, "24h" = 0.2}', '表, 如 {"4h" = 0.6, "24h" = 0.2}')
    for left in told:
        if read_span(left).count is not Count.ELAPSED:
            raise Expected(f"{left}: elapsed time", f"{left}: 须为自然时间")
    return {left: fraction(chance) for left, chance in told.items()}


class Loss(Row):
    """What a missed clock is taken to cost, for the order of work. Our own figures, all of them."""

    chance: Annotated[dict[str, float], BeforeValidator(_chances)]
    chance_later: Share
    chance_breached: Share
    platform_breached: Share
    unknown_favours: Share
    unknown_amount: Yuan
    penalty: dict[Breach, Yuan]

    @cached_property
    def steps(self) -> tuple[tuple[timedelta, float], ...]:
        """(time left, chance of missing it), shortest first."""
        return tuple(sorted((read_span(told).length, chance) for told, chance in self.chance.items()))


class Effect(Row):
    """What a platform does to a shop that is late; `penalty` is what we take it to cost."""

    title: Title
    title_zh: Title
    source: Title
    penalty: Yuan


class Chat(Row):
    """Texts that greet and do not answer."""

    greetings: tuple[Phrase, ...]


class SubType(Row):
    """`phrases` say it in the buyer's words; `*` stands for a few characters."""

    title: Title
    title_zh: Title
    source: Title
    phrases: tuple[Phrase, ...] = ()


class ClassRow(Rule):
    """One class of reasons. `share` is what the sources say of its part of all cases."""

    rule: str
    share: Share | None = None
    subtypes: dict[str, SubType]


class ReasonRow(Row):
    """A platform's code or fixed text. No class: it says nothing by itself, the buyer's own words decide."""

    cls: ReasonClass | None = Field(default=None, alias="class")
    sub: str | None = None
    text: str | None = None
    source: Title


class Reasons(Row):
    codes: dict[str, ReasonRow] = Field(default_factory=dict)
    texts: dict[str, ReasonRow] = Field(default_factory=dict)


class Classifying(Rule):
    """CLS-MAP."""

    gap: Annotated[int, Field(ge=1, le=30)]
    negations: tuple[Phrase, ...]
    reach: Annotated[int, Field(ge=1, le=10)]


class Level(StrEnum):
    HINT = "hint"
    CHANGE = "change"
    BLOCK = "block"


class LintRow(Row):
    """Phrases that should not go out; `*` stands for a few characters; `unless` lets them through."""

    title: Title
    title_zh: Title
    source: Title
    level: Level
    phrases: tuple[Phrase, ...]
    unless: tuple[Phrase, ...] = ()
    suggestion: str = ""
    rule: Literal["COM-LINT", "COM-PLAIN"] = "COM-LINT"


class Lint(Rule):
    gap: Annotated[int, Field(ge=1, le=30)]
    frontline: Yuan
    money: tuple[Phrase, ...]
    rows: dict[str, LintRow]


Hour = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class Waiting(Rule):
    """COM-TIME: words that ask the buyer to wait, and what hours the words for parts of a day end at."""

    phrases: tuple[Phrase, ...]
    unless: tuple[Phrase, ...]
    parts: dict[str, Hour]
    day_ends: Hour
    horizon: SpanField


class Saying(Row):
    """What a class of reasons adds to the templates."""

    apology: str
    cause: str
    evidence: str


class Template(Row):
    """`text` with {places}; `by_class` replaces it for one class."""

    title: Title
    title_zh: Title
    source: Title
    text: Title
    by_class: dict[ReasonClass, str] = Field(default_factory=dict)


class Templates(Rule):
    opening: Title
    places: dict[str, str]
    classes: dict[ReasonClass, Saying]
    steps: dict[str, Template]


def _expression(told: Any) -> str:
    if not isinstance(told, str):
        raise Expected("a condition, as text", "条件文本")
    condition(told)
    return told


class ConditionRow(Row):
    """A rule of the shop's own, where `when` holds. `set` replaces numbers of clocks: {"SLA-FIRST.limit" = "2h"};
    the rest asks for more than the default does: it never allows and never denies."""

    title: Title
    title_zh: Title
    when: Annotated[str, PlainValidator(_expression)]
    kinds: tuple[Kind, ...] = ()
    classes: tuple[ReasonClass, ...] = ()
    set: dict[str, Any] = Field(default_factory=dict)
    outcome: Literal["needs_human"] | None = None
    approval: Literal["supervisor", "leader"] | None = None
    wants: dict[str, Want] = Field(default_factory=dict)
    points: Annotated[int, Field(ge=1, le=1000)] | None = None
    cap: Yuan | None = None

    @property
    def judges(self) -> bool:
        """Whether it says anything beside clocks."""
        return bool(self.wants) or any(
            each is not None for each in (self.outcome, self.approval, self.points, self.cap)
        )

    @model_validator(mode="after")
    def _says_something(self) -> ConditionRow:
        if not self.set and not self.judges:
            raise Expected(
                "one of set, outcome, approval, wants, points, cap",
                "set、outcome、approval、wants、points、cap 中至少一项",
            )
        strange = [name for name in condition(self.when).names if name in OF_CASES]
        if self.set and strange:
            told = ", ".join(strange)
            raise Expected(
                f"clocks are set by what every clock knows, not by {told}: "
                "write what it sets as a condition of its own",
                f"时效只能由其自身已知的事实改变, 不能用 {told}: 请将 set 单独写成一个条件",
            )
        return self


class Pack(Row):
    """All layers joined."""

    clocking: Clocking
    clocks: dict[str, ClockRow]
    platform_clock: PlatformClock
    team: Team
    calendar: CalendarRow = CalendarRow()
    loss: Loss
    effects: dict[str, Effect]
    chat: Chat
    classes: dict[ReasonClass, ClassRow]
    classifying: Classifying
    reasons: Reasons = Reasons()
    lint: Lint
    waiting: Waiting
    templates: Templates
    judging: Judging
    eligibility: Eligibility
    proofs: Proofs
    priorities: Priorities
    resolutions: Resolutions
    approvals: Approvals
    risks: Risks
    measures: Measures
    penalties: Penalties
    alerts: Alerts
    talk: Talk
    conditions: dict[str, ConditionRow] = Field(default_factory=dict)
