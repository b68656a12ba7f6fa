"""Buyers' questions: frequent ones (COM-FAQ), facts of products (COM-PRODUCT); what is not found is for a human."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from attrs import field, frozen

from omnishop.policy.layers import Effective
from omnishop.policy.phrases import Finder, finder, longest, plain
from omnishop.policy.talking import Faq, Products


@frozen
class Answered:
    topic: str
    answer: str
    phrases: tuple[str, ...]


@frozen
class ProductFact:
    """What a buyer asks of a product; `told` None: nobody has written it down, a human answers."""

    facet: str
    told: str | None


@frozen
class Gathered:
    """What many texts ask: how often by topic, and what no topic answers, the most frequent first."""

    topics: Mapping[str, int]
    unanswered: tuple[tuple[str, int], ...]


@frozen
class Questions:
    _faq: Faq = field(repr=False)
    _products: Products = field(repr=False)
    _topics: Finder = field(repr=False)
    _facets: Finder = field(repr=False)

    def answer(self, text: str) -> Answered | None:
        """None: no topic, or more than one: half an answer is none, a human gives it."""
        read = _read(self._topics, text)
        if len(read) != 1:
            return None
        ((topic, phrases),) = read.items()
        return Answered(topic, self._faq.topics[topic].answer, phrases)

    def product(self, sku: str, text: str) -> tuple[ProductFact, ...]:
        """The facts of this product that the text asks for, in the order of the pack."""
        asked = _read(self._facets, text)
        known = self._products.goods.get(sku, {})
        return tuple(
            ProductFact(facet, known.get(facet)) for facet in self._products.facets if facet in asked
        )

    def unwritten(self, sku: str) -> tuple[str, ...]:
        """The facets of a product that nobody has written down."""
        known = self._products.goods.get(sku, {})
        return tuple(facet for facet in self._products.facets if facet not in known)

    def gather(self, texts: Iterable[str]) -> Gathered:
        topics: Counter[str] = Counter()
        unanswered: Counter[str] = Counter()
        for text in texts:
            found = self.answer(text)
            if found is not None:
                topics[found.topic] += 1
            elif plain(text).text.strip():
                unanswered[plain(text).text.strip()] += 1
        rest = sorted(unanswered.items(), key=lambda each: (-each[1], each[0]))
        return Gathered(dict(topics.most_common()), tuple(rest))


def questions(effective: Effective) -> Questions:
    talk = effective.pack.talk
    topics = ((name, phrase) for name, row in talk.faq.topics.items() for phrase in row.phrases)
    facets = ((name, phrase) for name, row in talk.products.facets.items() for phrase in row.phrases)
    return Questions(talk.faq, talk.products, finder(topics, talk.faq.gap), finder(facets, talk.faq.gap))


def _read(found_by: Finder, text: str) -> dict[str, tuple[str, ...]]:
    """What speaks in the text, and by which phrases."""
    read: dict[str, tuple[str, ...]] = {}
    for each in longest(found_by.find(plain(text))):
        read[each.key] = (*read.get(each.key, ()), each.phrase)
    return read
