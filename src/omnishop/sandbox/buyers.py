"""What buyers do, told by a script. Amounts here are fen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from omnishop.model import Kind, OrderStatus
from omnishop.sandbox import steps
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.hand import Hand
from omnishop.sandbox.world import Case, Claim, Line, Order, Shop, World

if TYPE_CHECKING:
    from omnishop.sandbox.face import Face


class BadAct(ValueError):
    """What a buyer cannot do, or was told unclearly: the message is for whoever wrote the script."""


P = ParamSpec("P")
R = TypeVar("R")


def _now(act: Callable[Concatenate[Buyers, P], R]) -> Callable[Concatenate[Buyers, P], R]:
    """Alone with the world, after everything that fell due before."""

    @wraps(act)
    def alone(self: Buyers, /, *args: P.args, **given: P.kwargs) -> R:
        with self._lock:
            self._world.live(self._world.now())
            return act(self, *args, **given)

    return alone


class Buyers:
    """Each act is done now and answers the id of the order, case or review it made or moved.

    `lock`: whoever else moves the world holds it meanwhile.
    """

    def __init__(self, world: World, lock: AbstractContextManager[Any] | None = None) -> None:
        self._world = world
        self._lock = lock or nullcontext()

    # ------------------------------------------------------------ orders

    @_now
    def order(
        self,
        shop_id: str,
        lines: Sequence[Mapping[str, Any]] = (),
        *,
        freight: int = 0,
        paid: bool = True,
    ) -> str:
        """`lines`: `{"sku_id", "quantity"}`; none named: one piece of the shop's first article."""
        shop = self._shop(shop_id)
        if not shop.goods or not shop.buyers:
            raise BadAct(f"shop {shop_id} has nothing to sell")
        index = {good.sku_id: number for number, good in enumerate(shop.goods)}
        wanted: list[tuple[int, int]] = []
        for row in lines or ({"sku_id": shop.goods[0].sku_id},):
            sku = str(row.get("sku_id", ""))
            if sku not in index:
                raise BadAct(f"shop {shop_id} has no sku_id {sku!r}; it has: {', '.join(index)}")
            wanted.append((index[sku], _pieces(row)))
        order = steps.place(self._world, self._face(shop), shop, wanted, freight)
        if paid:
            steps.pay(self._world, order)
        return order.order_id

    @_now
    def pay(self, order_id: str) -> str:
        order = self._order(order_id)
        self._try(steps.pay, self._world, order)
        return order_id

    @_now
    def confirm(self, order_id: str | None = None, case_id: str | None = None) -> str:
        """Receipt of an order, or of a replacement."""
        if case_id is not None:
            return self._step(case_id, "confirm")
        if order_id is None:
            raise BadAct("confirm wants an order_id or a case_id")
        self._try(steps.finish, self._world, self._order(order_id))
        return order_id

    @_now
    def review(self, order_id: str, text: str = "", stars: int = 5, line_id: str | None = None) -> str:
        order = self._order(order_id)
        if isinstance(stars, bool) or stars not in range(1, 6):
            raise BadAct(f"stars must be 1 to 5, not {stars}")
        line = self._lines(order, [{"line_id": line_id}] if line_id else ())[0][0]
        face = self._face(order.shop)
        return str(self._try(steps.review, self._world, face, order, line, stars, text).review_id)

    @_now
    def append(self, review_id: str, text: str) -> str:
        """The second word on a review."""
        found = self._world.reviews.get(review_id)
        if found is None:
            raise BadAct(f"no review {review_id!r}")
        self._try(steps.append_review, self._world, found, text)
        return review_id

    @_now
    def extend_receipt(self, order_id: str) -> str:
        """Three days more before receipt is confirmed by itself: once, in its last three, where there is a rule."""
        self._try(steps.extend_by_buyer, self._world, self._order(order_id))
        return order_id

    # ------------------------------------------------------------ cases

    @_now
    def apply(
        self,
        order_id: str,
        kind: str | Kind | None = None,
        lines: Sequence[Mapping[str, Any]] = (),
        *,
        amount: int | None = None,
        reason: str | None = None,
        text: str = "",
    ) -> str:
        """`lines`: `{"line_id", "quantity"}`; none named: the first line, whole. `amount` fen: all that was paid.

        `kind`: by default what fits: cancel before shipping, return_refund after it.
        """
        order = self._order(order_id)
        face = self._face(order.shop)
        claims = [Claim(line, pieces) for line, pieces in self._lines(order, lines)]
        wanted = _kind(order, claims, kind)
        if wanted not in {scenario.kind for scenario in face.scenarios(order.shop.storefront)}:
            raise BadAct(f"{order.shop.storefront} has no cases of kind {wanted}")
        reasons = list(face.reasons(wanted))
        if reason is not None and reason not in reasons:
            raise BadAct(f"{reason!r} is no reason for {wanted} here; there are: {', '.join(reasons)}")
        case = self._try(
            steps.apply,
            self._world,
            face,
            order,
            wanted,
            claims,
            reason=reason or reasons[0],
            detail=text,
            amount=amount,
        )
        return str(case.case_id)

    @_now
    def modify(
        self, case_id: str, *, amount: int | None = None, reason: str | None = None, text: str | None = None
    ) -> str:
        """Another sum or reason; the shop's answer clock starts anew."""
        case = self._case(case_id)
        reasons = list(self._face(case.shop).reasons(case.kind))
        if reason is not None and reason not in reasons:
            raise BadAct(f"{reason!r} is no reason for {case.kind} here; there are: {', '.join(reasons)}")
        return self._step(case_id, "modify", amount=amount, reason=reason, text=text)

    @_now
    def send_back(self, case_id: str, *, tracking: str | None = None, carrier: str | None = None) -> str:
        return self._step(case_id, "send_back", tracking=tracking, carrier=carrier)

    @_now
    def withdraw(self, case_id: str) -> str:
        return self._step(case_id, "withdraw")

    @_now
    def escalate(self, case_id: str, text: str = "") -> str:
        """Call the platform in."""
        if self._case(case_id).disputed:
            raise BadAct(f"case {case_id} has an open dispute already")
        return self._step(case_id, "escalate", text=text)

    @_now
    def settle(self, case_id: str) -> str:
        """Take the dispute back; the clocks it stopped run on."""
        if not self._case(case_id).disputed:
            raise BadAct(f"case {case_id} has no open dispute")
        return self._step(case_id, "settle_dispute")

    @_now
    def message(self, case_id: str, text: str) -> str:
        return self._step(case_id, "message", actor="buyer", text=text)

    # ------------------------------------------------------------ by itself

    @_now
    def live(self, seed: int = 1, acts_per_day: float = 24.0, shop_id: str | None = None) -> Hand:
        """From now on buyers act by themselves as time passes, about so often; `rest` of the answer ends it."""
        if not 0 < acts_per_day <= MOST_ACTS:
            raise BadAct(f"acts_per_day must be over 0 and at most {MOST_ACTS}")
        shops = [self._shop(shop_id)] if shop_id else list(self._world.shops)
        hand = Hand.of(self._world, self, shops, seed, acts_per_day)
        self._world.hands.append(hand)
        return hand

    @_now
    def rest(self) -> str:
        """No seeded hand acts any more."""
        stopped = len(self._world.hands)
        for hand in self._world.hands:
            hand.rest()
        self._world.hands.clear()
        return str(stopped)

    # ------------------------------------------------------------ finding

    def shop_of(self, *, order_id: str | None = None, case_id: str | None = None) -> str | None:
        """Whose order or case it is."""
        if order_id is not None:
            return self._order(order_id).shop.shop_id
        return None if case_id is None else self._case(case_id).shop.shop_id

    def _face(self, shop: Shop) -> Face:
        return self._world.faces[shop.platform]

    def _shop(self, shop_id: str) -> Shop:
        found = next((shop for shop in self._world.shops if shop.shop_id == shop_id), None)
        if found is None:
            there = ", ".join(shop.shop_id for shop in self._world.shops)
            raise BadAct(f"no shop {shop_id!r}; there are: {there}")
        return found

    def _order(self, order_id: str) -> Order:
        found = self._world.orders.get(order_id)
        if found is None:
            raise BadAct(f"no order {order_id!r}")
        return found

    def _case(self, case_id: str) -> Case:
        """By id, or `source:id`."""
        source, colon, number = case_id.rpartition(":")
        if colon:
            found = self._world.cases.get((source, number))
            matches = [] if found is None else [found]
        else:
            sources = {
                self._face(shop).source(shop.storefront, kind) for shop in self._world.shops for kind in Kind
            }
            matches = [
                self._world.cases[(each, case_id)]
                for each in sorted(sources)
                if (each, case_id) in self._world.cases
            ]
        if len(matches) != 1:
            raise BadAct(
                f"no case {case_id!r}" if not matches else f"several cases {case_id!r}: say source:id"
            )
        return matches[0]

    def _lines(self, order: Order, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Line, int]]:
        if not rows:
            return [(order.lines[0], order.lines[0].quantity)]
        by_id = {line.line_id: line for line in order.lines}
        found: list[tuple[Line, int]] = []
        for row in rows:
            line = by_id.get(str(row.get("line_id", "")))
            if line is None:
                raise BadAct(
                    f"order {order.order_id} has no line_id {row.get('line_id')!r}; it has: {', '.join(by_id)}"
                )
            pieces = _pieces(row, line.quantity)
            if pieces > line.quantity:
                raise BadAct(f"line {line.line_id} has {line.quantity} pieces, not {pieces}")
            found.append((line, pieces))
        if len({id(line) for line, _ in found}) != len(found):
            raise BadAct("a line is named twice")
        return found

    def _step(self, case_id: str, step: str, actor: str | None = None, **given: Any) -> str:
        case = self._case(case_id)
        told = {name: value for name, value in given.items() if value is not None}
        self._try(steps.take, self._world, self._face(case.shop), case, step, actor=actor, **told)
        return case.case_id

    def _try(self, work: Callable[..., Any], *args: Any, **given: Any) -> Any:
        try:
            return work(*args, **given)
        except Forbidden as no:
            raise BadAct(str(no)) from None


