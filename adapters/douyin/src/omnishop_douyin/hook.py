"""How the platform calls us: for which app, whether genuine, and how it is answered (wire page 6.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import msgspec

from omnishop.model import Event, Unreadable
from omnishop.ports import App, Doubt, Hook, Response
from omnishop_douyin import methods, push
from omnishop_douyin.reading import decode_body

_TAKEN = (0, "success")
_DOUBTS: dict[Doubt, tuple[int, str]] = {
    "unreadable": (40041, "parse failed"),
    "signature": (40044, "process failed"),
    "busy": (40044, "process failed"),
}
"""Suggested codes; any but 0 brings the message again. None is documented for a signature that is wrong."""


def app_key(headers: Mapping[str, str]) -> str | None:
    return headers.get("app-id") or None


def genuine(app: App, headers: Mapping[str, str], body: bytes) -> bool:
    return push.genuine(app.app_key, app.app_secret, headers, body)


def events(body: bytes) -> tuple[Event | Unreadable, ...]:
    """The message of a saved address, tag 0, among them: it is about no record."""
    return tuple(decode_body(methods.PUSH, body, None))


def answer(doubt: Doubt | None) -> Response:
    code, text = _TAKEN if doubt is None else _DOUBTS[doubt]
    body = msgspec.json.encode({"code": code, "msg": text})
    return Response(200, body, {"content-type": "application/json"})


HOOK = Hook(app_key, genuine, events, answer, patience=timedelta(seconds=5))
"""Five seconds are what others report (C)."""
