"""A shop's own tool, tested with simulated shops: pytest finds the fixtures by itself once omnishop is installed."""

from datetime import timedelta

import pytest

from omnishop.errors import NotAllowed
from omnishop.model import Kind, Stage


def waiting(shop, now):
    """The tool under test: cases that wait for the shop's decision."""
    cases = shop.cases(now - timedelta(days=30), now)
    return [case.case_id for case in cases if case.stage is Stage.REQUESTED]


def test_a_new_application_waits_for_the_shop(omnishop_simulation, omnishop_shop):
    buyers, shop = omnishop_simulation.buyers, omnishop_shop("tmall")
    order = buyers.order(shop.account.shop_id)
    case = buyers.apply(order, Kind.CANCEL, text="拍错了")
    now = omnishop_simulation.world.now() + timedelta(minutes=1)
    assert case in waiting(shop, now)
    buyers.withdraw(case)
    assert case not in waiting(shop, now)


def test_what_the_platform_does_when_nobody_works(omnishop_simulation, omnishop_shop):
    buyers, shop = omnishop_simulation.buyers, omnishop_shop("jd")
    case = buyers.apply(buyers.order(shop.account.shop_id), Kind.CANCEL)
    omnishop_simulation.advance(timedelta(days=3).total_seconds())
    assert shop.case(case, "refundapply").stage is not Stage.REQUESTED


def test_a_refund_survives_a_lost_answer(omnishop_simulation, omnishop_desk):
    """The money has moved, the answer is lost: the ledger reads the case back and pays nothing twice."""
    buyers, shop = omnishop_simulation.buyers, omnishop_desk("douyin")
    case = buyers.apply(buyers.order(shop.account.shop_id), Kind.CANCEL)
    omnishop_simulation.faults(7, {"reset_after_commit": 1.0}, "writes")
    assert shop.agree(case).state == "confirmed"
    omnishop_simulation.faults(7, {})
    with pytest.raises(NotAllowed):
        shop.agree(case)
    omnishop_simulation.advance(timedelta(days=4).total_seconds())
    [paid] = [each for each in omnishop_simulation.state()["cases"] if each["case_id"] == case]
    assert len(paid["refunds"]) == 1
