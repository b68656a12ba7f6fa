"""The ledger in an event loop: asking a simulated world for its time keeps no other task waiting."""

from __future__ import annotations

import asyncio
import threading

import pytest
from tests.fake_adapter import ACCOUNT
from tests.ledger.desk import SHOP, opened_async

from omnishop import clock
from omnishop.acts import State
from omnishop.config import Home
from omnishop.errors import NotAllowed
from omnishop.ledger import AsyncLedger
from omnishop.ports import Token
from omnishop.store import Store


@pytest.fixture
def store(tmp_path):
    """Its one shop is one of a world."""
    with Store.open(Home.find(tmp_path / "home", env={})) as opened_store:
        opened_store.shops.add(
            ACCOUNT, now=clock.now(), tokens={"main": Token("a")}, control="http://127.0.0.1:1"
        )
        AsyncLedger(opened_store).allow(SHOP, "agree")
        yield opened_store


def test_a_worlds_time_is_asked_for_beside_the_loop(store, platform):
    asked = []

    def world(_shop):
        asked.append(threading.current_thread())
        return clock.now()

    async def agree():
        _ledger, shop = opened_async(store, platform, now=world)
        async with shop:
            return await shop.agree(platform.open("c1"))

    assert asyncio.run(agree()).state is State.CONFIRMED
    assert asked
    assert threading.main_thread() not in asked


def test_what_the_steps_raise_comes_out(store, platform):
    platform.open("c1")
    platform.cases["c1 "] = platform.cases["c1"]

    async def agree():
        _ledger, shop = opened_async(store, platform)
        async with shop:
            await shop.agree("c1 ")

    with pytest.raises(NotAllowed, match="name it so"):
        asyncio.run(agree())
