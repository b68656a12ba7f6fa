"""The steps by which orders, their parcels and reviews move, and the clocks of an order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from omnishop.model import OrderStatus
from omnishop.sandbox.agenda import Happened, chance, lag
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.rules import Rule
from omnishop.sandbox.world import (
    CARRIERS,
    FollowUp,
    Happening,
    Line,
    Order,
    OrderClock,
    Parcel,
    Review,
    Shop,
    TraceNode,
    World,
)

if TYPE_CHECKING:
    from omnishop.sandbox.face import Face

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

_TRANSIT_H, _TRANSIT_SPREAD_H = 40, 24


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
    world.outbox.stir(order)
    _moved(world, order, "buyer", "place", "买家下单")
    return order


def pay(world: World, order: Order) -> None:
    _expect(world, order, "pay")
    order.status = OrderStatus.PAID
    world.touch(order)
    order.paid_at = order.changed_at
    _moved(world, order, "buyer", "pay", "买家付款")


def ship(world: World, face: Face, order: Order, lines: list[Line] | None = None, **given: Any) -> Parcel:
    """All lines, or some of them as one parcel of several. `carrier` (a key of CARRIERS), `tracking`."""
    _expect(world, order, "ship")
    sent = {id(line) for parcel in order.parcels for line in parcel.lines}
    chosen = lines or [line for line in order.lines if id(line) not in sent]
    if any(id(line) in sent for line in chosen):
        raise Forbidden(f"order {order.order_id}: a line of it is under way already")
    parcel = new_parcel(world, order.shop, chosen, given)
    order.parcels.append(parcel)
    whole = all(id(line) in sent | {id(line) for line in chosen} for line in order.lines)
    order.status = OrderStatus.SHIPPED if whole else OrderStatus.PART_SHIPPED
    world.touch(order)
    parcel.shipped_at = order.changed_at
    order.shipped_at = order.shipped_at or order.changed_at
    _moved(world, order, "seller", "ship", "商家发货")
    if whole:
        world.agenda.at(parcel.shipped_at + transit(world, parcel), partial(_arrives, world, order))
    return parcel


def deliver(world: World, order: Order) -> None:
    """The carrier signs; most wires do not tell."""
    _expect(world, order, "deliver")
    order.delivered_at = world.now().replace(microsecond=0)
    for parcel in order.parcels:
        parcel.nodes.append(TraceNode(order.delivered_at, "您的快件已签收", order.buyer.city, "signed"))
    order.history.append(Happening(order.delivered_at, "carrier", "deliver", "包裹已签收"))
    wind(world, order)


def finish(world: World, order: Order, *, actor: str = "buyer") -> None:
    """The buyer confirms receipt, or time does; not while a case of the order is open (GEN-ONE-CASE)."""
    _expect(world, order, "finish")
    if order.open_cases:
        raise Forbidden(f"order {order.order_id} has an open case: receipt cannot be confirmed")
    order.status = OrderStatus.FINISHED
    world.touch(order)
    order.finished_at = order.changed_at
    _moved(world, order, actor, "finish", "买家确认收货" if actor == "buyer" else "超时自动确认收货")


def close(world: World, order: Order, reason: str, *, actor: str = "platform") -> None:
    """Unpaid and given up, or refunded whole."""
    _expect(world, order, "close")
    order.status = OrderStatus.CLOSED
    order.close_reason = reason
    world.touch(order)
    order.closed_at = order.changed_at
    _moved(world, order, actor, "close", reason)


def extend_receipt(world: World, order: Order, days: float, *, actor: str = "seller") -> datetime:
    """The automatic receipt moves back; calls add up. The new date; Forbidden where no such clock runs."""
    clock = next((c for c in order.clocks.values() if c.rule.step == "finish"), None)
    if clock is None:
        raise Forbidden(f"order {order.order_id} is {order.status}: no receipt to extend")
    more = timedelta(days=days)
    clock.due += more
    if clock.left is None:
        _schedule(world, order, clock)
    else:
        clock.left += more
    world.touch(order)
    order.history.append(Happening(order.changed_at, actor, "extend_receipt", f"延长收货时间{days:g}天"))
    return clock.due


def extend_by_buyer(world: World, order: Order) -> datetime:
    """By the platform's own rule for it, where it has one: in the last days of the clock, once."""
    face = world.faces[order.shop.platform]
    found = [rule for rule in face.rules if rule.id.endswith("-ORDER-EXTEND-BUYER")]
    rule = world.plays(found[0]) if found else None
    due = order.receipt_due
    if rule is None or due is None:
        raise Forbidden(f"order {order.order_id} is {order.status}: the buyer cannot put its receipt off")
    done = any(step.step == "extend_receipt" and step.actor == "buyer" for step in order.history)
    if done or due - world.now() > rule.duration:
        raise Forbidden(
            f"order {order.order_id}: once, and only in the last {rule.duration.days} days ({rule.id})"
        )
    return extend_receipt(world, order, rule.duration.days, actor="buyer")


