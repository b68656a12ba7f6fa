"""The lists as streams of pages: windows, paging, depth, and what a page must satisfy before it is believed.

Sources: wire page 3.1, 4.1 and 9. Pages count from 0; `page*size` may not pass 50,000 and orders are planned with
10,000; both lists shift while records change, so a page is read again when the total falls.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from math import ceil
from typing import Any

import msgspec
from attrs import evolve, frozen

from omnishop.errors import ConfigError
from omnishop.flow import Call, Flow, Page
from omnishop.model import Case, Order, Text, Unreadable, from_unix
from omnishop.ports import Account, Stream, Window
from omnishop_douyin import absence
from omnishop_douyin.cases import mapping as cases
from omnishop_douyin.cases import rows
from omnishop_douyin.operations import case_detail
from omnishop_douyin.orders import mapping as orders
from omnishop_douyin.reading import order_page
from omnishop_douyin.shape import CASES, PLATFORM, each

SIZE = 100
DEPTH = 50_000
ORDER_DEPTH = 10_000
_REREADS = 8
"""How often one window goes back a page because its total fell, before the reader's proof has to tell."""

ORDER_REACH = timedelta(days=90) - timedelta(minutes=10)
"""Ninety days, less the clock skew that the gateway allows: a start one second too old refuses the call."""
ORDER_SPAN = timedelta(days=90)
CASE_SPAN = timedelta(days=90)
"""Our choice, as of orders: how wide an update window may be is not told."""
CASE_REACH = timedelta(days=180)
"""Six months is what the list shows without any time; how far an update window reaches is not told."""

OPEN_STATUSES = (6, 7, 8, 11, 13, 27, 29)

Keep = Callable[[Any], bool]
Params = Callable[[int, int], dict[str, Any]]


@frozen
class Listing:
    """One list method: parameters for a window in seconds, how a page is read, what its rows must satisfy."""

    method: str
    params: Params
    read: Callable[[msgspec.Raw, Account], tuple[list[Any], list[Unreadable], int | None, bool | None]]
    outside: Callable[[Any, int, int], str | None]
    source: str
    depth: int


@frozen
class _Place:
    """Where a reading stands: a window in seconds, the page, the total last seen, pages gone back.

    `shown` is the total of the whole window that this one was split from.
    """

    start: int
    end: int
    page: int = 0
    total: int | None = None
    shown: int | None = None
    rereads: int = 0


def pages(listing: Listing, account: Account, window: Window) -> Flow[Page]:
    start, end = int(window.start.timestamp()), ceil(window.end.timestamp())
    return _page(listing, account, _Place(start, max(end, start + 1)), ())


def _page(listing: Listing, account: Account, at: _Place, later: tuple[_Place, ...]) -> Flow[Page]:
    """One page; `later` are the windows that follow, where a window had to be split."""
    if at.page * SIZE > DEPTH:
        raise _too_deep(listing)
    payload = yield Call(listing.method, {**listing.params(at.start, at.end), "page": at.page, "size": SIZE})
    good, bad, total, more = listing.read(payload, account)
    if not good and not bad:
        absence.untold(total, more, at.page, listing.method)
    shown = total if at.shown is None else at.shown
    if total is not None and total > listing.depth and at.page == 0 and at.end - at.start > 1:
        first, second = _halves(at, shown)
        return Page((), (), _then(listing, account, first, (second, *later)), shown)
    checked = [_checked(listing, record, at, account) for record in good]
    return Page(
        tuple(record for record in checked if not isinstance(record, Unreadable)),
        (*bad, *(record for record in checked if isinstance(record, Unreadable))),
        _following(listing, account, at, later, len(good) + len(bad), total, more),
        shown,
        SIZE,
    )


def _following(
    listing: Listing,
    account: Account,
    at: _Place,
    later: tuple[_Place, ...],
    many: int,
    total: int | None,
    more: bool | None,
) -> Callable[[], Flow[Page]] | None:
    fell = total is not None and at.total is not None and total < at.total
    if fell and at.page > 0 and at.rereads < _REREADS:
        back = evolve(at, page=at.page - 1, total=total, rereads=at.rereads + 1)
        return _then(listing, account, back, later)
    if more is None:
        more = many == SIZE if total is None else (at.page + 1) * SIZE < total
    if more and many:
        return _then(listing, account, evolve(at, page=at.page + 1, total=total), later)
    if later:
        return _then(listing, account, later[0], later[1:])
    return None


def _then(
    listing: Listing, account: Account, at: _Place, later: tuple[_Place, ...]
) -> Callable[[], Flow[Page]]:
    return partial(_page, listing, account, at, later)


def _halves(at: _Place, shown: int | None) -> tuple[_Place, _Place]:
    middle = (at.start + at.end) // 2
    return _Place(at.start, middle, shown=shown), _Place(middle, at.end, shown=shown)


def _checked(listing: Listing, record: Any, at: _Place, account: Account) -> Any:
    """A row that the filter should have kept out is no member of this window, whatever it is."""
    wrong = listing.outside(record, at.start, at.end)
    if wrong is None and record.shop_id not in {None, account.shop_id} and account.shop_id is not None:
        wrong = "a record of another shop"
    if wrong is None:
        return record
    name = record.case_id if isinstance(record, Case) else record.order_id
    return Unreadable(PLATFORM, listing.source, wrong, name, record.raw, stray=True)


