"""The codec: signs and serialises requests to the byte, and hands answers to be opened."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from omnishop.errors import AuthError, ConfigError, OmnishopError, RateLimited, Transient, WireError
from omnishop.flow import Call
from omnishop.model import to_beijing_text
from omnishop.ports import Account, App, Request, Response, Token
from omnishop_jd.errors import CUT, PLATFORM
from omnishop_jd.opening import opened, parsed, said_in, scalar

ROUTER = "https://api.jd.com/routerjson"
OAUTH = "https://open-oauth.jd.com"
RETIRED = frozenset({"gw.api.360buy.com", "gw.api.sandbox.360buy.com", "oauth.jd.com"})
BUSINESS = "360buy_param_json"

_FORM = "application/x-www-form-urlencoded;charset=UTF-8"
_OK = 200
_THROTTLED = 429
_FAULT = 500
# ---------------------------------------------------------------- signing


def signed_text(secret: str, params: Mapping[str, str]) -> str:
    """secret + Σ name value + secret, names in byte order; `sign` and empty values are left out."""
    names = sorted((name for name in params if name != "sign" and params[name]), key=_order)
    return secret + "".join(name + params[name] for name in names) + secret


def _order(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass")


def signature(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()


# ---------------------------------------------------------------- the codec


class JdCodec:
    """Pure but for one count: how many bodies needed the repair (`omnishop.lenient.repairs`)."""

    def encode(self, call: Call, account: Account, token: Token | None, now: datetime) -> Request:
        if call.address == "oauth":
            return _oauth_request(call, account.app)
        if call.files:
            raise ConfigError("the platform takes no files at its gateway", zh="该平台网关不接受文件")
        public = {
            "method": call.method,
            "app_key": _present("app_key", account.app.app_key),
            "timestamp": to_beijing_text(now),
            "v": "2.0",
            BUSINESS: _business(call.params),
        }
        if token is not None:
            public["access_token"] = _present("access_token", token.access)
        public["sign"] = signature(signed_text(_present("app_secret", account.app.app_secret), public))
        business = public.pop(BUSINESS)
        url = f"{_router(account.app)}?{urlencode(public)}"
        return Request("POST", url, (("content-type", _FORM),), urlencode({BUSINESS: business}).encode())

    def decode(self, call: Call, response: Response) -> msgspec.Raw:
        if call.address == "oauth":
            return opened_oauth(response)
        if response.status != _OK:
            raise _http_fault(response, call)
        return opened(call.method, response.content, write=call.write)

    def sign(self, vector: Mapping[str, Any], kind: str | None) -> tuple[str, str]:
        if kind is not None:
            kind = kind[:CUT]
            raise ConfigError(
                f"the platform signs gateway requests only, there is no {kind!r} form",
                zh=f"该平台只有网关请求签名, 没有 {kind!r} 形式",
            )
        secret = vector.get("app_secret") or vector.get("secret")
        params = vector.get("params")
        if not isinstance(secret, str) or not isinstance(params, Mapping):
            raise ConfigError(
                'a vector needs "secret" (or "app_secret") and "params"',
                zh='签名向量需要 "secret"(或 "app_secret") 与 "params"',
            )
        text = signed_text(secret, {str(name): _plain(value) for name, value in params.items()})
        try:
            return signature(text), text
        except UnicodeEncodeError:
            raise ConfigError("the vector holds half a character", zh="签名向量含有不完整的字符") from None


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value).decode()


def _present(name: str, value: str) -> str:
    """Public values that reference clients disagree about are never sent (1.3)."""
    if not value or value.startswith("@"):
        raise ConfigError(
            f"{name} is empty or begins with @: such a value must never be sent",
            zh=f"{name} 为空或以 @ 开头, 不可发送",
            platform=PLATFORM,
        )
    return value


def _business(params: Mapping[str, Any]) -> str:
    """The one JSON object, serialised once: None is dropped, a float never stands for money or an id."""
    kept = {name: value for name, value in params.items() if value is not None}
    wrong = next((name for name, value in kept.items() if isinstance(value, float)), None)
    if wrong is not None:
        raise ConfigError(
            f"{wrong[:CUT]} is a float: give text, an integer or a Decimal",
            zh=f"{wrong[:CUT]} 为浮点数: 请用文本、整数或 Decimal",
        )
    try:
        return msgspec.json.encode(kept).decode()
    except (TypeError, ValueError) as problem:
        raise ConfigError(
            f"the parameters cannot be written as JSON ({type(problem).__name__})", zh="参数无法写成 JSON"
        ) from None


def _router(app: App) -> str:
    return _allowed(app.gateway or ROUTER)


def oauth_host(app: App) -> str:
    if app.oauth:
        return _allowed(app.oauth.rstrip("/"))
    if app.gateway:
        parts = urlsplit(app.gateway)
        return _allowed(f"{parts.scheme}://{parts.netloc}")
    return OAUTH


def _allowed(url: str) -> str:
    if urlsplit(url).hostname in RETIRED:
        raise ConfigError(
            f"this address is retired; use {ROUTER}", zh=f"该地址已停用, 请使用 {ROUTER}", platform=PLATFORM
        )
    return url


# ---------------------------------------------------------------- transport and OAuth


def _http_fault(response: Response, call: Call) -> OmnishopError:
    """A status other than 200 is the platform's fault, unless the body names a code we know."""
    if response.status == _THROTTLED:
        after = response.headers.get("retry-after", "")
        seconds = float(after) if after.isascii() and after.isdigit() else None
        return RateLimited(
            "called too often: wait", zh="调用过于频繁, 请稍候", retry_after=seconds, platform=PLATFORM
        )
    try:
        opened(call.method, response.content, write=call.write)
    except (Transient, WireError):
        pass
    except OmnishopError as error:
        return error
    return Transient(
        f"the platform answered HTTP {response.status}: try again later",
        zh=f"平台返回 HTTP {response.status}, 稍后重试",
        platform=PLATFORM,
        code=str(response.status),
    )


def _oauth_request(call: Call, app: App) -> Request:
    path = "/oauth2/refresh_token" if call.method == "oauth.refresh_token" else "/oauth2/access_token"
    form = {
        "app_key": _present("app_key", app.app_key),
        "app_secret": _present("app_secret", app.app_secret),
        **{name: str(value) for name, value in call.params.items() if value is not None},
    }
    return Request("POST", oauth_host(app) + path, (("content-type", _FORM),), urlencode(form).encode())


def opened_oauth(response: Response) -> msgspec.Raw:
    if response.status >= _FAULT:
        raise Transient(
            f"the login server answered HTTP {response.status}: try again later",
            zh=f"授权服务返回 HTTP {response.status}, 稍后重试",
            platform=PLATFORM,
            code=str(response.status),
        )
    fields = parsed(response.content)
    whole = msgspec.Raw(msgspec.json.encode(fields))
    if "access_token" in fields:
        return whole
    said = said_in(whole)
    code = scalar(said.code)
    if code is None:
        raise WireError(
            "the login answered without token or code", zh="授权应答既无令牌也无错误码", platform=PLATFORM
        )
    raise AuthError(
        "the login was refused: the code or token is used, expired or unknown; omnishop shops login jd",
        zh="授权被拒绝: code 或令牌已使用、过期或不存在, 请重新授权: omnishop shops login jd",
        cure="login",
        platform=PLATFORM,
        code=code[:CUT],
        request_id=None if said.request is None else said.request[:CUT],
    )


codec = JdCodec()
