"""The settings of a shop: how messages come."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from omnishop.model import Text
from omnishop.ports import Setting

GROUP = "tmc_group"
"""Names the app's group; without it the app's one queue, `default`."""

WAY = "tmc"
"""Says how messages come, for the whole queue: `poll` (also without it) or `websocket`."""

URL = "tmc_url"
"""Another address of the WebSocket than the gateway's own."""


def is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    return parts.scheme in {"ws", "wss"} and bool(parts.hostname)


SETTINGS: Mapping[str, Setting] = {
    WAY: Setting.one_of("poll", "websocket"),
    GROUP: Setting(),
    URL: Setting(Text("ws:// 或 wss:// 地址", "a ws:// or wss:// address"), is_address),
}
