"""Cases to judge: one return that is in order in every way, and how to change one fact of it."""

from __future__ import annotations

from datetime import timedelta

import attrs

from omnishop.model import (
    Case,
    CaseAmounts,
    CaseLine,
    Dispute,
    Fen,
    Kind,
    Order,
    OrderAmounts,
    OrderLine,
    OrderStatus,
    Reason,
    Stage,
    aware,
)
from omnishop.policy.casefacts import (
    BuyerFacts,
    CaseFacts,
    Channel,
    Evidence,
    Goods,
    History,
    Known,
    Party,
    Proof,
    ShopFacts,
)

SIGNED = aware("2026-03-02T15:00:00")
LAST = aware("2026-03-10T00:00:00")
"""Day 1 is the day after signing; the seventh runs to its end."""
SECOND = timedelta(seconds=1)
NOW = aware("2026-03-06T12:00:00")
PAID = Fen(29_900)
PLAIN_GOODS = Goods(
    sku_id="S1",
    custom=False,
    perishable=False,
    opened=False,
    opened_harms=False,
    digital=False,
    activated=False,
    marked=False,
    cost=Fen(10_000),
)
NO_REASON = Reason(text="七天无理由")
QUALITY = Reason(text="质量问题", detail="有污渍")
LATE = Reason(detail="快递太慢了, 一直没到")
LOST = Reason(detail="显示签收但是没收到货, 包裹丢失")
WRONG = Reason(detail="发错颜色, 拍的黑色发来白色")
SHORT = Reason(detail="少发了一件")
PART = Reason(detail="缺配件")
FILMED = tuple(
    Evidence(what, by, 2, True)
    for what, by in (
        (Proof.PHOTO, Party.BUYER),
        (Proof.STATEMENT, Party.BUYER),
        (Proof.PACKING_VIDEO, Party.SHOP),
        (Proof.SWAP_LABEL, Party.SHOP),
    )
)


def a_return(**changes):
    """Within seven days, no reason, nothing against it, everything known. Changes by path: `case__kind=...`."""
    facts = CaseFacts(
        Case(
            "p",
            "refund",
            "R1",
            shop_id="7",
            order_id="O1",
            kind=Kind.RETURN_REFUND,
            stage=Stage.REQUESTED,
            dispute=Dispute.NONE,
            amounts=CaseAmounts(requested=PAID),
            reason=NO_REASON,
            lines=(CaseLine("L1", "S1", requested=1),),
            opened_at=aware("2026-03-05T10:00:00"),
        ),
        Order(
            "p",
            "O1",
            shop_id="7",
            status=OrderStatus.DELIVERED,
            amounts=OrderAmounts(paid=PAID),
            created_at=aware("2026-02-26T09:00:00"),
            paid_at=aware("2026-02-26T09:05:00"),
            shipped_at=aware("2026-02-27T09:00:00"),
            delivered_at=SIGNED,
            lines=(OrderLine("L1", "S1", quantity=1, paid=PAID),),
        ),
        ShopFacts(Fen(100_000_00), Fen(1_000_00)),
        BuyerFacts("k" * 32, vip=False, blacklisted=False, history=History(5, (), 0, 0, 0, linked=True)),
        siblings=(),
        parcels=(),
        evidence=FILMED,
        promises=(),
        known=Known(
            advanced=Fen(0), given=Fen(0), channel=Channel.CONSOLE, goods=(PLAIN_GOODS,), live_stream=False
        ),
    )
    return changed(facts, **changes)


def a_cancel(**changes):
    """Not shipped, certainly cancelled, everything known."""
    return a_return(
        **{
            "case__kind": Kind.CANCEL,
            "case__reason": Reason(text="多拍/错拍/不想要", detail="不想要了"),
            "order__status": OrderStatus.PAID,
            "order__shipped_at": None,
            "order__delivered_at": None,
            "known__cancelled": True,
            **changes,
        }
    )


def changed(facts, **changes):
    for path, value in changes.items():
        facts = _put(facts, path.split("__"), value)
    return facts


def _put(value, names, new):
    if not names:
        return new
    return attrs.evolve(value, **{names[0]: _put(getattr(value, names[0]), names[1:], new)})
