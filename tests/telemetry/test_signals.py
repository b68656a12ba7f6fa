"""Spans and metrics: what the table says, no more; next to nothing while nobody listens."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from omnishop import clock, telemetry
from omnishop.errors import Rejected
from omnishop.telemetry import INSTRUMENTS, SPANS
from omnishop.telemetry.exporting import traces
from omnishop.telemetry.fields import FIELDS
from omnishop.telemetry.signals import heard_by

SOURCES = sorted((Path(__file__).parents[2] / "src" / "omnishop").rglob("*.py"))


@pytest.fixture
def heard():
    """Spans as they end, and the points of each metric."""
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers = TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    meters = MeterProvider([reader], shutdown_on_exit=False)

    def points():
        found = {}
        data = reader.get_metrics_data()
        for resource in data.resource_metrics if data else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    found[metric.name] = metric
        return found

    with heard_by(tracers, meters):
        yield spans.get_finished_spans, points
    tracers.shutdown()
    meters.shutdown()


def test_a_span_holds_listed_fields_and_its_children(heard):
    spans, _ = heard
    with telemetry.span("omnishop.window", platform="paper", list="cases") as told:
        with telemetry.span("omnishop.call", method="case.list", receiver_name="王小明"):
            pass
        told.set(answer="proved")
    call, window = spans()
    assert call.parent.span_id == window.context.span_id
    assert dict(window.attributes) == {
        "omnishop.platform": "paper",
        "omnishop.list": "cases",
        "omnishop.answer": "proved",
    }
    assert dict(call.attributes) == {"omnishop.method": "case.list", "omnishop.receiver_name": "***"}


def test_an_error_is_its_kind_and_code_never_its_words(heard):
    spans, _ = heard
    with pytest.raises(Rejected), telemetry.span("omnishop.call", platform="paper"):
        raise Rejected("receiver 王小明 13912345678", code="2101")
    [span] = spans()
    assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "Rejected")
    assert span.attributes["error.type"] == "Rejected"
    assert span.attributes["omnishop.code"] == "2101"
    assert not span.events
    assert "王小明" not in span.to_json()


def test_counts_and_times_by_their_labels(heard):
    _, points = heard
    for outcome in ("ok", "ok", "RateLimited"):
        telemetry.count("omnishop.calls", platform="paper", method="m", outcome=outcome)
    telemetry.count("omnishop.records", 7, platform="paper", record="case", change="new")
    telemetry.count("omnishop.records", 0, platform="paper", record="case", change="changed")
    telemetry.measure("omnishop.call.duration", 0.03, platform="paper", method="m")
    found = points()
    calls = {dict(p.attributes)["outcome"]: p.value for p in found["omnishop.calls"].data.data_points}
    assert calls == {"ok": 2, "RateLimited": 1}
    [records] = found["omnishop.records"].data.data_points  # a zero makes no series
    assert records.value == 7
    [duration] = found["omnishop.call.duration"].data.data_points
    assert duration.explicit_bounds == INSTRUMENTS["omnishop.call.duration"].buckets
    assert found["omnishop.call.duration"].unit == "s"


def test_a_name_outside_the_table_is_a_mistake(heard):
    for wrong in (
        lambda: telemetry.count("omnishop.guesses"),
        lambda: telemetry.measure("omnishop.guesses", 1.0),
        lambda: telemetry.span("omnishop.guess"),
    ):
        with pytest.raises(KeyError):
            wrong()


# ---------------------------------------------------------------- nobody listens


def run_python(text):
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_opentelemetry_and_structlog_are_not_loaded_by_being_used():
    told = run_python(
        "import sys, omnishop; omnishop.Shop\n"
        "from omnishop import telemetry as t\n"
        "t.count('omnishop.calls', platform='p', method='m', outcome='ok')\n"
        "t.logger('calls').debug('call')\n"
        "with t.span('omnishop.call', platform='p'): pass\n"
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'opentelemetry', 'prometheus_client'}))\n"
    )
    assert told == ["[]"]


def test_without_the_library_all_of_it_is_silent():
    told = run_python(
        "import sys, types\n"
        "sys.modules['opentelemetry'] = types.ModuleType('opentelemetry')\n"  # as if it were half there
        "sys.modules['opentelemetry'].__path__ = []\n"
        "from omnishop import telemetry as t\n"
        "t.count('omnishop.calls', platform='p', method='m', outcome='ok')\n"
        "with t.span('omnishop.call', platform='p') as told: told.set(code='x')\n"
        "print('silent')\n"
    )
    assert told == ["silent"]


def test_a_programs_own_providers_hear_it_without_being_asked():
    told = run_python(
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.trace.export import SimpleSpanProcessor\n"
        "from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter\n"
        "spans = InMemorySpanExporter()\n"
        "from omnishop import telemetry as t\n"
        "with t.span('omnishop.call', platform='before'): pass\n"
        "provider = TracerProvider(); provider.add_span_processor(SimpleSpanProcessor(spans))\n"
        "trace.set_tracer_provider(provider)\n"
        "with t.span('omnishop.call', platform='after'): pass\n"
        "print([s.attributes['omnishop.platform'] for s in spans.get_finished_spans()])\n"
    )
    assert told == ["['after']"]


def test_silence_costs_next_to_nothing():
    """Beside a call's hundreds of microseconds: a span, a count, a time and a line below five of them."""
    told = run_python(
        "from time import process_time\n"
        "from omnishop import telemetry as t\n"
        "log = t.logger('calls')\n"
        "def one():\n"
        "    with t.span('omnishop.call', platform='p', shop='s', method='m', write=False) as told:\n"
        "        t.count('omnishop.calls', platform='p', method='m', outcome='ok')\n"
        "        t.measure('omnishop.call.duration', 0.1, platform='p', method='m')\n"
        "        log.debug('call', platform='p', shop='s', method='m', write=False)\n"
        "best = 1.0\n"
        "for _ in range(20):\n"
        "    began = process_time()\n"
        "    for _ in range(1000): one()\n"
        "    best = min(best, (process_time() - began) / 1000)\n"
        "print(best * 1e6)\n"
    )
    assert float(told[0]) < 5


