"""Logging in: the address to say yes at, the code, the refresh, and when a token is due."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlencode

import msgspec

from omnishop.errors import ConfigError, WireError
from omnishop.flow import Call, Flow
from omnishop.ports import Account, App, Grant, Token
from omnishop_taobao.envelope import oauth_base
from omnishop_taobao.methods import TOKEN
from omnishop_taobao.wire.reading import ident
from omnishop_taobao.wire.rest import TOKEN_ANSWER, TOKEN_BOX, TokenAnswer

EARLY = timedelta(minutes=10)
"""A token is refreshed this long before it ends."""


def authorize_url(app: App, redirect_uri: str, state: str) -> str:
    query = {
        "response_type": "code",
        "client_id": app.app_key,
        "redirect_uri": redirect_uri,
        "state": state,
        "view": "web",
    }
    return f"{oauth_base(app)}/authorize?{urlencode(query)}"


def exchange(account: Account, code: str, redirect_uri: str, now: datetime) -> Flow[Grant]:
    params = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "view": "web"}
    return (yield from _asked(params, now))


def refresh(account: Account, token: Token, now: datetime) -> Flow[Grant]:
    if token.refresh is None:
        raise ConfigError(
            "this token cannot be refreshed: log in again", zh="该令牌无法刷新: 请重新授权", platform="taobao"
        )
    params = {"grant_type": "refresh_token", "refresh_token": token.refresh, "view": "web"}
    return (yield from _asked(params, now))


def due(token: Token, now: datetime) -> bool:
    return token.expires_at is not None and token.expires_at - now <= EARLY


def _asked(params: dict[str, Any], now: datetime) -> Flow[Grant]:
    payload = yield Call(TOKEN, params, session="none", address="oauth")
    return grant(payload, now)


def grant(payload: msgspec.Raw | bytes, now: datetime) -> Grant:
    """From the OAuth host's answer, or from taobao.top.auth.token.create and refresh."""
    told = answer(payload)
    if not told.access_token:
        raise _strange()
    renewable = told.refresh_token is not None and told.re_expires_in != 0
    sub = ident(told.sub_taobao_user_id) or ident(told.taobao_sub_user_id)
    try:
        token = Token(
            access=told.access_token,
            refresh=told.refresh_token if renewable else None,
            expires_at=_later(now, told.expires_in),
            renewable=renewable,
            renewable_until=_later(now, told.re_expires_in) if renewable else None,
        )
    except OverflowError:
        raise _strange() from None
    return Grant(
        token,
        shop_id=ident(told.taobao_user_id),
        shop_name=unquote(told.taobao_user_nick) if told.taobao_user_nick else None,
        role="operator" if sub else "main",
    )


def answer(payload: msgspec.Raw | bytes) -> TokenAnswer:
    """The fields as they came, the risk levels r1, r2, w1 and w2 among them."""
    try:
        boxed = TOKEN_BOX.read(payload).token_result
        if isinstance(boxed, str):
            return TOKEN_ANSWER.read(boxed.encode())
        if isinstance(boxed, dict):
            return TOKEN_ANSWER.read(msgspec.json.encode(boxed))
        return TOKEN_ANSWER.read(payload)
    except ValueError:
        raise _strange() from None


def _later(now: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=seconds)


def _strange() -> WireError:
    return WireError("the answer holds no usable token", zh="应答中没有可用的令牌", platform="taobao")
