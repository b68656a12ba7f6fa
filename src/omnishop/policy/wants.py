"""What evidence a case asks for and what is there; and how urgent the case is."""

from __future__ import annotations

from omnishop.model import Kind, ReasonClass
from omnishop.policy.answers import Level
from omnishop.policy.casefacts import Evidence, Party
from omnishop.policy.ground import Ground
from omnishop.policy.service import Priorities, Proofs, Want, Wants
from omnishop.policy.verdict import Priority, Wanted

_RANK = {Level.LOW: 0, Level.MIDDLE: 1, Level.HIGH: 2}


def wanted_of(ground: Ground, rules: Proofs) -> tuple[Wanted, ...]:
    found = []
    for rule, row in (
        ("EVD-QUALITY", rules.quality),
        ("EVD-LOGISTICS", rules.logistics),
        ("EVD-ORDER", rules.order),
        ("EVD-RETURN", rules.returned),
    ):
        if _asks(row, ground):
            found += [
                Wanted(rule, want.what, want.by[0], want.count, there(ground.facts.evidence, want))
                for want in row.wants.values()
                if (not want.subs or ground.sub in want.subs)
                and (not want.stages or ground.case.stage in want.stages)
            ]
    return tuple(found)


def _asks(row: Wants, ground: Ground) -> bool:
    if row.classes and ground.cls not in row.classes:
        return False
    return not row.kinds or ground.case.kind in row.kinds


def there(evidence: tuple[Evidence, ...] | None, want: Want) -> int | None:
    """Pieces that nobody has found worthless; None: not known."""
    if evidence is None:
        return None
    pieces = 0
    for each in evidence:
        if each.what is want.what and each.by in want.by and each.valid is not False:
            pieces += each.count
    return pieces


def valid_of(evidence: tuple[Evidence, ...] | None, party: Party) -> int | None:
    """Pieces of one side that someone has looked at and found good."""
    if evidence is None:
        return None
    return sum(each.count for each in evidence if each.by is party and each.valid)


def priority_of(ground: Ground, rules: Priorities, fast: bool) -> Priority:
    """The highest level that any rule gives; `fast`: the quick lane is served first."""
    known, urgent = ground.known, rules.urgent
    levels: list[tuple[str, Level]] = []
    first = fast
    if ground.cls is ReasonClass.LOGISTICS and ground.sub in rules.logistics.subs:
        levels.append(("PRI-LOGISTICS", rules.logistics.subs[ground.sub]))
    if _urgent(ground, rules):
        levels.append(("PRI-URGENT", Level.HIGH))
        first = True
    if ground.case.kind is Kind.COMPLAINT or known.major:
        channel = rules.complaint.channels.get(known.channel) if known.channel else None
        levels.append(("PRI-COMPLAINT", Level.HIGH if known.major else channel or rules.complaint.rest))
    rules_said = [rule for rule, _ in levels]
    if ground.cls is ReasonClass.QUALITY and rules.quality.first:
        first = True
        rules_said.append("PRI-QUALITY")
    human = bool(known.angry) and urgent.angry_to_human
    if human and "PRI-URGENT" not in rules_said:
        rules_said.append("PRI-URGENT")
    level = max((level for _, level in levels), key=_RANK.__getitem__, default=rules.usual)
    if known.channel is not None and known.channel in rules.channel.channels:
        rules_said.append("PRI-CHANNEL")
    return Priority(level, first, human, tuple(rules_said))


def _urgent(ground: Ground, rules: Priorities) -> bool:
    row = rules.urgent
    large = ground.amount is not None and ground.amount >= row.amount
    return bool(
        large or (row.vip and ground.facts.buyer.vip) or (row.live_stream and ground.known.live_stream)
    )
