"""Logging in: where the merchant says yes, the code for a token, the new pair near its end (2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec

from omnishop.errors import AuthError, WireError
from omnishop.flow import Call, Flow
from omnishop.model import from_unix_ms
from omnishop.ports import Account, App, Grant, Token
from omnishop_jd.envelope import oauth_host
from omnishop_jd.errors import PLATFORM

RENEWAL = timedelta(hours=24)
"""A token is refreshed inside the last 24 hours; after its end it cannot be (A)."""

Number = int | str | None


class TokenAnswer(msgspec.Struct):
    access_token: str
    refresh_token: Any = None
    expires_in: Number = None
    time: Number = None


_ANSWER = msgspec.json.Decoder(TokenAnswer)


def authorize_url(app: App, redirect_uri: str, state: str) -> str:
    asked = {
        "app_key": app.app_key,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": state,
        "scope": "snsapi_base",
    }
    return f"{oauth_host(app)}/oauth2/to_login?{urlencode(asked)}"


def exchange(account: Account, code: str, now: datetime) -> Flow[Grant]:
    """The redirect address takes no part here: the platform checks it at the login page."""
    payload = yield Call(
        "oauth.access_token",
        {"grant_type": "authorization_code", "code": code},
        session="none",
        address="oauth",
    )
    return Grant(_token(payload, now), account.shop_id)


def refresh(account: Account, token: Token, now: datetime) -> Flow[Grant]:
    """A new pair, to be stored at once."""
    if token.refresh is None or (token.expires_at is not None and token.expires_at <= now):
        raise AuthError(
            "the authorisation has ended and cannot be refreshed: omnishop shops login jd",
            zh="授权已到期, 无法刷新, 请重新授权: omnishop shops login jd",
            cure="login",
            platform=PLATFORM,
        )
    payload = yield Call(
        "oauth.refresh_token",
        {"grant_type": "refresh_token", "refresh_token": token.refresh},
        session="none",
        address="oauth",
    )
    return Grant(_token(payload, now), account.shop_id)


def due(token: Token, now: datetime) -> bool:
    return token.expires_at is not None and token.expires_at - now <= RENEWAL


def _token(payload: msgspec.Raw, now: datetime) -> Token:
    """Its end is `time` + `expires_in`, both as number or text; no `time`: counted from now."""
    try:
        told = _ANSWER.decode(payload)
        issued = now if told.time in {None, ""} else from_unix_ms(int(told.time or 0))
        ends = (
            None if told.expires_in in {None, ""} else issued + timedelta(seconds=int(told.expires_in or 0))
        )
    except (msgspec.MsgspecError, ValueError, OverflowError):
        raise WireError("the token answer does not fit", zh="令牌应答格式不符", platform=PLATFORM) from None
    renewal = told.refresh_token if isinstance(told.refresh_token, str) and told.refresh_token else None
    return Token(told.access_token, renewal, ends, renewal is not None, ends)
