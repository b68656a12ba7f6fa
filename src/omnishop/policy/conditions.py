"""A shop's own conditions: a small language, checked whole when a pack is loaded, run by zen-engine.

Only what cannot run long or reach anything is let through: names of facts, literals, comparisons, and/or/not,
arithmetic, lists, and a few functions. No ranges, loops, dates of the machine, chance, or assignments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise, zip_longest
from typing import Any

import zen
from attrs import frozen

from omnishop.policy.expected import Expected
from omnishop.policy.names import EVERY

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'[^'\\]*'|\"[^\"\\]*\")|(?P<number>\d{1,15}(?:\.\d{1,6})?)|(?P<word>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign>==|!=|<=|>=|<|>|\+|-|\*|/|\(|\)|\[|\]|,))",
    re.ASCII,
)
_WORDS = frozenset({"and", "or", "not", "in", "true", "false"})
_FUNCTIONS = frozenset({"contains", "startsWith", "endsWith", "len", "abs", "min", "max", "lower", "upper"})
_LONGEST, _DEEPEST = 1000, 20
_SAMPLES: dict[type, Any] = {str: "x", int: 1, bool: True}


class BadCondition(Expected):
    """`at` is the place in the expression, counted from 1."""

    def __init__(self, en: str, zh: str, at: int | None = None) -> None:
        place = ("", "") if at is None else (f" (at character {at})", f" (第 {at} 个字符)")
        super().__init__(en + place[0], zh + place[1])
        self.at = at


@frozen
class Condition:
    """Compiled; `names` are the facts it asks for, in the order in which it does."""

    text: str
    names: tuple[str, ...]
    _compiled: Any

    def holds(self, facts: Mapping[str, Any]) -> bool | None:
        """None: a fact it asks for is not known, or it came to no yes or no."""
        asked = {name: facts.get(name) for name in self.names}
        if any(value is None for value in asked.values()):
            return None
        try:
            answer = self._compiled.evaluate(asked)
        except RuntimeError:
            return None
        return answer if isinstance(answer, bool) else None


@frozen
class _Token:
    kind: str
    text: str
    at: int


@lru_cache(maxsize=4096)
def condition(text: str) -> Condition:
    """BadCondition says what is wrong with it, and where."""
    if len(text) > _LONGEST:
        raise BadCondition(f"at most {_LONGEST} characters", f"最多 {_LONGEST} 个字符")
    tokens = list(_tokens(text))
    names = _names(tokens)
    _depth(tokens)
    _divisors(tokens)
    _values(tokens)
    told = zen.validate_expression(text)
    if told is not None:
        raise _refused(told["source"])
    compiled = zen.compile_expression(text)
    _answers(compiled, names)
    return Condition(text, names, compiled)


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            rest = text[at:].lstrip()
            raise BadCondition(
                f"{rest[:1]!r} is not part of a condition",
                f"条件中不能有 {rest[:1]!r}",
                len(text) - len(rest) + 1,
            )
        yield _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup) + 1)
        at = found.end()


def _names(tokens: list[_Token]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for token, following in zip_longest(tokens, tokens[1:]):
        if token.kind != "word" or token.text in _WORDS:
            continue
        if following is not None and following.text == "(":
            if token.text not in _FUNCTIONS:
                raise BadCondition(
                    f"no function {token.text!r}; there are: {', '.join(sorted(_FUNCTIONS))}",
                    f"没有函数 {token.text!r}; 可用: {', '.join(sorted(_FUNCTIONS))}",
                    token.at,
                )
        elif token.text in EVERY:
            names[token.text] = None
        else:
            raise BadCondition(
                f"no fact {token.text!r}; there are: {', '.join(sorted(EVERY))}",
                f"没有事实 {token.text!r}; 可用: {', '.join(sorted(EVERY))}",
                token.at,
            )
    if not names:
        raise BadCondition("asks for no fact", "没有用到任何事实")
    return tuple(names)


def _depth(tokens: list[_Token]) -> None:
    depth = 0
    for token in tokens:
        depth += (token.text in {"(", "["}) - (token.text in {")", "]"})
        if depth > _DEEPEST:
            raise BadCondition(
                f"more than {_DEEPEST} brackets inside each other", f"括号嵌套超过 {_DEEPEST} 层", token.at
            )


def _divisors(tokens: list[_Token]) -> None:
    """1/0 is null to the engine, without a word: only a number may divide, and not zero."""
    for sign, divisor in pairwise(tokens):
        if sign.text == "/" and (divisor.kind != "number" or float(divisor.text) == 0):
            raise BadCondition(
                "only a number other than 0 may stand below a division", "除数只能是非零数字", divisor.at
            )


def _values(tokens: list[_Token]) -> None:
    """A value that a fact never has would make the condition silently false."""
    for index, token in enumerate(tokens[:-2]):
        known = EVERY[token.text].values if token.kind == "word" and token.text in EVERY else None
        if not known:
            continue
        sign, first = tokens[index + 1].text, index + 2
        if sign in {"==", "!="}:
            _value(tokens[first], token.text, known)
        elif (sign == "in" or (sign, tokens[first].text) == ("not", "in")) and "[" in (
            tokens[first].text,
            tokens[min(first + 1, len(tokens) - 1)].text,
        ):
            for each in tokens[first:]:
                if each.text == "]":
                    break
                _value(each, token.text, known)


def _value(token: _Token, name: str, known: frozenset[str]) -> None:
    if token.kind == "text" and token.text[1:-1] not in known:
        raise BadCondition(
            f"{name} is never {token.text}; it may be: {', '.join(sorted(known))}",
            f"{name} 不会是 {token.text}; 可为: {', '.join(sorted(known))}",
            token.at,
        )


def _answers(compiled: Any, names: tuple[str, ...]) -> None:
    """Tried once with a value of the right type for each fact."""
    try:
        answer = compiled.evaluate({name: _SAMPLES[EVERY[name].type] for name in names})
    except RuntimeError as problem:
        raise _refused(str(problem)) from None
    if not isinstance(answer, bool):
        raise BadCondition("must come to yes or no", "结果须为是或否")


def _refused(told: str) -> BadCondition:
    return BadCondition(_plain(told), f"表达式引擎拒绝: {_plain(told)}")


def _plain(told: str) -> str:
    """The engine's own words without its stack."""
    found = re.search(r'"source":"(.*?)"\}', told)
    return (found[1] if found else told).split("\n", 1)[0]
