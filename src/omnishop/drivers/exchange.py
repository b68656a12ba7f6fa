"""One call from intent to payload, written once: which token, when to refresh, what an answer means.

A generator of steps; the sync and the async driver carry the steps out and know nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol

import msgspec
from attrs import evolve, field, frozen

from omnishop import clock, telemetry
from omnishop.drivers.budgets import LOST, SCOPES, Asked
from omnishop.drivers.limits import Place, Turn
from omnishop.errors import (
    AuthError,
    ConfigError,
    OmnishopError,
    OutcomeUnknown,
    RateLimited,
    Transient,
    WireError,
)
from omnishop.flow import Call, Flow, T, retry_after
from omnishop.masking import words
from omnishop.ports import Account, Adapter, Grant, Request, Response, Role, Token
from omnishop.telemetry import clocks

_log = telemetry.logger("calls")
"""One line a call: silent until somebody listens. Never a parameter or a body."""

SEND_WITHIN_S = 20.0
"""Later no request that may change something begins to leave: who was asleep so long does not wake to send."""

CALL_WITHIN_S = 40.0
"""An exchange that lasts longer is given up, however busily its answer still drips in."""

LEASE_S = 45.0
"""How long one refresher may hold a token before another takes over: longer than any request may last."""

_POLL_S = 0.05


class Within:
    """The time one exchange has, from here on; by the clock that went further, so that a machine's sleep counts."""

    def __init__(self) -> None:
        self._begun, self._wall = clock.monotonic(), clock.now()

    def passed(self) -> float:
        return max(clock.monotonic() - self._begun, (clock.now() - self._wall).total_seconds())

    def trace(self, event: str, info: object) -> None:
        """For the HTTP library, which tells each of its steps: the last moment at which nothing has left."""
        if event.endswith("send_request_headers.started") and self.passed() > SEND_WITHIN_S:
            raise NeverSent(
                f"the request was not sent within {SEND_WITHIN_S:.0f} seconds and was held back",
                zh=f"请求未能在 {SEND_WITHIN_S:.0f} 秒内发出, 已放弃发送",
            )

    async def atrace(self, event: str, info: object) -> None:
        self.trace(event, info)

    def check(self) -> None:
        """While the answer comes in."""
        if self.passed() > CALL_WITHIN_S:
            raise Transient(
                f"the answer was still coming in after {CALL_WITHIN_S:.0f} seconds and was given up",
                zh=f"应答在 {CALL_WITHIN_S:.0f} 秒内未接收完, 已放弃",
            )


@frozen
class Send:
    """Carry out one HTTP exchange. `write`: whether doubt about it is dangerous."""

    request: Request
    write: bool
    within: Within


@frozen
class Wait:
    seconds: float


@frozen
class Do:
    """Work of the token store or of the limits; `blocking`: it may wait for a disk or another process."""

    work: Callable[[], Any] = field(repr=False)
    blocking: bool = True


@frozen
class Now:
    """Ask for the time."""


Step = Send | Wait | Do | Now
Steps = Generator[Step, Any, T]


class TokenStore(Protocol):
    """Where tokens of one account live. Every method is atomic over threads and processes.

    `blocking` False: no method ever waits, so an event loop may call it as it is.
    """

    @property
    def blocking(self) -> bool: ...

    def load(self, role: Role) -> Token | None: ...

    def lease(self, role: Role, holder: str, until: datetime, now: datetime) -> bool:
        """Take the right to refresh; False while another holds it."""
        ...

    def commit(self, role: Role, holder: str, token: Token) -> bool:
        """Store the new pair durably and give the lease back; False when the lease was lost meanwhile."""
        ...

    def release(self, role: Role, holder: str) -> None:
        """Give the lease back without a new token."""
        ...


class Permit(Protocol):
    """The right to make writes; given out by the ledger, which has written down what is about to happen."""

    def sending(self, call: Call, request: Request) -> None:
        """Called before the first byte of every attempt; whatever it raises, nothing is sent."""
        ...


