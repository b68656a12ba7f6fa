"""Adapters and simulated platforms, found by entry point and loaded when asked for."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points, metadata
from typing import TYPE_CHECKING, Any

from omnishop.errors import ConfigError
from omnishop.ports import Adapter

if TYPE_CHECKING:
    from omnishop.sandbox.face import Face

_ADAPTERS = "omnishop.adapters"
_FACES = "omnishop.faces"


def adapter_names() -> tuple[str, ...]:
    """Installed adapters, sorted; none of them is imported."""
    return _names(_ADAPTERS)


def face_names() -> tuple[str, ...]:
    return _names(_FACES)


def adapter(name: str) -> Adapter:
    """ConfigError for a platform that is not installed: says which are, and what to install."""
    found: Adapter = _load(_ADAPTERS, name)
    return found


def face(name: str) -> Face:
    found: Face = _load(_FACES, name)
    return found


@cache
def _names(group: str) -> tuple[str, ...]:
    return tuple(sorted({point.name for point in entry_points(group=group)}))


@cache
def _load(group: str, name: str) -> Any:
    for point in entry_points(group=group, name=name):
        return point.load()
    known = ", ".join(_names(group)) or "none"
    ours = name in (metadata("omnishop").get_all("Provides-Extra") or ())
    raise ConfigError(
        f"no adapter for {name!r}; installed: {known}"
        + (f"; try: pip install 'omnishop[{name}]'" if ours else ""),
        zh=f"没有平台 {name!r} 的适配器; 已安装: {known}"
        + (f"; 可尝试: pip install 'omnishop[{name}]'" if ours else ""),
    )
