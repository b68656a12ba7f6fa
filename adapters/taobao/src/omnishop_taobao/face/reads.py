"""What the simulated platform answers to each read it plays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from attrs import frozen

from omnishop.model import to_beijing_text
from omnishop.sandbox.world import CARRIERS, Case, Order, Shop, World
from omnishop_taobao.face import talk, wire_cases, wire_orders
from omnishop_taobao.face.forms import Items
from omnishop_taobao.face.gate import Asked, Refusal, invalid
from omnishop_taobao.face.lists import THREE_MONTHS, Params, an_id, number, paged, picked, window
from omnishop_taobao.face.state import EXCHANGE, exchange_number, refund_status
from omnishop_taobao.mapping.common import REFUND, SPECIAL

DAY = timedelta(days=1)


@frozen
class Ask:
    """One admitted request: the world, the parameters, and the shop of its session."""

    world: World
    asked: Asked

    @property
    def params(self) -> Params:
        return self.asked.params

    @property
    def shop(self) -> Shop:
        return self.asked.token.shop if self.asked.token else self.asked.app


Answer = Callable[[Ask], dict[str, Any]]


@frozen
class Read:
    """What a method wants, and how it is answered."""

    answer: Answer
    wants: tuple[str, ...] = ()
    session: bool = True


def _gone(what: str, sub_msg: str) -> Refusal:
    return Refusal(15, "Remote service error", f"isv.{what}-not-exist", sub_msg)


# ---------------------------------------------------------------- orders


def _recent(ask: Ask) -> list[Order]:
    oldest = ask.world.now() - THREE_MONTHS
    return [order for order in ask.world.orders_of(ask.shop) if order.created_at >= oldest]


def _trades(ask: Ask, *, by: str, start: str, end: str, widest: timedelta | None = None) -> dict[str, Any]:
    inside = window(ask.params, start, end, widest=widest)
    wanted = ask.params.get("status")
    rows = [
        order
        for order in _recent(ask)
        if inside(getattr(order, by)) and wanted in {None, "", wire_orders.status(order)}
    ]
    rows.sort(key=lambda order: (getattr(order, by), order.order_id), reverse=True)
    show = partial(wire_orders.trade, full=False)
    return paged(
        ask.params,
        rows,
        wrapped=("trades", "trade"),
        show=lambda order: picked(show(order), ask.params["fields"]),
    )


def _increment(ask: Ask) -> dict[str, Any]:
    return _trades(ask, by="changed_at", start="start_modified", end="end_modified", widest=DAY)


def _incrementv(ask: Ask) -> dict[str, Any]:
    return _trades(ask, by="changed_at", start="start_create", end="end_create", widest=DAY)


def _sold(ask: Ask) -> dict[str, Any]:
    return _trades(ask, by="created_at", start="start_created", end="end_created")


def _history(ask: Ask) -> dict[str, Any]:
    """Trades of three months to two years ago: this world's are younger."""
    number(ask.params, "page_size", 40, 50)
    return {"has_next": False}


def _order(ask: Ask) -> Order:
    order = ask.world.orders.get(an_id(ask.params, "tid"))
    if order is None or order.shop is not ask.shop:
        raise _gone("trade", "交易不存在")
    return order


def _trade(ask: Ask, *, full: bool) -> dict[str, Any]:
    return {"trade": picked(wire_orders.trade(_order(ask), full=full), ask.params["fields"])}


# ---------------------------------------------------------------- refunds


def _listed(
    ask: Ask,
    cases: list[Case],
    show: Callable[[Case], dict[str, Any]],
    wrapped: tuple[str, str],
    default: int = 40,
) -> dict[str, Any]:
    """Newest modified first, as observed."""
    inside = window(ask.params, "start_modified", "end_modified")
    wanted = ask.params.get("status")
    rows = [c for c in cases if inside(c.changed_at) and wanted in {None, "", refund_status(c)}]
    rows.sort(key=lambda case: (case.changed_at, case.case_id), reverse=True)
    fields = ask.params["fields"]
    return paged(
        ask.params, rows, wrapped=wrapped, show=lambda case: picked(show(case), fields), default=default
    )


