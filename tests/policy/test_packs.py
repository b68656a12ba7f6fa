"""Packs: layers win in their order over every number; what is wrong is named with its place."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.casebook import NOW, a_return
from tests.policy.conftest import HEADS, layer

from omnishop.model import aware
from omnishop.policy.classes import classifier
from omnishop.policy.clocks import timekeeper
from omnishop.policy.explain import explain
from omnishop.policy.facts import Facts, Subject
from omnishop.policy.judge import judge
from omnishop.policy.layers import BadPack, Layer, effective, read_layer
from omnishop.policy.layers import Kind as LayerKind
from omnishop.policy.rules import carried, differences
from omnishop.policy.shipped import shipped, shipped_layers
from omnishop.policy.spans import read_span
from omnishop.policy.wording import linter

RUSH = aware("2026-11-11T00:00:00")


def broken(text, kind="shop", file="own.toml"):
    with pytest.raises(BadPack) as caught:
        shipped(layer(text, kind, file)).of("p", None, "7", RUSH)
    return caught.value


def test_layers_win_in_their_order():
    packs = shipped(
        layer('[clocks.SLA-FIRST]\nlimit = "4h"', "period", "rush.toml"),
        layer('[clocks.SLA-FIRST]\nlimit = "8h"\n[clocks.SLA-REVIEW]\nlimit = "30h"', "shop", "shop.toml"),
        layer('[clocks.SLA-FIRST]\nlimit = "12h"\n[clocks.SLA-CHAT]\nlimit = "3min"', "platform", "p.toml"),
    )
    limit = lambda found: found.pack.clocks["SLA-FIRST"].limit.text  # noqa: E731
    assert limit(packs.of()) == "24h"
    assert limit(packs.of("p")) == "12h"
    assert limit(packs.of("p", None, "7")) == "8h"
    assert limit(packs.of("p", None, "8")) == "12h"
    assert limit(packs.of("other", None, "7")) == "24h"
    all_four = packs.of("p", None, "7", RUSH)
    assert limit(all_four) == "4h"
    assert all_four.pack.clocks["SLA-REVIEW"].limit.text == "30h"
    assert all_four.pack.clocks["SLA-CHAT"].limit.text == "3min"
    assert all_four.where("clocks", "SLA-FIRST", "limit") == "rush.toml: clocks.SLA-FIRST.limit"
    assert all_four.where("clocks", "SLA-REVIEW", "limit") == "shop.toml: clocks.SLA-REVIEW.limit"


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-10-31T23:59:59", False),
        ("2026-11-01T00:00:00", True),
        ("2026-11-11T23:59:59", True),
        ("2026-11-12T00:00:00", False),
    ],
)
def test_a_period_holds_from_its_first_second_to_its_last(at, holds):
    packs = shipped(layer('[clocks.SLA-FIRST]\nlimit = "4h"', "period"))
    assert (packs.of(at=aware(at)).pack.clocks["SLA-FIRST"].limit.text == "4h") is holds


def test_a_period_of_one_shop_leaves_the_others_alone():
    head = HEADS["period"] + 'platform = "p"\nshop = "7"\n'
    rush = read_layer(f'[pack]\n{head}\n[clocks.SLA-FIRST]\nlimit = "4h"', "rush.toml")
    packs = shipped(rush)
    assert packs.of("p", None, "7", RUSH).pack.clocks["SLA-FIRST"].limit.text == "4h"
    assert packs.of("p", None, "8", RUSH).pack.clocks["SLA-FIRST"].limit.text == "24h"


def numbers(tree, path=()):
    """Every value of the shipped default that holds a number: limits, shares, yuan, hours, counts."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from numbers(value, (*path, key))
        elif (isinstance(value, int | Decimal) and not isinstance(value, bool)) or (
            isinstance(value, str) and value[:1].isdigit()
        ):
            yield (*path, key), value


def other(value):
    """A different value of the same form."""
    if isinstance(value, str):
        if ":" in value:
            return "11:11"
        if "." in value:
            return "77.70"
        return "1" + value
    return 0.123 if isinstance(value, Decimal) else value + 1


def written(value):
    return f'"{value}"' if isinstance(value, str) else str(value)


DEFAULTS = tuple(each for each in shipped_layers() if each.kind is LayerKind.DEFAULT)
NUMBERS = list(numbers(effective(DEFAULTS).tree))


