"""Packs as commands take them: files over the shipped ones, and what judging needs installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.config import Home
    from omnishop.policy.layers import Layer, Packs

_FOLDER = "packs"
PACKS_HELP = say("lay this pack over the shipped ones; may be repeated", "叠加此策略包, 可重复")


def installed() -> None:
    from importlib.util import find_spec

    if find_spec("zen") is None or find_spec("chinese_calendar") is None:
        raise ConfigError(
            "policies need zen-engine and chinesecalendar: pip install 'omnishop[policy]'",
            zh="策略功能需要 zen-engine 与 chinesecalendar: pip install 'omnishop[policy]'",
        )


def layer_of(file: Path) -> Layer:
    from omnishop.policy.layers import read_layer

    return read_layer(decoded(file.read_bytes(), file), str(file))


def packs_over(files: Sequence[Path] | None) -> Packs:
    """The shipped packs with these laid over them."""
    from omnishop.policy.shipped import shipped

    return shipped(*(layer_of(file) for file in files or ()))


def packs_here(files: Sequence[Path] | None) -> Packs:
    """As `packs_in_force`, where no store is asked."""
    from omnishop.config import Home

    return packs_in_force(Home.find(), files)


def packs_in_force(home: Home, files: Sequence[Path] | None) -> Packs:
    """The shipped packs, the merchant's own in the home's folder `packs`, and these over them."""
    own = sorted((home.path / _FOLDER).glob("*.toml"))
    return packs_over((*own, *(files or ())))


def decoded(raw: bytes, file: Path) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise ConfigError(
            f"{file} is not UTF-8, from byte {problem.start}",
            zh=f"{file} 不是 UTF-8 编码 (第 {problem.start} 字节)",
        ) from None
