"""What has happened to a case and its order, and what cannot have happened yet, by what the wires tell.

What the stage alone rules out is policy's to say; here is what kind and stage say together about money and goods.
When something did happen is seldom on a wire, and is left out: not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from omnishop.model import Case, Kind, Order, OrderStatus, Stage
from omnishop.policy.casefacts import Timeline
from omnishop.policy.facts import Happening

MONEY = frozenset({Kind.CANCEL, Kind.REFUND_ONLY, Kind.RETURN_REFUND, Kind.PRICE_PROTECT, Kind.COMPENSATE})
"""Kinds that end with money back."""

_H = Happening
_BEFORE_MONEY = frozenset({_H.REFUNDED, _H.CLOSED})
_NOT_YET: Mapping[Stage, frozenset[Happening]] = {
    Stage.REQUESTED: _BEFORE_MONEY | {_H.REPLACEMENT_SHIPPED},
    Stage.REFUSED: _BEFORE_MONEY | {_H.REPLACEMENT_SHIPPED},
    Stage.AWAITING_RETURN: _BEFORE_MONEY | {_H.REPLACEMENT_SHIPPED},
    Stage.RETURNING: _BEFORE_MONEY | {_H.REPLACEMENT_SHIPPED},
    Stage.INSPECTING: _BEFORE_MONEY | {_H.REPLACEMENT_SHIPPED},
    Stage.REFUNDING: _BEFORE_MONEY,
    Stage.RESENDING: _BEFORE_MONEY | {_H.REPLACEMENT_SHIPPED},
    Stage.RESENT: _BEFORE_MONEY,
    Stage.SUCCEEDED: frozenset(),
    Stage.CLOSED: frozenset({_H.REFUNDED}),
    Stage.UNKNOWN: frozenset(),
}

_S = OrderStatus
_ORDER_NOT_YET: Mapping[OrderStatus, frozenset[Happening]] = {
    _S.UNPAID: frozenset({_H.PAID, _H.SHIPPED, _H.DELIVERED}),
    _S.PAID: frozenset({_H.SHIPPED, _H.DELIVERED}),
    _S.PART_SHIPPED: frozenset({_H.DELIVERED}),
}


def timeline(case: Case, order: Order | None) -> Timeline:
    told: dict[Happening, datetime | None] = dict.fromkeys(_NOT_YET[case.stage])
    _at(told, _H.APPLIED, case.opened_at)
    if case.stage in {Stage.SUCCEEDED, Stage.CLOSED}:
        _at(told, _H.CLOSED, case.closed_at)
    if case.stage is Stage.SUCCEEDED and case.kind in MONEY:
        _at(told, _H.REFUNDED, case.closed_at)
    if order is not None:
        told.update(dict.fromkeys(_ORDER_NOT_YET.get(order.status, ())))
        _at(told, _H.PLACED, order.created_at)
        _at(told, _H.PAID, order.paid_at)
        _at(told, _H.SHIPPED, order.shipped_at)
        _at(told, _H.DELIVERED, order.delivered_at)
    return Timeline({each: told[each] for each in Happening if each in told})


def _at(told: dict[Happening, datetime | None], what: Happening, when: datetime | None) -> None:
    if when is not None:
        told[what] = when
