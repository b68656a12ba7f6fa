"""The shape of section 8 of a pack: what is measured, what platforms punish, what is warned of, and the remedies."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, model_validator

from omnishop.model import Grade, Kind, ReasonClass, Text
from omnishop.policy.expected import Expected
from omnishop.policy.rows import Row, Rule, Share, Title
from omnishop.policy.spans import Count, Span, read_span


def _elapsed(told: Any) -> Span:
    span = read_span(told)
    if span.count is not Count.ELAPSED:
        raise Expected("elapsed time, such as 24h or 30d", "自然时间, 如 24h 或 30d")
    return span


def _ratio(told: Any) -> Decimal:
    number = isinstance(told, int | float | Decimal) and not isinstance(told, bool) and isfinite(told)
    if not number or told <= 0:
        raise Expected("a number above zero", "大于零的数")
    return Decimal(str(told))


Elapsed = Annotated[Span, PlainValidator(_elapsed)]
Ratio = Annotated[Decimal, PlainValidator(_ratio)]
AtLeastOne = Annotated[int, Field(ge=1)]


class Unit(StrEnum):
    """What a figure counts."""

    SHARE = "share"
    TIME = "time"
    SCORE = "score"
    COUNT = "count"


class By(StrEnum):
    """What figures are split by."""

    ALL = "all"
    PLATFORM = "platform"
    STOREFRONT = "storefront"
    SHOP = "shop"
    PRODUCT = "product"
    CATEGORY = "category"
    CLASS = "class"
    BUYER_GROUP = "buyer_group"
    AGENT = "agent"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Part(Row):
    """One figure of a measure: what is counted `of` what, and its goal if it has one."""

    title: Title
    title_zh: Title
    of: Title
    of_zh: Title
    unit: Unit
    by: tuple[By, ...]
    at_most: Share | None = None
    at_least: Share | None = None
    within: Elapsed | None = None
    way: Literal["up", "down"] | None = None
    note: str = ""

    @model_validator(mode="after")
    def _one_goal(self) -> Part:
        share = self.at_most is not None or self.at_least is not None
        goals = (self.at_most, self.at_least, self.within, self.way)
        if sum(goal is not None for goal in goals) > 1:
            raise Expected(
                "one goal: at_most, at_least, within or way",
                "只能有一个目标: at_most、at_least、within 或 way",
            )
        if (share and self.unit is not Unit.SHARE) or (
            self.within is not None and self.unit is not Unit.TIME
        ):
            raise Expected(
                "at_most and at_least for a share, within for a time",
                "at_most 与 at_least 用于比例, within 用于时间",
            )
        return self


class Measured(Rule):
    """`window`: how far back from now, unless a person asks for other times."""

    window: Elapsed
    parts: dict[str, Part]


class Returns(Measured):
    kinds: tuple[Kind, ...]
    trade: Share


class Satisfaction(Measured):
    """`satisfied`: the lowest score that counts as satisfied."""

    satisfied: AtLeastOne


class InTime(Measured):
    limit: Elapsed


class RefundTime(Measured):
    """The limits are those of the clocks named: one for cases without a return, one after the return."""

    kinds: tuple[Kind, ...]
    returning: tuple[Kind, ...]
    clock: Title
    clock_returning: Title


class Refunds(Measured):
    kinds: tuple[Kind, ...]
    story: Share


class Agents(Measured):
    """The quarterly star: the highest sum of weighted marks, each from 0 to 1.

    Speed: `fast` is a full mark and what takes longer falls in proportion; volume: `many` cases are a full mark;
    what people mark by hand is of `full_mark`.
    """

    fast: Elapsed
    many: AtLeastOne
    satisfied: AtLeastOne
    full_mark: AtLeastOne
    least: AtLeastOne
    weights: dict[str, Share]


class Negative(Row):
    """Which reviews count as negative."""

    grades: tuple[Grade, ...]
    stars: Annotated[int, Field(ge=1, le=5)]


class Scores(Measured):
    story: dict[str, Ratio]


class Mix(Measured):
    """`groups`: a buyer's group by the number of paid orders, each from so many on."""

    groups: dict[str, AtLeastOne]


class Measures(Row):
    negative: Negative
    returned: Returns = Field(alias="MET-RETURN")
    complained: Measured = Field(alias="MET-COMPLAINT")
    satisfied: Satisfaction = Field(alias="MET-SAT")
    first: Measured = Field(alias="MET-FIRST")
    in_time: InTime = Field(alias="MET-24H")
    refund_time: RefundTime = Field(alias="MET-REFUND-TIME")
    disputed: Measured = Field(alias="MET-DISPUTE")
    automatic: Refunds = Field(alias="MET-AUTO")
    agents: Agents = Field(alias="MET-AGENT")
    scores: Scores = Field(alias="MET-SCORE")
    converted: Measured = Field(alias="MET-CONVERT")
    bot: Measured = Field(alias="MET-BOT")
    mix: Mix = Field(alias="MET-MIX")

    @cached_property
    def rows(self) -> dict[str, Measured]:
        """By rule id."""
        return {
            str(info.alias): getattr(self, name)
            for name, info in type(self).model_fields.items()
            if info.alias
        }


