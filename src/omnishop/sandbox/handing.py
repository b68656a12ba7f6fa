"""One client of a queue that is handed out: what it is told, in which frames, and which troubles strike it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from attrs import Factory, define, field, frozen

from omnishop.sandbox.outbox import Queued, SocketVoice
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
    _rest: list[Queued] = Factory(list)
    _struck: Out | None = None
    _heard: bool = False

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
                self._heard = True
                world.outbox.confirm(self._platform, self._shop, set(heard.confirmed))
                if self._befalls("reset_after_commit", "/".join(sorted(heard.confirmed))):
                    return [Out(b"", "reset")]
            return [] if heard.answer is None else [Out(heard.answer, ends=heard.ends)]

    def tells(self, *, quiet: bool = True) -> list[Out]:
        """What the client was not given yet, and what it did not confirm in time.

        `quiet`: nothing happened for as long as `looks_again` said.
        """
        with self._lock:
            world = self._world
            if self._session is None:
                return []
            world.live(world.now())
            world.outbox.collect(world)
            if self._struck is not None:
                return self._strike() if quiet or self._heard else []
            self._rest = self._rest or self._given()
            return self._lot()

    def _given(self) -> list[Queued]:
        world, shop = self._world, self._shop
        if shop is None:
            return []
        return world.outbox.give(self._platform, shop, AT_ONCE, world.now(), self._voice.again)

    def _out(self, queued: Queued) -> Out:
        frame = self._voice.tells(self._world, self._session or "", queued.told, queued.times - 1)
        about = f"{queued.told.id}/{queued.times}"
        return Out(frame, next((way for name, way in _TROUBLES.items() if self._befalls(name, about)), None))

    def _lot(self) -> list[Out]:
        """Up to the next trouble, which waits until the client says something: it may confirm what came before."""
        lot: list[Out] = []
        while self._rest:
            out = self._out(self._rest.pop(0))
            if out.trouble and lot:
                self._struck, self._heard = out, False
                break
            lot.append(out)
            if out.trouble:
                break
        return lot

    def _strike(self) -> list[Out]:
        struck, self._struck = self._struck, None
        return [] if struck is None else [struck]

    def looks_again(self) -> float:
        """After so many seconds, if nothing happens before."""
        with self._lock:
            held = self._shop is not None and self._world.outbox.held_back(self._platform, self._shop)
        return _HELD_S if held or self._struck or self._rest else _QUEUE_S

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
