"""`policy`: what it prints for people and programs, its exit codes, and what it says to bad input."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from omnishop.policy.rules import carried
from omnishop.policy.shipped import shipped

ROOT = Path(__file__).parents[2]
HEAD = '[pack]\nname = "mine"\nversion = "1"\nlayer = "shop"\nplatform = "douyin"\nshop = "7"\n'


@pytest.fixture
def pack(tmp_path):
    def write(text, name="mine.toml", head=HEAD):
        path = tmp_path / name
        path.write_text(head + text, encoding="utf-8")
        return str(path)

    return write


def rows(outcome):
    return [json.loads(line) for line in outcome.lines]


@pytest.mark.parametrize("name", ["shop.toml", "double11.toml"])
def test_the_packs_in_the_docs_are_good(omnishop, name):
    done = omnishop("policy", "check", str(ROOT / "examples" / "packs" / name))
    assert done.code == 0, done
    assert ": good (" in done.out


def test_check_names_file_key_and_what_was_expected(omnishop, pack):
    file = pack('[clocks.SLA-FIRST]\nlimit = "soon"\nwarn = 2')
    done = omnishop("policy", "check", file)
    assert done.code == 2
    assert f"{file}: clocks.SLA-FIRST.limit: expected a time such as 5min" in done.out
    assert f"{file}: clocks.SLA-FIRST.warn: expected a share from 0 to 1" in done.out
    assert "1 of 1 packs are not good" in done.err


def test_check_names_line_and_column_of_bad_toml(omnishop, pack):
    file = pack("[clocks\n")
    done = omnishop("policy", "check", file)
    assert done.code == 2
    assert f"{file}:7:8: " in done.out


def test_check_goes_on_after_a_bad_file(omnishop, pack):
    good, bad = pack("", "good.toml"), pack("x = 1", "bad.toml")
    done = omnishop("policy", "check", bad, good, "--json")
    assert done.code == 2
    told = rows(done)
    assert [(row["file"], row["ok"]) for row in told] == [(bad, False), (good, True)]
    assert told[0]["key"] == "pack.x"


def test_check_goes_on_after_a_file_that_cannot_be_read(omnishop, pack, tmp_path):
    good, gone, strange = pack("", "good.toml"), str(tmp_path / "gone.toml"), tmp_path / "strange.toml"
    strange.write_bytes(b"\xff\xfe")
    done = omnishop("policy", "check", gone, str(strange), good, "--json")
    assert done.code == 2
    assert [(row["file"], row["ok"]) for row in rows(done)] == [
        (gone, False),
        (str(strange), False),
        (good, True),
    ]


def test_rules_are_those_in_force_in_the_home(omnishop, pack):
    home = Path(os.environ["OMNISHOP_HOME"]) / "packs"
    home.mkdir(parents=True)
    Path(pack('[clocks.SLA-FIRST]\nlimit = "3h"')).rename(home / "mine.toml")

    def first(*args):
        done = omnishop("policy", "rules", "--json", *args)
        return next(row["value"] for row in rows(done) if row["id"] == "SLA-FIRST")

    assert first("--platform", "douyin", "--shop", "7") == "3h"
    assert first("--platform", "douyin", "--shop", "8") == first() == "24h"


def test_a_text_is_read_by_the_numbers_of_its_shop(omnishop, pack):
    """A sum that an agent may promise in one shop and not in the other."""
    args = ("policy", "lint-text", "-", "--pack", pack('[lint]\nfrontline = "10.00"'), "--platform", "douyin")
    text = "我们可以退您15元"
    assert omnishop(*args, "--shop", "7", stdin=text).code == 2
    assert omnishop(*args, "--shop", "8", stdin=text).code == 0


def test_a_pack_of_one_storefront_is_listed_there(omnishop, pack):
    head = (
        '[pack]\nname = "t"\nversion = "1"\nlayer = "platform"\nplatform = "taobao"\nstorefront = "tmall"\n'
    )
    file = pack('[clocks.SLA-FIRST]\nlimit = "5h"', head=head)
    for storefront, limit in (("tmall", "5h"), ("taobao", "24h")):
        args = ("--pack", file, "--platform", "taobao", "--storefront", storefront)
        listed = rows(omnishop("policy", "rules", "--json", *args))
        assert next(row["value"] for row in listed if row["id"] == "SLA-FIRST") == limit


@pytest.mark.parametrize("content", [b"\xff\xfe", b""])
def test_what_is_no_pack_is_one_line(omnishop, tmp_path, content):
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    done = omnishop("policy", "check", str(path))
    assert done.code == 2
    assert "Traceback" not in done.err + done.out


def test_a_file_that_is_not_there_is_one_line(omnishop):
    done = omnishop("policy", "check", "/no/such/pack.toml")
    assert (done.code, len(done.err.splitlines())) == (2, 1)


def test_diff_says_what_changed_and_ends_with_3(omnishop, pack):
    one, other = (
        pack('[clocks.SLA-FIRST]\nlimit = "4h"', "a.toml"),
        pack('[clocks.SLA-FIRST]\nlimit = "2h"', "b.toml"),
    )
    done = omnishop("policy", "diff", one, other, "--json")
    assert done.code == 3
    assert rows(done) == [{"key": "clocks.SLA-FIRST.limit", "before": "4h", "after": "2h"}]
    assert "clocks.SLA-FIRST.limit  4h" in omnishop("policy", "diff", one, other).out
    same = omnishop("policy", "diff", one, one)
    assert (same.code, same.out) == (0, "they say the same\n")


def test_rules_lists_every_rule_in_the_promised_form(omnishop):
    told = rows(omnishop("policy", "rules", "--json"))
    assert [row["id"] for row in told] == [rule.id for rule in carried(shipped().of())]
    for row in told:
        assert list(row) == ["id", "title", "title_zh", "section", "source", "value", "where"]


def test_rules_shows_what_holds_for_a_shop_and_a_time(omnishop, pack):
    shop = pack('[clocks.SLA-FIRST]\nlimit = "4h"')
    period = HEAD.replace('"shop"', '"period"', 1) + (
        "since = 2026-11-01T00:00:00+08:00\nuntil = 2026-11-12T00:00:00+08:00\n"
    )
    rush = pack('[clocks.SLA-FIRST]\nlimit = "9h"', "rush.toml", period)

    def limit(*more):
        done = omnishop("policy", "rules", "--json", "--pack", shop, "--pack", rush, *more)
        return next(row["value"] for row in rows(done) if row["id"] == "SLA-FIRST")

    assert limit() == "24h"
    assert limit("--platform", "douyin", "--shop", "7") == "4h"
    assert limit("--platform", "douyin", "--shop", "7", "--at", "2026-11-11") == "9h"
    assert limit("--platform", "douyin", "--shop", "8", "--at", "2026-11-11") == "24h"


def test_rules_for_people_are_a_table(omnishop):
    done = omnishop("policy", "rules", "--platform", "jd")
    assert done.code == 0
    assert any(line.startswith("SLA-HANDLED") and "24h" in line for line in done.lines)


def test_a_bad_time_is_one_line(omnishop):
    done = omnishop("policy", "rules", "--at", "soon")
    assert (done.code, len(done.err.splitlines())) == (2, 1)


def test_classes_lists_sub_types(omnishop):
    told = rows(omnishop("policy", "classes", "--json"))
    assert {"class": "quality", "rule": "CLS-QUALITY", "sub": "damage"}.items() <= told[0].items()
    assert "CLS-NOREASON" in omnishop("policy", "classes").out


def test_classes_prints_a_table_of_confusion(omnishop, tmp_path):
    corpus = tmp_path / "c.tsv"
    corpus.write_text(
        "platform\tpart\tcode\ttext\tdetail\tclass\tsub\n"
        "douyin\theld_out\t8\t功能故障\t\tquality\tmalfunction\n"
        "douyin\theld_out\t15\t其他\t送错地方\tlogistics\tmisdelivery\n"
        "douyin\theld_out\t15\t其他\t某种说法\torder\titem\n",
        encoding="utf-8",
    )
    done = omnishop("policy", "classes", "--corpus", str(corpus))
    assert done.code == 0
    assert done.lines[0] == "douyin / held_out: 2/3 (67%); sub-types 2/3"
    assert "  order -> unclassified: 15 | 其他 | 某种说法" in done.lines
    told = rows(omnishop("policy", "classes", "--corpus", str(corpus), "--json"))
    assert [(row["platform"], row["right"], row["total"]) for row in told] == [
        ("douyin", 2, 3),
        ("all", 2, 3),
    ]
    assert told[0]["confusion"]["order"]["unclassified"] == 1


def test_a_blocked_text_ends_with_2(omnishop):
    done = omnishop("policy", "lint-text", "-", stdin="好评返现5元")
    assert done.code == 2
    assert done.lines[0].startswith("1:1: block: 好评返现 - ")
    assert "not to be sent" in done.err


def test_a_text_with_suggestions_may_go_out(omnishop):
    done = omnishop("policy", "lint-text", "-", "--json", stdin="这个不能退, 24小时内给您答复")
    assert done.code == 0
    finding, promise = rows(done)
    assert (finding["rule"], finding["level"], finding["words"], finding["column"]) == (
        "COM-LINT",
        "change",
        "不能",
        3,
    )
    assert (promise["type"], promise["rule"], promise["words"]) == ("promise", "COM-TIME", "24小时内")
    assert promise["due"] is not None


def test_a_clean_text_says_nothing(omnishop, tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("感谢您的光临。", encoding="utf-8")
    done = omnishop("policy", "lint-text", str(path))
    assert (done.code, done.out, done.err) == (0, "", "")


def test_a_text_in_another_encoding_is_one_line(omnishop):
    done = omnishop("policy", "lint-text", "-", stdin="不能".encode("gbk"))
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "UTF-8" in done.err


def test_without_its_libraries_it_says_what_to_install(omnishop, monkeypatch):
    from importlib import util

    found = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name, *more: None if name == "zen" else found(name, *more))
    done = omnishop("policy", "rules")
    assert done.code == 2
    assert "omnishop[policy]" in done.err


def test_in_chinese(omnishop, monkeypatch, pack):
    from omnishop.cli import words

    monkeypatch.setenv("OMNISHOP_LANG", "zh")
    words.forget()
    assert "首次响应" in omnishop("policy", "rules").out
    assert "通过" in omnishop("policy", "check", pack("")).out
    assert "否定用语" in omnishop("policy", "lint-text", "-", stdin="不能").out


def test_a_text_gets_hints_on_plain_words(omnishop):
    done = omnishop("policy", "lint-text", "-", "--json", stdin="已经发货")
    assert done.code == 0
    assert [(row["rule"], row["kind"], row["level"]) for row in rows(done)] == [
        ("COM-PLAIN", "impolite", "hint")
    ]


def test_answer_answers_frequent_questions_and_hands_over_the_rest(omnishop, pack):
    goods = pack('[talk.products.goods.s1]\nmaterial = "棉"')
    shop = ("--pack", goods, "--platform", "douyin", "--shop", "7", "--sku", "s1")
    told = {
        text: rows(omnishop("policy", "answer", text, "--json", *more))[0]
        for text, more in (
            ("什么时候发货", ()),
            ("会唱歌吗", ()),
            ("什么面料", shop),
            ("什么面料, 适合孩子吗", shop),
        )
    }
    assert [(each["topic"], each["human"], len(each["facts"])) for each in told.values()] == [
        ("ship", False, 0),
        (None, True, 0),
        (None, False, 1),
        (None, True, 2),
    ]
    assert omnishop("policy", "answer", "会唱歌吗").out == "for a human\n"
    assert "棉 [COM-PRODUCT]" in omnishop("policy", "answer", "什么面料", *shop).out
