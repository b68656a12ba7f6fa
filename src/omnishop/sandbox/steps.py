"""The steps by which cases move, and their clocks: each step has its time, its actor and its line.

A case reaches its stage by steps alone: those of the common law, and a face's own rows. A forbidden step raises
with both the step and the stage in the message, and changes nothing. Orders move by `orders`, whose names are here
too.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import evolve

from omnishop.model import ENDED, Actor, Kind, Stage
from omnishop.sandbox import effects, orders
from omnishop.sandbox.agenda import Happened, chance, lag
from omnishop.sandbox.effects import GOODS, left
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.law import COMMON, OPEN, UNDECIDED, Scenario, StepRule
from omnishop.sandbox.orders import (
    ORDER_MOVES,
    append_review,
    close,
    deliver,
    extend_by_buyer,
    extend_receipt,
    finish,
    happened,
    new_parcel,
    pay,
    place,
    rate_buyer,
    remark,
    reply_review,
    review,
    ship,
    transit,
)
from omnishop.sandbox.world import Case, Claim, Happening, Order, Parcel, World

if TYPE_CHECKING:
    from omnishop.sandbox.face import Face

__all__ = [
    "COMMON",
    "OPEN",
    "ORDER_MOVES",
    "UNDECIDED",
    "Forbidden",
    "Scenario",
    "StepRule",
    "append_review",
    "apply",
    "close",
    "deliver",
    "extend_by_buyer",
    "extend_receipt",
    "finish",
    "new_parcel",
    "pay",
    "place",
    "rate_buyer",
    "remark",
    "reply_review",
    "review",
    "ship",
    "take",
]


# ---------------------------------------------------------------- taking steps


def take(
    world: World,
    face: Face,
    case: Case,
    step: str,
    *,
    actor: str | None = None,
    rule: str | None = None,
    **given: Any,
) -> None:
    """Let one step happen to a case, now. Forbidden when the table or the effect does not allow it.

    `actor`: who did it where that is not the table's own. `rule`: the deadline by which the platform did it.
    """
    row: StepRule | None = face.steps.get(step) or COMMON.get(step)
    if row is None:
        raise Forbidden(f"no such step: {step}")
    if case.stage not in row.stages or (row.kinds and case.kind not in row.kinds):
        raise Forbidden(f"case {case.case_id} ({case.kind}) is {case.stage}: {step} is not allowed")
    world.remember(case)
    world.remember_order(case.order)
    before = case.stage, case.return_parcel, case.replacement
    case.stage = before[0] if row.to is None else row.to
    if row.effect is not None:
        try:
            row.effect(world, case, given if actor is None else {**given, "actor": actor})
        except Forbidden:
            case.stage = before[0]
            raise
    world.touch(case)
    world.touch(case.order)
    said = str(given["text"]) if step == "message" and given.get("text") else row.text
    case.history.append(Happening(case.changed_at, actor or row.actor, step, said, rule))
    _carry(world, face, case, before[1], before[2])
    wind(world, face, case, anew=row.restart)
    effects.settle_order(world, case)
    orders.wind(world, case.order)


def apply(
    world: World,
    face: Face,
    order: Order,
    kind: Kind,
    claims: list[Claim],
    *,
    reason: str,
    detail: str = "",
    amount: int | None = None,
) -> Case:
    """The buyer opens a case. `amount` in fen, freight included; by default all that was paid for the claims.

    Forbidden on a line with an open case (GEN-ONE-CASE), after the window, and for more than is left.
    """
    _may_apply(world, face, order, claims, reason)
    freight = order.freight if kind is Kind.CANCEL and len(claims) == len(order.lines) else 0
    room = left(order, claims, freight)
    asked = 0 if kind in GOODS else room if amount is None else amount
    if kind not in GOODS and not 0 < asked <= room:
        raise Forbidden(f"order {order.order_id}: {asked} fen is not between 1 and the {room} that are left")
    now = world.now().replace(microsecond=0)
    case = Case(
        case_id=face.new_id(world, order.shop, "case"),
        source=face.source(order.shop.storefront, kind),
        shop=order.shop,
        order=order,
        kind=kind,
        claims=claims,
        requested=asked,
        freight=freight,
        reason=reason,
        detail=detail,
        opened_at=now,
        changed_at=now,
        phase="aftersale" if order.finished_at else "onsale",
    )
    case.history.append(Happening(now, "buyer", "apply", "买家发起售后申请"))
    world.remember_order(order)
    world.cases[(case.source, case.case_id)] = case
    order.cases.append(case)
    world.touch(order)
    wind(world, face, case)
    orders.wind(world, order)
    return case


def _may_apply(world: World, face: Face, order: Order, claims: list[Claim], reason: str) -> None:
    """Where a refused case cannot be modified, the buyer may apply anew beside it."""
    lines = {id(claim.line) for claim in claims}
    on_lines = [case for case in order.cases if any(id(claim.line) in lines for claim in case.claims)]
    anew = Stage.REFUSED not in (face.steps.get("modify") or COMMON["modify"]).stages
    if any(case.stage not in ENDED and not (anew and case.stage is Stage.REFUSED) for case in on_lines):
        raise Forbidden(f"order {order.order_id}: this line has an open case")
    if sum(1 for case in on_lines if case.history[-1].step == "lapse") > 1:
        raise Forbidden(
            f"order {order.order_id}: two cases of this line ran out; the buyer may not apply again"
        )
    rule = orders.window(world, order, "apply", reason)
    start = order.delivered_at if rule is not None and rule.start == "delivered" else order.finished_at
    if rule is not None and start is not None and world.now() > rule.due(start):
        raise Forbidden(f"order {order.order_id}: applications ended at {rule.due(start)} ({rule.id})")


# ---------------------------------------------------------------- clocks of cases


def wind(world: World, face: Face, case: Case, *, anew: bool = False) -> None:
    """Set the clock of the case as it now stands. A dispute stops the case's own; what remains runs on after it."""
    rule = world.plays(None if case.stage in ENDED else face.rule(case))
    same = rule is not None and case.rule is not None and rule.id == case.rule.id
    if same and (case.disputed or not anew):
        if case.ticket == 0:
            _schedule(world, face, case)
        return
    now = case.changed_at
    if case.disputed and case.stopped is None and case.rule is not None and case.due is not None:
        case.stopped = (case.rule.id, max(case.due - now, timedelta()))
    due = None if rule is None else rule.due(now)
    if not case.disputed:
        if case.stopped is not None and rule is not None and rule.id == case.stopped[0] and not anew:
            due = now + case.stopped[1]
        case.stopped = None
    case.rule, case.due, case.extended, case.feasted = rule, due, 0, False
    if rule is not None and rule.festive and world.festival and world.festival[0] <= now <= world.festival[1]:
        case.due, case.feasted = rule.due(now) + FESTIVAL_MORE, True
    _schedule(world, face, case)


