"""Money that other cases of the order took already: what is left of it, and whether this case fits into that."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from omnishop.model import Case, Fen, Kind, Stage, Text
from omnishop.model.case import money_back
from omnishop.policy.answers import Outcome
from omnishop.policy.ground import Ground, yuan
from omnishop.policy.verdict import Check

RULE = "RES-ADVANCE"
"""Nothing is refunded again, whoever paid it first."""

_GOODS_AGAIN = frozenset({Kind.EXCHANGE, Kind.RESHIP})
_OTHERS = frozenset({Kind.REPAIR, Kind.COMPLAINT, Kind.UNKNOWN})


@frozen
class _Room:
    """`limit`: what was paid; `taken` of it by other cases; `needed` by this one; fen, None: not known. `freight` of
    the order may be in what is asked for. `apart`: whether goods can be told apart by their lines."""

    limit: Fen | None
    taken: Fen | None
    needed: Fen | None
    freight: int = 0
    apart: bool = True


def taken_check(ground: Ground) -> Check | None:
    """None: no other case took anything, or this one asks for nothing that was paid."""
    siblings = ground.facts.siblings
    if ground.case.kind in _OTHERS:
        return None
    if siblings is None:
        why = Text(
            "不知道同一订单的其他售后是否已退款",
            "whether another case of the order was paid back is not known",
        )
        return Check(RULE, Outcome.NEEDS_HUMAN, why, None, ("siblings",))
    if all(_back(each) == 0 for each in siblings):
        return None
    room = _room(ground, siblings)
    if room.taken == 0:
        return None
    if room.taken is None or room.limit is None or room.needed is None:
        return _untold(room)
    return _said(ground, room, Fen(max(room.limit - room.taken, 0)), room.needed)


def _room(ground: Ground, siblings: tuple[Case, ...]) -> _Room:
    """Goods against goods of the same lines; else all that was paid for the order."""
    mine, order = _lines(ground.case), ground.order
    theirs = [_lines(each) for each in siblings if _back(each) != 0]
    told = order is not None and ground.paid is not None and mine is not None and None not in theirs
    if not told or mine is None or order is None:
        limit = None if order is None else order.amounts.paid
        return _Room(limit, _sum(siblings), _needed(ground, limit), apart=False)
    touching = [each for each in siblings if (_lines(each) or mine) & mine]
    if not all((_lines(each) or mine) <= mine for each in touching):
        return _Room(order.amounts.paid, _sum(siblings), _needed(ground, order.amounts.paid))
    freight = 0 if ground.case.amounts.freight is not None else order.amounts.freight or 0
    return _Room(ground.paid, _sum(touching), _needed(ground, ground.paid), freight)


def _lines(case: Case) -> frozenset[str] | None:
    """None: not known which."""
    named = frozenset(line.line_id for line in case.lines if line.line_id)
    return named if named and len(named) == len(case.lines) else None


def _back(case: Case) -> Fen | None:
    """None: money moved or may have, and how much is not known."""
    if case.stage is Stage.UNKNOWN and case.amounts.refunded is None:
        return None
    return money_back(case)


def _sum(cases: Iterable[Case]) -> Fen | None:
    """Of the goods, as far as freight is told apart."""
    total = 0
    for each in cases:
        back = _back(each)
        if back is None:
            return None
        total += max(back - (each.amounts.freight or 0), 0)
    return Fen(total)


def _needed(ground: Ground, limit: Fen | None) -> Fen | None:
    """Goods that go out once more are worth something as long as not all of it was paid back."""
    if ground.case.kind in _GOODS_AGAIN:
        return None if limit is None else Fen(min(limit, 1))
    return None if ground.amount is None else Fen(max(ground.amount - (ground.case.amounts.freight or 0), 0))


def _untold(room: _Room) -> Check:
    why = Text(
        "同一订单的其他售后已退款, 还可退多少尚不清楚",
        "another case of the order was paid back: how much is left is not known",
    )
    paths = (
        ("siblings", room.taken),
        ("order.amounts.paid", room.limit),
        ("case.amounts.requested", room.needed),
    )
    return Check(RULE, Outcome.NEEDS_HUMAN, why, None, tuple(path for path, known in paths if known is None))


def _said(ground: Ground, room: _Room, left: Fen, needed: Fen) -> Check:
    taken = yuan(room.taken)
    fact = ground.fact("siblings", taken)
    if needed <= left and room.apart:
        why = Text(
            f"同一订单的其他售后已退 {taken} 元, 尚余 {yuan(left)} 元, 足够",
            f"other cases of the order took {taken} yuan, {yuan(left)} are left: enough",
        )
        return Check(RULE, Outcome.ALLOW, why, fact)
    if needed <= left + room.freight:
        why = Text(
            f"同一订单的其他售后已退 {taken} 元, 是否为同一商品或运费尚不清楚",
            f"other cases of the order took {taken} yuan: whether for the same goods, or freight, is not known",
        )
        missing = "case.amounts.freight" if room.apart else "case.lines"
        return Check(RULE, Outcome.NEEDS_HUMAN, why, fact, (missing,))
    if left == 0:
        why = Text(
            f"已在同一订单的其他售后退回 {taken} 元, 不得再次退款",
            f"{taken} yuan went back in other cases of the order: never refunded again",
        )
        return Check(RULE, Outcome.DENY, why, fact)
    why = Text(
        f"同一订单的其他售后已退 {taken} 元, 仅余 {yuan(left)} 元, 本单申请 {yuan(needed)} 元: 由人工协商",
        f"other cases of the order took {taken} yuan, {yuan(left)} are left and {yuan(needed)} asked for: "
        "a person settles it",
    )
    return Check(RULE, Outcome.NEEDS_HUMAN, why, fact)
