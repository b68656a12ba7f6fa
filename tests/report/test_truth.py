"""Over the wires of all simulated shops, after days on which nobody worked: what is said holds what was.

The worlds know every step and its actor; a platform's lists tell little of that. The figures must leave room for the
truth, be exact where a merchant keeps the times, and be the same sums on every platform.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from tests.report.conftest import PACKS, of, own, tables

from omnishop.config import Home
from omnishop.engine import pull
from omnishop.engine.simulated import World, present, register
from omnishop.policy.measures import By
from omnishop.policy.shipped import shipped
from omnishop.report.notices import Notice
from omnishop.report.overview import measured, reach, warned, warning_reach
from omnishop.report.rows import Place
from omnishop.report.setting import Setting
from omnishop.report.stored import Stored
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store

BEGUN = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
MONEY = {"cancel", "refund_only", "return_refund"}


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """The store, how it is reported on, and the truth."""
    home = Home.find(tmp_path_factory.mktemp("truth"), {"OMNISHOP_KEY": "only for this test"})
    with Sandbox(Simulation.new(seed=5, orders=30, now=BEGUN)) as world:
        world.simulation.advance(timedelta(hours=46).total_seconds())
        with Store.open(home) as store, World.at(world.url) as door:
            shops = list(register(store, door, now=BEGUN))
            assert pull(store, shops, now=present()).ok
            state = door.state()
            now = datetime.fromtimestamp(state["now_s"], UTC)
            nows = {Place(shop.platform, shop.shop_id or "", shop.storefront): now for shop in shops}
            yield store, Setting(PACKS, nows), state["cases"]


def figures(seen, rule, part, *, told=None):
    store, setting, _ = seen
    under = setting if told is None else evolve(setting, tables=told)
    source = Stored(store, PACKS, reach(under), happened=under.tables.happened())
    return {key[0]: each for key, each in of(measured(source, under, By.STOREFRONT), rule, part).items()}


def since(case, at):
    return (datetime.fromisoformat(at) - datetime.fromisoformat(case["opened_at"])).total_seconds()


def first_answer(case):
    """When somebody at the shop first did something."""
    return next((step["at"] for step in case["hidden"]["steps"] if step["actor"] == "seller"), None)


def by_storefront(cases):
    found = {}
    for case in cases:
        found.setdefault(case["storefront"], []).append(case)
    return found


def holds(tally, count):
    assert tally.low <= count, tally
    assert tally.high is None or count <= tally.high, tally


def test_every_storefront_has_cases_of_the_same_measures(seen):
    cases = by_storefront(seen[2])
    mix = figures(seen, "MET-FIRST", "mean")
    assert set(mix) == set(cases) == {"tmall", "taobao", "jd", "douyin"}


def test_first_answers_lie_where_they_are_said_to_lie(seen):
    now = max(seen[1].nows.values())
    for storefront, figure in figures(seen, "MET-FIRST", "mean").items():
        cases = [
            case
            for case in by_storefront(seen[2])[storefront]
            if not (case["stage"] == "closed" and case["decided_by"] == "buyer")
        ]
        assert figure.tally.count == len(cases)
        silent = [case for case in cases if first_answer(case) is None]
        assert figure.tally.low <= sum(since(case, first_answer(case) or now.isoformat()) for case in cases)
        if silent:
            assert figure.tally.high is None, storefront
        else:
            holds(figure.tally, sum(since(case, first_answer(case)) for case in cases))


def test_shares_answered_in_time_hold_the_truth(seen):
    now = max(seen[1].nows.values())
    for storefront, figure in figures(seen, "MET-24H", "rate").items():
        day, in_time = 24 * 3600, 0
        for case in by_storefront(seen[2])[storefront]:
            answered = first_answer(case)
            waits_in_time = case["stage"] == "requested" and since(case, now.isoformat()) <= day
            in_time += answered is not None and since(case, answered) <= day and not waits_in_time
        holds(figure.tally, in_time)


def test_told_the_times_of_answers_the_figure_is_the_truth(seen):
    cases = [case for case in seen[2] if first_answer(case) is not None]
    moments = [
        {
            "platform": case["platform"],
            "shop": case["shop_id"],
            "case": f"{case['source']}:{case['case_id']}",
            "what": "responded",
            "at": first_answer(case),
        }
        for case in cases
    ]
    now = max(seen[1].nows.values()).isoformat()
    for storefront, figure in figures(seen, "MET-FIRST", "mean", told=tables(moments=moments)).items():
        here = by_storefront(seen[2])[storefront]
        waiting = [case for case in here if first_answer(case) is None]
        answered = sum(since(case, first_answer(case)) for case in here if first_answer(case) is not None)
        if not waiting:
            assert (figure.tally.low, figure.tally.high) == (answered, answered)
        assert figure.tally.low >= answered
        open_ones = [case for case in waiting if case["stage"] == "requested"]
        assert figure.tally.low == answered + sum(since(case, now) for case in open_ones)


def test_what_passed_deadlines_agreed_to_is_never_missed(seen):
    """Nobody worked: platforms decided by themselves. Where the wire does not say who did, it stays open."""
    refunded = [case for case in seen[2] if case["stage"] == "succeeded" and case["kind"] in MONEY]
    decided = {"agree", "agree_return", "refund"}
    by_rule = [
        case
        for case in refunded
        if any(
            step["rule"] is not None and step["step"] in decided and step["actor"] != "seller"
            for step in case["hidden"]["steps"]
        )
    ]
    assert by_rule, "the platforms have decided something"
    found = figures(seen, "MET-AUTO", "rate")
    for storefront, cases in by_storefront(refunded).items():
        assert found[storefront].tally.count == len(cases)
        holds(found[storefront].tally, sum(case in by_rule for case in cases))


def test_disputes_and_refund_times_hold_the_truth(seen):
    disputes, times = figures(seen, "MET-DISPUTE", "rate"), figures(seen, "MET-REFUND-TIME", "mean")
    for storefront, cases in by_storefront(seen[2]).items():
        called = [
            case
            for case in cases
            if any(step["step"] in {"escalate", "intervene"} for step in case["hidden"]["steps"])
        ]
        holds(disputes[storefront].tally, len(called))
        ended = [
            case
            for case in cases
            if case["stage"] == "succeeded" and case["kind"] in MONEY and case["closed_at"] is not None
        ]
        if ended:
            holds(times[storefront].tally, sum(since(case, case["closed_at"]) for case in ended))


def test_idle_applications_are_warned_of_on_every_platform_alike(seen):
    """An hour and more, as the worlds know them; only one platform is known to punish it."""
    store, setting, cases = seen
    platforms = {place.platform for place in setting.nows}
    packs = shipped(*(own('[penalties.PEN-IDLE]\nwarn = "1h"', platform) for platform in platforms))
    under = Setting(packs, setting.nows)
    old = {
        (case["platform"], case["shop_id"], f"{case['source']}:{case['case_id']}")
        for case in cases
        if case["stage"] == "requested" and since(case, setting.now().isoformat()) >= 3600
    }
    found = [
        each
        for each in warned(Stored(store, packs, warning_reach(under)), under)
        if isinstance(each, Notice) and each.rule == "PEN-IDLE"
    ]
    assert {(ref.platform, ref.shop_id, ref.id) for each in found for ref in each.behind} == old
    assert {each.place.platform for each in found} == platforms
    for each in found:
        assert (each.then is not None) is (each.place.platform == "douyin")
