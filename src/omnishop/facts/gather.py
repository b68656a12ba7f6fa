"""Store -> facts, for many cases at once: a handful of queries for each batch, however many cases it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from attrs import define, evolve, field

from omnishop.facts.byhand import with_entered
from omnishop.facts.subjects import around as abouts_around
from omnishop.facts.subjects import order_key
from omnishop.facts.timeline import MONEY, timeline
from omnishop.model import Case, Fen, Grade, Order, OrderStatus, Review
from omnishop.policy.casefacts import (
    BuyerFacts,
    CaseFacts,
    FactSource,
    History,
    Known,
    ParcelFacts,
    PastRefund,
    Way,
)
from omnishop.policy.derive import completed
from omnishop.store import About, CaseKey, Entered, Store
from omnishop.store.acted import Deed
from omnishop.store.around import Bought, OrderKey
from omnishop.store.parcels import ReturnParcel

_NOTHING_SENT = frozenset({OrderStatus.UNPAID, OrderStatus.PAID})


def gather(
    store: Store, cases: Sequence[Case], *, now: Callable[[Case], datetime], back: timedelta
) -> list[CaseFacts]:
    """The facts of each case at its moment; of its buyer's history what lies at most `back` before that.

    A fact that nothing tells is left unknown. What has changed since `now` is not undone: only the buyer's
    history is cut there.
    """
    around = _around(store, cases)
    return [_facts(around, case, now(case), back) for case in cases]


@define
class _Around:
    """What was read for one batch."""

    orders: Mapping[OrderKey, Order]
    siblings: Mapping[OrderKey, Sequence[Case]]
    reviews: Mapping[OrderKey, Sequence[Review]]
    parcels: Mapping[CaseKey, Sequence[ReturnParcel]]
    sharing: Mapping[str, Sequence[CaseKey]]
    history: _Histories
    entered: Mapping[About, Mapping[str, Entered]]
    deeds: Mapping[CaseKey, Sequence[Deed]]
    waiting: Callable[[Case], Fen | None]


@define
class _Histories:
    """Buyer key -> the keys of the same person, their orders, and their cases that ended with money back."""

    together: Mapping[str, frozenset[str]]
    bought: Mapping[str, list[Bought]] = field(factory=dict)
    refunded: Mapping[OrderKey, list[Case]] = field(factory=dict)
    one_app: bool = False


def _order_of(case: Case, orders: Mapping[OrderKey, Order]) -> Order | None:
    key = order_key(case)
    return None if key is None else orders.get(key)


def _around(store: Store, cases: Sequence[Case]) -> _Around:
    keys = {key for case in cases if (key := order_key(case)) is not None}
    orders = {
        key: each
        for key, found in store.around.of_orders("order", keys).items()
        for each in found
        if isinstance(each, Order)
    }
    siblings = {
        key: [each for each in found if isinstance(each, Case)]
        for key, found in store.around.of_orders("case", keys).items()
    }
    reviews = {
        key: [each for each in found if isinstance(each, Review)]
        for key, found in store.around.of_orders("review", keys).items()
    }
    parcels = _by_case(store.parcels.of(map(CaseKey.of, cases)))
    numbers = {each.tracking_no for some in parcels.values() for each in some}
    sharing: dict[str, list[CaseKey]] = {}
    for each in store.parcels.on(numbers):
        sharing.setdefault(each.tracking_no, []).append(each.case)
    entered = store.known.of(
        about for case in cases for about in abouts_around(case, _order_of(case, orders))
    )
    history = _histories(store, orders.values())
    deeds = store.deeds.of(map(CaseKey.of, cases))
    return _Around(orders, siblings, reviews, parcels, sharing, history, entered, deeds, _waiting(store))


def _by_case(parcels: Iterable[ReturnParcel]) -> dict[CaseKey, list[ReturnParcel]]:
    found: dict[CaseKey, list[ReturnParcel]] = {}
    for each in parcels:
        found.setdefault(each.case, []).append(each)
    return found


def _histories(store: Store, orders: Iterable[Order]) -> _Histories:
    keys = {order.buyer.key for order in orders if order.buyer is not None and order.buyer.key is not None}
    together = store.buyers.same(keys)
    everyone = keys.union(*together.values())
    bought: dict[str, list[Bought]] = {}
    for each in store.around.bought(everyone):
        bought.setdefault(each.buyer_key, []).append(each)
    refunded: dict[OrderKey, list[Case]] = {}
    for case in store.around.refunded(each.order for some in bought.values() for each in some):
        key = order_key(case)
        if key is not None and case.kind in MONEY:
            refunded.setdefault(key, []).append(case)
    apps = {(shop.platform, shop.app_key) for shop in store.shops.list()}
    return _Histories(together, bought, refunded, len(apps) == 1)


def _waiting(store: Store) -> Callable[[Case], Fen | None]:
    """What a shop's open cases ask for together, worked out when a shop's balance makes it matter."""
    known: dict[tuple[str, str], Fen | None] = {}

    def of(case: Case) -> Fen | None:
        shop = (case.platform, case.shop_id or "")
        if shop not in known:
            asked = [each.amounts.requested for each in store.around.open_cases(*shop, MONEY)]
            whole = [each for each in asked if each is not None]
            known[shop] = Fen(sum(whole)) if len(whole) == len(asked) else None
        return known[shop]

    return of


# ---------------------------------------------------------------- one case


def _facts(around: _Around, case: Case, now: datetime, back: timedelta) -> CaseFacts:
    key = order_key(case)
    order = _order_of(case, around.orders)
    bad_review = None if key is None else _bad_review(around.reviews.get(key, ()))
    facts = CaseFacts(
        case,
        order,
        buyer=_buyer(around.history, case, order, now, back),
        siblings=None if key is None else _others(case, around.siblings.get(key, ())),
        parcels=_parcels(around, case, order),
        known=Known(bad_review=bad_review),
        timeline=timeline(case, order, around.deeds.get(CaseKey.of(case), ())),
        sources={} if bad_review is None else {"known.bad_review": FactSource.WIRE},
    )
    told = [
        each
        for about in abouts_around(case, order)
        for each in sorted(around.entered.get(about, {}).values(), key=lambda entry: entry.name)
    ]
    facts = with_entered(facts, told)
    if facts.shop.balance is not None and facts.shop.refunds_waiting is None:
        sources = {**facts.sources, "shop.refunds_waiting": FactSource.DERIVED}
        shop = evolve(facts.shop, refunds_waiting=around.waiting(case))
        facts = evolve(facts, shop=shop, sources=sources)
    return completed(facts)


def _others(case: Case, of_order: Iterable[Case]) -> tuple[Case, ...]:
    me = CaseKey.of(case)
    others = [each for each in of_order if CaseKey.of(each) != me]
    return tuple(sorted(others, key=lambda each: (each.source, each.case_id)))


def _bad_review(reviews: Sequence[Review]) -> bool | None:
    """Only a grade that the platform itself calls bad; stars are left to people."""
    grades = {review.grade for review in reviews if review.grade not in {None, Grade.UNKNOWN}}
    return None if not grades else Grade.BAD in grades


def _parcels(around: _Around, case: Case, order: Order | None) -> tuple[ParcelFacts, ...] | None:
    back = [
        ParcelFacts(
            Way.BACK,
            each.tracking_no,
            each.carrier,
            tuple(line.line_id for line in case.lines if line.line_id is not None),
            cases=tuple(sorted(f"{k.source}:{k.case_id}" for k in around.sharing[each.tracking_no])),
        )
        for each in around.parcels.get(CaseKey.of(case), ())
    ]
    out = []
    if order is not None:
        signed = order.delivered_at if len(order.parcels) == 1 else None
        out = [
            ParcelFacts(
                Way.OUT,
                each.tracking_no,
                each.carrier or each.carrier_code,
                each.line_ids,
                each.shipped_at,
                signed,
            )
            for each in order.parcels
        ]
    if not out and not back and (order is None or order.status not in _NOTHING_SENT):
        return None
    return (*out, *back)


def _buyer(
    histories: _Histories, case: Case, order: Order | None, now: datetime, back: timedelta
) -> BuyerFacts:
    key = None if order is None or order.buyer is None else order.buyer.key
    if key is None:
        return BuyerFacts()
    linked = key in histories.together
    keys = sorted(histories.together.get(key, {key}))
    since = now - back
    bought = [
        each
        for name in keys
        for each in histories.bought.get(name, ())
        if each.created_at is None or since <= each.created_at <= now
    ]
    me = CaseKey.of(case)
    refunds = [
        PastRefund(
            at,
            each.paid_at or each.created_at,
            past.amounts.refunded if past.amounts.refunded is not None else past.amounts.approved,
            past.platform,
            past.shop_id,
            f"{past.source}:{past.case_id}",
        )
        for name in keys
        for each in histories.bought.get(name, ())
        for past in histories.refunded.get(each.order, ())
        if CaseKey.of(past) != me
        and (at := past.closed_at or past.changed_at) is not None
        and since <= at <= now
    ]
    refunds.sort(key=lambda past: (past.at, past.platform or "", past.shop_id or "", past.case_id or ""))
    return BuyerFacts(key, history=History(len(bought), tuple(refunds), linked=linked or histories.one_app))