def test_there_are_numbers_to_override():
    assert len(NUMBERS) > 60


FIXED = {
    ("team",): "tables of hours are replaced whole",
    ("eligibility", "ELG-LAW"): "the law is no setting",
    ("clocks", "SLA-REFUND-RECEIVED", "limit"): "no longer than the law",
}
"""What cannot simply be made larger; each has its own test."""


@pytest.mark.parametrize("kind", ["platform", "shop", "period"])
def test_every_layer_can_override_every_number(kind):
    """All at once: each value that is found is the layer's."""
    changed = [
        (path, other(value))
        for path, value in NUMBERS
        if not any(path[: len(each)] == each for each in FIXED)
    ]
    tables = {}
    for path, value in changed:
        tables.setdefault(path[:-1], []).append(f'"{path[-1]}" = {written(value)}')
    text = "\n".join(
        "[" + ".".join(f'"{part}"' for part in table) + "]\n" + "\n".join(lines)
        for table, lines in tables.items()
    )
    packs = shipped(layer(text, kind))
    tree = packs.of("p", None, "7", RUSH).tree
    for path, value in changed:
        found = tree
        for part in path:
            found = found[part]
        assert str(found) == str(value), path


def test_toml_that_does_not_parse_names_line_and_column():
    with pytest.raises(BadPack) as caught:
        read_layer('[pack]\nname = "x"\nversion = = "1"\n', "bad.toml")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.column) == ("bad.toml", 3, 11)
    assert str(caught.value).startswith("bad.toml:3:11: ")


def test_toml_that_ends_too_early_names_its_end():
    with pytest.raises(BadPack) as caught:
        read_layer('[pack]\nname = "x', "bad.toml")
    assert caught.value.problems[0].line == 2


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ('[clocks.SLA-FIRST]\nlimit = "24 hours"', "clocks.SLA-FIRST.limit", "a time such as 5min"),
        ("[clocks.SLA-FIRST]\nlimit = 24", "clocks.SLA-FIRST.limit", "a time such as 5min"),
        ('[clocks.SLA-FIRST]\nlimit = "99999999h"', "clocks.SLA-FIRST.limit", "a time such as 5min"),
        ('[clocks.SLA-FIRST]\nlimit = "999999h"', "clocks.SLA-FIRST.limit", "at most 87600h"),
        ('[clocks.SLA-FIRST]\nlimit = "0wd"', "clocks.SLA-FIRST.limit", "at least one"),
        ('[clocks.SLA-FIRST]\nlimit = "0h"', "clocks.SLA-FIRST.limit", "enabled = false"),
        ('[clocks.SLA-FIRST]\nlimit = "0min"', "clocks.SLA-FIRST.limit", "more than no time"),
        (
            '[conditions.X]\ntitle = "x"\ntitle_zh = "x"\nwhen = "vip"\nset = { "SLA-FIRST.limit" = "0h" }',
            "conditions.X.set.SLA-FIRST.limit",
            "more than no time",
        ),
        ('[clocks.SLA-FIRST]\nlimit = "٣d"', "clocks.SLA-FIRST.limit", "a time such as 5min"),
        ('[clocks.SLA-FIRST]\nlimt = "24h"', "clocks.SLA-FIRST.limt", "no such key"),
        ("[clocks.SLA-FIRST]\nwarn = 1.5", "clocks.SLA-FIRST.warn", "a share from 0 to 1"),
        ("[clocks.SLA-FIRST]\nwarn = true", "clocks.SLA-FIRST.warn", "a share from 0 to 1"),
        ('[clocks.SLA-FIRST]\nbreach = "panic"', "clocks.SLA-FIRST.breach", "'alert'"),
        ('[clocks.SLA-FIRST]\nstarts = ["aplied"]', "clocks.SLA-FIRST.starts.0", "'applied'"),
        ("[clocks.SLA-FIRST]\nstarts = []", "clocks.SLA-FIRST", "starts and stops"),
        ("[clocks]\nSLA-FIRST = 3", "clocks.SLA-FIRST", "dict"),
        ('[loss]\nunknown_amount = "-1.00"', "loss.unknown_amount", "not below zero"),
        ("[loss]\nunknown_amount = 1.5", "loss.unknown_amount", "yuan as text"),
        ('[loss]\nunknown_amount = "1.005"', "loss.unknown_amount", "parts of a fen"),
        ('[loss.chance]\n"4x" = 0.5', "loss.chance", "a time such as"),
        ("[team]\nworkday = []", "team", "a working day needs hours"),
        ('[team]\nworkday = ["9-12"]', "team.workday", "09:00-12:00"),
        ('[team]\nworkday = ["22:00-02:00"]', "team.workday", "a night shift is two intervals"),
        ('[team]\nworkday = ["09:00-12:00", "11:00-13:00"]', "team.workday", "begins before"),
        ('[team]\nworkday = "09:00-12:00"', "team.workday", "a list of times"),
        ("[calendar.years.27]\noff = []", "calendar", "a year such as 2027"),
        ("[calendar.years.2027]\noff = [2026-01-01]", "calendar", "does not lie in 2027"),
        ('[reasons.codes.99]\nclass = "qualty"\nsource = "x"', "reasons.codes.99.class", "'quality'"),
        (
            '[reasons.codes.99]\nclass = "quality"\nsub = "x"\nsource = "x"',
            "reasons.codes.99.sub",
            "has no sub-type 'x'",
        ),
        ('[clocks.SLA-FIRST]\neffects = ["doom"]', "clocks.SLA-FIRST.effects", "no effect 'doom'"),
        ('[lint.rows.blame]\nphrases = ["*"]', "lint.rows.blame.phrases.0", "a phrase with at most three"),
        (
            '[templates.steps.F1]\ntext = "{buyer.__class__}"',
            "templates.steps.F1.text",
            "no place {buyer.__class__}",
        ),
        ('[templates.steps.F1]\ntext = "{buyer!r}"', "templates.steps.F1.text", "no place {buyer}"),
        ('[waiting]\nday_ends = "25:00"', "waiting.day_ends", "pattern"),
    ],
)
def test_what_is_wrong_is_named(text, key, expected):
    problem = broken(text).problems[0]
    assert problem.file == "own.toml"
    assert problem.key == key
    assert expected in problem.expected
    assert any("一" <= sign <= "鿿" for sign in problem.told("zh"))


