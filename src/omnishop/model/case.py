"""An after-sales case (退款单 / 售后单 / 服务单 / 换货单): one claim of a buyer about lines of one order."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen

from omnishop.model.money import Fen


class Kind(StrEnum):
    """What the buyer asks for. Once known, a kind is kept."""

    CANCEL = "cancel"  # 未发货退款: nothing of it was shipped when the buyer applied
    REFUND_ONLY = "refund_only"  # 仅退款
    RETURN_REFUND = "return_refund"  # 退货退款
    EXCHANGE = "exchange"  # 换货
    RESHIP = "reship"  # 补寄
    REPAIR = "repair"  # 维修
    PRICE_PROTECT = "price_protect"  # 价保
    COMPENSATE = "compensate"  # 赔付
    COMPLAINT = "complaint"  # 投诉: the desk's own
    UNKNOWN = "unknown"


class Stage(StrEnum):
    """Where the case stands, as far as the wire can tell."""

    REQUESTED = "requested"  # waits for the shop's first decision
    REFUSED = "refused"  # the shop refused, before or after the return; the buyer may act
    AWAITING_RETURN = "awaiting_return"  # agreed, nothing on its way
    RETURNING = "returning"  # sent back, arrival not on the wire
    INSPECTING = "inspecting"  # the platform says the shop has the goods
    REFUNDING = "refunding"  # decided for the buyer, money not shown to have moved
    RESENDING = "resending"  # a replacement is owed
    RESENT = "resent"  # the replacement is under way
    SUCCEEDED = "succeeded"  # ended for the buyer
    CLOSED = "closed"  # ended against or without the buyer
    UNKNOWN = "unknown"


ENDED = frozenset({Stage.SUCCEEDED, Stage.CLOSED})


class Dispute(StrEnum):
    """The platform's arbitration (平台介入) on the case."""

    NONE = "none"
    OPEN = "open"
    EVIDENCE_DUE = "evidence_due"
    RULED_BUYER = "ruled_buyer"
    RULED_SELLER = "ruled_seller"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class Actor(StrEnum):
    """Who decided the case."""

    BUYER = "buyer"
    SELLER = "seller"
    ASSISTANT = "assistant"  # a robot of the shop: 退款助手, 小助手
    PLATFORM_RULE = "platform_rule"  # a deadline passed
    ARBITRATION = "arbitration"  # platform staff ruled


class ReasonClass(StrEnum):
    """The class of the buyer's reason; sub-types follow with the policies."""

    QUALITY = "quality"
    LOGISTICS = "logistics"
    ORDER = "order"
    REFUND = "refund"
    NO_REASON = "no_reason"
    UNCLASSIFIED = "unclassified"


class Consequence(StrEnum):
    """What the platform does by itself when the deadline passes."""

    AGREES = "agrees"
    REFUNDS = "refunds"
    CLOSES = "closes"
    CONFIRMS_RECEIPT = "confirms_receipt"
    ESCALATES = "escalates"
    UNKNOWN = "unknown"


class Favours(StrEnum):
    BUYER = "buyer"
    SELLER = "seller"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


@frozen(weakref_slot=False)
class Deadline:
    """The clock of the side on turn. `extendable` None: not known."""

    at: datetime
    consequence: Consequence = Consequence.UNKNOWN
    favours: Favours = Favours.UNKNOWN
    extendable: bool | None = None


@frozen(weakref_slot=False)
class CaseAmounts:
    """Fen. `requested` includes `freight` where the platform's own figure does; each is None when not told."""

    requested: Fen | None = None
    estimated: Fen | None = None
    approved: Fen | None = None
    refunded: Fen | None = None
    freight: Fen | None = None


@frozen(weakref_slot=False)
class Reason:
    """`code` and `text` are the platform's; `detail` is what the buyer wrote."""

    code: str | None = None
    text: str | None = None
    cls: ReasonClass | None = None
    detail: str | None = None


@frozen(weakref_slot=False)
class CaseLine:
    """Quantities are pieces."""

    line_id: str | None = None
    sku_id: str | None = None
    title: str | None = None
    requested: int | None = None
    approved: int | None = None
    sent_back: int | None = None
    received_good: int | None = None
    received_bad: int | None = None


@frozen(weakref_slot=False)
class Case:
    """Known by (platform, shop_id, source, case_id). None means: the wire does not say.

    `source` is the platform's id space, `version` what the platform wants echoed on a write,
    `raw` the record as it came, byte for byte.
    """

    platform: str
    source: str
    case_id: str
    storefront: str | None = None
    shop_id: str | None = None
    order_id: str | None = None
    kind: Kind = Kind.UNKNOWN
    stage: Stage = Stage.UNKNOWN
    dispute: Dispute | None = None
    amounts: CaseAmounts = CaseAmounts()
    reason: Reason | None = None
    lines: tuple[CaseLine, ...] = ()
    opened_at: datetime | None = None
    changed_at: datetime | None = None
    closed_at: datetime | None = None
    deadline: Deadline | None = None
    decided_by: Actor | None = None
    version: str | None = None
    raw_kind: str | None = None
    raw_stage: str | None = None
    raw: bytes = field(default=b"", eq=False, repr=False)


_NO_MONEY = frozenset({Kind.EXCHANGE, Kind.RESHIP, Kind.REPAIR})


def money_back(case: Case) -> Fen | None:
    """What went back to the buyer or surely will, as the wire shows it; None: money moved, how much is not told."""
    amounts = case.amounts
    if case.stage not in {Stage.REFUNDING, Stage.SUCCEEDED}:
        return amounts.refunded or Fen(0)
    if amounts.refunded is not None:
        return amounts.refunded
    if case.kind in _NO_MONEY and case.stage is Stage.SUCCEEDED:
        return Fen(0)
    return amounts.approved if amounts.approved is not None else amounts.requested