FESTIVAL_MORE = timedelta(days=5)


def _schedule(world: World, face: Face, case: Case) -> None:
    if case.rule is None or not case.rule.unseen:
        case.deadline = case.due if case.rule is not None and case.rule.told else None
    case.ticket = -1
    if case.rule is None or case.due is None or case.rule.step is None:
        return
    when = case.due + lag(world.seed, case.case_id, case.rule.id, case.due)
    case.ticket = world.agenda.at(when, lambda: _fall_due(world, face, case, ticket))
    ticket = case.ticket


def _fall_due(world: World, face: Face, case: Case, ticket: int) -> Happened | None:
    rule = case.rule
    if case.ticket != ticket or rule is None or rule.step is None:
        return None
    step = _verdict(world, case) if rule.step == "verdict" else rule.step
    take(world, face, case, step, actor="platform", rule=rule.id, by=Actor.PLATFORM_RULE)
    return happened(world, case.shop, "case", case.case_id, rule, step)


def _verdict(world: World, case: Case) -> str:
    """On what is there: a shop that said nothing loses, else it is as likely to win (chosen)."""
    heard = any(proof.actor == "seller" for proof in case.proofs)
    return "rule_seller" if heard and chance(world.seed, "verdict", case.case_id) < 0.5 else "rule_buyer"  # noqa: PLR2004 - a coin


def keep_festival(world: World) -> None:
    """From its first moment send-back and receive clocks that run get five days more (GEN-FESTIVAL)."""
    if world.festival is not None:
        world.agenda.at(world.festival[0], partial(_festival, world))


def _festival(world: World) -> None:
    for case in world.cases.values():
        if case.rule is not None and case.rule.festive:
            world.agenda.at(world.now(), partial(_lengthen, world, case))


def _lengthen(world: World, case: Case) -> Happened | None:
    if case.rule is None or not case.rule.festive or case.feasted:
        return None
    case.feasted = True
    face = world.faces[case.shop.platform]
    take(world, face, case, "move_deadline", days=FESTIVAL_MORE.days)
    row = happened(world, case.shop, "case", case.case_id, None, "move_deadline")
    return evolve(row, rule="GEN-FESTIVAL", evidence="chosen/inferred")


def _carry(world: World, face: Face, case: Case, returned: Parcel | None, replaced: Parcel | None) -> None:
    """New parcels of the case are under way: the carrier brings them."""
    for parcel, before, step in (
        (case.return_parcel, returned, "arrive"),
        (case.replacement, replaced, "replacement_arrives"),
    ):
        if parcel is not None and parcel is not before:
            when = parcel.shipped_at + transit(world, parcel)
            world.agenda.at(when, partial(_brought, world, face, case, parcel, step))


def _brought(world: World, face: Face, case: Case, parcel: Parcel, step: str) -> Happened | None:
    going = case.return_parcel if step == "arrive" else case.replacement
    stage = Stage.RETURNING if step == "arrive" else Stage.RESENT
    if going is not parcel or case.stage is not stage or any(node.state == "signed" for node in parcel.nodes):
        return None
    take(world, face, case, step)
    return happened(world, case.shop, "case", case.case_id, None, step, "carrier")
