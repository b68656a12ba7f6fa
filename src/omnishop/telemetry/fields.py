"""What may stand beside an event: named fields only, each cleaned; what nobody listed is hidden."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from types import TracebackType
from typing import Any

from omnishop.masking import HIDDEN, masked, words

Fact = str | int | float | bool | datetime | list[str] | None

FIELDS: Mapping[str, str] = {
    "platform": "the platform's name",
    "storefront": "the storefront's name",
    "shop": "the shop's alias, else its id",
    "method": "the platform's name of the method",
    "outcome": "what became of it; of a call `ok`, else the name of our error",
    "code": "the platform's own code",
    "request_id": "what the platform's support asks for",
    "write": "whether it may change something at the platform",
    "seconds": "how long it took, or is to wait",
    "list": "the list's name, as in `omnishop pull --json`",
    "record": "order, case or review",
    "answer": "proved, bounded or unproved",
    "since": "begin of a window",
    "until": "end of a window",
    "new": "records that were not held before",
    "changed": "records that were held otherwise",
    "unchanged": "records that were held just so",
    "quarantined": "records that could not be read",
    "messages": "messages of a push, a queue, or the inbox",
    "given_up": "messages that nobody tries again",
    "put_off": "messages that are tried again later",
    "peer": "the address a request came from",
    "act": "what was asked for",
    "verb": "the platform write",
    "intent": "the intent's id in the ledger",
    "case": "the record's source and id",
    "state": "a state of the ledger, or of health",
    "by": "who caused it: us, other, unknown",
    "error": "the kind of the error; never its words",
    "frames": "where it happened: file, line, function",
    "why": "a reason in our own words",
    "attempt": "the how many-th try",
    "role": "the token's role",
    "url": "an address of ours",
    "count": "how many",
    "worker": "which worker",
    "job": "the kind of job",
    "path": "the path that was asked for",
    "due_at": "not before it",
}
"""Every field a log line or a span may have. An id, a code, a count, a word of ours: never a parameter or a body."""

_FREE = frozenset({"event", "why"})
"""Sentences, in which digits that look like a telephone number are none of ours."""

_LONGEST = 240
_SHOWN = timezone(timedelta(hours=8))
"""As every time is shown, in logs as in JSON."""
_FRAMES = 12


def cleaned(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Only listed names keep their values; the place of others shows that somebody must list them."""
    return {name: _value(name, value) if name in FIELDS else HIDDEN for name, value in facts.items()}


def _value(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.astimezone(_SHOWN).isoformat()
    if name == "frames" and isinstance(value, list):
        return [_short(str(each)) for each in value[-_FRAMES:]]
    if not isinstance(value, str):
        return HIDDEN
    return text(value) if name in _FREE else _short(str(masked(value)))


def text(said: str) -> str:
    """Words, perhaps of others: without secrets, telephone numbers and addresses of mail, on one line, not long."""
    return _short(words(said))


def _short(said: str) -> str:
    line = " ".join(said.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def trouble(error: BaseException) -> dict[str, Any]:
    """An exception as fields: its kind and where it happened."""
    return {"error": type(error).__name__, "frames": frames(error.__traceback__)}


def frames(trace: TracebackType | None) -> list[str]:
    """Where, not what: the words of an exception may quote what somebody sent."""
    found = traceback.extract_tb(trace)
    return [f"{each.filename.rpartition('/')[2]}:{each.lineno} {each.name}" for each in found]
