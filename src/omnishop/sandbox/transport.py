"""A simulation as an httpx transport: a client reaches the platforms without a socket."""

from __future__ import annotations

import httpcore
import httpx
import msgspec

from omnishop.ports import Response
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.faults import SLOW_S, Trouble
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
        try:
            answer = self._simulation.answer(wire)
        except Trouble as trouble:
            answer = _felt(trouble, request)
        if answer is None:
            body = msgspec.json.encode({"error": "no simulated platform has this path"})
            return httpx.Response(404, content=body)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.content)


def _felt(trouble: Trouble, request: httpx.Request) -> Response:
    """What a client sees of it: the error a socket would have raised, at once; a slow answer if it may wait."""
    match trouble.name:
        case "refuse_connect":
            told = "Connection refused"
            raise httpx.ConnectError(told, request=request) from httpcore.ConnectError(told)
        case "reset":
            raise httpx.ReadError("Connection reset by peer", request=request)
        case "cut_body":
            told = "peer closed connection without sending complete message body"
            raise httpx.RemoteProtocolError(told, request=request)
    patience = request.extensions.get("timeout", {}).get("read")
    if trouble.response is None or (patience is not None and patience < SLOW_S):
        raise httpx.ReadTimeout("the answer takes its time", request=request)
    return trouble.response