class Unguarded:
    """The permit of a shop opened with `writes="unguarded"`: nothing is written down, nothing is held back."""

    def sending(self, call: Call, request: Request) -> None:
        pass


def is_write(call: Call, adapter: Adapter) -> bool:
    """What nobody listed as a read is a write, whatever the call says of itself.

    Calls without a session get tokens or tell the time; no platform lets them change a shop.
    """
    return call.write or (call.session != "none" and call.method not in adapter.read_methods)


def permitted(call: Call, adapter: Adapter, account: Account, permit: Permit | None) -> Call:
    """The call, marked as what it is. ConfigError for a write without a permit: nothing is sent."""
    if not is_write(call, adapter):
        return call
    if permit is None:
        raise no_ledger(account, f"{call.method} is not listed as a read", f"{call.method} 不在只读方法之列")
    return call if call.write else evolve(call, write=True)


def no_ledger(account: Account, en: str, zh: str) -> ConfigError:
    """What was asked for, and how a shop that may do it is opened."""
    return ConfigError(
        f"{en}: this shop was opened without a ledger and only reads; "
        'open it with one: omnishop.ledger.Ledger(store).shop(…), or writes="unguarded" for no protection',
        zh=f"{zh}: 该店铺未配置账本(ledger), 只能读取; "
        '请用 omnishop.ledger.Ledger(store).shop(…) 打开, 或以 writes="unguarded" 放弃保护',
        platform=account.platform,
        shop=account.name,
    )


def perform(
    call: Call,
    adapter: Adapter,
    account: Account,
    tokens: TokenStore,
    holder: Callable[[], str],
    permit: Permit | None,
    turn: Turn,
) -> Steps[msgspec.Raw]:
    """The payload of one call; refreshes a token that is due, and once more when the platform refuses it."""
    call = permitted(call, adapter, account, permit)
    if call.session == "none":
        return (yield from _once(call, adapter, account, None, permit, turn))
    role: Role = call.session
    token = yield from _usable(role, adapter, account, tokens, holder, turn)
    try:
        return (yield from _once(call, adapter, account, token, permit, turn))
    except AuthError as refused:
        if refused.cure != "refresh" or token.refresh is None:
            raise
        fresh = yield from _renew(role, token, adapter, account, tokens, holder, turn)
        return (yield from _once(call, adapter, account, fresh, permit, turn))


def _once(
    call: Call, adapter: Adapter, account: Account, token: Token | None, permit: Permit | None, turn: Turn
) -> Steps[msgspec.Raw]:
    asked = Asked.by(account, call.method, adapter.quota(call.method))
    now: datetime = yield from _placed(asked, turn, call, account)
    request = adapter.codec.encode(call, account, token, now)
    within = Within()
    if call.write and permit is not None:
        yield Do(partial(permit.sending, call, request))
    with telemetry.span("omnishop.call", **_facts(call, account)) as told:
        try:
            response: Response = yield Send(request, call.write, within)
            clocks.notice(account.platform, response.headers.get("date"))
            payload = adapter.codec.decode(call, response)
        except OmnishopError as error:
            if isinstance(error, RateLimited):
                yield from _learned(asked, turn, error, now)
            ours = _about(settle(call, error), call, account, token)
            _tell(call, account, within, told, ours)
            raise ours from None
        _tell(call, account, within, told, None)
        return payload


def _placed(asked: Asked, turn: Turn, call: Call, account: Account) -> Steps[datetime]:
    """Now, when it is the call's turn: before anything is written down about it, so that no permit grows old.

    RateLimited, and nothing is sent, where the turn comes later than the caller waits.
    """
    limits, began = turn.limits, clock.monotonic()
    while True:
        now: datetime = yield Now()
        if limits.free(asked, now):
            return now
        place: Place = yield Do(partial(limits.take, asked, turn.queue_left(), now), limits.blocking)
        if place.wait > turn.queue_left():
            telemetry.count("omnishop.quota.held_back", platform=asked.app.platform)
            raise _about(_held_back(asked, place), call, account, None)
        if not place.wait:
            return now
        due = clock.monotonic() + place.wait
        yield Wait(place.wait)
        late = clock.monotonic() - due > LOST.total_seconds() and turn.queue_left() > 0
        now = yield Now()
        if place.granted and not late and not limits.banned(asked, now):
            telemetry.measure("omnishop.quota.wait", clock.monotonic() - began, platform=asked.app.platform)
            return now


