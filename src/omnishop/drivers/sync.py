"""Runs flows in this thread, over httpx or a client with the same names."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import stamina

from omnishop import clock
from omnishop.drivers.exchange import Do, Now, Permit, Send, Step, Steps, TokenStore, Wait, again, perform
from omnishop.drivers.limits import Limits, MemoryLimits, Turn
from omnishop.drivers.wire import BODY_LIMIT, DIRECT, TIMEOUT, Body, fault, trusted
from omnishop.errors import OmnishopError
from omnishop.flow import Call, Flow, Page, T
from omnishop.ports import Account, Adapter, Response


class SyncDriver:
    """`attempts` counts the first one; `patience` is the most seconds all attempts of one call may take.

    `limits`: whose word every call waits for; by itself a driver only knows what its own calls met. `queue`: the
    most seconds of the patience that a call may spend waiting for quotas and bans; None: all of it.
    """

    def __init__(
        self,
        client: httpx.Client | None = None,
        *,
        attempts: int = 4,
        patience: float = 60.0,
        body_limit: int = BODY_LIMIT,
        limits: Limits | None = None,
        queue: float | None = None,
    ) -> None:
        self._client = client or httpx.Client(timeout=TIMEOUT, mounts=DIRECT, verify=trusted())
        self._attempts = attempts
        self._patience = patience
        self._body_limit = body_limit
        self._limits = limits or MemoryLimits()
        self._queue = patience if queue is None else min(queue, patience)

    def close(self) -> None:
        self._client.close()

    def run(
        self,
        flow: Flow[T],
        adapter: Adapter,
        account: Account,
        tokens: TokenStore,
        permit: Permit | None = None,
    ) -> T:
        try:
            call = next(flow)
            while True:
                try:
                    payload = self.call(call, adapter, account, tokens, permit)
                except OmnishopError as error:
                    call = flow.throw(error)
                else:
                    call = flow.send(payload)
        except StopIteration as done:
            result: T = done.value
            return result

    def pages(
        self, flow: Flow[Page], adapter: Adapter, account: Account, tokens: TokenStore
    ) -> Iterator[Page]:
        page = self.run(flow, adapter, account, tokens)
        yield page
        while page.next is not None:
            page = self.run(page.next(), adapter, account, tokens)
            yield page

    def call(
        self, call: Call, adapter: Adapter, account: Account, tokens: TokenStore, permit: Permit | None = None
    ) -> msgspec.Raw:
        turn = Turn.begin(self._limits, self._patience, self._queue)
        for attempt in stamina.retry_context(again(turn), attempts=self._attempts, timeout=None):
            with attempt:
                return self._carry_out(perform(call, adapter, account, tokens, _holder, permit, turn))
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _carry_out(self, steps: Steps[T]) -> T:
        try:
            step = next(steps)
            while True:
                try:
                    answer = self._step(step)
                except BaseException as error:  # noqa: BLE001 - whoever is stopped gives its lease back first
                    step = steps.throw(error)
                else:
                    step = steps.send(answer)
        except StopIteration as done:
            result: T = done.value
            return result

    def _step(self, step: Step) -> Any:
        match step:
            case Send():
                return self._send(step)
            case Do():
                return step.work()
            case Wait():
                return clock.wait(step.seconds)
            case Now():
                return clock.now()

    def _send(self, step: Send) -> Response:
        request, body = step.request, Body(self._body_limit)
        tracing = {"trace": step.within.trace} if step.write else {}
        try:
            with self._client.stream(
                request.method,
                request.url,
                headers=list(request.headers),
                content=request.content,
                extensions=tracing,
            ) as answer:
                for part in answer.iter_bytes():
                    step.within.check()
                    body.add(part)
                return body.response(answer.status_code, answer.headers)
        except OmnishopError:
            raise
        except Exception as error:
            ours = fault(error)
            if ours is None:
                raise
            raise ours from None


def _holder() -> str:
    return uuid.uuid4().hex
