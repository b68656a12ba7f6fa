"""A draft replayed: verdicts that change, yuan moved, breaches, and what people had decided."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from attrs import evolve
from tests.facts.conftest import CASE, DAY, HOUR, NOW, ORDER

from omnishop.facts import entered
from omnishop.facts.backtest import Decision, Failed, Line, Totals, backtest, decision_of, drafted
from omnishop.model import Actor, CaseAmounts, Fen, Reason, ReasonClass, Stage, Text
from omnishop.policy.answers import Outcome
from omnishop.policy.layers import read_layer
from omnishop.policy.shipped import shipped
from omnishop.store import About, CaseKey, Entered, Override

ALLOW, DENY, HUMAN = Outcome.ALLOW, Outcome.DENY, Outcome.NEEDS_HUMAN
HEAD = '[pack]\nname = "own"\nversion = "{}"\nlayer = "shop"\nplatform = "market"\nshop = "77"\n'
THIRTY = '[eligibility.ELG-7D]\nwithin = "30d"\n'
HASTY = '[clocks.SLA-REVIEW]\nlimit = "12h"\n'

# Signed twelve days ago and applied for eleven days later: too late for seven days, in time for thirty.
LATE_CASE = evolve(CASE, reason=Reason("x", None, ReasonClass.NO_REASON))
SIGNED = evolve(ORDER, delivered_at=NOW - 12 * DAY, created_at=NOW - 15 * DAY, paid_at=NOW - 15 * DAY)


def layer(text, version="1"):
    return read_layer(HEAD.format(version) + text, "own.toml")


@pytest.fixture(scope="module")
def packs():
    return shipped()


@pytest.fixture
def known(store, keep):
    """The order, and everything that no wire tells about such a case."""
    keep(SIGNED)
    shop, sku = About.shop("market", "77"), About.sku("market", "77", "s1")
    plain = ("custom", "perishable", "opened", "opened_harms", "digital", "activated", "marked")
    told = [(shop, "promises", "[]"), *((sku, f"goods.{name}", "false") for name in plain)]
    told.append((About.order("market", "77", "100"), "advanced", "0.00"))
    store.known.enter(
        [Entered(about, *entered(about.subject, name, text), "li", NOW) for about, name, text in told]
    )


@pytest.fixture
def replayed(store, packs):
    def replayed(text, now=NOW, **how):
        draft = drafted(packs, layer(text))
        return list(backtest(store, packs, draft, now=lambda _case: now, **how))

    return replayed


def totals(lines):
    found = Totals()
    for each in lines:
        found.add(each)
    return found


def test_a_wider_window_allows_what_was_denied(keep, known, replayed):
    keep(LATE_CASE)
    [line] = replayed(THIRTY)
    assert (line.before.outcome, line.after.outcome, line.after.rule) == (DENY, ALLOW, "ELG-7D")
    assert (line.changed, line.moved, line.at) == (True, Fen(2500), NOW)
    sums = totals([line])
    assert (sums.changed, sums.allowed_more, sums.allowed_less) == (1, 2500, 0)
    assert sums.moves == {(DENY, ALLOW): 1}


def test_the_other_way_round_the_yuan_come_back(store, packs, keep, known):
    keep(LATE_CASE)
    wide = drafted(packs, layer(THIRTY))
    [line] = backtest(store, wide, packs, now=lambda _case: NOW)
    assert line.moved == Fen(-2500)
    assert totals([line]).allowed_less == 2500


def test_a_draft_that_says_the_same_changes_nothing(keep, known, replayed):
    keep(LATE_CASE)
    [line] = replayed('[eligibility.ELG-7D]\nwithin = "7d"\n')
    assert (line.changed, line.tells, line.moved) == (False, False, Fen(0))
    assert (line.before.outcome, line.after.outcome) == (DENY, DENY)


def test_a_draft_for_another_shop_changes_nothing_here(store, packs, keep, known):
    keep(LATE_CASE)
    other = read_layer(HEAD.format("1").replace('"77"', '"78"') + THIRTY, "own.toml")
    [line] = backtest(store, packs, drafted(packs, other), now=lambda _case: NOW)
    assert line.after is line.before


def test_a_new_version_takes_the_place_of_the_old_one(packs):
    first = drafted(packs, layer(THIRTY))
    second = drafted(first, layer('[eligibility.ELG-7D]\nnote = "as before"\n', "2"))
    assert len(second.layers) == len(first.layers) == len(packs.layers) + 1
    assert first.of("market", "stall", "77").pack.eligibility.no_reason.within == 30
    assert second.of("market", "stall", "77").pack.eligibility.no_reason.within == 7


def test_an_amount_that_is_not_known_is_counted_apart(keep, known, replayed):
    keep(evolve(LATE_CASE, amounts=CaseAmounts()))
    [line] = replayed(THIRTY)
    assert line.moved is None
    assert (totals([line]).unpriced, totals([line]).allowed_more) == (1, 0)


@pytest.mark.parametrize(("after", "added"), [(12 * HOUR, ()), (12 * HOUR + HOUR / 3600, ("SLA-REVIEW",))])
def test_breaches_that_a_shorter_clock_would_have(keep, known, replayed, after, added):
    keep(LATE_CASE)
    [line] = replayed(HASTY, now=LATE_CASE.opened_at + after)
    assert (line.breaches_added, line.breaches_removed) == (added, ())
    assert line.tells is bool(added)
    assert totals([line]).breaches_added == dict.fromkeys(added, 1)


def test_a_case_that_has_ended_is_judged_at_its_end(keep, known, replayed):
    ended = LATE_CASE.opened_at + HOUR
    keep(evolve(LATE_CASE, stage=Stage.CLOSED, closed_at=ended))
    [line] = replayed(HASTY)
    assert line.at == ended


# ---------------------------------------------------------------- what people decided


@pytest.mark.parametrize(
    ("stage", "by", "decided"),
    [
        (Stage.REQUESTED, None, None),
        (Stage.REFUSED, None, Decision(DENY, Actor.SELLER)),
        (Stage.SUCCEEDED, Actor.SELLER, Decision(ALLOW, Actor.SELLER)),
        (Stage.AWAITING_RETURN, Actor.ASSISTANT, Decision(ALLOW, Actor.ASSISTANT)),
        (Stage.AWAITING_RETURN, None, None),
        (Stage.SUCCEEDED, Actor.PLATFORM_RULE, None),
        (Stage.SUCCEEDED, Actor.ARBITRATION, None),
        (Stage.CLOSED, Actor.SELLER, Decision(DENY, Actor.SELLER)),
        (Stage.CLOSED, Actor.BUYER, None),
        (Stage.UNKNOWN, Actor.SELLER, None),
    ],
)
def test_only_what_the_shop_itself_decided_counts(stage, by, decided):
    case = evolve(CASE, stage=stage, decided_by=by)
    assert decision_of(case, None) == decided
    own = Override("keep", "wang", NOW, "x")
    assert decision_of(case, own) == Decision("keep", "wang")


def test_a_draft_against_what_the_shop_decided(keep, known, replayed):
    keep(evolve(LATE_CASE, stage=Stage.CLOSED, closed_at=NOW, decided_by=Actor.SELLER))
    [line] = replayed(THIRTY)
    assert (line.contradicted, line.contradicts) == (False, True)
    sums = totals([line])
    assert (sums.decided, sums.contradicted, sums.newly_contradicted) == (1, 1, 1)


@pytest.mark.parametrize(
    ("decision", "contradicted", "contradicts"),
    [("allow", True, False), ("deny", False, True), ("needs_human", False, False), ("no_such", True, True)],
)
def test_a_stored_decision_goes_before_the_record(
    store, keep, known, replayed, decision, contradicted, contradicts
):
    keep(LATE_CASE)
    put = store.verdicts.put(CaseKey.of(LATE_CASE), {}, pack="p", version="1", digest="d", at=NOW)
    store.verdicts.override(put, Override(decision, "wang", NOW, "x"))
    [line] = replayed(THIRTY)
    assert (line.contradicted, line.contradicts) == (contradicted, contradicts)
    assert totals([line]).no_longer_contradicted == (contradicted and not contradicts)


# ---------------------------------------------------------------- many, and broken ones


def test_cases_before_since_are_left_out(keep, known, replayed):
    keep(LATE_CASE, evolve(LATE_CASE, case_id="2", changed_at=NOW - 3 * DAY))
    assert [line.case.case_id for line in replayed(THIRTY, since=NOW - 2 * DAY)] == ["1"]


def test_one_case_that_cannot_be_judged_does_not_stop_the_others(store, keep, known, replayed):
    keep(LATE_CASE, evolve(LATE_CASE, case_id="2"))
    wrong = Entered(About.case(CaseKey.of(LATE_CASE)), "known.gone_since", True, "li", NOW)
    store.known.enter([wrong])
    failed, line = replayed(THIRTY)
    assert isinstance(failed, Failed)
    assert failed.case == LATE_CASE
    assert isinstance(failed.why, Text)
    assert "known.gone_since" in failed.why.en
    assert isinstance(line, Line)
    assert line.case.case_id == "2"


def test_memory_does_not_grow_with_the_store(store, packs, keep, known, monkeypatch):
    monkeypatch.setattr("omnishop.facts.backtest._AT_ONCE", 20)
    draft = drafted(packs, layer(THIRTY))

    def peak():
        tracemalloc.start()
        count = 0
        for _ in backtest(store, packs, draft, now=lambda _case: NOW):
            count += 1
            if count % 20 == 0:  # when the interpreter would collect is not what is asked here
                gc.collect()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return count, most

    keep(*(evolve(LATE_CASE, case_id=f"a{n}", order_id=f"o{n}") for n in range(40)))
    list(backtest(store, packs, draft, now=lambda _case: NOW))  # what is prepared once
    few, less = peak()
    keep(*(evolve(LATE_CASE, case_id=f"b{n}", order_id=f"p{n}") for n in range(120)))
    assert few == 40
    # Caches of libraries that fill up meanwhile are not what is asked: one of three is enough to show it.
    tries = (peak() for _ in range(3))
    assert any(many == 160 and more < 1.3 * less for many, more in tries)
