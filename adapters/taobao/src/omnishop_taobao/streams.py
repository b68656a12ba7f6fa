"""The lists as streams: a count first, then from the last page back to the first, so that no row slips by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import msgspec
from attrs import evolve, frozen

from omnishop.flow import Call, Flow, Page
from omnishop.model import ENDED, Case, Order, Review, Text, Unreadable, to_beijing_text
from omnishop.ports import Account, Clock, Stream, Window
from omnishop_taobao import fields, operations, tables
from omnishop_taobao.decoding import page_of, uncounted
from omnishop_taobao.mapping import cases, orders, reviews
from omnishop_taobao.mapping.common import PLATFORM, REFUND, SPECIAL, Owner, each
from omnishop_taobao.wire import lists
from omnishop_taobao.wire.reading import Reader, rows_of

DAY = timedelta(days=1)
THREE_MONTHS = timedelta(days=90)
REVIEW_REACH = timedelta(days=180)
REVIEW_ROWS = 1500
"""At most so many rows come per query of reviews: a window that has more is split (§5)."""

Params = Mapping[str, Any]
Make = Callable[[msgspec.Raw, Owner], Any]


@frozen
class Listing:
    """One list method: how it is asked, where its rows are, and which time of a row it goes by."""

    method: str
    size: int
    field: str
    source: str
    make: Make
    start: str
    end: str
    at: Callable[[Any], datetime | None]
    always: Params
    inside: bool = False
    has_next: bool = True

    def params(self, window: Window) -> Params:
        """Whole seconds: the platform knows no smaller ones."""
        return {**self.always, self.start: _floor(window.start), self.end: _floor(window.end)}


def _floor(when: datetime) -> str:
    return to_beijing_text(when)


def _changed(record: Case | Order) -> datetime | None:
    return record.changed_at


def _order_created(record: Order) -> datetime | None:
    return record.created_at


def _written(record: Review) -> datetime | None:
    return record.created_at


ORDERS = Listing(
    "taobao.trades.sold.increment.get",
    100,
    "trades",
    "order",
    orders.order,
    "start_modified",
    "end_modified",
    _changed,
    {"fields": fields.TRADE, "type": fields.ORDER_TYPES},
)
ORDERS_CREATED = Listing(
    "taobao.trades.sold.get",
    100,
    "trades",
    "order",
    orders.order,
    "start_created",
    "end_created",
    _order_created,
    {"fields": fields.TRADE, "type": fields.ORDER_TYPES},
)
REFUNDS = Listing(
    "taobao.refunds.receive.get",
    100,
    "refunds",
    REFUND,
    cases.refund,
    "start_modified",
    "end_modified",
    _changed,
    {"fields": fields.REFUND_ROW},
)
SPECIALS = Listing(
    "taobao.special.refunds.receive.get",
    100,
    "refunds",
    SPECIAL,
    partial(cases.refund, source=SPECIAL),
    "start_modified",
    "end_modified",
    _changed,
    {"fields": fields.SPECIAL_ROW},
)
EXCHANGES = Listing(
    "tmall.exchange.receive.get",
    100,
    "results",
    REFUND,
    cases.exchange,
    "start_gmt_modified_time",
    "end_gmt_modifed_time",
    _changed,
    {"fields": fields.EXCHANGE},
    has_next=False,
)
DISPUTES = Listing(
    "tmall.dispute.receive.get",
    100,
    "results",
    REFUND,
    cases.dispute,
    "start_modified",
    "end_modified",
    _changed,
    {"fields": fields.DISPUTE},
    inside=True,
)
REVIEWS = Listing(
    "taobao.traderates.get",
    150,
    "trade_rates",
    "review",
    reviews.review,
    "start_date",
    "end_date",
    _written,
    {"fields": fields.RATE, "rate_type": "get", "role": "buyer"},
)


# ---------------------------------------------------------------- paging


def pages(listing: Listing, account: Account, window: Window) -> Flow[Page]:
    """Rows that change while we page move to the front and push others back: hence backwards."""
    fits = partial(_in_window, listing, window)
    first, count = yield from _page(listing, account, listing.params(window), 1, fits)
    if count.total_results is None:
        return _onwards(listing, account, listing.params(window), 1, fits, first, count)
    if (
        listing is REVIEWS
        and count.total_results >= REVIEW_ROWS
        and window.end - window.start > timedelta(seconds=1)
    ):
        return (yield from _halves(listing, account, window, count.total_results))
    last = -(-count.total_results // listing.size)
    if last <= 1:
        return first
    return (yield from _backwards(listing, account, listing.params(window), last, fits))


def _backwards(
    listing: Listing, account: Account, params: Params, number: int, fits: Callable[[Any], str | None]
) -> Flow[Page]:
    page, _ = yield from _page(listing, account, params, number, fits)
    if number <= 1:
        return page
    return evolve(page, next=partial(_backwards, listing, account, params, number - 1, fits))


def _onwards(
    listing: Listing,
    account: Account,
    params: Params,
    number: int,
    fits: Callable[[Any], str | None],
    page: Page,
    count: lists.Page,
) -> Page:
    """An answer without a count: forwards, as long as it says that there is more."""

    def following() -> Flow[Page]:
        more, told = yield from _page(listing, account, params, number + 1, fits)
        return _onwards(listing, account, params, number + 1, fits, more, told)

    return evolve(page, next=following if count.has_next else None)


def _halves(listing: Listing, account: Account, window: Window, total: int) -> Flow[Page]:
    middle = window.start + (window.end - window.start) / 2
    middle = middle.replace(microsecond=0)
    later = Window(middle, window.end)
    first = yield from pages(listing, account, Window(window.start, middle))
    return _then(first, partial(pages, listing, account, later), total)


def _then(page: Page, after: Callable[[], Flow[Page]], total: int | None) -> Page:
    """The pages of one part, then those of another; no part's count is that of the whole, which is `total`."""
    following = _counted(after, total) if page.next is None else partial(_onto, page.next, after, total)
    return evolve(page, next=following, total=total)


