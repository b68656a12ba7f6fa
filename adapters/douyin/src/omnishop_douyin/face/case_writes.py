"""The other writes to cases of the simulated platform: waybills, evidence, deadline, remark, warehouse signals.

Source: wire page 4.6. Where the page gives no code for a refusal the closest documented one stands; each such choice
is listed in the documentation of this platform.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from omnishop.model import Actor, Dispute, Kind, Stage
from omnishop.sandbox.steps import Forbidden, take
from omnishop.sandbox.world import Case, Order, Parcel, Shop, World
from omnishop_douyin.face import codes, names
from omnishop_douyin.face.answers import PLATFORM, Asked, Refusal
from omnishop_douyin.face.fields import listed, text, whole, words

STRATEGY = "assistant"
"""A shop's mark: whether the after-sale assistant's strategy is switched on; it is unless the mark says no."""

_BAD = "11000"
_MOST_EVIDENCE = 4
_LAST_DAYS = timedelta(days=2)
_NUMBER = re.compile(r"[0-9A-Za-z-]{6,40}")
_GRANTED = frozenset({Stage.REFUNDING, Stage.SUCCEEDED})


def _business(number: str, said: str) -> Refusal:
    return Refusal(50002, f"isv.business-failed:{number}", said)


def _needed(params: dict[str, Any], *members: str) -> None:
    for name in members:
        if params.get(name) in (None, "", []):
            raise Refusal(40002, f"isv.missing-parameter:{_BAD}", f"缺少参数{name}")


def _find(world: World, number: str) -> Case | None:
    found = world.cases.get(("aftersale", number))
    return found if found is not None and found.shop.platform == PLATFORM else None


def _own(world: World, shop: Shop, number: str, unknown: str = _BAD, foreign: str = _BAD) -> Case:
    """`unknown`, `foreign`: the method's numbers for an id nobody has, and for another shop's."""
    found = _find(world, number)
    if found is None:
        raise _business(unknown, "售后单不存在")
    if found.shop is not shop:
        raise _business(foreign, "售后单与店铺不匹配")
    return found


def _step(world: World, case: Case, step: str, otherwise: Refusal, **given: Any) -> None:
    try:
        take(world, world.faces[PLATFORM], case, step, **given)
    except Forbidden:
        raise otherwise from None


def _done(case: Case) -> bool:
    return codes.final_at(case) is not None


# ---------------------------------------------------------------- waybills

_SEND_KINDS: dict[int, tuple[frozenset[Kind], int, str]] = {
    1: (frozenset({Kind.RESHIP}), 8, "ship_replacement"),
    3: (frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE}), 7, "fill_logistics"),
    4: (frozenset({Kind.REPAIR}), 7, "fill_logistics"),
}


def fill_logistics(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    params = asked.params
    _needed(params, "aftersale_id", "send_type", "company_code", "tracking_no")
    send_type = whole(params, "send_type", _BAD)
    company, number = text(params, "company_code", _BAD), text(params, "tracking_no", _BAD)
    case = _own(world, shop, str(whole(params, "aftersale_id", _BAD)))
    if send_type not in _SEND_KINDS or whole(params, "pick_up_type", _BAD):
        raise _business("19009", "不支持的物流方式")
    kinds, status, step = _SEND_KINDS[send_type]
    if case.kind not in kinds:
        raise _business("19009", "不支持的物流方式")
    if codes.status(case)[0] != status:
        raise _business("12000", "当前售后状态不支持填写物流")
    carrier = next((name for name, (code, _) in names.CARRIERS.items() if code == company), None)
    if carrier is None:
        raise _business("602001", "快递公司编码不正确")
    if not _NUMBER.fullmatch(number):
        raise _business("12001", "运单号格式不正确")
    if any(parcel.tracking_no == number for parcel in case.order.parcels):
        raise _business("50002", "运单号与发货运单号重复")
    _step(world, case, step, _business("12000", "物流校验失败"), carrier=carrier, tracking=number)
    return {}


# ---------------------------------------------------------------- arbitration


def submit_evidence(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    params = asked.params
    _needed(params, "aftersale_id", "comment", "evidence")
    pictures = words(params, "evidence", _BAD)
    if len(pictures) > _MOST_EVIDENCE or not all(pictures):
        raise Refusal(40004, f"isv.parameter-invalid:{_BAD}", "凭证最多4张")
    case = _own(world, shop, str(whole(params, "aftersale_id", _BAD)))
    said = text(params, "comment", _BAD)
    wrong = _business("20309541", "当前售后状态不支持该操作")
    if case.dispute is not Dispute.EVIDENCE_DUE or _done(case):
        raise wrong
    _step(world, case, "submit_evidence", wrong, text=said, pictures=pictures)
    case.marks["arbitrate_evidence"] = {"images": pictures, "describe": said}
    return {}


# ---------------------------------------------------------------- the shop's deadline


def time_extend(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """Seven days more for receiving a return, once, in the last two days (DY-RECEIVE-EXTEND; "once": chosen)."""
    _needed(asked.params, "aftersale_id")
    case = _own(world, shop, str(whole(asked.params, "aftersale_id", _BAD)))
    wrong = Refusal(40004, "isv.parameter-invalid:10001", "当前售后单不满足延长条件")
    rule = case.rule
    if _done(case) or case.disputed or case.extended or rule is None or not rule.extendable:
        raise wrong
    if case.due is None or case.due - world.now() > _LAST_DAYS:
        raise wrong
    _step(world, case, "extend", wrong, days=7)
    return {}


# ---------------------------------------------------------------- remarks


def add_remark(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """On a case, or on an order and so on all its cases; the case wins when both are told. Adds, never overwrites."""
    params = asked.params
    said = text(params, "remark", _BAD)
    if not said:
        raise _business(_BAD, "备注不能为空")
    case_id, order_id = text(params, "after_sale_id", "11003"), text(params, "order_id", "11003")
    record: Case | Order | None = _find(world, case_id) if case_id else world.orders.get(order_id)
    if record is None or record.shop.platform != PLATFORM:
        raise _business("11003", "订单或售后单不存在")
    if record.shop is not shop:
        raise _business("12000", "店铺不匹配")
    row = {
        "remark": said,
        "create_time": codes.seconds(world.now()),
        "operator": shop.nick,
    }
    record.marks["remarks"] = [*record.marks.get("remarks", ()), row]
    return {}


# ---------------------------------------------------------------- signals of the warehouse


def cancel_send_goods(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """Shipping was stopped: with the assistant's strategy on, the refund is granted."""
    params = asked.params
    number, when = text(params, "aftersale_id", "11004"), params.get("op_time")
    if not number or whole(params, "op_time", "11004") is None or when in (0, "0"):
        raise _business("11004", "参数不合法")
    if not number.isdigit():
        raise _business(_BAD, "售后单ID不合法")
    case = _own(world, shop, number, unknown="11003", foreign="12000")
    _assisted(shop)
    if case.kind is Kind.CANCEL and case.stage in _GRANTED:
        raise _business("12001", "售后单已自动同意退款")
    failed = _business("10000", "取消发货失败")
    if case.kind is not Kind.CANCEL or codes.status(case)[0] != 6:  # noqa: PLR2004 - waits for the shop
        raise failed
    _step(world, case, "assistant_refund", failed)
    return {}


