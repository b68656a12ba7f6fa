"""Pages: the list under its key, and the counts beside it."""

from __future__ import annotations

import msgspec

from omnishop_taobao.wire.reading import Reader, Rows


class Page(msgspec.Struct):
    """One page of any list method: exactly one of the list fields is used by each method."""

    total_results: int | None = None
    has_next: bool | None = None
    trades: Rows | None = None
    refunds: Rows | None = None
    results: Rows | None = None
    trade_rates: Rows | None = None
    refund_messages: Rows | None = None
    reasons: Rows | None = None
    addresses: Rows | None = None
    messages: Rows | None = None


class Inside(msgspec.Struct):
    """A page that stands inside `result` (disputes, exchange messages and reasons)."""

    result: Page | None = None


class Statuses(msgspec.Struct):
    result_list: Rows | None = None


class StatusPage(msgspec.Struct):
    """taobao.refund.status.get."""

    result_package: Statuses | None = None


PAGE = Reader(Page)
INSIDE = Reader(Inside)
STATUS_PAGE = Reader(StatusPage)
