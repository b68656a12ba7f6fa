"""Traces sent away by OTLP, when the environment says where to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_END_MS = 3000


@contextmanager
def traces(env: Mapping[str, str] = os.environ) -> Iterator[TracerProvider | None]:
    """A provider that sends in batches, by OTLP over HTTP; what is left is sent at the end. None: nobody asked.

    Sampling, headers, the service's name and all else are set as the SDK documents it, by `OTEL_…`.
    ConfigError when it was asked for and the library is not there.
    """
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
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    try:
        yield provider
    finally:
        provider.force_flush(_END_MS)
        provider.shutdown()


def _disabled(env: Mapping[str, str]) -> bool:
    return env.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
