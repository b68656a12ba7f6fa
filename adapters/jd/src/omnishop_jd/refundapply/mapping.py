"""Cancel-refund applications and compensations on the wire, and -> the model. Money is in 分 here (pitfall 1)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from omnishop.model import Case, CaseAmounts, CaseLine, Fen, Kind, Reason, Stage
from omnishop_jd.errors import PLATFORM
from omnishop_jd.reasons import reason_class
from omnishop_jd.refundapply.tables import STATUS
from omnishop_jd.wire import STOREFRONT, Id, Misfit, Reader, cents, count, real_id, rows_of, text, when, words

SOURCE = "refundapply"
COMPENSATION = "compensation"


class Sku(msgspec.Struct, rename="camel"):
    sku_id: Id = None
    sku_uuid: Id = None
    sku_name: Any = None
    sku_count: Id = None


class Application(msgspec.Struct, rename="camel"):
    """RefundApplyVo (4.1)."""

    id: Id = None
    order_id: Id = None
    apply_time: Id = None
    modified: Id = None
    apply_refund_sum: msgspec.Raw = msgspec.Raw()
    status: Id = None
    reason: Any = None
    sku_vo_list: msgspec.Raw = msgspec.Raw()


class Compensation(msgspec.Struct, rename="camel"):
    """A row of queryCompensateList; the page gives its filters only, so no more than these is read."""

    id: Id = None
    compensate_id: Id = None
    order_id: Id = None
    modified: Id = None


APPLICATION = msgspec.json.Decoder(Application)
COMPENSATE = msgspec.json.Decoder(Compensation)
SKU = msgspec.json.Decoder(Sku)


def case_of(row: Application, raw: msgspec.Raw, reader: Reader) -> Case:
    apply_id = real_id(row.id)
    if apply_id is None:
        raise Misfit("id is missing")
    known = STATUS.get(row.status)
    return Case(
        PLATFORM,
        SOURCE,
        apply_id,
        STOREFRONT,
        reader.shop_id,
        real_id(row.order_id),
        Kind.CANCEL,
        Stage.UNKNOWN if known is None else known.stage,
        None,
        _amounts(cents(row.apply_refund_sum, "applyRefundSum")),
        _reason(words(row.reason)),
        tuple(_line(sku) for sku in rows_of(row.sku_vo_list, "skuVoList", SKU)),
        when(row.apply_time, "applyTime"),
        when(row.modified, "modified"),
        decided_by=None if known is None else known.decided_by,
        raw_stage=text(row.status),
        raw=bytes(raw),
    )


@lru_cache(maxsize=4096)
def _amounts(requested: Fen | None) -> CaseAmounts:
    return CaseAmounts(requested=requested)


@lru_cache(maxsize=4096)
def _reason(told: str | None) -> Reason | None:
    return None if told is None else Reason(None, told, reason_class(told))


def _line(sku: Sku) -> CaseLine:
    number = real_id(sku.sku_id)
    return CaseLine(
        text(sku.sku_uuid) or number, number, words(sku.sku_name), count(sku.sku_count, "skuVoList.skuCount")
    )


def compensation_of(row: Compensation, raw: msgspec.Raw, reader: Reader) -> Case:
    compensate_id = real_id(row.compensate_id) or real_id(row.id)
    if compensate_id is None:
        raise Misfit("compensateId is missing")
    return Case(
        PLATFORM,
        COMPENSATION,
        compensate_id,
        STOREFRONT,
        reader.shop_id,
        real_id(row.order_id),
        Kind.COMPENSATE,
        changed_at=when(row.modified, "modified"),
        raw=bytes(raw),
    )
