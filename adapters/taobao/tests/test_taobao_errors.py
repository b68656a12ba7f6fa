"""Every row of the error table gives its class; what is told to people; how long to wait."""

from __future__ import annotations

import json
import re

import pytest

from omnishop.errors import (
    AuthError,
    ConfigError,
    Conflict,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    RateLimited,
    Rejected,
    Transient,
)
from omnishop_taobao.errors import MIDNIGHT, ROWS, Failure, mapped, row_for

CLASSES = {
    "auth": AuthError,
    "permission": PermissionDenied,
    "throttle": RateLimited,
    "bad_request": ConfigError,
    "validation": Rejected,
    "platform": Transient,
    "not_found": NotFound,
    "state_conflict": Conflict,
    "business": Rejected,
    "unknown": Rejected,
}
EXAMPLES = {
    r"isp\..*-service-unavailable|isp\.service-unavailable": "isp.item-service-unavailable",
    r"isp\.top-remote-connection-timeout(-tmall)?": "isp.top-remote-connection-timeout-tmall",
    r"isp\..*": "isp.something-else",
    r"invalid-sessionkey|sessionkey-not-generated-by-server": "invalid-sessionkey",
    r"session-not-exist|session-key-.*|.*sessionkey.*": "session-key-lost",
    r"isv\.invalid-permission(:.*)?": "isv.invalid-permission:other",
    r"isv\.trade-not-exist(:.*)?": "isv.trade-not-exist:tid",
    r"isv\.refund-not-exist(:.*)?": "isv.refund-not-exist",
    r"isv\.[a-z-]+-not-exist(:.*)?": "isv.item-not-exist:num_iid",
    r"isv\.missing-parameter(:.*)?": "isv.missing-parameter:fields",
    r"isv\.invalid-parameter:.*": "isv.invalid-parameter:tid",
    r"isv\.parameters-mismatch(:.*)?": "isv.parameters-mismatch:tid",
    r"isv\.logistics-(offline|online)-service-error:.*": "isv.logistics-offline-service-error:B04",
    r"company-not-support|isv\.company-not-support.*": "company-not-support",
    r"isv\.[a-z-]+-service-rejection(:.*)?": "isv.refund-service-rejection",
    r"isv\.[a-z-]+-service-error(:.*)?": "isv.trade-service-error:X1",
    r"isv\..*": "isv.anything",
    r"[0-9]+|[A-Z][A-Z0-9_-]*": "PY-999",
}


SHADOWED = {r"isp\.top-remote-service-unavailable"}
"""Rows of the reference that an earlier one of the same class already catches."""


def example(row):
    """A failure that this row, and none before it, must catch."""
    sub = "" if row.sub is None else EXAMPLES.get(row.sub) or row.sub.replace("\\", "")
    code = row.code if row.code is not None else (15 if sub else 99)
    return Failure(code, sub, "说明", "req1")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.code}-{row.sub}")
def test_a_row_catches_its_failure_and_gives_its_class(row):
    failure = example(row)
    caught = row_for(failure.code, failure.sub_code)
    assert caught is row or (row.sub in SHADOWED and caught.cls == row.cls)
    error = mapped(failure, write=False, method="taobao.refund.get")
    expected = Rejected if row.repeats else CLASSES[row.cls]
    assert type(error) is expected
    assert (error.platform, error.method, error.request_id) == ("taobao", "taobao.refund.get", "req1")
    assert error.code == failure.name
    assert re.search("[一-鿿]", error.zh)
    assert not re.search("[一-鿿]", error.en.replace("说明", ""))
    if row.cls == "auth":
        assert error.cure == row.cure
    assert row.mark in {"A", "B", "C"}


def test_the_table_is_that_of_the_reference(papers):
    told = json.loads((papers / "errors.json").read_text(encoding="utf-8"))["errors"]
    ours = [(row.code, row.sub, row.cls, row.mark) for row in ROWS]
    assert ours == [(r["code"], r["sub_code_pattern"], r["class"], r["confidence"]) for r in told]


@pytest.mark.parametrize(
    ("sub_code", "sub_msg", "seconds"),
    [
        ("accesscontrol.limited-by-api-access-count", "This ban will last for 3 more seconds", 4.0),
        ("accesscontrol.limited-by-dynamic-access-count", "This ban will last for 1 more second", 2.0),
        ("accesscontrol.limited-by-app-access-count", "This ban will last for 22416 more seconds", 22417.0),
        ("accesscontrol.limited-by-app-access-count", "", None),
        ("", "no number", None),
    ],
)
def test_a_ban_is_waited_for_to_its_end_and_one_second(sub_code, sub_msg, seconds):
    error = mapped(Failure(7, sub_code, sub_msg), write=False, method="m")
    assert error.retry_after == seconds


@pytest.mark.parametrize(
    ("sub_code", "scope", "back_at"),
    [
        ("accesscontrol.limited-by-api-access-count", "method", None),
        ("accesscontrol.limited-by-dynamic-access-count", "method", None),
        ("accesscontrol.limited-by-app-access-count", "app", MIDNIGHT),
        ("isp.call-limited", "method", None),
    ],
)
def test_a_ban_is_the_apps_and_a_spent_day_is_back_at_midnight_in_beijing(sub_code, scope, back_at):
    error = mapped(Failure(7, sub_code, ""), write=False, method="m")
    assert (error.scope, error.back_at) == (scope, back_at)


def test_no_token_reaches_the_text():
    token = "6200" + "ab12" * 10
    error = mapped(Failure(15, "isv.something", f"bad {token} here"), write=False, method="m")
    assert token not in error.told("en") + error.told("zh")
    assert "***" in error.en


def test_the_platforms_words_are_kept_short():
    error = mapped(Failure(15, "isv.x", "长" * 900), write=False, method="m")
    assert len(error.en) < 300


@pytest.mark.parametrize(
    "row", [row for row in ROWS if (row.sub or "").startswith("isp")], ids=lambda r: r.sub
)
def test_no_isp_code_lets_a_write_be_repeated(row):
    assert type(mapped(example(row), write=True, method="m")) is OutcomeUnknown


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.cls in {"auth", "permission"}], ids=lambda r: f"{r.code}-{r.sub}"
)
def test_gateway_refusals_of_a_write_were_not_applied(row):
    assert type(mapped(example(row), write=True, method="m")) is CLASSES[row.cls]
