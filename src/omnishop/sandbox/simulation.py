"""A world with its faces, as one thing that answers requests: in process, or behind the server."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from attrs import asdict

from omnishop import registry
from omnishop.jsonform import dump
from omnishop.model import iso, yuan_text
from omnishop.ports import Response
from omnishop.sandbox.agenda import Happened
from omnishop.sandbox.buyers import Buyers
from omnishop.sandbox.clock import WorldClock
from omnishop.sandbox.face import Face, WireRequest
from omnishop.sandbox.faults import FaultPlan
from omnishop.sandbox.handing import Handing
from omnishop.sandbox.outbox import Post
from omnishop.sandbox.quotas import BadQuota
from omnishop.sandbox.rules import Evidence
from omnishop.sandbox.script import act
from omnishop.sandbox.seed import fill
from omnishop.sandbox.steps import keep_festival
from omnishop.sandbox.struck import answered
from omnishop.sandbox.world import Case, Order, Review, World

if TYPE_CHECKING:
    from omnishop.sandbox.transport import SimTransport

DEFAULT_ORDERS = 90


class Simulation:
    """Requests are answered one at a time: the world is one, and so is its history."""

    def __init__(self, world: World, faces: Mapping[str, Face]) -> None:
        self.world = world
        self.faces = dict(faces)
        world.faces = self.faces
        self._lock = threading.RLock()
        self.buyers = Buyers(world, self._lock)

    @classmethod
    def new(
        cls,
        *,
        seed: int = 1,
        orders: int = DEFAULT_ORDERS,
        now: datetime | None = None,
        platforms: tuple[str, ...] | None = None,
        rules: str = "chosen",
        festival: tuple[datetime, datetime] | None = None,
    ) -> Simulation:
        """The default world: one shop for each storefront of the installed faces. `orders` is per shop.

        `rules`: the weakest evidence (official, observed, inferred, chosen) a rule must have, for its duration and
        its default, to run at all. `festival`: from when to when send-back and receive clocks are lengthened.
        """
        names = platforms or registry.face_names()
        faces = {name: registry.face(name) for name in names}
        world = World.new(seed, WorldClock(now))
        world.faces, world.least, world.festival = faces, Evidence(rules), festival
        keep_festival(world)
        fill(world, [(face, front) for face in faces.values() for front in face.storefronts], orders)
        return cls(world, faces)

    def answer(self, request: WireRequest, *, connected: bool = False) -> Response | None:
        """The answer of the platform that claims the request; None when none does.

        `connected`: whoever asks had a connection, so none is refused here. Trouble, where a fault of the plan
        strikes the connection.
        """
        with self._lock:
            self.world.live(self.world.now())
            for face in self.faces.values():
                if face.claims(request):
                    return answered(self.world, face, request, connected=connected)
        return None

    def transport(self) -> SimTransport:
        """For `httpx.Client` and `httpx.AsyncClient` alike: no socket is opened."""
        from omnishop.sandbox.transport import SimTransport  # noqa: PLC0415 - the server does without httpx

        return SimTransport(self)

    def shops(self, url: str) -> dict[str, Any]:
        """The ready line: where each shop is and with which keys; the first shop of a platform has its name."""
        with self._lock:
            entries = [self._shop_entry(number, url) for number in range(len(self.world.shops))]
        named: dict[str, Any] = {}
        for shop, entry in zip(self.world.shops, entries, strict=True):
            named.setdefault(shop.platform, entry)
        return {"url": url, "control": f"{url}/_control", **named, "shops": entries}

    def _shop_entry(self, number: int, url: str) -> dict[str, Any]:
        shop = self.world.shops[number]
        keys = self.faces[shop.platform].credentials(self.world, shop, url)
        lead = {"platform": shop.platform, "storefront": shop.storefront, "shop_id": shop.shop_id}
        return {**lead, "name": shop.name, **keys}

    def state(self) -> dict[str, Any]:
        """The truth on the wires, in our JSON; finer facts of the world stand under `hidden`."""
        with self._lock:
            self.world.live(self.world.now())
            return {
                "now_s": int(self.world.now().timestamp()),
                "cases": [row for case in self.world.cases.values() if (row := self._true_case(case))],
                "orders": [row for order in self.world.orders.values() if (row := self._true_order(order))],
                "books": [_book(order) for order in self.world.orders.values() if order.cases],
                "reviews": [
                    row for review in self.world.reviews.values() if (row := self._true_review(review))
                ],
            }

    def _true_case(self, case: Case) -> dict[str, Any] | None:
        truth = self.faces[case.shop.platform].true_case(self.world, case)
        if truth is None:
            return None
        refunds = [{"amount": refund.amount, "at": refund.at} for refund in case.refunds]
        hidden = {
            "stage": case.stage,
            "rule": case.rule.id if case.rule else None,
            "steps": [
                {"at": step.at, "actor": step.actor, "step": step.step, "text": step.text, "rule": step.rule}
                for step in case.history
            ],
            **case.hidden,
        }
        return {
            **dump(truth),
            "refunds": _json_ready(refunds, money=True),
            "hidden": _json_ready(hidden),
        }

    def _true_order(self, order: Order) -> dict[str, Any] | None:
        truth = self.faces[order.shop.platform].true_order(self.world, order)
        return None if truth is None else dump(truth)

    def _true_review(self, review: Review) -> dict[str, Any] | None:
        truth = self.faces[review.shop.platform].true_review(self.world, review)
        return None if truth is None else dump(truth)

    def advance(self, seconds: float) -> dict[str, Any]:
        """Move the clock, when all that falls due until then has happened; answers what did."""
        with self._lock:
            until = self.world.now() + timedelta(seconds=seconds)
            done = self.world.live(until)
            self.world.clock.advance(seconds)
            self.world.outbox.wake()
            return {
                "now_s": int(self.world.now().timestamp()),
                "happened": [_json_ready(asdict(each)) for each in done],
            }

    def happened(self) -> list[Happened]:
        """All that nobody asked for by a request, oldest first; each with the evidence of its rule."""
        with self._lock:
            return list(self.world.happened)

    def faults(self, seed: int, rates: Mapping[str, Any], only: str = "all") -> FaultPlan:
        """From now on requests are struck by this plan, the last one's place; no rates end it. BadPlan says why not.

        `only`: all, reads, writes.
        """
        plan = FaultPlan.of(seed, rates, only)
        with self._lock:
            self.world.faults = plan
        return plan

    def quota(
        self, platform: str, method: str, per_s: int | None, ban_s: float = 0.0
    ) -> list[dict[str, Any]]:
        """From now on this platform takes so many calls a second of the method from each app; None ends that.

        BadQuota says why not.
        """
        if platform not in self.faces:
            msg = f"no such platform here: {platform}; there are: {', '.join(self.faces)}"
            raise BadQuota(msg)
        with self._lock:
            self.world.quotas.put(platform, method, per_s, ban_s)
        return self.quotas()

    def quotas(self) -> list[dict[str, Any]]:
        """Each with what it took and refused since it was set."""
        with self._lock:
            return self.world.quotas.told()

    def subscribe(self, platform: str, url: str | None, sign_method: str | None = None) -> dict[str, Any]:
        """From now on this platform calls there with every change; None ends it. BadSubscription says why not."""
        with self._lock:
            return self.world.outbox.subscribe(self.world, platform, url, sign_method)

    def posts(self, now: float) -> list[Post]:
        """What is to be sent at the machine's monotonic `now`; each wants its `sent`."""
        with self._lock:
            return self.world.outbox.due(self.world, now)

    def next_post(self) -> float | None:
        """When the next one is due that is sent again or held back."""
        with self._lock:
            return self.world.outbox.next_due()

    def sent(self, post: Post, status: int | None, content: bytes, now: float) -> None:
        """How it went: the receiver's answer, None where there was none. Unheard, it is sent again."""
        with self._lock:
            self.world.outbox.settle(self.world, post, status, content, now)

    def handing(self, host: str, path: str) -> Handing | None:
        """A new connection to the queue that is handed out at this address; None where none is."""
        with self._lock:
            for name, face in self.faces.items():
                socket = face.voice.socket if face.voice is not None else None
                if socket is not None and socket.claims(host, path):
                    return Handing(self.world, name, socket, self._lock)
        return None

    def act(self, told: Any) -> str:
        """A buyer's act as one object, as control takes it; the id of what it made or moved. BadAct says why not."""
        return act(self.buyers, told)

    def refuses(self) -> bool:
        """Whether a new connection is closed before its request is read (the server asks)."""
        with self._lock:
            return self.world.faults.refuses()

    def log(self) -> list[dict[str, Any]]:
        with self._lock:
            return [
                {
                    "at": _json_ready(line.at),
                    "platform": line.platform,
                    "method": line.method,
                    "verdict": line.verdict,
                    "code": line.code,
                }
                for line in self.world.log
            ]


def _book(order: Order) -> dict[str, Any]:
    """What was paid for an order that has cases, and what went back by which of them."""
    return {
        "platform": order.shop.platform,
        "shop_id": order.shop.shop_id,
        "order_id": order.order_id,
        "paid": yuan_text(order.paid if order.paid_at else 0),
        "refunded": yuan_text(order.refunded),
        "cases": {
            f"{case.source}:{case.case_id}": [yuan_text(refund.amount) for refund in case.refunds]
            for case in order.cases
        },
    }


def _json_ready(value: Any, *, money: bool = False) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, dict):
        return {
            key: yuan_text(item) if money and key == "amount" else _json_ready(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_json_ready(item, money=money) for item in value]
    return value
