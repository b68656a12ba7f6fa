"""The filters of afterSale.List (wire page 4.1): read once from the parameters, then asked of every case.

A filter on what no simulated case has (risk, refused parcels, stores, cash on delivery) finds nothing, unless its
value is the neutral one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from omnishop.model import Dispute
from omnishop.sandbox.world import Case, World
from omnishop_douyin.face import codes, names
from omnishop_douyin.face.fields import numbers, text, whole, words

BAD = "11000"
NO_REASON_TEXT = "7天无理由"
KNOWN_STATUSES = frozenset({6, 7, 8, 11, 12, 13, 14, 27, 28, 29, 51, 53})
_LOOK_BACK = timedelta(days=180)
_FINAL = "aftersale_status_to_final"

Test = Callable[[Case], bool]
V = TypeVar("V")

_ASKED_DISPUTES = {
    # the request's reading of arbitrate_status, where the answer says 255 for every end (wire page 4.4)
    2: {Dispute.RULED_BUYER},
    3: {Dispute.RULED_SELLER},
    6: {Dispute.RULED_BUYER, Dispute.RULED_SELLER, Dispute.WITHDRAWN},
}


def _no_reason(case: Case) -> bool:
    return names.REASONS[case.reason].text == NO_REASON_TEXT


def _disputed(case: Case, values: set[int]) -> bool:
    """By the code as it is answered, or as the request reads it: which of the two holds is not established."""
    read = {value for value in values if case.dispute in _ASKED_DISPUTES.get(value, ())}
    return bool(read) or codes.arbitration(case)[0] in values


_ONE_VALUE: dict[str, Callable[[Case, int], bool]] = {
    "aftersale_type": lambda case, value: names.TYPES[case.kind][0] == value,
    "aftersale_status": lambda case, value: value in {0, codes.status(case)[0]},
    "aftersale_sub_type": lambda case, value: value in {0, int(case.marks.get("sub_type", 0))},
    "refund_type": lambda case, value: value in {0, int(case.marks.get("approval", 0))},
    "reason": lambda case, value: value == 0 or value == (1 if _no_reason(case) else 2),
    "logistics_status": lambda case, value: value in {0, 1, 2 if case.order.shipped_at else 3},
    "pay_type": lambda case, value: value in {0, 1, 3},  # every order of this world is paid online
    "risk_flag": lambda case, value: value in {0, -1},
}
_MANY: dict[str, Callable[[Case, set[int]], bool]] = {
    "arbitrate_status": _disputed,
    "order_flag": lambda case, values: case.order.flag in values,
    "order_logistics_state": lambda case, values: 0 in values,  # no buyer of this world refuses a parcel
    "agree_refuse_sign": lambda case, values: int(case.marks.get("sign", 0)) in values,
    "store_id_list": lambda case, values: 0 in values,
}


def wanted(world: World, params: dict[str, Any]) -> Test:
    tests = [*_times(world, params), *_ids(params), *_amounts(params)]
    for name, test in _ONE_VALUE.items():
        value = whole(params, name, BAD)
        if value is not None:
            tests.append(_bound(test, value))
    for name, of in _MANY.items():
        values = set(numbers(params, name, BAD))
        if values:
            tests.append(_bound(of, values))
    statuses = set(numbers(params, "standard_aftersale_status", BAD, ignore=True)) & KNOWN_STATUSES
    if statuses:  # unknown members are ignored; all unknown: everything comes (pitfall 9)
        tests.append(lambda case: codes.status(case)[0] in statuses)
    return lambda case: all(test(case) for test in tests)


def _bound(test: Callable[[Case, V], bool], value: V) -> Test:
    return lambda case: test(case, value)


def _times(world: World, params: dict[str, Any]) -> list[Test]:
    """Of apply times the end is left out; of the others both ends are in; an open case has no final time."""
    start, end = whole(params, "start_time", BAD), whole(params, "end_time", BAD)
    first, last = whole(params, "update_start_time", BAD), whole(params, "update_end_time", BAD)
    ended, ended_by = whole(params, f"{_FINAL}_start_time", BAD), whole(params, f"{_FINAL}_end_time", BAD)
    if all(bound is None for bound in (start, end, first, last, ended, ended_by)):
        start = codes.seconds(world.now() - _LOOK_BACK)
    final = ended is not None or ended_by is not None
    return [
        lambda case: _between(start, codes.seconds(case.opened_at), None if end is None else end - 1),
        lambda case: _between(first, codes.seconds(case.changed_at), last),
        lambda case: not final or codes.seconds(codes.final_at(case)) > 0,
        lambda case: _between(ended, codes.seconds(codes.final_at(case)), ended_by),
    ]


def _between(low: int | None, value: int, high: int | None) -> bool:
    return (low is None or low <= value) and (high is None or value <= high)


def _ids(params: dict[str, Any]) -> list[Test]:
    order_id, case_id = text(params, "order_id", BAD), text(params, "aftersale_id", BAD)
    sent = set(words(params, "order_logistics_tracking_no", BAD))
    return [
        lambda case: not order_id or case.order.order_id == order_id,
        lambda case: not case_id or case.case_id == case_id,
        lambda case: not sent or any(parcel.tracking_no in sent for parcel in case.order.parcels),
    ]


def _amounts(params: dict[str, Any]) -> list[Test]:
    low, high = whole(params, "amount_start", BAD), whole(params, "amount_end", BAD)
    return [lambda case: _between(low, case.requested, high)]
