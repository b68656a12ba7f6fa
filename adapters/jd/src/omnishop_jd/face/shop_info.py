"""What the simulated platform tells about the shop itself: ids, return addresses, carriers, traces of its parcels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from omnishop.model import BEIJING
from omnishop.sandbox.world import Parcel
from omnishop_jd.face.codes import CARRIERS, waybill
from omnishop_jd.face.gateway import Ask

_JD_CARRIER = "STO"
_TITLES = {"picked_up": "揽收", "in_transit": "分拨", "out_for_delivery": "派送", "signed": "快递签收"}


def vender_info(ask: Ask) -> dict[str, Any]:
    vender = int(ask.shop.shop_id)
    return {
        "vender_info_result": {
            "vender_id": vender,
            "col_type": 0,
            "shop_id": vender + 990000000,
            "shop_name": ask.shop.name,
            "cate_main": 1620,
        }
    }


def shop_query(ask: Ask) -> dict[str, Any]:
    vender = int(ask.shop.shop_id)
    return {
        "shop_jos_result": {
            "vender_id": vender,
            "shop_id": vender + 990000000,
            "shop_name": ask.shop.name,
            "brief": "",
        }
    }


def return_addresses(ask: Ask) -> dict[str, Any]:
    wanted = ask.number("address_type", 2)
    rows = [
        {
            "id": int(address.address_id),
            "contact": address.contact,
            "phone": address.phone,
            "zip_code": "310000",
            "full_address": f"{address.province}{address.city}{address.district}{address.street}",
            "full_area_id": "15_1213_3411_0",
            "address_type": 1,
        }
        for address in ask.shop.addresses
        if wanted in {1, 2}
    ]
    shown = {"return_address_s": rows} if rows else {}
    result = {"is_success": True, "error_code": "", "error_msg": "", "total_count": len(rows), **shown}
    return {"returnAddressResult": result}


def carriers(ask: Ask) -> dict[str, Any]:
    rows = [{"id": number, "name": name} for number, name in CARRIERS.values()]
    return {
        "StandardGenericResponse": {"resultCode": 1, "resultMsg": "成功", "result": {"carrierList": rows}}
    }


def trace(ask: Ask) -> dict[str, Any]:
    """Only waybills of JD's own carrier under the shop's own code there."""
    ask.need("customerCode", "waybillCode")
    known = ask.text("customerCode") == ask.shop.marks["customer_code"]
    number = ask.text("waybillCode")
    found = next((parcel for parcel in _parcels(ask) if known and waybill(parcel) == number), None)
    if found is None:
        return {"querytrace_result": {"code": 100, "messsage": "成功"}}
    rows = [
        {
            "opeTitle": _TITLES.get(node.state, node.state),
            "opeRemark": node.text,
            "opeName": "京东快递",
            "opeTime": _slashes(node.at),
            "waybillCode": number,
        }
        for node in found.nodes
        if node.at <= ask.world.now()
    ]
    # oldest first in real data, repeats possible
    return {"querytrace_result": {"code": 100, "messsage": "成功", "data": rows[:1] + rows}}


def _slashes(when: datetime) -> str:
    return when.astimezone(BEIJING).strftime("%Y/%m/%d %H:%M:%S")


def _parcels(ask: Ask) -> Iterator[Parcel]:
    for order in ask.world.orders_of(ask.shop):
        yield from (parcel for parcel in order.parcels if parcel.carrier == _JD_CARRIER)


HANDLERS: dict[str, Callable[[Ask], dict[str, Any]]] = {
    "jingdong.seller.vender.info.get": vender_info,
    "jingdong.vender.shop.query": shop_query,
    "jingdong.vender.returnaddress.query": return_addresses,
    "jingdong.fce.alpha.getVenderCarrier": carriers,
    "jingdong.ldop.receive.trace.get": trace,
}