# ---------------------------------------------------------------- the table and the code


@cache
def calls():
    """Every call of a method in the source that begins with a word: where, its name, the word, its keywords."""
    found = []
    texts = [(path, path.read_text(encoding="utf-8")) for path in SOURCES]
    for path, text in texts:
        for node in ast.walk(ast.parse(text)) if "telemetry" in text else ():
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                keywords = {each.arg for each in node.keywords}
                found.append((path.name, node.func.attr, node.args[0].value, keywords))
    return found


def used(names):
    return [row for row in calls() if row[1] in names]


def test_every_metric_is_told_somewhere_with_just_its_labels():
    told = [row for row in used({"count", "measure"}) if row[2].startswith("omnishop.")]
    worked = {name for name, row in INSTRUMENTS.items() if row.kind != "gauge"}
    assert {row[2] for row in told} == worked
    for where, _, name, labels in told:
        if None not in labels:  # some are handed on in one piece
            assert labels == set(INSTRUMENTS[name].labels), (where, name)


def test_every_span_is_begun_somewhere():
    assert {name for _, _, name, _ in used({"span"}) if name.startswith("omnishop.")} == set(SPANS)


def test_no_line_has_a_field_that_would_be_hidden():
    fields = [row for row in used({"debug", "info", "warning", "error", "say", "span"}) if row[3]]
    for where, _, event, names in fields:
        unknown = names - {None, "exc_info"} - set(FIELDS)
        assert not unknown, (where, event, unknown)


# ---------------------------------------------------------------- OTLP


class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.came.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *words):
        pass


@pytest.fixture
def collector():
    server = HTTPServer(("127.0.0.1", 0), Collector)
    server.came = []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_traces_go_to_the_collector_the_environment_names(collector, monkeypatch):
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}"}
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    began = clock.monotonic()
    with traces(env) as tracers, heard_by(tracers, None), telemetry.span("omnishop.call", method="case.list"):
        pass
    assert clock.monotonic() - began < 5
    [(path, told)] = collector.came
    assert path == "/v1/traces"
    [resource] = told.resource_spans
    names = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert names["service.name"] == "omnishop"
    [span] = resource.scope_spans[0].spans
    assert span.name == "omnishop.call"
    assert {each.key: each.value.string_value for each in span.attributes} == {"omnishop.method": "case.list"}


def test_a_collector_that_is_gone_holds_nobody_up(monkeypatch, caplog):
    env = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    monkeypatch.setenv(*next(iter(env.items())))
    monkeypatch.setattr("omnishop.telemetry.exporting._END_S", 0.1)
    with traces(env) as tracers, heard_by(tracers, None):
        with telemetry.span("omnishop.call", method="case.list"):
            pass
        began = clock.monotonic()
    assert clock.monotonic() - began < 2


@pytest.mark.parametrize(
    "env", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_SDK_DISABLED": "true"}]
)
def test_nobody_asked_nothing_is_sent(env):
    with traces(env) as tracers:
        assert tracers is None
