"""The shape of the rest of section 7 in a pack: plain words, progress, frequent questions, product facts, care."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from omnishop.policy.measures import AtLeastOne, Elapsed
from omnishop.policy.phrases import Phrase
from omnishop.policy.rows import Row, Rule, Title, Yuan


class Plain(Rule):
    """COM-PLAIN. Characters of a text and of a sentence beyond which it is long; words of which one is polite."""

    text: AtLeastOne
    sentence: AtLeastOne
    polite: tuple[Phrase, ...]


class Change(StrEnum):
    """What a buyer must hear of."""

    STATUS = "status"
    DELAY = "delay"
    RESULT = "result"


class Progress(Rule):
    """COM-PROGRESS. How soon; a word of each change, and for a delay one that names its cause."""

    gap: Annotated[int, Field(ge=1, le=30)]
    within: dict[Change, Elapsed]
    causes: tuple[Phrase, ...]


class Topic(Row):
    """One frequent question in the buyers' words, and its answer."""

    title: Title
    title_zh: Title
    phrases: Annotated[tuple[Phrase, ...], Field(min_length=1)]
    answer: Title


class Faq(Rule):
    """COM-FAQ."""

    gap: Annotated[int, Field(ge=1, le=30)]
    topics: dict[str, Topic]


class Facet(Row):
    """A fact that buyers ask of a product, in their words."""

    title: Title
    title_zh: Title
    phrases: Annotated[tuple[Phrase, ...], Field(min_length=1)]


class Products(Rule):
    """COM-PRODUCT. `goods`: by product what is known of each facet; a shop's own layer says it."""

    facets: dict[str, Facet]
    goods: dict[str, dict[str, Title]] = Field(default_factory=dict)


class Care(Rule):
    """COM-CARE. Regular contact; who counts as high-value or as a problem; what each member level may have.

    `handling` says what is done for each group; `offer_from` is the lowest score of those who hear of new goods.
    """

    every: Elapsed
    high_value: Yuan
    problem_cases: AtLeastOne
    offer_from: AtLeastOne
    handling: dict[str, Title]
    privileges: dict[str, Title] = Field(default_factory=dict)


class Talk(Row):
    plain: Plain
    progress: Progress
    faq: Faq
    products: Products
    care: Care
