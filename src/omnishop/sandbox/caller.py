"""Calls receivers of pushes over HTTP, as the simulated platforms do, for as long as they are served."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self

from omnishop import clock
from omnishop.sandbox.outbox import Post
from omnishop.sandbox.simulation import Simulation

if TYPE_CHECKING:
    import httpx

PATIENCE_S = 5.0
"""How long an answer may take (C)."""

_IDLE_S = 60.0


class Caller:
    """A thread that sleeps until something changed or must be sent again."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._ended = False
        self._something = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pushes", daemon=True)
        self._http: httpx.Client | None = None

    def __enter__(self) -> Self:
        self._simulation.world.outbox.sleepers.append(self._something.set)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended = True
        self._simulation.world.outbox.sleepers.remove(self._something.set)
        self._something.set()
        self._thread.join(PATIENCE_S)
        if self._http is not None:
            self._http.close()

    def _run(self) -> None:
        while not self._ended:
            self._something.clear()
            for post in self._simulation.posts(clock.monotonic()):
                if self._ended:
                    return
                status, content = self._call(post)
                self._simulation.sent(post, status, content, clock.monotonic())
            due = self._simulation.next_post()
            self._something.wait(_IDLE_S if due is None else max(0.0, due - clock.monotonic()))

    def _call(self, post: Post) -> tuple[int | None, bytes]:
        import httpx  # noqa: PLC0415 - a world that calls nobody does without it

        if self._http is None:
            self._http = httpx.Client(timeout=PATIENCE_S, trust_env=False)
        try:
            answer = self._http.post(post.url, headers=dict(post.headers), content=post.content)
        except (httpx.HTTPError, httpx.InvalidURL):
            return None, b""
        return answer.status_code, answer.content