def everywhere(tree, path=()):
    for key, value in tree.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from everywhere(value, (*path, key))


PLACES = list(everywhere(effective(each for each in shipped_layers() if each.kind == 0).tree))
ODD = [
    *(
        0,
        -1,
        10**30,
        True,
        "",
        "*",
        "a*b*c",
        "{",
        "{x}",
        "{}",
        "{buyer:>999999999}",
        "24h",
        "1wd",
        "0h",
        "09:00-12:00",
    ),
    *([], [1], ["x"], [[]], {}, {"x": 1}, {"x": "y"}, Decimal("NaN"), Decimal("Infinity"), Decimal("0.5")),
    *(datetime(2026, 1, 1), date(2026, 1, 1)),  # noqa: DTZ001 - as TOML may have it
]


def tried(odd):
    try:
        return effective((*DEFAULTS, odd)), ()
    except BadPack as bad:
        return None, bad.problems


@settings(max_examples=250, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from(ODD))
def test_any_value_anywhere_is_taken_or_named_never_a_crash(place, value):
    tree = {place[-1]: value}
    for key in reversed(place[:-1]):
        tree = {key: tree}
    odd = Layer("odd.toml", layer("").head, LayerKind.SHOP, tree)
    found, problems = tried(odd)
    if found is None:
        assert problems
        assert all(each.file.endswith(".toml") and each.expected for each in problems)
        return
    now = aware("2026-03-02T10:00:00")
    assert classifier(found).classify(detail="快递送错地方").cls
    assert isinstance(linter(found).lint("尽快, 今晚, 赔您60元", now), tuple)
    assert timekeeper(found).clocks(Facts(Subject.CASE, "1"), now)
    assert carried(found)
    assert explain(judge(a_return(), found, NOW), "zh")


def test_an_unknown_rule_is_refused_with_the_nearest_one():
    problem = broken('[clocks.SLA-FRIST]\nlimit = "2h"').problems[0]
    assert str(problem) == "own.toml: clocks.SLA-FRIST: a rule of the default pack; did you mean SLA-FIRST?"


