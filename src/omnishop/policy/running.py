"""The clocks of a case: facts of the case, its order and its return parcels, as clocks want them."""

from __future__ import annotations

from datetime import datetime

from omnishop.model import ENDED, Kind, OrderStatus, ReasonClass, Stage
from omnishop.policy.casefacts import Timeline, Way
from omnishop.policy.facts import Facts, Happening, Subject
from omnishop.policy.ground import Ground

Happened = dict[Happening, datetime | None]
_WAITING: Happened = dict.fromkeys(
    (
        Happening.DECIDED,
        Happening.HANDLED,
        Happening.AGREED,
        Happening.REMEDY_AGREED,
        Happening.RETURN_SIGNED,
        Happening.RETURN_SCANNED,
        Happening.INSPECTED,
        Happening.RECEIPT_CONFIRMED,
        Happening.REFUNDED,
        Happening.REPLACEMENT_SHIPPED,
    )
)
"""Nothing of this has happened while the case waits for the first decision."""
_AGREED: Happened = dict.fromkeys(
    (
        Happening.RETURN_SIGNED,
        Happening.RETURN_SCANNED,
        Happening.INSPECTED,
        Happening.RECEIPT_CONFIRMED,
        Happening.REPLACEMENT_SHIPPED,
    )
)
"""Nor of this while the goods are with the buyer."""
_OPEN: Happened = dict.fromkeys((Happening.CLOSED, Happening.SOLVED))
_BY_STAGE: dict[Stage, Happened] = {
    stage: {
        **({} if stage in ENDED or stage is Stage.UNKNOWN else _OPEN),
        **({Stage.REQUESTED: _WAITING, Stage.AWAITING_RETURN: _AGREED}.get(stage, {})),
    }
    for stage in Stage
}
_UNSHIPPED = frozenset({OrderStatus.UNPAID, OrderStatus.PAID})


def case_facts(ground: Ground) -> Facts:
    """What the stage rules out is known not to have happened; what the timeline says wins."""
    case, known, timeline = ground.case, ground.known, ground.facts.timeline
    happened = dict(_BY_STAGE[case.stage])
    if ground.cls is not ReasonClass.ORDER:
        happened[Happening.REMEDY_AGREED] = None  # no order error of ours
    if case.opened_at is not None:
        happened[Happening.APPLIED] = case.opened_at
    if case.closed_at is not None:
        happened[Happening.CLOSED] = case.closed_at
    for parcel in ground.facts.parcels or ():
        if parcel.way is Way.BACK:
            _earliest(happened, Happening.RETURN_SIGNED, parcel.signed_at)
            _earliest(happened, Happening.RETURN_SCANNED, parcel.scanned_at)
            _earliest(happened, Happening.INSPECTED, parcel.inspected_at)
    if timeline.happened:
        happened.update(timeline.happened)
    return Facts(
        Subject.CASE,
        case.case_id,
        case.platform,
        case.storefront,
        case.shop_id,
        case.kind,
        case.stage,
        ground.cls,
        ground.sub,
        ground.amount,
        ground.facts.buyer.vip,
        known.live_stream,
        known.ship_within,
        case.deadline,
        happened,
        timeline.steps,
        timeline.interruptions,
        timeline.waits,
    )


def _earliest(happened: Happened, name: Happening, when: datetime | None) -> None:
    before = happened.get(name)
    if when is not None and (before is None or when < before):
        happened[name] = when


def order_facts(ground: Ground) -> Facts | None:
    """None where shipping is no matter of the case."""
    order, case = ground.order, ground.case
    if order is None:
        return None
    late = ground.cls is ReasonClass.LOGISTICS and ground.sub == "delay"
    if order.shipped_at is not None and not late and case.kind is not Kind.CANCEL:
        return None
    happened: Happened = {}
    if order.created_at is not None:
        happened[Happening.PLACED] = order.created_at
    if order.paid_at is not None:
        happened[Happening.PAID] = order.paid_at
    if order.shipped_at is not None or order.status in _UNSHIPPED:
        happened[Happening.SHIPPED] = order.shipped_at
    if Happening.SHIPPED not in happened and not late and case.kind is not Kind.CANCEL:
        return None
    return _beside(ground, Subject.ORDER, order.order_id, happened)


def complaint_facts(ground: Ground) -> Facts | None:
    """A complaint is a case too; its own clock runs from when it was made."""
    case, timeline = ground.case, ground.facts.timeline
    if case.kind is not Kind.COMPLAINT:
        return None
    happened: Happened = {} if case.opened_at is None else {Happening.COMPLAINED: case.opened_at}
    happened.update(timeline.happened)
    return _beside(ground, Subject.COMPLAINT, case.case_id, happened, timeline)


def parcel_facts(ground: Ground) -> tuple[Facts, ...]:
    """One for each parcel that came back."""
    found = []
    for index, parcel in enumerate(ground.facts.parcels or ()):
        if parcel.way is Way.BACK and (parcel.signed_at is not None or parcel.scanned_at is not None):
            happened: Happened = {
                Happening.RETURN_SIGNED: parcel.signed_at,
                Happening.RETURN_SCANNED: parcel.scanned_at,
                Happening.STOCKED: parcel.stocked_at,
            }
            name = parcel.tracking_no or str(index)
            found.append(_beside(ground, Subject.PARCEL, name, happened, ground.facts.timeline))
    return tuple(found)


def _beside(
    ground: Ground, subject: Subject, name: str, happened: Happened, timeline: Timeline | None = None
) -> Facts:
    case = ground.case
    return Facts(
        subject,
        name,
        platform=case.platform,
        storefront=case.storefront,
        shop_id=case.shop_id,
        kind=case.kind,
        stage=case.stage,
        cls=ground.cls,
        sub_type=ground.sub,
        amount=ground.amount,
        vip=ground.facts.buyer.vip,
        live_stream=ground.known.live_stream,
        ship_within=ground.known.ship_within,
        happened=happened,
        steps={} if timeline is None else timeline.steps,
        interruptions=() if timeline is None else timeline.interruptions,
    )
