"""A shop's own conditions: good ones hold, bad ones are refused when the pack is loaded, none runs long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.conftest import layer

from omnishop.model import Fen, Kind, ReasonClass, aware
from omnishop.policy.clocks import timekeeper
from omnishop.policy.conditions import BadCondition, condition
from omnishop.policy.facts import NAMES, Facts, Happening, Subject
from omnishop.policy.layers import BadPack
from omnishop.policy.shipped import shipped

FACTS = Facts(
    Subject.CASE,
    "1",
    platform="p",
    shop_id="7",
    kind=Kind.RETURN_REFUND,
    amount=Fen(50_000),
    vip=True,
    happened={Happening.APPLIED: aware("2026-03-02T10:00:00"), Happening.RESPONDED: None},
).named()


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("amount_fen > 49999", True),
        ("amount_fen > 50000", False),
        ("amount_fen / 100 >= 500", True),
        ('kind == "return_refund" and vip', True),
        ('kind in ["cancel", "refund_only"] or not vip', False),
        ('kind not in ["cancel"]', True),
        ("min([amount_fen, 3]) == 3", True),
        ('startsWith(platform, "p")', True),
        ("live_stream", None),
        ("vip or live_stream", None),
        ('reason == "quality"', None),
        ('sub_type != "damage"', None),
    ],
)
def test_a_condition_holds_or_not_or_cannot_be_told(text, holds):
    assert condition(text).holds(FACTS) is holds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "asks for no fact"),
        ("1 > 0", "asks for no fact"),
        ("amout_fen > 3", "no fact 'amout_fen'"),
        ('kind == "cancle"', 'kind is never "cancle"'),
        ('kind in ["cancel", "refnd"]', 'kind is never "refnd"'),
        ('kind not in ["refnd"]', 'kind is never "refnd"'),
        ("amount_fen / 0 > 1", "other than 0"),
        ("amount_fen / amount_fen > 1", "other than 0"),
        ("amount_fen / (1 - 1) > 1", "other than 0"),
        ("amount_fen", "yes or no"),
        ('amount_fen > "x"', "Unsupported type"),
        ("amount_fen > (", "Expected"),
        ("amount_fen >", "Unexpected"),
        ("vip amount_fen", "Incomplete"),
        ("map([1..999999999], # + 1) == amount_fen", "'.' is not part"),
        ("rand(9) > amount_fen", "no function 'rand'"),
        ('date("now") > amount_fen', "no function 'date'"),
        ('matches(platform, "(a+)+$")', "no function 'matches'"),
        ("amount_fen ^ 99999 > 1", "'^' is not part"),
        ("vip = false", "'=' is not part"),
        ("amount_fen > 1; vip", "';' is not part"),
        ("`${vip}`", "is not part"),
        ("amount_fen == null", "no fact 'null'"),
        ("(" * 30 + "vip" + ")" * 30, "brackets"),
        ("vip " + "and vip " * 500, "at most 1000"),
        ('platform == "a\\n"', "is not part"),
    ],
)
def test_a_bad_condition_is_refused(text, expected):
    with pytest.raises(BadCondition) as caught:
        condition(text)
    assert expected in str(caught.value)


@settings(max_examples=150, deadline=500)
@given(
    st.lists(
        st.sampled_from(
            [
                *NAMES,
                "and",
                "or",
                "not",
                "in",
                "(",
                ")",
                "[",
                "]",
                ",",
                "==",
                ">",
                "+",
                "-",
                "*",
                "/",
                "1",
                "99",
                '"x"',
                "len",
                "max",
            ]
        ),
        max_size=25,
    )
)
def test_any_words_give_an_answer_or_a_refusal(words):
    text = " ".join(words)
    try:
        found = condition(text)
    except BadCondition:
        return
    assert found.holds(FACTS) in {True, False, None}


@given(st.text(max_size=60))
def test_any_text_gives_an_answer_or_a_refusal(text):
    try:
        found = condition(text)
    except BadCondition:
        return
    assert found.holds(FACTS) in {True, False, None}


PACK = """
[conditions.SHOP-BIG]
title = "large returns first"
title_zh = "大额退货优先"
when = "amount_fen > 50000"
kinds = ["return_refund"]
set = { "SLA-FIRST.limit" = "2h" }
"""


@pytest.mark.parametrize(
    ("amount", "kind", "limit"),
    [
        (50_001, Kind.RETURN_REFUND, "2h"),
        (50_000, Kind.RETURN_REFUND, "24h"),
        (50_001, Kind.CANCEL, "24h"),
        (None, Kind.RETURN_REFUND, "24h"),
    ],
)
def test_a_condition_changes_the_clock_where_it_holds(amount, kind, limit):
    keeper = timekeeper(shipped(layer(PACK)).of("p", None, "7"))
    start = aware("2026-03-02T10:00:00")
    facts = Facts(
        Subject.CASE,
        "1",
        kind=kind,
        amount=amount,
        cls=ReasonClass.QUALITY,
        happened={Happening.APPLIED: start, Happening.RESPONDED: None},
    )
    clock = next(each for each in keeper.clocks(facts, start) if each.rule == "SLA-FIRST")
    assert clock.span.text == limit


@pytest.mark.parametrize(
    ("change", "key", "expected"),
    [
        (('"amount_fen > 50000"', '"amuont_fen > 1"'), "conditions.SHOP-BIG.when", "no fact 'amuont_fen'"),
        (('"amount_fen > 50000"', "3"), "conditions.SHOP-BIG.when", "a condition, as text"),
        (("SLA-FIRST.limit", "SLA-FRIST.limit"), "conditions.SHOP-BIG.set.SLA-FRIST.limit", "a clock's"),
        (("SLA-FIRST.limit", "SLA-FIRST.title"), "conditions.SHOP-BIG.set.SLA-FIRST.title", "a clock's"),
        (('"2h"', '"soon"'), "conditions.SHOP-BIG.set.SLA-FIRST.limit", "a time such as"),
    ],
)
def test_a_bad_condition_in_a_pack_names_file_and_key(change, key, expected):
    with pytest.raises(BadPack) as caught:
        shipped(layer(PACK.replace(*change))).of("p", None, "7")
    problem = caught.value.problems[0]
    assert (problem.file, problem.key) == ("own.toml", key)
    assert expected in problem.expected
