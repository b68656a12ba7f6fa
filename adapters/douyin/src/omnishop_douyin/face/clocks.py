"""The platform's clocks: every row of the project's list of timing rules, section 5, with its evidence.

`CHOSEN` rows are settings of the simulated world and no facts about the platform.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from omnishop.model import Consequence, Dispute, Favours, Kind, OrderStatus, Stage
from omnishop.sandbox.rules import NEVER, Evidence, Rule
from omnishop.sandbox.world import Case, Order

_C, _F, _E = Consequence, Favours, Evidence


def _row(
    name: str,
    hours: float,
    default: Consequence,
    favours: Favours,
    extendable: bool | None,
    duration: Evidence,
    then: Evidence,
    source: str,
    **more: Any,
) -> Rule:
    return Rule(name, timedelta(hours=hours), default, favours, extendable, duration, then, source, **more)


_DAY = 24
RULES: tuple[Rule, ...] = (
    _row(
        "DY-UNPAID-CLOSE",
        0.5,
        _C.CLOSES,
        _F.NOBODY,
        False,
        _E.OBSERVED,
        _E.OBSERVED,
        "[6] douyin 3",
        start="placed",
        step="close",
        told=False,
    ),
    _row(
        "DY-UNSHIPPED-ANSWER",
        48,
        _C.AGREES,
        _F.BUYER,
        False,
        _E.INFERRED,
        _E.INFERRED,
        "[12][5]",
        step="agree",
    ),
    _row("DY-SHIPPED-ANSWER", 72, _C.AGREES, _F.BUYER, None, _E.CHOSEN, _E.INFERRED, "[12][5]", step="agree"),
    _row(
        "DY-SHIPPED-INTERCEPT",
        7 * _DAY,
        _C.AGREES,
        _F.BUYER,
        None,
        _E.CHOSEN,
        _E.OBSERVED,
        "[5]",
        step="agree",
    ),
    _row(
        "DY-RETURN-ANSWER",
        48,
        _C.AGREES,
        _F.BUYER,
        None,
        _E.INFERRED,
        _E.INFERRED,
        "[12][5]",
        step="agree_return",
    ),
    _row(
        "DY-EXCHANGE-ANSWER",
        48,
        _C.AGREES,
        _F.BUYER,
        None,
        _E.INFERRED,
        _E.INFERRED,
        "[12]",
        step="agree_return",
    ),
    _row(
        "DY-RESEND-ANSWER",
        48,
        _C.AGREES,
        _F.BUYER,
        None,
        _E.CHOSEN,
        _E.CHOSEN,
        "as above",
        step="agree_resend",
    ),
    _row(
        "DY-RETURN-SEND",
        7 * _DAY,
        _C.CLOSES,
        _F.SELLER,
        None,
        _E.INFERRED,
        _E.OBSERVED,
        "[5][7]",
        step="lapse",
        festive=True,
    ),
    _row(
        "DY-RETURN-RECEIVE",
        10 * _DAY,
        _C.REFUNDS,
        _F.BUYER,
        True,
        _E.INFERRED,
        _E.INFERRED,
        "[7]",
        step="refund",
        festive=True,
    ),
    _row(
        "DY-REPAIR-RECEIVE",
        10 * _DAY,
        _C.UNKNOWN,
        _F.UNKNOWN,
        None,
        _E.CHOSEN,
        _E.CHOSEN,
        "as DY-RETURN-RECEIVE",
    ),
    _row(
        "DY-REFUSED-BUYER",
        7 * _DAY,
        _C.CLOSES,
        _F.SELLER,
        None,
        _E.INFERRED,
        _E.INFERRED,
        "[7][5]",
        step="lapse",
    ),
    _row(
        "DY-GOODS-REFUSED-BUYER",
        7 * _DAY,
        _C.CLOSES,
        _F.SELLER,
        None,
        _E.CHOSEN,
        _E.CHOSEN,
        "-",
        step="lapse",
    ),
    _row(
        "DY-ARB-NEGOTIATE",
        48,
        _C.ESCALATES,
        _F.NOBODY,
        False,
        _E.CHOSEN,
        _E.CHOSEN,
        "[5]: stage observed",
        step="want_evidence",
    ),
    _row(
        "DY-ARB-EVIDENCE",
        48,
        _C.ESCALATES,
        _F.BUYER,
        False,
        _E.CHOSEN,
        _E.CHOSEN,
        "[5]: stage observed",
        step="weigh",
    ),
    _row(
        "DY-ARB-RULING",
        72,
        _C.ESCALATES,
        _F.UNKNOWN,
        False,
        _E.CHOSEN,
        _E.CHOSEN,
        "-",
        step="verdict",
        told=False,
    ),
    _row(
        "DY-EXCHANGE-SHIP",
        7 * _DAY,
        _C.ESCALATES,
        _F.BUYER,
        None,
        _E.OBSERVED,
        _E.OBSERVED,
        "[5][12]",
        step="escalate",
    ),
    _row(
        "DY-RESEND-SHIP", 7 * _DAY, _C.ESCALATES, _F.BUYER, None, _E.CHOSEN, _E.CHOSEN, "-", step="escalate"
    ),
    _row(
        "DY-EXCHANGE-CONFIRM",
        10 * _DAY,
        _C.CONFIRMS_RECEIPT,
        _F.SELLER,
        None,
        _E.CHOSEN,
        _E.CHOSEN,
        "-",
        step="confirm",
    ),
    _row(
        "DY-ORDER-CONFIRM",
        10 * _DAY,
        _C.CONFIRMS_RECEIPT,
        _F.SELLER,
        True,
        _E.CHOSEN,
        _E.CHOSEN,
        "-",
        start="shipped",
        step="finish",
    ),
    _row(
        "DY-APPLY-WINDOW",
        15 * _DAY,
        _C.CLOSES,
        _F.SELLER,
        True,
        _E.CHOSEN,
        _E.CHOSEN,
        "[6] douyin 4.6",
        start="finished",
        step="apply_over",
        pausable=False,
    ),
    _row(
        "DY-RESEND-ANSWER/repair",
        48,
        _C.AGREES,
        _F.BUYER,
        None,
        _E.CHOSEN,
        _E.CHOSEN,
        "repair with return",
        step="agree_return",
    ),
    _row("DY-WORKORDER", 24, _C.UNKNOWN, _F.UNKNOWN, None, _E.CHOSEN, _E.OBSERVED, "[5]: only overdue"),
    _row(
        "DY-REVIEW-WRITE",
        30 * _DAY,
        _C.CLOSES,
        _F.UNKNOWN,
        False,
        _E.CHOSEN,
        _E.CHOSEN,
        "-",
        start="finished",
        step="review_over",
        pausable=False,
    ),
    _row("DY-REVIEW-APPEND", 180 * _DAY, _C.CLOSES, _F.UNKNOWN, False, _E.CHOSEN, _E.CHOSEN, "-"),
    Rule(
        "DY-REVIEW-REPLY",
        NEVER,
        _C.UNKNOWN,
        _F.UNKNOWN,
        None,
        _E.OFFICIAL,
        _E.OFFICIAL,
        "[6] douyin 5: no method since 2022",
        told=False,
    ),
    _row(
        "DY-RECEIVE-EXTEND",
        7 * _DAY,
        _C.UNKNOWN,
        _F.SELLER,
        None,
        _E.OFFICIAL,
        _E.OFFICIAL,
        "[6] douyin 4.6: a write",
    ),
    _row("DY-ADVANCE", 0, _C.UNKNOWN, _F.BUYER, None, _E.INFERRED, _E.INFERRED, "[12]: not played"),
    _row("DY-ORDER-EXTEND-BUYER", 3 * _DAY, _C.UNKNOWN, _F.BUYER, None, _E.CHOSEN, _E.CHOSEN, "-"),
    _row("DY-ORDER-PAUSE", 0, _C.UNKNOWN, _F.BUYER, None, _E.CHOSEN, _E.CHOSEN, "as TB-ORDER-PAUSE"),
    _row("DY-PENALTY", 0, _C.UNKNOWN, _F.BUYER, None, _E.INFERRED, _E.INFERRED, "[12]: not played"),
)

OWN: tuple[Rule, ...] = (
    _row(
        "DY-PAYOUT",
        24,
        _C.REFUNDS,
        _F.BUYER,
        False,
        _E.CHOSEN,
        _E.CHOSEN,
        "no row of the list",
        step="pay",
        told=False,
    ),
)
"""What the list has no row for and the world cannot do without."""

BY_ID = {rule.id: rule for rule in (*RULES, *OWN)}

_ANSWER = {
    Kind.CANCEL: "DY-UNSHIPPED-ANSWER",
    Kind.REFUND_ONLY: "DY-SHIPPED-ANSWER",
    Kind.RETURN_REFUND: "DY-RETURN-ANSWER",
    Kind.EXCHANGE: "DY-EXCHANGE-ANSWER",
    Kind.RESHIP: "DY-RESEND-ANSWER",
    Kind.REPAIR: "DY-RESEND-ANSWER/repair",
}
_RECEIVE = {
    Kind.RETURN_REFUND: "DY-RETURN-RECEIVE",
    Kind.EXCHANGE: "DY-EXCHANGE-SHIP",
    Kind.REPAIR: "DY-REPAIR-RECEIVE",
}


def rule(case: Case) -> Rule | None:
    """A dispute stops the case's own clock (chosen: GEN-DISPUTE-PAUSE); what is granted is paid out."""
    if case.stage is Stage.REFUNDING:
        return BY_ID["DY-PAYOUT"]
    name = _disputed(case) or _own(case)
    return BY_ID[name] if name else None


