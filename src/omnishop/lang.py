"""Which language the people here read; asked before anything heavy is loaded."""

from __future__ import annotations

import locale
import os
from collections.abc import Mapping
from typing import Literal

from omnishop.errors import ConfigError

Lang = Literal["zh", "en"]


def lang(env: Mapping[str, str] = os.environ) -> Lang:
    """The language of people here: OMNISHOP_LANG, else the locale; for use before there is a home."""
    said = env.get("OMNISHOP_LANG", "").strip().lower()
    if said in {"zh", "en"}:
        return "zh" if said == "zh" else "en"
    if said:
        raise ConfigError(
            f"OMNISHOP_LANG is {said!r}; it may be zh or en", zh=f"OMNISHOP_LANG 为 {said!r}, 只能是 zh 或 en"
        )
    names = (env.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    spoken = next((name for name in names if name), None) or locale.getlocale()[0] or ""
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"
