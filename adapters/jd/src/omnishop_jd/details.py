"""One order or case whole: its detail joined with what the platform keeps elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from omnishop.errors import ConfigError, NotFound, NotSupported, PermissionDenied, Rejected
from omnishop.flow import Call, Flow
from omnishop.model import (
    Address,
    Case,
    Deadline,
    Event,
    Fen,
    Kind,
    Order,
    RefundFact,
    RefuseReason,
    Stage,
    Trace,
    Unreadable,
)
from omnishop.ports import Account
from omnishop_jd.catalogue import METHODS
from omnishop_jd.decoding import READINGS, records_in
from omnishop_jd.errors import CUT, PLATFORM
from omnishop_jd.logistics import ADDRESS, JD_CARRIER, address_of, trace_of
from omnishop_jd.methods import (
    AUDIT_LIST,
    COMPENSATIONS,
    FREIGHT_VIEW,
    JD_TRACE,
    LOG_LIST,
    QUERY_LIST,
    QUERY_VIEW,
    REASON_LIST,
    REFUND_APPLIES,
    REFUND_VIEW,
    RETURN_ADDRESSES,
    SHOP_REFUND,
    TRACK_LIST,
    known_shop,
    number,
    operator,
    orders_method,
)
from omnishop_jd.orders.tables import CLASSIC_FIELDS, FIELDS, UNKNOWN_FIELD
from omnishop_jd.presence import nothing_told, told_at
from omnishop_jd.refundapply.mapping import COMPENSATION
from omnishop_jd.refundapply.mapping import SOURCE as REFUNDAPPLY
from omnishop_jd.refundapply.tables import REJECT_TYPES
from omnishop_jd.service.mapping import SOURCE as SERVICE
from omnishop_jd.service.mapping import joined
from omnishop_jd.service.tables import AWAITS_AUDIT, AWAITS_GOODS, MAY_BE_PAID
from omnishop_jd.service.wire import FREIGHT, Freight
from omnishop_jd.wire import BROKEN, Misfit, Reader, each, fitting, records, spoilt

_PAGE = 50
_PAID_BACK = frozenset({Kind.RETURN_REFUND, Kind.REFUND_ONLY})
_BEFORE_MONEY = frozenset({Stage.REQUESTED, Stage.AWAITING_RETURN, Stage.RETURNING, Stage.INSPECTING})


def _missing(what: str) -> NotFound:
    return NotFound(f"the shop has no such {what}", zh=f"该店铺没有此{_ZH[what]}", platform=PLATFORM)


_ZH = {"order": "订单", "service order": "服务单", "application": "退款申请单", "compensation": "赔付单"}


def _records(method: str, payload: msgspec.Raw, account: Account, page: int | None = None) -> list[object]:
    """A detail that does not fit is an answer that cannot be read."""
    return _all_fit(records_in(METHODS[method], READINGS[method], payload, account, strict=True, page=page))


def _all_fit(made: list[Any]) -> list[Any]:
    bad = next((one for one in made if isinstance(one, Unreadable)), None)
    if bad is not None:
        raise spoilt(Misfit(bad.error))
    return made


# ---------------------------------------------------------------- orders


def order(account: Account, order_id: str) -> Flow[Order]:
    method = orders_method(account, "Get")
    asked = {"order_id": number(order_id), "optional_fields": FIELDS}
    try:
        payload = yield Call(method, asked)
    except ConfigError as refused:
        if refused.code != UNKNOWN_FIELD:
            raise
        payload = yield Call(method, {**asked, "optional_fields": CLASSIC_FIELDS})
    found = _records(method, payload, account)
    if not found or not isinstance(found[0], Order) or found[0].order_id != order_id:
        raise _missing("order")
    return found[0]


# ---------------------------------------------------------------- cases


def case(account: Account, source: str, case_id: str) -> Flow[Case]:
    if source == SERVICE:
        account = yield from known_shop(account)
        return (yield from _service(account, case_id))
    if source == REFUNDAPPLY:
        # not queryById: it does not show the articles
        asked = {"ids": case_id, "showSku": True, "pageIndex": 1, "pageSize": _PAGE}
        return (yield from _one(account, REFUND_APPLIES, asked, case_id, "application"))
    if source == COMPENSATION:
        wanted = {"compensateId": number(case_id), "pageIndex": 1, "pageSize": _PAGE}
        return (yield from _one(account, COMPENSATIONS, wanted, case_id, "compensation"))
    source = source[:CUT]
    raise ConfigError(
        f"no such source of cases: {source}; there are {SERVICE}, {REFUNDAPPLY}, {COMPENSATION}",
        zh=f"没有此单据来源: {source}; 可用: {SERVICE}, {REFUNDAPPLY}, {COMPENSATION}",
        platform=PLATFORM,
    )


def _one(account: Account, method: str, asked: Mapping[str, object], case_id: str, what: str) -> Flow[Case]:
    payload = yield Call(method, asked)
    for found in _records(method, payload, account):
        if isinstance(found, Case) and found.case_id == case_id:
            return found
    raise _missing(what)


def _service(account: Account, service_id: str) -> Flow[Case]:
    """query.view wants the order's number too: the list tells it."""
    asked = {**operator(account), "serviceId": number(service_id), "pageNumber": 1, "pageSize": _PAGE}
    seen = yield from _one(account, QUERY_LIST, asked, service_id, "service order")
    return (yield from complete_service(account, seen))


