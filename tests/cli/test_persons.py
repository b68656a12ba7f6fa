"""People's data is masked in all that is printed; who may see it is written down, and who has seen it."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta

import pytest
from tests.store.planted import NAME, NICK, NOW, PHONE, RAW, STREET, plant
from tests.store.test_home import Ring as Keyring
from tests.stores import empty_file

from omnishop import clock
from omnishop.cli.person import here
from omnishop.config import Home
from omnishop.model import Unreadable
from omnishop.store import Store

__all__ = ["empty_file"]

PERSON = (NAME, PHONE, STREET, NICK)
SHOW = (
    ("orders", "show", "o1", "--raw"),
    ("cases", "show", "c1", "--raw"),
    ("reviews", "show", "r1", "--raw"),
    ("quarantine", "show", "1", "--raw"),
)
REASON = ("--unmask", "--why", "wrong address")


@pytest.fixture
def planted(empty_file):
    shutil.copy(empty_file, Home.find().path / "omnishop.db")
    with Store.open(Home.find()) as store:
        plant(store)


def rows(outcome):
    return [json.loads(line) for line in outcome.lines]


@pytest.mark.parametrize("command", SHOW)
def test_a_record_as_the_platform_sent_it_is_masked(omnishop, planted, command):
    outcome = omnishop(*command)
    assert outcome.code == 0, outcome.err
    assert [word for word in PERSON if word in outcome.out] == []
    assert json.loads(outcome.out)["receiver_name"] == "***"


@pytest.mark.parametrize(
    "command",
    [
        ("orders", "list", "--json"),
        ("orders", "list"),
        ("orders", "show", "o1", "--json"),
        ("orders", "show", "o1"),
        ("orders", "show", "o1", "--history"),
        ("orders", "show", "o1", "--history", "--json"),
        ("reviews", "show", "r1", "--json"),
        ("cases", "list", "--json"),
        ("quarantine", "list", "--json"),
        ("quarantine", "show", "1"),
        ("inbox", "list"),
        ("inbox", "list", "--json"),
    ],
)
def test_no_number_can_be_called_that_somebody_wrote_into_a_text(omnishop, planted, command):
    outcome = omnishop(*command)
    assert outcome.code == 0, outcome.err
    assert PHONE not in outcome.out


@pytest.mark.parametrize("command", SHOW)
def test_to_see_people_takes_a_right_and_a_reason(omnishop, planted, command):
    barred = omnishop(*command, *REASON)
    assert barred.code == 2
    assert "omnishop rights give see_persons" in barred.err
    assert not barred.out
    assert omnishop("rights", "give", "see_persons", "--to", here(), "--shop", "corner").code == 0
    assert omnishop(*command, "--unmask").code == 2, "a reason is wanted"
    shown = omnishop(*command, *REASON)
    assert (shown.code, shown.out) == (0, RAW.decode() + "\n")
    seen = rows(omnishop("audit", "list", "--json"))
    assert [(each["person"], each["deed"], each["why"]) for each in seen] == [
        (here(), "see", "wrong address"),
        (here(), "give see_persons", None),
    ]
    assert omnishop("rights", "take", "see_persons", "--to", here(), "--shop", "corner").code == 0
    assert omnishop(*command, *REASON).code == 2


def test_a_right_in_another_shop_is_none_here(omnishop, planted):
    with Store.open(Home.find()) as store:
        store.entitlements.give(here(), "see_persons", ("market", "78"), by="x", now=NOW)
    assert omnishop(*SHOW[0], *REASON).code == 2
    assert omnishop("rights", "give", "see_persons", "--to", here(), "--all").code == 0
    assert omnishop(*SHOW[0], *REASON).code == 0
    assert [row["shop_id"] for row in rows(omnishop("rights", "list", "--json"))] == [None, "78"]


def test_bytes_that_are_no_json_cannot_be_masked(omnishop, planted):
    bad = Unreadable("market", "claim", "no record", "c8", f"name={NAME}".encode())
    with Store.open(Home.find()) as store, store.writing() as connection:
        store.quarantine.add(connection, "77", "cases changed", [bad], NOW)
    outcome = omnishop("quarantine", "show", "2", "--raw")
    assert (outcome.code, outcome.out) == (2, "")
    assert NAME not in outcome.err


def test_unknown_rights_and_shops(omnishop, planted):
    assert omnishop("rights", "give", "see_all", "--to", "li", "--all").code == 2
    assert omnishop("rights", "give", "see_persons", "--to", "li").code == 2
    assert omnishop("rights", "take", "see_persons", "--to", "li", "--all").code == 2
    assert "nobody" in omnishop("rights", "list").err


def test_a_decoded_answer_has_no_number_in_its_texts(omnishop, paper_only, tmp_path, monkeypatch):
    note = {"type": "raw", "data": {"receiver_mobile": PHONE, "note": f"call {PHONE}", "amount": "12.30"}}
    monkeypatch.setattr("omnishop.jsonform.dump", lambda record: note)
    file = tmp_path / "answer.json"
    file.write_text('{"cases": [], "total": 0}')
    monkeypatch.setattr("tests.sandbox.paper.PaperAdapter.decode_body", lambda *args: [note], raising=False)
    outcome = omnishop("decode", "paper", "cases", str(file))
    assert json.loads(outcome.out)["data"] == {
        "receiver_mobile": "***",
        "note": "call ***",
        "amount": "12.30",
    }


# ---------------------------------------------------------------- keys


def test_keys_change_and_are_counted(omnishop, planted):
    before = rows(omnishop("keys", "list", "--json"))
    assert [each["rows"] for each in before[1:]] == [15, 0]
    assert omnishop("keys", "rotate").out.startswith("15 rows")
    after = rows(omnishop("keys", "list", "--json"))
    assert [each["rows"] for each in after[1:]] == [15, 0]
    assert after[1]["key"] != before[1]["key"]
    assert omnishop("keys", "seal").out.startswith("0 rows")
    assert [each["deed"] for each in rows(omnishop("audit", "list", "--json"))] == ["rotate"]


def test_an_unfinished_rotation_is_finished_first(omnishop, planted):
    with Store.open(Home.find()) as store:
        store.ring.add(NOW)
    assert "keys seal" in omnishop("keys", "list").out
    outcome = omnishop("keys", "rotate")
    assert "finished first" in outcome.err
    assert len(rows(omnishop("keys", "list", "--json"))) == 3


def test_the_homes_key_moves_into_the_environment_and_back(omnishop, planted, monkeypatch):
    file = Home.find().path / "key"
    first = file.read_text()
    monkeypatch.setenv("OMNISHOP_NEW_KEY", "a long pass phrase")
    assert omnishop("keys", "rehome", "--to", "environment").code == 0
    assert omnishop("orders", "show", "o1").code == 2, "the old key opens nothing"
    monkeypatch.setenv("OMNISHOP_KEY", "a long pass phrase")
    assert omnishop("orders", "show", "o1").code == 0
    assert omnishop("keys", "rehome", "--to", "environment").code == 2, "the same again"
    outcome = omnishop("keys", "rehome", "--to", "file")
    assert "unset OMNISHOP_KEY" in outcome.out
    assert omnishop("orders", "show", "o1").code == 2
    monkeypatch.delenv("OMNISHOP_KEY")
    assert omnishop("orders", "show", "o1").code == 0
    assert file.read_text() != first
    assert file.with_name("key.old").read_text() == first
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_change_of_keys_that_was_stopped_at_its_last_step_is_finished(omnishop, planted):
    home = Home.find()
    with Store.open(home) as store:
        fresh = home.new_key(in_ring=False)
        store.ring.rehome(fresh)
    assert (home.path / "key.next").exists(), "killed before the file took its place"
    assert omnishop("orders", "show", "o1").code == 0
    assert not (home.path / "key.next").exists()
    assert home.key().id == fresh.id


def test_a_change_of_keys_that_was_stopped_before_changes_nothing(omnishop, planted):
    home = Home.find()
    before = home.key()
    home.new_key(in_ring=False)
    assert omnishop("orders", "show", "o1").code == 0
    assert home.key() == before
    assert omnishop("keys", "rehome", "--to", "file").code == 0
    assert omnishop("orders", "show", "o1").code == 0


def test_no_keyring_is_one_line(omnishop, planted, monkeypatch):
    monkeypatch.setattr("omnishop.keys._keyring", lambda: None)
    outcome = omnishop("keys", "rehome", "--to", "keyring")
    assert (outcome.code, len(outcome.err.splitlines())) == (2, 1)
    assert omnishop("orders", "show", "o1").code == 0


def test_the_homes_key_moves_into_the_keyring(omnishop, planted, monkeypatch):
    keyring = Keyring()
    monkeypatch.setattr("omnishop.keys._keyring", lambda: keyring)
    assert omnishop("keys", "rehome", "--to", "keyring").code == 0
    assert omnishop("orders", "show", "o1").code == 0
    assert (Home.find().path / "key").read_text().startswith("keyring:")
    (secret,) = keyring.entries.values()
    assert secret not in (Home.find().path / "key").read_text()
    keyring.entries.clear()
    assert omnishop("orders", "show", "o1").code == 2


def test_the_doctor_looks_at_the_data_key(omnishop, planted, monkeypatch):
    def found():
        return next(
            row for row in rows(omnishop("doctor", "--shop", "corner", "--json")) if row["what"] == "data key"
        )

    monkeypatch.setattr("omnishop.engine.checkup.of_shop", lambda *args: iter(()))
    assert found()["state"] == "ok"
    with Store.open(Home.find()) as store:
        store.ring.add(clock.now())
    assert "keys seal" in found()["cure"]["en"]
    assert omnishop("keys", "seal").code == 0
    later = clock.now() + timedelta(days=181)
    monkeypatch.setattr("omnishop.clock.now", lambda: later)
    assert "keys rotate" in found()["cure"]["en"]
