"""Authorisation: the login page, code to token, refresh in the last hour, expiry (wire page 2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from omnishop.errors import AuthError, ConfigError, WireError
from omnishop.flow import Call, Flow
from omnishop.ports import Account, App, Grant, Token
from omnishop_douyin.shape import PLATFORM, STOREFRONT, Id, decoder, moment, named, opened, said

LOGIN = "https://fuwu.jinritemai.com"
RENEWABLE = timedelta(days=14)
DUE = timedelta(minutes=50)
"""With more than an hour left the same pair comes back unprolonged; ten minutes allow for clocks that differ."""

_ABSOLUTE = 10**9
"""expires_in is seconds left; one text calls it a timestamp, which would be larger than this (C)."""


class _Answer(msgspec.Struct, gc=False):
    access_token: str
    expires_in: int | None = None
    refresh_token: str | None = None
    shop_id: Id | None = None
    shop_name: str | None = None


_read = decoder(_Answer)


def authorize_url(app: App, redirect_uri: str, state: str) -> str:
    """The real page sends the merchant to the address registered for the app; a stand-in is told where to."""
    if not app.service_id:
        raise ConfigError(
            "the login page of this platform is opened by the app's service_id; set it "
            "(a self-use app needs no login: exchange an empty code)",
            zh="授权页面需要应用的 service_id, 请先设置 (自用型应用无需授权页, 直接用空 code 换取令牌)",
            platform=PLATFORM,
        )
    query = {"service_id": app.service_id, "state": state}
    base = app.oauth or LOGIN
    if app.oauth is None and app.gateway is not None:
        parts = urlsplit(app.gateway)
        base = f"{parts.scheme}://{parts.netloc}"
    if base != LOGIN and redirect_uri:
        query["redirect_uri"] = redirect_uri
    return f"{base.rstrip('/')}/authorize?{urlencode(query)}"


def exchange(account: Account, code: str, redirect_uri: str, now: datetime) -> Flow[Grant]:
    """With a code; without one as a self-use app, which names its shop."""
    params: dict[str, Any] = {"grant_type": "authorization_code", "code": code}
    if not code:
        if account.shop_id is None:
            raise ConfigError(
                "without a code only a self-use app gets a token, and it must name its shop: give the shop id",
                zh="没有 code 时只有自用型应用可取令牌, 且须提供店铺 ID",
                platform=PLATFORM,
            )
        params = {"grant_type": "authorization_self", "code": "", "shop_id": account.shop_id}
    if account.settings.get("test_shop") == "1":
        params["test_shop"] = "1"
    payload = yield Call("token.create", params, session="none")
    return _grant(payload, now, None, "token.create")


def refresh(account: Account, token: Token, now: datetime) -> Flow[Grant]:
    """A self-use app (`settings` self_use = 1) whose refresh token has run out makes a new pair."""
    if token.refresh is None:
        raise AuthError(
            "the token cannot be refreshed; log in again: omnishop shops login douyin",
            zh="该令牌无法刷新, 请重新授权: omnishop shops login douyin",
            cure="login",
            platform=PLATFORM,
        )
    params = {"grant_type": "refresh_token", "refresh_token": token.refresh}
    try:
        payload = yield Call("token.refresh", params, session="none")
    except AuthError as refused:
        if refused.cure != "login" or account.settings.get("self_use") != "1" or account.shop_id is None:
            raise
        return (yield from exchange(account, "", "", now))
    return _grant(payload, now, token, "token.refresh")


def due(token: Token, now: datetime) -> bool:
    return token.expires_at is not None and token.expires_at - now <= DUE


def _grant(payload: msgspec.Raw, now: datetime, before: Token | None, method: str) -> Grant:
    found = opened(payload, _read, method)
    if not found.access_token:
        raise WireError("the answer holds no token", zh="应答中没有令牌", platform=PLATFORM, method=method)
    same = before is not None and before.access == found.access_token
    until = before.renewable_until if before is not None and same else now + RENEWABLE
    refresh_token = said(found.refresh_token)
    token = Token(
        access=found.access_token,
        refresh=refresh_token,
        expires_at=_expiry(found.expires_in, now, method),
        renewable=refresh_token is not None,
        renewable_until=until if refresh_token is not None else None,
    )
    return Grant(token, named(found.shop_id), said(found.shop_name), "main", STOREFRONT)


def _expiry(seconds: int | None, now: datetime, method: str) -> datetime | None:
    if seconds is None:
        return None
    try:
        return moment(seconds, "expires_in") if seconds > _ABSOLUTE else now + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        raise WireError(
            "the token's life is no time", zh="令牌有效期无法识别", platform=PLATFORM, method=method
        ) from None
