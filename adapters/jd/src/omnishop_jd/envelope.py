"""The platform's envelope to the byte: signs and serialises requests, opens answers, tells failures on all layers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from omnishop.errors import AuthError, ConfigError, OmnishopError, RateLimited, Transient, WireError
from omnishop.flow import Call
from omnishop.lenient import repairs
from omnishop.model import to_beijing_text
from omnishop.ports import Account, App, Request, Response, Token
from omnishop_jd.catalogue import METHODS
from omnishop_jd.errors import GATEWAY, OUTCOMES, PLATFORM, Outcome, mapped

ROUTER = "https://api.jd.com/routerjson"
OAUTH = "https://open-oauth.jd.com"
RETIRED = frozenset({"gw.api.360buy.com", "gw.api.sandbox.360buy.com", "oauth.jd.com"})
BUSINESS = "360buy_param_json"

_FORM = "application/x-www-form-urlencoded;charset=UTF-8"
_OK = 200
_THROTTLED = 429
_FAULT = 500
_SUFFIXES = ("_responce", "_response")

Fields = dict[str, msgspec.Raw]
_fields = msgspec.json.Decoder(Fields)


class Said(msgspec.Struct):
    """What any layer may say about failure; of any shape, for it is only shown or compared."""

    code: Any = None
    zh_desc: Any = None
    en_desc: Any = None
    request_id: Any = None
    requestId: Any = None  # noqa: N815 - the wire's spelling
    errorMessage: Any = None  # noqa: N815 - the wire's spelling
    msg: Any = None

    @property
    def request(self) -> str | None:
        return scalar(self.request_id) or scalar(self.requestId)

    @property
    def told(self) -> str | None:
        return scalar(self.zh_desc) or scalar(self.en_desc) or scalar(self.errorMessage) or scalar(self.msg)


_said = msgspec.json.Decoder(Said)


def scalar(value: Any) -> str | None:
    """A code or text of any spelling as text; None for nothing and for what is no scalar."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value) or None


def truth(value: Any) -> bool | None:
    """A flag that may come as boolean or text; None when it says neither."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(str(value).lower()) if isinstance(value, str) else None


# ---------------------------------------------------------------- signing


def signed_text(secret: str, params: Mapping[str, str]) -> str:
    """secret + Σ name value + secret, names in byte order; `sign` and empty values are left out."""
    names = sorted((name for name in params if name != "sign" and params[name]), key=str.encode)
    return secret + "".join(name + params[name] for name in names) + secret


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
        return signature(text), text


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
            f"{wrong} is a float: give text, an integer or a Decimal",
            zh=f"{wrong} 为浮点数: 请用文本、整数或 Decimal",
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


# ---------------------------------------------------------------- opening answers


def parsed(body: bytes) -> Fields:
    """A body as an object of raw fields; one counted repair, then WireError."""
    start = body[:64].lstrip()
    if not body.strip():
        raise Transient("the platform sent an empty answer: try again later", zh="平台返回空应答, 稍后重试")
    if start.startswith(b"<"):
        raise Transient(
            "the platform sent a page instead of an answer: try again later",
            zh="平台返回了网页而非数据, 稍后重试",
        )
    try:
        return _fields.decode(body)
    except (msgspec.ValidationError, RecursionError):
        raise _unreadable() from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _second_try(body)


def _second_try(body: bytes) -> Fields:
    try:
        return _fields.decode(repairs.mend(body))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _unreadable() from None


def _unreadable() -> WireError:
    return WireError("the answer is no JSON object", zh="应答不是 JSON 对象", platform=PLATFORM)


def opened(method: str, body: bytes, *, write: bool = False, bare: bool = False) -> msgspec.Raw:
    """The inside of the envelope, when all four layers say success (1.7).

    `bare` also takes a body whose envelope someone already removed, as captured payloads come.
    """
    quick = _plainly_good(method, body)
    if quick is not None:
        return quick
    fields = parsed(body)
    failed = fields.get("error_response")
    if failed is not None:
        raise _failure(failed, GATEWAY, write=write)
    inside = _inside(method, fields)
    if inside is None and bare and METHODS[method].path[:1] and METHODS[method].path[0] in fields:
        inside = msgspec.Raw(msgspec.json.encode(fields))
    if inside is None:
        raise _bare_failure(fields, write=write)
    inner = _object(inside)
    if _first(inner, ("code",)) not in {None, "0"}:
        raise _failure(inside, GATEWAY, write=write)
    _judge(method, inner, write=write)
    return inside


def _plainly_good(method: str, body: bytes) -> msgspec.Raw | None:
    """The inside of a compact answer that says success in every place, read in one pass over the bytes.

    None for anything else: then the layers are read one by one.
    """
    known = METHODS.get(method)
    if known is None or known.outcome not in OUTCOMES or not body.endswith(b"}"):
        return None
    for suffix in _SUFFIXES:
        head = f'{{"{known.envelope}{suffix}":'.encode()
        if body.startswith(head):
            inside = msgspec.Raw(memoryview(body)[len(head) : -1])
            try:
                said = _glance(known.path[0], known.outcome).decode(inside)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                return None
            return inside if _all_good(said, known.path[0], OUTCOMES[known.outcome]) else None
    return None


def _all_good(said: Any, container: str, outcome: Outcome) -> bool:
    result = getattr(said, container)
    if result is None or scalar(said.code) not in {None, "0"}:
        return False
    result = result if outcome.nested is None else getattr(result, outcome.nested) or result
    flags = [truth(flag) for name in outcome.flags if (flag := getattr(result, name)) is not None]
    codes = [scalar(code) for name in outcome.codes if (code := getattr(result, name)) is not None]
    settled = bool(flags or (codes and not outcome.flags))
    return settled and all(flags) and all(code in outcome.good for code in codes)


@lru_cache(maxsize=256)
def _glance(container: str, family: str) -> msgspec.json.Decoder[Any]:
    """A decoder that sees nothing but what tells success."""
    outcome = OUTCOMES[family]
    told = [(name, Any, None) for name in (*outcome.flags, *outcome.codes)]
    result = msgspec.defstruct("Result", told)
    if outcome.nested is not None:
        result = msgspec.defstruct("Outer", [*told, (outcome.nested, result | None, None)])
    whole = msgspec.defstruct("Inside", [("code", Any, None), (container, result | None, None)])
    return msgspec.json.Decoder(whole)


def _inside(method: str, fields: Fields) -> msgspec.Raw | None:
    """Under the method's own name in either spelling, else the only key that ends like an envelope."""
    name = method.replace(".", "_")
    for suffix in _SUFFIXES:
        if name + suffix in fields:
            return fields[name + suffix]
    others = [key for key in fields if key.endswith(_SUFFIXES)]
    return fields[others[0]] if len(others) == 1 and others[0].lower().startswith(name.lower()) else None


