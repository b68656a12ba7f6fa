"""shops, pull, lists: from a running world to the store to the screen."""

from __future__ import annotations

import json

import pytest
from tests.sandbox.paper import BUYER, SECRET, TOKEN


def rows(outcome):
    return [json.loads(line) for line in outcome.lines]


class TestShops:
    def test_add_from_a_world_is_idempotent(self, omnishop, world):
        first = omnishop("shops", "add", "--sandbox", world.url)
        assert first.code == 0
        assert "77" in first.out
        assert SECRET not in first.out + first.err
        assert omnishop("shops", "add", "--sandbox", world.url + "/_control/").code == 0
        shops = rows(omnishop("shops", "list", "--json"))
        assert len(shops) == 1
        assert shops[0]["shop_id"] == "77"
        assert shops[0]["simulated"] is True
        assert shops[0]["control"] == f"{world.url}/_control"

    def test_list_of_none(self, omnishop):
        outcome = omnishop("shops", "list")
        assert outcome.code == 0
        assert outcome.out == ""
        assert "shops add" in outcome.err

    @pytest.mark.parametrize("url", ["nonsense", "ftp://x", ""])
    def test_what_is_no_address(self, omnishop, url):
        outcome = omnishop("shops", "add", "--sandbox", url)
        assert outcome.code == 2
        assert "not an address" in outcome.err

    def test_nobody_there(self, omnishop):
        outcome = omnishop("shops", "add", "--sandbox", "http://127.0.0.1:9")
        assert outcome.code == 3
        assert "could not be reached" in outcome.err
        assert len(outcome.err.splitlines()) == 1

    def test_one_of_platform_and_sandbox(self, omnishop, world):
        assert omnishop("shops", "add").code == 2
        assert omnishop("shops", "add", "paper", "--sandbox", world.url).code == 2


class TestPull:
    def test_first_then_nothing_new(self, omnishop, registered):
        first = omnishop("pull", "--json")
        assert first.code == 0, first.err
        (shop,) = rows(first)
        assert shop["ok"] is True
        assert shop["records"]["case"] == {"new": 3, "changed": 0, "unchanged": 0}
        assert shop["records"]["order"]["new"] == 2
        (again,) = rows(omnishop("pull", "--json"))
        assert again["records"]["case"]["new"] == again["records"]["case"]["changed"] == 0

    def test_table_and_plain_progress_lines(self, omnishop, registered):
        outcome = omnishop("pull")
        assert outcome.code == 0
        assert "\x1b" not in outcome.out + outcome.err
        assert outcome.err == "reading 77\n"
        assert "unchanged" in outcome.out

    def test_one_shop_by_name(self, omnishop, registered):
        assert omnishop("pull", "--shop", "77").code == 0
        wrong = omnishop("pull", "--shop", "78")
        assert wrong.code == 2
        assert "77" in wrong.err

    def test_since(self, omnishop, registered):
        assert omnishop("pull", "--since", "2026-03-01").code == 0
        wrong = omnishop("pull", "--since", "yesterday")
        assert wrong.code == 2
        assert "--since is not a time: 'yesterday'" in wrong.err

    def test_no_shop(self, omnishop):
        outcome = omnishop("pull")
        assert outcome.code == 2
        assert "no shop yet" in outcome.err

    def test_one_bad_record_does_not_stop_the_rest(self, omnishop, registered, paper_only):
        paper_only.cases[1]["fen"] = "much"
        (shop,) = rows(omnishop("pull", "--json"))
        assert shop["records"]["case"]["new"] == 2
        assert sum(stream["quarantined"] for stream in shop["streams"]) == 1

    def test_ctrl_c_says_how_to_go_on(self, omnishop, registered, monkeypatch):
        def interrupted(*_args, **_more):
            raise KeyboardInterrupt

        monkeypatch.setattr("omnishop.engine.pull", interrupted)
        outcome = omnishop("pull")
        assert outcome.code == 130
        assert "omnishop pull" in outcome.err


