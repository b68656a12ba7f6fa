"""What policy lets a person do next, and why not all the rest; every answer with a stable key.

Policy's half only: switches, permissions, capabilities and open intents are the desk's and the ledger's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from attrs import frozen

from omnishop.model import ENDED, Dispute, Kind, Stage, Text
from omnishop.policy.answers import Act, Outcome, Role
from omnishop.policy.assent import over_cap
from omnishop.policy.casefacts import Party, Proof, Returned
from omnishop.policy.facts import Happening
from omnishop.policy.ground import RETURNS, Ground
from omnishop.policy.pack import Pack
from omnishop.policy.verdict import Approval, Cap, Check, Option, Wanted
from omnishop.policy.wants import valid_of

_SETTLES = frozenset(
    {Kind.CANCEL, Kind.REFUND_ONLY, Kind.RESHIP, Kind.PRICE_PROTECT, Kind.COMPENSATE, Kind.REPAIR}
)
_DISPUTED = frozenset({Dispute.OPEN, Dispute.EVIDENCE_DUE})
_COMING = frozenset({Stage.RETURNING, Stage.INSPECTING})

KEYS: dict[str, Text] = {
    "ok": Text("可以", "may be done"),
    "ended": Text("售后已结束", "the case has ended"),
    "stage": Text("当前状态下不适用", "not at this stage"),
    "kind": Text("此类售后不适用", "not for this kind of case"),
    "undecided": Text(
        "是否符合条件尚未确定, 先补齐事实或由人工决定",
        "whether it is eligible is not settled: find the facts, or let a person decide",
    ),
    "not_eligible": Text("不符合条件", "not eligible"),
    "eligible": Text("符合条件的售后不得拒绝, 属违规风险", "an eligible case is not refused: a violation"),
    "undecided_refuse": Text(
        "未确定不符合条件前不得拒绝", "not refused before it is known not to be eligible"
    ),
    "refusal_evidence": Text("拒绝须有有效凭证", "a refusal needs valid evidence"),
    "refusal_reason": Text("拒绝须有平台认可的理由", "a refusal needs a reason that the platform accepts"),
    "refusal_alternative": Text("拒绝须给出替代方案", "a refusal needs an alternative"),
    "cancel_first": Text(
        "先确认订单已取消, 再退款", "first be certain that the order is cancelled, then refund"
    ),
    "cancelled": Text("已确认取消", "it is cancelled already"),
    "shipped": Text("订单已发货", "the order was shipped"),
    "advanced": Text("平台已先行赔付, 不得再次退款", "the platform has paid the buyer: never refunded again"),
    "over_cap": Text("超过补偿上限", "above the cap on allowances"),
    "inspect_first": Text("先验货, 再确认收货", "first inspect, then confirm receipt"),
    "not_intact": Text(
        "退回的商品与发出时不符, 先与买家协商",
        "what came back is not as it was sent: settle it with the buyer first",
    ),
    "intact": Text("退回的商品完好, 无理由拒收", "what came back is intact: nothing to refuse"),
    "confirm_first": Text("先确认收货, 再退款", "first confirm receipt, then refund"),
    "return_photos": Text("拒收须有退货照片", "refusing returned goods needs photos of them"),
    "evidence_there": Text("所需凭证已齐", "the evidence asked for is there"),
    "no_evidence_asked": Text("此类原因不需要凭证", "this class asks for no evidence"),
    "no_dispute": Text("平台未介入", "the platform is not involved"),
    "no_deadline": Text("没有平台倒计时", "no deadline of the platform"),
    "not_extendable": Text("平台不允许延长", "the platform does not let it be extended"),
    "extendable_unknown": Text("不知道能否延长", "whether it can be extended is not known"),
}
"""Stable keys with their sentence."""


@frozen
class Scene:
    """What options are judged by."""

    ground: Ground
    pack: Pack
    outcome: Outcome
    rule: str | None
    checks: tuple[Check, ...]
    wanted: tuple[Wanted, ...]
    caps: tuple[Cap, ...]
    approval: Approval


_No = tuple[str, str | None]
_Judge = Callable[[Scene], _No | None]


def options_of(scene: Scene) -> tuple[Option, ...]:
    """Every act once, in the order of `Act`."""
    ended = scene.ground.case.stage in ENDED
    return tuple(_option(act, judge, scene, ended=ended) for act, judge in _JUDGES.items())


def _option(act: Act, judge: _Judge, scene: Scene, *, ended: bool) -> Option:
    no = ("ended", None) if ended else judge(scene)
    if no is None:
        return _plain(act, True, "ok", scene.rule, scene.approval.role if act in _MONEY else None)
    key, rule = no
    if key in _ASK_THE_CHECK:
        for check in scene.checks:
            if check.rule == rule and check.outcome is scene.outcome:
                return Option(act, False, key, _joined(KEYS[key], check.why), rule)
    return _plain(act, False, key, rule, None)


@cache
def _plain(act: Act, allowed: bool, key: str, rule: str | None, role: Role | None) -> Option:
    """There are only so many: acts, keys, rules and roles."""
    return Option(act, allowed, key, KEYS[key], rule, role)


_ASK_THE_CHECK = frozenset({"undecided", "undecided_refuse", "not_eligible"})


def _joined(why: Text, more: Text) -> Text:
    return Text(f"{why.zh}: {more.zh}", f"{why.en}: {more.en}")


_MONEY = frozenset({Act.AGREE, Act.AGREE_RETURN, Act.REFUND, Act.SHIP_REPLACEMENT})


def _advanced(scene: Scene) -> bool:
    return bool(scene.ground.known.advanced)


def _settled(scene: Scene) -> _No | None:
    """What stands between the case and a yes."""
    if _advanced(scene):
        return "advanced", "RES-ADVANCE"
    if scene.outcome is Outcome.DENY:
        return "not_eligible", scene.rule
    if scene.outcome is Outcome.NEEDS_HUMAN:
        return "undecided", scene.rule
    return None


def _agree(scene: Scene) -> _No | None:
    case = scene.ground.case
    if case.kind not in _SETTLES:
        return "kind", None
    if case.stage is not Stage.REQUESTED:
        return "stage", None
    if case.kind is Kind.CANCEL and scene.ground.known.cancelled is not True:
        return "cancel_first", "ELG-UNSHIPPED"
    cap = over_cap(scene.ground, scene.caps)
    if cap is not None:
        return "over_cap", cap.rule
    return _settled(scene)


def _agree_return(scene: Scene) -> _No | None:
    case = scene.ground.case
    if case.kind not in RETURNS and case.kind is not Kind.REPAIR:
        return "kind", None
    return ("stage", None) if case.stage is not Stage.REQUESTED else _settled(scene)


def _refuse(scene: Scene) -> _No | None:
    """ELG-REFUSE and ELG-MALICIOUS-REFUSE."""
    if scene.ground.case.stage is not Stage.REQUESTED:
        return "stage", None
    rules = scene.pack.eligibility
    if scene.outcome is Outcome.ALLOW and rules.malicious.blocks:
        return "eligible", "ELG-MALICIOUS-REFUSE"
    if scene.outcome is Outcome.NEEDS_HUMAN:
        return "undecided_refuse", scene.rule
    return _refusal(scene)


def _refusal(scene: Scene) -> _No | None:
    rule, row, said = "ELG-REFUSE", scene.pack.eligibility.refuse, scene.ground.known.refusal
    valid = valid_of(scene.ground.facts.evidence, Party.SHOP)
    if row.evidence and (valid is None or valid < row.evidence):
        return "refusal_evidence", rule
    if row.reason and said.accepted_reason is not True:
        return "refusal_reason", rule
    if row.alternative and said.alternative is not True:
        return "refusal_alternative", rule
    return None


def _refuse_return(scene: Scene) -> _No | None:
    ground = scene.ground
    if ground.case.kind not in RETURNS:
        return "kind", None
    if ground.case.stage not in _COMING:
        return "stage", None
    returned = ground.known.returned
    if returned is None:
        return "inspect_first", "SLA-RECEIPT"
    if returned is Returned.INTACT:
        return "intact", "ELG-MALICIOUS-REFUSE"
    photos = sum(
        each.count
        for each in ground.facts.evidence or ()
        if each.what is Proof.RETURN_PHOTO and each.valid is not False
    )
    if photos < scene.pack.resolutions.scratched.photos:
        return "return_photos", "RES-SCRATCHED"
    return _refusal(scene)


def _confirm_receipt(scene: Scene) -> _No | None:
    ground = scene.ground
    if ground.case.kind not in RETURNS and ground.case.kind is not Kind.REPAIR:
        return "kind", None
    if ground.case.stage not in _COMING:
        return "stage", None
    if ground.known.returned is None:
        return "inspect_first", "SLA-RECEIPT"
    return None


def _refund(scene: Scene) -> _No | None:
    """After the return; money moves only for what was inspected."""
    ground = scene.ground
    if ground.case.kind is not Kind.RETURN_REFUND:
        return "kind", None
    if ground.case.stage not in _COMING:
        return "stage", None
    if _advanced(scene):
        return "advanced", "RES-ADVANCE"
    returned = ground.known.returned
    if returned is None:
        return "inspect_first", "SLA-RECEIPT"
    if returned is not Returned.INTACT:
        return "not_intact", "RES-SCRATCHED"
    if ground.case.stage is Stage.RETURNING and not _receipt_confirmed(scene):
        return "confirm_first", "SLA-RECEIPT"
    return _settled(scene)


def _receipt_confirmed(scene: Scene) -> bool:
    return scene.ground.facts.timeline.happened.get(Happening.RECEIPT_CONFIRMED) is not None


def _ship_replacement(scene: Scene) -> _No | None:
    case = scene.ground.case
    if case.kind not in {Kind.EXCHANGE, Kind.RESHIP, Kind.REPAIR}:
        return "kind", None
    if case.stage is Stage.RESENDING:
        return _settled(scene)
    if case.stage is Stage.INSPECTING:
        if scene.ground.known.returned is None:
            return "inspect_first", "SLA-RECEIPT"
        return _settled(scene)
    return "stage", None


def _ask_evidence(scene: Scene) -> _No | None:
    if scene.ground.case.stage not in {Stage.REQUESTED, Stage.REFUSED}:
        return "stage", None
    asked = [each for each in scene.wanted if each.by is Party.BUYER]
    if not asked:
        return "no_evidence_asked", None
    if all(each.there is not None and each.there >= each.wanted for each in asked):
        return "evidence_there", asked[0].rule
    return None


def _submit_evidence(scene: Scene) -> _No | None:
    return None if scene.ground.case.dispute in _DISPUTED else ("no_dispute", None)


def _cancel_order(scene: Scene) -> _No | None:
    ground = scene.ground
    if ground.case.kind is not Kind.CANCEL:
        return "kind", None
    if ground.known.cancelled:
        return "cancelled", "ELG-UNSHIPPED"
    if ground.order is not None and ground.order.shipped_at is not None:
        return "shipped", "ELG-UNSHIPPED"
    return None


def _extend(scene: Scene) -> _No | None:
    deadline = scene.ground.case.deadline
    if deadline is None:
        return "no_deadline", "SLA-PLATFORM"
    if deadline.extendable is None:
        return "extendable_unknown", "SLA-PLATFORM"
    return None if deadline.extendable else ("not_extendable", "SLA-PLATFORM")


_JUDGES: dict[Act, _Judge] = {
    Act.AGREE: _agree,
    Act.AGREE_RETURN: _agree_return,
    Act.REFUSE: _refuse,
    Act.REFUSE_RETURN: _refuse_return,
    Act.CONFIRM_RECEIPT: _confirm_receipt,
    Act.REFUND: _refund,
    Act.SHIP_REPLACEMENT: _ship_replacement,
    Act.ASK_EVIDENCE: _ask_evidence,
    Act.SUBMIT_EVIDENCE: _submit_evidence,
    Act.CANCEL_ORDER: _cancel_order,
    Act.EXTEND: _extend,
}
