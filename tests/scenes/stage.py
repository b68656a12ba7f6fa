"""The stage of the ugly scenes: one simulated shop, a ledger on a real file, and a wire that can be cut anywhere."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import define, field, frozen

from omnishop import clock
from omnishop.acts import UNSETTLED, Outcome, State, Subject, Verb
from omnishop.config import Home
from omnishop.drivers.sync import SyncDriver
from omnishop.engine.keep import keeper
from omnishop.errors import NotAllowed, OmnishopError
from omnishop.ledger import AsyncLedger, Intent, Ledger
from omnishop.model import BEIJING, Kind, Stage, Text
from omnishop.ports import Account, App, Response, Role, Token
from omnishop.sandbox import orders, steps
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.faults import FaultPlan, Trouble
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.transport import SimTransport
from omnishop.sandbox.world import Case, Claim, Order
from omnishop.store import Store
from omnishop.store.tables import metadata
from omnishop.testing.desk import Heedless

FRIDAY = datetime(2026, 3, 20, 18, 0, tzinfo=BEIJING)
NO_WAIT = {"pauses": (0.0,), "gap": timedelta(0), "limit": timedelta(0)}
RECEIVE = (
    "packing_state",
    "quality_state",
    "quality_state_bad",
    "invoice_record",
    "judgment_reason",
    "accessory_or_gift",
    "appearance_state",
)
SETTINGS = {
    "contact_tel": "0571-88001234",
    "offline_change_op_flag": "1",
    **{f"receive_{name}": "10" for name in RECEIVE},
}
"""What a merchant of one storefront has to set before receipts can be registered there; others ignore it."""

_DECIDED = frozenset({Stage.REFUNDING, Stage.SUCCEEDED})


@frozen
class Front:
    """How a storefront's buyers and carriers are named in its world."""

    name: str
    platform: str
    reasons: dict[Kind, str]
    carrier: str

    def __str__(self) -> str:
        return self.name


_TAOBAO = dict.fromkeys((Kind.REFUND_ONLY, Kind.RETURN_REFUND), "quality") | {
    Kind.CANCEL: "unwanted",
    Kind.EXCHANGE: "not_as_described",
}
FRONTS = (
    Front("tmall", "taobao", _TAOBAO, "SF"),
    Front("taobao", "taobao", _TAOBAO, "SF"),
    Front(
        "jd",
        "jd",
        {
            Kind.CANCEL: "unwanted",
            **dict.fromkeys((Kind.REFUND_ONLY, Kind.RETURN_REFUND, Kind.EXCHANGE), "quality"),
        },
        "467",
    ),
    Front(
        "douyin",
        "douyin",
        {Kind.CANCEL: "1", Kind.REFUND_ONLY: "3", Kind.RETURN_REFUND: "7", Kind.EXCHANGE: "22"},
        "SF",
    ),
)
NAMES = tuple(front.name for front in FRONTS)


@define
class Wire:
    """Stands between the driver and the world; a simulation, as far as a transport or a server asks for one.

    Before write number `nth` reaches the platform `before` is called; `answering` turns the platform's answer to it
    into what comes back, or raises Trouble; with `instead` the platform never hears of it. `on_read` is called
    before every reading. `sent`: what was written, by method, with the platform's verdict.
    """

    simulation: Simulation
    nth: int = 1
    before: Callable[[], None] | None = None
    answering: Callable[[Response], Response] | None = None
    instead: Response | None = None
    on_read: Callable[[], None] | None = None
    sent: list[tuple[str, str]] = field(factory=list)

    def answer(self, request: WireRequest, *, connected: bool = False) -> Response | None:
        world = self.simulation.world
        face = next((each for each in self.simulation.faces.values() if each.claims(request)), None)
        if face is None or not face.writes(request):
            if self.on_read is not None:
                self.on_read()
            return self.simulation.answer(request, connected=connected)
        ours = len(self.sent) + 1 == self.nth
        if ours and self.before is not None:
            self.before()
        if ours and self.instead is not None:
            self.sent.append(("", "never heard of"))
            return self.instead
        answer = self.simulation.answer(request, connected=connected)
        self.sent.append((world.log[-1].method, world.log[-1].verdict))
        return (
            self.answering(answer) if ours and self.answering is not None and answer is not None else answer
        )

    def __getattr__(self, name: str) -> Any:
        """Whatever else a server asks of a simulation."""
        return getattr(self.simulation, name)


