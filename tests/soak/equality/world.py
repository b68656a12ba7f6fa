"""The world of the equality soak: platforms on a port, buyers and sellers with seeded hands, a chronicle of changes.

Runs as a process of its own. Whoever started it moves the clock and asks for the chronicle, one JSON line each way;
platforms are asked over HTTP alone. The same seed and the same moves of the clock give the same history, whatever
is asked of the platforms meanwhile.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field

from omnishop.jsonform import dump
from omnishop.model import OrderStatus
from omnishop.sandbox import steps
from omnishop.sandbox.agenda import Happened
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.outbox import Outbox, Post
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.world import Case, Order, Review, Shop, World

START = datetime.fromisoformat("2026-03-02T10:00:00+08:00")

Key = tuple[str, str, str, str, str]
"""Type of record, platform, shop, source, id."""

_TRIES = 8
_SELLERS_DO = ("case", "case", "case", "order", "review")
_WORDS = ("已收到, 尽快处理", "请补充照片", "谢谢惠顾")


@define(eq=False)
class Chronicle(Outbox):
    """Notes which orders change, with all that hangs on them, beside telling of it."""

    touched: dict[str, Order] = field(factory=dict)
    acknowledged: set[tuple[str, str]] = field(factory=set)  # platform, message
    greetings: set[str] = field(factory=set)  # an address is tried with them: about nothing, and not kept

    def stir(self, record: Order | Case | Review) -> None:
        order = record if isinstance(record, Order) else record.order
        self.touched[order.order_id] = order
        Outbox.stir(self, record)

    def subscribe(self, world: World, platform: str, *how: Any) -> dict[str, Any]:
        told = Outbox.subscribe(self, world, platform, *how)
        self.greetings |= {each.told.id for each in self.subscribers[platform].waiting}
        return told

    def settle(self, world: World, post: Post, status: int | None, content: bytes, now: float) -> None:
        told = self.subscribers.get(post.platform)
        if told is not None and status is not None and told.voice.heard(status, content):
            self.acknowledged |= {
                (post.platform, each.told.id) for each in post.sendings if each.told.id not in self.greetings
            }
        Outbox.settle(self, world, post, status, content, now)

    def confirm(self, platform: str, shop: Shop, ids: set[str]) -> None:
        self.acknowledged |= {(platform, each) for each in ids}
        Outbox.confirm(self, platform, shop, ids)


class Scene:
    """A simulation and what became of it. `changes`: by record, when it changed as the wires tell it."""

    def __init__(
        self, seed: int, orders: int, acts_per_day: float, platforms: tuple[str, ...] | None = None
    ) -> None:
        self.simulation = Simulation.new(seed=seed, orders=orders, now=START, platforms=platforms)
        self.world = self.simulation.world
        self.changes: dict[Key, list[str]] = {}
        self.acts = 0
        self.struck: Counter[str] = Counter()
        self.world.outbox = self.chronicle = Chronicle()
        for shop in self.world.shops:
            told = {"do": "live", "shop_id": shop.shop_id, "seed": seed, "acts_per_day": acts_per_day}
            self.simulation.act(told)
        Sellers(self.world, self.simulation.faces, random.Random(f"sellers/{seed}"), acts_per_day).plan()  # noqa: S311 - repeatable
        for record in (*self.world.orders.values(), *self.world.cases.values(), *self.world.reviews.values()):
            self._note(record)

    def advance(self, seconds: float) -> dict[str, Any]:
        """The world moves on; how many acts there were since the beginning, and when it is."""
        with self.simulation._lock:  # while somebody is shown a stale world, records stand in for others
            told = self.simulation.advance(seconds)
            self.acts += len(told["happened"])
            touched, self.chronicle.touched = self.chronicle.touched, {}
            for order in touched.values():
                for record in (order, *order.cases, *order.reviews):
                    self._note(record)
        changes = sum(map(len, self.changes.values()))
        return {"now_s": told["now_s"], "acts": self.acts, "changes": changes}

    def faults(self, seed: int, rates: dict[str, float]) -> None:
        """Another plan; what the last one struck is counted."""
        self.struck.update(self.world.faults.counts)
        self.simulation.faults(seed, rates)

    def _note(self, record: Order | Case | Review) -> None:
        """By what a perfect reader of the wire can know."""
        face = self.simulation.faces[record.shop.platform]
        truth: Any
        if isinstance(record, Case):
            kind, truth = "case", face.true_case(self.world, record)
        elif isinstance(record, Order):
            kind, truth = "order", face.true_order(self.world, record)
        else:
            kind, truth = "review", face.true_review(self.world, record)
        if truth is None:
            return
        row = dump(truth)
        at = row["created_at"] if kind == "review" else row["changed_at"]
        key = kind, row["platform"], row["shop_id"], row["source"], row[f"{kind}_id"]
        moments = self.changes.setdefault(key, [])
        if at is not None and (not moments or moments[-1] != at):
            moments.append(at)


@define
class Sellers:
    """The shops' people, at their own consoles: they agree, refuse, receive, ship, remark and reply."""

    world: World
    faces: Any
    rng: random.Random
    acts_per_day: float

    def plan(self) -> None:
        mean = 86400 / (self.acts_per_day * len(self.world.shops))
        wait = timedelta(seconds=1 + int(self.rng.expovariate(1 / mean)))
        self.world.agenda.at(self.world.now() + wait, self.act)

    def act(self) -> Happened | None:
        self.plan()
        for _ in range(_TRIES):
            with suppress(Forbidden, ValueError, KeyError):
                done = getattr(self, f"_{self.rng.choice(_SELLERS_DO)}")()
                if done is not None:
                    return done
        return None

    def _case(self) -> Happened | None:
        waiting = [case for case in self.world.cases.values() if case.stage in steps.OPEN]
        if not waiting:
            return None
        case = self.rng.choice(waiting)
        face = self.faces[case.shop.platform]
        rows = {**steps.COMMON, **face.steps}
        able = [name for name, row in rows.items() if row.actor == "seller" and case.stage in row.stages]
        step = self.rng.choice(able)
        steps.take(self.world, face, case, step)
        return self._told(case, "case", case.case_id, step)

    def _order(self) -> Happened | None:
        order = self.rng.choice(list(self.world.orders.values()))
        if order.status is OrderStatus.PAID and not order.open_cases:
            steps.ship(self.world, self.faces[order.shop.platform], order)
            return self._told(order, "order", order.order_id, "ship")
        return None

    def _review(self) -> Happened | None:
        waiting = [each for each in self.world.reviews.values() if each.reply is None]
        if not waiting:
            return None
        review = self.rng.choice(waiting)
        steps.reply_review(self.world, review, self.rng.choice(_WORDS))
        return self._told(review, "review", review.review_id, "reply")

    def _told(self, record: Case | Order | Review, what: str, about: str, step: str) -> Happened:
        place = record.shop.platform, record.shop.shop_id
        return Happened(self.world.now(), *place, what, about, None, step, "seller")


def main() -> None:
    """Argument: seed, orders of a shop, acts of a day as JSON."""
    scene = Scene(**json.loads(sys.argv[1]))
    doors: dict[str, Callable[..., Any]] = {
        "advance": scene.advance,
        "faults": scene.faults,
        "changes": lambda: [[*key, moments] for key, moments in scene.changes.items()],
        "struck": lambda: scene.struck,
        "log": scene.simulation.log,
        "acknowledged": lambda: sorted(scene.chronicle.acknowledged),
    }
    with Sandbox(scene.simulation) as sandbox:
        _say({"url": sandbox.url, "shops": [shop.shop_id for shop in scene.world.shops]})
        for line in sys.stdin:
            door, given = json.loads(line)
            _say(doors[door](**given))


def _say(told: Any) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
