"""A simulation behind a port: every platform's paths from the root, control beside them."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, MutableMapping
from typing import Any, Self

import httptools
import uvicorn
from attrs import frozen
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from omnishop import telemetry
from omnishop.clock import wait_async
from omnishop.errors import ConfigError
from omnishop.ports import Response
from omnishop.sandbox.caller import Caller
from omnishop.sandbox.control import PREFIX, answer_json, control
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.faults import SLOW_S, Trouble
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.sockets import FRAME_LIMIT, LINE, SocketProtocol, Wire, attend, reset
from omnishop.serving import Gone, Message, Receive, Reply, Server, TooLarge, bind, body_of, url_of

BODY_LIMIT = 8 * 2**20
"""Bytes of a request; the largest a platform takes is a picture of a few MiB."""

_READY_S = 10.0
_ALLOW = {"allow": "GET, HEAD, POST, OPTIONS"}

_log = telemetry.logger("sandbox")


class SandboxApp:
    """The ASGI side: hands a request to control or to the platform that claims it."""

    def __init__(self, simulation: Simulation, control_token: str | None, body_limit: int) -> None:
        self._simulation = simulation
        self._control_token = control_token
        self._body_limit = body_limit

    async def __call__(self, scope: Message, receive: Receive, send: Reply) -> None:
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        line: _Line = scope["extensions"][LINE]
        try:
            if line.first and not _is_control(scope["path"]) and self._simulation.refuses():
                raise Trouble("refuse_connect")  # noqa: TRY301 - one place answers every trouble
            body = await body_of(headers, receive, self._body_limit)
            answer = self._answer(scope, headers, body)
        except Gone:
            return
        except Trouble as trouble:
            await _troubled(trouble, line, receive, send)
            return
        except TooLarge:
            told = {"error": f"the request is larger than {self._body_limit} bytes"}
            answer = answer_json(413, told, {"connection": "close"})
        except Exception as bug:  # noqa: BLE001 - one bad request must not end the world
            _log.error("simulator failed", path=scope["path"], **telemetry.trouble(bug))
            answer = answer_json(500, {"error": "the simulator has a bug; its log says which"})
        await _send(send, answer)

    async def _socket(self, scope: Message, receive: Receive, send: Reply) -> None:
        named = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        if self._simulation.refuses():
            wire: Wire = scope["extensions"][LINE]
            wire.reset()
            return
        handing = self._simulation.handing(_host_of(named), scope["path"])
        await attend(handing, scope, receive, send)

    def _answer(self, scope: Message, headers: MutableMapping[str, str], body: bytes) -> Response:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        path: str = scope["path"]
        netloc = headers.get("host") or "{}:{}".format(*scope["server"])
        if _is_control(path):
            url = f"http://{netloc}"
            return control(self._simulation, method, path, headers, body, url=url, token=self._control_token)
        if method == "OPTIONS":
            return Response(204, b"", _ALLOW)
        query = scope["query_string"].decode("latin-1")
        request = WireRequest(method, _host_of(netloc), path, query, headers, body)
        answer = self._simulation.answer(request, connected=True)
        return answer or answer_json(404, {"error": f"no simulated platform has the path {path}"})


def _is_control(path: str) -> bool:
    return path == PREFIX or path.startswith(PREFIX + "/")


@frozen
class _Line:
    """The connection below a request. `first`: it is the first one on it."""

    first: bool
    transport: asyncio.Transport

    def reset(self) -> None:
        reset(self.transport)


async def _troubled(trouble: Trouble, line: _Line, receive: Receive, send: Reply) -> None:
    answer = trouble.response
    if trouble.name == "slow" and answer is not None:
        await wait_async(SLOW_S)
        await _send(send, answer)
        return
    if trouble.name == "cut_body" and answer is not None:
        await _send(send, answer, len(answer.content) // 2)
        line.transport.close()
    else:
        line.reset()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Reply, answer: Response, upto: int | None = None) -> None:
    """`upto`: so many bytes of the body, and no end."""
    names = {name.lower(): value for name, value in answer.headers.items()}
    if answer.status not in {204, 304}:
        names["content-length"] = str(len(answer.content))
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in names.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    whole = upto is None
    await send({"type": "http.response.body", "body": answer.content[:upto], "more_body": not whole})


def _host_of(netloc: str) -> str:
    """Without the port; an IPv6 address keeps its brackets."""
    return netloc if netloc.endswith("]") else netloc.rpartition(":")[0] or netloc


class _Protocol(HttpToolsProtocol):
    """Takes absolute-form targets as a proxy would: their host counts, not the header's."""

    def on_headers_complete(self) -> None:
        target: Any = httptools.parse_url(self.url)  # its stub promises bytes where None comes
        if target.host is not None:
            if not target.path:  # `GET http://host HTTP/1.1` means its root
                self.url = b"/" + (b"?" + target.query if target.query else b"")
            port = b"" if target.port is None else b":%d" % target.port
            self.headers[:] = [row for row in self.headers if row[0] != b"host"]
            self.headers.append((b"host", target.host + port))
        super().on_headers_complete()
        self._requests += 1
        line = _Line(self._requests == 1, self.transport)
        extensions: dict[Any, Any] = self.scope.setdefault("extensions", {})
        extensions[LINE] = line  # its task has not begun yet

    _requests = 0


class Sandbox:
    """Bound to its port from the start; answers while `run` runs, or inside `with`, from a thread.

    ConfigError when the port cannot be had.
    """

    def __init__(
        self,
        simulation: Simulation,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        control_token: str | None = None,
        body_limit: int = BODY_LIMIT,
        bound: socket.socket | None = None,
    ) -> None:
        self.simulation = simulation
        self.control_token = control_token
        self._socket = bound or bind(host, port)
        self.url = url_of(self._socket)
        app = SandboxApp(simulation, control_token, body_limit)
        self._listening = threading.Event()
        self._announce: Callable[[], None] = lambda: None
        self._server = Server(_config(app), self._now_ready)
        self._thread: threading.Thread | None = None

    def _now_ready(self) -> None:
        self._listening.set()
        self._announce()

    def ready(self) -> dict[str, Any]:
        """What a client needs to know: the addresses and every shop with its keys."""
        told = self.simulation.shops(self.url)
        return told if self.control_token is None else {**told, "control_token": self.control_token}

    def run(self, announce: Callable[[], None]) -> None:
        """Serve in this thread until SIGTERM or SIGINT; `announce` is called once the port listens."""
        self._announce = announce
        with Caller(self.simulation):
            asyncio.run(self._server.serve(sockets=[self._socket]))

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.run, args=(self._announce,), daemon=True)
        self._thread.start()
        if not self._listening.wait(_READY_S):
            raise ConfigError("the simulators did not start", zh="模拟平台未能启动")
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(_READY_S)


def _config(app: SandboxApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        loop="asyncio",
        ws=SocketProtocol,
        ws_max_size=FRAME_LIMIT,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
