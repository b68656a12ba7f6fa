"""What the desk should see early: backlogs, peaks, parcels that stand still, low satisfaction, like causes (ALR)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from omnishop.model import Favours, OrderStatus, ReasonClass, Stage, Text
from omnishop.policy.facts import Happening
from omnishop.policy.measures import Backlog
from omnishop.policy.pack import Level
from omnishop.report.figures import BEFORE, NO, Amount, Tally, maybe, yes_or_no
from omnishop.report.measures import decided_by_shop
from omnishop.report.notices import Found, Nearness, Notice, Unjudged, length, refs, remedies
from omnishop.report.readiness import readiness
from omnishop.report.rows import CaseRow, OrderRow, Place, Ref, ReviewRow, Source
from omnishop.report.setting import Setting
from omnishop.report.spikes import spikes
from omnishop.report.tables import Answer, Scan, SelfChecked

NEAR, REACHED = Nearness.NEAR, Nearness.REACHED
_SHOPS_TURN = frozenset({Stage.REQUESTED, Stage.INSPECTING, Stage.RESENDING})
_CLEARED_BY = (Happening.DECIDED, Happening.HANDLED, Happening.RECEIPT_CONFIRMED)
_GONE_OUT = frozenset({OrderStatus.SHIPPED, OrderStatus.PART_SHIPPED})


def alerts(source: Source, setting: Setting, open_penalties: Collection[str]) -> Iterator[Found]:
    """`open_penalties`: the rules of penalties that are near or reached, for the self-check."""
    yield from spikes(source, setting)
    yield from backlog(source.cases(), setting)
    yield from readiness(setting)
    yield from logistics(source.orders(), setting)
    yield from low_satisfaction(setting)
    yield from self_check(source.reviews(), setting, open_penalties)
    yield from like_causes(source.cases(), setting)


# ---------------------------------------------------------------- ALR-BACKLOG


def backlog(cases: Iterable[CaseRow], setting: Setting) -> Iterator[Found]:
    """The first moment at which more has run out than the shop clears until then, at the rate of the past.

    Cleared is what was opened in the past time and is no longer the shop's turn, or ended, or was told so. Where
    nobody says who decided, a passed deadline may have: it counts for the shop, and what it would change is open.
    """
    due: dict[Place, list[tuple[timedelta, CaseRow]]] = {}
    cleared: dict[Place, Tally] = {}
    for case in cases:
        place = case.place
        if not setting.knows(place):
            continue
        row, now = setting.pack(place).alerts.backlog, setting.now(place)
        if case.stage in _SHOPS_TURN and case.deadline is not None:
            left = case.deadline.at - now
            if timedelta(0) < left <= row.ahead.length and case.deadline.favours is not Favours.SELLER:
                due.setdefault(place, []).append((left, case))
        cleared[place] = cleared.get(place, Tally()) + _cleared(case, now - row.past.length, now)
    for place, found in sorted(due.items()):
        yield from _backlog(place, sorted(found, key=_left), cleared[place], setting)


def _left(each: tuple[timedelta, CaseRow]) -> tuple[timedelta, str]:
    return each[0], each[1].case_id


def _cleared(case: CaseRow, since: datetime, now: datetime) -> Tally:
    told = case.first(*_CLEARED_BY)
    if told is not None:
        return yes_or_no(since <= told <= now)
    if case.stage in _SHOPS_TURN or case.stage is Stage.UNKNOWN:
        return NO
    opened = case.opened_at is not None and since <= case.opened_at <= now
    ended = case.closed_at is not None and since <= case.closed_at <= now
    if decided_by_shop(case):
        return yes_or_no(opened or ended)
    return maybe("case.decided_by") if case.decided_by is None and opened else NO


def _backlog(
    place: Place, due: list[tuple[timedelta, CaseRow]], cleared: Tally, setting: Setting
) -> Iterator[Found]:
    row = setting.pack(place).alerts.backlog
    most = _overrun(due, cleared.high or 0, row)
    if most is None:
        if _overrun(due, cleared.low, row) is not None:
            yield Unjudged("ALR-BACKLOG", "case.decided_by", place)
        return
    if not setting.reaches(setting.now(place) - row.past.length, place):
        yield Unjudged("ALR-BACKLOG", BEFORE, place)  # of what was cleared some is not there
        return
    count, clears = most
    until, past = length(due[count - 1][0]), row.past.told
    text = Text(
        f"{until.zh}内将有 {count} 单到期, 按近 {past.zh}的处理速度只能处理 {clears:.1f} 单",
        f"{count} applications run out within {until.en}; at the rate of the last {past.en} "
        f"{clears:.1f} of them are cleared",
    )
    figures = {"due": count, "cleared_by_then": clears, "due_ahead": len(due)}
    behind, advice = refs(case for _, case in due), remedies(setting, row.remedies, place)
    yield Notice("ALR-BACKLOG", NEAR, text, place, behind=behind, remedies=advice, figures=figures)


def _overrun(
    due: Sequence[tuple[timedelta, CaseRow]], cleared: Amount, row: Backlog
) -> tuple[int, float] | None:
    """How many have run out, and how many are cleared by then, at the first moment at which these are fewer."""
    rate = cleared * Fraction(str(row.use)) / row.past.seconds
    for count, (left, _) in enumerate(due, start=1):
        clears = rate * int(left.total_seconds())
        if count >= row.minimum and count > clears:
            return count, float(clears)
    return None


# ---------------------------------------------------------------- ALR-LOGISTICS


def logistics(orders: Iterable[OrderRow], setting: Setting) -> Iterator[Found]:
    """Parcels that are late or stand still, orders that wait to be shipped."""
    scans = setting.tables.of(Scan)
    last: dict[tuple[str, str, str], datetime] = {}
    for scan in scans or ():
        key = (scan.platform, scan.shop, scan.order)
        last[key] = max(scan.at, last.get(key, scan.at))
    found: dict[tuple[Place, str], list[OrderRow]] = {}
    for order in orders:
        if setting.knows(order.place):
            for what in _anomalies(order, last, setting):
                found.setdefault((order.place, what), []).append(order)
    for (place, what), rows in sorted(found.items()):
        yield _logistics(place, what, rows, setting)
    if scans is None:
        yield Unjudged("ALR-LOGISTICS", "table scans")


def _anomalies(
    order: OrderRow, last: dict[tuple[str, str, str], datetime], setting: Setting
) -> Iterator[str]:
    place, now = order.place, setting.now(order.place)
    row = setting.pack(place).alerts.logistics
    earliest = now - row.looks_back.length
    if order.status is OrderStatus.PAID and order.shipped_at is None:
        if order.paid_at is not None and earliest <= order.paid_at < now - row.unshipped.length:
            yield "unshipped"
        return
    if order.status not in _GONE_OUT or order.delivered_at is not None:
        return
    if order.shipped_at is not None and earliest <= order.shipped_at < now - row.late.length:
        yield "late"
    scanned = last.get((place.platform, place.shop_id, order.order_id))
    if scanned is not None and earliest <= scanned < now - row.still.length:
        yield "still"


def _logistics(place: Place, what: str, found: list[OrderRow], setting: Setting) -> Notice:
    row = setting.pack(place).alerts.logistics
    span = {"unshipped": row.unshipped, "late": row.late, "still": row.still}[what].told
    count = len(found)
    text = {
        "unshipped": Text(
            f"{count} 单付款超过 {span.zh}未发货", f"paid more than {span.en} ago and not shipped: {count}"
        ),
        "late": Text(
            f"{count} 单发货超过 {span.zh}未签收",
            f"on their way for more than {span.en}, no delivery shown: {count}",
        ),
        "still": Text(
            f"{count} 单物流停滞超过 {span.zh}", f"without a scan for more than {span.en}: {count}"
        ),
    }[what]
    carriers: dict[str, int] = {}
    for order in found:
        for carrier in order.carriers:
            carriers[carrier] = carriers.get(carrier, 0) + 1
    advice = remedies(setting, row.unshipped_remedies if what == "unshipped" else row.remedies, place)
    figures = {"orders": count, "carriers": carriers}
    return Notice("ALR-LOGISTICS", REACHED, text, place, what, refs(found), advice, figures=figures)


# ---------------------------------------------------------------- ALR-LOWSAT


def low_satisfaction(setting: Setting) -> Iterator[Found]:
    """Each low answer asks for a look at its case; and the share of satisfied ones for a look at all."""
    table = setting.tables.of(Answer)
    if table is None:
        yield Unjudged("ALR-LOWSAT", "table satisfaction")
        return
    for place in setting.places():
        pack = setting.pack(place)
        row, satisfied = pack.alerts.low_satisfaction, pack.measures.satisfied.satisfied
        window = setting.window(row.window.length, place)
        answers = [each for each in table if setting.place_of(each) == place and window.holds(each.at)]
        advice = remedies(setting, row.remedies, place)
        low = [each for each in answers if each.score <= row.low]
        if low:
            text = Text(
                f"{len(low)} 个回访评分不高于 {row.low}, 需复盘", f"answers of {row.low} or less: {len(low)}"
            )
            yield Notice("ALR-LOWSAT", REACHED, text, place, "cases", _asked(low), advice)
        content = sum(each.score >= satisfied for each in answers)
        if len(answers) >= row.minimum and Fraction(content, len(answers)) < Fraction(str(row.warn)):
            share = f"{content / len(answers):.1%}"
            text = Text(
                f"满意度 {share}, 低于 {row.warn:.1%}", f"{share} are satisfied, less than {row.warn:.1%}"
            )
            unhappy = [each for each in answers if each.score < satisfied]
            figures = {"satisfied": content, "answers": len(answers)}
            yield Notice("ALR-LOWSAT", NEAR, text, place, "rate", _asked(unhappy), advice, figures=figures)


def _asked(answers: Iterable[Answer]) -> tuple[Ref, ...]:
    """The cases behind answers; of an answer without a case its time."""
    return tuple(
        dict.fromkeys(
            Ref("case" if each.case else "answer", each.platform, each.shop, each.case or each.at.isoformat())
            for each in answers
        )
    )


# ---------------------------------------------------------------- ALR-SELFCHECK


def self_check(
    reviews: Iterable[ReviewRow], setting: Setting, open_penalties: Collection[str] = ()
) -> Iterator[Found]:
    """Due by the table of self-checks; and outgoing texts that the wording rules object to."""
    row, now = setting.pack().alerts.self_check, setting.now()
    table = setting.tables.of(SelfChecked)
    if table is None:
        yield Unjudged("ALR-SELFCHECK", "table selfchecks")
    else:
        last = max((each.at for each in table), default=None)
        if last is None or now - last > row.every.length:
            every = row.every.told
            rules = sorted(set(open_penalties))
            text = Text(
                f"应每 {every.zh}自查一次, 已超期; 待处理处罚项: {', '.join(rules) or '无'}",
                f"a self-check is due every {every.en}; penalties open: {', '.join(rules) or 'none'}",
            )
            advice = remedies(setting, row.remedies)
            figures = {"penalties": rules}
            yield Notice("ALR-SELFCHECK", NEAR, text, subject="due", remedies=advice, figures=figures)
    yield from _bad_texts(reviews, setting)


def _bad_texts(reviews: Iterable[ReviewRow], setting: Setting) -> Iterator[Notice]:
    found: dict[Place, dict[str, list[ReviewRow]]] = {}
    for review in reviews:
        place, at = review.place, review.replied_at or review.created_at
        if not setting.knows(place) or not review.reply or at is None:
            continue
        if not setting.window(setting.pack(place).alerts.self_check.window.length, place).holds(at):
            continue
        lint = setting.linter(place)
        kinds = {each.kind for each in lint.lint(review.reply, at) if each.level is not Level.HINT}
        for kind in kinds:
            found.setdefault(place, {}).setdefault(kind, []).append(review)
    for place, kinds_of in sorted(found.items()):
        rows = [review for kind in sorted(kinds_of) for review in kinds_of[kind]]
        counts = {kind: len(kinds_of[kind]) for kind in sorted(kinds_of)}
        told = ", ".join(f"{kind} {count}" for kind, count in counts.items())
        text = Text(f"外发回复不合话术规则: {told}", f"replies against the wording rules: {told}")
        advice = remedies(setting, setting.pack(place).alerts.self_check.remedies, place)
        yield Notice("ALR-SELFCHECK", REACHED, text, place, "texts", refs(rows), advice, figures=counts)


# ---------------------------------------------------------------- ALR-ROOT


def like_causes(cases: Iterable[CaseRow], setting: Setting) -> Iterator[Found]:
    """The same class and sub-type on one product; a change of mind is no cause."""
    found: dict[tuple[Place, str, str, str], list[CaseRow]] = {}
    for case in cases:
        place = case.place
        if not setting.knows(place) or case.opened_at is None:
            continue
        if case.cls in {ReasonClass.UNCLASSIFIED, ReasonClass.NO_REASON}:
            continue
        if setting.window(setting.pack(place).alerts.root.window.length, place).holds(case.opened_at):
            for sku in case.products:
                found.setdefault((place, sku, case.cls.value, case.sub or ""), []).append(case)
    for (place, sku, cls, sub), rows in sorted(found.items(), key=lambda each: each[0]):
        pack = setting.pack(place)
        row = pack.alerts.root
        if len(rows) < row.like:
            continue
        told = pack.classes[ReasonClass(cls)]
        name = told.subtypes.get(sub, told)
        text = Text(
            f"商品 {sku}: {len(rows)} 单同因 ({name.title_zh}), 需做根因分析",
            f"product {sku}: {len(rows)} cases of one cause ({name.title}); find its root",
        )
        subject = f"{sku} {cls}.{sub}" if sub else f"{sku} {cls}"
        advice = remedies(setting, row.remedies, place)
        yield Notice("ALR-ROOT", REACHED, text, place, subject, refs(rows), advice)
