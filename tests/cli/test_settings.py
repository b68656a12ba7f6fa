"""`shops set`: what a platform's page asks of a shop, on one that is registered already."""

from __future__ import annotations

import json

import pytest
from tests.sandbox.paper import SECRET, TOKEN


@pytest.fixture
def shop(omnishop, world):
    added = [
        "shops",
        "add",
        "paper",
        "--app-key",
        "key-1",
        "--alias",
        "main",
        "--gateway",
        f"{world.url}/paper",
    ]
    outcome = omnishop(*added, "--set", "pin=p1", "--secret-stdin", stdin=f"{SECRET}\n{TOKEN}\n")
    assert outcome.code == 0, outcome.err
    return "main"


def settings(omnishop):
    return json.loads(omnishop("shops", "list", "--json").lines[0])["settings"]


def test_settings_are_added_changed_and_taken_back(omnishop, shop):
    assert omnishop("shops", "set", shop, "pin=p2", "colour=blue=green").code == 0
    assert settings(omnishop) == {"pin": "p2", "colour": "blue=green"}
    outcome = omnishop("shops", "set", shop, "pin=", "--json")
    assert json.loads(outcome.out)["settings"] == settings(omnishop) == {"colour": "blue=green"}
    assert "colour" in omnishop("shops", "set", shop).out
    assert settings(omnishop) == {"colour": "blue=green"}


def test_the_shop_still_works(omnishop, shop):
    before = omnishop("shops", "list", "--json").lines[0]
    omnishop("shops", "set", shop, "colour=blue")
    omnishop("shops", "set", shop, "colour=")
    assert omnishop("shops", "list", "--json").lines[0] == before
    assert omnishop("pull").code == 0


@pytest.mark.parametrize("args", [["main", "nameonly"], ["main", "=x"], ["nobody", "pin=1"]])
def test_bad_arguments(omnishop, shop, args):
    outcome = omnishop("shops", "set", *args)
    assert outcome.code == 2
    assert len(outcome.err.splitlines()) == 1
    assert settings(omnishop) == {"pin": "p1"}
