"""The plugin's fixtures: a frozen world, its shops for reading, and a ledger through which they act."""

from __future__ import annotations

import socket

import pytest

from omnishop.acts import State
from omnishop.errors import ConfigError
from omnishop.model import Kind
from omnishop.testing.bench import MONTH, NOW


def test_the_world_stands_still_until_it_is_moved(omnishop_simulation):
    assert omnishop_simulation.world.now() == NOW
    omnishop_simulation.advance(3600)
    assert (omnishop_simulation.world.now() - NOW).total_seconds() == 3600


@pytest.mark.parametrize("storefront", ["tmall", "taobao", "jd", "douyin"])
def test_a_shop_of_every_storefront_is_read(omnishop_shop, omnishop_simulation, storefront):
    with omnishop_shop(storefront) as shop:
        read = {case.case_id for case in shop.cases(NOW - MONTH, NOW)}
    cases = omnishop_simulation.world.cases.values()
    assert read == {case.case_id for case in cases if case.shop.storefront == storefront} != set()


def test_a_shop_that_only_reads_says_how_to_act(omnishop_shop, omnishop_simulation):
    with pytest.raises(ConfigError, match="ledger"):
        omnishop_shop("douyin").agree("1")


def test_a_refund_goes_through_the_ledger_once(omnishop_desk, omnishop_ledger, omnishop_simulation):
    buyers, world = omnishop_simulation.buyers, omnishop_simulation.world
    shop = omnishop_desk("douyin")
    case_id = buyers.apply(buyers.order(shop.account.shop_id), Kind.CANCEL)
    assert shop.agree(case_id).state is State.CONFIRMED
    with pytest.raises(ConfigError):
        shop.agree(case_id)
    [case] = [case for case in world.cases.values() if case.case_id == case_id]
    omnishop_simulation.advance(4 * 86400)
    assert [refund.amount for refund in case.refunds] == [case.requested]
    [intent] = omnishop_ledger.book.list()
    assert intent.state is State.CONFIRMED


def test_nothing_leaves_this_machine(omnishop_offline):
    with socket.socket() as line, pytest.raises(AssertionError, match=r"192\.0\.2\.1"):
        line.connect(("192.0.2.1", 80))


def test_an_unknown_storefront_names_the_known(omnishop_shop):
    with pytest.raises(ConfigError, match="tmall"):
        omnishop_shop("corner shop")
