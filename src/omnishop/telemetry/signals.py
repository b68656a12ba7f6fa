"""Spans and metrics by the OpenTelemetry API; next to nothing is done while nobody has loaded it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from omnishop.errors import OmnishopError
from omnishop.telemetry.fields import Fact, cleaned
from omnishop.telemetry.instruments import INSTRUMENTS, SPANS

if TYPE_CHECKING:
    from opentelemetry.metrics import Meter, MeterProvider
    from opentelemetry.trace import Tracer, TracerProvider

SCOPE = "omnishop"


class Span:
    """What is being done; this one tells nobody. `set` takes the fields of `fields.FIELDS`."""

    def set(self, **facts: Fact) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


class _Told(Span):
    def __init__(self, tracer: Tracer, name: str, facts: dict[str, Fact]) -> None:
        self._manager = tracer.start_as_current_span(
            name,
            attributes=_attributes(facts),
            record_exception=False,  # its words may quote what somebody sent
            set_status_on_exception=False,
        )

    def set(self, **facts: Fact) -> None:
        self._span.set_attributes(_attributes(facts))

    def __enter__(self) -> Self:
        self._span = self._manager.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, Exception):
            from opentelemetry.trace import StatusCode  # noqa: PLC0415 - an extra

            self._span.set_status(StatusCode.ERROR, kind.__name__)
            self._span.set_attribute("error.type", kind.__name__)
            if isinstance(error, OmnishopError) and error.code is not None:
                self.set(code=error.code)
        self._manager.__exit__(None, None, None)


class _Ear:
    """Who listens: a tracer, and an instrument for each row of the table as it is needed."""

    def __init__(self, tracer: Tracer, meter: Meter) -> None:
        self.tracer = tracer
        self._meter = meter
        self._made: dict[str, Any] = {}

    def instrument(self, name: str) -> Any:
        found = self._made.get(name)
        return self._make(name) if found is None else found

    def _make(self, name: str) -> Any:
        row = INSTRUMENTS[name]
        if row.kind == "counter":
            made: Any = self._meter.create_counter(name, row.unit, row.en)
        else:
            bounds = {"explicit_bucket_boundaries_advisory": row.buckets}
            made = self._meter.create_histogram(name, row.unit, row.en, **bounds)
        self._made[name] = made
        return made


_QUIET = Span()
_chosen: list[_Ear] = []
_common: list[_Ear] = []
"""The ear of the process's own providers, once somebody loaded OpenTelemetry."""


def span(name: str, /, **facts: Fact) -> Span:
    """A context; within it other spans are its children."""
    ear = _listening()
    if ear is None:
        return _QUIET
    if name not in SPANS:
        raise KeyError(name)
    return _Told(ear.tracer, name, facts)


def count(name: str, amount: int = 1, /, **labels: str) -> None:
    ear = _listening()
    if ear is not None and amount:
        ear.instrument(name).add(amount, labels)


def measure(name: str, value: float, /, **labels: str) -> None:
    ear = _listening()
    if ear is not None:
        ear.instrument(name).record(value, labels)


@contextmanager
def heard_by(tracers: TracerProvider | None, meters: MeterProvider | None) -> Iterator[None]:
    """These providers hear of everything in this process, in place of its common ones; None: those stay."""
    from opentelemetry import metrics, trace  # noqa: PLC0415 - an extra

    tracer = (tracers or trace.get_tracer_provider()).get_tracer(SCOPE)
    ear = _Ear(tracer, (meters or metrics.get_meter_provider()).get_meter(SCOPE))
    _chosen.append(ear)
    try:
        yield
    finally:
        _chosen.remove(ear)


def _listening() -> _Ear | None:
    """Nobody can listen who has not loaded the API: until then it is not loaded for him either."""
    if _chosen:
        return _chosen[-1]
    if _common:
        return _common[0]
    return _found() if "opentelemetry" in sys.modules else None


def _found() -> _Ear | None:
    try:
        from opentelemetry import metrics, trace  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    _common[:] = [_Ear(trace.get_tracer(SCOPE), metrics.get_meter(SCOPE))]
    return _common[0]


def _attributes(facts: dict[str, Fact]) -> dict[str, Any]:
    return {f"{SCOPE}.{name}": value for name, value in cleaned(facts).items() if value is not None}
