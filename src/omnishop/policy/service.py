"""The shape of sections 2 to 5 of a pack: eligibility, evidence, priority, resolutions, approval, risk."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator

from omnishop.model import Kind, OrderStatus, ReasonClass, Stage, Text
from omnishop.policy.answers import Act, Level, Outcome, Role
from omnishop.policy.casefacts import Channel, Finding, Party, Proof, Returned, Severity
from omnishop.policy.expected import Expected
from omnishop.policy.measures import Elapsed, Ratio
from omnishop.policy.rows import Row, Rule, Share, Title, Yuan
from omnishop.policy.spans import SpanField

AtLeastOne = Annotated[int, Field(ge=1)]
Points = Annotated[int, Field(ge=0, le=1000)]


class Rows(Row):
    """A table of rules by their ids."""

    @cached_property
    def rows(self) -> dict[str, Rule]:
        found = {str(info.alias): getattr(self, name) for name, info in type(self).model_fields.items()}
        return {name: row for name, row in found.items() if isinstance(row, Rule)}


def _days(told: Any) -> int:
    """Whole days by the calendar: "7d"."""
    if not isinstance(told, str) or not told.endswith("d") or not told[:-1].isdecimal() or not told.isascii():
        raise Expected("whole days, such as 7d", "整天数, 如 7d")
    days = int(told[:-1])
    if not 1 <= days <= 3650:  # noqa: PLR2004 - ten years: what is longer was mistyped
        raise Expected("1d to 3650d", "1d 至 3650d")
    return days


Days = Annotated[int, PlainValidator(_days)]


class Law(Rule):
    """The floor. `no_reason` is the least, `refund` the most that any layer may say."""

    no_reason: Days
    refund: Elapsed


class NoReason(Rule):
    within: Days
    kinds: tuple[Kind, ...]


class Exemption(Rule):
    """`outcome` where it holds; a shop may be milder."""

    outcome: Literal[Outcome.DENY, Outcome.NEEDS_HUMAN, Outcome.ALLOW]


class Marked(Rule):
    """Not a setting: an exemption that buyers could not read does not hold."""

    required: Literal[True]


class Grounded(Rule):
    kinds: tuple[Kind, ...]


class Quality(Grounded):
    classes: tuple[ReasonClass, ...]


class Unshipped(Grounded):
    statuses: tuple[OrderStatus, ...]


class Refuse(Rule):
    """What a refusal must carry; `evidence` counts valid pieces of the shop."""

    evidence: Annotated[int, Field(ge=0)]
    reason: bool
    alternative: bool


class MaliciousRefuse(Rule):
    """`blocks`: policy does not let it be done."""

    blocks: bool


class Eligibility(Rows):
    law: Law = Field(alias="ELG-LAW")
    no_reason: NoReason = Field(alias="ELG-7D")
    custom: Exemption = Field(alias="ELG-7D-CUSTOM")
    perishable: Exemption = Field(alias="ELG-7D-PERISHABLE")
    opened: Exemption = Field(alias="ELG-7D-OPENED")
    digital: Exemption = Field(alias="ELG-7D-DIGITAL")
    marked: Marked = Field(alias="ELG-7D-MARKED")
    promise: Grounded = Field(alias="ELG-PROMISE")
    quality: Quality = Field(alias="ELG-QUALITY")
    unshipped: Unshipped = Field(alias="ELG-UNSHIPPED")
    refuse: Refuse = Field(alias="ELG-REFUSE")
    malicious: MaliciousRefuse = Field(alias="ELG-MALICIOUS-REFUSE")


class Want(Row):
    """`count` pieces of evidence; `subs` and `stages` empty: always."""

    what: Proof
    by: tuple[Party, ...]
    count: AtLeastOne
    subs: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()


class Wants(Rule):
    classes: tuple[ReasonClass, ...] = ()
    kinds: tuple[Kind, ...] = ()
    wants: dict[str, Want]


class Proofs(Rows):
    quality: Wants = Field(alias="EVD-QUALITY")
    logistics: Wants = Field(alias="EVD-LOGISTICS")
    order: Wants = Field(alias="EVD-ORDER")
    returned: Wants = Field(alias="EVD-RETURN")


class LogisticsFirst(Rule):
    subs: dict[str, Level]


class QualityFirst(Rule):
    first: bool


class Urgent(Rule):
    amount: Yuan
    vip: bool
    live_stream: bool
    angry_to_human: bool


class Complaints(Rule):
    channels: dict[Channel, Level]
    rest: Level
    major: Role


class Channels(Rule):
    channels: tuple[Channel, ...]


class Priorities(Rows):
    usual: Level = Field(alias="usual")
    logistics: LogisticsFirst = Field(alias="PRI-LOGISTICS")
    quality: QualityFirst = Field(alias="PRI-QUALITY")
    urgent: Urgent = Field(alias="PRI-URGENT")
    complaint: Complaints = Field(alias="PRI-COMPLAINT")
    channel: Channels = Field(alias="PRI-CHANNEL")


class Part(StrEnum):
    """What a choice costs the shop, or gives the buyer."""

    REFUND = "refund"  # what was applied for
    SHARE = "share"  # the offer's `share` of what was paid
    REST = "rest"  # the offer's `share` of what was applied for
    AMOUNT = "amount"  # the offer's own `amount`
    GOODS = "goods"  # the cost of the goods once more
    FREIGHT_OUT = "freight_out"
    FREIGHT_BACK = "freight_back"
    HANDLING = "handling"
    DIFFERENCE = "difference"  # what the buyer pays for goods beyond the order


class Offer(Row):
    """One choice. It fits where every list that is not empty holds the case's value."""

    title: Title
    title_zh: Title
    subs: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    severities: tuple[Severity, ...] = ()
    findings: tuple[Finding, ...] = ()
    returned: tuple[Returned, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    keeps: bool | None = None
    over: bool | None = None
    gives: tuple[Part, ...] = ()
    costs: tuple[Part, ...] = ()
    share: Share | None = None
    amount: Yuan | None = None
    points: Annotated[int, Field(ge=1)] | None = None
    months: Annotated[int, Field(ge=1)] | None = None
    capped: bool = False
    act: Act | None = None
    within: SpanField | None = None
    approval: Role = Role.AGENT
    along: str | None = None
    willing: bool = False

    @cached_property
    def text(self) -> Text:
        return Text(self.title_zh, self.title)


class Resolution(Rule):
    """`classes` empty: any."""

    classes: tuple[ReasonClass, ...] = ()
    offers: dict[str, Offer] = Field(default_factory=dict)


class Choices(Resolution):
    least: AtLeastOne
    most: AtLeastOne


class Expedite(Rule):
    """`back_from`: goods sent in error that are worth at least this come back."""

    carrier: Title
    back_from: Yuan


class KeepCap(Rule):
    """The parts of what an exchange costs."""

    parts: dict[Part, Yuan]


class ReviewCap(Rule):
    share: Share


class Scratched(Resolution):
    photos: AtLeastOne


class Exchange(Resolution):
    tolerance: Yuan


class Liability(Rule):
    """`without_proof` is liable until the others' proof is there."""

    classes: tuple[ReasonClass, ...]
    without_proof: Party | None = None


class ReturnFreight(Rule):
    payers: dict[ReasonClass, Party]
    carriers: dict[Severity, Title]


class Route(Row):
    title: Title
    title_zh: Title


class Routes(Rule):
    routes: dict[str, Route]


class Advance(Rule):
    """Where the platform paid the buyer, nothing is refunded again."""

    outcome: Literal[Outcome.DENY]


class Resolutions(Rows):
    choices: Choices = Field(alias="RES-CHOICES")
    severe: Resolution = Field(alias="RES-QUALITY-SEVERE")
    replace: Resolution = Field(alias="RES-QUALITY-REPLACE")
    minor: Resolution = Field(alias="RES-QUALITY-MINOR")
    search: Resolution = Field(alias="RES-LOGISTICS-SEARCH")
    redeliver: Resolution = Field(alias="RES-LOGISTICS-REDELIVER")
    reship: Resolution = Field(alias="RES-LOGISTICS-RESHIP")
    lost: Resolution = Field(alias="RES-LOGISTICS-REFUND")
    damage: Resolution = Field(alias="RES-LOGISTICS-DAMAGE")
    delay: Resolution = Field(alias="RES-LOGISTICS-DELAY")
    wrong: Resolution = Field(alias="RES-ORDER-WRONG")
    short: Resolution = Field(alias="RES-ORDER-SHORT")
    over: Resolution = Field(alias="RES-ORDER-OVER")
    part: Resolution = Field(alias="RES-ORDER-PART")
    expedite: Expedite = Field(alias="RES-EXPEDITE")
    compensate: Resolution = Field(alias="RES-COMPENSATE")
    keep_cap: KeepCap = Field(alias="RES-KEEP-CAP")
    review_cap: ReviewCap = Field(alias="RES-REVIEW-CAP")
    scratched: Scratched = Field(alias="RES-SCRATCHED")
    equal: Exchange = Field(alias="RES-EXCHANGE-EQUAL")
    unequal: Resolution = Field(alias="RES-EXCHANGE-UNEQUAL")
    warehouse: Liability = Field(alias="RES-LIABILITY-WAREHOUSE")
    carrier: Liability = Field(alias="RES-LIABILITY-CARRIER")
    return_freight: ReturnFreight = Field(alias="RES-RETURN-FREIGHT")
    route: Routes = Field(alias="RES-REFUND-ROUTE")
    advance: Advance = Field(alias="RES-ADVANCE")


class Supervisor(Rule):
    """What the supervisor approves, and what the leader does."""

    keep_allowance: Role
    return_order: Role
    review_remedy: Role
    quality_form: Role


class Authorised(Rule):
    role: Role


class Frontline(Rule):
    """Routine: up to `amount`, of these classes, below this risk."""

    amount: Yuan
    classes: tuple[ReasonClass, ...]
    risk_below: Level
    else_role: Role


class Handling(Rule):
    """Template steps by outcome; `by_class` replaces those of needs_human."""

    steps: dict[Outcome, tuple[str, ...]]
    by_class: dict[ReasonClass, tuple[str, ...]]


class FastLane(Rule):
    amount: Yuan
    vip: bool


class Auto(Rule):
    """Off unless a layer says otherwise. `may_lack`: facts of risk that need not be known."""

    enabled: bool
    amount: Yuan
    kinds: tuple[Kind, ...]
    classes: tuple[ReasonClass, ...]
    risk: Level
    may_lack: tuple[str, ...] = ()


class Float(Rule):
    """Warn when the balance is less than `cover` times what waits to be refunded."""

    cover: Ratio


class Approvals(Rows):
    supervisor: Supervisor = Field(alias="APR-SUPERVISOR")
    authorised: Authorised = Field(alias="APR-AUTHORISED")
    frontline: Frontline = Field(alias="APR-FRONTLINE")
    template: Handling = Field(alias="APR-TEMPLATE")
    fast_lane: FastLane = Field(alias="APR-FASTLANE")
    auto: Auto = Field(alias="APR-AUTO")
    float: Float = Field(alias="APR-FLOAT")


class Frequent(Rule):
    refunds: AtLeastOne
    window: Elapsed
    points: Points


class Cluster(Rule):
    """`others` buyers with the same address or means of payment."""

    others: AtLeastOne
    points: Points


class Bulk(Rule):
    """At least so many pieces or so much money, and the application within `window` of the payment."""

    pieces: AtLeastOne
    amount: Yuan
    window: Elapsed
    classes: tuple[ReasonClass, ...]
    points: Points


class Vague(Rule):
    classes: tuple[ReasonClass, ...]
    changes: AtLeastOne
    points: Points


class Swap(Rule):
    returned: tuple[Returned, ...]
    points: Points


class Professional(Rule):
    noted: AtLeastOne
    points: Points


class Advice(Row):
    title: Title
    title_zh: Title

    @cached_property
    def text(self) -> Text:
        return Text(self.title_zh, self.title)


class Score(Rule):
    """Points from which the level is middle, and high."""

    middle: AtLeastOne
    high: AtLeastOne
    advice: dict[Level, Advice]


class Blacklist(Rule):
    points: Points


class Seen(Rule):
    """How far back the history that decisions show goes."""

    window: Elapsed


class Risks(Rows):
    frequent: Frequent = Field(alias="RSK-FREQ")
    cluster: Cluster = Field(alias="RSK-CLUSTER")
    bulk: Bulk = Field(alias="RSK-BULK")
    vague: Vague = Field(alias="RSK-VAGUE")
    swap: Swap = Field(alias="RSK-SWAP")
    professional: Professional = Field(alias="RSK-PRO")
    score: Score = Field(alias="RSK-SCORE")
    blacklist: Blacklist = Field(alias="RSK-BLACKLIST")
    history: Seen = Field(alias="RSK-HISTORY")


class Judging(Row):
    """Which clocks of the order and of parcels are shown with a case."""

    order_clocks: tuple[str, ...]
    parcel_clocks: tuple[str, ...]
