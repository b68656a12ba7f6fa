"""Who must say yes, what goes through the quick lane, and when a case may be agreed to by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from omnishop.model import Dispute, ReasonClass, Stage, Text, yuan_text
from omnishop.policy.answers import Level, Outcome, Role
from omnishop.policy.casefacts import Party
from omnishop.policy.ground import RETURNS, Ground
from omnishop.policy.service import Approvals
from omnishop.policy.verdict import Approval, Cap, Condition, Fired, Risk, Wanted

_RANK = {Role.AGENT: 0, Role.SUPERVISOR: 1, Role.LEADER: 2}
_LEVELS = {Level.LOW: 0, Level.MIDDLE: 1, Level.HIGH: 2}


def approval_of(
    ground: Ground,
    rules: Approvals,
    outcome: Outcome,
    risk: Risk,
    caps: Sequence[Cap],
    wanted: Sequence[Wanted],
    own: Sequence[tuple[str, Role]] = (),
) -> Approval:
    """Of several rules the strictest holds; `own`: what the shop's own rules ask for."""
    roles: list[tuple[str, Role]] = [("APR-AUTHORISED", rules.authorised.role), *own]
    roles += _supervised(ground, rules)
    if not _routine(ground, rules, outcome, risk) or over_cap(ground, caps) is not None:
        roles.append(("APR-FRONTLINE", rules.frontline.else_role))
    role = max((role for _, role in roles), key=_RANK.__getitem__)
    fast = fast_lane(ground, rules)
    named = tuple(dict.fromkeys((*(rule for rule, _ in roles), *(("APR-FASTLANE",) if fast else ()))))
    approvals = ground.facts.known.approvals
    given = None if approvals is None else any(_RANK[each] >= _RANK[role] for each in approvals)
    conditions = _conditions(ground, rules, outcome, risk, role, wanted)
    auto = all(condition.holds is True for condition in conditions)
    return Approval(role, named, given, fast, auto, conditions)


def _supervised(ground: Ground, rules: Approvals) -> Iterator[tuple[str, Role]]:
    row = rules.supervisor
    if ground.case.kind in RETURNS:
        yield "APR-SUPERVISOR", row.return_order
        if ground.cls is ReasonClass.QUALITY:
            yield "APR-SUPERVISOR", row.quality_form
    elif ground.known.keeps_goods:
        yield "APR-SUPERVISOR", row.keep_allowance
    if ground.known.bad_review:
        yield "APR-SUPERVISOR", row.review_remedy


def _routine(ground: Ground, rules: Approvals, outcome: Outcome, risk: Risk) -> bool:
    row = rules.frontline
    return (
        outcome is Outcome.ALLOW
        and ground.amount is not None
        and ground.amount <= row.amount
        and ground.cls in row.classes
        and _LEVELS[risk.level] < _LEVELS[row.risk_below]
    )


def over_cap(ground: Ground, caps: Sequence[Cap]) -> Cap | None:
    """The cap that an allowance asked for exceeds, where the buyer keeps the goods."""
    if not ground.known.keeps_goods or ground.amount is None:
        return None
    return next((cap for cap in caps if cap.amount is not None and ground.amount > cap.amount), None)


def fast_lane(ground: Ground, rules: Approvals) -> bool:
    row = rules.fast_lane
    small = ground.amount is not None and ground.amount <= row.amount
    return small or bool(row.vip and ground.facts.buyer.vip)


def _conditions(
    ground: Ground, rules: Approvals, outcome: Outcome, risk: Risk, role: Role, wanted: Sequence[Wanted]
) -> tuple[Condition, ...]:
    """APR-AUTO: every one must hold, and what is not known does not hold."""
    row, case, amount = rules.auto, ground.case, ground.amount
    low = _LEVELS[risk.level] <= _LEVELS[row.risk]
    siblings = ground.facts.siblings
    asked = [each for each in wanted if each.by is Party.BUYER]
    lacking = low and not all(path in row.may_lack for path in risk.missing)
    unseen = any(each.there is None for each in asked)
    return (
        _condition("enabled", row.enabled),
        _condition("eligible", outcome is Outcome.ALLOW),
        _condition("low_risk", None if lacking else low),
        _condition("within_limit", None if amount is None else amount <= row.amount, yuan_text(row.amount)),
        _condition("kind", case.kind in row.kinds),
        _condition("class", ground.cls in row.classes),
        _condition("no_dispute", None if case.dispute in _UNTOLD else case.dispute is Dispute.NONE),
        _condition(
            "no_sibling", None if siblings is None else all(each.stage is Stage.CLOSED for each in siblings)
        ),
        _condition("evidence", None if unseen else all((each.there or 0) >= each.wanted for each in asked)),
        _condition("no_approval", role is Role.AGENT),
    )


_UNTOLD = frozenset({None, Dispute.UNKNOWN})
_SAID: dict[str, Text] = {
    "enabled": Text("店铺已开启自动同意", "the shop has switched it on"),
    "eligible": Text("符合条件", "eligible"),
    "low_risk": Text("风险低, 且所需信号均已知", "low risk, and no signal missing"),
    "within_limit": Text("不超过 {} 元", "at most {} yuan"),
    "kind": Text("允许自动同意的类型", "a kind that may be"),
    "class": Text("原因属于允许的类别", "a class that may be"),
    "no_dispute": Text("平台未介入", "the platform is not involved"),
    "no_sibling": Text(
        "同一订单没有其他未结或已给付的售后",
        "no other case on the order that is open or gave the buyer anything",
    ),
    "evidence": Text("买家凭证齐全", "the buyer's evidence is complete"),
    "no_approval": Text("不需要主管审批", "needs no supervisor"),
}


@lru_cache(maxsize=1024)
def _condition(key: str, holds: bool | None, yuan: str = "") -> Condition:
    """There are only so many."""
    said = _SAID[key]
    return Condition(key, holds, Text(said.zh.format(yuan), said.en.format(yuan)))


def float_of(ground: Ground, rules: Approvals) -> tuple[Fired | None, tuple[str, ...]]:
    """APR-FLOAT: a warning before the account runs short, and what is not known."""
    shop, row = ground.facts.shop, rules.float
    if shop.balance is None or shop.refunds_waiting is None:
        paths = (("shop.balance", shop.balance), ("shop.refunds_waiting", shop.refunds_waiting))
        return None, tuple(path for path, value in paths if value is None)
    if shop.balance >= shop.refunds_waiting * row.cover:
        return None, ()
    balance, waiting = yuan_text(shop.balance), yuan_text(shop.refunds_waiting)
    why = Text(
        f"账户余额 {balance} 元, 待退款 {waiting} 元, 低于 {row.cover} 倍",
        f"{balance} yuan on the account for {waiting} yuan of refunds waiting: below {row.cover} times",
    )
    return Fired("APR-FLOAT", why), ()
