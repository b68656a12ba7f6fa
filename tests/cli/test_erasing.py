"""`erase` and `retention` at the command line."""

from __future__ import annotations

import json
import shutil

import pytest
from attrs import evolve
from tests.engine.market import NOW, minutes
from tests.store.planted import CASE, KEY, NAME, NICK, ORDER, keep, plant
from tests.stores import empty_file

from omnishop.config import Home
from omnishop.engine.merge import snapshot
from omnishop.model import OrderStatus, Stage
from omnishop.store import Store

__all__ = ["empty_file"]

WHOLE = {"orders": 1, "cases": 1, "reviews": 1, "states": 6, "messages": 1, "entered": 1, "verdicts": 1}


@pytest.fixture
def planted(empty_file):
    """All of it ended."""
    shutil.copy(empty_file, Home.find().path / "omnishop.db")
    with Store.open(Home.find()) as store:
        plant(store)
        for record, kind, name in ((CASE, "case", "c1"), (ORDER, "order", "o1")):
            ended = {"stage": Stage.CLOSED} if kind == "case" else {"status": OrderStatus.FINISHED}
            later = evolve(record, changed_at=NOW + minutes(1), **ended)
            keep(store, kind, {(record.source, name): snapshot(later, NOW, "list")})


def rows(outcome):
    return [json.loads(line) for line in outcome.lines]


def nicks(omnishop):
    return NICK in omnishop("reviews", "show", "r1", "--json").out


@pytest.mark.parametrize(
    "whom", [("--buyer", KEY), ("--order", "o1"), ("--order", "o1", "--shop", "corner")], ids=str
)
def test_a_person_is_erased_once_it_is_said_twice(omnishop, planted, whom):
    told = omnishop("erase", *whom, "--dry-run")
    assert told.code == 0
    assert "nothing was changed" in told.err
    assert nicks(omnishop)
    assert omnishop("erase", *whom).code == 2, "in a pipe it wants --yes"
    assert nicks(omnishop)
    (counts,) = rows(omnishop("erase", *whom, "--yes", "--why", "asked by letter", "--json"))
    assert counts["done"] is True
    assert {name: count for name, count in counts.items() if count and name not in {"done", "states"}} == {
        name: count for name, count in WHOLE.items() if name != "states"
    }
    assert not nicks(omnishop)
    (deed,) = rows(omnishop("audit", "list", "--json"))
    assert (deed["deed"], deed["why"]) == ("erase", "asked by letter")
    assert NAME not in json.dumps(deed, ensure_ascii=False)


def test_what_has_not_ended_is_left_alone(omnishop):
    with Store.open(Home.find()) as store:
        plant(store)
    outcome = omnishop("erase", "--case", "claim:c1", "--yes")
    assert (outcome.code, len(outcome.err.splitlines())) == (2, 1)
    assert "case c1" in outcome.err
    assert omnishop("erase", "--case", "c1", "--yes", "--even-open").code == 0
    assert omnishop("audit", "list").out.count("erase") == 1


def test_one_that_is_not_kept_yet_is_kept_away(omnishop, planted):
    assert omnishop("erase", "--order", "o7", "--yes").code == 2
    assert omnishop("erase", "--order", "o7", "--shop", "corner", "--yes").code == 0
    with Store.open(Home.find()) as store:
        late = evolve(ORDER, order_id="o7")
        keep(store, "order", {("order", "o7"): snapshot(late, NOW, "list")})
    assert NICK not in omnishop("orders", "show", "o7", "--json").out


@pytest.mark.parametrize("said", ["--yes", "--dry-run"])
@pytest.mark.parametrize(
    "whom",
    [
        (),
        ("--buyer", KEY, "--order", "o1"),
        ("--case", "nobody"),
        ("--order", "nobody"),
        ("--buyer", "nobody"),
    ],
    ids=str,
)
def test_whom_must_be_said(omnishop, planted, whom, said):
    outcome = omnishop("erase", *whom, said)
    assert (outcome.code, len(outcome.err.splitlines())) == (2, 1)


def test_how_long_things_are_kept(omnishop, planted, monkeypatch):
    monkeypatch.setattr("omnishop.clock.now", lambda: NOW + minutes(60 * 24 * 60))
    assert rows(omnishop("retention", "show", "--json"))[0]["raw"] == 365
    assert "for ever" in omnishop("retention", "show").out
    assert rows(omnishop("retention", "set", "raw=30", "inbox=forever", "--json"))[0] == {
        "raw": 30,
        "persons": None,
        "records": None,
        "history": None,
        "verdicts": None,
        "inbox": None,
        "quarantine": 365,
    }
    assert omnishop("retention", "set", "raw=soon").code == 2
    would = rows(omnishop("retention", "apply", "--dry-run", "--json"))[0]
    assert (would["done"], would["raw"]) == (False, 3)
    assert rows(omnishop("retention", "apply", "--json"))[0]["raw"] == 3
    assert rows(omnishop("retention", "apply", "--json"))[0]["raw"] == 0
    assert [row["deed"] for row in rows(omnishop("audit", "list", "--json"))] == [
        "retention apply",
        "retention",
    ]
