"""What is wrong with a home and its shops, and what to do: for `doctor`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

import httpx
from attrs import frozen

from omnishop import clock, registry
from omnishop.client import Shop
from omnishop.config import Home, shown
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.wire import DIRECT, TIMEOUT
from omnishop.engine.shops import account_of
from omnishop.engine.simulated import World
from omnishop.errors import (
    AuthError,
    ConfigError,
    NotSupported,
    OmnishopError,
    PermissionDenied,
    RateLimited,
    Transient,
    WireError,
)
from omnishop.model import Text, iso
from omnishop.ports import Role, Stream, Token, Window
from omnishop.store import Store, StoredShop
from omnishop.store.migrations import HEAD

State = Literal["ok", "unknown", "wrong"]

SKEW_S = 60
"""Seconds of difference that are worth setting a clock right; every platform still tolerates more."""

_EXPIRES_SOON = timedelta(days=3)
_ROTATED_DAYS = 180
_PROBE = timedelta(minutes=1)
_FRESH = timedelta(minutes=5)


@frozen
class Finding:
    """One thing looked at. `shop` None: the home itself; `cure` None: nothing to do."""

    what: str
    state: State
    text: Text
    cure: Text | None = None
    shop: StoredShop | None = None


def of_home(store: Store, home: Home) -> Iterator[Finding]:
    yield Finding("home", "ok", Text(str(home.path), str(home.path)))
    try:
        origin = store.key.origin()
    except ConfigError as problem:
        yield Finding("key", "wrong", Text(problem.zh, problem.en))
    else:
        told = Text(f"{origin.where}: {origin.guards.zh}", f"{origin.where}: {origin.guards.en}")
        yield Finding("key", "ok", told)
        yield _data_keys(store, clock.now())
    database = f"{shown(home.database)} (schema {HEAD})"
    yield Finding("database", "ok", Text(database, database))
    bad = store.quarantine.count()
    if bad:
        yield Finding(
            "quarantine",
            "unknown",
            Text(
                f"{bad} 条记录无法解析, 已原样保留",
                f"{bad} records could not be read and are kept as they came",
            ),
        )


def _data_keys(store: Store, now: datetime) -> Finding:
    """A rotation that was stopped leaves two; a key seals only so many values."""
    keys = [each for each in store.ring.entries() if each.purpose == "data"]
    age = (now - max(each.made_at for each in keys)).days
    made = Text(f"数据密钥已使用 {age} 天", f"the data key is {age} days old")
    if len(keys) > 1:
        cure = Text("完成更换: omnishop keys seal", "finish the rotation: omnishop keys seal")
        return Finding(
            "data key", "unknown", Text("密钥更换未完成", "a rotation of keys is not finished"), cure
        )
    if age > _ROTATED_DAYS:
        cure = Text("建议更换: omnishop keys rotate", "better a new one: omnishop keys rotate")
        return Finding("data key", "unknown", made, cure)
    return Finding("data key", "ok", made)


def of_shop(store: Store, shop: StoredShop, machine: Callable[[], datetime] = clock.now) -> Iterator[Finding]:
    """Clock, keys, token, then one small reading of every list. Stops at what makes the rest pointless."""
    if shop.control is not None and (lost := _lost_world(shop, shop.control)):
        yield lost
        return
    try:
        account, tokens = account_of(store, shop), store.tokens(shop)
        main = tokens.load("main")
        operator = tokens.load("operator")
    except OmnishopError as problem:
        yield Finding("secrets", "wrong", Text(problem.zh, problem.en), _CURE_LOGIN, shop)
        return
    yield _token("main", main, shop, machine())
    if operator is not None:
        yield _token("operator", operator, shop, machine())
    if main is None:
        return
    dates = _Dates(machine)
    with httpx.Client(timeout=TIMEOUT, mounts=DIRECT, event_hooks={"response": [dates.take]}) as client:
        driver = SyncDriver(client, attempts=2, patience=10.0)
        live = Shop(account, tokens, driver=driver)
        refused = _identity(live, shop)
        yield _clock(live, dates, shop, machine)
        yield refused
        if refused.state != "wrong":
            for stream in registry.adapter(shop.platform).streams(shop.storefront):
                yield _reading(live, stream, shop, machine())


class _Dates:
    """Listens to the Date header of every answer, and when it came."""

    def __init__(self, machine: Callable[[], datetime]) -> None:
        self._machine = machine
        self.skew_s: float | None = None

    def take(self, answer: httpx.Response) -> None:
        try:
            told = parsedate_to_datetime(answer.headers["date"])
        except (KeyError, ValueError):
            return
        there = told if told.tzinfo else told.replace(tzinfo=UTC)
        self.skew_s = (self._machine() - there).total_seconds()


def _lost_world(shop: StoredShop, control: str) -> Finding | None:
    try:
        with World.at(control) as world:
            world.now()
    except OmnishopError as problem:
        cure = Text(
            "请重新启动模拟平台(omnishop sandbox serve)并登记: omnishop shops add --sandbox 地址",
            "start the simulators again (omnishop sandbox serve) and register: omnishop shops add --sandbox URL",
        )
        return Finding("world", "wrong", Text(problem.zh, problem.en), cure, shop)
    return None


def _clock(live: Shop, dates: _Dates, shop: StoredShop, machine: Callable[[], datetime]) -> Finding:
    skew, source = dates.skew_s, "Date"
    flow = live.adapter.server_time(live.account)
    if flow is not None:
        with suppress(OmnishopError):  # the header still tells
            skew, source = (machine() - live.run(flow)).total_seconds(), "server_time"
    if skew is None:
        return Finding(
            "clock", "unknown", Text("平台未告知时间", "the platform did not tell its time"), None, shop
        )
    told = Text(
        f"本机比平台快 {skew:+.0f} 秒 ({source})",
        f"this machine is {skew:+.0f} s ahead of the platform ({source})",
    )
    if abs(skew) <= SKEW_S:
        return Finding("clock", "ok", told, None, shop)
    cure = Text(
        "请校准本机时钟(NTP): 时间戳偏差过大的请求会被拒绝",
        "set the clock (NTP): requests with a stale timestamp are refused",
    )
    return Finding("clock", "wrong", told, cure, shop)


_CURE_LOGIN = Text("请重新授权: omnishop shops login", "log in again: omnishop shops login")


def _token(role: Role, token: Token | None, shop: StoredShop, now: datetime) -> Finding:
    what = "token" if role == "main" else "operator token"
    if token is None:
        return Finding(what, "wrong", Text("没有令牌", "there is none"), _CURE_LOGIN, shop)
    renews = token.renewable and token.refresh is not None
    if token.expires_at is None:
        return Finding(what, "ok", Text("有效期未知", "the platform did not say when it ends"), None, shop)
    until = iso(token.expires_at)
    if token.expires_at > now + _EXPIRES_SOON or (renews and token.expires_at > now):
        return Finding(what, "ok", Text(f"有效至 {until}", f"valid until {until}"), None, shop)
    if renews:
        told = Text(f"已于 {until} 过期, 下次调用时刷新", f"ended {until}; the next call refreshes it")
        return Finding(what, "ok", told, None, shop)
    if token.expires_at > now:
        return Finding(
            what,
            "unknown",
            Text(f"即将于 {until} 过期且无法刷新", f"ends {until}, cannot be refreshed"),
            _CURE_LOGIN,
            shop,
        )
    return Finding(
        what,
        "wrong",
        Text(f"已于 {until} 过期且无法刷新", f"ended {until}, cannot be refreshed"),
        _CURE_LOGIN,
        shop,
    )


def _identity(live: Shop, shop: StoredShop) -> Finding:
    """Whether the platform knows us, and as the shop that is registered."""
    try:
        told = live.whoami()
    except NotSupported as problem:
        return Finding("identity", "unknown", Text(problem.zh, problem.en), None, shop)
    except OmnishopError as problem:
        return _trouble("identity", problem, shop)
    if told.shop_id != shop.shop_id or told.storefront != shop.storefront:
        seen = f"{told.storefront} {told.shop_id}"
        return Finding(
            "identity",
            "wrong",
            Text(
                f"令牌属于 {seen}, 登记的是 {shop.storefront} {shop.shop_id}",
                f"the token is of {seen}, registered is {shop.storefront} {shop.shop_id}",
            ),
            _CURE_LOGIN,
            shop,
        )
    return Finding(
        "identity",
        "ok",
        Text(f"{told.storefront} {told.shop_id}", f"{told.storefront} {told.shop_id}"),
        None,
        shop,
    )


def _reading(live: Shop, stream: Stream, shop: StoredShop, now: datetime) -> Finding:
    """One page of the last minute: enough to see whether the permission is there."""
    end = now - _FRESH
    try:
        for _page in live.pages(stream, Window(end - _PROBE, end)):
            break
    except OmnishopError as problem:
        return _trouble(stream.name, problem, shop)
    return Finding(stream.name, "ok", Text("可读取", "readable"), None, shop)


def _trouble(what: str, problem: OmnishopError, shop: StoredShop) -> Finding:
    return Finding(what, "wrong", Text(problem.told("zh"), problem.told("en")), _cure(problem), shop)


def _cure(problem: OmnishopError) -> Text:
    if isinstance(problem, AuthError) and problem.cure == "keys":
        return Text(
            "应用密钥有误: 请核对 app key 与 app secret, 再次执行 omnishop shops add",
            "the app's keys are wrong: check key and secret, and register again: omnishop shops add",
        )
    if isinstance(problem, AuthError):
        return _CURE_LOGIN
    for kind, cure in _CURES:
        if isinstance(problem, kind):
            return cure
    return Text(
        "请携带错误码与请求号联系平台", "ask the platform's support, with the code and the request id"
    )


_CURES: tuple[tuple[type[OmnishopError], Text], ...] = (
    (
        PermissionDenied,
        Text(
            "请在开放平台为应用申请该接口权限, 之后重新授权",
            "apply for this permission in the platform's console, then log in again",
        ),
    ),
    (RateLimited, Text("请稍后再试", "try again later")),
    (Transient, Text("请检查网络或稍后再试", "check the network, or try again later")),
    (
        WireError,
        Text(
            "请检查网关地址; 若正确, 请附应答内容反馈给我们",
            "check the gateway; if it is right, report the answer to us",
        ),
    ),
    (ConfigError, Text("请修正配置", "correct the settings")),
)
