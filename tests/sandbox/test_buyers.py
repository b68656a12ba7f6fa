"""Buyers by script and by control: what they may do, what is refused and in which words."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from tests.sandbox.town import DAY_S, FRIDAY, Town

from omnishop.model import Dispute, Kind, OrderStatus, Stage
from omnishop.sandbox import steps
from omnishop.sandbox.buyers import BadAct
from omnishop.sandbox.server import Sandbox
from omnishop.sandbox.simulation import Simulation

FRONTS = ("tmall", "taobao", "jd", "douyin")


@pytest.fixture
def town():
    return Town("tmall")


@pytest.mark.parametrize("front", FRONTS)
def test_a_life_from_order_to_review(front):
    town = Town(front)
    order = town.world.orders[town.ordered(shipped=True, quantity=2)]
    case = town.found(
        town.buyers.apply(
            order.order_id,
            "return_refund",
            [{"line_id": order.lines[0].line_id, "quantity": 1}],
            amount=500,
            text="少了一只",
        )
    )
    assert (case.requested, case.claims[0].quantity, case.detail) == (500, 1, "少了一只")
    town.take(case, "agree_return")
    town.buyers.send_back(case.case_id, tracking="SF99", carrier="SF")
    assert (case.return_parcel.tracking_no, case.return_parcel.carrier) == ("SF99", "SF")
    town.buyers.escalate(case.case_id)
    assert case.dispute is Dispute.OPEN
    town.buyers.settle(case.case_id)
    town.buyers.withdraw(case.case_id)
    assert (case.stage, case.decided_by) == (Stage.CLOSED, "buyer")
    town.buyers.confirm(order.order_id)
    review = town.world.reviews[town.buyers.review(order.order_id, "可以", 4)]
    town.buyers.append(review.review_id, "两周后还是可以")
    assert (review.stars, [word.text for word in review.follow_ups]) == (4, ["两周后还是可以"])


def test_a_buyer_puts_receipt_off_once_in_its_last_days():
    for front in ("taobao", "tmall", "douyin"):
        town = Town(front)
        order = town.world.orders[town.ordered(shipped=True)]
        due = order.receipt_due
        with pytest.raises(BadAct, match="only in the last 3 days"):
            town.buyers.extend_receipt(order.order_id)
        town.until(due - timedelta(days=2))
        town.simulation.act({"do": "extend_receipt", "order_id": order.order_id})
        assert order.receipt_due == due + timedelta(days=3)
        with pytest.raises(BadAct, match="once"):
            town.buyers.extend_receipt(order.order_id)
    town = Town("jd")
    with pytest.raises(BadAct, match="cannot put its receipt off"):
        town.buyers.extend_receipt(town.ordered(shipped=True))


def test_the_kind_fits_what_was_shipped(town):
    assert town.case().kind is Kind.CANCEL
    assert town.case(shipped=True).kind is Kind.RETURN_REFUND


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({}, "do must be one of: order"),
        ([], "do must be one of"),
        ({"do": "fly"}, "do must be one of"),
        ({"do": "apply"}, "apply wants order_id"),
        ({"do": "apply", "order_id": "7"}, "no order '7'"),
        ({"do": "apply", "order_id": 7}, "order_id must be str"),
        ({"do": "withdraw", "case_id": "7"}, "no case '7'"),
        ({"do": "withdraw", "case_id": "7", "text": "x"}, "withdraw takes case_id; not text"),
        ({"do": "order", "shop_id": "7"}, "no shop '7'; there are:"),
        ({"do": "order", "shop_id": "SHOP", "lines": [{"sku_id": "7"}]}, "no sku_id '7'; it has:"),
        ({"do": "order", "shop_id": "SHOP", "lines": [{"sku_id": "SKU", "quantity": 0}]}, "from 1, not 0"),
        ({"do": "order", "shop_id": "SHOP", "lines": ["x"]}, "lines must be a list of objects"),
        ({"do": "order", "shop_id": "SHOP", "freight": 6}, 'yuan as text like "12.30"'),
        ({"do": "apply", "order_id": "ORDER", "amount": 12.3}, 'yuan as text like "12.30"'),
        ({"do": "apply", "order_id": "ORDER", "amount": "-1.00"}, 'yuan as text like "12.30"'),
        ({"do": "apply", "order_id": "ORDER", "amount": "999999.00"}, "that are left"),
        ({"do": "apply", "order_id": "ORDER", "kind": "gift"}, "no kind 'gift'; there are:"),
        ({"do": "apply", "order_id": "ORDER", "kind": "complaint"}, "for what was shipped"),
        ({"do": "apply", "order_id": "ORDER", "kind": "return_refund"}, "for what was shipped"),
        ({"do": "apply", "order_id": "ORDER", "reason": "moon"}, "no reason for cancel here; there are:"),
        ({"do": "apply", "order_id": "ORDER", "lines": [{"line_id": "9"}]}, "no line_id '9'; it has:"),
        ({"do": "apply", "order_id": "ORDER", "lines": [{"line_id": "LINE", "quantity": 9}]}, "not 9"),
        ({"do": "apply", "order_id": "ORDER", "shop_id": "other"}, "that is of shop"),
        ({"do": "confirm"}, "order_id or a case_id"),
        ({"do": "confirm", "order_id": "ORDER"}, "is paid: finish is not allowed"),
        ({"do": "review", "order_id": "ORDER"}, "is paid: review is not allowed"),
        ({"do": "review", "order_id": "ORDER", "stars": 6}, "stars must be 1 to 5"),
        ({"do": "append", "review_id": "1", "text": "x"}, "no review '1'"),
        ({"do": "live", "acts_per_day": 0}, "acts_per_day"),
    ],
)
def test_what_a_buyer_cannot_do_is_told(town, told, said):
    order = town.world.orders[town.ordered()]
    names = {
        "SHOP": town.shop.shop_id,
        "SKU": town.shop.goods[0].sku_id,
        "ORDER": order.order_id,
        "LINE": order.lines[0].line_id,
    }

    def named(value):
        if isinstance(value, dict):
            return {key: named(item) for key, item in value.items()}
        if isinstance(value, list):
            return [named(item) for item in value]
        return names.get(value, value) if isinstance(value, str) else value

    with pytest.raises(BadAct, match=r".") as refused:
        town.simulation.act(named(told))
    assert said in str(refused.value)
    assert (order.cases, order.status) == ([], OrderStatus.PAID)


def test_control_takes_the_same_acts():
    with Sandbox(Simulation.new(orders=0, now=FRIDAY)) as sandbox, httpx.Client(base_url=sandbox.url) as web:

        def act(**told):
            return web.post("/_control/buyers", json=told)

        shop_id = web.get("/_control/shops").json()["douyin"]["shop_id"]
        order_id = act(do="order", shop_id=shop_id, freight="6.00").json()["id"]
        case_id = act(do="apply", shop_id=shop_id, order_id=order_id, amount="12.30").json()["id"]
        (case,) = web.get("/_control/state").json()["cases"]
        assert (case["case_id"], case["amounts"]["requested"], case["kind"]) == (case_id, "12.30", "cancel")
        assert act(do="withdraw", case_id=f"aftersale:{case_id}").json() == {"id": case_id}
        refused = act(do="withdraw", case_id=case_id)
        assert refused.status_code == 400
        assert "withdraw is not allowed" in refused.json()["error"]
        assert web.post("/_control/buyers", content=b"{").status_code == 400
        assert act(do="live", seed=3, acts_per_day=200).json() == {"id": "hand-1"}
        moved = web.post("/_control/clock", json={"advance_s": 5 * DAY_S}).json()
        assert {row["actor"] for row in moved["happened"]} >= {"buyer", "platform"}
        assert act(do="rest").json() == {"id": "1"}
        moved = web.post("/_control/clock", json={"advance_s": 5 * DAY_S}).json()
        assert "buyer" not in {row["actor"] for row in moved["happened"]}
        books = web.get("/_control/state").json()["books"]
        assert all(len(paid) <= 1 for book in books for paid in book["cases"].values())


def test_the_hand_does_all_that_buyers_do():
    town = Town("douyin")
    town.buyers.live(5, acts_per_day=400)
    done = set()
    for _ in range(24):
        for row in town.until(town.world.now() + (FRIDAY - FRIDAY.replace(hour=6))):
            if row["actor"] == "buyer":
                done.add(row["step"])
        for order in town.world.orders.values():
            if order.status is OrderStatus.PAID and not order.open_cases:
                steps.ship(town.world, town.world.faces[order.shop.platform], order)
        for case in town.world.cases.values():
            if case.shop is not town.shop:
                continue
            if case.stage is Stage.REQUESTED and case.case_id[-1] in "13579":
                town.take(case, "refuse")
            elif case.stage is Stage.RESENDING and case.kind is not Kind.EXCHANGE:
                town.take(case, "ship_replacement")
    wanted = {"order", "pay", "apply", "modify", "withdraw", "escalate", "settle", "send_back", "message"}
    assert done >= wanted | {"confirm", "review", "append"}
