"""The domain: frozen values, no input or output, no platform's spelling.

`case` after-sales cases · `order` orders, lines, parcels · `review` reviews · `facts` traces, refund facts,
reasons, events · `money` fen · `times` Beijing time · `text` both languages · `buyer` the buyer's key.
"""

from omnishop.model.buyer import buyer_key, identity_key
from omnishop.model.case import (
    ENDED,
    Actor,
    Case,
    CaseAmounts,
    CaseLine,
    Consequence,
    Deadline,
    Dispute,
    Favours,
    Kind,
    Reason,
    ReasonClass,
    Stage,
)
from omnishop.model.facts import (
    Address,
    Event,
    Raw,
    RefundFact,
    RefundStatus,
    RefuseReason,
    Trace,
    TraceNode,
    Unreadable,
    WriteResult,
)
from omnishop.model.money import Fen, fen_from_fen, fen_from_yuan, yuan_text
from omnishop.model.order import Buyer, Order, OrderAmounts, OrderLine, OrderStatus, Parcel
from omnishop.model.review import FollowUp, Grade, Reply, Review
from omnishop.model.text import Text
from omnishop.model.times import (
    BEIJING,
    aware,
    from_beijing_text,
    from_unix,
    from_unix_ms,
    iso,
    to_beijing_text,
)

Record = Order | Case | Review

__all__ = [
    "BEIJING",
    "ENDED",
    "Actor",
    "Address",
    "Buyer",
    "Case",
    "CaseAmounts",
    "CaseLine",
    "Consequence",
    "Deadline",
    "Dispute",
    "Event",
    "Favours",
    "Fen",
    "FollowUp",
    "Grade",
    "Kind",
    "Order",
    "OrderAmounts",
    "OrderLine",
    "OrderStatus",
    "Parcel",
    "Raw",
    "Reason",
    "ReasonClass",
    "Record",
    "RefundFact",
    "RefundStatus",
    "RefuseReason",
    "Reply",
    "Review",
    "Stage",
    "Text",
    "Trace",
    "TraceNode",
    "Unreadable",
    "WriteResult",
    "aware",
    "buyer_key",
    "fen_from_fen",
    "fen_from_yuan",
    "from_beijing_text",
    "from_unix",
    "from_unix_ms",
    "identity_key",
    "iso",
    "to_beijing_text",
    "yuan_text",
]
