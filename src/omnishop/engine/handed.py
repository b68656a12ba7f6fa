"""A queue that is handed to us over a socket: kept, then confirmed; asked for while the socket cannot be had."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from omnishop import clock, telemetry
from omnishop.client import Shop
from omnishop.drivers.budgets import Asked
from omnishop.engine.inbox import drain, keep_told
from omnishop.engine.shops import account_of
from omnishop.errors import ConfigError, RateLimited, Transient
from omnishop.ports import Channel, Socket
from omnishop.store import Store, StoredShop

if TYPE_CHECKING:
    from omnishop.drivers.channel import Line

AT_ONCE = 200
"""Messages kept in one transaction."""

PATIENCE_S = 60.0
"""A socket that cannot be had for so long is not waited for: the queue is asked, until it can be had."""

_LOOK_S, _STEADY_S = 0.5, 30.0
_LONGEST_S = 60.0
_METHOD = "socket"
"""Under this name an app's socket has its bans."""

Way = Literal["socket", "asked", "none"]

_log = telemetry.logger("inbox")


class Handed:
    """One app's queue, until `ended`; never both ways at once: they empty the same queue.

    `again_s`: the first pause between two connections, in place of the platform's.
    """

    def __init__(
        self,
        store: Store,
        stored: StoredShop,
        channel: Channel,
        socket: Socket,
        *,
        opened: Callable[[Store, StoredShop], Shop],
        ended: threading.Event,
        told: Callable[[], None],
        idle_s: float,
        again_s: float | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._store = store
        self._stored = stored
        self._channel = channel
        self._socket = socket
        self._opened = opened
        self._ended = ended
        self._told = told
        self._idle_s = max(idle_s, channel.pause / timedelta(seconds=1))
        self._again_s = socket.again / timedelta(seconds=1) if again_s is None else again_s
        self._patience_s = patience_s
        self._failures = 0
        self._down_since = clock.monotonic()
        self.way: Way = "none"

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                self._connect()
            except Exception as problem:  # noqa: BLE001 - whatever it is, the next connection may do better
                self._said("socket not had", problem)
                self._bridge(self._pause(problem))

    def _connect(self) -> None:
        try:
            from omnishop.drivers.channel import connected  # noqa: PLC0415 - whoever asks queues does without it
        except ModuleNotFoundError as missing:
            raise ConfigError(
                f"a queue over a socket needs {missing.name}: pip install 'omnishop[listen]'",
                zh=f"以 WebSocket 接收消息缺少 {missing.name}: pip install 'omnishop[listen]'",
            ) from None
        store, shop = self._store, self._fresh()
        account = account_of(store, shop)
        asked = Asked.by(account, _METHOD, None)
        place = store.quotas.take(asked, 0.0, clock.now())
        if not place.granted:
            raise RateLimited("the app is barred", zh="应用被限流", retry_after=place.wait)
        sent_at = clock.now()
        try:
            with connected(self._socket, account, sent_at) as line:
                begun = clock.monotonic()
                while not self._ended.is_set():
                    self._receive(line)
                    if clock.monotonic() - begun > _STEADY_S:
                        self._proved()
        except RateLimited as error:
            store.quotas.throttled(asked, error, sent_at, clock.now())
            raise

    def _receive(self, line: Line) -> None:
        came = line.receive(_LOOK_S, AT_ONCE)
        if not came:
            return
        self._proved()
        new = keep_told(self._store, self._stored.platform, [each.told for each in came], clock.now())
        line.confirm(each.receipt for each in came if each.receipt is not None)
        if new:
            self._told()

    def _proved(self) -> None:
        """A line that is taken and dropped at once again and again is none."""
        if self.way == "asked":
            _log.info("socket had again", platform=self._stored.platform, shop=self._stored.name)
        self.way = "socket"
        self._failures = 0

    def _pause(self, problem: Exception) -> float:
        if self.way == "socket":
            self.way, self._down_since = "none", clock.monotonic()
        self._failures += 1
        pause = min(self._again_s * float(1 << min(self._failures - 1, 10)), _LONGEST_S)
        told = problem.retry_after if isinstance(problem, RateLimited) else None
        return max(pause, told or 0.0)

    def _bridge(self, pause: float) -> None:
        """The time until the next connection."""
        end = clock.monotonic() + pause
        while not self._ended.is_set() and (left := end - clock.monotonic()) > 0:
            if clock.monotonic() - self._down_since < self._patience_s:
                until = self._down_since + self._patience_s
                self._ended.wait(min(left, max(until - clock.monotonic(), 0.001)))
            else:
                self._ask(end)

    def _ask(self, end: float) -> None:
        if self.way != "asked":
            self.way = "asked"
            _log.warning(
                "socket not had for long, queue asked instead",
                platform=self._stored.platform,
                shop=self._stored.name,
                seconds=round(clock.monotonic() - self._down_since),
            )
        try:
            with self._opened(self._store, self._stored) as shop:
                while not self._ended.is_set() and clock.monotonic() < end:
                    if drain(self._store, shop, self._channel, clock.now()):
                        self._told()
                    else:
                        self._ended.wait(min(self._idle_s, max(end - clock.monotonic(), 0)))
        except Exception as problem:  # noqa: BLE001 - as above
            self._said("queue not asked", problem)
            self._ended.wait(max(end - clock.monotonic(), 0))

    def _fresh(self) -> StoredShop:
        """As it is registered by now: its app's secret may be another."""
        held = self._store.shops.list(self._stored.platform)
        return next((shop for shop in held if shop.shop_id == self._stored.shop_id), self._stored)

    def _said(self, event: str, problem: Exception) -> None:
        _log.warning(event, platform=self._stored.platform, shop=self._stored.name, **named(problem))


def named(problem: Exception) -> dict[str, str | None]:
    """What a platform says may say anything; what we say of a connection or a setting does not."""
    facts = {"error": type(problem).__name__, "code": getattr(problem, "code", None)}
    if isinstance(problem, Transient | ConfigError) and problem.code is None:
        facts["why"] = problem.en
    return facts


def handed(channel: Channel, stored: StoredShop) -> Socket | None:
    """The socket of this shop's queue where its settings ask for it. ConfigError for settings that say neither."""
    socket = channel.socket
    return socket if socket is not None and socket.chosen(stored.settings) else None
