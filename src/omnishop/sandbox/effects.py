"""What a step does to a case beside its stage: decisions, goods, money, disputes. Each checks before it changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from omnishop.model import Actor, Dispute, Kind, OrderStatus
from omnishop.sandbox import orders
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.world import Case, Claim, Effect, Order, Proof, Refund, ShopAddress, TraceNode, World

GOODS = frozenset({Kind.EXCHANGE, Kind.REPAIR, Kind.RESHIP})
"""Kinds that ask for goods, not for money."""


# ---------------------------------------------------------------- money


def left(order: Order, claims: Sequence[Claim], freight: int) -> int:
    """Fen that may still go back for these pieces: what was paid for them less what went back on their lines."""
    lines = {id(claim.line) for claim in claims}
    share = sum(claim.line.paid * claim.quantity // claim.line.quantity for claim in claims)
    paid = sum(line.paid for line in order.lines if id(line) in lines)
    back = sum(
        refund.amount
        for case in order.cases
        if any(id(claim.line) in lines for claim in case.claims)
        for refund in case.refunds
    )
    return max(0, min(min(share, paid - back) + freight, order.paid - order.refunded))


def owed(case: Case) -> int:
    """What the case pays when nobody names a sum: what was applied for, or the goods' price where goods were."""
    room = left(case.order, case.claims, case.freight)
    return min(case.requested, room) if case.requested else room


def sum_of(case: Case, given: dict[str, Any]) -> int:
    """The sum that a step names; Forbidden over what was applied for or is left."""
    amount = given.get("amount")
    if amount is None:
        return owed(case)
    if not 0 < amount <= owed(case):
        raise Forbidden(
            f"case {case.case_id}: {amount} fen is not between 1 and the {owed(case)} that are left"
        )
    return int(amount)


def pay(world: World, case: Case, given: dict[str, Any]) -> None:
    """At most once, and never more than is left. A case worth nothing ends without a refund."""
    if case.refunds:
        raise Forbidden(f"case {case.case_id} has been paid")
    wanted = given.get("amount", case.approved or owed(case))
    amount = min(int(wanted), left(case.order, case.claims, case.freight))
    if amount:
        case.refunds.append(Refund(str(world.serial("refund", 660012301)), amount, world.now()))
    end(world, case, given)
    order = case.order
    if order.refunded >= order.paid - order.freight and order.status is not OrderStatus.CLOSED:
        case.closing = True


def settle_order(world: World, case: Case) -> None:
    """An order whose every line has been paid back is closed; after the case's own step is written down."""
    if case.closing:
        case.closing = False
        orders.close(world, case.order, "全额退款")


# ---------------------------------------------------------------- decisions


def decide(by: Actor) -> Effect:
    """The shop, or its deadline, is for the buyer. `address`: where the goods go; by default the shop's own."""

    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        amount = sum_of(case, given) if case.kind not in GOODS else case.requested
        _settled(case)
        case.decided_at = world.now()
        case.decided_by = given.get("by", by)
        case.approved = amount
        case.return_address = given.get("address") or default_address(case)

    return effect


def decide_refund(world: World, case: Case, given: dict[str, Any]) -> None:
    """After the return; an exchange or a repair that ends in money pays what its goods cost."""
    amount = sum_of(case, given)
    _settled(case)
    case.decided_at = world.now()
    case.decided_by = given.get("by", Actor.SELLER)
    case.approved = amount


def default_address(case: Case) -> ShopAddress | None:
    every = case.shop.addresses
    return next((address for address in every if address.default_return), every[0] if every else None)


def refuse(world: World, case: Case, given: dict[str, Any]) -> None:
    """`code` and `text` of the reason; `pictures` prove it."""
    case.decided_at = world.now()
    case.decided_by = Actor.SELLER
    _reason(world, case, given, "不符合退款条件")


def refuse_return(world: World, case: Case, given: dict[str, Any]) -> None:
    case.after_return = True
    _reason(world, case, given, "退回商品影响二次销售")


def _reason(world: World, case: Case, given: dict[str, Any], otherwise: str) -> None:
    case.refusal = str(given.get("text") or otherwise)
    code = given.get("code")
    case.refusal_code = None if code is None else str(code)
    if given.get("pictures"):
        case.proofs.append(Proof(world.now(), "seller", case.refusal, list(given["pictures"])))


def modify(world: World, case: Case, given: dict[str, Any]) -> None:
    """The buyer asks for another sum, or for another reason."""
    amount = given.get("amount")
    if amount is not None:
        room = left(case.order, case.claims, case.freight)
        if case.kind in GOODS or not 0 < amount <= room:
            raise Forbidden(
                f"case {case.case_id}: {amount} fen is not between 1 and the {room} that are left"
            )
        case.requested = int(amount)
    case.reason = str(given.get("reason") or case.reason)
    case.detail = str(given.get("text") or case.detail)
    case.refusal = case.refusal_code = None
    case.decided_at = case.decided_by = None


# ---------------------------------------------------------------- goods


def send_back(world: World, case: Case, given: dict[str, Any]) -> None:
    case.return_parcel = orders.new_parcel(world, case.shop, [claim.line for claim in case.claims], given)
    case.sent_back_at = world.now()
    for claim in case.claims:
        claim.sent_back = claim.quantity


