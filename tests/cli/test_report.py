"""`report measures` and `report warnings`: for people, for programs, with the shop's own present and tables."""

from __future__ import annotations

import json

import pytest
from tests.sandbox.paper import NOW

from omnishop.cli import words
from omnishop.config import Home
from omnishop.model import iso


def rows(outcome):
    assert outcome.code == 0, outcome.err
    return [json.loads(line) for line in outcome.lines]


@pytest.fixture
def pulled(omnishop, registered):
    assert omnishop("pull").code == 0
    return registered


def own(name, text):
    folder = Home.find().path / "tables"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_measures_are_told_with_what_is_not_known(omnishop, pulled):
    told = rows(omnishop("report", "measures", "--json", "--by", "shop"))
    first = {(row["id"], row["part"]): row for row in told}
    dispute = first["MET-DISPUTE", "rate"]
    assert list(dispute) == [
        "id", "part", "title", "title_zh", "by", "platform", "shop_id", "key", "since", "until", "unit", "value",
        "low", "high", "numerator", "denominator", "of", "of_zh", "goal", "met", "before", "highest", "missing",
    ]  # fmt: skip
    assert (dispute["platform"], dispute["shop_id"], dispute["denominator"]) == ("paper", "77", 3)
    assert first["MET-SAT", "rate"]["missing"] == ["table satisfaction"]
    assert first["MET-SAT", "rate"]["met"] == "unknown"


def test_now_is_the_worlds_and_can_be_told(omnishop, pulled):
    told = rows(omnishop("report", "measures", "--json"))
    assert {row["until"] for row in told} == {iso(NOW)}
    told = rows(omnishop("report", "measures", "--json", "--now", "2026-08-01"))
    assert {row["until"] for row in told} == {"2026-08-01T00:00:00+08:00"}
    assert {row["denominator"] for row in told} == {0}


def test_an_asked_window(omnishop, pulled):
    told = rows(omnishop("report", "measures", "--json", "--since", "2026-01-01", "--until", "2026-01-02"))
    assert {(row["since"], row["until"]) for row in told} == {
        ("2026-01-01T00:00:00+08:00", "2026-01-02T00:00:00+08:00")
    }
    told = rows(omnishop("report", "measures", "--json", "--since", "2020-01-01", "--until", "2027-01-01"))
    first = next(row for row in told if row["id"] == "MET-FIRST")
    assert (first["met"], "records.before" in first["missing"]) == ("unknown", True)
    wrong = omnishop("report", "measures", "--since", "2026-01-02", "--until", "2026-01-02")
    assert (wrong.code, wrong.err) == (2, "error: --since must lie before --until\n")


@pytest.mark.parametrize(
    "by", ["all", "platform", "storefront", "product", "class", "buyer_group", "day", "month"]
)
def test_figures_are_told_apart_as_asked(omnishop, pulled, by):
    mix = [
        row for row in rows(omnishop("report", "measures", "--json", "--by", by)) if row["id"] == "MET-MIX"
    ]
    assert {row["by"] for row in mix} == {by}
    assert sum(row["low"] for row in mix) >= 3


def test_for_people_it_is_a_table(omnishop, pulled):
    done = omnishop("report", "measures")
    assert done.code == 0
    assert done.lines[0].split()[:3] == ["measure", "what", "where"]
    assert any(line.startswith("MET-BOT") and "table chats" in line for line in done.lines)


def test_warnings_come_with_the_records_behind_them(omnishop, pulled):
    late = iso(NOW.replace(year=NOW.year + 1))
    told = rows(omnishop("report", "warnings", "--json", "--now", late))
    idle = next(row for row in told if row["id"] == "PEN-IDLE")
    assert (idle["type"], idle["level"], idle["platform"], idle["shop_id"]) == (
        "warning",
        "reached",
        "paper",
        "77",
    )
    assert idle["behind"]
    assert all(ref["record"] == "case" and ":" in ref["id"] for ref in idle["behind"])
    assert idle["remedies"]
    assert idle["then"] is None  # this platform is not known to punish it
    assert {row["id"] for row in told if row["type"] == "unjudged"} >= {"PEN-TOP10", "ALR-LOWSAT"}
    shown = omnishop("report", "warnings", "--now", late)
    assert f"PEN-IDLE [reached] paper 77: {idle['text']}" in shown.lines
    assert any(line.startswith("    behind it: case ") for line in shown.lines)
    assert "a warning only" in shown.out


def test_the_merchants_tables_are_read_from_the_home_and_from_files(omnishop, pulled, tmp_path):
    day = NOW.date().isoformat()
    own("satisfaction.csv", f"platform,shop,at,score\npaper,77,{day},5\n")
    other = tmp_path / "x.csv"
    other.write_text(f"platform,shop,at,routine,settled_by\npaper,77,{day},yes,bot\n", encoding="utf-8")
    told = rows(omnishop("report", "measures", "--json", "--table", f"chats={other}"))
    found = {row["id"]: row for row in told if row["id"] in {"MET-SAT", "MET-BOT"}}
    assert {name: (row["value"], row["met"]) for name, row in found.items()} == {
        "MET-SAT": (1, "met"),
        "MET-BOT": (1, "met"),
    }


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (("--by", "luck"), "figures are not told apart by 'luck'"),
        (("--table", "chats"), "--table takes NAME=FILE"),
        (("--table", "chats=/no/such/file.csv"), "No such file"),
        (("--now", "soon"), "--now is not a time"),
        (("--shop", "nobody"), "no such shop"),
    ],
)
def test_bad_input_is_one_line(omnishop, pulled, args, expected):
    done = omnishop("report", "measures", *args)
    assert done.code == 2
    assert expected in done.err
    assert len(done.err.splitlines()) == 1


def test_a_bad_table_is_one_line(omnishop, pulled):
    own("chats.csv", "platform,shop\n")
    done = omnishop("report", "warnings")
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "the columns of chats are" in done.err


def test_a_world_that_has_ended_has_no_present(omnishop, left_behind):
    done = omnishop("report", "warnings")
    assert done.code == 2
    assert "its simulated world is not running; give --now TIME" in done.err
    assert omnishop("report", "warnings", "--now", iso(NOW)).code == 0


def test_without_a_shop_it_says_what_to_do(omnishop):
    done = omnishop("report", "measures")
    assert done.code == 2
    assert "shops add" in done.err


def test_in_chinese(omnishop, pulled, monkeypatch):
    monkeypatch.setenv("OMNISHOP_LANG", "zh")
    words.forget()
    done = omnishop("report", "measures")
    assert done.lines[0].split()[:3] == ["指标", "名称", "范围"]
    done = omnishop("report", "warnings", "--now", iso(NOW.replace(year=NOW.year + 1)))
    assert "仅提醒" in done.out
    assert "未能判断" in done.out


def test_a_pack_of_the_merchants_own_moves_a_threshold(omnishop, pulled, tmp_path):
    pack = tmp_path / "own.toml"
    head = '[pack]\nname = "own"\nversion = "1"\nlayer = "platform"\nplatform = "paper"\n'
    pack.write_text(head + '[penalties.PEN-IDLE]\napplies = true\nwarn = "1min"\n', encoding="utf-8")
    late = iso(NOW.replace(year=NOW.year + 1))
    told = rows(omnishop("report", "warnings", "--json", "--pack", str(pack), "--now", late))
    assert next(row for row in told if row["id"] == "PEN-IDLE")["then"] is not None
