"""What is known of one case when it is judged. None is "not known"; an empty list is "known: there is none"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import field, frozen

from omnishop.model import Case, Fen, Order, ReasonClass
from omnishop.policy.answers import Role
from omnishop.policy.facts import Happening, Interruption, Promise, Step


class FactSource(StrEnum):
    """Where a fact comes from."""

    WIRE = "wire"  # the platform said so
    DERIVED = "derived"  # worked out of what platforms said
    REGISTER = "register"  # a list that the merchant keeps: goods, promises, buyers
    SETTINGS = "settings"
    IMPORTED = "imported"
    HAND = "hand"  # a person entered it


class Party(StrEnum):
    BUYER = "buyer"
    SHOP = "shop"
    WAREHOUSE = "warehouse"
    CARRIER = "carrier"
    PLATFORM = "platform"


class Proof(StrEnum):
    """Kinds of evidence."""

    PHOTO = "photo"
    VIDEO = "video"
    STATEMENT = "statement"  # how used, since when, under what conditions
    TRACKING = "tracking"
    RECIPIENT = "recipient"
    PARCEL_STATE = "parcel_state"
    WISH = "wish"  # what the buyer wants done
    DISPATCH_RECORD = "dispatch_record"
    PICK_LIST = "pick_list"
    PACKING_VIDEO = "packing_video"  # taken before shipping
    SWAP_LABEL = "swap_label"  # anti-swap label or packing (防伪)
    RETURN_PHOTO = "return_photo"
    CARRIER_REPORT = "carrier_report"
    INSPECTION = "inspection"
    PAGE_SNAPSHOT = "page_snapshot"
    CHAT = "chat"


class PromiseKind(StrEnum):
    """What a shop's wider promise is about."""

    NO_REASON = "no_reason"  # returns without a reason within `days`
    FREIGHT = "freight"  # the shop pays the way back
    OTHER = "other"  # for a person to read


class Severity(StrEnum):
    """How bad a confirmed fault is."""

    SEVERE = "severe"
    PLAIN = "plain"  # not fatal
    MINOR = "minor"


class Finding(StrEnum):
    """What asking the carrier came to."""

    ON_ITS_WAY = "on_its_way"
    LATE = "late"
    LOST = "lost"  # shows signed and the buyer has nothing, or nowhere to be found
    DAMAGED = "damaged"
    MISDELIVERED = "misdelivered"
    DELIVERED = "delivered"  # the carrier proves that the buyer has it


class Returned(StrEnum):
    """What inspecting the goods that came back came to."""

    INTACT = "intact"
    DAMAGED = "damaged"
    USED = "used"
    COUNTERFEIT = "counterfeit"
    OTHER = "other"  # not what was sent
    SHORT = "short"


class Channel(StrEnum):
    CONSOLE = "console"
    CHAT = "chat"
    DIRECT_MESSAGE = "direct_message"
    COMMENT = "comment"
    PHONE = "phone"
    SMS = "sms"
    EMAIL = "email"
    QQ = "qq"
    OA = "oa"
    PLATFORM = "platform"


class Way(StrEnum):
    OUT = "out"
    BACK = "back"


@frozen
class ShopFacts:
    """The money that the shop keeps on the platform for refunds; fen."""

    balance: Fen | None = None
    refunds_waiting: Fen | None = None


@frozen
class PastRefund:
    """One earlier case of the buyer that ended with money back."""

    at: datetime
    bought_at: datetime | None = None
    amount: Fen | None = None
    platform: str | None = None
    shop_id: str | None = None
    case_id: str | None = None


@frozen
class History:
    """What the merchant's shops have seen of the buyer. `linked`: over all platforms, as the merchant says."""

    orders: int | None = None
    refunds: tuple[PastRefund, ...] | None = None
    same_address: int | None = None
    same_payment: int | None = None
    malicious: int | None = None
    linked: bool | None = None


@frozen
class BuyerFacts:
    """`key` is a keyed hash. `same_*` in the history counts other buyers that share it."""

    key: str | None = None
    vip: bool | None = None
    blacklisted: bool | None = None
    history: History = History()


@frozen
class ParcelFacts:
    """One parcel, out to the buyer or back from them. `cases`: all cases on it, as `source:id`."""

    way: Way
    tracking_no: str | None = None
    carrier: str | None = None
    line_ids: tuple[str, ...] = ()
    shipped_at: datetime | None = None
    signed_at: datetime | None = None
    scanned_at: datetime | None = None
    inspected_at: datetime | None = None
    stocked_at: datetime | None = None
    cases: tuple[str, ...] | None = None


