"""What a perfect reader of this wire can know, told from the world alone and not by the adapter's own tables."""

from __future__ import annotations

from datetime import datetime

from omnishop import model
from omnishop.model import Actor, CaseAmounts, CaseLine, Deadline, Dispute, Fen, Grade, Kind, Reason, Stage
from omnishop.model import ReasonClass as R
from omnishop.sandbox.rules import Evidence
from omnishop.sandbox.world import CARRIERS, Case, Order, Parcel, Review
from omnishop_taobao.face import reasons, wire_cases, wire_orders
from omnishop_taobao.face.shop import PLATFORM
from omnishop_taobao.face.state import exchange_text, refund_status

_ENDED = {Stage.SUCCEEDED, Stage.CLOSED}
_CLASSES = {
    "no_reason": R.NO_REASON,
    "no_reason_exchange": R.NO_REASON,
    "unwanted": R.NO_REASON,
    "quality": R.QUALITY,
    "not_as_described": R.QUALITY,
}


def case(c: Case) -> model.Case:
    tmall_exchange = c.kind is Kind.EXCHANGE and c.shop.storefront == "tmall"
    odd = c.marks.get("dispute_type") == "OTHERS" or c.marks.get("special_refund_type") == "cashBack"
    return model.Case(
        platform=PLATFORM,
        source=c.source,
        case_id=c.case_id,
        storefront=c.shop.storefront,
        shop_id=c.shop.shop_id,
        order_id=c.order.order_id,
        kind=Kind.UNKNOWN if odd else c.kind,
        stage=_stage(c),
        dispute=c.dispute,
        amounts=CaseAmounts() if tmall_exchange else _amounts(c),
        reason=Reason(
            text=reasons.text(c.reason),
            cls=_CLASSES.get(c.reason, R.UNCLASSIFIED),
            detail=c.detail or None,
        ),
        lines=(_line(c, tmall_exchange=tmall_exchange),),
        opened_at=_second(c.opened_at),
        changed_at=_second(c.changed_at),
        closed_at=_moment(c.closed_at) if c.stage in _ENDED and not tmall_exchange else None,
        deadline=_deadline(c),
        decided_by=Actor.ARBITRATION if c.dispute in {Dispute.RULED_BUYER, Dispute.RULED_SELLER} else None,
        version=str(wire_cases.version(c)),
        raw_kind=None if tmall_exchange else _raw_kind(c),
        raw_stage=exchange_text(c) if tmall_exchange else refund_status(c),
    )


def _stage(c: Case) -> Stage:
    """Arrival is not on this wire; an exchange that became a refund says no more than that."""
    if c.stage is Stage.INSPECTING:
        return Stage.RETURNING
    return Stage.UNKNOWN if c.stage is Stage.REFUNDING else c.stage


def _amounts(c: Case) -> CaseAmounts:
    paid = sum(refund.amount for refund in c.refunds) if c.refunds else None
    told = c.source == "special_refund" or wire_cases.dispute_type(c) in {"REFUND", "REFUND_AND_RETURN"}
    done = c.stage is Stage.SUCCEEDED and told
    return CaseAmounts(
        requested=Fen(c.requested if paid is None else paid), refunded=Fen(paid or 0) if done else None
    )


def _line(c: Case, *, tmall_exchange: bool) -> CaseLine:
    line = c.claims[0].line
    if tmall_exchange:
        return CaseLine(title=line.good.title)
    return CaseLine(line_id=line.line_id, sku_id=line.good.sku_id, title=line.good.title)


def _deadline(c: Case) -> Deadline | None:
    if c.deadline is None or c.rule is None or c.stage in _ENDED:
        return None
    at = _second(c.deadline)
    if c.rule.default_evidence is Evidence.CHOSEN:
        return Deadline(at)
    return Deadline(at, c.rule.default, c.rule.favours, c.rule.extendable)


def _raw_kind(c: Case) -> str:
    kind = wire_cases.dispute_type(c)
    if c.source != "special_refund":
        return kind
    return f"{c.marks.get('special_refund_type', 'priceProtect')}/{kind}"


# ---------------------------------------------------------------- orders and reviews


def order(o: Order, key: str | None = None) -> model.Order:
    paid = o.paid_at is not None
    return model.Order(
        platform=PLATFORM,
        order_id=o.order_id,
        storefront=o.shop.storefront,
        shop_id=o.shop.shop_id,
        status=model.OrderStatus.SHIPPED if o.status is model.OrderStatus.DELIVERED else o.status,
        amounts=model.OrderAmounts(
            total=Fen(o.total),
            paid=Fen(o.paid) if paid else None,
            freight=Fen(o.freight),
            discount=Fen(o.discount),
        ),
        created_at=_second(o.created_at),
        paid_at=_moment(o.paid_at),
        shipped_at=_moment(o.shipped_at),
        finished_at=_moment(o.finished_at) if o.status is model.OrderStatus.FINISHED else None,
        changed_at=_second(o.changed_at),
        lines=tuple(
            model.OrderLine(
                line_id=line.line_id,
                sku_id=line.good.sku_id,
                outer_sku_id=line.good.outer_sku_id,
                title=line.good.title,
                spec=line.good.spec,
                quantity=line.quantity,
                price=Fen(line.price),
                paid=Fen(line.paid) if paid else None,
            )
            for line in o.lines
        ),
        parcels=tuple(_parcel(p) for p in o.parcels),
        buyer=model.Buyer(key, wire_orders.masked(o.buyer.nick)),
        remark=o.remark,
        raw_status=wire_orders.status(o),
    )


def _parcel(p: Parcel) -> model.Parcel:
    return model.Parcel(
        carrier=CARRIERS.get(p.carrier, p.carrier),
        tracking_no=p.tracking_no,
        shipped_at=_second(p.shipped_at),
        line_ids=tuple(line.line_id for line in p.lines),
    )


def review(r: Review) -> model.Review:
    tmall = r.shop.storefront == "tmall"
    stars = {5: Grade.GOOD, 4: Grade.GOOD, 3: Grade.NEUTRAL, 2: Grade.BAD, 1: Grade.BAD}[r.stars]
    return model.Review(
        platform=PLATFORM,
        review_id=f"{r.line.line_id}:buyer",
        storefront=r.shop.storefront,
        shop_id=r.shop.shop_id,
        order_id=r.order.order_id,
        author=wire_orders.masked(r.order.buyer.nick),
        grade=None if tmall else stars,
        text=r.text,
        follow_ups=tuple(model.FollowUp(text=f.text, at=_second(f.at)) for f in r.follow_ups[-1:])
        if tmall
        else (),
        reply=model.Reply(text=r.reply) if r.reply else None,
        created_at=_second(r.created_at),
        raw_grade="good" if tmall else stars.value,
    )


def _second(when: datetime) -> datetime:
    """The wire knows no fractions."""
    return when.replace(microsecond=0)


def _moment(when: datetime | None) -> datetime | None:
    return None if when is None else _second(when)
