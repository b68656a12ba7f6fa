"""A simulation as an httpx transport: a client reaches the platforms without a socket."""

from __future__ import annotations

import httpx
import msgspec

from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.simulation import Simulation


class SimTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Hands requests to a simulation; what no platform claims is a 404."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, request.read())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self._answer(request, await request.aread())

    def _answer(self, request: httpx.Request, content: bytes) -> httpx.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        wire = WireRequest(
            request.method,
            request.url.host,
            request.url.path,
            request.url.query.decode("ascii"),
            headers,
            content,
        )
        answer = self._simulation.answer(wire)
        if answer is None:
            body = msgspec.json.encode({"error": "no simulated platform has this path"})
            return httpx.Response(404, content=body)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.content)
