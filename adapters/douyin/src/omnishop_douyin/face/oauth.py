"""The service market's login page, and tokens: made from a code, refreshed by the platform's rules (wire page 2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from omnishop.ports import Response
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.world import AuthCode, Shop, SimToken, World
from omnishop_douyin.face import names, stock
from omnishop_douyin.face.answers import Asked, Refusal

CODE_LIFE = timedelta(minutes=10)
LAST_HOUR = timedelta(hours=1)


def authorize(world: World, request: WireRequest) -> Response:
    """Says yes at once. The real page goes to the address registered for the app; here it may also be told."""
    query = dict(request.query_items())
    shop = stock.shop_of_service(world, request)
    if shop is None:
        world.note(stock.PLATFORM, "authorize", "refused", "service_id")
        return Response(404, "服务不存在".encode(), {"content-type": "text/plain; charset=utf-8"})
    code = AuthCode(names.uuid_like(world), shop, "main", world.now() + CODE_LIFE)
    world.codes[code.code] = code
    parts = urlsplit(query.get("redirect_uri") or stock.CALLBACK)
    given = urlencode({"code": code.code, "state": query.get("state", "")})
    target = urlunsplit(parts._replace(query=f"{parts.query}&{given}" if parts.query else given))
    world.note(stock.PLATFORM, "authorize", "ok")
    return Response(302, b"", {"location": target})


def create(world: World, app: Shop, asked: Asked) -> dict[str, Any]:
    grant = asked.params.get("grant_type")
    code = asked.params.get("code")
    if grant == "authorization_self":
        if code is None:
            raise Refusal(50002, "isv.business-failed:4", "code不能为空")
        if str(asked.params.get("shop_id", app.shop_id)) != app.shop_id:
            raise _failed("no-authorization", "店铺未授权")
        return _granted(world, _kept(world, app) or stock.issue(world, app))
    if grant != "authorization_code":
        raise _failed("grant-type-invalid", "grant_type不合法")
    if not code:
        raise Refusal(50002, "isv.business-failed:4", "非自用型应用code不能为空")
    known = world.codes.get(str(code))
    if known is None or known.shop is not app or known.used:
        raise _failed("code-invalid", "授权码不正确")
    if known.dead_at < world.now():
        raise _failed("code-expired", "授权码已过期")
    known.used = True
    return _granted(world, stock.issue(world, app))


def _kept(world: World, app: Shop) -> SimToken | None:
    """A self-use app that asks again while its pair has more than an hour left keeps it (chosen)."""
    token = stock.current(world, app)
    return token if token.dead_at - world.now() > LAST_HOUR else None


def refresh(world: World, app: Shop, asked: Asked) -> dict[str, Any]:
    """More than an hour left: the same pair. In the last hour: a new one, the old token lives an hour more."""
    if asked.params.get("grant_type") != "refresh_token":
        raise _failed("grant-type-invalid", "grant_type不合法")
    given = asked.params.get("refresh_token")
    token = next((t for t in world.tokens.values() if t.shop is app and t.refresh == given and given), None)
    if token is None or token.replaced:
        raise Refusal(50002, "isv.business-failed:31009", "refresh_token 不存在")
    now = world.now()
    if token.refresh_dead_at is not None and token.refresh_dead_at <= now:
        raise _failed("token-expired", "refresh_token已过期")
    if token.dead_at - now > LAST_HOUR:
        return _granted(world, token)
    return _granted(world, stock.issue(world, app))


GRANTS: dict[str, Callable[[World, Shop, Asked], dict[str, Any]]] = {
    "token.create": create,
    "token.refresh": refresh,
}


def _granted(world: World, token: SimToken) -> dict[str, Any]:
    shop = token.shop
    return {
        "access_token": token.access,
        "expires_in": int((token.dead_at - world.now()).total_seconds()),
        "refresh_token": token.refresh,
        "scope": "SCOPE",
        "shop_id": int(shop.shop_id),
        "shop_name": shop.name,
        "authority_id": shop.shop_id,
        "auth_subject_type": "",
        "encrypt_operator": "",
        "operator_name": "",
        "shop_biz_type": 0,
        "token_type": 0,
    }


def _failed(what: str, words: str) -> Refusal:
    return Refusal(50001, f"dop.token-generate-failed:{what}", words)
