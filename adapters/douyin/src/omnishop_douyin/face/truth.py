"""What a perfect reader of this wire can know of the world's records, told without the adapter's mapping.

Where the wire says less than the world knows: goods that arrived still wait for the shop (`returning`), so does an
exchange whose replacement is owed; a withdrawn arbitration looks like any ended one; a rule counts only where its
consequence is more than a setting of the simulated world.
"""

from __future__ import annotations

from datetime import UTC, datetime

from omnishop import model
from omnishop.model import Actor, Deadline, Dispute, Kind, Stage
from omnishop.sandbox.rules import Evidence
from omnishop.sandbox.world import Case, Order
from omnishop_douyin.face import codes, names, orders

PLATFORM = "douyin"


def case(found: Case) -> model.Case:
    reason = names.REASONS[found.reason]
    status, arbitration = codes.status(found)[0], codes.arbitration(found)[0]
    stage = _stage(found)
    return model.Case(
        platform=PLATFORM,
        source="aftersale",
        case_id=found.case_id,
        storefront=found.shop.storefront,
        shop_id=found.shop.shop_id,
        order_id=found.order.order_id,
        kind=found.kind,
        stage=stage,
        dispute=Dispute.UNKNOWN if found.dispute is Dispute.WITHDRAWN else found.dispute,
        amounts=model.CaseAmounts(
            requested=model.Fen(found.requested),
            refunded=model.Fen(sum(back.amount for back in found.refunds)) if found.refunds else None,
            freight=model.Fen(found.freight),
        ),
        reason=model.Reason(
            str(reason.code) if reason.code else None, reason.text, reason.cls, found.detail or None
        ),
        lines=tuple(
            model.CaseLine(claim.line.line_id, claim.line.good.sku_id, claim.line.good.title, claim.quantity)
            for claim in found.claims
        ),
        opened_at=_second(found.opened_at),
        changed_at=_second(found.changed_at),
        closed_at=_second(codes.final_at(found)),
        deadline=_deadline(found),
        decided_by=_decided_by(found, stage),
        version=str(int(found.changed_at.timestamp())),
        raw_kind=str(names.TYPES[found.kind][0]),
        raw_stage=f"{status}/{codes.refund_status(found)}/{arbitration}",
    )


def _stage(found: Case) -> Stage:
    if "status" in found.marks:
        return Stage.UNKNOWN
    if found.stage is Stage.INSPECTING or (found.stage is Stage.RESENDING and found.kind is Kind.EXCHANGE):
        return Stage.RETURNING
    return found.stage


def _decided_by(found: Case, stage: Stage) -> Actor | None:
    """A lapsed deadline, a withdrawal and a fast refund leave nobody's name on the wire."""
    if found.dispute in {Dispute.RULED_BUYER, Dispute.RULED_SELLER}:
        return Actor.ARBITRATION
    if stage is Stage.REFUSED:
        return Actor.SELLER
    agreed_return = stage in {Stage.AWAITING_RETURN, Stage.RETURNING}
    paid_out = stage in {Stage.REFUNDING, Stage.SUCCEEDED} and found.kind is not Kind.RETURN_REFUND
    if found.decided_by is Actor.ASSISTANT and (agreed_return or paid_out):
        return Actor.ASSISTANT
    return None


def _deadline(found: Case) -> Deadline | None:
    if found.deadline is None or found.rule is None:
        return None
    at = _second(found.deadline)
    assert at is not None  # noqa: S101 - the deadline is there
    quiet = found.dispute is Dispute.NONE
    if not quiet or found.rule.default_evidence is Evidence.CHOSEN:
        return Deadline(at)
    return Deadline(at, found.rule.default, found.rule.favours, found.rule.extendable)


def order(found: Order) -> model.Order:
    status = codes.ORDER_STATUS[found.status][0]
    paid = found.paid_at is not None
    return model.Order(
        platform=PLATFORM,
        order_id=found.order_id,
        storefront=found.shop.storefront,
        shop_id=found.shop.shop_id,
        status=found.status,
        amounts=model.OrderAmounts(
            total=model.Fen(found.total),
            paid=model.Fen(found.paid) if paid else None,
            freight=model.Fen(found.freight),
            discount=model.Fen(found.discount),
        ),
        created_at=_second(found.created_at),
        paid_at=_second(found.paid_at),
        shipped_at=_at(orders.ship_time(found)),
        delivered_at=_second(found.delivered_at),
        finished_at=_second(found.finished_at),
        changed_at=_second(codes.state_changed(found)),
        lines=tuple(
            model.OrderLine(
                line_id=line.line_id,
                sku_id=line.good.sku_id,
                outer_sku_id=line.good.outer_sku_id,
                title=line.good.title,
                spec=line.good.spec,
                quantity=line.quantity,
                price=model.Fen(line.price),
                paid=model.Fen(line.paid) if paid else None,
            )
            for line in found.lines
        ),
        parcels=tuple(
            model.Parcel(
                *names.CARRIERS[parcel.carrier],
                tracking_no=parcel.tracking_no,
                shipped_at=_second(parcel.shipped_at),
                line_ids=tuple(line.line_id for line in parcel.lines),
            )
            for parcel in found.parcels
        ),
        buyer=model.Buyer(None, names.masked(found.buyer.name)),
        remark=found.remark,
        raw_status=f"{status}/{codes.main_status(found)[0]}",
    )


def _second(when: datetime | None) -> datetime | None:
    """The wire has whole seconds."""
    return None if when is None else _at(int(when.timestamp()))


def _at(seconds: int) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
