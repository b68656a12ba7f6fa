"""Signs single examples in the form of the published vectors: gateway requests, SPI calls, push messages.

Sources: wire page 1.2 (gateway), 6.1 (push: md5 where the header is absent), 6.2 (SPI).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from omnishop.errors import ConfigError
from omnishop_douyin.canonical import canonical, html_escaped
from omnishop_douyin.signing import SIGN_METHOD, digest, dotted, push_text, sign_text, spi_text


def sign(vector: Mapping[str, Any], kind: str | None) -> tuple[str, str]:
    """(sign, the exact text that was hashed)."""
    if kind is None:
        return _gateway(vector)
    if kind == "spi":
        return _spi(vector)
    if kind == "push":
        return _push(vector)
    raise _wrong(
        f"no signature of kind {kind[:80]!r}; known: spi, push", f"没有 {kind[:80]!r} 类签名; 可用: spi, push"
    )


def _gateway(vector: Mapping[str, Any]) -> tuple[str, str]:
    secret = _secret(vector)
    text = sign_text(
        _needed(vector, "app_key"),
        secret,
        dotted(_needed(vector, "method")),
        _param_json(vector),
        _needed(vector, "timestamp"),
    )
    return digest(secret, text, str(vector.get("sign_method") or SIGN_METHOD)), text


def _spi(vector: Mapping[str, Any]) -> tuple[str, str]:
    """A captured SPI request (`query`, `body`) is signed as its `sign` is: `&`, `<`, `>` escaped."""
    query = vector.get("query")
    if isinstance(query, Mapping):
        body = vector.get("body", query.get("param_json"))
        given = {**vector, **query, "param_json": html_escaped(canonical(_parsed(body)))}
        given.pop("params", None)
        method = str(query.get("sign_method") or "md5")
    else:
        given = dict(vector)
        method = str(vector.get("sign_method") or SIGN_METHOD)
    secret = _secret(vector)
    text = spi_text(_needed(given, "app_key"), secret, _param_json(given), _needed(given, "timestamp"))
    return digest(secret, text, method), text


def _push(vector: Mapping[str, Any]) -> tuple[str, str]:
    headers = vector.get("headers")
    told = headers if isinstance(headers, Mapping) else {}
    method = vector.get("sign_method") or told.get("sign-method")
    app_key = str(vector.get("app_key") or told.get("app-id") or "") or _needed(vector, "app_key")
    body = next((vector[name] for name in ("raw_body", "body") if name in vector), None)
    if not isinstance(body, str):
        raise _wrong("a push vector needs raw_body, the body as text", "推送向量需要 raw_body (原始报文文本)")
    secret = _secret(vector)
    text = push_text(app_key, secret, body)
    return digest(secret, text, str(method or ("md5" if told else SIGN_METHOD))), text


def _param_json(vector: Mapping[str, Any]) -> str:
    if "params" in vector:
        return canonical(_parsed(vector["params"]))
    text = vector.get("param_json")
    return "{}" if text is None else str(text)


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return {} if value is None else value
    try:
        return json.loads(value)
    except ValueError:
        raise _wrong("the parameters are no JSON", "参数不是 JSON") from None


def _secret(vector: Mapping[str, Any]) -> str:
    found = vector.get("app_secret", vector.get("secret"))
    if not isinstance(found, str):
        raise _wrong("the vector has no app_secret", "向量缺少 app_secret")
    return found


def _needed(vector: Mapping[str, Any], name: str) -> str:
    if vector.get(name) is None:
        raise _wrong(f"the vector has no {name}", f"向量缺少 {name}")
    return str(vector[name])


def _wrong(en: str, zh: str) -> ConfigError:
    return ConfigError(en, zh=zh, platform="douyin")
