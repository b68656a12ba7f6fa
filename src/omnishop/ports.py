"""What an adapter must offer: a codec, operations as flows, tokens, and what it supports and why.

An adapter is one frozen object (entry point `omnishop.adapters`). It knows its platform's wire and nothing of
stores, drivers or clocks: the account, the token and the time come in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, Protocol, TypeVar

import msgspec
from attrs import Factory, evolve, field, frozen

from omnishop.acts import Look, Verb, Write
from omnishop.flow import Call, Flow, Page
from omnishop.model import Address, Case, Event, Order, Parcel, RefuseReason, Review, Text, Trace, Unreadable

R = TypeVar("R", bound=Case | Order | Review)

# ---------------------------------------------------------------- requests and answers


@frozen
class Request:
    """What goes out, ready to send: nothing in it is changed on the way."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = field(default=b"", repr=False)


@frozen
class Response:
    """What came back. Headers are asked for by their lower-case names."""

    status: int
    content: bytes = field(repr=False)
    headers: Mapping[str, str] = Factory(dict)


# ---------------------------------------------------------------- who we are


@frozen
class App:
    """An application registered on a platform. `gateway` and `oauth` override the platform's own addresses."""

    platform: str
    app_key: str
    app_secret: str = field(repr=False)
    gateway: str | None = None
    oauth: str | None = None
    redirect_uri: str | None = None
    service_id: str | None = None


@frozen
class Account:
    """One shop seen through one app.

    `buyer_secret` keys the buyers' hashes; without it buyers have no key. `settings` are the platform's own
    odds and ends for this shop, each documented by its adapter.
    """

    app: App
    storefront: str
    shop_id: str | None = None
    alias: str | None = None
    buyer_secret: bytes | None = field(default=None, repr=False)
    settings: Mapping[str, str] = Factory(dict)

    @property
    def platform(self) -> str:
        return self.app.platform

    @property
    def name(self) -> str:
        """For people: the alias, else the id."""
        return self.alias or self.shop_id or "?"

    def owned(self, record: R) -> R:
        """A record of this shop with what the wire left out because the token says it: shop and storefront."""
        if record.shop_id is not None and record.storefront is not None:
            return record
        shop_id, storefront = record.shop_id or self.shop_id, record.storefront or self.storefront
        return evolve(record, shop_id=shop_id, storefront=storefront)


_ANY = Text("任意文本", "any text")


@frozen
class Setting:
    """One of the settings of `Account`. `may_be`: in words, what `fits` takes; a value is never empty."""

    may_be: Text = _ANY
    fits: Callable[[str], bool] = bool

    @classmethod
    def one_of(cls, *values: str) -> Setting:
        words = Text(" 或 ".join(values), " or ".join(values))
        return cls(words, frozenset(values).__contains__)


Role = Literal["main", "operator"]


@frozen
class Token:
    """An authorisation. `operator` is the role of a sub-account's session beside the shop's main one.

    `expires_at` None: the platform did not say. `renewable_until` None: unknown; `renewable` False: never.
    """

    access: str = field(repr=False)
    refresh: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    renewable: bool = True
    renewable_until: datetime | None = None


@frozen
class Grant:
    """What a code exchange or a refresh brought: the token, and whose it is as far as the answer tells."""

    token: Token
    shop_id: str | None = None
    shop_name: str | None = None
    role: Role = "main"
    storefront: str | None = None


# ---------------------------------------------------------------- what is supported


class Level(StrEnum):
    NATIVE = "native"
    EMULATED = "emulated"
    LIMITED = "limited"
    UNVERSIONED = "unversioned"
    IMPORT_ONLY = "import_only"
    NOT_OFFERED = "not_offered"
    NOT_AUTHORISED = "not_authorised"
    NOT_IMPLEMENTED = "not_implemented"


class Capability(StrEnum):
    """Reads first, then the verbs: one verb is one platform write."""

    ORDERS_BY_CREATED = "orders_by_created"
    ORDERS_BY_CHANGED = "orders_by_changed"
    ORDER_DETAIL = "order_detail"
    CASES_BY_CHANGED = "cases_by_changed"
    CASES_OPEN = "cases_open"
    CASE_DETAIL = "case_detail"
    CASE_TIMELINE = "case_timeline"
    REFUSE_REASONS = "refuse_reasons"
    RETURN_ADDRESSES = "return_addresses"
    REVIEWS = "reviews"
    TRACE = "trace"
    LOGIN = "login"
    REFRESH = "refresh"
    PUSH = "push"
    CALL = "call"
    PRE_AGREE = "pre_agree"
    AGREE = "agree"
    AGREE_RETURN = "agree_return"
    REFUSE = "refuse"
    REFUSE_RETURN = "refuse_return"
    CONFIRM_RECEIPT = "confirm_receipt"
    REFUND = "refund"
    SHIP_REPLACEMENT = "ship_replacement"
    EXTEND = "extend"
    EXTEND_RECEIPT = "extend_receipt"
    ASK_EVIDENCE = "ask_evidence"
    MESSAGE = "message"
    SUBMIT_EVIDENCE = "submit_evidence"
    INTERVENE = "intervene"
    FILL_LOGISTICS = "fill_logistics"
    REMARK = "remark"
    REPLY_REVIEW = "reply_review"
    SHIP = "ship"
    CANCEL_ORDER = "cancel_order"


