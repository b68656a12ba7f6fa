"""The adapter object: the port of omnishop, filled by this package's parts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from attrs import field, frozen

from omnishop.acts import Look, Verb, Write
from omnishop.flow import Flow
from omnishop.model import Address, Case, Event, Order, Parcel, RefuseReason, Trace
from omnishop.ports import (
    Account,
    App,
    Capability,
    Channel,
    Grant,
    Hook,
    Quota,
    Setting,
    Stream,
    Support,
    Token,
)
from omnishop_taobao import decoding, operations, tokens
from omnishop_taobao.capabilities import SUPPORT
from omnishop_taobao.channel import CHANNEL
from omnishop_taobao.envelope import Codec
from omnishop_taobao.mapping.common import REFUND, SPECIAL
from omnishop_taobao.methods import READS
from omnishop_taobao.returns import return_parcels
from omnishop_taobao.settings import SETTINGS
from omnishop_taobao.streams import STREAMS
from omnishop_taobao.writes import WRITES, verbs

_READ_METHODS = frozenset(READS)


@frozen
class TaobaoAdapter:
    """Tmall and Taobao C-shops, by the one gateway they share."""

    name: str = "taobao"
    storefronts: tuple[str, ...] = ("tmall", "taobao")
    codec: Codec = field(factory=Codec)
    read_methods: frozenset[str] = _READ_METHODS
    review_columns: Mapping[str, tuple[str, ...]] = {}
    hook: Hook | None = None
    channel: Channel | None = CHANNEL
    settings: Mapping[str, Setting] = SETTINGS

    def quota(self, method: str) -> Quota | None:
        """Limits a second are not published (A): only refusals tell."""
        return None

    def support(self, storefront: str, capability: Capability) -> Support:
        return SUPPORT[storefront][capability]

    def streams(self, storefront: str) -> tuple[Stream, ...]:
        return STREAMS[storefront]

    def sources(self, storefront: str) -> tuple[str, ...]:
        return (REFUND, SPECIAL)

    def order(self, account: Account, order_id: str) -> Flow[Order]:
        return operations.order(account, order_id)

    def case(self, account: Account, source: str, case_id: str) -> Flow[Case]:
        return operations.case(account, source, case_id)

    def timeline(self, account: Account, source: str, case_id: str) -> Flow[tuple[Event, ...]]:
        return operations.timeline(account, source, case_id)

    def trace(
        self, account: Account, *, order_id: str | None, carrier: str | None, tracking_no: str | None
    ) -> Flow[tuple[Trace, ...]]:
        return operations.trace(account, order_id=order_id, carrier=carrier, tracking_no=tracking_no)

    def return_parcels(self, case: Case) -> tuple[Parcel, ...]:
        return return_parcels(case)

    def return_addresses(self, account: Account) -> Flow[tuple[Address, ...]]:
        return operations.return_addresses(account)

    def refuse_reasons(self, account: Account, source: str, case_id: str) -> Flow[tuple[RefuseReason, ...]]:
        return operations.refuse_reasons(account, source, case_id)

    def writes(self, storefront: str) -> tuple[Write, ...]:
        return WRITES[storefront]

    def verbs(self, storefront: str, act: Verb, look: Look) -> tuple[Verb, ...]:
        return verbs(storefront, act, look)

    def decode(self, method: str, payload: msgspec.Raw, account: Account | None) -> list[Any]:
        return decoding.decode(method, payload, account)

    def decode_body(self, method: str, body: bytes, account: Account | None) -> list[Any]:
        return decoding.decode_body(method, body, account)

    def authorize_url(self, app: App, redirect_uri: str, state: str) -> str:
        return tokens.authorize_url(app, redirect_uri, state)

    def exchange(self, account: Account, code: str, redirect_uri: str, now: datetime) -> Flow[Grant]:
        return tokens.exchange(account, code, redirect_uri, now)

    def refresh(self, account: Account, token: Token, now: datetime) -> Flow[Grant]:
        return tokens.refresh(account, token, now)

    def due(self, token: Token, now: datetime) -> bool:
        return tokens.due(token, now)

    def whoami(self, account: Account) -> Flow[Account]:
        return operations.whoami(account)

    def server_time(self, account: Account) -> Flow[datetime] | None:
        return operations.server_time(account)
