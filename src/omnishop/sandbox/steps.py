"""The steps by which orders and cases move. A case reaches its stage by steps alone; each has time, actor, line.

The table below is the whole of the common law; a face adds its own rows. A forbidden step raises with both
the step and the stage in the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from attrs import frozen

from omnishop.model import ENDED, Actor, Dispute, Kind, OrderStatus, Stage
from omnishop.sandbox.world import (
    CARRIERS,
    Case,
    Claim,
    Effect,
    Happening,
    Line,
    Order,
    Parcel,
    Refund,
    Review,
    Shop,
    TraceNode,
    World,
)

if TYPE_CHECKING:
    from omnishop.sandbox.face import Face


class Forbidden(Exception):
    """A step that this case or order does not allow now."""


@frozen
class StepRule:
    """Who may take a step, from which stages, for which kinds (empty: any), and where it leads.

    `to` None: the stage stays, or the effect sets it.
    """

    actor: str
    stages: frozenset[Stage]
    to: Stage | None
    text: str
    kinds: frozenset[Kind] = frozenset()
    effect: Effect | None = None


@frozen
class Scenario:
    """The life of one case: how far the order had come, and the steps with the hours before each.

    `prepare`: `paid`, `shipped`, `delivered` or `finished`. `lines`: how many lines of the order are claimed.
    `part`: claim one piece less than bought where more than one was.
    """

    name: str
    kind: Kind
    prepare: str
    steps: tuple[tuple[str, float], ...] = ()
    reason: str | None = None
    lines: int = 1
    part: bool = False
    marks: Mapping[str, Any] = {}


OPEN = frozenset(Stage) - ENDED - {Stage.UNKNOWN}
UNDECIDED = OPEN - {Stage.REFUNDING}
"""Open, and the money not yet granted: what may still be withdrawn, disputed or lapse."""


# ---------------------------------------------------------------- effects of case steps


def _decide(by: Actor) -> Effect:
    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        case.decided_at = world.now()
        case.decided_by = given.get("by", by)
        case.approved = given.get("amount", case.requested)

    return effect


def _refuse(world: World, case: Case, given: dict[str, Any]) -> None:
    case.decided_at = world.now()
    case.decided_by = Actor.SELLER
    case.refusal = str(given.get("text", "不符合退款条件"))


def _refuse_return(world: World, case: Case, given: dict[str, Any]) -> None:
    case.after_return = True
    case.refusal = str(given.get("text", "退回商品影响二次销售"))


def _send_back(world: World, case: Case, given: dict[str, Any]) -> None:
    parcel = new_parcel(world, case.shop, [claim.line for claim in case.claims], given)
    case.return_parcel = parcel
    case.sent_back_at = world.now()
    for claim in case.claims:
        claim.sent_back = claim.quantity


def _arrive(world: World, case: Case, given: dict[str, Any]) -> None:
    case.hidden["arrived_at"] = world.now()
    if case.return_parcel is not None:
        case.return_parcel.nodes.append(
            TraceNode(world.now(), "包裹已签收, 签收人: 商家仓库", "杭州市", "signed")
        )


def _receive(world: World, case: Case, given: dict[str, Any]) -> None:
    case.received_at = world.now()
    for claim in case.claims:
        claim.received_good = claim.quantity


def _pay(world: World, case: Case, given: dict[str, Any]) -> None:
    amount = int(given.get("amount", case.approved if case.approved is not None else case.requested))
    case.refunds.append(Refund(str(world.serial("refund", 660012301)), amount, world.now()))
    _end(world, case, given)
    _close_when_refunded(world, case.order)


def _close_when_refunded(world: World, order: Order) -> None:
    """An order whose every line has been paid back is closed."""
    back = sum(refund.amount for case in order.cases for refund in case.refunds)
    if back >= order.paid - order.freight and order.status is not OrderStatus.CLOSED:
        close(world, order, "全额退款")


def _end(world: World, case: Case, given: dict[str, Any]) -> None:
    case.closed_at = world.now()


def _withdraw(world: World, case: Case, given: dict[str, Any]) -> None:
    case.decided_by = Actor.BUYER
    _end(world, case, given)


def _lapse(world: World, case: Case, given: dict[str, Any]) -> None:
    case.decided_by = Actor.PLATFORM_RULE
    _end(world, case, given)


def _replace(world: World, case: Case, given: dict[str, Any]) -> None:
    case.replacement = new_parcel(world, case.shop, [claim.line for claim in case.claims], given)


def _dispute(state: Dispute) -> Effect:
    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        case.dispute = state

    return effect


def _rule_buyer(world: World, case: Case, given: dict[str, Any]) -> None:
    case.dispute = Dispute.RULED_BUYER
    case.decided_by = Actor.ARBITRATION
    case.approved = case.requested


def _rule_seller(world: World, case: Case, given: dict[str, Any]) -> None:
    case.dispute = Dispute.RULED_SELLER
    case.decided_by = Actor.ARBITRATION
    _end(world, case, given)


_PAID_AT_ONCE = frozenset({Kind.CANCEL, Kind.REFUND_ONLY, Kind.PRICE_PROTECT, Kind.COMPENSATE})
_COMES_BACK = frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE, Kind.REPAIR})
_SENT_OUT = frozenset({Kind.EXCHANGE, Kind.REPAIR, Kind.RESHIP})
_ASKED = frozenset({Stage.REQUESTED, Stage.REFUSED})
_BACK = frozenset({Stage.RETURNING, Stage.INSPECTING})

COMMON: dict[str, StepRule] = {
    "agree": StepRule(
        "seller", _ASKED, Stage.REFUNDING, "商家同意退款", _PAID_AT_ONCE, _decide(Actor.SELLER)
    ),
    "agree_return": StepRule(
        "seller",
        _ASKED,
        Stage.AWAITING_RETURN,
        "商家同意退货, 等待买家寄回",
        _COMES_BACK,
        _decide(Actor.SELLER),
    ),
    "agree_resend": StepRule(
        "seller",
        _ASKED,
        Stage.RESENDING,
        "商家同意补寄或维修, 等待商家发货",
        frozenset({Kind.RESHIP, Kind.REPAIR}),
        _decide(Actor.SELLER),
    ),
    "refuse": StepRule("seller", frozenset({Stage.REQUESTED}), Stage.REFUSED, "商家拒绝申请", effect=_refuse),
    "send_back": StepRule(
        "buyer",
        frozenset({Stage.AWAITING_RETURN}),
        Stage.RETURNING,
        "买家已退货",
        _COMES_BACK,
        _send_back,
    ),
    "arrive": StepRule("carrier", _BACK, None, "退货包裹已签收", effect=_arrive),
    "receive": StepRule(
        "seller", frozenset({Stage.RETURNING}), Stage.INSPECTING, "商家确认收货", effect=_receive
    ),
    "refuse_return": StepRule("seller", _BACK, Stage.REFUSED, "商家拒收退货", effect=_refuse_return),
    "refund": StepRule(
        "seller",
        _BACK | {Stage.AWAITING_RETURN, Stage.REFUSED},
        Stage.REFUNDING,
        "商家同意退款",
        frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE, Kind.REPAIR}),
        _decide(Actor.SELLER),
    ),
    "pay": StepRule("platform", frozenset({Stage.REFUNDING}), Stage.SUCCEEDED, "退款成功", effect=_pay),
    "owe_replacement": StepRule(
        "seller", _BACK, Stage.RESENDING, "商家收到退货, 待发出换货商品", _SENT_OUT, _receive
    ),
    "ship_replacement": StepRule(
        "seller", frozenset({Stage.RESENDING}), Stage.RESENT, "商家已发出新商品", _SENT_OUT, _replace
    ),
    "confirm": StepRule("buyer", frozenset({Stage.RESENT}), Stage.SUCCEEDED, "买家确认收货", _SENT_OUT, _end),
    "withdraw": StepRule("buyer", UNDECIDED, Stage.CLOSED, "买家撤销申请", effect=_withdraw),
    "lapse": StepRule("platform", UNDECIDED, Stage.CLOSED, "超时关闭", effect=_lapse),
    "escalate": StepRule("buyer", UNDECIDED, None, "买家申请平台介入", effect=_dispute(Dispute.OPEN)),
    "want_evidence": StepRule(
        "platform", UNDECIDED, None, "平台要求商家举证", effect=_dispute(Dispute.EVIDENCE_DUE)
    ),
    "settle_dispute": StepRule("buyer", UNDECIDED, None, "买家撤销介入", effect=_dispute(Dispute.WITHDRAWN)),
    "rule_buyer": StepRule("platform", UNDECIDED, Stage.REFUNDING, "平台判定支持买家", effect=_rule_buyer),
    "rule_seller": StepRule("platform", UNDECIDED, Stage.CLOSED, "平台判定支持商家", effect=_rule_seller),
}


# ---------------------------------------------------------------- taking steps


def take(world: World, face: Face, case: Case, step: str, **given: Any) -> None:
    """Let one step happen to a case, now. Forbidden when the table does not allow it."""
    row: StepRule | None = face.steps.get(step) or COMMON.get(step)
    if row is None:
        raise Forbidden(f"no such step: {step}")
    if case.stage not in row.stages or (row.kinds and case.kind not in row.kinds):
        raise Forbidden(f"case {case.case_id} ({case.kind}) is {case.stage}: {step} is not allowed")
    if row.to is not None:
        case.stage = row.to
    if row.effect is not None:
        row.effect(world, case, given)
    world.touch(case)
    world.touch(case.order)
    case.history.append(Happening(case.changed_at, row.actor, step, row.text))
    _wind(world, face, case)


def _wind(world: World, face: Face, case: Case) -> None:
    """Set the clock of the new stage."""
    rule = None if case.stage in ENDED else face.rule(case)
    if rule is case.rule and rule is not None:
        return
    case.rule = rule
    case.deadline = None if rule is None else case.changed_at + rule.duration


def apply(
    world: World,
    face: Face,
    order: Order,
    kind: Kind,
    claims: list[Claim],
    *,
    reason: str,
    detail: str = "",
    amount: int | None = None,
) -> Case:
    """The buyer opens a case. `amount` in fen, freight included; by default all that was paid for the claims."""
    freight = order.freight if kind is Kind.CANCEL and len(claims) == len(order.lines) else 0
    share = sum(claim.line.paid * claim.quantity // claim.line.quantity for claim in claims)
    moves = kind not in {Kind.EXCHANGE, Kind.REPAIR, Kind.RESHIP}
    asked = (share + freight if moves else 0) if amount is None else amount
    now = world.now().replace(microsecond=0)
    case = Case(
        case_id=face.new_id(world, order.shop, "case"),
        source=face.source(order.shop.storefront, kind),
        shop=order.shop,
        order=order,
        kind=kind,
        claims=claims,
        requested=asked,
        freight=freight,
        reason=reason,
        detail=detail,
        opened_at=now,
        changed_at=now,
        phase="aftersale" if order.finished_at else "onsale",
    )
    case.history.append(Happening(now, "buyer", "apply", "买家发起售后申请"))
    world.cases[(case.source, case.case_id)] = case
    order.cases.append(case)
    world.touch(order)
    _wind(world, face, case)
    return case


# ---------------------------------------------------------------- orders

_S = OrderStatus

ORDER_MOVES: dict[str, tuple[frozenset[OrderStatus], frozenset[OrderStatus]]] = {
    "pay": (frozenset({_S.UNPAID}), frozenset({_S.PAID})),
    "ship": (frozenset({_S.PAID, _S.PART_SHIPPED}), frozenset({_S.PART_SHIPPED, _S.SHIPPED})),
    "deliver": (frozenset({_S.SHIPPED}), frozenset({_S.SHIPPED})),
    "finish": (frozenset({_S.SHIPPED, _S.DELIVERED}), frozenset({_S.FINISHED})),
    "review": (frozenset({_S.FINISHED}), frozenset({_S.FINISHED})),
    "close": (frozenset(_S) - {_S.UNKNOWN, _S.CLOSED}, frozenset({_S.CLOSED})),
}
"""From which states a step of an order starts, and where it may lead."""


def place(world: World, face: Face, shop: Shop, lines: list[tuple[int, int]], freight: int = 0) -> Order:
    """A buyer orders: `lines` are (index of the good, pieces)."""
    rng = world.rng
    bought: list[Line] = []
    for index, quantity in lines:
        good = shop.goods[index % len(shop.goods)]
        discount = rng.choice((0, 0, 0, 500, 1000)) if good.price * quantity > 2000 else 0  # noqa: PLR2004 - fen
        bought.append(
            Line(
                face.new_id(world, shop, "line"),
                good,
                quantity,
                good.price,
                good.price * quantity - discount,
                discount,
            )
        )
    now = world.now().replace(microsecond=0)
    order = Order(face.new_id(world, shop, "order"), shop, rng.choice(shop.buyers), bought, freight, now, now)
    if len(bought) == 1 and face.one_line_shares_id:
        bought[0].line_id = order.order_id
    world.orders[order.order_id] = order
    return order


def pay(world: World, order: Order) -> None:
    _expect(order, "pay")
    order.status = OrderStatus.PAID
    world.touch(order)
    order.paid_at = order.changed_at


def ship(world: World, face: Face, order: Order, lines: list[Line] | None = None) -> Parcel:
    """All lines, or some of them as one parcel of several."""
    _expect(order, "ship")
    parcel = new_parcel(world, order.shop, lines or order.lines, {})
    order.parcels.append(parcel)
    gone = {line.line_id for sent in order.parcels for line in sent.lines}
    whole = all(line.line_id in gone for line in order.lines)
    order.status = OrderStatus.SHIPPED if whole else OrderStatus.PART_SHIPPED
    world.touch(order)
    parcel.shipped_at = order.changed_at
    order.shipped_at = order.shipped_at or order.changed_at
    return parcel


def deliver(world: World, order: Order) -> None:
    """The carrier signs; most wires do not tell."""
    _expect(order, "deliver")
    order.delivered_at = world.now().replace(microsecond=0)
    for parcel in order.parcels:
        parcel.nodes.append(TraceNode(order.delivered_at, "您的快件已签收", order.buyer.city, "signed"))


def finish(world: World, order: Order) -> None:
    """The buyer confirms receipt."""
    _expect(order, "finish")
    order.status = OrderStatus.FINISHED
    world.touch(order)
    order.finished_at = order.changed_at


def close(world: World, order: Order, reason: str) -> None:
    """Unpaid and given up, or refunded whole."""
    _expect(order, "close")
    order.status = OrderStatus.CLOSED
    order.close_reason = reason
    world.touch(order)
    order.closed_at = order.changed_at


def review(world: World, face: Face, order: Order, line: Line, stars: int, text: str) -> Review:
    _expect(order, "review")
    now = world.now().replace(microsecond=0)
    written = Review(face.new_id(world, order.shop, "review"), order.shop, order, line, stars, text, now, now)
    world.reviews[written.review_id] = written
    return written


def _expect(order: Order, step: str) -> None:
    states, _ = ORDER_MOVES[step]
    if order.status not in states:
        raise Forbidden(f"order {order.order_id} is {order.status}: {step} is not allowed")


def new_parcel(world: World, shop: Shop, lines: list[Line], given: dict[str, Any]) -> Parcel:
    carrier = str(given.get("carrier") or world.rng.choice(list(CARRIERS)))
    number = world.serial("tracking", 1000001)
    now = world.now().replace(microsecond=0)
    parcel = Parcel(
        parcel_id=str(world.serial("parcel", 1)),
        carrier=carrier,
        tracking_no=str(given.get("tracking") or f"{carrier}{7000000000000 + number}"),
        shipped_at=now,
        lines=list(lines),
    )
    parcel.nodes.append(TraceNode(now, "快件已揽收", "杭州市", "picked_up"))
    parcel.nodes.append(TraceNode(now + timedelta(hours=6), "快件已到达分拨中心", "嘉兴市", "in_transit"))
    return parcel
