"""Writes to orders of the simulated platform: shipping in its forms, corrected waybills, the shop's remark.

Source: wire page 3.6. The page gives codes for remarks alone; those of shipping are the closest documented
ones, listed in the documentation of this platform.
"""

from __future__ import annotations

from typing import Any

from omnishop.model import Kind, OrderStatus, Stage
from omnishop.sandbox import steps
from omnishop.sandbox.steps import Forbidden
from omnishop.sandbox.world import Case, Line, Order, Parcel, Shop, World
from omnishop_douyin.face import names
from omnishop_douyin.face.answers import PLATFORM, Asked, Refusal
from omnishop_douyin.face.fields import flag, listed, text, whole
from omnishop_douyin.face.orders import pack_id

_MISSING, _BAD = "20000", "20002"
_MOST_REMARK = 500
_SHIPPABLE = frozenset({OrderStatus.PAID, OrderStatus.PART_SHIPPED})


def _needed(params: dict[str, Any], *members: str) -> None:
    for name in members:
        if params.get(name) in (None, "", []):
            raise Refusal(40002, f"isv.missing-parameter:{_MISSING}", f"缺少参数{name}")


def _invalid(name: str, number: str = _BAD) -> Refusal:
    return Refusal(40004, f"isv.parameter-invalid:{number}", f"{name}不合法")


def _failed(words: str) -> Refusal:
    return Refusal(50002, "isv.business-failed:10000", words)


def _own(world: World, shop: Shop, order_id: str, unknown: str = _BAD) -> Order:
    order = world.orders.get(order_id)
    if order is None or order.shop.platform != PLATFORM:
        raise _invalid("order_id", unknown)
    if order.shop is not shop:
        raise Refusal(50002, "isv.business-failed:20015", "订单不属于该店铺")
    return order


def _carrier(company: str) -> str:
    found = next((name for name, (code, _) in names.CARRIERS.items() if code == company), None)
    if found is None:
        raise _invalid("company_code")
    return found


# ---------------------------------------------------------------- shipping


