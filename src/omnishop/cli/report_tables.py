"""How measures and warnings look to people: figures with what is not known, goals, the words of facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from fractions import Fraction

from omnishop.cli.record_tables import left, minute
from omnishop.cli.show import line, table
from omnishop.cli.words import say, told
from omnishop.policy.measures import By, Unit
from omnishop.report.figures import Measure, Met, goal
from omnishop.report.notices import Found, Nearness, Notice, Unjudged
from omnishop.report.rows import Place

Names = Mapping[tuple[str, str | None], str]

MET = {
    Met.MET: ("met", "达标"),
    Met.MISSED: ("missed", "未达标"),
    Met.UNKNOWN: ("cannot be told", "无法判断"),
    Met.NO_GOAL: ("", ""),
}
NEARNESS = {Nearness.NEAR: ("near", "预警"), Nearness.REACHED: ("reached", "已达")}
_SHOWN = 8
WAYS = {"up": ("higher than before", "较上期上升"), "down": ("lower than before", "较上期下降")}

MISSING = {
    "case.opened_at": ("when it was applied for", "申请时间"),
    "order.delivered_at": ("when the order was delivered", "签收时间"),
    "records of the past": (
        "records of the time before (omnishop pull --since)",
        "更早的记录 (omnishop pull --since)",
    ),
    "complaints": ("table complaints", "表 complaints"),
    "case.responded": ("time of the first answer (table moments)", "首次响应时间 (表 moments)"),
    "case.agreed": ("time of agreement (table moments)", "同意时间 (表 moments)"),
    "case.receipt_confirmed": ("time of receipt (table moments)", "验收时间 (表 moments)"),
    "case.refunded": ("time of the refund", "退款时间"),
    "case.dispute": ("whether the platform was called in", "是否平台介入"),
    "case.decided_by": ("who decided", "由谁决定"),
    "case.kind": ("kind of the case", "售后类型"),
    "records.before": ("earlier records (omnishop pull --since)", "更早的记录 (omnishop pull --since)"),
    "record.time": ("when some records happened", "部分记录的时间"),
    "order": ("the order", "订单"),
    "order.status": ("the order's status", "订单状态"),
    "order.paid_at": ("when the order was paid", "付款时间"),
    "order.buyer": ("the order's buyer", "订单买家"),
    "review.grade": ("grade or stars", "评级或星级"),
}


def measure_table(found: Sequence[Measure], names: Names) -> None:
    headings = (
        say("measure", "指标"),
        say("what", "名称"),
        say("where", "范围"),
        say("figure", "数值"),
        say("of", "样本"),
        say("goal", "目标"),
        say("reached", "结果"),
        say("not known", "缺少"),
    )
    table(
        headings,
        [
            (
                each.rule,
                told(each.title),
                _where(each, names),
                figure(each),
                str(each.tally.count),
                _goal(each),
                _met(each),
                ", ".join(missing(each.tally.missing)),
            )
            for each in found
        ],
        right=(3, 4),
    )
    if found:
        first, last = min(each.since for each in found), max(each.until for each in found)
        line(f"{say('from', '自')} {minute(first)} {say('until', '至')} {minute(last)}")


def missing(facts: Iterable[str]) -> list[str]:
    """What would have to be known, and where it can be entered."""
    return sorted(
        say(*MISSING[fact]) if fact in MISSING else fact.replace("table ", say("table ", "表 "))
        for fact in facts
    )


def _where(each: Measure, names: Names) -> str:
    if each.by is By.SHOP and each.key:
        platform, shop, *rest = each.key
        return " ".join((names.get((platform or "", shop), shop or "?"), *map(_word, rest)))
    return " ".join(map(_word, each.key)) if each.key else say("all", "全部")


def _word(part: str | None) -> str:
    return say("not known", "未知") if part is None else part


def figure(each: Measure) -> str:
    """The figure; where rows could not be told, from what to what it lies."""
    if each.unit is Unit.COUNT:
        return str(each.tally.low) if each.tally.count else "-"
    low, high = each.tally.mean()
    if low is None:
        return "-"
    if low == high:
        return _shown(each.unit, low)
    if high is None:
        return "?" if low == 0 else f"≥ {_shown(each.unit, low)}"
    return f"{_shown(each.unit, low)} … {_shown(each.unit, high)}"


def _shown(unit: Unit, amount: Fraction) -> str:
    if unit is Unit.SHARE:
        return f"{float(amount):.1%}"
    if unit is Unit.TIME:
        return left(timedelta(seconds=float(amount)))
    return f"{float(amount):.2f}"


def _goal(each: Measure) -> str:
    if each.part.way is not None:
        return say(*WAYS[each.part.way])
    if each.part.within is not None:
        return f"≤ {told(each.part.within.told)}"
    return (goal(each.part) or "").replace("<=", "≤").replace(">=", "≥")


def _met(each: Measure) -> str:
    if each.highest:
        return say("star", "季度之星")
    return say(*MET[each.met])


def show_warnings(found: Sequence[Found], names: Names) -> None:
    """One block each: what, where, what the platform does, what to do, the records behind it."""
    notices = [each for each in found if isinstance(each, Notice)]
    for each in notices:
        near = say(*NEARNESS[each.nearness])
        line(f"{each.rule} [{near}] {_shop(each.place, names)}: {told(each.text)}")
        if each.rule.startswith("PEN-"):
            line(f"    {_then(each)}")
        if each.remedies:
            line(f"    {say('do', '建议')}: {'; '.join(told(remedy.text) for remedy in each.remedies)}")
        if each.behind:
            line(f"    {say('behind it', '相关记录')}: {_behind(each)}")
    if not notices:
        line(say("no warning", "没有预警"))
    unjudged = [each for each in found if isinstance(each, Unjudged)]
    if unjudged:
        line("")
        headings = (
            say("not judged", "未能判断"),
            say("where", "范围"),
            say("what", "对象"),
            say("not known", "缺少"),
        )
        rows = [
            (each.rule, _shop(each.place, names), each.subject or "", *missing([each.missing]))
            for each in unjudged
        ]
        table(headings, rows)


def _shop(place: Place | None, names: Names) -> str:
    if place is None:
        return say("all shops", "全部店铺")
    storefront = place.storefront or place.platform
    return f"{storefront} {names.get((place.platform, place.shop_id), place.shop_id)}"


def _then(notice: Notice) -> str:
    if notice.then is None:
        return say("no such penalty is known of this platform: a warning only", "未见此平台有此处罚, 仅提醒")
    return f"{say('then', '后果')}: {told(notice.then)}"


def _behind(notice: Notice) -> str:
    shown = ", ".join(f"{each.record} {each.id}" for each in notice.behind[:_SHOWN])
    more = len(notice.behind) - _SHOWN
    return shown + (say(f" and {more} more (--json)", f" 等, 另有 {more} 条 (--json)") if more > 0 else "")
