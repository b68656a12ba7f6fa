"""What the simulated platform answers to each read it plays."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from omnishop.model import to_beijing_text
from omnishop.sandbox.world import CARRIERS, Order
from omnishop_taobao.face import filters, talk, wire_orders
from omnishop_taobao.face.asking import Ask, Read, gone, tmall_only
from omnishop_taobao.face.case_reads import CASES
from omnishop_taobao.face.forms import Items
from omnishop_taobao.face.gate import Refusal, invalid
from omnishop_taobao.face.lists import THREE_MONTHS, an_id, number, paged, picked, window

DAY = timedelta(days=1)


# ---------------------------------------------------------------- orders


def _recent(ask: Ask) -> list[Order]:
    oldest = ask.world.now() - THREE_MONTHS
    return [order for order in ask.world.orders_of(ask.shop) if order.created_at >= oldest]


def _trades(
    ask: Ask,
    *,
    by: str,
    start: str,
    end: str,
    widest: timedelta | None = None,
    buyer: tuple[str, str] | None = None,
    rated: bool = False,
) -> dict[str, Any]:
    """`buyer`: what this method calls its filters by nick and by open id. `rated`: it has `rate_status`."""
    params = ask.params
    inside = window(params, start, end, widest=widest)
    fits = [filters.by_trade_status(params)]
    if buyer is not None:
        of_buyer = filters.by_buyer(params, *buyer)
        fits.append(lambda order: of_buyer(order.buyer))
    if rated:
        fits.append(filters.by_rating(params, ask.world.reviews_of(ask.shop)))
    none = not filters.of_type(params) or filters.unknown_facts(params, "ext_type", "tag")
    rows = [
        order
        for order in _recent(ask)
        if not none and inside(getattr(order, by)) and all(fit(order) for fit in fits)
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
    names = ("buyer_nick", "buyer_open_uid")
    return _trades(ask, by="changed_at", start="start_modified", end="end_modified", widest=DAY, buyer=names)


def _incrementv(ask: Ask) -> dict[str, Any]:
    return _trades(ask, by="changed_at", start="start_create", end="end_create", widest=DAY)


def _sold(ask: Ask) -> dict[str, Any]:
    names = ("buyer_nick", "buyer_open_id")
    return _trades(ask, by="created_at", start="start_created", end="end_created", buyer=names, rated=True)


def _history(ask: Ask) -> dict[str, Any]:
    """Trades of three months to two years ago: this world's are younger."""
    number(ask.params, "page_size", 40, 50)
    return {"has_next": False}


def order_of(ask: Ask) -> Order:
    order = ask.world.orders.get(an_id(ask.params, "tid"))
    if order is None or order.shop is not ask.shop:
        raise gone("trade", "交易不存在")
    return order


def _trade(ask: Ask, *, full: bool) -> dict[str, Any]:
    return {"trade": picked(wire_orders.trade(order_of(ask), full=full), ask.params["fields"])}


# ---------------------------------------------------------------- reviews


def _rates(ask: Ask) -> dict[str, Any]:
    params = ask.params
    if params["rate_type"] not in {"get", "give"} or params["role"] not in {"seller", "buyer"}:
        raise invalid("rate_type" if params["rate_type"] not in {"get", "give"} else "role")
    inside = window(params, "start_date", "end_date")
    result = filters.one_of(params, "result", ("good", "neutral", "bad"))
    tid, item = filters.maybe_id(params, "tid"), filters.maybe_id(params, "num_iid")
    oldest = ask.world.now() - timedelta(days=180)
    rows = [
        review
        for review in ask.world.reviews_of(ask.shop)
        if (params["rate_type"], params["role"]) == ("get", "buyer")
        and review.created_at >= oldest
        and inside(review.created_at)
        and result in {None, talk.grade(review)}
        and tid in {None, review.order.order_id, review.line.line_id}
        and item in {None, review.line.good.item_id}
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
    tmall_only(ask)
    oid = an_id(ask.params, "child_trade_id")
    review = next((r for r in ask.world.reviews_of(ask.shop) if r.line.line_id == oid), None)
    if review is None:
        raise gone("trade", "评价不存在")
    return {"tmall_rate_info": talk.feed(review)}


# ---------------------------------------------------------------- the rest


def _trace(ask: Ask) -> dict[str, Any]:
    order = order_of(ask)
    wanted = filters.ids(ask.params, "sub_tid", 50)
    split = filters.one_of(ask.params, "is_split", ("0", "1")) == "1"
    parcels = [
        parcel for parcel in order.parcels if not split or wanted & {line.line_id for line in parcel.lines}
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
    filters.one_of(ask.params, "is_recommended", ("true", "false"))
    filters.one_of(ask.params, "order_mode", ("offline", "online", "all"))
    none = filters.unknown_facts(ask.params, "is_recommended", "order_mode")
    carriers = {} if none else CARRIERS
    rows = [{"id": 100 + n, "code": code, "name": name} for n, (code, name) in enumerate(carriers.items())]
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
    return {"open_uid": order_of(ask).buyer.open_id}


def _time(ask: Ask) -> dict[str, Any]:
    """The platform's clock is what timestamps are judged by."""
    return {"time": to_beijing_text(ask.world.clock.machine())}


READS: dict[str, Read] = {
    **CASES,
    "taobao.trades.sold.get": Read(_sold, ("fields",)),
    "taobao.trades.sold.increment.get": Read(_increment, ("fields", "start_modified", "end_modified")),
    "taobao.trades.sold.incrementv.get": Read(_incrementv, ("fields", "start_create", "end_create")),
    "taobao.trades.sold.history.get": Read(_history, ("fields",)),
    "taobao.trade.fullinfo.get": Read(partial(_trade, full=True), ("fields", "tid")),
    "taobao.trade.get": Read(partial(_trade, full=True), ("fields", "tid")),
    "taobao.traderates.get": Read(_rates, ("fields", "rate_type", "role")),
    "tmall.traderate.feeds.get": Read(_feeds, ("child_trade_id",)),
    "taobao.logistics.trace.search": Read(_trace, ("tid",)),
    "taobao.logistics.address.search": Read(_addresses),
    "taobao.logistics.companies.get": Read(_companies, ("fields",), session=False),
    "taobao.user.seller.get": Read(_seller, ("fields",)),
    "taobao.openuid.get.bytrade": Read(_open_uid, ("tid",)),
    "taobao.time.get": Read(_time, session=False),
}
