"""One walk through orders, cases and reviews for all measures, gathered by what is asked: shop, product, class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from attrs import define, evolve, field

from omnishop.model import Text
from omnishop.policy.measures import By, Measured, Part
from omnishop.report import measures, told
from omnishop.report.alerts import alerts
from omnishop.report.figures import BEFORE, Facet, Measure, Tally
from omnishop.report.notices import Found, Notice, Unjudged
from omnishop.report.penalties import penalties
from omnishop.report.rows import CaseRow, Place, Source
from omnishop.report.setting import Key, Setting, Window

MIX = "MET-MIX"
AGENT = "MET-AGENT"
_UNDATED = frozenset({"record.time"})
_LONGEST_MONTH = timedelta(days=31)
_Slot = tuple[str, str, Key]


@define
class _Gathered:
    """Tallies by rule, part and key; those of the window before beside them, where a goal looks back."""

    setting: Setting
    by: By
    rows: Mapping[str, Measured]
    now: dict[_Slot, Tally] = field(factory=dict)
    before: dict[_Slot, Tally] = field(factory=dict)

    def add(self, rule: str, name: str, facet: Facet, adds: Tally) -> None:
        part = self.rows[rule].parts.get(name)
        by = self.of(part) if part is not None else None
        if part is None or by is None:
            return
        if facet.at is None:  # nobody can say in which window it lies
            self._sum(self.now, rule, name, facet, by, Tally(missing=_UNDATED))
            return
        window = self.window(rule, facet.place)
        if window.holds(facet.at):
            self._sum(
                self.now, rule, name, facet, by, adds + self.reached_back(rule, name, window, facet.place)
            )
        elif part.way is not None and window.before().holds(facet.at):
            reached = self.reached_back(rule, name, window.before(), facet.place)
            self._sum(self.before, rule, name, facet, by, adds + reached)

    def reached_back(self, rule: str, name: str, window: Window, place: Place | None) -> Tally:
        """Only figures out of records need them whole."""
        told_by_people = (rule, name) in told.LACKING and rule != "MET-COMPLAINT"
        if place is None or told_by_people or self.setting.reaches(window.since, place):
            return Tally()
        return Tally(missing=frozenset({BEFORE}))

    def add_all(self, adds: measures.Adds) -> None:
        for each in adds:
            self.add(*each)

    def at(self, which: dict[_Slot, Tally], rule: str, name: str, place: Place, adds: Tally) -> None:
        """What stands for a whole window of a shop."""
        part = self.rows[rule].parts.get(name)
        by = self.of(part) if part is not None else None
        if by is not None:
            self._sum(which, rule, name, Facet(place), by, adds)

    def _sum(self, sums: dict[_Slot, Tally], rule: str, name: str, facet: Facet, by: By, adds: Tally) -> None:
        for key in self.setting.keys(facet, by):
            cls = None if facet.cls is None else facet.cls.value
            slot = (rule, name, (*key, cls) if rule == MIX and by is not By.CLASS else key)
            sums[slot] = sums.get(slot, Tally()) + adds

    def window(self, rule: str, place: Place | None) -> Window:
        length = self.setting.pack(place).measures.rows[rule].window.length
        return self.setting.window(length, place)

    def of(self, part: Part) -> By | None:
        """As asked where the row offers it; figures of agents are always by agent; None: not told apart so."""
        if part.by == (By.AGENT,):
            return By.AGENT
        return self.by if self.by in part.by else None


def measured(source: Source, setting: Setting, by: By) -> list[Measure]:
    """All measures that can be told apart so, each with what is missing; in the order of the pack."""
    gathered = _Gathered(setting, by, setting.pack().measures.rows)
    complaints = told.Complaints(setting)
    kept = _cases(source, gathered, complaints)
    _orders(source, gathered, complaints)
    for review in source.reviews():
        if setting.knows(review.place):
            gathered.add_all(measures.of_review(review, setting))
    gathered.add_all(complaints.of_table())
    gathered.add_all(told.satisfaction(setting, kept))
    gathered.add_all(told.bot(setting))
    gathered.add_all(told.agents(setting))
    return _told(gathered)


def _cases(source: Source, gathered: _Gathered, complaints: told.Complaints) -> dict[told.Name, CaseRow]:
    """The cases that answers to follow-ups name."""
    setting = gathered.setting
    wanted, kept = told.named_cases(setting), dict[told.Name, CaseRow]()
    for case in source.cases():
        if setting.knows(case.place):
            gathered.add_all(measures.of_case(case, setting))
            gathered.add_all(complaints.of_case(case))
            for name in _names(case) & wanted:
                kept[name] = case
    return kept


def _orders(source: Source, gathered: _Gathered, complaints: told.Complaints) -> None:
    setting = gathered.setting
    nudges, again, again_before = told.Nudges(setting), told.Repurchase(), told.Repurchase()
    for order in source.orders():
        if not setting.knows(order.place):
            continue
        gathered.add_all(measures.of_order(order, setting))
        gathered.add_all(complaints.of_order(order))
        gathered.add_all(nudges.of_order(order))
        at, window = measures.paid_at(order), gathered.window("MET-SCORE", order.place)
        if at is not None and measures.is_paid(order):
            if window.holds(at):
                again.add(order)
            elif window.before().holds(at):
                again_before.add(order)
    gathered.add_all(nudges.rest())
    _scores(gathered, setting, again, again_before)


def _names(case: CaseRow) -> set[told.Name]:
    shop = (case.place.platform, case.place.shop_id)
    return {(*shop, case.case_id), (*shop, f"{case.source}:{case.case_id}")}


def _scores(
    gathered: _Gathered, setting: Setting, again: told.Repurchase, again_before: told.Repurchase
) -> None:
    def window(place: Place) -> Window:
        return gathered.window("MET-SCORE", place)

    for which, look, buyers in (
        (gathered.now, window, again),
        (gathered.before, lambda place: window(place).before(), again_before),
    ):
        for rule, part, place, adds in told.scores(setting, look):
            gathered.at(which, rule, part, place, adds)
        for place, adds in buyers.told():
            reached = gathered.reached_back("MET-SCORE", "repurchase", look(place), place)
            gathered.at(which, "MET-SCORE", "repurchase", place, adds + reached)


def _told(gathered: _Gathered) -> list[Measure]:
    result: list[Measure] = []
    for rule, row in gathered.rows.items():
        for name, part in row.parts.items():
            by = gathered.of(part)
            if by is None:
                continue
            missing = told.lacking(gathered.setting, rule, name)
            if rule == AGENT and name == "star":
                result += _stars(gathered, row, part) if not missing else []
            found = [
                _measure(gathered, rule, name, part, by, key, tally)
                for (of, which, key), tally in sorted(gathered.now.items(), key=_order)
                if (of, which) == (rule, name)
            ]
            if rule == "MET-COMPLAINT":
                missing = frozenset()  # what is missing stands in its rows
            if not found and not (rule == AGENT and name == "star" and not missing):
                empty = Tally(0, 0, None if missing else 0, missing)
                found = [_measure(gathered, rule, name, part, By.ALL, (), empty)]
            result += found
    return result


def _order(item: tuple[_Slot, Tally]) -> tuple[str, ...]:
    return tuple("" if part is None else part for part in item[0][2])


def _measure(
    gathered: _Gathered, rule: str, name: str, part: Part, by: By, key: Key, tally: Tally
) -> Measure:
    since, until = _span(gathered, rule)
    before = gathered.before.get((rule, name, key)) if part.way is not None else None
    return Measure(rule, name, part, Text(part.title_zh, part.title), by, key, since, until, tally, before)


def _span(gathered: _Gathered, rule: str) -> tuple[datetime, datetime]:
    """Shops have their own present: from the first beginning to the last end."""
    windows = [gathered.window(rule, place) for place in gathered.setting.places()]
    return min(each.since for each in windows), max(each.until for each in windows)


def _stars(gathered: _Gathered, row: Measured, part: Part) -> list[Measure]:
    agents = gathered.setting.pack().measures.agents
    parts: dict[str, dict[str, Tally]] = {}
    for (rule, name, key), tally in gathered.now.items():
        if rule == AGENT and key[0] is not None:
            parts.setdefault(key[0], {})[name] = tally
    since, until = _span(gathered, AGENT)
    return [
        Measure(
            AGENT,
            "star",
            part,
            Text(part.title_zh, part.title),
            By.AGENT,
            (star.agent,),
            since,
            until,
            Tally(1, star.low, star.high, star.missing),
            highest=star.best,
        )
        for star in told.stars(agents, parts)
    ]


def grouped(everything: Source, setting: Setting) -> Setting:
    """With how many paid orders each buyer has, over all that is kept."""
    counts: Counter[tuple[Place, str]] = Counter()
    for order in everything.orders():
        if order.buyer is not None and measures.is_paid(order):
            counts[order.place, order.buyer] += 1
    return evolve(setting, paid_orders=counts)


def reach(setting: Setting) -> datetime:
    """From when on rows are needed: twice the longest window, for goals that look back."""
    return min(
        setting.window(row.window.length, place).before().since
        for place in setting.places()
        for row in setting.pack(place).measures.rows.values()
    )


def warned(source: Source, setting: Setting) -> list[Found]:
    """All warnings, then what could not be judged."""
    punished = list(penalties(source, setting))
    open_now = [each.rule for each in punished if isinstance(each, Notice)]
    found = [*punished, *alerts(source, setting, open_now)]
    return [
        *(each for each in found if isinstance(each, Notice)),
        *dict.fromkeys(each for each in found if isinstance(each, Unjudged)),
    ]


def warning_reach(setting: Setting) -> datetime:
    """From when on rows are needed for warnings."""
    return min(setting.now(place) - _longest(setting, place) for place in setting.places())


def _longest(setting: Setting, place: Place) -> timedelta:
    punished, alert = setting.pack(place).penalties, setting.pack(place).alerts
    months = _LONGEST_MONTH * (punished.worst_tenth.months + 1)
    spans = (
        punished.negative.window,
        punished.broken.window,
        punished.fake.window,
        alert.backlog.past,
        alert.logistics.looks_back,
        alert.self_check.window,
        alert.root.window,
    )
    return max(months, alert.spike.window.length + alert.spike.past.length, *(each.length for each in spans))
