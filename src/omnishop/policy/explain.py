"""Verdicts (`explain`) and clocks in words: what was counted, what was skipped and why, what happens in the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from omnishop.model import BEIJING, Deadline, Text, labels, yuan_text
from omnishop.policy.account import explain
from omnishop.policy.clocks import Clock, Side, Timekeeper
from omnishop.policy.labels import BREACHES, STATES
from omnishop.policy.spans import Count
from omnishop.policy.timetable import Piece

COUNTS: dict[Count, Text] = {
    Count.ELAPSED: Text("自然时间, 夜间与节假日照常计", "elapsed time, nights and holidays count"),
    Count.WORKING_DAYS: Text("工作日, 起始日不计", "working days, the start day does not count"),
    Count.TEAM_HOURS: Text("当班时间", "the team's hours"),
}


def pieces(clock: Clock, keeper: Timekeeper) -> list[Piece]:
    """From the start to the limit: every stretch, counted or skipped. Empty where no time was counted."""
    if clock.started_at is None or clock.span is None or clock.not_before is None:
        return []
    return keeper.timetable.pieces(clock.started_at, clock.not_before, clock.span.count, clock.pauses)


def explained(clock: Clock, keeper: Timekeeper, lang: str) -> list[str]:
    """One line a fact."""
    return [line.told(lang) for line in _lines(clock, keeper)]


def _lines(clock: Clock, keeper: Timekeeper) -> Iterator[Text]:
    state = STATES[clock.state]
    yield Text(
        f"{clock.rule} {clock.title.zh}: {state.zh} (来源 {clock.source})",
        f"{clock.rule} {clock.title.en}: {state.en} (source {clock.source})",
    )
    if clock.words is not None:
        yield Text(f"承诺原文: {clock.words}", f"promised: {clock.words}")
    if clock.missing:
        told = ", ".join(clock.missing)
        yield Text(f"缺少事实: {told}", f"missing: {told}")
    if clock.started_at is not None and clock.span is not None:
        span, count = clock.span.told, COUNTS[clock.span.count]
        yield Text(
            f"自 {_at(clock.started_at)} 起 {span.zh} ({count.zh})",
            f"{span.en} from {_at(clock.started_at)} ({count.en})",
        )
    for piece in pieces(clock, keeper):
        yield _piece(piece)
    yield from _end(clock)


def _end(clock: Clock) -> Iterator[Text]:
    if clock.opens_at is not None:
        yield Text(f"不早于 {_at(clock.opens_at)} 进行", f"not to be done before {_at(clock.opens_at)}")
    if clock.due_at is not None:
        yield Text(
            f"截止 {_at(clock.due_at)} (当刻仍算按时)", f"due {_at(clock.due_at)}, that moment included"
        )
    elif clock.not_before is not None:
        yield Text(
            f"不早于 {_at(clock.not_before)}; {clock.unknown_year} 年日历未知",
            f"not before {_at(clock.not_before)}; calendar of {clock.unknown_year} unknown",
        )
    if clock.warn_at is not None:
        yield Text(f"预警 {_at(clock.warn_at)}", f"warning from {_at(clock.warn_at)}")
    if clock.done_at is not None:
        yield Text(f"完成于 {_at(clock.done_at)}", f"done {_at(clock.done_at)}")
    if clock.side is Side.PLATFORM and clock.deadline is not None:
        yield from _platform(clock, clock.deadline)
        return
    breach = BREACHES[clock.breach]
    then = (breach, *clock.effects)
    zh, en = "、".join(each.zh for each in then), ", ".join(each.en for each in then)
    yield Text(f"超时: {zh}", f"when it runs out: {en}")


def _platform(clock: Clock, deadline: Deadline) -> Iterator[Text]:
    then, favours = labels.CONSEQUENCES[deadline.consequence], labels.FAVOURS[deadline.favours]
    yield Text(f"到期后: {then.zh}, 有利于: {favours.zh}", f"then: {then.en}, in favour of: {favours.en}")
    cost = None if clock.stake is None else yuan_text(clock.stake)
    yield Text(
        f"代价: {'未知' if cost is None else cost + ' 元'}",
        f"it costs: {'not known' if cost is None else cost + ' yuan'}",
    )
    longer = {True: Text("可延长", "can be extended"), False: Text("不可延长", "cannot be extended")}
    unknown = Text("能否延长未知", "whether it can be extended is not known")
    yield unknown if deadline.extendable is None else longer[deadline.extendable]


def _piece(piece: Piece) -> Text:
    counted = Text("计入", "counted") if piece.counted else Text("不计", "skipped")
    length = _length(piece.end - piece.start)
    when = f"{_at(piece.start)} - {_at(piece.end)}"
    return Text(
        f"  {counted.zh} {when} ({length.zh}): {piece.why.zh}",
        f"  {counted.en} {when} ({length.en}): {piece.why.en}",
    )


def _length(span: timedelta) -> Text:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "天", "d"), (hours, "小时", "h"), (minutes, "分", "min"), (seconds, "秒", "s")]
    told = [(number, zh, en) for number, zh, en in parts if number] or [(0, "秒", "s")]
    return Text("".join(f"{n} {zh}" for n, zh, _ in told), " ".join(f"{n} {en}" for n, _, en in told))


def _at(when: datetime) -> str:
    return when.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


__all__ = ["BREACHES", "COUNTS", "STATES", "explain", "explained", "pieces"]
