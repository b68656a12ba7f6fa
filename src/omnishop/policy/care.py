"""How a buyer is looked after (COM-CARE): which group, what is done for it, when the next contact is due."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from omnishop.model import Fen
from omnishop.policy.facts import no_zone
from omnishop.policy.talking import Care


class Group(StrEnum):
    HIGH_VALUE = "high_value"
    PROBLEM = "problem"
    FIRST_TIME = "first_time"
    REGULAR = "regular"
    SATISFIED = "satisfied"


@frozen
class BuyerSeen:
    """What is known of a buyer; None: not known. `problems`: cases that were ours. `score`: 1 to 5, the last told."""

    orders: int | None = None
    paid: Fen | None = None
    problems: int | None = None
    score: int | None = None
    level: str | None = None
    contacted_at: datetime | None = None
    bought_at: datetime | None = None


@frozen
class LookedAfter:
    """`contact_due` None: nobody knows when they were spoken to, or bought. `offers`: hears of new goods."""

    groups: tuple[Group, ...]
    handling: tuple[str, ...]
    contact_due: datetime | None
    overdue: bool
    offers: bool | None
    privilege: str | None
    missing: tuple[str, ...] = field(factory=tuple)


def care(buyer: BuyerSeen, rules: Care, now: datetime) -> LookedAfter:
    """A group is named only where its fact is known."""
    if now.tzinfo is None:
        raise no_zone("now")
    groups = tuple(_groups(buyer, rules))
    last = max((at for at in (buyer.contacted_at, buyer.bought_at) if at is not None), default=None)
    due = None if last is None else last + rules.every.length
    offers = None if buyer.score is None else buyer.score >= rules.offer_from
    facts = ("orders", "paid", "problems", "score")
    return LookedAfter(
        groups,
        tuple(rules.handling[group] for group in groups if group in rules.handling),
        due,
        due is not None and now > due,
        offers,
        None if buyer.level is None else rules.privileges.get(buyer.level),
        tuple(name for name in facts if getattr(buyer, name) is None),
    )


def _groups(buyer: BuyerSeen, rules: Care) -> Iterator[Group]:
    if buyer.paid is not None and buyer.paid >= rules.high_value:
        yield Group.HIGH_VALUE
    if buyer.problems is not None and buyer.problems >= rules.problem_cases:
        yield Group.PROBLEM
    if buyer.orders is not None:
        yield Group.FIRST_TIME if buyer.orders <= 1 else Group.REGULAR
    if buyer.score is not None and buyer.score >= rules.offer_from:
        yield Group.SATISFIED
