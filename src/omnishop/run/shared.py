"""Many machines: workers on one PostgreSQL database, the work dealt out among them by procrastinate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from procrastinate import App, PsycopgConnector

from omnishop import telemetry
from omnishop.run import chores, jobs_schema
from omnishop.run.did import Did
from omnishop.run.jobs import KINDS, QUEUES, Jobs
from omnishop.run.telling import tell, tell_bug
from omnishop.run.work import Work

GRACE_S = 20.0
STALLED_S = 30.0
"""A worker that has not been heard of for so long is taken for dead; it says that it lives three times as often."""

_POLL_S = 1.0
_LONGEST_S = 30.0
_QUEUES = 8
"""Apps whose message queues are followed at a time, beside the other jobs: most of that is waiting."""

_log = telemetry.logger("run")


class Shared:
    """`run` until `stop`. `kinds`: the queues this worker takes from; None: all. `size`: jobs at a time.

    `something` may be called from any thread when a message has come into the inbox.
    """

    def __init__(
        self,
        work: Work,
        *,
        size: int,
        kinds: Sequence[str] | None = None,
        stalled_s: float = STALLED_S,
        told: Callable[[Did], None] = tell,
    ) -> None:
        self._work = work
        self._size = size
        self._kinds = list(kinds or KINDS)
        self._stalled_s = stalled_s
        self._told = told
        self._first = True
        self._jobs: Jobs | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        jobs_schema.prepare(self._work.store.engine)
        chores.rules_changed(self._work)
        asyncio.run(self._until_stopped(ready))

    def stop(self) -> None:
        """From any thread, or a signal: after the calls under way."""
        self._work.stopping.set()
        if self._jobs is not None:
            self._jobs.stop()
        if self._loop is not None and self._ending is not None:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._ending.set)

    def something(self) -> None:
        if self._jobs is not None:
            self._jobs.something()

    async def _until_stopped(self, ready: Callable[[], None]) -> None:
        """The database may go away for a while: then the worker ends, and another one begins."""
        self._loop, self._ending = asyncio.get_running_loop(), (asked := asyncio.Event())
        self._loop.set_default_executor(ThreadPoolExecutor(_QUEUES, thread_name_prefix="queue"))
        failures, wait = 0, 0.0
        crew = ThreadPoolExecutor(self._size + 2, thread_name_prefix="job")
        try:
            while not self._work.stopping.is_set():
                try:
                    await self._one_life(crew, asked, ready)
                    failures = 0
                except Exception as problem:  # noqa: BLE001 - whatever it is, it may be over in a while
                    failures += 1
                    tell_bug(problem, "worker")
                if self._work.stopping.is_set():
                    return
                wait = min(float(1 << min(failures, 5)), _LONGEST_S)
                _log.warning("worker begins again", seconds=wait)
                with suppress(TimeoutError):
                    await asyncio.wait_for(asked.wait(), wait)
        finally:
            crew.shutdown(wait=False, cancel_futures=True)

    async def _one_life(
        self, crew: ThreadPoolExecutor, asked: asyncio.Event, ready: Callable[[], None]
    ) -> None:
        app = App(connector=_connector(self._work.store.home.database, self._size))
        async with app.open_async():
            self._jobs = Jobs(app, self._work, crew, self._told, self._stalled_s)
            hurry = asyncio.create_task(self._jobs.hurry())
            shares = [([each for each in self._kinds if each != QUEUES], self._size), ([QUEUES], _QUEUES)]
            workers = [
                asyncio.create_task(self._worker(app, kinds, size))
                for kinds, size in shares
                if set(kinds) & set(self._kinds)
            ]
            if self._first:
                self._first = False
                ready()
            ending = asyncio.create_task(asked.wait())
            try:
                await asyncio.wait({*workers, ending}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (hurry, ending, *workers):
                    task.cancel()
                ends = await asyncio.gather(hurry, ending, *workers, return_exceptions=True)
            for end in ends:
                if isinstance(end, Exception):
                    raise end

    async def _worker(self, app: App, kinds: list[str], size: int) -> None:
        """Cancelled, it lets the jobs under way end first."""
        await app.run_worker_async(
            queues=kinds,
            concurrency=size,
            fetch_job_polling_interval=_POLL_S,
            shutdown_graceful_timeout=GRACE_S,
            delete_jobs="always",
            install_signal_handlers=False,
            update_heartbeat_interval=self._stalled_s / 3,
            stalled_worker_timeout=self._stalled_s,
        )


def _connector(database: str, size: int) -> PsycopgConnector:
    """Its own few connections; the work itself is done over ours."""
    scheme, _, rest = database.partition("://")
    address = f"{scheme.partition('+')[0]}://{rest}"
    about = {"application_name": "omnishop jobs"}
    return PsycopgConnector(conninfo=address, kwargs=about, min_size=1, max_size=min(4 + size // 4, 10))
