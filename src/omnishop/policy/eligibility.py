"""Is the buyer entitled to it? Grounds that allow, exemptions, and what stands in the way; each with its fact.

What is not known never allows: a ground holds only by facts that are there, and nothing but facts that are known
to be harmless takes an obstacle away.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from omnishop.model import Kind, OrderStatus, ReasonClass, Stage, Text, labels
from omnishop.policy.answers import Outcome
from omnishop.policy.casefacts import Finding, Goods, PromiseKind, Returned, ShopPromise
from omnishop.policy.ground import RETURNS, Ground, end_of_day, in_force, names_goods, yuan
from omnishop.policy.own import PREFIX
from omnishop.policy.service import Eligibility
from omnishop.policy.taken import taken_check
from omnishop.policy.verdict import Check

ALLOW, DENY, HUMAN = Outcome.ALLOW, Outcome.DENY, Outcome.NEEDS_HUMAN
_RUINED = {
    Returned.DAMAGED: "RES-SCRATCHED",
    Returned.USED: "RES-SCRATCHED",
    Returned.COUNTERFEIT: "RSK-SWAP",
    Returned.OTHER: "RSK-SWAP",
    Returned.SHORT: "SLA-RECEIPT",
}
_FINDINGS: dict[Finding, tuple[str, Outcome]] = {
    Finding.LOST: ("RES-LOGISTICS-REFUND", ALLOW),
    Finding.DAMAGED: ("RES-LOGISTICS-DAMAGE", ALLOW),
    Finding.MISDELIVERED: ("RES-LOGISTICS-REDELIVER", ALLOW),
    Finding.LATE: ("RES-LOGISTICS-DELAY", HUMAN),
    Finding.ON_ITS_WAY: ("RES-LOGISTICS-SEARCH", HUMAN),
    Finding.DELIVERED: ("RES-LOGISTICS-SEARCH", DENY),
}
_ORDER_SUBS = {"quantity": "RES-ORDER-SHORT", "part": "RES-ORDER-PART"}


def checks_of(ground: Ground, rules: Eligibility) -> tuple[Check, ...]:
    """Obstacles first, then grounds."""
    return (*_obstacles(ground), *_grounds(ground, rules))


def outcome_of(checks: tuple[Check, ...]) -> tuple[Outcome, str | None]:
    """An obstacle decides; else one ground that allows is enough, and all must deny to deny."""
    obstacles = [check for check in checks if in_the_way(check)]
    for wanted in (DENY, HUMAN):
        for check in obstacles:
            if check.outcome is wanted:
                return wanted, check.rule
    grounds = [check for check in checks if not in_the_way(check)]
    for wanted in (ALLOW, HUMAN, DENY):
        for check in grounds:
            if check.outcome is wanted:
                return wanted, check.rule
    return HUMAN, None


OBSTACLES = frozenset({"RES-ADVANCE", "SLA-RECEIPT", *_RUINED.values()})
"""Checks that can only stand in the way, as a shop's own rules do."""


def in_the_way(check: Check) -> bool:
    return check.rule in OBSTACLES or check.rule.startswith(PREFIX)


def _obstacles(ground: Ground) -> Iterator[Check]:
    taken = taken_check(ground)
    if taken is not None:
        yield taken
    advanced = ground.known.advanced
    if advanced is None:
        why = Text("不知道平台是否已先行赔付", "whether the platform has paid the buyer first is not known")
        yield Check("RES-ADVANCE", HUMAN, why, None, ("known.advanced",))
    elif advanced > 0:
        told = yuan(advanced)
        why = Text(
            f"平台已先行赔付 {told} 元, 不得再次退款",
            f"the platform has paid the buyer {told} yuan: never refunded again",
        )
        yield Check("RES-ADVANCE", DENY, why, ground.fact("known.advanced", told))
    if ground.case.kind in RETURNS or ground.case.kind in {Kind.REPAIR, Kind.UNKNOWN}:
        yield from _inspection(ground)


def _inspection(ground: Ground) -> Iterator[Check]:
    """What came back must have been looked at."""
    if ground.goods_back is False:
        return
    returned = ground.known.returned
    if ground.goods_back is None:
        missing = ("case.stage",) if ground.case.stage is Stage.UNKNOWN else ("parcels",)
        why = Text("不知道货是否已退回", "whether the goods came back is not known")
        yield Check("SLA-RECEIPT", HUMAN, why, None, (*missing, *(() if returned else ("known.returned",))))
        return
    if returned is None:
        why = Text("退回的商品尚未验收", "what came back has not been inspected")
        yield Check(
            "SLA-RECEIPT", HUMAN, why, ground.fact("case.stage", ground.case.stage), ("known.returned",)
        )
        return
    fact = ground.fact("known.returned", returned)
    if returned is Returned.INTACT:
        yield Check(
            "SLA-RECEIPT", ALLOW, Text("退货已验收, 完好相符", "inspected: intact and matching"), fact
        )
        return
    why = Text("退回的商品与发出时不符, 由人工处理", "what came back is not as it was sent: a person decides")
    yield Check(_RUINED[returned], HUMAN, why, fact)