def _onto(inner: Callable[[], Flow[Page]], after: Callable[[], Flow[Page]], total: int | None) -> Flow[Page]:
    return _then((yield from inner()), after, total)


def _counted(pages_of: Callable[[], Flow[Page]], total: int | None) -> Callable[[], Flow[Page]]:
    def following() -> Flow[Page]:
        page = yield from pages_of()
        return evolve(page, next=_counted(page.next, total) if page.next else None, total=total)

    return following


def _page(
    listing: Listing,
    account: Account,
    params: Params,
    number: int,
    fits: Callable[[Any], str | None],
) -> Flow[tuple[Page, lists.Page]]:
    asked = {**params, "page_no": number, "page_size": listing.size}
    if listing.has_next:
        asked["use_has_next"] = False
    payload = yield Call(listing.method, asked)
    told = _told(listing, payload)
    rows = rows_of(getattr(told, listing.field))
    if number == 1 and not rows and told.total_results:
        raise uncounted(told.total_results)
    records = each(rows, listing.source, listing.make, Owner.of(account))
    good: list[Any] = []
    bad: list[Unreadable] = []
    for record in records:
        if isinstance(record, Unreadable):
            bad.append(record)
        elif (wrong := fits(record)) is not None:
            bad.append(_stray(listing, wrong, record))
        else:
            good.append(record)
    return Page(tuple(good), tuple(bad), None, told.total_results, listing.size), told


def _stray(listing: Listing, wrong: str, record: Any) -> Unreadable:
    return Unreadable(PLATFORM, listing.source, wrong, _known_as(record), record.raw, stray=True)


def _told(listing: Listing, payload: msgspec.Raw) -> lists.Page:
    reader: Reader[Any] = lists.INSIDE if listing.inside else lists.PAGE
    told = page_of(payload, reader)
    page: lists.Page = (told.result or lists.Page()) if listing.inside else told
    return page


def _known_as(record: Case | Order | Review) -> str:
    if isinstance(record, Case):
        return record.case_id
    return record.order_id if isinstance(record, Order) else record.review_id


def _in_window(listing: Listing, window: Window, record: Any) -> str | None:
    at = listing.at(record)
    if at is None or window.start.replace(microsecond=0) <= at <= window.end:
        return None
    return "its time lies outside the window that was asked for"


# ---------------------------------------------------------------- what has not ended


