"""The rules that are carried: each once, with its source, in the docs, and only such as the policies know."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from omnishop import policy
from omnishop.policy.rules import carried

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "policy.md"
RULES = ROOT / "docs" / "rules.md"
POLICIES = ROOT.parent / "shared" / "policies.md"


def ids(default):
    return [rule.id for rule in carried(default)]


def test_every_rule_is_carried_once_and_says_where(default):
    rules = carried(default)
    assert len(set(ids(default))) == len(rules)
    for rule in rules:
        assert all((rule.title, rule.title_zh, rule.source, rule.value)), rule.id
        assert re.fullmatch(r"default/\w+\.toml: .+", rule.where), rule.id
        assert rule.title.isascii() or "°" in rule.title
        assert any("一" <= sign <= "鿿" for sign in rule.title_zh), rule.id


def test_the_page_lists_exactly_what_is_carried(default):
    listed = re.findall(r"^\| `([A-Z0-9-]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == ids(default)


def listed():
    """Id -> the file that tests it, as the docs have it."""
    text = RULES.read_text(encoding="utf-8")
    found = re.findall(r"^\| ([A-Z0-9-]+) \| (\d) \| `(tests/[a-z_/]+\.py)` \|$", text, re.MULTILINE)
    assert len(found) == len({each[0] for each in found}) == text.count("\n| ") - 1, (
        "a row is broken or told twice"
    )
    return {name: (section, file) for name, section, file in found}


def test_every_rule_that_was_asked_for_is_carried_in_its_section(default):
    carrying = {rule.id: rule.section for rule in carried(default)}
    assert carrying == {name: section for name, (section, _) in listed().items()}


@cache
def said(file):
    """Every text and every function name of a file; comments do not count."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    texts = {
        each.value
        for each in ast.walk(tree)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }
    tests = {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}
    return texts, {name for name in tests if name.startswith("test_")}


@pytest.mark.parametrize("rule", sorted(listed()))
def test_every_rule_is_named_by_its_test(rule):
    """Whole: PEN-IDLE is not named by PEN-IDLENESS; a step by its letters."""
    texts, tests = said(listed()[rule][1])
    whole = re.compile(rf"(?<![A-Z0-9-]){re.escape(rule)}(?![A-Z0-9-])")
    function = "test_" + rule.lower().replace("-", "_")
    step = rule.removeprefix("SLA-STEP-")
    assert (
        any(whole.search(text) for text in texts)
        or any(f"{name}_".startswith(f"{function}_") for name in tests)
        or (step != rule and step in texts)
    )


def asked_for(text):
    """The ids of the table rows of sections 1 to 5, 7 and 8; families with their members."""
    for section in re.split(r"^## ", text, flags=re.MULTILINE):
        if section[:2] not in {"1.", "2.", "3.", "4.", "5.", "7.", "8."}:
            continue
        for cell, told in re.findall(r"^\| ([A-Z]{3}-[A-Z0-9*/ -]+?) \| ([^|]*)\|", section, re.MULTILINE):
            first, *more = (part.strip() for part in cell.split("/"))
            stem = first.rpartition("-")[0]
            if not first.endswith("*"):
                yield first
                yield from (stem + each for each in more)
            elif first != "SLA-STEP-*":
                yield from (f"{stem}-{each}" for each in re.findall(r"(?<![A-Z])-([A-Z]+)", told))


@pytest.mark.skipif(not POLICIES.exists(), reason="the shared policies are not beside this checkout")
def test_the_list_of_rules_is_that_of_the_policies():
    text = POLICIES.read_text(encoding="utf-8")
    steps = {name.removeprefix("SLA-STEP-") for name in listed() if name.startswith("SLA-STEP-")}
    assert {name for name in listed() if not name.startswith("SLA-STEP-")} == set(asked_for(text))
    procedures = text.partition("## 6.")[2].partition("## 7.")[0]
    assert all(re.search(rf"\b{step}\b", procedures) for step in steps)


def test_no_file_of_judgement_reads_or_asks_the_machine():
    folder = ROOT / "src" / "omnishop" / "policy"
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"^(import|from) (os|sys|pathlib|io|socket|subprocess|time|random|tempfile)\b", text, re.MULTILINE
        ), path
        assert not re.search(r"(?<!def )\bopen\(", text), path
        assert path.name == "shipped.py" or "importlib" not in text, path


def test_every_module_of_the_room_is_told_what_it_is_for():
    told = policy.__doc__
    modules = {each.stem for each in Path(policy.__file__).parent.glob("*.py")} - {"__init__"}
    assert not {name for name in modules if f"`{name}`" not in told}
