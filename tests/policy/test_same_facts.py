"""Same facts, same verdict: lived in the simulated world, read back over each platform's own wire, and judged.

What every wire can carry comes from the wire; all else (what only some of them tell, promises, exemptions, what
people enter) is set beside it, the same for all. See the table in docs/policy.md.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from omnishop import engine
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.engine.merge import snapshot
from omnishop.facts import gather
from omnishop.model import (
    Case,
    CaseAmounts,
    CaseLine,
    Dispute,
    Fen,
    Kind,
    Order,
    OrderAmounts,
    OrderLine,
    OrderStatus,
    Reason,
    ReasonClass,
    Stage,
)
from omnishop.policy.casefacts import (
    BuyerFacts,
    CaseFacts,
    Evidence,
    Goods,
    History,
    Known,
    Party,
    PromiseKind,
    Proof,
    Severity,
    ShopPromise,
    Timeline,
)
from omnishop.policy.judge import judge
from omnishop.policy.shipped import shipped
from omnishop.ports import Account, App, Token
from omnishop.sandbox import steps
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.world import Claim
from omnishop.store import Store
from omnishop.store.tables import RECORDS

NOW = datetime(2026, 9, 1, 2, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STOREFRONTS = {"tmall", "taobao", "jd", "douyin"}
R = ReasonClass

REASONS = {
    (Kind.CANCEL, R.NO_REASON): {"taobao": "unwanted", "jd": "unwanted", "douyin": "1"},
    (Kind.REFUND_ONLY, R.QUALITY): {"taobao": "quality", "jd": "quality", "douyin": "15"},
    (Kind.RETURN_REFUND, R.QUALITY): {"taobao": "quality", "jd": "quality", "douyin": "7"},
    (Kind.RETURN_REFUND, R.NO_REASON): {"taobao": "no_reason", "jd": "no_reason", "douyin": "78"},
    (Kind.EXCHANGE, R.QUALITY): {"taobao": "not_as_described", "jd": "quality", "douyin": "7"},
}
"""What a buyer of each platform chooses to say the same; where its list has no such reason, the text says it."""
WORDS = {R.QUALITY: "杯子有裂痕, 质量问题", R.NO_REASON: "不想要了"}

_BACK = ("agree_return", "send_back")
STEPS = {
    Stage.REQUESTED: {None: ()},
    Stage.REFUSED: {None: ("refuse",)},
    Stage.CLOSED: {None: ("withdraw",)},
    Stage.AWAITING_RETURN: {Kind.RETURN_REFUND: ("agree_return",), Kind.EXCHANGE: ("agree_return",)},
    Stage.RETURNING: {Kind.RETURN_REFUND: _BACK, Kind.EXCHANGE: _BACK},
    Stage.SUCCEEDED: {
        Kind.REFUND_ONLY: {"taobao": ("agree",), "jd": ("agree", "pay"), "douyin": ("agree", "pay")},
        Kind.RETURN_REFUND: {
            "taobao": (*_BACK, "refund"),
            "jd": (*_BACK, "receive", "refund", "pay"),
            "douyin": (*_BACK, "refund", "pay"),
        },
    },
}
"""Stage -> kind (None: any) -> the steps to it, by platform where they differ. Not all tell other stages."""


@frozen
class Life:
    """One order with one case. Fen, pieces, hours."""

    kind: Kind
    cls: ReasonClass
    stage: Stage
    price: int
    pieces: int
    claimed: int
    freight: int
    waits: tuple[int, int, int]
    seed: int


@frozen
class Rest:
    """What not every wire tells."""

    requested: int | None
    status: OrderStatus
    signed_after: int | None
    dispute: Dispute
    known: Known
    promises: tuple[ShopPromise, ...] | None
    evidence: tuple[Evidence, ...] | None
    buyer: BuyerFacts
    later: int


@st.composite
def lives(draw):
    kind, cls = draw(st.sampled_from(sorted(REASONS)))
    stage = draw(st.sampled_from([each for each, of in STEPS.items() if None in of or kind in of]))
    pieces = draw(st.integers(1, 3))
    return Life(
        kind,
        cls,
        stage,
        draw(st.integers(100, 90_000)),
        pieces,
        pieces if kind is Kind.CANCEL else draw(st.integers(1, pieces)),
        draw(st.sampled_from([0, 600])),
        (draw(st.integers(1, 30)), draw(st.integers(1, 60)), draw(st.integers(1, 200))),
        draw(st.integers(0, 999)),
    )


_MAYBE = st.none() | st.booleans()
_FEN = st.none() | st.integers(0, 60_000).map(Fen)


@st.composite
def promises(draw):
    since = draw(st.sampled_from([NOW - timedelta(days=400), NOW + timedelta(days=400)]))
    days, exempt = draw(st.none() | st.integers(1, 60)), draw(_MAYBE)
    return ShopPromise(PromiseKind.NO_REASON, "p", days, exempt, since=since)


@st.composite
def rests(draw):
    goods = [
        Goods(**{name: draw(_MAYBE) for name in ("custom", "perishable", "opened", "marked", "digital")})
    ]
    known = Known(
        confirmed=draw(_MAYBE),
        severity=draw(st.none() | st.sampled_from(Severity)),
        wants_exchange=draw(_MAYBE),
        keeps_goods=draw(_MAYBE),
        cancelled=draw(_MAYBE),
        advanced=draw(st.sampled_from([None, Fen(0), Fen(0), Fen(500)])),
        given=draw(_FEN),
        live_stream=draw(_MAYBE),
        goods=draw(st.none() | st.just(tuple(goods))),
    )
    proof = st.builds(Evidence, st.sampled_from(Proof), st.sampled_from(Party), st.integers(1, 3), _MAYBE)
    return Rest(
        draw(st.none() | st.integers(1, 90_000)),
        draw(st.sampled_from([OrderStatus.SHIPPED, OrderStatus.PAID, OrderStatus.FINISHED])),
        draw(st.none() | st.integers(1, 40)),
        draw(st.sampled_from([Dispute.NONE, Dispute.OPEN, Dispute.RULED_BUYER])),
        known,
        draw(st.none() | st.lists(promises(), max_size=2).map(tuple)),
        draw(st.none() | st.lists(proof, max_size=3).map(tuple)),
        BuyerFacts("b", draw(_MAYBE), draw(_MAYBE), History(draw(st.none() | st.integers(0, 9)), ())),
        draw(st.integers(0, 40)),
    )


# ---------------------------------------------------------------- the world, and what is read of it


class Town:
    """One shop of each storefront in one new world, read in process into a store that holds nothing else."""

    def __init__(self, store):
        self.store = store
        with store.writing() as connection:
            for table in RECORDS.values():
                connection.execute(delete(table))
        self.simulation = Simulation.new(seed=7, orders=0, now=NOW)
        self.world = self.simulation.world
        self.shops = {shop.storefront: shop for shop in self.world.shops}
        told = self.simulation.shops("http://sandbox.test")
        for entry in told["shops"]:
            app = App(entry["platform"], entry["app_key"], entry["app_secret"], gateway=entry["gateway"])
            account = Account(app, entry["storefront"], entry["shop_id"])
            token = Token(entry["access_token"], entry["refresh_token"])
            store.shops.add(account, now=NOW, tokens={"main": token}, control=told["control"])
        client = httpx.Client(transport=self.simulation.transport())
        self.doors = {
            shop.storefront: engine.open_shop(store, shop, driver=SyncDriver(client))
            for shop in store.shops.list()
        }

    def wait(self, hours):
        self.simulation.advance(hours * 3600)

    def live(self, life):
        """The same life in every shop, step by step at the same moments."""
        orders = {}
        for front, shop in self.shops.items():
            self.world.rng.seed(life.seed)
            shop.goods[0] = evolve(shop.goods[0], price=life.price)
            face = self.simulation.faces[shop.platform]
            orders[front] = steps.place(self.world, face, shop, [(0, life.pieces)], life.freight)
        self.all(orders, lambda face, order: steps.pay(self.world, order))
        if life.kind is not Kind.CANCEL:
            self.wait(life.waits[0])
            self.all(orders, lambda face, order: steps.ship(self.world, face, order))
            self.wait(life.waits[1])
            self.all(orders, lambda face, order: steps.deliver(self.world, order))
            self.wait(life.waits[2] % 90)
        cases = {}
        for front, order in orders.items():
            platform = order.shop.platform
            cases[front] = steps.apply(
                self.world,
                self.simulation.faces[platform],
                order,
                life.kind,
                [Claim(order.lines[0], life.claimed)],
                reason=REASONS[life.kind, life.cls][platform],
                detail=WORDS[life.cls],
            )
        self.decide(life, cases)
        return cases

    def all(self, orders, deed):
        for order in orders.values():
            deed(self.simulation.faces[order.shop.platform], order)

    def decide(self, life, cases):
        of_kind = STEPS[life.stage].get(life.kind, STEPS[life.stage].get(None))
        paths = {
            front: of_kind[case.shop.platform] if isinstance(of_kind, dict) else of_kind
            for front, case in cases.items()
        }
        for number in range(max(map(len, paths.values()))):
            self.wait(1)
            for front, case in cases.items():
                if number < len(paths[front]):
                    face = self.simulation.faces[case.shop.platform]
                    steps.take(self.world, face, case, paths[front][number])

    def read(self, case):
        """Over the wire, into the store, out of it as facts."""
        door = self.doors[case.shop.storefront]
        told = door.case(case.case_id, case.source)
        order = door.order(case.order.order_id)
        with self.store.writing() as connection:
            for record, each in (("case", told), ("order", order)):
                self.store.records.put(connection, record, [snapshot(each, NOW)])
        kept = self.store.records.get("case", told.platform, told.shop_id, told.case_id, told.source)
        [facts] = gather(self.store, [kept], now=lambda _case: self.world.now(), back=timedelta(days=90))
        return facts


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    home = Home.find(tmp_path_factory.mktemp("same"), {"OMNISHOP_KEY": "only for this test"})
    with Store.open(home) as opened:
        yield opened


# ---------------------------------------------------------------- facts side by side


def carried(facts, packs):
    """What every wire tells of such a case, under names of our own."""
    case, order = facts.case, facts.order
    pack = packs.of(case.platform, case.storefront, case.shop_id, case.opened_at)
    [line] = order.lines
    return {
        "kind": case.kind,
        "stage": case.stage,
        "cls": judge(facts, pack, case.opened_at).cls,
        "requested": case.amounts.requested if case.kind is Kind.CANCEL else "not told by all",
        "opened_at": case.opened_at,
        "created_at": order.created_at,
        "paid_at": order.paid_at,
        "shipped_at": order.shipped_at,
        "pieces": line.quantity,
        "price": line.price,
        "freight": order.amounts.freight,
        "siblings": facts.siblings,
        "lines": len(case.lines),
    }


TOLD_BY_ALL = (
    "case.kind",
    "case.stage",
    "case.reason.cls",
    "case.amounts.requested",
    "case.opened_at",
    "order.created_at",
    "order.paid_at",
    "order.shipped_at",
    "order.lines[].quantity",
    "order.lines[].price",
    "order.amounts.freight",
)
"""Where the table of docs/policy.md has what `carried` takes from the wires."""


def test_the_table_says_that_every_wire_tells_it():
    page = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")
    table = page.partition("<!-- begin facts-by-wire -->")[2].partition("<!-- end facts-by-wire -->")[0]
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines() if line]
    assert set(rows[0][1:]) == STOREFRONTS
    told = {path: marks for path, *marks in rows[2:]}
    assert {path for path in TOLD_BY_ALL if "–" in told[path]} == set()
    assert "–" in told["order.delivered_at"], "what only one tells is set beside"


def beside(told, rest):
    """The facts to judge: what the wire carried, the rest unchanged."""
    placed = told["created_at"]
    signed = None if rest.signed_after is None else placed + rest.signed_after * HOUR
    requested = told["requested"] if isinstance(told["requested"], int) else rest.requested
    case = Case(
        "p",
        "s",
        "1",
        order_id="1",
        kind=told["kind"],
        stage=told["stage"],
        dispute=rest.dispute,
        amounts=CaseAmounts(requested=None if requested is None else Fen(requested)),
        reason=Reason(cls=told["cls"]),
        lines=(CaseLine("l", "k"),) * told["lines"],
        opened_at=told["opened_at"],
    )
    paid = Fen(told["price"] * told["pieces"])
    order = Order(
        "p",
        "1",
        status=rest.status,
        amounts=OrderAmounts(paid=Fen(paid + told["freight"]), freight=told["freight"]),
        created_at=placed,
        paid_at=told["paid_at"],
        shipped_at=told["shipped_at"],
        delivered_at=signed,
        lines=(OrderLine("l", "k", quantity=told["pieces"], price=told["price"], paid=paid),),
    )
    return CaseFacts(
        case,
        order,
        buyer=rest.buyer,
        siblings=told["siblings"],
        evidence=rest.evidence,
        promises=rest.promises,
        known=rest.known,
        timeline=Timeline(),
    )


def told_by_rule(verdict):
    """Every answer under the rule that gave it."""
    found = {}
    for part in (*verdict.checks, *verdict.clocks, *verdict.evidence, *verdict.remedies, *verdict.caps):
        found.setdefault(part.rule, []).append(part)
    for part in (*verdict.burdens, *verdict.risk.signals, *verdict.warnings):
        found.setdefault(part.rule, []).append(part)
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(life=lives(), rest=rests())
def test_same_facts_same_verdict(store, life, rest):
    packs, town = shipped(), Town(store)
    cases = town.live(life)
    gathered = {front: town.read(case) for front, case in cases.items()}
    assert set(gathered) == STOREFRONTS
    told = {front: carried(facts, packs) for front, facts in gathered.items()}
    first = told["tmall"]
    assert (first["kind"], first["stage"], first["cls"]) == (life.kind, life.stage, life.cls)
    for front, facts in told.items():
        assert facts == first, front
    now = town.world.now() + rest.later * HOUR
    plain = {front: judge(beside(each, rest), packs.of(), now) for front, each in told.items()}
    for front, verdict in plain.items():
        assert verdict == plain["tmall"], front
    for front, facts in gathered.items():
        pack = packs.of(facts.case.platform, front, facts.case.shop_id, facts.case.opened_at)
        verdict = judge(beside(told[front], rest), pack, now)
        ours, base = told_by_rule(verdict), told_by_rule(plain[front])
        differing = {rule for rule in ours.keys() | base.keys() if ours.get(rule) != base.get(rule)}
        named = {each.rule for each in verdict.overrides}
        assert differing <= named, "a platform layer says otherwise, and the rule is named"
        if verdict.outcome is not plain[front].outcome:
            assert verdict.rule in named
