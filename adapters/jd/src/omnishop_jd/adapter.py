"""The adapter: one frozen object that offers this platform to the house."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from attrs import frozen

from omnishop.acts import Look, Verb, Write
from omnishop.errors import NotSupported
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
from omnishop_jd import decoding, details, methods, tokens
from omnishop_jd.capabilities import SUPPORT
from omnishop_jd.catalogue import READS
from omnishop_jd.envelope import JdCodec, codec
from omnishop_jd.errors import PLATFORM
from omnishop_jd.operations import STREAMS
from omnishop_jd.refundapply.mapping import COMPENSATION
from omnishop_jd.refundapply.mapping import SOURCE as REFUNDAPPLY
from omnishop_jd.returns import return_parcels
from omnishop_jd.service.mapping import SOURCE as SERVICE
from omnishop_jd.settings import SETTINGS
from omnishop_jd.wire import STOREFRONT
from omnishop_jd.writes import ACTS, WRITES


@frozen
class JdAdapter:
    name: str = PLATFORM
    storefronts: tuple[str, ...] = (STOREFRONT,)
    codec: JdCodec = codec
    read_methods: frozenset[str] = READS
    hook: Hook | None = None
    channel: Channel | None = None
    settings: Mapping[str, Setting] = SETTINGS

    @property
    def review_columns(self) -> Mapping[str, tuple[str, ...]]:
        return {}

    def quota(self, method: str) -> Quota | None:
        """Limits a second are not published (A): only refusals tell."""
        return None

    def support(self, storefront: str, capability: Capability) -> Support:
        self._known(storefront)
        return SUPPORT[capability]

    def streams(self, storefront: str) -> tuple[Stream, ...]:
        self._known(storefront)
        return STREAMS

    def sources(self, storefront: str) -> tuple[str, ...]:
        self._known(storefront)
        return (SERVICE, REFUNDAPPLY, COMPENSATION)

    def _known(self, storefront: str) -> None:
        if storefront not in self.storefronts:
            raise NotSupported(
                f"{self.name} has no storefront {storefront!r}", zh=f"{self.name} 没有店铺类型 {storefront!r}"
            )

    def order(self, account: Account, order_id: str) -> Flow[Order]:
        return details.order(account, order_id)

    def case(self, account: Account, source: str, case_id: str) -> Flow[Case]:
        return details.case(account, source, case_id)

    def timeline(self, account: Account, source: str, case_id: str) -> Flow[tuple[Event, ...]]:
        return details.timeline(account, source, case_id)

    def trace(
        self, account: Account, *, order_id: str | None, carrier: str | None, tracking_no: str | None
    ) -> Flow[tuple[Trace, ...]]:
        return details.trace(account, order_id=order_id, tracking_no=tracking_no)

    def return_parcels(self, case: Case) -> tuple[Parcel, ...]:
        return return_parcels(case)

    def return_addresses(self, account: Account) -> Flow[tuple[Address, ...]]:
        return details.return_addresses(account)

    def refuse_reasons(self, account: Account, source: str, case_id: str) -> Flow[tuple[RefuseReason, ...]]:
        return details.refuse_reasons(account, source, case_id)

    def writes(self, storefront: str) -> tuple[Write, ...]:
        return WRITES[storefront]

    def verbs(self, storefront: str, act: Verb, look: Look) -> tuple[Verb, ...]:
        return ACTS.get(storefront, {}).get(act, (act,))

    def decode(self, method: str, payload: msgspec.Raw, account: Account | None) -> list[Any]:
        return decoding.decode(method, payload, account)

    def decode_body(self, method: str, body: bytes, account: Account | None) -> list[Any]:
        return decoding.decode_body(method, body, account)

    def authorize_url(self, app: App, redirect_uri: str, state: str) -> str:
        return tokens.authorize_url(app, redirect_uri, state)

    def exchange(self, account: Account, code: str, redirect_uri: str, now: datetime) -> Flow[Grant]:
        return tokens.exchange(account, code, now)

    def refresh(self, account: Account, token: Token, now: datetime) -> Flow[Grant]:
        return tokens.refresh(account, token, now)

    def due(self, token: Token, now: datetime) -> bool:
        return tokens.due(token, now)

    def whoami(self, account: Account) -> Flow[Account]:
        return methods.whoami(account)

    def server_time(self, account: Account) -> Flow[datetime] | None:
        """The platform offers no clock."""
        return None


adapter = JdAdapter()
