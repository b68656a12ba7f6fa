"""Bad input: one clear line, the right exit code, nothing lost, no secret printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.sandbox.paper import BUYER, SECRET, TOKEN


def one_line(outcome) -> str:
    assert "Traceback" not in outcome.err + outcome.out
    for hidden in (SECRET, TOKEN, BUYER):
        assert hidden not in outcome.err + outcome.out
    complaints = [line for line in outcome.err.splitlines() if line.startswith("error: ")]
    assert len(complaints) == 1, outcome.err
    return complaints[0]


class TestFromThePlatform:
    @pytest.mark.parametrize(
        ("trouble", "said"),
        [
            ("token", "the token is not valid"),
            ("sign", "the sign is wrong"),
            ("permission", "not allowed"),
            ("truncated", "no JSON"),
            ("huge", "larger than"),
        ],
    )
    def test_pull_tells_and_keeps_what_it_has(self, omnishop, registered, paper_only, trouble, said):
        assert omnishop("pull").code == 0
        paper_only.troubles["cases"] = trouble
        outcome = omnishop("pull", "--since", "2026-03-01")
        assert outcome.code == 3
        assert said in one_line(outcome)
        assert len(omnishop("cases", "list", "--json").lines) == 3, "nothing lost"

    def test_an_html_page(self, omnishop, registered, paper_only, monkeypatch):
        import stamina

        paper_only.troubles["cases"] = "html"
        with stamina.set_testing(True, attempts=1):
            outcome = omnishop("pull")
        assert outcome.code == 3
        assert "a page instead of an answer" in one_line(outcome)

    def test_one_shop_that_fails_does_not_stop_the_rest(self, omnishop, registered, paper_only, monkeypatch):
        monkeypatch.setenv("OMNISHOP_APP_SECRET", "wrong-secret-7")
        monkeypatch.setenv("OMNISHOP_ACCESS_TOKEN", TOKEN)
        arguments = ["--app-key", "k2", "--shop-id", "76", "--gateway", f"{registered.url}/paper"]
        assert omnishop("shops", "add", "paper", *arguments).code == 0
        outcome = omnishop("pull", "--json")
        assert outcome.code == 3
        assert "wrong-secret-7" not in outcome.err + outcome.out
        assert {row["shop_id"]: row["ok"] for row in map(json.loads, outcome.lines)} == {
            "77": True,
            "76": False,
        }
        assert len(omnishop("cases", "list", "--json").lines) == 3


class TestOurHome:
    def test_a_home_that_cannot_be_used(self, omnishop, monkeypatch, tmp_path):
        file = tmp_path / "file"
        file.write_text("in the way")
        monkeypatch.setenv("OMNISHOP_HOME", str(file))
        outcome = omnishop("shops", "list")
        assert outcome.code == 2
        assert str(file) in one_line(outcome)

    def test_a_read_only_directory(self):
        """As a user who may not write there; root may write anywhere, so it gives itself up first."""
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            home.chmod(0o555)
            code = (
                "import os, omnishop.store, omnishop.cli.entry; "
                "os.setuid(65534) if os.getuid() == 0 else None; "
                "omnishop.cli.main(['shops', 'list'])"
            )
            env = {**os.environ, "OMNISHOP_HOME": str(home), "OMNISHOP_LANG": "en"}
            done = subprocess.run(
                [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
            )
            assert list(home.iterdir()) == []
            home.chmod(0o755)
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert f"the home {home} cannot be used" in done.stderr

    def test_another_key(self, omnishop, registered, monkeypatch):
        monkeypatch.setenv("OMNISHOP_KEY", "not the one")
        outcome = omnishop("pull")
        assert outcome.code == 2
        assert "key" in one_line(outcome)
        for command in (["run", "--once"], ["listen"]):
            outcome = omnishop(*command)
            assert (outcome.code, outcome.out) == (2, "")
            assert "sealed with another key" in one_line(outcome)

    def test_a_database_of_another_program(self, omnishop, tmp_path):
        import sqlite3

        path = Path(os.environ["OMNISHOP_HOME"]) / "omnishop.db"
        with sqlite3.connect(path) as other:
            other.execute("create table theirs (x)")
        other.close()
        outcome = omnishop("shops", "list")
        assert outcome.code == 2
        assert "omnishop.db" in one_line(outcome)

    def test_a_damaged_database(self, omnishop):
        path = Path(os.environ["OMNISHOP_HOME"]) / "omnishop.db"
        path.write_bytes(b"this is no database at all" * 100)
        outcome = omnishop("shops", "list")
        assert outcome.code == 2
        one_line(outcome)

    @pytest.mark.parametrize("wrapped", [False, True])
    def test_a_full_disk(self, omnishop, registered, monkeypatch, wrapped):
        import sqlite3

        from sqlalchemy.exc import OperationalError

        from omnishop.store.records import Records

        def full(*_args, **_more):
            cause = sqlite3.OperationalError("database or disk is full")
            raise OperationalError("insert …", {"secret": SECRET}, cause) if wrapped else cause

        monkeypatch.setattr(Records, "put", full)
        outcome = omnishop("pull")
        assert outcome.code == 2
        assert "database or disk is full" in one_line(outcome)

    def test_two_processes_at_once_on_a_new_home(self, tmp_path, world):
        env = {**os.environ, "OMNISHOP_HOME": str(tmp_path / "new"), "OMNISHOP_APP_SECRET": SECRET}
        code = (
            "import sys; from tests.sandbox.paper import PaperAdapter; from omnishop import registry; "
            "registry._load = lambda group, name: PaperAdapter(); "
            "from omnishop.cli import main; main(sys.argv[1:])"
        )
        run = [sys.executable, "-c", code, "shops", "add", "paper", "--app-key", "k", "--shop-id"]
        root = Path(__file__).parents[2]
        both = [
            subprocess.Popen(
                [*run, shop], env=env, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            for shop in ("1", "2", "3")
        ]
        for each in both:
            out, _ = each.communicate(timeout=30)
            assert each.returncode == 0, out
        listed = subprocess.run(
            [sys.executable, "-c", code, "shops", "list", "--json"],
            env=env,
            cwd=root,
            capture_output=True,
            check=True,
        )
        assert {json.loads(line)["shop_id"] for line in listed.stdout.splitlines()} == {"1", "2", "3"}


class TestArguments:
    @pytest.mark.parametrize(
        "args",
        [
            ["frobnicate"],
            ["pull", "--nothing"],
            ["sandbox", "serve", "--port", "70000"],
            ["sandbox", "serve", "--port", "x"],
            ["sandbox", "serve", "--now", "noon"],
            ["sandbox", "serve", "--orders", "-1"],
            ["sandbox", "serve", "--host", "no-such-host.invalid"],
            ["sandbox", "info", "nonsense"],
            ["cases", "show"],
            ["decode", "paper"],
        ],
    )
    def test_one_line_and_exit_2(self, omnishop, paper_only, args):
        outcome = omnishop(*args)
        assert outcome.code == 2
        one_line(outcome)

    def test_port_in_use(self, omnishop, world):
        port = world.url.rpartition(":")[2]
        outcome = omnishop("sandbox", "serve", "--port", port)
        assert outcome.code == 2
        assert "Address already in use" in one_line(outcome)

    def test_a_language_we_do_not_speak(self, omnishop, monkeypatch):
        from omnishop.cli import words

        monkeypatch.setenv("OMNISHOP_LANG", "fr")
        words.forget()
        outcome = omnishop("schema")
        assert outcome.code == 2
        assert "OMNISHOP_LANG" in one_line(outcome)


class TestOurFault:
    def test_a_bug_is_one_line_without_its_words(self, omnishop, monkeypatch, paper_only):
        def broken(*_args):
            raise RuntimeError(f"something with {SECRET} in it")

        monkeypatch.setattr("omnishop.jsonform.schema", broken)
        outcome = omnishop("schema", "case")
        assert outcome.code == 1
        assert "RuntimeError" in one_line(outcome)

    def test_debug_shows_all_of_it(self, omnishop, monkeypatch):
        def broken(*_args):
            raise RuntimeError("the words of it")

        monkeypatch.setattr("omnishop.jsonform.schema", broken)
        monkeypatch.setenv("OMNISHOP_DEBUG", "")
        outcome = omnishop("--debug", "schema", "case")
        assert outcome.code == 1
        assert "Traceback" in outcome.err
        assert "the words of it" in outcome.err
