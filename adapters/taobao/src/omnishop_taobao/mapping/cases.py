"""Refunds, special refunds, disputes and exchanges as cases. A Tmall exchange is one case, however it is seen."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

import msgspec
from attrs import evolve, frozen

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
    from_beijing_text,
)
from omnishop.model.twins import twin_of
from omnishop_taobao import tables
from omnishop_taobao.mapping.common import PLATFORM, REFUND, SPECIAL, Misfit, Owner, moment, money, words
from omnishop_taobao.rules import deadline_of
from omnishop_taobao.wire import cases as wire
from omnishop_taobao.wire.reading import ident

_EITHER = "REFUND or REFUND_AND_RETURN"
"""What is asked for where the record contradicts itself: money, with the goods going back or not."""

_MONEY_BACK = frozenset({"REFUND", "REFUND_AND_RETURN", _EITHER})
_REQUEST_KEY = "disputeRequest:"
_CASE = twin_of(Case)
_LINE = twin_of(CaseLine)


def refund(raw: msgspec.Raw | bytes, owner: Owner, source: str = REFUND) -> Case:
    """A refund, a special refund, or a row of the dispute list. ValueError for one that does not fit."""
    try:
        r = wire.REFUND.fast(raw)
    except msgspec.DecodeError:
        r = wire.REFUND.patiently(raw)
    refund_id = r.refund_id
    case_id = refund_id if type(refund_id) is str and refund_id.isdigit() else ident(refund_id)
    if case_id is None:
        raise Misfit("refund_id is missing")
    told = _told(
        r.status,
        _asked(r),
        r.order_status,
        r.good_status,
        r.cs_status,
        r.special_refund_type,
        source,
        r.dispute_type,
    )
    remind = r.refund_remind_timeout
    at = None
    if not told.ended and (remind is not None or r.time_out):
        at = _remind(r)
    storefront = owner.storefront or told.storefront
    return _CASE(
        PLATFORM,
        told.source,
        case_id,
        storefront,
        owner.shop_id,
        str(r.tid) if type(r.tid) is int else ident(r.tid) or ident(r.biz_order_id),
        told.kind,
        told.stage,
        told.dispute,
        _amounts(r.refund_fee, told.paid_back),
        _reason(r.reason, r.desc),
        (_line(r),) if r.oid or r.title else (),
        *_times(r),
        None
        if at is None
        else deadline_of(at, storefront, told.kind, told.stage, told.dispute, came_back=r.good_status),
        told.decided_by,
        str(r.refund_version) if type(r.refund_version) is int else ident(r.refund_version),
        told.raw_kind or ident(r.dispute_request),
        r.status if type(r.status) is str else ident(r.status),
        bytes(raw),
    )


@frozen
class _Told:
    """What the codes of one refund say together."""

    source: str
    storefront: str | None
    kind: Kind
    stage: Stage
    dispute: Dispute | None
    decided_by: Actor | None
    ended: bool
    paid_back: bool
    raw_kind: str | None


@lru_cache(maxsize=2048)
def _told(
    status: int | str | None,
    asked: str | None,
    order_status: str | None,
    good_status: str | None,
    cs_status: int | None,
    special: str | None,
    source: str,
    dispute_type: str | None,
) -> _Told:
    """Few combinations of codes occur: each is judged once."""
    if special is not None:
        source = SPECIAL
    kind = _kind(asked, order_status, good_status, special, source)
    stage = refund_stage(status, kind)
    ruling = _dispute(cs_status)
    money_back = asked in _MONEY_BACK or source == SPECIAL
    return _Told(
        source=source,
        storefront=_storefront(dispute_type),
        kind=kind,
        stage=stage,
        dispute=ruling,
        decided_by=_decided_by(ruling),
        ended=stage in ENDED,
        paid_back=stage is Stage.SUCCEEDED and money_back,
        raw_kind="/".join(part for part in (special, dispute_type) if part) or None,
    )


@lru_cache(maxsize=4096)
def _amounts(fee: str | int | None, paid_back: bool) -> CaseAmounts:
    asked = money(fee, "refund_fee")
    return CaseAmounts(requested=asked, refunded=asked if paid_back else None)


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
    at = moment(e.time_out, "time_out")
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
        opened_at=moment(e.created, "created"),
        changed_at=moment(e.modified, "modified"),
        deadline=None
        if at is None or stage in ENDED
        else deadline_of(at, "tmall", Kind.EXCHANGE, stage, ruling, came_back=e.good_status),
        decided_by=_decided_by(ruling),
        version=ident(e.refund_version),
        raw_stage=ident(e.status),
        raw=bytes(raw),
    )


def shipped_first(case: Case, consigned: str | None) -> Case:
    """Settle 未发货退款 or 仅退款 by when the line was sent: the refund itself may not tell any more."""
    sent = moment(consigned, "orders.consign_time")
    before = sent is not None and case.opened_at is not None and sent <= case.opened_at
    return evolve(case, kind=Kind.REFUND_ONLY if before else Kind.CANCEL)


# ---------------------------------------------------------------- parts


def _times(r: wire.Refund) -> tuple[datetime | None, datetime | None, datetime | None]:
    """Opened, changed, closed. Which of them does not fit is asked only when one does not: there are many."""
    try:
        return (
            from_beijing_text(r.created) if r.created else None,
            from_beijing_text(r.modified) if r.modified else None,
            from_beijing_text(r.end_time) if r.end_time else None,
        )
    except ValueError:
        for field, text in (("created", r.created), ("modified", r.modified), ("end_time", r.end_time)):
            moment(text, field)
        raise


def _asked(r: wire.Refund) -> str | None:
    """What the buyer asks for; `has_good_return` may deny it."""
    asked = r.dispute_type or _asked_of_old(r)
    returns = r.has_good_return
    if returns is not None and asked in _MONEY_BACK and returns != (asked == "REFUND_AND_RETURN"):
        return _EITHER
    return asked


def asks_money_only(case: Case) -> bool:
    """Whether its record says 仅退款, and nothing in it says otherwise."""
    try:
        return _asked(wire.REFUND.read(case.raw)) == "REFUND"
    except ValueError:
        return False


def _request(attribute: str | None) -> str | None:
    if not attribute or _REQUEST_KEY not in attribute:
        return None
    told = tables.KIND_OF_REQUEST.get(attribute.split(_REQUEST_KEY, 1)[1].split(";", 1)[0])
    return told.value if told else None


def _asked_of_old(r: wire.Refund) -> str | None:
    """What older records, and the dispute list, have in the place of `dispute_type`."""
    if r.dispute_request is not None:
        row = tables.DISPUTE_REQUESTS.get(str(r.dispute_request).strip())
        return row.value if row else None
    if r.attribute and _REQUEST_KEY in r.attribute:
        return _request(r.attribute)
    if r.has_good_return is None:
        return None
    return "REFUND_AND_RETURN" if r.has_good_return else "REFUND"


def _kind(
    asked: str | None, order_status: str | None, good_status: str | None, special: str | None, source: str
) -> Kind:
    if source == SPECIAL:
        row = tables.SPECIAL_KINDS.get(special or "")
        return row.value if row else Kind.UNKNOWN
    if asked == "REFUND":
        if good_status in tables.HAS_GOODS or order_status in tables.SHIPPED:
            return Kind.REFUND_ONLY
        return Kind.CANCEL if order_status in tables.UNSHIPPED else Kind.UNKNOWN
    known = tables.KINDS.get(asked or "")
    return known.value if known else Kind.UNKNOWN


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


@lru_cache(maxsize=1024)
def _reason(text: str | None, detail: str | None) -> Reason | None:
    if not text and not detail:
        return None
    spelt = "".join(text.split()).replace("七", "7") if text else None
    cls = tables.REASON.get(spelt, ReasonClass.UNCLASSIFIED) if spelt else None
    return Reason(text=words(text), cls=cls, detail=words(detail))


@lru_cache(maxsize=4096)
def _sku_id(sku: str | None) -> str | None:
    """`skuId|property:value;…`"""
    head, bar, _ = (sku or "").partition("|")
    return head if bar and head else None


def _line(r: wire.Refund) -> CaseLine:
    """How many pieces are claimed is not told: `num` is not explained."""
    return _LINE(str(r.oid) if type(r.oid) is int else ident(r.oid), _sku_id(r.sku), r.title or None)


def _remind(r: wire.Refund) -> datetime | None:
    """The date is stale when `exist_timeout` is false."""
    remind = r.refund_remind_timeout
    if remind is not None:
        return moment(remind.timeout, "refund_remind_timeout.timeout") if remind.exist_timeout else None
    return moment(r.time_out, "time_out")


def _storefront(dispute_type: str | None) -> str | None:
    return {"TMALL_EXCHANGE": "tmall", "TAOBAO_EXCHANGE": "taobao"}.get(dispute_type or "")
