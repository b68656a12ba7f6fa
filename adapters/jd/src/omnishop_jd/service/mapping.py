"""Service orders, their waybills, refund facts, logs and reasons -> the model."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import attrs
import msgspec

from omnishop.model import (
    Case,
    CaseAmounts,
    CaseLine,
    Deadline,
    Event,
    Fen,
    Kind,
    Reason,
    RefundFact,
    RefundStatus,
    RefuseReason,
    Stage,
    Trace,
)
from omnishop.model.twins import twin_of
from omnishop_jd.errors import PLATFORM
from omnishop_jd.reasons import reason_class
from omnishop_jd.rules import UNTOLD, audit_rule
from omnishop_jd.service.tables import KIND, REFUND_STATUS, stage_of
from omnishop_jd.service.wire import (
    DETAIL,
    FREIGHT_LOG,
    NO_RAW,
    Brief,
    Detail,
    Freight,
    LogRow,
    ReasonRow,
    RefundRow,
    Service,
    ShopRefund,
)
from omnishop_jd.wire import (
    STOREFRONT,
    Id,
    Misfit,
    Reader,
    count,
    listed,
    real_id,
    rows_of,
    text,
    when,
    words,
    yuan,
)

SOURCE = "service"
_MAIN_ARTICLE = "10"
_NO_AMOUNTS = CaseAmounts()
_CASE = twin_of(Case)
_EPOCH = datetime.fromtimestamp(0, UTC)


# ---------------------------------------------------------------- cases


def case_of(row: Service, raw: msgspec.Raw, reader: Reader) -> Case:
    """One row of a list, or a detail."""
    service_id = real_id(row.service_id) or real_id(row.afs_service_id)
    if service_id is None:
        raise Misfit("serviceId is missing")
    return _case(row, raw, reader, service_id, alone=True)


def brief_of(row: Brief, raw: msgspec.Raw, reader: Reader) -> Case:
    """As `case_of`, for the two lists that whole pulls go through: what repeats over a page is worked out once."""
    service_id, order_id = row.service_id, row.order_id
    if not service_id or service_id == "0":
        raise Misfit("serviceId is missing")
    kind, stage, raw_kind, raw_stage = _codes(row.customer_expect, row.service_status, bool(row.express_code))
    changed = _moment(row.update_time, "updateTime") or _moment(row.update_date, "updateDate")
    sent = row.freight_update_date and _moment(row.freight_update_date, "freightUpdateDate")
    return _CASE(
        PLATFORM,
        SOURCE,
        str(service_id),
        STOREFRONT,
        reader.shop_id,
        str(order_id) if order_id and order_id != "0" else None,
        kind,
        stage,
        None,
        _NO_AMOUNTS,
        _codes_reason(
            row.question_type_cid1,
            row.question_type_cid2,
            row.question_type_cid2_name or row.question_type_cid1_name,
        ),
        _one_line(row.sku_uuid, row.sku_id, row.ware_name, row.service_count),
        _moment(row.apply_time, "applyTime"),
        sent if sent and (changed is None or sent > changed) else changed,
        None,
        None,
        None,
        text(row.sys_version),
        raw_kind,
        raw_stage,
        bytes(raw),
    )


def _moment(value: Id, name: str) -> datetime | None:
    """The plain form of `when` without its detours."""
    if type(value) is int and 0 < value < _LAST_MS:
        return _EPOCH + timedelta(milliseconds=value)
    return when(value, name)


_LAST_MS = 253402300800000
"""The year 10000: no calendar holds it."""


@lru_cache(maxsize=4096)
def _codes(expect: Id, status: Id, sent: bool) -> tuple[Kind, Stage, str | None, str | None]:
    kind = KIND.get(expect, Kind.UNKNOWN)
    return kind, stage_of(status, kind, sent=sent), text(expect), text(status)


@lru_cache(maxsize=4096)
def _one_line(uuid: Id, sku_id: Id, title: str | None, pieces: Id) -> tuple[CaseLine, ...]:
    sku = real_id(sku_id)
    if sku is None:
        return ()
    return (CaseLine(text(uuid) or sku, sku, title or None, count(pieces, "serviceCount")),)


@lru_cache(maxsize=4096)
def _codes_reason(first: Id, second: Id, told: str | None) -> Reason | None:
    codes = [code for code in (real_id(first), real_id(second)) if code]
    if not codes and not told:
        return None
    return Reason("/".join(codes) or None, told or None, reason_class(told))


def cases_of(row: Service, raw: msgspec.Raw, reader: Reader) -> tuple[Case, ...]:
    """One application of audit.list: a case for each service order it opened."""
    found = [real_id(_ID.decode(item)) for item in listed(row.service_id_list, "serviceIdList")]
    found += [
        real_id(_SERVICE_ID.decode(item).afs_service_id)
        for item in listed(row.afs_service_list, "afsServiceList")
    ]
    ids = [service_id for service_id in found if service_id is not None]
    if not ids:
        return (case_of(row, raw, reader),)
    return tuple(_case(row, raw, reader, service_id, alone=len(ids) == 1) for service_id in ids)


_ID = msgspec.json.Decoder(int | str | None)
_SERVICE_ID = msgspec.json.Decoder(Service)


def _case(row: Service, raw: msgspec.Raw, reader: Reader, service_id: str, *, alone: bool) -> Case:
    kind = KIND.get(row.customer_expect, Kind.UNKNOWN)
    status = row.service_status if row.service_status is not None else row.afs_service_status
    stage = stage_of(status, kind, sent=bool(row.express_code))
    changed = when(row.update_time, "updateTime") or when(row.update_date, "updateDate")
    if row.freight_update_date is not None:
        changed = latest((changed, when(row.freight_update_date, "freightUpdateDate")))
    refund = yuan(row.refund_amt, "refundAmt")
    return Case(
        PLATFORM,
        SOURCE,
        service_id,
        STOREFRONT,
        reader.shop_id,
        real_id(row.order_id),
        kind,
        stage,
        None,
        _NO_AMOUNTS if refund is None else CaseAmounts(approved=refund),
        _reason(row),
        _lines(row, alone=alone),
        when(row.apply_time, "applyTime") or when(row.afs_apply_time, "afsApplyTime"),
        changed,
        deadline=_deadline(row.audit_overtime, kind, stage),
        version=text(row.sys_version),
        raw_kind=text(row.customer_expect),
        raw_stage=text(status),
        raw=bytes(raw),
    )


def latest(times: Iterable[datetime | None]) -> datetime | None:
    """The last of the change clocks that are told (pitfall 4)."""
    return max((time for time in times if time is not None), default=None)


def _deadline(overtime: Id, kind: Kind, stage: Stage) -> Deadline | None:
    """Where the stage is not told the deadline stands, but not what follows it."""
    if stage not in {Stage.REQUESTED, Stage.UNKNOWN}:
        return None
    at = when(overtime, "auditOvertime")
    return None if at is None else _audit_ends(at, kind, stage)


def _audit_ends(at: datetime, kind: Kind, stage: Stage) -> Deadline:
    rule = audit_rule(kind) if stage is Stage.REQUESTED else UNTOLD
    return Deadline(at, rule.consequence, rule.favours, rule.extendable)


def _reason(row: Service) -> Reason | None:
    codes = [code for code in (real_id(row.question_type_cid1), real_id(row.question_type_cid2)) if code]
    detail = words(row.question_desc)
    told = (
        _apply_reason(row.ext_json_str)
        or words(row.question_type_cid2_name)
        or words(row.question_type_cid1_name)
    )
    if not codes and told is None and detail is None:
        return None
    return Reason("/".join(codes) or None, told, reason_class(told), detail)


_EXT = msgspec.json.Decoder(dict[str, Any])


def _apply_reason(ext: Any) -> str | None:
    """The buyer's reason inside the JSON text `extJsonStr` (4.4 B); a text that is no JSON says nothing."""
    if not isinstance(ext, str) or "APPLYREASON" not in ext:
        return None
    try:
        return words(_EXT.decode(ext.encode()).get("APPLYREASON"))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def _lines(row: Service, *, alone: bool) -> tuple[CaseLine, ...]:
    if row.service_bill_detail_list is not NO_RAW:
        details = rows_of(row.service_bill_detail_list, "serviceBillDetailList", DETAIL)
        if details:
            return _detail_lines(details, "serviceBillDetailList")
    if row.apply_detail_list is not NO_RAW and row.sku_id is None:
        details = rows_of(row.apply_detail_list, "applyDetailList", DETAIL)
        return _detail_lines(details, "applyDetailList")
    sku = real_id(row.sku_id) or real_id(row.ware_id)
    if sku is None:
        return ()
    pieces = None
    if alone:
        told = row.service_count is not None
        pieces = count(row.service_count, "serviceCount") if told else count(row.ware_num, "wareNum")
    return (CaseLine(text(row.sku_uuid) or sku, sku, words(row.ware_name), pieces),)