class Scene:
    """One storefront's shop and the person at its desk."""

    def __init__(self, front: Front, store: Store, *, operator: bool = True) -> None:
        self.front, self.store = front, store
        self.simulation = Simulation.new(orders=0, seed=11, now=FRIDAY)
        self.world = self.simulation.world
        self.mine = next(shop for shop in self.world.shops if shop.storefront == front.name)
        self.face = self.world.faces[front.platform]
        self.wire = Wire(self.simulation)
        if self.two_writes:
            self.wire.nth = 2
        self.keys = next(
            entry
            for entry in self.simulation.shops("http://platform.test")["shops"]
            if entry["storefront"] == front.name
        )
        self.stored = registered(store, self.keys, operator=operator)
        self.keep = keeper(store)
        self.ledger = Ledger(store, now=lambda shop: self.world.now(), keep=self.keep, **NO_WAIT)
        self.shop = self.ledger.shop(self.stored, driver=self.driver())
        self.goods = 0

    @property
    def two_writes(self) -> bool:
        """Whether agreeing is a review first: the money moves with the second write."""
        return self.front.name == "tmall"

    def driver(self) -> SyncDriver:
        wire = SimTransport(self.wire)  # type: ignore[arg-type] - as much of a simulation as a transport asks for
        return SyncDriver(httpx.Client(transport=wire), attempts=1, limits=Heedless())

    def over_http(self, url: str) -> None:
        """From now on the shop is reached at a server that hands its requests to this scene's wire."""
        keys = {**self.keys, "gateway": self.keys["gateway"].replace("http://platform.test", url)}
        self.stored = registered(self.store, keys)
        self.shop = self.ledger.shop(self.stored, driver=SyncDriver(attempts=1, limits=Heedless()))

    def async_ledger(self) -> AsyncLedger:
        return AsyncLedger(self.store, now=lambda shop: self.world.now(), keep=keeper(self.store), **NO_WAIT)

    # ------------------------------------------------------------ the world

    def order(self, *pieces: int, shipped: bool = False, apart: bool = False) -> Order:
        """So many pieces of each line; `apart`: every line in a parcel of its own."""
        lines = [(number, count) for number, count in enumerate(pieces or (2,))]
        found = orders.place(self.world, self.face, self.mine, lines)
        orders.pay(self.world, found)
        if shipped:
            for parcel in [[line] for line in found.lines] if apart else [None]:
                orders.ship(self.world, self.face, found, parcel)
        self.simulation.advance(3600)
        return found

    def case(
        self,
        kind: Kind,
        *names: str,
        order: Order | None = None,
        line: int = 0,
        pieces: int | None = None,
        amount: int | None = None,
    ) -> Case:
        """A buyer's case on one line of an order, and the steps that follow it."""
        bought = order or self.order(shipped=kind is not Kind.CANCEL)
        claims = [Claim(bought.lines[line], pieces or bought.lines[line].quantity)]
        if kind is Kind.CANCEL:
            claims = [Claim(each, each.quantity) for each in bought.lines]
        found = steps.apply(
            self.world,
            self.face,
            bought,
            kind,
            claims,
            reason=self.front.reasons[kind],
            amount=amount,
        )
        self.step(found, *names)
        return found

    def step(self, case: Case, *names: str, **given: Any) -> None:
        for name in names:
            steps.take(self.world, self.face, case, name, **given)

    def back(self, case: Case, tracking: str | None = None) -> None:
        """The shop agrees by its console, the buyer sends back."""
        self.step(case, "agree_return")
        self.step(case, "send_back", tracking=tracking)

    def payable(self, **how: Any) -> tuple[Case, Verb, dict[str, Any]]:
        """A case of one line on a shipped order, where the storefront's own verb would now move its money."""
        if self.front.name == "jd":
            case = self.case(Kind.RETURN_REFUND, "agree_return", "send_back", **how)
            return case, Verb.CONFIRM_RECEIPT, {"good": case.claims[0].quantity}
        return self.case(Kind.REFUND_ONLY, **how), Verb.AGREE, {}

    @property
    def places(self) -> list[str]:
        return [address.address_id for address in self.mine.addresses]

    def ship(self, order: Order) -> None:
        orders.ship(self.world, self.face, order)

    def keep_authorised(self, hours: float) -> None:
        """The shop's authorisation is as old after the hours that will pass as it is now."""
        for token in self.world.tokens.values():
            token.dead_at += timedelta(hours=hours)
            if token.refresh_dead_at is not None:
                token.refresh_dead_at += timedelta(hours=hours)

    def pass_the_deadline(self, case: Case) -> None:
        """Time goes on until the platform has acted on the case by itself."""
        assert case.due is not None, f"no clock runs on {case.kind} {case.stage}"
        self.simulation.advance((case.due - self.world.now() + timedelta(minutes=11)).total_seconds())

    def faults(self, seed: int = 1, only: str = "all", **rates: float) -> None:
        self.world.faults = FaultPlan.of(seed, rates, only=only)

    def paid_at_last(self, case: Case) -> list[int]:
        """The world's books when the platform has had a week to pay what was decided."""
        self.simulation.advance(timedelta(days=7).total_seconds())
        return [refund.amount for refund in case.refunds]

    # ------------------------------------------------------------ the desk

    def subject(self, record: Case | Order) -> Subject:
        if isinstance(record, Case):
            return Subject("case", record.case_id, record.source)
        return Subject("order", record.order_id)

    def act(self, verb: Verb, record: Case | Order, **said: Any) -> Outcome:
        subject = self.subject(record)
        source = "order" if subject.record == "order" else subject.source
        return self.shop.act(verb.value, subject.id, source, **said)

    def resolved(self, outcome: Outcome) -> Intent:
        """Every intent of an act is looked into; the last one as it stands then."""
        for name in outcome.intents:
            self.ledger.resolve(self.ledger.book.get(name), self.shop)
            self.ledger.resolve(self.ledger.book.get(name), self.shop)
        return self.ledger.book.get(outcome.intents[-1])

    def place(self) -> str:
        """Where returns go: the first address that the platform lists for the shop."""
        found = self.shop.return_addresses()[0].address_id
        assert found is not None
        return found

    def book_bytes(self) -> bytes:
        """All that lies on the disk."""
        folder = Path(self.store.home.path or "")
        return b"".join(file.read_bytes() for file in sorted(folder.glob("omnishop.db*")))

    def rows(self, *, money: bool | None = None) -> list[Intent]:
        """The book, oldest first."""
        found = [each for each in self.ledger.book.list() if money is None or each.money is money]
        return sorted(found, key=lambda each: each.planned_at)

    def money_row(self) -> Intent:
        [found] = self.rows(money=True)
        return found

    def refusal(self, verb: Verb, record: Case | Order, **said: Any) -> NotAllowed:
        """The act is not allowed: nothing was sent for it, and nothing is written down."""
        sent, rows = len(self.wire.sent), len(self.rows())
        with pytest.raises(NotAllowed) as no:
            self.act(verb, record, **said)
        assert (len(self.wire.sent), len(self.rows())) == (sent, rows)
        self.words(no.value)
        return no.value

    def words(self, told: OmnishopError | Text | None) -> tuple[str, str]:
        """(zh, en) as people read it; both are there, and neither tells what nobody may know."""
        assert told is not None
        zh, en = told.zh, told.en
        assert re.search(r"[一-鿿]", zh), f"not Chinese: {zh}"
        assert re.search(r"[A-Za-z]{2}", en), f"not English: {en}"
        secret = [value for name in _SECRET if (value := self.keys[name])]
        for buyer in self.mine.buyers:
            secret += [buyer.name, buyer.phone, buyer.open_id]
        for text in (zh, en):
            assert not [each for each in secret if each in text]
            assert "Traceback" not in text
        return zh, en

    def check_books(self) -> None:
        """What holds after every scene, whatever it was about."""
        for case in self.world.cases.values():
            assert len(case.refunds) <= 1
        for order in self.world.orders.values():
            assert order.refunded <= order.paid
        for row in self.rows():
            assert row.state not in UNSETTLED or row.why is not None
            if row.money and row.state is State.CONFIRMED:
                case = self.world.cases[row.key.subject.source, row.key.subject.id]
                on_its_way = {Stage.INSPECTING} if row.verb == Verb.CONFIRM_RECEIPT else set()
                assert case.stage in _DECIDED | on_its_way
                assert row.ceiling is not None
                assert row.amount is not None
                assert row.ceiling.used + row.amount <= row.ceiling.limit


