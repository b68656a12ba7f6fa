"""The simulated OAuth host: authorize sends the browser straight back, token gives and renews."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from omnishop.ports import Response
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.world import AuthCode, Shop, SimToken, World
from omnishop_taobao.face.gate import parameters
from omnishop_taobao.face.shop import PLATFORM, issue

CODE_LIFE = timedelta(minutes=10)
R2 = 259200
W2 = 1800


class Denied(Exception):
    """An OAuth refusal: `error` and why."""

    def __init__(self, error: str, why: str) -> None:
        super().__init__(why)
        self.error, self.why = error, why


def authorize(world: World, request: WireRequest) -> Response:
    """`role=operator` logs a sub-account in: this world's own addition, the real page shows a form."""
    asked, _ = parameters(request)
    app = _app(world, asked.get("client_id", ""))
    back = asked.get("redirect_uri", "")
    if not back:
        raise Denied("invalid_request", "redirect_uri is missing")
    if asked.get("response_type") != "code":
        raise Denied("unsupported_response_type", "only code is played")
    role = "operator" if asked.get("role") == "operator" else "main"
    code = AuthCode(f"T{world.secret(24)}", app, role, world.now() + CODE_LIFE)
    world.codes[code.code] = code
    query = urlencode({"code": code.code, "state": asked.get("state", "")})
    joint = "&" if "?" in back else "?"
    world.note(PLATFORM, "oauth.authorize", "ok")
    return Response(302, b"", {"location": f"{back}{joint}{query}"})


def token(world: World, request: WireRequest) -> Response:
    asked, _ = parameters(request)
    app = _app(world, asked.get("client_id", ""))
    if asked.get("client_secret") != app.app_secret:
        raise Denied("invalid_client", "client_secret is invalid")
    kind = asked.get("grant_type")
    if kind == "authorization_code":
        given = by_code(world, app, asked.get("code", ""))
    elif kind == "refresh_token":
        given = renewed(world, app, asked.get("refresh_token", ""))
    else:
        raise Denied("unsupported_grant_type", "grant_type is not known")
    world.note(PLATFORM, "oauth.token", "ok")
    return Response(200, msgspec.json.encode(told(world, given)), {"content-type": "application/json"})


def denied(world: World, method: str, no: Denied) -> Response:
    world.note(PLATFORM, method, "refused", no.error)
    body = msgspec.json.encode({"error": no.error, "error_description": no.why})
    return Response(400, body, {"content-type": "application/json"})


def by_code(world: World, app: Shop, text: str) -> SimToken:
    code = world.codes.get(text)
    if code is None or code.shop is not app or code.used or code.dead_at <= world.now():
        raise Denied("invalid_grant", "the code is not valid any more")
    code.used = True
    return issue(world, app, code.role)


def renewed(world: World, app: Shop, text: str) -> SimToken:
    """The refresh token stays, the access token it replaces ends."""
    old = [t for t in world.tokens.values() if t.refresh == text and t.shop is app]
    if not old:
        raise Denied("invalid_grant", "the refresh token is not known")
    if all(t.refresh_dead_at is None or t.refresh_dead_at <= world.now() for t in old):
        raise Denied("invalid_grant", "the refresh token has expired")
    for each in old:
        each.replaced = True
    return issue(world, app, old[-1].role, refresh=text)


def told(world: World, given: SimToken) -> dict[str, Any]:
    seconds = int((given.dead_at - world.now()).total_seconds())
    answer: dict[str, Any] = {
        "access_token": given.access,
        "token_type": "Bearer",
        "expires_in": seconds,
        "refresh_token": given.refresh,
        "re_expires_in": seconds,
        "r1_expires_in": seconds,
        "r2_expires_in": R2,
        "w1_expires_in": seconds,
        "w2_expires_in": W2,
        "taobao_user_id": given.shop.shop_id,
        "taobao_user_nick": quote(given.shop.nick),
    }
    if given.role == "operator":
        answer |= {
            "sub_taobao_user_id": f"{given.shop.shop_id}9",
            "sub_taobao_user_nick": quote(f"{given.shop.nick}:客服一"),
        }
    return answer


def _app(world: World, key: str) -> Shop:
    found = next((s for s in world.shops if s.platform == PLATFORM and s.app_key == key), None)
    if found is None:
        raise Denied("invalid_client", "client_id is not known")
    return found
