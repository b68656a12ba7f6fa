"""Laws of the simulated writes: whatever is sent in whatever order, a case is paid once and reads as it is."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from omnishop.acts import Ask, Evidence, Seen, Subject, Verb, choose, rows_for
from omnishop.errors import OmnishopError
from omnishop.model import ENDED, Kind, OrderStatus
from omnishop.sandbox import orders
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.steps import apply, take
from omnishop.sandbox.world import Claim
from omnishop_taobao import adapter
from omnishop_taobao.face import face

NOW = datetime.fromisoformat("2026-09-15T12:00:00+08:00")
PROOF = (Evidence(content=b"\x89PNG\r\n\x1a\n" + bytes(16)),)
CASE_VERBS = sorted({row.verb for row in adapter.writes("tmall") if row.record == "case" and row.method})
BUYER = ("send_back", "withdraw", "escalate", "settle_dispute", "modify", "confirm")
KINDS = (Kind.CANCEL, Kind.REFUND_ONLY, Kind.RETURN_REFUND, Kind.EXCHANGE)
MOVES = st.one_of(
    st.sampled_from(CASE_VERBS),
    st.sampled_from(BUYER),
    st.sampled_from([3600.0, 86400.0 * 4]),
)


def new_case(simulation, front, kind):
    world = simulation.world
    shop = next(shop for shop in world.shops if shop.storefront == front)
    order = orders.place(world, face, shop, [(0, 2), (2, 1)], freight=800)
    orders.pay(world, order)
    if kind is not Kind.CANCEL:
        orders.ship(world, face, order)
    simulation.advance(60)
    case = apply(world, face, order, kind, [Claim(order.lines[0], 2)], reason="quality")
    said = Ask(
        text="已处理",
        evidence=PROOF,
        address=shop.addresses[0].address_id,
        carrier="SF",
        tracking="SF7000000000009",
        reason="1001" if kind is Kind.EXCHANGE and front == "tmall" else "118",
    )
    return case, said


def write(shop, verb, case, said):
    """Sent whatever the row thinks of it; what the platform refuses changes nothing."""
    subject = Subject("case", case.case_id, case.source)
    rows = rows_for(adapter.writes(shop.account.storefront), verb, subject)
    if not rows:
        return
    look = shop.run(rows[0].look(shop.account, subject))
    row = choose(rows, subject, Seen.of(look)) or rows[0]
    before = case.changed_at, len(case.refunds), case.stage
    try:
        shop.run(row.send(shop.account, look, said))
    except OmnishopError:
        assert (case.changed_at, len(case.refunds), case.stage) == before


@settings(max_examples=40, deadline=None)
@given(
    front=st.sampled_from(adapter.storefronts),
    kind=st.sampled_from(KINDS),
    moves=st.lists(MOVES, min_size=1, max_size=7),
)
def test_a_case_is_paid_once_and_reads_as_it_is(opened, front, kind, moves):
    world = Simulation.new(platforms=("taobao",), now=NOW, orders=0)
    case, said = new_case(world, front, kind)
    shop = opened(world, front, writes="unguarded")
    for move in moves:
        if isinstance(move, float):
            world.advance(move)
        elif isinstance(move, Verb):
            write(shop, move, case, said)
        else:
            try:
                take(world.world, face, case, move)
            except Forbidden:
                continue
    assert len(case.refunds) <= 1
    assert case.order.refunded <= case.order.paid
    assert sum(paid.amount for paid in case.refunds) <= max(case.requested, case.order.lines[0].paid)
    if case.stage in ENDED and case.order.status is not OrderStatus.CLOSED:
        assert case.closed_at is not None
    assert shop.case(case.case_id, case.source) == face.true_case(world.world, case)
