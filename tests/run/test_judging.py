"""Cases are judged when they change and when their clocks turn, and only then."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from tests.run.conftest import NOW

from omnishop.engine import pull
from omnishop.model import ENDED
from omnishop.policy.reading import read_verdict
from omnishop.policy.shipped import shipped
from omnishop.run import judging
from omnishop.run.judging import AT_LATEST, UNJUDGED, judge_due, next_moment, rules_changed
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import About, CaseKey, Entered, Query
from omnishop.store.moments import moment


@pytest.fixture
def kind_of_database(request):
    """Both where several are at it at once."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def sandbox():
    """One platform whose lists are read in few windows, and which tells deadlines."""
    with Sandbox(Simulation.new(seed=7, orders=12, now=NOW, platforms=("douyin",))) as running:
        yield running


@pytest.fixture
def read(work, shops):
    assert pull(work.store, shops, now=work.present).ok
    return judged(work)


def judged(work):
    """All that is due, batch by batch; how many."""
    count = 0
    while (did := judge_due(work)) is not None:
        assert did.error is None
        count += did.count
    return count


def waits(store, case):
    from sqlalchemy import select

    from omnishop.store.connection import reading
    from omnishop.store.tables import cases

    mine = (cases.c.platform == case.platform, cases.c.shop_id == case.shop_id)
    one = select(cases.c.judge_at).where(
        *mine, cases.c.source == case.source, cases.c.record_id == case.case_id
    )
    with reading(store.engine) as connection:
        return connection.execute(one).scalar_one()


def open_case(store):
    """With a deadline of its platform, in whose shop time has not run out."""
    return next(each for each in store.records.list("case", Query(open=True)) if each.deadline is not None)


def now_of(work, case):
    return work.present(next(each for each in work.store.shops.list() if each.shop_id == case.shop_id))


def test_every_open_case_is_judged_once_and_waits_for_its_next_clock(read, work):
    store = work.store
    cases = store.records.list("case")
    verdicts = store.verdicts.of(map(CaseKey.of, cases))
    assert read == len([each for each in cases if each.stage not in ENDED]) > 0
    assert set(verdicts) == {CaseKey.of(each) for each in cases if each.stage not in ENDED}
    for case in cases:
        if case.stage in ENDED:
            assert waits(store, case) is None
            continue
        now = now_of(work, case)
        verdict = read_verdict(verdicts[CaseKey.of(case)].body)
        assert moment(now) < waits(store, case) <= moment(now + AT_LATEST)
        assert waits(store, case) == moment(next_moment(case, verdict, verdict.at))
    assert judge_due(work) is None


def test_a_clock_that_turns_makes_it_judged_again(read, work, control):
    case = open_case(work.store)
    before = work.store.verdicts.latest(CaseKey.of(case))
    clocks = [each for each in read_verdict(before.body).clocks if each.state == "running"]
    warns, rule = min((each.warn_at, each.rule) for each in clocks if each.warn_at)
    control("clock", advance_s=(warns - now_of(work, case)) / timedelta(seconds=1) - 2)
    judged(work)  # in case that is more than a day away
    soon = work.store.verdicts.latest(CaseKey.of(case))
    assert {each.rule: each.state for each in read_verdict(soon.body).clocks}[rule] == "running"
    control("clock", advance_s=3)
    assert judged(work) >= 1
    after = work.store.verdicts.latest(CaseKey.of(case))
    assert {each.rule: each.state for each in read_verdict(after.body).clocks}[rule] == "warning"
    assert after.judged_at > before.judged_at
    due = next(each.due_at for each in clocks if each.rule == rule)
    control("clock", advance_s=(due - now_of(work, case)) / timedelta(seconds=1) + 1)
    assert judged(work) >= 1
    late = work.store.verdicts.latest(CaseKey.of(case))
    assert {each.rule: each.state for each in read_verdict(late.body).clocks}.get(rule) != "warning"


def test_what_changes_is_judged_and_what_ends_once_more(read, work, control, shops):
    store = work.store
    case = next(each for each in store.records.list("case", Query(open=True)) if each.stage == "requested")
    control("buyers", do="withdraw", case_id=case.case_id)
    assert pull(store, shops, now=work.present).ok
    assert waits(store, case) == 0
    assert store.waiting.changed() == 1
    assert judged(work) == 1
    assert waits(store, case) is None
    last = read_verdict(store.verdicts.latest(CaseKey.of(case)).body)
    assert not [each for each in last.clocks if each.side == "platform" and each.open]
    assert pull(store, shops, now=work.present).ok
    assert judged(work) == 0


def test_what_a_person_says_wakes_the_cases_it_matters_to(read, work):
    store, case = work.store, open_case(work.store)
    about = About.order(case.platform, case.shop_id, case.order_id)
    store.known.enter([Entered(about, "known.angry", True, "a person", now_of(work, case))])
    assert judged(work) == len(store.records.list("case", Query(order=case.order_id, open=True))) >= 1


def test_other_rules_judge_everything_again(read, work, monkeypatch):
    rules_changed(work)
    judged(work)
    assert rules_changed(work) is False
    shorter = _layer(work)
    work.packs = shipped(shorter)
    assert rules_changed(work) is True
    assert judged(work) == read


def _layer(work):
    from omnishop.policy.layers import read_layer

    head = '[pack]\nname = "ours"\nversion = "1"\nlayer = "platform"\nplatform = "douyin"\n'
    text = head + '[clocks.SLA-FIRST]\nlimit = "1h"\n'
    return read_layer(text, "ours.toml")


@pytest.mark.parametrize("kind_of_database", ["sqlite", "postgresql"], indirect=True)
def test_two_that_judge_at_once_judge_each_case_once(shops, work):
    assert pull(work.store, shops, now=work.present).ok
    counts = []
    threads = [threading.Thread(target=lambda: counts.append(judged(work))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert sum(counts) == len([each for each in work.store.records.list("case") if each.stage not in ENDED])


def test_a_fact_that_cannot_be_holds_up_no_other_case(shops, work, caplog):
    assert pull(work.store, shops, now=work.present).ok
    bad = open_case(work.store)
    about = About.case(CaseKey.of(bad))
    work.store.known.enter([Entered(about, "known.nonsense", "x", "a person", now_of(work, bad))])
    others = len([each for each in work.store.records.list("case") if each.stage not in ENDED]) - 1
    assert judged(work) == others
    assert "case not judged" in caplog.text


def test_a_case_that_cannot_be_judged_holds_up_no_other(shops, work, monkeypatch, caplog):
    assert pull(work.store, shops, now=work.present).ok
    bad = open_case(work.store)
    real = judging.judge

    def judge(facts, pack, at):
        if facts.case.case_id == bad.case_id:
            raise ZeroDivisionError
        return real(facts, pack, at)

    monkeypatch.setattr(judging, "judge", judge)
    others = len([each for each in work.store.records.list("case") if each.stage not in ENDED]) - 1
    assert judged(work) == others
    assert waits(work.store, bad) == moment(now_of(work, bad) + UNJUDGED)
    assert "case not judged" in caplog.text
