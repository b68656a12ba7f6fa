"""Push messages (消息推送): their signature, and each as an event. A message is a hint: the record is read again.

Sources: wire page 6.1; printed examples of older documents have an integer tag, `msgId`, and data as an object.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from attrs import frozen

from omnishop.model import Event
from omnishop_douyin.shape import (
    BROKEN,
    PLATFORM,
    STOREFRONT,
    Id,
    decoder,
    named,
    order_name,
    written,
)
from omnishop_douyin.signing import digest, push_text

IDS = ("msg_id", "msgId")


@frozen
class Tag:
    """`at` names the field of data that says when it happened."""

    zh: str
    at: str | None
    source: str = "6.1 A"


TAGS: dict[str, Tag] = {
    "0": Tag("地址校验", None),
    "100": Tag("订单创建", "create_time"),
    "101": Tag("支付确认", "pay_time"),
    "102": Tag("订单发货", "update_time"),
    "103": Tag("交易完成", "complete_time"),
    "104": Tag("物流信息变更", "update_time"),
    "105": Tag("收货信息变更", "update_time"),
    "106": Tag("订单取消", "cancel_time"),
    "108": Tag("部分发货", "update_time"),
    "109": Tag("金额变更", "modify_time"),
    "110": Tag("已支付待处理", None),
    "111": Tag("买家申请修改地址", "apply_time"),
    "112": Tag("预约发货", None),
    "113": Tag("商家备注", "update_time"),
    "126": Tag("预约发货 V2", None),
    "137": Tag("商家素材审核", None),
    "138": Tag("供应商素材审核", None),
    "200": Tag("发起售后", "apply_time"),
    "201": Tag("同意退款", "agree_time"),
    "202": Tag("同意退货", "agree_time"),
    "203": Tag("买家退货", "return_time"),
    "204": Tag("拒绝退款", "refuse_time"),
    "205": Tag("拒绝退货", "refuse_time"),
    "206": Tag("退款成功", "success_time"),
    "207": Tag("售后关闭", "close_time"),
    "208": Tag("买家修改售后", "modify_time"),
    "209": Tag("售后时效变更", None),
    "211": Tag("换货发货", None),
    "212": Tag("申请仲裁", None),
    "213": Tag("需要举证", None),
    "214": Tag("上传举证", None),
    "215": Tag("取消仲裁", None),
    "216": Tag("仲裁结果", None),
    "217": Tag("客服介入", None),
    "218": Tag("协商期举证", None),
    "224": Tag("特殊权益退款", "apply_time"),
    "225": Tag("特殊权益退款成功", "success_time"),
    "226": Tag("补寄发货", None),
    "227": Tag("同意补寄", None),
    "400": Tag("商品变更", None),
    "417": Tag("商品内容变更", None),
}
"""What a tag means; one that is not here is handed on as it came."""

_FIRST_YEAR, _LAST_YEAR = 1969, 9999

_OLD_TIMES = {"202": "refuse_time", "203": "refuse_time"}
"""As the generated SDK of 2023 names the field."""


class _Message(msgspec.Struct, gc=False):
    tag: Id
    msg_id: Id | None = None
    msgId: Id | None = None  # noqa: N815 - the wire's spelling
    data: msgspec.Raw = msgspec.Raw(b"null")


_read = decoder(_Message)


def event(raw: msgspec.Raw, shop_id: str | None) -> Event:
    found = _read(raw)
    tag = str(found.tag)
    meaning = TAGS.get(tag)
    inside = _data(found.data)
    fields = inside if isinstance(inside, dict) else {}
    return Event(
        platform=PLATFORM,
        topic=tag,
        storefront=STOREFRONT,
        shop_id=_id(fields, "shop_id") or shop_id,
        event_id=_message_id(found),
        at=_at(tag, meaning, inside, fields),
        order_id=order_name(_id(fields, "p_id")),
        case_id=_id(fields, "aftersale_id") or _id(fields, "after_sale_id"),
        text=meaning.zh if meaning else None,
        raw=bytes(raw),
    )


def _message_id(found: _Message) -> str | None:
    told = next((name for name in (found.msg_id, found.msgId) if name not in {None, ""}), None)
    return None if told is None else str(told)


def _data(raw: msgspec.Raw) -> Any:
    """JSON text inside the JSON, or the object itself, or plain text."""
    inside = msgspec.json.decode(raw)
    if not isinstance(inside, str):
        return inside
    try:
        return msgspec.json.decode(inside)
    except BROKEN:
        return inside


def _at(tag: str, meaning: Tag | None, inside: Any, fields: Mapping[str, Any]) -> datetime | None:
    names = [meaning.at if meaning else None, _OLD_TIMES.get(tag), "update_time"]
    for name in names:
        when = _time(fields.get(name), name) if name else None
        if when is not None:
            return when
    return _time(inside, "data") if tag == "0" else None


def _time(value: Any, name: str) -> datetime | None:
    """Unix seconds, or RFC 3339 as update_time of case messages has it."""
    try:
        if isinstance(value, str) and "T" in value:
            when = datetime.fromisoformat(value)
            return when if when.tzinfo and _FIRST_YEAR < when.year < _LAST_YEAR else None
        return written(value, name) if isinstance(value, str | int) and not isinstance(value, bool) else None
    except ValueError:
        return None


def _id(fields: Mapping[str, Any], name: str) -> str | None:
    value = fields.get(name)
    return named(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def genuine(app_key: str, secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the push is signed by the platform for this app: raw bytes, before any parsing."""
    told = {name.lower(): value for name, value in headers.items()}
    method = told.get("sign-method") or "md5"
    if method not in {"md5", "hmac-sha256"} or told.get("app-id", app_key) != app_key:
        return False
    try:
        text = push_text(app_key, secret, body.decode())
    except UnicodeDecodeError:
        return False
    given = told.get("event-sign", "").encode("utf-8", "replace")
    return hmac.compare_digest(digest(secret, text, method).encode(), given)
