"""A shop to read from: `Shop` in this thread, `AsyncShop` in an event loop. One line per read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from typing import Any, Self

import msgspec

from omnishop import registry
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.exchange import TokenStore
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.tokens import MemoryTokens
from omnishop.errors import ConfigError, NotFound, NotSupported, Rejected, WireError
from omnishop.flow import Call, Flow, Page, T
from omnishop.model import Address, Case, Event, Order, RefuseReason, Review, Trace
from omnishop.ports import (
    Account,
    Adapter,
    App,
    Capability,
    Clock,
    Grant,
    Level,
    Role,
    Stream,
    Support,
    Token,
    Window,
)

_OFFERED = frozenset({Level.NATIVE, Level.EMULATED, Level.LIMITED, Level.UNVERSIONED})
_NO_DETAIL = (NotFound, Rejected, WireError)


class _Face:
    """What both shops know: the account, its adapter, and the flows behind each read."""

    def __init__(self, account: Account, tokens: TokenStore, adapter: Adapter | None = None) -> None:
        self.account = account
        self.adapter = adapter or registry.adapter(account.platform)
        self._tokens = tokens
        if account.storefront not in self.adapter.storefronts:
            known = ", ".join(self.adapter.storefronts)
            raise ConfigError(
                f"{account.platform} has no storefront {account.storefront!r}; it has: {known}",
                zh=f"{account.platform} 没有店铺类型 {account.storefront!r}; 可用: {known}",
            )

    def support(self, capability: Capability) -> Support:
        return self.adapter.support(self.account.storefront, capability)

    def streams(self, record: str | None = None, clock: Clock | None = None) -> tuple[Stream, ...]:
        """The lists this shop can be read from, as windows; `record`: order, case or review."""
        return tuple(
            stream
            for stream in self.adapter.streams(self.account.storefront)
            if record in {None, stream.record} and clock in {None, stream.clock}
        )

    def _offered(self, capability: Capability) -> None:
        support = self.support(capability)
        if support.level not in _OFFERED:
            raise NotSupported(
                f"{self.account.storefront}: {capability} is {support.level}: {support.reason.en}",
                zh=f"{self.account.storefront}: {capability} 为 {support.level}: {support.reason.zh}",
                platform=self.account.platform,
                shop=self.account.name,
            )

    def _windows(
        self, record: str, clock: Clock, capability: Capability, since: datetime, until: datetime
    ) -> Iterator[tuple[Stream, Window]]:
        self._offered(capability)
        if since.tzinfo is None or until.tzinfo is None or since > until:
            raise ConfigError(
                "a stretch of time needs two aware times, the earlier one first",
                zh="时间范围需要两个带时区的时间, 且开始不晚于结束",
                platform=self.account.platform,
                shop=self.account.name,
            )
        for stream in self.streams(record, clock):
            start = since
            while start < until:
                end = min(start + stream.span, until)
                yield stream, Window(start, end)
                start = end

    def _raw_call(self, method: str, params: Mapping[str, Any], session: Role) -> Flow[Any]:
        if method not in self.adapter.read_methods:
            raise ConfigError(
                f"{method} is not listed as a read, and this shop was opened without a ledger: it only reads",
                zh=f"{method} 不在只读方法之列; 该店铺未配置账本(ledger), 只能读取",
                platform=self.account.platform,
                shop=self.account.name,
            )
        return _parsed(Call(method, params, session=session))

    def _source(self, source: str | None) -> str:
        return source or self.adapter.sources(self.account.storefront)[0]

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the merchant says yes; the code comes back to `redirect_uri`."""
        return self.adapter.authorize_url(self.account.app, redirect_uri, state)


def _parsed(call: Call) -> Flow[Any]:
    payload = yield call
    return msgspec.json.decode(payload)


def account_of(
    platform: str,
    *,
    app_key: str,
    app_secret: str,
    storefront: str | None = None,
    shop_id: str | None = None,
    gateway: str | None = None,
    oauth: str | None = None,
    **settings: str,
) -> Account:
    """An account from keys in hand; the storefront may be left out where a platform has only one."""
    storefronts = registry.adapter(platform).storefronts
    if storefront is None and len(storefronts) > 1:
        raise ConfigError(
            f"{platform} has several storefronts, name one: {', '.join(storefronts)}",
            zh=f"{platform} 有多种店铺类型, 请指定其一: {', '.join(storefronts)}",
        )
    app = App(platform, app_key, app_secret, gateway=gateway, oauth=oauth)
    return Account(app, storefront or storefronts[0], shop_id, settings=settings)


def tokens_of(access_token: str, refresh_token: str | None, operator_token: str | None) -> MemoryTokens:
    tokens: dict[Role, Token] = {"main": Token(access_token, refresh_token)}
    if operator_token:
        tokens["operator"] = Token(operator_token, renewable=False)
    return MemoryTokens(tokens)


