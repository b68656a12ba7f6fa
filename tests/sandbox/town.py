"""The simulated shops for tests of the world itself: empty, from a Friday evening in Beijing."""

from __future__ import annotations

from datetime import datetime, timedelta

from omnishop.model import BEIJING
from omnishop.sandbox import steps
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.world import Case

FRIDAY = datetime(2026, 3, 20, 18, 0, tzinfo=BEIJING)
DAY_S = 86400


class Town:
    """A world without history; `front` is the storefront whose shop is meant."""

    def __init__(self, front: str, **how: object) -> None:
        self.simulation = Simulation.new(orders=0, **{"now": FRIDAY, "seed": 1, **how})
        self.world = self.simulation.world
        self.buyers = self.simulation.buyers
        self.shop = next(shop for shop in self.world.shops if shop.storefront == front)
        self.face = self.world.faces[self.shop.platform]

    def ordered(self, *, shipped: bool = False, finished: bool = False, quantity: int = 1) -> str:
        rows = [{"sku_id": self.shop.goods[0].sku_id, "quantity": quantity}]
        order_id = self.buyers.order(self.shop.shop_id, rows)
        order = self.world.orders[order_id]
        if shipped or finished:
            steps.ship(self.world, self.face, order)
        if finished:
            steps.finish(self.world, order)
        return order_id

    def case(self, kind: str | None = None, *, shipped: bool = False, finished: bool = False) -> Case:
        return self.found(self.buyers.apply(self.ordered(shipped=shipped, finished=finished), kind))

    def found(self, case_id: str) -> Case:
        return next(case for case in self.world.cases.values() if case.case_id == case_id)

    def take(self, case: Case, *names: str, **given: object) -> None:
        for name in names:
            steps.take(self.world, self.face, case, name, **given)

    def until(self, when: datetime | timedelta) -> list[dict[str, object]]:
        """Let time pass to a moment, or for a span; what happened meanwhile."""
        span = when if isinstance(when, timedelta) else when - self.world.now()
        return self.simulation.advance(span.total_seconds())["happened"]
