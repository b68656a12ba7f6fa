"""What is logged: one line an event, named fields only, nothing anybody sent; silent until somebody listens."""

from __future__ import annotations

import gc
import io
import json
import logging
import subprocess
import sys
import threading
import warnings
from datetime import UTC, datetime

import pytest
import sqlalchemy
from hypothesis import given
from hypothesis import strategies as st

from omnishop import telemetry
from omnishop.errors import ConfigError, Rejected
from omnishop.masking import HIDDEN
from omnishop.telemetry.fields import FIELDS
from omnishop.telemetry.writing import logs

LOG = telemetry.logger("engine")
PHONE, TOKEN = "13912345678", "6100aabbccddeeff"


@pytest.fixture
def written():
    """What one `with logs()` wrote: parsed lines in json, the text in text."""

    def run(work, level="debug", form="json"):
        to = io.StringIO()
        with logs(to, {"OMNISHOP_LOG": level, "OMNISHOP_LOG_FORM": form}):
            work()
        return [json.loads(line) for line in to.getvalue().splitlines()] if form == "json" else to.getvalue()

    return run


def test_an_event_is_one_line_of_json_with_its_fields(written):
    [line] = written(lambda: LOG.info("window not proved", platform="paper", shop="corner", new=3))
    assert line.pop("at").endswith("+08:00")
    assert line == {
        "level": "info",
        "logger": "omnishop.engine",
        "event": "window not proved",
        "platform": "paper",
        "shop": "corner",
        "new": 3,
    }


def test_times_are_shown_as_everywhere(written):
    [line] = written(lambda: LOG.info("said", until=datetime(2026, 9, 1, 2, 0, tzinfo=UTC)))
    assert line["until"] == "2026-09-01T10:00:00+08:00"


def test_on_a_terminal_it_is_read_by_people(written):
    text = written(lambda: LOG.warning("shop not read", shop="街角", code="isv.x"), form="text")
    assert text.count("\n") == 1
    for word in ("warning", "shop not read", "shop=街角", "code=isv.x", "omnishop.engine"):
        assert word in text
    assert "\x1b" not in text  # no colours where nobody sees them


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("debug", ["debug", "info", "warning", "error"]),
        ("info", ["info", "warning", "error"]),
        ("warning", ["warning", "error"]),
        ("error", ["error"]),
    ],
)
def test_the_level_is_the_environments(written, level, told):
    def work():
        for name in ("debug", "info", "warning", "error"):
            getattr(LOG, name)("said")

    assert [line["level"] for line in written(work, level)] == told


@pytest.mark.parametrize("name", ["OMNISHOP_LOG", "OMNISHOP_LOG_FORM"])
def test_a_word_that_is_neither_is_told_before_anything_begins(name):
    with pytest.raises(ConfigError, match=f"{name} is 'loud'"), logs(io.StringIO(), {name: "loud"}):
        pass


