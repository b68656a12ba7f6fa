"""Steps of cases as this platform has them: agreeing pays at once, receipt is not shown, staff has stages."""

from __future__ import annotations

from typing import Any

from omnishop.model import Actor, Dispute, Kind, Stage
from omnishop.sandbox.steps import COMMON, OPEN, UNDECIDED, StepRule
from omnishop.sandbox.world import Case, Effect, World

_MONEY = frozenset({Kind.CANCEL, Kind.REFUND_ONLY, Kind.PRICE_PROTECT})
_RETURNED = frozenset({Kind.RETURN_REFUND, Kind.REPAIR})
_ASKED = frozenset({Stage.REQUESTED, Stage.REFUSED})
_BACK = frozenset({Stage.RETURNING, Stage.INSPECTING})


def _agree_and_pay(world: World, case: Case, given: dict[str, Any]) -> None:
    case.decided_at = world.now()
    case.decided_by = given.get("by", Actor.SELLER)
    case.approved = given.get("amount", case.requested)
    _pay(world, case, given)


def _rule_and_pay(world: World, case: Case, given: dict[str, Any]) -> None:
    case.dispute = Dispute.RULED_BUYER
    case.decided_by = Actor.ARBITRATION
    case.approved = case.requested
    _pay(world, case, given)


def _pay(world: World, case: Case, given: dict[str, Any]) -> None:
    effect = COMMON["pay"].effect
    if effect is not None:
        effect(world, case, given)


def _receive(world: World, case: Case, given: dict[str, Any]) -> None:
    """The shop's own record: the wire goes on to say that the goods are coming back."""
    effect = COMMON["receive"].effect
    if effect is not None:
        effect(world, case, given)


def _staff(code: int, state: Dispute) -> Effect:
    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        case.dispute = state
        case.marks["staff"] = code

    return effect


def _turn(world: World, case: Case, given: dict[str, Any]) -> None:
    case.marks["turned"] = True


def _by_staff(text: str, code: int, state: Dispute = Dispute.OPEN) -> StepRule:
    return StepRule("platform", OPEN, None, text, effect=_staff(code, state))


STEPS: dict[str, StepRule] = {
    "escalate": StepRule("buyer", UNDECIDED, None, "买家申请平台介入", effect=_staff(2, Dispute.OPEN)),
    "agree": StepRule("seller", _ASKED, Stage.SUCCEEDED, "商家同意退款", _MONEY, _agree_and_pay),
    "refund": StepRule(
        "seller",
        _BACK | {Stage.AWAITING_RETURN, Stage.REFUSED},
        Stage.SUCCEEDED,
        "商家同意退款",
        _RETURNED,
        _agree_and_pay,
    ),
    "receive": StepRule(
        "seller", frozenset({Stage.RETURNING}), None, "商家登记收货", frozenset(Kind), effect=_receive
    ),
    "rule_buyer": StepRule("platform", OPEN, Stage.SUCCEEDED, "小二判定支持买家", effect=_rule_and_pay),
    "staff_in": _by_staff("小二介入", 3),
    "first_review": _by_staff("小二初审完成", 4),
    "second_review_failed": _by_staff("小二复审未通过", 5),
    "staff_done": _by_staff("小二处理完成", 6, Dispute.UNKNOWN),
    "appeal": _by_staff("申诉中", 11),
    "turn_to_refund": StepRule(
        "platform",
        frozenset({Stage.RESENDING, Stage.RETURNING}),
        Stage.REFUNDING,
        "换货转为退款",
        frozenset({Kind.EXCHANGE}),
        _turn,
    ),
}
