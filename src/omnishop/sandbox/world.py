"""One simulated world: shops, buyers, goods, orders, parcels, cases, reviews, money. State only; `steps` move it.

Nothing here knows a platform's wire. What only one platform has is kept under `marks` by its face. Everything
is a function of seed, start and requests: no machine time, no outside randomness.
"""

from __future__ import annotations

import copy
import random
from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import Factory, define

from omnishop.sandbox.agenda import Agenda, Happened
from omnishop.sandbox.clock import WorldClock
from omnishop.sandbox.faults import FaultPlan
from omnishop.sandbox.outbox import Outbox
from omnishop.sandbox.quotas import Quotas
from omnishop.sandbox.records import (
    CARRIERS,
    Buyer,
    Case,
    Claim,
    FollowUp,
    Good,
    Happening,
    Line,
    Order,
    OrderClock,
    Parcel,
    Proof,
    Refund,
    Review,
    Shop,
    ShopAddress,
    SimToken,
    TraceNode,
)
from omnishop.sandbox.rules import Evidence, Rule

if TYPE_CHECKING:
    from omnishop.sandbox.face import Face
    from omnishop.sandbox.hand import Hand


__all__ = [
    "CARRIERS",
    "LOG_LINES",
    "AuthCode",
    "Buyer",
    "Case",
    "Claim",
    "Effect",
    "FollowUp",
    "Good",
    "Happening",
    "Line",
    "LogLine",
    "Order",
    "OrderClock",
    "Parcel",
    "Proof",
    "Refund",
    "Review",
    "Shop",
    "ShopAddress",
    "SimToken",
    "TraceNode",
    "World",
]

LOG_LINES = 100_000
"""The log keeps the last ones, and so does the list of what happened: a world may be served for weeks."""


@define
class LogLine:
    """One request the platforms answered. `verdict`: ok, refused, or not simulated."""

    at: datetime
    platform: str
    method: str
    verdict: str
    code: str


@define
class AuthCode:
    code: str
    shop: Shop
    role: str
    dead_at: datetime
    used: bool = False


@define(eq=False)
class World:
    """All of it. Ids grow with every record; `rng` is the only source of chance."""

    seed: int
    clock: WorldClock
    rng: random.Random
    shops: list[Shop] = Factory(list)
    orders: dict[str, Order] = Factory(dict)
    cases: dict[tuple[str, str], Case] = Factory(dict)
    reviews: dict[str, Review] = Factory(dict)
    tokens: dict[str, SimToken] = Factory(dict)
    codes: dict[str, AuthCode] = Factory(dict)
    log: deque[LogLine] = Factory(lambda: deque(maxlen=LOG_LINES))
    serials: dict[str, int] = Factory(dict)
    faces: dict[str, Face] = Factory(dict)
    agenda: Agenda = Factory(Agenda)
    happened: deque[Happened] = Factory(lambda: deque(maxlen=LOG_LINES))
    least: Evidence = Evidence.CHOSEN
    festival: tuple[datetime, datetime] | None = None
    faults: FaultPlan = Factory(FaultPlan)
    quotas: Quotas = Factory(Quotas)
    hands: list[Hand] = Factory(list)
    outbox: Outbox = Factory(Outbox)
    earlier: dict[tuple[str, str], Case] = Factory(dict)
    earlier_orders: dict[str, Order] = Factory(dict)

    @classmethod
    def new(cls, seed: int, clock: WorldClock) -> World:
        return cls(seed, clock, random.Random(seed))  # noqa: S311 - repeatable, not secret

    def now(self) -> datetime:
        return self.clock.now()

    def live(self, until: datetime) -> list[Happened]:
        """Let everything that falls due up to `until` happen, each at its own time."""
        done = self.agenda.live(self.clock, until)
        self.happened.extend(done)
        return done

    def plays(self, rule: Rule | None) -> Rule | None:
        """The rule, unless this world takes only rules that are known better."""
        return rule if rule is not None and rule.holds(self.least) else None

    def throttles(self, platform: str, app_key: str, method: str) -> float | None:
        """Whether the call is one too many, by a fault or by a quota: seconds of the ban; None: it is not."""
        if self.faults.strikes("throttle"):
            return 0.0
        return self.quotas.refuses(platform, app_key, method, self.clock.machine())

    def remember(self, case: Case) -> None:
        """Keep the case as it is now, for a stale reading."""
        kept = copy.copy(case)
        kept.claims = [copy.copy(claim) for claim in case.claims]
        kept.refunds, kept.history, kept.proofs = list(case.refunds), list(case.history), list(case.proofs)
        kept.marks, kept.hidden = dict(case.marks), dict(case.hidden)
        self.earlier[(case.source, case.case_id)] = kept

    def remember_order(self, order: Order) -> None:
        kept = copy.copy(order)
        kept.parcels, kept.marks = list(order.parcels), dict(order.marks)
        self.earlier_orders[order.order_id] = kept

    def serial(self, what: str, start: int = 1) -> int:
        """1, 2, 3 … for each `what`."""
        number = self.serials.get(what, start - 1) + 1
        self.serials[what] = number
        return number

    def secret(self, length: int = 32) -> str:
        """Hex that looks like a token; repeatable, so worth nothing outside this world."""
        return "".join(self.rng.choice("0123456789abcdef") for _ in range(length))

    def shop(self, platform: str, shop_id: str) -> Shop | None:
        return next((s for s in self.shops if s.platform == platform and s.shop_id == shop_id), None)

    def orders_of(self, shop: Shop) -> Iterator[Order]:
        return (order for order in self.orders.values() if order.shop is shop)

    def cases_of(self, shop: Shop, source: str | None = None) -> Iterator[Case]:
        return (
            case
            for case in self.cases.values()
            if case.shop is shop and (source is None or case.source == source)
        )

    def reviews_of(self, shop: Shop) -> Iterator[Review]:
        return (review for review in self.reviews.values() if review.shop is shop)

    def note(self, platform: str, method: str, verdict: str, code: str = "") -> None:
        self.log.append(LogLine(self.now(), platform, method, verdict, code))

    def touch(self, record: Order | Case | Review) -> None:
        """Give a changed record a change time that no earlier change of it has."""
        now = self.now().replace(microsecond=0)
        record.changed_at = max(now, record.changed_at + timedelta(seconds=1))
        self.outbox.stir(record)


Effect = Callable[[World, Case, dict[str, Any]], None]
