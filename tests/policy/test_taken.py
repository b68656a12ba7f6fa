"""What another case of the order took is not given again: RES-ADVANCE, at the last fen."""

from __future__ import annotations

import pytest
from attrs import evolve
from tests.policy.casebook import NOW, PAID, a_return
from tests.policy.test_judge_laws import without

from omnishop.model import CaseAmounts, CaseLine, Fen, Kind, OrderAmounts, OrderLine, Stage
from omnishop.policy.answers import Act, Outcome
from omnishop.policy.judge import judge

ALLOW, DENY, HUMAN = Outcome.ALLOW, Outcome.DENY, Outcome.NEEDS_HUMAN
BOTH = (OrderLine("L1", "S1", quantity=1, paid=PAID), OrderLine("L2", "S2", quantity=1, paid=PAID))


def sibling(
    refunded=None, *, stage=Stage.SUCCEEDED, line="L1", kind=Kind.REFUND_ONLY, requested=None, freight=None
):
    amounts = CaseAmounts(requested=requested, refunded=refunded, freight=freight)
    lines = (CaseLine(line, "S1", requested=1),) if line else ()
    return evolve(a_return().case, case_id="R2", kind=kind, stage=stage, amounts=amounts, lines=lines)


def told(default, *siblings, **changes):
    verdict = judge(a_return(siblings=siblings, **changes), default, NOW)
    return verdict, next((each for each in verdict.checks if each.rule == "RES-ADVANCE"), None)


@pytest.mark.parametrize(
    ("refunded", "asked", "outcome"),
    [
        (Fen(100), PAID - 100, ALLOW),
        (Fen(100), PAID - 99, HUMAN),
        (PAID - 1, 1, ALLOW),
        (PAID, 1, DENY),
        (PAID + 1, PAID, DENY),
    ],
)
def test_res_advance_at_the_last_fen_of_what_was_paid(default, refunded, asked, outcome):
    verdict, check = told(default, sibling(refunded), case__amounts__requested=Fen(asked))
    assert (check.outcome, check.fact.path) == (outcome, "siblings")
    assert verdict.outcome is outcome
    assert verdict.rule == ("ELG-7D" if outcome is ALLOW else "RES-ADVANCE")
    [agree] = [each for each in verdict.next if each.act is Act.AGREE_RETURN]
    assert agree.allowed is (outcome is ALLOW)
    if outcome is not ALLOW:
        assert check.why.en in agree.why.en
        assert check.why.zh in agree.why.zh


@pytest.mark.parametrize(
    "other",
    [
        sibling(stage=Stage.REQUESTED, requested=PAID),
        sibling(stage=Stage.CLOSED, requested=PAID),
        sibling(kind=Kind.EXCHANGE),
        sibling(Fen(0)),
    ],
)
def test_what_took_nothing_stands_in_nobodys_way(default, other):
    verdict, check = told(default, other)
    assert (verdict.outcome, check) == (ALLOW, None)


def test_money_that_is_on_its_way_counts(default):
    verdict, _ = told(default, sibling(stage=Stage.REFUNDING, requested=PAID))
    assert (verdict.outcome, verdict.rule) == (DENY, "RES-ADVANCE")


def test_another_line_of_the_order_is_another_sum(default):
    order = {"order__lines": BOTH, "order__amounts": OrderAmounts(paid=Fen(2 * PAID))}
    verdict, check = told(default, sibling(PAID, line="L2"), **order)
    assert (verdict.outcome, check) == (ALLOW, None)
    verdict, check = told(default, sibling(PAID, line="L1"), **order)
    assert verdict.outcome is DENY


def test_where_a_sibling_names_no_line_only_the_whole_order_is_a_no(default):
    order = {"order__lines": BOTH, "order__amounts": OrderAmounts(paid=Fen(2 * PAID))}
    verdict, check = told(default, sibling(PAID, line=""), **order)
    assert (verdict.outcome, check.missing) == (HUMAN, ("case.lines",))
    assert told(default, sibling(PAID + 1, line=""), **order)[0].outcome is HUMAN
    assert told(default, sibling(Fen(2 * PAID), line=""), **order)[0].outcome is DENY


def test_freight_that_is_not_told_may_be_what_is_asked_for(default):
    order = {"order__amounts": OrderAmounts(paid=PAID + 800, freight=Fen(800))}
    verdict, check = told(default, sibling(Fen(100)), case__amounts__requested=Fen(PAID + 700), **order)
    assert (verdict.outcome, check.missing) == (HUMAN, ("case.amounts.freight",))


def test_whether_there_are_others_must_be_known(default):
    verdict = judge(a_return(siblings=None), default, NOW)
    assert (verdict.outcome, verdict.rule) == (HUMAN, "RES-ADVANCE")
    assert "siblings" in verdict.missing


def test_no_fact_taken_away_makes_a_yes_of_it(default):
    order = {"order__lines": BOTH, "order__amounts": OrderAmounts(paid=Fen(2 * PAID + 800), freight=Fen(800))}
    for other in (
        sibling(PAID),
        sibling(Fen(PAID - 100)),
        sibling(PAID, line=""),
        sibling(Fen(900), freight=Fen(800)),
    ):
        for freight in (None, Fen(0)):
            known = a_return(siblings=(other,), case__amounts__freight=freight, **order)
            if judge(known, default, NOW).outcome is ALLOW:
                continue
            for where, fewer in without(known):
                assert judge(fewer, default, NOW).outcome is not ALLOW, where


def test_freight_is_kept_apart_where_it_is_told(default):
    order = {"order__amounts": OrderAmounts(paid=PAID + 800, freight=Fen(800))}
    mine = {"case__amounts__requested": Fen(PAID - 100), "case__amounts__freight": Fen(0)}
    verdict, check = told(default, sibling(Fen(900), freight=Fen(800)), **order, **mine)
    assert (verdict.outcome, check.fact.value) == (ALLOW, "1.00")


@pytest.mark.parametrize(
    ("other", "changes", "missing"),
    [
        (sibling(), {}, "siblings"),
        (sibling(Fen(1)), {"case__amounts__requested": None}, "case.amounts.requested"),
        (sibling(Fen(1), line=""), {"order__amounts": OrderAmounts()}, "order.amounts.paid"),
    ],
)
def test_what_is_not_known_is_for_a_person(default, other, changes, missing):
    verdict, check = told(default, other, **changes)
    assert (verdict.outcome, check.outcome) == (HUMAN, HUMAN)
    assert missing in check.missing
    assert missing in verdict.missing


def test_goods_whose_price_went_back_do_not_go_out_once_more(default):
    exchange = {"case__kind": Kind.EXCHANGE, "case__amounts__requested": None}
    assert told(default, sibling(PAID), **exchange)[0].outcome is DENY
    assert told(default, sibling(PAID - 1), **exchange)[1].outcome is ALLOW
