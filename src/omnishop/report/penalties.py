"""What platforms punish, seen coming: negative reviews, complaints, levels, idle applications, paid reviews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from fractions import Fraction

from omnishop.errors import ConfigError
from omnishop.model import BEIJING, Kind, Stage, Text
from omnishop.policy.facts import Happening
from omnishop.policy.measures import By, WorstTenth
from omnishop.policy.wording import Finding
from omnishop.report.figures import Tally, maybe, yes_or_no
from omnishop.report.measures import is_negative, is_paid, paid_at
from omnishop.report.notices import Found, Nearness, Notice, Unjudged, length, penalty, refs
from omnishop.report.promises import broken_promises
from omnishop.report.rows import CaseRow, Place, Ref, ReviewRow, Source
from omnishop.report.setting import Setting, period
from omnishop.report.tables import Complaint, Trade, Violation

NEAR, REACHED = Nearness.NEAR, Nearness.REACHED


def penalties(source: Source, setting: Setting) -> Iterator[Found]:
    yield from negative_rates(source.reviews(), setting)
    yield from worst_tenth(source, setting)
    yield from levels(setting)
    yield from idle(source.cases(), setting)
    yield from broken_promises(source, setting)
    yield from fake(source.reviews(), setting)


# ---------------------------------------------------------------- PEN-NEG30


def negative_rates(reviews: Iterable[ReviewRow], setting: Setting) -> Iterator[Found]:
    """Of each shop and of each product; a review without grade and stars may be either."""
    tallies: dict[tuple[Place, str | None], Tally] = {}
    behind: dict[tuple[Place, str | None], list[ReviewRow]] = {}
    for review in reviews:
        place = review.place
        if not setting.knows(place) or review.created_at is None:
            continue
        pack = setting.pack(place)
        if not setting.window(pack.penalties.negative.window.length, place).holds(review.created_at):
            continue
        negative = is_negative(review, pack.measures.negative)
        adds = maybe("review.grade") if negative is None else yes_or_no(negative)
        for key in {(place, None), (place, review.sku_id)}:
            tallies[key] = tallies.get(key, Tally()) + adds
            if negative:
                behind.setdefault(key, []).append(review)
    for key, tally in sorted(tallies.items(), key=lambda each: (each[0][0], each[0][1] or "")):
        yield from _negative_rate(*key, tally, behind.get(key, []), setting)


def _negative_rate(
    place: Place, sku: str | None, tally: Tally, behind: list[ReviewRow], setting: Setting
) -> Iterator[Found]:
    row = setting.pack(place).penalties.negative
    low, high = tally.mean()
    if tally.count < row.minimum or low is None:
        return
    limit, warn = Fraction(str(row.limit)), Fraction(str(row.warn))
    if low < warn:
        if high is not None and high >= warn:
            yield Unjudged("PEN-NEG30", "review.grade", place, sku)
        return
    days, share = row.window.told, f"{float(low):.1%}"
    what = Text("全店", "the shop's") if sku is None else Text(f"商品 {sku}", f"product {sku}:")
    counts = f"{len(behind)}/{tally.count}"
    text = Text(
        f"{what.zh} {days.zh}差评率 {share} ({counts}), 预警线 {row.warn:.1%}, 红线 {row.limit:.1%}",
        f"{what.en} negative-review rate of {days.en} is {share} ({counts}); warned from {row.warn:.1%}, "
        f"the line is {row.limit:.1%}",
    )
    nearness = REACHED if low > limit else NEAR
    yield penalty(
        setting,
        "PEN-NEG30",
        nearness,
        text,
        place,
        row,
        subject=sku,
        behind=refs(behind),
        figures={"rate": float(low), "negative": len(behind), "reviews": tally.count},
    )


# ---------------------------------------------------------------- PEN-TOP10


def worst_tenth(source: Source, setting: Setting) -> Iterator[Found]:
    """Each full month's complaints per paid order, against where the trade's worst tenth began."""
    trade = setting.tables.of(Trade)
    if trade is None:
        yield Unjudged("PEN-TOP10", "table trade")
        return
    worst_from = {(row.platform, row.month): row.worst_from for row in trade}
    complaints, known = _complaints(source.cases(), setting)
    if not known:
        yield Unjudged("PEN-TOP10", "complaints")
        return
    orders: Counter[tuple[Place, str]] = Counter()
    for order in source.orders():
        at = paid_at(order)
        if setting.knows(order.place) and at is not None and is_paid(order):
            orders[order.place, period(at, By.MONTH)] += 1
    for place in setting.places():
        yield from _months(place, worst_from, complaints, orders, setting)


def _complaints(
    cases: Iterable[CaseRow], setting: Setting
) -> tuple[dict[tuple[Place, str], dict[str, Ref]], bool]:
    """By shop and month; whether anyone keeps complaints at all."""
    table = setting.tables.of(Complaint)
    known = table is not None
    found: dict[tuple[Place, str], dict[str, Ref]] = {}
    for case in cases:
        if case.kind is Kind.COMPLAINT and case.opened_at is not None and setting.knows(case.place):
            known = True
            month = period(case.opened_at, By.MONTH)
            found.setdefault((case.place, month), {})[case.case_id] = refs([case])[0]
    for row in table or ():
        place = setting.place_of(row)
        if place is not None:
            of_month = found.setdefault((place, period(row.at, By.MONTH)), {})
            of_month.setdefault(row.id, Ref("complaint", row.platform, row.shop, row.id))
    return found, known


def _months(
    place: Place,
    worst_from: dict[tuple[str, str], Fraction],
    complaints: dict[tuple[Place, str], dict[str, Ref]],
    orders: Counter[tuple[Place, str]],
    setting: Setting,
) -> Iterator[Found]:
    row = setting.pack(place).penalties.worst_tenth
    run: list[str] = []
    for month in _full_months(setting.now(place), row.months):
        begins = worst_from.get((place.platform, month))
        if begins is None:
            yield Unjudged("PEN-TOP10", f"table trade {month}", place)
            break
        count = orders[place, month]
        if not count or not setting.reaches(_begins(month), place):
            yield Unjudged("PEN-TOP10", f"records of {month}", place)
            break
        if Fraction(len(complaints.get((place, month), {})), count) < begins:
            break
        run.append(month)
    if run:
        behind = tuple(each for month in run for each in complaints.get((place, month), {}).values())
        yield _running(place, row, run, behind, setting)


def _running(
    place: Place, row: WorstTenth, run: list[str], behind: tuple[Ref, ...], setting: Setting
) -> Notice:
    months = ", ".join(reversed(run))
    text = Text(
        f"投诉率连续 {len(run)} 个月处于行业后 {row.worst:.0%} ({months}), 红线 {row.months} 个月",
        f"complaint rate in the trade's worst {row.worst:.0%} for {len(run)} months running ({months}); "
        f"the line is {row.months}",
    )
    nearness = REACHED if len(run) >= row.months else NEAR
    figures = {"months": len(run), "of": row.months}
    return penalty(setting, "PEN-TOP10", nearness, text, place, row, behind=behind, figures=figures)


def _begins(month: str) -> datetime:
    return datetime.strptime(month, "%Y-%m").replace(tzinfo=BEIJING)


def _full_months(now: datetime, count: int) -> list[str]:
    """The last months that are over, the latest first."""
    day = now.astimezone(BEIJING).replace(day=1)
    found = []
    for _ in range(count):
        day = (day - timedelta(days=1)).replace(day=1)
        found.append(f"{day:%Y-%m}")
    return found


# ---------------------------------------------------------------- PEN-LEVELS


def levels(setting: Setting) -> Iterator[Found]:
    table = setting.tables.of(Violation)
    if table is None:
        yield Unjudged("PEN-LEVELS", "table violations")
        return
    for place in setting.places():
        row = setting.pack(place).penalties.levels
        names = list(row.levels)
        window = setting.window(row.counts.length, place)
        counting = [each for each in table if setting.place_of(each) == place and window.holds(each.at)]
        strange = [each.level for each in table if each.level not in row.levels]
        if strange:
            there = ", ".join(names)
            raise ConfigError(
                f"table violations: no level {strange[0]!r}; there are: {there}",
                zh=f"表 violations: 没有等级 {strange[0]!r}; 可用: {there}",
            )
        if not counting:
            continue
        reached = max(names.index(each.level) for each in counting)
        here = row.levels[names[reached]]
        after = row.levels[names[reached + 1]] if reached + 1 < len(names) else None
        text = Text(
            f"违规 {len(counting)} 次, 最高 {names[reached]} 级: {here.title_zh}"
            + (f"; 再重则 {after.title_zh}" if after else ""),
            f"violations: {len(counting)}, the highest of level {names[reached]}: {here.title}"
            + (f"; next: {after.title}" if after else ""),
        )
        yield penalty(
            setting,
            "PEN-LEVELS",
            REACHED,
            text,
            place,
            row,
            subject=names[reached],
            then=here.text,
            behind=_found(counting),
            figures={"violations": len(counting)},
        )


def _found(violations: Iterable[Violation]) -> tuple[Ref, ...]:
    return tuple(Ref("violation", each.platform, each.shop, each.id) for each in violations)


# ---------------------------------------------------------------- PEN-IDLE


def idle(cases: Iterable[CaseRow], setting: Setting) -> Iterator[Found]:
    """Applications nobody decided, the oldest first."""
    waiting: dict[tuple[Place, Nearness], list[tuple[timedelta, CaseRow]]] = {}
    undated: set[Place] = set()
    for case in cases:
        place = case.place
        if (
            not setting.knows(place)
            or case.stage is not Stage.REQUESTED
            or case.first(Happening.DECIDED) is not None
        ):
            continue
        if case.opened_at is None:
            undated.add(place)
            continue
        row = setting.pack(place).penalties.idle
        age = setting.now(place) - case.opened_at
        if age >= row.warn.length:
            nearness = REACHED if age > row.limit.length else NEAR
            waiting.setdefault((place, nearness), []).append((age, case))
    yield from (Unjudged("PEN-IDLE", "case.opened_at", place) for place in sorted(undated))
    for (place, nearness), found in sorted(waiting.items(), key=lambda each: each[0]):
        found.sort(key=lambda each: (-each[0], each[1].case_id))
        row, oldest = setting.pack(place).penalties.idle, length(found[0][0])
        limit = row.limit.told
        text = Text(
            f"{len(found)} 单售后申请未处理, 最久 {oldest.zh}; 红线 {limit.zh}",
            f"applications undecided: {len(found)}, the oldest for {oldest.en}; the line is {limit.en}",
        )
        behind = refs(case for _, case in found)
        figures = {"applications": len(found), "oldest_s": int(found[0][0].total_seconds())}
        yield penalty(setting, "PEN-IDLE", nearness, text, place, row, behind=behind, figures=figures)


# ---------------------------------------------------------------- PEN-FAKE


def fake(reviews: Iterable[ReviewRow], setting: Setting) -> Iterator[Found]:
    """Our replies that pay for reviews; reviews that tell of it are a hint; the platform's own findings."""
    ours: dict[Place, list[ReviewRow]] = {}
    theirs: dict[Place, list[ReviewRow]] = {}
    for review in reviews:
        place = review.place
        if not setting.knows(place):
            continue
        row = setting.pack(place).penalties.fake
        window = setting.window(row.window.length, place)
        lint = setting.linter(place)
        for held, text, at in (
            (ours, review.reply, review.replied_at or review.created_at),
            (theirs, review.text, review.created_at),
        ):
            if text and at is not None and window.holds(at) and _speaks(lint.lint(text, at), row.lint):
                held.setdefault(place, []).append(review)
    for place in setting.places():
        yield from _fake(place, ours.get(place, []), theirs.get(place, []), setting)
    if setting.tables.of(Violation) is None:
        yield Unjudged("PEN-FAKE", "table violations")


