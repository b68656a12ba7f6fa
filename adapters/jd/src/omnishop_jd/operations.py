"""The lists as streams: which window each takes, how it pages, and what its rows must match."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import attrs
import msgspec

from omnishop.errors import ConfigError, WireError
from omnishop.flow import Call, Flow, Page
from omnishop.model import Case, Order, Review, Text, Unreadable, to_beijing_text
from omnishop.ports import Account, Stream, Window
from omnishop_jd.catalogue import METHODS
from omnishop_jd.decoding import READINGS, records_in
from omnishop_jd.details import complete_service
from omnishop_jd.errors import PLATFORM
from omnishop_jd.methods import (
    AUDIT_LIST,
    COMMENTS,
    REFUND_APPLIES,
    SYNC_LIST,
    known_shop,
    operator,
    orders_method,
)
from omnishop_jd.orders.tables import ASKED, CLASSIC_FIELDS, FIELDS, UNKNOWN_FIELD
from omnishop_jd.refundapply.tables import OPEN
from omnishop_jd.wire import Id, at, read, when

DAY = timedelta(days=1)
_ORDERS_PAGE = 100
_APPLIES_PAGE = 50
_APPLIES_MOST = 100 * _APPLIES_PAGE
_ASC_PAGE = 50
_COMMENTS_PAGE = 50

_MAKE = Callable[[], Flow[Page]]


def _total(payload: msgspec.Raw, path: tuple[str, ...]) -> int | None:
    raw = at(payload, path)
    shown = bytes(raw).strip(b'"') if raw is not None else b""
    return int(shown) if shown.isdigit() else None


def _records(method: str, payload: msgspec.Raw, account: Account, number: int) -> list[Any]:
    return records_in(METHODS[method], READINGS[method], payload, account, strict=True, page=number)


def _page(made: list[Any], total: int | None, following: _MAKE, *, number: int, size: int) -> Page:
    """A list ends by its total; where none is told, with a page that is not full."""
    good = tuple(one for one in made if not isinstance(one, Unreadable))
    bad = tuple(one for one in made if isinstance(one, Unreadable))
    if not made and total is not None and total > (number - 1) * size:
        raise WireError(
            "the answer counts records that this page does not hold: whether there are more cannot be told",
            zh="应答的总数与该页记录不符, 无法判断是否还有记录",
            platform=PLATFORM,
        )
    more = bool(made) and (len(made) >= size if total is None else number * size < total)
    return Page(good, bad, following if more else None, total, size)


def _inside(
    made: list[Any], window: Window, time: Callable[[Any], datetime | None], field: str, source: str
) -> list[Any]:
    """A row outside the window shows that the filter was ignored (1.4, pitfall 3): it is set aside, not believed."""
    start, end = window.start.replace(microsecond=0), window.end
    return [
        one
        if isinstance(one, Unreadable) or (at_time := time(one)) is None or start <= at_time <= end
        else Unreadable(
            PLATFORM, source, f"{field} is outside the window asked for", _id(one), one.raw, stray=True
        )
        for one in made
    ]


def _id(record: Order | Case | Review) -> str:
    if isinstance(record, Case):
        return record.case_id
    return record.order_id if isinstance(record, Order) else record.review_id


def _span(window: Window, start: str, end: str) -> dict[str, str]:
    return {start: to_beijing_text(window.start), end: to_beijing_text(window.end)}


# ---------------------------------------------------------------- orders


def _orders(
    account: Account, window: Window, *, by_creation: bool, number: int = 1, fields: str = FIELDS
) -> Flow[Page]:
    method = orders_method(account, "Search")
    params = {
        **_span(window, "start_date", "end_date"),
        "order_state": ASKED,
        "optional_fields": fields,
        "page": str(number),
        "page_size": str(_ORDERS_PAGE),
        "sortType": 0,
        "dateType": 1 if by_creation else 0,
    }
    try:
        payload = yield Call(method, params)
    except ConfigError as refused:
        if refused.code != UNKNOWN_FIELD or fields == CLASSIC_FIELDS:
            raise
        classic = _orders(account, window, by_creation=by_creation, number=number, fields=CLASSIC_FIELDS)
        return (yield from classic)
    made = _records(method, payload, account, number)
    if by_creation:
        made = _inside(made, window, lambda order: order.created_at, "orderStartTime", "order")
    else:
        made = _inside(made, window, lambda order: order.changed_at, "modified", "order")
    following = partial(_orders, account, window, by_creation=by_creation, number=number + 1, fields=fields)
    total = _total(payload, ("searchorderinfo_result", "orderTotal"))
    return _page(made, total, following, number=number, size=_ORDERS_PAGE)


# ---------------------------------------------------------------- service orders


def _sync(account: Account, window: Window, *, clock: str) -> Flow[Page]:
    """`clock`: updateTime or freightUpdateDate; a waybill moves only the second (pitfall 4)."""
    account = yield from known_shop(account)
    return (yield from _sync_page(account, window, clock, 1))


def _sync_page(account: Account, window: Window, clock: str, number: int) -> Flow[Page]:
    params = {
        **operator(account),
        **_span(window, f"{clock}Begin", f"{clock}End"),
        "pageNumber": number,
        "pageSize": _ASC_PAGE,
    }
    payload = yield Call(SYNC_LIST, params)
    made = _inside(
        _records(SYNC_LIST, payload, account, number), window, partial(_clock_of, clock), clock, "service"
    )
    total = _total(payload, ("pageResult", "totalCount"))
    following = partial(_sync_page, account, window, clock, number + 1)
    return _page(made, total, following, number=number, size=_ASC_PAGE)


class _Clocks(msgspec.Struct, rename="camel"):
    update_time: Id = None
    freight_update_date: Id = None


_CLOCKS = msgspec.json.Decoder(_Clocks)


def _clock_of(clock: str, case: Case) -> datetime | None:
    """The clock that was asked by; a case keeps the later of the two."""
    told = read(_CLOCKS, case.raw)
    return when(told.update_time if clock == "updateTime" else told.freight_update_date, clock)


def _audits(account: Account, _window: Window) -> Flow[Page]:
    account = yield from known_shop(account)
    return (yield from _audits_page(account, 1))


def _audits_page(account: Account, number: int) -> Flow[Page]:
    payload = yield Call(AUDIT_LIST, {**operator(account), "pageNumber": number, "pageSize": _ASC_PAGE})
    made = _records(AUDIT_LIST, payload, account, number)
    total = _total(payload, ("pageResult", "totalCount"))
    return _page(made, total, partial(_audits_page, account, number + 1), number=number, size=_ASC_PAGE)


# ---------------------------------------------------------------- cancel-refund applications


def _applies(account: Account, window: Window) -> Flow[Page]:
    """By `modified` where granted. A filter that is not is ignored without a word: then by the time of applying."""
    page = yield from _applies_page(
        account, _span(window, "modifiedStart", "modifiedEnd"), 1, window, "modified"
    )
    if all(_obeys(case, window) for case in page.items):
        return page
    asked = _span(window, "applyTimeStart", "applyTimeEnd")
    return (yield from _by_applying(_applies_page(account, asked, 1, window, "applyTime")))


def _by_applying(pages: Flow[Page]) -> Flow[Page]:
    page = yield from pages
    following = page.next
    more = None if following is None else lambda: _by_applying(following())
    return attrs.evolve(page, next=more, bounded=_APPLIED)


_APPLIED = Text(
    "未获准按修改时间查询, 只能按申请时间: 更早申请的变动由逐单重读补齐",
    "not granted by time of change, so by time of applying: what changed of older ones is read one by one",
)


def _obeys(case: Case, window: Window) -> bool:
    start = window.start.replace(microsecond=0)
    return case.changed_at is not None and start <= case.changed_at <= window.end


def _applies_page(
    account: Account, asked: Mapping[str, Any], number: int, window: Window | None, clock: str
) -> Flow[Page]:
    payload = yield Call(
        REFUND_APPLIES, {**asked, "showSku": True, "pageIndex": number, "pageSize": _APPLIES_PAGE}
    )
    made = _records(REFUND_APPLIES, payload, account, number)
    if window is not None and (clock == "applyTime" or number > 1):
        made = _inside(made, window, partial(_apply_clock, clock), clock, "refundapply")
    total = _total(payload, ("queryResult", "totalCount"))
    if total is not None and total > _APPLIES_MOST and window is not None and number > 1:
        raise WireError(
            "this window holds more applications than the list can page through: ask for a shorter one",
            zh="该时间窗内退款申请超过可翻页上限, 请缩短时间窗",
            platform=PLATFORM,
        )
    following = partial(_applies_page, account, asked, number + 1, window, clock)
    return _page(made, total, following, number=number, size=_APPLIES_PAGE)


def _apply_clock(clock: str, case: Case) -> datetime | None:
    return case.changed_at if clock == "modified" else case.opened_at


def _open_applies(account: Account, _window: Window) -> Flow[Page]:
    return _status_page(
        account, OPEN, partial(_applies_page, account, {"status": OPEN[0]}, 1, None, "status")
    )


def _status_page(account: Account, left: tuple[int, ...], make: _MAKE) -> Flow[Page]:
    """One status after the other: the list takes one at a time. The totals are of one status each: none is told."""
    page = yield from make()
    wrong = tuple(case for case in page.items if case.raw_stage != str(left[0]))
    good = tuple(case for case in page.items if case.raw_stage == str(left[0]))
    bad = tuple(
        Unreadable(
            PLATFORM, "refundapply", "status is not the one asked for", case.case_id, case.raw, stray=True
        )
        for case in wrong
    )
    following: _MAKE | None = None
    if page.next is not None:
        following = partial(_status_page, account, left, page.next)
    elif len(left) > 1:
        ask = partial(_applies_page, account, {"status": left[1]}, 1, None, "status")
        following = partial(_status_page, account, left[1:], ask)
    return attrs.evolve(page, items=good, unreadable=page.unreadable + bad, next=following, total=None)


# ---------------------------------------------------------------- reviews


def _reviews(account: Account, window: Window, number: int = 1) -> Flow[Page]:
    params = {**_span(window, "beginTime", "endTime"), "page": str(number), "pageSize": str(_COMMENTS_PAGE)}
    payload = yield Call(COMMENTS, params)
    made = _records(COMMENTS, payload, account, number)
    made = _inside(made, window, lambda review: review.created_at, "creationTime", "review")
    total = _total(payload, ("totalItem",))
    following = partial(_reviews, account, window, number + 1)
    return _page(made, total, following, number=number, size=_COMMENTS_PAGE)


# ---------------------------------------------------------------- the table

_COUNTED = Text(
    "每页给出总数, 时间段已结束: 离开的记录会使总数减少",
    "every page counts a window that has ended: what leaves lowers the count",
)
_TWO_SCANS = Text(
    "每页给出总数; 仅运单变动只改运单时间, 故按两个时间各查一遍",
    "every page counts; a waybill moves only its own time, so the list is read by both times",
)
_WHERE_GRANTED = Text(
    "获准按修改时间查询时每页给出总数; 否则见各次读取的说明",
    "every page counts where the time of change is granted; where not, each reading says so",
)
_STANDING = Text(
    "待处理清单没有时间段: 读取期间单据可能进出",
    "a list of what waits, without a window: records come and go while it is read",
)

STREAMS: tuple[Stream, ...] = (
    Stream(
        "orders_changed",
        "order",
        "changed",
        partial(_orders, by_creation=False),
        DAY,
        timedelta(days=90),
        basis=_COUNTED,
    ),
    Stream(
        "orders_created",
        "order",
        "created",
        partial(_orders, by_creation=True),
        timedelta(days=30),
        730 * DAY,
        basis=_COUNTED,
    ),
    Stream(
        "service_changed",
        "case",
        "changed",
        partial(_sync, clock="updateTime"),
        4 * DAY,
        180 * DAY,
        complete_service,
        basis=_TWO_SCANS,
    ),
    Stream(
        "service_freight",
        "case",
        "changed",
        partial(_sync, clock="freightUpdateDate"),
        4 * DAY,
        180 * DAY,
        complete_service,
        basis=_TWO_SCANS,
    ),
    Stream(
        "refundapply_changed",
        "case",
        "changed",
        _applies,
        7 * DAY,
        180 * DAY,
        basis=_WHERE_GRANTED,
        depth=_APPLIES_MOST,
    ),
    Stream(
        "service_audit", "case", "open", _audits, 180 * DAY, 180 * DAY, complete_service, "bounded", _STANDING
    ),
    Stream(
        "refundapply_open", "case", "open", _open_applies, 180 * DAY, 180 * DAY, None, "bounded", _STANDING
    ),
    Stream("reviews_created", "review", "created", _reviews, DAY, 180 * DAY, basis=_COUNTED),
)
"""Spans: orders ≤ 1 month, a day recommended (A); sync.list 4 days seen in use (C); the others are not published:
7 days and a day are our choice, small enough for the page limits. Reach: orders 90 days by modification and two
years by creation (A); of the others not published, 180 days is what is asked for."""
