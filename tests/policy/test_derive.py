"""Facts that follow from what a platform says: filled in with their source, never over what was said."""

from __future__ import annotations

import pytest
from tests.policy.casebook import a_return

from omnishop.model import CaseLine, Dispute, Fen
from omnishop.policy.casefacts import Channel, FactSource, Returned
from omnishop.policy.derive import completed


def test_without_a_dispute_nothing_was_paid_first():
    facts = completed(a_return(known__advanced=None))
    assert facts.known.advanced == 0
    assert facts.source_of("known.advanced") is FactSource.DERIVED
    for dispute in (*set(Dispute) - {Dispute.NONE}, None):
        assert completed(a_return(known__advanced=None, case__dispute=dispute)).known.advanced is None


@pytest.mark.parametrize(
    ("lines", "returned"),
    [
        ((CaseLine("L1", requested=2, received_good=2, received_bad=0),), Returned.INTACT),
        ((CaseLine("L1", requested=3, approved=2, received_good=2, received_bad=0),), Returned.INTACT),
        ((CaseLine("L1", requested=2, received_good=1, received_bad=0),), Returned.SHORT),
        ((CaseLine("L1", requested=2, received_good=1, received_bad=1),), Returned.DAMAGED),
        ((CaseLine("L1", requested=2, received_good=2),), None),
        ((CaseLine("L1", received_good=2, received_bad=0),), None),
        ((CaseLine("L1", requested=1, received_good=1, received_bad=0), CaseLine("L2", requested=1)), None),
        ((), None),
    ],
)
def test_what_arrived_is_what_the_wire_counted(lines, returned):
    assert completed(a_return(case__lines=lines)).known.returned is returned


def test_what_was_said_stays():
    facts = a_return(known__advanced=Fen(5), known__returned=Returned.USED, known__channel=Channel.PHONE)
    assert completed(facts) is facts


def test_a_case_off_the_wire_came_over_the_console():
    assert completed(a_return(known__channel=None)).known.channel is Channel.CONSOLE
    by_hand = a_return(known__channel=None, sources={"case": FactSource.HAND})
    assert completed(by_hand).known.channel is None
