"""Carries a queue's socket: frames in, messages out, confirmations in. What they say is the adapter's affair."""

from __future__ import annotations

import ipaddress
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from websockets.exceptions import (
    ConnectionClosed,
    InvalidProxy,
    InvalidStatus,
    InvalidURI,
    WebSocketException,
)
from websockets.sync.client import ClientConnection, connect

from omnishop import clock
from omnishop.drivers.wire import trusted
from omnishop.errors import ConfigError, OmnishopError, Transient
from omnishop.ports import Account, Delivered, Opened, Socket

FRAME_LIMIT = 4 * 2**20
"""Bytes of one frame; the largest documented message is a thousandth of it."""

_WAITING = 512
"""Frames read ahead; beyond them the platform is not read from."""

_CONNECT_S, _ANSWER_S, _CLOSE_S, _PONG_S = 10.0, 10.0, 2.0, 20.0


class Line:
    """An open connection on which the platform knows us. Transient when it is lost."""

    def __init__(self, socket: Socket, connection: ClientConnection, session: str) -> None:
        self._socket = socket
        self._connection = connection
        self._session = session
        self._every = socket.every / timedelta(seconds=1)
        self._asked: float | None = None

    def receive(self, wait_s: float, most: int) -> list[Delivered]:
        """What came, up to `most`; waits for the first of it `wait_s` at the longest, and asks when that is due."""
        self._ask()
        found: list[Delivered] = []
        while len(found) < most:
            try:
                with _lost():
                    frame = self._connection.recv(0 if found else wait_s, decode=False)
            except TimeoutError:
                break
            except Transient:
                if found:
                    break  # what came is kept first; the next call says the same again
                raise
            came = self._socket.read(frame)
            if isinstance(came, Delivered):
                found.append(came)
        return found

    def confirm(self, receipts: Iterable[str]) -> None:
        with _lost():
            for receipt in receipts:
                self._connection.send(self._socket.confirm(self._session, receipt))

    def _ask(self) -> None:
        now = clock.monotonic()
        if self._asked is None or now - self._asked >= self._every:
            self._asked = now
            with suppress(ConnectionClosed):  # reading tells it, once what came before is read
                self._connection.send(self._socket.ask(self._session))


@contextmanager
def connected(socket: Socket, account: Account, now: datetime) -> Iterator[Line]:
    """The line, closed cleanly in the end.

    Transient: it cannot be had now; AuthError, RateLimited: the platform refuses us; ConfigError: the address.
    """
    address = socket.address(account)
    with _had(address, socket.heartbeat / timedelta(seconds=1)) as connection:
        with _lost():
            connection.send(socket.hello(account, now))
            session = _welcomed(socket, connection)
        yield Line(socket, connection, session)


@contextmanager
def _had(address: str, heartbeat_s: float) -> Iterator[ClientConnection]:
    with _unreachable():
        opening = connect(
            address,
            ssl=trusted() if urlsplit(address).scheme == "wss" else None,
            proxy=proxy_for(address),
            compression=None,
            open_timeout=_CONNECT_S,
            close_timeout=_CLOSE_S,
            ping_interval=heartbeat_s,
            ping_timeout=_PONG_S,
            max_size=FRAME_LIMIT,
            max_queue=_WAITING,
            user_agent_header=None,
        )
    with opening as connection:
        yield connection


def _welcomed(socket: Socket, connection: ClientConnection) -> str:
    end = clock.monotonic() + _ANSWER_S
    while True:
        try:
            came = socket.read(connection.recv(max(end - clock.monotonic(), 0), decode=False))
        except TimeoutError:
            raise Transient("the platform did not answer the first frame", zh="平台未应答连接请求") from None
        if isinstance(came, Opened):
            return came.session


def proxy_for(address: str) -> str | None:
    """As the environment says for https (wss) and http (ws); this machine is never reached through one."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if _here(host) or urllib.request.proxy_bypass(parts.netloc):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get("https" if parts.scheme == "wss" else "http") or proxies.get("all")


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def _unreachable() -> Iterator[None]:
    """The text of a library's error may hold an address with a password in it, and is not kept."""
    try:
        yield
    except OmnishopError:
        raise
    except InvalidStatus as refused:
        status = refused.response.status_code
        raise Transient(
            f"the message channel is not open (HTTP {status})", zh=f"消息通道未开放 (HTTP {status})"
        ) from None
    except (InvalidURI, InvalidProxy) as wrong:
        kind = type(wrong).__name__
        raise ConfigError(
            f"the address of the message channel or of its proxy is not usable ({kind})",
            zh=f"消息通道地址或其代理地址不可用 ({kind})",
        ) from None
    except ImportError:
        raise ConfigError(
            "a SOCKS proxy needs python-socks: pip install python-socks, or set no_proxy for this host",
            zh="SOCKS 代理需要 python-socks: pip install python-socks, 或为该主机设置 no_proxy",
        ) from None
    except (WebSocketException, OSError) as problem:
        kind = type(problem).__name__
        raise Transient(
            f"the message channel could not be reached ({kind})", zh=f"无法连接消息通道 ({kind})"
        ) from None


@contextmanager
def _lost() -> Iterator[None]:
    try:
        yield
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd is not None else None
        told = "without a word" if code is None else f"code {code}"
        raise Transient(f"the message channel was closed ({told})", zh=f"消息通道连接中断 ({told})") from None
