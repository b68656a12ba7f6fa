"""`policy judge|explain|override|facts|know|backtest`: kept cases and facts in files, judged and told."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import Outcome

from omnishop.config import Home
from omnishop.policy.reading import read_facts, read_verdict
from omnishop.store import CaseKey, Store

KEY = CaseKey("paper", "77", "refund", "C1")
DRAFT = '[pack]\nname = "draft"\nversion = "1"\nlayer = "platform"\nplatform = "paper"\n'


_PREPARED: list[Path] = []


@pytest.fixture(autouse=True)
def _pulled(omnishop, world, tmp_path_factory):
    """The paper shop, added and pulled once; each test gets its own copy of that home."""
    home = Path(os.environ["OMNISHOP_HOME"])
    if _PREPARED:
        shutil.copytree(_PREPARED[0], home, dirs_exist_ok=True)
        return
    assert omnishop("shops", "add", "--sandbox", world.url).code == 0
    assert omnishop("pull").code == 0
    _PREPARED.append(shutil.copytree(home, tmp_path_factory.mktemp("prepared") / "home"))


@pytest.fixture
def draft(tmp_path):
    def write(text):
        file = tmp_path / "draft.toml"
        file.write_text(DRAFT + text, encoding="utf-8")
        return str(file)

    return write


def kept():
    with Store.open(Home.find()) as store:
        return store.verdicts.history(KEY)


def good(outcome: Outcome) -> str:
    assert (outcome.code, outcome.err) == (0, "")
    return outcome.out


# ---------------------------------------------------------------- judging


@pytest.mark.parametrize(
    "case", [["C1"], ["refund:C1"], ["paper", "77", "C1"], ["C1", "--platform", "paper", "--shop", "77"]]
)
def test_a_case_by_each_of_its_names_is_judged_and_kept(omnishop, case):
    verdict = read_verdict(json.loads(good(omnishop("policy", "judge", *case, "--json"))))
    assert CaseKey(verdict.platform, verdict.shop_id, verdict.source, verdict.case_id) == KEY
    [stored] = kept()
    assert read_verdict(stored.body) == verdict
    assert stored.judged_at == verdict.at


def test_now_is_the_worlds_unless_it_is_given(omnishop):
    at = read_verdict(json.loads(good(omnishop("policy", "judge", "C1", "--json")))).at
    assert at.isoformat().startswith("2026-03-18T")
    later = good(omnishop("policy", "judge", "C1", "--json", "--now", "2026-04-01T10:00:00"))
    assert read_verdict(json.loads(later)).at.isoformat() == "2026-04-01T10:00:00+08:00"


def test_the_facts_of_a_case_in_a_file_are_judged_alike(omnishop, tmp_path):
    facts = good(omnishop("policy", "facts", "C1"))
    assert read_facts(json.loads(facts)).case.case_id == "C1"
    file = tmp_path / "facts.json"
    file.write_text(facts, encoding="utf-8")
    now = ("--now", "2026-04-01T10:00:00", "--json")
    of_case = json.loads(good(omnishop("policy", "judge", "C1", *now)))
    assert json.loads(good(omnishop("policy", "judge", str(file), *now))) == of_case
    assert json.loads(good(omnishop("policy", "judge", "-", *now, stdin=facts))) == of_case
    assert len(kept()) == 1, "facts in a file are judged, not kept"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is not JSON"),
        ("[]", "expected an object, got a list"),
        ('{"case": {"platform": "p", "source": "s"}}', "case.case_id: is required"),
        (
            '{"case": {"platform": "p", "source": "s", "case_id": "1", "opened_at": "2026-03-02T10:00:00"}}',
            "case.opened_at: a time needs its zone",
        ),
        (
            '{"case": {"platform": "p", "source": "s", "case_id": "1", "amounts": {"requested": "-1.00"}}}',
            "case.amounts.requested: money is not negative",
        ),
        (
            '{"case": {"platform": "p", "source": "s", "case_id": "1"}, "knwon": {}}',
            "knwon: no such fact; did you mean known?",
        ),
        ("[" * 100_000, "facts.json"),
    ],
)
def test_bad_facts_are_one_line_with_file_and_path(omnishop, tmp_path, text, told):
    file = tmp_path / "facts.json"
    file.write_text(text, encoding="utf-8")
    wrong = omnishop("policy", "judge", str(file))
    assert (wrong.code, wrong.out, len(wrong.err.splitlines())) == (2, "", 1)
    assert told in wrong.err
    assert "facts.json" in wrong.err


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["C9"], "no case C9 is kept"),
        (["paper", "C1"], "name one case"),
        (["paper", "78", "C1"], "no such shop: 78"),
        (["C1", "--now", "soon"], "--now is not a time"),
    ],
)
def test_a_case_that_is_not_there(omnishop, args, told):
    wrong = omnishop("policy", "judge", *args)
    assert wrong.code == 2
    assert told in wrong.err


def test_a_pack_of_the_home_is_in_force_and_one_beside_it_lies_over(omnishop, draft):
    def limit(*args):
        verdict = read_verdict(json.loads(good(omnishop("policy", "judge", "C1", "--json", *args))))
        return next(clock.span.text for clock in verdict.clocks if clock.rule == "SLA-REVIEW")

    assert limit() == "48h"
    folder = Home.find().path / "packs"
    folder.mkdir()
    (folder / "own.toml").write_text(
        DRAFT.replace("draft", "own") + '[clocks.SLA-REVIEW]\nlimit = "20h"\n', encoding="utf-8"
    )
    assert limit() == "20h"
    assert limit("--pack", draft('[clocks.SLA-REVIEW]\nlimit = "10h"\n')) == "10h"
    assert len({stored.pack_version for stored in kept()}) == 3


def test_without_its_world_a_simulated_shop_needs_a_time(omnishop, left_behind):
    with Store.open(Home.find()) as store:
        shop = store.shops.list()[-1]
    case = (shop.platform, shop.shop_id, "C1")
    wrong = omnishop("policy", "judge", *case)
    assert wrong.code == 2
    assert "is not running: start it, or give --now" in wrong.err
    good(omnishop("policy", "judge", *case, "--now", "2026-04-01T10:00:00"))


# ---------------------------------------------------------------- explaining, deciding


def test_a_verdict_is_explained_in_both_languages(omnishop):
    good(omnishop("policy", "judge", "C1"))
    english, chinese = (good(omnishop("policy", "explain", "C1", "--lang", lang)) for lang in ("en", "zh"))
    assert english.startswith("Verdict: ")
    assert chinese.startswith("结论: ")
    assert english == good(omnishop("policy", "explain", "C1"))
    wrong = omnishop("policy", "explain", "C1", "--lang", "fr")
    assert wrong.code == 2
    assert "--lang is zh or en" in wrong.err


def test_a_case_that_was_not_judged_is_judged_to_be_explained(omnishop):
    assert kept() == []
    assert good(omnishop("policy", "explain", "C1")).startswith("Verdict: ")
    assert len(kept()) == 1


def test_an_explanation_says_when_it_is_out_of_date(omnishop):
    good(omnishop("policy", "judge", "C1"))
    good(omnishop("policy", "know", "C1", "severity", "minor", "--by", "li"))
    old = omnishop("policy", "explain", "C1")
    assert old.code == 0
    assert "facts or packs have changed since: omnishop policy judge" in old.err
    good(omnishop("policy", "judge", "C1"))
    good(omnishop("policy", "explain", "C1"))


def test_a_decision_of_a_person_is_kept_and_shown(omnishop):
    good(omnishop("policy", "judge", "C1"))
    decided = ("--decision", "allow", "--by", "wang", "--reason", "the photos are clear")
    good(omnishop("policy", "override", "C1", *decided))
    last = good(omnishop("policy", "explain", "C1")).splitlines()[-1]
    assert last.startswith("decided by a person: allow (wang, 2026-03-18T")
    assert last.endswith("the photos are clear")
    [stored] = kept()
    assert (stored.override.decision, stored.override.by) == ("allow", "wang")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--decision", "maybe", "--by", "wang", "--reason", "x"], "it may be allow, deny, needs_human"),
        (["--decision", "allow", "--by", "", "--reason", "x"], "--by must say something"),
        (["--decision", "allow", "--by", "wang"], "--reason"),
    ],
)
def test_a_decision_that_cannot_be(omnishop, args, told):
    good(omnishop("policy", "judge", "C1"))
    wrong = omnishop("policy", "override", "C1", *args)
    assert wrong.code == 2
    assert told in wrong.err
    assert kept()[-1].override is None


def test_nothing_is_overridden_before_it_is_judged(omnishop):
    wrong = omnishop("policy", "override", "C1", "--decision", "allow", "--by", "wang", "--reason", "x")
    assert wrong.code == 2
    assert "first: omnishop policy judge C1" in wrong.err


# ---------------------------------------------------------------- knowing


def known(omnishop, case="C1"):
    return json.loads(good(omnishop("policy", "facts", case)))


def test_a_fact_about_the_case_reaches_the_verdict(omnishop):
    said = good(omnishop("policy", "know", "paper", "77", "C1", "severity", "minor", "--by", "li"))
    assert said == "case refund:C1: known.severity = minor\n"
    facts = known(omnishop)
    assert facts["known"]["severity"] == "minor"
    assert facts["sources"]["known.severity"] == "hand"


def test_facts_are_about_what_their_names_fit_first(omnishop):
    for name, value, about in (
        ("live_stream", "true", "case refund:C1"),
        ("promises.p1", '{"what": "no_reason", "days": 30}', "shop "),
        ("shop.balance", "100.00", "shop "),
    ):
        assert good(omnishop("policy", "know", "C1", name, value, "--by", "li")).startswith(f"{about}: ")
    assert good(
        omnishop("policy", "know", "C1", "live_stream", "true", "--of", "order", "--by", "li")
    ).startswith("order O1: ")
    facts = known(omnishop)
    assert facts["promises"][0]["days"] == 30
    assert facts["shop"]["balance"] == "100.00"


def test_facts_about_a_shop_and_its_goods_need_no_case(omnishop):
    told = ("--shop", "77", "--by", "li")
    assert good(omnishop("policy", "know", "promises", "[]", *told)) == "shop : promises = []\n"
    assert good(omnishop("policy", "know", "goods.cost", "12.30", "--sku", "s1", *told)).startswith(
        "sku s1: "
    )
    assert known(omnishop)["promises"] == []


def test_a_fact_is_taken_back_and_both_are_remembered(omnishop):
    good(omnishop("policy", "know", "C1", "severity", "minor", "--by", "li"))
    good(omnishop("policy", "know", "C1", "severity", "--forget", "--by", "wang"))
    assert known(omnishop)["known"]["severity"] is None
    rows = good(omnishop("policy", "facts", "C1", "--entered")).splitlines()[2:]
    assert [" ".join(row.split()[:3]) for row in rows] == [
        "case known.severity minor",
        "case known.severity (taken",
    ]
    assert [("li" in row, "wang" in row) for row in rows] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["C1", "severity", "awful", "--by", "li"], "known.severity: expected one of severe, plain, minor"),
        (["C1", "severitty", "minor", "--by", "li"], "severitty: not a fact that is entered about a case"),
        (["severity", "minor", "--by", "li"], "about which case?"),
        (["a", "b", "c", "d", "--by", "li"], "write [CASE] NAME VALUE"),
        (["C1", "severity", "minor", "--by", " "], "--by must say who"),
        (["C1", "severity", "minor"], "--by"),
        (["C1", "buyer.vip", "true", "--by", "li"], "which buyer? the case tells none"),
        (["C1", "goods.custom", "true", "--of", "sku", "--by", "li"], "which sku? the case tells none"),
        (["C1", "severity", "minor", "--of", "planet", "--by", "li"], "it may be case, order"),
        (["goods.custom", "true", "--shop", "77", "--by", "li"], "of which goods? add --sku"),
    ],
)
def test_what_cannot_be_known_is_one_line(omnishop, args, told):
    wrong = omnishop("policy", "know", *args)
    assert (wrong.code, wrong.out, len(wrong.err.splitlines())) == (2, "", 1)
    assert told in wrong.err


def test_nothing_entered_is_said(omnishop):
    nothing = omnishop("policy", "facts", "C1", "--entered")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "nothing was entered\n")


# ---------------------------------------------------------------- back-test, schema


def test_a_draft_is_replayed_on_screen_and_as_a_table(omnishop, draft, tmp_path):
    good(omnishop("policy", "judge", "C1"))
    good(omnishop("policy", "override", "C1", "--decision", "deny", "--by", "wang", "--reason", "x"))
    file = tmp_path / "lines.csv"
    hasty = draft('[clocks.SLA-REVIEW]\nlimit = "1min"\n')
    told = ("--now", "2026-03-18T12:00:00", "--csv", str(file))
    screen = good(omnishop("policy", "backtest", hasty, *told))
    assert "SLA-REVIEW 1" in screen
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert {row["case_id"] for row in rows} == {"refund:C1", "refund:C2", "refund:C3"}
    [late] = [row for row in rows if row["breaches_added"]]
    assert (late["case_id"], late["breaches_added"]) == ("refund:C1", "SLA-REVIEW")
    assert (late["decision"], late["decided_by"]) == ("deny", "wang")
    sums = json.loads(good(omnishop("policy", "backtest", hasty, "--now", "2026-03-18T12:00:00", "--json")))
    assert (sums["cases"], sums["failed"], sums["decided"]) == (3, 0, 1)
    assert sums["breaches_added"] == {"SLA-REVIEW": 1}


def test_a_draft_is_judged_at_the_worlds_time_and_since(omnishop, draft):
    same = draft("")
    assert json.loads(good(omnishop("policy", "backtest", same, "--json")))["cases"] == 3
    later = good(omnishop("policy", "backtest", same, "--json", "--since", "2026-03-19"))
    assert json.loads(later)["cases"] == 0


def test_a_draft_that_is_no_pack_is_told_with_its_place_and_nothing_is_written(omnishop, draft, tmp_path):
    file = tmp_path / "lines.csv"
    file.write_text("the last run", encoding="utf-8")
    bad = draft('[clocks.SLA-REVIEW]\nlimit = "soon"\n')
    wrong = omnishop("policy", "backtest", bad, "--csv", str(file))
    assert wrong.code == 2
    assert "clocks.SLA-REVIEW.limit" in wrong.err
    assert file.read_text(encoding="utf-8") == "the last run"
    assert omnishop("policy", "backtest", "nowhere.toml").code == 2


@pytest.mark.parametrize("name", ["facts", "verdict"])
def test_the_schema_names_what_is_written(omnishop, name):
    schema = json.loads(good(omnishop("schema", name)))
    assert name in good(omnishop("schema")).split()
    written = (
        known(omnishop) if name == "facts" else json.loads(good(omnishop("policy", "judge", "C1", "--json")))
    )
    assert set(schema["properties"]) == set(written)
