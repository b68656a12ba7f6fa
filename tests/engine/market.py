"""A platform in memory for the engine: lists, details and their moods, without a wire."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import Factory, define, evolve

from omnishop.errors import NotFound
from omnishop.flow import Flow, Page
from omnishop.model import Case, Kind, Order, OrderStatus, Parcel, Reason, Review, Stage, Unreadable
from omnishop.ports import Account, App, Stream, Window

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
ACCOUNT = Account(App("market", "key-1", "secret-of-the-app"), "stall", "77", alias="corner")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def case(case_id: str, changed_at: datetime, **facts: Any) -> Case:
    facts = {"stage": Stage.REQUESTED, "opened_at": changed_at, "raw": f"list {case_id}".encode(), **facts}
    return Case("market", "claim", case_id, changed_at=changed_at, **facts)


def order(order_id: str, changed_at: datetime, **facts: Any) -> Order:
    facts = {
        "status": OrderStatus.PAID,
        "created_at": changed_at,
        "raw": f"order {order_id}".encode(),
        **facts,
    }
    return Order("market", order_id, changed_at=changed_at, **facts)


def review(review_id: str, created_at: datetime, **facts: Any) -> Review:
    return Review("market", review_id, created_at=created_at, raw=f"review {review_id}".encode(), **facts)


def _flow(answer: Any) -> Generator[Any, Any, Any]:
    """A flow that needs no call."""
    yield from ()
    return answer


@define(slots=False)
class Market:
    """An adapter over lists of records. `mood` may raise before a page; `lost` ids are counted, not listed."""

    cases: list[Case] = Factory(list)
    orders: list[Order] = Factory(list)
    reviews: list[Review] = Factory(list)
    unreadable: list[tuple[datetime, Unreadable]] = Factory(list)
    lost: dict[str, int] = Factory(dict)
    mood: Callable[[str, Window], None] = lambda stream, window: None
    detail: Callable[[Case], Any] | None = None
    page_size: int = 3
    counts: bool = True
    depth: int | None = None
    details: list[str] = Factory(list)
    windows: list[tuple[str, Window]] = Factory(list)
    asked: list[str] = Factory(list)  # by id
    name: str = "market"
    storefronts: tuple[str, ...] = ("stall",)
    own_id: str | None = "77"
    sent_back: dict[str, str] = Factory(dict)  # case id -> waybill

    def return_parcels(self, case: Case) -> tuple[Parcel, ...]:
        number = self.sent_back.get(case.case_id)
        return () if number is None else (Parcel("sf", tracking_no=number),)

    def streams(self, storefront: str) -> tuple[Stream, ...]:
        day, reach = timedelta(days=7), timedelta(days=90)
        lists = (
            Stream("orders created", "order", "created", self._orders, day, reach),
            Stream("orders changed", "order", "changed", self._orders, day, reach, depth=self.depth),
            Stream("cases changed", "case", "changed", self._changed, day, reach, self._whole),
            Stream("cases open", "case", "open", self._open, reach, reach, self._whole, "bounded"),
            Stream("reviews", "review", "created", self._reviews, day, reach),
        )
        return lists if self.counts else tuple(evolve(each, best="bounded") for each in lists)

    def sources(self, storefront: str) -> tuple[str, ...]:
        return ("claim",)

    def case(self, account: Account, source: str, case_id: str) -> Flow[Case]:
        self.asked.append(case_id)
        yield from ()
        for each in self.cases:
            if each.case_id == case_id:
                return (yield from self._whole(account, each))
        raise NotFound("no such case")

    def order(self, account: Account, order_id: str) -> Flow[Order]:
        self.asked.append(order_id)
        yield from ()
        for each in self.orders:
            if each.order_id == order_id:
                return each
        raise NotFound("no such order")

    def whoami(self, account: Account) -> Flow[Account]:
        return _flow(evolve(account, shop_id=self.own_id))

    def _orders(self, account: Account, window: Window) -> Flow[Page]:
        return self._paged("orders changed", window, self.orders)

    def _changed(self, account: Account, window: Window) -> Flow[Page]:
        return self._paged("cases changed", window, self.cases)

    def _open(self, account: Account, window: Window) -> Flow[Page]:
        still = [each for each in self.cases if each.stage not in {Stage.SUCCEEDED, Stage.CLOSED}]
        return self._paged("cases open", window, still)

    def _reviews(self, account: Account, window: Window) -> Flow[Page]:
        return self._paged("reviews", window, self.reviews)

    def _paged(self, stream: str, window: Window, records: list[Any], start: int = 0) -> Flow[Page]:
        yield from ()
        self.mood(stream, window)
        if start == 0:
            self.windows.append((stream, window))
        inside = records if stream == "cases open" else [each for each in records if _inside(each, window)]
        broken = tuple(bad for at, bad in self.unreadable if stream == "cases changed" and _at(at, window))
        page = [each for each in inside[start : start + self.page_size] if not self._loses(each)]
        more = start + self.page_size < len(inside)
        follow = (lambda: self._paged(stream, window, records, start + self.page_size)) if more else None
        total = len(inside) + len(broken) if self.counts else None
        return Page(tuple(page), broken if start == 0 else (), follow, total, self.page_size)

    def _loses(self, record: Any) -> bool:
        name = getattr(record, "case_id", None) or getattr(record, "order_id", None)
        left = self.lost.get(name, 0)
        self.lost[name] = max(left - 1, 0)
        return left > 0

    def _whole(self, account: Account, listed: Case) -> Flow[Case]:
        yield from ()
        self.details.append(listed.case_id)
        if self.detail is not None:
            return self.detail(listed)
        return evolve(
            listed,
            kind=Kind.REFUND_ONLY,
            reason=Reason(text="from the detail"),
            raw=f"detail {listed.case_id}".encode(),
        )


def _inside(record: Any, window: Window) -> bool:
    at = record.created_at if isinstance(record, Review) else record.changed_at
    return at is None or _at(at, window)


def _at(at: datetime, window: Window) -> bool:
    return window.start <= at < window.end
