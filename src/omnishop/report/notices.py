"""A warning: its rule, how near it is, the records behind it, what to do; and what could not be judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from omnishop.model import Text
from omnishop.policy.measures import Penalty, Remedy
from omnishop.report.rows import CaseRow, OrderRow, Place, Ref, ReviewRow, ref
from omnishop.report.setting import Setting

_DAY, _HOUR, _MINUTE = 86400, 3600, 60


class Nearness(StrEnum):
    NEAR = "near"  # the early warning
    REACHED = "reached"


@frozen
class Notice:
    """`subject`: the product or class it is about. `then`: what this platform does; None: here it only warns."""

    rule: str
    nearness: Nearness
    text: Text
    place: Place | None = None
    subject: str | None = None
    behind: tuple[Ref, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    then: Text | None = None
    figures: Mapping[str, Any] = field(factory=dict)

    def json(self) -> dict[str, Any]:
        return {
            "type": "warning",
            "id": self.rule,
            "level": self.nearness.value,
            **_place(self.place),
            "subject": self.subject,
            "text": self.text.en,
            "text_zh": self.text.zh,
            "then": None if self.then is None else self.then.en,
            "then_zh": None if self.then is None else self.then.zh,
            "remedies": [{"title": each.title, "title_zh": each.title_zh} for each in self.remedies],
            "figures": dict(self.figures),
            "behind": [each.json() for each in self.behind],
        }


@frozen
class Unjudged:
    """A rule that could not say yes or no, and the fact or table that would settle it."""

    rule: str
    missing: str
    place: Place | None = None
    subject: str | None = None

    def json(self) -> dict[str, Any]:
        return {
            "type": "unjudged",
            "id": self.rule,
            **_place(self.place),
            "subject": self.subject,
            "missing": self.missing,
        }


Found = Notice | Unjudged


def _place(place: Place | None) -> dict[str, str | None]:
    if place is None:
        return {"platform": None, "storefront": None, "shop_id": None}
    return {"platform": place.platform, "storefront": place.storefront, "shop_id": place.shop_id}


def refs(rows: Iterable[OrderRow | CaseRow | ReviewRow]) -> tuple[Ref, ...]:
    """Each once, in the order they came."""
    return tuple(dict.fromkeys(ref(row) for row in rows))


def penalty(
    setting: Setting, rule: str, nearness: Nearness, text: Text, place: Place, row: Penalty, **more: Any
) -> Notice:
    """A warning of what a platform punishes; only where it does so is that said."""
    then = more.pop("then", row.then) if row.applies else None
    more.pop("then", None)
    return Notice(
        rule, nearness, text, place, remedies=remedies(setting, row.remedies, place), then=then, **more
    )


def remedies(setting: Setting, names: Iterable[str], place: Place | None = None) -> tuple[Remedy, ...]:
    known = setting.pack(place).alerts.action.remedies
    return tuple(known[name] for name in dict.fromkeys(names))


def length(span: timedelta) -> Text:
    """To the larger two units."""
    left = int(span.total_seconds())
    days, rest = divmod(left, _DAY)
    hours, minutes = rest // _HOUR, rest % _HOUR // _MINUTE
    if days:
        return Text(f"{days} 天 {hours} 小时", f"{days} d {hours} h")
    return Text(f"{hours} 小时 {minutes} 分", f"{hours} h {minutes} min")
