"""Why the buyer complains: platform codes, fixed texts and free Chinese text -> class and sub-type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from attrs import field, frozen

from omnishop.model import ReasonClass
from omnishop.policy.layers import Effective
from omnishop.policy.pack import Pack, ReasonRow
from omnishop.policy.phrases import Finder, Found, Plain, finder, longest, plain


class By(StrEnum):
    """What settled it."""

    CODE = "code"
    TEXT = "text"  # the platform's fixed text
    WORDS = "words"  # phrases in the buyer's own words
    NOTHING = "nothing"
    WIRE = "wire"  # the adapter, where the tables here say nothing
    HAND = "hand"  # a person


@frozen
class Classified:
    """`rule` is the id of the row that decided; `phrases` what was read; `also` other classes that spoke."""

    cls: ReasonClass
    sub: str | None
    by: By
    rule: str
    source: str
    phrases: tuple[str, ...] = ()
    also: tuple[ReasonClass, ...] = ()


@frozen
class Classifier:
    _pack: Pack = field(repr=False)
    _finder: Finder = field(repr=False)
    _texts: Mapping[str, ReasonRow] = field(repr=False)

    def classify(
        self, code: str | None = None, text: str | None = None, detail: str | None = None
    ) -> Classified:
        """The platform's code wins, then its fixed text, then the words of text and detail."""
        words = self._words(text, detail)
        row, by = self._row(code, text)
        if row is not None and row.cls is not None:
            rows = self._pack.classes.get(row.cls)
            sub = row.sub or words.get(row.cls, (0, None, ()))[1]
            rule = rows.rule if rows is not None else "CLS-MAP"
            also = tuple(sorted(other for other in words if other is not row.cls))
            return Classified(row.cls, sub, by, rule, row.source, (), also)
        return self._best(words)

    def _row(self, code: str | None, text: str | None) -> tuple[ReasonRow | None, By]:
        row = self._pack.reasons.codes.get(code) if code is not None else None
        if row is not None and row.cls is not None:
            return row, By.CODE
        fixed = self._texts.get(plain(text).text) if text else None
        if fixed is not None and fixed.cls is not None:
            return fixed, By.TEXT
        return None, By.NOTHING

    def _words(
        self, text: str | None, detail: str | None
    ) -> dict[ReasonClass, tuple[int, str | None, tuple[str, ...]]]:
        """Weight, leading sub-type and phrases of every class that is spoken of."""
        weights: dict[ReasonClass, dict[str, int]] = {}
        read: dict[ReasonClass, list[str]] = {}
        for told in (text, detail):
            if not told:
                continue
            letters = plain(told)
            for each in self._meant(letters):
                name, _, sub = each.key.partition(".")
                cls = ReasonClass(name)
                weights.setdefault(cls, {})
                weights[cls][sub] = weights[cls].get(sub, 0) + each.weight
                read.setdefault(cls, []).append(each.phrase)
        return {
            cls: (sum(subs.values()), max(subs, key=lambda sub: (subs[sub], sub)), tuple(read[cls]))
            for cls, subs in weights.items()
        }

    def _meant(self, letters: Plain) -> Sequence[Found]:
        """Not what a negation just before it, or in its gap, takes back."""
        rules = self._pack.classifying
        kept = []
        for found in longest(self._finder.find(letters)):
            before = letters.text[max(0, found.start - rules.reach) : found.start]
            inside = letters.text[found.start : found.end]
            denied = any(before.endswith(word) for word in rules.negations)
            if not denied and not any(
                inside.count(word) > found.phrase.count(word) for word in rules.negations
            ):
                kept.append(found)
        return kept

    def _best(self, words: Mapping[ReasonClass, tuple[int, str | None, tuple[str, ...]]]) -> Classified:
        ranked = sorted(words.items(), key=lambda each: (-each[1][0], each[0]))
        if not ranked:
            return Classified(ReasonClass.UNCLASSIFIED, None, By.NOTHING, "CLS-MAP", "all")
        (cls, (weight, sub, phrases)), others = ranked[0], ranked[1:]
        if others and others[0][1][0] == weight:  # two say it equally: not for us to guess
            tied = tuple(name for name, told in ranked if told[0] == weight)
            read = tuple(phrase for _, told in ranked for phrase in told[2])
            return Classified(ReasonClass.UNCLASSIFIED, None, By.WORDS, "CLS-MAP", "all", read, tied)
        rows = self._pack.classes[cls]
        source = rows.subtypes[sub].source if sub is not None else rows.source
        also = tuple(name for name, _ in others)
        return Classified(cls, sub, By.WORDS, rows.rule, source, phrases, also)


def classifier(effective: Effective) -> Classifier:
    pack = effective.pack
    phrases = (
        (f"{cls.value}.{name}", phrase)
        for cls, row in pack.classes.items()
        for name, sub in row.subtypes.items()
        for phrase in sub.phrases
    )
    texts = {plain(name).text: row for name, row in pack.reasons.texts.items()}
    for row in pack.reasons.codes.values():
        if row.text is not None:
            texts.setdefault(plain(row.text).text, row)
    return Classifier(pack, finder(phrases, pack.classifying.gap), texts)
