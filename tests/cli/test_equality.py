"""quarantine, reconcile, and how fresh a shop is: on the screen and as JSON."""

from __future__ import annotations

import json

from omnishop import clock
from omnishop.config import Home
from omnishop.engine.inbox import keep_told
from omnishop.model import Unreadable
from omnishop.store import Store


def rows(outcome):
    return [json.loads(line) for line in outcome.lines]


def test_reconcile_says_equal_and_over_which_range(omnishop, registered):
    assert omnishop("pull").code == 0
    outcome = omnishop("reconcile", "--json")
    assert outcome.code == 0, outcome.err
    (shop,) = rows(outcome)
    assert shop["verdict"] == "equal"
    assert shop["records"]["order"]["compared"] == 2
    assert shop["records"]["order"]["since"] < shop["records"]["order"]["until"]
    assert "equal" in omnishop("reconcile").out


def test_reconcile_names_each_difference_and_exits_3(omnishop, registered, paper_only):
    assert omnishop("pull").code == 0
    paper_only.cases[0]["fen"] += 100
    outcome = omnishop("reconcile", "--shop", "77")
    assert outcome.code == 3
    assert "amounts.requested" in outcome.out
    (shop,) = rows(omnishop("reconcile", "--json"))
    (difference,) = shop["records"]["case"]["differences"]
    assert (difference["why"], difference["fields"][0]["field"]) == ("differs", "amounts.requested")
    assert omnishop("reconcile", "--heal").code == 3


def test_reconcile_of_a_time_to_come_is_not_equal(omnishop, registered):
    assert omnishop("pull").code == 0
    outcome = omnishop("reconcile", "--since", "2099-01-01")
    assert (outcome.code, "is not past" in outcome.err) == (2, True)
    assert "equal" not in outcome.out


def test_reconcile_of_no_shop(omnishop):
    outcome = omnishop("reconcile")
    assert outcome.code == 2
    assert "shops add" in outcome.err


def test_reconcile_of_a_shop_that_cannot_be_reached(omnishop, left_behind):
    outcome = omnishop("reconcile")
    assert outcome.code == 3
    assert len(outcome.err.splitlines()) == 1


def test_how_fresh_a_shop_is(omnishop, registered):
    (before,) = rows(omnishop("shops", "list", "--json"))
    assert before["true_as_of"] is None
    assert "has not been read whole" in before["unverified"]
    (pulled,) = rows(omnishop("pull", "--json"))
    (after,) = rows(omnishop("shops", "list", "--json"))
    assert after["unverified"] is None
    assert after["true_as_of"] == pulled["true_as_of"] is not None
    assert {stream["proof"] for stream in pulled["streams"]} == {"proved"}
    assert after["true_as_of"] in omnishop("shops", "list").out


def test_quarantine(omnishop, registered, paper_only):
    assert omnishop("quarantine", "list").out == ""
    paper_only.cases[1]["fen"] = "much"
    assert omnishop("pull").code == 0
    (item,) = rows(omnishop("quarantine", "list", "--json"))
    assert item["times"] == 1
    number = str(item["number"])
    assert item["error"] in omnishop("quarantine", "list", "--shop", "77").out
    assert item["error"] in omnishop("quarantine", "show", number).out
    assert rows(omnishop("quarantine", "show", number, "--json")) == [item]
    assert json.loads(omnishop("quarantine", "show", number, "--raw").out)["fen"] == "much"
    assert omnishop("quarantine", "show", "99").code == 2


def test_quarantine_is_asked_again(omnishop, registered, paper_only):
    paper_only.cases[1]["fen"] = "much"
    assert omnishop("pull").code == 0
    stays = omnishop("quarantine", "retry", "--json")
    assert (stays.code, rows(stays)[0]["outcome"]) == (3, "unreadable")
    paper_only.cases[1]["fen"] = 100
    done = omnishop("quarantine", "retry")
    assert (done.code, "read and kept" in done.out) == (0, True)
    assert omnishop("quarantine", "retry").out == ""


def test_a_message_in_quarantine_stops_no_record_and_is_dropped(omnishop, registered, paper_only):
    paper_only.cases[1]["fen"] = "much"
    assert omnishop("pull").code == 0
    with Store.open(Home.find()) as store:
        keep_told(store, "paper", [Unreadable("paper", "message", "not JSON", None, b"?")], clock.now())
    told = omnishop("quarantine", "retry", "--json")
    assert told.code == 3, told.err
    assert sorted(row["outcome"] for row in rows(told)) == ["dropped", "unreadable"]
    (item,) = rows(omnishop("quarantine", "list", "--json"))
    assert item["shop_id"] == "77"
