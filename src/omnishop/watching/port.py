"""A port for monitors, beside whatever else this process does."""

from __future__ import annotations

import asyncio
import threading
from typing import Self

import uvicorn

from omnishop.errors import ConfigError
from omnishop.serving import Server, bind, url_of
from omnishop.watching.page import Page

_READY_S, _END_S = 10.0, 5.0
_AT_ONCE = 16


class Port:
    """Bound from the start, answers inside `with`, from a thread. ConfigError when the port cannot be had."""

    def __init__(self, page: Page, host: str, port: int) -> None:
        self._socket = bind(host, port)
        self.url = url_of(self._socket)
        self._listening = threading.Event()
        self._server = Server(_config(page), self._listening.set)
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listening.wait(_READY_S):
            raise ConfigError("the port for metrics did not start", zh="监控端口未能启动")
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.should_exit = True
        self._thread.join(_END_S)


def _config(page: Page) -> uvicorn.Config:
    return uvicorn.Config(
        page,
        loop="asyncio",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=_AT_ONCE,
        timeout_graceful_shutdown=2,
    )
