"""A few of the scenes once more over real HTTP: a reset is a real reset, a 502 comes through a socket."""

from __future__ import annotations

import pytest
from tests.scenes.stage import FRONTS, broken, lost

from omnishop.acts import State, Verb
from omnishop.errors import Rejected
from omnishop.model import Kind, Stage
from omnishop.sandbox.server import Sandbox


@pytest.fixture
def served(scene):
    with Sandbox(scene.wire) as sandbox:
        scene.over_http(sandbox.url)
        with scene.shop:
            yield scene


def _named(value):
    return value.__name__ if callable(value) else str(value)


@pytest.mark.parametrize(
    ("front", "trouble"), [*((front, lost) for front in FRONTS), (FRONTS[2], broken)], ids=_named
)
def test_an_answer_lost_after_the_commit_pays_once(served, trouble):
    case = served.case(Kind.CANCEL)
    served.wire.answering = trouble
    outcome = served.act(Verb.AGREE, case)
    assert (outcome.state, outcome.by) == (State.CONFIRMED, "unknown")
    assert (served.money_row().state, served.money_row().attempts) == (State.CONFIRMED, 1)
    served.refusal(Verb.AGREE, case)
    assert served.paid_at_last(case) == [case.requested]


@pytest.mark.parametrize("front", FRONTS[-1:], ids=str)
def test_the_buyer_withdraws_while_we_agree(served):
    case = served.case(Kind.CANCEL)
    served.wire.before = lambda: served.step(case, "withdraw")
    with pytest.raises(Rejected) as no:
        served.act(Verb.AGREE, case)
    served.words(no.value)
    assert served.money_row().state is State.REJECTED
    assert (case.stage, served.paid_at_last(case)) == (Stage.CLOSED, [])
