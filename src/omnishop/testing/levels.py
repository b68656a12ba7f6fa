"""Levels of the capability matrix: what is shown for each, and whether that is what the adapter claims."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from attrs import frozen

from omnishop import clock
from omnishop.acts import Verb, Write
from omnishop.model import ENDED
from omnishop.ports import Capability, Level, Support
from omnishop.sandbox.world import AuthCode
from omnishop.testing import proving, pushing, reading
from omnishop.testing.bench import Bench, Candidate
from omnishop.testing.desk import Desk
from omnishop.testing.levels_of import LISTS, OFFERED
from omnishop.testing.scenes import title
from omnishop.testing.suite import Conformance

ORDERS = 30
_EVERY = 4


@frozen
class Proof:
    """What was shown for one capability. `by`: how, in words."""

    support: Support
    shown: Level
    by: str

    @property
    def holds(self) -> bool:
        """Claimed is what was shown; or less: a condition takes something away, or a guard is not documented."""
        claimed = self.support.level
        if claimed is Level.LIMITED:
            return self.shown in OFFERED
        if claimed is Level.UNVERSIONED:
            return self.shown in {Level.UNVERSIONED, Level.NATIVE}
        return claimed is self.shown


def prove(candidate: Candidate) -> dict[Capability, Proof]:
    """Every capability of the storefront, over the simulated platform in process; AssertionError where one fails."""
    bench = Bench(candidate, orders=ORDERS)
    proofs = {}
    try:
        for capability in Capability:
            support = bench.adapter.support(candidate.storefront, capability)
            proofs[capability] = Proof(support, *_shown(bench, bench.desk(), capability))
    finally:
        bench.close()
    return proofs


def _shown(bench: Bench, desk: Desk, capability: Capability) -> tuple[Level, str]:
    if capability in LISTS:
        return _list_shown(bench, desk, capability)
    if capability in {verb.value for verb in Verb}:
        return _verb_shown(bench, desk, Verb(capability))
    if bench.adapter.support(bench.storefront, capability).level not in OFFERED:
        return _absent(bench, desk, capability)
    match capability:
        case Capability.ORDER_DETAIL | Capability.CASE_DETAIL:
            what = "order" if capability is Capability.ORDER_DETAIL else "case"
            count = reading.detail_is_true(bench, desk, what, every=_EVERY)
            return Level.NATIVE, f"{count} {what}s read by id, field by field"
        case Capability.LOGIN:
            return Level.NATIVE, _logged_in(bench, desk)
        case Capability.REFRESH:
            grant = desk.run(desk.adapter.refresh(desk.account, bench.token(), clock.now()))
            assert grant.token.access
            return Level.NATIVE, "a pair renewed"
        case Capability.PUSH:
            return Level.NATIVE, pushing.is_told(bench, desk)
        case Capability.CALL:
            desk.run(desk.adapter.whoami(desk.account))
            assert all(call.method in desk.adapter.read_methods for call in desk.calls)
            return Level.NATIVE, f"{desk.calls[0].method} answered, raw"
        case _ if capability in reading.BESIDE:
            reading.beside(bench, desk, capability)
            return Level.NATIVE, "answered with what the world has"
    raise AssertionError(f"the suite has no proof of {capability}: nothing may claim it")


def _list_shown(bench: Bench, desk: Desk, capability: Capability) -> tuple[Level, str]:
    record, at = LISTS[capability]
    count = reading.miss_nothing(bench, desk, capability)
    every = desk.adapter.streams(bench.storefront)
    streams = [each for each in every if (each.record, each.clock) == (record, at)]
    if not streams:
        return Level.NOT_OFFERED, "no list"
    true = reading.truths(bench, record)
    ended = {key for key, one in true.items() if at == "open" and one.stage in ENDED}
    whole = count == len(true) - len(ended)
    told = f"{count} of {len(true) - len(ended)} records, field by field, by {len(streams)} list(s)"
    return Level.NATIVE if whole else Level.LIMITED, told


def _verb_shown(bench: Bench, desk: Desk, verb: Verb) -> tuple[Level, str]:
    every = [row for row in desk.adapter.writes(bench.storefront) if row.verb is verb]
    if not every:
        return Level.NOT_OFFERED, "no row; an act is refused before anything is sent"
    rows = [row for row in every if title(row) not in bench.candidate.signposts]
    sent = [row for row in rows if row.method is not None]
    for row in rows:
        proving.read_back(bench, desk, row)
    versioned = [row for row in sent if row.versioned]
    for row in versioned:
        proving.stale_is_refused(bench, desk, row)
    told = f"{len(rows)} row(s) seen done"
    told += f", {len(versioned)} refused when stale" if versioned else ""
    if len(rows) < len(every):
        told += f", {len(every) - len(rows)} only tell(s) why not"
    if not sent:
        return Level.EMULATED, f"{told}, nothing sent"
    return Level.NATIVE if all(map(_safe, sent)) else Level.UNVERSIONED, told


def _safe(row: Write) -> bool:
    """A stale or repeated write does no harm."""
    return row.versioned or "idempotent" in row.evidence


def _logged_in(bench: Bench, desk: Desk) -> str:
    code = f"code{bench.world.serial('conformance code'):04}"
    dead_at = bench.world.now() + timedelta(minutes=5)
    bench.world.codes[code] = AuthCode(code, bench.shop, "main", dead_at)
    redirect = "http://127.0.0.1:8765/back"
    assert desk.adapter.authorize_url(desk.account.app, redirect, "state").startswith("http")
    grant = desk.run(desk.adapter.exchange(desk.account, code, redirect, clock.now()))
    assert grant.token.access in bench.world.tokens
    return "a code exchanged for a pair"


def _absent(bench: Bench, desk: Desk, capability: Capability) -> tuple[Level, str]:
    level = bench.adapter.support(bench.storefront, capability).level
    return level, "not claimed"


def table(proofs: dict[Capability, Proof]) -> str:
    """For people: one line a capability that does not hold."""
    wrong = {
        str(capability): {"claimed": str(proof.support.level), "shown": str(proof.shown), "by": proof.by}
        for capability, proof in proofs.items()
        if not proof.holds
    }
    return json.dumps(wrong, indent=2)


def record(proofs: dict[Capability, Proof]) -> dict[str, dict[str, str]]:
    """As it is kept for documents."""
    return {
        capability.value: {"shown": proof.shown.value, "by": proof.by} for capability, proof in proofs.items()
    }


class LevelsConformance(Conformance):
    """What the matrix claims is what was shown.

    `recorded`: a JSON file that keeps, by storefront, what was shown (`record`), for documents made from it.
    """

    recorded: ClassVar[Path | None] = None

    def test_levels_are_proved(self) -> None:
        candidate = self.put_to_proof()
        proofs = prove(candidate)
        assert all(proof.holds for proof in proofs.values()), table(proofs)
        if self.recorded is not None:
            kept = json.loads(self.recorded.read_text(encoding="utf-8"))
            assert kept[candidate.storefront] == record(proofs), "the record is old: run docs/generate.py"
