"""Verdicts under a shop's own pack: its numbers, the law as floor, automatic agreement, and who said what."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from tests.policy.casebook import LAST, NOW, SECOND, a_cancel, a_return
from tests.policy.conftest import layer

from omnishop.acts import Verb
from omnishop.errors import ConfigError
from omnishop.model import Fen, Stage, aware
from omnishop.policy.answers import Act, Level, Outcome, Role
from omnishop.policy.casefacts import Returned
from omnishop.policy.judge import bench, judge
from omnishop.policy.layers import BadPack
from omnishop.policy.options import KEYS
from omnishop.policy.shipped import shipped


@cache
def pack(text, kind):
    return shipped(layer(text, kind)).of("p", None, "7", aware("2026-11-05T00:00:00"))


def under(text, facts, kind="shop"):
    return judge(facts, pack(text, kind), NOW)


AUTO = "[approvals.APR-AUTO]\nenabled = true"


@pytest.mark.parametrize(
    ("facts", "auto"),
    [
        (a_cancel(case__amounts__requested=Fen(5_000)), True),
        (a_cancel(case__amounts__requested=Fen(5_001)), False),
        (a_cancel(case__amounts__requested=Fen(5_000), known__cancelled=None), False),
        (a_cancel(case__amounts__requested=Fen(5_000), buyer__blacklisted=None), False),
        (a_cancel(case__amounts__requested=Fen(5_000), buyer__history__refunds=None), False),
        (a_cancel(case__amounts__requested=Fen(5_000), known__reason_changes=2), False),
        (a_cancel(case__amounts__requested=Fen(5_000), siblings=None), False),
        (a_cancel(case__amounts__requested=Fen(5_000), known__advanced=None), False),
        (a_cancel(case__amounts__requested=Fen(5_000), case__dispute=None), False),
        (a_return(case__amounts__requested=Fen(5_000)), False),
    ],
)
def test_automatic_only_where_every_condition_holds(facts, auto):
    assert under(AUTO, facts).approval.auto is auto
    assert under("", facts).approval.auto is False


def test_automatic_agreement_is_a_rule_that_fired():
    verdict = under(AUTO, a_cancel(case__amounts__requested=Fen(5_000)))
    assert "APR-AUTO" in [each.rule for each in verdict.fired]
    assert [(each.key, each.value, each.layer, each.file) for each in verdict.overrides] == [
        ("approvals.APR-AUTO.enabled", "True", "shop", "own.toml")
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[eligibility.ELG-7D]\nwithin = "6d"', "eligibility.ELG-7D.within"),
        ('[eligibility.ELG-LAW]\nno_reason = "3d"', "eligibility.ELG-LAW.no_reason"),
        ('[eligibility.ELG-LAW]\nno_reason = "9d"', "eligibility.ELG-LAW.no_reason"),
        ('[clocks.SLA-REFUND-RECEIVED]\nlimit = "169h"', "clocks.SLA-REFUND-RECEIVED.limit"),
        ('[clocks.SLA-REFUND-RECEIVED]\nlimit = "8wd"', "clocks.SLA-REFUND-RECEIVED.limit"),
        ("[eligibility.ELG-7D-MARKED]\nrequired = false", "eligibility.ELG-7D-MARKED.required"),
        ('[eligibility.ELG-7D]\nwithin = "7h"', "eligibility.ELG-7D.within"),
        ('[eligibility.ELG-7D-CUSTOM]\noutcome = "maybe"', "eligibility.ELG-7D-CUSTOM.outcome"),
        ("[risks.RSK-SCORE]\nhigh = 29", "risks.RSK-SCORE.high"),
        ("[resolutions.RES-CHOICES]\nmost = 1", "resolutions.RES-CHOICES.most"),
        ('[approvals.APR-TEMPLATE.steps]\nallow = ["F99"]', "approvals.APR-TEMPLATE.steps.allow"),
        ('[judging]\norder_clocks = ["SLA-NONE"]', "judging.order_clocks"),
        ('[approvals.APR-AUTO]\namount = "-1.00"', "approvals.APR-AUTO.amount"),
        ("[eligibility.ELG-8D]\nwithin = 3", "eligibility.ELG-8D"),
    ],
)
def test_no_pack_is_harsher_than_the_law_nor_out_of_order(text, key):
    """ELG-LAW."""
    with pytest.raises(BadPack) as caught:
        under(text, a_return())
    problem = caught.value.problems[0]
    assert (problem.file, problem.key) == ("own.toml", key)
    assert any("一" <= sign <= "鿿" for sign in problem.told("zh"))


def test_the_law_lets_a_pack_be_exactly_as_strict_or_kinder():
    """ELG-LAW: 7 d of the law and 168 h are the same; 15 d are kinder."""
    assert under('[clocks.SLA-REFUND-RECEIVED]\nlimit = "168h"', a_return()).outcome is Outcome.ALLOW
    kinder = '[eligibility.ELG-7D]\nwithin = "15d"'
    late = a_return(case__opened_at=LAST + SECOND)
    assert under("", late).outcome is Outcome.DENY
    assert under(kinder, late).outcome is Outcome.ALLOW
    assert under(kinder, a_return(case__opened_at=aware("2026-03-18T00:00:01"))).outcome is Outcome.DENY


@pytest.mark.parametrize("kind", ["shop", "platform", "period"])
def test_numbers_of_every_section_may_be_overridden_and_are_named(kind):
    rows = {
        "approvals.APR-FASTLANE": ('amount = "1.00"', lambda v: v.approval.fast_lane, False),
        "risks.RSK-SCORE": ("middle = 20", lambda v: v.risk.level, Level.MIDDLE),
        "priorities.PRI-URGENT": ('amount = "40.00"', lambda v: v.priority.level, Level.HIGH),
        "resolutions.RES-KEEP-CAP.parts": ('handling = "1.23"', lambda v: v.caps[0].amount, Fen(2_123)),
    }
    facts = a_return(case__amounts__requested=Fen(5_000), buyer__history__same_address=2)
    text = "\n".join(f"[{table}]\n{said}" for table, (said, _, _) in rows.items())
    verdict = under(text, facts, kind)
    for table, (said, probe, expected) in rows.items():
        assert probe(verdict) == expected, table
        assert probe(under("", facts)) != expected, table
        key = f"{table}.{said.split()[0]}"
        if probe is not rows["approvals.APR-FASTLANE"][1]:  # it did not fire, which is what was asked for
            assert key in [each.key for each in verdict.overrides]
    assert {each.layer for each in verdict.overrides} == {kind}


def test_a_shop_may_let_agents_settle_returns():
    text = '[approvals.APR-SUPERVISOR]\nreturn_order = "agent"\nquality_form = "agent"'
    facts = a_return(case__amounts__requested=Fen(5_000))
    assert under(text, facts).approval.role is Role.AGENT
    assert under("", facts).approval.role is Role.SUPERVISOR


def test_every_act_is_answered_with_a_known_key(default):
    for stage in Stage:
        for facts in (a_return(case__stage=stage), a_cancel(case__stage=stage)):
            found = judge(facts, default, NOW).next
            assert [each.act for each in found] == list(Act)
            for each in found:
                assert each.key in KEYS
                assert each.allowed == (each.key == "ok")
                assert any("一" <= sign <= "鿿" for sign in each.why.zh)


def test_every_key_is_in_the_docs():
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    assert [key for key in KEYS if f"`{key}`" not in page] == []


def test_acts_are_named_as_the_desks_acts_are():
    assert {act.value for act in Act} <= {verb.value for verb in Verb}


def test_nothing_is_done_to_a_case_that_has_ended(default):
    for stage in (Stage.SUCCEEDED, Stage.CLOSED):
        verdict = judge(a_return(case__stage=stage, known__returned=Returned.INTACT), default, NOW)
        assert {each.key for each in verdict.next} == {"ended"}


OWN = """
[conditions.dear]
title = "dear goods are answered fast"
title_zh = "高价商品加急"
when = "amount_fen >= 29900"
kinds = ["return_refund"]
set = { "SLA-FIRST.limit" = "2h" }
"""


@pytest.mark.parametrize(("fen", "held"), [(29_900, True), (29_899, False), (None, False)])
def test_a_shops_own_condition_is_named_where_it_held(fen, held):
    facts = a_return(case__amounts__requested=fen, timeline__happened={"responded": None})
    verdict = under(OWN, facts)
    assert ("conditions.dear" in [each.rule for each in verdict.fired]) is held
    assert (
        ("conditions.dear.when", "shop") in [(each.key, each.layer) for each in verdict.overrides]
    ) is held
    first = next(each for each in verdict.clocks if each.rule == "SLA-FIRST")
    assert first.span.text == ("2h" if held else "24h")


def test_a_pack_is_made_ready_once(default):
    assert bench(default) is bench(default)


def test_now_needs_its_zone(default):
    with pytest.raises(ConfigError, match="now: a time needs its zone"):
        judge(a_return(), default, NOW.replace(tzinfo=None))


def test_a_time_without_zone_inside_the_facts_is_named(default):
    with pytest.raises(ConfigError, match="needs its zone"):
        judge(a_return(case__opened_at=NOW.replace(tzinfo=None)), default, NOW)
