"""What both shops know: the account, its adapter, the flows behind each read, and how acts are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol, TypedDict

import msgspec

from omnishop import registry
from omnishop.acts import Ask, Evidence, Outcome, Seen, Shown, State, Subject, Verb, choose, rows_for
from omnishop.drivers.exchange import TokenStore, Unguarded
from omnishop.drivers.tokens import MemoryTokens
from omnishop.errors import ConfigError, NotAllowed, NotFound, NotSupported, Rejected, WireError
from omnishop.flow import Call, Flow
from omnishop.model import Fen
from omnishop.ports import (
    Account,
    Adapter,
    App,
    Capability,
    Clock,
    Level,
    Role,
    Stream,
    Support,
    Token,
    Window,
)

_OFFERED = frozenset({Level.NATIVE, Level.EMULATED, Level.LIMITED, Level.UNVERSIONED})
NO_DETAIL = (NotFound, Rejected, WireError)


class ShopFace:
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

    def subject(self, act: Verb, record_id: str, source: str | None = None) -> Subject:
        """What an act of this name is about: a case, unless the storefront takes it on orders or reviews only.

        `source` may also be `order` or `review`, for an act that several kinds of record take.
        """
        records = {row.record for row in self.adapter.writes(self.account.storefront) if row.verb is act}
        if source in {"order", "review"}:
            return Subject("order" if source == "order" else "review", record_id)
        if records and "case" not in records:
            return Subject(records.pop(), record_id)
        return Subject("case", record_id, self._source(source))

    def _unguarded(self, subject: Subject, act: Verb, ask: Ask) -> Flow[Outcome]:
        """Look, send, look: nothing is written down and nothing held back."""
        rows = rows_for(self.adapter.writes(self.account.storefront), act, subject)
        if not rows:
            self._offered(Capability(act))
            raise ConfigError(f"{act} is not for this kind of record", zh=f"{act} 不适用于此类单据")
        look = yield from rows[0].look(self.account, subject)
        row = choose(rows, subject, Seen.of(look))
        hindered = row.hinders(self.account, look, ask) if row is not None and row.hinders else None
        if row is None or hindered is not None:
            raise NotAllowed(
                f"{subject.id}: {hindered.en if hindered else f'{act} is not for this kind of record'}",
                zh=f"{subject.id}: {hindered.zh if hindered else f'{act} 不适用于此类单据'}",
                keys=("hindered" if hindered else "kind",),
                platform=self.account.platform,
                shop=self.account.name,
            )
        yield from row.send(self.account, look, ask)
        after = yield from row.look(self.account, subject)
        done = row.shows(ask, Seen.of(look), Seen.of(after)) is Shown.DONE
        return Outcome(act, State.CONFIRMED if done else State.UNKNOWN, "unknown", record=after.record)

    def _source(self, source: str | None) -> str:
        return source or self.adapter.sources(self.account.storefront)[0]

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where the merchant says yes; the code comes back to `redirect_uri`."""
        return self.adapter.authorize_url(self.account.app, redirect_uri, state)


class Writer(Protocol):
    """What a shop does its writes through: the ledger, bound to this shop."""

    def act(self, shop: Any, subject: Subject, act: Verb, ask: Ask) -> Outcome: ...

    def call(self, shop: Any, call: Call) -> Any: ...


class AsyncWriter(Protocol):
    """As `Writer`, awaited."""

    async def act(self, shop: Any, subject: Subject, act: Verb, ask: Ask) -> Outcome: ...

    async def call(self, shop: Any, call: Call) -> Any: ...


class Said(TypedDict, total=False):
    """What may be said with an act; see `acts.Ask`."""

    reason: str | None
    text: str | None
    evidence: tuple[Evidence, ...]
    address: str | None
    carrier: str | None
    tracking: str | None
    lines: Mapping[str, int]
    good: int | None
    bad: int | None
    days: int | None
    code: str | None
    amount: Fen | None
    ceiling: Fen | None
    reject_refund: bool
    by: str


UNGUARDED = Unguarded()


def parsed(call: Call) -> Flow[Any]:
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


def verb_of(act: str) -> Verb:
    """ConfigError names what may be asked for."""
    known = [verb.value for verb in Verb if verb is not Verb.PRE_AGREE]
    if act not in known:
        raise ConfigError(
            f"no such act: {act!r}; there are: {', '.join(known)}",
            zh=f"没有操作 {act!r}; 可用: {', '.join(known)}",
        )
    return Verb(act)
