"""One storefront in a simulated world of its own, with a desk at every door and what must be said at writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import evolve, field, frozen

from omnishop import registry
from omnishop.client import account_of, tokens_of
from omnishop.model import BEIJING
from omnishop.ports import Account, Adapter, Token, Window
from omnishop.sandbox.face import Face
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.steps import Scenario
from omnishop.sandbox.world import Shop, World
from omnishop.testing.desk import Desk

NOW = datetime(2026, 9, 15, 12, 0, tzinfo=BEIJING)
"""Where a bench's world begins and stands still."""

MONTH = timedelta(days=30)


@frozen(eq=False)
class Candidate:
    """What is put to the proof: a storefront, and what its writes want said. Rows are named by `scenes.title`.

    `settings` of the account, `settings_from` those that the world's shop tells. `said`: fields of `Ask` by name, or
    by `verb.name` for one verb, where the usual words do not fit. `scenarios`: lives of cases beside the face's own.
    `signposts`: rows that are there only to say why not and which way round. `silent`: rows whose record shows
    nothing until later, so that no reading proves "not done". `lenient`: by row, stages at which the platform takes
    it though the row is not meant for them. `renews_late`: an access token that has ended can still be refreshed.
    `prepare` is done to the world's shop before anything else.
    """

    platform: str
    storefront: str
    settings: Mapping[str, str] = field(factory=dict)
    settings_from: Callable[[Shop], Mapping[str, str]] | None = None
    said: Mapping[str, Any] = field(factory=dict)
    scenarios: tuple[Scenario, ...] = ()
    signposts: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    lenient: Mapping[str, frozenset[str]] = field(factory=dict)
    renews_late: bool = True
    prepare: Callable[[World, Shop], None] | None = None


class Bench:
    """Closed by `close`; a desk is opened once for each door."""

    def __init__(self, candidate: Candidate, *, orders: int = 0, seed: int = 1, now: datetime = NOW) -> None:
        self.candidate = candidate
        self.simulation = Simulation.new(platforms=(candidate.platform,), seed=seed, orders=orders, now=now)
        self.world: World = self.simulation.world
        self.face: Face = self.simulation.faces[candidate.platform]
        self.adapter: Adapter = registry.adapter(candidate.platform)
        self.shop = next(shop for shop in self.world.shops if shop.storefront == candidate.storefront)
        if candidate.prepare is not None:
            candidate.prepare(self.world, self.shop)
        self._sandbox: Sandbox | None = None
        self._desks: dict[tuple[Any, ...], Desk] = {}

    @property
    def storefront(self) -> str:
        return self.candidate.storefront

    @property
    def month(self) -> Window:
        """The stretch in which everything of the world lies."""
        now = self.world.now()
        return Window(now - MONTH, now + timedelta(hours=1))

    def keys(self, url: str = "http://sim.test") -> dict[str, Any]:
        """The shop's entry in the ready line."""
        number = self.world.shops.index(self.shop)
        entry: dict[str, Any] = self.simulation.shops(url)["shops"][number]
        return entry

    def desk(self, door: str = "sync", *, attempts: int = 1, timeout: float = 10.0, **other: Any) -> Desk:
        """With the shop's present tokens. `other` are keys of the ready line, in its place."""
        name = (door, attempts, timeout, *sorted(other.items()))
        over_http = door.endswith("http")
        keys = self.keys(self._served() if over_http else "http://sim.test") | other
        tokens = tokens_of(keys["access_token"], keys["refresh_token"], keys["operator_token"])
        if name not in self._desks:
            transport = None if over_http else self.simulation.transport()
            how: dict[str, Any] = {"transport": transport, "attempts": attempts, "timeout": timeout}
            self._desks[name] = Desk(self.adapter, self.account(keys), tokens, door, **how)
        found = self._desks[name]
        found.tokens = tokens
        found.fresh()
        return found

    def account(self, keys: Mapping[str, Any]) -> Account:
        names = ("storefront", "app_key", "app_secret", "shop_id", "gateway")
        given = {name: keys[name] for name in names}
        account = account_of(self.candidate.platform, **given)
        app = evolve(account.app, service_id=self.shop.service_id)
        told = self.candidate.settings_from
        more = told(self.shop) if told is not None else {}
        return evolve(account, app=app, settings={**self.candidate.settings, **more})

    def token(self) -> Token:
        keys = self.keys()
        return Token(keys["access_token"], keys["refresh_token"])

    def pass_time(self, span: timedelta) -> None:
        """For cases; authorisations stay as fresh as they were."""
        for token in self.world.tokens.values():
            token.dead_at += span
            if token.refresh_dead_at is not None:
                token.refresh_dead_at += span
        self.simulation.advance(span.total_seconds())

    def close(self) -> None:
        for desk in self._desks.values():
            desk.close()
        self._desks.clear()
        if self._sandbox is not None:
            self._sandbox.__exit__()
            self._sandbox = None

    def _served(self) -> str:
        if self._sandbox is None:
            self._sandbox = Sandbox(self.simulation).__enter__()
        return self._sandbox.url