def open_refunds(listing: Listing, account: Account, _: Window) -> Flow[Page]:
    return (yield from _by_status(listing, account, tables.OPEN_REFUND_STATUSES))


def _by_status(listing: Listing, account: Account, statuses: tuple[str, ...]) -> Flow[Page]:
    """The filter takes one status at a time."""
    status, rest = statuses[0], statuses[1:]
    params = {**listing.always, "status": status}

    def fits(record: Case) -> str | None:
        return None if record.raw_stage == status else "its status is not the one that was asked for"

    page = yield from _unbounded(listing, account, params, fits)
    return _then(page, partial(_by_status, listing, account, rest), None) if rest else page


def open_exchanges(listing: Listing, account: Account, _: Window) -> Flow[Page]:
    params = {**listing.always, "dispute_status_array": tables.OPEN_EXCHANGE_NUMBERS}

    def fits(record: Case) -> str | None:
        return "its status is not one that was asked for" if record.stage in ENDED else None

    return (yield from _unbounded(listing, account, params, fits))


def _unbounded(
    listing: Listing, account: Account, params: Params, fits: Callable[[Any], str | None]
) -> Flow[Page]:
    first, count = yield from _page(listing, account, params, 1, fits)
    if count.total_results is None:
        return _onwards(listing, account, params, 1, fits, first, count)
    last = -(-count.total_results // listing.size)
    return first if last <= 1 else (yield from _backwards(listing, account, params, last, fits))


# ---------------------------------------------------------------- by storefront


def _stream(
    name: str,
    record: Any,
    clock: Clock,
    listing: Listing,
    *,
    reach: timedelta = THREE_MONTHS,
    complete: Callable[[Account, Any], Flow[Any]] | None,
    source: Callable[[Listing, Account, Window], Flow[Page]] = pages,
) -> Stream:
    read = partial(source, listing)
    depth = REVIEW_ROWS - 1 if listing is REVIEWS else None
    if clock == "open":
        return Stream(name, record, clock, read, DAY, reach, complete, "bounded", _NO_WINDOW)
    return Stream(name, record, clock, read, DAY, reach, complete, "proved", _BACKWARDS, depth)


_BACKWARDS = Text(
    "每页给出总数; 从末页向首页读取, 变动的记录不会使其他记录被跳过",
    "every page counts; read from the last page to the first, so that what changes pushes nothing out of sight",
)
_NO_WINDOW = Text(
    "按状态查询, 没有时间段: 读取期间记录进出无法排除",
    "asked by status, without a window: records come and go while it is read",
)


# Whoever completes alike is taken to show the same rows (`Stream.complete`): an exchange stands in two kinds of
# lists, whose rows differ, and its detail would be fetched at each turn from one to the other.
_of_special = partial(operations.complete_case)
_of_exchange = partial(operations.complete_case)
_of_dispute = partial(operations.complete_case)

_COMMON = (
    _stream("orders", "order", "changed", ORDERS, complete=operations.complete_order),
    _stream("orders_created", "order", "created", ORDERS_CREATED, complete=operations.complete_order),
    _stream("refunds", "case", "changed", REFUNDS, complete=operations.complete_case),
    _stream("special_refunds", "case", "changed", SPECIALS, complete=_of_special),
    _stream("refunds_open", "case", "open", REFUNDS, complete=operations.complete_case, source=open_refunds),
    _stream("special_refunds_open", "case", "open", SPECIALS, complete=_of_special, source=open_refunds),
)
_TMALL = (
    _stream("exchanges", "case", "changed", EXCHANGES, complete=_of_exchange),
    _stream("disputes", "case", "changed", DISPUTES, complete=_of_dispute),
    _stream("exchanges_open", "case", "open", EXCHANGES, complete=_of_exchange, source=open_exchanges),
    _stream("reviews", "review", "created", REVIEWS, reach=REVIEW_REACH, complete=operations.complete_review),
)
_TAOBAO = (_stream("reviews", "review", "created", REVIEWS, reach=REVIEW_REACH, complete=None),)

STREAMS: dict[str, tuple[Stream, ...]] = {"tmall": _COMMON + _TMALL, "taobao": _COMMON + _TAOBAO}