_SECRET = ("app_secret", "access_token", "refresh_token", "operator_token")


def registered(store: Store, keys: dict[str, Any], *, operator: bool = True) -> Any:
    """The shop in the store, every act switched on."""
    app = App(keys["platform"], keys["app_key"], keys["app_secret"], gateway=keys["gateway"])
    tokens: dict[Role, Token] = {"main": Token(keys["access_token"], keys["refresh_token"])}
    if operator and keys.get("operator_token"):
        tokens["operator"] = Token(keys["operator_token"], renewable=False)
    account = Account(app, keys["storefront"], keys["shop_id"], settings=SETTINGS)
    stored = store.shops.add(account, now=clock.now(), tokens=tokens)
    verbs = [verb.value for verb in Verb]
    Ledger(store).rights.allow(keys["platform"], keys["shop_id"], verbs, {}, clock.now())
    return stored


@contextmanager
def opened(empty: Path, folder: Path):
    """A store on a file of its own, copied from one that has its tables."""
    home = Home.find(folder, env={})
    shutil.copy(empty, home.path / "omnishop.db")
    with Store.open(home) as store:
        yield store


def emptied(store: Store) -> Store:
    """The same store without a row: what it has learnt about its own statements stays, which is most of the time."""
    with store.writing(durable=False) as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return store


def lost(answer: Response) -> Response:
    """The platform did it, and the connection was reset before a word of it came."""
    raise Trouble("reset", answer)


def broken(answer: Response) -> Response:
    """The platform did it, and a proxy of its answers 502."""
    return Response(502, b"<html><h1>502 Bad Gateway</h1></html>", {"content-type": "text/html"})


def states(rows: Sequence[Intent]) -> list[tuple[str, State]]:
    return [(row.verb, row.state) for row in rows]
