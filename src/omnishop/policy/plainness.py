"""Short, plain, polite (COM-PLAIN): hints on a text to a buyer, never more than hints."""

from __future__ import annotations

import re
from collections.abc import Iterator

from omnishop.model import Text
from omnishop.policy.layers import Effective
from omnishop.policy.pack import Level
from omnishop.policy.phrases import plain
from omnishop.policy.wording import Finding

RULE = "COM-PLAIN"
_SENTENCE = re.compile(r"[^。!?！？;；\n]+")
_SPACE = re.compile(r"\s+")


def hints(text: str, effective: Effective) -> tuple[Finding, ...]:
    """Too long a text or sentence, no polite word; jargon is the linter's to find."""
    return tuple(_hints(text, effective))


def _hints(text: str, effective: Effective) -> Iterator[Finding]:
    rules = effective.pack.talk.plain
    size = _size(text)
    if not size:
        return
    if size > rules.text:
        why = Text(f"全文 {size} 字, 超过 {rules.text} 字", f"{size} characters, more than {rules.text}")
        yield _hint(text, "long_text", 0, len(text), why, "分成几条, 每条只说一件事")
    for each in _SENTENCE.finditer(text):
        long = _size(each.group())
        if long > rules.sentence:
            why = Text(
                f"一句 {long} 字, 超过 {rules.sentence} 字",
                f"a sentence of {long} characters, more than {rules.sentence}",
            )
            yield _hint(text, "long_sentence", each.start(), each.end(), why, "拆成短句")
    letters = plain(text).text
    if not any(word in letters for word in rules.polite):
        why = Text("没有礼貌用语", "no polite word")
        yield _hint(text, "impolite", 0, len(text), why, f"加上 {'、'.join(rules.polite[:3])} 等用语")


def _size(text: str) -> int:
    return len(_SPACE.sub("", text))


def _hint(text: str, kind: str, start: int, end: int, why: Text, suggestion: str) -> Finding:
    before = text[:start]
    line, column = before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1
    words = text[start:end].strip()
    return Finding(RULE, kind, Level.HINT, words, start, end, line, column, why, suggestion)