class Penalty(Rule):
    """`applies`: whether the platform does this; elsewhere the row only warns."""

    applies: bool
    effect: Title
    effect_zh: Title
    remedies: tuple[str, ...]

    @property
    def then(self) -> Text:
        return Text(self.effect_zh, self.effect)


class NegativeRate(Penalty):
    """Beyond `limit` is punished, from `warn` on it is near; of at least `minimum` reviews."""

    window: Elapsed
    warn: Share
    limit: Share
    minimum: AtLeastOne


class WorstTenth(Penalty):
    months: AtLeastOne
    worst: Share


class Level(Row):
    title: Title
    title_zh: Title

    @property
    def text(self) -> Text:
        return Text(self.title_zh, self.title)


class Levels(Penalty):
    """Lightest first; `counts` is how long a finding counts."""

    counts: Elapsed
    levels: dict[str, Level]


class Idle(Penalty):
    warn: Elapsed
    limit: Elapsed


class Broken(Penalty):
    """`kinds` that a promise of days without a reason is asked for by."""

    window: Elapsed
    kinds: tuple[Kind, ...]
    fine: Annotated[str, Field(pattern=r"^\d{1,9}\.\d\d$")]


class Fake(Penalty):
    """`lint`: the rows of COM-LINT that speak of paid reviews."""

    window: Elapsed
    lint: tuple[str, ...]


class Penalties(Row):
    negative: NegativeRate = Field(alias="PEN-NEG30")
    worst_tenth: WorstTenth = Field(alias="PEN-TOP10")
    levels: Levels = Field(alias="PEN-LEVELS")
    idle: Idle = Field(alias="PEN-IDLE")
    broken: Broken = Field(alias="PEN-PROMISE")
    fake: Fake = Field(alias="PEN-FAKE")

    @cached_property
    def rows(self) -> dict[str, Penalty]:
        return {str(info.alias): getattr(self, name) for name, info in type(self).model_fields.items()}


class Alert(Rule):
    remedies: tuple[str, ...]


class Spike(Alert):
    """The last `window` against the `past` before it; `chance` of a false alarm for each rate that is looked at."""

    window: Elapsed
    past: Elapsed
    chance: Share
    minimum: AtLeastOne
    times: Ratio
    slower_minimum: AtLeastOne
    slower_remedies: tuple[str, ...]
    by_class: dict[ReasonClass, tuple[str, ...]]


class Backlog(Alert):
    """What runs out within `ahead`, against what was cleared in `past`; `use`: the part of it to count on."""

    ahead: Elapsed
    past: Elapsed
    use: Share
    minimum: AtLeastOne


class Capacity(Alert):
    """A `long_holiday` is so many days off in a row."""

    ahead: Elapsed
    shift_ahead: Elapsed
    long_holiday: AtLeastOne


class Logistics(Alert):
    """`still`: no scan for so long; `late`: on its way for so long; `unshipped`: paid for so long."""

    still: Elapsed
    late: Elapsed
    unshipped: Elapsed
    unshipped_remedies: tuple[str, ...]
    looks_back: Elapsed


class LowSatisfaction(Alert):
    """`low`: the highest score that asks for a look at the case; `warn`: the share of satisfied ones below it."""

    window: Elapsed
    low: AtLeastOne
    warn: Share
    minimum: AtLeastOne


class SelfCheck(Alert):
    every: Elapsed
    window: Elapsed


class Root(Alert):
    window: Elapsed
    like: AtLeastOne


class Remedy(Row):
    title: Title
    title_zh: Title

    @property
    def text(self) -> Text:
        return Text(self.title_zh, self.title)


class Action(Rule):
    """ALR-ACTION: what warnings may advise."""

    remedies: dict[str, Remedy]


class Alerts(Row):
    spike: Spike = Field(alias="ALR-SPIKE")
    backlog: Backlog = Field(alias="ALR-BACKLOG")
    capacity: Capacity = Field(alias="ALR-CAPACITY")
    logistics: Logistics = Field(alias="ALR-LOGISTICS")
    low_satisfaction: LowSatisfaction = Field(alias="ALR-LOWSAT")
    self_check: SelfCheck = Field(alias="ALR-SELFCHECK")
    root: Root = Field(alias="ALR-ROOT")
    action: Action = Field(alias="ALR-ACTION")

    @cached_property
    def rows(self) -> dict[str, Rule]:
        return {str(info.alias): getattr(self, name) for name, info in type(self).model_fields.items()}
