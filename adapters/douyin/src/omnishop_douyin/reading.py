"""Any captured answer of any documented method, as records of the model; `Raw` where the model has no place."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from omnishop.errors import NotFound, WireError
from omnishop.lenient import repairs
from omnishop.masking import masked
from omnishop.model import Raw, WriteResult
from omnishop.ports import Account
from omnishop_douyin import absence, desk, methods, push, reviews
from omnishop_douyin.cases import mapping as cases
from omnishop_douyin.cases import rows as case_rows
from omnishop_douyin.envelope import open_body
from omnishop_douyin.orders import mapping as orders
from omnishop_douyin.orders import wire as order_wire
from omnishop_douyin.shape import BROKEN, CASES, PLATFORM, each, opened, page_decoder, shortened, unreadable
from omnishop_douyin.signing import dotted

Records = list[Any]
P = TypeVar("P")
_ROUTE = frozenset({"route__node_list", "route_node_list", "track_info"})

_read_order_page = page_decoder(order_wire.OrderPage)
_read_comments = page_decoder(reviews.Comments)
_read_items = page_decoder(desk.Items)
_read_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode
_read_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def decode_body(method: str, body: bytes, account: Account | None) -> Records:
    name = known(method)
    if name == methods.PUSH:
        return _pushes(body, account)
    return decode(name, open_body(body, name, write=name in methods.WRITES), account)


def decode(method: str, payload: msgspec.Raw, account: Account | None) -> Records:
    name = known(method)
    if name == methods.PUSH:
        return _pushes(bytes(payload), account)
    reader = _READERS.get(name)
    if reader is not None:
        return reader(payload, account)
    if name in methods.WRITES:
        return _written(name, payload)
    return [Raw(PLATFORM, name, masked(_plain(payload, name)), account.shop_id if account else None)]


def known(method: str) -> str:
    """The method's name with dots; NotFound, with what comes close, for one that nobody documents."""
    name = dotted(method)
    if name in methods.KNOWN:
        return name
    by_case = {known.lower(): known for known in methods.KNOWN}
    close = [by_case[found] for found in difflib.get_close_matches(name.lower(), by_case, n=3, cutoff=0.6)]
    asked = shortened(method)
    en = f"no documented method {asked!r}" + (f"; did you mean {', '.join(close)}?" if close else "")
    zh = f"没有收录接口 {asked!r}" + (f"; 是否指 {', '.join(close)}?" if close else "")
    raise NotFound(en, zh=zh, platform=PLATFORM)


# ---------------------------------------------------------------- one reader per method with a type


def _orders(payload: msgspec.Raw, account: Account | None) -> Records:
    page = order_page(payload)
    if not page.shop_order_list:
        absence.untold(page.total, None, absence.told_page(payload), "order.searchList")
    return _both(each(page.shop_order_list, orders.reader(account), orders.SOURCE, *orders.IDS))


def order_page(payload: msgspec.Raw) -> order_wire.OrderPage:
    return _page(payload, _read_order_page, order_wire.OrderPage(), "shop_order_list", "order.searchList")


def _page(payload: msgspec.Raw, read: Callable[[msgspec.Raw], P], empty: P, member: str, method: str) -> P:
    """A page of a list; `empty` where the success has no data at all, WireError where it is no such page."""
    if absence.nothing(payload):
        return empty
    page = opened(payload, read, method)
    if not getattr(page, member):
        absence.empty_list(payload, member, method)
    return page


def _order(payload: msgspec.Raw, account: Account | None) -> Records:
    found = absence.record(payload, ("shop_order_detail",), "order.orderDetail")
    return _both(each([found], orders.reader(account), orders.SOURCE, *orders.IDS))


def _cases(payload: msgspec.Raw, account: Account | None) -> Records:
    good, bad, page = case_rows.from_page(payload, account.shop_id if account else None)
    if not good and not bad:
        absence.untold(page.total, page.has_more, absence.told_page(payload), "afterSale.List")
    return [*good, *bad]


def _case(payload: msgspec.Raw, account: Account | None) -> Records:
    shop_id = account.shop_id if account else None
    absence.record(payload, ("process_info", "after_sale_info"), "afterSale.Detail")
    return _both(each([payload], lambda raw: cases.from_detail(raw, shop_id), CASES, *cases.IDS))


def _reasons(payload: msgspec.Raw, account: Account | None) -> Records:
    page = _page(payload, _read_items, desk.Items(), "items", "afterSale.rejectReasonCodeList")
    return _both(each(page.items, desk.refuse_reason, "reason", "reject_reason_code"))


def _trace(payload: msgspec.Raw, account: Account | None) -> Records:
    method = "logistics.trackNoRouteDetail"
    if absence.nothing(payload):
        absence.no_record(method)
    if not _ROUTE & opened(payload, _read_members, method).keys():
        raise absence.foreign(method)
    found = opened(payload, desk.read_route, method)
    try:
        return [desk.trace(found, bytes(payload), account.shop_id if account else None)]
    except BROKEN as problem:
        return [unreadable(payload, problem, "trace", ("track_info/track_no",))]


def _comments(payload: msgspec.Raw, account: Account | None) -> Records:
    page = _page(payload, _read_comments, reviews.Comments(), "comments", "comment.list")
    if not page.comments:
        absence.untold(page.total, None, absence.told_page(payload), "comment.list")
    reader = reviews.reader(account.shop_id if account else None)
    return _both(each(page.comments, reader, reviews.SOURCE, *reviews.IDS))


_READERS: dict[str, Callable[[msgspec.Raw, Account | None], Records]] = {
    "order.searchList": _orders,
    "order.orderDetail": _order,
    "afterSale.List": _cases,
    "afterSale.Detail": _case,
    "afterSale.rejectReasonCodeList": _reasons,
    "logistics.trackNoRouteDetail": _trace,
    "comment.list": _comments,
}


def _written(method: str, payload: msgspec.Raw) -> Records:
    """Success without rows (`{}`, null, nothing) is one result for the whole call."""
    rows = _written_rows(method, payload)
    if rows is None:
        return [WriteResult(PLATFORM, method, ok=True, raw=bytes(payload))]
    return _both(each(rows, desk.WRITES[method][1], "write", "aftersale_id", "tracking_no", "pack_id"))


def _written_rows(method: str, payload: msgspec.Raw) -> list[msgspec.Raw] | None:
    if method not in desk.WRITES or absence.nothing(payload):
        return None
    member = desk.WRITES[method][0]
    if not member:
        return [payload]
    found = opened(payload, _read_members, method).get(member)
    if found is None or absence.nothing(found):
        return None
    return opened(found, _read_rows, method) if bytes(found)[:1] == b"[" else [found]


def _pushes(body: bytes, account: Account | None) -> Records:
    """The body is a list; a single message is taken as a list of one."""
    shop_id = account.shop_id if account else None
    content = (repairs.mend(body) if _broken(body) else body).strip()
    try:
        rows = [msgspec.Raw(content)] if content[:1] == b"{" else _read_rows(content)
    except BROKEN:
        raise WireError(
            "the push body is no JSON list of messages",
            zh="推送报文不是消息数组",
            platform=PLATFORM,
            method=methods.PUSH,
        ) from None
    return _both(each(rows, lambda raw: push.event(raw, shop_id), "push", *push.IDS))


def _broken(body: bytes) -> bool:
    try:
        msgspec.json.decode(body)
    except BROKEN:
        return True
    return False


def _both(found: tuple[list[Any], list[Any]]) -> Records:
    return [*found[0], *found[1]]


def _plain(payload: msgspec.Raw, method: str) -> Any:
    return opened(payload, msgspec.json.decode, method)
