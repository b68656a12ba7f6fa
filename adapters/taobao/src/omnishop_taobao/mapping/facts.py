"""Talk, messages, traces, addresses, reasons and answers to writes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from omnishop.model import Address, Event, RefuseReason, Trace, TraceNode, WriteResult, from_unix_ms
from omnishop_taobao import tables
from omnishop_taobao.mapping.common import PLATFORM, Misfit, Owner, misfit, moment, words
from omnishop_taobao.wire import rest as wire
from omnishop_taobao.wire.reading import ident, rows_of

# ---------------------------------------------------------------- talk and messages


def said(raw: msgspec.Raw | bytes, owner: Owner, *, exchange: bool) -> Event:
    """A line of the negotiation."""
    m = wire.TALK.read(raw)
    speakers = tables.EXCHANGE_SPEAKER if exchange else tables.SPEAKER
    pictures = m.pic_urls
    if isinstance(pictures, dict):
        pictures = [picture for wrapped in pictures.values() for picture in wrapped]
    return Event(
        platform=PLATFORM,
        topic=m.message_type or "message",
        storefront=owner.storefront or ("tmall" if exchange else None),
        shop_id=owner.shop_id,
        event_id=ident(m.id),
        at=moment(m.created, "created"),
        case_id=ident(m.refund_id),
        actor=speakers.get(str(m.owner_role)),
        text=words(m.content),
        pictures=tuple(picture.url for picture in pictures or () if picture.url),
        raw=bytes(raw),
    )


def message(raw: msgspec.Raw | bytes, owner: Owner) -> Event:
    """One message of the channel, by polling or as pushed; its content is text to be parsed again."""
    m = wire.MESSAGE.read(raw)
    if not m.topic:
        raise Misfit("topic is missing")
    content = _content(m.content)
    return Event(
        platform=PLATFORM,
        topic=m.topic,
        storefront=owner.storefront,
        shop_id=ident(m.user_id) or ident(m.userid) or owner.shop_id,
        event_id=ident(m.id),
        at=_when(m.pub_time, "pub_time") or _when(m.time, "time"),
        order_id=_order_id(content),
        case_id=_case_id(content),
        raw=bytes(raw),
    )


def topic_content(topic: str, raw: msgspec.Raw | bytes, owner: Owner) -> Event:
    """The content of a message alone, its topic known from elsewhere."""
    content = wire.CONTENT.read(raw)
    return Event(
        platform=PLATFORM,
        topic=topic,
        storefront=owner.storefront,
        shop_id=owner.shop_id,
        at=_when(content.modified, "modified"),
        order_id=_order_id(content),
        case_id=_case_id(content),
        raw=bytes(raw),
    )


def _content(content: Any) -> wire.Content:
    if isinstance(content, str) and content:
        text = content.encode()
    elif isinstance(content, dict):
        text = msgspec.json.encode(content)
    else:
        return wire.Content()
    try:
        return wire.CONTENT.read(text)
    except (ValueError, RecursionError) as problem:
        raise Misfit(f"content: {misfit(text, problem)}") from None


def _order_id(content: wire.Content) -> str | None:
    return ident(content.tid) or ident(content.parent_order_id) or ident(content.biz_order_id)


def _case_id(content: wire.Content) -> str | None:
    return ident(content.refund_id) or ident(content.redund_id) or ident(content.dispute_id)


def _when(told: int | str | None, field: str) -> datetime | None:
    """Text, or epoch milliseconds (the channel's date format)."""
    if not isinstance(told, int):
        return moment(told, field)
    try:
        return from_unix_ms(told)
    except (ValueError, ArithmeticError):
        raise Misfit(f"{field} is no time that can be read") from None


# ---------------------------------------------------------------- parcels, places, reasons


def trace(payload: msgspec.Raw | bytes, owner: Owner) -> Trace:
    t = wire.TRACE_ANSWER.read(payload)
    steps = t.trace_list
    if isinstance(steps, dict):
        steps = [step for wrapped in steps.values() for step in wrapped]
    nodes = [_node(step) for step in steps or ()]
    nodes.sort(key=_scanned)
    return Trace(
        platform=PLATFORM,
        storefront=owner.storefront,
        shop_id=owner.shop_id,
        order_id=ident(t.tid),
        carrier=words(t.company_name),
        tracking_no=words(t.out_sid),
        nodes=tuple(nodes),
        raw=bytes(payload),
    )


def _node(step: wire.Step) -> TraceNode:
    at = moment(step.status_time, "trace_list.status_time")
    return TraceNode(at, words(step.status_desc), None, words(step.action))


def _scanned(node: TraceNode) -> tuple[bool, datetime | None]:
    """Scans without a time stand last."""
    return (node.at is None, node.at)


def address(raw: msgspec.Raw | bytes) -> Address:
    a = wire.PLACE.read(raw)
    address_id = ident(a.contact_id)
    if address_id is None:
        raise Misfit("contact_id is missing")
    text = "".join(part for part in (a.province, a.city, a.country, a.addr) if part)
    return Address(
        platform=PLATFORM,
        address_id=address_id,
        text=text or None,
        contact=words(a.contact_name),
        phone=words(a.mobile_phone) or words(a.phone),
        default_return=a.cancel_def,
        raw=bytes(raw),
    )


def reason(raw: msgspec.Raw | bytes) -> RefuseReason:
    r = wire.WHY.read(raw)
    code = ident(r.reason_id)
    if code is None:
        raise Misfit("reason_id is missing")
    return RefuseReason(
        platform=PLATFORM, code=code, text=words(r.reason_text), hint=words(r.reason_tips), raw=bytes(raw)
    )


# ---------------------------------------------------------------- answers to writes


def written(method: str, payload: msgspec.Raw | bytes) -> list[WriteResult]:
    """What a write's answer says, for each record where it names several. `ok` None: it does not say."""
    d = wire.DONE.read(payload)
    if method == "taobao.rp.refunds.agree":
        rows = [_batch_row(method, raw, d) for raw in rows_of(d.results)]
        return rows or [_result(method, payload, d.succ, None, d.msg_code, d.message)]
    inner = d.result if isinstance(d.result, dict) else {}
    record = next(
        (part for part in (inner.get("exchange"), d.refund, d.trade, d.trade_rate, d.refund_message) if part),
        None,
    )
    record = record if isinstance(record, dict) else _first(inner.get("results"))
    ids = ("dispute_id", "refund_id", "oid", "tid", "id")
    record_id = next((record[name] for name in ids if isinstance(record.get(name), int | str)), None)
    data = inner.get("result_data")
    if record_id is None and isinstance(data, dict):
        record_id = data.get("refund_id")
    code = inner.get("msg_code") or inner.get("error_code")
    text = inner.get("message") or inner.get("error_info") or inner.get("error_msg")
    return [_result(method, payload, _ok(method, d, inner, record), record_id, code, text)]


def _ok(method: str, d: wire.Done, inner: dict[str, Any], record: dict[str, Any]) -> bool | None:
    shipping = d.shipping.get("is_success") if isinstance(d.shipping, dict) else None
    for told in (d.is_success, d.succ, d.result, inner.get("success"), shipping):
        if isinstance(told, bool):
            return told
    if inner.get("error_code") or inner.get("error_codes"):
        return False
    if method in _SILENT or record.get("modified") or record.get("created"):
        return True
    return None


_SILENT = frozenset({"taobao.refund.negotiatereturn", "taobao.rp.refund.intercept", "taobao.tmc.group.add"})
"""Writes whose success says nothing: an answer without an error is all there is (§4.3)."""


def _first(rows: Any) -> dict[str, Any]:
    """The first of a list, wrapped or bare."""
    listed = next(iter(rows.values()), None) if isinstance(rows, dict) else rows
    return listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}


def _batch_row(method: str, raw: msgspec.Raw, d: wire.Done) -> WriteResult:
    row = wire.BATCH_ROW.read(raw)
    return _result(method, raw, row.succ, row.refund_id, d.msg_code, row.message)


def _result(
    method: str, raw: msgspec.Raw | bytes, ok: bool | None, record_id: Any, code: Any, text: Any
) -> WriteResult:
    return WriteResult(
        platform=PLATFORM,
        method=method,
        ok=ok,
        record_id=ident(record_id) if isinstance(record_id, int | str) else None,
        code=code if isinstance(code, str) and code else None,
        message=text if isinstance(text, str) and text else None,
        raw=bytes(raw),
    )
