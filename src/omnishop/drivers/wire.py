"""What both drivers share about HTTP: limits, and which fault of a connection means what."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from socket import gaierror
from ssl import SSLContext
from typing import Any

import httpx

from omnishop.drivers.exchange import NeverSent
from omnishop.errors import OmnishopError, Transient, WireError
from omnishop.ports import Response

BODY_LIMIT = 16 * 2**20
"""Bytes of an answer, after decompression; the largest documented page is under 2 MiB."""

TIMEOUT = httpx.Timeout(30.0, connect=10.0)
"""Seconds; connect 10, everything else 30, as the platforms' own clients have it."""

DIRECT: dict[str, None] = {"all://localhost": None, "all://127.0.0.1": None, "all://[::1]": None}
"""Mounts of a client: this machine is never reached through a proxy, whatever the environment says."""


@cache
def trusted() -> SSLContext:
    """Whose certificates are believed: read once, since reading them takes longer than most calls."""
    return httpx.create_ssl_context()


class Body:
    """Collects an answer and refuses to hold more than the limit."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    def add(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit:
            raise WireError(
                f"the answer is larger than {self._limit} bytes and was refused while it came in",
                zh=f"应答超过 {self._limit} 字节, 已中止接收",
            )
        self._parts.append(part)

    def response(self, status: int, headers: Mapping[str, str]) -> Response:
        return Response(status, b"".join(self._parts), headers)


_LIBRARIES = frozenset({"httpx", "httpx2"})
_CORES = frozenset({"httpcore", "httpcore2"})
_NEVER_SENT = frozenset({"ConnectError", "ConnectTimeout", "PoolTimeout"})
_BAD_ADDRESS = frozenset({"UnsupportedProtocol", "InvalidURL"})


def fault(error: Exception) -> OmnishopError | None:
    """Our error for a failed exchange; None for what no HTTP library raised.

    Told by class name: httpx and its successor have the same ones. The text of the original may hold an address
    with a token in it and is not kept.
    """
    kind = type(error).__name__
    names = {cls.__name__ for cls in type(error).__mro__ if cls.__module__.split(".")[0] in _LIBRARIES}
    if names & _NEVER_SENT and _from_core(error):
        return _not_reached(error, kind)
    if names & _BAD_ADDRESS:
        return NeverSent(f"the gateway address is not usable ({kind})", zh=f"网关地址不可用 ({kind})")
    if "TimeoutException" in names:
        return Transient(f"no answer within the time limit ({kind})", zh=f"等待应答超时 ({kind})")
    if "DecodingError" in names:
        return WireError(f"the answer cannot be decompressed ({kind})", zh=f"应答无法解压 ({kind})")
    if "HTTPError" in names:
        return Transient(f"the connection was lost ({kind})", zh=f"连接中断 ({kind})")
    return None


def _not_reached(error: Exception, kind: str) -> NeverSent:
    """The host is named; whatever else an address may hold is not."""
    host = _host(error)
    if _nameless(error):
        return NeverSent(
            f"the name of the platform's host could not be looked up: {host or '?'}; nothing was sent: check the "
            "network and its DNS",
            zh=f"无法解析平台主机名: {host or '?'}, 请求未发出; 请检查网络与 DNS",
        )
    en, zh = (f" at {host}", f" {host} ") if host else ("", "")
    return NeverSent(
        f"the platform could not be reached{en} ({kind}); nothing was sent",
        zh=f"无法连接平台{zh}({kind}), 请求未发出",
    )


def _host(error: Any) -> str:
    try:
        return str(error.request.url.host)
    except (AttributeError, RuntimeError):  # the library has none where the request was not built by it
        return ""


def _nameless(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, gaierror):
            return True
        error = error.__cause__ or error.__context__
    return False


def _from_core(error: Exception) -> bool:
    """Whether the library's own core raised it.

    Other transports call a connection that was reset after the request "ConnectError" too (httpx-aiohttp does),
    and then nothing is known about what was sent.
    """
    return type(error.__cause__).__module__.split(".")[0] in _CORES
