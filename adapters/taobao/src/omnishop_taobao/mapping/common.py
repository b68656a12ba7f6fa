"""What every mapping needs: whose record it is, times, money, and what becomes of a record that does not fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TypeVar

import msgspec
from attrs import frozen

from omnishop.model import Buyer, Fen, Unreadable, buyer_key, fen_from_yuan, from_beijing_text
from omnishop.ports import Account

PLATFORM = "taobao"
REFUND = "refund"
SPECIAL = "special_refund"

T = TypeVar("T")


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


def moment(text: str | None) -> datetime | None:
    return from_beijing_text(text) if text else None


def money(yuan: str | int | None) -> Fen | None:
    return None if yuan is None or yuan == "" else fen_from_yuan(yuan)


def words(text: str | None) -> str | None:
    return text or None


class Misfit(ValueError):
    """A record that cannot be known: its id or its shape is missing."""


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
    error = str(problem) if isinstance(problem, msgspec.ValidationError | Misfit) else _blamed(problem)
    return Unreadable(PLATFORM, source, error, _record_id(raw), bytes(raw))


def _blamed(problem: Exception) -> str:
    """Texts of value errors may quote the value: only their kind is kept."""
    return f"a time, an amount or an id in it cannot be read ({type(problem).__name__})"


def _record_id(raw: msgspec.Raw | bytes) -> str | None:
    try:
        ids = _IDS.decode(raw)
    except msgspec.DecodeError:
        return None
    for part in (ids.refund_id, ids.dispute_id, ids.tid, ids.oid, ids.id):
        text = bytes(part).decode("utf-8", "replace").strip('"')
        if text.isascii() and text.isdigit():
            return text
    return None
