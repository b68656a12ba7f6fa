"""What the simulated write methods share: required parameters by name and type, the record meant, the step taken."""

from __future__ import annotations

from typing import Any

from omnishop.sandbox import steps
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.world import Case, Order
from omnishop_jd.face.codes import CARRIERS
from omnishop_jd.face.gateway import PLATFORM, Ask, Refusal
from omnishop_jd.face.service_rows import SOURCE, Handler, failed

OP = "buId:text operatePin:text operateNick:text"
IDS = f"{OP} serviceId:whole orderId:whole"
AUDIT = f"{IDS} approveNotes:text sysVersion:whole approveReasonCid1:whole"
RETURN = (
    "returnContactName:text returnContactTel:text returnZipcode:text returnProvince:whole returnCity:whole "
    "returnCounty:whole returnDetailAddress:text applyDetailIdList:list"
)
PICKUP = (
    "pickupContactName:text pickupContactTel:text pickupProvince:whole pickupCity:whole pickupCounty:whole "
    "pickupDetailAddress:text"
)

STATE = ("10011", "服务单状态已变更，当前状态不允许该操作")
KIND = ("10014", "客户期望与审核结果不符")
VERSION = ("10012", "服务单版本号不一致，请刷新后重试")
NO_SUCH = ("10404", "服务单不存在")
_PIN_LIMIT = 50


def wrong(what: str) -> tuple[str, str]:
    return "10002", f"参数错误：{what}"


def needed(ask: Ask, spec: str) -> None:
    """60 for what is missing, 61 for what is no number where one is wanted, 62 for no array."""
    for each in spec.split():
        name, kind = each.split(":")
        if kind == "list":
            _array(ask, name)
        elif ask.text(name) is None:
            raise Refusal("60")
        elif kind == "whole":
            ask.number(name, 0)


def _array(ask: Ask, name: str) -> None:
    if ask.given.get(name) in (None, "", []):
        raise Refusal("60")
    if ask.ids(name) is None:
        raise Refusal("62")


def service_write(spec: str, handler: Handler) -> Handler:
    """Required parameters, then the operator, then buId, as far as anything tells an order."""

    def checked(ask: Ask) -> dict[str, Any]:
        needed(ask, spec)
        if any(len(ask.text(name) or "") > _PIN_LIMIT for name in ("operatePin", "operateNick")):
            return failed(*wrong("操作人过长"))
        if ask.text("buId") is not None and ask.text("buId") != ask.shop.shop_id:
            return failed("10403", "buId与授权商家不一致")
        try:
            return handler(ask)
        except Forbidden:
            return failed(*STATE)  # the world knows more of it than this wire shows

    return checked


def service_order(ask: Ask) -> Case | None:
    """serviceId, and orderId where it is given, must be of one record of this shop."""
    found = ask.world.cases.get((SOURCE, str(ask.number("serviceId", 0))))
    if found is None or found.shop is not ask.shop:
        return None
    order_id = ask.text("orderId")
    return found if order_id in {None, found.order.order_id} else None


def order_named(ask: Ask, name: str) -> Order:
    """71 for an order that is not this shop's."""
    found = ask.world.orders.get(str(ask.number(name, 0)))
    if found is None or found.shop is not ask.shop:
        raise Refusal("71")
    return found


def take(ask: Ask, case: Case, step: str, **given: Any) -> None:
    steps.take(ask.world, ask.world.faces[PLATFORM], case, step, **given)


def carrier_key(number: str | None) -> str | None:
    """The world's name of a carrier that the shop has signed with."""
    return next((key for key, (known, _) in CARRIERS.items() if str(known) == number), None)
