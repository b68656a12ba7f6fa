"""Refunds, special refunds, disputes and exchanges as cases. A Tmall exchange is one case, however it is seen."""

from __future__ import annotations

from datetime import datetime

import msgspec
from attrs import evolve

from omnishop.model import (
    ENDED,
    Actor,
    Case,
    CaseAmounts,
    CaseLine,
    Dispute,
    Kind,
    Reason,
    ReasonClass,
    Stage,
)
from omnishop_taobao import tables
from omnishop_taobao.mapping.common import PLATFORM, REFUND, SPECIAL, Misfit, Owner, moment, money, words
from omnishop_taobao.rules import deadline_of
from omnishop_taobao.wire import cases as wire
from omnishop_taobao.wire.reading import ident

_MONEY_BACK = frozenset({"REFUND", "REFUND_AND_RETURN"})
_REQUEST_KEY = "disputeRequest:"


def refund(raw: msgspec.Raw | bytes, owner: Owner, source: str = REFUND) -> Case:
    """A refund, a special refund, or a row of the dispute list. ValueError for one that does not fit."""
    r = wire.REFUND.read(raw)
    case_id = ident(r.refund_id)
    if case_id is None:
        raise Misfit("refund_id is missing")
    if r.special_refund_type is not None:
        source = SPECIAL
    asked = _asked(r)
    kind = _kind(r, asked, source)
    stage = refund_stage(r.status, kind)
    ruling = _dispute(r.cs_status)
    ended = stage in ENDED
    fee = money(r.refund_fee)
    paid_back = stage is Stage.SUCCEEDED and (asked in _MONEY_BACK or source == SPECIAL)
    storefront = owner.storefront or _storefront(r.dispute_type)
    at = _remind(r)
    return Case(
        platform=PLATFORM,
        source=source,
        case_id=case_id,
        storefront=storefront,
        shop_id=owner.shop_id,
        order_id=ident(r.tid) or ident(r.biz_order_id),
        kind=kind,
        stage=stage,
        dispute=ruling,
        amounts=CaseAmounts(requested=fee, refunded=fee if paid_back else None),
        reason=_reason(r.reason, r.desc),
        lines=_lines(r),
        opened_at=moment(r.created),
        changed_at=moment(r.modified),
        closed_at=moment(r.end_time),
        deadline=None
        if at is None or ended
        else deadline_of(at, storefront, kind, stage, ruling, came_back=r.good_status),
        decided_by=_decided_by(ruling),
        version=ident(r.refund_version),
        raw_kind=_raw_kind(r),
        raw_stage=ident(r.status),
        raw=bytes(raw),
    )


def dispute(raw: msgspec.Raw | bytes, owner: Owner) -> Case:
    """A row of tmall.dispute.receive.get: a refund or an exchange of a Tmall shop."""
    return refund(raw, owner if owner.storefront else evolve(owner, storefront="tmall"))


def exchange(raw: msgspec.Raw | bytes, owner: Owner) -> Case:
    """A Tmall exchange (换货单): the same case as the refund of that number."""
    e = wire.EXCHANGE.read(raw)
    case_id = ident(e.dispute_id)
    if case_id is None:
        raise Misfit("dispute_id is missing")
    stage = exchange_stage(e.status)
    ruling = _dispute(e.cs_status)
    at = moment(e.time_out)
    return Case(
        platform=PLATFORM,
        source=REFUND,
        case_id=case_id,
        storefront=owner.storefront or "tmall",
        shop_id=owner.shop_id,
        order_id=ident(e.biz_order_id),
        kind=Kind.EXCHANGE,
        stage=stage,
        dispute=ruling,
        reason=_reason(e.reason, e.desc),
        lines=(CaseLine(title=e.title),) if e.title else (),
        opened_at=moment(e.created),
        changed_at=moment(e.modified),
        deadline=None
        if at is None or stage in ENDED
        else deadline_of(at, "tmall", Kind.EXCHANGE, stage, ruling, came_back=e.good_status),
        decided_by=_decided_by(ruling),
        version=ident(e.refund_version),
        raw_kind="TMALL_EXCHANGE",
        raw_stage=ident(e.status),
        raw=bytes(raw),
    )


def shipped_first(case: Case, consigned: str | None) -> Case:
    """Settle 未发货退款 or 仅退款 by when the line was sent: the refund itself may not tell any more."""
    sent = moment(consigned)
    before = sent is not None and case.opened_at is not None and sent <= case.opened_at
    return evolve(case, kind=Kind.REFUND_ONLY if before else Kind.CANCEL)


