"""Facts over each platform's own wire: return waybills as in the world, buyers, and a verdict on every case."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.facts.conftest import BACK

from omnishop import registry
from omnishop.config import Home
from omnishop.engine import pull
from omnishop.engine.simulated import World, present, register
from omnishop.facts import gather
from omnishop.facts.judging import in_force
from omnishop.model import Case
from omnishop.policy.answers import Outcome
from omnishop.policy.casefacts import Way
from omnishop.policy.judge import judge
from omnishop.policy.reading import dump_facts, dump_verdict, read_facts, read_verdict
from omnishop.policy.shipped import shipped
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store

NOW = datetime(2026, 9, 1, 2, 0, 0, tzinfo=UTC)
STOREFRONTS = {"tmall", "taobao", "jd", "douyin"}
ADAPTERS = registry.adapter_names()

FIELDS = [
    "sid",
    "company_name",
    "tid",
    "buyer_logistic_no",
    "expressCode",
    "aftersale_info",
    "process_info",
    "logistics_info",
    "return",
    "tracking_no",
    "return_logistics_code",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=8,
)


@pytest.fixture(scope="module")
def wires(tmp_path_factory):
    """The world, and the facts of all its cases as they came over the wires."""
    simulation = Simulation.new(seed=5, orders=45, now=NOW)
    home = Home.find(tmp_path_factory.mktemp("wires"), {"OMNISHOP_KEY": "only for this test"})
    with Sandbox(simulation) as sandbox, Store.open(home) as store, World.at(sandbox.url) as door:
        assert pull(store, list(register(store, door, now=NOW)), now=present()).ok
        cases = store.records.list("case")
        yield simulation.world, gather(store, cases, now=lambda _case: NOW, back=BACK)


def test_every_parcel_that_came_back_is_known_with_its_case(wires):
    world, gathered = wires
    sent = {
        (case.shop.shop_id, case.case_id): case.return_parcel.tracking_no
        for case in world.cases.values()
        if case.return_parcel is not None
    }
    found = {
        (facts.case.shop_id, facts.case.case_id): parcel.tracking_no
        for facts in gathered
        for parcel in facts.parcels or ()
        if parcel.way is Way.BACK
    }
    kept = {(facts.case.shop_id, facts.case.case_id): facts.case.storefront for facts in gathered}
    assert {key: _digits(number) for key, number in found.items()} == {
        key: _digits(number) for key, number in sent.items() if key in kept
    }
    assert {kept[key] for key in found} == STOREFRONTS


def test_the_facts_of_every_case_have_their_json_and_a_verdict(wires):
    gathered, packs = wires[1], shipped()
    assert {facts.case.storefront for facts in gathered} == STOREFRONTS
    for facts in gathered:
        assert read_facts(json.loads(json.dumps(dump_facts(facts)))) == facts
        verdict = judge(facts, in_force(packs, facts.case), NOW)
        assert read_verdict(json.loads(json.dumps(dump_verdict(verdict)))) == verdict
        assert verdict.outcome is not Outcome.ALLOW, (
            "nobody has confirmed, inspected or registered anything yet"
        )
        assert verdict.missing
        assert not verdict.approval.auto


def test_the_buyer_is_known_by_a_key_on_every_wire(wires):
    keyed = {facts.case.storefront for facts in wires[1] if facts.buyer.key is not None}
    assert keyed == STOREFRONTS


def _digits(number: str) -> str:
    """A carrier's name before the number is spelled otherwise on one wire."""
    return "".join(each for each in number if each.isdigit())


@pytest.mark.parametrize("name", ADAPTERS)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(record=JSON)
def test_a_record_of_any_shape_is_no_error(name, record):
    raw = msgspec.json.encode(record)
    for parcel in registry.adapter(name).return_parcels(Case(name, "x", "1", raw=raw)):
        assert parcel.tracking_no


@pytest.mark.parametrize("name", ADAPTERS)
@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b'{"sid": "\x01"}'])
def test_bytes_that_are_no_json_tell_nothing(name, raw):
    assert registry.adapter(name).return_parcels(Case(name, "x", "1", raw=raw)) == ()


def test_a_trades_own_id_is_no_waybill():
    case = Case("taobao", "refund", "1", order_id="2001", raw=b'{"sid": "2001", "tid": "2001"}')
    assert registry.adapter("taobao").return_parcels(case) == ()
