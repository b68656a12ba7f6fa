"""A shop's own rules of judgement: a person, a yes from above, evidence, doubt, a cap, where their condition holds.

None of them allows and none denies. What cannot be told counts as holding, but for doubt, which is named as missing:
what is not known never makes a case easier.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import frozen

from omnishop.model import ENDED, Dispute, Kind, OrderStatus, ReasonClass, Stage, Text
from omnishop.policy.answers import Outcome, Role
from omnishop.policy.casefacts import Evidence, Party
from omnishop.policy.conditions import Condition, condition
from omnishop.policy.ground import BACK, Ground
from omnishop.policy.names import EVERY
from omnishop.policy.pack import ConditionRow, Pack
from omnishop.policy.verdict import Cap, Check, Fact, Signal, Wanted
from omnishop.policy.wants import there

PREFIX = "conditions."
"""Of the ids of a shop's own rules, as they stand in its pack."""


@frozen
class OwnRule:
    id: str
    row: ConditionRow
    test: Condition
    title: Text


@frozen
class Asked:
    """What the rules that hold ask of one case. `unsure`: facts that would tell whether there is doubt."""

    checks: tuple[Check, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    roles: tuple[tuple[str, Role], ...] = ()
    caps: tuple[Cap, ...] = ()
    signals: tuple[Signal, ...] = ()
    unsure: tuple[str, ...] = ()


NOTHING = Asked()
OwnRules = Mapping[Kind, tuple[OwnRule, ...]]


def own_rules(pack: Pack) -> OwnRules:
    """By kind: rules for other kinds cost nothing. Of a kind that is not known any may hold."""
    every = [
        OwnRule(PREFIX + name, row, condition(row.when), Text(row.title_zh, row.title))
        for name, row in pack.conditions.items()
        if row.judges
    ]
    return {
        kind: tuple(
            each for each in every if kind is Kind.UNKNOWN or not each.row.kinds or kind in each.row.kinds
        )
        for kind in Kind
    }


def asked_of(ground: Ground, rules: OwnRules, now: datetime) -> Asked:
    mine = rules[ground.case.kind]
    if not mine:
        return NOTHING
    named = _named(ground, now)
    found = [(each, _missing(each, ground, named)) for each in mine]
    held = [(rule, missing) for rule, missing in found if missing is not None]
    return _joined(held, ground, named) if held else NOTHING


def _missing(rule: OwnRule, ground: Ground, named: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Facts that would tell whether it holds; empty: it does; None: it does not."""
    unsure = []
    if rule.row.classes and ground.cls not in rule.row.classes:
        if ground.cls is not ReasonClass.UNCLASSIFIED:
            return None
        unsure.append("case.reason")
    if rule.row.kinds and ground.case.kind is Kind.UNKNOWN:
        unsure.append("case.kind")
    answer = rule.test.holds(named)
    if answer is False:
        return None
    if answer is None:
        unsure += [EVERY[name].path for name in rule.test.names if named.get(name) is None]
    return tuple(dict.fromkeys(unsure))


_Held = list[tuple[OwnRule, tuple[str, ...]]]


def _joined(held: _Held, ground: Ground, named: Mapping[str, Any]) -> Asked:
    capped = ground.known.keeps_goods is not False and ground.case.stage not in BACK
    return Asked(
        tuple(
            Check(
                rule.id, Outcome(rule.row.outcome), _why(rule, missing), _fact(rule, ground, named), missing
            )
            for rule, missing in held
            if rule.row.outcome is not None and ground.case.stage not in ENDED
        ),
        tuple(
            Wanted(rule.id, want.what, want.by[0], want.count, there(ground.facts.evidence, want))
            for rule, _ in held
            for want in rule.row.wants.values()
            if (not want.subs or ground.sub in want.subs)
            and (not want.stages or ground.case.stage in want.stages)
        ),
        tuple((rule.id, Role(rule.row.approval)) for rule, _ in held if rule.row.approval is not None),
        tuple(
            Cap(rule.id, rule.row.cap, _why(rule, missing), missing)
            for rule, missing in held
            if rule.row.cap is not None and capped
        ),
        tuple(
            Signal(rule.id, rule.row.points, rule.title, _fact(rule, ground, named))
            for rule, missing in held
            if rule.row.points is not None and not missing
        ),
        tuple(path for rule, missing in held if rule.row.points is not None for path in missing),
    )


def _why(rule: OwnRule, missing: tuple[str, ...]) -> Text:
    if not missing:
        return rule.title
    return Text(
        f"{rule.title.zh} (是否适用尚不清楚)", f"{rule.title.en} (whether it holds here is not known)"
    )


def _fact(rule: OwnRule, ground: Ground, named: Mapping[str, Any]) -> Fact | None:
    """The first that its condition asks for and that is known."""
    for name in rule.test.names:
        if named.get(name) is not None:
            return ground.fact(EVERY[name].path, named[name])
    return None


def _named(ground: Ground, now: datetime) -> dict[str, Any]:
    case, known, buyer = ground.case, ground.known, ground.facts.buyer
    history, evidence, order = buyer.history, ground.facts.evidence, ground.order
    refunds = history.refunds
    return {
        "subject": "case",
        "platform": case.platform,
        "storefront": case.storefront,
        "shop": case.shop_id,
        "kind": _word(case.kind),
        "stage": _word(case.stage),
        "reason": _word(ground.cls),
        "sub_type": ground.sub,
        "amount_fen": ground.amount,
        "vip": buyer.vip,
        "live_stream": known.live_stream,
        "dispute": _word(case.dispute),
        "order_status": None if order is None else _word(order.status),
        "paid_fen": ground.paid,
        "pieces": ground.pieces,
        "blacklisted": buyer.blacklisted,
        "buyer_orders": history.orders,
        "buyer_refunds": None if refunds is None else sum(each.at <= now for each in refunds),
        "buyer_linked": history.linked,
        "buyer_evidence": None if evidence is None else _pieces(evidence),
        "confirmed": known.confirmed,
        "severity": _word(known.severity),
        "finding": _word(known.finding),
        "returned": _word(known.returned),
        "keeps_goods": known.keeps_goods,
        "advanced_fen": known.advanced,
        "given_fen": known.given,
        "bad_review": known.bad_review,
        "angry": known.angry,
        "major": known.major,
        "channel": _word(known.channel),
    }


def _word(value: StrEnum | None) -> str | None:
    """None: not known."""
    return None if value is None or value in _UNTOLD else value.value


_UNTOLD: frozenset[StrEnum] = frozenset(
    {Kind.UNKNOWN, Stage.UNKNOWN, ReasonClass.UNCLASSIFIED, Dispute.UNKNOWN, OrderStatus.UNKNOWN}
)


def _pieces(evidence: tuple[Evidence, ...]) -> int:
    """Of the buyer's, those that nobody has found worthless."""
    return sum(each.count for each in evidence if each.by is Party.BUYER and each.valid is not False)
