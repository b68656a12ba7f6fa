"""Lives of simulated cases, and the steps only this platform has. The most telling lives come first."""

from __future__ import annotations

from typing import Any

from omnishop.model import Actor, Kind, Stage
from omnishop.sandbox.steps import COMMON, Scenario, StepRule
from omnishop.sandbox.world import Case, Effect, World

_OPEN_NOW = frozenset({Stage.REQUESTED})
_PAID_AT_ONCE = frozenset({Kind.CANCEL, Kind.REFUND_ONLY})


def _assistant(bit: int, approval: int, by: Actor | None) -> Effect:
    """auto_audit_bits and refund_type say on the wire who approved."""

    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        case.decided_at = world.now()
        case.decided_by = by
        case.approved = case.requested
        case.marks["audit"] = [*case.marks.get("audit", ()), bit]
        case.marks["approval"] = approval

    return effect


def _price_agreed(world: World, case: Case, given: dict[str, Any]) -> None:
    """The difference to the lower price; here a tenth."""
    case.requested = case.requested // 10
    case.approved = case.requested
    case.decided_at = world.now()


def _ended_as(status: int) -> Effect:
    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        case.closed_at = world.now()
        case.marks["status"] = status

    return effect


def _common(step: str, world: World, case: Case, given: dict[str, Any]) -> None:
    effect = COMMON[step].effect
    assert effect is not None  # noqa: S101 - these steps have one
    effect(world, case, given)


def _turned_to_refund(world: World, case: Case, given: dict[str, Any]) -> None:
    """What was asked for in goods is asked for in money from here on."""
    _common("refund", world, case, given)
    case.requested = case.requested or case.approved or 0


def _swapped(world: World, case: Case, given: dict[str, Any]) -> None:
    """Received and sent out in one; what the buyer has not sent back yet is not received."""
    if case.return_parcel is not None and case.received_at is None:
        _common("receive", world, case, given)
    _common("ship_replacement", world, case, given)


def _agreed_if_refused(world: World, case: Case, given: dict[str, Any]) -> None:
    case.decided_at = world.now()
    case.decided_by = Actor.SELLER
    case.marks["sign"] = 1


def _intercepted(world: World, case: Case, given: dict[str, Any]) -> None:
    case.marks["intercept"] = True


_GOODS_COME_BACK = frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE, Kind.REPAIR})
_ON_THE_WAY = frozenset(
    {Stage.AWAITING_RETURN, Stage.RETURNING, Stage.INSPECTING, Stage.REFUSED, Stage.RESENDING}
)

STEPS: dict[str, StepRule] = {
    "turn_to_refund": StepRule(
        "seller",
        _OPEN_NOW | _ON_THE_WAY,
        Stage.REFUNDING,
        "商家同意转为仅退款",
        _GOODS_COME_BACK,
        _turned_to_refund,
    ),
    "swap": StepRule(
        "seller",
        _ON_THE_WAY,
        Stage.RESENT,
        "商家已发出新商品",
        frozenset({Kind.EXCHANGE, Kind.REPAIR}),
        _swapped,
    ),
    "intercept": StepRule(
        "seller", _OPEN_NOW, None, "商家申请快递拦截", frozenset({Kind.REFUND_ONLY}), _intercepted
    ),
    "agree_refused_delivery": StepRule(
        "seller", _OPEN_NOW, None, "商家同意拒签后退款", frozenset({Kind.REFUND_ONLY}), _agreed_if_refused
    ),
    "assistant_refund": StepRule(
        "platform",
        _OPEN_NOW,
        Stage.REFUNDING,
        "售后小助手同意退款",
        _PAID_AT_ONCE,
        _assistant(2, 2, Actor.ASSISTANT),
    ),
    "assistant_return": StepRule(
        "platform",
        _OPEN_NOW,
        Stage.AWAITING_RETURN,
        "售后小助手同意退货",
        frozenset({Kind.RETURN_REFUND}),
        _assistant(7, 0, Actor.ASSISTANT),
    ),
    "fast_refund": StepRule(
        "platform", _OPEN_NOW, Stage.REFUNDING, "极速退款", frozenset({Kind.CANCEL}), _assistant(1, 3, None)
    ),
    "price_agree": StepRule(
        "platform", _OPEN_NOW, Stage.REFUNDING, "价保退差", frozenset({Kind.PRICE_PROTECT}), _price_agreed
    ),
    "order_cancelled": StepRule(
        "platform", _OPEN_NOW, Stage.CLOSED, "订单取消成功", frozenset({Kind.CANCEL}), _ended_as(51)
    ),
    "reverse_finished": StepRule(
        "platform", frozenset({Stage.RETURNING}), Stage.CLOSED, "逆向交易已完成", effect=_ended_as(53)
    ),
}

