"""Money is an integer number of fen (分); yuan (元) exists only as text at the edges."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import NewType

Fen = NewType("Fen", int)

FEN_PER_YUAN = 100
_PLAIN = 16  # characters of an amount that is surely below the largest
_LARGEST = 10**15  # beyond any order: what is larger is a misread field, not money


def fen_from_yuan(yuan: str | int | Decimal) -> Fen:
    """Read yuan exactly; ValueError for what is no amount, has parts of a fen, or was a float."""
    if type(yuan) is str and yuan[-3:-2] == "." and len(yuan) < _PLAIN:
        digits = yuan[:-3] + yuan[-2:]
        if digits.isascii() and digits.isdigit():  # "12.30", as nearly every amount comes
            return Fen(int(digits))
    if isinstance(yuan, float | bool):
        msg = "yuan must be text, int or Decimal: a float has already lost fen"
        raise ValueError(msg)  # noqa: TRY004 - one error for every unreadable amount
    return _whole(_decimal(yuan, "yuan") * FEN_PER_YUAN)


def fen_from_fen(fen: str | int | Decimal) -> Fen:
    """Read fen that came as number or text; ValueError for parts of a fen."""
    if isinstance(fen, float | bool):
        msg = "fen must be text, int or Decimal"
        raise ValueError(msg)  # noqa: TRY004 - one error for every unreadable amount
    if isinstance(fen, int):
        return Fen(fen)
    return _whole(_decimal(fen, "fen"))


def _decimal(amount: str | int | Decimal, unit: str) -> Decimal:
    odd = isinstance(amount, str) and ("_" in amount or not amount.isascii())
    try:
        return Decimal("NaN" if odd else amount)
    except InvalidOperation:
        msg = f"not an amount in {unit}: {amount!r}"
        raise ValueError(msg) from None


def _whole(amount: Decimal) -> Fen:
    if not amount.is_finite() or abs(amount) > _LARGEST:
        msg = f"not an amount: {amount}"
        raise ValueError(msg)
    whole = int(amount)
    if whole != amount:
        msg = f"parts of a fen: {amount} fen"
        raise ValueError(msg)
    return Fen(whole)


def yuan_text(fen: int) -> str:
    """`1230` -> `"12.30"`; the sign stands in front."""
    sign = "-" if fen < 0 else ""
    yuan, rest = divmod(abs(fen), FEN_PER_YUAN)
    return f"{sign}{yuan}.{rest:02d}"