MOST_ACTS = 100_000


def _pieces(row: Mapping[str, Any], otherwise: int = 1) -> int:
    pieces = row.get("quantity", otherwise)
    if isinstance(pieces, bool) or not isinstance(pieces, int) or pieces < 1:
        raise BadAct(f"quantity must be a whole number from 1, not {pieces!r}")
    return pieces


_BEFORE_SHIPPING = frozenset({OrderStatus.PAID, OrderStatus.PART_SHIPPED})
_NO_MONEY_YET = frozenset({OrderStatus.UNPAID, OrderStatus.CLOSED})


def _kind(order: Order, claims: Sequence[Claim], told: str | Kind | None) -> Kind:
    """The kind that was asked for, if the order has come as far as it needs."""
    if order.status in _NO_MONEY_YET:
        raise BadAct(f"order {order.order_id} is {order.status}: there is nothing to apply for")
    sent = {id(line) for parcel in order.parcels for line in parcel.lines}
    shipped = any(id(claim.line) in sent for claim in claims)
    try:
        kind = Kind(told) if told is not None else Kind.RETURN_REFUND if shipped else Kind.CANCEL
    except ValueError:
        raise BadAct(f"no kind {told!r}; there are: {', '.join(Kind)}") from None
    if kind is Kind.CANCEL and shipped:
        raise BadAct(f"order {order.order_id} has been shipped: cancel is for what was not")
    if kind not in {Kind.CANCEL, Kind.PRICE_PROTECT} and not shipped:
        raise BadAct(f"order {order.order_id} is {order.status}: {kind} is for what was shipped")
    return kind
