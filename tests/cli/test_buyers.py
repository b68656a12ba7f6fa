"""`buyers link`: good rows are kept as hashes, bad ones are named by line, and nothing clear is written."""

from __future__ import annotations

import json

import pytest

from omnishop.config import Home
from omnishop.store import Store

GOOD = "platform,shop,buyer,identity\npaper,77,open-id-of-a,member-1\npaper,77,{key},member-1\n"
KEY = "0f" * 16


@pytest.fixture
def table(tmp_path):
    def write(text: str | bytes):
        file = tmp_path / "buyers.csv"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(file)

    return write


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    monkeypatch.setenv("OMNISHOP_HOME", str(tmp_path / "home"))


def counts(outcome):
    return json.loads(outcome.out)


def test_a_key_and_an_open_id_become_one_buyer(omnishop, registered, table, tmp_path):
    done = omnishop("buyers", "link", table(GOOD.format(key=KEY)), "--json")
    assert (done.code, done.err) == (0, "")
    assert counts(done) == {"new": 2, "changed": 0, "unchanged": 0, "seen": 0, "bad": 0}
    with Store.open(Home.find()) as store:
        assert len(store.buyers.same([KEY])[KEY]) == 2
    kept = b"".join(
        file.read_bytes() for file in (tmp_path / "home").iterdir() if file.name.startswith("omni")
    )
    assert b"member-1" not in kept
    assert b"open-id-of-a" not in kept
    assert KEY.encode() in kept


def test_again_changes_nothing_and_another_identity_is_told(omnishop, registered, table):
    omnishop("buyers", "link", table(GOOD.format(key=KEY)))
    assert counts(omnishop("buyers", "link", table(GOOD.format(key=KEY)), "--json"))["unchanged"] == 2
    other = f"platform,shop,buyer,identity\npaper,77,{KEY},member-2\n"
    assert counts(omnishop("buyers", "link", table(other), "--json"))["changed"] == 1


def test_headers_in_chinese_and_in_gb18030(omnishop, registered, table):
    text = f"平台,店铺,买家,身份\npaper,77,{KEY},会员一\n"
    assert counts(omnishop("buyers", "link", table(text.encode("gb18030")), "--json"))["new"] == 1


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("paper,78,a,m", "no shop 78 on paper; known: paper/77"),
        ("other,77,a,m", "no shop 77 on other"),
        ("paper,77,,m", "buyer is empty"),
        ("paper,77,a", "identity is empty"),
        ("paper,77,1.23E+17,m", "buyer was cut by a spreadsheet"),
        (f"paper,77,{KEY},other", "another identity in line 2"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_kept(omnishop, registered, table, row, told):
    text = f"platform,shop,buyer,identity\npaper,77,{KEY},member-1\n{row}\n"
    done = omnishop("buyers", "link", table(text), "--json")
    assert done.code == 2
    assert done.err.startswith("line 3: ")
    assert told in done.err
    assert (counts(done)["new"], counts(done)["bad"]) == (1, 1)


def test_a_missing_column_lists_what_is_there(omnishop, registered, table):
    done = omnishop("buyers", "link", table("platform,shop,who\npaper,77,a\n"))
    assert done.code == 2
    assert "no column buyer, identity; found: platform, shop, who" in done.err


def test_an_empty_file_is_one_line(omnishop, registered, table):
    done = omnishop("buyers", "link", table(""))
    assert (done.code, len(done.err.splitlines())) == (2, 1)