# ---------------------------------------------------------------- parts


def _asked(r: wire.Refund) -> str | None:
    """`dispute_type`, or what older records have in its place."""
    if r.dispute_type:
        return r.dispute_type
    if r.dispute_request is not None:
        row = tables.DISPUTE_REQUESTS.get(str(r.dispute_request).strip())
        return row.value if row else None
    if r.attribute and _REQUEST_KEY in r.attribute:
        number = r.attribute.split(_REQUEST_KEY, 1)[1].split(";", 1)[0]
        told = tables.KIND_OF_REQUEST.get(number)
        return told.value if told else None
    if r.has_good_return is None:
        return None
    return "REFUND_AND_RETURN" if r.has_good_return else "REFUND"


def _kind(r: wire.Refund, asked: str | None, source: str) -> Kind:
    if source == SPECIAL:
        row = tables.SPECIAL_KINDS.get(r.special_refund_type or "")
        return row.value if row else Kind.UNKNOWN
    if asked == "REFUND":
        if r.good_status in tables.HAS_GOODS or r.order_status in tables.SHIPPED:
            return Kind.REFUND_ONLY
        return Kind.CANCEL if r.order_status in tables.UNSHIPPED else Kind.UNKNOWN
    known = tables.KINDS.get(asked or "")
    return known.value if known else Kind.UNKNOWN


def _raw_kind(r: wire.Refund) -> str | None:
    parts = (r.special_refund_type, r.dispute_type or ident(r.dispute_request))
    return "/".join(part for part in parts if part) or None


def refund_stage(status: int | str | None, kind: Kind) -> Stage:
    """By name; a number means something here only for an exchange."""
    if isinstance(status, str):
        known = tables.STAGE_OF_NAME.get(status)
        if known is not None:
            return known
    return _spelt(status, numbers=kind is Kind.EXCHANGE)


def exchange_stage(status: int | str | None) -> Stage:
    """From number, Chinese text and English token alike."""
    return _spelt(status, numbers=True)


_SEPARATORS = str.maketrans(dict.fromkeys("-:：()（）|/;；", " ") | {"，": ","})


def _spelt(status: int | str | None, *, numbers: bool) -> Stage:
    """Text as it may be spelt: blanks and commas of either width, or number and name together.

    Every part must be known and mean the same; a number alone counts only where `numbers` says so.
    """
    if status is None:
        return Stage.UNKNOWN
    text = str(status).translate(_SEPARATORS)
    whole = tables.STAGE_OF_NAME.get("".join(text.split()))
    if whole is not None:
        return whole
    parts = text.split()
    found = {
        tables.STAGE_OF_NUMBER.get(part, Stage.UNKNOWN)
        if part.isdigit()
        else tables.STAGE_OF_NAME.get(part, Stage.UNKNOWN)
        for part in parts
        if numbers or not part.isdigit()
    }
    return found.pop() if len(found) == 1 else Stage.UNKNOWN


def _dispute(cs_status: int | None) -> Dispute | None:
    return None if cs_status is None else tables.DISPUTE.get(cs_status, Dispute.UNKNOWN)


def _decided_by(dispute: Dispute | None) -> Actor | None:
    """Only a ruling is told; who of buyer, seller and clock ended the rest is not on the wire."""
    ruled = dispute in {Dispute.RULED_BUYER, Dispute.RULED_SELLER}
    return Actor.ARBITRATION if ruled else None


def _reason(text: str | None, detail: str | None) -> Reason | None:
    if not text and not detail:
        return None
    cls = tables.REASON.get(text, ReasonClass.UNCLASSIFIED) if text else None
    return Reason(text=words(text), cls=cls, detail=words(detail))


def _lines(r: wire.Refund) -> tuple[CaseLine, ...]:
    oid = ident(r.oid)
    if oid is None and not r.title:
        return ()
    sku_id, bar, _ = (r.sku or "").partition("|")
    return (CaseLine(line_id=oid, sku_id=sku_id if bar and sku_id else None, title=words(r.title)),)


def _remind(r: wire.Refund) -> datetime | None:
    """The date is stale when `exist_timeout` is false."""
    remind = r.refund_remind_timeout
    if remind is not None:
        return moment(remind.timeout) if remind.exist_timeout else None
    return moment(r.time_out)


def _storefront(dispute_type: str | None) -> str | None:
    return {"TMALL_EXCHANGE": "tmall", "TAOBAO_EXCHANGE": "taobao"}.get(dispute_type or "")
