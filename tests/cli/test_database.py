"""--database: where it may stand, what it goes before, and that nothing shows its password."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from omnishop.config import Home
from omnishop.store import Store


def own_file():
    return Path(os.environ["OMNISHOP_HOME"]) / "omnishop.db"


@pytest.mark.parametrize(
    "line",
    [
        ("--database", "sqlite:///other.db", "orders", "list"),
        ("orders", "--database", "sqlite:///other.db", "list"),
        ("orders", "list", "--database", "sqlite:///other.db"),
        ("orders", "list", "--database=sqlite:///other.db"),
    ],
)
def test_it_may_stand_anywhere_in_the_line(omnishop, line):
    assert omnishop(*line).code == 0
    assert (own_file().parent / "other.db").exists()
    assert not own_file().exists()


def test_it_holds_for_one_command(omnishop):
    omnishop("orders", "list", "--database", "sqlite:///other.db")
    assert omnishop("orders", "list").code == 0
    assert own_file().exists()


@pytest.mark.parametrize("end", [(), ("--json",), ("--", "x")])
def test_without_an_address_it_says_what_follows(omnishop, end):
    outcome = omnishop("orders", "list", "--database", *end)
    assert (outcome.code, outcome.out) == (2, "")
    assert "postgresql://user@host/name" in outcome.err


def test_a_wrong_one_is_not_repeated(omnishop, monkeypatch):
    monkeypatch.setenv("OMNISHOP_DATABASE", "postgresql://me:hunter2@x@db/y")
    outcome = omnishop("orders", "list")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert "OMNISHOP_DATABASE" in outcome.err
    assert "hunter" not in outcome.err


def test_a_server_that_is_not_there_is_one_line(omnishop):
    outcome = omnishop("pull", "--database", "postgresql://me:hunter2@127.0.0.1:1/shops")
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert "shops @ 127.0.0.1:1" in outcome.err
    assert "hunter" not in outcome.err


def test_everything_is_kept_in_postgresql(omnishop, world, postgres_url):
    said = ("--database", postgres_url)
    assert omnishop("shops", "add", "--sandbox", world.url, *said).code == 0
    assert omnishop("pull", *said).code == 0
    listed = omnishop("cases", "list", "--json", *said)
    assert listed.code == 0
    assert listed.lines
    doctor = omnishop("doctor", "--json", *said)
    assert doctor.code == 0
    password = postgres_url.split(":")[2].partition("@")[0]
    assert "postgres:***@127.0.0.1" in doctor.out
    assert password not in doctor.out + doctor.err
    with Store.open(Home.find(database=postgres_url)) as store:
        assert store.records.count("case") == len(listed.lines)
    assert not own_file().exists()


def test_the_demo_keeps_away_from_a_shared_database(omnishop, monkeypatch, tmp_path):
    monkeypatch.setenv("OMNISHOP_DATABASE", f"sqlite:///{tmp_path}/shared.db")
    assert omnishop("demo", "--orders", "1").code == 0
    assert not (tmp_path / "shared.db").exists()