def fill_logistics(world: World, case: Case, given: dict[str, Any]) -> None:
    """The waybill entered by the shop, or one that was wrong put right."""
    if case.return_parcel is None:
        send_back(world, case, given)
        return
    case.return_parcel.carrier = str(given.get("carrier") or case.return_parcel.carrier)
    case.return_parcel.tracking_no = str(given.get("tracking") or case.return_parcel.tracking_no)


def arrive(world: World, case: Case, given: dict[str, Any]) -> None:
    case.hidden["arrived_at"] = world.now()
    if case.return_parcel is not None:
        node = TraceNode(world.now(), "包裹已签收, 签收人: 商家仓库", "杭州市", "signed")
        case.return_parcel.nodes.append(node)


def replacement_arrives(world: World, case: Case, given: dict[str, Any]) -> None:
    case.hidden["replacement_arrived_at"] = world.now()
    if case.replacement is not None:
        city = case.order.buyer.city
        case.replacement.nodes.append(TraceNode(world.now(), "您的快件已签收", city, "signed"))


def receive(world: World, case: Case, given: dict[str, Any]) -> None:
    """`good` and `bad`: pieces by line id; a line that is not named came whole and good."""
    counted: list[tuple[Claim, int, int]] = []
    good, bad = given.get("good") or {}, given.get("bad") or {}
    for claim in case.claims:
        name, named = claim.line.line_id, claim.line.line_id in good or claim.line.line_id in bad
        pieces = (int(good.get(name, 0)), int(bad.get(name, 0))) if named else (claim.quantity, 0)
        if min(pieces) < 0 or sum(pieces) > claim.quantity:
            raise Forbidden(
                f"case {case.case_id}: {sum(pieces)} pieces received of {claim.quantity} sent back"
            )
        counted.append((claim, *pieces))
    case.received_at = world.now()
    for claim, fine, broken in counted:
        claim.received_good, claim.received_bad = fine, broken or None


def replace(world: World, case: Case, given: dict[str, Any]) -> None:
    case.replacement = orders.new_parcel(world, case.shop, [claim.line for claim in case.claims], given)


# ---------------------------------------------------------------- ends and disputes


def end(world: World, case: Case, given: dict[str, Any]) -> None:
    case.closed_at = world.now()
    _settled(case)


def withdraw(world: World, case: Case, given: dict[str, Any]) -> None:
    case.decided_by = Actor.BUYER
    end(world, case, given)


def lapse(world: World, case: Case, given: dict[str, Any]) -> None:
    case.decided_by = Actor.PLATFORM_RULE
    end(world, case, given)


def _settled(case: Case) -> None:
    """Sides that agree, or a case that ends without a ruling, leave nothing to dispute."""
    if case.disputed:
        case.dispute, case.phase_of_dispute = Dispute.WITHDRAWN, ""


def dispute(state: Dispute, phase: str = "") -> Effect:
    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        case.dispute, case.phase_of_dispute = state, phase

    return effect


def within_dispute(phase: str) -> Effect:
    """A turn of a dispute that goes on."""

    def effect(world: World, case: Case, given: dict[str, Any]) -> None:
        if not case.disputed:
            raise Forbidden(f"case {case.case_id} has no open dispute")
        case.dispute, case.phase_of_dispute = Dispute.OPEN, phase

    return effect


def submit_evidence(world: World, case: Case, given: dict[str, Any]) -> None:
    """With it the shop's turn is over: what was asked for is there."""
    if not case.disputed:
        raise Forbidden(f"case {case.case_id} has no open dispute")
    actor = str(given.get("actor", "seller"))
    case.proofs.append(Proof(world.now(), actor, str(given.get("text", "")), list(given.get("pictures", ()))))
    if actor == "seller" and (case.dispute is Dispute.EVIDENCE_DUE or case.phase_of_dispute == "answer"):
        case.dispute, case.phase_of_dispute = Dispute.OPEN, "weighing"


def rule_buyer(world: World, case: Case, given: dict[str, Any]) -> None:
    case.approved = owed(case)
    case.dispute, case.phase_of_dispute = Dispute.RULED_BUYER, ""
    case.decided_by = Actor.ARBITRATION


def rule_seller(world: World, case: Case, given: dict[str, Any]) -> None:
    case.dispute, case.phase_of_dispute = Dispute.RULED_SELLER, ""
    case.decided_by = Actor.ARBITRATION
    end(world, case, given)


def extend(world: World, case: Case, given: dict[str, Any]) -> None:
    """The running clock gets `days` more (7 where none are named)."""
    if case.due is None:
        raise Forbidden(f"case {case.case_id} is {case.stage}: no clock to lengthen")
    case.due += timedelta(days=given.get("days", 7))
    case.extended += 1
    case.ticket = 0


def note(world: World, case: Case, given: dict[str, Any]) -> None:
    case.remark = str(given.get("text", ""))


def say(world: World, case: Case, given: dict[str, Any]) -> None:
    """A message; pictures in it are evidence."""
    if given.get("pictures"):
        said = str(given.get("text", ""))
        case.proofs.append(
            Proof(world.now(), str(given.get("actor", "seller")), said, list(given["pictures"]))
        )
