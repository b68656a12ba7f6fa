"""Texts to buyers from templates: by step and class, filled from the case; nothing is left open."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from datetime import datetime

from attrs import field, frozen

from omnishop.errors import ConfigError
from omnishop.model import BEIJING, Case, ReasonClass, yuan_text
from omnishop.policy.layers import Effective
from omnishop.policy.pack import Templates

FROM_CLASS = frozenset({"apology", "cause", "evidence"})
"""Places that the class of the reason fills."""


@frozen
class Writer:
    _rules: Templates = field(repr=False)

    @property
    def steps(self) -> tuple[str, ...]:
        return tuple(self._rules.steps)

    def needs(self, step: str, cls: ReasonClass, *, opening: bool = False) -> frozenset[str]:
        """The places that someone must fill."""
        text = self._text(step, cls, opening=opening)
        return frozenset(places(text)) - FROM_CLASS

    def write(
        self, step: str, cls: ReasonClass | None, values: Mapping[str, str], *, opening: bool = False
    ) -> str:
        """ConfigError names what is missing: a message with a gap never goes out."""
        known = cls or ReasonClass.UNCLASSIFIED
        text = self._text(step, known, opening=opening)
        saying = self._rules.classes[known]
        filled = {**values, "apology": saying.apology, "cause": saying.cause, "evidence": saying.evidence}
        missing = sorted(name for name in set(places(text)) if not filled.get(name, "").strip())
        if missing:
            told = ", ".join(missing)
            raise ConfigError(f"template {step} lacks: {told}", zh=f"模板 {step} 缺少: {told}")
        return text.format_map(filled)

    def _text(self, step: str, cls: ReasonClass, *, opening: bool) -> str:
        row = self._rules.steps.get(step)
        if row is None:
            known = ", ".join(self._rules.steps)
            raise ConfigError(
                f"no template for step {step}; there are: {known}", zh=f"步骤 {step} 没有模板; 可用: {known}"
            )
        text = row.by_class.get(cls, row.text)
        return self._rules.opening + text if opening else text


def writer(effective: Effective) -> Writer:
    return Writer(effective.pack.templates)


def from_case(case: Case) -> dict[str, str]:
    """What a case itself can say; the rest is told by whoever writes."""
    told: dict[str, str] = {}
    if case.order_id is not None:
        told["order"] = case.order_id
    titles = [line.title for line in case.lines if line.title]
    if titles:
        told["goods"] = "、".join(titles)
    amounts = case.amounts
    amount = amounts.refunded if amounts.refunded is not None else amounts.approved
    if amount is not None:
        told["amount"] = yuan_text(amount)
    return told


def until(due: datetime) -> str:
    """A promised moment in words that `promises` reads back."""
    when = due.astimezone(BEIJING)
    return f"{when.month}月{when.day}日{when.hour}:{when.minute:02d}前"


def places(text: str) -> Iterator[str]:
    for _, name, _, _ in string.Formatter().parse(text):
        if name is not None:
            yield name
