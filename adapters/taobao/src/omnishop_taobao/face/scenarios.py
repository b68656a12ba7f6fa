"""Lives of cases that together reach every kind and stage that this wire can say, the most telling first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omnishop.model import Kind
from omnishop.sandbox.steps import Scenario

K = Kind

_RETURN = ("agree_return", 5.0)
_SENT = ("send_back", 20.0)


def _life(
    name: str,
    kind: Kind,
    prepare: str,
    *steps: tuple[str, float],
    part: bool = False,
    marks: Mapping[str, Any] | None = None,
) -> Scenario:
    return Scenario(name, kind, prepare, tuple(steps), part=part, marks=marks or {})


_COMMON = (
    _life("unshipped, waits for the shop", K.CANCEL, "paid"),
    _life("return, waits for the shop", K.RETURN_REFUND, "delivered"),
    _life("shipped, waits for the shop", K.REFUND_ONLY, "shipped"),
    _life("exchange, waits for the shop", K.EXCHANGE, "delivered"),
    _life("unshipped, refunded", K.CANCEL, "paid", ("agree", 3)),
    _life("return agreed", K.RETURN_REFUND, "delivered", _RETURN),
    _life("return under way", K.RETURN_REFUND, "finished", _RETURN, _SENT),
    _life("return refunded", K.RETURN_REFUND, "delivered", _RETURN, _SENT, ("arrive", 40), ("refund", 4)),
    _life(
        "evidence wanted", K.RETURN_REFUND, "finished", ("refuse", 6), ("escalate", 5), ("want_evidence", 9)
    ),
    _life("shipped, refused", K.REFUND_ONLY, "shipped", ("refuse", 6)),
    _life("exchange agreed", K.EXCHANGE, "delivered", _RETURN),
    _life("exchange coming back", K.EXCHANGE, "delivered", _RETURN, _SENT),
    _life(
        "replacement owed", K.EXCHANGE, "delivered", _RETURN, _SENT, ("arrive", 40), ("owe_replacement", 3)
    ),
    _life(
        "replacement sent",
        K.EXCHANGE,
        "delivered",
        _RETURN,
        _SENT,
        ("owe_replacement", 40),
        ("ship_replacement", 9),
    ),
    _life(
        "exchange done",
        K.EXCHANGE,
        "delivered",
        _RETURN,
        _SENT,
        ("owe_replacement", 30),
        ("ship_replacement", 5),
        ("confirm", 40),
    ),
    _life(
        "ruled for the buyer", K.REFUND_ONLY, "delivered", ("refuse", 6), ("escalate", 5), ("rule_buyer", 30)
    ),
    _life("price protected", K.PRICE_PROTECT, "finished", ("agree", 2)),
    _life("exchange refused", K.EXCHANGE, "delivered", ("refuse", 7)),
    _life(
        "exchange turned into a refund",
        K.EXCHANGE,
        "delivered",
        _RETURN,
        _SENT,
        ("owe_replacement", 30),
        ("turn_to_refund", 60),
    ),
    _life("return withdrawn", K.RETURN_REFUND, "delivered", ("withdraw", 3)),
    _life("staff wanted", K.REFUND_ONLY, "delivered", ("refuse", 3), ("escalate", 5)),
    _life("reshipping asked", K.RESHIP, "delivered"),
    _life("repair under way", K.REPAIR, "finished", _RETURN, _SENT),
    _life(
        "ruled for the shop", K.REFUND_ONLY, "delivered", ("refuse", 5), ("escalate", 5), ("rule_seller", 30)
    ),
    _life("dispute withdrawn", K.RETURN_REFUND, "finished", ("escalate", 8), ("settle_dispute", 9)),
    _life("part of a line", K.RETURN_REFUND, "delivered", part=True),
    _life("of another kind", K.REFUND_ONLY, "delivered", marks={"dispute_type": "OTHERS"}),
    _life("staff done", K.RETURN_REFUND, "finished", ("refuse", 5), ("escalate", 5), ("staff_done", 20)),
    _life("exchange closed", K.EXCHANGE, "delivered", ("withdraw", 4)),
)

_REFUSED_RETURN = _life(
    "returned goods refused",
    K.RETURN_REFUND,
    "finished",
    _RETURN,
    _SENT,
    ("arrive", 40),
    ("refuse_return", 5),
)
_CASH_BACK = _life("cash back", K.PRICE_PROTECT, "finished", marks={"special_refund_type": "cashBack"})

SCENARIOS: dict[str, tuple[Scenario, ...]] = {
    "tmall": (*_COMMON[:25], _REFUSED_RETURN, *_COMMON[26:29], _CASH_BACK),
    "taobao": (*_COMMON[:29], _CASH_BACK),
}
