"""Steps of cases that JD has otherwise than the common law, or alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from omnishop.model import Actor, Kind, Stage
from omnishop.sandbox import effects
from omnishop.sandbox.steps import COMMON, StepRule
from omnishop.sandbox.world import Case, Effect, World

_REQUESTED = frozenset({Stage.REQUESTED})
_INSPECTING = frozenset({Stage.INSPECTING})
_REFUNDING = frozenset({Stage.REFUNDING})
_CANCEL = frozenset({Kind.CANCEL})
_NOWHERE: frozenset[Stage] = frozenset()
_CANCELLABLE = frozenset({Stage.REQUESTED, Stage.AWAITING_RETURN, Stage.RETURNING, Stage.INSPECTING})


def _mark(name: str, value: str, then: Effect | None = None) -> Effect:
    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        case.marks[name] = value
        if then is not None:
            then(world, case, given)

    return effect


def _decided(status: str, by: Actor = Actor.SELLER) -> Effect:
    """The application's status, and that it was decided for the buyer."""
    decide = COMMON["agree"].effect

    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        case.marks["status"] = status
        if decide is not None:
            decide(world, case, {"by": by, **given})

    return effect


def _reissue(world: World, case: Case, given: dict[str, Any]) -> None:
    """One call: the waybill comes with the decision."""
    for step in ("agree", "ship_replacement"):
        effect = COMMON[step].effect
        if effect is not None:
            effect(world, case, given)


def _fails(world: World, case: Case, given: dict[str, Any]) -> None:
    case.marks["refund_failed_at"] = world.now()


def _cancel(world: World, case: Case, given: dict[str, Any]) -> None:
    case.decided_by = Actor.SELLER
    effects.end(world, case, given)


def _unsolved(is_so: bool) -> Effect:
    """The buyer declares a service order unsolved; the shop that it is solved."""

    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        case.marks["unsolved"] = is_so

    return effect


def _apply(status: str, actor: str, text: str, to: Stage | None = Stage.REFUNDING) -> StepRule:
    """A decision about a cancel application."""
    effect = _decided(status) if to is Stage.REFUNDING else _mark("status", status)
    return StepRule(actor, _REQUESTED, to, text, _CANCEL, effect)


STEPS: Mapping[str, StepRule] = {
    # a refused service order is over: the buyer calls JD, or applies anew
    "agree": StepRule(
        "seller",
        _REQUESTED,
        Stage.REFUNDING,
        "商家审核通过",
        frozenset({Kind.CANCEL, Kind.REFUND_ONLY}),
        _decided("1"),
    ),
    "modify": attrs.evolve(COMMON["modify"], stages=_NOWHERE),
    "agree_return": attrs.evolve(COMMON["agree_return"], stages=_REQUESTED),
    "agree_resend": attrs.evolve(COMMON["agree_resend"], stages=_NOWHERE),
    "refuse_return": attrs.evolve(COMMON["refuse_return"], stages=_NOWHERE),
    "owe_replacement": attrs.evolve(COMMON["owe_replacement"], stages=_NOWHERE),
    "refund": attrs.evolve(COMMON["refund"], stages=_INSPECTING),
    "ship_replacement": attrs.evolve(
        COMMON["ship_replacement"], stages=_INSPECTING, kinds=frozenset({Kind.EXCHANGE, Kind.REPAIR})
    ),
    "reissue": StepRule(
        "seller", _REQUESTED, Stage.RESENT, "商家线下补发", frozenset({Kind.RESHIP}), _reissue
    ),
    "cancel_service": StepRule("seller", _CANCELLABLE, Stage.CLOSED, "商家取消服务单", effect=_cancel),
    "close_service": StepRule("seller", _INSPECTING, Stage.CLOSED, "商家处理关单", effect=_cancel),
    "fetch": StepRule("seller", _REQUESTED, None, "商家审核领取", effect=_mark("asked", "10001")),
    "remind": StepRule("seller", frozenset({Stage.AWAITING_RETURN}), None, "商家提醒客户发货"),
    "ask_feedback": StepRule("seller", _REQUESTED, None, "商家要求客户反馈", effect=_mark("asked", "10002")),
    "feedback": StepRule("buyer", _REQUESTED, None, "客户已反馈", effect=_mark("asked", "10012")),
    # 10005 does not tell whether a waybill is known: goods without one may be registered too
    "receive": attrs.evolve(COMMON["receive"], stages=frozenset({Stage.AWAITING_RETURN, Stage.RETURNING})),
    "call_platform": attrs.evolve(COMMON["intervene"], text="商家申请京东介入"),
    "call_unsolved": StepRule("buyer", frozenset(Stage), None, "问题未解决", effect=_unsolved(True)),
    "solve": StepRule("seller", frozenset(Stage), None, "商家标记已解决", effect=_unsolved(False)),
    "repair_centre": StepRule(
        "seller", _INSPECTING, None, "维修中心接单", frozenset({Kind.REPAIR}), _mark("repair", "1100")
    ),
    "bank_refuses": StepRule("platform", _REFUNDING, None, "退款失败, 待重新退款", effect=_fails),
    "staff_agree": StepRule(
        "platform", _REQUESTED, Stage.REFUNDING, "人工审核通过", _CANCEL, _decided("5", Actor.ARBITRATION)
    ),
    "intercept": _apply("6", "seller", "商家同意并拦截"),
    "force_close": _apply("9", "seller", "强制关单并退款"),
    "chase": _apply("10", "seller", "物流待跟进", to=None),
    "intercepted": StepRule("carrier", _REFUNDING, None, "青龙拦截成功", _CANCEL, _mark("status", "7")),
    "intercept_fails": StepRule("carrier", _REFUNDING, None, "青龙拦截失败", _CANCEL, _mark("status", "8")),
    "finance_refuses": StepRule(
        "platform", _REFUNDING, None, "京东财务审核不通过", _CANCEL, _mark("status", "4")
    ),
    "finance_grants": StepRule(
        "platform", _REFUNDING, None, "京东财务审核通过", _CANCEL, _mark("status", "3")
    ),
}