class TestLists:
    @pytest.fixture(autouse=True)
    def _pulled(self, omnishop, registered):
        assert omnishop("pull").code == 0

    def test_json_is_our_json(self, omnishop):
        from omnishop import jsonform

        found = rows(omnishop("cases", "list", "--json"))
        assert {row["case_id"] for row in found} == {"C1", "C2", "C3"}
        for row in found:
            assert jsonform.dump(jsonform.load(row)) == row

    @pytest.mark.parametrize(
        ("args", "ids"),
        [
            (["--kind", "exchange"], ["C3"]),
            (["--stage", "requested"], ["C1"]),
            (["--open", "--urgent"], ["C1", "C3"]),
            (["--order", "O2"], ["C2"]),
            (["--platform", "paper", "--shop", "77", "--stage", "succeeded"], ["C2"]),
            (["--since", "2026-03-19"], []),
            (["--until", "2026-03-01"], []),
            (["--urgent", "--limit", "1"], ["C1"]),
            (["--limit", "0"], []),
        ],
    )
    def test_filters(self, omnishop, args, ids):
        outcome = omnishop("cases", "list", "--json", *args)
        assert outcome.code == 0
        assert [row["case_id"] for row in rows(outcome)] == ids

    @pytest.mark.parametrize(
        "args",
        [["--kind", "gift"], ["--stage", "paid"], ["--shop", "99"], ["--since", "soon"], ["--limit", "-1"]],
    )
    def test_bad_filters(self, omnishop, args):
        outcome = omnishop("cases", "list", *args)
        assert outcome.code == 2
        assert outcome.out == ""
        assert len(outcome.err.splitlines()) == 1

    def test_table_says_what_happens_by_default(self, omnishop):
        outcome = omnishop("cases", "list", "--urgent")
        first = outcome.lines[2]
        assert "refund:C1" in first
        assert "59.00" in first
        assert "2 h 0 min" in first
        assert "refunds by itself" in first

    def test_table_in_chinese(self, omnishop, monkeypatch):
        from omnishop.cli import words

        monkeypatch.setenv("OMNISHOP_LANG", "zh")
        words.forget()
        outcome = omnishop("cases", "list", "--urgent")
        assert "退货退款" in outcome.out
        assert "自动退款" in outcome.out
        assert "截止时间" in outcome.lines[0]

    @pytest.mark.parametrize("name", ["C1", "refund:C1"])
    def test_show(self, omnishop, name):
        (row,) = rows(omnishop("cases", "show", name, "--json"))
        assert row["case_id"] == "C1"
        assert row["amounts"]["requested"] == "59.00"
        assert "amounts.requested" in omnishop("cases", "show", name).out

    def test_show_raw(self, omnishop):
        assert json.loads(omnishop("cases", "show", "C1", "--raw").out)["fen"] == 5900

    def test_show_what_became_of_it(self, omnishop):
        (step,) = rows(omnishop("cases", "show", "C1", "--history", "--json"))
        assert step["answer"] == "cases"
        known = {change["field"]: change["after"] for change in step["changes"]}
        assert known["stage"] == rows(omnishop("cases", "show", "C1", "--json"))[0]["stage"]
        assert "told by" in omnishop("cases", "show", "C1", "--history").out

    def test_show_nothing(self, omnishop):
        outcome = omnishop("cases", "show", "C9")
        assert outcome.code == 2
        assert "omnishop pull" in outcome.err

    def test_orders_and_reviews(self, omnishop):
        orders = rows(omnishop("orders", "list", "--json"))
        assert [row["order_id"] for row in orders] == ["O1", "O2"]
        assert "O2" in omnishop("orders", "list", "--stage", "paid").out
        assert omnishop("orders", "show", "O1").code == 0
        empty = omnishop("reviews", "list")
        assert empty.code == 0
        assert "nothing found" in empty.err

    def test_no_buyer_and_no_secret_in_any_output(self, omnishop):
        for args in (
            ["orders", "list"],
            ["orders", "list", "--json"],
            ["orders", "show", "O1"],
            ["shops", "list"],
        ):
            outcome = omnishop(*args)
            for hidden in (BUYER, SECRET, TOKEN):
                assert hidden not in outcome.out + outcome.err


def test_without_its_world_a_shop_has_no_now(omnishop, left_behind):
    outcome = omnishop("cases", "list", "--urgent")
    assert outcome.code == 0
    assert "refund:C1" in outcome.out
    assert "2 h 0 min" not in outcome.out
