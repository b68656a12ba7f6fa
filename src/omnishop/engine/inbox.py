"""Works off what the platforms told: a message is a hint, what it is about is read again by its id."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import repeat
from typing import Self

from attrs import Factory, define, frozen

from omnishop.client import Shop
from omnishop.engine import news
from omnishop.engine.byid import by_id
from omnishop.engine.shops import open_among_others
from omnishop.engine.stopping import Stopped
from omnishop.errors import AuthError, ConfigError, OmnishopError, RateLimited, Transient
from omnishop.model import Event, Unreadable
from omnishop.ports import Channel
from omnishop.store import Message, Saved, Store, StoredShop
from omnishop.store.inbox import FARTHEST
from omnishop.store.records import Id, RecordType

LEASE = timedelta(minutes=5)
"""So long a message is one worker's; after that somebody else may try."""

TRIES = 20
_FIRST, _LONGEST = timedelta(seconds=1), timedelta(minutes=10)
"""Between two tries: doubled from the first to the longest, together more than two hours."""

_AT_ONCE, _SHOPS_AT_ONCE = 200, 4
_SHOP_WIDE = (AuthError, ConfigError, RateLimited, Transient)
"""Errors that the shop's other records would meet as well, until somebody does something, or a clock is right."""

UNKNOWN_SHOP = "unknown shop"
NO_RECORD = "about no record"
STOPPED = "stopped"

Target = tuple[RecordType, Id]


@frozen
class Worked:
    """What one step did: messages `taken` up, of which some are put off and some given up."""

    taken: int = 0
    read: int = 0
    put_off: int = 0
    given_up: int = 0
    saved: Saved = Factory(Saved)

    def __add__(self, other: Worked) -> Worked:
        return Worked(
            self.taken + other.taken,
            self.read + other.read,
            self.put_off + other.put_off,
            self.given_up + other.given_up,
            self.saved + other.saved,
        )


@define
class _Open:
    stored: StoredShop
    shop: Shop


class InboxWorker:
    """One of any number: each message is one worker's at a time, and comes again when he is gone.

    `present` gives a shop's time (a simulated shop has its own), `opened` how it is called. Shops stay open
    between steps; `close` ends that.
    """

    def __init__(
        self,
        store: Store,
        *,
        present: Callable[[StoredShop], datetime],
        opened: Callable[[Store, StoredShop], Shop] = open_among_others,
    ) -> None:
        self._store = store
        self._present = present
        self._opened = opened
        self._shops: dict[tuple[str, str], _Open] = {}
        self._pool = ThreadPoolExecutor(_SHOPS_AT_ONCE, thread_name_prefix="inbox")

    def close(self) -> None:
        self._pool.shutdown()
        for each in self._shops.values():
            each.shop.close()
        self._shops.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def step(self, now: datetime) -> Worked:
        """What is due at the machine's `now`, as much as is taken at once; several shops side by side."""
        messages = self._store.inbox.claim(now, now + LEASE, _AT_ONCE)
        by_shop: defaultdict[tuple[str, str], list[Message]] = defaultdict(list)
        for message in messages:
            by_shop[message.platform, message.shop_id].append(message)
        done = Worked(taken=len(messages))
        for each in self._pool.map(self._told_of_shop, by_shop, by_shop.values(), repeat(now)):
            done += each
        return done

    def _open(self, platform: str, shop_id: str) -> _Open | None:
        found = self._shops.get((platform, shop_id))
        if found is not None:
            return found
        for stored in self._store.shops.list(platform):
            if stored.shop_id == shop_id:
                self._shops[platform, shop_id] = _Open(stored, self._opened(self._store, stored))
        return self._shops.get((platform, shop_id))

    def _told_of_shop(self, place: tuple[str, str], messages: list[Message], now: datetime) -> Worked:
        try:
            with news.messages(*place, len(messages)):
                done = self._of_shop(place, messages, now)
        except Stopped:
            self._store.inbox.later([each.row for each in messages], STOPPED, now)
            raise
        news.worked(*place, len(messages), put_off=done.put_off, given_up=done.given_up)
        return done

    def _of_shop(self, place: tuple[str, str], messages: list[Message], now: datetime) -> Worked:
        inbox = self._store.inbox
        idle = [each.row for each in messages if each.case_id is None and each.order_id is None]
        inbox.done(idle, now, NO_RECORD)
        messages = [each for each in messages if each.row not in idle]
        try:
            found = self._open(*place)
        except OmnishopError as error:
            return sum((self._hindered(each, error, now) for each in messages), Worked())
        if found is None:
            inbox.failed([each.row for each in messages], UNKNOWN_SHOP, now)
            return Worked(given_up=len(messages))
        wanted = {target: None for each in messages for target in targets(each, found.shop)}
        saved, failed = self._read(found, wanted)
        good = [each.row for each in messages if not failed.keys() & targets(each, found.shop)]
        inbox.done(good, now)
        done = Worked(read=len(wanted) - len(failed), saved=saved)
        for message in messages:
            problem = next((failed[each] for each in targets(message, found.shop) if each in failed), None)
            if problem is not None:
                done += self._hindered(message, problem, now)
        return done

    def _read(self, found: _Open, wanted: Iterable[Target]) -> tuple[Saved, dict[Target, OmnishopError]]:
        """Each record once, however many messages name it; what was in the way of which."""
        saved, failed = Saved(), dict[Target, OmnishopError]()
        stop: OmnishopError | None = None
        for target in wanted:
            if stop is None:
                try:
                    saved += by_id(self._store, found.shop, *target, self._present(found.stored))
                    continue
                except OmnishopError as error:
                    stop = error if isinstance(error, _SHOP_WIDE) else None
                    failed[target] = error
            else:
                failed[target] = stop
        if isinstance(stop, AuthError | ConfigError):
            self._forget(found)
        return saved, failed

    def _forget(self, found: _Open) -> None:
        """Its keys may be others by now: it is opened anew for the next message."""
        self._shops.pop((found.stored.platform, found.stored.shop_id or ""), None)
        found.shop.close()

    def _hindered(self, message: Message, problem: OmnishopError, now: datetime) -> Worked:
        why = type(problem).__name__ + (f" {problem.code}" if problem.code else "")
        if message.attempts + 1 >= TRIES or not isinstance(problem, _SHOP_WIDE):
            self._store.inbox.failed([message.row], why, now)
            return Worked(given_up=1)
        pause = min(_FIRST * 2 ** min(message.attempts, 20), _LONGEST)
        if isinstance(problem, RateLimited) and problem.retry_after is not None:
            pause = max(pause, timedelta(seconds=problem.retry_after))
        self._store.inbox.later([message.row], why, now + min(pause, FARTHEST))
        return Worked(put_off=1)


