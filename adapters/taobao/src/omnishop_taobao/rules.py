"""What happens when a case's deadline passes: rows of the timing rules whose default is evidenced.

A row whose default is a mere choice of the simulated world is left out here: its consequence stays `unknown`.
"""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from omnishop.model import Consequence, Deadline, Dispute, Favours, Kind, Stage


@frozen
class Known:
    """`evidence` is for the consequence; `id` as the project's list of timing rules has it."""

    id: str
    consequence: Consequence
    favours: Favours
    extendable: bool | None
    evidence: str


_CLOSES = (Consequence.CLOSES, Favours.SELLER, None)
_REFUNDS = (Consequence.REFUNDS, Favours.BUYER, None)
_CONFIRMS = (Consequence.CONFIRMS_RECEIPT, Favours.BUYER, None)

KNOWN: dict[tuple[str, Kind, Stage], Known] = {
    ("taobao", Kind.CANCEL, Stage.REQUESTED): Known(
        "TB-UNSHIPPED-ANSWER", Consequence.REFUNDS, Favours.BUYER, False, "official"
    ),
    ("tmall", Kind.CANCEL, Stage.REQUESTED): Known(
        "TM-UNSHIPPED-ANSWER", Consequence.REFUNDS, Favours.BUYER, False, "official"
    ),
    ("taobao", Kind.RETURN_REFUND, Stage.REQUESTED): Known(
        "TB-RETURN-ANSWER", Consequence.AGREES, Favours.BUYER, None, "inferred"
    ),
    ("taobao", Kind.RETURN_REFUND, Stage.AWAITING_RETURN): Known("TB-RETURN-SEND", *_CLOSES, "official"),
    ("taobao", Kind.EXCHANGE, Stage.AWAITING_RETURN): Known("TB-RETURN-SEND", *_CLOSES, "official"),
    ("tmall", Kind.RETURN_REFUND, Stage.AWAITING_RETURN): Known("TM-RETURN-SEND", *_CLOSES, "inferred"),
    ("tmall", Kind.EXCHANGE, Stage.AWAITING_RETURN): Known("TM-RETURN-SEND", *_CLOSES, "inferred"),
    ("taobao", Kind.RETURN_REFUND, Stage.RETURNING): Known("TB-RETURN-RECEIVE", *_REFUNDS, "inferred"),
    ("tmall", Kind.RETURN_REFUND, Stage.RETURNING): Known("TM-RETURN-RECEIVE", *_REFUNDS, "inferred"),
    ("taobao", Kind.EXCHANGE, Stage.RETURNING): Known("TB-RETURN-RECEIVE", *_CONFIRMS, "inferred"),
    ("tmall", Kind.EXCHANGE, Stage.RETURNING): Known("TM-RETURN-RECEIVE", *_CONFIRMS, "inferred"),
    **{("taobao", kind, Stage.REFUSED): Known("TB-REFUSED-BUYER", *_CLOSES, "inferred") for kind in Kind},
    **{("tmall", kind, Stage.REFUSED): Known("TM-REFUSED-BUYER", *_CLOSES, "inferred") for kind in Kind},
}

EVIDENCE = {
    "taobao": Known("TB-EVIDENCE", Consequence.ESCALATES, Favours.UNKNOWN, False, "official"),
    "tmall": Known("TM-EVIDENCE", Consequence.ESCALATES, Favours.UNKNOWN, False, "inferred"),
}
"""Staff asked for evidence: decided on what is there, by the burden of proof."""

_UNDISPUTED = frozenset({Dispute.NONE, Dispute.WITHDRAWN})


def deadline_of(
    at: datetime,
    storefront: str | None,
    kind: Kind,
    stage: Stage,
    dispute: Dispute | None,
    *,
    came_back: str | None,
) -> Deadline:
    """The wire's date with what is known of its consequence. A dispute may stop the clocks: then nothing is."""
    if dispute is Dispute.EVIDENCE_DUE:
        known = EVIDENCE.get(storefront or "")
    elif dispute not in _UNDISPUTED or (stage is Stage.REFUSED and came_back == "BUYER_RETURNED_GOODS"):
        known = None
    else:
        known = KNOWN.get((storefront or "", kind, stage))
    if known is None:
        return Deadline(at)
    return Deadline(at, known.consequence, known.favours, known.extendable)
