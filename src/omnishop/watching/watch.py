"""Looks at a store again and again, though not too often: what health and metrics are told from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from types import TracebackType

from attrs import Factory, define

from omnishop import clock
from omnishop.store import Store, StoredShop
from omnishop.store.glance import TokenEnds
from omnishop.watching.health import Health, judge
from omnishop.watching.limits import USUAL, Limits
from omnishop.watching.seen import Seen, look

_SHARE = 10

_GONE_S = 1.0
"""So long nobody looks again at a store that could not be looked at: as long as one page takes to be written."""


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
    _kept: tuple[Seen, Health] | Exception = Factory(lambda: RuntimeError("nobody looked yet"))
    _where: TracebackType | None = None
    _until: float = float("-inf")

    def both(self) -> tuple[Seen, Health]:
        """What there is to be seen, and what it means; whatever hindered the look is raised to all who ask then."""
        with self._lock:
            if clock.monotonic() >= self._until:
                self._look()
            if isinstance(self._kept, Exception):
                raise self._kept.with_traceback(self._where)
            return self._kept

    def _look(self) -> None:
        begun = clock.monotonic()
        try:
            seen = look(self._store, self._present, self._ends)
            self._kept = seen, judge(seen, self._limits)
        except Exception as problem:  # noqa: BLE001 - raised by whoever asks; the many of one page wait once
            self._kept, self._where = problem, problem.__traceback__
        ended = clock.monotonic()
        stands = (
            _GONE_S if isinstance(self._kept, Exception) else max(self._stands_s, _SHARE * (ended - begun))
        )
        self._until = ended + stands

    def health(self) -> Health:
        return self.both()[1]
