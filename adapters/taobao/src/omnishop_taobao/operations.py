"""Reads of single records and of what belongs to them, as flows."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import msgspec
from attrs import evolve

from omnishop.errors import ConfigError, NotFound, Rejected, WireError
from omnishop.flow import Call, Flow
from omnishop.model import (
    Address,
    Case,
    Event,
    Kind,
    Order,
    RefuseReason,
    Review,
    Trace,
    Unreadable,
    from_beijing_text,
)
from omnishop.ports import Account
from omnishop_taobao import fields, tables
from omnishop_taobao.decoding import NOTHING, addresses, decode, no_record, page_of
from omnishop_taobao.mapping import cases, reviews
from omnishop_taobao.mapping.common import PLATFORM, REFUND, SPECIAL
from omnishop_taobao.mapping.orders import wire_lines
from omnishop_taobao.wire import lists
from omnishop_taobao.wire import orders as order_wire
from omnishop_taobao.wire import rest as rest_wire
from omnishop_taobao.wire.reading import Reader, ident

EXCHANGE = "TMALL_EXCHANGE"
_PAGE = 100
_ASK_SPECIAL = "isv.change-refund-top-api"

R = TypeVar("R")


def _records(method: str, payload: msgspec.Raw, account: Account) -> list[Any]:
    return _readable(method, decode(method, payload, account))


def _readable(method: str, records: list[Any]) -> list[Any]:
    """The readable ones; WireError when there are only others."""
    good = [record for record in records if not isinstance(record, Unreadable)]
    if records and not good:
        raise WireError(
            f"the record cannot be read: {records[0].error}",
            zh=f"记录无法解析: {records[0].error}",
            platform=PLATFORM,
            method=method,
        )
    return good


def _single(method: str, payload: msgspec.Raw, account: Account, asked: str) -> Any:
    (record,) = _records(method, payload, account)
    if asked not in {getattr(record, "case_id", None), getattr(record, "order_id", None)}:
        raise WireError(
            "the platform answered with another record than the one asked for",
            zh="平台返回的不是所查询的单据",
            platform=PLATFORM,
            method=method,
        )
    return record


# ---------------------------------------------------------------- orders


def order(account: Account, order_id: str, *, more: str = "") -> Flow[Order]:
    """`more`: further fields to ask for, after a comma; they stand in the raw record."""
    method = "taobao.trade.fullinfo.get"
    payload = yield Call(method, {"fields": fields.TRADE + more, "tid": order_id})
    found: Order = _single(method, payload, account, order_id)
    return found


def complete_order(account: Account, seen: Order) -> Flow[Order]:
    return (yield from order(account, seen.order_id))


# ---------------------------------------------------------------- cases


def case(account: Account, source: str, case_id: str) -> Flow[Case]:
    """In whichever family it is: an exchange and a special refund have methods of their own."""
    if source == SPECIAL:
        return (yield from _special(account, case_id))
    if source != REFUND:
        raise ConfigError(
            f"Taobao has no source {source[:80]!r}; it has: {REFUND}, {SPECIAL}",
            zh=f"淘宝没有来源 {source[:80]!r}; 可用: {REFUND}, {SPECIAL}",
            platform=PLATFORM,
        )
    method = "taobao.refund.get"
    try:
        payload = yield Call(method, {"fields": fields.REFUND, "refund_id": case_id})
    except NotFound:
        if account.storefront != "tmall":
            raise
        return (yield from _exchange(account, case_id))
    except Rejected as refused:
        if _ASK_SPECIAL not in (refused.code or ""):
            raise
        return (yield from _special(account, case_id))
    found: Case = _single(method, payload, account, case_id)
    if found.raw_kind == EXCHANGE and account.storefront == "tmall":
        return (yield from _exchange(account, case_id))
    return (yield from _settled(account, found))


def complete_case(account: Account, seen: Case) -> Flow[Case]:
    """All that the platform says of a case that a list showed in part."""
    if seen.kind is Kind.EXCHANGE and account.storefront == "tmall":
        return (yield from _exchange(account, seen.case_id))
    return (yield from case(account, seen.source, seen.case_id))


def _special(account: Account, case_id: str) -> Flow[Case]:
    method = "taobao.special.refund.get"
    payload = yield Call(method, {"fields": fields.SPECIAL, "refund_id": case_id})
    found: Case = _single(method, payload, account, case_id)
    return found


def _exchange(account: Account, case_id: str) -> Flow[Case]:
    method = "tmall.exchange.get"
    payload = yield Call(method, {"fields": fields.EXCHANGE, "dispute_id": case_id})
    found: Case = _single(method, payload, account, case_id)
    return found


def _settled(account: Account, found: Case) -> Flow[Case]:
    """A 仅退款 whose record no longer tells whether the goods had been sent: the trade does."""
    if found.kind is not Kind.UNKNOWN or found.order_id is None or not found.lines:
        return found
    if not cases.asks_money_only(found):
        return found
    try:
        trade = yield from _trade(account, found.order_id)
    except NotFound:
        return found
    line_id = found.lines[0].line_id
    line = next((line for line in wire_lines(trade) if ident(line.oid) == line_id), None)
    return found if line is None else cases.shipped_first(found, line.consign_time)


def _trade(account: Account, order_id: str) -> Flow[order_wire.Trade]:
    method = "taobao.trade.get"
    payload = yield Call(method, {"fields": fields.SHIPMENT, "tid": order_id})
    try:
        trade = order_wire.TRADE_BOX.read(payload).trade
        if bytes(trade) in NOTHING:
            raise no_record(method)
        return order_wire.TRADE.read(trade)
    except (ValueError, RecursionError):
        raise WireError("the trade cannot be read", zh="交易无法解析", platform=PLATFORM) from None


# ---------------------------------------------------------------- what belongs to a case


class _Phase(msgspec.Struct):
    refund_phase: str | None = None
    dispute_type: str | None = None


_PHASE = Reader(_Phase)


def _phase(account: Account, source: str, case_id: str) -> Flow[_Phase]:
    """Tmall wants to be told the phase; an exchange has its own methods."""
    special = source == SPECIAL
    method = "taobao.special.refund.get" if special else "taobao.refund.get"
    asked = {"fields": "refund_id,refund_phase,dispute_type,status", "refund_id": case_id}
    try:
        payload = yield Call(method, asked)
    except NotFound:
        if account.storefront != "tmall":
            raise
        return _Phase(dispute_type=EXCHANGE)
    raw = _single(method, payload, account, case_id).raw
    try:
        return _PHASE.read(raw)
    except ValueError:
        raise WireError(
            "the refund's phase cannot be read", zh="退款阶段无法解析", platform=PLATFORM
        ) from None


def timeline(account: Account, source: str, case_id: str) -> Flow[tuple[Event, ...]]:
    """What was said on the case, oldest first."""
    told = yield from _phase(account, source, case_id)
    if told.dispute_type == EXCHANGE and account.storefront == "tmall":
        method, inside = "tmall.exchange.messages.get", True
        params: dict[str, Any] = {"fields": fields.TALK, "dispute_id": case_id}
    else:
        method, inside = "taobao.refund.messages.get", False
        params = {"fields": fields.TALK, "refund_id": case_id, "refund_phase": told.refund_phase}
    events: list[Event] = []
    number, last = 1, 1
    while number <= last:
        payload = yield Call(method, {**params, "page_no": number, "page_size": _PAGE})
        events += _records(method, payload, account)
        last = -(-(_total(payload, inside=inside) or 0) // _PAGE)
        number += 1
    return tuple(sorted(events, key=_spoken))


def _total(payload: msgspec.Raw, *, inside: bool) -> int | None:
    told = page_of(payload, lists.INSIDE if inside else lists.PAGE)
    page = told.result if inside else told
    return page.total_results if page is not None else None


def _spoken(event: Event) -> tuple[bool, datetime | None, str]:
    """Messages without a time stand last; equal times keep the order of their ids."""
    return (event.at is None, event.at, (event.event_id or "").zfill(20))


def refuse_reasons(account: Account, source: str, case_id: str) -> Flow[tuple[RefuseReason, ...]]:
    """They depend on the state of the case: in a wrong one the platform refuses to answer."""
    told = yield from _phase(account, source, case_id)
    if told.dispute_type == EXCHANGE and account.storefront == "tmall":
        method = "tmall.exchange.refusereason.get"
        payload = yield Call(method, {"fields": fields.REASON, "dispute_id": case_id})
    else:
        method = "taobao.refund.refusereason.get"
        phase = told.refund_phase or "onsale"
        payload = yield Call(method, {"fields": fields.REASON, "refund_id": case_id, "refund_phase": phase})
    return tuple(_records(method, payload, account))


def return_addresses(account: Account) -> Flow[tuple[Address, ...]]:
    method = "taobao.logistics.address.search"
    payload = yield Call(method)
    return tuple(_readable(method, addresses(payload)))


# ---------------------------------------------------------------- parcels, reviews


def trace(
    account: Account, *, order_id: str | None, carrier: str | None, tracking_no: str | None
) -> Flow[tuple[Trace, ...]]:
    """By order; where its lines went in several parcels, one trace for each."""
    if order_id is None:
        raise ConfigError(
            "Taobao traces by order: give order_id",
            zh="淘宝按订单查询物流: 请提供 order_id",
            platform=PLATFORM,
        )
    trade = yield from _trade(account, order_id)
    parcels: dict[str, list[str]] = {}
    for line in wire_lines(trade):
        oid = ident(line.oid)
        if line.invoice_no and oid:
            parcels.setdefault(line.invoice_no, []).append(oid)
    wanted = {number: oids for number, oids in parcels.items() if tracking_no in {None, number}}
    found: list[Trace] = []
    for oids in wanted.values():
        split = {"is_split": 1, "sub_tid": oids} if len(parcels) > 1 else {}
        found += yield from _trace(account, order_id, split)
    return tuple(found)


def _trace(account: Account, order_id: str, split: dict[str, Any]) -> Flow[list[Trace]]:
    method = "taobao.logistics.trace.search"
    try:
        payload = yield Call(method, {"tid": order_id, **split})
    except Rejected as refused:
        if "company-not-support" not in (refused.code or ""):
            raise
        return []
    return _records(method, payload, account)


def complete_review(account: Account, seen: Review) -> Flow[Review]:
    """With the append comment; a review that has since gone is left as it was seen."""
    params = {"child_trade_id": reviews.line_of(seen.review_id)}
    try:
        payload = yield Call("tmall.traderate.feeds.get", params)
    except NotFound:
        return seen
    try:
        return reviews.appended(seen, payload)
    except ValueError:
        raise WireError("the append comment cannot be read", zh="追评无法解析", platform=PLATFORM) from None


# ---------------------------------------------------------------- who and when


def whoami(account: Account) -> Flow[Account]:
    payload = yield Call("taobao.user.seller.get", {"fields": fields.SELLER})
    try:
        user = rest_wire.SELLER_BOX.read(payload).user
    except ValueError:
        user = None
    if user is None or ident(user.user_id) is None:
        raise WireError("the answer names no seller", zh="应答中没有卖家信息", platform=PLATFORM)
    front = tables.STOREFRONT_OF_SELLER.get(user.type or "", account.storefront)
    return evolve(account, shop_id=ident(user.user_id), storefront=front)


def server_time(account: Account) -> Flow[datetime]:
    payload = yield Call("taobao.time.get", session="none")
    try:
        return from_beijing_text(rest_wire.TIME_ANSWER.read(payload).time or "")
    except ValueError:
        raise WireError("the answer holds no time", zh="应答中没有时间", platform=PLATFORM) from None