def targets(message: Message, shop: Shop) -> tuple[Target, ...]:
    """What a message is about: its case, and the order, which a case changes as well."""
    found: list[Target] = []
    if message.case_id is not None:
        source = shop.adapter.sources(shop.account.storefront)[0]
        found.append(("case", (source, message.case_id)))
    if message.order_id is not None:
        found.append(("order", ("order", message.order_id)))
    return tuple(found)


# ---------------------------------------------------------------- what comes in


def keep_told(store: Store, platform: str, told: Iterable[Event | Unreadable], now: datetime) -> int:
    """Durable before it returns: what is acknowledged after it is not lost. How many messages are new.

    A message that cannot be read is kept raw in the quarantine.
    """
    everything = list(told)
    bad = [each for each in everything if isinstance(each, Unreadable)]
    if bad:
        with store.writing() as connection:
            store.quarantine.add(connection, "", PUSHED, bad, now)
    events = [each for each in everything if isinstance(each, Event)]
    new = store.inbox.put(events, now)
    news.told(platform, new=new, copies=len(events) - new, unreadable=len(bad))
    return new


PUSHED = "push"
"""Under this name, in place of a list's, the quarantine keeps messages."""


def drain(store: Store, shop: Shop, channel: Channel, now: datetime) -> int:
    """One round of the app's queue: fetched, kept, then confirmed. How many came; 0: none waits."""
    told = shop.run(channel.consume(shop.account))
    keep_told(store, shop.account.platform, told, now)
    ids = [each.event_id if isinstance(each, Event) else each.record_id for each in told]
    shop.run(channel.confirm(shop.account, [each for each in ids if each is not None]))
    return len(told)


def of_channels(store: Store, channel_of: Callable[[str], Channel | None]) -> list[StoredShop]:
    """One shop for each queue of each app, in whose name it is emptied: one that wants it handed to us, if any."""
    found: dict[tuple[str, str, str], StoredShop] = {}
    for stored in store.shops.list():
        channel = channel_of(stored.platform)
        if channel is not None:
            place = (stored.platform, stored.app_key, channel.queue(stored.settings))
            known = found.setdefault(place, stored)
            if not _wants_socket(channel, known) and _wants_socket(channel, stored):
                found[place] = stored
    return list(found.values())


def _wants_socket(channel: Channel, stored: StoredShop) -> bool:
    try:
        return channel.socket is not None and channel.socket.chosen(stored.settings)
    except ConfigError:
        return True  # whoever opens it is told what is wrong
