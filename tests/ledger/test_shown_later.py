"""What was given up and shows after all counts once, whoever is asked about it."""

from __future__ import annotations

import pytest
from tests.ledger.desk import ASKED, PAID

from omnishop.acts import State
from omnishop.errors import NotAllowed


def given_up(ledger, shop, platform, act, **said):
    """An act that never reached the platform, settled as such; its id."""
    platform.faults = ["before"]
    outcome = getattr(shop, act)("c1", **said)
    [name] = outcome.intents
    assert ledger.resolve(ledger.book.get(name), shop).state is State.NOT_APPLIED
    return name


def test_a_refund_that_another_intent_made_is_not_counted_twice(desk, platform):
    ledger, shop = desk
    platform.open("c1")
    first = given_up(ledger, shop, platform, "agree")
    second = shop.agree("c1")
    assert second.state is State.CONFIRMED
    after = ledger.resolve(ledger.book.get(first), shop)
    assert after.state is State.NOT_APPLIED
    assert second.intents[0] in after.why.en
    assert second.intents[0] in after.why.zh
    assert platform.refunds == [("c1", ASKED)]
    platform.open("c2", asked=PAID - ASKED)
    assert shop.agree("c2").state is State.CONFIRMED, "all that is left of the line"


def test_nor_while_the_other_is_still_in_doubt(desk, platform):
    ledger, shop = desk
    platform.open("c1")
    first = given_up(ledger, shop, platform, "agree")
    old = dict(platform.cases["c1"])
    platform.faults = ["after"]
    platform.on_write = lambda: platform.stale.update(c1=old)
    second = shop.agree("c1")
    platform.stale = {}
    assert second.state is State.UNKNOWN
    assert ledger.resolve(ledger.book.get(first), shop).state is State.NOT_APPLIED
    assert ledger.resolve(ledger.book.get(second.intents[0]), shop).state is State.CONFIRMED


def test_what_shows_later_and_nobody_else_did_is_believed(desk, platform):
    ledger, shop = desk
    platform.open("c1")
    first = given_up(ledger, shop, platform, "agree")
    platform.move("c1", "succeeded")
    after = ledger.resolve(ledger.book.get(first), shop)
    assert (after.state, after.by) == (State.CONFIRMED, "unknown")
    platform.open("c2", asked=PAID - ASKED + 1)
    with pytest.raises(NotAllowed) as over:
        shop.agree("c2")
    assert "ceiling" in over.value.keys


def test_another_text_is_another_effect(desk, platform):
    ledger, shop = desk
    platform.open("c1")
    first = given_up(ledger, shop, platform, "remark", text="called")
    assert shop.remark("c1", text="wrote").state is State.CONFIRMED
    platform.cases["c1"]["notes"] = "called"  # the first one came after all
    assert ledger.resolve(ledger.book.get(first), shop).state is State.CONFIRMED
