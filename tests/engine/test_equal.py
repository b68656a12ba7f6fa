"""The store stays equal to the simulated platforms while their cases, orders and reviews live on."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import UTC, datetime

import httpx
import pytest

from omnishop import engine, jsonform, registry
from omnishop.drivers.sync import SyncDriver
from omnishop.ports import Account, App, Token
from omnishop.sandbox import steps
from omnishop.sandbox.simulation import Simulation

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
HOUR = 3600.0
IDS = {"order": "order_id", "case": "case_id", "review": "review_id"}
WORDS = ("happy again", "not so good", "thank you")


class Town:
    """A small world of one platform with its shops registered, and somebody's seeded hand."""

    def __init__(self, store, platform):
        self.simulation = Simulation.new(seed=3, orders=24, now=NOW, platforms=(platform,))
        self.world = self.simulation.world
        self.face = self.simulation.faces[platform]
        self.hand = random.Random(5)  # noqa: S311 - repeatable, not secret
        self.store = store
        told = self.simulation.shops("http://sandbox.test")
        for shop in told["shops"]:
            app = App(platform, shop["app_key"], shop["app_secret"], gateway=shop["gateway"])
            account = Account(app, shop["storefront"], shop["shop_id"])
            token = Token(shop["access_token"], shop["refresh_token"])
            store.shops.add(account, now=NOW, tokens={"main": token}, control=told["control"])

    def pull(self, since=None):
        report = engine.pull(
            self.store,
            self.store.shops.list(),
            now=lambda shop: self.world.now(),
            since=since,
            opened=self.opened,
        )
        assert report.ok, [error for shop in report.shops for error in shop.errors]
        assert report.quarantined == 0
        return report.saved()

    def opened(self, store, shop):
        client = httpx.Client(transport=self.simulation.transport())
        return engine.open_shop(store, shop, driver=SyncDriver(client))

    def live(self, moves=60):
        """Whatever is allowed may happen: to cases, to orders, and new cases and reviews."""
        names = [*steps.COMMON, *self.face.steps]
        for _ in range(moves):
            with suppress(steps.Forbidden):
                steps.take(self.world, self.face, self.pick(self.world.cases), self.hand.choice(names))
            order = self.pick(self.world.orders)
            with suppress(steps.Forbidden):
                match self.hand.choice(["pay", "ship", "finish", "review"]):
                    case "pay":
                        steps.pay(self.world, order)
                    case "ship":
                        steps.ship(self.world, self.face, order)
                    case "finish":
                        steps.finish(self.world, order)
                    case "review":
                        line, text = self.hand.choice(order.lines), self.hand.choice(WORDS)
                        if all(each.line is not line for each in self.world.reviews.values()):
                            steps.review(self.world, self.face, order, line, 4, text)

    def pick(self, records):
        return self.hand.choice(list(records.values()))

    def truth(self, record):
        return [self.shown(each) for each in self.simulation.state()[f"{record}s"]]

    def kept(self, record):
        return [self.shown(jsonform.dump(each)) for each in self.store.records.list(record)]

    def shown(self, body):
        """What both sides can know: the truth has no key for buyers, and more that is hidden."""
        return {name: value for name, value in body.items() if name not in {"buyer", "hidden", "refunds"}}


@pytest.fixture(params=["taobao", "jd", "douyin"])
def town(request, store):
    if request.param not in registry.face_names():
        pytest.skip(f"the adapter of {request.param} is not installed")
    return Town(store, request.param)


def equal(town):
    for record, name in IDS.items():
        kept = {(each["shop_id"], each["source"], each[name]): each for each in town.kept(record)}
        truth = {(each["shop_id"], each["source"], each[name]): each for each in town.truth(record)}
        assert kept.keys() == truth.keys(), record
        for key, each in truth.items():
            assert kept[key] == each, key


def as_told(town):
    """Nothing is missing, and each record is what the platform tells of it when asked for it alone.

    Whether that is the truth is proved with each adapter; here it is whether the lists kept up with it.
    """
    for record, name in IDS.items():
        kept = {(each["shop_id"], each["source"], each[name]): each for each in town.kept(record)}
        truth = {(each["shop_id"], each["source"], each[name]): each for each in town.truth(record)}
        assert kept.keys() == truth.keys(), record
        if record == "review":
            assert kept == truth
            continue
        for stored in town.store.shops.list():
            with town.opened(town.store, stored) as shop:
                for (shop_id, source, number), each in kept.items():
                    if shop_id == stored.shop_id:
                        told = shop.case(number, source) if record == "case" else shop.order(number)
                        seen = town.shown(jsonform.dump(told))
                        if record == "case":  # once known it is kept, whatever the wire says later
                            seen["kind"] = truth[shop_id, source, number]["kind"]
                        assert each == seen, number


def test_a_first_pull_is_equal_and_the_second_changes_nothing(town):
    assert town.pull().new > 24
    equal(town)
    again = town.pull()
    assert (again.new, again.changed) == (0, 0)
    equal(town)


@pytest.mark.parametrize("hours", [0, 1, 30], ids=["the clock stands", "an hour later", "a day later"])
def test_after_much_has_happened_the_next_pull_is_equal_again(town, hours):
    town.pull()
    for _ in range(2):
        town.simulation.advance(hours * HOUR)
        town.live()
        assert town.pull().changed > 0
        as_told(town)
        again = town.pull()
        assert (again.new, again.changed) == (0, 0)


def test_read_in_two_parts_it_is_the_same_as_read_at_once(town):
    town.pull(since=datetime(2026, 5, 18, tzinfo=UTC))
    town.pull(since=datetime(2026, 4, 10, tzinfo=UTC))
    equal(town)
