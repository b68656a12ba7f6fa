"""How long-running commands are seen from outside: their log, their traces, a port for monitors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from omnishop import telemetry
from omnishop.cli.words import say
from omnishop.errors import ConfigError, OmnishopError

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from stamina.instrumentation import RetryDetails

    from omnishop.store import Store
    from omnishop.watching import Watch

_log = telemetry.logger("calls")

Metrics = Annotated[
    str | None,
    typer.Option(
        "--metrics",
        metavar="[HOST:]PORT",
        show_default=False,
        help=say(
            "/metrics, /health and /alive on this address, which must not be public",
            "在此地址提供 /metrics、/health、/alive, 勿对公网开放",
        ),
    ),
]


def addresses(*named: str | None) -> None:
    """ConfigError for one that is none: said before anything is opened."""
    from omnishop.watching.address import address

    for each in named:
        if each is not None:
            address(each)


@contextmanager
def observed(store: Store, metrics: str | None, every: timedelta = timedelta()) -> Iterator[str | None]:
    """Logs to stderr, traces where the environment says so, and the port, whose address it gives.

    `every`: how often shops are read; one that was not for three times as long is stale.
    """
    from omnishop.engine.simulated import present
    from omnishop.watching import Limits, Watch

    with logged():
        if metrics is None:
            with traced():
                yield None
            return
        limits = Limits(stale=max(Limits().stale, 3 * every))
        with _port(Watch(store, present(), limits), metrics) as (meters, url), traced(meters):
            yield url


@contextmanager
def logged() -> Iterator[None]:
    from stamina.instrumentation import set_on_retry_hooks

    from omnishop.telemetry.writing import logs

    with logs():
        set_on_retry_hooks((_retried,))
        yield


@contextmanager
def traced(meters: MeterProvider | None = None) -> Iterator[None]:
    """Traces, where they are asked for, and `meters`, where there are some, hear of all that is done."""
    from omnishop.telemetry.exporting import traces

    with traces() as tracers:
        if tracers is None and meters is None:
            yield
            return
        from omnishop.telemetry.signals import heard_by

        with heard_by(tracers, meters):
            yield


@contextmanager
def _port(watch: Watch, where: str) -> Iterator[tuple[MeterProvider, str]]:
    try:
        from omnishop.watching.gauges import Gauges
        from omnishop.watching.page import Page
        from omnishop.watching.port import Port
    except ModuleNotFoundError as missing:
        raise ConfigError(
            f"--metrics needs {missing.name}: pip install 'omnishop[metrics]'",
            zh=f"--metrics 缺少 {missing.name}: pip install 'omnishop[metrics]'",
        ) from None
    from omnishop.watching.address import address

    host, number = address(where)
    gauges = Gauges(watch)
    try:
        with Port(Page(watch.health, gauges.page), host, number) as port:
            yield gauges.provider, port.url
    finally:
        gauges.close()


def _retried(details: RetryDetails) -> None:
    cause = details.caused_by
    about: dict[str, str | None] = {"error": type(cause).__name__}
    if isinstance(cause, OmnishopError):
        about |= {"platform": cause.platform, "shop": cause.shop, "method": cause.method, "code": cause.code}
    _log.info("call again", attempt=details.retry_num, seconds=round(details.wait_for, 3), **about)