def _refunds(ask: Ask) -> dict[str, Any]:
    cases = list(ask.world.cases_of(ask.shop, REFUND))
    return _listed(ask, cases, lambda c: wire_cases.in_list(wire_cases.refund(c)), ("refunds", "refund"))


def _specials(ask: Ask) -> dict[str, Any]:
    cases = list(ask.world.cases_of(ask.shop, SPECIAL))
    return _listed(ask, cases, wire_cases.special_in_list, ("refunds", "refund"))


def _disputes(ask: Ask) -> dict[str, Any]:
    _tmall_only(ask)
    cases = list(ask.world.cases_of(ask.shop, REFUND))
    page = _listed(ask, cases, wire_cases.dispute, ("results", "dispute"), default=20)
    return {"result": page}


def _tmall_only(ask: Ask) -> None:
    if ask.shop.storefront != "tmall":
        raise Refusal(12, "Insufficient user permissions")


def _case(ask: Ask, name: str = "refund_id", source: str = REFUND) -> Case:
    case_id = an_id(ask.params, name)
    found = ask.world.cases.get((source, case_id))
    if found is not None and found.shop is ask.shop:
        return found
    other = ask.world.cases.get((SPECIAL, case_id))
    if source == REFUND and other is not None and other.shop is ask.shop:
        raise Refusal(15, "Remote service error", "isv.change-refund-top-api", "请使用特殊退款查询接口")
    raise _gone("refund", "退款不存在")


def _refund(ask: Ask) -> dict[str, Any]:
    return {"refund": picked(wire_cases.refund(_case(ask)), ask.params["fields"])}


def _special(ask: Ask) -> dict[str, Any]:
    return {"refund": picked(wire_cases.special(_case(ask, source=SPECIAL)), ask.params["fields"])}


def _detail(ask: Ask) -> dict[str, Any]:
    """The real operation codes are not public: none are told."""
    return {"detail": {"refund_version": wire_cases.version(_case(ask))}}


_REFUSALS = (
    (118, "已经影响商品完好", "请上传商品受损的凭证"),
    (104, "未收到退货，快递还在途中", None),
    (106, "与买家协商换货", None),
)


def _refusals(ask: Ask) -> dict[str, Any]:
    case = _case(ask)
    if ask.params["refund_phase"] not in {"onsale", "aftersale"}:
        raise invalid("refund_phase")
    if refund_status(case) not in {"WAIT_SELLER_AGREE", "WAIT_SELLER_CONFIRM_GOODS"}:
        raise Refusal(
            15,
            "Remote service error",
            "isv.invalid-permission:refund_status is invalid or refund is out of date",
            "当前退款状态不能操作拒绝退款",
        )
    rows = [{"reason_id": code, "reason_text": text, "reason_tips": tips} for code, text, tips in _REFUSALS]
    return {"reasons": Items("reason", [picked(row, ask.params["fields"]) for row in rows])}


def _messages(ask: Ask) -> dict[str, Any]:
    case = _case(ask)
    if ask.shop.storefront == "tmall" and not ask.params.get("refund_phase"):
        raise Refusal(40, "Missing required arguments:refund_phase", "isv.missing-parameter:refund_phase")
    return paged(
        ask.params,
        talk.lines(case),
        wrapped=("refund_messages", "refund_message"),
        show=lambda row: picked(row, ask.params["fields"]),
        has_next=False,
    )


# ---------------------------------------------------------------- exchanges


def _exchange(ask: Ask) -> Case | None:
    found = ask.world.cases.get((REFUND, an_id(ask.params, "dispute_id")))
    if found is None or found.shop is not ask.shop or wire_cases.dispute_type(found) != "TMALL_EXCHANGE":
        return None
    return found


_NO_EXCHANGE = {"result": {"success": False, "msg_code": "isv.refund-not-exist", "message": "换货单不存在"}}


def _exchange_get(ask: Ask) -> dict[str, Any]:
    case = _exchange(ask)
    if case is None:
        return _NO_EXCHANGE
    return {"result": {"success": True, "exchange": picked(wire_cases.exchange(case), ask.params["fields"])}}


