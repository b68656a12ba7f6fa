"""The three signatures of the platform: md5, hmac and hmac-sha256 over sorted names and values."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any

from omnishop.errors import ConfigError

DEFAULT_METHOD = "hmac-sha256"
_DIGESTS = {"hmac": hashlib.md5, "hmac-sha256": hashlib.sha256}
METHODS = ("md5", *_DIGESTS)


def joined(params: Iterable[tuple[str, str]]) -> str:
    """Names and values without anything between, by the bytes of the name; `sign` and empty values left out."""
    pairs = sorted((name.encode(), value) for name, value in params if value and name != "sign")
    return "".join(name.decode() + value for name, value in pairs)


def signature(method: str, secret: str, text: str) -> str:
    """`text` is `joined(...)` with a raw body behind it, where there is one."""
    if method == "md5":
        digest = hashlib.md5(f"{secret}{text}{secret}".encode())  # noqa: S324 - the platform's rule
        return digest.hexdigest().upper()
    if method not in _DIGESTS:
        raise ConfigError(
            f"no such sign_method: {method!r}; known: {', '.join(METHODS)}",
            zh=f"未知的 sign_method: {method!r}; 可用: {', '.join(METHODS)}",
            platform="taobao",
        )
    return hmac.new(secret.encode(), text.encode(), _DIGESTS[method]).hexdigest().upper()


def sign_vector(vector: Mapping[str, Any], kind: str | None) -> tuple[str, str]:
    """(sign, hashed text). `tmc`: the message channel's CONNECT, md5 over its three headers."""
    if kind not in {None, "spi", "tmc"}:
        raise ConfigError(
            f"Taobao signs no {kind!r}; it has spi (raw body behind the parameters) and tmc (message channel)",
            zh=f"淘宝没有 {kind!r} 签名; 可用: spi, tmc",
            platform="taobao",
        )
    secret, params = _parts(vector)
    if kind == "tmc":
        params = {name: params[name] for name in ("app_key", "group_name", "timestamp") if name in params}
        method = "md5"
    else:
        method = str(vector.get("sign_method") or params.get("sign_method") or "md5")
    text = joined((name, _text(name, value)) for name, value in params.items()) + str(
        vector.get("body") or ""
    )
    sign = signature(method, secret, text)
    return sign, f"{secret}{text}{secret}" if method == "md5" else text


def _parts(vector: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    secret = vector.get("app_secret") or vector.get("secret")
    params = vector.get("params")
    if not isinstance(secret, str) or not isinstance(params, Mapping):
        raise ConfigError(
            "a vector needs app_secret (or secret) and params (an object)",
            zh="签名文件需要 app_secret (或 secret) 与 params (对象)",
            platform="taobao",
        )
    files = vector.get("file_params") or ()
    return secret, {str(name): value for name, value in params.items() if name not in files}


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    raise ConfigError(
        f"params.{name} must be text: structures are signed as the JSON text that is sent",
        zh=f"params.{name} 必须是文本: 结构参数按实际发送的 JSON 文本签名",
        platform="taobao",
    )
