"""Reasons: codes, fixed texts and free words to classes; what is not plain stays unclassified."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.conftest import layer

from omnishop.errors import ConfigError
from omnishop.model import ReasonClass
from omnishop.policy.classes import By, classifier
from omnishop.policy.confusion import judged, read_corpus
from omnishop.policy.shipped import shipped
from omnishop_douyin.cases.tables import REASON_ROWS
from omnishop_jd.reasons import TEXTS
from omnishop_taobao.tables import REASONS

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "policy" / "reasons.tsv"


@pytest.fixture(scope="module")
def told(default):
    return classifier(default)


@pytest.fixture(scope="module")
def corpus():
    return read_corpus(CORPUS.read_text(encoding="utf-8"), "reasons.tsv")


# rule, class, sub-type, what says it, and nearly the same that does not
ROWS = [
    ("CLS-QUALITY", "quality", "damage", "袖口有破洞", "袖口没有破洞"),
    ("CLS-QUALITY", "quality", "malfunction", "充不进电", "充得进"),
    ("CLS-QUALITY", "quality", "mismatch", "与描述不符", "与描述相符"),
    ("CLS-QUALITY", "quality", "safety", "有异味", "没有异味"),
    ("CLS-LOGISTICS", "logistics", "delay", "迟迟不发货", "已经发货"),
    ("CLS-LOGISTICS", "logistics", "loss", "快递丢件了", "没丢件"),
    ("CLS-LOGISTICS", "logistics", "transit_damage", "快递压坏了箱子", "快递没压箱子"),
    ("CLS-LOGISTICS", "logistics", "misdelivery", "送错地方", "送对地方"),
    ("CLS-LOGISTICS", "logistics", "service", "快递员态度恶劣", "快递员很热情"),
    ("CLS-ORDER", "order", "variant", "颜色发错", "颜色正确"),
    ("CLS-ORDER", "order", "quantity", "漏发一件", "没漏发"),
    ("CLS-ORDER", "order", "item", "发错货", "没发错货"),
    ("CLS-ORDER", "order", "part", "缺配件", "不缺什么"),
    ("CLS-ORDER", "order", "stock", "缺货", "有现货"),
    ("CLS-REFUND", "refund", "amount", "退款金额不对", "请退"),
    ("CLS-REFUND", "refund", "late", "退款太慢", "很快"),
    ("CLS-REFUND", "refund", "double", "扣了两次", "一次"),
    ("CLS-REFUND", "refund", "fraud", "被骗了", "没被骗"),
    ("CLS-REFUND", "refund", "agreed", "协商一致", "没协商一致"),
    ("CLS-NOREASON", "no_reason", "seven_days", "七天无理由", "理由"),
    ("CLS-NOREASON", "no_reason", "mind", "不想要了", "想要"),
    ("CLS-NOREASON", "no_reason", "mistake", "拍错了", "没拍错"),
]


@pytest.mark.parametrize(("rule", "cls", "sub", "says", "near"), ROWS)
def test_words_lead_to_their_class(told, rule, cls, sub, says, near):
    found = told.classify(detail=says)
    assert (found.rule, found.cls, found.sub, found.by) == (rule, cls, sub, By.WORDS)
    assert found.phrases
    assert told.classify(detail=near).cls is not ReasonClass(cls)


def test_every_sub_type_has_its_row_here(default):
    carried = {
        (row.rule, cls.value, sub) for cls, row in default.pack.classes.items() for sub in row.subtypes
    }
    assert carried == {row[:3] for row in ROWS}


@pytest.mark.parametrize("nothing", [None, "", "其他", "。。。", "111", "   ", "\u200b"])
def test_what_says_nothing_stays_unclassified(told, nothing):
    found = told.classify(detail=nothing)
    assert (found.cls, found.sub, found.by, found.rule) == (
        ReasonClass.UNCLASSIFIED,
        None,
        By.NOTHING,
        "CLS-MAP",
    )


def test_two_classes_that_speak_equally_are_not_guessed_between(told):
    found = told.classify(detail="破洞, 丢件")
    assert found.cls is ReasonClass.UNCLASSIFIED
    assert found.also == (ReasonClass.LOGISTICS, ReasonClass.QUALITY)
    assert set(found.phrases) == {"破洞", "丢件"}


def test_the_plainer_class_wins_and_the_other_is_named(told):
    found = told.classify(detail="快递送错地方, 还有破洞")
    assert found.cls is ReasonClass.LOGISTICS
    assert found.also == (ReasonClass.QUALITY,)


@pytest.mark.parametrize("text", ["袖口 有 破 洞", "袖口有破\u200b洞", "袖口有破洞!!"])
def test_spaces_and_invisible_signs_hide_nothing(told, text):
    assert told.classify(detail=text).cls is ReasonClass.QUALITY


def test_width_and_case_make_no_difference(told):
    assert told.classify(detail="7天无理由").sub == "seven_days"
    assert told.classify(detail="７天无理由").sub == "seven_days"


def test_the_platforms_code_wins_over_words_and_they_fill_the_sub_type(packs):
    told = classifier(packs.of("douyin"))
    found = told.classify("1", "多拍/错拍/不想要", "地址填错了")
    assert (found.cls, found.sub, found.by) == (ReasonClass.NO_REASON, "mistake", By.CODE)
    against = told.classify("1", "多拍/错拍/不想要", "衣服有破洞")
    assert (against.cls, against.also) == (ReasonClass.NO_REASON, (ReasonClass.QUALITY,))


def test_a_code_that_says_nothing_leaves_it_to_the_words(packs):
    told = classifier(packs.of("douyin"))
    assert told.classify("15", "其他", "充不进电").by is By.WORDS
    assert told.classify("15", "其他", None).cls is ReasonClass.UNCLASSIFIED


def test_an_unknown_code_is_never_guessed(packs):
    told = classifier(packs.of("douyin"))
    assert told.classify("99999", None, None).cls is ReasonClass.UNCLASSIFIED
    assert told.classify("99999", "没见过的原因", None).cls is ReasonClass.UNCLASSIFIED


def test_one_platforms_codes_mean_nothing_on_another(packs):
    assert classifier(packs.of("jd")).classify("8").cls is ReasonClass.UNCLASSIFIED
    assert classifier(packs.of("douyin")).classify("8").cls is ReasonClass.QUALITY


def test_the_list_without_codes_is_read_by_its_texts(packs):
    found = classifier(packs.of("douyin")).classify(None, "商家发错货", None)
    assert (found.cls, found.by) == (ReasonClass.ORDER, By.TEXT)


@pytest.mark.parametrize("row", REASON_ROWS, ids=lambda row: str(row.code))
def test_every_douyin_code_means_what_its_adapter_says(packs, row):
    found = classifier(packs.of("douyin")).classify(str(row.code), row.zh)
    assert found.cls is row.means


@pytest.mark.parametrize("text", REASONS)
def test_every_taobao_text_means_what_its_adapter_says(packs, text):
    assert classifier(packs.of("taobao")).classify(text=text).cls is REASONS[text].value


@pytest.mark.parametrize("text", TEXTS)
def test_every_jd_text_means_what_its_adapter_says(packs, text):
    assert classifier(packs.of("jd")).classify(text=text).cls is TEXTS[text][0]


def test_the_corpus_is_large_and_covers_every_class_on_every_platform(corpus, default):
    assert len(corpus) >= 300
    assert len({(row.platform, row.code, row.text, row.detail) for row in corpus}) == len(corpus)
    for part in ("written", "held_out"):
        for platform in ("taobao", "jd", "douyin"):
            seen = {row.cls for row in corpus if (row.platform, row.part) == (platform, part)}
            assert seen == set(ReasonClass), (platform, part)
    subs = {(row.cls, row.sub) for row in corpus if row.sub}
    assert subs == {(cls, sub) for cls, row in default.pack.classes.items() for sub in row.subtypes}


def test_the_figures_in_the_docs_are_the_figures_of_today(corpus, packs):
    page = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")
    shown = {
        (cells[0].strip(), cells[1].strip("` ")): cells[2].strip()
        for cells in (
            line.strip("| ").split("|") for line in page.splitlines() if re.search(r"written|held_out", line)
        )
        if len(cells) == 5
    }
    for part in judged(corpus, packs.of):
        assert shown[part.platform, part.part] == f"{part.right} of {part.total}"


def test_held_out_reasons_are_told_right_or_not_at_all(corpus, packs):
    """Most of what the tables do not know they leave unclassified; few are told wrong."""
    (held,) = (each for each in judged(corpus, packs.of) if (each.platform, each.part) == ("all", "held_out"))
    wrong = [got for _, got in held.wrong if got != ReasonClass.UNCLASSIFIED]
    assert len(wrong) / held.total < 0.05
    assert held.accuracy > 0.7


def test_a_shop_adds_phrases_of_its_own():
    own = layer('[classes.quality.subtypes.damage]\nphrases = ["跑绒"]')
    told = classifier(shipped(own).of("p", None, "7"))
    assert told.classify(detail="羽绒服跑绒").sub == "damage"


@settings(max_examples=60, deadline=None)
@given(st.text("快递破洞没有不是送错码大了7天*\n\u200b　Ａ😀é", max_size=80))
def test_any_text_is_classified_or_not_without_a_crash(told, text):
    found = told.classify("15", text, text)
    assert (found.cls is ReasonClass.UNCLASSIFIED) or found.phrases


def test_an_evil_text_takes_no_time(told):
    assert told.classify(detail="快递" * 20_000).cls is ReasonClass.UNCLASSIFIED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\tb\n", "the first line names"),
        ("platform\tpart\tcode\ttext\tdetail\tclass\tsub\nx\ty\n", ":2: seven columns"),
        ("platform\tpart\tcode\ttext\tdetail\tclass\tsub\nx\ty\t\t\tz\tqualty\t\n", ":2: class is one of"),
    ],
)
def test_a_bad_corpus_names_its_line(text, expected):
    with pytest.raises(ConfigError, match=expected):
        read_corpus(text, "c.tsv")