def _exchanges(ask: Ask) -> dict[str, Any]:
    _tmall_only(ask)
    params = ask.params
    changed = window(params, "start_gmt_modified_time", "end_gmt_modifed_time")
    created = window(params, "start_created_time", "end_created_time")
    wanted = {part for part in params.get("dispute_status_array", "").split(",") if part}
    if len(wanted) > 20 or not wanted <= {str(code) for code, _ in EXCHANGE.values()}:  # noqa: PLR2004 - their limit
        raise invalid("dispute_status_array")
    rows = [
        case
        for case in ask.world.cases_of(ask.shop, REFUND)
        if wire_cases.dispute_type(case) == "TMALL_EXCHANGE"
        and changed(case.changed_at)
        and created(case.opened_at)
        and (not wanted or str(exchange_number(case)) in wanted)
    ]
    rows.sort(key=lambda case: (case.changed_at, case.case_id), reverse=True)
    page = paged(
        params,
        rows,
        wrapped=("results", "exchange"),
        show=lambda case: picked(wire_cases.exchange(case), params["fields"]),
        default=30,
        has_next=False,
    )
    size = number(params, "page_size", 30, 100)
    more = number(params, "page_no", 1, 1_000_000) * size < len(rows)
    return {"page_results": len(page["results"].rows), **page, "has_next": more}


def _exchange_refusals(ask: Ask) -> dict[str, Any]:
    case = _exchange(ask)
    if case is None:
        return _NO_EXCHANGE
    rows = [
        {"reason_id": 1001, "reason_text": "商品影响二次销售"},
        {"reason_id": 1002, "reason_text": "库存不足"},
    ]
    return {"result": {"total_results": len(rows), "results": Items("reason", rows)}}


def _exchange_messages(ask: Ask) -> dict[str, Any]:
    case = _exchange(ask)
    if case is None:
        return _NO_EXCHANGE
    page = paged(
        ask.params,
        talk.exchange_lines(case),
        wrapped=("results", "refund_message"),
        show=lambda row: picked(row, ask.params["fields"]),
        default=10,
        has_next=False,
    )
    return {"result": {"page_results": len(page["results"].rows), "has_next": False, **page}}


# ---------------------------------------------------------------- reviews


def _rates(ask: Ask) -> dict[str, Any]:
    params = ask.params
    if params["rate_type"] not in {"get", "give"} or params["role"] not in {"seller", "buyer"}:
        raise invalid("rate_type" if params["rate_type"] not in {"get", "give"} else "role")
    inside = window(params, "start_date", "end_date")
    oldest = ask.world.now() - timedelta(days=180)
    rows = [
        review
        for review in ask.world.reviews_of(ask.shop)
        if (params["rate_type"], params["role"]) == ("get", "buyer")
        and review.created_at >= oldest
        and inside(review.created_at)
        and params.get("result") in {None, "", talk.grade(review)}
        and params.get("tid") in {None, "", review.order.order_id}
    ]
    rows.sort(key=lambda review: (review.created_at, review.review_id), reverse=True)
    return paged(
        params,
        rows[:1500],
        wrapped=("trade_rates", "trade_rate"),
        show=lambda review: picked(talk.rate(review), params["fields"]),
        largest=150,
        pages=200,
    )


def _feeds(ask: Ask) -> dict[str, Any]:
    _tmall_only(ask)
    oid = an_id(ask.params, "child_trade_id")
    review = next((r for r in ask.world.reviews_of(ask.shop) if r.line.line_id == oid), None)
    if review is None:
        raise _gone("trade", "评价不存在")
    return {"tmall_rate_info": talk.feed(review)}


# ---------------------------------------------------------------- the rest


def _trace(ask: Ask) -> dict[str, Any]:
    order = _order(ask)
    wanted = {part for part in ask.params.get("sub_tid", "").split(",") if part}
    parcels = [
        parcel
        for parcel in order.parcels
        if ask.params.get("is_split") != "1" or wanted & {line.line_id for line in parcel.lines}
    ]
    if not parcels:
        raise Refusal(15, "Remote service error", "isv.logistics-trace-service-error:B01", "没有物流信息")
    parcel = parcels[0]
    steps = [
        {
            "status_time": to_beijing_text(node.at),
            "status_desc": node.text,
            "action": talk.TRACE_ACTIONS.get(node.state, "OTHER"),
        }
        for node in parcel.nodes
        if node.at <= ask.world.now()
    ]
    return {
        "tid": int(order.order_id),
        "out_sid": parcel.tracking_no,
        "company_name": CARRIERS.get(parcel.carrier, parcel.carrier),
        "status": "对方已签收",
        "trace_list": Items("transit_step_info", steps),
    }


