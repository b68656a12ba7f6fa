"""What follows from what platforms say, made a fact with its own source. `judge` itself takes nothing for granted."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from omnishop.model import Case, Dispute, Fen
from omnishop.policy.casefacts import CaseFacts, Channel, FactSource, Known, Returned


def completed(facts: CaseFacts) -> CaseFacts:
    """Only what is not known is filled in; what a person, a register or a wire said stays."""
    found = {name: value for name, value in _following(facts).items() if getattr(facts.known, name) is None}
    if not found:
        return facts
    sources = {**facts.sources, **{f"known.{name}": FactSource.DERIVED for name in found}}
    known: Known = evolve(facts.known, **found)
    return evolve(facts, known=known, sources=sources)


def _following(facts: CaseFacts) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if facts.case.dispute is Dispute.NONE:
        found["advanced"] = Fen(0)  # platforms pay first in disputes only (RES-ADVANCE)
    returned = _returned(facts.case)
    if returned is not None:
        found["returned"] = returned
    if facts.source_of("case") is FactSource.WIRE:
        found["channel"] = Channel.CONSOLE
    return found


def _returned(case: Case) -> Returned | None:
    """By the pieces that the wire says arrived, good and bad; None where it does not say of every line."""
    if not case.lines:
        return None
    if any(line.received_bad for line in case.lines):
        return Returned.DAMAGED
    for line in case.lines:
        due = line.approved if line.approved is not None else line.requested
        if line.received_good is None or line.received_bad is None or due is None:
            return None
    short = any((line.received_good or 0) < (line.approved or line.requested or 0) for line in case.lines)
    return Returned.SHORT if short else Returned.INTACT
