"""Any documented method's payload -> the model's records: the table of who reads what."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import msgspec
from attrs import frozen

from omnishop.errors import NotFound
from omnishop.masking import HIDDEN, masked
from omnishop.model import Raw, Unreadable, WriteResult
from omnishop.ports import Account, Response
from omnishop_jd import logistics
from omnishop_jd.catalogue import METHODS, Method
from omnishop_jd.envelope import opened_oauth
from omnishop_jd.errors import OUTCOMES, PLATFORM
from omnishop_jd.opening import opened, scalar, truth
from omnishop_jd.orders import mapping as orders
from omnishop_jd.presence import nothing_told, result_told, told_at
from omnishop_jd.refundapply import mapping as refundapply
from omnishop_jd.reviews import mapping as reviews
from omnishop_jd.service import mapping as service
from omnishop_jd.service import wire as service_wire
from omnishop_jd.wire import BROKEN, Reader, at, each, sliced, unreadable

TOKEN_METHODS = frozenset({"oauth.access_token", "oauth.refresh_token"})
"""Pseudo methods: the bodies of the login host, which have no envelope."""


@frozen
class Reading:
    """How one record of a method is read. `many`: one record may hold several of ours."""

    decoder: msgspec.json.Decoder[Any]
    make: Callable[[Any, msgspec.Raw, Reader], Any]
    source: str
    many: bool = False


_ORDER = Reading(orders.ORDER, orders.order_of, "order")
_NOT_PAY = Reading(orders.NOT_PAY, orders.not_pay_of, "order")
_APPLICATION = Reading(refundapply.APPLICATION, refundapply.case_of, refundapply.SOURCE)
_COMPENSATION = Reading(refundapply.COMPENSATE, refundapply.compensation_of, refundapply.COMPENSATION)
_SERVICE = Reading(service_wire.SERVICE, service.case_of, service.SOURCE)
_BRIEF = Reading(service_wire.BRIEF, service.brief_of, service.SOURCE)
_AUDIT = Reading(service_wire.SERVICE, service.cases_of, service.SOURCE, many=True)
_FACT = Reading(service_wire.REFUND, service.fact_of, service.SOURCE)
_SHOP_FACT = Reading(service_wire.SHOP_REFUND, service.shop_fact_of, service.SOURCE)
_WAYBILL = Reading(service_wire.FREIGHT, service.waybill_of, service.SOURCE)
_EVENT = Reading(service_wire.LOG, service.event_of, service.SOURCE)
_REASON = Reading(service_wire.REASON, service.refuse_reason_of, service.SOURCE)
_REVIEW = Reading(reviews.COMMENT, reviews.review_of, "review")

_POP, _ASC, _AFS = "jingdong.pop.", "jingdong.asc.", "jingdong.afsservice."

READINGS: dict[str, Reading] = {
    **dict.fromkeys(
        (f"{_POP}order.{name}" for name in ("search", "enSearch", "get", "enGet", "fbp.search", "fbp.get")),
        _ORDER,
    ),
    f"{_POP}order.notPayOrderInfo": _NOT_PAY,
    f"{_POP}order.notPayOrderById": _NOT_PAY,
    f"{_POP}afs.soa.refundapply.queryPageList": _APPLICATION,
    f"{_POP}afs.soa.refundapply.queryById": _APPLICATION,
    f"{_POP}afs.soa.compensate.queryCompensateList": _COMPENSATION,
    **dict.fromkeys(
        (
            f"{_ASC}{name}"
            for name in (
                "query.view",
                "receive.list",
                "process.list",
                "complete.list",
                "unsolved.list",
                "sameorder.list",
                "collection.list",
            )
        ),
        _SERVICE,
    ),
    f"{_ASC}query.list": _BRIEF,
    f"{_ASC}sync.list": _BRIEF,
    f"{_ASC}audit.list": _AUDIT,
    f"{_ASC}audit.detail": _AUDIT,
    f"{_ASC}serviceAndRefund.view": _FACT,
    "jingdong.b2c.shop.aftersales.refund.get": _SHOP_FACT,
    f"{_ASC}freight.view": _WAYBILL,
    f"{_AFS}freightmessage.get": _WAYBILL,
    **dict.fromkeys((f"{_ASC}{name}.list" for name in ("log", "msg", "track", "unsolved.message")), _EVENT),
    f"{_ASC}audit.reason.list": _REASON,
    # afsServiceId of the legacy family is the serviceId of asc (C)
    **dict.fromkeys(
        (
            f"{_AFS}{name}.get"
            for name in (
                "alltask",
                "waitaudit",
                "receivetask",
                "waitprocesstask",
                "finishedtask",
                "unresolvedtask",
                "serviceinfo",
                "history",
            )
        ),
        _SERVICE,
    ),
    f"{_AFS}waitfetch.get": _AUDIT,
    f"{_POP}PopCommentJsfService.getVenderCommentsForJos": _REVIEW,
    "jingdong.ServiceInfoProvider.queryServicePage": _SERVICE,
}

_DEEPER = {"jingdong.ServiceInfoProvider.queryServicePage": ("resultExport", "data", "serviceExportList")}
"""Where the records are, for methods whose page entry stops at their container."""


def decode(method: str, payload: msgspec.Raw, account: Account | None) -> list[Any]:
    if method in TOKEN_METHODS:
        return [_raw(method, payload, account)]
    known = METHODS.get(method)
    if known is None:
        raise _unknown(method)
    if known.write:
        return [_write_result(known, payload)]
    if method == "jingdong.ldop.receive.trace.get":
        return _trace(told_at(payload, known.path), Reader.of(account))
    reading = READINGS.get(method)
    if reading is not None:
        return records_in(known, reading, payload, account)
    result_told(known, payload)
    return [_raw(method, payload, account)]


def _trace(scans: msgspec.Raw | None, reader: Reader) -> list[Any]:
    """One waybill is one record: a scan that does not fit spoils it."""
    try:
        trace = logistics.trace_of(scans, reader)
    except BROKEN as problem:
        return [unreadable(scans or b"", problem, "trace")]
    return [] if trace is None else [trace]


def records_in(
    known: Method,
    reading: Reading,
    payload: msgspec.Raw,
    account: Account | None,
    *,
    strict: bool = False,
    page: int | None = None,
) -> list[Any]:
    """`strict`: for an answer to a call of ours; other shops' rows do not fit. `page`: the one we asked for."""
    path = _DEEPER.get(known.name, known.path)
    rows = sliced(payload, path)
    if not rows:
        nothing_told(known, payload, path, page)
    made = each(rows, reading.decoder, reading.make, Reader.of(account, strict=strict), reading.source)
    return _flat(made) if reading.many else made


