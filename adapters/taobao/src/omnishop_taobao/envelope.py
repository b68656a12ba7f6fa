"""The gateway's envelope to the byte: signs and serialises calls, opens answers, maps failures on every layer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec

from omnishop.errors import ConfigError, OmnishopError, Transient, WireError
from omnishop.flow import Call, File
from omnishop.lenient import repairs
from omnishop.model import to_beijing_text
from omnishop.ports import Account, App, Request, Response, Token
from omnishop_taobao.errors import Failure, mapped
from omnishop_taobao.failures import FAILS_INSIDE, failure, failure_inside, plain, xml_failure
from omnishop_taobao.methods import TOKEN, root
from omnishop_taobao.payloads import is_payload
from omnishop_taobao.signing import DEFAULT_METHOD, joined, sign_vector, signature

GATEWAY = "https://eco.taobao.com/router/rest"
OAUTH = "https://oauth.taobao.com"

_FORM = "application/x-www-form-urlencoded;charset=UTF-8"
_PUBLIC = frozenset(
    {"method", "app_key", "session", "access_token", "timestamp", "v", "format", "sign_method", "sign"}
)
_TOP = msgspec.json.Decoder(dict[str, msgspec.Raw])
_HTTP_ERROR = 400


def gateway(app: App) -> str:
    return app.gateway or GATEWAY


def oauth_base(app: App) -> str:
    """The OAuth host; with only the gateway overridden it is that gateway's host."""
    if app.oauth:
        return app.oauth.rstrip("/")
    if not app.gateway:
        return OAUTH
    parts = urlsplit(app.gateway)
    return f"{parts.scheme}://{parts.netloc}"


class Codec:
    """Pure; holds nothing."""

    def encode(self, call: Call, account: Account, token: Token | None, now: datetime) -> Request:
        if call.address == "oauth":
            return _oauth_request(call, account)
        params = {name: _text(name, value) for name, value in call.params.items() if value is not None}
        reserved = _PUBLIC & params.keys()
        if reserved:
            name = min(reserved)
            raise _config(f"{name} is set by the codec: leave it out", f"{name} 由编码器填写, 请勿传入")
        params |= {
            "method": call.method,
            "app_key": account.app.app_key,
            "timestamp": to_beijing_text(now),
            "v": "2.0",
            "format": "json",
            "sign_method": DEFAULT_METHOD,
        }
        if call.session != "none":
            if token is None or not token.access.strip():
                raise _config("this call needs a session and there is none", "此调用需要会话令牌, 但没有")
            params["session"] = token.access
        params["sign"] = signature(DEFAULT_METHOD, account.app.app_secret, joined(params.items()))
        url = gateway(account.app)
        if call.files:
            return _multipart(url, params, call.files)
        return Request("POST", url, (("content-type", _FORM),), urlencode(params).encode())

    def decode(self, call: Call, response: Response) -> msgspec.Raw:
        if call.address == "oauth":
            return _oauth_answer(response.content, response.status)
        simple = str(call.params.get("simplify", "")).lower() == "true"
        payload = opened(
            call.method, response.content, status=response.status, write=call.write, simple=simple
        )
        if call.method.startswith(FAILS_INSIDE):
            failed = failure_inside(payload)
            if failed is not None:
                raise mapped(failed, write=call.write, method=call.method)
        return payload

    def sign(self, vector: Mapping[str, Any], kind: str | None) -> tuple[str, str]:
        return sign_vector(vector, kind)


# ---------------------------------------------------------------- requests


def _config(en: str, zh: str) -> ConfigError:
    return ConfigError(en, zh=zh, platform="taobao")


def _text(name: str, value: Any) -> str:
    """A parameter as it is sent. Empty values are signed differently by every client, so they never go out."""
    if isinstance(value, float):
        raise _config(
            f"{name} is a float: ids and amounts must be text or int",
            f"{name} 为浮点数: 编号与金额须为文本或整数",
        )
    if isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, datetime):
        if value.tzinfo is None:
            raise _config(f"{name} is a time without a zone", f"{name} 的时间缺少时区")
        text = to_beijing_text(value)
    elif isinstance(value, str | int | Decimal):
        text = str(value)
    elif isinstance(value, Mapping):
        text = msgspec.json.encode(value).decode()
    elif isinstance(value, list | tuple | set | frozenset):
        structured = any(isinstance(item, Mapping) for item in value)
        plain = sorted(value) if isinstance(value, set | frozenset) else value
        text = (
            msgspec.json.encode(plain).decode()
            if structured
            else ",".join(_text(name, item) for item in plain)
        )
    else:
        raise _config(
            f"{name}: {type(value).__name__} cannot be sent; files go into `files`",
            f"{name}: 类型 {type(value).__name__} 无法发送; 文件请放入 files",
        )
    if not text.strip():
        raise _config(f"{name} is empty: leave it out", f"{name} 为空: 请不要传该参数")
    return text


def _multipart(url: str, params: Mapping[str, str], files: Mapping[str, File]) -> Request:
    boundary = f"omnishop-{uuid.uuid5(uuid.NAMESPACE_URL, params['sign']).hex}"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n'
        f"Content-Type: text/plain;charset=UTF-8\r\n\r\n{value}\r\n".encode()
        for name, value in params.items()
    ]
    for name, file in files.items():
        shown = file.name.replace('"', "").replace("\r", "").replace("\n", "")
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{shown}"\r\n'
            f"Content-Type: {file.mime}\r\n\r\n"
        )
        parts += [head.encode(), file.content, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())
    headers = (("content-type", f"multipart/form-data; boundary={boundary}"),)
    return Request("POST", url, headers, b"".join(parts))