def _addresses(ask: Ask) -> dict[str, Any]:
    rdef = ask.params.get("rdef") or ""
    if rdef not in {"", "no_def", "get_def", "cancel_def"}:
        raise invalid("rdef")
    rows = [
        {
            "contact_id": int(place.address_id),
            "contact_name": place.contact,
            "province": place.province,
            "city": place.city,
            "country": place.district,
            "addr": place.street,
            "zip_code": "310000",
            "phone": "",
            "mobile_phone": place.phone,
            "get_def": place.default_return,
            "cancel_def": place.default_return,
            "send_def": False,
            "modify_date": "2024-01-01 10:00:00",
        }
        for place in ask.shop.addresses
        if not rdef or (rdef == "no_def") != place.default_return
    ]
    return {"addresses": Items("address_result", rows)}


def _companies(ask: Ask) -> dict[str, Any]:
    rows = [{"id": 100 + n, "code": code, "name": name} for n, (code, name) in enumerate(CARRIERS.items())]
    return {
        "logistics_companies": Items("logistics_company", [picked(r, ask.params["fields"]) for r in rows])
    }


def _seller(ask: Ask) -> dict[str, Any]:
    row = {
        "user_id": int(ask.shop.shop_id),
        "nick": ask.shop.nick,
        "type": wire_orders.SELLER_TYPE[ask.shop.storefront],
        "has_shop": True,
        "status": "normal",
    }
    return {"user": picked(row, ask.params["fields"])}


def _open_uid(ask: Ask) -> dict[str, Any]:
    return {"open_uid": _order(ask).buyer.open_id}


def _time(ask: Ask) -> dict[str, Any]:
    """The platform's clock is what timestamps are judged by."""
    return {"time": to_beijing_text(ask.world.clock.machine())}


READS: dict[str, Read] = {
    "taobao.trades.sold.get": Read(_sold, ("fields",)),
    "taobao.trades.sold.increment.get": Read(_increment, ("fields", "start_modified", "end_modified")),
    "taobao.trades.sold.incrementv.get": Read(_incrementv, ("fields", "start_create", "end_create")),
    "taobao.trades.sold.history.get": Read(_history, ("fields",)),
    "taobao.trade.fullinfo.get": Read(partial(_trade, full=True), ("fields", "tid")),
    "taobao.trade.get": Read(partial(_trade, full=True), ("fields", "tid")),
    "taobao.refunds.receive.get": Read(_refunds, ("fields",)),
    "taobao.refund.get": Read(_refund, ("fields", "refund_id")),
    "taobao.special.refunds.receive.get": Read(_specials, ("fields",)),
    "taobao.special.refund.get": Read(_special, ("fields", "refund_id")),
    "taobao.refund.detail.get": Read(_detail, ("refund_id", "fields")),
    "taobao.refund.refusereason.get": Read(_refusals, ("refund_phase", "refund_id", "fields")),
    "taobao.refund.messages.get": Read(_messages, ("fields", "refund_id")),
    "tmall.dispute.receive.get": Read(_disputes, ("fields",)),
    "tmall.exchange.receive.get": Read(_exchanges, ("fields",)),
    "tmall.exchange.get": Read(_exchange_get, ("dispute_id", "fields")),
    "tmall.exchange.refusereason.get": Read(_exchange_refusals, ("dispute_id", "fields")),
    "tmall.exchange.messages.get": Read(_exchange_messages, ("dispute_id", "fields")),
    "taobao.traderates.get": Read(_rates, ("fields", "rate_type", "role")),
    "tmall.traderate.feeds.get": Read(_feeds, ("child_trade_id",)),
    "taobao.logistics.trace.search": Read(_trace, ("tid",)),
    "taobao.logistics.address.search": Read(_addresses),
    "taobao.logistics.companies.get": Read(_companies, ("fields",), session=False),
    "taobao.user.seller.get": Read(_seller, ("fields",)),
    "taobao.openuid.get.bytrade": Read(_open_uid, ("tid",)),
    "taobao.time.get": Read(_time, session=False),
}
