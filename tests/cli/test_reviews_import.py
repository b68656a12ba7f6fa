"""`reviews import`: every encoding and form of an export, its columns, its bad rows, twice the same."""

from __future__ import annotations

import json

import pytest

HEADER = "订单编号,评价内容,评分,评价时间,优惠券"
ROWS = [
    "4800000000000000001,很好用,5,2026-03-01 10:00:00,无",
    '4800000000000000002,"一般, 有色差",3星,2026/3/2 9:05,无',
]
CSV = "\n".join([HEADER, *ROWS]) + "\n"


@pytest.fixture
def imported(omnishop, registered, tmp_path):
    def run(content, *args, name="export.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return omnishop("reviews", "import", str(path), "--shop", "77", "--json", *args)

    return run


@pytest.fixture
def stored(omnishop):
    return lambda: [json.loads(line) for line in omnishop("reviews", "list", "--json").lines]


def counts(outcome):
    assert outcome.code == 0, outcome.err
    return json.loads(outcome.out)


@pytest.mark.parametrize(
    "content",
    [
        CSV.encode(),
        b"\xef\xbb\xbf" + CSV.encode(),
        CSV.encode("gb18030"),
        CSV.replace("\n", "\r\n").encode(),
        b"\n\n" + CSV.encode(),
    ],
    ids=["utf-8", "bom", "gb18030", "crlf", "blank lines first"],
)
def test_text_files(imported, stored, content):
    assert counts(imported(content)) == {"new": 2, "changed": 0, "unchanged": 0, "bad": 0}
    second, first = sorted(stored(), key=lambda row: row["created_at"], reverse=True)
    assert first["order_id"] == "4800000000000000001"
    assert first["text"] == "很好用"
    assert first["stars"] == 5
    assert first["created_at"] == "2026-03-01T10:00:00+08:00"
    assert first["platform"] == first["storefront"] == "paper"
    assert first["shop_id"] == "77"
    assert second["text"] == "一般, 有色差"
    assert second["stars"] == 3
    assert second["created_at"] == "2026-03-02T09:05:00+08:00"


def test_tabs(imported, stored):
    assert counts(imported("订单编号\t评价内容\n1\t好, 很好\n"))["new"] == 1
    assert stored()[0]["text"] == "好, 很好"


def test_a_spreadsheet(imported, stored, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (
        ["订单编号", "评价内容", "评分"],
        ["4800000000000000001", "好", 5],
        [123456, "行", 4.0],
        [None, None, None],
    ):
        book.active.append(row)
    book.save(tmp_path / "made.xlsx")
    assert counts(imported((tmp_path / "made.xlsx").read_bytes(), name="e.xlsx"))["new"] == 2
    assert {row["order_id"] for row in stored()} == {"4800000000000000001", "123456"}
    assert {row["stars"] for row in stored()} == {5, 4}


def test_twice_is_once(imported):
    assert counts(imported(CSV))["new"] == 2
    assert counts(imported(CSV)) == {"new": 0, "changed": 0, "unchanged": 2, "bad": 0}


def test_a_reply_that_came_later_changes_the_same_review(imported, stored):
    counts(imported("订单编号,评价内容\n1,好\n"))
    again = counts(imported("订单编号,评价内容,回\n1,好,谢谢\n", "--map", "reply_text=回"))
    assert again == {"new": 0, "changed": 1, "unchanged": 0, "bad": 0}
    assert stored()[0]["reply"]["text"] == "谢谢"


def test_the_consoles_own_id_is_kept(imported, stored):
    counts(imported("订单编号,评价内容,编号\n1,好,R-9\n", "--map", "review_id=编号"))
    assert stored()[0]["review_id"] == "R-9"


@pytest.mark.parametrize(
    ("grade", "known"),
    [("好评", "good"), ("中评", "neutral"), ("差评", "bad"), ("Good", "good"), ("超赞", "unknown")],
)
def test_grades(imported, stored, grade, known):
    counts(imported(f"订单编号,评价等级\n1,{grade}\n"))
    assert stored()[0]["grade"] == known
    assert stored()[0]["raw_grade"] == grade


def test_follow_ups_and_pictures(imported, stored):
    maps = ["--map", "follow_up_text=追评", "--map", "follow_up_at=追评时间", "--map", "pictures=图"]
    content = "订单编号,评价内容,追评,追评时间,图\n1,好,还是好,2026-03-03,https://a.test/1.jpg;https://a.test/2.jpg\n"
    counts(imported(content, *maps))
    (review,) = stored()
    assert review["follow_ups"][0]["text"] == "还是好"
    assert review["pictures"] == ["https://a.test/1.jpg", "https://a.test/2.jpg"]


def test_bad_rows_are_named_and_the_good_ones_stored(imported, stored):
    bad = [",没有订单,5,2026-03-01", "1,星星太多,6,2026-03-01", "2,何时,5,去年", "4.8E+18,截断,5,2026-03-01"]
    outcome = imported("\n".join([HEADER, ROWS[0], *bad]))
    assert counts(outcome) == {"new": 1, "changed": 0, "unchanged": 0, "bad": 4}
    for number, said in ((3, "no order"), (4, "stars"), (5, "not a time"), (6, "cut by a spreadsheet")):
        assert any(line.startswith(f"line {number}: ") and said in line for line in outcome.err.splitlines())
    assert len(stored()) == 1


def test_a_mapping_file(imported, stored, tmp_path):
    mapping = tmp_path / "columns.toml"
    mapping.write_text('order_id = "单"\ntext = ["话", "内容"]\n', encoding="utf-8")
    assert counts(imported("单,内容\n1,好\n", "--map", str(mapping)))["new"] == 1


@pytest.mark.parametrize(
    ("content", "args", "said"),
    [
        ("", [], "is empty"),
        ("a,b\n1,2\n", [], "found: a, b; name it: --map order_id=HEADER"),
        ("订单编号,b\n1,2\n", [], "--map text=HEADER"),
        (CSV, ["--map", "text=没有"], "'没有'"),
        (CSV, ["--map", "price=评分"], "no field 'price'"),
        (CSV, ["--map", "nowhere.toml"], "neither field=header nor a file"),
        (b"\xff\xfe\x00\x81\xff", [], "neither UTF-8 nor GB18030"),
        (b"PK\x03\x04 this is no zip", [], "no readable XLSX"),
        (",,\n,,\n", [], "no row with headers"),
    ],
)
def test_what_cannot_be_read(imported, stored, content, args, said):
    outcome = imported(content, *args)
    assert outcome.code == 2
    assert said in outcome.err
    assert stored() == []


def test_a_mapping_file_that_is_wrong(imported, tmp_path):
    mapping = tmp_path / "columns.toml"
    for text in ("order_id = 5\n", "order_id ="):
        mapping.write_text(text, encoding="utf-8")
        assert imported(CSV, "--map", str(mapping)).code == 2


def test_columns_left_out_are_told(imported):
    assert "columns left out: 优惠券" in imported(CSV).err


def test_people_get_a_table(omnishop, registered, tmp_path):
    path = tmp_path / "e.csv"
    path.write_text(CSV, encoding="utf-8")
    outcome = omnishop("reviews", "import", str(path), "--shop", "77")
    assert outcome.code == 0
    assert "bad rows" in outcome.out


def test_no_such_file(omnishop, registered, tmp_path):
    assert omnishop("reviews", "import", str(tmp_path / "none.csv"), "--shop", "77").code == 2
