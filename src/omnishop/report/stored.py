"""Rows out of the store, one after the other, never all at once; reasons told by the policy's tables."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from attrs import field, frozen
from sqlalchemy import ColumnElement, Select, Table, and_, or_, select

from omnishop.model import (
    Actor,
    Consequence,
    Deadline,
    Dispute,
    Favours,
    Fen,
    Grade,
    Kind,
    OrderStatus,
    ReasonClass,
    Stage,
    fen_from_yuan,
)
from omnishop.policy.classes import classifier
from omnishop.policy.layers import Packs
from omnishop.report.rows import CaseRow, Claim, OrderRow, Place, ReviewRow
from omnishop.report.tables import Happened
from omnishop.store import Store
from omnishop.store.connection import reading
from omnishop.store.moments import moment
from omnishop.store.tables import cases, orders, reviews
from omnishop.store.vault import named

_AT_ONCE = 1000
_REMEMBERED = 4096


class _Line(msgspec.Struct):
    sku_id: str | None = None


class _Parcel(msgspec.Struct):
    carrier: str | None = None
    carrier_code: str | None = None


class _Buyer(msgspec.Struct):
    key: str | None = None


class _OrderAmounts(msgspec.Struct):
    paid: str | None = None


class _Order(msgspec.Struct):
    platform: str
    shop_id: str
    storefront: str | None
    order_id: str
    status: OrderStatus
    amounts: _OrderAmounts
    created_at: datetime | None
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    finished_at: datetime | None
    lines: list[_Line]
    parcels: list[_Parcel]
    buyer: _Buyer | None


class _CaseAmounts(msgspec.Struct):
    requested: str | None = None


class _Reason(msgspec.Struct):
    code: str | None = None
    text: str | None = None
    cls: ReasonClass | None = None
    detail: str | None = None


class _Deadline(msgspec.Struct):
    at: datetime
    consequence: Consequence
    favours: Favours
    extendable: bool | None


class _Case(msgspec.Struct):
    platform: str
    shop_id: str
    storefront: str | None
    source: str
    case_id: str
    order_id: str | None
    kind: Kind
    stage: Stage
    dispute: Dispute | None
    amounts: _CaseAmounts
    reason: _Reason | None
    lines: list[_Line]
    opened_at: datetime | None
    changed_at: datetime | None
    closed_at: datetime | None
    deadline: _Deadline | None
    decided_by: Actor | None


class _Reply(msgspec.Struct):
    text: str | None = None
    at: datetime | None = None


class _Review(msgspec.Struct):
    platform: str
    shop_id: str
    storefront: str | None
    source: str
    review_id: str
    order_id: str | None
    sku_id: str | None
    grade: Grade | None
    stars: int | None
    text: str | None
    reply: _Reply | None
    created_at: datetime | None


_order = msgspec.json.Decoder(_Order).decode
_case = msgspec.json.Decoder(_Case).decode
_review = msgspec.json.Decoder(_Review).decode

Classify = Callable[[str | None, str | None, str | None], tuple[ReasonClass, str | None]]


@frozen
class Stored:
    """What changed since `since` (None: everything), and every case still open. `shop` None: all shops."""

    store: Store
    packs: Packs
    since: datetime | None
    shop: Place | None = None
    happened: Happened = field(factory=dict)
    _classes: dict[tuple[str, str | None, str], Classify] = field(factory=dict, init=False, repr=False)

    def orders(self) -> Iterator[OrderRow]:
        """Each with the cases on it."""
        wanted = (
            select(orders.c.row, *_named(orders), orders.c.body, *_CLAIM)
            .select_from(orders.outerjoin(cases, _same_order()))
            .where(*self._where(orders))
            .order_by(orders.c.row)
        )
        current: int | None = None
        body, claims = b"", [Claim("", "", Kind.UNKNOWN)][:0]
        for row in self._read(wanted):
            if row.row != current:
                if current is not None:
                    yield _order_row(_order(body), claims)
                current, body, claims = row.row, self.store.around.body("order", row), []
            if row.case_id is not None:
                claims.append(Claim(row.case_source, row.case_id, Kind(row.kind)))
        if current is not None:
            yield _order_row(_order(body), claims)

    def cases(self) -> Iterator[CaseRow]:
        """Each with its order, where that is kept."""
        wanted = (
            select(cases.c.row, *_named(cases), cases.c.body, *_OF_ORDER)
            .select_from(cases.outerjoin(orders, _same_order()))
            .where(*self._where(cases, cases.c.open.is_(True)))
            .order_by(cases.c.row)
        )
        last: int | None = None
        for row in self._read(wanted):
            if row.row != last:
                last = row.row
                yield self._case_row(_case(self.store.around.body("case", row)), self._order_of(row))

    def reviews(self) -> Iterator[ReviewRow]:
        wanted = select(*_named(reviews), reviews.c.body).where(*self._where(reviews))
        for row in self._read(wanted.order_by(reviews.c.row)):
            yield _review_row(_review(self.store.around.body("review", row)))

    def _order_of(self, row: Any) -> OrderRow | None:
        if row.order is None:
            return None
        about = named("order", row.platform, row.shop_id, row.order_source, row.order_id, "body")
        return _order_row(_order(self.store.ring.text(row.order, about)), ())

    def _read(self, wanted: Select[Any]) -> Iterator[Any]:
        with reading(self.store.engine) as connection:
            streamed = connection.execution_options(yield_per=_AT_ONCE)
            yield from streamed.execute(wanted)

    def _where(self, table: Table, *also: ColumnElement[bool]) -> Iterator[ColumnElement[bool]]:
        changed = table.c.changed_at
        if self.since is not None:
            yield or_(changed >= moment(self.since), changed.is_(None), *also)
        if self.shop is not None:
            yield table.c.platform == self.shop.platform
            yield table.c.shop_id == self.shop.shop_id

    def _case_row(self, told: _Case, order: OrderRow | None) -> CaseRow:
        place = Place(told.platform, told.shop_id, told.storefront)
        cls, sub = self._class(place, told.reason)
        names = (
            (*_shop(place), told.case_id),
            (*_shop(place), f"{told.source}:{told.case_id}"),
        )
        return CaseRow(
            place,
            told.source,
            told.case_id,
            told.order_id,
            told.kind,
            told.stage,
            told.dispute,
            cls,
            sub,
            _fen(told.amounts.requested),
            _skus(told.lines),
            told.opened_at,
            told.changed_at,
            told.closed_at,
            _deadline(told.deadline),
            told.decided_by,
            order,
            {what: at for name in names for what, at in self.happened.get(name, {}).items()},
        )

    def _class(self, place: Place, reason: _Reason | None) -> tuple[ReasonClass, str | None]:
        """The policy's tables; where they are silent, what the adapter knew."""
        if reason is None:
            return ReasonClass.UNCLASSIFIED, None
        key = (place.platform, place.storefront, place.shop_id)
        if key not in self._classes:
            self._classes[key] = _classify(self.packs, *key)
        cls, sub = self._classes[key](reason.code, reason.text, reason.detail)
        return (reason.cls or cls, sub) if cls is ReasonClass.UNCLASSIFIED else (cls, sub)


