"""Steps of cases as this platform has them: agreeing pays at once, receipt is not shown, staff has stages."""

from __future__ import annotations

from typing import Any

from omnishop.model import Dispute, Kind, Stage
from omnishop.sandbox import effects
from omnishop.sandbox.steps import OPEN, UNDECIDED, StepRule
from omnishop.sandbox.world import Case, Effect, World

_MONEY = frozenset({Kind.CANCEL, Kind.REFUND_ONLY, Kind.PRICE_PROTECT})
_RETURNED = frozenset({Kind.RETURN_REFUND, Kind.REPAIR, Kind.EXCHANGE})
_ASKED = frozenset({Stage.REQUESTED, Stage.REFUSED})
_BACK = frozenset({Stage.RETURNING, Stage.INSPECTING})


def _agree_and_pay(world: World, case: Case, given: dict[str, Any]) -> None:
    effects.decide_refund(world, case, given)
    effects.pay(world, case, given)


def _rule_and_pay(world: World, case: Case, given: dict[str, Any]) -> None:
    effects.rule_buyer(world, case, given)
    effects.pay(world, case, given)


def _receive(world: World, case: Case, given: dict[str, Any]) -> None:
    """The shop's own record: the wire goes on to say that the goods are coming back."""
    effects.receive(world, case, given)


def _staff(code: int, state: Dispute) -> Effect:
    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        case.dispute, case.phase_of_dispute = state, ""
        case.marks["staff"] = code

    return effect


def _reviewed(world: World, case: Case, given: dict[str, Any]) -> None:
    """Good for the stage it was given in: Tmall pays nothing there that was not reviewed."""
    case.marks["reviewed"] = case.stage if given.get("passed", True) else None


def _turn(world: World, case: Case, given: dict[str, Any]) -> None:
    case.marks["turned"] = True


def _by_staff(text: str, code: int, state: Dispute = Dispute.OPEN) -> StepRule:
    return StepRule("platform", OPEN, None, text, effect=_staff(code, state))


STEPS: dict[str, StepRule] = {
    "escalate": StepRule("buyer", UNDECIDED, None, "买家申请平台介入", effect=_staff(2, Dispute.OPEN)),
    "agree": StepRule("seller", _ASKED, Stage.SUCCEEDED, "商家同意退款", _MONEY, _agree_and_pay),
    "refund": StepRule(
        "seller",
        _BACK | {Stage.AWAITING_RETURN, Stage.REFUSED, Stage.REFUNDING},
        Stage.SUCCEEDED,
        "商家同意退款",
        _RETURNED,
        _agree_and_pay,
    ),
    "stop_shipping": StepRule(
        "seller",
        frozenset({Stage.REQUESTED}),
        Stage.SUCCEEDED,
        "商家取消发货并退款",
        frozenset({Kind.CANCEL}),
        _agree_and_pay,
    ),
    "review": StepRule(
        "seller", frozenset({Stage.REQUESTED}) | _BACK, None, "商家审核退款", effect=_reviewed
    ),
    "intercept": StepRule(
        "seller", frozenset({Stage.REQUESTED}), None, "商家申请拦截包裹", frozenset({Kind.REFUND_ONLY})
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
