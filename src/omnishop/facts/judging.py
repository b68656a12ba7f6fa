"""A kept case judged: its facts gathered, the pack in force where and when it began, the verdict kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from omnishop import telemetry
from omnishop.errors import ConfigError
from omnishop.facts.gather import gather
from omnishop.model import Case
from omnishop.policy.answers import Outcome
from omnishop.policy.casefacts import CaseFacts
from omnishop.policy.judge import judge
from omnishop.policy.layers import Effective, Packs
from omnishop.policy.reading import digest_of, dump_verdict, read_verdict
from omnishop.policy.verdict import Verdict
from omnishop.store import CaseKey, Override, Store, StoredVerdict


def in_force(packs: Packs, case: Case) -> Effective:
    """A period holds by the moment the case began, so that its clocks do not jump."""
    return packs.of(case.platform, case.storefront, case.shop_id, case.opened_at)


def reach(packs: Packs, cases: Sequence[Case]) -> timedelta:
    """How far back any rule asks for the buyers' history."""
    rules = [in_force(packs, case).pack.risks for case in cases]
    return max(
        (window.length for each in rules for window in (each.frequent.window, each.history.window)),
        default=timedelta(),
    )


def facts_of(store: Store, packs: Packs, case: Case, now: datetime) -> CaseFacts:
    [facts] = gather(store, [case], now=lambda _case: now, back=reach(packs, [case]))
    return facts


def judge_case(store: Store, packs: Packs, case: Case, now: datetime) -> Verdict:
    """Judged, not kept."""
    return counted(judge(facts_of(store, packs, case, now), in_force(packs, case), now))


def counted(verdict: Verdict) -> Verdict:
    """Of a case that stands, not of a replay."""
    telemetry.count("omnishop.verdicts", platform=verdict.platform, outcome=verdict.outcome.value)
    return verdict


def keep(store: Store, verdict: Verdict) -> StoredVerdict:
    key = CaseKey(verdict.platform, verdict.shop_id or "", verdict.source, verdict.case_id)
    return store.verdicts.put(
        key,
        dump_verdict(verdict),
        pack=verdict.pack,
        version=verdict.pack_digest,
        digest=verdict.facts_digest,
        at=verdict.at,
    )


def stale(store: Store, packs: Packs, case: Case, stored: StoredVerdict) -> bool:
    """Whether the facts, or the pack, are others than those that were judged."""
    pack = in_force(packs, case)
    facts = facts_of(store, packs, case, stored.judged_at)
    return (stored.digest, stored.pack_version) != (digest_of(facts), pack.digest)


def override(store: Store, stored: StoredVerdict, decided: Override) -> StoredVerdict:
    """`decision` is an outcome, or the key of a remedy that the verdict offers. ConfigError lists them."""
    verdict = read_verdict(stored.body)
    words = [*Outcome, *dict.fromkeys(remedy.key for remedy in verdict.remedies)]
    if decided.decision not in words:
        known = ", ".join(words)
        raise ConfigError(
            f"no such decision: {decided.decision!r}; it may be {known}",
            zh=f"没有决定 {decided.decision!r}; 可用: {known}",
            platform=stored.case.platform,
            shop=stored.case.shop_id,
        )
    for name, text in (("by", decided.by), ("reason", decided.reason)):
        if not text.strip():
            raise ConfigError(
                f"--{name} must say something: it is kept with the decision",
                zh=f"--{name} 不能为空, 将随决定保存",
            )
    return store.verdicts.override(stored, decided)
