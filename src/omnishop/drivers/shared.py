"""One driver for all shops of a process: their connections are kept, and it stops between two calls."""

from __future__ import annotations

from collections.abc import Callable
from http.cookiejar import DefaultCookiePolicy

import httpx
import msgspec

from omnishop.drivers.exchange import Permit, TokenStore
from omnishop.drivers.limits import Limits
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.wire import DIRECT, TIMEOUT, trusted
from omnishop.flow import Call
from omnishop.ports import Account, Adapter


class SharedDriver(SyncDriver):
    """A shop that is closed leaves it open for the next one; `end` closes it.

    `before_each` is asked before every call, and raises when there is to be none.
    """

    def __init__(
        self,
        *,
        before_each: Callable[[], None],
        attempts: int,
        patience: float,
        queue: float,
        connections: int,
        limits: Limits,
    ) -> None:
        most = httpx.Limits(max_connections=None, max_keepalive_connections=connections)
        client = httpx.Client(timeout=TIMEOUT, mounts=DIRECT, verify=trusted(), limits=most)
        client.cookies.jar.set_policy(_NO_COOKIES)
        super().__init__(client, attempts=attempts, patience=patience, limits=limits, queue=queue)
        self._before_each = before_each

    def close(self) -> None:
        """Not yet: other shops use it."""

    def end(self) -> None:
        super().close()

    def call(
        self, call: Call, adapter: Adapter, account: Account, tokens: TokenStore, permit: Permit | None = None
    ) -> msgspec.Raw:
        self._before_each()
        return super().call(call, adapter, account, tokens, permit)


_NO_COOKIES = DefaultCookiePolicy(allowed_domains=[])
"""What a gateway sets for one shop is none of another's business."""
