"""Fills a world: each shop gets orders over the last weeks, about a third with a case that lives a scenario."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from omnishop.sandbox import steps
from omnishop.sandbox.face import Face
from omnishop.sandbox.steps import Scenario
from omnishop.sandbox.world import Case, Claim, Order, Shop, World

Deed = Callable[[], None]

HISTORY = timedelta(days=25)
"""Orders are placed over this stretch before now, so that a first pull of 30 days sees them all."""

PREPARED = {
    "paid": timedelta(minutes=3),
    "shipped": timedelta(hours=20),
    "delivered": timedelta(hours=68),
    "finished": timedelta(hours=92),
}
_SCENARIO_EVERY = 3
_LAPS = 80
"""So many rounds of scenarios, five hours apart, lie in the history before they begin again at its end."""
_TALK = (
    "质量很好, 物流也快",
    "一般般, 有点色差",
    "收到就坏了, 很失望",
    "尺码合适, 推荐",
    "包装破损, 客服处理及时",
)
_STARS = (5, 3, 1, 5, 4)


class Diary:
    """Deeds in order of time; equal times keep the order they were written in."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._deeds: list[tuple[datetime, int, Deed]] = []
        self._count = 0

    def at(self, when: datetime, deed: Deed) -> None:
        self._count += 1
        heapq.heappush(self._deeds, (when.replace(microsecond=0), self._count, deed))

    def live(self, until: datetime) -> None:
        """Let everything up to `until` happen, each at its own time."""
        while self._deeds and self._deeds[0][0] <= until:
            when, _, deed = heapq.heappop(self._deeds)
            self._world.clock.pretend(when)
            deed()
        self._world.clock.pretend(None)


def fill(world: World, faces: list[tuple[Face, str]], orders: int) -> None:
    """`faces`: each with the storefront of a shop to open. `orders` is per shop."""
    diary = Diary(world)
    for face, storefront in faces:
        shop = face.open_shop(world, storefront)
        world.shops.append(shop)
        scenarios = face.scenarios(storefront)
        for number in range(orders):
            if number % _SCENARIO_EVERY == 0 and scenarios:
                nth = number // _SCENARIO_EVERY
                lap = nth // len(scenarios) % _LAPS
                _with_case(diary, world, face, shop, scenarios[nth % len(scenarios)], lap)
            else:
                _plain(diary, world, face, shop, number, orders)
    now = world.now()
    diary.live(now)
    world.live(now)


def _with_case(diary: Diary, world: World, face: Face, shop: Shop, scenario: Scenario, lap: int) -> None:
    """One order whose case ends its scenario before now. Later laps lie further back: what fell due since is done."""
    lasts = PREPARED[scenario.prepare] + timedelta(hours=2 + sum(hours for _, hours in scenario.steps))
    slack = timedelta(minutes=world.rng.randrange(20, 300), hours=5 * lap)
    start = world.now() - lasts - slack
    kept: dict[str, Order | Case] = {}

    def placed() -> None:
        many = max(2, scenario.lines) if scenario.part else max(1, scenario.lines)
        bought = [(world.rng.randrange(len(shop.goods)), 2 if scenario.part else 1) for _ in range(many)]
        first = bought[0][0]
        bought = [(first + index, quantity) for index, (_, quantity) in enumerate(bought)]
        kept["order"] = steps.place(world, face, shop, bought, world.rng.choice((0, 0, 600, 800)))

    def order() -> Order:
        found = kept["order"]
        assert isinstance(found, Order)  # noqa: S101 - set by the deed before
        return found

    def applied() -> None:
        lines = order().lines[: scenario.lines]
        claims = [Claim(line, line.quantity - 1 if scenario.part else line.quantity) for line in lines]
        reasons = list(face.reasons(scenario.kind))
        reason = scenario.reason or world.rng.choice(reasons)
        case = steps.apply(world, face, order(), scenario.kind, claims, reason=reason, detail="请尽快处理")
        case.marks.update(scenario.marks)
        kept["case"] = case

    def stepped(step: str) -> None:
        found = kept["case"]
        assert isinstance(found, Case)  # noqa: S101 - set by the deed before
        steps.take(world, face, found, step)

    diary.at(start, placed)
    _prepare(diary, world, face, order, scenario.prepare, start)
    when = start + PREPARED[scenario.prepare] + timedelta(hours=1)
    diary.at(when, applied)
    for step, hours in scenario.steps:
        when += timedelta(hours=hours)
        diary.at(when, partial(stepped, step))


def _prepare(
    diary: Diary, world: World, face: Face, order: Callable[[], Order], stage: str, start: datetime
) -> None:
    deeds: dict[str, Deed] = {
        "paid": lambda: steps.pay(world, order()),
        "shipped": lambda: _discard(steps.ship(world, face, order())),
        "delivered": lambda: steps.deliver(world, order()),
        "finished": lambda: steps.finish(world, order()),
    }
    for name, deed in deeds.items():
        diary.at(start + PREPARED[name], deed)
        if name == stage:
            return


def _plain(diary: Diary, world: World, face: Face, shop: Shop, number: int, orders: int) -> None:
    """An order without a case; its age decides how far it has come."""
    age = HISTORY * (1 - number / orders)
    start = world.now() - age - timedelta(minutes=world.rng.randrange(1, 50))
    goods = [(world.rng.randrange(len(shop.goods)), world.rng.choice((1, 1, 2)))]
    if world.rng.random() < 0.3:  # noqa: PLR2004 - a taste, not a rule
        goods.append((goods[0][0] + 1, 1))
    freight = world.rng.choice((0, 0, 600))
    chance = world.rng.random()
    kept: list[Order] = []
    diary.at(start, lambda: kept.append(steps.place(world, face, shop, goods, freight)))
    if chance < 0.08:  # noqa: PLR2004 - some never pay: the platform's own clock closes their orders
        return
    diary.at(start + PREPARED["paid"], lambda: steps.pay(world, kept[0]))
    if len(goods) > 1 and chance > 0.6:  # noqa: PLR2004 - several parcels now and then
        first, second = PREPARED["shipped"], PREPARED["shipped"] + timedelta(hours=30)
        diary.at(start + first, lambda: _discard(steps.ship(world, face, kept[0], kept[0].lines[:1])))
        diary.at(start + second, lambda: _discard(steps.ship(world, face, kept[0], kept[0].lines[1:])))
    else:
        diary.at(start + PREPARED["shipped"], lambda: _discard(steps.ship(world, face, kept[0])))
    diary.at(start + PREPARED["delivered"], lambda: steps.deliver(world, kept[0]))
    diary.at(start + PREPARED["finished"], lambda: steps.finish(world, kept[0]))
    if chance < 0.7:  # noqa: PLR2004 - most buyers say something
        talk = number % len(_TALK)
        when = start + PREPARED["finished"] + timedelta(hours=2)
        diary.at(
            when,
            lambda: _discard(steps.review(world, face, kept[0], kept[0].lines[0], _STARS[talk], _TALK[talk])),
        )


def _discard(_: object) -> None:
    """A deed returns nothing."""