class Shop(_Face):
    """Reads one shop, blocking. Opened without a ledger it cannot write."""

    def __init__(
        self,
        account: Account,
        tokens: TokenStore,
        *,
        adapter: Adapter | None = None,
        driver: SyncDriver | None = None,
    ) -> None:
        super().__init__(account, tokens, adapter)
        self._driver = driver or SyncDriver()

    @classmethod
    def open(
        cls,
        platform: str,
        *,
        access_token: str,
        refresh_token: str | None = None,
        operator_token: str | None = None,
        driver: SyncDriver | None = None,
        **account: str,
    ) -> Self:
        """With keys in hand: app_key, app_secret, storefront, shop_id, gateway (see `account_of`)."""
        tokens = tokens_of(access_token, refresh_token, operator_token)
        return cls(account_of(platform, **account), tokens, driver=driver)

    def close(self) -> None:
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def run(self, flow: Flow[T]) -> T:
        """Carry out any flow of this shop's adapter."""
        return self._driver.run(flow, self.adapter, self.account, self._tokens)

    def pages(self, stream: Stream, window: Window) -> Iterator[Page]:
        """The pages of one window, in the platform's order; unreadable records stand beside the good ones."""
        return self._driver.pages(
            stream.pages(self.account, window), self.adapter, self.account, self._tokens
        )

    def _list(
        self, record: str, clock: Clock, capability: Capability, since: datetime, until: datetime
    ) -> Iterator[Any]:
        for stream, window in self._windows(record, clock, capability, since, until):
            for page in self.pages(stream, window):
                for item in page.items:
                    yield self._whole(stream, item)

    def _whole(self, stream: Stream, item: Any) -> Any:
        """What the list told where the detail is gone, refused or cannot be read: the rest goes on."""
        if stream.complete is None:
            return item
        try:
            return self.run(stream.complete(self.account, item))
        except _NO_DETAIL:
            return item

    def orders(self, since: datetime, until: datetime) -> Iterator[Order]:
        """Orders changed in the window; one that changes while we read may come twice."""
        return self._list("order", "changed", Capability.ORDERS_BY_CHANGED, since, until)

    def orders_created(self, since: datetime, until: datetime) -> Iterator[Order]:
        return self._list("order", "created", Capability.ORDERS_BY_CREATED, since, until)

    def order(self, order_id: str) -> Order:
        return self.run(self.adapter.order(self.account, order_id))

    def cases(self, since: datetime, until: datetime) -> Iterator[Case]:
        """Cases changed in the window, over all of the platform's families; the same case may come twice."""
        return self._list("case", "changed", Capability.CASES_BY_CHANGED, since, until)

    def case(self, case_id: str, source: str | None = None) -> Case:
        return self.run(self.adapter.case(self.account, self._source(source), case_id))

    def timeline(self, case_id: str, source: str | None = None) -> tuple[Event, ...]:
        """What was said and done on a case (协商历史), oldest first."""
        self._offered(Capability.CASE_TIMELINE)
        return self.run(self.adapter.timeline(self.account, self._source(source), case_id))

    def reviews(self, since: datetime, until: datetime) -> Iterator[Review]:
        return self._list("review", "created", Capability.REVIEWS, since, until)

    def trace(
        self, *, order_id: str | None = None, carrier: str | None = None, tracking_no: str | None = None
    ) -> tuple[Trace, ...]:
        """The way of an order's parcels, or of one parcel; which of the three a platform wants differs."""
        self._offered(Capability.TRACE)
        flow = self.adapter.trace(self.account, order_id=order_id, carrier=carrier, tracking_no=tracking_no)
        return self.run(flow)

    def return_addresses(self) -> tuple[Address, ...]:
        self._offered(Capability.RETURN_ADDRESSES)
        return self.run(self.adapter.return_addresses(self.account))

    def refuse_reasons(self, case_id: str, source: str | None = None) -> tuple[RefuseReason, ...]:
        self._offered(Capability.REFUSE_REASONS)
        return self.run(self.adapter.refuse_reasons(self.account, self._source(source), case_id))

    def call(self, method: str, params: Mapping[str, Any] | None = None, *, session: Role = "main") -> Any:
        """Any read of the platform: signed, retried, the answer inside the envelope as parsed JSON."""
        return self.run(self._raw_call(method, params or {}, session))

    def exchange(self, code: str, redirect_uri: str, now: datetime) -> Grant:
        """Turn the code of a login into tokens."""
        return self.run(self.adapter.exchange(self.account, code, redirect_uri, now))

    def whoami(self) -> Account:
        return self.run(self.adapter.whoami(self.account))


