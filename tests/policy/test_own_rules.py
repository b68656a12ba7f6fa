"""A shop's own rules of judgement: they ask for more, never allow, never deny, and count as held where not known."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.casebook import NO_REASON, NOW, QUALITY, a_cancel, a_return, changed
from tests.policy.conftest import layer

from omnishop.model import Fen, Kind, Reason, Stage
from omnishop.policy.answers import Act, Level, Outcome, Role
from omnishop.policy.casefacts import PastRefund, Proof
from omnishop.policy.explain import explain
from omnishop.policy.judge import judge
from omnishop.policy.labels import fact_called
from omnishop.policy.layers import BadPack
from omnishop.policy.names import EVERY
from omnishop.policy.rules import carried
from omnishop.policy.shipped import shipped

HEAD = '[conditions.OWN]\ntitle = "watched goods"\ntitle_zh = "重点商品"\n'
PERSON = 'outcome = "needs_human"'
ID = "conditions.OWN"
AUTO = "[approvals.APR-AUTO]\nenabled = true\n"


def pack_of(when, *says, more=""):
    says = "\n".join(says)
    return shipped(layer(f"{more}\n{HEAD}when = {when!r}\n{says}\n")).of("p", None, "7")


def judged(facts, when, *says, more=""):
    return judge(facts, pack_of(when, *says, more=more), NOW)


@pytest.mark.parametrize(
    ("paid", "outcome"), [(29_999, Outcome.ALLOW), (30_000, Outcome.ALLOW), (30_001, Outcome.NEEDS_HUMAN)]
)
def test_a_person_is_asked_from_one_fen_above_on(paid, outcome):
    facts = a_return(case__amounts__requested=Fen(paid))
    verdict = judged(facts, "amount_fen > 30000", PERSON)
    assert verdict.outcome is outcome
    assert (verdict.rule == ID) is (outcome is Outcome.NEEDS_HUMAN)
    assert (ID in {each.rule for each in verdict.fired}) is (outcome is Outcome.NEEDS_HUMAN)


def test_the_verdict_says_what_the_shop_calls_its_rule():
    verdict = judged(a_return(), "amount_fen > 1", PERSON)
    [check] = [each for each in verdict.checks if each.rule == ID]
    assert check.fact is not None
    assert (check.fact.path, check.fact.value) == ("case.amounts.requested", "29900")
    assert "重点商品 (conditions.OWN" in explain(verdict, "zh")
    assert "watched goods (conditions.OWN" in explain(verdict, "en")
    agree = next(each for each in verdict.next if each.act is Act.AGREE_RETURN)
    assert (agree.allowed, agree.key, agree.rule) == (False, "undecided", ID)


def test_what_cannot_be_told_counts_as_holding():
    unknown = changed(a_return(), buyer__vip=None)
    verdict = judged(unknown, "not vip", PERSON, 'approval = "leader"')
    [check] = [each for each in verdict.checks if each.rule == ID]
    assert (check.outcome, check.missing) == (Outcome.NEEDS_HUMAN, ("buyer.vip",))
    assert "buyer.vip" in verdict.missing
    assert verdict.approval.role is Role.LEADER


def test_a_class_that_nobody_could_tell_may_be_the_one():
    told = 'classes = ["quality"]'
    vague = a_return(case__reason=Reason(detail="随便写写"))
    assert judged(vague, "pieces == 1", PERSON, told).outcome is Outcome.NEEDS_HUMAN
    assert judged(a_return(), "pieces == 1", PERSON, told).outcome is Outcome.ALLOW


def test_a_refusal_is_still_a_violation():
    """No rule of the shop's own hides that an eligible case was refused."""
    verdict = judged(changed(a_return(), case__stage=Stage.REFUSED, parcels=()), "pieces == 1", PERSON)
    assert verdict.outcome is Outcome.NEEDS_HUMAN
    assert "ELG-MALICIOUS-REFUSE" in {each.rule for each in verdict.warnings}
    refuse = next(each for each in verdict.next if each.act is Act.REFUSE)
    assert not refuse.allowed


def test_what_is_for_a_person_anyway_keeps_its_reason():
    verdict = judged(changed(a_return(), known__advanced=None), "pieces == 1", PERSON)
    assert (verdict.outcome, verdict.rule) == (Outcome.NEEDS_HUMAN, "RES-ADVANCE")
    assert ID in {each.rule for each in verdict.checks}


@pytest.mark.parametrize("role", ["supervisor", "leader"])
def test_a_yes_from_above(role):
    facts = a_cancel(case__amounts__requested=Fen(5_000))
    assert judge(facts, shipped().of("p"), NOW).approval.role is Role.AGENT
    verdict = judged(facts, "paid_fen >= 29900", f'approval = "{role}"')
    assert verdict.approval.role == role
    assert ID in verdict.approval.rules
    assert judged(facts, "paid_fen > 29900", f'approval = "{role}"').approval.role is Role.AGENT


def test_evidence_of_the_shops_own_choosing():
    wants = 'wants = { film = { what = "video", by = ["buyer"], count = 1 } }'
    verdict = judged(a_return(), 'reason == "no_reason"', wants)
    assert [(each.what, each.wanted, each.there) for each in verdict.evidence if each.rule == ID] == [
        (Proof.VIDEO, 1, 0)
    ]
    quality = judged(a_return(case__reason=QUALITY), 'reason == "no_reason"', wants)
    assert not [each for each in quality.evidence if each.rule == ID]


