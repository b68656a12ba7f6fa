"""How much may still move on an order: goods by line or order, and freight under a ceiling of its own."""

from __future__ import annotations

import pytest

from omnishop.acts import Ask
from omnishop.ledger.ceilings import Share, fits, of_freight
from omnishop.ledger.chances import Standing, _ceiling
from omnishop.model import Fen, Order, OrderAmounts, OrderLine

LINES = (OrderLine("l1", quantity=1, paid=Fen(5_000)), OrderLine("l2", quantity=1, paid=Fen(5_000)))


def an_order(freight: int | None = 800) -> Order:
    return Order("p", "o1", amounts=OrderAmounts(paid=Fen(10_800), freight=freight), lines=LINES)


def share(line: str, amount: int, freight: int | None) -> Share:
    return Share(frozenset({line}), Fen(amount), freight)


@pytest.mark.parametrize(
    ("given_back", "asked", "holds"),
    [
        ((), 800, True),
        ((), 801, False),
        ((500,), 300, True),
        ((500,), 301, False),
        ((800,), 0, True),
        ((None, 800), 1, False),  # of one sibling the freight is not told
    ],
)
def test_freight_goes_back_once(given_back, asked, holds):
    others = tuple(share("l2", 1_000, each) for each in given_back)
    held, obstacle = _ceiling(
        Standing(order=an_order(), shares=others), Ask(), share("l1", 2_000 + asked, asked)
    )
    assert (obstacle is None) is holds
    if obstacle is not None:
        assert obstacle.key == "ceiling"
        assert held.name == "freight"
        assert "freight" in obstacle.text.en


def test_goods_may_not_move_under_what_is_left_of_the_freight():
    held, obstacle = _ceiling(Standing(order=an_order()), Ask(), share("l1", 5_800, 700))
    assert (held.name, obstacle.key) == ("line", "ceiling")


def test_the_ceiling_that_is_named_is_that_of_the_goods():
    held, obstacle = _ceiling(Standing(order=an_order()), Ask(), share("l1", 5_800, 800))
    assert (held.name, obstacle) == ("line", None)


@pytest.mark.parametrize(("paid", "asked"), [(None, 800), (800, None)])
def test_where_the_wire_is_silent_there_is_no_ceiling_of_freight(paid, asked):
    assert of_freight(an_order(paid), share("l1", 2_000, asked), ()) is None


def test_freight_alone_is_no_ceiling_of_the_goods():
    """A person must give one, and it does not lift the freight's."""
    order = Order("p", "o1", amounts=OrderAmounts(freight=Fen(800)))
    _, unknown = _ceiling(Standing(order=order), Ask(), share("l1", 2_000, 100))
    assert unknown.key == "ceiling_unknown"
    held, over = _ceiling(Standing(order=order), Ask(ceiling=Fen(9_000)), share("l1", 2_000, 801))
    assert (held.name, over.key) == ("freight", "ceiling")
    assert fits(held, share("l1", 2_000, 800))
