"""The seeded hand: buyers who order, apply, send back, withdraw, escalate, confirm and review as time passes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import define, field

from omnishop.model import Dispute, Kind, OrderStatus, Stage
from omnishop.sandbox.agenda import Happened
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.world import Case, Order, Shop, World

if TYPE_CHECKING:
    from omnishop.sandbox.buyers import Buyers

_TRIES = 6
_NEW_ORDER = 0.25
_TALK = ("很满意", "一般", "和描述不太一样", "质量不错", "物流有点慢")

Choice = tuple[float, str]
"""A weight, and what is done."""
Deed = Callable[[Order, str], tuple[str, str]]
"""Done about an order, or its case by id; answers what it made or moved."""

_CASE: dict[Stage, tuple[Choice, ...]] = {
    Stage.REQUESTED: ((0.1, "withdraw"), (0.15, "modify"), (0.05, "escalate"), (0.15, "message")),
    Stage.REFUSED: ((0.25, "modify"), (0.35, "escalate"), (0.2, "withdraw")),
    Stage.AWAITING_RETURN: ((0.7, "send_back"), (0.1, "withdraw")),
    Stage.RETURNING: ((0.1, "escalate"), (0.1, "message")),
    Stage.INSPECTING: ((0.2, "escalate"),),
    Stage.RESENDING: ((0.1, "message"),),
    Stage.RESENT: ((0.6, "confirm"),),
}
_ORDER: dict[OrderStatus, tuple[Choice, ...]] = {
    OrderStatus.UNPAID: ((0.8, "pay"),),
    OrderStatus.PAID: ((0.4, "apply"),),
    OrderStatus.SHIPPED: ((0.3, "confirm"), (0.4, "apply")),
    OrderStatus.FINISHED: ((0.4, "review"), (0.15, "append"), (0.3, "apply")),
}
_AFTER_SHIPPING = (
    Kind.RETURN_REFUND,
    Kind.RETURN_REFUND,
    Kind.REFUND_ONLY,
    Kind.EXCHANGE,
    Kind.RESHIP,
    Kind.REPAIR,
)


@define(eq=False)
class Hand:
    """Acts about so often; the same seed, world and requests give the same acts."""

    name: str
    _world: World
    _buyers: Buyers
    _shops: Sequence[Shop]
    _rng: random.Random
    _mean_s: float
    _orders: list[Order] = field(factory=list)
    _resting: bool = False

    @classmethod
    def of(cls, world: World, buyers: Buyers, shops: Sequence[Shop], seed: int, acts_per_day: float) -> Hand:
        number = world.serial("hand")
        mean = 86400 / acts_per_day
        hand = cls(f"hand-{number}", world, buyers, shops, random.Random(f"{seed}/{number}"), mean)  # noqa: S311 - repeatable
        hand._orders += [order for shop in shops for order in world.orders_of(shop)]
        hand._plan()
        return hand

    def rest(self) -> None:
        self._resting = True

    def _plan(self) -> None:
        wait = timedelta(seconds=1 + int(self._rng.expovariate(1 / self._mean_s)))
        self._world.agenda.at(self._world.now() + wait, self._act)

    def _act(self) -> Happened | None:
        if self._resting:
            return None
        self._plan()
        for _ in range(_TRIES if self._rng.random() > _NEW_ORDER and self._orders else 0):
            done = self._with(self._rng.choice(self._orders))
            if done is not None:
                return done
        return self._order()

    def _order(self) -> Happened:
        shop = self._rng.choice(self._shops)
        lines = [{"sku_id": self._rng.choice(shop.goods).sku_id, "quantity": self._rng.choice((1, 1, 2))}]
        order_id = self._buyers.order(shop.shop_id, lines, paid=self._rng.random() < 0.9)  # noqa: PLR2004 - most pay
        self._orders.append(self._world.orders[order_id])
        return self._told(shop, "order", order_id, "order")

    def _with(self, order: Order) -> Happened | None:
        """Something that fits the order or its open case; None where nothing came to mind."""
        if order.open_cases:
            case = order.open_cases[0]
            if case.disputed:
                return self._tried(order, "case", case.case_id, "settle", 0.15)
            return self._chosen(order, _CASE.get(case.stage, ()), case)
        return self._chosen(order, _ORDER.get(order.status, ()), None)

    def _chosen(self, order: Order, choices: Sequence[Choice], case: Case | None) -> Happened | None:
        at = self._rng.random()
        for weight, name in choices:
            at -= weight
            if at < 0:
                about = ("order", order.order_id) if case is None else ("case", case.case_id)
                return self._tried(order, *about, name)
        return None

    def _tried(self, order: Order, what: str, about: str, name: str, chance: float = 1.0) -> Happened | None:
        if self._rng.random() >= chance:
            return None
        deed = self._deeds().get(name)
        try:
            if deed is not None:
                what, about = deed(order, about)
            else:
                getattr(self._buyers, name)(about)
        except (Forbidden, ValueError):
            return None  # it was not to be: another time
        return self._told(order.shop, what, about, name)

    # ------------------------------------------------------------ acts that want more than a name

    def _deeds(self) -> dict[str, Deed]:
        return {
            "confirm": self._confirm,
            "apply": self._apply,
            "modify": self._modify,
            "message": self._message,
            "escalate": self._escalate,
            "review": self._review,
            "append": self._append,
        }

    def _confirm(self, order: Order, about: str) -> tuple[str, str]:
        if order.open_cases:
            return "case", self._buyers.confirm(case_id=about)
        if order.delivered_at is None:
            raise Forbidden("nothing has come yet")
        return "order", self._buyers.confirm(about)

    def _apply(self, order: Order, about: str) -> tuple[str, str]:
        kind = Kind.CANCEL if order.status is OrderStatus.PAID else self._rng.choice(_AFTER_SHIPPING)
        line = self._rng.choice(order.lines)
        rows = [{"line_id": line.line_id, "quantity": self._rng.randint(1, line.quantity)}]
        return "case", self._buyers.apply(about, kind, rows, text="请尽快处理")

    def _modify(self, order: Order, about: str) -> tuple[str, str]:
        case = self._open(order, about)
        less = max(1, case.requested * self._rng.randint(50, 100) // 100) if case.requested else None
        return "case", self._buyers.modify(about, amount=less, text="已修改申请")

    def _message(self, order: Order, about: str) -> tuple[str, str]:
        return "case", self._buyers.message(about, "请问处理到哪一步了?")

    def _escalate(self, order: Order, about: str) -> tuple[str, str]:
        if self._open(order, about).dispute is not Dispute.NONE:
            raise Forbidden("called in before")
        return "case", self._buyers.escalate(about)

    def _review(self, order: Order, about: str) -> tuple[str, str]:
        line, stars = self._rng.choice(order.lines), self._rng.choice((5, 5, 4, 3, 1))
        return "review", self._buyers.review(about, self._rng.choice(_TALK), stars, line.line_id)

    def _append(self, order: Order, about: str) -> tuple[str, str]:
        if not order.reviews:
            raise Forbidden("nothing to append to")
        return "review", self._buyers.append(self._rng.choice(order.reviews).review_id, "用了一阵再来说说")

    def _open(self, order: Order, case_id: str) -> Case:
        return next(case for case in order.open_cases if case.case_id == case_id)

    def _told(self, shop: Shop, what: str, about: str, step: str) -> Happened:
        return Happened(self._world.now(), shop.platform, shop.shop_id, what, about, None, step, "buyer")