def remark(world: World, order: Order, text: str | None, flag: int | None = None) -> None:
    """The shop's own note, which overwrites the one before."""
    world.remember_order(order)
    order.remark = text
    order.flag = order.flag if flag is None else flag
    world.touch(order)
    order.history.append(Happening(order.changed_at, "seller", "remark", text or ""))


def rate_buyer(world: World, order: Order) -> None:
    """The shop's rating of the buyer, once: a silent buyer's own is then set by the platform where a row says so."""
    if order.status is not OrderStatus.FINISHED or order.rated_at is not None:
        raise Forbidden(f"order {order.order_id} is {order.status}: the buyer cannot be rated now")
    order.rated_at = world.now().replace(microsecond=0)
    world.touch(order)
    _moved(world, order, "seller", "rate", "商家评价买家")


# ---------------------------------------------------------------- reviews


def review(
    world: World, face: Face, order: Order, line: Line, stars: int, text: str, *, actor: str = "buyer"
) -> Review:
    _expect(world, order, "review")
    if any(each.line is line for each in order.reviews):
        raise Forbidden(f"order {order.order_id}: this line has its review")
    if actor == "buyer":
        _within(world, order, "review", order.finished_at)
    now = world.now().replace(microsecond=0)
    written = Review(face.new_id(world, order.shop, "review"), order.shop, order, line, stars, text, now, now)
    world.reviews[written.review_id] = written
    order.reviews.append(written)
    order.history.append(Happening(now, actor, "review", text))
    world.outbox.stir(order)
    return written


def append_review(world: World, found: Review, text: str) -> None:
    """The buyer's second word, once."""
    if found.follow_ups:
        raise Forbidden(f"review {found.review_id} has been appended to")
    _within(world, found.order, "append", found.order.finished_at)
    world.touch(found)
    found.follow_ups.append(FollowUp(text, found.changed_at))


def reply_review(world: World, found: Review, text: str) -> None:
    """The shop's answer, once, while its window is open."""
    if found.reply is not None:
        raise Forbidden(f"review {found.review_id} has its reply")
    _within(world, found.order, "reply", found.created_at)
    world.touch(found)
    found.reply, found.replied_at = text, found.changed_at


def _within(world: World, order: Order, what: str, start: datetime | None) -> None:
    rule = window(world, order, what)
    if rule is not None and start is not None and world.now() > rule.due(start):
        raise Forbidden(f"order {order.order_id}: {what} was open until {rule.due(start)} ({rule.id})")


def window(world: World, order: Order, what: str, reason: str | None = None) -> Rule | None:
    """The rule that ends what may be done (apply, review, append, reply); None: nothing does."""
    face = world.faces.get(order.shop.platform)
    return None if face is None else world.plays(face.window(order, what, reason))


# ---------------------------------------------------------------- clocks of orders

_ENDED_WINDOW = {"apply_over": "售后申请期已过", "review_over": "评价期已过"}


