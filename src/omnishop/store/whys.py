"""What hindered a round: kept as JSON in both languages, read in whichever is asked for."""

from __future__ import annotations

import msgspec
from attrs import frozen

from omnishop.errors import OmnishopError
from omnishop.model import Text


@frozen
class Why:
    """`error`: its kind; `text`: its words, which hold no secret."""

    error: str
    text: Text

    @classmethod
    def of(cls, error: OmnishopError) -> Why:
        return cls(type(error).__name__, Text(error.told("zh"), error.told("en")))

    @property
    def told(self) -> Text:
        return Text(f"{self.error}: {self.text.zh}", f"{self.error}: {self.text.en}")


def dumped(why: Why) -> str:
    return msgspec.json.encode({"error": why.error, "zh": why.text.zh, "en": why.text.en}).decode()


def read(kept: str | None) -> Why | None:
    """Rows written before both languages were kept hold `kind: words`."""
    if kept is None:
        return None
    try:
        found = msgspec.json.decode(kept, type=dict[str, str])
        return Why(found["error"], Text(found["zh"], found["en"]))
    except (msgspec.DecodeError, KeyError):
        error, _, words = kept.partition(": ")
        return Why(error, Text(words, words))
