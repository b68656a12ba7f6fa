"""The adapter as one frozen object: what the rest of omnishop sees of Douyin shops."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from attrs import evolve, frozen

from omnishop.acts import Look, Verb, Write
from omnishop.errors import ConfigError
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
from omnishop_douyin import methods, operations, reading, tokens
from omnishop_douyin.capabilities import SUPPORT
from omnishop_douyin.envelope import Codec
from omnishop_douyin.hook import HOOK
from omnishop_douyin.returns import return_parcels
from omnishop_douyin.review_columns import REVIEW_COLUMNS
from omnishop_douyin.settings import SETTINGS
from omnishop_douyin.shape import CASES, PLATFORM, STOREFRONT, shortened
from omnishop_douyin.streams import STREAMS
from omnishop_douyin.writes import ACTS, WRITES

_CODEC = Codec()


@frozen
class DouyinAdapter:
    name: str = PLATFORM
    storefronts: tuple[str, ...] = (STOREFRONT,)
    codec: Codec = _CODEC
    hook: Hook | None = HOOK
    channel: Channel | None = None
    settings: Mapping[str, Setting] = SETTINGS

    @property
    def read_methods(self) -> frozenset[str]:
        return _SPELLED

    def quota(self, method: str) -> Quota | None:
        return methods.QUOTAS.get(method.replace("/", "."))

    @property
    def review_columns(self) -> Mapping[str, tuple[str, ...]]:
        return REVIEW_COLUMNS

    def support(self, storefront: str, capability: Capability) -> Support:
        _ours(storefront)
        return SUPPORT[capability]

    def streams(self, storefront: str) -> tuple[Stream, ...]:
        _ours(storefront)
        return STREAMS

    def sources(self, storefront: str) -> tuple[str, ...]:
        _ours(storefront)
        return (CASES,)

    def order(self, account: Account, order_id: str) -> Flow[Order]:
        return operations.order_detail(account, order_id)

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
        return ACTS.get(storefront, {}).get(act, (act,))

    def decode(self, method: str, payload: msgspec.Raw, account: Account | None) -> list[Any]:
        return reading.decode(method, payload, account)

    def decode_body(self, method: str, body: bytes, account: Account | None) -> list[Any]:
        return reading.decode_body(method, body, account)

    def authorize_url(self, app: App, redirect_uri: str, state: str) -> str:
        return tokens.authorize_url(app, redirect_uri, state)

    def exchange(self, account: Account, code: str, redirect_uri: str, now: datetime) -> Flow[Grant]:
        return tokens.exchange(account, code, redirect_uri, now)

    def refresh(self, account: Account, token: Token, now: datetime) -> Flow[Grant]:
        return tokens.refresh(account, token, now)

    def due(self, token: Token, now: datetime) -> bool:
        return tokens.due(token, now)

    def whoami(self, account: Account) -> Flow[Account]:
        shop_id = yield from operations.shop_id_of(account)
        return evolve(account, shop_id=shop_id, storefront=STOREFRONT)

    def server_time(self, account: Account) -> Flow[datetime] | None:
        """No method tells the platform's time; a clock that is off shows as a refused timestamp."""
        return None


_SPELLED = methods.READS | {name.replace(".", "/") for name in methods.READS}
"""With dots, and as the paths that captured requests show."""


def _ours(storefront: str) -> None:
    if storefront != STOREFRONT:
        raise ConfigError(
            f"this platform has one storefront, {STOREFRONT}, not {shortened(storefront)!r}",
            zh=f"该平台只有一种店铺 {STOREFRONT}, 没有 {shortened(storefront)!r}",
            platform=PLATFORM,
        )
