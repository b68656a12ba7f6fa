"""`omnishop health`, and how far long commands have come: on the screen, in a pipe, as JSON."""

from __future__ import annotations

import json
import sys

import pytest

from omnishop import clock
from omnishop.cli import progress as shown


def test_health_says_what_is_wrong_until_all_was_read(omnishop, registered):
    before = omnishop("health")
    assert before.code == 3
    assert "never read whole: orders" in before.out
    assert before.lines[-1] == "UNVERIFIED (shops: UNVERIFIED 1)"
    assert omnishop("pull").code == 0
    after = omnishop("health")
    assert (after.code, after.out) == (0, "running (shops: running 1)\n")


def test_health_without_a_shop(omnishop, paper_only):
    found = omnishop("health")
    assert found.code == 3
    assert "omnishop shops add" in found.out


def test_health_in_chinese(omnishop, registered, monkeypatch):
    from omnishop.cli import words

    monkeypatch.setenv("OMNISHOP_LANG", "zh")
    words.forget()
    told = omnishop("health").out
    assert "尚未完整读取" in told
    assert told.endswith("无法确认 (店铺: 无法确认 1)\n")


def test_health_as_json(omnishop, registered):
    found = omnishop("health", "--json")
    assert found.code == 3
    told = json.loads(found.out)
    assert told["state"] == "unverified"
    assert told["counts"] == {"running": 0, "degraded": 0, "unverified": 1}
    [shop] = told["shops"]
    assert (shop["shop_id"], shop["true_as_of"], shop["reasons"][0]["key"]) == ("77", None, "never_read")


def test_a_world_that_is_gone_is_a_reason(omnishop, left_behind):
    found = omnishop("health", "--json")
    assert found.code == 3
    [shop] = json.loads(found.out)["shops"]
    assert [reason["key"] for reason in shop["reasons"]] == ["out_of_reach"]


@pytest.mark.parametrize("option", ["--listen", "--metrics"])
@pytest.mark.parametrize("where", ["127.0.0.1:99999", "somewhere", "127.0.0.1:"])
def test_an_address_that_is_none_is_refused_before_anything_is_opened(omnishop, paper_only, option, where):
    from omnishop.config import Home

    found = omnishop("run", option, where)
    assert (found.code, found.out, len(found.err.splitlines())) == (2, "", 1)
    assert where in found.err
    assert not (Home.find().path / "omnishop.db").exists()


def test_metrics_on_an_address_that_is_none(omnishop, registered):
    found = omnishop("listen", "--metrics", "somewhere")
    assert found.code == 2
    assert "HOST:PORT" in found.err


def test_what_is_not_installed_is_named_with_its_extra(omnishop, registered, monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    monkeypatch.delitem(sys.modules, "omnishop.watching.gauges", raising=False)
    found = omnishop("listen", "--metrics", "127.0.0.1:0")
    assert found.code == 2
    assert "--metrics needs prometheus_client: pip install 'omnishop[metrics]'" in found.err
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    found = omnishop("pull")
    assert found.code == 2
    assert "pip install 'omnishop[otel]'" in found.err


def test_a_log_level_that_is_none(omnishop, registered, monkeypatch):
    monkeypatch.setenv("OMNISHOP_LOG", "loud")
    found = omnishop("listen")
    assert (found.code, "OMNISHOP_LOG" in found.err) == (2, True)


def test_any_command_logs_where_a_level_is_named(omnishop, registered, monkeypatch):
    monkeypatch.setenv("OMNISHOP_LOG", "info")
    found = omnishop("pull")
    lines = [json.loads(line) for line in found.err.splitlines() if line.startswith("{")]
    assert {"records kept"} <= {line["event"] for line in lines}
    monkeypatch.delenv("OMNISHOP_LOG")
    assert "{" not in omnishop("pull").err


# ---------------------------------------------------------------- progress


@pytest.fixture
def at(monkeypatch):
    """The time, moved by hand."""
    now = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])

    def move(seconds):
        now[0] += seconds

    return move


def test_in_a_pipe_each_part_says_once_that_it_begins(capsys, at):
    with shown.progress("reading") as tell:
        for shop in ("corner", "corner", "market", "corner"):
            tell(shop, 1, 9)
    assert capsys.readouterr().err.splitlines() == ["reading corner", "reading market"]


def test_what_lasts_says_how_far_it_has_come(capsys, at):
    with shown.progress("reading") as tell:
        tell("corner", 0, 9)
        at(shown.EVERY_S)
        tell("corner", 4, 9, detail="orders", found="3 new")
        tell("corner", 5, 9)
        at(shown.EVERY_S)
        tell("corner", 6)
    told = capsys.readouterr().err.splitlines()
    assert told == ["reading corner", "reading corner orders 4/9 3 new", "reading corner 6"]


def test_what_is_soon_over_says_nothing(capsys, at):
    with shown.progress("replaying", quiet_first=True) as tell:
        assert list(shown.told("abc", tell, "cases", 3)) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""


def test_on_a_terminal_a_bar_moves_and_goes(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    with shown.progress("reading") as tell:
        tell("corner", 4, 9, detail="orders", found="3 new")
    told = capsys.readouterr().err
    assert "corner orders" in told
    assert "4/9" in told
    assert "3 new" in told
    assert told.rstrip("\r\n").endswith("\x1b[2K")  # nothing of it stays
