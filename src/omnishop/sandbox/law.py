"""The common law: which steps a case may take, from which stages, for which kinds, and where they lead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from omnishop.model import ENDED, Actor, Dispute, Kind, Stage
from omnishop.sandbox import effects
from omnishop.sandbox.effects import GOODS
from omnishop.sandbox.world import Effect


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
