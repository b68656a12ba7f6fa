"""Hides secrets and persons in what is shown: by the names of fields, in texts, and in JSON within text.

Secrets are never shown. Persons are shown to whom may see them; a name in the middle of a sentence is not found.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
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


# ---------------------------------------------------------------- persons

_PERSONAL = re.compile(
    r"(mobile|phone|tel$|teln|nick|email|idcard|alipay|receiver|reciever|consignee|contact|customername|fullname"
    r"|realname|username|buyername|authorname|street|fulladdress|address(detail|info)?$|addr$|postaddr|detailaddress)"
)
_AN_ID = re.compile(r"ids?$")
_OF_A_PERSON = re.compile(r"(openu?id|openidbuyer|ouid|oaid|pin|buyerid)$")
"""By the ends of a field's name without its strokes, in whichever platform's spelling."""

_FREE = frozenset({"detail", "remark", "text", "content", "data", "before", "after"})
"""Fields of our own forms in which people write what they like."""


def hidden(_value: str) -> str:
    return HIDDEN


def without_persons(value: Any, word: Callable[[str], str] = hidden) -> Any:
    """A parsed JSON value of a platform: what tells who somebody is replaced by `word` of it, deep inside too."""
    return _without_persons(value, "", word)


def texts(form: Any) -> Any:
    """One of our own JSON forms: what platforms have masked stays, in people's words no number can be called."""
    if isinstance(form, dict):
        return {name: _freed(item) if name in _FREE else texts(item) for name, item in form.items()}
    return [texts(item) for item in form] if isinstance(form, list) else form


def _freed(value: Any) -> Any:
    if isinstance(value, str):
        return words(value)
    if isinstance(value, list):
        return [_freed(item) for item in value]
    return without_persons(texts(value)) if isinstance(value, dict) else value


def personal(name: str) -> bool:
    """Whether a platform's field of this name tells who somebody is."""
    plain = name.replace("_", "").replace("-", "").lower()
    named = bool(_PERSONAL.search(plain)) and not _AN_ID.search(plain)
    return named or bool(_OF_A_PERSON.search(plain))


def _without_persons(value: Any, name: str, word: Callable[[str], str], *, all_of_it: bool = False) -> Any:
    mine = (all_of_it and not _AN_ID.search(name.lower())) or personal(name)
    if isinstance(value, dict):
        return {key: _without_persons(item, key, word, all_of_it=mine) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_persons(item, name, word, all_of_it=mine) for item in value]
    if isinstance(value, str) and value:
        return word(value) if mine else _told(value, word)
    if mine and isinstance(value, int) and not isinstance(value, bool) and value:
        if word is hidden:
            return HIDDEN
        return int.from_bytes(hashlib.sha256(str(value).encode()).digest()[:4], "big")
    return value


def _told(text: str, word: Callable[[str], str]) -> str:
    if text.lstrip()[:1] in {"{", "["}:
        try:
            inner = json.loads(text, parse_float=_to_the_digit)
        except (ValueError, RecursionError):
            pass
        else:
            return msgspec.json.encode(without_persons(inner, word)).decode()
    return _MAIL.sub(lambda found: word(found.group()), _PHONE.sub(lambda found: word(found.group()), text))


def _to_the_digit(told: str) -> msgspec.Raw:
    return msgspec.Raw(told.encode())


# ---------------------------------------------------------------- secrets


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
