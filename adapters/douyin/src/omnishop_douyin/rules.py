"""What happens when a case's deadline passes, as far as anyone has shown it.

Rows of the project's list of timing rules (section 5) whose consequence is official, observed or inferred. Where
the consequence is only a setting of the simulated world, there is no row and the adapter says unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from omnishop.model import Consequence, Deadline, Dispute, Favours, Kind


@frozen
class Known:
    rule: str
    consequence: Consequence
    favours: Favours
    extendable: bool | None
    evidence: str


_SEND = Known("DY-RETURN-SEND", Consequence.CLOSES, Favours.SELLER, None, "observed")
_REFUSED = Known("DY-REFUSED-BUYER", Consequence.CLOSES, Favours.SELLER, None, "inferred")

KNOWN: dict[tuple[Kind, int], Known] = {
    (Kind.CANCEL, 6): Known(
        "DY-UNSHIPPED-ANSWER", Consequence.AGREES, Favours.BUYER, extendable=False, evidence="inferred"
    ),
    (Kind.REFUND_ONLY, 6): Known(
        "DY-SHIPPED-ANSWER", Consequence.AGREES, Favours.BUYER, None, "inferred; with interception: observed"
    ),
    (Kind.RETURN_REFUND, 6): Known("DY-RETURN-ANSWER", Consequence.AGREES, Favours.BUYER, None, "inferred"),
    (Kind.EXCHANGE, 6): Known("DY-EXCHANGE-ANSWER", Consequence.AGREES, Favours.BUYER, None, "inferred"),
    (Kind.RETURN_REFUND, 7): _SEND,
    (Kind.EXCHANGE, 7): _SEND,
    (Kind.REPAIR, 7): _SEND,
    (Kind.RETURN_REFUND, 11): Known(
        "DY-RETURN-RECEIVE", Consequence.REFUNDS, Favours.BUYER, extendable=True, evidence="inferred"
    ),
    (Kind.EXCHANGE, 11): Known(
        "DY-EXCHANGE-SHIP", Consequence.ESCALATES, Favours.BUYER, None, "observed, stage not told"
    ),
    **{
        (kind, 27): _REFUSED
        for kind in (
            Kind.CANCEL,
            Kind.REFUND_ONLY,
            Kind.RETURN_REFUND,
            Kind.EXCHANGE,
            Kind.RESHIP,
            Kind.REPAIR,
        )
    },
}
"""By kind and the platform's status: 27 and 29 are one stage of the model, and only 27 has a known end."""

_QUIET = frozenset({Dispute.NONE, Dispute.WITHDRAWN})


def clock(kind: Kind, status: int | None, dispute: Dispute | None) -> Callable[[datetime], Deadline]:
    """Makes the deadline of such a case from its time.

    While a dispute is or may be open nobody has shown what the case's own clock does.
    """
    known = KNOWN.get((kind, status)) if status is not None and dispute in _QUIET else None
    if known is None:
        return Deadline
    consequence, favours, extendable = known.consequence, known.favours, known.extendable
    return lambda at: Deadline(at, consequence, favours, extendable)