def _detail_lines(details: list[Detail], place: str) -> tuple[CaseLine, ...]:
    """One line per article: rows may stand for single pieces. Gifts and papers are no lines (4.5 wareType)."""
    lines: dict[str | None, CaseLine] = {}
    for row in details:
        if text(row.ware_type) not in {None, _MAIN_ARTICLE}:
            continue
        sku = real_id(row.sku_id)
        key = text(row.sku_uuid) or sku
        pieces = count(row.ware_num, f"{place}.wareNum")
        known = lines.get(key)
        if known is not None:
            both = known.requested is not None and pieces is not None
            pieces = (known.requested or 0) + (pieces or 0) if both else None
        lines[key] = CaseLine(key, sku, words(row.ware_name), pieces)
    return tuple(lines.values())


# ---------------------------------------------------------------- what else is known of a case


def joined(
    case: Case,
    *,
    freight: Freight | None = None,
    facts: Iterable[RefundFact] = (),
    estimate: Fen | None = None,
    deadline: Deadline | None = None,
    seen: Case | None = None,
) -> Case:
    """A detail with its waybill, its refund facts, the estimate, its audit deadline and the list row it came from."""
    own = [fact for fact in facts if fact.case_id == case.case_id]
    moved = {fact.refund_id: fact for fact in own if fact.status is RefundStatus.SUCCEEDED}
    codes = dict.fromkeys(fact.raw_status for fact in own if fact.raw_status)
    sent = freight is not None and bool(freight.express_code)
    stage = stage_of(case.raw_stage, case.kind, sent=sent, proved=bool(moved))
    paid = [fact.amount for fact in moved.values() if fact.amount is not None]
    refunded = Fen(sum(paid)) if paid and len(paid) == len(moved) else None
    ended = latest(fact.completed_at for fact in moved.values()) if stage is Stage.SUCCEEDED else None
    waybill_times = (
        when(log.create_date, "freightLogList.createDate")
        for log in (rows_of(freight.freight_log_list, "freightLogList", FREIGHT_LOG) if freight else ())
    )
    return attrs.evolve(
        case,
        stage=stage,
        amounts=attrs.evolve(case.amounts, estimated=estimate, refunded=refunded),
        changed_at=latest((case.changed_at, seen.changed_at if seen else None, *waybill_times)),
        closed_at=ended,
        deadline=_audit_ends(deadline.at, case.kind, stage)
        if deadline and stage is Stage.REQUESTED
        else None,
        raw_stage="/".join((case.raw_stage, *codes)) if case.raw_stage else None,
    )