@frozen
class Evidence:
    """`valid` None: nobody has looked at it yet."""

    what: Proof
    by: Party
    count: int = 1
    valid: bool | None = None
    at: datetime | None = None
    ref: str | None = None


@frozen
class ShopPromise:
    """One row of the register of promises. It holds for orders placed from `since` until before `until`, or, where
    it is `standing`, ever since. No `sku_ids`: for all goods."""

    what: PromiseKind
    id: str | None = None
    days: int | None = None
    covers_exempt: bool | None = None
    said: Channel | None = None
    live_stream: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    standing: bool | None = None
    sku_ids: tuple[str, ...] | None = ()
    words: str | None = None


@frozen
class Goods:
    """What is sold. No `line_id` and no `sku_id`: holds for every line of the case. `cost` of one piece, fen."""

    line_id: str | None = None
    sku_id: str | None = None
    custom: bool | None = None
    perishable: bool | None = None
    opened: bool | None = None
    opened_harms: bool | None = None
    digital: bool | None = None
    activated: bool | None = None
    marked: bool | None = None
    cost: Fen | None = None


@frozen
class Refusal:
    """What a refusal would carry."""

    code: str | None = None
    accepted_reason: bool | None = None
    alternative: bool | None = None


@frozen
class Known:
    """What people or registers add, because no wire tells it. `cls`, `sub`: a person's own reading of the reason."""

    cls: ReasonClass | None = None
    sub: str | None = None
    confirmed: bool | None = None
    severity: Severity | None = None
    repairable: bool | None = None
    wants_exchange: bool | None = None
    keeps_goods: bool | None = None
    over_shipped: bool | None = None
    warehouse_proof: bool | None = None
    carrier_fault: bool | None = None
    finding: Finding | None = None
    returned: Returned | None = None
    cancelled: bool | None = None
    advanced: Fen | None = None
    given: Fen | None = None
    exchange_value: Fen | None = None
    bad_review: bool | None = None
    reason_changes: int | None = None
    reason_related: bool | None = None
    live_stream: bool | None = None
    angry: bool | None = None
    major: bool | None = None
    channel: Channel | None = None
    channels: tuple[Channel, ...] = ()
    ship_within: timedelta | None = None
    goods: tuple[Goods, ...] | None = None
    refusal: Refusal = Refusal()
    approvals: tuple[Role, ...] | None = None


@frozen
class Timeline:
    """What clocks run on. A time; null: known not to have happened yet; absent: not known."""

    happened: Mapping[Happening, datetime | None] = field(factory=dict)
    steps: Mapping[str, Step] = field(factory=dict)
    interruptions: tuple[Interruption, ...] = ()
    waits: tuple[Promise, ...] = ()


@frozen
class CaseFacts:
    """Everything that `judge` looks at. `sources` names the source of a path, or of all that lies below it."""

    case: Case
    order: Order | None = None
    shop: ShopFacts = ShopFacts()
    buyer: BuyerFacts = BuyerFacts()
    siblings: tuple[Case, ...] | None = None
    parcels: tuple[ParcelFacts, ...] | None = None
    evidence: tuple[Evidence, ...] | None = None
    promises: tuple[ShopPromise, ...] | None = None
    known: Known = Known()
    timeline: Timeline = Timeline()
    sources: Mapping[str, FactSource] = field(factory=dict)

    def source_of(self, path: str) -> FactSource:
        for above in _upwards(path) if self.sources else ():
            found = self.sources.get(above)
            if found is not None:
                return found
        return USUAL[path.partition(".")[0].partition("[")[0]]


USUAL: dict[str, FactSource] = {
    "case": FactSource.WIRE,
    "order": FactSource.WIRE,
    "shop": FactSource.SETTINGS,
    "buyer": FactSource.DERIVED,
    "siblings": FactSource.WIRE,
    "parcels": FactSource.WIRE,
    "evidence": FactSource.HAND,
    "promises": FactSource.REGISTER,
    "known": FactSource.HAND,
    "timeline": FactSource.DERIVED,
}


def _upwards(path: str) -> Iterator[str]:
    """`promises[0].days`, `promises[0]`, `promises`."""
    while path:
        yield path
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