class AsyncShop(_Face):
    """Reads one shop in an event loop; the same reads as `Shop`, awaited."""

    def __init__(
        self,
        account: Account,
        tokens: TokenStore,
        *,
        adapter: Adapter | None = None,
        driver: AsyncDriver | None = None,
    ) -> None:
        super().__init__(account, tokens, adapter)
        self._driver = driver or AsyncDriver()

    @classmethod
    def open(
        cls,
        platform: str,
        *,
        access_token: str,
        refresh_token: str | None = None,
        operator_token: str | None = None,
        driver: AsyncDriver | None = None,
        **account: str,
    ) -> Self:
        """With keys in hand: app_key, app_secret, storefront, shop_id, gateway (see `account_of`)."""
        tokens = tokens_of(access_token, refresh_token, operator_token)
        return cls(account_of(platform, **account), tokens, driver=driver)

    async def close(self) -> None:
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def run(self, flow: Flow[T]) -> T:
        """Carry out any flow of this shop's adapter."""
        return await self._driver.run(flow, self.adapter, self.account, self._tokens)

    def pages(self, stream: Stream, window: Window) -> AsyncIterator[Page]:
        """The pages of one window, in the platform's order; unreadable records stand beside the good ones."""
        return self._driver.pages(
            stream.pages(self.account, window), self.adapter, self.account, self._tokens
        )

    async def _list(
        self, record: str, clock: Clock, capability: Capability, since: datetime, until: datetime
    ) -> AsyncIterator[Any]:
        for stream, window in self._windows(record, clock, capability, since, until):
            async for page in self.pages(stream, window):
                for item in page.items:
                    yield await self._whole(stream, item)

    async def _whole(self, stream: Stream, item: Any) -> Any:
        """What the list told where the detail is gone, refused or cannot be read: the rest goes on."""
        if stream.complete is None:
            return item
        try:
            return await self.run(stream.complete(self.account, item))
        except _NO_DETAIL:
            return item

    def orders(self, since: datetime, until: datetime) -> AsyncIterator[Order]:
        """Orders changed in the window; one that changes while we read may come twice."""
        return self._list("order", "changed", Capability.ORDERS_BY_CHANGED, since, until)

    def orders_created(self, since: datetime, until: datetime) -> AsyncIterator[Order]:
        return self._list("order", "created", Capability.ORDERS_BY_CREATED, since, until)

    async def order(self, order_id: str) -> Order:
        return await self.run(self.adapter.order(self.account, order_id))

    def cases(self, since: datetime, until: datetime) -> AsyncIterator[Case]:
        """Cases changed in the window, over all of the platform's families; the same case may come twice."""
        return self._list("case", "changed", Capability.CASES_BY_CHANGED, since, until)

    async def case(self, case_id: str, source: str | None = None) -> Case:
        return await self.run(self.adapter.case(self.account, self._source(source), case_id))

    async def timeline(self, case_id: str, source: str | None = None) -> tuple[Event, ...]:
        """What was said and done on a case (协商历史), oldest first."""
        self._offered(Capability.CASE_TIMELINE)
        return await self.run(self.adapter.timeline(self.account, self._source(source), case_id))

    def reviews(self, since: datetime, until: datetime) -> AsyncIterator[Review]:
        return self._list("review", "created", Capability.REVIEWS, since, until)

    async def trace(
        self, *, order_id: str | None = None, carrier: str | None = None, tracking_no: str | None = None
    ) -> tuple[Trace, ...]:
        """The way of an order's parcels, or of one parcel; which of the three a platform wants differs."""
        self._offered(Capability.TRACE)
        flow = self.adapter.trace(self.account, order_id=order_id, carrier=carrier, tracking_no=tracking_no)
        return await self.run(flow)

    async def return_addresses(self) -> tuple[Address, ...]:
        self._offered(Capability.RETURN_ADDRESSES)
        return await self.run(self.adapter.return_addresses(self.account))

    async def refuse_reasons(self, case_id: str, source: str | None = None) -> tuple[RefuseReason, ...]:
        self._offered(Capability.REFUSE_REASONS)
        return await self.run(self.adapter.refuse_reasons(self.account, self._source(source), case_id))

    async def call(
        self, method: str, params: Mapping[str, Any] | None = None, *, session: Role = "main"
    ) -> Any:
        """Any read of the platform: signed, retried, the answer inside the envelope as parsed JSON."""
        return await self.run(self._raw_call(method, params or {}, session))

    async def exchange(self, code: str, redirect_uri: str, now: datetime) -> Grant:
        """Turn the code of a login into tokens."""
        return await self.run(self.adapter.exchange(self.account, code, redirect_uri, now))

    async def whoami(self) -> Account:
        return await self.run(self.adapter.whoami(self.account))


__all__ = ["AsyncShop", "Shop", "account_of", "tokens_of"]
