"""A sentence in both languages."""

from __future__ import annotations

from attrs import frozen


@frozen
class Text:
    zh: str
    en: str

    def told(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en
