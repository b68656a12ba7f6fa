"""JD's clocks, as the project's list of timing rules has them; `chosen` ones are no facts about any platform."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from omnishop.model import Consequence, Dispute, Favours, Kind, OrderStatus, Stage
from omnishop.sandbox.rules import NEVER, Evidence, Rule
from omnishop.sandbox.world import Case, Order

C, F = Consequence, Favours
_B, _S, _O, _U = F.BUYER, F.SELLER, F.NOBODY, F.UNKNOWN
_OFF, _INF, _CHO = Evidence.OFFICIAL, Evidence.INFERRED, Evidence.CHOSEN
_H, _D = timedelta(hours=1), timedelta(days=1)
_NEVER = NEVER


def _rule(
    name: str,
    duration: timedelta,
    default: Consequence,
    favours: Favours,
    extendable: bool | None,
    evidence: Evidence,
    default_evidence: Evidence,
    source: str = "",
    **more: Any,
) -> Rule:
    told = (duration, default, favours, extendable, evidence, default_evidence, source)
    return Rule(f"JD-{name}", *told, **more)


RULES: tuple[Rule, ...] = (
    _rule("UNPAID-CLOSE", 24 * _H, C.CLOSES, _O, False, _CHO, _CHO, start="placed", step="close", told=False),
    _rule(
        "UNSHIPPED-ANSWER", 24 * _H, C.REFUNDS, _B, False, _CHO, _CHO, "[2] Art. 3; [6] jd 4.1", step="agree"
    ),
    _rule("SHIPPED-ANSWER", 48 * _H, C.REFUNDS, _B, False, _CHO, _CHO, step="agree"),
    _rule(
        "RETURN-ANSWER",
        48 * _H,
        C.AGREES,
        _B,
        False,
        _INF,
        _INF,
        "[3] Art. 16 copy, 2026",
        step="agree_return",
    ),
    _rule("EXCHANGE-ANSWER", 48 * _H, C.AGREES, _B, False, _INF, _INF, "[3] Art. 16", step="agree_return"),
    _rule("FEEDBACK", 7 * _D, C.CLOSES, _S, False, _CHO, _CHO, step="lapse"),
    _rule("RETURN-SEND", 7 * _D, C.CLOSES, _S, None, _INF, _INF, "[7]", step="lapse", festive=True),
    _rule(
        "RETURN-RECEIVE",
        72 * _H,
        C.CONFIRMS_RECEIPT,
        _B,
        False,
        _CHO,
        _INF,
        "[9]",
        step="receive",
        festive=True,
    ),
    _rule("RETURN-LOST", 15 * _D, C.ESCALATES, _O, False, _CHO, _CHO, step="escalate"),
    _rule("PROCESS", 48 * _H, C.REFUNDS, _B, False, _CHO, _CHO, step="refund"),
    _rule("REFUSED-BUYER", 15 * _D, C.CLOSES, _S, False, _OFF, _OFF, "[2] Art. 7 copy, 2025", step="lapse"),
    _rule("SHIP-COMPLAINT", 15 * _D, C.CLOSES, _S, False, _OFF, _OFF, "[2] Art. 7"),
    _rule(
        "INTERVENE-WAIT",
        24 * _H,
        C.ESCALATES,
        _B,
        False,
        _OFF,
        _OFF,
        "[2] Art. 3",
        step="hear_shop",
        unseen=True,
    ),
    _rule(
        "DISPUTE-ANSWER",
        24 * _H,
        C.ESCALATES,
        _B,
        False,
        _OFF,
        _OFF,
        "[2] Art. 9(1)",
        step="weigh",
        unseen=True,
    ),
    _rule(
        "EVIDENCE",
        4 * _H,
        C.ESCALATES,
        _B,
        False,
        _OFF,
        _OFF,
        "[2] Art. 9(2): counted 09:00-18:00 only",
        step="weigh",
        hours=(9, 18),
        unseen=True,
    ),
    _rule("RULING", 72 * _H, C.ESCALATES, _U, False, _CHO, _CHO, step="verdict", unseen=True),
    _rule("EXECUTE", 24 * _H, C.REFUNDS, _B, False, _OFF, _OFF, "[2] Art. 9(3)", step="pay", told=False),
    _rule("AFTER-RULING", 48 * _H, C.REFUNDS, _B, False, _OFF, _OFF, "[3] Art. 16 copy, 2026"),
    _rule("APPEAL-BUYER", 7 * _D, C.CLOSES, _S, False, _OFF, _OFF, "[2] Art. 9(4)"),
    _rule("APPEAL-SELLER", 7 * _D, C.CLOSES, _B, False, _OFF, _OFF, "[2] Art. 16; 9(5): two clauses differ"),
    _rule("COMP-APPEAL", 7 * _D, C.CLOSES, _B, False, _OFF, _OFF, "[2] Art. 46"),
    _rule(
        "DISPUTE-SELF",
        30 * _D,
        C.ESCALATES,
        _U,
        False,
        _OFF,
        _OFF,
        "[2] Art. 6",
        step="resume_dispute",
        unseen=True,
    ),
    _rule(
        "EXCHANGE-SHIP", 72 * _H, C.REFUNDS, _B, False, _INF, _INF, "[3] Art. 27 copy, 2026", step="refund"
    ),
    _rule("REPAIR", 30 * _D, C.UNKNOWN, _B, False, _INF, _INF, "[3] Art. 27: buyer may choose"),
    _rule("EXCHANGE-CONFIRM", 7 * _D, C.CONFIRMS_RECEIPT, _S, False, _CHO, _CHO, step="confirm"),
    _rule(
        "ORDER-CONFIRM",
        7 * _D,
        C.CONFIRMS_RECEIPT,
        _S,
        False,
        _CHO,
        _CHO,
        "without trace 15 d",
        start="delivered",
        step="finish",
    ),
    _rule(
        "ORDER-PAUSE", _NEVER, C.UNKNOWN, _B, None, _INF, _OFF, "[6] jd 3.3; [2] Art. 51: no clock of its own"
    ),
    _rule(
        "APPLY-WINDOW",
        7 * _D,
        C.CLOSES,
        _S,
        True,
        _CHO,
        _CHO,
        "[3] Art. 26, 27; [4]; other spans per defect",
        start="delivered",
    ),
    _rule(
        "ORDER-CONFIRM/untraced",
        15 * _D,
        C.CONFIRMS_RECEIPT,
        _S,
        False,
        _CHO,
        _CHO,
        start="shipped",
        step="finish",
    ),
    _rule(
        "APPLY-WINDOW/defect",
        15 * _D,
        C.CLOSES,
        _S,
        True,
        _CHO,
        _CHO,
        "[3] Art. 26, 27",
        start="delivered",
        step="apply_over",
        pausable=False,
    ),
    _rule(
        "REVIEW-WRITE",
        180 * _D,
        C.CLOSES,
        _U,
        False,
        _CHO,
        _CHO,
        start="finished",
        step="review_over",
        pausable=False,
    ),
    _rule("REVIEW-APPEND", 180 * _D, C.CLOSES, _U, None, _CHO, _CHO, "never visible: [6] jd 5"),
    _rule("REVIEW-REPLY", _NEVER, C.UNKNOWN, _U, None, _CHO, _CHO, "no limit"),
    _rule("PENALTY", _NEVER, C.UNKNOWN, _B, None, _OFF, _OFF, "[2] Art. 8: no clock"),
)

OWN: tuple[Rule, ...] = (
    _rule(
        "RESHIP-ANSWER",
        48 * _H,
        C.UNKNOWN,
        _U,
        None,
        _CHO,
        _CHO,
        "no row of the list: a date, and nothing by itself",
    ),
    _rule("FINANCE", 24 * _H, C.REFUNDS, _B, False, _CHO, _CHO, "no row of the list", step="pay", told=False),
)
"""What the list has no row for and the world cannot do without."""

_BY_ID = {rule.id.removeprefix("JD-"): rule for rule in (*RULES, *OWN)}

_ANSWER = {
    Kind.CANCEL: "UNSHIPPED-ANSWER",
    Kind.REFUND_ONLY: "SHIPPED-ANSWER",
    Kind.EXCHANGE: "EXCHANGE-ANSWER",
    Kind.RESHIP: "RESHIP-ANSWER",
}
_INSPECTING = {Kind.EXCHANGE: "EXCHANGE-SHIP", Kind.REPAIR: "REPAIR"}
_DISPUTED = {
    "": "INTERVENE-WAIT",
    "answer": "DISPUTE-ANSWER",
    "weighing": "RULING",
    "talks": "DISPUTE-SELF",
}
_NO_MONEY = frozenset({"4", "8"})
"""Finance refused, or the parcel could not be stopped: nobody pays by itself."""


def rule(case: Case) -> Rule | None:
    """The clock of the dispute, else of the present stage; None where nobody is on turn."""
    name = _name(case)
    return None if name is None else _BY_ID[name]


def _name(case: Case) -> str | None:
    if case.stage is Stage.REFUNDING:
        return _paying(case)
    if case.dispute is Dispute.EVIDENCE_DUE:
        return "EVIDENCE"
    if case.dispute is Dispute.OPEN:
        return _DISPUTED[case.phase_of_dispute]
    match case.stage:
        case Stage.REQUESTED:
            asked = case.marks.get("asked") == "10002"
            return "FEEDBACK" if asked else _ANSWER.get(case.kind, "RETURN-ANSWER")
        case Stage.REFUSED:
            return "REFUSED-BUYER"
        case Stage.AWAITING_RETURN:
            return "RETURN-SEND"
        case Stage.RETURNING:
            return "RETURN-RECEIVE" if "arrived_at" in case.hidden else "RETURN-LOST"
        case Stage.INSPECTING:
            return _INSPECTING.get(case.kind, "PROCESS")
        case Stage.RESENT:
            return "EXCHANGE-CONFIRM" if "replacement_arrived_at" in case.hidden else None
        case _:
            return None


def _paying(case: Case) -> str | None:
    """The shop has a day to carry out a ruling; else JD's finance pays, unless it or the bank said no."""
    if case.dispute is Dispute.RULED_BUYER:
        return "EXECUTE"
    stuck = "refund_failed_at" in case.marks or case.marks.get("status") in _NO_MONEY
    return None if stuck else "FINANCE"


# ---------------------------------------------------------------- orders


def of_order(order: Order) -> tuple[Rule, ...]:
    match order.status:
        case OrderStatus.UNPAID:
            names = ["UNPAID-CLOSE"]
        case OrderStatus.SHIPPED | OrderStatus.DELIVERED:
            names = ["ORDER-CONFIRM/untraced" if order.delivered_at is None else "ORDER-CONFIRM"]
        case OrderStatus.FINISHED:
            names = ["REVIEW-WRITE", "APPLY-WINDOW/defect"]
        case _:
            names = []
    return tuple(_BY_ID[name] for name in names)


def window(order: Order, what: str, reason: str | None) -> Rule | None:
    """A change of mind has seven days, a defect fifteen."""
    if what == "apply":
        return _BY_ID["APPLY-WINDOW" if reason == "no_reason" else "APPLY-WINDOW/defect"]
    return {"review": _BY_ID["REVIEW-WRITE"], "append": _BY_ID["REVIEW-APPEND"]}.get(what)
