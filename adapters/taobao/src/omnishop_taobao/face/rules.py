"""The clocks of Taobao and Tmall, as the project's list of timing rules has them; `chosen` ones are no facts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from omnishop.model import Consequence, Dispute, Favours, Kind, OrderStatus, Stage
from omnishop.sandbox.rules import NEVER, Evidence, Rule
from omnishop.sandbox.world import Case, Order

C, F, E = Consequence, Favours, Evidence
_H = timedelta(hours=1)
_D = timedelta(days=1)
_NOW = timedelta()
_NEVER = NEVER


def _rule(
    rule_id: str,
    duration: timedelta,
    default: Consequence,
    favours: Favours,
    extendable: bool | None,
    evidence: Evidence,
    default_evidence: Evidence,
    source: str = "",
    **more: Any,
) -> Rule:
    return Rule(rule_id, duration, default, favours, extendable, evidence, default_evidence, source, **more)


_N = C.UNKNOWN  # nothing happens by itself
_B, _S, _O, _U = F.BUYER, F.SELLER, F.NOBODY, F.UNKNOWN
_OFF, _OBS, _INF, _CHO = E.OFFICIAL, E.OBSERVED, E.INFERRED, E.CHOSEN

RULES: tuple[Rule, ...] = (
    _rule(
        "TB-UNPAID-CLOSE", 24 * _H, C.CLOSES, _O, False, _CHO, _CHO, start="placed", step="close", told=False
    ),
    _rule(
        "TB-UNSHIPPED-ANSWER",
        48 * _H,
        C.REFUNDS,
        _B,
        False,
        _OBS,
        _OFF,
        "[6] 4.1; [13]; [1] Art. 27",
        step="agree",
    ),
    _rule("TB-SHIPPED-ANSWER", 120 * _H, C.REFUNDS, _B, None, _CHO, _CHO, "[7][8]", step="agree"),
    _rule("TB-SHIPPED-INTERCEPT", _NOW, _N, _B, None, _OFF, _OFF, "[1] Art. 23, 40"),
    _rule(
        "TB-RETURN-ANSWER",
        120 * _H,
        C.AGREES,
        _B,
        None,
        _CHO,
        _INF,
        "[7][8]; [1] Art. 41; [13]",
        step="agree_return",
    ),
    _rule("TB-EXCHANGE-ANSWER", 120 * _H, C.AGREES, _B, None, _CHO, _CHO, step="agree_return"),
    _rule(
        "TB-RETURN-SEND",
        7 * _D,
        C.CLOSES,
        _S,
        None,
        _INF,
        _OFF,
        "[7]; [1] Art. 43",
        step="lapse",
        festive=True,
    ),
    _rule("TB-RETURN-RECEIVE", 10 * _D, C.REFUNDS, _B, None, _INF, _INF, "[7]", step="refund", festive=True),
    _rule(
        "TB-RETURN-RECEIVE/exchange",
        10 * _D,
        C.CONFIRMS_RECEIPT,
        _B,
        None,
        _INF,
        _INF,
        "[7]",
        step="owe_replacement",
        festive=True,
    ),
    _rule("TB-REFUSED-BUYER", 7 * _D, C.CLOSES, _S, None, _INF, _INF, "[7]", step="lapse"),
    _rule(
        "TB-GOODS-REFUSED-BUYER", 7 * _D, C.CLOSES, _S, None, _CHO, _CHO, "as TB-REFUSED-BUYER", step="lapse"
    ),
    _rule("TB-INTERVENE-OPEN", _NOW, _N, _B, None, _CHO, _CHO),
    _rule("TB-INTERVENE-LATE", _NEVER, _N, _B, None, _OFF, _OFF, "[1] Art. 5"),
    _rule(
        "TB-EVIDENCE", 72 * _H, C.ESCALATES, _U, False, _CHO, _OFF, "[1] Art. 8, 65, 66, 73-76", step="weigh"
    ),
    _rule(
        "TB-RULING",
        72 * _H,
        C.ESCALATES,
        _U,
        False,
        _CHO,
        _OFF,
        "[1] Art. 85, 86",
        step="verdict",
        told=False,
    ),
    _rule(
        "TB-DISPUTE-SELF",
        30 * _D,
        C.ESCALATES,
        _U,
        False,
        _OFF,
        _OFF,
        "[1] Art. 82, 83",
        step="resume_dispute",
        told=False,
    ),
    _rule("TB-DISPUTE-COURT", 7 * _D, C.ESCALATES, _U, False, _OFF, _OFF, "[1] Art. 83, working days"),
    _rule(
        "TB-EXCHANGE-SHIP",
        7 * _D,
        C.REFUNDS,
        _B,
        None,
        _CHO,
        _CHO,
        "state exists: [6] 4.5",
        step="turn_to_refund",
    ),
    _rule("TB-EXCHANGE-CONFIRM", 10 * _D, C.CONFIRMS_RECEIPT, _S, True, _CHO, _CHO, step="confirm"),
    _rule(
        "TB-ORDER-CONFIRM",
        10 * _D,
        C.CONFIRMS_RECEIPT,
        _S,
        True,
        _CHO,
        _CHO,
        "field: [6] 3",
        start="shipped",
        step="finish",
    ),
    _rule("TB-ORDER-EXTEND-SELLER", 3 * _D, _N, _B, None, _OFF, _OFF, "[6] 7: 3, 5, 7 or 10 d a call"),
    _rule("TB-ORDER-EXTEND-BUYER", 3 * _D, _N, _B, None, _CHO, _CHO),
    _rule("TB-ORDER-PAUSE", _NOW, _N, _B, None, _INF, _INF, "[14]; [6] 3"),
    _rule(
        "TB-APPLY-WINDOW",
        15 * _D,
        C.CLOSES,
        _S,
        True,
        _CHO,
        _CHO,
        start="finished",
        step="apply_over",
        pausable=False,
    ),
    _rule(
        "TB-REVIEW-WRITE",
        15 * _D,
        C.CLOSES,
        _U,
        False,
        _OFF,
        _OFF,
        "[6] 5",
        start="finished",
        step="review_over",
        pausable=False,
    ),
    _rule(
        "TB-REVIEW-DEFAULT",
        15 * _D,
        _N,
        _S,
        False,
        _CHO,
        _CHO,
        start="finished",
        step="default_review",
        pausable=False,
    ),
    _rule("TB-REVIEW-CHANGE", 30 * _D, _N, _U, False, _CHO, _OFF, "[6] 5"),
    _rule("TB-REVIEW-APPEND", 180 * _D, C.CLOSES, _U, False, _CHO, _OFF, "[6] 5"),
    _rule("TB-REVIEW-REPLY", _NEVER, _N, _U, None, _OFF, _OFF, "[6] 5: not offered"),
    _rule("TB-PENALTY", _NOW, _N, _B, None, _OFF, _OFF, "[1] Art. 91"),
    _rule(
        "TM-UNPAID-CLOSE", 24 * _H, C.CLOSES, _O, False, _CHO, _CHO, start="placed", step="close", told=False
    ),
    _rule("TM-UNSHIPPED-ANSWER", 48 * _H, C.REFUNDS, _B, False, _OBS, _OFF, "[6][13]", step="agree"),
    _rule("TM-SHIPPED-ANSWER", 72 * _H, C.REFUNDS, _B, None, _CHO, _CHO, step="agree"),
    _rule("TM-RETURN-ANSWER", 72 * _H, C.AGREES, _B, None, _CHO, _CHO, step="agree_return"),
    _rule(
        "TM-EXCHANGE-ANSWER", 72 * _H, C.AGREES, _B, None, _CHO, _CHO, "field: [6] 4.4", step="agree_return"
    ),
    _rule("TM-RETURN-SEND", 7 * _D, C.CLOSES, _S, None, _INF, _INF, "[7]", step="lapse", festive=True),
    _rule("TM-RETURN-RECEIVE", 10 * _D, C.REFUNDS, _B, None, _INF, _INF, "[7]", step="refund", festive=True),
    _rule(
        "TM-RETURN-RECEIVE/exchange",
        10 * _D,
        C.CONFIRMS_RECEIPT,
        _B,
        None,
        _INF,
        _INF,
        "[7]",
        step="owe_replacement",
        festive=True,
    ),
    _rule("TM-REFUSED-BUYER", 7 * _D, C.CLOSES, _S, None, _INF, _INF, "[7]", step="lapse"),
    _rule("TM-GOODS-REFUSED-BUYER", 7 * _D, C.CLOSES, _S, None, _CHO, _CHO, step="lapse"),
    _rule("TM-EVIDENCE", 72 * _H, C.ESCALATES, _U, False, _CHO, _INF, "[1]", step="weigh"),
    _rule("TM-RULING", 72 * _H, C.ESCALATES, _U, False, _CHO, _INF, "[1]", step="verdict", told=False),
    _rule(
        "TM-EXCHANGE-SHIP",
        7 * _D,
        C.REFUNDS,
        _B,
        None,
        _CHO,
        _CHO,
        "state exists: [6] 4.5",
        step="turn_to_refund",
    ),
    _rule("TM-EXCHANGE-CONFIRM", 10 * _D, C.CONFIRMS_RECEIPT, _S, None, _CHO, _CHO, step="confirm"),
    _rule(
        "TM-ORDER-CONFIRM", 10 * _D, C.CONFIRMS_RECEIPT, _S, True, _CHO, _CHO, start="shipped", step="finish"
    ),
    _rule("TM-ORDER-PAUSE", _NOW, _N, _B, None, _INF, _INF, "[14]"),
    _rule(
        "TM-APPLY-WINDOW",
        15 * _D,
        C.CLOSES,
        _S,
        True,
        _CHO,
        _CHO,
        start="finished",
        step="apply_over",
        pausable=False,
    ),
    _rule(
        "TM-REVIEW-WRITE",
        15 * _D,
        C.CLOSES,
        _U,
        False,
        _OFF,
        _INF,
        "[6] 5",
        start="finished",
        step="review_over",
        pausable=False,
    ),
    _rule("TM-REVIEW-APPEND", 180 * _D, C.CLOSES, _U, False, _CHO, _CHO),
    _rule("TM-REVIEW-REPLY", 30 * _D, C.CLOSES, _U, False, _OFF, _OFF, "[6] 5"),
)

OWN: tuple[Rule, ...] = tuple(
    _rule(
        f"{prefix}-STAFF-ASKS",
        24 * _H,
        C.ESCALATES,
        _U,
        None,
        _CHO,
        _CHO,
        "no row of the list: when staff asks for evidence",
        step="want_evidence",
        told=False,
    )
    for prefix in ("TB", "TM")
)
"""What the list has no row for and the world cannot do without."""

_BY_ID = {rule.id: rule for rule in (*RULES, *OWN)}
_PREFIX = {"taobao": "TB", "tmall": "TM"}
_ANSWER = {
    Kind.CANCEL: "UNSHIPPED-ANSWER",
    Kind.REFUND_ONLY: "SHIPPED-ANSWER",
    Kind.RETURN_REFUND: "RETURN-ANSWER",
    Kind.EXCHANGE: "EXCHANGE-ANSWER",
}
_EXCHANGE = {
    Stage.AWAITING_RETURN: "RETURN-SEND",
    Stage.RETURNING: "RETURN-RECEIVE/exchange",
    Stage.RESENDING: "EXCHANGE-SHIP",
    Stage.RESENT: "EXCHANGE-CONFIRM",
}
_RETURN = {Stage.AWAITING_RETURN: "RETURN-SEND", Stage.RETURNING: "RETURN-RECEIVE"}
_DISPUTED = {"": "STAFF-ASKS", "weighing": "RULING", "talks": "DISPUTE-SELF"}


def running(case: Case) -> Rule | None:
    """The clock of the side on turn; a dispute stops them all until staff asks for evidence or is done."""
    name = _name(case)
    return None if name is None else _row(case.shop.storefront, name)


def _row(storefront: str, name: str) -> Rule:
    """Tmall is as Taobao unless listed."""
    return _BY_ID.get(f"{_PREFIX[storefront]}-{name}") or _BY_ID[f"TB-{name}"]


def of_order(order: Order) -> tuple[Rule, ...]:
    front = order.shop.storefront
    match order.status:
        case OrderStatus.UNPAID:
            return (_row(front, "UNPAID-CLOSE"),)
        case OrderStatus.SHIPPED | OrderStatus.DELIVERED:
            return (_row(front, "ORDER-CONFIRM"),)
        case OrderStatus.FINISHED:
            after = (_row(front, "APPLY-WINDOW"), _row(front, "REVIEW-WRITE"))
            silent = front == "taobao" and order.rated_at is not None
            return (*after, _row(front, "REVIEW-DEFAULT")) if silent else after
        case _:
            return ()


_WINDOWS = {"apply": "APPLY-WINDOW", "review": "REVIEW-WRITE", "append": "REVIEW-APPEND"}


def window(order: Order, what: str) -> Rule | None:
    if what == "reply":
        return _BY_ID["TM-REVIEW-REPLY"] if order.shop.storefront == "tmall" else None
    return _row(order.shop.storefront, _WINDOWS[what])


def _name(case: Case) -> str | None:
    if case.dispute is Dispute.EVIDENCE_DUE:
        return "EVIDENCE"
    if case.dispute is Dispute.OPEN:
        return _DISPUTED.get(case.phase_of_dispute)
    if case.dispute is Dispute.UNKNOWN:
        return None
    if case.stage is Stage.REFUSED:
        return "GOODS-REFUSED-BUYER" if case.after_return else "REFUSED-BUYER"
    if case.stage is Stage.REQUESTED:
        return _ANSWER.get(case.kind)
    if case.kind is Kind.EXCHANGE:
        return _EXCHANGE.get(case.stage)
    return _RETURN.get(case.stage) if case.kind is Kind.RETURN_REFUND else None
