"""What has happened to a case and its order, and what cannot have happened yet, by what the wires tell.

What the stage alone rules out is policy's to say; here is what kind and stage say together about money and goods.
When something did happen is seldom on a wire, and is left out: not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from omnishop.model import Case, Kind, Order, OrderStatus, Stage
from omnishop.policy.casefacts import Timeline
from omnishop.policy.facts import Happening
from omnishop.store.acted import Deed

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


_DECIDED = (_H.DECIDED, _H.RESPONDED)
_DECISIONS = frozenset({_H.DECIDED, _H.AGREED})
_DONE: Mapping[str, tuple[Happening, ...]] = {
    "agree": (*_DECIDED, _H.AGREED),
    "agree_return": _DECIDED,
    "refuse": _DECIDED,
    "confirm_receipt": (_H.RECEIPT_CONFIRMED,),
    "ship_replacement": (_H.REPLACEMENT_SHIPPED,),
    "message": (_H.RESPONDED,),
    "ask_evidence": (_H.RESPONDED,),
}
"""Write of ours -> what it shows to have happened."""


def timeline(case: Case, order: Order | None, deeds: Sequence[Deed] = ()) -> Timeline:
    """What our own writes were seen to do is known with its time; of several the first counts.

    A decision before a buyer who has applied anew is none on what is asked now.
    """
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
    for deed in deeds:
        for what in _DONE.get(deed.verb, ()):
            anew = case.stage is Stage.REQUESTED and what in _DECISIONS
            if told.get(what) is None and not anew:
                _at(told, what, deed.at)
    return Timeline({each: told[each] for each in Happening if each in told})


def _at(told: dict[Happening, datetime | None], what: Happening, when: datetime | None) -> None:
    if when is not None:
        told[what] = when