def _flat(made: list[Any]) -> list[Any]:
    return [one for some in made for one in ((some,) if isinstance(some, Unreadable) else some)]


def decode_body(method: str, body: bytes, account: Account | None) -> list[Any]:
    if method in TOKEN_METHODS:
        return decode(method, opened_oauth(Response(200, body)), account)
    known = METHODS.get(method)
    if known is None:
        raise _unknown(method)
    return decode(method, opened(method, body, write=known.write, bare=True), account)


def _unknown(method: str) -> NotFound:
    near = ", ".join(difflib.get_close_matches(method, METHODS, 3))
    hint, hint_zh = (f"; close ones: {near}", f"; 相近的有: {near}") if near else ("", "")
    return NotFound(
        f"no documented method has this name{hint}",
        zh=f"没有收录该方法名{hint_zh}",
        platform=PLATFORM,
    )


# ---------------------------------------------------------------- answers to writes


def _write_result(known: Method, payload: msgspec.Raw) -> WriteResult:
    """`ok` is True only where the page says what success looks like."""
    result = at(payload, known.path[:1])
    fields = _plain(result) if result is not None else None
    if isinstance(fields, bool):
        return WriteResult(PLATFORM, known.name, fields, raw=bytes(payload))
    shown: dict[str, Any] = fields if isinstance(fields, dict) else {}
    code = _first(shown, ("code", "errorCode", "error_code", "resultCode"))
    message = _first(shown, ("msg", "errorMsg", "chineseErrCode", "chinese_err_code", "resultMsg"))
    return WriteResult(
        PLATFORM, known.name, _went_well(known, shown), code=code, message=message, raw=bytes(payload)
    )


def _went_well(known: Method, shown: dict[str, Any]) -> bool | None:
    outcome = OUTCOMES.get(known.outcome)
    if outcome is not None:
        flag = next((truth(shown[name]) for name in outcome.flags if name in shown), None)
        return None if truth(shown.get("data")) is False else flag
    # "0" assumed (C): any other value leaves it open, and the review is read back
    return True if known.outcome == "comment" and scalar(shown.get("resultCode")) == "0" else None


def _first(shown: dict[str, Any], names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := scalar(shown.get(name)))), None)


# ---------------------------------------------------------------- everything else

_PERSONAL = frozenset(
    {
        "jingdong.jos.order.oaid.decrypt",
        "jingdong.pop.order.getmobilelist",
        "jingdong.pop.order.encryptMobileNum",
        "jingdong.jos.master.key.get",
    }
)
_HARMLESS = frozenset({"orderId", "code", "message", "requestId", "request_id"})


def _plain(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _raw(method: str, payload: msgspec.Raw, account: Account | None) -> Raw:
    data = masked(_plain(payload))
    if method in _PERSONAL:
        data = _covered(data)
    return Raw(PLATFORM, method, data, None if account is None else account.shop_id)


def _covered(value: Any) -> Any:
    """Every text of an answer whose purpose is personal data."""
    if isinstance(value, dict):
        return {key: item if key in _HARMLESS else _covered(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_covered(item) for item in value]
    return HIDDEN if isinstance(value, str) and value else value
