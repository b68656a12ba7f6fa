"""Simulated writes on orders and reviews: shipment, the shop's remark, replies to comments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omnishop.sandbox import steps
from omnishop.sandbox.forbidden import Forbidden
from omnishop_jd.face.codes import ms, order_state, told
from omnishop_jd.face.gateway import PLATFORM, Ask
from omnishop_jd.face.writing import carrier_key, needed, order_named

# ---------------------------------------------------------------- shipment


def shipment(ask: Ask) -> dict[str, Any]:
    """The whole order, or what is left of one that left in part; carriers parted by |, waybills of one by comma."""
    needed(ask, "orderId:whole logiCoprId:text")
    order = order_named(ask, "orderId")
    if order_state(order) != "WAIT_SELLER_STOCK_OUT":
        gone = order.shipped_at is not None
        return _out("10400001", "订单已出库" if gone else "订单状态不允许出库", "order state not allowed")
    parcels = _parcels(ask)
    if not parcels:
        return _out("10400002", "承运商或运单号不合法", "carrier or waybill is invalid")
    face, (first, *others) = ask.world.faces[PLATFORM], parcels
    try:
        steps.ship(ask.world, face, order, carrier=first[0], tracking=first[1])
    except Forbidden:
        return _out("10400001", "订单状态不允许出库", "order state not allowed")
    for carrier, number in others:
        given = {"carrier": carrier, "tracking": number}
        order.parcels.append(steps.new_parcel(ask.world, order.shop, [], given))
    return _out("0", "", "")


def _parcels(ask: Ask) -> list[tuple[str, str]]:
    """(carrier, waybill); none where they do not fit each other."""
    carriers, groups = (ask.text("logiCoprId") or "").split("|"), (ask.text("logiNo") or "").split("|")
    if len(carriers) != len(groups):
        return []
    found: list[tuple[str, str]] = []
    for number, group in zip(carriers, groups, strict=True):
        key = carrier_key(number)
        numbers = [one.strip() for one in group.split(",") if one.strip()]
        if key is None or not numbers:
            return []
        found += [(key, one) for one in numbers]
    return found


def _out(code: str, zh: str, en: str) -> dict[str, Any]:
    """The flag as text, as the platform has it here."""
    result = {"success": "true" if code == "0" else "false", "chineseErrCode": zh, "englishErrCode": en}
    return {"sopjosshipment_result": {**result, "errorCode": code}}


# ---------------------------------------------------------------- the shop's remark

_LIMIT = 500
_FLAGS = range(6)


def modify_remark(ask: Ask) -> dict[str, Any]:
    """It replaces the one before."""
    needed(ask, "order_id:whole flag:whole remark:text")
    order, text = order_named(ask, "order_id"), ask.text("remark") or ""
    if len(text) > _LIMIT or ask.number("flag", 0) not in _FLAGS:
        return _remarked("10500002", "备注过长或标记不合法", "remark or flag is invalid")
    now = ask.world.now()
    steps.remark(ask.world, order, text, ask.number("flag", 0))
    order.marks.setdefault("remark_created", now)
    order.marks["remark_modified"] = now
    return _remarked("0", "", "")


def _remarked(code: str, zh: str, en: str) -> dict[str, Any]:
    result = {"success": code == "0", "chinese_err_code": zh, "english_err_code": en, "error_code": code}
    return {"modifyvenderremark_result": result}


def view_remark(ask: Ask) -> dict[str, Any]:
    """`vender_remark` is absent where nothing was ever written."""
    needed(ask, "order_id:whole")
    order = order_named(ask, "order_id")
    row: dict[str, Any] | None = None
    if order.remark is not None:
        row = {
            "order_id": int(order.order_id),
            "remark": order.remark,
            "created": ms(order.marks.get("remark_created", order.changed_at)),
            "modified": ms(order.marks.get("remark_modified", order.changed_at)),
            "flag": order.flag,
        }
    done = {"success": True, "result_code": "0", "result_describe": "成功"}
    return {"venderRemarkQueryResult": told({"api_jos_result": done, "vender_remark": row})}


# ---------------------------------------------------------------- replies to comments

_TO_THE_REVIEW = "-1"


def save_reply(ask: Ask) -> dict[str, Any]:
    """Once, and to the review itself (chosen); `0` for success is what the reference assumes."""
    needed(ask, "commentId:text content:text replyId:text")
    review = ask.world.reviews.get(ask.text("commentId") or "")
    if review is None or review.shop is not ask.shop or ask.text("replyId") != _TO_THE_REVIEW:
        return {"resultCode": "2", "resultMsg": "评价不存在"}
    try:
        steps.reply_review(ask.world, review, ask.text("content") or "")
    except Forbidden:
        return {"resultCode": "3", "resultMsg": "评价已回复"}
    return {"resultCode": "0", "resultMsg": "成功"}


HANDLERS: dict[str, Callable[[Ask], dict[str, Any]]] = {
    "jingdong.pop.order.shipment": shipment,
    "jingdong.pop.order.modifyVenderRemark": modify_remark,
    "jingdong.order.venderRemark.queryByOrderId": view_remark,
    "jingdong.pop.PopCommentJsfService.saveReply": save_reply,
    "jingdong.club.pop.commentreply.save": save_reply,
}