def _held_back(asked: Asked, place: Place) -> RateLimited:
    budget = place.budget or asked.app
    whose = budget.method or "all methods"
    whose_zh = budget.method or "全部接口"
    shops, shops_zh = (
        ("this shop", "该店铺") if budget.shop_id else ("all shops of the app", "该应用的所有店铺")
    )
    return RateLimited(
        f"not sent: the platform takes no more calls of {whose} from {shops} for {place.wait:.1f} s; "
        "what holds them back: omnishop quotas list",
        zh=f"未发送: {place.wait:.1f} 秒内平台不再接受{shops_zh}对 {whose_zh} 的调用; 查看限制: omnishop quotas list",
        retry_after=place.wait,
        scope=next(scope for scope in SCOPES if asked.of(scope) == budget),
    )


def _learned(asked: Asked, turn: Turn, error: RateLimited, sent_at: datetime) -> Steps[None]:
    """All workers hear of it; the error says for how long."""
    at: datetime = yield Now()
    work = partial(turn.limits.throttled, asked, error, sent_at, at)
    error.retry_after = yield Do(work, turn.limits.blocking)


def _facts(call: Call, account: Account) -> dict[str, telemetry.Fact]:
    return {
        "platform": account.platform,
        "shop": account.name,
        "method": call.method,
        "write": call.write,
    }


def _tell(
    call: Call, account: Account, within: Within, told: telemetry.Span, error: OmnishopError | None
) -> None:
    """What became of one exchange: a line, a count, a time."""
    outcome = "ok" if error is None else type(error).__name__
    about = {"platform": account.platform, "method": call.method}
    telemetry.count("omnishop.calls", outcome=outcome, **about)
    telemetry.measure("omnishop.call.duration", within.passed(), **about)
    if error is None:
        _log.debug("call", outcome=outcome, **_facts(call, account))
        return
    told.set(request_id=error.request_id)
    _log.info("call", outcome=outcome, code=error.code, request_id=error.request_id, **_facts(call, account))


def settle(call: Call, error: OmnishopError) -> OmnishopError:
    """Doubt about a write is `OutcomeUnknown`; a connection that was never made is no doubt."""
    doubtful = isinstance(error, Transient | WireError) and not isinstance(error, NeverSent)
    if not (call.write and doubtful):
        return error
    return OutcomeUnknown(
        f"the write may have happened: {error.en}; read the record back before doing anything",
        zh=f"写操作可能已经生效: {error.zh}; 先重新读取该单据, 不要重复提交",
        code=error.code,
        request_id=error.request_id,
    )


def again(turn: Turn) -> Callable[[Exception], float | bool]:
    """The retry decision for one call: never a wait that would end after its turn's time."""

    def decide(error: Exception) -> float | bool:
        if not isinstance(error, OmnishopError):
            return False
        soon = retry_after(error)
        needed = 0.0 if isinstance(soon, bool) else soon
        left = turn.queue_left() if isinstance(error, RateLimited) else turn.left()
        return soon if needed < left else False

    return decide


class NeverSent(Transient):
    """No byte of the request reached the platform."""


def _about(error: OmnishopError, call: Call, account: Account, token: Token | None) -> OmnishopError:
    """Where it happened; a platform's words in it may quote what we sent."""
    secrets = (account.app.app_secret, *(() if token is None else (token.access, token.refresh)))
    error.en, error.zh = (words(text, secrets) for text in (error.en, error.zh))
    error.args = (error.en,)
    error.platform = error.platform or account.platform
    error.shop = error.shop or account.name
    error.method = error.method or call.method
    return error


