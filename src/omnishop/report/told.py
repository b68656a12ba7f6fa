"""Measures of what people tell: complaints, follow-ups, chats, nudges, scores, agents; and buyers who come again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction

from attrs import define, field, frozen

from omnishop.errors import ConfigError
from omnishop.model import Kind
from omnishop.policy.measures import Agents
from omnishop.report.figures import NO, YES, Facet, Tally, exactly, maybe, yes_or_no
from omnishop.report.measures import Adds, is_paid, order_facet, paid_at
from omnishop.report.rows import CaseRow, OrderRow, Place
from omnishop.report.setting import Setting, Window
from omnishop.report.tables import (
    Answer,
    Chat,
    Complaint,
    Entry,
    Handled,
    Mark,
    Nudge,
    ShopScore,
)

Name = tuple[str, str, str]
"""(platform, shop_id, id)"""

LACKING: dict[tuple[str, str], tuple[type[Entry], ...]] = {
    ("MET-COMPLAINT", "rate"): (Complaint,),
    ("MET-SAT", "rate"): (Answer,),
    ("MET-CONVERT", "rate"): (Nudge,),
    ("MET-BOT", "rate"): (Chat,),
    ("MET-SCORE", "score"): (ShopScore,),
    ("MET-SCORE", "health"): (ShopScore,),
    ("MET-SCORE", "dsr"): (ShopScore,),
    **{
        ("MET-AGENT", part): (Handled,)
        for part in ("speed", "volume", "solved", "satisfaction", "first_contact", "adherence")
    },
    **{("MET-AGENT", part): (Mark,) for part in ("knowledge", "skill", "ideas")},
    ("MET-AGENT", "star"): (Handled, Mark),
}
"""What cannot be measured without a table."""


def lacking(setting: Setting, rule: str, part: str) -> frozenset[str]:
    """The tables that are not there; a figure without them is not known."""
    needed = LACKING.get((rule, part), ())
    return frozenset(f"table {kind.table}" for kind in needed if setting.tables.of(kind) is None)


@define
class Complaints:
    """Complaints from the desk's own cases and from the table, over paid orders."""

    setting: Setting
    known: bool = False
    _seen: set[Name] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        self.known = self.setting.tables.of(Complaint) is not None

    def of_case(self, case: CaseRow) -> Adds:
        if case.kind is Kind.COMPLAINT:
            self.known = True
            self._seen.add((case.place.platform, case.place.shop_id, case.case_id))
            facet = Facet(case.place, case.opened_at, case.products, case.cls, case.buyer)
            yield "MET-COMPLAINT", "rate", facet, Tally(0, 1, 1)

    def of_order(self, order: OrderRow) -> Adds:
        """Where nobody keeps complaints, none of them is no proof that there were none."""
        paid = is_paid(order)
        if paid is False:
            return
        more = Tally(1, 0, 0) if self.known else Tally(1, 0, None, frozenset({"complaints"}))
        if paid is None:
            more = Tally(0, 0, 0, frozenset({"order.status"}))
        yield "MET-COMPLAINT", "rate", order_facet(order, paid_at(order)), more

    def of_table(self) -> Adds:
        for row in self.setting.tables.of(Complaint) or ():
            place = self.setting.place_of(row)
            if place is not None and (row.platform, row.shop, row.id) not in self._seen:
                facet = Facet(place, row.at, (row.sku,) if row.sku else ())
                yield "MET-COMPLAINT", "rate", facet, Tally(0, 1, 1)


def satisfaction(setting: Setting, cases: Mapping[Name, CaseRow]) -> Adds:
    """`cases`: those that answers name, where they are kept."""
    for row in setting.tables.of(Answer) or ():
        place = setting.place_of(row)
        if place is None:
            continue
        case = cases.get((row.platform, row.shop, row.case or ""))
        facet = Facet(place, row.at, (), None if case is None else case.cls, None, row.agent)
        least = setting.pack(place).measures.satisfied.satisfied
        yield "MET-SAT", "rate", facet, yes_or_no(row.score >= least)


def bot(setting: Setting) -> Adds:
    for row in setting.tables.of(Chat) or ():
        place = setting.place_of(row)
        if place is not None and row.routine:
            yield "MET-BOT", "rate", Facet(place, row.at), yes_or_no(row.settled_by == "bot")


@define
class Nudges:
    """Orders that were asked to be paid; of several nudges the first counts."""

    setting: Setting
    _first: dict[Name, datetime] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for row in sorted(self.setting.tables.of(Nudge) or (), key=lambda each: each.at):
            self._first.setdefault((row.platform, row.shop, row.order), row.at)

    def of_order(self, order: OrderRow) -> Adds:
        at = self._first.pop((order.place.platform, order.place.shop_id, order.order_id), None)
        if at is None:
            return
        facet = Facet(order.place, at)
        if order.paid_at is not None:
            if order.paid_at > at:  # else it had been paid before anyone asked
                yield "MET-CONVERT", "rate", facet, YES
            return
        yield "MET-CONVERT", "rate", facet, NO if is_paid(order) is False else maybe("order.paid_at")

    def rest(self) -> Adds:
        """Orders that are not kept."""
        for (platform, shop, _), at in self._first.items():
            place = self.setting.place(platform, shop)
            if place is not None:
                yield "MET-CONVERT", "rate", Facet(place, at), maybe("order")


