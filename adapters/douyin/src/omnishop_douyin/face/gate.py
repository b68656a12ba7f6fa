"""The gateway: which request it is, whether its public parameters, signature and token hold (wire page 1, 2)."""

from __future__ import annotations

import hmac
import json
from datetime import timedelta
from typing import Any

from omnishop.model import from_beijing_text, from_unix, from_unix_ms
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.world import Shop, World
from omnishop_douyin import methods
from omnishop_douyin.canonical import spellings
from omnishop_douyin.face.answers import PLATFORM, Asked, Refusal
from omnishop_douyin.signing import digest, sign_text

SKEW = timedelta(minutes=10)
_APP_KEY_DIGITS = 19
_MILLISECONDS = 10**11
_SIGN_METHODS = frozenset({"md5", "hmac-sha256"})


def asked(world: World, request: WireRequest) -> tuple[Asked, Shop]:
    """What is asked and by which shop's app; the token is checked by `admitted`."""
    query = dict(request.query_items())
    method = request.path.strip("/").replace("/", ".")
    if method not in methods.KNOWN or method == methods.PUSH:
        raise Refusal(70000, "isp.api-service-off", "API不存在或已下线")
    shop = _app(world, query)
    if query.get("method", method) != method:
        raise Refusal(40003, "isv.parameter-invalid", "method与请求路径不一致")
    for name in ("method", "timestamp", "v"):
        if not query.get(name):
            raise Refusal(40001, "isv.parameter-missing", f"缺少参数{name}")
    if query["v"] != "2":
        raise Refusal(40003, "isv.parameter-invalid", "v只能为2")
    if not query.get("sign"):
        raise Refusal(40001, "isv.signature-missing", "缺少sign")
    _timely(world, query["timestamp"])
    text = _param_json(request, query)
    params = _parsed(text)
    _signed(query, shop, method, text, params)
    return Asked(method, params), shop


def admitted(world: World, request: WireRequest, app: Shop) -> Shop:
    """The shop whose token the request carries."""
    method = request.path.strip("/").replace("/", ".")
    if world.throttles(PLATFORM, app.app_key, method) is not None:
        raise Refusal(60000, "isv.traffic-limited", "接口调用过于频繁，请稍后重试")
    access = dict(request.query_items()).get("access_token")
    if not access:
        raise Refusal(40001, "isv.access-token-missing", "access_token不能为空")
    token = world.tokens.get(access)
    if token is None or token.shop.platform != PLATFORM:
        raise Refusal(
            40003, "isv.access-token-no-existed", "access_token不存在，请使用最新的access_token访问"
        )
    if token.shop.app_key != app.app_key:
        raise Refusal(40003, "isv.access-token-invalid", "access_token与app_key不匹配")
    if token.dead_at <= world.now():
        if token.replaced:
            raise Refusal(
                40003, "isv.access-token-no-existed", "access_token不存在，请使用最新的access_token访问"
            )
        raise Refusal(40003, "isv.access-token-expired", "access_token已过期")
    if world.faults.strikes("expired_token"):
        raise Refusal(40003, "isv.access-token-expired", "access_token已过期")
    return token.shop


def is_app_key(text: str) -> bool:
    return text.isdigit() and len(text) == _APP_KEY_DIGITS


def _app(world: World, query: dict[str, str]) -> Shop:
    app_key = query.get("app_key", "")
    if not app_key:
        raise Refusal(40001, "isv.app-id-missing", "缺少app_key")
    if not is_app_key(app_key):
        raise Refusal(40003, "isv.app-id-invalid", "app_key格式不正确")
    for shop in world.shops:
        if shop.platform == PLATFORM and shop.app_key == app_key:
            return shop
    raise Refusal(40001, "isv.app-id-missing", "app_key不存在")


def _timely(world: World, timestamp: str) -> None:
    """Unix seconds, unix milliseconds or Beijing wall clock; judged by the machine's time."""
    try:
        if timestamp.isdigit():
            number = int(timestamp)
            when = from_unix_ms(number) if number > _MILLISECONDS else from_unix(number)
        else:
            when = from_beijing_text(timestamp)
    except ValueError:
        raise Refusal(40003, "isv.timestamp-format-error", "timestamp格式错误") from None
    if abs(world.clock.machine() - when) > SKEW:
        raise Refusal(40003, "isv.timestamp-invalid", "时间戳与当前时间误差超过10分钟")


def _param_json(request: WireRequest, query: dict[str, str]) -> str:
    """The body; in the style of before 2022 in the query string. A form is no JSON and is refused as such."""
    body = request.content.decode("utf-8", "replace")
    return body if body.strip() else query.get("param_json", "{}")


def _parsed(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if found == []:
        found = {}
    if not isinstance(found, dict):
        raise Refusal(40003, "isv.parameter-format-invalid", "param_json解析失败")
    return found


def _signed(query: dict[str, str], shop: Shop, method: str, text: str, params: dict[str, Any]) -> None:
    """The gateway canonicalises again and tolerates several variants (wire page 1.2)."""
    how = query.get("sign_method") or "md5"
    if how not in _SIGN_METHODS:
        raise Refusal(40003, "isv.parameter-invalid", "sign_method不支持")
    given = query["sign"].encode("utf-8", "replace")
    for variant in _variants(text, params):
        base = sign_text(shop.app_key, shop.app_secret, method, variant, query["timestamp"])
        if not _is_text(base):
            continue
        if hmac.compare_digest(digest(shop.app_secret, base, how).encode(), given):
            return
    raise Refusal(40003, "isv.signature-invalid", "签名不合法")


def _variants(text: str, params: dict[str, Any]) -> dict[str, None]:
    try:
        return dict.fromkeys((text, *spellings(params)))
    except RecursionError:
        return {text: None}


def _is_text(words: str) -> bool:
    """Half a surrogate pair, which JSON can spell, is none and can be hashed by nobody."""
    try:
        words.encode()
    except UnicodeEncodeError:
        return False
    return True