def _classify(packs: Packs, platform: str, storefront: str | None, shop: str) -> Classify:
    tables = classifier(packs.of(platform, storefront, shop))

    @lru_cache(_REMEMBERED)  # the same few fixed texts come again and again
    def classify(code: str | None, text: str | None, detail: str | None) -> tuple[ReasonClass, str | None]:
        found = tables.classify(code, text, detail)
        return found.cls, found.sub

    return classify


def _named(table: Table) -> tuple[ColumnElement[Any], ...]:
    return table.c.platform, table.c.shop_id, table.c.source, table.c.record_id


_CLAIM = cases.c.source.label("case_source"), cases.c.record_id.label("case_id"), cases.c.kind
_OF_ORDER = (
    orders.c.body.label("order"),
    orders.c.source.label("order_source"),
    orders.c.record_id.label("order_id"),
)


def _same_order() -> ColumnElement[bool]:
    """Found by the order's id: with bare columns of the shop SQLite would walk through all of the shop's records."""
    return and_(
        orders.c.order_id == cases.c.order_id,
        orders.c.platform + "" == cases.c.platform + "",
        orders.c.shop_id + "" == cases.c.shop_id + "",
    )


def _shop(place: Place) -> tuple[str, str]:
    return place.platform, place.shop_id


def _order_row(told: _Order, claims: Iterable[Claim]) -> OrderRow:
    names = (parcel.carrier or parcel.carrier_code for parcel in told.parcels)
    return OrderRow(
        Place(told.platform, told.shop_id, told.storefront),
        told.order_id,
        told.status,
        _fen(told.amounts.paid),
        told.created_at,
        told.paid_at,
        told.shipped_at,
        told.delivered_at,
        told.finished_at,
        _skus(told.lines),
        tuple(dict.fromkeys(name for name in names if name)),
        None if told.buyer is None else told.buyer.key,
        tuple(claims),
    )


def _review_row(told: _Review) -> ReviewRow:
    reply = told.reply or _Reply()
    return ReviewRow(
        Place(told.platform, told.shop_id, told.storefront),
        told.source,
        told.review_id,
        told.order_id,
        told.sku_id,
        told.grade,
        told.stars,
        told.text,
        reply.text,
        reply.at,
        told.created_at,
    )


def _skus(lines: Iterable[_Line]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.sku_id for line in lines if line.sku_id))


def _fen(yuan: str | None) -> Fen | None:
    return None if yuan is None else fen_from_yuan(yuan)


def _deadline(told: _Deadline | None) -> Deadline | None:
    return None if told is None else Deadline(told.at, told.consequence, told.favours, told.extendable)
