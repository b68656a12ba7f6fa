"""Reads of single things as flows: an order, a case, its negotiation, traces, addresses, reasons."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from omnishop.errors import ConfigError, WireError
from omnishop.flow import Call, Flow
from omnishop.model import Address, Case, Event, Order, RefuseReason, Trace
from omnishop.ports import Account
from omnishop_douyin import absence, desk, reading
from omnishop_douyin.cases import mapping as cases
from omnishop_douyin.shape import CASES, PLATFORM, decoder, each, opened, page_decoder, shop_name, shortened

T = TypeVar("T")

ADDRESS_PAGE = 10
"""The documented default; no largest size is."""
_MOST_ADDRESS_PAGES = 100


def order_detail(account: Account, order_id: str) -> Flow[Order]:
    """Very old ids carry a trailing `A`, which requests must not (wire page 3)."""
    method = "order.orderDetail"
    payload = yield Call(method, {"shop_order_id": order_id.rstrip("A")})
    return the_one(reading.decode(method, payload, account), method, Order)


def case_detail(account: Account, case_id: str) -> Flow[Case]:
    method = "afterSale.Detail"
    payload = yield Call(method, {"after_sale_id": case_id})
    return the_one(reading.decode(method, payload, account), method, Case)


def case(account: Account, source: str, case_id: str) -> Flow[Case]:
    _known_source(source)
    return (yield from case_detail(account, case_id))


def timeline(account: Account, source: str, case_id: str) -> Flow[tuple[Event, ...]]:
    """The wire has the newest line first; here the oldest comes first."""
    _known_source(source)
    method = "afterSale.Detail"
    payload = yield Call(method, {"after_sale_id": case_id, "need_operation_record": True})
    absence.record(payload, ("process_info", "after_sale_info"), method)
    found, logs = opened(payload, cases.logs_of, method)
    events = [cases.event_of(raw, found, account.shop_id) for raw in logs]
    times = [event.at for event in events if event.at is not None]
    if times and times[0] > times[-1]:
        events.reverse()
    return tuple(events)


def trace(
    account: Account, *, order_id: str | None, carrier: str | None, tracking_no: str | None
) -> Flow[tuple[Trace, ...]]:
    """The platform wants the carrier's code and the number; an order tells both of each of its parcels."""
    if carrier and tracking_no:
        return ((yield from _route(account, order_id, (carrier, None), tracking_no)),)
    if order_id is None:
        raise ConfigError(
            "a trace needs carrier and tracking number, or the order they belong to",
            zh="查询轨迹需要快递公司编码和运单号, 或所属订单号",
            platform=PLATFORM,
        )
    order = yield from order_detail(account, order_id)
    found: list[Trace] = []
    for parcel in order.parcels:
        if parcel.tracking_no and parcel.carrier_code and tracking_no in {None, parcel.tracking_no}:
            names = (parcel.carrier_code, parcel.carrier)
            found.append((yield from _route(account, order.order_id, names, parcel.tracking_no)))
    return tuple(found)


def _route(
    account: Account, order_id: str | None, carrier: tuple[str | None, str | None], tracking_no: str
) -> Flow[Trace]:
    method = "logistics.trackNoRouteDetail"
    payload = yield Call(method, {"logistics_code": carrier[0], "track_no": tracking_no})
    found = the_one(reading.decode(method, payload, account), method, Trace)
    return desk.asked(found, order_id, carrier, tracking_no)


_read_addresses = page_decoder(desk.Addresses)


def return_addresses(account: Account) -> Flow[tuple[Address, ...]]:
    """Pages count from 1 here."""
    method = "address.list"
    found: list[Address] = []
    seen = 0
    for page_no in range(1, _MOST_ADDRESS_PAGES + 1):
        payload = yield Call(
            method,
            {
                "page_no": page_no,
                "page_size": ADDRESS_PAGE,
                "order_by": "asc",
                "order_field": "create_time",
            },
        )
        page = desk.Addresses() if absence.nothing(payload) else opened(payload, _read_addresses, method)
        rows = page.address_list or []
        if not rows:
            absence.empty_list(payload, "address_list", method)
            absence.untold(page.total, None, page_no - 1, method)
        good, _ = each(rows, desk.address, "address")
        found += good
        seen += len(rows)
        if not rows or (seen >= page.total if page.total is not None else len(rows) < ADDRESS_PAGE):
            break
    return tuple(found)


def refuse_reasons(account: Account, source: str, case_id: str) -> Flow[tuple[RefuseReason, ...]]:
    """What fits the case; the whole table where goods have come back, for which the platform lists none.

    Empty for unshipped, finished and overdue cases: they are not refused by a reason.
    """
    _known_source(source)
    if not case_id.isdigit():
        raise ConfigError(
            "a case id of this platform is a number", zh="该平台的售后单号应为数字", platform=PLATFORM
        )
    found = yield from _reject_reasons(account, {"aftersale_id": int(case_id)})
    if found:
        return found
    now = yield from case(account, source, case_id)
    come_back = now.raw_stage is not None and now.raw_stage.partition("/")[0] == _COME_BACK
    return (yield from _reject_reasons(account, {})) if come_back else ()


_COME_BACK = "11"
"""after_sale_status of goods that came back, before the second confirmation (4.4): refused with a reason, too."""


def _reject_reasons(account: Account, params: dict[str, int]) -> Flow[tuple[RefuseReason, ...]]:
    method = "afterSale.rejectReasonCodeList"
    payload = yield Call(method, params)
    return tuple(
        record for record in reading.decode(method, payload, account) if isinstance(record, RefuseReason)
    )


class _Reputation(msgspec.Struct, gc=False):
    shop_id: str | int | None = None


_read_reputation = decoder(_Reputation)


def shop_id_of(account: Account) -> Flow[str]:
    """The shop's scores name the shop."""
    method = "shop.reputation"
    payload = yield Call(method)
    found = shop_name(opened(payload, _read_reputation, method).shop_id, None)
    if found is None:
        raise _shapeless(method)
    return found


def the_one(records: list[Any], method: str, of: type[T]) -> T:
    first = records[0]
    if not isinstance(first, of):
        raise _shapeless(method)
    return first


def _shapeless(method: str) -> WireError:
    return WireError(
        "the answer does not have the documented shape; report it",
        zh="平台应答与文档格式不符, 请反馈",
        platform=PLATFORM,
        method=method,
    )


def _known_source(source: str) -> None:
    if source != CASES:
        raise ConfigError(
            f"this platform has one kind of case ids, {CASES}, not {shortened(source)!r}",
            zh=f"该平台的售后单来源只有 {CASES}, 没有 {shortened(source)!r}",
            platform=PLATFORM,
        )
