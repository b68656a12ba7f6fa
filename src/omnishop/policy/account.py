"""A verdict in words for the person at the counter: what to do first, then why, then what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from omnishop.model import BEIJING, Favours, Fen, Text, yuan_text
from omnishop.model import labels as model_labels
from omnishop.policy import labels
from omnishop.policy.clocks import Clock, Side
from omnishop.policy.labels import BREACHES, STATES
from omnishop.policy.pack import Pack
from omnishop.policy.verdict import Approval, Burden, Cap, Check, Option, Override, Remedy, Verdict, Wanted

MOST_CLOCKS = 5
"""More than the most pressing ones nobody reads."""


def explain(verdict: Verdict, lang: str, pack: Pack | None = None) -> str:
    """In `zh` or `en`, one fact a line. `pack` calls the reason's sub-type by its name; else its key stands there."""
    return "\n".join(line.told(lang) for line in _lines(verdict, pack))


def _sub(verdict: Verdict, pack: Pack | None) -> Text:
    if not verdict.sub:
        return Text("", "")
    row = None if pack is None or verdict.cls not in pack.classes else pack.classes[verdict.cls]
    named = None if row is None else row.subtypes.get(verdict.sub)
    if named is None:
        return Text(f" / {verdict.sub}", f" / {verdict.sub}")
    return Text(f" / {named.title_zh}", f" / {named.title}")


def _lines(verdict: Verdict, pack: Pack | None) -> Iterator[Text]:
    outcome, cls = labels.OUTCOMES[verdict.outcome], labels.CLASSES[verdict.cls]
    rule = f" ({verdict.rule})" if verdict.rule else ""
    yield Text(f"结论: {outcome.zh}{rule}", f"Verdict: {outcome.en}{rule}")
    sub = _sub(verdict, pack)
    yield Text(f"原因归类: {cls.zh}{sub.zh}", f"Reason: {cls.en}{sub.en}")
    for warning in verdict.warnings:
        yield Text(f"注意: {warning.why.zh} ({warning.rule})", f"Beware: {warning.why.en} ({warning.rule})")
    yield from _titled(Text("现在可以做", "What may be done now"), _may(verdict.next))
    yield from _titled(Text("时效 (先做损失最大的)", "Clocks (the dearest first)"), _clocks(verdict))
    yield from _titled(Text("判断依据", "Why"), map(_check, verdict.checks))
    yield from _titled(Text("可提供的方案", "Choices to offer"), map(_remedy, verdict.remedies))
    yield from _titled(
        Text("限额与责任", "Limits and who bears what"),
        (*map(_cap, verdict.caps), *map(_burden, verdict.burdens)),
    )
    yield from _titled(Text("凭证", "Evidence"), map(_wanted, verdict.evidence))
    yield from _risk(verdict)
    yield from _approval(verdict.approval)
    yield from _titled(Text("现在不能做", "What may not be done now"), _may_not(verdict.next))
    names = [labels.fact_called(path) for path in verdict.missing]
    if names:
        zh, en = "、".join(name.zh for name in names), ", ".join(name.en for name in names)
        yield Text(f"尚不知道: {zh}", f"Not known: {en}")
    rules = ", ".join(fired.rule for fired in verdict.fired)
    yield Text(f"涉及规则: {rules}", f"Rules: {rules}")
    yield from _titled(
        Text("与默认规则不同之处", "Other than the default says"), map(_override, verdict.overrides)
    )
    yield Text(f"策略包: {verdict.pack}", f"Pack: {verdict.pack}")


def _override(each: Override) -> Text:
    layer = labels.LAYERS.get(each.layer, Text(each.layer, each.layer))
    return Text(
        f"{each.key} = {each.value} ({layer.zh}, {each.file})",
        f"{each.key} = {each.value} ({layer.en}, {each.file})",
    )


def _titled(title: Text, lines: Iterable[Text]) -> Iterator[Text]:
    """Nothing where there is nothing below it."""
    for index, line in enumerate(lines):
        if not index:
            yield Text(f"{title.zh}:", f"{title.en}:")
        yield Text(f"  {line.zh}", f"  {line.en}")


def _may(options: Iterable[Option]) -> Iterator[Text]:
    for option in options:
        if option.allowed:
            act = labels.ACTS[option.act]
            role = None if option.role is None else labels.ROLES[option.role]
            zh, en = ("", "") if role is None else (f", 须{role.zh}批准", f", approved by {role.en}")
            yield Text(f"{act.zh}{zh}", f"{act.en}{en}")


def _may_not(options: Iterable[Option]) -> Iterator[Text]:
    for option in options:
        if not option.allowed and option.key not in {"kind", "stage"}:
            act, rule = labels.ACTS[option.act], f" ({option.rule})" if option.rule else ""
            yield Text(f"{act.zh}: {option.why.zh}{rule}", f"{act.en}: {option.why.en}{rule}")


def _clocks(verdict: Verdict) -> Iterator[Text]:
    running = [clock for clock in verdict.clocks if clock.open and clock.not_before is not None]
    for clock in running[:MOST_CLOCKS]:
        yield _clock(clock)
    if len(running) > MOST_CLOCKS:
        more = len(running) - MOST_CLOCKS
        yield Text(f"另有 {more} 个", f"and {more} more")


