"""Store and platform side by side, over what the platform still shows: equal, or every difference by its field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Literal

from attrs import define, field, frozen

from omnishop.client import Shop
from omnishop.engine import news
from omnishop.engine.byid import asked
from omnishop.engine.history import Change, differences
from omnishop.engine.keep import BY_ID, id_of, put
from omnishop.engine.merge import merge, snapshot
from omnishop.engine.plan import AHEAD, DEPTH, edge_of, stretches, worth_reading
from omnishop.engine.proof import Proof, Reading
from omnishop.errors import NotFound, OmnishopError, Rejected, WireError
from omnishop.model import Record, Text, Unreadable
from omnishop.ports import Stream, Window
from omnishop.store import Query, Store, StoredShop
from omnishop.store.connection import of_shop
from omnishop.store.moments import moment
from omnishop.store.persons import as_kept
from omnishop.store.records import Held, Id, RecordType

_TRIES = 3
_NARROW = timedelta(minutes=1)
_KINDS: tuple[RecordType, ...] = ("order", "case", "review")


@frozen
class Difference:
    """`fields`: what the store says before, what the platform says after.

    `missing`: we do not hold it; `gone`: the platform does not show it; `unreadable`: shown, but not to be read.
    """

    record: RecordType
    key: Id
    why: Literal["differs", "missing", "gone", "unreadable"]
    fields: tuple[Change, ...] = ()


@frozen
class Compared:
    """Records of one type. `beyond`: kept rows older than the range, which nothing can be said of.

    `untold`: stretches of the range whose lists could not be told to be whole.
    """

    record: RecordType
    range: Window
    compared: int
    differences: tuple[Difference, ...]
    untold: tuple[Text, ...]
    beyond: int


@frozen
class Reconciled:
    shop: StoredShop
    parts: tuple[Compared, ...]
    error: OmnishopError | None = None

    @property
    def verdict(self) -> Literal["equal", "different", "unknown"]:
        """`unknown`: no difference was met, but not all could be seen."""
        if any(part.differences for part in self.parts):
            return "different"
        return (
            "unknown" if self.error or not self.parts or any(part.untold for part in self.parts) else "equal"
        )


@frozen
class Comparing:
    """How far a comparison has come: before the `window`-th of `windows`."""

    shop: str
    record: str
    window: int
    windows: int
    compared: int
    different: int


def reconcile(
    store: Store,
    stored: StoredShop,
    shop: Shop,
    *,
    now: datetime,
    since: datetime | None = None,
    heal: bool = False,
    added_later: bool = False,
    tell: Callable[[Comparing], None] | None = None,
) -> Reconciled:
    """From `since`, else from where the store holds the shop's lists; each as far back as the platform shows.

    `added_later`: types that are listed by their creation alone are compared as far back as they are held whatever
    `since`, as no list tells what was added to old ones. `heal`: what differs is kept as the platform tells it.
    Reads every record whole, one window at a time.
    """
    parts: list[Compared] = []
    found: OmnishopError | None = None
    with news.comparison(stored) as told:
        try:
            for record in _KINDS:
                lists = [each for each in worth_reading(shop.streams(record)) if each.clock != "open"]
                if lists:
                    side = _Side(store, stored, shop, record, lists, now, heal=heal, tell=tell)
                    whole = added_later and all(each.clock == "created" for each in lists)
                    parts.append(side.compare(None if whole else since))
        except OmnishopError as error:
            found = error
        result = Reconciled(stored, tuple(parts), found)
        news.compared(stored, told, result.verdict, sum(len(part.differences) for part in parts))
    return result


@define
class _Side:
    """One type of record of one shop, compared window by window."""

    store: Store
    stored: StoredShop
    shop: Shop
    record: RecordType
    lists: list[Stream]
    now: datetime
    heal: bool = field(kw_only=True)
    tell: Callable[[Comparing], None] | None = field(default=None, kw_only=True)
    met: set[Id] = field(factory=set)  # of the window at hand
    compared: int = 0
    found: dict[Id, Difference] = field(factory=dict)
    untold: list[Text] = field(factory=list)

    def compare(self, since: datetime | None) -> Compared:
        end = self.now + (AHEAD if self.stored.simulated else timedelta())
        start = min(
            max(since or self._held_since(), *(edge_of(self.now, each.reach) for each in self.lists)), end
        )
        windows = stretches(start, end, min(each.span for each in self.lists))
        for number, window in enumerate(windows):
            if self.tell is not None:
                name, differ = self.stored.name, len(self.found)
                self.tell(Comparing(name, self.record, number, len(windows), self.compared, differ))
            self.met = set()
            for stream in self.lists:
                self._listed(stream, window)
            self._unlisted(window)
        reread = self._older_and_open(start) if self.record == "case" else 0
        before = Query(platform=self.stored.platform, shop=self.shop.account.shop_id, until=start)
        beyond = self.store.records.count(self.record, before) - reread
        untold = tuple(self.untold)
        return Compared(
            self.record, Window(start, end), self.compared, tuple(self.found.values()), untold, beyond
        )

    def _held_since(self) -> datetime:
        cursors = self.store.cursors.of_shop(self.stored.row)
        held = [cursors[each.name].since for each in self.lists if each.name in cursors]
        return min((each for each in held if each is not None), default=self.now - DEPTH)

    # ------------------------------------------------------------ what the platform lists

    def _listed(self, stream: Stream, window: Window) -> None:
        why = Text("", "")
        for _ in range(_TRIES):
            reading = Reading(stream)
            verdict = self._read(stream, window, reading)
            if isinstance(verdict, Proof):
                self.met |= reading.ids
                return
            why = verdict
        if window.end - window.start < _NARROW:
            span = f"{window.start.isoformat()} – {window.end.isoformat()}"
            self.untold.append(Text(f"{stream.name} {span}: {why.zh}", f"{stream.name} {span}: {why.en}"))
            return
        middle = (window.start + (window.end - window.start) / 2).replace(microsecond=0)
        self._listed(stream, Window(window.start, middle))
        self._listed(stream, Window(middle, window.end))

    def _read(self, stream: Stream, window: Window, reading: Reading) -> Proof | Text:
        for page in self.shop.pages(stream, window):
            if (many := reading.page(page)) is not None:
                return many.why
            keys = [id_of(each) for each in page.items]
            held = self._held(keys)
            for key, record in zip(keys, page.items, strict=True):
                if key not in self.met:
                    self._one(key, self._whole(stream, record), held.get(key))
            for bad in page.unreadable:
                if bad.record_id is not None and not bad.stray:
                    key = bad.source, bad.record_id
                    self.found[key] = Difference(self.record, key, "unreadable")
        if reading.wants_boundary:
            reading.boundary(next(iter(self.shop.pages(stream, window))))
        verdict = reading.judge()
        return verdict if isinstance(verdict, Proof) else verdict.why

    def _whole(self, stream: Stream, record: Any) -> Any:
        if stream.complete is None:
            return record
        try:
            whole = self.shop.run(stream.complete(self.shop.account, record))
        except (NotFound, Rejected, WireError):
            return record
        return record if isinstance(whole, Unreadable) else whole

    # ------------------------------------------------------------ what only the store has

    def _unlisted(self, window: Window) -> None:
        """Kept with a time in this window and on none of its lists: asked for by id, where that can be done."""
        place = self.stored.platform, self.shop.account.shop_id or ""
        for key in self.store.records.ids_between(self.record, *place, window.start, window.end):
            if key not in self.met and key not in self.found:
                self._by_id(key)

    def _older_and_open(self, start: datetime) -> int:
        """Cases that no window reaches and that are not ended: read one by one."""
        many = 0
        place = self.stored.platform, self.shop.account.shop_id or ""
        for key in self.store.records.open_ids("case", *place):
            held = self._held([key]).get(key)
            if held is not None and held.at < moment(start):
                many += 1
                self._by_id(key)
        return many

    def _by_id(self, key: Id) -> None:
        try:
            found = asked(self.shop, self.record, key)
        except WireError:
            self.found[key] = Difference(self.record, key, "unreadable")
            return
        if found is None:
            self.compared += 1
            self.found[key] = Difference(self.record, key, "gone")
        else:
            self._one(key, found, self._held([key]).get(key))

    # ------------------------------------------------------------ one record

    def _held(self, keys: list[Id]) -> dict[Id, Held]:
        place = self.stored.platform, self.shop.account.shop_id or ""
        return self.store.records.held(self.record, *place, keys)

    def _one(self, key: Id, record: Any, held: Held | None) -> None:
        fresh = as_kept(snapshot(self.shop.account.owned(record), self.now, BY_ID), held)
        self.compared += 1
        self.met.add(key)
        self.found.pop(key, None)
        if held is None:
            self.found[key] = Difference(self.record, key, "missing")
        elif fields := tuple(_apart(held, fresh)):
            self.found[key] = Difference(self.record, key, "differs", fields)
        if self.heal and key in self.found:
            self._keep(record, fresh)

    def _keep(self, record: Record, fresh: Held) -> None:
        platform, shop_id = self.stored.platform, self.shop.account.shop_id or ""
        with self.store.writing(durable=False, alone=of_shop(platform, shop_id)) as connection:
            put(self.store, connection, self.record, platform, shop_id, {id_of(record): fresh})


def _apart(held: Held, fresh: Held) -> Iterator[Change]:
    """What a pull would change; and where the store says more recent things than the platform, what those are.

    What an answer leaves out is no difference, nor is a kind that was known before.
    """
    if fresh.at >= held.at:
        yield from differences(held.body, merge(held, fresh).body)
        return
    for change in differences(held.body, fresh.body):
        if change.after is not None and change.field != "kind":
            yield change
