"""What there is in a simulated world: shops, goods, buyers, orders, parcels, cases, reviews, money. State only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from attrs import Factory, define, field

from omnishop.model import ENDED, Actor, Dispute, Kind, OrderStatus, Stage
from omnishop.sandbox.rules import Rule


@define
class Good:
    """An article with one SKU. `price` in fen."""

    item_id: str
    sku_id: str
    outer_sku_id: str
    title: str
    spec: str
    price: int


@define(eq=False)
class Buyer:
    """`name` and `phone` are invented; wires show them masked or not at all."""

    open_id: str
    nick: str
    name: str
    phone: str
    province: str
    city: str
    district: str
    street: str


@define
class ShopAddress:
    address_id: str
    contact: str
    phone: str
    province: str
    city: str
    district: str
    street: str
    default_return: bool


@define(eq=False)
class Shop:
    platform: str
    storefront: str
    shop_id: str
    name: str
    nick: str
    app_key: str
    app_secret: str = field(repr=False)
    service_id: str | None = None
    goods: list[Good] = Factory(list)
    buyers: list[Buyer] = Factory(list)
    addresses: list[ShopAddress] = Factory(list)
    marks: dict[str, Any] = Factory(dict)


@define
class SimToken:
    """An issued pair. `dead_at` ends the access token, `refresh_dead_at` the refresh token (None: no refresh)."""

    access: str
    refresh: str | None
    shop: Shop
    role: str
    issued_at: datetime
    dead_at: datetime
    refresh_dead_at: datetime | None
    replaced: bool = False


@define(eq=False)
class Line:
    """One line of an order; `paid` fen for the whole line after discounts, without freight."""

    line_id: str
    good: Good
    quantity: int
    price: int
    paid: int
    discount: int = 0


@define
class TraceNode:
    at: datetime
    text: str
    place: str
    state: str  # picked_up, in_transit, out_for_delivery, signed, returned


@define(eq=False)
class Parcel:
    parcel_id: str
    carrier: str  # a key of CARRIERS
    tracking_no: str
    shipped_at: datetime
    lines: list[Line] = Factory(list)
    nodes: list[TraceNode] = Factory(list)


CARRIERS = {"SF": "顺丰速运", "YTO": "圆通速递", "ZTO": "中通快递", "YUNDA": "韵达快递", "STO": "申通快递"}


@define
class Happening:
    """One step of a case or order, as it happened. `text` is what was said, where something was.

    `rule`: the deadline that did it.
    """

    at: datetime
    actor: str  # buyer, seller, platform, carrier
    step: str
    text: str
    rule: str | None = None


@define
class OrderClock:
    """A clock of an order. `left`: what remains while it stands still."""

    rule: Rule
    due: datetime
    left: timedelta | None = None
    ticket: int = 0


@define(eq=False)
class Order:
    """Fen. `total` goods before discounts; `paid` by the buyer, freight included."""

    order_id: str
    shop: Shop
    buyer: Buyer
    lines: list[Line]
    freight: int
    created_at: datetime
    changed_at: datetime
    status: OrderStatus = OrderStatus.UNPAID
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    finished_at: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str | None = None
    parcels: list[Parcel] = Factory(list)
    remark: str | None = None
    flag: int = 0
    buyer_message: str | None = None
    rated_at: datetime | None = None  # the shop rated the buyer
    cases: list[Case] = Factory(list)
    reviews: list[Review] = Factory(list)
    history: list[Happening] = Factory(list)
    clocks: dict[str, OrderClock] = Factory(dict)
    marks: dict[str, Any] = Factory(dict)

    @property
    def refunded(self) -> int:
        """Money that went back, over all cases."""
        return sum(refund.amount for case in self.cases for refund in case.refunds)

    @property
    def open_cases(self) -> list[Case]:
        return [case for case in self.cases if case.stage not in ENDED]

    @property
    def receipt_due(self) -> datetime | None:
        """When receipt is confirmed by itself; None while no such clock runs, or it stands still."""
        return next(
            (
                clock.due
                for clock in self.clocks.values()
                if clock.rule.step == "finish" and clock.left is None
            ),
            None,
        )

    @property
    def total(self) -> int:
        return sum(line.price * line.quantity for line in self.lines)

    @property
    def discount(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def paid(self) -> int:
        return sum(line.paid for line in self.lines) + self.freight


@define
class Claim:
    """A line of a case: how many pieces of it."""

    line: Line
    quantity: int
    sent_back: int | None = None
    received_good: int | None = None
    received_bad: int | None = None


@define
class Refund:
    """Money that moved to the buyer: fen, and when."""

    refund_id: str
    amount: int
    at: datetime


@define
class Proof:
    """Evidence a side gave."""

    at: datetime
    actor: str
    text: str
    pictures: list[str] = Factory(list)


@define(eq=False)
class Case:
    """`stage` is the world's own truth; a wire may show less. `requested` includes `freight`; fen.

    `reason` is a key of the face's reasons. `decided_at` the shop's (or its deadline's) decision.
    `due` is when the running clock ends, `deadline` the same where the wire tells it. `phase_of_dispute`:
    "" as it was opened, `answer` the shop is heard, `talks` both settle it themselves, `weighing` it is decided.
    """

    case_id: str
    source: str
    shop: Shop
    order: Order
    kind: Kind
    claims: list[Claim]
    requested: int
    freight: int
    reason: str
    detail: str
    opened_at: datetime
    changed_at: datetime
    phase: str  # onsale before the order was finished, aftersale after it
    stage: Stage = Stage.REQUESTED
    dispute: Dispute = Dispute.NONE
    approved: int | None = None
    refunds: list[Refund] = Factory(list)
    decided_at: datetime | None = None
    decided_by: Actor | None = None
    received_at: datetime | None = None
    closed_at: datetime | None = None
    deadline: datetime | None = None
    rule: Rule | None = None
    due: datetime | None = None
    stopped: tuple[str, timedelta] | None = None  # the clock that a dispute stopped, and what remains of it
    ticket: int = 0
    extended: int = 0  # how often the running clock was lengthened
    feasted: bool = False  # a festival has lengthened it
    refusal: str | None = None
    refusal_code: str | None = None
    phase_of_dispute: str = ""
    proofs: list[Proof] = Factory(list)
    return_address: ShopAddress | None = None
    remark: str | None = None
    closing: bool = False  # its refund leaves nothing of the order
    after_return: bool = False  # the refusal came after goods were sent back
    sent_back_at: datetime | None = None
    return_parcel: Parcel | None = None
    replacement: Parcel | None = None
    history: list[Happening] = Factory(list)
    marks: dict[str, Any] = Factory(dict)
    hidden: dict[str, Any] = Factory(dict)

    @property
    def disputed(self) -> bool:
        """A dispute goes on: it stops the case's own clocks."""
        return self.dispute in {Dispute.OPEN, Dispute.EVIDENCE_DUE}


@define
class FollowUp:
    text: str
    at: datetime


@define(eq=False)
class Review:
    review_id: str
    shop: Shop
    order: Order
    line: Line
    stars: int
    text: str
    created_at: datetime
    changed_at: datetime
    pictures: list[str] = Factory(list)
    follow_ups: list[FollowUp] = Factory(list)
    reply: str | None = None
    replied_at: datetime | None = None
