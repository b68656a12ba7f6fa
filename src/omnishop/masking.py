"""Hides secrets in answers that are shown as they came: by the names of fields, in texts, and in JSON within text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

HIDDEN = "***"

_SECRET = frozenset(
    {
        "accesstoken",
        "refreshtoken",
        "mobiletoken",
        "idtoken",
        "token",
        "session",
        "sessionkey",
        "topsession",
        "sessionid",
        "operatortoken",
        "secret",
        "appsecret",
        "clientsecret",
        "sign",
        "topsign",
        "eventsign",
        "signv2",
        "password",
        "authorization",
    }
)
_IN_TEXT = re.compile(
    r"(?i)\b(access_?token|refresh_?token|mobile_?token|session(?:_?key)?|top_session|app_?secret|client_?secret"
    r"|top_sign|sign|password)=[^&\s\"']+"
)


_PHONE = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[^\s,;]+")
_SHORTEST = 6


def masked(value: Any) -> Any:
    """A parsed JSON value with every secret in it replaced, however its field is spelt."""
    if isinstance(value, dict):
        return {name: HIDDEN if _is_secret(name) and item else masked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return _masked_text(value) if isinstance(value, str) else value


def words(text: str, secrets: Iterable[str | None] = ()) -> str:
    """A sentence of others: without these secrets and what looks like one, without telephone numbers and mail.

    A long number that is not a telephone's stays; an id of eleven digits that looks like one goes.
    """
    for secret in secrets:
        if secret is not None and len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    text = _BEARER.sub(rf"\1 {HIDDEN}", _masked_text(text))
    return _MAIL.sub(HIDDEN, _PHONE.sub(HIDDEN, text))


def _is_secret(name: str) -> bool:
    return name.replace("_", "").replace("-", "").lower() in _SECRET


def _masked_text(text: str) -> str:
    start = text.lstrip()[:1]
    if start in {"{", "["}:
        try:
            inner = msgspec.json.decode(text.encode("utf-8", "replace"))
        except (msgspec.DecodeError, RecursionError):
            return _IN_TEXT.sub(_without_value, text)
        hidden = masked(inner)
        return text if hidden == inner else msgspec.json.encode(hidden).decode()
    return _IN_TEXT.sub(_without_value, text) if "=" in text else text


def _without_value(found: re.Match[str]) -> str:
    return f"{found.group(1)}={HIDDEN}"
