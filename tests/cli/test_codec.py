"""decode, sign, schema, capabilities: for the developer in trouble."""

from __future__ import annotations

import json

import pytest

from omnishop import jsonform

BODY = json.dumps(
    {
        "ok": {
            "rows": [
                {
                    "id": "9223372036854775808",
                    "order": "O1",
                    "kind": "exchange",
                    "stage": "returning",
                    "fen": 1,
                    "at": 1,
                    "end": None,
                },
                {
                    "id": "C2",
                    "order": "O2",
                    "kind": "exchange",
                    "stage": "returning",
                    "fen": "x",
                    "at": 1,
                    "end": None,
                },
            ]
        }
    }
)
VECTOR = {"app_secret": "top-secret-9", "params": {"session": "session-abc", "q": "plain"}}

pytestmark = pytest.mark.usefixtures("paper_only")


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "captured"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


class TestDecode:
    def test_one_line_per_record_the_bad_one_too(self, omnishop, file):
        outcome = omnishop("decode", "paper", "cases", file(BODY), "--shop", "77")
        assert outcome.code == 0
        good, bad = (json.loads(line) for line in outcome.lines)
        assert good["type"] == "case"
        assert good["case_id"] == "9223372036854775808", "2^63 is text"
        assert good["shop_id"] == "77"
        assert bad["type"] == "unreadable"
        assert "1 of 2" in outcome.err

    def test_stdin_and_no_shop(self, omnishop):
        outcome = omnishop("decode", "paper", "cases", "-", stdin=BODY)
        assert json.loads(outcome.lines[0])["shop_id"] is None

    def test_an_empty_list_prints_nothing(self, omnishop, file):
        outcome = omnishop("decode", "paper", "cases", file('{"ok": {"rows": []}}'))
        assert (outcome.code, outcome.out, outcome.err) == (0, "", "")

    @pytest.mark.parametrize(
        ("method", "content", "code"),
        [
            ("cases", "", 2),
            ("cases", " \n", 2),
            ("cases", BODY[:40], 2),
            ("cases", "<html><body>502</body></html>", 2),
            ("nothing", BODY, 2),
            ("cases", '{"error": "token"}', 3),
            ("cases", '{"error": "permission"}', 3),
        ],
        ids=["empty", "blank", "truncated", "html", "unknown method", "token", "permission"],
    )
    def test_what_is_no_answer(self, omnishop, file, method, content, code):
        outcome = omnishop("decode", "paper", method, file(content))
        assert outcome.code == code
        assert outcome.out == ""
        assert len(outcome.err.splitlines()) == 1

    def test_no_such_file_or_platform(self, omnishop, tmp_path):
        missing = omnishop("decode", "paper", "cases", str(tmp_path / "none"))
        assert missing.code == 2
        assert "No such file" in missing.err
        assert omnishop("decode", "stone", "cases", str(tmp_path)).code == 2
        assert omnishop("decode", "paper", "cases", str(tmp_path)).code == 2, "a directory"

    def test_storefront(self, omnishop, file):
        assert omnishop("decode", "paper", "cases", file(BODY), "--storefront", "paper").code == 2
        assert omnishop("decode", "paper", "cases", file(BODY), "--shop", "1", "--storefront", "x").code == 2

    def test_where_nothing_could_be_read_it_is_not_done(self, omnishop, file):
        rows = json.loads(BODY)["ok"]["rows"]
        outcome = omnishop("decode", "paper", "cases", file(json.dumps({"ok": {"rows": rows[1:]}})))
        assert outcome.code == 2
        assert json.loads(outcome.out)["type"] == "unreadable"


class TestSign:
    def test_the_sign_alone_on_the_first_line(self, omnishop, file):
        outcome = omnishop("sign", "paper", file(json.dumps(VECTOR)))
        assert outcome.code == 0
        assert len(outcome.lines) == 1
        assert len(outcome.lines[0]) == 64

    def test_explain_masks_secret_and_session(self, omnishop, file):
        outcome = omnishop("sign", "paper", file(json.dumps(VECTOR)), "--explain")
        assert outcome.lines[1] == "<app_secret><session>plain"

    def test_show_secret(self, omnishop, file):
        outcome = omnishop("sign", "paper", file(json.dumps(VECTOR)), "--explain", "--show-secret")
        assert outcome.lines[1] == "top-secret-9session-abcplain"

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"{",
            b"[]",
            b"5",
            b'{"vectors": []}',
            b'{"params": {}}',
            b'{"app_secret": 1, "params": 2}',
            b"\xff\xfe",
        ],
    )
    def test_what_cannot_be_signed(self, omnishop, file, content):
        outcome = omnishop("sign", "paper", file(content))
        assert outcome.code == 2
        assert outcome.out == ""
        assert len(outcome.err.splitlines()) == 1

    def test_a_wrong_request_tells_no_secret(self, omnishop, file):
        outcome = omnishop("sign", "paper", file('{"app_secret": "top-secret-9", "params": {}}'))
        assert outcome.code == 2
        assert "top-secret-9" not in outcome.err
        assert "'session'" in outcome.err


class TestSchema:
    def test_names(self, omnishop):
        assert omnishop("schema").lines == [*jsonform.TYPES, "facts", "verdict"]

    def test_one(self, omnishop):
        assert json.loads(omnishop("schema", "case").out) == jsonform.schema("case")

    def test_unknown(self, omnishop):
        outcome = omnishop("schema", "gift")
        assert outcome.code == 2
        assert "case" in outcome.err


class TestCapabilities:
    def test_json(self, omnishop):
        rows = [json.loads(line) for line in omnishop("capabilities", "--json").lines]
        assert {row["storefront"] for row in rows} == {"paper"}
        assert rows[0]["level"] == "native"
        assert set(rows[0]["reason"]) == {"zh", "en"}

    def test_tables(self, omnishop):
        assert "cases_by_changed" in omnishop("capabilities").out
        assert "paper" in omnishop("capabilities", "--platform", "paper").out

    def test_unknown_platform(self, omnishop):
        assert omnishop("capabilities", "--platform", "stone").code == 2
