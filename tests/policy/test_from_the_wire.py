"""Cases that came over each platform's own wire: the same facts lead to the same clocks and classes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from omnishop.config import Home
from omnishop.engine import pull
from omnishop.engine.simulated import World, present, register
from omnishop.model import ReasonClass, Stage
from omnishop.policy.classes import classifier
from omnishop.policy.clocks import State, timekeeper
from omnishop.policy.facts import Facts, Happening, Subject
from omnishop.policy.loss import in_order, work
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store

NOW = datetime(2026, 9, 1, 2, 0, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    with Sandbox(Simulation.new(seed=5, orders=45, now=NOW)) as sandbox:
        home = Home.find(tmp_path_factory.mktemp("wire"), {"OMNISHOP_KEY": "only for this test"})
        with Store.open(home) as store, World.at(sandbox.url) as door:
            assert pull(store, list(register(store, door, now=NOW)), now=present()).ok
            return list(store.records.list("case"))


def facts_of(case):
    waits = case.stage is Stage.REQUESTED
    known = {Happening.APPLIED: case.opened_at}
    return Facts(
        Subject.CASE,
        case.case_id,
        platform=case.platform,
        storefront=case.storefront,
        shop_id=case.shop_id,
        kind=case.kind,
        stage=case.stage,
        amount=case.amounts.requested,
        deadline=case.deadline,
        happened={**known, Happening.DECIDED: None} if waits else known,
    )


def every_storefront(found):
    assert {case.storefront for case in found} == {"tmall", "taobao", "jd", "douyin"}
    return found


def test_the_platforms_deadline_is_the_clock(cases, packs):
    for case in every_storefront([case for case in cases if case.deadline is not None]):
        keeper = timekeeper(packs.of(case.platform, case.storefront, case.shop_id))
        at = case.deadline.at
        for now, state in ((at, State.WARNING), (at + SECOND, State.BREACHED)):
            clock = keeper.clocks(facts_of(case), now)[0]
            assert (clock.rule, clock.due_at, clock.state) == ("SLA-PLATFORM", at, state)


def test_an_application_is_due_in_48_hours_on_every_wire(cases, packs):
    for case in every_storefront([case for case in cases if case.stage is Stage.REQUESTED]):
        keeper = timekeeper(packs.of(case.platform, case.storefront, case.shop_id))
        limit = case.opened_at + timedelta(hours=48)
        for now, state in ((limit, State.WARNING), (limit + SECOND, State.BREACHED)):
            clock = next(each for each in keeper.clocks(facts_of(case), now) if each.rule == "SLA-REVIEW")
            assert (clock.due_at, clock.state) == (limit, state)


def test_what_the_wire_does_not_tell_is_unknown_on_every_wire(cases, packs):
    for case in every_storefront([case for case in cases if case.stage is not Stage.REQUESTED]):
        keeper = timekeeper(packs.of(case.platform))
        clock = next(each for each in keeper.clocks(facts_of(case), NOW) if each.rule == "SLA-REVIEW")
        assert (clock.state, clock.missing) == (State.UNKNOWN, ("decided",))


def test_reasons_over_the_wire_are_classified_as_their_adapter_does_or_further(cases, packs):
    seen = set()
    by_platform = {name: classifier(packs.of(name)) for name in {case.platform for case in cases}}
    for case in cases:
        if case.reason is None or case.reason.cls in {None, ReasonClass.UNCLASSIFIED}:
            continue
        found = by_platform[case.platform].classify(case.reason.code, case.reason.text)
        mind = case.platform == "jd" and found.cls is ReasonClass.NO_REASON  # see OURS in test_classes.py
        assert found.cls is case.reason.cls or mind, case.reason
        seen.add((case.storefront, found.cls))
    every_storefront([case for case in cases if (case.storefront, ReasonClass.QUALITY) in seen])


def test_open_cases_of_all_shops_stand_in_one_order_of_work(cases, packs):
    works = []
    for case in cases:
        keeper = timekeeper(packs.of(case.platform))
        clocks = keeper.clocks(facts_of(case), NOW)
        works.append(work(case.case_id, clocks, keeper.pack.loss, NOW))
    losses = [each.loss for each in in_order(works)]
    assert losses == sorted(losses, reverse=True)
    assert losses[0] > 0
