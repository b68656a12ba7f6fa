"""What is measured: frozen rows of orders, cases and reviews, with only what measures and warnings read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Protocol

from attrs import field, frozen

from omnishop.model import (
    Actor,
    Deadline,
    Dispute,
    Fen,
    Grade,
    Kind,
    OrderStatus,
    ReasonClass,
    Stage,
)
from omnishop.policy.facts import Happening


@frozen(order=True, cache_hash=True)
class Place:
    """One shop. `shop_id` is the platform's."""

    platform: str
    shop_id: str
    storefront: str | None = field(default=None, eq=False)


@frozen
class Claim:
    """What an order has to know of a case on it."""

    source: str
    case_id: str
    kind: Kind


@frozen
class OrderRow:
    place: Place
    order_id: str
    status: OrderStatus = OrderStatus.UNKNOWN
    paid: Fen | None = None
    created_at: datetime | None = None
    paid_at: datetime | None = None
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    finished_at: datetime | None = None
    skus: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    buyer: str | None = field(default=None, repr=False)
    claims: tuple[Claim, ...] = ()


@frozen
class CaseRow:
    """`cls` and `sub` by the policy's tables; `order` where it is kept.

    `happened` is what people told: a moment; None: known not to have happened yet; absent: not known.
    """

    place: Place
    source: str
    case_id: str
    order_id: str | None = None
    kind: Kind = Kind.UNKNOWN
    stage: Stage = Stage.UNKNOWN
    dispute: Dispute | None = None
    cls: ReasonClass = ReasonClass.UNCLASSIFIED
    sub: str | None = None
    requested: Fen | None = None
    skus: tuple[str, ...] = ()
    opened_at: datetime | None = None
    changed_at: datetime | None = None
    closed_at: datetime | None = None
    deadline: Deadline | None = None
    decided_by: Actor | None = None
    order: OrderRow | None = None
    happened: Mapping[Happening, datetime | None] = field(factory=dict)

    def first(self, *which: Happening) -> datetime | None:
        """The earliest of these that people told."""
        return min((at for what in which if (at := self.happened.get(what)) is not None), default=None)

    @property
    def products(self) -> tuple[str, ...]:
        """Of the case, else of its order."""
        return self.skus or (self.order.skus if self.order is not None else ())

    @property
    def buyer(self) -> str | None:
        return None if self.order is None else self.order.buyer


@frozen
class ReviewRow:
    place: Place
    source: str
    review_id: str
    order_id: str | None = None
    sku_id: str | None = None
    grade: Grade | None = None
    stars: int | None = None
    text: str | None = field(default=None, repr=False)
    reply: str | None = None
    replied_at: datetime | None = None
    created_at: datetime | None = None


@frozen
class Ref:
    """A record that stands behind a figure or a warning."""

    record: str
    platform: str
    shop_id: str
    id: str

    def json(self) -> dict[str, str]:
        return {"record": self.record, "platform": self.platform, "shop_id": self.shop_id, "id": self.id}


def ref(row: OrderRow | CaseRow | ReviewRow) -> Ref:
    """Cases and reviews as `source:id`."""
    place = row.place
    if isinstance(row, OrderRow):
        return Ref("order", place.platform, place.shop_id, row.order_id)
    if isinstance(row, CaseRow):
        return Ref("case", place.platform, place.shop_id, f"{row.source}:{row.case_id}")
    return Ref("review", place.platform, place.shop_id, f"{row.source}:{row.review_id}")


class Source(Protocol):
    """Rows of some shops, from a moment on; each call walks through them anew."""

    def orders(self) -> Iterable[OrderRow]: ...

    def cases(self) -> Iterable[CaseRow]: ...

    def reviews(self) -> Iterable[ReviewRow]: ...


@frozen
class Rows:
    """Rows held in memory, as a Source."""

    all_orders: tuple[OrderRow, ...] = ()
    all_cases: tuple[CaseRow, ...] = ()
    all_reviews: tuple[ReviewRow, ...] = ()

    def orders(self) -> Iterable[OrderRow]:
        return self.all_orders

    def cases(self) -> Iterable[CaseRow]:
        return self.all_cases

    def reviews(self) -> Iterable[ReviewRow]:
        return self.all_reviews
