"""What the tests of writes over the simulated platform share: a shop that may write, and an act from look to look."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import attrs
import httpx

from omnishop.acts import Ask, Evidence, Seen, Subject, choose, rows_for
from omnishop.client import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.model import Kind
from omnishop.ports import Token
from omnishop.sandbox import steps
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.world import Claim
from omnishop_douyin.face import stock

SHOT = Evidence("image", "box.jpg", url="https://pics.example/box.jpg")
REASONS = {
    Kind.CANCEL: "1",
    Kind.REFUND_ONLY: "3",
    Kind.RETURN_REFUND: "7",
    Kind.EXCHANGE: "22",
    Kind.RESHIP: "20",
    Kind.REPAIR: "8",
}


class Scene:
    """One simulated shop, cases brought to where a test wants them by steps of the world, and acts on them."""

    def __init__(self, simulation, shop):
        self.simulation, self.shop = simulation, shop
        self.world, self.face = simulation.world, simulation.faces["douyin"]
        self.goods = 0

    @property
    def token(self):
        found = stock.current(self.world, self.mine)
        return Token(found.access, found.refresh)

    @property
    def mine(self):
        return self.world.shops[0]

    def order(self, *lines, paid=True):
        self.goods += 1
        found = steps.place(self.world, self.face, self.mine, list(lines) or [(self.goods, 2)], 1000)
        if paid:
            steps.pay(self.world, found)
        return found

    def case(self, kind, *way, order=None, delivered=False):
        """`way`: steps of the world, each a name or (name, what it is given)."""
        bought = order or self.order()
        if kind is not Kind.CANCEL and bought.shipped_at is None:
            steps.ship(self.world, self.face, bought)
        if delivered:
            steps.deliver(self.world, bought)
        claims = [Claim(line, line.quantity) for line in bought.lines]
        found = steps.apply(self.world, self.face, bought, kind, claims, reason=REASONS[kind])
        for step in way:
            self.step(found, *([step] if isinstance(step, str) else step))
        return found

    def step(self, case, name, given=None):
        steps.take(self.world, self.face, case, name, **(given or {}))

    def row(self, verb, record):
        subject = self.subject(record)
        rows = rows_for(self.shop.adapter.writes("douyin"), verb, subject)
        look = self.look(rows[0], record)
        found = choose(rows, subject, Seen.of(look))
        return found, self.look(found, record)

    def subject(self, record):
        if hasattr(record, "case_id"):
            return Subject("case", record.case_id, "aftersale")
        return Subject("order", record.order_id)

    def look(self, row, record):
        return self.shop.run(row.look(self.shop.account, self.subject(record)))

    def send(self, row, look, ask):
        return self.shop.run(row.send(self.shop.account, look, ask))

    def act(self, verb, record, ask):
        """(what a reading shows before the write, what one shows after it, the row)."""
        row, look = self.row(verb, record)
        assert row.in_stage(Seen.of(look).stage), (row, Seen.of(look))
        assert row.hinders is None or row.hinders(self.shop.account, look, ask) is None
        before = Seen.of(look)
        still = row.shows(ask, before, Seen.of(self.look(row, record)))
        self.send(row, look, ask)
        return still, row.shows(ask, before, Seen.of(self.look(row, record))), row

    def told(self, ask=None, **more):
        given = {"key": f"intent-{self.world.serial('test intent')}", "at": self.world.now()}
        return attrs.evolve(ask or Ask(), **(given | more))

    def advance(self, **time):
        """Time goes by for cases; the shop's authorisation stays as fresh as it was."""
        for token in self.world.tokens.values():
            token.dead_at += timedelta(**time)
            token.refresh_dead_at += timedelta(**time)
        self.simulation.advance(timedelta(**time).total_seconds())

    def detail(self, case):
        payload = self.shop.call("afterSale.Detail", {"after_sale_id": case.case_id})
        return payload["process_info"]

    def agrees(self, record):
        """What is read equals what a perfect reader of the wire can know."""
        if hasattr(record, "case_id"):
            truth, read = self.face.true_case(self.world, record), self.shop.case(record.case_id)
        else:
            truth, read = self.face.true_order(self.world, record), self.shop.order(record.order_id)
        names = [field.name for field in attrs.fields(type(truth)) if field.eq]
        return {name: (getattr(truth, name), getattr(read, name)) for name in names} == {
            name: (getattr(truth, name),) * 2 for name in names
        }


@contextmanager
def scene(orders=0):
    now = datetime.now(UTC).replace(microsecond=0)
    simulation = Simulation.new(platforms=("douyin",), seed=7, now=now, orders=orders)
    keys = simulation.shops("http://douyin.test")["douyin"]
    wanted = ("app_key", "app_secret", "access_token", "refresh_token", "shop_id", "gateway")
    given = {name: keys[name] for name in wanted}
    driver = SyncDriver(httpx.Client(transport=simulation.transport()), attempts=1)
    with Shop.open("douyin", driver=driver, writes="unguarded", **given) as shop:
        yield Scene(simulation, shop)
