"""Traces sent away by OTLP, when the environment says where to."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_END_S = 2.0
"""So long the end of a command waits for a collector."""

_sending: list[TracerProvider] = []


@contextmanager
def traces(env: Mapping[str, str] = os.environ) -> Iterator[TracerProvider | None]:
    """Sends in batches, by OTLP over HTTP; what is left is sent at the end, if it can be. None: nobody asked.

    Sampling, headers, the service's name and all else are set as the SDK documents it, by `OTEL_…`.
    ConfigError when it was asked for and the library is not there. Within another `with traces()` it is that one's.
    """
    if _sending:
        yield _sending[0]
        return
    if not any(env.get(name, "").strip() for name in ENDPOINTS) or _disabled(env):
        yield None
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above
    except ImportError as missing:
        raise ConfigError(
            f"traces were asked for by {ENDPOINTS[-1]}, and {missing.name} is missing: pip install 'omnishop[otel]'",
            zh=f"已设置 {ENDPOINTS[-1]}, 但缺少 {missing.name}: pip install 'omnishop[otel]'",
        ) from None
    named = {} if env.get("OTEL_SERVICE_NAME") else {"service.name": "omnishop"}
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    exporter = OTLPSpanExporter()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _sending.append(provider)
    try:
        yield provider
    finally:
        _sending.clear()
        rest = threading.Thread(target=provider.force_flush, name="traces", daemon=True)
        rest.start()
        rest.join(_END_S)
        # it would try again for long where nobody takes them
        exporter.shutdown()  # type: ignore[no-untyped-call]  # - the library's
        provider.shutdown()


def _disabled(env: Mapping[str, str]) -> bool:
    return env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
