"""Rates that jump against their own past, and answers that grow slower (ALR-SPIKE).

Cases of a class or product in the window are compared with those before it, each per paid order of its time (per
hour where orders are not kept): the exact conditional binomial test. Each rate looked at raises a false alarm with
at most the pack's `chance`; of many rates so many more. Answers: the rank-sum test on known times.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from statistics import median

from attrs import define, field

from omnishop.model import ReasonClass, Text
from omnishop.policy.measures import Spike
from omnishop.policy.pack import Pack
from omnishop.report.chance import more_often, rank_sum
from omnishop.report.measures import first_answer, is_paid, paid_at
from omnishop.report.notices import Found, Nearness, Notice, Unjudged, length, refs, remedies
from omnishop.report.rows import CaseRow, OrderRow, Place, Source
from omnishop.report.setting import Setting, Window

RULE = "ALR-SPIKE"
CLASS, PRODUCT = "class", "product"
_Rate = tuple[Place, str, str]
"""Shop, `class` or `product`, and which."""


@define
class _Counts:
    """Cases by rate, and what they are measured against."""

    recent: dict[_Rate, list[CaseRow]] = field(factory=dict)
    past: Counter[_Rate] = field(factory=Counter)
    orders: Counter[tuple[Place, str | None]] = field(factory=Counter)
    orders_past: Counter[tuple[Place, str | None]] = field(factory=Counter)
    seen_past: set[Place] = field(factory=set)


def spikes(source: Source, setting: Setting) -> Iterator[Found]:
    counts = _Counts()
    for case in source.cases():
        if setting.knows(case.place) and case.opened_at is not None:
            _case(case, case.opened_at, counts, setting)
    for order in source.orders():
        at = paid_at(order)
        if setting.knows(order.place) and at is not None and is_paid(order):
            _order(order, at, counts, setting)
    young: set[Place] = set()
    for rate, cases in sorted(counts.recent.items()):
        place = rate[0]
        _, past = windows(setting, place)
        enough = past.until - past.since >= setting.pack(place).alerts.spike.window.length
        if place in counts.seen_past and enough:
            yield from _jumped(rate, cases, counts, setting)
        elif place not in young:
            young.add(place)
            yield Unjudged(RULE, "records of the past", place)
    yield from slower(source.cases(), setting)


def windows(setting: Setting, place: Place) -> tuple[Window, Window]:
    """The latest time, and the past in front of it, as far as its records are held."""
    row = setting.pack(place).alerts.spike
    latest = setting.window(row.window.length, place)
    begins = max(latest.since - row.past.length, setting.held.get(place, latest.since - row.past.length))
    return latest, Window(min(begins, latest.since), latest.since)


def _case(case: CaseRow, at: datetime, counts: _Counts, setting: Setting) -> None:
    latest, past = windows(setting, case.place)
    rates: list[_Rate] = [(case.place, CLASS, case.cls.value)]
    rates += [(case.place, PRODUCT, sku) for sku in case.products]
    if latest.holds(at):
        for rate in rates:
            counts.recent.setdefault(rate, []).append(case)
    elif past.holds(at):
        counts.past.update(rates)
        counts.seen_past.add(case.place)


def _order(order: OrderRow, at: datetime, counts: _Counts, setting: Setting) -> None:
    latest, past = windows(setting, order.place)
    keys = [(order.place, sku) for sku in (None, *order.skus)]
    if latest.holds(at):
        counts.orders.update(keys)
    elif past.holds(at):
        counts.orders_past.update(keys)
        counts.seen_past.add(order.place)


def _jumped(rate: _Rate, cases: Sequence[CaseRow], counts: _Counts, setting: Setting) -> Iterator[Notice]:
    place, what, name = rate
    row = setting.pack(place).alerts.spike
    key = (place, None if what == CLASS else name)
    orders, orders_past = counts.orders[key], counts.orders_past[key]
    by_orders = bool(orders and orders_past)
    exposed = float(orders if by_orders else row.window.seconds)
    _, back = windows(setting, place)
    exposed_past = float(orders_past) if by_orders else (back.until - back.since).total_seconds()
    now, before = len(cases), counts.past[rate]
    if now < row.minimum or now * exposed_past < float(row.times) * before * exposed:
        return
    chance = more_often(now, exposed, before, exposed_past)
    if chance > row.chance:
        return
    expected = before * exposed / exposed_past
    told = _subject(what, name, setting.pack(place))
    text = Text(
        f"{told.zh}激增: {row.window.told.zh}内 {now} 单, 按过去水平约 {expected:.1f} 单 (偶然概率 {chance:.1g})",
        f"{told.en} jumped: {now} cases within {row.window.told.en}, {expected:.1f} by its past "
        f"(by chance {chance:.1g})",
    )
    names = (*row.by_class.get(_main_class(cases), ()), *row.remedies)
    figures = {
        "cases": now,
        "expected": expected,
        "past": before,
        "per": "order" if by_orders else "time",
        "chance": chance,
    }
    yield Notice(
        RULE,
        Nearness.REACHED,
        text,
        place,
        f"{what} {name}",
        refs(cases),
        remedies(setting, names, place),
        figures=figures,
    )


def _subject(what: str, name: str, pack: Pack) -> Text:
    if what == PRODUCT:
        return Text(f"商品 {name} 的售后", f"cases on product {name}")
    row = pack.classes.get(ReasonClass(name))
    if row is None:
        return Text("未归类的售后", "cases that are not classified")
    return Text(f"{row.title_zh}类售后", f"cases of class {row.title}")


def _main_class(cases: Iterable[CaseRow]) -> ReasonClass:
    counts = Counter(case.cls for case in cases)
    return max(sorted(counts), key=lambda cls: counts[cls])


# ---------------------------------------------------------------- answers


def slower(cases: Iterable[CaseRow], setting: Setting) -> Iterator[Found]:
    """Only answers whose time is known."""
    times: dict[Place, tuple[list[tuple[int, CaseRow]], list[int]]] = {}
    unknown: set[Place] = set()
    for case in cases:
        place, at = case.place, case.opened_at
        if not setting.knows(place) or at is None:
            continue
        latest, past = windows(setting, place)
        told = first_answer(case, setting) if latest.holds(at) or past.holds(at) else None
        if told is None:
            continue
        if told[0] != told[1]:
            unknown.add(place)
            continue
        recent, before = times.setdefault(place, ([], []))
        if latest.holds(at):
            recent.append((told[0], case))
        else:
            before.append(told[0])
    for place in sorted({*times, *unknown}):
        yield from _slower(place, *times.get(place, ([], [])), setting)


def _slower(
    place: Place, recent: list[tuple[int, CaseRow]], past: list[int], setting: Setting
) -> Iterator[Found]:
    row = setting.pack(place).alerts.spike
    if len(recent) < row.slower_minimum or len(past) < row.slower_minimum:
        yield Unjudged(RULE, "case.responded", place, "answers")
        return
    chance = rank_sum([taken for taken, _ in recent], past)
    if chance > row.chance:
        return
    yield _grown(place, row, recent, past, chance, setting)


def _grown(
    place: Place,
    row: Spike,
    recent: list[tuple[int, CaseRow]],
    past: list[int],
    chance: float,
    setting: Setting,
) -> Notice:
    middle = median(past)
    now, before = (length(timedelta(seconds=each)) for each in (median(taken for taken, _ in recent), middle))
    text = Text(
        f"首次响应变慢: 中位 {now.zh}, 此前 {before.zh} (偶然概率 {chance:.1g})",
        f"answers grew slower: half take more than {now.en}, before {before.en} (by chance {chance:.1g})",
    )
    slow = [case for taken, case in recent if taken > middle]
    figures = {"answers": len(recent), "past": len(past), "chance": chance}
    advice = remedies(setting, row.slower_remedies, place)
    return Notice(RULE, Nearness.REACHED, text, place, "answers", refs(slow), advice, figures=figures)
