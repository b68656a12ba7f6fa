"""Where a command writes its log: one JSON line an event in a pipe, a readable one on a terminal."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from omnishop.errors import ConfigError
from omnishop.model import iso
from omnishop.telemetry.fields import cleaned, frames, text
from omnishop.telemetry.loggers import FACTS, ROOT

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
FORMS = ("json", "text")

_SERVERS = ("uvicorn", "procrastinate")
"""Theirs are told a level later than ours: they speak of each connection and each job."""


_ADDRESSES = "uvicorn.access"
"""Never below a warning: it quotes what was asked for, parameters and all."""


@contextmanager
def logs(stream: TextIO | None = None, env: Mapping[str, str] = os.environ) -> Iterator[None]:
    """What is logged in this process goes to `stream` (stderr), until the end of `with`.

    `OMNISHOP_LOG` is the level (info), `OMNISHOP_LOG_FORM` json or text. ConfigError when they are neither.
    Other libraries are heard from warnings on: below that they quote addresses and statements. Within another
    `with logs()` nothing more is written.
    """
    if any(isinstance(each.formatter, _Formatter) for each in logging.getLogger().handlers):
        yield
        return
    to = stream or sys.stderr
    level = LEVELS[_one_of(env, "OMNISHOP_LOG", tuple(LEVELS), "info")]
    form = _one_of(env, "OMNISHOP_LOG_FORM", FORMS, "text" if to.isatty() else "json")
    handler = logging.StreamHandler(to)
    handler.setFormatter(_Formatter(form, colours=to.isatty() and "NO_COLOR" not in env))
    servers = logging.INFO if level == logging.DEBUG else max(level, logging.WARNING)
    levels = {"": max(level, logging.WARNING), ROOT: level, **dict.fromkeys(_SERVERS, servers)}
    levels[_ADDRESSES] = logging.WARNING
    with _levels(levels), _threads():
        logging.getLogger().addHandler(handler)
        logging.captureWarnings(capture=True)
        try:
            yield
        finally:
            logging.captureWarnings(capture=False)
            logging.getLogger().removeHandler(handler)


def _one_of(env: Mapping[str, str], name: str, words: tuple[str, ...], default: str) -> str:
    said = env.get(name, "").strip().lower() or default
    if said not in words:
        known = ", ".join(words)
        raise ConfigError(
            f"{name} is {said[:20]!r}; it may be {known}", zh=f"{name} 为 {said[:20]!r}, 只能是 {known}"
        )
    return said


@contextmanager
def _levels(wanted: Mapping[str, int]) -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in wanted}
    for name, level in wanted.items():
        logging.getLogger(name).setLevel(level)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


@contextmanager
def _threads() -> Iterator[None]:
    """A thread that dies says so here, without what it died of in words; so does what nobody could catch."""
    before = threading.excepthook, sys.unraisablehook
    to = logging.getLogger(f"{ROOT}.threads")

    def told(end: threading.ExceptHookArgs) -> None:
        to.error(
            "a thread ended", exc_info=(end.exc_type, end.exc_value or end.exc_type(), end.exc_traceback)
        )

    def untaken(end: sys.UnraisableHookArgs) -> None:
        kind = end.exc_type
        to.error("an error nobody took", exc_info=(kind, end.exc_value or kind(), end.exc_traceback))

    threading.excepthook, sys.unraisablehook = told, untaken
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = before


class _Formatter(logging.Formatter):
    """Made with the first line: a server is ready before it has anything to say."""

    def __init__(self, form: str, *, colours: bool) -> None:
        super().__init__()
        self._how = (form, colours)
        self._made: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        if self._made is None:
            self._made = _formatter(*self._how)
        return self._made.format(record)


def _formatter(form: str, colours: bool) -> logging.Formatter:
    import structlog  # noqa: PLC0415 - slow to load

    if form == "json":
        renderer: Any = structlog.processors.JSONRenderer(serializer=_json)
    else:
        renderer = structlog.dev.ConsoleRenderer(colors=colours, timestamp_key="at", sort_keys=False)
    meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=[_placed], processors=[meta, renderer])


def _placed(_logger: WrappedLogger, level: str, said: EventDict) -> EventDict:
    """Our own fields as they were handed on; of others the words, cleaned, and where it happened."""
    record: logging.LogRecord = said["_record"]
    own = getattr(record, FACTS, None)
    head = {
        "at": iso(datetime.fromtimestamp(record.created, UTC)),
        "level": level,
        "logger": record.name,
    }
    if isinstance(own, dict):
        facts = dict(own)
    else:
        facts = {"event": text(str(said["event"]))}
        kind, _error, trace = record.exc_info or (None, None, None)
        if kind is not None:
            facts |= cleaned({"error": kind.__name__, "frames": frames(trace)})
    meta = {"_record": record, "_from_structlog": said["_from_structlog"]}
    return {**head, **facts, **meta}


def _json(said: Any, **_how: Any) -> str:
    return msgspec.json.encode(said).decode()
