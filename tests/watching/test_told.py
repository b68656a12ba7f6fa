"""What is told outside is told in the docs: every event, reason and metric; and the alerts ask for what is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
import yaml

from omnishop import errors
from omnishop.telemetry import INSTRUMENTS
from omnishop.watching import State

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "omnishop"
PAGE = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
ALERTS = yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text(encoding="utf-8"))
RULES = [rule for group in ALERTS["groups"] for rule in group["rules"]]

METRICS = {row.on_the_page: row for row in INSTRUMENTS.values()}
OUTCOMES = {
    "calls": {"ok", *(name for name, value in vars(errors).items() if isinstance(value, type))},
    "pushes": {"taken", "forged", "unreadable", "too_large", "too_many", "not_kept"},
}


@cache
def calls():
    texts = [(path, path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py"))]
    telling = [row for row in texts if "telemetry" in row[1] or row[0].parent.name == "watching"]
    nodes = [(path, node) for path, text in telling for node in ast.walk(ast.parse(text))]
    return [(path, node) for path, node in nodes if isinstance(node, ast.Call) and node.args]


def words(node):
    """The constant sentences an argument may be."""
    if isinstance(node, ast.IfExp):
        return words(node.body) | words(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def events():
    found = set()
    for path, node in calls():
        method = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        ours = method and node.func.value.id == "_log" and node.func.attr != "log"
        said = isinstance(node.func, ast.Name) and node.func.id == "say" and path.name == "news.py"
        if ours or said:
            found |= words(node.args[0])
    return found


def test_every_event_is_in_the_docs():
    found = events()
    assert len(found) > 15
    assert {event for event in found if f"`{event}`" not in PAGE} == set()


def test_every_reason_is_in_the_docs():
    found = {
        word
        for path, node in calls()
        if isinstance(node.func, ast.Name) and node.func.id == "Reason" and path.parent.name == "watching"
        for word in words(node.args[0])
    }
    assert len(found) > 12
    assert {key for key in found if f"`{key}`" not in PAGE} == set()


def test_every_logger_is_in_the_docs():
    names = {
        word
        for path, node in calls()
        if isinstance(node.func, ast.Attribute) and node.func.attr == "logger"
        for word in words(node.args[0])
    }
    assert {name for name in names if f"`omnishop.{name}`" not in PAGE} == set()


def test_nobody_logs_round_the_one_way():
    """Through `telemetry.logger`, which cleans what is said."""
    free = {SOURCE / "telemetry" / name for name in ("loggers.py", "writing.py")}
    for path in (*SOURCE.rglob("*.py"), *(ROOT / "adapters").glob("*/src/**/*.py")):
        if path not in free:
            assert "getLogger" not in path.read_text(encoding="utf-8"), path
            assert "import structlog" not in path.read_text(encoding="utf-8"), path


# ---------------------------------------------------------------- alerts


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_asks_for_what_is_there(rule):
    asked = rule["expr"]
    names = re.findall(r"\bomnishop_[a-z_]+", asked)
    assert names
    for name in names:
        row = METRICS.get(name) or METRICS[name.removesuffix("_bucket")]
        assert (row.kind == "histogram") == name.endswith("_bucket")
        for label, test, value in re.findall(rf'{name}\{{(\w+)(=~|!~|=|!=)"([^"]*)"\}}', asked):
            assert label in row.labels
            known = OUTCOMES.get(name.removeprefix("omnishop_").removesuffix("_total"))
            if label == "state":
                known = {"waiting", "failed"} if "inbox" in name else set(State)
            assert known is not None
            assert set(value.split("|") if "~" in test else [value]) <= known
    rows = [METRICS.get(name) or METRICS[name.removesuffix("_bucket")] for name in names]
    labels = {"le", *(label for row in rows for label in row.labels)}
    for grouped in re.findall(r"\bby \(([^)]*)\)", asked):
        assert {each.strip() for each in grouped.split(",")} <= labels
    assert asked.count("(") == asked.count(")")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_to_do_in_both_languages(rule):
    told = rule["annotations"]
    assert set(told) == {"summary", "summary_zh"}
    assert re.search(r"[一-鿿]", told["summary_zh"])
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    labels = set(re.findall(r"\$labels\.(\w+)", "".join(told.values())))
    kept = set(re.findall(r"\w+", " ".join(re.findall(r"\bby \(([^)]*)\)", rule["expr"]))))
    assert labels <= kept


def test_what_may_be_counted_more_than_once_is_not():
    """Several processes on one database tell the same gauges."""
    gauges = {name for name, row in METRICS.items() if row.kind == "gauge"}
    for rule in RULES:
        for name in re.findall(r"\bomnishop_[a-z_]+", rule["expr"]):
            if name in gauges:
                assert re.search(r"\b(max|min)\b|\babsent\(", rule["expr"]), rule["alert"]
                assert "sum" not in rule["expr"]