def add(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """The whole order in one parcel."""
    params = asked.params
    _needed(params, "order_id", "company_code", "logistics_code")
    order = _own(world, shop, text(params, "order_id", _BAD))
    load = _Load(order, [line for line in order.lines if not _sent(order, line)])
    carrier = _carrier(text(params, "company_code", _BAD))
    _ready([load], rejecting=_rejects(params))
    _ship(world, load, carrier, text(params, "logistics_code", _BAD))
    return {}


def add_single_pack(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """One parcel for several orders or a part of one; a repeated `request_id` gets the first answer."""
    params = asked.params
    _needed(params, "order_id_list", "shipped_order_info", "logistics_code", "request_id", "company_code")
    known = _answered(shop, text(params, "request_id", _BAD))
    if known is not None:
        return known
    orders = [_own(world, shop, each) for each in _texts(params, "order_id_list")]
    loads = _loads(orders, listed(params, "shipped_order_info", _BAD))
    carrier = _carrier(text(params, "company_code", _BAD))
    _ready(loads, rejecting=_rejects(params))
    number = text(params, "logistics_code", _BAD)
    parcels = [_ship(world, load, carrier, number) for load in loads]
    return _remembered(shop, params, {"pack_id": pack_id(parcels[0])})


def add_multi_pack(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """One order in several parcels."""
    params = asked.params
    _needed(params, "order_id", "pack_list", "request_id")
    known = _answered(shop, text(params, "request_id", _BAD))
    if known is not None:
        return known
    order = _own(world, shop, text(params, "order_id", _BAD))
    packs = listed(params, "pack_list", _BAD)
    if not all(isinstance(pack, dict) for pack in packs):
        raise _invalid("pack_list")
    wanted = []
    for pack in packs:
        _needed(pack, "shipped_order_info", "logistics_code", "company_code")
        loads = _loads([order], listed(pack, "shipped_order_info", _BAD))
        wanted.append((pack, loads[0], _carrier(text(pack, "company_code", _BAD))))
    everything = [line for _, load, _ in wanted for line in load.lines]
    if len(set(map(id, everything))) < len(everything):
        raise _invalid("pack_list")
    _ready([load for _, load, _ in wanted], rejecting=_rejects(params))
    rows = []
    for pack, load, carrier in wanted:
        parcel = _ship(world, load, carrier, text(pack, "logistics_code", _BAD))
        rows.append(
            {
                "shipped_order_info": [
                    {"shipped_order_id": line.line_id, "shipped_num": line.quantity, "shipped_item_ids": []}
                    for line in load.lines
                ],
                "logistics_code": parcel.tracking_no,
                "pack_id": pack_id(parcel),
            }
        )
    return _remembered(shop, params, {"pack_list": rows})


class _Load:
    """What of an order goes into a parcel."""

    def __init__(self, order: Order, lines: list[Line]) -> None:
        self.order = order
        self.lines = lines


def _loads(orders: list[Order], rows: list[Any]) -> list[_Load]:
    """A line is shipped whole: a part of its pieces is refused, this world does not split lines."""
    loads = [_Load(order, []) for order in orders]
    for row in rows:
        if not isinstance(row, dict):
            raise _invalid("shipped_order_info")
        line_id, pieces = text(row, "shipped_order_id", _BAD), whole(row, "shipped_num", _BAD)
        load, line = _line(loads, line_id)
        if pieces is not None and pieces != line.quantity:
            raise _invalid("shipped_num")
        if line not in load.lines:
            load.lines.append(line)
    if not all(load.lines for load in loads):
        raise _invalid("shipped_order_info")
    return loads


def _line(loads: list[_Load], line_id: str) -> tuple[_Load, Line]:
    for load in loads:
        for line in load.order.lines:
            if line.line_id == line_id:
                return load, line
    raise _invalid("shipped_order_id")


def _sent(order: Order, line: Line) -> bool:
    return any(line is each for parcel in order.parcels for each in parcel.lines)


def _cancels(load: _Load, *stages: Stage) -> list[Case]:
    """Refunds before shipping on what is to be shipped, at these stages."""
    return [
        case
        for case in load.order.cases
        if case.kind is Kind.CANCEL
        and case.stage in stages
        and any(claim.line is line for claim in case.claims for line in load.lines)
    ]


def _pending(load: _Load) -> list[Case]:
    """Those that wait for the shop."""
    return _cancels(load, Stage.REQUESTED)


def _ready(loads: list[_Load], *, rejecting: bool) -> None:
    for load in loads:
        if load.order.status not in _SHIPPABLE:
            raise _failed("当前订单状态不支持发货")
        if not load.lines or any(_sent(load.order, line) for line in load.lines):
            raise _failed("商品已发货")
        if _cancels(load, Stage.REFUNDING, Stage.SUCCEEDED):  # granted: nothing is sold any more (chosen)
            raise _failed("商品已退款，不支持发货")
        if _pending(load) and not rejecting:
            raise _failed("订单存在待处理的退款申请，请先处理售后")


def _ship(world: World, load: _Load, carrier: str, number: str) -> Parcel:
    face = world.faces[PLATFORM]
    try:
        for case in _pending(load):
            steps.take(world, face, case, "refuse", text="商家已发货")
        return steps.ship(world, face, load.order, load.lines, carrier=carrier, tracking=number)
    except Forbidden:
        raise _failed("发货失败") from None


def _rejects(params: dict[str, Any]) -> bool:
    """An older spelling has the words the other way round."""
    return flag(params, "is_reject_refund") or flag(params, "is_refund_reject")


def _texts(params: dict[str, Any], name: str) -> list[str]:
    return [text({name: each}, name, _BAD) for each in listed(params, name, _BAD)]


def _answered(shop: Shop, request_id: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = shop.marks.get("packs", {}).get(request_id)
    return found


def _remembered(shop: Shop, params: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    shop.marks.setdefault("packs", {})[text(params, "request_id", _BAD)] = answer
    return answer


# ---------------------------------------------------------------- corrected waybills


def edit(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """Of an order with one parcel."""
    params = asked.params
    _needed(params, "order_id", "company_code", "logistics_code")
    order = _own(world, shop, text(params, "order_id", _BAD))
    if len(order.parcels) != 1:
        raise _failed("当前订单状态不支持修改物流")
    return _corrected(world, order, order.parcels[0], params)


def edit_by_pack(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    params = asked.params
    _needed(params, "order_id", "pack_id", "company_code", "logistics_code")
    order = _own(world, shop, text(params, "order_id", _BAD))
    wanted = text(params, "pack_id", _BAD)
    parcel = next((each for each in order.parcels if pack_id(each) == wanted), None)
    if parcel is None:
        raise _invalid("pack_id")
    return _corrected(world, order, parcel, params)


def _corrected(world: World, order: Order, parcel: Parcel, params: dict[str, Any]) -> dict[str, Any]:
    carrier, number = _carrier(text(params, "company_code", _BAD)), text(params, "logistics_code", _BAD)
    if order.status not in {OrderStatus.PART_SHIPPED, OrderStatus.SHIPPED}:
        raise _failed("当前订单状态不支持修改物流")
    parcel.carrier, parcel.tracking_no = carrier, number
    world.touch(order)
    return {}


# ---------------------------------------------------------------- remark


def add_remark(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    """Overwrites. A star is set only where `is_add_star` says so."""
    params = asked.params
    order_id = text(params, "order_id", _BAD)
    if not order_id:
        raise _invalid("order_id")
    if params.get("remark") is None:
        raise _invalid("remark", "50001")
    said = text(params, "remark", "50001")
    star = whole(params, "star", "50051") if flag(params, "is_add_star") else None
    if star is not None and star not in range(6):
        raise _invalid("star", "50051")
    order = _own(world, shop, order_id, "50002")
    if len(said) > _MOST_REMARK:
        raise Refusal(50002, "isv.business-failed:50056", "备注超过长度限制")
    steps.remark(world, order, said or None, star)
    return {}
