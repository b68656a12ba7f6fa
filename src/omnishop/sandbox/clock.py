"""World time: the machine's time plus an offset, or a point that stands still until moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from omnishop import clock


class WorldClock:
    """`start` given: the world begins there and only `advance` moves it."""

    def __init__(self, start: datetime | None = None, machine: Callable[[], datetime] = clock.now) -> None:
        self._machine = machine
        self._still = start
        self._offset = timedelta()
        self._forced: datetime | None = None
        self.skew = timedelta()

    def now(self) -> datetime:
        if self._forced is not None:
            return self._forced
        return self._still if self._still is not None else self._machine() + self._offset

    def advance(self, seconds: float) -> None:
        """Only forwards."""
        if seconds < 0:
            msg = "time does not go back: advance_s must not be negative"
            raise ValueError(msg)
        if self._still is not None:
            self._still += timedelta(seconds=seconds)
        else:
            self._offset += timedelta(seconds=seconds)

    def machine(self) -> datetime:
        """The time that request timestamps are judged by; a fault may put it wrong by `skew`."""
        return self._machine() + self.skew

    @property
    def stands(self) -> bool:
        """Whether only `advance` moves it."""
        return self._still is not None

    def pretend(self, when: datetime | None) -> None:
        """While history is written, it is `when`; None ends it."""
        self._forced = when
