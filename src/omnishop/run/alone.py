"""One machine: a loop over what is due in the store, a few threads that do it, and nothing else to start."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial

from attrs import define

from omnishop import clock
from omnishop.engine.following import Following, empty_queues
from omnishop.engine.inbox import InboxWorker
from omnishop.engine.stopping import Stopped
from omnishop.run import shops
from omnishop.run.chores import CHORES, Chore, rules_changed
from omnishop.run.crew import Crew
from omnishop.run.did import Did, Job
from omnishop.run.only_one import only_one
from omnishop.run.telling import tell, tell_bug
from omnishop.run.work import Work
from omnishop.store.rounds import Due, Lane

THREADS = 4
GRACE_S = 20.0
"""How long a stop waits for the calls under way; what they would have brought is read again."""

_TICK_S = 1.0
_SHOPS_S = 5.0
_LONGEST_S = 60.0
_BROKEN_S = 60.0
"""A shop whose step failed by an error that is none of ours is left alone for so long."""


@define
class _Turn:
    """When a chore comes next, by the process's own seconds, and how often it has failed in a row."""

    at: float = 0.0
    failures: int = 0
    busy: bool = False


class Alone:
    """`run` until `stop`; or `once`. `only`: these shops, by their rows.

    `told` hears of every step, in the thread that did it. `following` None: nobody looks at queues and inbox here.
    """

    def __init__(
        self,
        work: Work,
        *,
        threads: int = THREADS,
        only: Collection[int] | None = None,
        following: Following | None = None,
        told: Callable[[Did], None] = tell,
    ) -> None:
        self._work = work
        self._only = only
        self._following = following
        self._told = told
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._busy: dict[int, bool] = {}  # by the shop's row; true: what may take long
        self._put_off: dict[int, float] = {}
        self._turns = {chore.job: _Turn() for chore in CHORES}
        self._looked = float("-inf")
        self._shops = Crew("shops", threads, self._wake.set)
        self._chores = Crew("chores", len(CHORES), self._wake.set)
        self.hindered = 0
        """Steps that met an error."""

    def stop(self) -> None:
        """From any thread, or a signal: after the calls under way."""
        self._work.stopping.set()
        self._wake.set()

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """ConfigError: another one works on this file."""
        work, failures = self._work, 0
        with only_one(work.store.home.database, work.now()):
            rules_changed(work)
            ready()
            if self._following is not None:
                self._following.begin()
            while not work.stopping.is_set():
                self._wake.clear()
                wait = _TICK_S
                try:
                    self._deal()
                    failures = 0
                except Exception as problem:  # noqa: BLE001 - the store may be away for a while
                    failures += 1
                    wait = min(_TICK_S * (1 << min(failures, 10)), _LONGEST_S)
                    tell_bug(problem, "dealing")
                self._wake.wait(wait)
            self._end()

    def once(self) -> None:
        """The news of every shop and its history to the end; the queues, the inbox; and what is due after that."""
        work = self._work
        with only_one(work.store.home.database, work.now()):
            rules_changed(work)
            work.store.rounds.join(work.now(), work.compared_every)
            rows = [
                each.shop for each in work.store.rounds.all() if self._only is None or each.shop in self._only
            ]
            for row in rows:
                self._shops.give(partial(self._guarded, "shop", partial(self._whole, row)))
            while self._shops.free < self._shops.size:
                self._wake.clear()
                self._wake.wait(_TICK_S)
            self._guarded("messages", self._messages)
            for chore in CHORES:
                self._guarded(chore.job, partial(self._to_its_end, chore))
            self._end()

    def _end(self) -> None:
        self._work.stopping.set()
        if self._following is not None:
            self._following.end()
        for crew in (self._shops, self._chores):
            crew.end(GRACE_S)

    # ------------------------------------------------------------ dealing out

    def _deal(self) -> None:
        seconds = clock.monotonic()
        if seconds - self._looked >= _SHOPS_S:
            self._looked = seconds
            self._work.look_round()
        self._deal_shops(seconds)
        for chore in CHORES:
            turn = self._turns[chore.job]
            if not turn.busy and turn.at <= seconds:
                turn.busy = True
                self._chores.give(partial(self._chore, chore, turn))

    def _deal_shops(self, seconds: float) -> None:
        """News first; of what may take long, one less than there are threads, so that news need not wait for it."""
        free, now = self._shops.free, self._work.now()
        if free <= 0:
            return
        with self._lock:
            self._put_off = {row: until for row, until in self._put_off.items() if until > seconds}
            but, long = {*self._busy, *self._put_off}, sum(self._busy.values())
        for each in self._work.store.rounds.due(now, free, only=self._only, but=but):
            slow = each.lane is not Lane.NEWS
            if slow and long >= max(1, self._shops.size - 1):
                continue
            long += slow
            with self._lock:
                self._busy[each.shop] = slow
            self._shops.give(partial(self._shop, each))

    # ------------------------------------------------------------ in the threads

    def _shop(self, due: Due) -> None:
        if not self._guarded(due.lane, lambda: self._tell(shops.step(self._work, due.shop, due.lane))):
            with self._lock:
                self._put_off[due.shop] = clock.monotonic() + _BROKEN_S
        with self._lock:
            del self._busy[due.shop]

    def _chore(self, chore: Chore, turn: _Turn) -> None:
        again = chore.every_s

        def do() -> None:
            nonlocal again
            did = chore.do(self._work)
            self._tell(did)
            bad = did is not None and did.error is not None and not did.count
            turn.failures = turn.failures + 1 if bad else 0
            if did is not None and did.again is not None:
                again = 0.0

        if not self._guarded(chore.job, do):
            turn.failures += 1
        if turn.failures:
            again = max(again, min(float(1 << min(turn.failures, 10)), _LONGEST_S))
        turn.at = clock.monotonic() + again
        turn.busy = False

    def _whole(self, row: int) -> None:
        stored, before = self._work.store.shops.at(row), self._work.store.rounds.get(row)
        if stored is None or before is None:
            return
        did = shops.news(self._work, stored, before)
        self._tell(did)
        while (
            did.error is None and (left := self._work.store.rounds.get(row)) and left.backfill_at is not None
        ):
            did = shops.history(self._work, stored)
            self._tell(did)

    def _messages(self) -> None:
        work = self._work
        for problem in empty_queues(work.store, work.opened, work.stopping):
            self._tell(Did(Job.MESSAGES, error=problem))
        with InboxWorker(work.store, present=work.present, opened=work.opened) as worker:
            while (worked := worker.step(clock.now())).taken:
                self._tell(Did(Job.MESSAGES, saved=worked.saved, count=worked.taken))

    def _to_its_end(self, chore: Chore) -> None:
        did = chore.do(self._work)
        self._tell(did)
        while did is not None and did.again is not None:
            did = chore.do(self._work)
            self._tell(did)

    def _tell(self, did: Did | None) -> None:
        if did is not None:
            self.hindered += did.error is not None
            self._told(did)

    def _guarded(self, job: str, do: Callable[[], None]) -> bool:
        """Whether it went well; an error of ours ends nothing else."""
        try:
            with suppress(Stopped):
                do()
        except Exception as problem:  # noqa: BLE001 - one bad step must not end the others
            self.hindered += 1
            tell_bug(problem, job)
            return False
        return True
