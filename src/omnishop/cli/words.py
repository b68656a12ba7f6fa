"""One language per run: every sentence of the command line stands in both beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omnishop.errors import ConfigError
from omnishop.lang import Lang, lang

if TYPE_CHECKING:
    from omnishop.model import Text

_chosen: list[Lang] = []


def language() -> Lang:
    """English when the setting is wrong: the entry says so, in one line, before any command runs."""
    if not _chosen:
        try:
            speak(lang())
        except ConfigError:
            speak("en")
    return _chosen[0]


def speak(chosen: Lang) -> None:
    """From here on; the settings of a home are known later than its commands' help is written."""
    _chosen[:] = [chosen]


def say(en: str, zh: str) -> str:
    """The one of the two that the people here read."""
    return zh if language() == "zh" else en


def told(text: Text) -> str:
    return text.told(language())


def forget() -> None:
    """Ask again at the next sentence."""
    _chosen.clear()
