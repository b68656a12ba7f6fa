"""Everything that makes the store follow what platforms tell: a port, their queues, and who works it off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Self

import uvicorn

from omnishop import clock, registry, telemetry
from omnishop.client import Shop
from omnishop.engine.inbox import InboxWorker, Worked, drain, of_channels
from omnishop.engine.shops import open_shop
from omnishop.errors import ConfigError
from omnishop.listen.receiver import Receiver
from omnishop.ports import Channel
from omnishop.serving import Server, bind, url_of
from omnishop.store import Store, StoredShop

AT_ONCE = 256
"""Connections; with the limit of a body this bounds the memory they can take."""

KEEP = timedelta(days=7)
"""So long a message that was worked off is remembered: a copy of it that comes later is read once more."""

_READY_S, _LONGEST_S = 10.0, 60.0
_FORGET_S = 3600.0

_log = telemetry.logger("listen")


class Listener:
    """Bound from the start; works while `run` runs, or inside `with`. ConfigError when the port cannot be had.

    `idle_s`: how long the worker and the questions at an empty queue wait, unless something comes in before.
    """

    def __init__(
        self,
        store: Store,
        *,
        present: Callable[[StoredShop], datetime],
        opened: Callable[[Store, StoredShop], Shop] = open_shop,
        host: str = "127.0.0.1",
        port: int = 0,
        idle_s: float = 1.0,
    ) -> None:
        self._store = store
        self._opened = opened
        self._idle_s = idle_s
        self._ended = threading.Event()
        self._something = threading.Event()
        self._listening = threading.Event()
        self._announce: Callable[[], None] = lambda: None
        self._socket = bind(host, port)
        self.url = url_of(self._socket)
        self.receiver = Receiver(store, told=self._something.set)
        self.worked = Worked()
        self._worker = InboxWorker(store, present=present, opened=opened)
        self._server = Server(_config(self.receiver), self._ready)
        self._threads: list[threading.Thread] = []

    def _ready(self) -> None:
        self._listening.set()
        self._announce()

    def hooks(self) -> dict[str, str]:
        """The address to give to each platform that calls, as this machine reaches it."""
        platforms = {stored.platform for stored in self._store.shops.list()}
        return {name: f"{self.url}/push/{name}" for name in sorted(platforms) if registry.adapter(name).hook}

    def channels(self) -> list[StoredShop]:
        """The shops in whose apps' names queues are asked."""
        return of_channels(self._store, _channel)

    def run(self, announce: Callable[[], None] = lambda: None) -> None:
        """Until SIGTERM or SIGINT, or the end of `with`: what was taken up is ended first."""
        self._announce = announce
        self._begin()
        try:
            asyncio.run(self._server.serve(sockets=[self._socket]))
        finally:
            self._end()

    def _begin(self) -> None:
        self._threads = [threading.Thread(target=self._work, name="worker", daemon=True)]
        self._threads += [
            threading.Thread(target=self._ask, args=(stored,), name=f"queue {stored.name}", daemon=True)
            for stored in self.channels()
        ]
        for thread in self._threads:
            thread.start()

    def _end(self) -> None:
        self._ended.set()
        self._something.set()
        for thread in self._threads:
            thread.join(_READY_S)
        self._worker.close()

    def __enter__(self) -> Self:
        self._serving = threading.Thread(target=self.run, daemon=True)
        self._serving.start()
        if not self._listening.wait(_READY_S):
            raise ConfigError("the receiver did not start", zh="推送接收服务未能启动")
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.should_exit = True
        self._serving.join(2 * _READY_S)

    def _work(self) -> None:
        failures, forgotten = 0, clock.monotonic()
        while not self._ended.is_set():
            self._something.clear()
            try:
                step = self._worker.step(clock.now())
                self.worked += step
                failures = 0
                if clock.monotonic() - forgotten > _FORGET_S:
                    forgotten = clock.monotonic()
                    self._store.inbox.forget(clock.now() - KEEP)
            except Exception as problem:  # noqa: BLE001 - one bad step must not end the work
                failures += 1
                _log.error("inbox not worked off", **_named(problem))
                self._ended.wait(_pause(self._idle_s, failures))
                continue
            if not step.taken:
                self._something.wait(self._idle_s)

    def _ask(self, stored: StoredShop) -> None:
        """One app's queue, again and again; an error of it stops nothing else."""
        channel = _channel(stored.platform)
        if channel is None:
            return
        failures = 0
        least = channel.pause / timedelta(seconds=1)
        while not self._ended.is_set():
            try:
                with self._opened(self._store, stored) as shop:
                    while not self._ended.is_set():
                        came = drain(self._store, shop, channel, clock.now())
                        failures = 0
                        if came:
                            self._something.set()
                        else:
                            self._ended.wait(max(self._idle_s, least))
            except Exception as problem:  # noqa: BLE001 - as above
                failures += 1
                _log.warning("queue not asked", platform=stored.platform, shop=stored.name, **_named(problem))
                self._ended.wait(max(_pause(self._idle_s, failures), least))


def _pause(first_s: float, failures: int) -> float:
    return min(first_s * float(1 << min(failures, 10)), _LONGEST_S)


def _named(problem: Exception) -> dict[str, str | None]:
    """Its kind, and the platform's code: its words may be a platform's, which may say anything."""
    return {"error": type(problem).__name__, "code": getattr(problem, "code", None)}


def _channel(platform: str) -> Channel | None:
    return registry.adapter(platform).channel


def _config(receiver: Receiver) -> uvicorn.Config:
    return uvicorn.Config(
        receiver,
        loop="asyncio",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=AT_ONCE,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )
