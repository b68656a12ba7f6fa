"""The simulated login host: says yes at once, gives tokens for codes, renews pairs that have not ended."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

from omnishop.ports import Response
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.world import AuthCode, Shop, SimToken, World
from omnishop_jd.face.codes import ms
from omnishop_jd.face.gateway import sent
from omnishop_jd.face.shop import CODE_LIFE, TOKEN_LIFE, issue

PLATFORM = "jd"
LOGIN = "/oauth2/to_login"
TOKEN = "/oauth2/access_token"  # noqa: S105 - a path
REFRESH = "/oauth2/refresh_token"
PATHS = frozenset({LOGIN, TOKEN, REFRESH})

# numbers of this world: the page shows the shape of errors, not their codes
_BAD_CODE, _BAD_APP, _BAD_GRANT, _BAD_REFRESH = 110501, 110401, 110402, 110502


def answer(world: World, request: WireRequest) -> Response:
    given = sent(request)
    match request.path:
        case "/oauth2/to_login":
            return _login(world, given)
        case "/oauth2/access_token":
            return _exchange(world, given)
        case _:
            return _refresh(world, given)


def _app(world: World, given: dict[str, str]) -> Shop | None:
    key = given.get("app_key", "")
    return next((shop for shop in world.shops if shop.platform == PLATFORM and shop.app_key == key), None)


def _login(world: World, given: dict[str, str]) -> Response:
    """The merchant is taken to have said yes: back to the app with code and state."""
    shop = _app(world, given)
    back = given.get("redirect_uri", "")
    if shop is None or given.get("response_type") != "code" or not back:
        return _error(world, "to_login", _BAD_APP, "app_key、response_type 或 redirect_uri 无效")
    code = AuthCode(world.secret(6), shop, "main", world.now() + CODE_LIFE)
    world.codes[code.code] = code
    parts = urlsplit(back)
    asked = urlencode({"code": code.code, "state": given.get("state", "")})
    target = urlunsplit(parts._replace(query=f"{parts.query}&{asked}" if parts.query else asked))
    world.note(PLATFORM, "oauth.to_login", "ok")
    return Response(302, b"", {"location": target})


def _exchange(world: World, given: dict[str, str]) -> Response:
    shop = _app(world, given)
    if shop is None or given.get("app_secret") != shop.app_secret:
        return _error(world, "access_token", _BAD_APP, "app_key或app_secret无效")
    if given.get("grant_type") != "authorization_code":
        return _error(world, "access_token", _BAD_GRANT, "grant_type无效")
    code = world.codes.get(given.get("code", ""))
    if code is None or code.used or code.shop is not shop or code.dead_at <= world.now():
        return _error(world, "access_token", _BAD_CODE, "code不存在或已过期")
    code.used = True
    return _granted(world, "access_token", issue(world, shop))


def _refresh(world: World, given: dict[str, str]) -> Response:
    """A new pair; the old one ends. After the end of the access token nothing can be renewed."""
    shop = _app(world, given)
    if shop is None or given.get("app_secret") != shop.app_secret:
        return _error(world, "refresh_token", _BAD_APP, "app_key或app_secret无效")
    if given.get("grant_type") != "refresh_token":
        return _error(world, "refresh_token", _BAD_GRANT, "grant_type无效")
    told = given.get("refresh_token")
    old = next((token for token in world.tokens.values() if told and token.refresh == told), None)
    if old is None or old.shop is not shop or old.replaced or old.dead_at <= world.now():
        return _error(world, "refresh_token", _BAD_REFRESH, "refresh_token不存在或已过期")
    old.replaced = True
    return _granted(world, "refresh_token", issue(world, shop))


def _granted(world: World, method: str, token: SimToken) -> Response:
    world.note(PLATFORM, f"oauth.{method}", "ok")
    body: dict[str, Any] = {
        "access_token": token.access,
        "expires_in": int(TOKEN_LIFE.total_seconds()),
        "refresh_token": token.refresh,
        "scope": "snsapi_base",
        "open_id": f"sim{token.shop.shop_id}openid",
        "uid": f"40{token.shop.shop_id}",
        "time": ms(token.issued_at),
        "token_type": "bearer",
        "code": 0,
        "xid": f"o*SIM{token.shop.shop_id}",
    }
    return Response(200, msgspec.json.encode(body), {"content-type": "application/json;charset=UTF-8"})


def _error(world: World, method: str, code: int, text: str) -> Response:
    world.note(PLATFORM, f"oauth.{method}", "refused", str(code))
    body = {"code": code, "msg": text, "requestId": f"r-{world.serial('jd.request')}"}
    return Response(200, msgspec.json.encode(body), {"content-type": "application/json;charset=UTF-8"})
