"""The texts that are hashed, and the hash: gateway calls, SPI calls, push messages (wire page 1.2, 6.1, 6.2)."""

from __future__ import annotations

import hashlib
import hmac

from omnishop.errors import ConfigError

VERSION = "2"
SIGN_METHOD = "hmac-sha256"


def dotted(method: str) -> str:
    """`/afterSale/List` and `afterSale/List` are `afterSale.List`."""
    return method.strip().strip("/").replace("/", ".")


def sign_text(app_key: str, secret: str, method: str, param_json: str, timestamp: str) -> str:
    """What is hashed (wire page 1.2): token, sign and sign_method stay out, the secret stands at both ends."""
    return (
        f"{secret}app_key{app_key}method{method}param_json{param_json}timestamp{timestamp}v{VERSION}{secret}"
    )


def spi_text(app_key: str, secret: str, param_json: str, timestamp: str) -> str:
    """No method and no v in it."""
    return f"{secret}app_key{app_key}param_json{param_json}timestamp{timestamp}{secret}"


def push_text(app_key: str, secret: str, body: str) -> str:
    """The body as it came, white space included."""
    return f"{app_key}{body}{secret}"


def digest(secret: str, text: str, sign_method: str) -> str:
    """Lower-case hex; ConfigError for a sign_method the platform does not know."""
    if sign_method == SIGN_METHOD:
        return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    if sign_method == "md5":
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    raise ConfigError(
        f"sign_method must be {SIGN_METHOD} or md5, not {sign_method[:80]!r}",
        zh=f"sign_method 只能是 {SIGN_METHOD} 或 md5, 而不是 {sign_method[:80]!r}",
        platform="douyin",
    )
