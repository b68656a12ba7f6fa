"""Everything that makes the store follow what platforms tell: a port, their queues, and who works it off."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from typing import Self

import uvicorn

from omnishop import registry
from omnishop.client import Shop
from omnishop.engine.following import Following
from omnishop.engine.handed import PATIENCE_S
from omnishop.engine.inbox import Worked
from omnishop.engine.shops import open_among_others
from omnishop.errors import ConfigError
from omnishop.listen.receiver import Receiver
from omnishop.serving import Server, bind, url_of
from omnishop.store import Store, StoredShop

AT_ONCE = 256
"""Connections; with the limit of a body this bounds the memory they can take."""

_READY_S = 10.0


class Listener:
    """Bound from the start; works while `run` runs, or inside `with`. ConfigError when the port cannot be had.

    `idle_s`: how long the worker and the questions at an empty queue wait, unless something comes in before.
    `again_s` and `patience_s` as `Following` has them. `told` is called when something was kept: whoever gives it
    has others work it off, and no queue is asked here.
    """

    def __init__(
        self,
        store: Store,
        *,
        present: Callable[[StoredShop], datetime],
        opened: Callable[[Store, StoredShop], Shop] = open_among_others,
        host: str = "127.0.0.1",
        port: int = 0,
        idle_s: float = 1.0,
        again_s: float | None = None,
        patience_s: float = PATIENCE_S,
        told: Callable[[], None] | None = None,
    ) -> None:
        self._store = store
        self._listening = threading.Event()
        self._announce: Callable[[], None] = lambda: None
        self._socket = bind(host, port)
        self.url = url_of(self._socket)
        self._following = Following(
            store, present=present, opened=opened, idle_s=idle_s, again_s=again_s, patience_s=patience_s
        )
        self._only_receives = told is not None
        self.receiver = Receiver(store, told=told or self._following.told)
        self._server = Server(_config(self.receiver), self._ready)

    @property
    def worked(self) -> Worked:
        return self._following.worked

    def _ready(self) -> None:
        self._listening.set()
        self._announce()

    def hooks(self) -> dict[str, str]:
        """The address to give to each platform that calls, as this machine reaches it."""
        platforms = {stored.platform for stored in self._store.shops.list()}
        return {name: f"{self.url}/push/{name}" for name in sorted(platforms) if registry.adapter(name).hook}

    def channels(self) -> list[StoredShop]:
        """The shops in whose apps' names queues are asked, or handed to us."""
        return self._following.channels()

    def handed(self) -> list[StoredShop]:
        """Those of them whose queues are handed to us. ConfigError for a setting that says neither."""
        return self._following.handed()

    def run(self, announce: Callable[[], None] = lambda: None) -> None:
        """Until SIGTERM or SIGINT, or the end of `with`: what was taken up is ended first."""
        self._announce = announce
        with nullcontext() if self._only_receives else self._following:
            asyncio.run(self._server.serve(sockets=[self._socket]))

    def __enter__(self) -> Self:
        self._serving = threading.Thread(target=self.run, daemon=True)
        self._serving.start()
        if not self._listening.wait(_READY_S):
            raise ConfigError("the receiver did not start", zh="推送接收服务未能启动")
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.should_exit = True
        self._serving.join(2 * _READY_S)


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
