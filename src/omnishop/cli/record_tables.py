"""How cases, orders and reviews look in a table: headings and cells in the language of the people here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta

from omnishop.cli.show import narrow, table
from omnishop.cli.words import say, told
from omnishop.model import Case, Grade, Order, Review, labels, to_beijing_text, yuan_text

_HOUR, _DAY = 3600, 86400
_REVIEW_TEXT = 40
_NEVER = datetime.max.replace(tzinfo=UTC)

GRADES = {
    Grade.GOOD: ("good", "好评"),
    Grade.NEUTRAL: ("neutral", "中评"),
    Grade.BAD: ("bad", "差评"),
    Grade.UNKNOWN: ("unknown", "未知"),
}


def urgent_first(cases: Iterable[Case]) -> list[Case]:
    """By the clock that runs out first; what has none comes last, the newest first."""

    def urgency(case: Case) -> tuple[bool, datetime, float]:
        changed = case.changed_at or case.opened_at
        return (
            case.stage in {"succeeded", "closed"},
            _NEVER if case.deadline is None else case.deadline.at,
            -(changed.timestamp() if changed else 0),
        )

    return sorted(cases, key=urgency)


def case_table(
    cases: Iterable[Case],
    present: Callable[[Case], datetime | None],
    title: str | None = None,
    *,
    ids: bool = True,
) -> None:
    """`present`: the now of a case's own shop; without it no time is said to be left.

    A narrow screen has no room for all: with `ids` the id stays, which the next command wants, and storefront,
    amount and default go; without, the id goes. The time left and the deadline's year go in both.
    """
    columns: tuple[tuple[str, Callable[[Case], str]], ...] = (
        (say("storefront", "店铺类型"), lambda case: case.storefront or case.platform),
        (say("case", "售后单"), lambda case: f"{case.source}:{case.case_id}"),
        (say("kind", "类型"), lambda case: told(labels.KINDS[case.kind])),
        (say("stage", "状态"), lambda case: told(labels.STAGES[case.stage])),
        (say("amount", "金额"), amount),
        (say("deadline", "截止时间"), _deadline),
        (say("left", "剩余"), lambda case: _left(case, present(case))),
        (say("then by default", "超时默认"), _default),
    )
    if narrow():
        shown = (1, 2, 3, 5) if ids else (0, 2, 3, 4, 5, 7)
        columns = tuple(columns[number] for number in shown)
    headings = [heading for heading, _ in columns]
    right = tuple(number for number, heading in enumerate(headings) if heading == say("amount", "金额"))
    table(headings, [[cell(case) for _, cell in columns] for case in cases], title=title, right=right)


def _deadline(case: Case) -> str:
    at = "" if case.deadline is None else minute(case.deadline.at)
    return at[len("2026-") :] if narrow() else at


def _left(case: Case, now: datetime | None) -> str:
    return "" if case.deadline is None or now is None else left(case.deadline.at - now)


def _default(case: Case) -> str:
    return "" if case.deadline is None else told(labels.CONSEQUENCES[case.deadline.consequence])


def order_headings() -> Sequence[str]:
    return (
        say("storefront", "店铺类型"),
        say("order", "订单"),
        say("status", "状态"),
        say("paid", "实付"),
        say("created", "创建时间"),
        say("changed", "变更时间"),
        say("goods", "商品"),
    )


ORDER_RIGHT = (3,)


def order_row(order: Order) -> Sequence[str]:
    titles = [line.title for line in order.lines if line.title]
    return (
        order.storefront or order.platform,
        order.order_id,
        told(labels.ORDER_STATUSES[order.status]),
        money(order.amounts.paid),
        minute(order.created_at),
        minute(order.changed_at),
        (titles[0] if titles else "") + (f" +{len(order.lines) - 1}" if len(order.lines) > 1 else ""),
    )


def review_headings() -> Sequence[str]:
    return (
        say("storefront", "店铺类型"),
        say("review", "评价"),
        say("order", "订单"),
        say("grade", "评级"),
        say("stars", "星级"),
        say("created", "时间"),
        say("replied", "已回复"),
        say("text", "内容"),
    )


REVIEW_RIGHT = (4,)


def review_row(review: Review) -> Sequence[str]:
    text = " ".join((review.text or "").split())
    return (
        review.storefront or review.platform,
        review.review_id,
        review.order_id or "",
        "" if review.grade is None else say(*GRADES[review.grade]),
        "" if review.stars is None else str(review.stars),
        minute(review.created_at),
        say("yes", "是") if review.reply else "",
        text[:_REVIEW_TEXT] + ("…" if len(text) > _REVIEW_TEXT else ""),
    )


def amount(case: Case) -> str:
    """What was asked for; where a wire does not say, its estimate, marked as one."""
    if case.amounts.requested is None and case.amounts.estimated is not None:
        return f"≈{money(case.amounts.estimated)}"
    return money(case.amounts.requested)


def money(fen: int | None) -> str:
    return "" if fen is None else yuan_text(fen)


def minute(when: datetime | None) -> str:
    return "" if when is None else to_beijing_text(when)[:-3]


def left(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds < 0:
        return say("over", "已超时")
    days, rest = divmod(seconds, _DAY)
    hours, minutes = rest // _HOUR, rest % _HOUR // 60
    if days:
        return say(f"{days} d {hours} h", f"{days}天{hours}小时")
    return say(f"{hours} h {minutes} min", f"{hours}小时{minutes}分")


def fields(data: object, path: str = "") -> Iterable[tuple[str, str]]:
    """A record's JSON as lines `name.name  value`; what is null or empty is left out."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from fields(value, f"{path}.{name}" if path else name)
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from fields(value, f"{path}[{number}]")
    elif data is not None:
        yield path, str(data)
