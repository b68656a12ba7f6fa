"""The rules that are carried: each once, with its source, in the docs, and only such as the policies know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from omnishop.policy.rules import carried

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "policy.md"
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


def known_ids(text):
    """Ids of the table rows; steps make the members of SLA-STEP-*."""
    return set(re.findall(r"^\| ((?:SLA|CLS|COM)-[A-Z0-9*-]+) \|", text, re.MULTILINE))


@pytest.mark.skipif(not POLICIES.exists(), reason="the shared policies are not beside this checkout")
def test_every_row_of_the_policies_that_belongs_here_is_carried(default):
    here = set(ids(default))
    rows = known_ids(POLICIES.read_text(encoding="utf-8"))
    assert rows, "the page has changed its form"
    not_yet = {"COM-PLAIN", "COM-PROGRESS", "COM-FAQ", "COM-PRODUCT", "COM-CARE"}
    assert rows - not_yet - {"SLA-STEP-*"} <= here
    steps = {each.removeprefix("SLA-STEP-") for each in here if each.startswith("SLA-STEP-")}
    section = POLICIES.read_text(encoding="utf-8").partition("## 6.")[2].partition("## 7.")[0]
    assert all(re.search(rf"\b{step}\b", section) for step in steps)
    assert here - rows == {f"SLA-STEP-{step}" for step in steps}


def test_no_file_of_judgement_reads_or_asks_the_machine():
    folder = ROOT / "src" / "omnishop" / "policy"
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"^(import|from) (os|sys|pathlib|io|socket|subprocess|time|random|tempfile)\b", text, re.MULTILINE
        ), path
        assert not re.search(r"(?<!def )\bopen\(", text), path
        assert path.name == "shipped.py" or "importlib" not in text, path
