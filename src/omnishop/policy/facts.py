"""What is judged: plain frozen values. What is absent is not known; None in `happened` means: not yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from attrs import Attribute, field, frozen

from omnishop.errors import ConfigError
from omnishop.model import Deadline, Fen, Kind, ReasonClass, Stage, Text


class Subject(StrEnum):
    """What a clock runs on."""

    CASE = "case"
    ORDER = "order"
    REVIEW = "review"
    CHAT = "chat"
    PARCEL = "parcel"
    COMPLAINT = "complaint"


class Happening(StrEnum):
    """What starts and stops clocks."""

    ASKED = "asked"  # a buyer's message in the chat
    ANSWERED = "answered"  # a person's or the FAQ's answer; a bare greeting is none
    APPLIED = "applied"
    RESPONDED = "responded"  # the seller's message or decision
    HANDLED = "handled"  # nothing waits for the seller
    DECIDED = "decided"  # agreed or refused
    AGREED = "agreed"  # agreed, nothing comes back
    REMEDY_AGREED = "remedy_agreed"  # for an order error of ours
    REFUNDED = "refunded"
    RETURN_SIGNED = "return_signed"  # the carrier's scan of the parcel that came back
    RETURN_SCANNED = "return_scanned"  # our own dock
    INSPECTED = "inspected"  # inspection passed
    RECEIPT_CONFIRMED = "receipt_confirmed"
    STOCKED = "stocked"
    REPLACEMENT_SHIPPED = "replacement_shipped"
    CLOSED = "closed"
    COMPLAINED = "complained"
    CONTACTED = "contacted"
    REVIEWED = "reviewed"
    REMINDED = "reminded"
    CHECKED = "checked"
    SOLVED = "solved"
    REVISITED = "revisited"
    PLACED = "placed"
    NUDGED = "nudged"
    PAID = "paid"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CARED = "cared"


def _with_zone(_owner: Any, attribute: Attribute[Any], value: Any) -> None:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise no_zone(attribute.name)


def no_zone(name: str) -> ConfigError:
    return ConfigError(
        f"{name}: a time needs its zone, such as +08:00", zh=f"{name}: 时间须带时区, 如 +08:00"
    )


@frozen
class Interruption:
    """Time that does not count, such as waiting for the buyer; `until` None: still so."""

    since: datetime = field(validator=_with_zone)
    until: datetime | None = field(validator=_with_zone)
    why: Text


@frozen
class Step:
    """One step of a procedure: `done` None means not yet."""

    opened: datetime = field(validator=_with_zone)
    done: datetime | None = field(default=None, validator=_with_zone)


@frozen
class Promise:
    """A time that a message named. `kept` None: not yet. `open_end`: the calendar of that year is unknown."""

    made: datetime = field(validator=_with_zone)
    due: datetime = field(validator=_with_zone)
    words: str
    kept: datetime | None = field(default=None, validator=_with_zone)
    open_end: int | None = None


def _happened_with_zone(
    _owner: Any, _attribute: Attribute[Any], value: Mapping[Any, datetime | None]
) -> None:
    for name, when in value.items():
        if when is not None and when.tzinfo is None:
            raise no_zone(str(name))


def _not_negative(_owner: Any, attribute: Attribute[Any], value: int | None) -> None:
    if value is not None and value < 0:
        raise ConfigError(f"{attribute.name}: money is not negative", zh=f"{attribute.name}: 金额不得为负")


@frozen
class Facts:
    """One subject. `amount` is what is at stake, `ship_within` what the product page promised."""

    subject: Subject
    id: str
    platform: str | None = None
    storefront: str | None = None
    shop_id: str | None = None
    kind: Kind | None = None
    stage: Stage | None = None
    cls: ReasonClass | None = None
    sub_type: str | None = None
    amount: Fen | None = field(default=None, validator=_not_negative)
    vip: bool | None = None
    live_stream: bool | None = None
    ship_within: timedelta | None = None
    deadline: Deadline | None = None
    happened: Mapping[Happening, datetime | None] = field(factory=dict, validator=_happened_with_zone)
    steps: Mapping[str, Step] = field(factory=dict)
    interruptions: tuple[Interruption, ...] = ()
    promises: tuple[Promise, ...] = ()

    def named(self) -> dict[str, Any]:
        """By the names that a shop's conditions may use (`NAMES`)."""
        return {
            "subject": self.subject.value,
            "platform": self.platform,
            "storefront": self.storefront,
            "shop": self.shop_id,
            "kind": None if self.kind is None else self.kind.value,
            "stage": None if self.stage is None else self.stage.value,
            "reason": None if self.cls is None else self.cls.value,
            "sub_type": self.sub_type,
            "amount_fen": self.amount,
            "vip": self.vip,
            "live_stream": self.live_stream,
        }


@frozen
class Name:
    """A name that conditions may use: its type, its values where they are few, and where judging finds it."""

    type: type[str | int | bool]
    values: frozenset[str] = frozenset()
    path: str = "case"


NAMES: dict[str, Name] = {
    "subject": Name(str, frozenset(Subject)),
    "platform": Name(str, path="case.platform"),
    "storefront": Name(str, path="case.storefront"),
    "shop": Name(str, path="case.shop_id"),
    "kind": Name(str, frozenset(Kind), "case.kind"),
    "stage": Name(str, frozenset(Stage), "case.stage"),
    "reason": Name(str, frozenset(ReasonClass), "case.reason.cls"),
    "sub_type": Name(str, path="case.reason.sub"),
    "amount_fen": Name(int, path="case.amounts.requested"),
    "vip": Name(bool, path="buyer.vip"),
    "live_stream": Name(bool, path="known.live_stream"),
}
"""Of every subject that a clock runs on."""