def _bare_failure(fields: Fields, *, write: bool) -> OmnishopError:
    """No envelope: a bare {code, errorMessage}, or another method's answer."""
    said = _saying(msgspec.Raw(msgspec.json.encode(fields)))
    code = scalar(said.code)
    if code is not None and said.told is not None:
        return mapped("top_level", code, said.told, said.request, write=write)
    return WireError(
        "the answer has no envelope of this method", zh="应答中没有该方法的信封", platform=PLATFORM
    )


def _failure(raw: msgspec.Raw, layer: str, *, write: bool) -> OmnishopError:
    said = _saying(raw)
    code = scalar(said.code)
    if code is None:
        return WireError(
            "the platform reports an error without a code", zh="平台报错但没有错误码", platform=PLATFORM
        )
    return mapped(layer, code, said.told, said.request, write=write)


def _saying(raw: msgspec.Raw) -> Said:
    try:
        return _said.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Said()


def _object(raw: msgspec.Raw) -> Fields:
    try:
        return _fields.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise WireError(
            "the envelope or a result in it is no object", zh="信封或其中的结果不是对象", platform=PLATFORM
        ) from None


# ---------------------------------------------------------------- the business layer


def _judge(method: str, inner: Fields, *, write: bool) -> None:
    """Raise what the method's result object says went wrong; a result that is not there is left to the reader."""
    known = METHODS.get(method)
    outcome = OUTCOMES.get(known.outcome) if known is not None else None
    raw = inner.get(known.path[0]) if known is not None and known.path else None
    if outcome is None or raw is None or bytes(raw) == b"null":
        return
    result = _object(raw)
    if outcome.nested is not None and outcome.nested in result:
        result = _object(result[outcome.nested])
    ok, code = _verdict(outcome, result)
    if ok is None:
        raise WireError(
            "the answer does not say whether it succeeded", zh="应答未说明是否成功", platform=PLATFORM
        )
    if not ok:
        told, request_id = _first(result, outcome.texts), _first(inner, ("request_id", "requestId"))
        raise mapped(outcome.layer, code, told, request_id, write=write)


def _verdict(outcome: Outcome, result: Fields) -> tuple[bool | None, str]:
    code = _first(result, outcome.codes)
    good = code is None or code in outcome.good
    if not outcome.flags:
        return (None if code is None else good), code or "?"
    flag = next((truth(_value(result[name])) for name in outcome.flags if name in result), None)
    return (None if flag is None else flag and good), code or "?"


def _first(result: Fields, names: tuple[str, ...]) -> str | None:
    found = (scalar(_value(result[name])) for name in names if name in result)
    return next((text for text in found if text), None)


def _value(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


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
    said = _saying(whole)
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
        code=code,
        request_id=said.request,
    )


codec = JdCodec()
