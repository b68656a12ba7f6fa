"""What every mapping needs: whose record it is, times, money, and what becomes of a record that does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from attrs import frozen

from omnishop.lenient import repairs
from omnishop.model import Buyer, Fen, Unreadable, buyer_key, fen_from_yuan, from_beijing_text
from omnishop.ports import Account

PLATFORM = "taobao"
REFUND = "refund"
SPECIAL = "special_refund"

T = TypeVar("T")

_LONGEST = 80  # characters of an id or a name that are shown


@frozen
class Owner:
    """Whose records these are, as far as is known."""

    storefront: str | None = None
    shop_id: str | None = None
    app_key: str | None = None
    buyer_secret: bytes | None = None

    @classmethod
    def of(cls, account: Account | None) -> Owner:
        if account is None:
            return cls()
        return cls(account.storefront, account.shop_id, account.app.app_key, account.buyer_secret)

    def buyer(self, open_uid: str | None, nick: str | None) -> Buyer | None:
        """None when the record names nobody. The nick is masked here where the platform did not."""
        if not open_uid and not nick:
            return None
        key = None
        if open_uid and self.buyer_secret and self.app_key:
            key = buyer_key(self.buyer_secret, PLATFORM, self.app_key, open_uid)
        return Buyer(key, masked(nick))


def masked(nick: str | None) -> str | None:
    """Old apps may still see clear nicks: only the first letter of those is kept."""
    if not nick:
        return None
    return nick if "*" in nick or nick == "匿名" else f"{nick[0]}**"


def moment(text: str | None, field: str) -> datetime | None:
    if not text:
        return None
    try:
        return from_beijing_text(text)
    except ValueError:
        raise Misfit(f"{field} is no time that can be read") from None


def money(yuan: str | int | None, field: str) -> Fen | None:
    if yuan is None or yuan == "":
        return None
    try:
        return fen_from_yuan(yuan)
    except (ValueError, ArithmeticError):
        raise Misfit(f"{field} is no amount that can be read") from None


def words(text: str | None) -> str | None:
    return text or None


class Misfit(ValueError):
    """A record that cannot be known. The text names the field by its path, never its value."""


def each(
    rows: Iterable[msgspec.Raw], source: str, make: Callable[[msgspec.Raw, Owner], T], owner: Owner
) -> list[T | Unreadable]:
    """The records; one that does not fit becomes `Unreadable` and the rest live."""
    out: list[T | Unreadable] = []
    for raw in rows:
        try:
            out.append(make(raw, owner))
        except (ValueError, ArithmeticError, RecursionError) as problem:
            out.append(unreadable(raw, source, problem))
    return out


class _Ids(msgspec.Struct):
    refund_id: msgspec.Raw = msgspec.Raw()
    dispute_id: msgspec.Raw = msgspec.Raw()
    tid: msgspec.Raw = msgspec.Raw()
    oid: msgspec.Raw = msgspec.Raw()
    id: msgspec.Raw = msgspec.Raw()


_IDS = msgspec.json.Decoder(_Ids)


def unreadable(raw: msgspec.Raw | bytes, source: str, problem: Exception) -> Unreadable:
    return Unreadable(PLATFORM, source, misfit(raw, problem), _record_id(raw), bytes(raw))


def misfit(raw: msgspec.Raw | bytes, problem: Exception) -> str:
    """Which field does not fit. Texts of other errors may quote a value: they are not passed on."""
    if isinstance(problem, msgspec.ValidationError | Misfit):
        return str(problem)
    if isinstance(problem, UnicodeDecodeError):
        return f"{_broken_text(raw) or 'a text'} is not UTF-8"
    if isinstance(problem, msgspec.DecodeError):
        return "it is no JSON"
    if isinstance(problem, RecursionError):
        return "it is nested too deep"
    return f"it cannot be read ({type(problem).__name__})"


def _broken_text(raw: msgspec.Raw | bytes) -> str | None:
    """The path of the first text that holds broken bytes."""
    try:
        shown = msgspec.json.decode(repairs.mend(bytes(raw)))
    except (ValueError, RecursionError):
        return None
    return next((path for path, text in _texts(shown, "$") if "\ufffd" in text), None)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, item in value.items():
            known = name if name.isascii() and name.isidentifier() else "?"
            yield from _texts(item, f"{path}.{known[:_LONGEST]}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts(item, f"{path}[{number}]")


def _record_id(raw: msgspec.Raw | bytes) -> str | None:
    try:
        ids = _IDS.decode(raw)
    except msgspec.DecodeError:
        return None
    for part in (ids.refund_id, ids.dispute_id, ids.tid, ids.oid, ids.id):
        text = bytes(part).decode("utf-8", "replace").strip('"')
        if text.isascii() and text.isdigit():
            return text[:_LONGEST]
    return None
