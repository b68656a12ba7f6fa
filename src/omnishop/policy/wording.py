"""What should not go out to a buyer as it stands: the linter of outgoing text."""

from __future__ import annotations

import re
from datetime import datetime

from attrs import field, frozen

from omnishop.model import Text, yuan_text
from omnishop.model.money import FEN_PER_YUAN
from omnishop.policy.layers import Effective
from omnishop.policy.pack import Level, Lint
from omnishop.policy.phrases import Finder, finder, longest, plain
from omnishop.policy.promises import Promises, promises

_AMOUNT = re.compile(r"(\d{1,7})(?:\.(\d{1,2}))?")


@frozen
class Finding:
    """`start` and `end` count the characters of the text, `line` and `column` from 1."""

    rule: str
    kind: str
    level: Level
    words: str
    start: int
    end: int
    line: int
    column: int
    why: Text
    suggestion: str


@frozen
class Linter:
    _rules: Lint = field(repr=False)
    _finder: Finder = field(repr=False)
    _money: Finder = field(repr=False)
    _promises: Promises = field(repr=False)
    _waiting: Text = field(repr=False)

    def lint(self, text: str, said: datetime) -> tuple[Finding, ...]:
        """Everything found, in the order of the text. `said` is when it would go out."""
        found = [*self._phrases(text), *self._amounts(text), *self._waits(text, said)]
        return tuple(sorted(found, key=lambda each: (each.start, each.end, each.kind)))

    def _phrases(self, text: str) -> list[Finding]:
        told = plain(text)
        rows = self._rules.rows
        result = []
        for each in longest(self._finder.find(told)):
            if each.key in rows:
                row = rows[each.key]
                why = Text(row.title_zh, row.title)
                place = told.span(each.start, each.end)
                result.append(_finding(row.rule, each.key, row.level, text, place, why, row.suggestion))
        return result

    def _amounts(self, text: str) -> list[Finding]:
        """A sum above what an agent may promise."""
        told, limit = plain(text), self._rules.frontline
        result = []
        for each in longest(self._money.find(told)):
            said = _AMOUNT.search(told.text[each.start : each.end])
            if said is None or int(said[1]) * FEN_PER_YUAN + int((said[2] or "0").ljust(2, "0")) <= limit:
                continue
            why = Text(
                f"超出一线客服 {yuan_text(limit)} 元的权限",
                f"more than the {yuan_text(limit)} yuan of an agent",
            )
            suggestion = self._rules.rows["authority"].suggestion if "authority" in self._rules.rows else ""
            place = told.span(each.start, each.end)
            result.append(_finding("COM-LINT", "authority", Level.BLOCK, text, place, why, suggestion))
        return result

    def _waits(self, text: str, said: datetime) -> list[Finding]:
        """To be asked to wait without hearing until when."""
        waits = self._promises.waits(text)
        if not waits or self._promises.promised(text, said):
            return []
        suggestion = "写明时间, 如: 24小时内"
        return [
            _finding("COM-TIME", "no_time", Level.CHANGE, text, place, self._waiting, suggestion)
            for place in waits
        ]


def linter(effective: Effective) -> Linter:
    pack = effective.pack
    rows = [(name, phrase) for name, row in pack.lint.rows.items() for phrase in row.phrases]
    rows += [(f"unless {name}", phrase) for name, row in pack.lint.rows.items() for phrase in row.unless]
    return Linter(
        pack.lint,
        finder(rows, pack.lint.gap),
        finder((("money", phrase) for phrase in pack.lint.money), pack.lint.gap),
        promises(effective),
        Text(pack.waiting.title_zh, pack.waiting.title),
    )


def _finding(
    rule: str, kind: str, level: Level, text: str, place: tuple[int, int], why: Text, suggestion: str
) -> Finding:
    start, end = place
    before = text[:start]
    line, column = before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1
    return Finding(rule, kind, level, text[start:end], start, end, line, column, why, suggestion)