def complete_service(account: Account, seen: Case) -> Flow[Case]:
    """The detail, and per stage: audit deadline, estimate, waybill, refund facts."""
    account = yield from known_shop(account)
    if seen.order_id is None:
        return seen
    asked = {**operator(account), "serviceId": number(seen.case_id), "orderId": number(seen.order_id)}
    payload = yield Call(QUERY_VIEW, asked)
    found = [one for one in _records(QUERY_VIEW, payload, account) if isinstance(one, Case)]
    if not found or found[0].case_id != seen.case_id:
        raise _missing("service order")
    bill, status = found[0], found[0].raw_stage
    deadline, freight, estimate = None, None, None
    facts: tuple[RefundFact, ...] = ()
    if status in AWAITS_AUDIT:
        deadline = seen.deadline or (yield from _deadline(account, seen.case_id))
    if status == AWAITS_GOODS:
        freight = yield from _freight(asked)
    if status in MAY_BE_PAID:
        facts = yield from _facts(account, seen.order_id)
    if bill.kind in _PAID_BACK and bill.stage in _BEFORE_MONEY:
        estimate = yield from _estimate(seen.case_id)
    try:
        return joined(bill, freight=freight, facts=facts, estimate=estimate, deadline=deadline, seen=seen)
    except BROKEN as problem:
        raise spoilt(problem) from None


def _deadline(account: Account, service_id: str) -> Flow[Deadline | None]:
    """auditOvertime stands in audit.list alone."""
    payload = yield Call(
        AUDIT_LIST, {**operator(account), "serviceId": number(service_id), "pageNumber": 1, "pageSize": _PAGE}
    )
    for found in _records(AUDIT_LIST, payload, account):
        if isinstance(found, Case) and found.case_id == service_id:
            return found.deadline
    return None


def _freight(asked: Mapping[str, object]) -> Flow[Freight | None]:
    """Absent before a waybill exists."""
    payload = yield Call(FREIGHT_VIEW, asked)
    rows = records(told_at(payload, ("result", "data")), "data")
    return fitting(FREIGHT, rows[0]) if rows else None


def _facts(account: Account, order_id: str) -> Flow[tuple[RefundFact, ...]]:
    """All refund facts of the order: several service orders, and several rows for one of them, are normal."""
    facts: list[RefundFact] = []
    page = 1
    while True:
        asked = {"buId": account.shop_id, "orderId": number(order_id), "pageNumber": page, "pageSize": _PAGE}
        payload = yield Call(REFUND_VIEW, asked)
        found = _records(REFUND_VIEW, payload, account, page)
        facts += [fact for fact in found if isinstance(fact, RefundFact)]
        if len(found) < _PAGE:
            return tuple(facts)
        page += 1


def _estimate(service_id: str) -> Flow[Fen | None]:
    """The most that may be refunded, in yuan there; an app without this method's permission does without."""
    try:
        payload = yield Call(SHOP_REFUND, {"afsServiceId": number(service_id)})
    except (PermissionDenied, Rejected, NotFound):
        return None
    found = records_in(METHODS[SHOP_REFUND], READINGS[SHOP_REFUND], payload, None)
    return next((fact.amount for fact in found if isinstance(fact, RefundFact)), None)


