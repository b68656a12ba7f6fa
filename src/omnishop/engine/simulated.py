"""Simulated shops: their world is asked for its shops, its time, its truth, and its shops are registered."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self

import httpx
import msgspec

from omnishop import clock
from omnishop.drivers.wire import BODY_LIMIT, TIMEOUT, Body, fault, trusted
from omnishop.errors import AuthError, ConfigError, NotFound, WireError
from omnishop.model import from_unix
from omnishop.ports import Account, App, Role, Token
from omnishop.store import Store, StoredShop

_CONTROL = "/_control"
_STATE_LIMIT = 64 * BODY_LIMIT
_UNAUTHORIZED, _NOT_FOUND, _OK = 401, 404, 200


class _Shop(msgspec.Struct):
    platform: str
    storefront: str
    shop_id: str
    gateway: str
    app_key: str
    app_secret: str
    access_token: str | None = None
    refresh_token: str | None = None
    operator_token: str | None = None
    service_id: str | None = None


class _Shops(msgspec.Struct):
    control: str
    shops: list[_Shop]


class World:
    """The control door of simulated platforms. `token` is needed beyond loopback: OMNISHOP_CONTROL_TOKEN."""

    def __init__(self, control: str, token: str | None) -> None:
        self.control = control
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(timeout=TIMEOUT, headers=headers, trust_env=False, verify=trusted())

    @classmethod
    def at(cls, url: str, env: Mapping[str, str] = os.environ) -> Self:
        """`url` of the world, or of its control. ConfigError for what is no address."""
        base = url.strip().rstrip("/").removesuffix(_CONTROL)
        if not base.startswith(("http://", "https://")):
            raise ConfigError(
                f"not an address: {url!r}; the ready line of `omnishop sandbox serve` has it under url",
                zh=f"不是有效地址: {url!r}; 请使用 `omnishop sandbox serve` 就绪信息中的 url",
            )
        return cls(base + _CONTROL, env.get("OMNISHOP_CONTROL_TOKEN") or None)

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def shops(self) -> dict[str, Any]:
        """What the ready line said."""
        return _object(self._ask("GET", "/shops"), "shops", list)

    def state(self) -> dict[str, Any]:
        """`now_s`, `orders`, `cases`, `reviews`: the truth on the wires."""
        return _object(self._ask("GET", "/state"), "cases", list)

    def now(self) -> datetime:
        moved = self._ask("POST", "/clock", b'{"advance_s":0}')
        return from_unix(_object(moved, "now_s", int)["now_s"])

    def _ask(self, method: str, door: str, content: bytes = b"") -> bytes:
        body = Body(_STATE_LIMIT)
        try:
            with self._http.stream(method, self.control + door, content=content) as answer:
                for part in answer.iter_bytes():
                    body.add(part)
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _at(fault(error), self.control) from None
        if status == _UNAUTHORIZED:
            raise AuthError(
                f"{self.control} wants its control token; set OMNISHOP_CONTROL_TOKEN",
                zh=f"{self.control} 需要控制令牌, 请设置 OMNISHOP_CONTROL_TOKEN",
                cure="keys",
            )
        if status == _NOT_FOUND:
            raise NotFound(f"no simulated platforms at {self.control}", zh=f"{self.control} 处没有模拟平台")
        if status != _OK:
            raise _no_control(f"HTTP {status}")
        return body.response(status, {}).content


def _at(error: Any, control: str) -> Any:
    """The driver's own words, with the address they are about."""
    return type(error)(f"{control}: {error.en}", zh=f"{control}: {error.zh}")


def _object(body: bytes, key: str, kind: type) -> dict[str, Any]:
    try:
        data = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _no_control("not JSON") from None
    if not isinstance(data, dict) or not isinstance(data.get(key), kind):
        raise _no_control(f"no {key}")
    return data


def _no_control(why: str) -> WireError:
    return WireError(
        f"the answer is not one of simulated platforms ({why})", zh=f"应答并非来自模拟平台 ({why})"
    )


def register(store: Store, world: World, *, now: datetime) -> tuple[StoredShop, ...]:
    """Every shop of a world with its keys and tokens; a shop that is there already is brought up to date."""
    try:
        told = msgspec.convert(world.shops(), _Shops)
    except msgspec.ValidationError as problem:
        raise _no_control(str(problem)) from None
    return tuple(_register(store, shop, told.control, now) for shop in told.shops)


def _register(store: Store, shop: _Shop, control: str, now: datetime) -> StoredShop:
    app = App(shop.platform, shop.app_key, shop.app_secret, gateway=shop.gateway, service_id=shop.service_id)
    tokens: dict[Role, Token] = {}
    if shop.access_token:
        tokens["main"] = Token(shop.access_token, shop.refresh_token)
    if shop.operator_token:
        tokens["operator"] = Token(shop.operator_token, renewable=False)
    account = Account(app, shop.storefront, shop.shop_id)
    return store.shops.add(account, now=now, tokens=tokens, control=control)


def present(machine: Callable[[], datetime] = clock.now) -> Callable[[StoredShop], datetime]:
    """The present of a shop: a simulated one has its world's, asked each time; a real one the machine's."""

    def now_of(shop: StoredShop) -> datetime:
        if shop.control is None:
            return machine()
        with World.at(shop.control) as world:
            return world.now()

    return now_of
