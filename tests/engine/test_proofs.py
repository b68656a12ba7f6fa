"""Over the simulated platforms: each list reaches its best answer, and no window closes on a lie."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnishop import engine, jsonform, registry
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.drivers.tokens import MemoryTokens
from omnishop.engine.proof import Proof, Reading
from omnishop.ports import Account, App, Token, Window
from omnishop.sandbox.faults import FaultPlan
from omnishop.sandbox.simulation import Simulation
from omnishop.store import Store

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
BACK = timedelta(hours=30)
ID = {"order": "order_id", "case": "case_id", "review": "review_id"}
PLATFORMS = registry.face_names()
LISTS = [
    (name, storefront, stream.name)
    for name in PLATFORMS
    for storefront in registry.adapter(name).storefronts
    for stream in registry.adapter(name).streams(storefront)
]


class Place:
    """One platform's simulated world, its shops registered in a store."""

    def __init__(self, store, platform, orders=6):
        self.simulation = Simulation.new(seed=4, orders=orders, now=NOW, platforms=(platform,))
        self.world = self.simulation.world
        self.store = store
        told = self.simulation.shops("http://sandbox.test")
        for shop in told["shops"]:
            app = App(platform, shop["app_key"], shop["app_secret"], gateway=shop["gateway"])
            account = Account(app, shop["storefront"], shop["shop_id"])
            token = Token(shop["access_token"], shop["refresh_token"])
            store.shops.add(account, now=NOW, tokens={"main": token}, control=told["control"])

    def opened(self, store, shop):
        client = httpx.Client(transport=self.simulation.transport())
        return engine.open_shop(store, shop, driver=SyncDriver(client, attempts=1))

    def pull(self):
        return engine.pull(
            self.store,
            self.store.shops.list(),
            now=lambda shop: self.world.now(),
            since=NOW - BACK,
            opened=self.opened,
        )

    def faults(self, seed, rates):
        self.world.faults = FaultPlan.of(seed, rates)

    def apart(self):
        return {each.record_id for each in self.store.quarantine.list()}

    def truth(self, record):
        rows = self.simulation.state()[f"{record}s"]
        return {(row["shop_id"], row["source"], row[ID[record]]): row for row in rows}

    def kept(self, record):
        rows = [jsonform.dump(each) for each in self.store.records.list(record)]
        return {(row["shop_id"], row["source"], row[ID[record]]): row for row in rows}


@pytest.fixture(scope="module")
def places():
    """One world a platform, read by every list of it."""
    return {name: Simulation.new(seed=4, orders=8, now=NOW, platforms=(name,)) for name in PLATFORMS}


@pytest.mark.parametrize(("platform", "storefront", "name"), LISTS)
def test_each_list_reaches_the_best_answer_it_declares_and_no_better_one(places, platform, storefront, name):
    simulation = places[platform]
    told = next(each for each in simulation.shops("http://x")["shops"] if each["storefront"] == storefront)
    app = App(platform, told["app_key"], told["app_secret"], gateway=told["gateway"])
    account = Account(app, storefront, told["shop_id"])
    tokens = {"main": Token(told["access_token"])}
    if told.get("operator_token"):
        tokens["operator"] = Token(told["operator_token"])
    client = httpx.Client(transport=simulation.transport())
    with Shop(account, MemoryTokens(tokens), driver=SyncDriver(client)) as shop:
        stream = next(each for each in shop.streams() if each.name == name)
        assert stream.basis is not None, "a merchant is told what the answer rests on"
        window = Window(NOW - min(stream.span, stream.reach - timedelta(hours=1)), NOW)
        reading = Reading(stream)
        for page in shop.pages(stream, window):
            assert reading.page(page) is None
        if reading.wants_boundary:
            reading.boundary(next(iter(shop.pages(stream, window))))
        verdict = reading.judge()
    assert isinstance(verdict, Proof), verdict
    assert verdict.answer == stream.best
    assert ("total" in verdict.checks) or stream.best == "bounded"


LIES = st.sampled_from(["short_page", "drifting_total", "stale_read"])
"""One lie of a list at a time: a page cut short whose count is lowered alike looks like the truth to any reader."""


@pytest.mark.parametrize("platform", PLATFORMS)
@settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
@given(
    seed=st.integers(0, 10_000),
    lie=LIES,
    rate=st.sampled_from([0.3, 0.7, 1.0]),
    shape=st.sampled_from([{}, {"extra_fields": 0.3}, {"missing_fields": 0.1}]),
)
def test_no_window_closes_beyond_its_proof_and_nothing_is_lost(
    platform, tmp_path_factory, empty_file, seed, lie, rate, shape
):
    home = Home.find(tmp_path_factory.mktemp("lied to"), env={})
    shutil.copy(empty_file, home.path / "omnishop.db")
    with Store.open(home) as store:
        place = Place(store, platform)
        place.simulation.buyers.live(seed, acts_per_day=200)
        place.simulation.advance(3600.0)
        place.faults(seed, {lie: rate, **shape})
        for _ in range(2):
            place.pull()
            what_is_held_is_there(place)
            place.simulation.advance(1500.0)
        place.faults(0, {})
        place.simulation.advance(7200.0)
        report = place.pull()
        assert report.ok, [error for shop in report.shops for error in shop.errors]
        what_is_held_is_there(place)
        for record in ID:
            lately = {key for key, row in place.truth(record).items() if _at(row) >= NOW - BACK}
            assert {key[2] for key in lately - place.kept(record).keys()} <= place.apart(), record


def _at(row):
    return datetime.fromisoformat(row.get("changed_at") or row["created_at"])


def what_is_held_is_there(place):
    """The world's truth of every range that a cursor claims: each record is kept as it is now, or set apart."""
    apart = place.apart()
    for shop in place.store.shops.list():
        cursors = place.store.cursors.of_shop(shop.row)
        for record, name in (("order", "changed_at"), ("case", "changed_at"), ("review", "created_at")):
            lists = [
                each
                for each in registry.adapter(shop.platform).streams(shop.storefront)
                if each.record == record and each.clock == name.removesuffix("_at")
            ]
            ranges = [cursors.get(each.name) for each in lists]
            if not lists or any(each is None or each.since is None for each in ranges):
                continue
            since, until = max(each.since for each in ranges), min(each.until for each in ranges)
            kept = place.kept(record)
            for key, row in place.truth(record).items():
                at = datetime.fromisoformat(row[name])
                if key[0] != shop.shop_id or not since <= at <= until or key[2] in apart:
                    continue
                assert key in kept, (shop.name, record, key, since, until)
                assert kept[key][name] in {row[name], None}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_reconcile_agrees_after_a_pull_and_names_what_the_world_changed_since(store, platform):
    place = Place(store, platform)
    assert place.pull().ok

    def compared():
        for stored in store.shops.list():
            with place.opened(store, stored) as shop:
                yield engine.reconcile(store, stored, shop, now=place.world.now())

    for result in compared():
        assert (result.verdict, result.error) == ("equal", None), result
    place.simulation.buyers.live(1, acts_per_day=2000)
    place.simulation.advance(7200.0)
    assert any(result.verdict == "different" for result in compared())
    assert place.pull().ok
    assert {result.verdict for result in compared()} == {"equal"}