# ---------------------------------------------------------------- refund facts


def fact_of(row: RefundRow, raw: msgspec.Raw, reader: Reader) -> RefundFact:
    """Status 13 with completeTime is the proof that money moved (pitfall 9, B); 13 without it is not."""
    bill = row.same_order_service_bill
    code = text(row.status)
    done = when(row.complete_time, "completeTime")
    status = RefundStatus.UNKNOWN if code is None else REFUND_STATUS.get(code, RefundStatus.PENDING)
    if status is RefundStatus.SUCCEEDED and done is None:
        status = RefundStatus.UNKNOWN
    return RefundFact(
        PLATFORM,
        SOURCE,
        real_id(bill.service_id) if bill else None,
        STOREFRONT,
        reader.shop_id,
        real_id(bill.order_id) if bill else None,
        real_id(row.afs_refund_id),
        yuan(row.refound_amount, "refoundAmount"),
        status,
        done,
        code,
        raw=bytes(raw),
    )


def shop_fact_of(row: ShopRefund, raw: msgspec.Raw, reader: Reader) -> RefundFact:
    """What b2c refund.get tells: no status, no service id. The actual amount alone is not the proof of money."""
    actual, estimate = row.afs_actual_refund_detail, row.afs_estimate_refund_detail
    amount, status = None, RefundStatus.UNKNOWN
    if actual is not None:
        amount = yuan(actual.actual_refund_amount, "actualRefundAmount")
    elif estimate is not None:
        amount, status = yuan(estimate.max_refund_amount, "maxRefundAmount"), RefundStatus.PENDING
    return RefundFact(
        PLATFORM,
        SOURCE,
        None,
        STOREFRONT,
        reader.shop_id,
        real_id(row.order_id),
        amount=amount,
        status=status,
        raw=bytes(raw),
    )


# ---------------------------------------------------------------- waybills, logs, reasons


def waybill_of(row: Freight, raw: msgspec.Raw, reader: Reader) -> Trace:
    """The parcel of what is sent back; the wire tells no scans of it."""
    return Trace(
        PLATFORM,
        STOREFRONT,
        reader.shop_id,
        carrier_code=real_id(row.ship_way_id),
        carrier=words(row.express_company),
        tracking_no=text(row.express_code),
        raw=bytes(raw),
    )


def event_of(row: LogRow, raw: msgspec.Raw, reader: Reader) -> Event:
    """Who spoke is a pin without a role on this wire: no actor."""
    times = (
        when(row.operate_date, "operateDate"),
        when(row.track_create_date, "trackCreateDate"),
        when(row.create_date, "createDate"),
    )
    texts = (row.context, row.track_context, row.operate_remark, row.title)
    return Event(
        PLATFORM,
        words(row.operate_type_name) or words(row.message_type_name) or "track",
        STOREFRONT,
        reader.shop_id,
        real_id(row.afs_log_id) or real_id(row.message_id),
        next((time for time in times if time is not None), None),
        case_id=real_id(row.service_id),
        text=next((said for said in map(words, texts) if said), None),
        raw=bytes(raw),
    )


def refuse_reason_of(row: ReasonRow, raw: msgspec.Raw, reader: Reader) -> RefuseReason:
    code = text(row.code)
    if code is None:
        raise Misfit("code is missing")
    parent = real_id(row.parent_code)
    return RefuseReason(
        PLATFORM, code, words(row.name), None if parent is None else f"parent {parent}", raw=bytes(raw)
    )
