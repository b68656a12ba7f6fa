"""Facts as people write them: what cannot be is named by its path, in both languages; nothing is guessed."""

from __future__ import annotations

import pytest
from tests.policy.casebook import NOW, a_return

from omnishop.errors import ConfigError
from omnishop.model import Fen
from omnishop.policy.answers import Outcome
from omnishop.policy.casefacts import FactSource
from omnishop.policy.judge import judge
from omnishop.policy.reading import dump_facts, read_facts, read_verdict

CASE = {"platform": "p", "source": "refund", "case_id": "1"}


def told(**more):
    return {"case": CASE, **more}


@pytest.mark.parametrize(
    ("data", "en", "zh"),
    [
        ([], "-: expected an object, got a list", "应为 对象"),
        ({}, "case: is required", "必填"),
        ({"case": {"platform": "p"}}, "case.source: is required", "必填"),
        ({"case": {**CASE, "case_id": 7}}, "case.case_id: expected text, got 7", "应为 文本"),
        ({"type": "verdict", "case": CASE}, "type: expected facts, not 'verdict'", "应为 facts"),
        (told(colour=1), "colour: no such fact", "没有此事实"),
        (
            told(known={"confirmd": True}),
            "known.confirmd: no such fact; did you mean confirmed?",
            "是否为 confirmed?",
        ),
        (
            told(known={"confirmed": "yes"}),
            "known.confirmed: expected true, false or null, got text",
            "true、false 或 null",
        ),
        (
            told(known={"severity": "bad"}),
            "known.severity: expected one of severe, plain, minor; got text",
            "之一",
        ),
        (told(known={"advanced": "-0.01"}), "known.advanced: money is not negative", "金额不得为负"),
        (told(known={"advanced": 1}), "known.advanced: expected yuan as text", "以元为单位的文本"),
        (told(known={"advanced": "1.005"}), "known.advanced: expected yuan as text", "以元为单位的文本"),
        (told(known={"advanced": True}), "known.advanced: expected yuan as text", "以元为单位的文本"),
        (
            told(known={"reason_changes": -1}),
            "known.reason_changes: expected a whole number from 0",
            "不小于 0 的整数",
        ),
        (
            told(known={"ship_within": "2wd"}),
            "known.ship_within: expected a time such as 48h",
            "时间, 如 48h",
        ),
        (told(known={"ship_within": 48}), "known.ship_within: expected a time such as", "时间"),
        (
            told(known={"goods": [{}, {"marked": 1}]}),
            "known.goods[1].marked: expected true, false or null",
            "null",
        ),
        (told(promises=[{}]), "promises[0].what: is required", "必填"),
        (
            told(promises=[{"what": "no_reason", "days": 30.0}]),
            "promises[0].days: expected a whole number",
            "整数",
        ),
        (
            told(buyer={"history": {"refunds": [{"at": "2026-01-01T00:00:00"}]}}),
            "buyer.history.refunds[0].at: a time needs its zone",
            "时间须带时区",
        ),
        (told(timeline={"happened": {"applid": None}}), "timeline.happened.applid: expected one of", "之一"),
        (
            told(timeline={"happened": {"applied": "soon"}}),
            "timeline.happened.applied: expected a time such as",
            "时间",
        ),
        (
            told(timeline={"happened": {"applied": "0001-01-01T00:00:00+08:00"}}),
            "expected a year from 1900",
            "1900",
        ),
        (told(sources={"known": "gossip"}), "sources.known: expected one of wire", "之一"),
        ({"case": {**CASE, "deadline": {}}}, "case.deadline.at: is required", "必填"),
        ({"case": {**CASE, "stage": "lost"}}, "case.stage: expected one of requested", "之一"),
        (
            {"case": {**CASE, "amounts": {"requested": "-1.00"}}},
            "case.amounts.requested: money is not negative",
            "负",
        ),
        ({"case": {**CASE, "type": "order"}}, "case.type: no such fact", "没有此事实"),
    ],
)
def test_what_cannot_be_is_named_by_its_path(data, en, zh):
    with pytest.raises(ConfigError) as caught:
        read_facts(data)
    assert en in caught.value.en
    assert zh in caught.value.zh


def test_a_buyers_words_are_not_repeated_in_errors():
    with pytest.raises(ConfigError) as caught:
        read_facts(told(known={"confirmed": "call me at 13800000000"}))
    assert "138" not in caught.value.en + caught.value.zh


def test_what_is_left_out_is_not_known_and_a_person_decides(default):
    facts = read_facts(told())
    verdict = judge(facts, default, NOW)
    assert verdict.outcome is Outcome.NEEDS_HUMAN
    assert {"case.kind", "known.advanced"} <= set(verdict.missing)
    assert not verdict.approval.auto


def test_records_may_come_as_their_own_json_says_them():
    data = dump_facts(a_return())
    data["case"]["type"], data["order"]["type"] = "case", "order"
    assert read_facts(data) == a_return()


def test_a_discount_may_be_a_surcharge():
    facts = a_return(order__amounts__discount=Fen(-100))
    assert read_facts(dump_facts(facts)) == facts


def test_a_source_holds_for_all_that_lies_below_it():
    facts = a_return(sources={"known": FactSource.IMPORTED, "known.confirmed": FactSource.WIRE})
    assert facts.source_of("known.goods.custom") is FactSource.IMPORTED
    assert facts.source_of("known.confirmed") is FactSource.WIRE
    assert facts.source_of("promises[0].days") is FactSource.REGISTER
    assert facts.source_of("case.opened_at") is FactSource.WIRE


def test_the_deciding_fact_carries_its_source(default):
    facts = a_return(known__advanced=Fen(1), sources={"known.advanced": FactSource.IMPORTED})
    (check,) = (each for each in judge(facts, default, NOW).checks if each.rule == "RES-ADVANCE")
    assert (check.fact.path, check.fact.value, check.fact.source) == (
        "known.advanced",
        "0.01",
        FactSource.IMPORTED,
    )


def test_a_verdict_of_another_type_is_refused():
    with pytest.raises(ConfigError, match="type: expected verdict"):
        read_verdict({"type": "facts"})
