"""Phrases in Chinese text: `*` stands for a few characters; spaces, width and case make no difference."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Annotated, Any

from attrs import frozen
from pydantic import PlainValidator

from omnishop.policy.expected import Expected

_GAP = "*"
_INVISIBLE = {"Cf", "Cc", "Zs", "Zl", "Zp"}
_STOPS = "。!?;\n"
"""A gap does not reach beyond a sentence (in normal form: full-width signs are narrow by then)."""


@frozen
class Plain:
    """A text without spaces, width and case; `places` lead back to the characters of the original."""

    text: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that the characters from start to end came from."""
        return self.places[start], self.places[end - 1] + 1


def plain(text: str) -> Plain:
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        for each in _normal(letter):
            letters.append(each)
            places.append(place)
    return Plain("".join(letters), tuple(places))


@lru_cache(maxsize=8192)
def _normal(letter: str) -> str:
    """What is left of one character in normal form."""
    told = unicodedata.normalize("NFKC", letter).lower()
    return "".join(each for each in told if each == "\n" or unicodedata.category(each) not in _INVISIBLE)


def _phrase(told: Any) -> str:
    if not isinstance(told, str):
        raise Expected("a phrase, as text", "短语文本")
    normal = plain(told).text
    if not normal.strip(_GAP + "\n") or normal != normal.strip(_GAP) or normal.count(_GAP) > 3:  # noqa: PLR2004 - see the text
        raise Expected(
            "a phrase with at most three *, none of them at its ends", "短语, 最多三个 *, 且不在首尾"
        )
    return normal


Phrase = Annotated[str, PlainValidator(_phrase)]


@frozen
class Found:
    """`phrase` is the row's, start and end count in the plain text."""

    key: str
    phrase: str
    start: int
    end: int

    @property
    def weight(self) -> int:
        """What is said in more characters is said more plainly."""
        return len(self.phrase.replace(_GAP, ""))


@frozen
class Finder:
    """Phrases by key, ready to be looked for. Bounded gaps: the time stays linear in the text."""

    _patterns: dict[str, tuple[tuple[str, str, tuple[str, ...], str], ...]]
    _literals: dict[str, tuple[tuple[str, str, str], ...]]

    def find(self, text: Plain) -> Iterator[Found]:
        """Every place of every phrase."""
        whole = text.text
        letters = set(whole)
        for first in letters & self._literals.keys():
            for key, phrase, literal in self._literals[first]:
                at = whole.find(literal)
                while at >= 0:
                    yield Found(key, phrase, at, at + len(literal))
                    at = whole.find(literal, at + 1)
        for first in letters & self._patterns.keys():
            for key, phrase, rest, pattern in self._patterns[first]:
                if all(part in whole for part in rest):
                    for match in _compiled(pattern).finditer(whole):
                        yield Found(key, phrase, match.start(), match.end())


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Only when a text holds all its parts, which few do."""
    return re.compile(pattern)


def finder(phrases: Iterable[tuple[str, str]], gap: int) -> Finder:
    """`phrases`: (key, phrase in normal form)."""
    patterns: dict[str, list[tuple[str, str, tuple[str, ...], str]]] = {}
    literals: dict[str, list[tuple[str, str, str]]] = {}
    between = f"[^{re.escape(_STOPS)}]{{0,{gap}}}?"
    for key, phrase in phrases:
        if _GAP in phrase:
            parts = phrase.split(_GAP)
            pattern = between.join(map(re.escape, parts))
            patterns.setdefault(phrase[0], []).append((key, phrase, tuple(parts), pattern))
        else:
            literals.setdefault(phrase[0], []).append((key, phrase, phrase))
    return Finder(
        {first: tuple(rows) for first, rows in patterns.items()},
        {first: tuple(rows) for first, rows in literals.items()},
    )


def longest(found: Iterable[Found]) -> list[Found]:
    """Of phrases that lie on each other the weightiest stays: 不是我买的 is not also 是我."""
    kept: list[Found] = []
    for each in sorted(found, key=lambda one: (-one.weight, one.start, one.end, one.key)):
        if all(each.end <= other.start or each.start >= other.end for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda one: one.start)