# ---------------------------------------------------------------- scores


def scores(setting: Setting, window: Callable[[Place], Window]) -> Iterator[tuple[str, str, Place, Tally]]:
    """The latest of each shop in its window."""
    latest: dict[tuple[Place, str], ShopScore] = {}
    for row in setting.tables.of(ShopScore) or ():
        place = setting.place_of(row)
        if place is None or not window(place).holds(row.at):
            continue
        held = latest.get((place, row.name))
        if held is None or row.at >= held.at:
            latest[place, row.name] = row
    for (place, name), row in latest.items():
        yield "MET-SCORE", name, place, exactly(row.value)


@define
class Repurchase:
    """Buyers with a paid order in a window, and those with two; an order without a buyer leaves it open."""

    _orders: dict[Place, Counter[str]] = field(factory=dict)
    _nameless: Counter[Place] = field(factory=Counter)

    def add(self, order: OrderRow) -> None:
        if order.buyer is None:
            self._nameless[order.place] += 1
        else:
            self._orders.setdefault(order.place, Counter())[order.buyer] += 1

    def told(self) -> Iterator[tuple[Place, Tally]]:
        for place in {*self._orders, *self._nameless}:
            held, nameless = self._orders.get(place, Counter[str]()), self._nameless[place]
            again = sum(count > 1 for count in held.values())
            if nameless:
                count = len(held) + nameless
                yield place, Tally(count, again, count, frozenset({"order.buyer"}))
            else:
                yield place, Tally(len(held), again, again)


# ---------------------------------------------------------------- agents


def agents(setting: Setting) -> Adds:
    row = setting.pack().measures.agents
    for handled in setting.tables.of(Handled) or ():
        if setting.place_of(handled) is None:
            continue
        facet = Facet(None, handled.at, agent=handled.agent)
        for part, adds in _handled(handled, row):
            yield "MET-AGENT", part, facet, adds
    for mark in setting.tables.of(Mark) or ():
        if mark.mark > row.full_mark:
            raise ConfigError(
                f"table marks: {mark.agent} has {mark.mark} for {mark.name}; the full mark is {row.full_mark}",
                zh=f"表 marks: {mark.agent} 的 {mark.name} 为 {mark.mark}, 超过满分 {row.full_mark}",
            )
        facet = Facet(None, mark.at, agent=mark.agent)
        yield "MET-AGENT", mark.name, facet, exactly(Fraction(mark.mark, row.full_mark))


def _handled(told: Handled, row: Agents) -> Iterator[tuple[str, Tally]]:
    yield "volume", YES
    if told.minutes is not None:
        yield "speed", exactly(told.minutes * 60)
    if told.score is not None:
        yield "satisfaction", yes_or_no(told.score >= row.satisfied)
    for part, truth in (
        ("solved", told.solved),
        ("first_contact", told.first_contact),
        ("adherence", told.adherence),
    ):
        yield part, maybe(f"agents.{part}") if truth is None else yes_or_no(truth)


@frozen
class Star:
    """`low` to `high`: the weighted marks of one agent. `best`: nobody can stand above; None: it may be."""

    agent: str
    low: Fraction
    high: Fraction
    missing: frozenset[str]
    best: bool | None = None


def stars(row: Agents, parts: Mapping[str, Mapping[str, Tally]]) -> list[Star]:
    """`parts`: agent -> part -> tally. Agents with too few cases are left out."""
    marked = [
        _marked(row, agent, tallies)
        for agent, tallies in sorted(parts.items())
        if tallies.get("volume", Tally()).count >= row.least
    ]
    result = []
    for each in marked:
        others = [other for other in marked if other is not each]
        best: bool | None = None
        if all(each.low >= other.high for other in others):
            best = True
        elif any(each.high < other.low for other in others):
            best = False
        result.append(Star(each.agent, each.low, each.high, each.missing, best))
    return result


def _marked(row: Agents, agent: str, tallies: Mapping[str, Tally]) -> Star:
    low = high = Fraction(0)
    missing: set[str] = set()
    for part, weight in row.weights.items():
        exact = Fraction(str(weight))
        least, most = _mark(row, part, tallies.get(part, Tally()))
        if least != most:
            missing |= {f"agents.{part}"} | set(tallies.get(part, Tally()).missing)
        low, high = low + exact * least, high + exact * most
    return Star(agent, low, high, frozenset(missing))


def _mark(row: Agents, part: str, tally: Tally) -> tuple[Fraction, Fraction]:
    """From 0 to 1, at least and at most."""
    if part == "volume":
        mark = min(Fraction(tally.count, row.many), Fraction(1))
        return mark, mark
    low, high = tally.mean()
    if low is None or high is None:
        return Fraction(0), Fraction(1)
    if part == "speed":
        mark = Fraction(1) if low <= row.fast.seconds else Fraction(row.fast.seconds) / low
        return mark, mark
    return low, min(high, Fraction(1))


def named_cases(setting: Setting) -> frozenset[Name]:
    """The cases that answers speak of."""
    rows: Iterable[Answer] = setting.tables.of(Answer) or ()
    return frozenset((row.platform, row.shop, row.case) for row in rows if row.case)
