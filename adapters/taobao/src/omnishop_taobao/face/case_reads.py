"""What the simulated platform answers to reads of refunds, special refunds, disputes and exchanges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omnishop.sandbox.world import Case
from omnishop_taobao.face import filters, talk, wire_cases
from omnishop_taobao.face.asking import Ask, Read, gone, tmall_only
from omnishop_taobao.face.forms import Items
from omnishop_taobao.face.gate import Refusal, invalid, missing
from omnishop_taobao.face.lists import an_id, number, paged, picked, window
from omnishop_taobao.face.state import EXCHANGE, exchange_number, refund_status
from omnishop_taobao.mapping.common import REFUND, SPECIAL

_MOST = 20  # members of an id list
_MISSPELT = {"WAIT_SELLER_CONSIGN_GOOGDS": "WAIT_SELLER_CONSIGN_GOODS"}
"""A filter value that the platform spells wrong (§4.2)."""


def _listed(
    ask: Ask,
    cases: list[Case],
    show: Callable[[Case], dict[str, Any]],
    wrapped: tuple[str, str],
    default: int = 40,
) -> dict[str, Any]:
    """Newest modified first, as observed."""
    inside = window(ask.params, "start_modified", "end_modified")
    wanted = ask.params.get("status", "").strip()
    of_buyer = filters.by_buyer(ask.params, "buyer_nick", "buyer_open_uid")
    rows = [
        case
        for case in cases
        if filters.of_type(ask.params)
        and inside(case.changed_at)
        and _MISSPELT.get(wanted, wanted) in {"", refund_status(case)}
        and of_buyer(case.order.buyer)
    ]
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
    tmall_only(ask)
    one = filters.maybe_id(ask.params, "refund_id")
    cases = [case for case in ask.world.cases_of(ask.shop, REFUND) if one in {None, case.case_id}]
    page = _listed(ask, cases, wire_cases.dispute, ("results", "dispute"), default=20)
    return {"result": page}


def refund_of(ask: Ask, name: str = "refund_id", source: str = REFUND) -> Case:
    case_id = an_id(ask.params, name)
    found = ask.world.cases.get((source, case_id))
    if found is not None and found.shop is ask.shop:
        return found
    other = ask.world.cases.get((SPECIAL, case_id))
    if source == REFUND and other is not None and other.shop is ask.shop:
        raise Refusal(15, "Remote service error", "isv.change-refund-top-api", "请使用特殊退款查询接口")
    raise gone("refund", "退款不存在")


def _refund(ask: Ask) -> dict[str, Any]:
    return {"refund": picked(wire_cases.refund(refund_of(ask)), ask.params["fields"])}


def _special(ask: Ask) -> dict[str, Any]:
    return {"refund": picked(wire_cases.special(refund_of(ask, source=SPECIAL)), ask.params["fields"])}


def _detail(ask: Ask) -> dict[str, Any]:
    """The real operation codes are not public: none are told."""
    return {"detail": {"refund_version": wire_cases.version(refund_of(ask))}}


REFUSALS = (
    (118, "已经影响商品完好", "请上传商品受损的凭证"),
    (104, "未收到退货，快递还在途中", None),
    (106, "与买家协商换货", None),
)


def _refusals(ask: Ask) -> dict[str, Any]:
    case = refund_of(ask)
    if ask.params["refund_phase"] not in {"onsale", "aftersale"}:
        raise invalid("refund_phase")
    if refund_status(case) not in {"WAIT_SELLER_AGREE", "WAIT_SELLER_CONFIRM_GOODS"}:
        raise Refusal(
            15,
            "Remote service error",
            "isv.invalid-permission:refund_status is invalid or refund is out of date",
            "当前退款状态不能操作拒绝退款",
        )
    rows = [{"reason_id": code, "reason_text": text, "reason_tips": tips} for code, text, tips in REFUSALS]
    return {"reasons": Items("reason", [picked(row, ask.params["fields"]) for row in rows])}


def _messages(ask: Ask) -> dict[str, Any]:
    case = refund_of(ask)
    phase = filters.one_of(ask.params, "refund_phase", ("onsale", "aftersale"))
    if ask.shop.storefront == "tmall" and phase is None:
        raise missing("refund_phase")
    return paged(
        ask.params,
        talk.lines(case) if phase in {None, case.phase} else [],
        wrapped=("refund_messages", "refund_message"),
        show=lambda row: picked(row, ask.params["fields"]),
        has_next=False,
    )


# ---------------------------------------------------------------- exchanges


def exchange_of(ask: Ask) -> Case | None:
    found = ask.world.cases.get((REFUND, an_id(ask.params, "dispute_id")))
    if found is None or found.shop is not ask.shop or wire_cases.dispute_type(found) != "TMALL_EXCHANGE":
        return None
    return found


_NO_EXCHANGE = {"result": {"success": False, "msg_code": "isv.refund-not-exist", "message": "换货单不存在"}}


def _exchange_get(ask: Ask) -> dict[str, Any]:
    case = exchange_of(ask)
    if case is None:
        return _NO_EXCHANGE
    return {"result": {"success": True, "exchange": picked(wire_cases.exchange(case), ask.params["fields"])}}


def _exchanges(ask: Ask) -> dict[str, Any]:
    tmall_only(ask)
    params = ask.params
    changed = window(params, "start_gmt_modified_time", "end_gmt_modifed_time")
    created = window(params, "start_created_time", "end_created_time")
    wanted = filters.ids(params, "dispute_status_array", _MOST)
    if not wanted <= {str(code) for code, _ in EXCHANGE.values()}:
        raise invalid("dispute_status_array")
    among = filters.ids(params, "refund_id_array", _MOST)
    order_id = filters.maybe_id(params, "biz_order_id")
    parcel = params.get("logistic_no", "").strip()
    of_buyer = filters.by_buyer(params, "buyer_nick", "buyer_open_uid")
    rows = [
        case
        for case in ask.world.cases_of(ask.shop, REFUND)
        if wire_cases.dispute_type(case) == "TMALL_EXCHANGE"
        and changed(case.changed_at)
        and created(case.opened_at)
        and (not wanted or str(exchange_number(case)) in wanted)
        and (not among or case.case_id in among)
        and order_id in {None, case.order.order_id}
        and of_buyer(case.order.buyer)
        and (not parcel or parcel in _waybills(case))
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


def _waybills(case: Case) -> set[str]:
    return {sent.tracking_no for sent in (case.return_parcel, case.replacement) if sent is not None}


EXCHANGE_REFUSALS = ((1001, "商品影响二次销售"), (1002, "库存不足"))


def _exchange_refusals(ask: Ask) -> dict[str, Any]:
    case = exchange_of(ask)
    if case is None:
        return _NO_EXCHANGE
    phase = filters.one_of(ask.params, "dispute_type", ("0", "1", "2"))
    rows = [{"reason_id": code, "reason_text": text} for code, text in EXCHANGE_REFUSALS]
    if phase not in {None, "0", "1" if case.phase == "onsale" else "2"}:
        rows = []
    return {"result": {"total_results": len(rows), "results": Items("reason", rows)}}


def _exchange_messages(ask: Ask) -> dict[str, Any]:
    case = exchange_of(ask)
    if case is None:
        return _NO_EXCHANGE
    roles = filters.ids(ask.params, "operator_roles", _MOST)
    if not roles <= talk.EXCHANGE_ROLES:
        raise invalid("operator_roles")
    page = paged(
        ask.params,
        talk.exchange_lines(case, roles),
        wrapped=("results", "refund_message"),
        show=lambda row: picked(row, ask.params["fields"]),
        default=10,
        has_next=False,
    )
    return {"result": {"page_results": len(page["results"].rows), "has_next": False, **page}}


CASES: dict[str, Read] = {
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
}
