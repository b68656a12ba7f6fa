"""An intent is committed as sent, so that its first attempt waits for the disk once: nothing else changes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.ledger.desk import ACCOUNT, ASKED, SHOP, DeskAdapter

from omnishop.acts import State
from omnishop.client import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.errors import NotAllowed, OmnishopError
from omnishop.ledger import Ledger
from omnishop.ledger.desk import LIMIT

START = datetime(2026, 3, 20, 10, 0, tzinfo=UTC)


class Tokens:
    """Those of the store; `meanwhile` happens when the write is about to leave, after the looks at case and order."""

    def __init__(self, stored, meanwhile):
        self._stored, self._meanwhile, self._asked = stored, meanwhile, 0

    def load(self, role):
        self._asked += 1
        return self._meanwhile(self._stored.load(role)) if self._asked == 3 else self._stored.load(role)

    def __getattr__(self, name):
        return getattr(self._stored, name)


class Desk:
    """A shop whose machine stands still until it is moved; `asked`: how the book was asked to let a write out."""

    def __init__(self, store, platform, meanwhile=lambda token: token):
        self.now, self.asked = START, []
        self.ledger = Ledger(store, machine=lambda: self.now, gap=timedelta(0), pauses=(0.0,))
        self.ledger.book.sending = self._sending(self.ledger.book.sending)
        tokens = Tokens(store.tokens(store.shops.get(SHOP)), meanwhile)
        driver = SyncDriver(httpx.Client(transport=httpx.MockTransport(platform.answer)))
        self.shop = Shop(ACCOUNT, tokens, adapter=DeskAdapter(), driver=driver, writes=self.ledger)

    def _sending(self, sending):
        def asked(*args, **more):
            self.asked.append(more)
            return sending(*args, **more)

        return asked

    @property
    def intent(self):
        [found] = self.ledger.book.list()
        return found


def test_it_stands_in_the_book_as_sent_before_the_first_byte(store, platform):
    desk, seen = Desk(store, platform), []
    platform.on_write = lambda: seen.append(desk.intent)
    assert desk.shop.agree(platform.open("c1")).state is State.CONFIRMED
    assert [(each.state, each.attempts, each.sent_at) for each in seen] == [(State.SENT, 1, START)]
    assert seen[0].until > START + LIMIT, "what may begin a little later has its whole time"
    assert desk.asked == []


def test_who_comes_later_asks_the_book_again(store, platform):
    def late(token):
        desk.now += timedelta(seconds=20)
        return token

    desk = Desk(store, platform, late)
    assert desk.shop.agree(platform.open("c1")).state is State.CONFIRMED
    assert desk.asked == [{"committed": True}]
    assert (desk.intent.attempts, desk.intent.until) == (1, desk.now + LIMIT)


@pytest.mark.parametrize("passed", [timedelta(seconds=3), timedelta(hours=-1), timedelta(days=1)])
def test_who_comes_later_and_finds_it_settled_sends_nothing(store, platform, passed):
    """Whichever way the machine's clock went meanwhile."""

    def settled(token):
        desk.ledger.book.settle(desk.intent.id, State.NOT_APPLIED, desk.now, expected=(State.SENT,))
        desk.now += passed
        return token

    desk = Desk(store, platform, settled)
    with pytest.raises(NotAllowed) as taken:
        desk.shop.agree(platform.open("c1"))
    assert taken.value.keys == ("intent_taken",)
    assert platform.refunds == []


def test_what_never_left_is_no_act_of_its_day(store, platform):
    desk = Desk(store, platform, lambda token: None)
    desk.ledger.rights.allow("fake", SHOP, [], {"acts_per_day": 1}, START)
    with pytest.raises(OmnishopError, match="no access token"):
        desk.shop.agree(platform.open("c1"))
    gone = desk.intent
    assert (gone.state, gone.attempts, gone.sent_at, gone.until) == (State.REJECTED, 0, None, None)
    assert desk.shop.agree("c1").state is State.CONFIRMED
    assert platform.refunds == [("c1", ASKED)]


def test_what_the_platform_refused_is_an_act_of_its_day(store, platform):
    desk = Desk(store, platform)
    desk.ledger.rights.allow("fake", SHOP, [], {"acts_per_day": 1}, START)
    platform.faults = ["refuse"]
    with pytest.raises(OmnishopError):
        desk.shop.agree(platform.open("c1"))
    assert (desk.intent.state, desk.intent.attempts) == (State.REJECTED, 1)
    with pytest.raises(NotAllowed) as over:
        desk.shop.agree("c1")
    assert over.value.keys == ("cap_acts",)
