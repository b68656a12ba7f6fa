"""One list of one shop: its windows read, completed, proved whole and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from attrs import evolve, frozen

from omnishop import jsonform
from omnishop.client import Shop
from omnishop.engine.keep import id_of, one_each, put
from omnishop.engine.merge import snapshot
from omnishop.engine.plan import AHEAD, ECHO, OVERLAP, Plan, plan, settled
from omnishop.engine.reports import Progress, StreamReport
from omnishop.errors import NotFound, OmnishopError, Rejected, Transient, WireError
from omnishop.flow import Page
from omnishop.model import Case, Record, Unreadable
from omnishop.ports import Stream, Window
from omnishop.store import CaseKey, Cursor, Saved, Store, StoredShop
from omnishop.store.connection import of_shop
from omnishop.store.parcels import ReturnParcel
from omnishop.store.records import Held, Id

_TRIES = 3
"""How often a window is read when the platform counts more records than it hands out."""


@frozen
class _Brought:
    """What one page brought: snapshots to keep, and what could not be read."""

    snapshots: tuple[Held, ...]
    unreadable: tuple[Unreadable, ...]
    settled: int = 0  # records whose detail is already kept for just this state
    returned: tuple[ReturnParcel, ...] = ()


class Listing:
    """Reads one list to now. After `read`, `doubted` says whether the platform's own count did not hold."""

    def __init__(
        self,
        store: Store,
        stored: StoredShop,
        shop: Shop,
        stream: Stream,
        *,
        now: datetime,
        tell: Callable[[Progress], None] | None,
    ) -> None:
        self._store = store
        self._stored = stored
        self._shop = shop
        self._stream = stream
        self._now = now
        self._tell = tell
        self._platform = shop.account.platform
        self._shop_id = shop.account.shop_id or ""
        self._mark_name = _mark_name(stream, shop.streams())
        self._saved = Saved()
        self._quarantined = 0
        self.doubted = False

    def read(self, since: datetime | None) -> StreamReport:
        """Never raises an OmnishopError: it stands in the report."""
        stream = self._stream
        held = _range(self._store.cursors.get(self._stored.row, stream.name))
        planned = self._plan(held, since)
        error: OmnishopError | None = None
        try:
            for number, window in enumerate(planned.windows, start=1):
                self._window(window, number, len(planned.windows))
                held = self._advance(held, window)
        except OmnishopError as problem:
            error = problem
        return StreamReport(
            stream.name, stream.record, self._saved, self._quarantined, held, planned.short, error
        )

    def _plan(self, held: Window | None, since: datetime | None) -> Plan:
        stream = self._stream
        if stream.clock == "open":  # lists what is open now, however old
            return Plan((Window(self._now - stream.reach, self._now),))
        overlap = ECHO if stream.clock == "created" else OVERLAP
        ahead = AHEAD if self._stored.simulated else timedelta()
        return plan(
            self._now,
            held,
            span=stream.span,
            reach=stream.reach,
            since=since,
            overlap=overlap,
            ahead=ahead,
        )

    def _advance(self, held: Window | None, read: Window) -> Window | None:
        """The cursor moves only here: after the whole window was read, proved and committed."""
        held = read if self._stream.clock == "open" else settled(held, read, self._now)
        if held is not None:
            self._store.cursors.proved(self._stored.row, self._stream.name, held.start, held.end)
        return held

    # ------------------------------------------------------------ one window

    def _window(self, window: Window, number: int, windows: int) -> None:
        """Read until as many records came as the platform counts; else the window stays open."""
        met, counted = 0, 0
        for _ in range(_TRIES):
            ids: set[Id] = set()
            nameless = 0
            total: int | None = None
            for page in self._shop.pages(self._stream, window):
                self._page(page)
                ids.update(id_of(item) for item in page.items)
                ids.update(
                    (bad.source, bad.record_id) for bad in page.unreadable if bad.record_id is not None
                )
                nameless += sum(bad.record_id is None for bad in page.unreadable)
                total = total if page.total is None else page.total
                self._report(number, windows)
            met, counted = len(ids) + nameless, total or 0
            if met >= counted:
                return
        raise self._doubt(window, met, counted)

    def _doubt(self, window: Window, met: int, counted: int) -> OmnishopError:
        self.doubted = True
        reason = f"{window.start.isoformat()} to {window.end.isoformat()}: {met} of {counted} records"
        self._store.cursors.doubt(self._stored.row, self._stream.name, reason)
        return Transient(
            f"{self._stream.name}: the platform counts {counted} records in a window but gave {met} in {_TRIES} "
            "readings; what came is kept, the window stays open: pull again",
            zh=f"{self._stream.name}: 平台统计 {counted} 条, {_TRIES} 次读取仅得到 {met} 条; 已保存所得, "
            "该时间段未完成, 请稍后再次同步",
            platform=self._platform,
            shop=self._stored.name,
        )

    def _report(self, number: int, windows: int) -> None:
        if self._tell is not None:
            stream = self._stream
            shop = self._stored.name
            self._tell(
                Progress(shop, stream.name, stream.record, number, windows, self._saved, self._quarantined)
            )

    # ------------------------------------------------------------ one page

    def _page(self, page: Page) -> None:
        brought = self._brought(page)
        store, record = self._store, self._stream.record
        fresh = one_each(brought.snapshots)
        good = fresh.keys() - {(bad.source, bad.record_id) for bad in brought.unreadable}
        with store.writing(durable=False, alone=of_shop(self._platform, self._shop_id)) as connection:
            saved = put(store, connection, record, self._platform, self._shop_id, fresh)
            store.parcels.put(connection, brought.returned)
            store.quarantine.release(connection, self._platform, self._shop_id, good)
            store.quarantine.add(connection, self._shop_id, self._stream.name, brought.unreadable, self._now)
        self._saved += saved + Saved(unchanged=brought.settled)
        self._quarantined += len(brought.unreadable)

    def _brought(self, page: Page) -> _Brought:
        """The page's records as snapshots, each completed where its list says too little."""
        own: list[Record] = []
        unreadable = list(page.unreadable)
        for item in page.items:
            record = self._owned(item)
            if record.shop_id != self._shop_id:
                unreadable.append(_foreign(record))
            elif "\x00" in id_of(record)[1]:
                unreadable.append(_nul(record))
            else:
                own.append(record)
        if self._stream.complete is None:
            snapshots = [snapshot(record, self._now, self._stream.name) for record in own]
            return _Brought(tuple(snapshots), tuple(unreadable), returned=self._returned(own))
        ids = [id_of(record) for record in own]
        held = self._store.records.held(self._stream.record, self._platform, self._shop_id, ids)
        snapshots, met = [], list(own)
        for record in own:
            mark = _mark(record)
            known = held.get(id_of(record))
            if known is None or known.marks.get(self._mark_name) != mark:
                snapshots.append(self._complete(self._stream.complete, record, mark, unreadable, met))
        settled = len(own) - len(snapshots)
        return _Brought(tuple(snapshots), tuple(unreadable), settled, self._returned(met))

    def _returned(self, met: Iterable[Record]) -> tuple[ReturnParcel, ...]:
        """Parcels that came back, by what the rows and their details tell."""
        adapter = self._shop.adapter
        return tuple(
            ReturnParcel(CaseKey.of(case), parcel.tracking_no, parcel.carrier or parcel.carrier_code)
            for case in met
            if isinstance(case, Case)
            for parcel in adapter.return_parcels(case)
            if parcel.tracking_no is not None
        )

    def _complete(
        self,
        complete: Callable[..., Any],
        record: Record,
        mark: str,
        unreadable: list[Unreadable],
        met: list[Record],
    ) -> Held:
        """The whole record, which `met` learns too; what the list told when the detail is gone or cannot be read."""
        try:
            whole = self._shop.run(complete(self._shop.account, record))
        except (NotFound, Rejected):
            return snapshot(record, self._now, self._stream.name)
        except WireError as error:
            source, record_id = id_of(record)
            whole = Unreadable(self._platform, source, f"detail: {error.en}", record_id, record.raw)
        if isinstance(whole, Unreadable):
            unreadable.append(whole)
            return snapshot(record, self._now, self._stream.name)
        whole = self._owned(whole)
        met.append(whole)
        return evolve(snapshot(whole, self._now, self._stream.name), marks={self._mark_name: mark})

    def _owned(self, record: Any) -> Any:
        """What the wire left out because the token says it."""
        account = self._shop.account
        facts: dict[str, Any] = {}
        if record.shop_id is None:
            facts["shop_id"] = account.shop_id
        if record.storefront is None:
            facts["storefront"] = account.storefront
        return evolve(record, **facts) if facts else record


def _range(cursor: Cursor) -> Window | None:
    if cursor.since is None or cursor.until is None:
        return None
    return Window(cursor.since, cursor.until)


def _foreign(record: Record) -> Unreadable:
    source, record_id = id_of(record)
    error = "shop_id: the record belongs to another shop than the one that was asked"
    return Unreadable(record.platform, source, error, record_id, record.raw)


def _nul(record: Record) -> Unreadable:
    """An id that not every database can hold would be another id there."""
    error = "id: holds a NUL character"
    return Unreadable(record.platform, record.source, error, None, record.raw)


def _mark_name(stream: Stream, streams: Iterable[Stream]) -> str:
    """Lists that complete their records in the same way share the marks."""
    alike = (each.name for each in streams if each.complete == stream.complete)
    return next(alike, stream.name)


def _mark(record: Record) -> str:
    """Names the state a list showed: while it stays, the detail need not be fetched again."""
    body = msgspec.json.encode(jsonform.dump(record), order="deterministic")
    return hashlib.sha256(body).hexdigest()[:16]