def _clock(clock: Clock) -> Text:
    state, due = STATES[clock.state], _due(clock)
    if clock.side is Side.PLATFORM and clock.deadline is not None:
        then, favours = model_labels.CONSEQUENCES[clock.deadline.consequence], clock.deadline.favours
        who = model_labels.FAVOURS[favours]
        zh, en = f"{then.zh}, 有利于{who.zh}", f"{then.en}, in favour of: {who.en}"
        if favours is Favours.UNKNOWN:
            zh = f"{then.zh}, 有利于哪方未知"
    else:
        zh, en = BREACHES[clock.breach].zh, BREACHES[clock.breach].en
    title = clock.title
    return Text(
        f"{title.zh}: {state.zh}, {due.zh}, 超时: {zh} ({clock.rule})",
        f"{title.en}: {state.en}, {due.en}, then: {en} ({clock.rule})",
    )


def _due(clock: Clock) -> Text:
    """Beyond the published calendar it is never guessed."""
    if clock.not_before is None:
        return Text("截止 -", "due -")
    at = clock.not_before.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    if clock.due_at is not None:
        return Text(f"截止 {at}", f"due {at}")
    year = clock.unknown_year
    return Text(f"不早于 {at}, {year} 年日历未知", f"not before {at}, calendar of {year} unknown")


def _check(check: Check) -> Text:
    outcome = labels.OUTCOMES[check.outcome]
    if check.fact is None:
        return Text(
            f"{outcome.zh}: {check.why.zh} ({check.rule})", f"{outcome.en}: {check.why.en} ({check.rule})"
        )
    name, source = labels.fact_called(check.fact.path), labels.SOURCES[check.fact.source]
    told = check.fact.value if check.fact.value is not None else "-"
    value = labels.YES_NO.get(told, Text(told, told))
    return Text(
        f"{outcome.zh}: {check.why.zh} ({check.rule}; {name.zh} = {value.zh}, {source.zh})",
        f"{outcome.en}: {check.why.en} ({check.rule}; {name.en} = {value.en}, {source.en})",
    )


def _yuan(fen: Fen | None) -> Text:
    return (
        Text("未知", "not known") if fen is None else Text(f"{yuan_text(fen)} 元", f"{yuan_text(fen)} yuan")
    )


def _remedy(remedy: Remedy) -> Text:
    cost, gives, role = _yuan(remedy.cost), _yuan(remedy.gives), labels.ROLES[remedy.approval]
    zh = [f"成本 {cost.zh}", f"买家得到 {gives.zh}"]
    en = [f"costs {cost.en}", f"gives {gives.en}"]
    if remedy.within is not None:
        told = remedy.within.told
        zh.append(f"{told.zh}内")
        en.append(f"within {told.en}")
    zh.append(f"由{role.zh}批准")
    en.append(f"approved by {role.en}")
    if remedy.along is not None:
        along = labels.ALONG.get(remedy.along, Text(remedy.along, remedy.along))
        zh.append(f"可加{along.zh}")
        en.append(f"may go with {along.en}")
    for condition in remedy.conditions:
        zh.append(condition.zh)
        en.append(condition.en)
    if remedy.missing:
        names = [labels.fact_called(path) for path in remedy.missing]
        zh.append(f"取决于: {'、'.join(name.zh for name in names)}")
        en.append(f"depends on: {', '.join(name.en for name in names)}")
    return Text(
        f"{remedy.title.zh}: {', '.join(zh)} ({remedy.rule})",
        f"{remedy.title.en}: {', '.join(en)} ({remedy.rule})",
    )


def _cap(cap: Cap) -> Text:
    most = _yuan(cap.amount)
    return Text(
        f"补偿至多 {most.zh}: {cap.why.zh} ({cap.rule})", f"at most {most.en}: {cap.why.en} ({cap.rule})"
    )


def _burden(burden: Burden) -> Text:
    return Text(f"{burden.why.zh} ({burden.rule})", f"{burden.why.en} ({burden.rule})")


def _wanted(wanted: Wanted) -> Text:
    what, by = labels.PROOFS[wanted.what], labels.PARTIES[wanted.by]
    there = "?" if wanted.there is None else str(wanted.there)
    return Text(
        f"{what.zh} ({by.zh}): 需 {wanted.wanted}, 现有 {there} ({wanted.rule})",
        f"{what.en} ({by.en}): {wanted.wanted} wanted, {there} there ({wanted.rule})",
    )


def _risk(verdict: Verdict) -> Iterator[Text]:
    risk = verdict.risk
    level = labels.LEVELS[risk.level]
    yield Text(
        f"风险: {level.zh} ({risk.points} 分), {risk.advice.zh}",
        f"Risk: {level.en} ({risk.points} points), {risk.advice.en}",
    )
    for signal in risk.signals:
        yield Text(
            f"  {signal.why.zh}, {signal.points} 分 ({signal.rule})",
            f"  {signal.why.en}, {signal.points} points ({signal.rule})",
        )
    yield Text(f"  {risk.history.zh} (RSK-HISTORY)", f"  {risk.history.en} (RSK-HISTORY)")


def _approval(approval: Approval) -> Iterator[Text]:
    role, rules = labels.ROLES[approval.role], ", ".join(approval.rules)
    yield Text(f"审批: {role.zh} ({rules})", f"Approval: {role.en} ({rules})")
    if approval.auto:
        yield Text("  可自动同意 (APR-AUTO)", "  may be agreed to by itself (APR-AUTO)")
        return
    unmet = [condition.why for condition in approval.conditions if condition.holds is not True]
    zh, en = "、".join(why.zh for why in unmet), "; ".join(why.en for why in unmet)
    yield Text(f"  不自动同意, 未满足: {zh} (APR-AUTO)", f"  not by itself, for want of: {en} (APR-AUTO)")
