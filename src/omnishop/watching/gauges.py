"""Figures read from the store when a monitor asks: gauges of OpenTelemetry, a page for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider, ObservableGauge
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder

from omnishop import telemetry
from omnishop.telemetry import INSTRUMENTS
from omnishop.telemetry.signals import SCOPE
from omnishop.watching.health import Health, State
from omnishop.watching.seen import Seen
from omnishop.watching.told import named
from omnishop.watching.watch import Watch

MOST_SHOPS = 50_000
"""Series of one gauge; the library's own limit is 2,000, and the rest would be one sum without a name."""

_log = telemetry.logger("watching")

Told = Iterator[tuple[float, Mapping[str, str]]]


class Gauges:
    """Meters of a process: what is counted while it works, and what stands in its store. Close it when done."""

    def __init__(self, watch: Watch, readers: Iterable[MetricReader] = ()) -> None:
        self._watch = watch
        self._told: Exception | None = None
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        page = PrometheusMetricReader(
            disable_target_info=True,
            scope_info_enabled=False,
            registry=self._registry,
            cardinality_limits={ObservableGauge: MOST_SHOPS},
        )
        self.provider = MeterProvider([page, *readers], resource=Resource.create(), shutdown_on_exit=False)
        meter = self.provider.get_meter(SCOPE)
        for name, figures in _FIGURES.items():
            row = INSTRUMENTS[name]
            meter.create_observable_gauge(name, [self._callback(figures)], row.unit, row.en)

    def page(self, accept: str = "") -> tuple[str, bytes]:
        """Its content type and bytes, in the form the asker accepts; reads the store, so it may wait."""
        encode, kind = choose_encoder(accept)
        return kind, encode(self._registry)

    def close(self) -> None:
        self.provider.shutdown()

    def _callback(
        self, figures: Callable[[Seen, Health], Told]
    ) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def observed(_options: CallbackOptions) -> Iterable[Observation]:
            found = self._both()
            return [] if found is None else [Observation(value, labels) for value, labels in figures(*found)]

        return observed

    def _both(self) -> tuple[Seen, Health] | None:
        """None where the store cannot be looked at: said once for each look, and what needs no store is told."""
        try:
            return self._watch.both()
        except Exception as problem:  # noqa: BLE001 - a bug of ours in a look leaves a monitor the rest, too
            if problem is not self._told:
                self._told = problem
                _log.error("store not seen", **named(problem))
            return None


def _shops(_seen: Seen, health: Health) -> Told:
    counted = Counter((each.shop.platform, each.state) for each in health.shops)
    for platform in sorted({platform for platform, _ in counted}):
        for state in State:
            yield counted[platform, state], {"platform": platform, "state": state.value}


def _ages(seen: Seen, _health: Health) -> Told:
    for each in seen.shops:
        if each.age is not None:
            shop = each.shop
            yield each.age.total_seconds(), {"platform": shop.platform, "shop_id": shop.shop_id or ""}


def _lists(seen: Seen, _health: Health) -> Told:
    return _by_platform((each.shop.platform, len(each.unverified) + len(each.unread)) for each in seen.shops)


def _behind(seen: Seen, _health: Health) -> Told:
    return _by_platform((each.shop.platform, each.behind.total_seconds()) for each in seen.shops)


def _late(seen: Seen, _health: Health) -> Told:
    due = [each.lately.due_at for each in seen.shops if each.lately is not None]
    if due:
        yield max((seen.at - min(due)).total_seconds(), 0.0), {}


def _inbox(seen: Seen, _health: Health) -> Told:
    all_of_it = [seen.elsewhere, *(each.backlog for each in seen.shops)]
    yield sum(each.waiting for each in all_of_it), {"state": "waiting"}
    yield sum(each.failed for each in all_of_it), {"state": "failed"}


def _oldest_message(seen: Seen, _health: Health) -> Told:
    times = [each.oldest for each in (seen.elsewhere, *(shop.backlog for shop in seen.shops))]
    oldest = min((each for each in times if each is not None), default=seen.at)
    yield max((seen.at - oldest).total_seconds(), 0.0), {}


def _quarantine(seen: Seen, _health: Health) -> Told:
    yield from _by_platform((each.shop.platform, each.quarantined) for each in seen.shops)
    if seen.unreadable:
        yield seen.unreadable, {"platform": ""}


def _doubts(seen: Seen, _health: Health) -> Told:
    return _by_platform((each.shop.platform, each.doubts.count if each.doubts else 0) for each in seen.shops)


def _oldest_doubt(seen: Seen, _health: Health) -> Told:
    oldest = min((each.doubts.oldest for each in seen.shops if each.doubts), default=seen.at)
    yield max((seen.at - oldest).total_seconds(), 0.0), {}


def _bans(seen: Seen, _health: Health) -> Told:
    counted = Counter(each.platform for each in seen.bans)
    for platform in sorted({*counted, *(each.shop.platform for each in seen.shops)}):
        yield counted[platform], {"platform": platform}


def _tokens(_seen: Seen, health: Health) -> Told:
    ends = {"token_ending", "token_ended"}
    return _by_platform(
        (each.shop.platform, sum(reason.key in ends for reason in each.reasons)) for each in health.shops
    )


def _disk(seen: Seen, _health: Health) -> Told:
    if seen.disk_free is not None:
        yield seen.disk_free, {}


def _clock(seen: Seen, _health: Health) -> Told:
    for whose, ahead in seen.clocks.items():
        yield ahead.total_seconds(), {"of": whose}


def _seconds(seen: Seen, _health: Health) -> Told:
    yield seen.seconds, {}


def _by_platform(counts: Iterable[tuple[str, float]]) -> Told:
    found: dict[str, float] = {}
    for platform, count in counts:
        found[platform] = found.get(platform, 0) + count
    for platform, count in sorted(found.items()):
        yield count, {"platform": platform}


_FIGURES: dict[str, Callable[[Seen, Health], Told]] = {
    "omnishop.shops": _shops,
    "omnishop.shop.age": _ages,
    "omnishop.lists.unverified": _lists,
    "omnishop.backfill.left": _behind,
    "omnishop.round.late": _late,
    "omnishop.inbox.messages": _inbox,
    "omnishop.inbox.oldest.age": _oldest_message,
    "omnishop.quarantine.records": _quarantine,
    "omnishop.doubts": _doubts,
    "omnishop.doubts.oldest.age": _oldest_doubt,
    "omnishop.bans": _bans,
    "omnishop.tokens.ending": _tokens,
    "omnishop.disk.free": _disk,
    "omnishop.clock.ahead": _clock,
    "omnishop.collection": _seconds,
}
"""Every gauge of the table; a test compares the two."""
