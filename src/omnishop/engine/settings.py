"""Settings of a shop, looked at before they are kept: does its platform know them, and can they be that."""

from __future__ import annotations

from collections.abc import Mapping

from omnishop.errors import ConfigError
from omnishop.ports import Adapter, Setting


def checked(adapter: Adapter, given: Mapping[str, str]) -> None:
    """ConfigError names what is known, or what a setting may be. One without a value is taken back: it always may.

    An adapter that says nothing of its settings takes all of them.
    """
    known: Mapping[str, Setting] | None = getattr(adapter, "settings", None)
    if known is None:
        return
    for name, value in given.items():
        if not value:
            continue
        if name not in known:
            raise _unknown(adapter.name, name, known)
        setting = known[name]
        if not setting.fits(value):
            raise ConfigError(
                f"the setting {name} is {setting.may_be.en}, not {value[:60]!r}",
                zh=f"设置 {name} 应为 {setting.may_be.zh}, 而非 {value[:60]!r}",
                platform=adapter.name,
            )


def _unknown(platform: str, name: str, known: Mapping[str, Setting]) -> ConfigError:
    names = ", ".join(known)
    return ConfigError(
        f"no setting {name[:60]!r}; " + (f"there are: {names}" if names else "there is none at all"),
        zh=f"没有设置 {name[:60]!r}; " + (f"可用: {names}" if names else "该平台没有任何设置"),
        platform=platform,
    )
