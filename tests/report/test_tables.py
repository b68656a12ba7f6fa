"""The merchant's own tables: read strictly, each bad cell named with its place and in both languages."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from omnishop.errors import ConfigError
from omnishop.model import aware
from omnishop.policy.facts import Happening
from omnishop.report.tables import (
    KINDS,
    Answer,
    Complaint,
    Moment,
    Product,
    ShopScore,
    Tables,
    Trade,
    Violation,
    read_tables,
)

ALIASES = {("alpha", "corner"): "77", ("alpha", "1"): "1", ("a", "1"): "1"}


@pytest.fixture
def file(tmp_path):
    def write(text, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


def read(name, path):
    return read_tables({name: path}, ALIASES)


def test_a_table_is_read_with_the_shops_alias_made_its_id(file):
    held = read("satisfaction", file("platform,shop,at,score,case\nalpha,corner,2026-06-01,5,7\n"))
    (row,) = held.of(Answer)
    assert (row.shop, row.score, row.case, row.agent) == ("77", 5, "7", None)
    assert row.at == aware("2026-06-01")


@pytest.mark.parametrize(("encoding", "sign"), [("utf-8-sig", ","), ("gb18030", "\t"), ("utf-8", ";")])
def test_encodings_and_separators_of_spreadsheets(file, encoding, sign):
    text = "platform,shop,sku,category\nalpha,1,s,衬衫\n".replace(",", sign)
    (row,) = read("products", file(text, encoding=encoding)).of(Product)
    assert row.category == "衬衫"


def test_a_table_with_headers_only_says_there_is_none(file):
    held = read("complaints", file("platform,shop,id,at\n"))
    assert held.of(Complaint) == []
    assert held.of(Answer) is None
    assert Tables().of(Complaint) is None


@pytest.mark.parametrize(("told", "share"), [("1.5%", Fraction(15, 1000)), ("0.015", Fraction(15, 1000))])
def test_shares_may_be_percent(file, told, share):
    (row,) = read("trade", file(f"platform,month,worst_from\nalpha,2026-05,{told}\n")).of(Trade)
    assert row.worst_from == share


def test_scores_are_exact(file):
    (row,) = read("scores", file("platform,shop,at,name,value\nalpha,1,2026-06-01,score,4.80\n")).of(
        ShopScore
    )
    assert row.value == Fraction("4.8")


@pytest.mark.parametrize(
    ("told", "means"), [("是", True), ("否", False), ("yes", True), ("No", False), ("", False)]
)
def test_yes_and_no_in_both_languages(file, told, means):
    text = f"platform,shop,id,at,level,fake\nalpha,1,7,2026-06-01,1,{told}\n"
    (row,) = read("violations", file(text)).of(Violation)
    assert row.fake is means


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("satisfaction", "platform,shop,at,score\nalpha,1,soon,5\n", "line 2, column at: expected a time"),
        ("satisfaction", "platform,shop,at,score\nalpha,1,2026-06-01,6\n", "line 2, column score: "),
        (
            "satisfaction",
            "platform,shop,at,score\n\nalpha,1,2026-06-01,\n",
            "line 3, column score: must not be",
        ),
        (
            "chats",
            "platform,shop,at,routine,settled_by\na,1,2026-06-01,maybe,bot\n",
            "column routine: expected yes",
        ),
        ("chats", "platform,shop,at,routine,settled_by\na,1,2026-06-01,yes,cat\n", "column settled_by: "),
        ("trade", "platform,month,worst_from\nalpha,2026-13,1%\n", "column month: "),
        ("trade", "platform,month,worst_from\nalpha,2026-05,150%\n", "column worst_from: expected a share"),
        ("scores", "platform,shop,at,name,value\na,1,2026-06-01,score,high\n", "expected a number"),
        ("complaints", "platform,shop,id,at\nalpha,1,1.23E+17,2026-06-01\n", "column id: a long id was cut"),
        (
            "complaints",
            "platform,shop,id\nalpha,1,7\n",
            "the columns of complaints are platform*, shop*, id*, at*",
        ),
        ("complaints", "platform,shop,id,at,who\nalpha,1,7,2026-06-01,x\n", "the columns of complaints are"),
        ("complaints", "platform,shop,id,at,at\nalpha,1,7,2026-06-01,x\n", "the columns of complaints are"),
        ("complaints", "", "is empty"),
        (
            "complaints",
            "platform,shop,id,at\nalpha,9,7,2026-06-01\n",
            "column shop: no such shop; known: a/1, alpha/1",
        ),
        ("wishes", "a\n1\n", "no table 'wishes' is read; it may be one of: moments"),
        ("moments", "platform,shop,case,what,at\na,1,7,laughed,2026-06-01\n", "column what: "),
    ],
)
def test_what_is_wrong_is_named_with_its_place(file, name, text, expected):
    with pytest.raises(ConfigError, match=r".") as caught:
        read(name, file(text))
    assert expected in str(caught.value)
    assert any("一" <= sign <= "鿿" for sign in caught.value.told("zh"))


def test_moments_of_a_case_the_first_of_each_counts(file):
    text = (
        "platform,shop,case,what,at\n"
        "alpha,1,7,responded,2026-06-02\nalpha,1,7,responded,2026-06-01\nalpha,1,7,agreed,2026-06-03\n"
    )
    held = read("moments", file(text))
    assert len(held.of(Moment)) == 3
    assert held.happened() == {
        ("alpha", "1", "7"): {
            Happening.RESPONDED: aware("2026-06-01"),
            Happening.AGREED: aware("2026-06-03"),
        }
    }


def test_every_kind_of_table_says_what_it_is_and_needs_something():
    for name, kind in KINDS.items():
        assert name == kind.table
        assert any(info.is_required() for info in kind.model_fields.values())


def test_the_docs_tell_every_table_with_its_columns():
    page = (Path(__file__).parents[2] / "docs" / "report.md").read_text(encoding="utf-8")
    told = {
        name: re.findall(r"([a-z_]+)(\\\*)?", re.sub(r"\([^)]*\)", "", columns))
        for name, columns in re.findall(r"^\| `([a-z]+)` \| ([^|]+) \|", page, re.MULTILINE)
        if name in KINDS
    }
    assert {name: {column: bool(star) for column, star in columns} for name, columns in told.items()} == {
        name: {column: info.is_required() for column, info in kind.model_fields.items()}
        for name, kind in KINDS.items()
    }
