"""Texts to buyers: what is blocked, what gets a suggestion, what is promised, and templates without gaps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.conftest import layer

from omnishop.errors import ConfigError
from omnishop.model import BEIJING, Case, CaseAmounts, CaseLine, Fen, ReasonClass, aware
from omnishop.policy.clocks import State, timekeeper
from omnishop.policy.facts import Facts, Subject
from omnishop.policy.pack import Level
from omnishop.policy.promises import promises
from omnishop.policy.shipped import shipped
from omnishop.policy.templates import FROM_CLASS, from_case, until, writer
from omnishop.policy.wording import linter

NOW = aware("2026-03-02T10:00:00")


@pytest.fixture(scope="module")
def lint(default):
    found = linter(default)
    return lambda text: found.lint(text, NOW)


@pytest.fixture(scope="module")
def promised(default):
    found = promises(default)
    return lambda text, said=NOW: found.promised(text, said)


@pytest.mark.parametrize(
    ("text", "kind", "level", "words"),
    [
        ("这个不能退", "negative", Level.CHANGE, "不能"),
        ("这样不可以的", "negative", Level.CHANGE, "不可以"),
        ("我也没办法", "negative", Level.CHANGE, "没办法"),
        ("是您自己操作的问题", "blame", Level.BLOCK, "是您自己操作的问题"),
        ("您想占便宜吧", "blame", Level.BLOCK, "想占便宜"),
        ("只能退货", "forced", Level.BLOCK, "只能退"),
        ("要么退货要么算了", "forced", Level.BLOCK, "要么退货要么"),
        ("保证给您全额退款", "authority", Level.BLOCK, "保证给您全额退"),
        ("好评返现5元", "paid_review", Level.BLOCK, "好评返现"),
        ("给五星晒图返红包", "paid_review", Level.BLOCK, "五星晒图返红包"),
        ("帮忙改好评, 给您退20", "paid_review", Level.BLOCK, "改好评,给您退"),
        ("好 评 返 现", "paid_review", Level.BLOCK, "好 评 返 现"),
        ("好\u200b评返现", "paid_review", Level.BLOCK, "好\u200b评返现"),
        ("这个SKU已经审单", "jargon", Level.HINT, "SKU"),
    ],
)
def test_what_should_not_go_out_is_found(lint, text, kind, level, words):
    found = [each for each in lint(text) if each.kind == kind]
    assert found, text
    rule = "COM-PLAIN" if kind == "jargon" else "COM-LINT"
    assert (found[0].rule, found[0].level) == (rule, level)
    assert found[0].words.replace(" ", "") == words.replace(" ", "")
    assert text[found[0].start : found[0].end] == found[0].words
    assert found[0].suggestion


@pytest.mark.parametrize(
    "text",
    [
        "能不能请您发一张照片",
        "请问可不可以换一个颜色",
        "我们可以为您退款或者换货, 您看哪一个合适?",
        "如果您满意, 欢迎分享真实感受",
        "感谢您的好评。红包活动请看店铺首页",
        "不是您自己的问题",
        "",
    ],
)
def test_what_may_go_out_is_let_through(lint, text):
    assert lint(text) == ()


@pytest.mark.parametrize(
    ("text", "blocked"),
    [
        ("补偿您50元", False),
        ("补偿您50.00元", False),
        ("补偿您50.01元", True),
        ("补偿您51元", True),
        ("给您返现 100 元", True),
    ],
)
def test_an_agent_may_promise_up_to_the_limit(lint, text, blocked):
    assert any(each.kind == "authority" and each.level is Level.BLOCK for each in lint(text)) is blocked


def test_a_shop_sets_its_own_limit_and_phrases():
    own = layer('[lint]\nfrontline = "10.00"\n[lint.rows.negative]\nphrases = ["不行哦"]')
    found = linter(shipped(own).of("p", None, "7"))
    assert [each.kind for each in found.lint("补偿您10.01元", NOW)] == ["authority"]
    assert [each.kind for each in found.lint("不行哦, 不能", NOW)] == ["negative"]


def test_a_place_is_line_and_column(lint):
    (found,) = lint("您好\n这个不能退")
    assert (found.line, found.column) == (2, 3)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请稍等", True),
        ("我们尽快处理", True),
        ("我们尽快处理, 24小时内答复您", False),
        ("请耐心等待, 明天18:00前会有结果", False),
        ("感谢您的耐心等待", False),
        ("已经为您处理好了", False),
    ],
)
def test_to_ask_for_patience_is_to_name_a_time(lint, text, found):
    assert any(each.rule == "COM-TIME" for each in lint(text)) is found


@pytest.mark.parametrize(
    ("text", "words", "due"),
    [
        ("我们会在24小时内回复您", "24小时内", "2026-03-03T10:00:00"),
        ("半小时内答复", "半小时内", "2026-03-02T10:30:00"),
        ("两个半小时内", "两个半小时内", "2026-03-02T12:30:00"),
        ("3天半内处理", "3天半内", "2026-03-05T22:00:00"),
        ("1-3天内发出", "1-3天内", "2026-03-05T10:00:00"),
        ("两天左右到账", "两天左右", "2026-03-04T10:00:00"),
        ("一周内", "一周内", "2026-03-09T10:00:00"),
        ("十五分钟内", "十五分钟内", "2026-03-02T10:15:00"),
        ("48小时发货", "48小时", "2026-03-04T10:00:00"),
        ("3个工作日内退款", "3个工作日内", "2026-03-06T00:00:00"),
        ("明天下午5点前", "明天下午5点前", "2026-03-03T17:00:00"),
        ("明天给您发货", "明天", "2026-03-04T00:00:00"),
        ("后天上午发出", "后天上午", "2026-03-04T12:00:00"),
        ("今天18点前处理", "今天18点前", "2026-03-02T18:00:00"),
        ("今晚给您答复", "今晚", "2026-03-03T00:00:00"),
        ("3月5日18:00前发出", "3月5日18:00前", "2026-03-05T18:00:00"),
        ("3月5号前发出", "3月5号前", "2026-03-06T00:00:00"),
        ("下午3点半前给您回复", "下午3点半前", "2026-03-02T15:30:00"),
        ("支持7天无理由退货", None, None),
        ("您1小时前下的单", None, None),
        ("2月20日下单的", None, None),
        ("今天收到您的反馈", None, None),
        ("今天8点前发出", None, None),
        ("2月30日前", None, None),
        ("25点前", None, None),
        ("好的", None, None),
    ],
)
def test_a_named_time_is_a_promise(promised, text, words, due):
    found = promised(text)
    if words is None:
        assert found == ()
        return
    assert [(each.words, each.due) for each in found] == [(words, aware(due))]


def test_two_times_are_two_promises(promised):
    found = promised("24小时内答复, 3天内退款")
    assert [each.words for each in found] == ["24小时内", "3天内"]


def test_working_days_promised_beyond_the_calendar_have_no_date(promised):
    (found,) = promised("3个工作日内退款", aware("2026-12-30T10:00:00"))
    assert (found.open_end, found.due) == (2027, aware("2027-01-03"))


def test_a_date_of_next_year_is_understood(promised):
    (found,) = promised("1月5日前发出", aware("2026-12-30T10:00:00"))
    assert found.due == aware("2027-01-06")


def test_a_promise_of_a_message_becomes_a_clock(default, promised):
    facts = Facts(Subject.CASE, "1", promises=promised("我们会在24小时内回复您"))
    keeper, due = timekeeper(default), aware("2026-03-03T10:00:00")
    for now, state in ((due, State.WARNING), (aware("2026-03-03T10:00:01"), State.BREACHED)):
        (clock,) = (each for each in keeper.clocks(facts, now) if each.rule == "COM-TIME")
        assert (clock.due_at, clock.state) == (due, state)


def test_a_message_without_zone_is_refused(default):
    with pytest.raises(ConfigError, match="zone"):
        promises(default).promised("24小时内", NOW.replace(tzinfo=None))


def values(default):
    return {
        **{name: f"某{zh}" for name, zh in default.pack.templates.places.items()},
        "promised": until(aware("2026-03-05T18:00:00")),
        "amount": "12.30",
    }


def every(default):
    return [(step, cls) for step in default.pack.templates.steps for cls in ReasonClass]


def test_com_template_every_step_and_class_has_a_text_that_may_go_out(default, lint):
    write = writer(default)
    for step, cls in every(default):
        text = write.write(step, cls, values(default), opening=True)
        assert text.startswith("您好, 某称呼, 我是某店铺名的售后客服某客服名。")
        assert "{" not in text
        assert lint(text) == (), (step, cls)


def test_a_template_that_names_a_time_makes_a_promise(default, promised):
    write = writer(default)
    for step, cls in every(default):
        found = promised(write.write(step, cls, values(default)))
        wants = "promised" in write.needs(step, cls)
        assert [each.due for each in found] == ([aware("2026-03-05T18:00:00")] if wants else []), (step, cls)


def test_com_template_with_a_gap_is_never_sent(default):
    write, full = writer(default), values(default)
    for step, cls in every(default):
        for name in write.needs(step, cls):
            with pytest.raises(ConfigError, match=name):
                write.write(step, cls, {**full, name: " "})


def test_the_class_changes_what_is_said(default):
    write, full = writer(default), values(default)
    texts = {write.write("F2", cls, full) for cls in ReasonClass}
    assert len(texts) == len(ReasonClass)
    assert write.write("F2", None, full) == write.write("F2", ReasonClass.UNCLASSIFIED, full)
    assert "七天无理由" in write.write("F3", ReasonClass.NO_REASON, full)


def test_an_unknown_step_names_those_there_are(default):
    with pytest.raises(ConfigError, match="there are: A2"):
        writer(default).write("Q9", None, {})


def test_what_a_case_says_fills_its_places(default):
    case = Case(
        "p",
        "s",
        "1",
        order_id="42",
        amounts=CaseAmounts(requested=Fen(30_000), approved=Fen(29_900)),
        lines=(CaseLine(title="连衣裙"), CaseLine(title=None), CaseLine(title="腰带")),
    )
    assert from_case(case) == {"order": "42", "goods": "连衣裙、腰带", "amount": "299.00"}
    assert from_case(Case("p", "s", "1")) == {}
    text = writer(default).write(
        "F5", None, {**from_case(case), "buyer": "王女士", "promised": "3月5日18:00前"}
    )
    assert text == "王女士, 订单42的退款299.00元已经按原支付方式退回, 3月5日18:00前到账。这次处理您还满意吗?"


def test_values_are_not_read_as_templates(default):
    write = writer(default)
    text = write.write("F4", None, {**values(default), "goods": "{buyer}{0.__class__}"})
    assert "{buyer}{0.__class__}" in text


def test_places_that_the_class_fills_are_places(default):
    assert set(default.pack.templates.places) >= FROM_CLASS


@given(st.datetimes(aware("2026-03-02").replace(tzinfo=None), aware("2026-08-01").replace(tzinfo=None)))
def test_what_until_writes_is_read_back(promised, when):
    due = when.replace(second=0, microsecond=0, tzinfo=BEIJING)
    found = promised(f"会在{until(due)}处理", NOW.replace(hour=0, day=1))
    assert [each.due for each in found] == [due]


@settings(max_examples=100, deadline=None)
@given(st.text("不能好评返现24小时内明天3月5日18:00前点半今晚尽快元补偿您\n \u200b１.", max_size=60))
def test_any_text_is_linted_without_a_crash(lint, promised, text):
    for each in lint(text):
        assert text[each.start : each.end] == each.words
    for promise in promised(text):
        assert promise.due >= NOW
