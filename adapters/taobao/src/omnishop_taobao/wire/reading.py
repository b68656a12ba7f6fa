"""Reads one record of the wire: the fast way first, then once more without the empty texts the platform sends."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from omnishop_taobao.repair import repairs

S = TypeVar("S")

_LOOSE = msgspec.json.Decoder(float_hook=Decimal)
_NOTHING = ("", "null")


class Reader(Generic[S]):
    """Decodes records of one kind. `ValueError` (msgspec's among them) for a record that does not fit."""

    def __init__(self, kind: type[S]) -> None:
        self._kind = kind
        self._fast = msgspec.json.Decoder(kind, strict=False)

    def read(self, raw: msgspec.Raw | bytes) -> S:
        try:
            return self._fast.decode(raw)
        except msgspec.DecodeError:
            return self._patiently(raw)

    def _patiently(self, raw: msgspec.Raw | bytes) -> S:
        """A field without a value is usually absent, sometimes `""` or the text `null`."""
        try:
            loose = _LOOSE.decode(raw)
        except (msgspec.DecodeError, ArithmeticError, RecursionError):
            try:
                loose = _LOOSE.decode(repairs.mend(bytes(raw)))
            except (ArithmeticError, RecursionError) as problem:
                raise ValueError(type(problem).__name__) from None
        return msgspec.convert(_filled(loose), self._kind, strict=False)


_MONEY = frozenset(
    {"refund_fee", "total_fee", "payment", "post_fee", "discount_fee", "price", "part_mjz_discount"}
    | {"divide_order_fee"}
)


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: str(item) if key in _MONEY and isinstance(item, Decimal) else _filled(item)
            for key, item in value.items()
            if not (isinstance(item, str) and item.strip() in _NOTHING)
        }
    if isinstance(value, list):
        return [_filled(item) for item in value]
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
