"""Reads one record of the wire: the fast way first, then once more without the empty texts the platform sends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from omnishop.lenient import repairs

S = TypeVar("S")

_EXACT = msgspec.json.Encoder(decimal_format="number")
_LOOSE = msgspec.json.Decoder(float_hook=Decimal)
_NOTHING = ("", "null")


class Reader(Generic[S]):
    """Decodes records of one kind. `ValueError` (msgspec's among them) for a record that does not fit."""

    def __init__(self, kind: type[S]) -> None:
        self._kind = kind
        self._fast = msgspec.json.Decoder(kind, strict=False)
        self.fast = self._fast.decode

    def read(self, raw: msgspec.Raw | bytes) -> S:
        try:
            return self._fast.decode(raw)
        except msgspec.DecodeError:
            return self.patiently(raw)

    def patiently(self, raw: msgspec.Raw | bytes) -> S:
        """A field without a value is usually absent, sometimes `""` or the text `null`."""
        try:
            loose = _LOOSE.decode(raw)
        except msgspec.DecodeError:
            loose = _LOOSE.decode(repairs.mend(bytes(raw)))
        return self._fast.decode(_EXACT.encode(_filled(loose)))


_MONEY = frozenset(
    {"refund_fee", "total_fee", "payment", "post_fee", "discount_fee", "price", "part_mjz_discount"}
    | {"divide_order_fee"}
)


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: str(item) if key in _MONEY and isinstance(item, Decimal) else _listed(key, _filled(item))
            for key, item in value.items()
            if not (isinstance(item, str) and item.strip() in _NOTHING)
        }
    if isinstance(value, list):
        return [_filled(item) for item in value]
    return value


_WRAPPED = frozenset({"trades", "orders", "refunds", "results", "trade_rates", "refund_messages", "messages"})


def _listed(key: str, value: Any) -> Any:
    """A list of one that some client's conversion from XML made a single object."""
    if key in _WRAPPED and isinstance(value, dict) and len(value) == 1:
        name, only = next(iter(value.items()))
        return {name: [only]} if isinstance(only, dict) else value
    return value


Rows = dict[str, list[msgspec.Raw]] | list[msgspec.Raw]
"""A list as it comes: wrapped once under its item's name, or bare (simplify=true)."""


def rows_of(rows: Rows | None) -> list[msgspec.Raw]:
    """The rows, whatever the wrapper is called; an absent key is an empty list."""
    if rows is None:
        return []
    if isinstance(rows, dict):
        return [row for wrapped in rows.values() for row in wrapped]
    return rows


def ident(value: int | str | None) -> str | None:
    """An id as text; an empty one is none."""
    if value is None:
        return None
    text = str(value).strip()
    return None if text in _NOTHING else text