def test_doubt_raises_the_level_and_is_missing_where_not_known():
    many = (PastRefund(NOW), PastRefund(NOW))
    facts = changed(a_return(), buyer__history__refunds=many)
    verdict = judged(facts, "buyer_refunds >= 2", "points = 500")
    assert verdict.risk.level is Level.HIGH
    assert (verdict.risk.signals[-1].rule, verdict.risk.signals[-1].points) == (ID, 500)
    assert verdict.outcome is Outcome.ALLOW
    assert judged(facts, "buyer_refunds >= 3", "points = 500").risk.level is Level.LOW
    untold = judged(changed(facts, buyer__history__refunds=None), "buyer_refunds >= 2", "points = 500")
    assert "buyer.history.refunds" in untold.risk.missing
    assert not [each for each in untold.risk.signals if each.rule == ID]


@pytest.mark.parametrize(("asked", "over"), [(500, False), (501, True)])
def test_a_cap_on_what_a_buyer_who_keeps_the_goods_gets(asked, over):
    facts = a_return(
        case__kind=Kind.REFUND_ONLY,
        case__reason=QUALITY,
        case__amounts__requested=Fen(asked),
        known__confirmed=True,
        known__keeps_goods=True,
    )
    verdict = judged(facts, "pieces == 1", 'cap = "5.00"')
    assert (ID, Fen(500)) in {(each.rule, each.amount) for each in verdict.caps}
    agree = next(each for each in verdict.next if each.act is Act.AGREE)
    assert (agree.key == "over_cap") is over
    capped = [each for each in verdict.remedies if any(ID in term.en for term in each.conditions)]
    assert capped
    assert all(each.gives is not None and each.gives <= 500 for each in capped)


def test_agreeing_by_itself_heeds_them():
    more = AUTO + 'kinds = ["cancel"]\namount = "100.00"\n'
    facts = a_cancel(case__reason=NO_REASON, case__amounts__requested=Fen(5_000))
    free = judged(facts, "amount_fen > 10000000", PERSON, more=more)
    assert free.approval.auto
    for says in (
        PERSON,
        'approval = "supervisor"',
        "points = 500",
        'wants = { film = { what = "video", by = ["buyer"], count = 1 } }',
    ):
        assert not judged(facts, "amount_fen > 1", says, more=more).approval.auto
        assert not judged(
            changed(facts, buyer__history__orders=None), "buyer_orders < 1", says, more=more
        ).approval.auto


@pytest.mark.parametrize(
    ("says", "key", "expected"),
    [
        ((), "conditions.OWN", "one of set, outcome"),
        (('outcome = "deny"',), "conditions.OWN.outcome", "needs_human"),
        (('outcome = "allow"',), "conditions.OWN.outcome", "needs_human"),
        (('approval = "agent"',), "conditions.OWN.approval", "leader"),
        (("points = 0",), "conditions.OWN.points", "greater than or equal to 1"),
        (('cap = "-1.00"',), "conditions.OWN.cap", "not below zero"),
        (("cap = 5",), "conditions.OWN.cap", "yuan as text"),
        (
            ('wants = { a = { what = "dance", by = ["buyer"], count = 1 } }',),
            "conditions.OWN.wants.a.what",
            "photo",
        ),
        (('set = { "SLA-FIRST.limit" = "1h" }',), "conditions.OWN", "not by angry"),
    ],
)
def test_what_a_rule_may_not_say_is_told_with_its_key(says, key, expected):
    with pytest.raises(BadPack) as caught:
        pack_of("angry", *says)
    [problem] = caught.value.problems
    assert (problem.file, problem.key) == ("own.toml", key)
    assert expected in problem.expected


def test_every_fact_that_they_may_name_is_called_something():
    nameless = {"case", "case.platform", "case.shop_id"}
    assert not [
        name.path
        for name in EVERY.values()
        if name.path not in nameless and fact_called(name.path).zh == name.path
    ]


def test_what_they_say_is_shown_as_the_shops_own_and_their_title_is_not():
    keys = [each.key for each in judged(a_return(), "pieces == 1", PERSON).overrides]
    assert keys == ["conditions.OWN.outcome", "conditions.OWN.when"]


def test_they_are_listed_with_the_rules():
    rules = {rule.id: rule for rule in carried(pack_of("angry", PERSON))}
    rule = rules[ID]
    assert (rule.title_zh, rule.source, rule.where) == ("重点商品", "shop", "own.toml: conditions.OWN")
    assert rule.value == {"when": "angry", "outcome": "needs_human"}


WHEN = {str: '{} != "x"', int: "{} >= 0", bool: "{} or not {}"}


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(EVERY)),
    says=st.sampled_from([PERSON, 'approval = "leader"', "points = 900", 'cap = "0.00"']),
    facts=st.sampled_from([a_return(), a_cancel(), a_return(case__reason=QUALITY, known__confirmed=False)]),
)
def test_none_of_them_ever_makes_a_case_easier(name, says, facts):
    values = EVERY[name].values
    when = WHEN[EVERY[name].type].format(name, name)
    if values:
        when = f'{name} == "{min(values)}"'
    before, after = judge(facts, shipped().of("p", None, "7"), NOW), judged(facts, when, says)
    assert after.outcome in {before.outcome, Outcome.NEEDS_HUMAN}
    assert after.outcome is not Outcome.ALLOW or before.outcome is Outcome.ALLOW
    allowed = {each.act for each in before.next if each.allowed}
    eased = {each.act for each in after.next if each.allowed} - allowed
    assert not eased & {Act.AGREE, Act.AGREE_RETURN, Act.REFUND, Act.REFUSE, Act.REFUSE_RETURN}
    assert attrs.evolve(after.risk, signals=()).points >= before.risk.points


def test_the_page_names_every_fact_they_may_use():
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    assert not [name for name in EVERY if f"`{name}`" not in page]