def _grounds(ground: Ground, rules: Eligibility) -> Iterator[Check]:
    kind = ground.case.kind
    if kind is Kind.UNKNOWN:
        why = Text("不知道申请的是什么", "what is applied for is not known")
        yield Check("ELG-7D", HUMAN, why, None, ("case.kind",))
        return
    if kind in rules.unshipped.kinds:
        yield _unshipped(ground, rules)
    if kind in rules.quality.kinds:
        yield from _fault(ground, rules)
    if kind in rules.no_reason.kinds or kind in rules.promise.kinds:
        yield from _no_reason(ground, rules)


def _unshipped(ground: Ground, rules: Eligibility) -> Check:
    rule, order, cancelled = "ELG-UNSHIPPED", ground.order, ground.known.cancelled
    if order is None or order.status is OrderStatus.UNKNOWN:
        why = Text("不知道订单是否已发货", "whether the order was shipped is not known")
        return Check(rule, HUMAN, why, None, ("order.status",))
    status = labels.ORDER_STATUSES[order.status]
    fact = ground.fact("order.status", order.status)
    if order.status not in rules.unshipped.statuses or order.shipped_at is not None:
        why = Text(f"订单状态为“{status.zh}”, 不再是未发货", f"the order is {status.en}: no longer unshipped")
        return Check(rule, HUMAN, why, fact)
    if cancelled is None:
        why = Text(
            "未发货, 但取消是否成功尚不确定", "not shipped, and whether it is really cancelled is not known"
        )
        return Check(rule, HUMAN, why, fact, ("known.cancelled",))
    fact = ground.fact("known.cancelled", cancelled)
    if cancelled:
        why = Text("未发货且已确认取消", "not shipped, and certainly cancelled")
        return Check(rule, ALLOW, why, fact)
    return Check(rule, HUMAN, Text("取消未成功, 货可能已发出", "not cancelled: it may have gone out"), fact)


def _fault(ground: Ground, rules: Eligibility) -> Iterator[Check]:
    """Quality, order errors and logistics: eligible when found true."""
    cls = ground.cls
    if cls in rules.quality.classes:
        yield _confirmed(ground, "ELG-QUALITY")
    elif cls is ReasonClass.ORDER:
        yield _confirmed(ground, _ORDER_SUBS.get(ground.sub or "", "RES-ORDER-WRONG"))
    elif cls is ReasonClass.LOGISTICS:
        finding = ground.known.finding
        if finding is None:
            why = Text("尚未向快递核实", "the carrier has not been asked")
            yield Check("RES-LOGISTICS-SEARCH", HUMAN, why, None, ("known.finding",))
            return
        rule, outcome = _FINDINGS[finding]
        yield Check(rule, outcome, _FOUND[outcome], ground.fact("known.finding", finding))
    elif cls in {ReasonClass.UNCLASSIFIED, ReasonClass.REFUND}:
        why = Text(
            "原因不能归类或属退款争议, 由人工判断", "the reason has no class or is disputed: a person decides"
        )
        rule = "CLS-REFUND" if cls is ReasonClass.REFUND else "CLS-MAP"
        missing = () if cls is ReasonClass.REFUND else ("case.reason",)
        yield Check(rule, HUMAN, why, ground.fact("case.reason.cls", cls), missing)
    elif ground.case.kind not in RETURNS:
        why = Text(
            "无理由只适用于退货换货, 不退货须由人工判断",
            "no reason is a ground for returns only: a person decides",
        )
        yield Check("ELG-7D", HUMAN, why, ground.fact("case.kind", ground.case.kind))


_FOUND: dict[Outcome, Text] = {
    ALLOW: Text("已核实属实", "found true"),
    HUMAN: Text("尚在处理中, 由人工判断", "still under way: a person decides"),
    DENY: Text("核实不属实", "found not to be so"),
}


def _confirmed(ground: Ground, rule: str) -> Check:
    confirmed = ground.known.confirmed
    if confirmed is None:
        why = Text("买家所述尚未核实", "what the buyer says has not been confirmed")
        return Check(rule, HUMAN, why, None, ("known.confirmed",))
    outcome = ALLOW if confirmed else DENY
    return Check(rule, outcome, _FOUND[outcome], ground.fact("known.confirmed", confirmed))


def _no_reason(ground: Ground, rules: Eligibility) -> Iterator[Check]:
    """Within the law's days, or the promise's; unless the goods are exempt and the page said so."""
    applied, signed = ground.case.opened_at, ground.signed_at
    if applied is None or signed is None:
        paths = (("case.opened_at", applied), ("order.delivered_at", signed))
        missing = tuple(path for path, value in paths if value is None)
        why = Text("签收或申请时间未知", "signed or applied when is not known")
        yield Check("ELG-7D", HUMAN, why, None, missing)
        return
    within = rules.no_reason.within
    last = end_of_day(signed, within)
    fact, at = ground.fact("case.opened_at", applied), last.isoformat(" ")[:19]
    exempt: list[Check] = []
    if ground.case.kind not in rules.no_reason.kinds:
        in_time = False
    elif in_time := applied <= last:
        exempt = list(_exempt(ground, rules))
        if not any(check.outcome is not ALLOW for check in exempt):
            yield from exempt
            why = Text(f"在签收后 {within} 天内 (至 {at})", f"within {within} days of signing (until {at})")
            yield Check("ELG-7D", ALLOW, why, fact)
            return
        yield from exempt
    else:
        why = Text(f"已过签收后 {within} 天 (至 {at})", f"the {within} days after signing ended at {at}")
        yield Check("ELG-7D", DENY, why, fact)
    yield from _promises(ground, applied, signed, exempt=in_time)


