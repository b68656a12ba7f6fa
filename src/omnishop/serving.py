"""A port of this machine and a server on it: what the simulators and the receiver of pushes have in common."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any

import uvicorn

from omnishop.errors import ConfigError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Reply = Callable[[Message], Awaitable[None]]


class TooLarge(Exception):
    """The request has more bytes than we take."""


class Gone(Exception):
    """The client went away before its request was whole."""


async def body_of(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """The whole body. TooLarge as soon as it is known to be, Gone when the client leaves."""
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLarge
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


class Server(uvicorn.Server):
    """Tells when it listens, and takes a signal to stop as an order, not as its own death."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        with super().capture_signals():
            try:
                yield
            finally:
                self._captured_signals.clear()  # else they are raised again once we have stopped


def bind(host: str, port: int) -> socket.socket:
    """A bound socket; ConfigError says why there is none. Nothing is accepted on it before we serve."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as problem:
        told = problem.strerror
        raise ConfigError(f"no such host: {host} ({told})", zh=f"无法解析主机 {host} ({told})") from None
    bound = socket.socket(family, kind, protocol)  # asyncio sends at once only where the protocol says TCP
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen()
    except OSError as problem:
        bound.close()
        told = problem.strerror
        raise ConfigError(
            f"cannot listen on {host}:{port}: {told}; choose another port, or --port 0 for a free one",
            zh=f"无法监听 {host}:{port}: {told}; 请换一个端口, 或用 --port 0 自动选择",
        ) from None
    bound.setblocking(False)
    return bound


def url_of(bound: socket.socket) -> str:
    """Where this machine reaches it: a socket on every address is reached by loopback."""
    host, port = bound.getsockname()[:2]
    address = ipaddress.ip_address(host)
    if address.is_unspecified:
        host = "127.0.0.1" if address.version == 4 else "::1"  # noqa: PLR2004 - the IP version
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
