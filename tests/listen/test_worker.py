"""Working the inbox off: each record read once for all its messages, trouble of one shop is its own."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import httpx
import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from omnishop import engine, jsonform, registry
from omnishop.client import Shop
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.engine.inbox import LEASE, TRIES, InboxWorker, drain, keep_told, of_channels
from omnishop.engine.simulated import register
from omnishop.errors import AuthError, ConfigError, PermissionDenied, RateLimited, Transient
from omnishop.model import Event
from omnishop.sandbox.simulation import Simulation
from omnishop.store import MessageState, Store

NOW = datetime(2026, 9, 1, 2, 0, 0, tzinfo=UTC)
URL = "http://receiver.test/"
CALLS, QUEUES = "douyin", "taobao"


class Town:
    """Simulated shops in process, registered in a store, and a worker on them; what is asked for is noted."""

    def __init__(self, store, platforms, orders=3):
        self.store = store
        self.simulation = Simulation.new(platforms=platforms, seed=9, orders=orders, now=NOW)
        door = SimpleNamespace(shops=lambda: self.simulation.shops("http://sim.test"))
        self.shops = register(store, door, now=NOW)
        self.trouble = {}
        self.asked = []
        self.opened = 0
        self.worker = InboxWorker(store, present=lambda _: self.simulation.world.now(), opened=self.open)

    def open(self, store, stored):
        self.opened += 1
        if problem := self.trouble.get(("open", stored.shop_id)):
            raise problem
        transport = httpx.MockTransport(lambda request: self.answer(stored, request))
        driver = SyncDriver(httpx.Client(transport=transport), attempts=1)
        return Troubled(self, stored, driver)

    def answer(self, stored, request):
        return self.simulation.transport().handle_request(request)

    def case(self, platform):
        return next(c for c in self.simulation.world.cases.values() if c.shop.platform == platform)

    def tell(self, *messages):
        return keep_told(self.store, messages[0].platform, messages, NOW)


class Troubled(Shop):
    """A shop whose reads fail as its town says."""

    def __init__(self, town, stored, driver):
        super().__init__(engine.account_of(town.store, stored), town.store.tokens(stored), driver=driver)
        self.town, self.stored = town, stored

    def case(self, case_id, source=None):
        self.town.asked.append(("case", case_id))
        if problem := self.town.trouble.get(self.stored.shop_id):
            raise problem
        return super().case(case_id, source)

    def order(self, order_id):
        self.town.asked.append(("order", order_id))
        return super().order(order_id)


@pytest.fixture
def town(store):
    made = Town(store, (CALLS, QUEUES))
    yield made
    made.worker.close()


def about(case, name="m", **more):
    place = {"shop_id": case.shop.shop_id, "case_id": case.case_id, "order_id": case.order.order_id}
    return Event(case.shop.platform, "changed", event_id=name, raw=b"{}", **{**place, **more})


def states(store):
    return {each.message: (str(each.state), each.why) for each in store.inbox.list()}


def test_many_messages_of_one_case_are_one_reading(town, store):
    case = town.case(CALLS)
    assert town.tell(*(about(case, f"m{n}") for n in range(9))) == 9
    worked = town.worker.step(NOW)
    assert (worked.taken, worked.read, worked.saved.new) == (9, 2, 2)
    assert town.asked == [("case", case.case_id), ("order", case.order.order_id)]
    assert set(states(store).values()) == {("done", None)}
    assert town.worker.step(NOW + 2 * LEASE).taken == 0


@pytest.mark.parametrize(
    ("problem", "pause"),
    [
        (Transient("down"), timedelta(seconds=1)),
        (RateLimited("slow down", retry_after=90.0), timedelta(seconds=90)),
        (AuthError("who are you", code="30"), timedelta(seconds=1)),
        (ConfigError("the clock is wrong", code="31"), timedelta(seconds=1)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_trouble_of_a_shop_puts_its_messages_off_and_stops_no_other(town, store, problem, pause):
    bad, good = town.case(CALLS), town.case(QUEUES)
    town.trouble[bad.shop.shop_id] = problem
    town.tell(about(bad, "bad"), about(bad, "bad too"))
    town.tell(about(good, "good"))
    worked = town.worker.step(NOW)
    assert (worked.put_off, worked.read) == (2, 2)
    assert states(store)["good"] == ("done", None)
    assert {name: state for name, (state, _) in states(store).items()}["bad too"] == "new"
    assert town.worker.step(NOW + pause - timedelta(milliseconds=1)).taken == 0
    town.trouble.clear()
    assert town.worker.step(NOW + pause).read == 2
    assert states(store)["bad"] == ("done", None)


@pytest.mark.parametrize("refusal", [AuthError("the token has ended"), ConfigError("the signature is wrong")])
def test_other_keys_are_taken_up_after_a_refusal_of_the_old(town, refusal):
    case = town.case(CALLS)
    town.trouble[case.shop.shop_id] = refusal
    town.tell(about(case))
    town.worker.step(NOW)
    town.trouble.clear()
    town.worker.step(NOW + LEASE)
    assert town.opened == 2


def test_a_shop_that_cannot_be_opened_stops_no_other(town, store):
    bad, good = town.case(CALLS), town.case(QUEUES)
    town.trouble["open", bad.shop.shop_id] = AuthError("no token")
    town.tell(about(bad, "bad"))
    town.tell(about(good, "good"))
    assert (worked := town.worker.step(NOW)).read == 2
    assert (worked.put_off, states(store)["bad"]) == (1, ("new", "AuthError"))


def test_what_helps_no_waiting_is_given_up_at_once_and_named(town, store):
    case = town.case(CALLS)
    town.trouble[case.shop.shop_id] = PermissionDenied("no right", code="30001")
    town.tell(about(case))
    assert town.worker.step(NOW).given_up == 1
    assert states(store) == {"m": ("failed", "PermissionDenied 30001")}


def test_after_so_many_tries_it_is_given_up_and_said(town, store):
    case = town.case(CALLS)
    town.trouble[case.shop.shop_id] = Transient("down")
    town.tell(about(case))
    now = NOW
    for _ in range(TRIES):
        assert town.worker.step(now).taken == 1
        now += timedelta(hours=1)
    assert states(store) == {"m": ("failed", "Transient")}
    town.trouble.clear()
    assert store.inbox.again(now) == 1
    assert town.worker.step(now).read == 2


def test_who_is_gone_leaves_his_messages_to_the_next(town, store):
    case = town.case(CALLS)
    town.tell(about(case))
    assert store.inbox.claim(NOW, NOW + LEASE, 10)  # and the process ends here
    assert town.worker.step(NOW).taken == 0
    assert town.worker.step(NOW + LEASE).read == 2


def test_one_app_is_asked_once_whatever_the_number_of_its_shops(town, store):
    first = next(shop for shop in town.shops if shop.platform == QUEUES)
    account = engine.account_of(store, first)
    store.shops.add(evolve(account, shop_id="another", alias=None), now=NOW, control=first.control)
    asked = of_channels(store, lambda name: registry.adapter(name).channel)
    assert [shop.app_key for shop in asked] == sorted(
        {s.app_key for s in asked}, key=[s.app_key for s in asked].index
    )
    assert len(asked) == 2


# ---------------------------------------------------------------- any order, any number

ACTS = ("buy", "apply", "withdraw", "remark", "tell", "work")


class Chances:
    """Acts in the world and what is told of them, in any order; the platform that calls is heard by hand."""

    def __init__(self, town, data):
        self.town, self.data = town, data
        self.world, self.buyers = town.simulation.world, town.simulation.buyers
        self.told, self.orders, self.cases, self.seconds = [], [], [], 0.0
        town.simulation.subscribe(CALLS, URL)

    def act(self, name, platform):
        shop = next(shop for shop in self.world.shops if shop.platform == platform)
        match name:
            case "buy":
                self.orders.append(self.buyers.order(shop.shop_id))
            case "apply" if self.orders:
                self.cases.append(self.buyers.apply(self.orders.pop(0), "cancel"))
            case "withdraw" if self.cases:
                self.buyers.withdraw(self.cases.pop(0))
            case "tell":
                self.tell(self.heard())
            case "work":
                self.town.worker.step(NOW)

    def heard(self):
        """What was called out since, with repetitions of anything called out before."""
        fresh = []
        self.seconds += 0.5
        for post in self.town.simulation.posts(self.seconds):
            fresh += registry.adapter(CALLS).hook.events(post.content)
            self.town.simulation.sent(post, 200, b'{"code":0}', self.seconds)
        self.told += fresh
        again = self.data.draw(st.lists(st.sampled_from(self.told), max_size=4)) if self.told else []
        return self.data.draw(st.permutations(fresh + again))

    def tell(self, events):
        if events:
            self.town.tell(*events)
        for stored in of_channels(self.town.store, lambda name: registry.adapter(name).channel):
            with self.town.open(self.town.store, stored) as shop:
                drain(self.town.store, shop, registry.adapter(stored.platform).channel, NOW)

    def end(self):
        for _ in range(4):  # what was held back comes after some rounds, or two seconds
            self.tell(self.heard())
        while self.town.worker.step(NOW).taken:
            pass


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=set(Phase) - {Phase.shrink},
)
@given(st.data())
def test_any_order_and_number_of_messages_ends_in_the_truth(empty_file, tmp_path_factory, data):
    """No pull at all: what was told of, in whatever order and however often, stands as the world has it."""
    path = tmp_path_factory.mktemp("any")
    shutil.copy(empty_file, path / "omnishop.db")
    with Store.open(Home.find(path, env={})) as store:
        town = Town(store, (CALLS, QUEUES), orders=1)
        rates = {"push_duplicate": 0.4, "push_late": 0.4, "push_reordered": 0.4}
        town.simulation.faults(data.draw(st.integers(0, 99)), rates)
        chances = Chances(town, data)
        acts = data.draw(
            st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from([CALLS, QUEUES])), max_size=14)
        )
        for name, platform in [("buy", CALLS), ("buy", QUEUES), *acts]:
            chances.act(name, platform)
        chances.end()
        town.worker.close()
        assert store.inbox.counts()[MessageState.NEW] == store.inbox.counts()[MessageState.FAILED] == 0
        state = town.simulation.state()
        for record in ("order", "case"):
            truth = {row[f"{record}_id"]: _bare(row) for row in state[f"{record}s"]}
            held = {row[f"{record}_id"]: _bare(row) for row in map(jsonform.dump, store.records.list(record))}
            assert held == {name: truth[name] for name in held}
            acted = {row[f"{record}_id"] for row in state[f"{record}s"] if _lately(row)}
            assert acted <= held.keys()


def _lately(row):
    return (row.get("opened_at") or row.get("created_at")) >= "2026-09-01T10:00:00+08:00"


def _bare(row):
    buyer = row.get("buyer")
    masked = buyer["masked"] if buyer else None
    return {**row, "buyer": masked, "refunds": None, "hidden": None}
