"""doctor: what is wrong is named, with what to do; exit 3."""

from __future__ import annotations

import json
import re

import pytest
from tests.sandbox.paper import SECRET, TOKEN


def findings(outcome):
    return {row["what"]: row for row in map(json.loads, outcome.lines)}


class TestWell:
    def test_everything_is_looked_at(self, omnishop, registered):
        outcome = omnishop("doctor", "--json")
        assert outcome.code == 0, outcome.out
        found = findings(outcome)
        assert {"home", "key", "database", "token", "clock", "identity", "orders", "cases", "reviews"} <= set(
            found
        )
        assert all(row["state"] != "wrong" for row in found.values())
        assert "s ahead" in found["clock"]["text"]["en"]

    def test_where_the_key_is_and_what_it_guards(self, omnishop, registered, monkeypatch):
        assert "key" in findings(omnishop("doctor", "--json"))["key"]["text"]["en"]
        assert SECRET not in omnishop("doctor").out
        assert TOKEN not in omnishop("doctor").out

    def test_an_empty_home(self, omnishop):
        outcome = omnishop("doctor")
        assert outcome.code == 0
        assert "database" in outcome.out


class TestWrong:
    @pytest.mark.parametrize(
        ("trouble", "where", "cure"),
        [
            ("sign", "identity", "check key and secret"),
            ("token", "identity", "shops login"),
            ("permission", "identity", "console"),
            ("html", "identity", "network"),
            ("truncated", "identity", "gateway"),
        ],
    )
    def test_who_we_are(self, omnishop, registered, paper_only, trouble, where, cure):
        paper_only.troubles["who"] = trouble
        outcome = omnishop("doctor", "--json")
        assert outcome.code == 3
        found = findings(outcome)
        assert found[where]["state"] == "wrong"
        assert cure in found[where]["cure"]["en"]
        assert found["clock"]["state"] == "ok", "the clock is told by any answer"
        assert "orders" not in found, "pointless without an identity"

    def test_one_permission_missing(self, omnishop, registered, paper_only):
        paper_only.troubles["reviews"] = "permission"
        found = findings(omnishop("doctor", "--json"))
        assert found["reviews"]["state"] == "wrong"
        assert found["cases"]["state"] == "ok"

    def test_a_clock_that_is_off(self, omnishop, registered, monkeypatch):
        from datetime import timedelta

        from omnishop import clock
        from omnishop.engine import checkup

        machine = clock.now
        of_shop = checkup.of_shop
        monkeypatch.setattr(
            checkup,
            "of_shop",
            lambda store, shop: of_shop(store, shop, lambda: machine() + timedelta(minutes=12)),
        )
        outcome = omnishop("doctor", "--json")
        assert outcome.code == 3
        assert "NTP" in findings(outcome)["clock"]["cure"]["en"]
        assert re.search(r"\+7[23]\d s ahead", findings(outcome)["clock"]["text"]["en"])

    def test_the_world_is_gone(self, omnishop, left_behind):
        outcome = omnishop("doctor", "--json")
        assert outcome.code == 3
        assert "sandbox serve" in findings(outcome)["world"]["cure"]["en"]

    def test_the_key_is_another(self, omnishop, registered, monkeypatch):
        monkeypatch.setenv("OMNISHOP_KEY", "not the one")
        outcome = omnishop("doctor", "--json")
        assert outcome.code == 3
        assert findings(outcome)["key"]["state"] == "wrong"

    def test_quarantined_records_are_mentioned(self, omnishop, registered, paper_only):
        paper_only.cases[0]["fen"] = None
        omnishop("pull")
        assert "1 record" in findings(omnishop("doctor", "--json"))["quarantine"]["text"]["en"]

    def test_in_chinese(self, omnishop, registered, paper_only, monkeypatch):
        from omnishop.cli import words

        paper_only.troubles["who"] = "sign"
        monkeypatch.setenv("OMNISHOP_LANG", "zh")
        words.forget()
        assert "应用密钥有误" in omnishop("doctor").out