# ---------------------------------------------------------------- tokens


def _usable(
    role: Role,
    adapter: Adapter,
    account: Account,
    tokens: TokenStore,
    holder: Callable[[], str],
    turn: Turn,
) -> Steps[Token]:
    token: Token | None = yield Do(lambda: tokens.load(role), tokens.blocking)
    if token is None:
        raise _no_token(role, account)
    now: datetime = yield Now()
    if not adapter.due(token, now):
        return token
    if token.renewable and token.refresh is not None:
        return (yield from _renew(role, token, adapter, account, tokens, holder, turn))
    if token.expires_at is not None and token.expires_at <= now:
        raise AuthError(
            "the authorisation has expired and cannot be refreshed; log in again: omnishop shops login",
            zh="授权已过期且无法刷新, 请重新授权: omnishop shops login",
            cure="login",
            platform=account.platform,
            shop=account.name,
        )
    return token


def _renew(
    role: Role,
    seen: Token,
    adapter: Adapter,
    account: Account,
    tokens: TokenStore,
    holder: Callable[[], str],
    turn: Turn,
) -> Steps[Token]:
    """A pair newer than `seen`: refreshed by us under a lease, or by whoever holds it."""
    me = holder()
    while True:
        current: Token | None = yield Do(lambda: tokens.load(role), tokens.blocking)
        if current is not None and current != seen:
            return current
        now: datetime = yield Now()
        mine: bool = yield Do(
            partial(tokens.lease, role, me, now + timedelta(seconds=LEASE_S), now), tokens.blocking
        )
        if mine:
            break
        yield Wait(_POLL_S)
    try:
        current = yield Do(lambda: tokens.load(role), tokens.blocking)
        if current is not None and current != seen:
            return current
        now = yield Now()
        grant = yield from _granted(adapter.refresh(account, seen, now), role, adapter, account, turn)
        kept: bool = yield Do(lambda: tokens.commit(role, me, grant.token), tokens.blocking)
        if not kept:
            raise Transient(
                "another process took over the refresh of this token; try again",
                zh="另一个进程接管了令牌刷新, 请重试",
                platform=account.platform,
                shop=account.name,
            )
    finally:
        yield Do(lambda: tokens.release(role, me), tokens.blocking)
    return grant.token


def _granted(flow: Flow[Grant], role: Role, adapter: Adapter, account: Account, turn: Turn) -> Steps[Grant]:
    """A refresh is news, whichever call needed it."""
    about = {"platform": account.platform}
    try:
        grant = yield from _drive(flow, adapter, account, turn)
    except OmnishopError as error:
        outcome = type(error).__name__
        telemetry.count("omnishop.token.refreshes", outcome=outcome, **about)
        _log.warning("token not refreshed", shop=account.name, role=role, outcome=outcome, **about)
        raise
    telemetry.count("omnishop.token.refreshes", outcome="ok", **about)
    _log.info("token refreshed", shop=account.name, role=role, **about)
    return grant


def _drive(flow: Flow[T], adapter: Adapter, account: Account, turn: Turn) -> Steps[T]:
    """Run a flow of calls without a session inside these steps."""
    try:
        call = next(flow)
        while True:
            try:
                payload = yield from _once(call, adapter, account, None, None, turn)
            except OmnishopError as error:
                call = flow.throw(error)
            else:
                call = flow.send(payload)
    except StopIteration as done:
        result: T = done.value
        return result


def _no_token(role: Role, account: Account) -> OmnishopError:
    if role == "operator":
        return ConfigError(
            "this call needs the session of a sub-account (operator), and the shop has none; "
            "add one: omnishop shops login … --operator",
            zh="此操作需要子账号(operator)授权, 该店铺尚未添加: omnishop shops login … --operator",
            platform=account.platform,
            shop=account.name,
        )
    return AuthError(
        "the shop has no access token; log in: omnishop shops login",
        zh="该店铺没有访问令牌, 请先授权: omnishop shops login",
        cure="login",
        platform=account.platform,
        shop=account.name,
    )
