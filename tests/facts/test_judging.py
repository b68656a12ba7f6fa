"""Kept cases judged: by the pack of their place and time, kept with its digest, overridden by people."""

from __future__ import annotations

from datetime import timedelta

import pytest
from attrs import evolve
from tests.facts.conftest import CASE, DAY, NOW, ORDER, PAST, PAST_ORDER

from omnishop import ConfigError
from omnishop.facts import entered
from omnishop.facts.judging import facts_of, in_force, judge_case, keep, override, reach, stale
from omnishop.policy.answers import Outcome
from omnishop.policy.layers import read_layer
from omnishop.policy.reading import digest_of, read_verdict
from omnishop.policy.shipped import shipped
from omnishop.store import About, CaseKey, Entered, Override

PERIOD = """[pack]
name = "rush"
version = "1"
layer = "period"
since = 2026-05-19T00:00:00+08:00
until = 2026-05-20T00:00:00+08:00
[risks.RSK-HISTORY]
window = "10d"
[risks.RSK-FREQ]
window = "5d"
"""


@pytest.fixture(scope="module")
def packs():
    return shipped()


@pytest.fixture(scope="module")
def rushed():
    return shipped(read_layer(PERIOD, "rush.toml"))


@pytest.fixture(autouse=True)
def _bought(keep):
    keep(ORDER, CASE, PAST_ORDER, PAST)


def test_a_verdict_is_kept_with_its_pack_facts_and_time(store, packs):
    verdict = judge_case(store, packs, CASE, NOW)
    stored = keep(store, verdict)
    assert stored == store.verdicts.latest(CaseKey.of(CASE))
    assert read_verdict(stored.body) == verdict
    assert (stored.judged_at, stored.pack_version) == (NOW, in_force(packs, CASE).digest)
    assert stored.digest == digest_of(facts_of(store, packs, CASE, NOW))


def test_a_period_holds_by_the_moment_the_case_began(rushed):
    began = {CASE.opened_at: 10, CASE.opened_at + DAY: 365}
    for at, days in began.items():
        assert reach(rushed, [evolve(CASE, opened_at=at)]) == timedelta(days=days)
    both = [evolve(CASE, opened_at=at) for at in began]
    assert reach(rushed, both) == timedelta(days=365)


def test_the_history_reaches_as_far_as_the_pack_asks(store, packs, rushed):
    assert len(facts_of(store, packs, CASE, NOW).buyer.history.refunds) == 1
    assert len(facts_of(store, rushed, CASE, NOW).buyer.history.refunds) == 0


def test_a_verdict_is_stale_when_facts_or_pack_are_others(store, packs, rushed):
    stored = keep(store, judge_case(store, packs, CASE, NOW))
    assert not stale(store, packs, CASE, stored)
    assert stale(store, rushed, CASE, stored)
    known = Entered(About.case(CaseKey.of(CASE)), *entered("case", "severity", "minor"), "li", NOW)
    store.known.enter([known])
    assert stale(store, packs, CASE, stored)
    store.known.enter([evolve(known, value=None)])
    assert not stale(store, packs, CASE, stored)


def test_a_decision_is_an_outcome_or_a_remedy_of_the_verdict(store, packs):
    verdict = judge_case(store, packs, CASE, NOW)
    stored = keep(store, verdict)
    assert verdict.remedies
    for word in (*Outcome, verdict.remedies[0].key):
        decided = Override(word, "wang", NOW, "seen the photos")
        assert override(store, stored, decided).override == decided


@pytest.mark.parametrize(
    ("decided", "told"),
    [
        (
            Override("maybe", "wang", NOW, "x"),
            "no such decision: 'maybe'; it may be allow, deny, needs_human",
        ),
        (Override("allow", " ", NOW, "x"), "--by must say something"),
        (Override("allow", "wang", NOW, ""), "--reason must say something"),
    ],
)
def test_a_decision_that_says_nothing_is_not_kept(store, packs, decided, told):
    stored = keep(store, judge_case(store, packs, CASE, NOW))
    with pytest.raises(ConfigError) as caught:
        override(store, stored, decided)
    assert told in str(caught.value)
    assert store.verdicts.latest(CaseKey.of(CASE)).override is None
