"""JD's clocks, as the project's list of timing rules has them; `chosen` ones are no facts about any platform."""

from __future__ import annotations

from datetime import timedelta

from omnishop.model import Consequence, Favours, Kind, Stage
from omnishop.sandbox.rules import Evidence, Rule
from omnishop.sandbox.world import Case

C, F = Consequence, Favours
_B, _S, _O, _U = F.BUYER, F.SELLER, F.NOBODY, F.UNKNOWN
_OFF, _INF, _CHO = Evidence.OFFICIAL, Evidence.INFERRED, Evidence.CHOSEN
_H, _D = timedelta(hours=1), timedelta(days=1)
_NEVER = timedelta.max


def _rule(
    name: str,
    duration: timedelta,
    default: Consequence,
    favours: Favours,
    extendable: bool | None,
    evidence: Evidence,
    default_evidence: Evidence,
    source: str = "",
) -> Rule:
    return Rule(f"JD-{name}", duration, default, favours, extendable, evidence, default_evidence, source)


RULES: tuple[Rule, ...] = (
    _rule("UNPAID-CLOSE", 24 * _H, C.CLOSES, _O, False, _CHO, _CHO),
    _rule("UNSHIPPED-ANSWER", 24 * _H, C.REFUNDS, _B, False, _CHO, _CHO, "[2] Art. 3; [6] jd 4.1"),
    _rule("SHIPPED-ANSWER", 48 * _H, C.REFUNDS, _B, False, _CHO, _CHO),
    _rule("RETURN-ANSWER", 48 * _H, C.AGREES, _B, False, _INF, _INF, "[3] Art. 16 copy, 2026"),
    _rule("EXCHANGE-ANSWER", 48 * _H, C.AGREES, _B, False, _INF, _INF, "[3] Art. 16"),
    _rule("FEEDBACK", 7 * _D, C.CLOSES, _S, False, _CHO, _CHO),
    _rule("RETURN-SEND", 7 * _D, C.CLOSES, _S, None, _INF, _INF, "[7]"),
    _rule("RETURN-RECEIVE", 72 * _H, C.CONFIRMS_RECEIPT, _B, False, _CHO, _INF, "[9]"),
    _rule("RETURN-LOST", 15 * _D, C.ESCALATES, _O, False, _CHO, _CHO),
    _rule("PROCESS", 48 * _H, C.REFUNDS, _B, False, _CHO, _CHO),
    _rule("REFUSED-BUYER", 15 * _D, C.CLOSES, _S, False, _OFF, _OFF, "[2] Art. 7 copy, 2025"),
    _rule("SHIP-COMPLAINT", 15 * _D, C.CLOSES, _S, False, _OFF, _OFF, "[2] Art. 7"),
    _rule("INTERVENE-WAIT", 24 * _H, C.ESCALATES, _B, False, _OFF, _OFF, "[2] Art. 3"),
    _rule("DISPUTE-ANSWER", 24 * _H, C.ESCALATES, _B, False, _OFF, _OFF, "[2] Art. 9(1)"),
    _rule("EVIDENCE", 4 * _H, C.ESCALATES, _B, False, _OFF, _OFF, "[2] Art. 9(2): counted 09:00-18:00 only"),
    _rule("RULING", 72 * _H, C.ESCALATES, _U, False, _CHO, _CHO),
    _rule("EXECUTE", 24 * _H, C.REFUNDS, _B, False, _OFF, _OFF, "[2] Art. 9(3)"),
    _rule("AFTER-RULING", 48 * _H, C.REFUNDS, _B, False, _OFF, _OFF, "[3] Art. 16 copy, 2026"),
    _rule("APPEAL-BUYER", 7 * _D, C.CLOSES, _S, False, _OFF, _OFF, "[2] Art. 9(4)"),
    _rule("APPEAL-SELLER", 7 * _D, C.CLOSES, _B, False, _OFF, _OFF, "[2] Art. 16; 9(5): two clauses differ"),
    _rule("COMP-APPEAL", 7 * _D, C.CLOSES, _B, False, _OFF, _OFF, "[2] Art. 46"),
    _rule("DISPUTE-SELF", 30 * _D, C.ESCALATES, _U, False, _OFF, _OFF, "[2] Art. 6"),
    _rule("EXCHANGE-SHIP", 72 * _H, C.REFUNDS, _B, False, _INF, _INF, "[3] Art. 27 copy, 2026"),
    _rule("REPAIR", 30 * _D, C.UNKNOWN, _B, False, _INF, _INF, "[3] Art. 27: buyer may choose"),
    _rule("EXCHANGE-CONFIRM", 7 * _D, C.CONFIRMS_RECEIPT, _S, False, _CHO, _CHO),
    _rule("ORDER-CONFIRM", 7 * _D, C.CONFIRMS_RECEIPT, _S, False, _CHO, _CHO, "without trace 15 d"),
    _rule(
        "ORDER-PAUSE", _NEVER, C.UNKNOWN, _B, None, _INF, _OFF, "[6] jd 3.3; [2] Art. 51: no clock of its own"
    ),
    _rule(
        "APPLY-WINDOW", 7 * _D, C.CLOSES, _S, True, _CHO, _CHO, "[3] Art. 26, 27; [4]; other spans per defect"
    ),
    _rule("REVIEW-WRITE", 180 * _D, C.CLOSES, _U, False, _CHO, _CHO),
    _rule("REVIEW-APPEND", 180 * _D, C.CLOSES, _U, None, _CHO, _CHO, "never visible: [6] jd 5"),
    _rule("REVIEW-REPLY", _NEVER, C.UNKNOWN, _U, None, _CHO, _CHO, "no limit"),
    _rule("PENALTY", _NEVER, C.UNKNOWN, _B, None, _OFF, _OFF, "[2] Art. 8: no clock"),
)

_BY_ID = {rule.id.removeprefix("JD-"): rule for rule in RULES}

_ANSWER = {
    Kind.CANCEL: "UNSHIPPED-ANSWER",
    Kind.REFUND_ONLY: "SHIPPED-ANSWER",
    Kind.EXCHANGE: "EXCHANGE-ANSWER",
}
_STAGES = {
    Stage.REFUSED: "REFUSED-BUYER",
    Stage.AWAITING_RETURN: "RETURN-SEND",
    Stage.RESENT: "EXCHANGE-CONFIRM",
}


def rule(case: Case) -> Rule | None:
    """The clock of the present stage; None where nobody is on turn (JD's finance has no clock in the list)."""
    if case.stage is Stage.REQUESTED:
        asked = case.marks.get("asked") == "10002"
        return _BY_ID["FEEDBACK" if asked else _ANSWER.get(case.kind, "RETURN-ANSWER")]
    if case.stage is Stage.RETURNING:
        return _BY_ID["RETURN-RECEIVE" if "arrived_at" in case.hidden else "RETURN-LOST"]
    if case.stage is Stage.INSPECTING:
        return _BY_ID[_INSPECTING.get(case.kind, "PROCESS")]
    name = _STAGES.get(case.stage)
    return None if name is None else _BY_ID[name]


_INSPECTING = {Kind.EXCHANGE: "EXCHANGE-SHIP", Kind.REPAIR: "REPAIR"}
