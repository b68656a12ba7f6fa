"""The filters of order.searchList (wire page 3.1): read once from the parameters, then asked of every order.

A filter on what no simulated order has (another app than Douyin, presale, risk) finds nothing, unless its value is
the neutral one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omnishop.model import Kind
from omnishop.sandbox.world import Case, Order
from omnishop_douyin.face import codes
from omnishop_douyin.face.answers import Refusal
from omnishop_douyin.face.fields import listed, text, whole

_BAD = "20011"
_BAD_STATUS = "20012"
_SUCCEEDED, _REPLACED, _CLOSED = 12, 14, 28
_OVER = frozenset({_SUCCEEDED, _REPLACED, _CLOSED, 51, 53})
_NEUTRAL = frozenset({"", "0", "all"})

Test = Callable[[Order], bool]

CONSTANTS = {"b_type": 2, "order_type": 0, "trade_type": 0, "presell_type": 0}
"""What every simulated order is: sold in Douyin, normal, in stock."""

_AFTER_SALE: dict[str, Callable[[Case], bool]] = {
    "in_aftersale": lambda case: codes.status(case)[0] not in _OVER,
    "refund": lambda case: codes.status(case)[0] == _SUCCEEDED and not case.refunds,
    "refund_success": lambda case: codes.refund_status(case) == codes.PAID,
    "refund_fail": lambda case: False,  # no refund fails in this world
    "exchange_success": lambda case: case.kind is Kind.EXCHANGE and codes.status(case)[0] == _REPLACED,
    "aftersale_close": lambda case: codes.status(case)[0] == _CLOSED,
}
"""Judged by the case that the sub order shows; what the words mean is told by their names alone (C)."""


def wanted(params: dict[str, Any]) -> Test:
    tests = [*_statuses(params), *_constants(params), *_absent(params)]
    product, number = text(params, "product", _BAD), text(params, "tracking_no", _BAD)
    if product:
        tests.append(lambda order: _holds(order, product))
    if number:
        tests.append(lambda order: any(parcel.tracking_no == number for parcel in order.parcels))
    state = text(params, "after_sale_status_desc", _BAD)
    if state not in _NEUTRAL:
        if state not in _AFTER_SALE:
            raise Refusal(40004, f"isv.parameter-invalid:{_BAD}", "after_sale_status_desc不合法")
        tests.append(lambda order: any(_AFTER_SALE[state](case) for case in shown_cases(order)))
    return lambda order: all(test(order) for test in tests)


def shown_cases(order: Order) -> list[Case]:
    """The last case of each line: a sub order shows no other."""
    found = []
    for line in order.lines:
        of_line = [case for case in order.cases if any(claim.line is line for claim in case.claims)]
        found += of_line[-1:]
    return found


def _holds(order: Order, product: str) -> bool:
    """A number is the product's id, other text a part of its name."""
    if product.isascii() and product.isdigit():
        return any(line.good.item_id == product for line in order.lines)
    return any(product in line.good.title for line in order.lines)


def _constants(params: dict[str, Any]) -> list[Test]:
    given = [(whole(params, name, _BAD), constant) for name, constant in CONSTANTS.items()]
    return [lambda order: False for value, constant in given if value not in {None, 0, constant}]


def _absent(params: dict[str, Any]) -> list[Test]:
    given = (whole(params, "abnormal_order", _BAD), text(params, "fulfil_status", _BAD))
    return [lambda order: False for value in given if value not in {None, 0, *_NEUTRAL}]


def _statuses(params: dict[str, Any]) -> list[Test]:
    """One element with codes joined by commas; main_status is deprecated and still heard."""
    rows = listed(params, "combine_status", _BAD_STATUS)
    if not rows:
        return []
    if len(rows) > 1 or not isinstance(rows[0], dict):
        raise Refusal(40004, f"isv.parameter-invalid:{_BAD_STATUS}", "combine_status只能有一个元素")
    status, main = (_codes(rows[0], name) for name in ("order_status", "main_status"))
    tests: list[Test] = []
    if status:
        tests.append(lambda order: codes.ORDER_STATUS[order.status][0] in status)
    if main:
        tests.append(lambda order: codes.main_status(order)[0] in main)
    return tests


def _codes(row: dict[str, Any], name: str) -> set[int]:
    parts = [part.strip() for part in text(row, name, _BAD_STATUS).split(",")]
    found = [whole({name: part}, name, _BAD_STATUS) for part in parts if part]
    return {code for code in found if code is not None}
