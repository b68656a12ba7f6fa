"""Writes as values: what is asked for, what one platform write needs, and what a reading must show afterwards.

An **act** is what a person asks for; a **verb** is one platform write; an act is one or more verbs. An adapter
describes each verb of each storefront by `Write` rows: when it may be sent, whether it moves money, how it is
sent, and how its effect is seen. Carrying them out, once and provably, is the ledger's work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from attrs import Factory, field, frozen

from omnishop.flow import Flow
from omnishop.model import Case, Dispute, Fen, Kind, Order, Review, Stage, Text

RecordType = Literal["case", "order", "review"]


class Verb(StrEnum):
    """Every verb is also a capability of the same name; all but `pre_agree` can be asked for as an act."""

    PRE_AGREE = "pre_agree"  # 审核
    AGREE = "agree"  # 同意退款 / 同意补寄: nothing comes back
    AGREE_RETURN = "agree_return"  # 同意退货 / 同意换货: goods come back to an address
    REFUSE = "refuse"  # 拒绝申请
    REFUSE_RETURN = "refuse_return"  # 拒收退货
    CONFIRM_RECEIPT = "confirm_receipt"  # 确认收到退货
    REFUND = "refund"  # 收货后退款
    SHIP_REPLACEMENT = "ship_replacement"  # 发出换货 / 补寄
    EXTEND = "extend"  # 延长商家处理时限
    EXTEND_RECEIPT = "extend_receipt"  # 延长收货
    ASK_EVIDENCE = "ask_evidence"  # 请买家补充凭证
    MESSAGE = "message"  # 留言
    SUBMIT_EVIDENCE = "submit_evidence"  # 举证
    INTERVENE = "intervene"  # 申请平台介入
    FILL_LOGISTICS = "fill_logistics"  # 回填退货物流
    REMARK = "remark"  # 备注
    REPLY_REVIEW = "reply_review"  # 回复评价
    SHIP = "ship"  # 发货
    CANCEL_ORDER = "cancel_order"  # 取消发货


@frozen
class Subject:
    """What an act is about. `source` is a case's id space; empty for orders and reviews."""

    record: RecordType
    id: str
    source: str = ""

    @classmethod
    def of(cls, record: Case | Order | Review) -> Subject:
        """The record's own name, as the platform tells it."""
        if isinstance(record, Case):
            return cls("case", record.case_id, record.source)
        if isinstance(record, Order):
            return cls("order", record.order_id)
        return cls("review", record.review_id)


@frozen
class Evidence:
    """One piece of proof (凭证): bytes of a file, or an address where the platform can fetch it."""

    kind: Literal["image", "video", "audio", "text"] = "image"
    name: str = "evidence"
    content: bytes | None = field(default=None, repr=False)
    url: str | None = None


@frozen
class Ask:
    """What is said with an act; None or empty is not said. Each row of `Write.needs` names a field of this.

    `amount` is only a check: verbs settle what was applied for, and another sum is refused. `ceiling` is the most
    a person allows where the wire tells no ceiling. `lines` are pieces
    by line id; `good` and `bad` the pieces that came back. `key`, `at` and `by` are set by who carries it out:
    a text unique to this intent, the present, and the operator's name as the platform may show it.
    """

    reason: str | None = None
    text: str | None = None
    evidence: tuple[Evidence, ...] = ()
    address: str | None = None
    carrier: str | None = None
    tracking: str | None = None
    lines: Mapping[str, int] = Factory(dict)
    good: int | None = None
    bad: int | None = None
    days: int | None = None
    code: str | None = field(default=None, repr=False)
    amount: Fen | None = None
    ceiling: Fen | None = None
    reject_refund: bool = False
    key: str = ""
    at: datetime | None = None
    by: str = ""


@frozen
class Look:
    """A record as it was just read for a write.

    `marks`: whatever else the verb's read-back compares, as short texts by name ("memo", "messages", "waybill");
    never a buyer's data. `aside`: what a flow read along the way and the send needs again; not kept.
    """

    record: Case | Order | Review
    marks: Mapping[str, str] = Factory(dict)
    aside: Any = field(default=None, repr=False)


