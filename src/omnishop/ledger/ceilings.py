"""How much money may still move on an order: per line where the wire tells what was paid for it, else per order.

All sums are fen. Freight stands apart: it has a ceiling of its own. Every case of the order counts, by what the
wire shows or the book holds, whichever is more.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from omnishop.ledger.intents import Held
from omnishop.model import Case, Fen, Order
from omnishop.model.case import money_back


@frozen
class Share:
    """What one case takes of an order. `lines` empty: not known which. `amount` None: not known how much."""

    lines: frozenset[str]
    amount: Fen | None
    freight: Fen | None = None

    @property
    def goods(self) -> Fen | None:
        return None if self.amount is None else Fen(self.amount - (self.freight or 0))


def share_of(case: Case, booked: Fen) -> Share | None:
    """What a case took or will surely take: `booked` by intents that are confirmed or open. None: nothing."""
    told = money_back(case)
    lines = frozenset(line.line_id for line in case.lines if line.line_id)
    if told is None:
        return Share(lines, None, case.amounts.freight)
    amount = Fen(max(told, booked))
    return Share(lines, amount, case.amounts.freight) if amount else None


def wanted(case: Case, order: Order | None) -> Share:
    """What deciding this case for the buyer moves: the sum applied for, else all that was paid for its lines."""
    amounts = case.amounts
    lines = frozenset(line.line_id for line in case.lines if line.line_id)
    amount = amounts.approved or amounts.requested
    if not amount:
        amount = None if order is None or not lines else _paid_for(order, lines)
    return Share(lines, amount, amounts.freight)


def claimed(case: Case, order: Order | None) -> dict[str, int]:
    """Pieces by line: as told, else as many as the sum pays for, rounded up; 0 where neither is known."""
    told = {line.line_id: line.requested for line in case.lines if line.line_id}
    return {
        line_id: (_pays_for(case, order, line_id) if len(told) == 1 else 0) if pieces is None else pieces
        for line_id, pieces in told.items()
    }


def _pays_for(case: Case, order: Order | None, line_id: str) -> int:
    lines = () if order is None else order.lines
    line = next((each for each in lines if each.line_id == line_id), None)
    asked = case.amounts.requested
    if line is None or not line.quantity or not line.paid or asked is None:
        return 0
    goods = asked - (case.amounts.freight or 0)
    return min(line.quantity, -(-goods * line.quantity // line.paid))


def _paid_for(order: Order, lines: Iterable[str]) -> Fen | None:
    paid = {line.line_id: line.paid for line in order.lines if line.line_id}
    sums = [paid.get(line) for line in lines]
    known = [each for each in sums if each is not None]
    return Fen(sum(known)) if len(known) == len(sums) else None


def ceilings(order: Order | None, share: Share, others: Iterable[Share]) -> tuple[Held, ...]:
    """Every ceiling that is known for this share, the tightest kind first; empty when none is known."""
    if order is None:
        return ()
    others = tuple(others)
    return tuple(held for held in (_of_lines(order, share, others), _of_order(order, others)) if held)


def _of_lines(order: Order, share: Share, others: tuple[Share, ...]) -> Held | None:
    limit = _paid_for(order, share.lines) if share.lines else None
    if limit is None or any(not other.lines for other in others):
        return None
    touching = [other for other in others if other.lines & share.lines]
    if any(not other.lines <= share.lines for other in touching):
        return None  # a sum over several lines cannot be told apart: the order's ceiling must do
    used = [other.goods if share.freight is not None else other.amount for other in touching]
    known = [each for each in used if each is not None]
    if len(known) < len(used):
        return None
    extra = 0 if share.freight is not None else (order.amounts.freight or 0)
    return Held("line", Fen(limit + extra), Fen(sum(known)))


def _of_order(order: Order, others: tuple[Share, ...]) -> Held | None:
    limit = order.amounts.paid
    known = [other.amount for other in others if other.amount is not None]
    if limit is None or len(known) < len(others):
        return None
    return Held("order", limit, Fen(sum(known)))


def of_freight(order: Order | None, share: Share, others: Iterable[Share]) -> Held | None:
    """What the buyer paid for the way out, less what other cases gave back of it as far as they tell; None: the
    wire tells either of the two not."""
    limit = None if order is None else order.amounts.freight
    if limit is None or share.freight is None:
        return None
    return Held("freight", limit, Fen(sum(other.freight or 0 for other in others)))


def fits(held: Held, share: Share) -> bool:
    """Whether the share goes under the ceiling; a line's is for the goods where freight is told apart."""
    amount = {"line": share.goods, "freight": share.freight}.get(held.name, share.amount)
    return amount is not None and held.used + amount <= held.limit
