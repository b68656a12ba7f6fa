"""Looks at a store again and again, though not too often: what health and metrics are told from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock

from attrs import Factory, define

from omnishop import clock
from omnishop.store import Store, StoredShop
from omnishop.store.glance import TokenEnds
from omnishop.watching.health import Health, judge
from omnishop.watching.limits import USUAL, Limits
from omnishop.watching.seen import Seen, look

_SHARE = 10


@define
class Watch:
    """What was seen stands for `stands_s` seconds, and ten times as long as it took to look: no scrape is a burden.

    `present` gives a shop's time (a simulated shop has its own). Threads may share one.
    """

    _store: Store
    _present: Callable[[StoredShop], datetime]
    _limits: Limits = USUAL
    _stands_s: float = 5.0
    _ends: TokenEnds = Factory(TokenEnds)
    _lock: Lock = Factory(Lock)
    _kept: tuple[Seen, Health] | None = None
    _until: float = 0.0

    def both(self) -> tuple[Seen, Health]:
        """What there is to be seen, and what it means."""
        with self._lock:
            if self._kept is None or clock.monotonic() >= self._until:
                begun = clock.monotonic()
                seen = look(self._store, self._present, self._ends)
                self._kept = seen, judge(seen, self._limits)
                ended = clock.monotonic()
                self._until = ended + max(self._stands_s, _SHARE * (ended - begun))
            return self._kept

    def health(self) -> Health:
        return self.both()[1]
