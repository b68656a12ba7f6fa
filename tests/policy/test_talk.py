"""Plain words, progress, frequent questions, product facts and care, each at its boundaries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.conftest import layer

from omnishop.errors import ConfigError
from omnishop.model import Case, Fen, Stage, aware
from omnishop.policy.care import BuyerSeen, Group, care
from omnishop.policy.layers import BadPack
from omnishop.policy.pack import Level
from omnishop.policy.plainness import hints
from omnishop.policy.progress import Changed, Heard, Sent, changed, tellings
from omnishop.policy.questions import ProductFact, questions
from omnishop.policy.shipped import shipped
from omnishop.policy.talking import Change
from omnishop.policy.wording import linter

SECOND = timedelta(seconds=1)
NOW = aware("2026-06-15T10:00")


def own(text):
    return shipped(layer(text)).of("p", None, "7")


# ---------------------------------------------------------------- COM-PLAIN


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("您" * 80, []),
        ("您" * 81, ["long_sentence"]),
        ("您" * 75 + "。" + "您" * 75 + "!" + "您" * 75 + "?" + "您" * 72, []),  # 300
        ("您" * 75 + "。" + "您" * 75 + "!" + "您" * 75 + "?" + "您" * 73, ["long_text"]),
        ("您 " * 80, []),  # spaces do not count
        ("明天发货", ["impolite"]),
        ("明天为您发货", []),
        ("请查收", []),
        ("", []),
        ("  \n", []),
    ],
)
def test_com_plain_is_short_and_polite(default, text, kinds):
    found = hints(text, default)
    assert [each.kind for each in found] == kinds
    assert all((each.rule, each.level) == ("COM-PLAIN", Level.HINT) for each in found)


def test_com_plain_names_the_place(default):
    (found,) = hints("您好\n" + "您" * 81, default)
    assert (found.line, found.column, found.start, found.end) == (2, 1, 3, 84)


def test_com_plain_jargon_raises_only_a_hint(default):
    (found,) = linter(default).lint("您的SKU已发出", NOW)
    assert (found.rule, found.level) == ("COM-PLAIN", Level.HINT)


def test_com_plain_is_what_a_shop_says(default):
    effective = own('[talk.plain]\ntext = 3\npolite = ["哈喽"]')
    assert [each.kind for each in hints("您好呀您", effective)] == ["long_text", "impolite"]


@given(st.text(max_size=200))
def test_com_plain_reads_any_text(text):
    effective = shipped().of()
    for each in hints(text, effective):
        assert 0 <= each.start < each.end <= len(text)


# ---------------------------------------------------------------- COM-PROGRESS


def heard(change, *messages, now=NOW, effective=None):
    sent = [Sent(at, text) for at, text in messages]
    (found,) = tellings([change], sent, effective or shipped().of(), now)
    return found


AT = aware("2026-06-14T10:00")


@pytest.mark.parametrize(("what", "hours"), [(Change.STATUS, 24), (Change.DELAY, 2), (Change.RESULT, 24)])
@pytest.mark.parametrize(("late", "expected"), [(timedelta(0), Heard.IN_TIME), (SECOND, Heard.LATE)])
def test_com_progress_is_in_time_at_the_limit(what, hours, late, expected):
    at = AT + timedelta(hours=hours) + late
    told = heard(Changed(what, AT), (at, "由于快递爆仓, 您的包裹会晚到"), now=at)
    assert (told.heard, told.heard_at, told.due) == (expected, at, AT + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("now", "expected"),
    [(AT + timedelta(hours=24), Heard.OWED), (AT + timedelta(hours=24) + SECOND, Heard.OVERDUE)],
)
def test_com_progress_silence_is_owed_and_then_overdue(now, expected):
    assert heard(Changed(Change.STATUS, AT), now=now).heard is expected
    before = (AT - SECOND, "已为您处理")
    assert heard(Changed(Change.STATUS, AT), before, now=now).heard is expected


def test_com_progress_a_delay_needs_its_cause():
    at = AT + timedelta(hours=1)
    told = heard(Changed(Change.DELAY, AT), (at, "您的包裹会晚到, 抱歉"), now=at)
    assert (told.heard, told.no_cause) == (Heard.OWED, True)
    told = heard(Changed(Change.DELAY, AT), (at, "您的包裹会晚到, 原因是大雪"), now=at)
    assert (told.heard, told.no_cause) == (Heard.IN_TIME, False)
    assert heard(Changed(Change.STATUS, AT), (at, "会晚到"), now=at).heard is Heard.IN_TIME


def test_com_progress_one_message_tells_of_all_before_it():
    changes = [Changed(Change.STATUS, AT), Changed(Change.RESULT, AT + timedelta(hours=3))]
    found = tellings(changes, [Sent(AT + timedelta(hours=4), "已退款")], shipped().of(), NOW)
    assert [each.heard for each in found] == [Heard.IN_TIME, Heard.IN_TIME]
    found = tellings(changes, [Sent(AT + timedelta(hours=2), "处理中")], shipped().of(), NOW)
    assert [each.heard for each in found] == [Heard.IN_TIME, Heard.OWED]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, Stage.REQUESTED, Change.STATUS),
        (Stage.REQUESTED, Stage.REFUNDING, Change.STATUS),
        (Stage.REFUNDING, Stage.SUCCEEDED, Change.RESULT),
        (Stage.REQUESTED, Stage.CLOSED, Change.RESULT),
        (Stage.REQUESTED, Stage.REQUESTED, None),
    ],
)
def test_com_progress_of_two_readings_of_a_case(before, after, expected):
    def case(stage):
        return None if stage is None else Case("p", "claim", "1", stage=stage, changed_at=AT)

    found = changed(case(before), case(after))
    assert (found and found.what) == expected
    assert changed(None, Case("p", "claim", "1", stage=Stage.REQUESTED)) is None


def test_com_progress_wants_a_zone():
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(ConfigError, match="zone"):
        heard(Changed(Change.STATUS, naive))
    with pytest.raises(ConfigError, match="zone"):
        heard(Changed(Change.STATUS, AT), (naive, "x"))


# ---------------------------------------------------------------- COM-FAQ


@pytest.fixture(scope="module")
def asked(default):
    return questions(default)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("请问什么时候发货?", "ship"),
        ("我的快递到哪了", "track"),
        ("这个怎么退货呀", "return"),
        ("退款多久到账", "refund"),
        ("能开发票吗", "invoice"),
        ("地址写错了能改地址吗", "address"),
        ("退货运费谁出", "freight"),
        ("今天天气真好", None),
        ("", None),
        ("开票 包邮吗", None),  # two questions: half an answer is none
    ],
)
def test_com_faq_answers_in_the_buyers_words_or_hands_over(asked, text, topic):
    found = asked.answer(text)
    if topic is None and found is not None:
        pytest.fail(f"answered by {found}")
    assert (found and found.topic) == topic


def test_com_faq_a_shop_adds_its_own_topics():
    effective = own(
        '[talk.faq.topics.a]\ntitle = "a"\ntitle_zh = "甲"\nphrases = ["甲乙"]\nanswer = "一"\n'
        '[talk.faq.topics.b]\ntitle = "b"\ntitle_zh = "乙"\nphrases = ["丙丁"]\nanswer = "二"'
    )
    rules = questions(effective)
    assert rules.answer("甲乙丙丁") is None
    assert rules.answer("甲乙").answer == "一"


def test_com_faq_every_answer_may_go_out(default):
    lint = linter(default)
    for topic in default.pack.talk.faq.topics.values():
        assert not lint.lint(topic.answer, NOW), topic.title
        assert not hints(topic.answer, default), topic.title


def test_com_faq_gathers_what_is_asked_and_what_nothing_answers(asked):
    found = asked.gather(["什么时候发货", "啥时候发", "会唱歌吗", "会唱歌吗", "会 唱歌 吗", "能飞吗", " "])
    assert found.topics == {"ship": 2}
    assert found.unanswered == (("会唱歌吗", 3), ("能飞吗", 1))


@given(st.text(max_size=100))
def test_com_faq_reads_any_text(text):
    rules = questions(shipped().of())
    rules.answer(text)
    rules.product("s", text)


# ---------------------------------------------------------------- COM-PRODUCT


GOODS = '[talk.products.goods.s1]\nmaterial = "100% 棉"\nspecification = "M: 胸围 100 cm"'


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("这是什么面料", [ProductFact("material", "100% 棉")]),
        (
            "尺码和面料呢",
            [ProductFact("specification", "M: 胸围 100 cm"), ProductFact("material", "100% 棉")],
        ),
        ("适合孩子穿吗", [ProductFact("for_whom", None)]),
        ("跟那款有什么区别", [ProductFact("against", None)]),
        ("什么功能", [ProductFact("function", None)]),
        ("你好", []),
    ],
)
def test_com_product_tells_what_is_written_and_nothing_else(text, facts):
    assert list(questions(own(GOODS)).product("s1", text)) == facts


def test_com_product_names_what_nobody_has_written():
    rules = questions(own(GOODS))
    assert rules.unwritten("s1") == ("function", "for_whom", "against")
    assert rules.unwritten("other") == ("function", "specification", "material", "for_whom", "against")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[talk.products.goods.s1]\ncolour = "red"', "talk.products.goods.s1.colour"),
        ('[talk.care.handling]\nrich = "x"', "talk.care.handling.rich"),
        (
            "[talk.faq.topics.a]\ntitle = 'a'\ntitle_zh = '甲'\nphrases = []\nanswer = '一'",
            "talk.faq.topics.a.phrases",
        ),
        ("[talk.progress]\nwithin = 3", "talk.progress.within"),
    ],
)
def test_a_pack_that_does_not_fit_is_told_so(text, key):
    with pytest.raises(BadPack) as caught:
        own(text)
    assert key in {problem.key for problem in caught.value.problems}


# ---------------------------------------------------------------- COM-CARE


@pytest.mark.parametrize(
    ("facts", "groups"),
    [
        ({"paid": Fen(99_999)}, []),
        ({"paid": Fen(100_000)}, [Group.HIGH_VALUE]),
        ({"problems": 1}, []),
        ({"problems": 2}, [Group.PROBLEM]),
        ({"orders": 1}, [Group.FIRST_TIME]),
        ({"orders": 2}, [Group.REGULAR]),
        ({"score": 3}, []),
        ({"score": 4}, [Group.SATISFIED]),
        ({}, []),
        (
            {"paid": Fen(200_000), "problems": 3, "orders": 9, "score": 5},
            [Group.HIGH_VALUE, Group.PROBLEM, Group.REGULAR, Group.SATISFIED],
        ),
    ],
)
def test_com_care_groups_begin_at_their_numbers(default, facts, groups):
    found = care(BuyerSeen(**facts), default.pack.talk.care, NOW)
    assert list(found.groups) == groups
    assert len(found.handling) == len(groups)
    assert set(found.missing) == {"orders", "paid", "problems", "score"} - set(facts)
    assert found.offers is (None if "score" not in facts else facts["score"] >= 4)


@pytest.mark.parametrize(
    ("ago", "overdue"), [(timedelta(days=90), False), (timedelta(days=90, seconds=1), True)]
)
def test_com_care_contact_is_due_every_ninety_days(default, ago, overdue):
    found = care(BuyerSeen(contacted_at=NOW - ago), default.pack.talk.care, NOW)
    assert (found.contact_due, found.overdue) == (NOW - ago + timedelta(days=90), overdue)
    later = BuyerSeen(contacted_at=NOW - timedelta(days=200), bought_at=NOW - ago)
    assert care(later, default.pack.talk.care, NOW).overdue is overdue
    assert care(BuyerSeen(), default.pack.talk.care, NOW).contact_due is None


def test_com_care_privileges_are_the_shops(default):
    assert care(BuyerSeen(level="gold"), default.pack.talk.care, NOW).privilege == "优先处理, 退货免运费"
    assert care(BuyerSeen(level="tin"), default.pack.talk.care, NOW).privilege is None
    effective = own('[talk.care.privileges]\ntin = "生日券"')
    assert care(BuyerSeen(level="tin"), effective.pack.talk.care, NOW).privilege == "生日券"


def test_com_care_wants_a_zone(default):
    with pytest.raises(ConfigError, match="zone"):
        care(BuyerSeen(), default.pack.talk.care, NOW.replace(tzinfo=None))