def _promises(ground: Ground, applied: datetime, signed: datetime, *, exempt: bool) -> Iterator[Check]:
    promises = ground.facts.promises
    if promises is None:
        why = Text("店铺是否另有承诺未登记", "whether the shop has promised more is not known")
        yield Check("ELG-PROMISE", HUMAN, why, None, ("promises",))
        return
    for index, promise in enumerate(promises):
        if promise.what is PromiseKind.NO_REASON:
            check = _promised(ground, promise, f"promises[{index}]", applied, signed, exempt=exempt)
            if check is not None:
                yield check


def _promised(
    ground: Ground, promise: ShopPromise, path: str, applied: datetime, signed: datetime, *, exempt: bool
) -> Check | None:
    """None: the promise is not for this order. What is not known of it is for a person."""
    covers = (
        in_force(promise, ground),
        names_goods(promise, ground),
        promise.covers_exempt if exempt else True,
        None if promise.days is None else applied <= end_of_day(signed, promise.days),
    )
    if any(each is False for each in covers):
        return None
    days = promise.days
    if None in covers:
        paths = (
            f"{path}.since",
            f"{path}.sku_ids",
            f"{path}.covers_exempt",
            f"{path}.days",
        )
        missing = tuple(where for where, each in zip(paths, covers, strict=True) if each is None)
        why = Text("店铺的承诺是否适用尚不清楚", "whether the shop's promise holds here is not known")
        return Check("ELG-PROMISE", HUMAN, why, ground.fact(f"{path}.days", days), missing)
    at = end_of_day(signed, days or 0).isoformat(" ")[:19]
    why = Text(
        f"店铺承诺 {days} 天无理由 (至 {at}), 以承诺为准",
        f"the shop promised {days} days without a reason (until {at}): the promise holds",
    )
    return Check("ELG-PROMISE", ALLOW, why, ground.fact(f"{path}.days", days))


def _exempt(ground: Ground, rules: Eligibility) -> Iterator[Check]:
    """Exemptions that hold or may hold; ALLOW stands for one that holds not, because the page did not say so."""
    goods = ground.goods
    if goods is None:
        why = Text("商品是否属于例外未登记", "whether the goods are exempt is not known")
        yield Check("ELG-7D-MARKED", HUMAN, why, None, ("known.goods",))
        return
    found = [each for item in goods for each in _exemptions(ground, item, rules)]
    held = [check for check in found if check.outcome is not ALLOW]
    if not held:
        yield from found[:1]
        return
    touched = sum(
        any(each.outcome is not ALLOW for each in _exemptions(ground, item, rules)) for item in goods
    )
    if touched < len(goods):
        why = Text("部分商品属于例外, 由人工判断", "some of the goods are exempt: a person decides")
        yield Check(held[0].rule, HUMAN, why, held[0].fact, held[0].missing)
        return
    yield from held


def _exemptions(ground: Ground, item: Goods, rules: Eligibility) -> Iterator[Check]:
    if item.marked is False and not (item.custom or item.perishable or item.opened or item.digital):
        return  # ordinary goods, as nearly all are
    for rule, row, names in (
        ("ELG-7D-CUSTOM", rules.custom, ("custom",)),
        ("ELG-7D-PERISHABLE", rules.perishable, ("perishable",)),
        ("ELG-7D-OPENED", rules.opened, ("opened", "opened_harms")),
        ("ELG-7D-DIGITAL", rules.digital, ("digital", "activated")),
    ):
        if row.outcome is ALLOW:
            continue
        values = [getattr(item, name) for name in names]
        if False in values:
            continue
        missing = tuple(
            f"known.goods.{name}" for name, value in zip(names, values, strict=True) if value is None
        )
        if item.marked is False:
            if not missing:
                why = Text(
                    "商品页未标明例外, 按七天无理由",
                    "the page did not mark the exemption: the standard rule holds",
                )
                yield Check("ELG-7D-MARKED", ALLOW, why, ground.fact("known.goods.marked", False))
            continue
        if item.marked is None:
            missing = (*missing, "known.goods.marked")
        if missing:
            why = Text("是否属于例外尚不清楚", "whether the exemption holds is not known")
            yield Check(rule, HUMAN, why, None, missing)
        else:
            why = Text(f"{row.title_zh}, 商品页已标明", f"{row.title}, and the page said so")
            yield Check(rule, row.outcome, why, ground.fact(f"known.goods.{names[0]}", values[0]))