def timeline(account: Account, source: str, case_id: str) -> Flow[tuple[Event, ...]]:
    """log.list and track.list of a service order, oldest first."""
    if source != SERVICE:
        raise NotSupported(
            "the platform keeps a history of service orders only",
            zh="平台仅提供服务单的处理记录",
            platform=PLATFORM,
        )
    account = yield from known_shop(account)
    events: list[Event] = []
    for method in (LOG_LIST, TRACK_LIST):
        page = 1
        while True:
            asked = {**operator(account), "serviceId": number(case_id), "pageNumber": page, "pageSize": _PAGE}
            payload = yield Call(method, asked)
            found = [one for one in _records(method, payload, account, page) if isinstance(one, Event)]
            events += found
            if len(found) < _PAGE:
                break
            page += 1
    told = [event for event in events if event.at is not None]
    return (*(event for event in events if event.at is None), *sorted(told, key=_moment))


def _moment(event: Event) -> float:
    return event.at.timestamp() if event.at is not None else 0.0


# ---------------------------------------------------------------- parcels, addresses, reasons


def trace(account: Account, *, order_id: str | None, tracking_no: str | None) -> Flow[tuple[Trace, ...]]:
    """Waybills of JD's own carrier, by the shop's customer_code there; others are not on this wire."""
    code = account.settings.get("customer_code")
    if not code:
        raise ConfigError(
            "a trace needs the shop's code at JD logistics: set customer_code for this shop",
            zh="查询物流轨迹需要京东物流商家编码: 请为该店铺设置 customer_code",
            platform=PLATFORM,
        )
    wanted = [tracking_no] if tracking_no else []
    if order_id is not None and not wanted:
        whole = yield from order(account, order_id)
        wanted = [
            parcel.tracking_no
            for parcel in whole.parcels
            if parcel.carrier_code == JD_CARRIER and parcel.tracking_no is not None
        ]
    elif not wanted:
        raise ConfigError("a trace needs an order or a waybill number", zh="查询轨迹需要订单号或运单号")
    found: list[Trace] = []
    for waybill in wanted:
        payload = yield Call(JD_TRACE, {"customerCode": code, "waybillCode": waybill})
        try:
            told = trace_of(told_at(payload, METHODS[JD_TRACE].path), Reader.of(account), order_id=order_id)
        except BROKEN as problem:
            raise spoilt(problem) from None
        found += [told] if told is not None else []
    return tuple(found)


def return_addresses(account: Account) -> Flow[tuple[Address, ...]]:
    payload = yield Call(RETURN_ADDRESSES, {"address_type": 1})
    known = METHODS[RETURN_ADDRESSES]
    rows = records(told_at(payload, known.path), known.path[-1])
    if not rows:
        nothing_told(known, payload, known.path, 1)
    made = each(rows, ADDRESS, address_of, Reader.of(account), "return_address")
    return tuple(_all_fit(made))


def refuse_reasons(account: Account, source: str, case_id: str) -> Flow[tuple[RefuseReason, ...]]:
    """Service orders: 审核原因, both levels. Applications: the fixed rejectType list."""
    if source == REFUNDAPPLY:
        return tuple(RefuseReason(PLATFORM, code, said) for code, said in REJECT_TYPES)
    if source != SERVICE:
        raise NotSupported(
            "a compensation is not refused by the shop", zh="赔付单不由商家拒绝", platform=PLATFORM
        )
    return (yield from reasons(account, case_id, _AUDIT_REASONS))


_AUDIT_REASONS = 1
"""bizType of audit.reason.list: 1 审核原因, 2 京东介入原因."""


def reasons(account: Account, case_id: str, business: int) -> Flow[tuple[RefuseReason, ...]]:
    """Both levels; of a second one the hint names its parent."""
    account = yield from known_shop(account)
    asked = {**operator(account), "serviceId": number(case_id), "bizType": business}
    found = yield from _reasons(account, asked)
    with_children = {reason.hint for reason in found}
    for first in tuple(found):
        if first.hint is None and f"parent {first.code}" not in with_children:
            found += yield from _reasons(account, {**asked, "parentCode": first.code})
    return tuple(dict.fromkeys(found))


def _reasons(account: Account, asked: Mapping[str, object]) -> Flow[list[RefuseReason]]:
    payload = yield Call(REASON_LIST, asked)
    return [one for one in _records(REASON_LIST, payload, account) if isinstance(one, RefuseReason)]