def _too_deep(listing: Listing) -> ConfigError:
    return ConfigError(
        f"more than {DEPTH} records in one second of {listing.method}: the platform shows no more",
        zh=f"{listing.method} 同一秒内超过 {DEPTH} 条记录, 平台无法继续翻页",
        platform=PLATFORM,
        method=listing.method,
    )


# ---------------------------------------------------------------- the lists


def _read_orders(
    payload: msgspec.Raw, account: Account
) -> tuple[list[Any], list[Unreadable], int | None, bool | None]:
    page = order_page(payload)
    good, bad = each(page.shop_order_list, orders.reader(account), orders.SOURCE, *orders.IDS)
    return good, bad, page.total, None


def _read_cases(
    payload: msgspec.Raw, account: Account
) -> tuple[list[Any], list[Unreadable], int | None, bool | None]:
    good, bad, page = rows.from_page(payload, account.shop_id)
    return good, bad, page.total, page.has_more


def _order_params(clock: str) -> Params:
    def params(start: int, end: int) -> dict[str, Any]:
        return {
            f"{clock}_time_start": start,
            f"{clock}_time_end": end,
            "order_by": f"{clock}_time",
            "order_asc": True,
        }

    return params


def _changed_params(start: int, end: int) -> dict[str, Any]:
    """Without the matching order_by, paging through an update window loses records (pitfall 8)."""
    return {"update_start_time": start, "update_end_time": end, "order_by": ["update_time asc"]}


def _open_params(start: int, end: int) -> dict[str, Any]:
    """Of apply times the platform leaves the end out."""
    return {
        "start_time": start,
        "end_time": end + 1,
        "standard_aftersale_status": list(OPEN_STATUSES),
        "order_by": ["apply_time asc"],
    }


def _order_outside(
    of: Callable[[Order], datetime | None], name: str
) -> Callable[[Any, int, int], str | None]:
    def outside(record: Order, start: int, end: int) -> str | None:
        return _out(of(record), start, end, name)

    return outside


def _case_changed_outside(record: Case, start: int, end: int) -> str | None:
    return _out(record.changed_at, start, end, "update_time")


def _case_open_outside(record: Case, start: int, end: int) -> str | None:
    """Unknown statuses in the filter are ignored silently and widen the answer (pitfall 9)."""
    status = (record.raw_stage or "").partition("/")[0]
    if not status.isdigit() or int(status) not in {*OPEN_STATUSES, 3}:
        return "aftersale_status outside the filter asked for"
    return _out(record.opened_at, start, end, "apply_time")


def _out(when: datetime | None, start: int, end: int, name: str) -> str | None:
    """A record without the time cannot be shown to be outside."""
    if when is None or from_unix(start) <= when <= from_unix(end):
        return None
    return f"{name} outside the window asked for"


_ORDERS_CREATED = Listing(
    "order.searchList",
    _order_params("create"),
    _read_orders,
    _order_outside(lambda order: order.created_at, "create_time"),
    orders.SOURCE,
    ORDER_DEPTH,
)
_ORDERS_CHANGED = Listing(
    "order.searchList",
    _order_params("update"),
    _read_orders,
    _order_outside(lambda order: order.changed_at, "update_time"),
    orders.SOURCE,
    ORDER_DEPTH,
)
_CASES_CHANGED = Listing("afterSale.List", _changed_params, _read_cases, _case_changed_outside, CASES, DEPTH)
_CASES_OPEN = Listing("afterSale.List", _open_params, _read_cases, _case_open_outside, CASES, DEPTH)


def _completed(account: Account, row: Case) -> Flow[Case]:
    detail = yield from case_detail(account, row.case_id)
    return cases.completed(row, detail)


_COUNTED = Text(
    "每页给出总数, 并按查询所用的时间升序排列: 离开的记录会使总数减少",
    "every page counts, in ascending order of the time asked by: what leaves lowers the count",
)
_BY_STATUS = Text(
    "按状态查询: 读取期间售后单可能进出该列表",
    "asked by status: cases enter and leave the list while it is read",
)
STREAMS = (
    Stream(
        "orders_created",
        "order",
        "created",
        partial(pages, _ORDERS_CREATED),
        ORDER_SPAN,
        ORDER_REACH,
        basis=_COUNTED,
        depth=ORDER_DEPTH,
    ),
    Stream(
        "orders_changed",
        "order",
        "changed",
        partial(pages, _ORDERS_CHANGED),
        ORDER_SPAN,
        ORDER_REACH,
        basis=_COUNTED,
        depth=ORDER_DEPTH,
    ),
    Stream(
        "cases_changed",
        "case",
        "changed",
        partial(pages, _CASES_CHANGED),
        CASE_SPAN,
        CASE_REACH,
        _completed,
        basis=_COUNTED,
        depth=DEPTH,
    ),
    Stream(
        "cases_open",
        "case",
        "open",
        partial(pages, _CASES_OPEN),
        CASE_REACH,
        CASE_REACH,
        _completed,
        "bounded",
        _BY_STATUS,
    ),
)
