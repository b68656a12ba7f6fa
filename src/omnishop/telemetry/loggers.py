"""Loggers: through structlog over the standard library, which loads nothing while nobody listens."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from omnishop.telemetry.fields import Fact, cleaned, text

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

ROOT = "omnishop"
FACTS = "omnishop_facts"
"""Under this name a record of the standard library carries its event and its fields."""

logging.getLogger(ROOT).addHandler(logging.NullHandler())


class Logger:
    """`event` is a constant sentence; what differs from one time to the next stands in fields."""

    def __init__(self, name: str) -> None:
        self._to = logging.getLogger(name)
        self._bound: Any = None

    def debug(self, event: str, **facts: Fact) -> None:
        self._tell(logging.DEBUG, event, facts)

    def info(self, event: str, **facts: Fact) -> None:
        self._tell(logging.INFO, event, facts)

    def warning(self, event: str, **facts: Fact) -> None:
        self._tell(logging.WARNING, event, facts)

    def error(self, event: str, **facts: Fact) -> None:
        self._tell(logging.ERROR, event, facts)

    def _tell(self, level: int, event: str, facts: dict[str, Fact]) -> None:
        if not self._to.isEnabledFor(level):
            return
        if self._bound is None:
            self._bound = _bound(self._to)
        self._bound.log(level, event, **facts)


def logger(part: str) -> Logger:
    """The logger `omnishop.PART`."""
    return Logger(f"{ROOT}.{part}")


def _bound(to: logging.Logger) -> Any:
    import structlog  # noqa: PLC0415 - slow to load, and most programs listen to nothing

    said = structlog.processors.KeyValueRenderer(key_order=["event"])

    def handed_on(
        about: WrappedLogger, name: str, facts: EventDict
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """As a line for any handler, and as fields for one that knows them."""
        event = text(str(facts.pop("event")))
        whole = {"event": event, **cleaned(facts)}
        line = str(said(about, name, dict(whole)))
        return (line,), {"extra": {FACTS: whole}}

    return structlog.wrap_logger(
        to, processors=[handed_on], wrapper_class=structlog.stdlib.BoundLogger, cache_logger_on_first_use=True
    ).bind()
