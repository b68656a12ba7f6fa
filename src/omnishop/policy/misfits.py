"""Where the parts of a pack, each good in itself, do not fit each other."""

from __future__ import annotations

import string
from collections.abc import Collection, Iterator

from omnishop.model import ReasonClass, Text
from omnishop.policy.answers import Level, Outcome
from omnishop.policy.care import Group
from omnishop.policy.pack import Breach, Pack, Templates
from omnishop.policy.talking import Change, Talk


def misfits(pack: Pack) -> Iterator[tuple[tuple[str, ...], Text]]:
    """The key, and what was expected."""
    yield from _lacking(pack)
    for kind, table in (("codes", pack.reasons.codes), ("texts", pack.reasons.texts)):
        for name, row in table.items():
            if row.sub is None or row.cls is None:
                continue
            subtypes = pack.classes[row.cls].subtypes if row.cls in pack.classes else {}
            if row.sub not in subtypes:
                there = ", ".join(subtypes)
                en = f"{row.cls} has no sub-type {row.sub!r}; it has: {there}"
                yield (
                    ("reasons", kind, name, "sub"),
                    Text(f"{row.cls} 没有子类 {row.sub!r}; 可用: {there}", en),
                )
    for name, clock in pack.clocks.items():
        for effect in clock.effects:
            if effect not in pack.effects:
                there = ", ".join(pack.effects)
                text = Text(
                    f"没有影响 {effect!r}; 可用: {there}", f"no effect {effect!r}; there are: {there}"
                )
                yield ("clocks", name, "effects"), text
    yield from _harsher(pack)
    yield from _unserved(pack)
    yield from _unmeasured(pack)
    yield from _untold(pack.talk)
    yield from _unplaced(pack.templates)


def _lacking(pack: Pack) -> Iterator[tuple[tuple[str, ...], Text]]:
    for where, needed, there in (
        (("classes",), set(ReasonClass) - {ReasonClass.UNCLASSIFIED}, set(pack.classes)),
        (("templates", "classes"), set(ReasonClass), set(pack.templates.classes)),
        (("loss", "penalty"), set(Breach), set(pack.loss.penalty)),
    ):
        lacking = sorted(set(map(str, needed)) - set(map(str, there)))
        if lacking:
            told = ", ".join(lacking)
            yield where, Text(f"缺少 {told}", f"lacks {told}")


def _harsher(pack: Pack) -> Iterator[tuple[tuple[str, ...], Text]]:
    """ELG-LAW: no pack may be harsher than the law."""
    law = pack.eligibility.law
    if pack.eligibility.no_reason.within < law.no_reason:
        told = f"{law.no_reason}d"
        text = Text(f"至少 {told}: 法律底线 (ELG-LAW)", f"at least {told}, by law (ELG-LAW)")
        yield ("eligibility", "ELG-7D", "within"), text
    name = "SLA-REFUND-RECEIVED"
    limit = pack.clocks[name].limit if name in pack.clocks else None
    if limit is not None and (limit.length > law.refund.length or limit.days > law.refund.length.days):
        told = law.refund.text
        text = Text(f"至多 {told}: 法律底线 (ELG-LAW)", f"at most {told}, by law (ELG-LAW)")
        yield ("clocks", name, "limit"), text


def _unserved(pack: Pack) -> Iterator[tuple[tuple[str, ...], Text]]:
    """What sections 2 to 5 name must be there, and in order."""
    handling, score, choices = pack.approvals.template, pack.risks.score, pack.resolutions.choices
    named = [
        *((("steps", outcome), steps) for outcome, steps in handling.steps.items()),
        *((("by_class", cls), steps) for cls, steps in handling.by_class.items()),
    ]
    for (group, key), steps in named:
        strange = [step for step in steps if step not in pack.templates.steps]
        if strange:
            told = ", ".join(strange)
            yield ("approvals", "APR-TEMPLATE", group, key), Text(f"没有话术 {told}", f"no template {told}")
    for group in ("order_clocks", "parcel_clocks"):
        strange = [name for name in getattr(pack.judging, group) if name not in pack.clocks]
        if strange:
            told = ", ".join(strange)
            yield ("judging", group), Text(f"没有时效 {told}", f"no clock {told}")
    for path, there, wanted in (
        (("approvals", "APR-TEMPLATE", "steps"), set(map(str, handling.steps)), set(map(str, Outcome))),
        (("risks", "RSK-SCORE", "advice"), set(map(str, score.advice)), set(map(str, Level))),
    ):
        lacking = ", ".join(sorted(wanted - there))
        if lacking:
            yield path, Text(f"缺少 {lacking}", f"lacks {lacking}")
    for path, low, high in (
        (("risks", "RSK-SCORE", "high"), score.middle, score.high),
        (("resolutions", "RES-CHOICES", "most"), choices.least, choices.most),
    ):
        if high < low:
            yield path, Text(f"不小于 {low}", f"at least {low}")


