"""A verdict in words: first what to do, then why, then what is not known; nothing that only a program would say."""

from __future__ import annotations

import pytest
from tests.policy.casebook import LAST, NOW, QUALITY, SECOND, a_cancel, a_return

from omnishop.model import Consequence, Deadline, Favours, Fen, aware
from omnishop.policy import labels
from omnishop.policy.answers import Act, Level, Outcome, Role
from omnishop.policy.casefacts import FactSource, Party, Proof
from omnishop.policy.clocks import State
from omnishop.policy.explain import explain
from omnishop.policy.judge import judge
from omnishop.policy.pack import Breach

DEADLINE = Deadline(NOW + 60 * SECOND, Consequence.AGREES, Favours.BUYER, extendable=False)


def test_it_begins_with_the_verdict_and_what_to_do(default):
    verdict = judge(a_return(case__deadline=DEADLINE), default, NOW)
    zh, en = explain(verdict, "zh").splitlines(), explain(verdict, "en").splitlines()
    assert zh[:4] == [
        "结论: 符合条件 (ELG-7D)",
        "原因归类: 无理由 / seven_days",
        "现在可以做:",
        "  同意退货/换货, 须主管批准",
    ]
    assert en[:4] == [
        "Verdict: eligible (ELG-7D)",
        "Reason: no reason / seven_days",
        "What may be done now:",
        "  agree to the return, approved by the supervisor",
    ]
    assert (
        zh[5] == "  平台倒计时: 即将超时, 截止 2026-03-06 12:01:00, 超时: 自动同意, 有利于买家 (SLA-PLATFORM)"
    )


def test_it_says_the_deciding_fact_and_where_it_comes_from(default):
    told = explain(judge(a_return(case__opened_at=LAST + SECOND), default, NOW), "zh")
    assert (
        "不符合条件: 已过签收后 7 天 (至 2026-03-10 00:00:00) (ELG-7D; 申请时间 = 2026-03-10T00:00:01+08:00, 平台)"
        in told
    )
    assert "下次使用的优惠券: 成本 10.00 元" in told


def test_it_names_what_is_missing_in_words(default):
    told = explain(judge(a_return(case__reason=QUALITY, evidence=None), default, NOW), "zh")
    assert "尚不知道: 买家所述是否核实、已有凭证、问题严重程度" in told
    assert "known." not in told
    assert "照片 (买家): 需 2, 现有 ? (EVD-QUALITY)" in told


def test_it_says_why_a_case_is_not_agreed_to_by_itself(default):
    told = explain(judge(a_cancel(case__amounts__requested=Fen(5_001)), default, NOW), "en")
    assert "not by itself, for want of: the shop has switched it on; at most 50.00 yuan (APR-AUTO)" in told


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (labels.OUTCOMES, Outcome),
        (labels.LEVELS, Level),
        (labels.ROLES, Role),
        (labels.ACTS, Act),
        (labels.PARTIES, Party),
        (labels.PROOFS, Proof),
        (labels.SOURCES, FactSource),
        (labels.STATES, State),
        (labels.BREACHES, Breach),
    ],
)
def test_everything_has_its_name_in_both_languages(table, values):
    assert set(table) == set(values)
    for text in table.values():
        assert text.en.isascii()
        assert any("一" <= sign <= "鿿" for sign in text.zh)


def test_beyond_the_published_calendar_no_day_is_told_as_the_limit(default):
    late = a_return(
        case__opened_at=aware("2026-12-20T10:00:00"), order__delivered_at=aware("2026-12-18T10:00:00")
    )
    verdict = judge(late, default, aware("2026-12-21T10:00:00"))
    for lang, told in (
        ("zh", "不早于 2027-01-22 00:00:00, 2027 年日历未知"),
        ("en", "not before 2027-01-22 00:00:00, calendar of 2027 unknown"),
    ):
        [line] = [each for each in explain(verdict, lang).splitlines() if "(SLA-AFTERSALE-WHOLE)" in each]
        assert told in line


def test_the_reason_is_called_by_its_name_where_the_pack_is_at_hand(default):
    verdict = judge(a_return(case__reason=QUALITY), default, NOW)
    assert "原因归类: 质量问题 / 破损瑕疵" in explain(verdict, "zh", default.pack)
    assert "原因归类: 质量问题 / damage" in explain(verdict, "zh")