_C, _R, _B = Kind.CANCEL, Kind.REFUND_ONLY, Kind.RETURN_REFUND
_E, _S, _F, _P = Kind.EXCHANGE, Kind.RESHIP, Kind.REPAIR, Kind.PRICE_PROTECT

_BACK = (("agree_return", 8.0), ("send_back", 20.0))

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("未发货退款, 待商家处理", _C, "paid"),
    Scenario("退货退款, 待商家处理", _B, "finished", reason="78"),
    Scenario("仅退款, 待商家处理", _R, "shipped", reason="3", marks={"intercept": True}),
    Scenario("退货退款, 已寄回待收货", _B, "finished", _BACK, reason="7"),
    Scenario(
        "仅退款, 商家拒绝, 待举证", _R, "delivered", (("refuse", 5), ("escalate", 10), ("want_evidence", 6))
    ),
    Scenario("未发货退款成功", _C, "paid", (("agree", 3), ("pay", 1)), lines=2),
    Scenario("退货退款, 待买家退货", _B, "delivered", (("agree_return", 6),)),
    Scenario(
        "换货, 已发出待买家收货", _E, "finished", (*_BACK, ("owe_replacement", 40), ("ship_replacement", 6))
    ),
    Scenario("退货退款成功", _B, "finished", (*_BACK, ("arrive", 30), ("refund", 5), ("pay", 1)), part=True),
    Scenario("补寄, 待商家发货", _S, "finished", (("agree_resend", 4),)),
    Scenario("退货后拒绝", _B, "finished", (*_BACK, ("refuse_return", 50))),
    Scenario("维修, 已寄回", _F, "finished", _BACK),
    Scenario("退款中", _R, "delivered", (("agree", 9),)),
    Scenario("价保成功", _P, "finished", (("price_agree", 0.5), ("pay", 0.5))),
    Scenario("买家撤销", _B, "delivered", (("withdraw", 12),)),
    Scenario(
        "仲裁支持买家",
        _R,
        "delivered",
        (("refuse", 5), ("escalate", 10), ("want_evidence", 6), ("rule_buyer", 48), ("pay", 1)),
        marks={"conclusion": 3},
    ),
    Scenario("仲裁支持商家", _B, "finished", (("refuse", 5), ("escalate", 10), ("rule_seller", 60))),
    Scenario("小助手同意退款", _R, "shipped", (("assistant_refund", 0.2), ("pay", 0.5))),
    Scenario("小助手同意退货", _B, "finished", (("assistant_return", 0.2),)),
    Scenario("极速退款", _C, "paid", (("fast_refund", 0.1), ("pay", 0.1))),
    Scenario(
        "换货完成",
        _E,
        "finished",
        (*_BACK, ("owe_replacement", 40), ("ship_replacement", 6), ("confirm", 60)),
    ),
    Scenario("换货, 商家待发", _E, "finished", (*_BACK, ("owe_replacement", 40))),
    Scenario("补寄已发出", _S, "finished", (("agree_resend", 4), ("ship_replacement", 20))),
    Scenario("仲裁撤销", _R, "delivered", (("refuse", 5), ("escalate", 10), ("settle_dispute", 20))),
    Scenario("仲裁处理中", _R, "delivered", (("refuse", 5), ("escalate", 10)), marks={"arbitrate": 1}),
    Scenario("订单取消成功", _C, "paid", (("order_cancelled", 1),)),
    Scenario("维修完成", _F, "finished", (("agree_resend", 4), ("ship_replacement", 30), ("confirm", 50))),
    Scenario(
        "客服同意, 退款中",
        _B,
        "finished",
        (("refuse", 5), ("escalate", 10), ("rule_buyer", 40)),
        marks={"arbitrate_end": 2},
    ),
    Scenario(
        "客服拒绝",
        _R,
        "delivered",
        (("refuse", 5), ("escalate", 9), ("rule_seller", 40)),
        marks={"arbitrate_end": 3},
    ),
    Scenario("逆向交易完成", _B, "finished", (*_BACK, ("reverse_finished", 30))),
)