def wind(world: World, order: Order) -> None:
    """Start the clocks that the order's state wants, stop those it no longer has, hold those a case stops."""
    face = world.faces.get(order.shop.platform)
    rules = () if face is None else face.order_rules(order)
    wanted = {rule.id: rule for rule in rules if world.plays(rule) is not None}
    for gone in order.clocks.keys() - wanted.keys():
        del order.clocks[gone]
    for name, rule in wanted.items():
        start = _start(order, rule)
        if name not in order.clocks and start is not None:
            order.clocks[name] = OrderClock(rule, rule.due(start))
            _schedule(world, order, order.clocks[name])
    held = bool(order.open_cases)
    for clock in order.clocks.values():
        if not clock.rule.pausable:
            continue
        if held and clock.left is None:
            clock.left, clock.ticket = max(clock.due - world.now(), timedelta()), 0
        elif not held and clock.left is not None:
            clock.due, clock.left = world.now().replace(microsecond=0) + clock.left, None
            _schedule(world, order, clock)


def _start(order: Order, rule: Rule) -> datetime | None:
    match rule.start:
        case "placed":
            return order.created_at
        case "shipped":
            return max((parcel.shipped_at for parcel in order.parcels), default=None)
        case "delivered":
            return order.delivered_at
        case _:
            return order.finished_at


def _schedule(world: World, order: Order, clock: OrderClock) -> None:
    if clock.rule.step is None:
        return
    when = clock.due + lag(world.seed, order.order_id, clock.rule.id, clock.due)
    clock.ticket = world.agenda.at(when, lambda: _due(world, order, clock, ticket))
    ticket = clock.ticket


def _due(world: World, order: Order, clock: OrderClock, ticket: int) -> Happened | None:
    if clock.ticket != ticket or order.clocks.get(clock.rule.id) is not clock:
        return None
    clock.ticket = 0
    step = str(clock.rule.step)
    what, about = "order", order.order_id
    match step:
        case "finish":
            finish(world, order, actor="platform")
        case "close":
            close(world, order, "超时未付款")
        case "default_review":
            written = _default_review(world, order)
            if written is None:
                return None
            what, about = "review", written.review_id
        case _:
            order.history.append(Happening(world.now(), "platform", step, _ENDED_WINDOW[step]))
    return happened(world, order.shop, what, about, clock.rule, step)


def _default_review(world: World, order: Order) -> Review | None:
    """A silent buyer whom the shop has rated counts as content, without a word."""
    face = world.faces[order.shop.platform]
    if order.reviews:
        return None
    return review(world, face, order, order.lines[0], 5, "", actor="platform")


def happened(
    world: World, shop: Shop, what: str, about: str, rule: Rule | None, step: str, actor: str = "platform"
) -> Happened:
    told = None if rule is None else f"{rule.evidence}/{rule.default_evidence}"
    name = None if rule is None else rule.id
    return Happened(world.now(), shop.platform, shop.shop_id, what, about, name, step, actor, told)


# ---------------------------------------------------------------- parcels


def new_parcel(world: World, shop: Shop, lines: Iterable[Line], given: dict[str, Any]) -> Parcel:
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


def transit(world: World, parcel: Parcel) -> timedelta:
    """How long this parcel is under way (chosen: 40 to 64 hours)."""
    spread = chance(world.seed, "transit", parcel.parcel_id) * _TRANSIT_SPREAD_H
    return timedelta(seconds=int((_TRANSIT_H + spread) * 3600))


def _arrives(world: World, order: Order) -> Happened | None:
    if order.status is not OrderStatus.SHIPPED or order.delivered_at is not None:
        return None
    deliver(world, order)
    return happened(world, order.shop, "order", order.order_id, None, "deliver", "carrier")


def _moved(world: World, order: Order, actor: str, step: str, text: str) -> None:
    order.history.append(Happening(order.changed_at, actor, step, text))
    wind(world, order)


def _expect(world: World, order: Order, step: str) -> None:
    states, _ = ORDER_MOVES[step]
    if order.status not in states:
        raise Forbidden(f"order {order.order_id} is {order.status}: {step} is not allowed")
    world.remember_order(order)
