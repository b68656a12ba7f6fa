"""The other writes to a case: deadline, evidence, waybills, remark, stopped shipping, and what is only recorded.

Sources: wire page 3.6 and 4.6; parameter types differ by method (text or integer), as the page says.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from omnishop.acts import (
    Ask,
    Look,
    Seen,
    Shown,
    Verb,
    Write,
    by_mark,
    nothing_sent,
    only_recorded,
    refund_decided,
    same,
)
from omnishop.flow import Flow
from omnishop.model import Case, Dispute, Kind, Stage, Text
from omnishop.ports import Account
from omnishop_douyin.shape import CASES
from omnishop_douyin.writes import looks
from omnishop_douyin.writes.answers import written
from omnishop_douyin.writes.carriers import carrier_code
from omnishop_douyin.writes.looks import Around, digest
from omnishop_douyin.writes.operate import case_of, missing, only_addresses, unfit, waybill_sent

_SOURCES = frozenset({CASES})
_GOODS = frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE, Kind.REPAIR})
_PARCEL = ("carrier", "tracking")

EXTENSION_DAYS = 7
LAST_DAYS = timedelta(days=2)
MOST_EVIDENCE = 4


def _number(found: Case) -> int:
    """Some methods take the id as an integer."""
    if not found.case_id.isdigit():
        raise unfit(Text("该平台的售后单号应为数字", "a case id of this platform is a number"))
    return int(found.case_id)


def _fit(held: Text | None, needs: tuple[str, ...], ask: Ask) -> None:
    if held is not None or missing(needs, ask):
        raise unfit(held)


# ---------------------------------------------------------------- the shop's deadline


def _extend_hinders(account: Account, look: Look, ask: Ask) -> Text | None:
    record = look.record
    if ask.days is not None and ask.days != EXTENSION_DAYS:
        return Text(
            f"平台固定延长 {EXTENSION_DAYS} 天, 不能指定 {ask.days} 天",
            f"the platform adds {EXTENSION_DAYS} days, not {ask.days}",
        )
    deadline = record.deadline if isinstance(record, Case) else None
    if deadline is not None and ask.at is not None and deadline.at - ask.at > LAST_DAYS:
        return Text(
            "距截止时间超过 2 天, 平台只在最后 2 天内接受延长",
            "more than 2 days are left; the platform extends only in the last 2",
        )
    return None


def _extend(account: Account, look: Look, ask: Ask) -> Flow[None]:
    found = case_of(look)
    _fit(_extend_hinders(account, look, ask), (), ask)
    yield from written("afterSale.timeExtend", {"aftersale_id": _number(found)})


def _deadline_moved(ask: Ask, before: Seen, after: Seen) -> Shown:
    """Later by days, in the stage it was: a new stage has a clock of its own."""
    if after.stage != before.stage:
        return Shown.MOVED
    if before.deadline is not None and after.deadline is not None:
        if after.deadline - before.deadline >= timedelta(days=EXTENSION_DAYS - 1):
            return Shown.DONE
        if after.deadline == before.deadline:
            return Shown.BEFORE
    return Shown.BEFORE if same(before, after) else Shown.MOVED


# ---------------------------------------------------------------- arbitration


def _evidence_hinders(account: Account, look: Look, ask: Ask) -> Text | None:
    record = look.record
    if isinstance(record, Case) and record.dispute is not Dispute.EVIDENCE_DUE:
        return Text(
            "平台未要求举证 (arbitrate_status 不为 4), 暂不能提交",
            "the platform does not ask for evidence now (arbitrate_status is not 4)",
        )
    if any(piece.kind != "image" for piece in ask.evidence):
        return Text("举证接口只接受图片网址", "this method takes addresses of pictures only")
    if len(ask.evidence) > MOST_EVIDENCE:
        return Text(f"举证最多 {MOST_EVIDENCE} 张图片", f"at most {MOST_EVIDENCE} pictures")
    return only_addresses(ask)


def _submit_evidence(account: Account, look: Look, ask: Ask) -> Flow[None]:
    found = case_of(look)
    _fit(_evidence_hinders(account, look, ask), ("text", "evidence"), ask)
    given = {
        "aftersale_id": _number(found),
        "comment": ask.text,
        "evidence": [piece.url for piece in ask.evidence],
    }
    yield from written("afterSale.submitEvidence", given)


# ---------------------------------------------------------------- waybills


def _fill(send_type: int) -> Any:
    def send(account: Account, look: Look, ask: Ask) -> Flow[None]:
        found = case_of(look)
        _fit(None, _PARCEL, ask)
        given = {
            "aftersale_id": _number(found),
            "send_type": send_type,
            "company_code": carrier_code(ask.carrier),
            "tracking_no": ask.tracking,
        }
        yield from written("afterSale.fillLogistics", given)

    return send


_SHIP_RESEND, _RETURN, _RETURN_REPAIR = 1, 3, 4


# ---------------------------------------------------------------- remark


def _remark(account: Account, look: Look, ask: Ask) -> Flow[None]:
    found = case_of(look)
    _fit(None, ("text",), ask)
    yield from written("afterSale.addOrderRemark", {"after_sale_id": found.case_id, "remark": ask.text})


def _remark_shown(ask: Ask, before: Seen, after: Seen) -> Shown:
    """Remarks of a case are a list: done when one more than before says it."""
    mine = digest(ask.text or "")
    had, has = (seen.marks.get("remarks", "").split() for seen in (before, after))
    if has.count(mine) > had.count(mine):
        return Shown.DONE
    return Shown.BEFORE if has == had else Shown.MOVED


# ---------------------------------------------------------------- shipping stopped


def _left(account: Account, look: Look, ask: Ask) -> Text | None:
    """A parcel with goods of the case is under way: nothing was stopped, and the platform would refund at once."""
    order = look.aside.order if isinstance(look.aside, Around) else None
    if order is None:
        return Text(
            "售后单没有可读的订单, 无法得知是否已发货",
            "the case has no order that can be read: has it been shipped?",
        )
    lines = {line.line_id for line in case_of(look).lines if line.line_id}
    out = {line_id for parcel in order.parcels for line_id in parcel.line_ids}
    if order.parcels and (not lines or not out or lines & out):
        return Text(
            "商品已发出, 不能再取消发货; 请同意退款并召回包裹, 或与买家协商",
            "the parcel has left: shipping cannot be called stopped; agree and recall it, or talk to the buyer",
        )
    return None


def _stopped(account: Account, look: Look, ask: Ask) -> Flow[None]:
    found = case_of(look)
    if ask.at is None:
        raise unfit(Text("缺少操作时间", "the time of the act is not told"))
    given = {"aftersale_id": found.case_id, "op_time": int(ask.at.timestamp())}
    yield from written("afterSale.CancelSendGoodsSuccess", given)


def _granted_after_stop(ask: Ask, before: Seen, after: Seen) -> Shown:
    """The message shows nowhere, and the refund may be granted on it later: no change proves nothing."""
    shown = refund_decided(ask, before, after)
    return Shown.MOVED if shown is Shown.BEFORE else shown


ROWS: tuple[Write, ...] = (
    Write(
        Verb.CONFIRM_RECEIPT,
        "case",
        None,
        looks.case,
        nothing_sent,
        only_recorded,
        Text(
            "收货数量记在本地; 平台在 111 / 311 时一并确认收货",
            "kept here; 111 and 311 confirm receipt there",
        ),
        "wire page 4.5 A/B: 111 and 311 do both",
        sources=_SOURCES,
        kinds=_GOODS,
        stages=frozenset({Stage.RETURNING}),
        needs_any=(("good", "bad"),),
    ),
    Write(
        Verb.SHIP_REPLACEMENT,
        "case",
        "afterSale.fillLogistics",
        looks.case,
        _fill(_SHIP_RESEND),
        waybill_sent,
        Text("售后单上的补寄物流为所填运单号", "the case carries the waybill that was given as the resend's"),
        "send_type 1, wire page 4.6 A",
        sources=_SOURCES,
        kinds=frozenset({Kind.RESHIP}),
        stages=frozenset({Stage.RESENDING}),
        needs=_PARCEL,
    ),
    Write(
        Verb.EXTEND,
        "case",
        "afterSale.timeExtend",
        looks.case,
        _extend,
        _deadline_moved,
        Text("status_deadline 推后 7 天", "status_deadline is 7 days later"),
        "wire page 4.6 A: at most 2 days left",
        sources=_SOURCES,
        kinds=_GOODS,
        stages=frozenset({Stage.RETURNING}),
        hinders=_extend_hinders,
    ),
    Write(
        Verb.SUBMIT_EVIDENCE,
        "case",
        "afterSale.submitEvidence",
        looks.case,
        _submit_evidence,
        by_mark("evidence", lambda ask, before: digest(ask.text or "")),
        Text("仲裁信息中的举证说明为所填文字", "the arbitration carries the comment as the shop's evidence"),
        "wire page 4.6 A: for arbitrate_status 4",
        sources=_SOURCES,
        needs=("text", "evidence"),
        hinders=_evidence_hinders,
    ),
    *(
        Write(
            Verb.FILL_LOGISTICS,
            "case",
            "afterSale.fillLogistics",
            looks.case,
            _fill(send_type),
            by_mark("waybill", lambda ask, before: ask.tracking),
            Text("售后单上的退货运单号为所填运单号", "the case carries the waybill as the return's"),
            f"send_type {send_type}, wire page 4.6 A",
            sources=_SOURCES,
            kinds=kinds,
            stages=frozenset({Stage.AWAITING_RETURN}),
            needs=_PARCEL,
        )
        for send_type, kinds in (
            (_RETURN, frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE})),
            (_RETURN_REPAIR, frozenset({Kind.REPAIR})),
        )
    ),
    Write(
        Verb.REMARK,
        "case",
        "afterSale.addOrderRemark",
        looks.case,
        _remark,
        _remark_shown,
        Text("售后备注中多出这一条", "the remarks of the case have one more, with these words"),
        "wire page 4.6 A; a list in the detail, 4.2 A",
        sources=_SOURCES,
        needs=("text",),
    ),
    Write(
        Verb.CANCEL_ORDER,
        "case",
        "afterSale.CancelSendGoodsSuccess",
        looks.case_with_order,
        _stopped,
        _granted_after_stop,
        Text("售后单状态为 12 (已同意退款)", "the case stands at 12: the refund is granted"),
        "wire page 4.6 A: the assistant's strategy must be on",
        money=True,
        sources=_SOURCES,
        kinds=frozenset({Kind.CANCEL}),
        stages=frozenset({Stage.REQUESTED}),
        hinders=_left,
    ),
)