def test_the_fault_is_laid_on_the_file_that_has_it():
    good = layer("[clocks.SLA-FIRST]\nwarn = 0.5", "platform", "good.toml")
    bad = layer('[clocks.SLA-FIRST]\nlimit = "soon"', "shop", "bad.toml")
    with pytest.raises(BadPack) as caught:
        shipped(good, bad).of("p", None, "7")
    assert {problem.file for problem in caught.value.problems} == {"bad.toml"}


def test_every_problem_is_told():
    found = broken('[clocks.SLA-FIRST]\nlimit = "soon"\n[clocks.SLA-CHAT]\nwarn = 3')
    assert len(found.problems) == 2
    assert "and 1 more" in found.en
    assert "另有 1 处" in found.zh


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('name = "x"\nversion = "1"', "is required"),
        ('name = "x"\nversion = "1"\nlayer = "top"', "default, calendar, platform, shop or period"),
        ('name = "x"\nversion = "1"\nlayer = "shop"', "names its platform and shop"),
        ('name = "x"\nversion = "1"\nlayer = "platform"', "names its platform"),
        ('name = "x"\nversion = "1"\nlayer = "period"', "needs since and until"),
        (HEADS["period"].replace("+08:00", ""), "need a zone"),
        (HEADS["period"].replace("2026-11-12", "2026-10-12"), "until comes after since"),
        (HEADS["shop"] + "since = 2026-11-01T00:00:00+08:00", "belong to a period"),
        (HEADS["shop"] + "colour = 1", "no such key"),
        ("", "is required"),
    ],
)
def test_a_head_says_what_it_lacks(head, expected):
    with pytest.raises(BadPack) as caught:
        read_layer(f"[pack]\n{head}", "own.toml")
    assert any(expected in problem.expected for problem in caught.value.problems)


def test_a_file_without_a_head_is_refused():
    with pytest.raises(BadPack, match="a table"):
        read_layer('[clocks.SLA-FIRST]\nlimit = "2h"', "own.toml")


def test_deep_nesting_is_an_error_not_a_crash():
    with pytest.raises(BadPack):
        read_layer("x = " + "[" * 100_000, "deep.toml")


def test_a_calendar_layer_holds_only_days():
    with pytest.raises(BadPack, match="holds only"):
        layer('[clocks.SLA-FIRST]\nlimit = "2h"', "calendar")


def test_differences_name_every_changed_value(packs):
    changed = shipped(layer('[clocks.SLA-FIRST]\nlimit = "2h"\nwarn = 0.5')).of("p", None, "7")
    assert [(each.key, each.before, each.after) for each in differences(packs.of(), changed)] == [
        ("clocks.SLA-FIRST.limit", "24h", "2h"),
        ("clocks.SLA-FIRST.warn", None, 0.5),
    ]
    assert differences(packs.of(), packs.of()) == ()


def test_a_digest_changes_with_the_content_only(packs):
    same = shipped(layer("", "shop")).of("p", None, "7")
    changed = shipped(layer('[clocks.SLA-FIRST]\nlimit = "2h"')).of("p", None, "7")
    assert same.digest == packs.of().digest != changed.digest


def test_rules_say_what_the_layers_say():
    found = shipped(layer('[clocks.SLA-FIRST]\nlimit = "2h"', file="mine.toml")).of("p", None, "7")
    rule = next(rule for rule in carried(found) if rule.id == "SLA-FIRST")
    assert (rule.value, rule.where) == ("2h", "mine.toml: clocks.SLA-FIRST.limit")


def test_the_platforms_differ_where_the_sources_say_so(packs):
    found = {name: packs.of(name).pack.clocks for name in ("taobao", "jd", "douyin")}
    assert [found[name]["SLA-HANDLED"].enabled for name in found] == [True, True, False]
    assert [found[name]["SLA-REVIEW"].effects for name in found] == [(), (), ("agrees", "health")]
    assert [found[name]["SLA-RECEIPT"].starts for name in found][2] == ("inspected",)
    limits = {name: [row.limit for row in clocks.values()] for name, clocks in found.items()}
    assert limits["taobao"] == limits["jd"] == limits["douyin"]


@pytest.mark.parametrize("told", ["24h", "5min", "7d", "3wd", "8th"])
def test_a_span_keeps_its_text(told):
    assert read_span(told).text == told
    assert read_span(read_span(told)) == read_span(told)


def test_a_time_in_a_pack_is_aware():
    found = layer("", "period").head
    assert isinstance(found.since, datetime)
    assert found.since.tzinfo is not None
