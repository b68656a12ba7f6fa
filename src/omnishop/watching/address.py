"""Where to serve, as a person writes it."""

from __future__ import annotations

from omnishop.errors import ConfigError

_LAST_PORT = 65535


def address(text: str) -> tuple[str, int]:
    """`HOST:PORT`, `[::1]:PORT` or `PORT`, which is one of loopback. ConfigError for anything else."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdigit()) or int(port) > _LAST_PORT:
        raise ConfigError(
            f"not an address: {text[:60]!r}; it is HOST:PORT, or a port of this machine up to {_LAST_PORT}: "
            "127.0.0.1:9464",
            zh=f"不是有效地址: {text[:60]!r}; 应为 主机:端口, 或本机端口(不超过 {_LAST_PORT}), 例如 127.0.0.1:9464",
        )
    return host.strip("[]") or "127.0.0.1", int(port)
