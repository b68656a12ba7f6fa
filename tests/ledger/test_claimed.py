"""How many pieces a case claims: as the wire tells, else by what its sum pays for."""

from __future__ import annotations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from omnishop.ledger.ceilings import claimed
from omnishop.model import Case, CaseAmounts, CaseLine, Fen, Order, OrderLine

ORDER = Order("p", "o1", lines=(OrderLine("l1", quantity=3, paid=Fen(100_01)), OrderLine("l2", quantity=1)))


def case(requested, *lines, freight=None):
    amounts = CaseAmounts(requested=requested, freight=freight)
    return Case("p", "s", "c1", order_id="o1", amounts=amounts, lines=lines)


L1, L2 = CaseLine("l1"), CaseLine("l2")


@pytest.mark.parametrize(
    ("asked", "freight", "pieces"),
    [
        (100_01, None, 3),
        (100_00, None, 3),
        (66_68, None, 3),  # a fen more than two of three cost
        (66_67, None, 2),
        (33_34, None, 2),
        (33_33, None, 1),
        (1, None, 1),
        (110_01, 10_00, 3),
        (43_33, 10_00, 1),
        (500_00, None, 3),  # never more than were bought
    ],
)
def test_a_sum_tells_the_pieces_that_it_pays_for(asked, freight, pieces):
    assert claimed(case(Fen(asked), L1, freight=freight), ORDER) == {"l1": pieces}


def test_what_the_wire_tells_stands():
    told = evolve(L1, requested=1)
    assert claimed(case(Fen(100_01), told), ORDER) == {"l1": 1}
    assert claimed(case(None, evolve(told, requested=0)), None) == {"l1": 0}


@pytest.mark.parametrize(
    ("told", "order"),
    [
        (case(Fen(100_01), L1), None),
        (case(None, L1), ORDER),
        (case(Fen(10_00), L2), ORDER),  # what was paid for the line is not known
        (case(Fen(10_00), CaseLine("l9")), ORDER),
    ],
)
def test_what_nobody_tells_is_not_guessed(told, order):
    assert set(claimed(told, order).values()) == {0}


def test_a_sum_over_several_lines_is_not_split():
    assert claimed(case(Fen(100_01), L1, L2), ORDER) == {"l1": 0, "l2": 0}


@given(quantity=st.integers(1, 50), price=st.integers(1, 10_000), pieces=st.integers(1, 50))
def test_the_price_of_so_many_pieces_claims_so_many(quantity, price, pieces):
    order = Order("p", "o1", lines=(OrderLine("l1", quantity=quantity, paid=Fen(quantity * price)),))
    assert claimed(case(Fen(pieces * price), L1), order) == {"l1": min(pieces, quantity)}