@frozen
class Support:
    """How far a storefront carries a capability. `evidence`: where that is known from, with its mark."""

    level: Level
    reason: Text
    evidence: str


# ---------------------------------------------------------------- reading


@frozen
class Window:
    """A stretch of time, both ends aware; whether an end is inside is the platform's business."""

    start: datetime
    end: datetime


@frozen
class Quota:
    """How many calls a second of one method the platform publishes that it takes.

    `scope`: `method` counts all shops of the app together, `call` each shop. `evidence`: where that is known from,
    with its mark.
    """

    per_s: float
    scope: Literal["method", "call"]
    evidence: str


Clock = Literal["created", "changed", "open"]


@frozen
class Stream:
    """One list method as a source of records.

    `clock` says by which time it is cut; `open` takes no window and lists what is not ended. `span` is the
    widest window the method takes, `reach` how far back it sees. `complete` fetches what the list lacks, given
    one record of it; None when the list says everything.

    `best`: the best answer a reading can reach: `proved` to be whole, or `bounded`, where there is no total or
    no window that stands still; `basis` says by what, or why not. `depth`: most rows that one window hands out.
    """

    name: str
    record: Literal["order", "case", "review"]
    clock: Clock
    pages: Callable[[Account, Window], Flow[Page]]
    span: timedelta
    reach: timedelta
    complete: Callable[[Account, Any], Flow[Any]] | None = None
    best: Literal["proved", "bounded"] = "proved"
    basis: Text | None = None
    depth: int | None = None


# ---------------------------------------------------------------- what a platform tells of its own accord

Doubt = Literal["signature", "unreadable", "busy"]
"""Why a push is not taken: not signed by this app's platform, no message in it, or we cannot keep it now."""


@frozen
class Hook:
    """How a platform calls us over HTTP. All of it pure; header names are lower case.

    `app_key`: which app a request says it is for, before anything is checked. `genuine`: whether it was signed
    with this app's secret, over the bytes as they came. `events`: what it tells, `Unreadable` among it; WireError
    where it is no push at all. `answer`: None for taken; for a doubt, what makes the platform send it again.
    `patience`: how long the platform waits for an answer.
    """

    app_key: Callable[[Mapping[str, str]], str | None]
    genuine: Callable[[App, Mapping[str, str], bytes], bool]
    events: Callable[[bytes], tuple[Event | Unreadable, ...]]
    answer: Callable[[Doubt | None], Response]
    patience: timedelta


@frozen
class Opened:
    """The platform knows us on this connection. `session` goes with everything that is sent from now on."""

    session: str = field(repr=False)


@frozen
class Delivered:
    """One message that was handed to us; `receipt` confirms it, None where it cannot be told which one it is."""

    told: Event | Unreadable
    receipt: str | None


@frozen
class Socket:
    """A queue that is handed to us over a WebSocket that stays open. All of it pure; frames are binary.

    `chosen`: whether a shop's settings ask for it. `address`: where it is, ws:// or wss://. `hello`: the first
    frame, which says and signs who we are. `read`: what a frame says; None where it asks nothing of us; AuthError
    or RateLimited where the platform refuses us. Never WireError: what cannot be read is `Delivered` as well.
    `confirm`: (session, receipt). `ask`: a frame sent every `every`, which makes the platform hand out what waits.
    `heartbeat`: a ping after so long. `again`: the shortest pause before the next connection.
    """

    chosen: Callable[[Mapping[str, str]], bool]
    address: Callable[[Account], str]
    hello: Callable[[Account, datetime], bytes]
    read: Callable[[bytes], Opened | Delivered | None]
    confirm: Callable[[str, str], bytes]
    ask: Callable[[str], bytes]
    every: timedelta
    heartbeat: timedelta
    again: timedelta