def _unmeasured(pack: Pack) -> Iterator[tuple[tuple[str, ...], Text]]:
    """What measures, penalties and alerts name must be there."""
    spike = pack.alerts.spike
    named = [
        *((("penalties", name, "remedies"), row.remedies) for name, row in pack.penalties.rows.items()),
        *(
            (("alerts", name, "remedies"), getattr(row, "remedies", ()))
            for name, row in pack.alerts.rows.items()
        ),
        (("alerts", "ALR-SPIKE", "slower_remedies"), spike.slower_remedies),
        (("alerts", "ALR-LOGISTICS", "unshipped_remedies"), pack.alerts.logistics.unshipped_remedies),
        *((("alerts", "ALR-SPIKE", "by_class", cls.value), names) for cls, names in spike.by_class.items()),
    ]
    refunds = pack.measures.refund_time
    clocks = (("clock", refunds.clock), ("clock_returning", refunds.clock_returning))
    wanted: list[tuple[tuple[str, ...], tuple[str, ...], Collection[str]]] = [
        *((path, names, pack.alerts.action.remedies) for path, names in named if path[1] != "ALR-ACTION"),
        *((("measures", "MET-REFUND-TIME", key), (name,), pack.clocks) for key, name in clocks),
        (("penalties", "PEN-FAKE", "lint"), pack.penalties.fake.lint, pack.lint.rows),
        (
            ("measures", "MET-AGENT", "weights"),
            tuple(pack.measures.agents.weights),
            pack.measures.agents.parts,
        ),
    ]
    for path, names, known in wanted:
        strange = [name for name in names if name not in known]
        if strange or not names:
            told = ", ".join(strange) or "-"
            there = ", ".join(known)
            yield path, Text(f"没有 {told}; 可用: {there}", f"no {told}; there are: {there}")


def _untold(talk: Talk) -> Iterator[tuple[tuple[str, ...], Text]]:
    lacking = sorted(set(map(str, Change)) - set(map(str, talk.progress.within)))
    if lacking:
        told = ", ".join(lacking)
        yield ("talk", "progress", "within"), Text(f"缺少 {told}", f"lacks {told}")
    for sku, facts in talk.products.goods.items():
        for facet in facts:
            if facet not in talk.products.facets:
                there = ", ".join(talk.products.facets)
                text = Text(f"没有 {facet!r}; 可用: {there}", f"no {facet!r}; there are: {there}")
                yield ("talk", "products", "goods", sku, facet), text
    known = {group.value for group in Group}
    for group in talk.care.handling:
        if group not in known:
            there = ", ".join(sorted(known))
            text = Text(f"没有分组 {group!r}; 可用: {there}", f"no group {group!r}; there are: {there}")
            yield ("talk", "care", "handling", group), text


def _unplaced(templates: Templates) -> Iterator[tuple[tuple[str, ...], Text]]:
    """Bare {places} only: what else Python's formats can do is nothing for a text to buyers."""
    texts: list[tuple[tuple[str, ...], str]] = [(("templates", "opening"), templates.opening)]
    for name, row in templates.steps.items():
        texts.append((("templates", "steps", name, "text"), row.text))
        texts += [(("templates", "steps", name, "by_class", cls), text) for cls, text in row.by_class.items()]
    for path, text in texts:
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as problem:
            yield path, Text(f"带 {{占位}} 的文本: {problem}", f"a text with {{places}}: {problem}")
            continue
        for _, place, spec, conversion in parts:
            if place is not None and (place not in templates.places or spec or conversion):
                there = ", ".join(templates.places)
                yield (
                    path,
                    Text(f"没有占位 {{{place}}}; 可用: {there}", f"no place {{{place}}}; there are: {there}"),
                )
