"""What every step works with: the store, its clocks, how shops are called, and the word to stop."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from omnishop import clock
from omnishop.client import Shop
from omnishop.drivers.shared import SharedDriver
from omnishop.engine.shops import AMONG_OTHERS_S, open_shop
from omnishop.engine.simulated import World
from omnishop.engine.stopping import Stopped
from omnishop.store import Store, StoredShop
from omnishop.store.connection import ahead

if TYPE_CHECKING:
    from omnishop.policy.layers import Packs

EVERY = timedelta(seconds=60)
"""How long after the begin of one reading of a shop's news the next begins."""

COMPARED_EVERY = timedelta(days=1)

_ATTEMPTS, _PATIENCE_S = 3, 10.0
"""Of one call: less than a person would give it, as the shop's next round is never far and others wait."""


class Work:
    """Shared by all steps of a process, over threads. `packs` None: cases are not judged.

    `machine` is the time by which rounds are dealt out, the same for all workers: by default this machine's, put
    right by a database server's where they differ. A simulated shop's present is its world's.
    """

    def __init__(
        self,
        store: Store,
        *,
        every: timedelta = EVERY,
        compared_every: timedelta | None = COMPARED_EVERY,
        packs: Packs | None = None,
        machine: Callable[[], datetime] | None = None,
        connections: int = 20,
    ) -> None:
        self.store = store
        self.every = every
        self.compared_every = compared_every
        self.packs = packs
        self._machine = machine
        self._apart = timedelta()
        self.put_clock_right()
        self.stopping = threading.Event()
        self.calls = SharedDriver(
            before_each=self.go_on,
            attempts=_ATTEMPTS,
            patience=_PATIENCE_S,
            queue=AMONG_OTHERS_S,
            connections=connections,
            limits=store.quotas,
        )
        self._worlds: dict[str, World] = {}

    def now(self) -> datetime:
        return clock.now() + self._apart if self._machine is None else self._machine()

    def put_clock_right(self) -> None:
        if self._machine is None:
            self._apart = ahead(self.store.engine)

    def look_round(self) -> None:
        """Every few seconds: shops may be new, and a clock may have been set."""
        self.put_clock_right()
        now = self.now()
        self.store.rounds.join(now, self.compared_every)
        self.store.rounds.clock_went_back(now)

    def go_on(self) -> None:
        """Stopped once somebody asked for it."""
        if self.stopping.is_set():
            raise Stopped

    def opened(self, store: Store, stored: StoredShop) -> Shop:
        return open_shop(store, stored, driver=self.calls)

    def present(self, stored: StoredShop) -> datetime:
        return self.now() if stored.control is None else self.world(stored.control).now()

    def world(self, control: str) -> World:
        """A simulated one; its door stays open."""
        found = self._worlds.get(control)
        if found is None:
            found = self._worlds.setdefault(control, World.at(control))
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.calls.end()
        for each in self._worlds.values():
            each.close()
