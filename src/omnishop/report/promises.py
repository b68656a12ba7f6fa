"""Promises not kept: days to return that were refused, hours to ship that passed (PEN-PROMISE)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from omnishop.model import BEIJING, Actor, OrderStatus, Stage, Text, yuan_text
from omnishop.model.money import fen_from_yuan
from omnishop.policy.timetable import DAY
from omnishop.report.measures import paid_at
from omnishop.report.notices import Found, Nearness, Notice, Unjudged, penalty, refs
from omnishop.report.rows import CaseRow, OrderRow, Place, Source
from omnishop.report.setting import Setting
from omnishop.report.tables import Promised

_SHOP = frozenset({Actor.SELLER, Actor.ASSISTANT})


def broken_promises(source: Source, setting: Setting) -> Iterator[Found]:
    yield from broken_days(source.cases(), setting)
    yield from broken_shipping(source.orders(), setting)


def broken_days(cases: Iterable[CaseRow], setting: Setting) -> Iterator[Found]:
    """Cases the shop refused though it had promised so many days to return without a reason."""
    promises = setting.tables.of(Promised)
    if promises is None:
        yield Unjudged("PEN-PROMISE", "table promises")
        return
    broken: dict[Place, list[CaseRow]] = {}
    for case in cases:
        place = case.place
        if not setting.knows(place) or not _turned_down(case, setting):
            continue
        days = _promised(case, promises)
        if days is None or case.opened_at is None:
            continue
        delivered = None if case.order is None else case.order.delivered_at
        if delivered is None:
            yield Unjudged("PEN-PROMISE", "order.delivered_at", place, case.case_id)
        elif case.opened_at < last_day_ends(delivered, days):
            broken.setdefault(place, []).append(case)
    for place, found in sorted(broken.items()):
        text = Text(
            f"{len(found)} 单在承诺的无理由期内被商家拒绝",
            f"cases refused within the days that the shop had promised: {len(found)}",
        )
        yield _broken(setting, place, text, tuple(found))


def _turned_down(case: CaseRow, setting: Setting) -> bool:
    row = setting.pack(case.place).penalties.broken
    closed = case.stage is Stage.CLOSED and case.decided_by in _SHOP
    if case.kind not in row.kinds or not (closed or case.stage is Stage.REFUSED):
        return False
    at = case.changed_at or case.closed_at or case.opened_at
    return at is not None and setting.window(row.window.length, case.place).holds(at)


def last_day_ends(delivered: datetime, days: int) -> datetime:
    """Day 1 is the day after; the last one runs to its end in Beijing."""
    day = delivered.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + DAY * (days + 1)


def _promised(case: CaseRow, promises: Iterable[Promised]) -> int | None:
    """The widest that holds for the order and one of its products."""
    bought = None if case.order is None else paid_at(case.order)
    shop = (case.place.platform, case.place.shop_id)
    days = [
        each.days for each in promises if each.days is not None and _holds(each, shop, case.products, bought)
    ]
    return max(days, default=None)


def _holds(promise: Promised, shop: tuple[str, str], skus: tuple[str, ...], bought: datetime | None) -> bool:
    if (promise.platform, promise.shop) != shop or (promise.sku is not None and promise.sku not in skus):
        return False
    if bought is None:
        return promise.since is None and promise.until is None
    return (promise.since is None or promise.since <= bought) and (
        promise.until is None or bought < promise.until
    )


def broken_shipping(orders: Iterable[OrderRow], setting: Setting) -> Iterator[Found]:
    """Orders that went out, or still wait, beyond the hours their page promised."""
    promises = [each for each in setting.tables.of(Promised) or () if each.ship_hours is not None]
    late: dict[Place, list[OrderRow]] = {}
    for order in orders if promises else ():
        place, paid = order.place, order.paid_at
        if not setting.knows(place) or paid is None:
            continue
        window = setting.window(setting.pack(place).penalties.broken.window.length, place)
        shop = (place.platform, place.shop_id)
        hours = [each.ship_hours or 0 for each in promises if _holds(each, shop, order.skus, paid)]
        if not hours or not window.holds(paid):
            continue
        waits = order.shipped_at is None and order.status in {OrderStatus.PAID, OrderStatus.PART_SHIPPED}
        end = setting.now(place) if waits else order.shipped_at
        if end is not None and end - paid > timedelta(hours=min(hours)):
            late.setdefault(place, []).append(order)
    for place, found in sorted(late.items()):
        text = Text(
            f"{len(found)} 单超过页面承诺的发货时间", f"orders beyond the promised time to ship: {len(found)}"
        )
        yield _broken(setting, place, text, tuple(found))


def _broken(setting: Setting, place: Place, text: Text, found: tuple[OrderRow | CaseRow, ...]) -> Notice:
    row = setting.pack(place).penalties.broken
    fine = yuan_text(fen_from_yuan(row.fine))
    then = Text(f"{row.effect_zh}: {fine} 元", f"{row.effect}: {fine} yuan")
    figures = {"broken": len(found)}
    return penalty(
        setting,
        "PEN-PROMISE",
        Nearness.REACHED,
        text,
        place,
        row,
        then=then,
        behind=refs(found),
        figures=figures,
    )
