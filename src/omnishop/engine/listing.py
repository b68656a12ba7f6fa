"""One list of one shop: its windows read, completed, proved whole and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from attrs import evolve, frozen

from omnishop import jsonform
from omnishop.client import Shop
from omnishop.engine import news
from omnishop.engine.byid import by_id
from omnishop.engine.keep import id_of, one_each, put
from omnishop.engine.merge import snapshot
from omnishop.engine.plan import AHEAD, ECHO, OVERLAP, SEAM, Plan, older, plan, settled
from omnishop.engine.proof import Proof, Reading, TooMany, Verdict
from omnishop.engine.reports import Progress, StreamReport
from omnishop.errors import NotFound, OmnishopError, Rejected, Transient, WireError
from omnishop.flow import Page
from omnishop.model import Case, Record, Review, Text, Unreadable
from omnishop.ports import Stream, Window
from omnishop.store import CaseKey, Cursor, Saved, Store, StoredShop
from omnishop.store.connection import of_shop
from omnishop.store.moments import moment
from omnishop.store.parcels import ReturnParcel
from omnishop.store.records import Held, Id

_TRIES = 3
"""How often a window is read before it is read in halves."""

_HALVINGS = 4
"""How often a window that does not hold is halved in one pull."""

_NARROW = timedelta(seconds=4)
"""Its halves, which share a second, would be hardly shorter."""

_AT_ONCE = 1000
"""Records of one transaction, as far as they cost nobody a call of their own."""


@frozen
class _Brought:
    """What one page brought: snapshots to keep, and what could not be read."""

    snapshots: Sequence[tuple[Id, Held]]
    unreadable: Sequence[Unreadable]
    settled: int = 0  # records whose detail is already kept for just this state
    returned: Sequence[ReturnParcel] = ()
    dear: bool = False  # details were asked for, each by a call


class Listing:
    """Reads one list: its live lane to now, its backfill window by window. Keeps its counts between the two.

    `doubted`: a window's proof did not hold. `met`: the ids an open list named.
    """

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
        self.shop = shop
        self.doubted = False
        self.error: OmnishopError | None = None
        self.met: set[Id] = set()
        self.stream = self._stream = stream
        self._store = store
        self._stored = stored
        self._now = now
        self._tell = tell
        self._platform = shop.account.platform
        self._shop_id = shop.account.shop_id or ""
        self._mark_name = _mark_name(stream, shop.streams())
        self._saved = Saved()
        self._quarantined = 0
        self._short = False
        self._done = self._planned = self._behind = 0
        self._owed: dict[Id, datetime] = {}
        self._waiting: list[_Brought] = []
        cursor = store.cursors.get(stored.row, stream.name)
        self._held = _range(cursor)
        self._proof, self._goal, self._true_at = cursor.proof, cursor.goal, cursor.true_at

    # ------------------------------------------------------------ the lanes

    def live(self, since: datetime | None) -> None:
        """To now. Never raises an OmnishopError: it stands in the report."""
        if self._stream.clock == "open":  # lists what is open now, however old
            self._planned = 1
            self._caught(lambda: self._open(Window(self._now - self._stream.reach, self._now)))
            return
        planned = self._plan(since)
        self._short = planned.short
        if planned.goal != self._goal:
            self._goal = planned.goal
            self._store.cursors.wants(self._stored.row, self._stream.name, planned.goal)
        live = len(planned.closing) + len(planned.fresh)
        after = planned.closing[0] if self._held is None and planned.closing else self._held
        self._planned = live + len(self._older(after))
        self._caught(lambda: self._to_now(planned))

    def backfill(self) -> bool:
        """One window further back. False: there was none to read, or it could not be."""
        if self.error is not None and not self.doubted:
            return False
        windows = self._older(self._held)
        if not windows or self._stream.clock == "open":
            return False
        self._planned = max(self._planned, self._done + len(windows))
        window, windows = windows[0], ()  # a long history has many, and one is read
        return self._caught(lambda: self._closed(window, forward=False))

    def report(self) -> StreamReport:
        stream, held = self._stream, self._held
        left = 0 if stream.clock == "open" else len(self._older(held))
        return StreamReport(
            stream.name,
            stream.record,
            self._saved,
            self._quarantined,
            held,
            self._short,
            self.error,
            self._proof,
            self._true_at,
            left,
        )

    def _caught(self, step: Callable[[], None]) -> bool:
        try:
            step()
        except OmnishopError as problem:
            self.error = self.error or problem
            news.hindered(self._stored, problem, self._stream)
            return False
        return True

    def _plan(self, since: datetime | None) -> Plan:
        stream = self._stream
        return plan(
            self._now,
            self._held,
            span=stream.span,
            reach=stream.reach,
            since=since,
            goal=self._goal,
            overlap=ECHO if stream.clock == "created" else OVERLAP,
            ahead=AHEAD if self._stored.simulated else timedelta(),
        )

    def _older(self, held: Window | None) -> tuple[Window, ...]:
        if self._goal is None:
            return ()
        return older(self._now, held, self._goal, span=self._stream.span, reach=self._stream.reach)

    def _to_now(self, planned: Plan) -> None:
        for window in planned.closing:
            self._closed(window, forward=True)
        for window in planned.fresh:
            self._done += 1
            self._read(window, lambda _window, _proof: None, forward=True, closing=False)
        self._settle_owed()
        self._true()

    def _open(self, window: Window) -> None:
        self._done += 1
        self._read(window, self._listed, forward=True, closing=False)
        self._true()

    def _closed(self, window: Window, *, forward: bool) -> None:
        self._done += 1
        self._read(window, self._advance, forward=forward)
        if not forward:
            self._settle_owed()

    def _true(self) -> None:
        self._true_at = self._now
        self._store.cursors.true(self._stored.row, self._stream.name, self._now)

    # ------------------------------------------------------------ one window

    def _read(
        self,
        window: Window,
        close: Callable[[Window, Proof], None],
        *,
        forward: bool,
        halvings: int = 0,
        closing: bool = True,
    ) -> set[Id]:
        """Read until a proof holds; else in halves, as what is small moves less. Raises what is left in doubt.

        `closing`: it will not be read again, so its details must be as new as its rows.
        The ids that were proved; none where there are too many to be held at once.
        """
        ever: set[Id] = set()
        why = Text("", "")
        for _ in range(_TRIES):
            reading = Reading(self._stream)
            with news.window(self._stored, self._stream, window) as told:
                verdict = self._tried(reading, window, closing=closing)
                told.set(answer=verdict.answer if isinstance(verdict, Proof) else "unproved")
            if isinstance(verdict, Proof):
                news.read(self._stored, self._stream, verdict.answer)
                self._owed.update(dict.fromkeys(ever - reading.ids, window.end))
                if self._stream.clock == "open":
                    self.met = reading.ids
                close(window, verdict)
                return reading.ids
            why = verdict.why
            if isinstance(verdict, TooMany):
                halvings -= 1
                break
            ever |= reading.ids
        if self._stream.clock == "open" or halvings >= _HALVINGS or window.end - window.start <= _NARROW:
            raise self._doubt(window, why)
        middle = window.start + (window.end - window.start) / 2
        middle = middle.replace(microsecond=0)
        halves = (Window(window.start, middle + SEAM), Window(middle, window.end))
        proved: set[Id] = set()
        for half in halves if forward else reversed(halves):
            found = self._read(half, close, forward=forward, halvings=halvings + 1, closing=closing)
            if ever:
                proved |= found
        self._owed.update(dict.fromkeys(ever - proved, window.end))
        return proved

    def _tried(self, reading: Reading, window: Window, *, closing: bool) -> Verdict:
        self._behind = 0
        try:
            for page in self.shop.pages(self._stream, window):
                whole = self._page(page)
                if (many := reading.page(whole)) is not None:
                    return many
                self._report()
        finally:
            self._commit()  # however it ended: what came is kept
        self._report()
        if reading.wants_boundary:
            reading.boundary(next(iter(self.shop.pages(self._stream, window))))
        return reading.judge(self._behind if closing else 0)

    def _advance(self, read: Window, proof: Proof) -> None:
        """The cursor moves only here: after the whole window was read, proved and committed."""
        held = settled(self._held, read, self._now)
        if held is not None:
            self._keep(held, proof)

    def _listed(self, read: Window, proof: Proof) -> None:
        self._keep(read, proof)

    def _keep(self, held: Window, proof: Proof) -> None:
        self._held = held
        weakest = "bounded" if "bounded" in {self._proof, proof.answer} else proof.answer
        self._proof = weakest
        self._store.cursors.proved(self._stored.row, self._stream.name, held.start, held.end, weakest)

    def _doubt(self, window: Window, why: Text) -> OmnishopError:
        self.doubted = True
        reason = f"{window.start.isoformat()} to {window.end.isoformat()}: {why.en}"
        self._store.cursors.doubt(self._stored.row, self._stream.name, reason)
        news.unproved(self._stored, self._stream, window)
        name = self._stream.name
        return Transient(
            f"{name}: {why.en}; a window was read {_TRIES} times and in parts and cannot be told to be whole; what "
            "came is kept, the window stays open: pull again",
            zh=f"{name}: {why.zh}; 多次并分段读取后仍无法确认完整; 已保存所得, 该时间段未完成, 请稍后再次同步",
            platform=self._platform,
            shop=self._stored.name,
        )

    def _settle_owed(self) -> None:
        """What a try met and the proof did not has left its window: it must have turned up later, or is asked for."""
        for key, end in list(self._owed.items()):
            held = self._store.records.held(self._stream.record, self._platform, self._shop_id, [key])
            if key not in held or held[key].at > moment(end) or self._stream.record == "review":
                continue
            if held[key].at > moment(end - self._stream.span):
                by_id(self._store, self.shop, self._stream.record, key, self._now)
        self._owed.clear()

    def _report(self) -> None:
        if self._tell is not None:
            name, record = self._stream.name, self._stream.record
            counts = (self._done, max(self._planned, self._done), self._saved, self._quarantined)
            self._tell(Progress(self._stored.name, name, record, *counts))

    # ------------------------------------------------------------ one page

    def _page(self, page: Page) -> Page:
        """To be kept, and as it counts: what does not tell the time it was asked by is no member to be shown."""
        page = self._timed(page)
        with news.page(self._stored, self._stream, len(page.items)):
            brought = self._brought(page)
        self._waiting.append(brought)
        many = sum(len(each.snapshots) for each in self._waiting)
        if (
            brought.dear or brought.unreadable or many >= _AT_ONCE
        ):  # a record is not judged by an earlier page
            self._commit()
        return page

    def _commit(self) -> None:
        """All that waits, in one transaction; its window is open still, so that what is lost is read again."""
        waiting, self._waiting = self._waiting, []
        if not any(each.snapshots or each.unreadable or each.returned for each in waiting):
            self._saved += Saved(unchanged=sum(brought.settled for brought in waiting))
            return
        store, record = self._store, self._stream.record
        fresh = one_each(each for brought in waiting for each in brought.snapshots)
        unreadable = [bad for brought in waiting for bad in brought.unreadable]
        good = fresh.keys() - {(bad.source, bad.record_id) for bad in unreadable}
        with store.writing(durable=False, alone=of_shop(self._platform, self._shop_id)) as connection:
            saved = put(store, connection, record, self._platform, self._shop_id, fresh)
            store.parcels.put(connection, [each for brought in waiting for each in brought.returned])
            store.quarantine.release(connection, self._platform, self._shop_id, good)
            store.quarantine.add(connection, self._shop_id, self._stream.name, unreadable, self._now)
        self._saved += saved + Saved(unchanged=sum(brought.settled for brought in waiting))
        self._quarantined += len(unreadable)
        by, bad = self._stream.name, len(unreadable)
        news.kept(self._platform, self._stored.name, record, saved, by=by, quarantined=bad)

    def _timed(self, page: Page) -> Page:
        if self._stream.clock != "changed" or self._stream.best == "bounded" or page.bounded is not None:
            return page
        bad = tuple(_untimed(each) for each in page.items if each.changed_at is None)
        if not bad:
            return page
        good = tuple(each for each in page.items if each.changed_at is not None)
        return evolve(page, items=good, unreadable=(*page.unreadable, *bad))

    def _brought(self, page: Page) -> _Brought:
        """The page's records as snapshots, each completed where its list says too little."""
        own: list[Record] = []
        unreadable = list(page.unreadable)
        for item in page.items:
            record = self.shop.account.owned(item)
            if record.shop_id != self._shop_id:
                unreadable.append(_foreign(record))
            elif "\x00" in id_of(record)[1]:
                unreadable.append(_nul(record))
            else:
                own.append(record)
        if self._stream.complete is None:
            snapshots = [(id_of(record), snapshot(record, self._now, self._stream.name)) for record in own]
            return _Brought(snapshots, unreadable, returned=self._returned(own))
        ids = [id_of(record) for record in own]
        held = self._store.records.held(self._stream.record, self._platform, self._shop_id, ids)
        snapshots, met = [], list(own)
        for key, record in zip(ids, own, strict=True):
            mark = _mark(record)
            known = held.get(key)
            if known is None or known.marks.get(self._mark_name) != mark:
                whole = self._complete(self._stream.complete, record, mark, unreadable, met)
                snapshots.append((key, whole))
        settled = len(own) - len(snapshots)
        return _Brought(snapshots, unreadable, settled, self._returned(met), dear=bool(snapshots))

    def _returned(self, met: Iterable[Record]) -> tuple[ReturnParcel, ...]:
        """Parcels that came back, by what the rows and their details tell."""
        adapter = self.shop.adapter
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
            whole = self.shop.run(complete(self.shop.account, record))
        except (NotFound, Rejected):
            return snapshot(record, self._now, self._stream.name)
        except WireError as error:
            source, record_id = id_of(record)
            whole = Unreadable(self._platform, source, f"detail: {error.en}", record_id, record.raw)
        if isinstance(whole, Unreadable):
            unreadable.append(whole)
            return snapshot(record, self._now, self._stream.name)
        whole = self.shop.account.owned(whole)
        if isinstance(whole, Case) and isinstance(record, Case) and whole.changed_at is None:
            whole = evolve(whole, changed_at=record.changed_at)  # the list told it
        met.append(whole)
        if _older(
            whole, record
        ):  # a copy that lags behind its list: asked for again when the list is read again
            self._behind += 1
            return snapshot(whole, self._now, self._stream.name)
        return evolve(snapshot(whole, self._now, self._stream.name), marks={self._mark_name: mark})


def _range(cursor: Cursor) -> Window | None:
    if cursor.since is None or cursor.until is None:
        return None
    return Window(cursor.since, cursor.until)


def _older(whole: Record, row: Record) -> bool:
    told, listed = (None if isinstance(each, Review) else each.changed_at for each in (whole, row))
    return told is not None and listed is not None and told < listed


def _foreign(record: Record) -> Unreadable:
    source, record_id = id_of(record)
    error = "shop_id: the record belongs to another shop than the one that was asked"
    return Unreadable(record.platform, source, error, record_id, record.raw)


def _untimed(record: Record) -> Unreadable:
    source, record_id = id_of(record)
    return Unreadable(record.platform, source, "changed_at: missing", record_id, record.raw)


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
