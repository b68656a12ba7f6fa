"""Flows of one shop carried out at a door: in a thread or an event loop, in process or over a real connection."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import httpx
from attrs import define, field

from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.budgets import Asked
from omnishop.drivers.exchange import TokenStore
from omnishop.drivers.limits import GO, Place
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.wire import DIRECT
from omnishop.errors import OmnishopError, RateLimited
from omnishop.flow import Call, Flow, Page
from omnishop.ports import Account, Adapter, Request, Stream, Window

T = TypeVar("T")

DOORS = ("sync", "async", "sync-http", "async-http")
"""In process where nothing else is said."""

_MOST_PAGES = 200


@define
class Permit:
    """Lets every write out and notes each attempt."""

    attempts: list[Call] = field(factory=list)

    def sending(self, call: Call, request: Request) -> None:
        self.attempts.append(call)


@cache
def _trusted() -> ssl.SSLContext:
    """Read from the disk once, not for each desk."""
    return ssl.create_default_context()


class Heedless:
    """Limits that hold nobody back: a refusal by a fault of the plan says nothing about the next call."""

    blocking = False

    def free(self, asked: Asked, now: datetime) -> bool:
        return True

    def take(self, asked: Asked, patience: float, now: datetime) -> Place:
        return GO

    def banned(self, asked: Asked, now: datetime) -> bool:
        return False

    def throttled(self, asked: Asked, error: RateLimited, sent_at: datetime, at: datetime) -> float:
        return error.retry_after or 0.0


class Desk:
    """One shop at one door. `calls` are those its flows made since `fresh`, `attempts` the writes that went out."""

    def __init__(
        self,
        adapter: Adapter,
        account: Account,
        tokens: TokenStore,
        door: str,
        *,
        transport: Any = None,
        attempts: int = 1,
        timeout: float = 10.0,
    ) -> None:
        self.adapter, self.account, self.tokens, self.door = adapter, account, tokens, door
        self.calls: list[Call] = []
        self._permit = Permit()
        how: dict[str, Any] = {"timeout": timeout, "verify": _trusted()}
        how |= {"mounts": DIRECT} if transport is None else {"transport": transport}
        self._runner = asyncio.Runner() if door.startswith("async") else None
        self._sync: SyncDriver | None = None
        self._aio: AsyncDriver | None = None
        once: dict[str, Any] = {"attempts": attempts, "patience": 1.0, "limits": Heedless()}
        if self._runner is None:
            self._sync = SyncDriver(httpx.Client(**how), **once)
        else:
            self._aio = AsyncDriver(httpx.AsyncClient(**how), **once)

    @property
    def attempts(self) -> list[Call]:
        return self._permit.attempts

    def fresh(self) -> None:
        """Forget what was called until now."""
        self.calls.clear()
        self._permit.attempts.clear()

    def run(self, flow: Flow[T]) -> T:
        seen = _witnessed(flow, self.calls)
        if self._sync is not None:
            return self._sync.run(seen, self.adapter, self.account, self.tokens, self._permit)
        return self._await(self._later(seen))

    def together(self, flows: Iterable[Flow[T]]) -> list[T | OmnishopError]:
        """All at once: in as many threads, or as tasks of one event loop."""
        some = [_witnessed(flow, self.calls) for flow in flows]
        if self._sync is None:
            return self._await(_gathered([self._later(flow) for flow in some]))
        with ThreadPoolExecutor(len(some)) as pool:
            return list(pool.map(self._caught, some))

    def pages(self, stream: Stream, window: Window) -> Iterator[Page]:
        page = self.run(stream.pages(self.account, window))
        yield page
        for _ in range(_MOST_PAGES):
            if page.next is None:
                return
            page = self.run(page.next())
            yield page
        raise AssertionError(f"{stream.name} did not end within {_MOST_PAGES} pages")

    def records(self, stream: Stream, window: Window) -> list[Any]:
        """Everything the stream lists, each record whole; none may be unreadable."""
        found = []
        for page in self.pages(stream, window):
            assert page.unreadable == (), page.unreadable
            for item in page.items:
                whole = item if stream.complete is None else self.run(stream.complete(self.account, item))
                found.append(whole)
        return found

    def close(self) -> None:
        if self._sync is not None:
            self._sync.close()
        if self._aio is not None and self._runner is not None:
            self._runner.run(self._aio.close())
            self._runner.close()

    def _caught(self, flow: Flow[T]) -> T | OmnishopError:
        assert self._sync is not None
        try:
            return self._sync.run(flow, self.adapter, self.account, self.tokens, self._permit)
        except OmnishopError as error:
            return error

    async def _later(self, flow: Flow[T]) -> T:
        assert self._aio is not None
        return await self._aio.run(flow, self.adapter, self.account, self.tokens, self._permit)

    def _await(self, work: Coroutine[Any, Any, T]) -> T:
        assert self._runner is not None
        return self._runner.run(work)


async def _gathered(work: list[Coroutine[Any, Any, T]]) -> list[T | OmnishopError]:
    async def caught(one: Coroutine[Any, Any, T]) -> T | OmnishopError:
        try:
            return await one
        except OmnishopError as error:
            return error

    return list(await asyncio.gather(*map(caught, work)))


def _witnessed(flow: Flow[T], calls: list[Call]) -> Flow[T]:
    """The same flow; every call it makes is noted as the flow itself made it."""
    try:
        call = next(flow)
        while True:
            calls.append(call)
            try:
                payload = yield call
            except OmnishopError as error:
                call = flow.throw(error)
            else:
                call = flow.send(payload)
    except StopIteration as done:
        result: T = done.value
        return result
