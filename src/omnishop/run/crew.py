"""A few threads that take one piece of work after the other; they end with the process, whatever they wait for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from omnishop import clock


class Crew:
    """`freed` is called, in the thread, after each piece."""

    def __init__(self, name: str, size: int, freed: Callable[[], None]) -> None:
        self.size = size
        self._freed = freed
        self._waiting: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._busy = 0
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True)
            for number in range(size)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def free(self) -> int:
        with self._lock:
            return self.size - self._busy

    def give(self, piece: Callable[[], object]) -> None:
        """To whoever is free; the piece takes care of its own errors."""
        with self._lock:
            self._busy += 1
        self._waiting.put(piece)

    def end(self, patience_s: float) -> bool:
        """Whether all have ended in time."""
        for _ in self._threads:
            self._waiting.put(None)
        until = clock.monotonic() + patience_s
        for thread in self._threads:
            thread.join(max(0.0, until - clock.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while (piece := self._waiting.get()) is not None:
            try:
                piece()
            finally:
                with self._lock:
                    self._busy -= 1
                self._freed()