@frozen
class Seen:
    """The part of a look that is kept with an intent, to be compared with later readings. Fen."""

    stage: str | None = None
    dispute: str | None = None
    kind: str | None = None
    version: str | None = None
    changed_at: datetime | None = None
    requested: Fen | None = None
    refunded: Fen | None = None
    decided_by: str | None = None
    deadline: datetime | None = None
    marks: Mapping[str, str] = Factory(dict)

    @classmethod
    def of(cls, look: Look) -> Seen:
        record = look.record
        if isinstance(record, Case):
            return cls(
                record.stage,
                record.dispute,
                record.kind,
                record.version,
                record.changed_at,
                record.amounts.requested,
                record.amounts.refunded,
                record.decided_by,
                record.deadline.at if record.deadline else None,
                look.marks,
            )
        if isinstance(record, Order):
            return cls(record.status, changed_at=record.changed_at, marks=look.marks)
        replied = record.reply.text if record.reply else None
        return cls(None, marks={**({"reply": replied} if replied else {}), **look.marks})


class Shown(StrEnum):
    """What a reading says about a write that was sent."""

    DONE = "done"  # its effect is there, whoever caused it
    BEFORE = "before"  # the record stands as it stood before
    EXCLUDED = "excluded"  # the record has gone another way on which this write can no longer take effect
    MOVED = "moved"  # the record changed, and whether the effect is there cannot be told


Shows = Callable[[Ask, Seen, Seen], Shown]
"""(what was asked, what was seen before, what is seen now); pure."""


@frozen
class Write:
    """One verb on one storefront, for the kinds and stages (case) or statuses (order) it is meant for.

    `method`: the platform's name of it; None: the platform has none and the fact is recorded by us alone.
    `sources`, `kinds`, `stages` empty: any. `money`: success moves money, or makes the platform move it.
    `versioned`: the write carries what the platform compares. `needs`: names of `Ask` fields that must be said;
    `needs_any`: of each group at least one; `spared`: those of `needs` that what is said makes needless.
    `caution`: asked once more, never in a batch, never automatic.
    `look` reads the record fresh, `send` makes exactly one call with `write=True`, its last one, and raises
    Rejected or Conflict where the answer's own result says no. `hinders`: why not now, from the account's
    settings or the look, beyond kind and stage. `says`: in words, what a reading must show. `evidence`: where
    the row is known from, with its mark.
    """

    verb: Verb
    record: RecordType
    method: str | None
    look: Callable[[Any, Subject], Flow[Look]]
    send: Callable[[Any, Look, Ask], Flow[Any]]
    shows: Shows
    says: Text
    evidence: str
    money: bool = False
    versioned: bool = False
    sources: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    stages: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    needs_any: tuple[tuple[str, ...], ...] = ()
    session: Literal["main", "operator"] = "main"
    caution: Text | None = None
    hinders: Callable[[Any, Look, Ask], Text | None] | None = None
    spared: Callable[[Ask], frozenset[str]] | None = None

    def meant(self, subject: Subject, kind: str | None) -> bool:
        """Whether this row is for such a record, its stage aside."""
        return (
            self.record == subject.record
            and (not self.sources or subject.source in self.sources)
            and (not self.kinds or kind in self.kinds)
        )

    def in_stage(self, stage: str | None) -> bool:
        return not self.stages or stage in self.stages


# ---------------------------------------------------------------- what became of it


class State(StrEnum):
    """Of one intent: planned -> sent -> confirmed | rejected | unknown -> confirmed | not_applied."""

    PLANNED = "planned"  # written down, nothing sent
    SENT = "sent"  # may have left us
    CONFIRMED = "confirmed"  # a reading shows the effect
    REJECTED = "rejected"  # refused in words, or never left us
    UNKNOWN = "unknown"  # may have happened: read back, never repeat
    NOT_APPLIED = "not_applied"  # two readings show that it did not happen


UNSETTLED = frozenset({State.PLANNED, State.SENT, State.UNKNOWN})

By = Literal["us", "other", "unknown"]
"""Who caused a confirmed effect."""


@frozen
class Outcome:
    """What became of an act: of its last verb that was tried. `intents`: ids in the ledger, in order.

    `record`: the last reading of it; `why`: what to know about a state that is not `confirmed`.
    """

    act: Verb
    state: State
    by: By | None = None
    intents: tuple[str, ...] = ()
    why: Text | None = None
    record: Case | Order | Review | None = None


@frozen
class Obstacle:
    """Why an act is not allowed now. `key` is stable; for people the text."""

    key: str
    text: Text


@frozen
class Chance:
    """One act on one record now: allowed, or why not. `needs`: what must be said with it; `caution`: a warning.

    `amount`: the sum it settles, as far as known; fen.
    """

    act: Verb
    obstacles: tuple[Obstacle, ...] = ()
    needs: tuple[str, ...] = ()
    money: bool = False
    caution: Text | None = None
    amount: Fen | None = None

    @property
    def allowed(self) -> bool:
        return not self.obstacles


