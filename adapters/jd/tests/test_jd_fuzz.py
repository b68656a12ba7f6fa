"""Arbitrary values in every field and arbitrary shapes everywhere: no crash, and nothing unknown becomes known."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnishop import jsonform, model
from omnishop.errors import OmnishopError
from omnishop.flow import Call
from omnishop.ports import Account, App, Window
from omnishop_jd import adapter
from omnishop_jd.catalogue import METHODS
from omnishop_jd.decoding import READINGS
from omnishop_jd.details import complete_service
from omnishop_jd.orders.tables import STATES
from omnishop_jd.refundapply.tables import STATUSES
from omnishop_jd.service.tables import KINDS, STAGES

OWN = Path(__file__).parent / "samples"
SAMPLES = [json.loads(p.read_text()) for p in sorted(OWN.glob("*.json")) if p.stem != "signing_vectors"]
ACCOUNT = Account(App("jd", "k", "s"), "jd", "1", buyer_secret=b"x")

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**62, max_value=2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        [
            "",
            "0",
            "-1",
            "NaN",
            "1e999999999",
            "sNaN",
            "0001-01-01 00:00:00",
            "2026-02-30 00:00:00",
            "null",
            "１２",
        ]
    )
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [way]
    if isinstance(value, dict):
        for key, item in value.items():
            found += places(item, (*way, key))
    if isinstance(value, list):
        for index, item in enumerate(value):
            found += places(item, (*way, index))
    return found


def put(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    if not way:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[way[0]] = put(value[way[0]], way[1:], new)
    return copy


def decoded(method: str, body: bytes) -> list[Any]:
    """Records, or nothing where the body was refused in one of our own words."""
    try:
        found = adapter.decode_body(method, body, ACCOUNT)
    except OmnishopError:
        return []
    for record in found:
        jsonform.dump(record)
    return found


SETTLED_STAGES = {str(row.code) for row in STAGES}
SETTLED_KINDS = {str(row.code) for row in KINDS}
SETTLED_STATUSES = {str(row.code) for row in STATUSES}
SETTLED_STATES = {row.state for row in STATES}


def never_guessed(record: Any) -> None:
    if isinstance(record, model.Case):
        table = SETTLED_STATUSES if record.source == "refundapply" else SETTLED_STAGES
        if record.raw_stage not in table:
            assert record.stage is model.Stage.UNKNOWN
        if record.source == "service" and record.raw_kind not in SETTLED_KINDS:
            assert record.kind is model.Kind.UNKNOWN
        if record.source == "service":
            paid = record.kind in {model.Kind.RETURN_REFUND, model.Kind.REFUND_ONLY}
            assert not (paid and record.stage is model.Stage.SUCCEEDED)
    if isinstance(record, model.Order) and record.raw_status not in SETTLED_STATES:
        assert record.status in {model.OrderStatus.UNKNOWN, model.OrderStatus.UNPAID}
    if isinstance(record, model.RefundFact) and record.status is model.RefundStatus.SUCCEEDED:
        assert record.raw_status == "13"
        assert record.completed_at is not None


@pytest.mark.parametrize("number", range(len(SAMPLES)))
@quick
@given(data=st.data())
def test_any_value_in_any_field(number, data):
    sample = SAMPLES[number]
    way = data.draw(st.sampled_from(places(sample["body"])))
    body = put(sample["body"], way, data.draw(values))
    separators = data.draw(st.sampled_from([(",", ":"), (", ", ": ")]))
    for record in decoded(sample["method"], json.dumps(body, separators=separators).encode()):
        never_guessed(record)


@pytest.mark.parametrize("method", sorted(READINGS))
@settings(max_examples=12, deadline=None)
@given(value=values)
def test_any_shape_of_records(method, value):
    known = METHODS[method]
    inner = value
    for step in reversed(known.path[1:]):
        inner = {step: inner}
    good = {"success": True, "code": "00000", "resultCode": 100, "apiResult": {"success": True}}
    result = {**good, **inner} if isinstance(inner, dict) and len(known.path) > 1 else inner
    if known.outcome == "refundapply" and isinstance(result, dict):
        result.pop("code")
    body = {f"{known.envelope}_responce": {"code": "0", known.path[0]: result}}
    for record in decoded(method, json.dumps(body).encode()):
        never_guessed(record)


@quick
@given(body=st.binary(max_size=60))
def test_any_bytes(body):
    decoded("jingdong.asc.query.list", body)
    decoded("oauth.access_token", body)


@quick
@given(data=st.data())
def test_any_cut_or_flipped_byte(data):
    sample = data.draw(st.sampled_from(SAMPLES))
    body = bytearray(json.dumps(sample["body"], ensure_ascii=False, separators=(",", ":")).encode())
    place = data.draw(st.integers(0, len(body) - 1))
    if data.draw(st.booleans()):
        del body[place:]
    else:
        body[place] = data.draw(st.integers(0, 255))
    decoded(sample["method"], bytes(body))


CASE = model.Case("jd", "service", "7", "jd", "1", "8", kind=model.Kind.RETURN_REFUND, raw_stage="10005")
FLOWS = {
    "complete": lambda: complete_service(ACCOUNT, CASE),
    "service": lambda: adapter.case(ACCOUNT, "service", "7"),
    "application": lambda: adapter.case(ACCOUNT, "refundapply", "7"),
    "order": lambda: adapter.order(ACCOUNT, "7"),
    "timeline": lambda: adapter.timeline(ACCOUNT, "service", "7"),
    "reasons": lambda: adapter.refuse_reasons(ACCOUNT, "service", "7"),
    "addresses": lambda: adapter.return_addresses(ACCOUNT),
    "trace": lambda: adapter.trace(
        evolve(ACCOUNT, settings={"customer_code": "c"}), order_id=None, carrier=None, tracking_no="W"
    ),
    "whoami": lambda: adapter.whoami(ACCOUNT),
    **{stream.name: lambda stream=stream: stream.pages(ACCOUNT, WINDOW) for stream in adapter.streams("jd")},
}
WINDOW = Window(datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC))
VIEW = {"serviceId": 7, "orderId": 8, "customerExpect": 10}


@pytest.mark.parametrize("name", sorted(FLOWS))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_answer_to_any_call_of_a_flow(name, data):
    """A flow ends with a result or in one of our own errors, whatever comes back."""
    flow = FLOWS[name]()
    call = next(flow)
    with suppress(StopIteration, OmnishopError):
        for _ in range(12):
            call = flow.send(msgspec.Raw(json.dumps(answer_to(call, data)).encode()))


def answer_to(call: Call, data: st.DataObject) -> Any:
    """The shape the method has, with anything at all at one place of it."""
    known = METHODS[call.method]
    record = data.draw(
        st.sampled_from([VIEW | {"serviceStatus": 10005}, VIEW | {"serviceStatus": 10041}, {"id": 7}, {}])
    )
    field = data.draw(
        st.sampled_from(["serviceStatus", "updateDate", "freightLogList", "completeTime", "opeTime", "code"])
    )
    record = {**record, field: data.draw(values)}
    inner: Any = data.draw(st.sampled_from([[record], record, data.draw(values)]))
    for step in reversed(known.path):
        inner = {step: inner}
    return inner