def _oauth_request(call: Call, account: Account) -> Request:
    params = {name: _text(name, value) for name, value in call.params.items() if value is not None}
    params |= {"client_id": account.app.app_key, "client_secret": account.app.app_secret}
    url = f"{oauth_base(account.app)}/token"
    return Request("POST", url, (("content-type", _FORM),), urlencode(params).encode())


# ---------------------------------------------------------------- answers


def opened(method: str, body: bytes, *, status: int, write: bool, simple: bool) -> msgspec.Raw:
    """What is inside the one root key; `simple`: an answer without a root key is the payload itself."""
    top, body = _parsed(body, status, write=write, method=method)
    if "error_response" in top:
        raise mapped(failure(top["error_response"]), write=write, method=method)
    if status >= _HTTP_ERROR:
        raise _fault(status)
    inside = top.get(root(method))
    if inside is None and simple:
        inside = top.get(_as_clients_spell_it(method))
        if inside is None and is_payload(method, top, fails_inside=method.startswith(FAILS_INSIDE)):
            inside = msgspec.Raw(body)
    if inside is not None:
        return inside
    name = root(method)[:80]
    raise WireError(
        f"the answer has no {name}: was it made by another method?",
        zh=f"应答中没有 {name}: 是否为其他方法的应答?",
        platform="taobao",
        method=method[:80],
    )


def _as_clients_spell_it(method: str) -> str:
    """With the `taobao_` that the platform leaves out (§1.5)."""
    return f"{method.replace('.', '_')}_response"


def _parsed(body: bytes, status: int, *, write: bool, method: str) -> tuple[dict[str, msgspec.Raw], bytes]:
    try:
        return _TOP.decode(body), body
    except (ValueError, RecursionError):
        pass
    start = body.lstrip()[:1]
    if start == b"<" and b"<error_response>" in body:
        raise mapped(xml_failure(body), write=write, method=method)
    if status >= _HTTP_ERROR or start not in {b"{", b"["}:
        raise _fault(status)
    mended = repairs.mend(body)
    try:
        return _TOP.decode(mended), mended
    except (ValueError, RecursionError):
        raise WireError(
            "the answer is no JSON object, also after repair: it was cut off or changed on the way",
            zh="应答不是合法的 JSON 对象(修复后仍无法解析): 可能被截断或篡改",
        ) from None


def _fault(status: int) -> OmnishopError:
    return Transient(
        f"a gateway or proxy answered instead of the platform (HTTP {status}, no JSON of it): try again later",
        zh=f"网关或代理故障 (HTTP {status}, 非平台 JSON 应答): 请稍后重试",
    )


# ---------------------------------------------------------------- OAuth


class _Denied(msgspec.Struct):
    error: msgspec.Raw = msgspec.Raw(b"")
    access_token: msgspec.Raw = msgspec.Raw(b"")


def _oauth_answer(body: bytes, status: int) -> msgspec.Raw:
    _, body = _parsed(body, status, write=False, method=TOKEN)
    told = msgspec.json.decode(body, type=_Denied)
    error = plain(told.error)
    if isinstance(error, str):
        raise _denied(error)
    if status >= _HTTP_ERROR:
        raise _fault(status)
    if not isinstance(plain(told.access_token), str):
        raise WireError("the OAuth answer has no access_token", zh="OAuth 应答中没有 access_token")
    return msgspec.Raw(body)


def _denied(error: str) -> OmnishopError:
    keys = error in {"invalid_client", "unauthorized_client"}
    problem = mapped(
        Failure(29 if keys else 27, "" if keys else "invalid-sessionkey"), write=False, method=TOKEN
    )
    problem.code = error[:64]
    return problem


def body_of(method: str, body: bytes) -> msgspec.Raw:
    """The payload of a captured whole body, in any form the platform or its data push stores."""
    try:
        if method == TOKEN:
            return _oauth_answer(body, 200)
        return opened(method, _pushed(body), status=200, write=False, simple=True)
    except Transient as problem:
        if problem.code is not None:
            raise
        raise WireError(
            "this is no answer of the platform: not JSON (an error page, or nothing at all?)",
            zh="这不是平台的应答: 并非 JSON (可能是错误页或空文件)",
            platform="taobao",
            method=method,
        ) from None


class _PushedRow(msgspec.Struct):
    """A row of the data push (jdp_tb_trade, jdp_tb_refund): the answer is text in one of its columns."""

    jdp_response: str | None = None


def _pushed(body: bytes) -> bytes:
    """The answer inside a row of the data push, or inside JSON text, as some clients store it."""
    quoted = body.lstrip()[:1] == b'"'
    if not quoted and b'"jdp_response"' not in body:
        return body
    try:
        told = (
            msgspec.json.decode(body, type=str)
            if quoted
            else msgspec.json.decode(body, type=_PushedRow).jdp_response
        )
    except (ValueError, RecursionError):
        return body
    return body if told is None else told.encode()
