"""What the codes of a case say together: its stage, its dispute, who decided it; by the tables alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache

from attrs import frozen

from omnishop.model import Actor, Deadline, Dispute, Kind, Stage
from omnishop_douyin import rules
from omnishop_douyin.cases import tables
from omnishop_douyin.cases.tables import ARBITRATION, CONCLUSION, KIND, PAID, STAGE, SUCCESS

_DECIDED = frozenset({Stage.REFUNDING, Stage.SUCCEEDED})
_COMING_BACK = frozenset({Stage.AWAITING_RETURN, Stage.RETURNING})
OVER = frozenset({Stage.SUCCEEDED, Stage.CLOSED, Stage.REFUNDING})
_RULED = frozenset({Dispute.RULED_BUYER, Dispute.RULED_SELLER})
_ENDED_ARBITRATIONS = frozenset({2, 3, 6, 255})


def stage_of(status: int | None, refund_status: int | None, final: int | None) -> Stage:
    """A final time on a status that is not final: refused cases are over, the rest contradicts itself."""
    stage = STAGE.get(status, Stage.UNKNOWN)
    if status == SUCCESS:
        return Stage.SUCCEEDED if refund_status == PAID else stage
    if final and stage not in OVER:
        return Stage.CLOSED if stage is Stage.REFUSED else Stage.UNKNOWN
    return stage


def dispute_of(arbitration: int | None, conclusion: int | None) -> Dispute | None:
    """None: not told. An ended arbitration goes by its conclusion; the two must not contradict each other."""
    if arbitration is None:
        return None
    state = ARBITRATION.get(arbitration, Dispute.UNKNOWN)
    if not conclusion or arbitration not in _ENDED_ARBITRATIONS:
        return state
    ruled = CONCLUSION.get(conclusion, Dispute.UNKNOWN)
    return ruled if state is Dispute.UNKNOWN or state is ruled else Dispute.UNKNOWN


def decided_by(
    stage: Stage,
    bits: list[int] | None,
    approval: int | None,
    conclusion: int | None,
    dispute: Dispute | None,
) -> Actor | None:
    """Only what the wire settles: fast refunds, flash returns and lapsed deadlines name nobody."""
    if dispute in _RULED and (conclusion or stage in _DECIDED):
        return Actor.ARBITRATION
    if stage is Stage.REFUSED:
        return Actor.SELLER
    if not bits and not approval:
        return None
    marks = bits or ()
    if stage in _DECIDED and (
        approval in tables.ASSISTANT_APPROVALS or any(mark in tables.ASSISTANT_REFUNDS for mark in marks)
    ):
        return Actor.ASSISTANT
    if stage in _COMING_BACK and tables.ASSISTANT_RETURNS in marks:
        return Actor.ASSISTANT
    return None


@frozen
class State:
    """All that the codes of a list item say together."""

    kind: Kind
    stage: Stage
    dispute: Dispute | None
    runs: bool
    deadline: Callable[[datetime], Deadline]
    raw_kind: str | None
    raw_stage: str | None


@lru_cache(maxsize=4096)
def state_of(
    kind_code: int | None,
    sub_type: int | None,
    status: int | None,
    refund_status: int | None,
    arbitration: int | None,
    final: bool,
) -> State:
    kind = KIND.get(kind_code, Kind.UNKNOWN)
    stage = stage_of(status, refund_status, int(final))
    dispute = dispute_of(arbitration, None)
    return State(
        kind,
        stage,
        dispute,
        not final and stage not in OVER,
        rules.clock(kind, status, dispute),
        joined(kind_code, sub_type or None),
        joined(status, refund_status, arbitration),
    )


def joined(*codes: int | None) -> str | None:
    """Joined by `/`; a missing one in between is `-`."""
    told = list(codes)
    while told and told[-1] is None:
        told.pop()
    return "/".join("-" if code is None else str(code) for code in told) or None
