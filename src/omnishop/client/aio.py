"""A shop in an event loop: the same reads and acts as in a thread, awaited."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Literal, Self, Unpack

from omnishop.acts import Ask, Outcome
from omnishop.client.face import (
    NO_DETAIL,
    UNGUARDED,
    AsyncWriter,
    Said,
    ShopFace,
    account_of,
    parsed,
    tokens_of,
    verb_of,
)
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.exchange import Permit, TokenStore, no_ledger
from omnishop.flow import Call, Flow, Page, T
from omnishop.model import Address, Case, Event, Order, RefuseReason, Review, Trace
from omnishop.ports import (
    Account,
    Adapter,
    Capability,
    Clock,
    Grant,
    Role,
    Stream,
    Window,
)


class AsyncShop(ShopFace):
    """Reads one shop in an event loop; the same reads as `Shop`, awaited."""

    def __init__(
        self,
        account: Account,
        tokens: TokenStore,
        *,
        adapter: Adapter | None = None,
        driver: AsyncDriver | None = None,
        writes: AsyncWriter | Literal["unguarded"] | None = None,
    ) -> None:
        super().__init__(account, tokens, adapter)
        self._writes = writes
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
        writes: AsyncWriter | Literal["unguarded"] | None = None,
        **account: str,
    ) -> Self:
        """With keys in hand: app_key, app_secret, storefront, shop_id, gateway (see `account_of`)."""
        tokens = tokens_of(access_token, refresh_token, operator_token)
        return cls(account_of(platform, **account), tokens, driver=driver, writes=writes)

    async def close(self) -> None:
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.close()

    async def run(self, flow: Flow[T], permit: Permit | None = None) -> T:
        """Carry out any flow of this shop's adapter. ConfigError for a write that nobody permits."""
        if permit is None and self._writes == "unguarded":
            permit = UNGUARDED
        return await self._driver.run(flow, self.adapter, self.account, self._tokens, permit)

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
        except NO_DETAIL:
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
        """Any method of the platform: signed, retried, the answer inside the envelope as parsed JSON.

        A method that is not listed as a read goes through the ledger, under the switch `call`.
        """
        call = Call(method, params or {}, session=session)
        if isinstance(self._writes, str | None) or method in self.adapter.read_methods:
            return await self.run(parsed(call))
        return await self._writes.call(self, call)

    async def act(self, act: str, record_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Do what a person asks for: one or more writes, each written down first and read back after.

        NotAllowed tells why not; OutcomeUnknown never comes out of it: the outcome's state says `unknown`.
        ConfigError when the shop was opened without a ledger.
        """
        verb = verb_of(act)
        if self._writes is None:
            raise no_ledger(self.account, verb, verb)
        subject = self.subject(verb, record_id, source)
        if isinstance(self._writes, str):
            return await self.run(self._unguarded(subject, verb, Ask(**said)))
        return await self._writes.act(self, subject, verb, Ask(**said))

    async def exchange(self, code: str, redirect_uri: str, now: datetime) -> Grant:
        """Turn the code of a login into tokens."""
        return await self.run(self.adapter.exchange(self.account, code, redirect_uri, now))

    async def whoami(self) -> Account:
        return await self.run(self.adapter.whoami(self.account))

    async def agree(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Accept; nothing comes back (同意退款)."""
        return await self.act("agree", case_id, source, **said)

    async def agree_return(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Accept; the goods come back to `address` (同意退货)."""
        return await self.act("agree_return", case_id, source, **said)

    async def refuse(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Refuse the application (拒绝申请)."""
        return await self.act("refuse", case_id, source, **said)

    async def refuse_return(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Refuse goods that came back (拒收退货)."""
        return await self.act("refuse_return", case_id, source, **said)

    async def confirm_receipt(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """The goods arrived: `good` and `bad` pieces (确认收货)."""
        return await self.act("confirm_receipt", case_id, source, **said)

    async def refund(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Pay after the return (退款)."""
        return await self.act("refund", case_id, source, **said)

    async def ship_replacement(
        self, case_id: str, source: str | None = None, **said: Unpack[Said]
    ) -> Outcome:
        """The replacement goes out (发出换货)."""
        return await self.act("ship_replacement", case_id, source, **said)

    async def extend(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """More time for the shop (延长处理时限)."""
        return await self.act("extend", case_id, source, **said)

    async def extend_receipt(self, order_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """More time for the buyer to confirm an order (延长收货)."""
        return await self.act("extend_receipt", order_id, source, **said)

    async def ask_evidence(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Ask the buyer for proof (要求举证)."""
        return await self.act("ask_evidence", case_id, source, **said)

    async def message(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Say something on the case (留言)."""
        return await self.act("message", case_id, source, **said)

    async def submit_evidence(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Proof for the arbitration (举证)."""
        return await self.act("submit_evidence", case_id, source, **said)

    async def intervene(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Call the platform in (平台介入)."""
        return await self.act("intervene", case_id, source, **said)

    async def fill_logistics(self, case_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Enter the buyer's return waybill (回填物流)."""
        return await self.act("fill_logistics", case_id, source, **said)

    async def remark(self, record_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Add to the shop's own note (备注): read, appended, written."""
        return await self.act("remark", record_id, source, **said)

    async def reply_review(self, review_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Answer a review, once (回复评价)."""
        return await self.act("reply_review", review_id, source, **said)

    async def ship(self, order_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """The order goes out (发货)."""
        return await self.act("ship", order_id, source, **said)

    async def cancel_order(self, record_id: str, source: str | None = None, **said: Unpack[Said]) -> Outcome:
        """Shipping was stopped (取消发货)."""
        return await self.act("cancel_order", record_id, source, **said)