@frozen
class Channel:
    """A queue at the platform, one for an app or a group of its shops.

    What is not confirmed by its `event_id` comes again. `pause`: the shortest time between two empty answers.
    `queue`: by a shop's settings, the name of the queue at its app that tells of it. `socket`: the same queue
    handed to us, where the platform does that: a message comes by one of the two ways.
    """

    consume: Callable[[Account], Flow[tuple[Event | Unreadable, ...]]]
    confirm: Callable[[Account, Sequence[str]], Flow[None]]
    pause: timedelta
    queue: Callable[[Mapping[str, str]], str]
    socket: Socket | None = None


class Codec(Protocol):
    """Pure: the platform's envelope, to the byte."""

    def encode(self, call: Call, account: Account, token: Token | None, now: datetime) -> Request:
        """Sign and serialise. ConfigError for parameters that must never be sent."""
        ...

    def decode(self, call: Call, response: Response) -> msgspec.Raw:
        """The payload inside the envelope, still as JSON bytes; else a mapped error."""
        ...

    def sign(self, vector: Mapping[str, Any], kind: str | None) -> tuple[str, str]:
        """(sign, the exact text that was hashed) for a vector in the form of the published ones.

        `kind`: None for a gateway request, else `spi`, `tmc` or `push` where the platform has them.
        """
        ...


class Adapter(Protocol):
    """Read-only members; every operation returns a flow, nothing is sent here."""

    @property
    def name(self) -> str: ...

    @property
    def storefronts(self) -> tuple[str, ...]: ...

    @property
    def codec(self) -> Codec: ...

    @property
    def read_methods(self) -> frozenset[str]:
        """Methods that change nothing: the only ones `call` makes without a ledger."""
        ...

    def quota(self, method: str) -> Quota | None:
        """What is published of it; None: nothing is, and only refusals tell."""
        ...

    @property
    def settings(self) -> Mapping[str, Setting]:
        """Every setting a shop may have here, by name; an adapter without this member takes any."""
        ...

    @property
    def review_columns(self) -> Mapping[str, tuple[str, ...]]:
        """Fields of a review -> headers of a merchant console's export; empty where reviews have a method."""
        ...

    def support(self, storefront: str, capability: Capability) -> Support: ...

    def streams(self, storefront: str) -> tuple[Stream, ...]: ...

    def order(self, account: Account, order_id: str) -> Flow[Order]: ...

    def case(self, account: Account, source: str, case_id: str) -> Flow[Case]: ...

    def sources(self, storefront: str) -> tuple[str, ...]:
        """The id spaces of cases, the usual one first."""
        ...

    def timeline(self, account: Account, source: str, case_id: str) -> Flow[tuple[Event, ...]]: ...

    def trace(
        self, account: Account, *, order_id: str | None, carrier: str | None, tracking_no: str | None
    ) -> Flow[tuple[Trace, ...]]: ...

    def return_parcels(self, case: Case) -> tuple[Parcel, ...]:
        """In which parcels the goods came back, as far as the case's own record (`raw`) tells."""
        ...

    def return_addresses(self, account: Account) -> Flow[tuple[Address, ...]]: ...

    def refuse_reasons(
        self, account: Account, source: str, case_id: str
    ) -> Flow[tuple[RefuseReason, ...]]: ...

    # writes -------------------------------------------------------------

    def writes(self, storefront: str) -> tuple[Write, ...]:
        """Every verb this storefront takes; of several rows for one verb the first that fits is meant."""
        ...

    def verbs(self, storefront: str, act: Verb, look: Look) -> tuple[Verb, ...]:
        """The verbs an act is made of, in order; usually the act's own name alone."""
        ...

    # what it tells of its own accord ------------------------------------

    @property
    def hook(self) -> Hook | None:
        """None where the platform calls nobody."""
        ...

    @property
    def channel(self) -> Channel | None:
        """None where it has no queue."""
        ...

    # reading a payload --------------------------------------------------

    def decode(self, method: str, payload: msgspec.Raw, account: Account | None) -> list[Any]:
        """Records of an answer to `method`, as the model has them; `Unreadable` for one that does not fit."""
        ...

    def decode_body(self, method: str, body: bytes, account: Account | None) -> list[Any]:
        """As `decode`, for a whole captured body; NotFound for a method nobody documents."""
        ...

    # tokens -------------------------------------------------------------

    def authorize_url(self, app: App, redirect_uri: str, state: str) -> str: ...

    def exchange(self, account: Account, code: str, redirect_uri: str, now: datetime) -> Flow[Grant]: ...

    def refresh(self, account: Account, token: Token, now: datetime) -> Flow[Grant]: ...

    def due(self, token: Token, now: datetime) -> bool:
        """Whether this token should be refreshed before it is used."""
        ...

    def whoami(self, account: Account) -> Flow[Account]:
        """The account with shop_id and storefront filled in from the platform."""
        ...

    def server_time(self, account: Account) -> Flow[datetime] | None:
        """The platform's clock, where it offers one."""
        ...