def test_nothing_is_written_while_nobody_listens():
    told = subprocess.run(
        [sys.executable, "-c", "from omnishop import telemetry as t; t.logger('x').error('said', shop='a')"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (told.stdout, told.stderr) == ("", "")


def test_any_handler_of_the_standard_library_hears_it_too(caplog):
    with caplog.at_level("INFO", logger="omnishop.engine"):
        LOG.info("records kept", shop="corner", changed=2)
    [record] = caplog.records
    assert record.getMessage() == "event='records kept' shop='corner' changed=2"
    assert record.name == "omnishop.engine"


# ---------------------------------------------------------------- what no line holds


def test_a_field_that_nobody_listed_is_hidden(written):
    [line] = written(lambda: LOG.info("said", receiver_name="王小明", body={"a": 1}, shop="corner"))
    assert (line["receiver_name"], line["body"], line["shop"]) == (HIDDEN, HIDDEN, "corner")


def test_only_plain_values_are_shown(written):
    [line] = written(lambda: LOG.info("said", why=Rejected("receiver 王小明"), code={"token": TOKEN}))
    assert (line["why"], line["code"]) == (HIDDEN, HIDDEN)


@pytest.mark.parametrize(
    "said",
    [
        f"refused: access_token={TOKEN}",
        f'{{"session": "{TOKEN}"}}',
        f"call {PHONE} first",
        "call +86 139-1234-5678 first",
        "write to wang@example.com",
        f"authorization: Bearer {TOKEN}",
    ],
)
def test_words_lose_secrets_numbers_and_addresses(written, said):
    [line] = written(lambda: LOG.warning("said", why=said))
    assert not any(secret in line["why"] for secret in (TOKEN, PHONE, "1234-5678", "wang@"))
    assert HIDDEN in line["why"]


@given(st.sampled_from(sorted(FIELDS)), st.text(max_size=400))
def test_a_line_stays_one_line_and_short(name, value):
    to = io.StringIO()
    with logs(to, {"OMNISHOP_LOG_FORM": "json"}):
        LOG.info("said", **{name: value})
    [line] = to.getvalue().splitlines()
    told = json.loads(line)[name]
    assert "\n" not in told
    assert len(told) <= 240


def test_libraries_are_heard_from_warnings_on_and_never_quote_what_they_carry(written):
    def work():
        logging.getLogger("httpx").info("HTTP Request: POST https://gw.test/router?session=%s", TOKEN)
        logging.getLogger("httpcore.http11").debug("receive_response_body %s", "王小明")
        logging.getLogger("somebody").warning("refused session=%s for %s", TOKEN, PHONE)
        engine = sqlalchemy.create_engine("sqlite://")
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text("SELECT :name"), {"name": "王小明"})
        engine.dispose()

    [line] = written(work)
    assert (line["logger"], line["event"]) == ("somebody", f"refused session={HIDDEN} for {HIDDEN}")


def test_an_exception_tells_its_kind_and_its_place_and_not_its_words(written):
    def work():
        try:
            raise ValueError(f"receiver 王小明 {PHONE}")  # noqa: TRY301 - just what must not be seen
        except ValueError:
            logging.getLogger("uvicorn.error").exception("Exception in ASGI application")

    for form in ("json", "text"):
        told = json.dumps(written(work), ensure_ascii=False) if form == "json" else written(work, form=form)
        assert "王小明" not in told
        assert PHONE not in told
        assert "ValueError" in told
        assert "test_logs.py" in told


def test_a_thread_that_dies_says_so_without_its_words(written):
    def dying():
        raise RuntimeError(f"token {TOKEN}")

    def work():
        thread = threading.Thread(target=dying)
        thread.start()
        thread.join()

    [line] = written(work)
    assert (line["event"], line["error"]) == ("a thread ended", "RuntimeError")
    assert TOKEN not in json.dumps(line)


def test_an_error_that_nobody_could_catch_says_so_without_its_words(written):
    class Held:
        def __del__(self):
            raise RuntimeError(f"token {TOKEN}")

    def work():
        held = Held()
        del held
        gc.collect()

    [line] = written(work)
    assert (line["event"], line["error"]) == ("an error nobody took", "RuntimeError")
    assert TOKEN not in json.dumps(line)


def test_a_warning_is_a_line_as_well(written):
    def work():
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("careful", stacklevel=1)

    [line] = written(work)
    assert (line["logger"], line["level"]) == ("py.warnings", "warning")


def test_everything_is_as_before_when_it_ends(written):
    names = ("", "omnishop", "uvicorn", "procrastinate")
    before = [(logging.getLogger(name).level, list(logging.getLogger(name).handlers)) for name in names]
    hooks = threading.excepthook, sys.unraisablehook
    written(lambda: LOG.info("said"))
    assert [(logging.getLogger(n).level, list(logging.getLogger(n).handlers)) for n in names] == before
    assert (threading.excepthook, sys.unraisablehook) == hooks
