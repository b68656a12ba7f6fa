"""Facts of a case, a pack and a moment -> the verdict. Pure: the same in, the same out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from attrs import field, frozen

from omnishop.errors import ConfigError
from omnishop.model import ENDED, Fen, ReasonClass, Stage, Text
from omnishop.policy.answers import Level, Outcome
from omnishop.policy.assent import approval_of, fast_lane, float_of
from omnishop.policy.burdens import burdens_of
from omnishop.policy.casefacts import CaseFacts
from omnishop.policy.classes import By, Classified, classifier
from omnishop.policy.clocks import Clock, Timekeeper, timekeeper
from omnishop.policy.doubt import risk_of
from omnishop.policy.eligibility import checks_of, outcome_of
from omnishop.policy.facts import no_zone
from omnishop.policy.ground import Ground, ground_of
from omnishop.policy.layers import Effective
from omnishop.policy.layers import Kind as LayerKind
from omnishop.policy.loss import expected_loss
from omnishop.policy.options import Scene, options_of
from omnishop.policy.own import PREFIX, OwnRules, asked_of, own_rules
from omnishop.policy.pack import ConditionRow, Pack
from omnishop.policy.reading import digest_of
from omnishop.policy.remedies import Choices, caps_of, choices, remedies_of
from omnishop.policy.rows import Rule
from omnishop.policy.rules import NAMES, plain_value
from omnishop.policy.running import case_facts, complaint_facts, order_facts, parcel_facts
from omnishop.policy.verdict import Burden, Cap, Check, Fired, Override, Remedy, Risk, Verdict
from omnishop.policy.wants import priority_of, wanted_of


def judge(facts: CaseFacts, pack: Effective, now: datetime) -> Verdict:
    """`pack` is the one in force where and when the case was opened: `Packs.of(platform, storefront, shop, at)`."""
    return bench(pack).judge(facts, now)


def bench(pack: Effective) -> Bench:
    """Made ready once for each pack, and kept with it."""
    made = pack.prepared.get("bench")
    if not isinstance(made, Bench):
        made = pack.prepared["bench"] = _made(pack)
    return made


@frozen(eq=False)
class Bench:
    """A pack made ready to judge with."""

    effective: Effective
    version: str
    keeper: Timekeeper = field(repr=False)
    order_keeper: Timekeeper = field(repr=False)
    parcel_keeper: Timekeeper = field(repr=False)
    classify: Callable[[str | None, str | None, str | None], Classified] = field(repr=False)
    choices: Choices = field(repr=False)
    own: OwnRules = field(repr=False)
    titles: Mapping[str, Fired] = field(repr=False)
    overrides: Mapping[str, tuple[Override, ...]] = field(repr=False)

    def judge(self, facts: CaseFacts, now: datetime) -> Verdict:
        if now.tzinfo is None:
            raise no_zone("now")
        pack = self.effective.pack
        classified = classified_by(facts, self)
        ground = ground_of(facts, classified)
        try:
            own = asked_of(ground, self.own, now)
            entitled = checks_of(ground, pack.eligibility)
            held: list[str] = []
            clocks, loss, certain = self._clocks(ground, now, held)
            risk = risk_of(ground, pack.risks, now, own)
        except (TypeError, OverflowError) as problem:
            raise _bad_time(problem) from None
        checks = (*own.checks, *entitled)
        owed = outcome_of(entitled)
        settled = owed[0] is Outcome.NEEDS_HUMAN or not own.checks
        outcome, rule = owed if settled else outcome_of(checks)
        wanted = (*wanted_of(ground, pack.proofs), *own.wanted)
        caps = (*caps_of(ground, self.choices), *own.caps)
        remedies = remedies_of(ground, outcome, self.choices, caps)
        burdens = burdens_of(ground, pack.resolutions)
        approval = approval_of(ground, pack.approvals, outcome, risk, caps, wanted, own.roles)
        priority = priority_of(ground, pack.priorities, fast_lane(ground, pack.approvals))
        scene = Scene(ground, pack, outcome, rule, checks, wanted, caps, approval)
        warning, unknown_float = float_of(ground, pack.approvals)
        warnings = tuple(_warnings(ground, pack, owed, risk, len(remedies), warning))
        missing: dict[str, None] = {}
        for check in checks:
            if check.missing and check.outcome is not Outcome.ALLOW:
                missing.update(dict.fromkeys(check.missing))
        if wanted and facts.evidence is None:
            missing["evidence"] = None
        told: tuple[Burden | Cap | Remedy | Risk, ...] = (*burdens, *caps, *remedies, risk)
        for each in told:
            if each.missing:
                missing.update(dict.fromkeys(each.missing))
        if facts.known.channel is None:
            missing["known.channel"] = None
        missing.update(dict.fromkeys(unknown_float))
        case = facts.case
        said = (
            *(check.rule for check in checks),
            *(each.rule for each in wanted),
            *priority.rules,
            *(remedy.rule for remedy in remedies),
            *(cap.rule for cap in caps),
            *(burden.rule for burden in burdens),
            *(signal.rule for signal in risk.signals),
            *approval.rules,
            *(("APR-AUTO",) if approval.auto else ()),
            *(clock.rule for clock in clocks),
            *(PREFIX + name for name in held),
        )
        fired = self._fired(classified, checks, warnings, said)
        return Verdict(
            case.platform,
            case.source,
            case.case_id,
            case.storefront,
            case.shop_id,
            now,
            self.version,
            self.effective.digest,
            digest_of(facts),
            outcome,
            rule,
            checks,
            classified.cls,
            classified.sub,
            classified.by,
            priority,
            clocks,
            loss,
            certain,
            wanted,
            remedies,
            caps,
            burdens,
            tuple(pack.resolutions.route.routes),
            risk,
            approval,
            options_of(scene),
            _templates(classified.cls, outcome, pack),
            warnings,
            tuple(missing),
            fired,
            tuple(each for one in fired for each in self.overrides.get(one.rule, ())),
        )

    def _clocks(self, ground: Ground, now: datetime, held: list[str]) -> tuple[tuple[Clock, ...], Fen, bool]:
        """By expected loss, greatest first."""
        clocks = [*self.keeper.clocks(case_facts(ground), now, held)]
        of_order = order_facts(ground)
        if of_order is not None:
            clocks += self.order_keeper.clocks(of_order, now)
        of_complaint = complaint_facts(ground)
        if of_complaint is not None:
            clocks += self.keeper.clocks(of_complaint, now)
        for of_parcel in parcel_facts(ground):
            clocks += self.parcel_keeper.clocks(of_parcel, now)
        losses = [(expected_loss(clock, self.keeper.pack.loss, now), clock) for clock in clocks]
        losses.sort(key=_first)
        total = sum(fen for (fen, _), _ in losses)
        return tuple(clock for _, clock in losses), Fen(total), all(sure for (_, sure), _ in losses)

    def _fired(
        self, classified: Classified, checks: Iterable[Check], warnings: Iterable[Fired], said: Iterable[str]
    ) -> tuple[Fired, ...]:
        """Each rule once, with the most telling reason."""
        found: dict[str, Fired] = {check.rule: Fired(check.rule, check.why) for check in checks}
        for each in warnings:
            found.setdefault(each.rule, each)
        titles = self.titles
        for rule in said:
            if rule not in found:
                found[rule] = titles[rule]
        for rule in _ALWAYS:
            found.setdefault(rule, titles[rule])
        found.setdefault(classified.rule, titles[classified.rule])
        return tuple(found.values())


_REASONS = 4096
"""Reasons kept in mind: a case is judged again and again with the same one."""
_ALWAYS = ("RES-CHOICES", "RES-REFUND-ROUTE", "APR-TEMPLATE", "RSK-SCORE", "RSK-HISTORY")


def _first(each: tuple[tuple[Fen, bool], Clock]) -> tuple[int, bool, float, str]:
    (fen, _), clock = each
    due = clock.not_before
    return -fen, not clock.open, 0.0 if due is None else due.timestamp(), clock.rule


def classified_by(facts: CaseFacts, made: Bench) -> Classified:
    """A person's reading wins; the adapter's stands in where the tables say nothing."""
    known, reason, pack = facts.known, facts.case.reason, made.effective.pack
    if known.cls is not None:
        row = pack.classes.get(known.cls)
        return Classified(known.cls, known.sub, By.HAND, "CLS-MAP" if row is None else row.rule, "all")
    if reason is None:
        return _NO_REASON_TOLD
    found = made.classify(reason.code, reason.text, reason.detail)
    if found.cls is ReasonClass.UNCLASSIFIED and reason.cls not in {None, ReasonClass.UNCLASSIFIED}:
        cls = reason.cls or found.cls
        return Classified(cls, None, By.WIRE, pack.classes[cls].rule, "platforms")
    return found


_NO_REASON_TOLD = Classified(ReasonClass.UNCLASSIFIED, None, By.NOTHING, "CLS-MAP", "all")


def _templates(cls: ReasonClass, outcome: Outcome, pack: Pack) -> tuple[str, ...]:
    rules = pack.approvals.template
    if outcome is Outcome.NEEDS_HUMAN and cls in rules.by_class:
        return rules.by_class[cls]
    return rules.steps[outcome]


def _warnings(
    ground: Ground,
    pack: Pack,
    owed: tuple[Outcome, str | None],
    risk: Risk,
    offered: int,
    low_float: Fired | None,
) -> Iterator[Fired]:
    """`owed` is what the buyer is entitled to before the shop's own rules: they hide no violation."""
    case, (outcome, rule) = ground.case, owed
    if case.stage is Stage.REFUSED and outcome is Outcome.ALLOW:
        why = Text(
            "符合条件的售后已被拒绝: 违规风险, 尽快改为同意",
            "an eligible case was refused: a violation, to be put right at once",
        )
        yield Fired("ELG-MALICIOUS-REFUSE", why)
        if rule == "ELG-PROMISE":
            yield Fired(
                "PEN-PROMISE",
                Text("承诺未兑现按虚假宣传处理", "a promise not kept counts as false advertising"),
            )
    if ground.known.major:
        role = pack.priorities.complaint.major
        yield Fired(
            "PRI-COMPLAINT", Text(f"重大投诉, 上报 ({role})", f"a major complaint goes to the {role}")
        )
    if risk.level is Level.HIGH:
        yield Fired("RSK-SCORE", risk.advice)
    if offered < pack.resolutions.choices.least and case.stage not in ENDED:
        least = pack.resolutions.choices.least
        yield Fired("RES-CHOICES", Text(f"不足 {least} 个方案", f"fewer than {least} choices can be offered"))
    if low_float is not None:
        yield low_float


