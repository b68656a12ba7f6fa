"""The steps as jobs of procrastinate: dealt out, locked, tried again and taken over from dead workers by it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

from procrastinate import App, RetryStrategy
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from procrastinate.jobs import Job as Queued
from procrastinate.jobs import Status
from procrastinate.tasks import Task

from omnishop import clock, registry
from omnishop.engine.following import ask_queue
from omnishop.engine.inbox import InboxWorker, of_channels
from omnishop.engine.stopping import Stopped
from omnishop.run import chores, shops
from omnishop.run.did import Did, Job
from omnishop.run.doubts import next_at, resolve_due
from omnishop.run.telling import tell_bug
from omnishop.run.tidying import tidy
from omnishop.run.work import Work
from omnishop.store.rounds import Due, Lane

HANDED = timedelta(minutes=5)
"""A shop that was dealt out and whose job got lost on the way is dealt out again after this."""

BACKLOG = 2000
"""Jobs of shops that may wait to be fetched; the others wait in the store, where waiting costs nothing."""

PARTS, LANES = 8, 4
"""How many jobs may judge, and how many may work off messages, side by side."""

JOB_S, HISTORY_S, QUEUE_S, IDLE_S = 20.0, 5.0, 600.0, 1.0
"""So long a job goes on while there is more to do; one that reads a shop's history; one that follows an app's message
queue; its pause when that is empty."""

URGENT = 20
PRIORITY = {Lane.NEWS: 0, Lane.COMPARISON: -10, Lane.HISTORY: -10}
"""Messages and doubts, the news of shops, what may take long."""

QUEUES = "queues"
KINDS = ("dealing", "shops", "judging", "messages", QUEUES, "doubts")
"""The queues: a worker takes from all, or from those it is told."""

BROKEN = timedelta(minutes=1)
"""A shop whose step failed by an error that is none of ours is left alone for so long."""

_ALONE_UP_TO, _TOGETHER = 50, 10
_A_LANE = 500
"""Messages that are worth a lane."""

_AGAIN = RetryStrategy(max_attempts=5, exponential_wait=2)

T = TypeVar("T")


class Jobs:
    """`told` hears of every step, in the thread that did it; `crew` are the threads that do the work."""

    def __init__(
        self, app: App, work: Work, crew: Executor, told: Callable[[Did], None], stalled_s: float
    ) -> None:
        self._app = app
        self._work = work
        self._crew = crew
        self._told = told
        self._stalled_s = stalled_s
        self._asking: set[threading.Event] = set()
        self._something = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._looked: dict[str, float] = {}
        self._declare()

    def _declare(self) -> None:
        """Names, queues and cron lines (with seconds, in the sixth place) as the database will hold them."""
        task, every = self._app.task, self._app.periodic
        deal = task(name="omnishop.deal", queue="dealing", queueing_lock="deal", priority=2 * URGENT)
        every(cron="* * * * * *")(deal(self.deal))
        take_over = task(name="omnishop.take_over", queue="dealing", priority=2 * URGENT)
        every(cron="* * * * * */5")(take_over(self.take_over))
        clear = task(name="omnishop.tidy", queue="dealing", queueing_lock="tidy", lock="tidy")
        every(cron="17 * * * *")(clear(self.tidy))
        self._shops = task(name="omnishop.shops", queue="shops", retry=_AGAIN)(self.shops)
        self._judge = task(name="omnishop.judge", queue="judging")(self.judge)
        self._messages = task(name="omnishop.messages", queue="messages", priority=URGENT)(self.messages)
        self._queue = task(name="omnishop.queue", queue=QUEUES, priority=URGENT)(self.queue)
        self._doubts = task(name="omnishop.doubts", queue="doubts", priority=URGENT)(self.doubts)

    async def _in_thread(self, do: Callable[[], T]) -> T:
        return await self._loop.run_in_executor(self._crew, do)

    # ------------------------------------------------------------ dealing out

    async def deal(self, timestamp: int) -> None:
        """Every second, by one worker: what is due becomes jobs. `timestamp` is the second it was meant for."""
        room = BACKLOG - await self._waiting("shops")
        if room > 0:
            await self._app.job_manager.batch_defer_jobs_async(
                await self._in_thread(lambda: self._due_shops(room))
            )
        for part in sorted(await self._in_thread(lambda: chores.due_parts(self._work, PARTS))):
            await self._once(self._judge, f"judge:{part}", part=part)
        for lane in range(await self._in_thread(self._lanes)):
            await self._once(self._messages, f"messages:{lane}", lane=lane)
        if self._is_time("slowly", 5.0):
            for row in await self._in_thread(self._queues):
                await self._once(self._queue, f"queue:{row}", row=row)
            due = await self._in_thread(lambda: next_at(self._work))
            if due is not None and due <= self._work.now():
                await self._once(self._doubts, "doubts")

    async def _waiting(self, queue: str) -> int:
        found = await self._app.job_manager.list_queues_async(queue=queue, status="todo")
        return sum(each.get("todo", 0) for each in found)

    def _due_shops(self, room: int) -> list[Queued]:
        work = self._work
        if self._is_time("shops", 5.0):
            work.look_round()
        now = work.now()
        return list(self._jobs_of(work.store.rounds.deal(now, now + HANDED, room)))

    def _jobs_of(self, due: list[Due]) -> Iterator[Queued]:
        """A job each while there are few; where many wait, some shops' news share one, as a job costs as much as a
        round in which nothing is new."""
        news = [each.shop for each in due if each.lane is Lane.NEWS]
        size = min(1 + len(news) // _ALONE_UP_TO, _TOGETHER)
        lots = [(Lane.NEWS, news[start : start + size]) for start in range(0, len(news), size)]
        lots += [(each.lane, [each.shop]) for each in due if each.lane is not Lane.NEWS]
        for lane, rows in lots:
            lock = f"shop:{rows[0]}" if len(rows) == 1 else None
            yield self._shops.configure(lock=lock, priority=PRIORITY[lane]).make_new_job(
                rows=[*rows], lane=lane.value
            )

    def _lanes(self) -> int:
        """How many are worth their while for what is in the inbox."""
        waiting = self._work.store.inbox.due(self._work.now(), LANES * _A_LANE)
        return min(1 + waiting // _A_LANE, LANES) if waiting else 0

    def _queues(self) -> list[int]:
        return [
            each.row for each in of_channels(self._work.store, lambda name: registry.adapter(name).channel)
        ]

    def _is_time(self, name: str, every_s: float) -> bool:
        last, now = self._looked.get(name), clock.monotonic()
        if last is not None and now - last < every_s:
            return False
        self._looked[name] = now
        return True

    async def _once(self, task: Task[Any, Any, Any], name: str, **about: int) -> None:
        """One in work and one waiting at most."""
        with suppress(AlreadyEnqueued):
            await task.configure(lock=name, queueing_lock=name).defer_async(**about)

    # ------------------------------------------------------------ the jobs

    async def shops(self, rows: list[int], lane: str) -> None:
        """The news of some shops, one after the other; or of one shop as much of its history as fits into a job."""

        def work() -> None:
            end = clock.monotonic() + HISTORY_S
            for place, row in enumerate(rows):
                try:
                    self._shop(row, Lane(lane), end)
                except Stopped:
                    for left in rows[place:]:
                        self._work.store.rounds.due_now(left, Lane(lane), self._work.now())
                    return
                except Exception as problem:
                    if len(rows) == 1:
                        raise
                    tell_bug(problem, lane, row)
                    self._work.store.rounds.due_now(row, Lane(lane), self._work.now() + BROKEN)

        await self._in_thread(work)

    def _shop(self, row: int, lane: Lane, end: float) -> None:
        more = True
        while more:
            did = self._tell(shops.step(self._work, row, lane))
            more = did is not None and did.job is Job.HISTORY and bool(did.count) and not did.error
            more = more and clock.monotonic() < end

    async def judge(self, part: int) -> None:
        await self._in_thread(lambda: self._while_more(lambda: chores.judge_due(self._work, (part, PARTS))))

    async def doubts(self) -> None:
        await self._in_thread(lambda: self._while_more(lambda: resolve_due(self._work)))

    async def messages(self, lane: int) -> None:
        """What is due in the inbox. `lane` only tells jobs apart: each message is one worker's at a time."""

        def work() -> None:
            end, one = clock.monotonic() + JOB_S, self._work
            with (
                suppress(Stopped),
                InboxWorker(one.store, present=one.present, opened=one.opened) as worker,
            ):
                while clock.monotonic() < end:
                    worked = worker.step(self._work.now())
                    if not worked.taken:
                        break
                    self._tell(Did(Job.MESSAGES, saved=worked.saved, count=worked.taken))

        await self._in_thread(work)

    async def queue(self, row: int) -> None:
        """One app's message queue, for a while: then the next job goes on, wherever it runs."""
        stored = await self._in_thread(lambda: self._work.store.shops.at(row))
        if stored is None:
            return
        with self._until(QUEUE_S) as ended:
            store, opened = self._work.store, self._work.opened
            ask = partial(ask_queue, opened=opened, ended=ended, told=self.something, idle_s=IDLE_S)
            await asyncio.to_thread(ask, store, stored)

    async def take_over(self, timestamp: int) -> None:
        """Jobs of workers whose heart has stopped are there to be fetched again."""
        manager = self._app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=self._stalled_s):
            try:
                await manager.retry_job(job)
            except ConnectorException:  # the same waits to be fetched already
                await manager.finish_job(job, Status.FAILED, delete_job=True)

    async def tidy(self, timestamp: int) -> None:
        await self._in_thread(lambda: self._tell(tidy(self._work)))

    def _while_more(self, do: Callable[[], Did | None]) -> None:
        end = clock.monotonic() + JOB_S
        with suppress(Stopped):
            while (did := self._tell(do())) is not None and did.again is not None:
                if self._work.stopping.is_set() or clock.monotonic() > end:
                    return

    def _tell(self, did: Did | None) -> Did | None:
        if did is not None:
            self._told(did)
        return did

    # ------------------------------------------------------------ beside the jobs

    def something(self) -> None:
        """From any thread: something came into the inbox."""
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._something.set)

    async def hurry(self) -> None:
        """What came in need not wait for the next second."""
        while True:
            await self._something.wait()
            self._something.clear()
            with suppress(ConnectorException):
                await self._once(self._messages, "messages:0", lane=0)
            await clock.wait_async(0.05)

    def stop(self) -> None:
        self._work.stopping.set()
        for ended in list(self._asking):
            ended.set()

    @contextmanager
    def _until(self, seconds: float) -> Iterator[threading.Event]:
        ended = threading.Event()
        self._asking.add(ended)
        if self._work.stopping.is_set():
            ended.set()
        later = self._loop.call_later(seconds, ended.set)
        try:
            yield ended
        finally:
            later.cancel()
            self._asking.discard(ended)
