"""A draft pack replayed over kept cases: what it would decide otherwise, and what that would have cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from attrs import define, field, frozen

from omnishop.errors import ConfigError
from omnishop.facts.gather import gather
from omnishop.facts.judging import in_force, reach
from omnishop.model import ENDED, Actor, Case, Fen, Stage, Text
from omnishop.policy.answers import Outcome
from omnishop.policy.casefacts import CaseFacts
from omnishop.policy.clocks import State
from omnishop.policy.judge import judge
from omnishop.policy.layers import Layer, Packs
from omnishop.policy.verdict import Verdict
from omnishop.store import CaseKey, Override, Store
from omnishop.store.acted import Deed

_AT_ONCE = 200
_LATE = frozenset({State.BREACHED, State.DROPPED, State.MET_LATE})
_AGREED = frozenset(
    {
        Stage.AWAITING_RETURN,
        Stage.RETURNING,
        Stage.INSPECTING,
        Stage.REFUNDING,
        Stage.RESENDING,
        Stage.RESENT,
        Stage.SUCCEEDED,
    }
)
_OURS = frozenset({Actor.SELLER, Actor.ASSISTANT})
_ACTS = {
    "agree": Outcome.ALLOW,
    "agree_return": Outcome.ALLOW,
    "refund": Outcome.ALLOW,
    "refuse": Outcome.DENY,
    "refuse_return": Outcome.DENY,
}


@frozen
class Decision:
    """What people decided: an outcome, or the key of a remedy. `by`: their name, or who decided at the shop."""

    decision: str
    by: str


@frozen
class Line:
    """One case under both packs. Yuan that a verdict allows count as given; for a person to decide is not given."""

    case: Case
    at: datetime
    before: Verdict
    after: Verdict
    decided: Decision | None = None

    @property
    def changed(self) -> bool:
        return (
            self.before.outcome is not self.after.outcome
            or self.before.approval.auto != self.after.approval.auto
        )

    @property
    def moved(self) -> Fen | None:
        """None: what is applied for is not known."""
        asked = self.case.amounts.requested
        if asked is None:
            return None if self.before.outcome is not self.after.outcome else Fen(0)
        allowed = [verdict.outcome is Outcome.ALLOW for verdict in (self.before, self.after)]
        return Fen(asked * (allowed[1] - allowed[0]))

    @property
    def breaches_added(self) -> tuple[str, ...]:
        return tuple(sorted(_late(self.after) - _late(self.before)))

    @property
    def breaches_removed(self) -> tuple[str, ...]:
        return tuple(sorted(_late(self.before) - _late(self.after)))

    @property
    def contradicts(self) -> bool:
        """Whether the draft decides against what people decided."""
        return _against(self.after, self.decided)

    @property
    def contradicted(self) -> bool:
        """Whether the packs in force do already."""
        return _against(self.before, self.decided)

    @property
    def tells(self) -> bool:
        """Whether there is anything to report."""
        other = self.changed or self.contradicts is not self.contradicted
        return other or bool(self.breaches_added or self.breaches_removed)


@frozen
class Failed:
    """A case that could not be judged."""

    case: Case
    why: Text


@define
class Totals:
    """What all lines came to. Fen."""

    cases: int = 0
    failed: int = 0
    changed: int = 0
    moves: Counter[tuple[Outcome, Outcome]] = field(factory=Counter)
    allowed_more: int = 0
    allowed_less: int = 0
    unpriced: int = 0
    auto_added: int = 0
    auto_removed: int = 0
    breaches_added: Counter[str] = field(factory=Counter)
    breaches_removed: Counter[str] = field(factory=Counter)
    decided: int = 0
    contradicted: int = 0
    newly_contradicted: int = 0
    no_longer_contradicted: int = 0

    def add(self, line: Line) -> None:
        self.cases += 1
        self.changed += line.changed
        if line.before.outcome is not line.after.outcome:
            self.moves[line.before.outcome, line.after.outcome] += 1
        moved = line.moved
        self.unpriced += moved is None
        self.allowed_more += max(moved or 0, 0)
        self.allowed_less += max(-(moved or 0), 0)
        self.auto_added += line.after.approval.auto and not line.before.approval.auto
        self.auto_removed += line.before.approval.auto and not line.after.approval.auto
        self.breaches_added.update(line.breaches_added)
        self.breaches_removed.update(line.breaches_removed)
        self.decided += line.decided is not None
        self.contradicted += line.contradicts
        self.newly_contradicted += line.contradicts and not line.contradicted
        self.no_longer_contradicted += line.contradicted and not line.contradicts


def drafted(packs: Packs, draft: Layer) -> Packs:
    """The packs with the draft: in the place of the one of its name and kind, else laid over them."""
    same = [
        index
        for index, layer in enumerate(packs.layers)
        if (layer.head.name, layer.kind) == (draft.head.name, draft.kind)
    ]
    if not same:
        return Packs((*packs.layers, draft))
    return Packs(tuple(draft if index in same else layer for index, layer in enumerate(packs.layers)))


def backtest(
    store: Store,
    packs: Packs,
    draft: Packs,
    *,
    now: Callable[[Case], datetime],
    since: datetime | None = None,
) -> Iterator[Line | Failed]:
    """Every kept case, changed since then, a batch at a time, so that memory does not grow with the store.

    A case that has ended is judged at its end, an open one now. Facts are those of today: what a record said
    earlier is not kept, except where it says so itself.
    """

    def moment(case: Case) -> datetime:
        ended = (case.closed_at or case.changed_at) if case.stage in ENDED else None
        return ended or now(case)

    for cases in store.around.every_case(since=since, size=_AT_ONCE):
        keys = [CaseKey.of(case) for case in cases]
        overrides, deeds = store.verdicts.overrides(keys), store.deeds.of(keys)
        back = max(reach(packs, cases), reach(draft, cases))
        for case, facts in _gathered(store, cases, moment, back):
            if isinstance(facts, Text):
                yield Failed(case, facts)
                continue
            key = CaseKey.of(case)
            decided = decision_of(case, overrides.get(key), deeds.get(key, ()))
            yield _line(packs, draft, facts, moment(case), decided)


def _line(
    packs: Packs, draft: Packs, facts: CaseFacts, at: datetime, decided: Decision | None
) -> Line | Failed:
    case = facts.case
    rules = in_force(packs, case), in_force(draft, case)
    try:
        before = judge(facts, rules[0], at)
        after = before if rules[0].digest == rules[1].digest else judge(facts, rules[1], at)
    except ConfigError as problem:
        return Failed(case, Text(problem.zh, problem.en))
    return Line(case, at, before, after, decided)


def _gathered(
    store: Store, cases: Sequence[Case], now: Callable[[Case], datetime], back: timedelta
) -> Iterable[tuple[Case, CaseFacts | Text]]:
    """All at once; one by one where the facts of one cannot be read."""
    try:
        return list(zip(cases, gather(store, cases, now=now, back=back), strict=True))
    except ConfigError:
        return [(case, _alone(store, case, now, back)) for case in cases]


def _alone(store: Store, case: Case, now: Callable[[Case], datetime], back: timedelta) -> CaseFacts | Text:
    try:
        return gather(store, [case], now=now, back=back)[0]
    except ConfigError as problem:
        return Text(problem.zh, problem.en)


def decision_of(case: Case, override: Override | None, deeds: Sequence[Deed] = ()) -> Decision | None:
    """A stored override, else the last act of ours that decided it, else what the record says the shop decided.

    None: people decided nothing, as far as is known.
    """
    if override is not None:
        return Decision(override.decision, override.by)
    ours = [deed for deed in deeds if deed.ours and deed.act in _ACTS]
    if ours:
        return Decision(_ACTS[ours[-1].act], ours[-1].person or Actor.SELLER)
    if case.stage is Stage.REFUSED:
        return Decision(Outcome.DENY, Actor.SELLER)
    if case.decided_by not in _OURS:
        return None
    if case.stage in _AGREED:
        return Decision(Outcome.ALLOW, case.decided_by)
    return Decision(Outcome.DENY, case.decided_by) if case.stage is Stage.CLOSED else None


def _against(verdict: Verdict, decided: Decision | None) -> bool:
    """Left to a person, nothing is contradicted."""
    if decided is None or decided.decision == Outcome.NEEDS_HUMAN:
        return False
    if decided.decision in {Outcome.ALLOW, Outcome.DENY}:
        return verdict.outcome is not Outcome.NEEDS_HUMAN and verdict.outcome != decided.decision
    return decided.decision not in {remedy.key for remedy in verdict.remedies}


def _late(verdict: Verdict) -> set[str]:
    return {clock.rule for clock in verdict.clocks if clock.state in _LATE}