def _bad_time(problem: Exception) -> ConfigError:
    if "naive" in str(problem) or "offset" in str(problem):
        return no_zone("facts")
    return ConfigError("a time in the facts cannot be counted with", zh="事实中的时间无法计算")


def _made(effective: Effective) -> Bench:
    pack, keeper = effective.pack, timekeeper(effective)
    return Bench(
        effective,
        effective.version,
        keeper,
        keeper.only(pack.judging.order_clocks),
        keeper.only(pack.judging.parcel_clocks),
        lru_cache(maxsize=_REASONS)(classifier(effective).classify),
        choices(pack.resolutions, pack.approvals),
        own_rules(pack),
        {name: Fired(name, Text(row.title_zh, row.title)) for name, row in _rows(pack)},
        _overrides(effective),
    )


def _rows(pack: Pack) -> Iterator[tuple[str, Rule | ConditionRow]]:
    for group in ("eligibility", "proofs", "priorities", "resolutions", "approvals", "risks"):
        yield from getattr(pack, group).rows.items()
    yield from pack.clocks.items()
    yield "SLA-PLATFORM", pack.platform_clock
    yield "COM-TIME", pack.waiting
    yield "CLS-MAP", pack.classifying
    for name, condition in pack.conditions.items():
        yield PREFIX + name, condition
    for row in pack.classes.values():
        yield row.rule, row


def _overrides(effective: Effective) -> dict[str, tuple[Override, ...]]:
    """Values of rules that a layer above the default says, by rule."""
    layers = {layer.file: layer for layer in effective.layers if layer.kind is not LayerKind.DEFAULT}
    found: dict[str, list[Override]] = {}
    for path, file in effective.origins.items():
        layer = layers.get(file)
        value = _leaf(effective, path)
        if layer is None or value is None or path[-1] in NAMES or len(path) < 2:  # noqa: PLR2004 - a group and a rule
            continue
        rule = _named(path[0], path[1])
        told = str(plain_value(value))
        found.setdefault(rule, []).append(Override(rule, ".".join(path), told, layer.head.layer, file))
    return {rule: tuple(sorted(each, key=lambda one: one.key)) for rule, each in found.items()}


def _named(group: str, name: str) -> str:
    if group == "platform_clock":
        return "SLA-PLATFORM"
    return PREFIX + name if group == "conditions" else name


def _leaf(effective: Effective, path: tuple[str, ...]) -> object:
    """None for a table, and for what a later layer has replaced."""
    here: object = effective.tree
    for key in path:
        if not isinstance(here, dict) or key not in here:
            return None
        here = here[key]
    return None if isinstance(here, dict) else here
