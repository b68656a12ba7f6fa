"""What the rules of one case ask for again and again, worked out of its facts once."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import define

from omnishop.model import BEIJING, Case, CaseLine, Fen, Kind, Order, ReasonClass, Stage, iso, yuan_text
from omnishop.policy.casefacts import CaseFacts, Goods, Known, ShopPromise, Way
from omnishop.policy.classes import Classified
from omnishop.policy.verdict import Fact

BACK = frozenset({Stage.RETURNING, Stage.INSPECTING, Stage.REFUNDING, Stage.RESENDING})
"""The goods are on their way back, or there."""
RETURNS = frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE})
DAY = timedelta(days=1)


@define(eq=False)
class Ground:
    """`amount` is what is applied for, `paid` what was paid for the claimed lines; None: not known."""

    facts: CaseFacts
    case: Case
    known: Known
    order: Order | None
    classified: Classified
    cls: ReasonClass
    sub: str | None
    amount: Fen | None
    paid: Fen | None
    pieces: int | None
    goods: tuple[Goods, ...] | None
    signed_at: datetime | None
    signed_path: str
    goods_back: bool | None

    def fact(self, path: str, value: object) -> Fact:
        """A deciding fact, with its source."""
        return Fact(path, told(value), self.facts.source_of(path))


def told(value: object) -> str | None:
    """As JSON would show it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return iso(value)
    return str(value)


def yuan(fen: Fen | None) -> str | None:
    return None if fen is None else yuan_text(fen)


def ground_of(facts: CaseFacts, classified: Classified) -> Ground:
    case = facts.case
    signed_at, signed_path = _signed(facts)
    return Ground(
        facts,
        case,
        facts.known,
        facts.order,
        classified,
        classified.cls,
        classified.sub,
        case.amounts.requested,
        _paid(case, facts.order),
        _pieces(case, facts.order),
        _goods(facts),
        signed_at,
        signed_path,
        _goods_back(facts),
    )


def _signed(facts: CaseFacts) -> tuple[datetime | None, str]:
    """By the order, else by its parcels: the last of them, when all are known to be signed."""
    path = "order.delivered_at"
    if facts.order is not None and facts.order.delivered_at is not None:
        return facts.order.delivered_at, path
    latest = None
    for parcel in facts.parcels or ():
        if parcel.way is Way.OUT:
            if parcel.signed_at is None:
                return None, path
            latest = parcel.signed_at if latest is None else max(latest, parcel.signed_at)
    return latest, path if latest is None else "parcels.signed_at"


def _goods_back(facts: CaseFacts) -> bool | None:
    """Whether what was sold is on its way back or there; None: not known."""
    stage = facts.case.stage
    if stage in BACK:
        return True
    if stage is Stage.UNKNOWN:
        return None
    if stage is not Stage.REFUSED:
        return False
    if facts.parcels is None:  # refused before the return, or after it?
        return None
    return any(parcel.way is Way.BACK for parcel in facts.parcels)


def claimed(case: Case, order: Order | None) -> tuple[CaseLine, ...]:
    """The lines of the case; of one that names none, all of its order."""
    if case.lines:
        return case.lines
    if order is None:
        return ()
    return tuple(CaseLine(each.line_id, each.sku_id, each.title, each.quantity) for each in order.lines)


def _paid(case: Case, order: Order | None) -> Fen | None:
    if order is None:
        return None
    if not case.lines:
        return order.amounts.paid
    if not order.lines:
        return None
    paid = {each.line_id: each.paid for each in order.lines if each.line_id is not None}
    total = 0
    for line in case.lines:
        one = None if line.line_id is None else paid.get(line.line_id)
        if one is None:
            return order.amounts.paid if len(order.lines) == 1 else None
        total += one
    return Fen(total)


def _pieces(case: Case, order: Order | None) -> int | None:
    """Pieces bought, of the claimed lines; None where any is not known."""
    if order is None or not order.lines:
        return None
    ids = {line.line_id for line in case.lines}
    counted = [each.quantity for each in order.lines if not ids or None in ids or each.line_id in ids]
    if not counted or None in counted:
        return None
    return sum(each for each in counted if each is not None)


def _goods(facts: CaseFacts) -> tuple[Goods, ...] | None:
    """What is known of every claimed line; None where one is not covered."""
    entries = facts.known.goods
    if entries is None:
        return None
    if len(entries) == 1 and entries[0].line_id is None and entries[0].sku_id is None:
        return entries
    lines = claimed(facts.case, facts.order)
    if not lines or any(line.line_id is None and line.sku_id is None for line in lines):
        return None
    found: dict[int, Goods] = {}
    for line in lines:
        fitting = [index for index, each in enumerate(entries) if _is_of(each, line)]
        if not fitting:
            return None
        found |= {index: entries[index] for index in fitting}
    return tuple(found.values())


def _is_of(goods: Goods, line: CaseLine) -> bool:
    if goods.line_id is not None:
        return goods.line_id == line.line_id
    return goods.sku_id is None or goods.sku_id == line.sku_id


def end_of_day(day: datetime, later: int) -> datetime:
    """The last moment of the day `later` days after, in Beijing; exactly then is still in time."""
    begins = day.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return begins + DAY * (later + 1)


def in_force(promise: ShopPromise, ground: Ground) -> bool | None:
    """Whether it was when the order was placed."""
    placed = None if ground.order is None else ground.order.created_at
    if placed is None or promise.since is None:
        return None
    if placed < promise.since:
        return False
    if promise.until is None:
        return True if promise.standing else None
    return placed < promise.until


def names_goods(promise: ShopPromise, ground: Ground) -> bool | None:
    """Whether it is about all the goods that are claimed."""
    if promise.sku_ids is None:
        return None
    if not promise.sku_ids:
        return True
    skus = [line.sku_id for line in claimed(ground.case, ground.order)]
    if not skus or None in skus:
        return None
    return all(sku in promise.sku_ids for sku in skus)