def _disputed(case: Case) -> str | None:
    if case.dispute is Dispute.OPEN:
        return "DY-ARB-RULING" if case.phase_of_dispute == "weighing" else "DY-ARB-NEGOTIATE"
    return "DY-ARB-EVIDENCE" if case.dispute is Dispute.EVIDENCE_DUE else None


def of_order(order: Order) -> tuple[Rule, ...]:
    match order.status:
        case OrderStatus.UNPAID:
            names = ["DY-UNPAID-CLOSE"]
        case OrderStatus.SHIPPED | OrderStatus.DELIVERED:
            names = ["DY-ORDER-CONFIRM"]
        case OrderStatus.FINISHED:
            names = ["DY-APPLY-WINDOW", "DY-REVIEW-WRITE"]
        case _:
            names = []
    return tuple(BY_ID[name] for name in names)


def window(what: str) -> Rule | None:
    """Replies to reviews have had no method since 2022."""
    names = {"apply": "DY-APPLY-WINDOW", "review": "DY-REVIEW-WRITE", "append": "DY-REVIEW-APPEND"}
    return BY_ID[names[what]] if what in names else None


def _own(case: Case) -> str | None:
    match case.stage:
        case Stage.REQUESTED:
            intercept = case.kind is Kind.REFUND_ONLY and bool(case.marks.get("intercept"))
            return "DY-SHIPPED-INTERCEPT" if intercept else _ANSWER.get(case.kind)
        case Stage.AWAITING_RETURN:
            return "DY-RETURN-SEND"
        case Stage.RETURNING | Stage.INSPECTING:
            return _RECEIVE.get(case.kind)
        case Stage.REFUSED:
            return "DY-GOODS-REFUSED-BUYER" if case.after_return else "DY-REFUSED-BUYER"
        case Stage.RESENDING:
            return "DY-EXCHANGE-SHIP" if case.kind is Kind.EXCHANGE else "DY-RESEND-SHIP"
        case Stage.RESENT:
            return "DY-EXCHANGE-CONFIRM"
        case _:
            return None
