"""The oracle of the equality soak can fail: each thing that must hold, and a store of which it does not."""

from __future__ import annotations

import pytest
from tests.soak.equality.journal import Line
from tests.soak.equality.oracle import LAG, SECOND, Oracle, apart

SHOP, ROW = "77", "1"
START = 1_000_000 * SECOND
NOW = START + 3 * LAG
KEY = ("order", "taobao", SHOP, "order", "o1")
CHANGED, AGAIN = START + 10 * SECOND, NOW - 5 * SECOND


def cursor(seq, until, *, stream="orders", since=START):
    return Line(seq, NOW, "cursor", "", ROW, stream, "proved", since, until)


def kept(seq, at, name="o1"):
    return Line(seq, NOW, "order", "taobao", SHOP, "order", name, at, None)


def quarantined(seq, what="quarantined"):
    return Line(seq, NOW, what, "taobao", SHOP, "order", "o1", 1, None)


def told(*lines, changes=(CHANGED,)):
    oracle = Oracle({KEY: list(changes)}, [(0, START), (NOW - SECOND, NOW)], {ROW: SHOP})
    oracle.read(lines)
    return oracle


@pytest.mark.parametrize(
    "lines",
    [
        (kept(1, CHANGED), cursor(2, NOW - LAG)),
        (quarantined(1), cursor(2, NOW - LAG)),
        (cursor(1, CHANGED),),
        (cursor(1, NOW - LAG, stream="refunds"),),
        (cursor(1, NOW, stream="refunds_open"),),
    ],
    ids=["kept", "in quarantine", "not claimed yet", "another list", "a list of what is open"],
)
def test_what_holds_is_left_alone(lines):
    assert told(*lines).wrong == []


def test_who_changed_again_has_left_the_window_for_a_later_one():
    lines = (kept(1, START), cursor(2, NOW - LAG))
    assert told(*lines, changes=(START, CHANGED, AGAIN)).wrong == []
    assert told(*lines, changes=(START, CHANGED)).counts["wrong"] == 1


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((cursor(1, NOW - LAG),), "was kept never"),
        ((cursor(1, NOW - LAG), kept(2, CHANGED)), "was kept never"),
        ((kept(1, START), cursor(2, NOW - LAG)), "changed at"),
        ((quarantined(1), quarantined(2, "released"), cursor(3, NOW - LAG)), "was kept never"),
        ((kept(1, CHANGED), cursor(2, NOW - LAG + 2 * SECOND)), "less than"),
        ((kept(1, CHANGED), kept(2, START)), "went back"),
        ((kept(1, CHANGED, "o9"),), "never was"),
        ((cursor(1, NOW - LAG, stream="rumours"),), "nothing is known here of a list"),
    ],
    ids=[
        "never",
        "after the cursor",
        "an older state",
        "let out",
        "too near",
        "back",
        "invented",
        "unknown list",
    ],
)
def test_what_does_not_hold_is_found(lines, words):
    [wrong] = told(*lines).wrong
    assert words in wrong


def test_a_kind_is_excused_only_if_nobody_could_have_read_it_in_time():
    row = {"type": "case", "platform": "taobao", "shop_id": SHOP, "source": "refund", "case_id": "c1"}
    [found] = apart({"cases": [{**row, "kind": "cancel"}]}, {"case": [{**row, "kind": "refund_only"}]})
    oracle = told()
    oracle.first["case", *found.key] = NOW
    assert oracle.came_late(found, NOW - SECOND)
    assert not oracle.came_late(found, NOW + SECOND)
    assert not oracle.came_late(found, None)


def test_every_field_is_compared():
    row = {
        "platform": "jd",
        "shop_id": SHOP,
        "source": "order",
        "order_id": "o1",
        "remark": "a",
        "buyer": None,
    }
    state = {"orders": [row, {**row, "order_id": "o2"}]}
    mine = {"order": [{**row, "remark": "b"}, {**row, "order_id": "o3"}]}
    assert sorted(map(str, apart(state, mine))) == [
        "order ('jd', '77', 'order', 'o1'): remark is 'b', in truth 'a'",
        "order ('jd', '77', 'order', 'o2'): not in the store",
        "order ('jd', '77', 'order', 'o3'): only in the store",
    ]
    assert list(apart(state, {"order": state["orders"]})) == []
