"""What omnishop tells of itself while it works: logs, spans and metrics. Nothing, until somebody listens."""

from omnishop.telemetry.fields import Fact, trouble
from omnishop.telemetry.instruments import INSTRUMENTS, SPANS, Instrument
from omnishop.telemetry.loggers import Logger, logger
from omnishop.telemetry.signals import Span, count, measure, span

__all__ = [
    "INSTRUMENTS",
    "SPANS",
    "Fact",
    "Instrument",
    "Logger",
    "Span",
    "count",
    "logger",
    "measure",
    "span",
    "trouble",
]
