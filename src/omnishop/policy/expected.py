"""What a pack should have said instead, in both languages; pydantic carries it as a ValueError."""

from __future__ import annotations

from omnishop.model import Text


class Expected(ValueError):
    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.text = Text(zh, en)
