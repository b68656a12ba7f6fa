"""What follows when the audit deadline of a service order passes, as far as anything but a choice says so.

JD's wire shows one deadline, `auditOvertime` of `audit.list`. The rows are those of the project's list of timing
rules whose consequence is at least inferred; for every other kind of case nobody states it: unknown.
"""

from __future__ import annotations

from attrs import frozen

from omnishop.model import Consequence, Favours, Kind


@frozen
class AuditRule:
    id: str
    consequence: Consequence
    favours: Favours
    extendable: bool | None
    evidence: str


AUDIT: dict[Kind, AuditRule] = {
    Kind.RETURN_REFUND: AuditRule(
        "JD-RETURN-ANSWER", Consequence.AGREES, Favours.BUYER, False, "inferred: [3] Art. 16 copy, 2026"
    ),
    Kind.EXCHANGE: AuditRule(
        "JD-EXCHANGE-ANSWER", Consequence.AGREES, Favours.BUYER, False, "inferred: [3] Art. 16"
    ),
}
"""Refund without return (JD-SHIPPED-ANSWER) is `chosen`; repair and reshipment have no row: both stay unknown."""

UNTOLD = AuditRule("-", Consequence.UNKNOWN, Favours.UNKNOWN, None, "no source")


def audit_rule(kind: Kind) -> AuditRule:
    return AUDIT.get(kind, UNTOLD)