def returned_to_warehouse(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """The return arrived: with the assistant's strategy on, it is received and paid for."""
    params = asked.params
    number = text(params, "aftersale_id", "11004")
    if not number or not whole(params, "op_time", "11004"):
        raise Refusal(40004, "isv.parameter-invalid:11004", "参数不合法")
    case = _own(world, shop, number, foreign="12000")
    _assisted(shop)
    failed = _business("10000", "入库失败")
    if case.kind is not Kind.RETURN_REFUND or case.stage not in {Stage.RETURNING, Stage.INSPECTING}:
        raise failed
    told, parcel = text(params, "tracking_no", "11004"), case.return_parcel
    if told and (parcel is None or parcel.tracking_no != told):
        raise _business("12001", "退货运单号与售后单不匹配")
    if case.stage is Stage.RETURNING:
        _step(world, case, "receive", failed)
    _step(world, case, "refund", failed, by=Actor.ASSISTANT)
    return {}


def _assisted(shop: Shop) -> None:
    if not shop.marks.get(STRATEGY, True):
        raise _business("11002", "未开启售后小助手策略")


# ---------------------------------------------------------------- a parcel called back


def intercept(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """Each parcel for itself: possible between pick-up and the last delivery run."""
    params = asked.params
    _needed(params, "after_sale_id", "op_from", "intercept_targets")
    targets = listed(params, "intercept_targets", _BAD)
    if whole(params, "op_from", _BAD) not in {1, 3} or not all(isinstance(row, dict) for row in targets):
        raise Refusal(40004, f"isv.parameter-invalid:{_BAD}", "参数不合法")
    case = _own(world, shop, str(whole(params, "after_sale_id", _BAD)))
    failed = _business("10000", "拦截失败")
    if case.kind is not Kind.REFUND_ONLY or case.stage is not Stage.REQUESTED:
        raise failed
    rows = [_intercepted(world, case, target) for target in targets]
    stopped = sum(row["is_success"] for row in rows)
    if stopped and not case.marks.get("intercept"):
        _step(world, case, "intercept", failed)
    return {
        "intercept_results": rows,
        "success_count": stopped,
        "failed_count": len(rows) - stopped,
        "unavailable_reason_code": 0 if stopped else -10006,
        "unavailable_reason": "" if stopped else "包裹当前不可拦截",
        "refund_amount": case.requested,
    }


def _intercepted(world: World, case: Case, target: dict[str, Any]) -> dict[str, Any]:
    company, number = text(target, "company_code", _BAD), text(target, "tracking_no", _BAD)
    parcel = next((each for each in case.order.parcels if each.tracking_no == number), None)
    known = parcel is not None and names.CARRIERS[parcel.carrier][0] == company
    can = parcel is not None and known and _on_the_way(world, parcel) and case.order.delivered_at is None
    line = case.claims[0].line
    return {
        "company_code": company,
        "company_name": names.CARRIERS[parcel.carrier][1] if parcel is not None and known else "",
        "tracking_no": number,
        "value_amount": line.paid,
        "can_intercept": can,
        "is_success": can,
        "unavailable_reason_code": 0 if can else -10006,
        "unavailable_reason": "" if can else "包裹当前不可拦截",
        "intercept_cost": 0,
        "cur_product": {
            "order_id": int(line.line_id),
            "product_image": "",
            "product_name": line.good.title,
            "product_spec": line.good.spec,
            "tags": None,
            "price": line.price,
            "amount": line.quantity,
        },
        "other_products": [],
        "other_product_amount": 0,
        "settlement_mode": 0,
    }


def _on_the_way(world: World, parcel: Parcel) -> bool:
    seen = {node.state for node in parcel.nodes if node.at <= world.now()}
    return "picked_up" in seen and not seen & {"out_for_delivery", "signed", "returned"}


# ---------------------------------------------------------------- the entry for late applications


def open_channel(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """Opens the entry of an order that is past its window; what may be applied for then."""
    order = world.orders.get(str(whole(asked.params, "order_id", "10000")))
    if order is None or order.shop is not shop:
        raise _business("10000", "订单不存在")
    if order.finished_at is None:
        raise _business("11001", "当前订单无需打开售后通道")
    rule = world.plays(world.faces[PLATFORM].window(order, "apply", None))
    if rule is None or world.now() <= rule.due(order.finished_at):
        raise _business("12000", "售后通道已打开")
    order.marks["channel"] = True
    return {
        "conclusion": {
            "match_conclusion": 1,
            "match_message": "",
            "can_apply_type_list": [0, 1],
            "match_success": True,
        }
    }