# ---------------------------------------------------------------- choosing a row


def rows_for(writes: tuple[Write, ...], verb: Verb, subject: Subject) -> tuple[Write, ...]:
    """Rows of a verb that can be meant for the subject, before it was read."""
    return tuple(
        row
        for row in writes
        if row.verb is verb
        and row.record == subject.record
        and (not row.sources or subject.source in row.sources)
    )


def choose(rows: tuple[Write, ...], subject: Subject, seen: Seen) -> Write | None:
    """The row meant for the record; among several for its kind the one that its stage allows."""
    meant = [row for row in rows if row.meant(subject, seen.kind)]
    return next((row for row in meant if row.in_stage(seen.stage)), meant[0] if meant else None)


def missing(row: Write, ask: Ask) -> tuple[str, ...]:
    """Names of `Ask` fields that this write wants and that were not said; a group as `one|other`."""
    spared = row.spared(ask) if row.spared is not None else frozenset()
    absent = [name for name in row.needs if name not in spared and _unsaid(getattr(ask, name))]
    groups = [
        "|".join(group) for group in row.needs_any if all(_unsaid(getattr(ask, name)) for name in group)
    ]
    return (*absent, *groups)


def _unsaid(value: object) -> bool:
    return value is None or value is False or value in ("", (), {})


# ---------------------------------------------------------------- what readings show, for the usual verbs


def by_stage(done: frozenset[Stage], excluded: frozenset[Stage] = frozenset()) -> Shows:
    """Done in any of these stages unless it already stood there before; excluded in those."""

    def shows(ask: Ask, before: Seen, after: Seen) -> Shown:
        if after.stage in done and before.stage not in done:
            return Shown.DONE
        if after.stage in excluded:
            return Shown.EXCLUDED
        return Shown.BEFORE if same(before, after) else Shown.MOVED

    return shows


def by_mark(name: str, wanted: Callable[[Ask, Seen], str | None]) -> Shows:
    """Done when the mark reads what was asked for (`wanted` None: when it differs from before)."""

    def shows(ask: Ask, before: Seen, after: Seen) -> Shown:
        expected, now = wanted(ask, before), after.marks.get(name)
        if now == expected if expected is not None else now != before.marks.get(name):
            return Shown.DONE
        return Shown.BEFORE if now == before.marks.get(name) else Shown.MOVED

    return shows


def same(before: Seen, after: Seen) -> bool:
    """The state before: same stage, dispute and money, and no later version or change."""
    return (
        after.stage == before.stage
        and after.dispute == before.dispute
        and after.refunded == before.refunded
        and after.version == before.version
        and after.changed_at == before.changed_at
    )


REFUND_DECIDED = frozenset({Stage.REFUNDING, Stage.SUCCEEDED})
RETURN_DECIDED = frozenset(
    {Stage.AWAITING_RETURN, Stage.RETURNING, Stage.INSPECTING, Stage.RESENDING, Stage.RESENT}
)
GONE_WITHOUT = frozenset({Stage.CLOSED})

refund_decided = by_stage(REFUND_DECIDED, GONE_WITHOUT)
return_decided = by_stage(RETURN_DECIDED, GONE_WITHOUT | REFUND_DECIDED)
resend_decided = by_stage(
    frozenset({Stage.RESENDING, Stage.RESENT, Stage.SUCCEEDED}), GONE_WITHOUT | {Stage.REFUNDING}
)
refused = by_stage(frozenset({Stage.REFUSED}), frozenset({Stage.SUCCEEDED, Stage.REFUNDING}))
replacement_sent = by_stage(frozenset({Stage.RESENT}), GONE_WITHOUT | REFUND_DECIDED)


def dispute_opened(ask: Ask, before: Seen, after: Seen) -> Shown:
    if after.dispute in {Dispute.OPEN, Dispute.EVIDENCE_DUE, Dispute.RULED_BUYER, Dispute.RULED_SELLER}:
        return Shown.DONE
    return Shown.BEFORE if same(before, after) else Shown.MOVED


def version_moved(ask: Ask, before: Seen, after: Seen) -> Shown:
    """For a step that shows itself in nothing but a later version."""
    if after.stage != before.stage:
        return Shown.MOVED
    return Shown.BEFORE if same(before, after) else Shown.DONE


def only_recorded(ask: Ask, before: Seen, after: Seen) -> Shown:
    """For what we record ourselves: our own record is the effect."""
    return Shown.DONE


def nothing_sent(account: Any, look: Look, ask: Ask) -> Flow[None]:
    """The `send` of a write that the platform has no method for."""
    return None
    yield