def _speaks(findings: Iterable[Finding], kinds: Iterable[str]) -> bool:
    return any(each.kind in kinds for each in findings)


def _fake(place: Place, ours: list[ReviewRow], theirs: list[ReviewRow], setting: Setting) -> Iterator[Found]:
    row = setting.pack(place).penalties.fake
    if ours:
        text = Text(f"{len(ours)} 条回复涉及好评返现", f"replies of ours that pay for reviews: {len(ours)}")
        yield penalty(setting, "PEN-FAKE", REACHED, text, place, row, subject="replies", behind=refs(ours))
    if theirs:
        text = Text(
            f"{len(theirs)} 条评价提到好评返现", f"reviews that tell of being paid for: {len(theirs)}"
        )
        yield penalty(setting, "PEN-FAKE", NEAR, text, place, row, subject="reviews", behind=refs(theirs))
    window = setting.window(row.window.length, place)
    found = [
        each
        for each in setting.tables.of(Violation) or ()
        if each.fake and setting.place_of(each) == place and window.holds(each.at)
    ]
    if found:
        text = Text(
            f"平台认定虚假交易或好评返现 {len(found)} 次",
            f"findings of fake trade or paid reviews by the platform: {len(found)}",
        )
        behind = _found(found)
        yield penalty(setting, "PEN-FAKE", REACHED, text, place, row, subject="findings", behind=behind)
