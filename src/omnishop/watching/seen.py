"""What is there to be seen: the store at a glance, beside the lists each shop should have, the disk and the clock."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from attrs import Factory, frozen

from omnishop import clock, registry
from omnishop.engine.plan import edge_of, worth_reading
from omnishop.errors import ConfigError, OmnishopError
from omnishop.model import Text
from omnishop.ports import Role, Stream
from omnishop.store import Store, StoredShop
from omnishop.store.connection import ahead
from omnishop.store.glance import (
    Backlog,
    Ban,
    Doubts,
    Ends,
    Glance,
    Lately,
    ListSeen,
    Place,
    TokenEnds,
    glance,
    has_tokens,
)
from omnishop.store.moments import moment, when
from omnishop.telemetry import clocks

DATABASE = "database"
"""Beside the platforms' names, whose clock it is."""

_NOTHING = timedelta()
_NO_BACKLOG = Backlog()
_UNREAD = ListSeen()


@frozen
class ShopSeen:
    """One shop. `now`: its present; None when its simulated world does not answer, with `trouble`.

    `true_at`: the moment as of which every list was read whole; None while one never was. `tokens` None: they
    could not be opened. `behind`: history that was asked for and is not read yet, over all lists.
    """

    shop: StoredShop
    now: datetime | None
    true_at: datetime | None = None
    unverified: Mapping[str, str] = Factory(dict)
    unread: tuple[str, ...] = ()
    behind: timedelta = _NOTHING
    lately: Lately | None = None
    backlog: Backlog = _NO_BACKLOG
    quarantined: int = 0
    doubts: Doubts | None = None
    tokens: Mapping[Role, Ends] | None = None
    trouble: Text | None = None

    @property
    def age(self) -> timedelta | None:
        """How old what the store says is; None: not known."""
        return None if self.now is None or self.true_at is None else self.now - self.true_at


@frozen
class Seen:
    """`clocks`: how far this machine's is ahead of the database's, and of each platform's this process calls.

    `elsewhere`: messages of shops that are not registered; `unreadable`: pushes that no shop could be told of."""

    at: datetime
    shops: tuple[ShopSeen, ...]
    elsewhere: Backlog = _NO_BACKLOG
    unreadable: int = 0
    disk_free: int | None = None
    clocks: Mapping[str, timedelta] = Factory(dict)
    bans: tuple[Ban, ...] = ()
    key_trouble: Text | None = None
    seconds: float = 0.0


def look(store: Store, present: Callable[[StoredShop], datetime], ends: TokenEnds) -> Seen:
    """`present` gives a shop's time: a simulated shop has its own."""
    begun, now = clock.monotonic(), clock.now()
    at_once = glance(store.engine, now)
    shops = store.shops.list()
    tokens, trouble = _tokens(store, ends)
    presents = _Presents(present, now)
    seen = tuple(_shop(each, at_once, presents, tokens) for each in shops)
    known = {(each.platform, each.shop_id or "") for each in shops}
    return Seen(
        now,
        seen,
        _elsewhere(at_once.inbox, known),
        sum(count for place, count in at_once.quarantine.items() if place not in known),
        _disk_free(store),
        {DATABASE: -ahead(store.engine), **clocks.ahead()},
        at_once.bans,
        trouble,
        clock.monotonic() - begun,
    )


def _tokens(store: Store, ends: TokenEnds) -> tuple[Mapping[int, Mapping[Role, Ends]] | None, Text | None]:
    if not has_tokens(store.engine):
        return {}, None
    try:
        return ends.of(store.engine, store.ring.open), None
    except ConfigError as problem:
        return None, Text(problem.zh, problem.en)


class _Presents:
    """Each world is asked once in a look; the machine's time is one and the same for all real shops."""

    def __init__(self, present: Callable[[StoredShop], datetime], machine: datetime) -> None:
        self._present = present
        self._machine = machine
        self._worlds: dict[str, datetime | Text] = {}

    def of(self, shop: StoredShop) -> datetime | Text:
        if shop.control is None:
            return self._machine
        if shop.control not in self._worlds:
            try:
                self._worlds[shop.control] = self._present(shop)
            except OmnishopError as problem:
                self._worlds[shop.control] = Text(problem.zh, problem.en)
        return self._worlds[shop.control]


def _shop(
    shop: StoredShop,
    at_once: Glance,
    presents: _Presents,
    tokens: Mapping[int, Mapping[Role, Ends]] | None,
) -> ShopSeen:
    place = (shop.platform, shop.shop_id or "")
    lists = at_once.lists.get(shop.row, {})
    now = presents.of(shop)
    trouble = now if isinstance(now, Text) else None
    present = None if isinstance(now, Text) else now
    try:
        streams = worth_reading(registry.adapter(shop.platform).streams(shop.storefront))
    except ConfigError as problem:
        streams, trouble = [], Text(problem.zh, problem.en)
    held = {stream.name: lists.get(stream.name, _UNREAD) for stream in streams}
    times = [each.true_at for each in held.values() if each.true_at is not None]
    return ShopSeen(
        shop,
        present,
        when(min(times)) if times and len(times) == len(held) else None,
        {name: each.unverified for name, each in held.items() if each.unverified is not None},
        tuple(name for name, each in held.items() if each.true_at is None and each.unverified is None),
        _behind(streams, held, present),
        at_once.rounds.get(shop.row),
        at_once.inbox.get(place, _NO_BACKLOG),
        at_once.quarantine.get(place, 0),
        at_once.doubts.get(place),
        None if tokens is None else tokens.get(shop.row, {}),
        trouble,
    )


def _behind(streams: list[Stream], held: Mapping[str, ListSeen], now: datetime | None) -> timedelta:
    """As far as each platform still shows it."""
    if now is None:
        return _NOTHING
    left = 0
    for stream in streams:
        seen = held[stream.name]
        if stream.clock == "open" or seen.goal is None or seen.since is None or seen.since <= seen.goal:
            continue
        left += max(seen.since - max(seen.goal, moment(edge_of(now, stream.reach))), 0)
    return timedelta(microseconds=left)


def _elsewhere(inbox: Mapping[Place, Backlog], known: set[Place]) -> Backlog:
    others = [backlog for place, backlog in inbox.items() if place not in known]
    times = [each.oldest for each in others if each.oldest is not None]
    waiting, failed = sum(each.waiting for each in others), sum(each.failed for each in others)
    return Backlog(waiting, min(times, default=None), failed)


def _disk_free(store: Store) -> int | None:
    try:
        return shutil.disk_usage(store.home.path).free
    except OSError:
        return None
