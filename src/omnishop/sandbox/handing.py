"""One client of a queue that is handed out: what it is told, in which frames, and which troubles strike it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from attrs import define, field, frozen

from omnishop.sandbox.outbox import SocketVoice
from omnishop.sandbox.records import Shop

if TYPE_CHECKING:
    from omnishop.sandbox.world import World

AT_ONCE = 200
_QUEUE_S, _HELD_S = 1.0, 0.2
"""How long nobody looks at a queue that is not stirred: the world's time runs, and what is held back counts looks."""

Trouble = Literal["reset", "cut", "slow"]
_TROUBLES: dict[str, Trouble] = {"reset_before": "reset", "cut_body": "cut", "slow": "slow"}


@frozen
class Out:
    """A frame on its way to the client. `trouble` makes it the last one, or late; `ends`: nothing after it."""

    frame: bytes = field(repr=False)
    trouble: Trouble | None = None
    ends: bool = False


@define(eq=False)
class Handing:
    """A connection. Each method holds the world for as long as it takes."""

    _world: World
    _platform: str
    _voice: SocketVoice
    _lock: threading.RLock
    _session: str | None = None
    _shop: Shop | None = None

    def hears(self, frame: bytes) -> list[Out]:
        """The first frame says who it is; from then on it is confirmations and questions."""
        with self._lock:
            world = self._world
            world.live(world.now())
            if self._session is None:
                greeting = self._voice.greets(world, frame)
                self._session, self._shop = greeting.session, greeting.shop
                return [Out(greeting.answer, ends=greeting.session is None)]
            heard = self._voice.hears(world, self._session, frame)
            if heard.confirmed and self._shop is not None:
                world.outbox.confirm(self._platform, self._shop, set(heard.confirmed))
                if self._befalls("reset_after_commit", "/".join(sorted(heard.confirmed))):
                    return [Out(b"", "reset")]
            return [] if heard.answer is None else [Out(heard.answer, ends=heard.ends)]

    def tells(self) -> list[Out]:
        """What the client was not given yet, and what it did not confirm in time."""
        with self._lock:
            world = self._world
            if self._session is None or self._shop is None:
                return []
            world.live(world.now())
            world.outbox.collect(world)
            again = self._voice.again
            given = world.outbox.give(self._platform, self._shop, AT_ONCE, world.now(), again)
            out = []
            for each in given:
                frame = self._voice.tells(world, self._session, each.told, each.times - 1)
                about = f"{each.told.id}/{each.times}"
                trouble = next((way for name, way in _TROUBLES.items() if self._befalls(name, about)), None)
                out.append(Out(frame, trouble))
            return out

    def looks_again(self) -> float:
        """After so many seconds, if nothing happens before."""
        with self._lock:
            held = self._shop is not None and self._world.outbox.held_back(self._platform, self._shop)
        return _HELD_S if held else _QUEUE_S

    @contextmanager
    def woken(self, sleeper: Callable[[], None]) -> Iterator[None]:
        """Inside, it is called from whatever thread changes something."""
        sleepers = self._world.outbox.sleepers
        sleepers.append(sleeper)
        try:
            yield
        finally:
            sleepers.remove(sleeper)

    def _befalls(self, name: str, about: str) -> bool:
        plan = self._world.faults
        if plan.only == "writes" or not plan.befalls(name, f"socket/{about}"):
            return False
        self._world.note(self._platform, "socket", "fault", name)
        return True
