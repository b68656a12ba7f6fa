"""The clocks of Taobao and Tmall, as the project's list of timing rules has them; `chosen` ones are no facts."""

from __future__ import annotations

from datetime import timedelta

from omnishop.model import Consequence, Dispute, Favours, Kind, Stage
from omnishop.sandbox.rules import Evidence, Rule
from omnishop.sandbox.world import Case

C, F, E = Consequence, Favours, Evidence
_H = timedelta(hours=1)
_D = timedelta(days=1)
_NOW = timedelta()
_NEVER = timedelta.max


def _rule(
    rule_id: str,
    duration: timedelta,
    default: Consequence,
    favours: Favours,
    extendable: bool | None,
    evidence: Evidence,
    default_evidence: Evidence,
    source: str = "",
) -> Rule:
    return Rule(rule_id, duration, default, favours, extendable, evidence, default_evidence, source)


_N = C.UNKNOWN  # nothing happens by itself
_B, _S, _O, _U = F.BUYER, F.SELLER, F.NOBODY, F.UNKNOWN
_OFF, _OBS, _INF, _CHO = E.OFFICIAL, E.OBSERVED, E.INFERRED, E.CHOSEN

RULES: tuple[Rule, ...] = (
    _rule("TB-UNPAID-CLOSE", 24 * _H, C.CLOSES, _O, False, _CHO, _CHO),
    _rule("TB-UNSHIPPED-ANSWER", 48 * _H, C.REFUNDS, _B, False, _OBS, _OFF, "[6] 4.1; [13]; [1] Art. 27"),
    _rule("TB-SHIPPED-ANSWER", 120 * _H, C.REFUNDS, _B, None, _CHO, _CHO, "[7][8]"),
    _rule("TB-SHIPPED-INTERCEPT", _NOW, _N, _B, None, _OFF, _OFF, "[1] Art. 23, 40"),
    _rule("TB-RETURN-ANSWER", 120 * _H, C.AGREES, _B, None, _CHO, _INF, "[7][8]; [1] Art. 41; [13]"),
    _rule("TB-EXCHANGE-ANSWER", 120 * _H, C.AGREES, _B, None, _CHO, _CHO),
    _rule("TB-RETURN-SEND", 7 * _D, C.CLOSES, _S, None, _INF, _OFF, "[7]; [1] Art. 43"),
    _rule("TB-RETURN-RECEIVE", 10 * _D, C.REFUNDS, _B, None, _INF, _INF, "[7]"),
    _rule("TB-RETURN-RECEIVE/exchange", 10 * _D, C.CONFIRMS_RECEIPT, _B, None, _INF, _INF, "[7]"),
    _rule("TB-REFUSED-BUYER", 7 * _D, C.CLOSES, _S, None, _INF, _INF, "[7]"),
    _rule("TB-GOODS-REFUSED-BUYER", 7 * _D, C.CLOSES, _S, None, _CHO, _CHO, "as TB-REFUSED-BUYER"),
    _rule("TB-INTERVENE-OPEN", _NOW, _N, _B, None, _CHO, _CHO),
    _rule("TB-INTERVENE-LATE", _NEVER, _N, _B, None, _OFF, _OFF, "[1] Art. 5"),
    _rule("TB-EVIDENCE", 72 * _H, C.ESCALATES, _U, False, _CHO, _OFF, "[1] Art. 8, 65, 66, 73-76"),
    _rule("TB-RULING", 72 * _H, C.ESCALATES, _U, False, _CHO, _OFF, "[1] Art. 85, 86"),
    _rule("TB-DISPUTE-SELF", 30 * _D, C.ESCALATES, _U, False, _OFF, _OFF, "[1] Art. 82, 83"),
    _rule("TB-DISPUTE-COURT", 7 * _D, C.ESCALATES, _U, False, _OFF, _OFF, "[1] Art. 83, working days"),
    _rule("TB-EXCHANGE-SHIP", 7 * _D, C.REFUNDS, _B, None, _CHO, _CHO, "state exists: [6] 4.5"),
    _rule("TB-EXCHANGE-CONFIRM", 10 * _D, C.CONFIRMS_RECEIPT, _S, True, _CHO, _CHO),
    _rule("TB-ORDER-CONFIRM", 10 * _D, C.CONFIRMS_RECEIPT, _S, True, _CHO, _CHO, "field: [6] 3"),
    _rule("TB-ORDER-EXTEND-SELLER", 3 * _D, _N, _B, None, _OFF, _OFF, "[6] 7: 3, 5, 7 or 10 d a call"),
    _rule("TB-ORDER-EXTEND-BUYER", 3 * _D, _N, _B, None, _CHO, _CHO),
    _rule("TB-ORDER-PAUSE", _NOW, _N, _B, None, _INF, _INF, "[14]; [6] 3"),
    _rule("TB-APPLY-WINDOW", 15 * _D, C.CLOSES, _S, True, _CHO, _CHO),
    _rule("TB-REVIEW-WRITE", 15 * _D, C.CLOSES, _U, False, _OFF, _OFF, "[6] 5"),
    _rule("TB-REVIEW-DEFAULT", 15 * _D, _N, _S, False, _CHO, _CHO),
    _rule("TB-REVIEW-CHANGE", 30 * _D, _N, _U, False, _CHO, _OFF, "[6] 5"),
    _rule("TB-REVIEW-APPEND", 180 * _D, C.CLOSES, _U, False, _CHO, _OFF, "[6] 5"),
    _rule("TB-REVIEW-REPLY", _NEVER, _N, _U, None, _OFF, _OFF, "[6] 5: not offered"),
    _rule("TB-PENALTY", _NOW, _N, _B, None, _OFF, _OFF, "[1] Art. 91"),
    _rule("TM-UNPAID-CLOSE", 24 * _H, C.CLOSES, _O, False, _CHO, _CHO),
    _rule("TM-UNSHIPPED-ANSWER", 48 * _H, C.REFUNDS, _B, False, _OBS, _OFF, "[6][13]"),
    _rule("TM-SHIPPED-ANSWER", 72 * _H, C.REFUNDS, _B, None, _CHO, _CHO),
    _rule("TM-RETURN-ANSWER", 72 * _H, C.AGREES, _B, None, _CHO, _CHO),
    _rule("TM-EXCHANGE-ANSWER", 72 * _H, C.AGREES, _B, None, _CHO, _CHO, "field: [6] 4.4"),
    _rule("TM-RETURN-SEND", 7 * _D, C.CLOSES, _S, None, _INF, _INF, "[7]"),
    _rule("TM-RETURN-RECEIVE", 10 * _D, C.REFUNDS, _B, None, _INF, _INF, "[7]"),
    _rule("TM-RETURN-RECEIVE/exchange", 10 * _D, C.CONFIRMS_RECEIPT, _B, None, _INF, _INF, "[7]"),
    _rule("TM-REFUSED-BUYER", 7 * _D, C.CLOSES, _S, None, _INF, _INF, "[7]"),
    _rule("TM-GOODS-REFUSED-BUYER", 7 * _D, C.CLOSES, _S, None, _CHO, _CHO),
    _rule("TM-EVIDENCE", 72 * _H, C.ESCALATES, _U, False, _CHO, _INF, "[1]"),
    _rule("TM-RULING", 72 * _H, C.ESCALATES, _U, False, _CHO, _INF, "[1]"),
    _rule("TM-EXCHANGE-SHIP", 7 * _D, C.REFUNDS, _B, None, _CHO, _CHO, "state exists: [6] 4.5"),
    _rule("TM-EXCHANGE-CONFIRM", 10 * _D, C.CONFIRMS_RECEIPT, _S, None, _CHO, _CHO),
    _rule("TM-ORDER-CONFIRM", 10 * _D, C.CONFIRMS_RECEIPT, _S, True, _CHO, _CHO),
    _rule("TM-ORDER-PAUSE", _NOW, _N, _B, None, _INF, _INF, "[14]"),
    _rule("TM-APPLY-WINDOW", 15 * _D, C.CLOSES, _S, True, _CHO, _CHO),
    _rule("TM-REVIEW-WRITE", 15 * _D, C.CLOSES, _U, False, _OFF, _INF, "[6] 5"),
    _rule("TM-REVIEW-APPEND", 180 * _D, C.CLOSES, _U, False, _CHO, _CHO),
    _rule("TM-REVIEW-REPLY", 30 * _D, C.CLOSES, _U, False, _OFF, _OFF, "[6] 5"),
)

_BY_ID = {rule.id: rule for rule in RULES}
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


def running(case: Case) -> Rule | None:
    """The clock of the side on turn; a dispute stops them all until staff asks for evidence or is done."""
    name = _name(case)
    return None if name is None else _BY_ID[f"{_PREFIX[case.shop.storefront]}-{name}"]


def _name(case: Case) -> str | None:
    if case.dispute is Dispute.EVIDENCE_DUE:
        return "EVIDENCE"
    if case.dispute in {Dispute.OPEN, Dispute.UNKNOWN}:
        return None
    if case.stage is Stage.REFUSED:
        return "GOODS-REFUSED-BUYER" if case.after_return else "REFUSED-BUYER"
    if case.stage is Stage.REQUESTED:
        return _ANSWER.get(case.kind)
    if case.kind is Kind.EXCHANGE:
        return _EXCHANGE.get(case.stage)
    return _RETURN.get(case.stage) if case.kind is Kind.RETURN_REFUND else None
