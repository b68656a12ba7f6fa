"""What makes the store follow what platforms told: their queues are asked, what came in is worked off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Self

from omnishop import clock, registry, telemetry
from omnishop.client import Shop
from omnishop.engine.handed import PATIENCE_S, Handed, handed, named
from omnishop.engine.inbox import InboxWorker, Worked, drain, of_channels
from omnishop.engine.shops import open_among_others
from omnishop.engine.stopping import Stopped
from omnishop.errors import OmnishopError
from omnishop.ports import Channel
from omnishop.store import Store, StoredShop

KEEP = timedelta(days=7)
"""So long a message that was worked off is remembered: a copy of it that comes later is read once more."""

_END_S, _LONGEST_S = 10.0, 60.0
_FORGET_S = 3600.0

_log = telemetry.logger("inbox")


class Following:
    """Threads between `begin` and `end`, or inside `with`: one that works messages off, one for each queue.

    `idle_s`: how long they wait when nothing is there, unless `told` says that something came in. `again_s`: the
    first pause between two connections of a queue that is handed to us, in place of the platform's; `patience_s`:
    for so long such a queue is not asked in place of its socket.
    """

    def __init__(
        self,
        store: Store,
        *,
        present: Callable[[StoredShop], datetime],
        opened: Callable[[Store, StoredShop], Shop] = open_among_others,
        idle_s: float = 1.0,
        queues: bool = True,
        again_s: float | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._store = store
        self._opened = opened
        self._idle_s = idle_s
        self._queues = queues
        self._again_s = again_s
        self._patience_s = patience_s
        self._ended = threading.Event()
        self._something = threading.Event()
        self._threads: list[threading.Thread] = []
        self._worker = InboxWorker(store, present=present, opened=opened)
        self.worked = Worked()

    def told(self) -> None:
        """Something new is in the inbox."""
        self._something.set()

    def channels(self) -> list[StoredShop]:
        """The shops in whose apps' names queues are asked, or handed to us."""
        return of_channels(self._store, _channel) if self._queues else []

    def handed(self) -> list[StoredShop]:
        """Those of them whose queues are handed to us. ConfigError for a setting that says neither."""
        return [
            shop for shop in self.channels() if (found := _channel(shop.platform)) and handed(found, shop)
        ]

    def begin(self) -> None:
        self._threads = [threading.Thread(target=self._work, name="worker", daemon=True)]
        self._threads += [
            threading.Thread(target=self._ask, args=(stored,), name=f"queue {stored.name}", daemon=True)
            for stored in self.channels()
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """What was taken up is ended first."""
        self._ended.set()
        self._something.set()
        for thread in self._threads:
            thread.join(_END_S)
        self._worker.close()

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(self, *exc: object) -> None:
        self.end()

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
            except Stopped:
                return
            except Exception as problem:  # noqa: BLE001 - one bad step must not end the work
                failures += 1
                _log.error("inbox not worked off", **named(problem))
                self._ended.wait(_pause(self._idle_s, failures))
                continue
            if not step.taken:
                self._something.wait(self._idle_s)

    def _ask(self, stored: StoredShop) -> None:
        ask_queue(
            self._store,
            stored,
            opened=self._opened,
            ended=self._ended,
            told=self.told,
            idle_s=self._idle_s,
            again_s=self._again_s,
            patience_s=self._patience_s,
        )


def empty_queues(
    store: Store, opened: Callable[[Store, StoredShop], Shop], ended: threading.Event
) -> list[OmnishopError]:
    """Every app's queue until nothing is left in it; what stood in the way."""
    errors = []
    for stored in of_channels(store, _channel):
        channel = _channel(stored.platform)
        try:
            with opened(store, stored) as shop:
                while channel is not None and not ended.is_set() and drain(store, shop, channel, clock.now()):
                    pass
        except OmnishopError as problem:
            errors.append(problem)
    return errors


def ask_queue(
    store: Store,
    stored: StoredShop,
    *,
    opened: Callable[[Store, StoredShop], Shop],
    ended: threading.Event,
    told: Callable[[], None],
    idle_s: float,
    again_s: float | None = None,
    patience_s: float = PATIENCE_S,
) -> None:
    """One app's queue, asked or handed to us, until `ended`; an error of it stops nothing else."""
    channel = _channel(stored.platform)
    if channel is None:
        return
    failures = 0
    least = channel.pause / timedelta(seconds=1)
    while not ended.is_set():
        try:
            socket = handed(channel, stored)
            if socket is not None:
                Handed(
                    store,
                    stored,
                    channel,
                    socket,
                    opened=opened,
                    ended=ended,
                    told=told,
                    idle_s=idle_s,
                    again_s=again_s,
                    patience_s=patience_s,
                ).run()
                return
            with opened(store, stored) as shop:
                while not ended.is_set():
                    came = drain(store, shop, channel, clock.now())
                    failures = 0
                    if came:
                        told()
                    else:
                        ended.wait(max(idle_s, least))
        except Stopped:
            return
        except Exception as problem:  # noqa: BLE001 - as above
            failures += 1
            _log.warning("queue not asked", platform=stored.platform, shop=stored.name, **named(problem))
            ended.wait(max(_pause(idle_s, failures), least))


def _pause(first_s: float, failures: int) -> float:
    return min(first_s * float(1 << min(failures, 10)), _LONGEST_S)


def _channel(platform: str) -> Channel | None:
    return registry.adapter(platform).channel
