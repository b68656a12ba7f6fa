"""What judging a case comes to: every answer with the rule that gave it, the deciding fact, and what is missing."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen

from omnishop.model import Fen, ReasonClass, Text
from omnishop.model.twins import quick
from omnishop.policy.answers import Act, Level, Outcome, Role
from omnishop.policy.casefacts import FactSource, Party, Proof
from omnishop.policy.classes import By
from omnishop.policy.clocks import Clock
from omnishop.policy.spans import Span


@frozen(weakref_slot=False)
class Fact:
    """`value` as JSON would show it, in text; None: not known."""

    path: str
    value: str | None
    source: FactSource


@quick
@frozen(weakref_slot=False)
class Check:
    """One question of eligibility with its answer. `missing`: paths of facts that would settle it."""

    rule: str
    outcome: Outcome
    why: Text
    fact: Fact | None = None
    missing: tuple[str, ...] = ()


@quick
@frozen(weakref_slot=False)
class Wanted:
    """Evidence that a class asks for. `there` None: not known."""

    rule: str
    what: Proof
    by: Party
    wanted: int
    there: int | None


@frozen(weakref_slot=False)
class Priority:
    """`first`: before all others of its level; `human`: to a person first, no robot."""

    level: Level
    first: bool
    human: bool
    rules: tuple[str, ...]


@quick
@frozen(weakref_slot=False)
class Remedy:
    """One choice to offer. `cost` to the shop and `gives` to the buyer in fen, None: not known."""

    key: str
    rule: str
    title: Text
    cost: Fen | None
    gives: Fen | None
    within: Span | None
    approval: Role
    act: Act | None = None
    conditions: tuple[Text, ...] = ()
    missing: tuple[str, ...] = ()
    along: str | None = None


@frozen(weakref_slot=False)
class Cap:
    """The most that may be given under a rule; fen. None: not known, see `missing`."""

    rule: str
    amount: Fen | None
    why: Text
    missing: tuple[str, ...] = ()


@frozen(weakref_slot=False)
class Burden:
    """Who bears what: a loss, or the freight of a return. None: not known."""

    rule: str
    party: Party | None
    why: Text
    missing: tuple[str, ...] = ()


@frozen(weakref_slot=False)
class Signal:
    """One reason for doubt, with its weight."""

    rule: str
    points: int
    why: Text
    fact: Fact | None = None


@quick
@frozen(weakref_slot=False)
class Risk:
    """`missing` signals could only raise the level. Risk never denies by itself."""

    level: Level
    points: int
    signals: tuple[Signal, ...]
    advice: Text
    history: Text
    missing: tuple[str, ...] = ()


@frozen(weakref_slot=False)
class Condition:
    """One condition of automatic agreement. `holds` None: not known, which is not enough."""

    key: str
    holds: bool | None
    why: Text


@quick
@frozen(weakref_slot=False)
class Approval:
    """Who must say yes to settling the case as applied for, and whether it may happen by itself."""

    role: Role
    rules: tuple[str, ...]
    given: bool | None
    fast_lane: bool
    auto: bool
    conditions: tuple[Condition, ...]


@quick
@frozen(weakref_slot=False)
class Option:
    """An act that policy lets a person do now, or does not, and why. `key` is stable."""

    act: Act
    allowed: bool
    key: str
    why: Text
    rule: str | None = None
    role: Role | None = None


@frozen(weakref_slot=False)
class Fired:
    """A rule that had a say."""

    rule: str
    why: Text


@frozen(weakref_slot=False)
class Override:
    """A value of a rule that fired, said by a layer above the default."""

    rule: str
    key: str
    value: str
    layer: str
    file: str


@quick
@frozen(weakref_slot=False)
class Verdict:
    """Of one case at one moment. Same facts, same pack, same moment: the same verdict."""

    platform: str
    source: str
    case_id: str
    storefront: str | None
    shop_id: str | None
    at: datetime
    pack: str
    pack_digest: str
    facts_digest: str
    outcome: Outcome
    rule: str | None
    checks: tuple[Check, ...]
    cls: ReasonClass
    sub: str | None
    cls_by: By
    priority: Priority
    clocks: tuple[Clock, ...]
    loss: Fen
    loss_certain: bool
    evidence: tuple[Wanted, ...]
    remedies: tuple[Remedy, ...]
    caps: tuple[Cap, ...]
    burdens: tuple[Burden, ...]
    routes: tuple[str, ...]
    risk: Risk
    approval: Approval
    next: tuple[Option, ...]
    templates: tuple[str, ...]
    warnings: tuple[Fired, ...]
    missing: tuple[str, ...]
    fired: tuple[Fired, ...]
    overrides: tuple[Override, ...]


__all__ = [
    "Act",
    "Approval",
    "Burden",
    "Cap",
    "Check",
    "Condition",
    "Fact",
    "Fired",
    "Level",
    "Option",
    "Outcome",
    "Override",
    "Priority",
    "Remedy",
    "Risk",
    "Role",
    "Signal",
    "Verdict",
    "Wanted",
]
