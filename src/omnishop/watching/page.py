"""What a monitor asks over HTTP (ASGI): `/metrics`, `/health`, `/alive`; on a port of its own, never a public one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec

from omnishop import telemetry
from omnishop.serving import Message, Receive, Reply
from omnishop.watching.health import Health, State
from omnishop.watching.told import gone_json, health_json, named

MOST = 100
"""Shops that `/health` names; `/health?all=1` names every one."""

_PATHS = ("/metrics", "/health", "/alive")
_JSON = "application/json; charset=utf-8"

_log = telemetry.logger("watching")


class Page:
    """`metrics` and `health` may wait for the store: they are asked in a thread. No `metrics`: 404."""

    def __init__(
        self, health: Callable[[], Health], metrics: Callable[[str], tuple[str, bytes]] | None = None
    ) -> None:
        self._health = health
        self._metrics = metrics

    async def __call__(self, scope: Message, _receive: Receive, send: Reply) -> None:
        if scope["type"] != "http":
            return
        path, method = scope["path"], scope["method"]
        kind, more, body = _JSON, [], b"{}"
        if path not in _PATHS or (path == "/metrics" and self._metrics is None):
            status = 404
        elif method not in {"GET", "HEAD"}:
            status, more = 405, [(b"allow", b"GET, HEAD")]
        else:
            try:
                status, kind, body = await self._answer(scope)
            except Exception as problem:  # noqa: BLE001 - a monitor is told that there is no answer
                _log.error("nothing to show", path=path, **named(problem))
                status, body = 503, msgspec.json.encode(gone_json(problem))
        about = {"content-type": kind, "content-length": str(len(body)), "cache-control": "no-store"}
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in about.items()]
        await send({"type": "http.response.start", "status": status, "headers": [*headers, *more]})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})

    async def _answer(self, scope: Message) -> tuple[int, str, bytes]:
        path = scope["path"]
        if path == "/metrics" and self._metrics is not None:
            kind, page = await asyncio.to_thread(self._metrics, _header(scope, b"accept"))
            return 200, kind, page
        if path == "/alive":
            return 200, _JSON, b'{"alive":true}'
        health = await asyncio.to_thread(self._health)
        most = None if b"all=1" in scope["query_string"].split(b"&") else MOST
        status = 503 if health.state is State.UNVERIFIED else 200
        return status, _JSON, msgspec.json.encode(health_json(health, most=most))


def _header(scope: Message, name: bytes) -> str:
    found = [value for key, value in scope["headers"] if key.lower() == name]
    return b", ".join(found).decode("latin-1")
