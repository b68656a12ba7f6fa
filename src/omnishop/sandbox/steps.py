"""The steps by which cases move, and their clocks: each step has its time, its actor and its line.

A case reaches its stage by steps alone. The table is the whole of the common law; a face adds its own rows. A
forbidden step raises with both the step and the stage in the message, and changes nothing. Orders move by
`orders`, whose names are here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from omnishop.model import ENDED, Actor, Dispute, Kind, Stage
from omnishop.sandbox import effects, orders
from omnishop.sandbox.agenda import Happened, chance, lag
from omnishop.sandbox.effects import GOODS, left
from omnishop.sandbox.forbidden import Forbidden
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
from omnishop.sandbox.world import Case, Claim, Effect, Happening, Order, Parcel, World

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


@frozen
class StepRule:
    """Who may take a step, from which stages, for which kinds (empty: any), and where it leads.

    `to` None: the stage stays, or the effect sets it. `restart`: the running clock begins anew.
    """

    actor: str
    stages: frozenset[Stage]
    to: Stage | None
    text: str
    kinds: frozenset[Kind] = frozenset()
    effect: Effect | None = None
    restart: bool = False


@frozen
class Scenario:
    """The life of one case: how far the order had come, and the steps with the hours before each.

    `prepare`: `paid`, `shipped`, `delivered` or `finished`. `lines`: how many lines of the order are claimed.
    `part`: claim one piece less than bought where more than one was.
    """

    name: str
    kind: Kind
    prepare: str
    steps: tuple[tuple[str, float], ...] = ()
    reason: str | None = None
    lines: int = 1
    part: bool = False
    marks: Mapping[str, Any] = {}


OPEN = frozenset(Stage) - ENDED - {Stage.UNKNOWN}
UNDECIDED = OPEN - {Stage.REFUNDING}
"""Open, and the money not yet granted: what may still be withdrawn, disputed or lapse."""

_PAID_AT_ONCE = frozenset({Kind.CANCEL, Kind.REFUND_ONLY, Kind.PRICE_PROTECT, Kind.COMPENSATE})
_COMES_BACK = frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE, Kind.REPAIR})
_SENT_OUT = GOODS
_REQUESTED = frozenset({Stage.REQUESTED})
_ASKED = frozenset({Stage.REQUESTED, Stage.REFUSED})
_BACK = frozenset({Stage.RETURNING, Stage.INSPECTING})
_SOLD = Actor.SELLER

COMMON: dict[str, StepRule] = {
    # the shop
    "agree": StepRule(
        "seller", _ASKED, Stage.REFUNDING, "商家同意退款", _PAID_AT_ONCE, effects.decide(_SOLD)
    ),
    "agree_return": StepRule(
        "seller",
        _ASKED,
        Stage.AWAITING_RETURN,
        "商家同意退货, 等待买家寄回",
        _COMES_BACK,
        effects.decide(_SOLD),
    ),
    "agree_resend": StepRule(
        "seller",
        _ASKED,
        Stage.RESENDING,
        "商家同意补寄或维修, 等待商家发货",
        frozenset({Kind.RESHIP, Kind.REPAIR}),
        effects.decide(_SOLD),
    ),
    "refuse": StepRule("seller", _REQUESTED, Stage.REFUSED, "商家拒绝申请", effect=effects.refuse),
    "stop_shipping": StepRule(
        "seller",
        _REQUESTED,
        Stage.REFUNDING,
        "商家取消发货并退款",
        frozenset({Kind.CANCEL}),
        effects.decide(_SOLD),
    ),
    "receive": StepRule(
        "seller", frozenset({Stage.RETURNING}), Stage.INSPECTING, "商家确认收货", effect=effects.receive
    ),
    "refuse_return": StepRule("seller", _BACK, Stage.REFUSED, "商家拒收退货", effect=effects.refuse_return),
    "refund": StepRule(
        "seller",
        _BACK | {Stage.AWAITING_RETURN, Stage.REFUSED},
        Stage.REFUNDING,
        "商家同意退款",
        _COMES_BACK,
        effects.decide_refund,
    ),
    "owe_replacement": StepRule(
        "seller", _BACK, Stage.RESENDING, "商家收到退货, 待发出换货商品", _SENT_OUT, effects.receive
    ),
    "ship_replacement": StepRule(
        "seller", frozenset({Stage.RESENDING}), Stage.RESENT, "商家已发出新商品", _SENT_OUT, effects.replace
    ),
    "extend": StepRule("seller", OPEN, None, "商家延长期限", effect=effects.extend),
    "fill_logistics": StepRule(
        "seller",
        frozenset({Stage.AWAITING_RETURN, Stage.RETURNING}),
        Stage.RETURNING,
        "商家填写退货物流",
        _COMES_BACK,
        effects.fill_logistics,
    ),
    "submit_evidence": StepRule("seller", UNDECIDED, None, "商家提交举证", effect=effects.submit_evidence),
    "intervene": StepRule(
        "seller", UNDECIDED, None, "商家申请平台介入", effect=effects.dispute(Dispute.OPEN)
    ),
    "message": StepRule("seller", frozenset(Stage), None, "商家留言", effect=effects.say),
    "remark": StepRule("seller", frozenset(Stage), None, "商家备注", effect=effects.note),
    # the buyer
    "modify": StepRule("buyer", _ASKED, Stage.REQUESTED, "买家修改申请", effect=effects.modify, restart=True),
    "send_back": StepRule(
        "buyer",
        frozenset({Stage.AWAITING_RETURN}),
        Stage.RETURNING,
        "买家已退货",
        _COMES_BACK,
        effects.send_back,
    ),
    "confirm": StepRule(
        "buyer", frozenset({Stage.RESENT}), Stage.SUCCEEDED, "买家确认收货", _SENT_OUT, effects.end
    ),
    "withdraw": StepRule("buyer", UNDECIDED, Stage.CLOSED, "买家撤销申请", effect=effects.withdraw),
    "escalate": StepRule("buyer", UNDECIDED, None, "买家申请平台介入", effect=effects.dispute(Dispute.OPEN)),
    "settle_dispute": StepRule(
        "buyer", UNDECIDED, None, "买家撤销介入", effect=effects.dispute(Dispute.WITHDRAWN)
    ),
    "talk_it_over": StepRule(
        "buyer", UNDECIDED, None, "双方自行协商", effect=effects.within_dispute("talks")
    ),
    # the carrier
    "arrive": StepRule("carrier", _BACK, None, "退货包裹已签收", effect=effects.arrive),
    "replacement_arrives": StepRule(
        "carrier", frozenset({Stage.RESENT}), None, "换货商品已签收", _SENT_OUT, effects.replacement_arrives
    ),
    # the platform
    "pay": StepRule(
        "platform", frozenset({Stage.REFUNDING}), Stage.SUCCEEDED, "退款成功", effect=effects.pay
    ),
    "lapse": StepRule("platform", UNDECIDED, Stage.CLOSED, "超时关闭", effect=effects.lapse),
    "move_deadline": StepRule("platform", OPEN, None, "期限顺延", effect=effects.extend),
    "hear_shop": StepRule(
        "platform", UNDECIDED, None, "平台介入, 待商家答复", effect=effects.within_dispute("answer")
    ),
    "want_evidence": StepRule(
        "platform", UNDECIDED, None, "平台要求商家举证", effect=effects.dispute(Dispute.EVIDENCE_DUE)
    ),
    "weigh": StepRule("platform", UNDECIDED, None, "平台审理中", effect=effects.within_dispute("weighing")),
    "resume_dispute": StepRule(
        "platform", UNDECIDED, None, "平台恢复处理", effect=effects.within_dispute("")
    ),
    "rule_buyer": StepRule(
        "platform", UNDECIDED, Stage.REFUNDING, "平台判定支持买家", effect=effects.rule_buyer
    ),
    "rule_seller": StepRule(
        "platform", UNDECIDED, Stage.CLOSED, "平台判定支持商家", effect=effects.rule_seller
    ),
}
"""What each takes beside its name: agree, refund `amount`; agree_return `address`; refuse, refuse_return `code text
pictures`; receive, owe_replacement `good bad` (pieces by line id); send_back, fill_logistics, ship_replacement
`carrier tracking`; extend `days`; submit_evidence, message `text pictures`; remark `text`; modify `amount reason
text`. All amounts are fen; none named is all that was applied for."""


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
