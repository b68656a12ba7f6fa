"""Decisions on cancel-refund applications (退款申请单): replyRefund. The platform compares no version there."""

from __future__ import annotations

from typing import Any

from omnishop.acts import (
    GONE_WITHOUT,
    REFUND_DECIDED,
    Ask,
    Look,
    Seen,
    Shown,
    Subject,
    Verb,
    Write,
    by_stage,
    same,
)
from omnishop.errors import NotFound
from omnishop.flow import Call, Flow
from omnishop.model import Case, Kind, Order, Stage, Text
from omnishop.ports import Account
from omnishop_jd import details
from omnishop_jd.methods import known_shop, number
from omnishop_jd.refundapply.mapping import SOURCE
from omnishop_jd.refundapply.tables import REJECT_TYPES
from omnishop_jd.writes.parts import accepted, case_in, look_at, said, who

REPLY = "jingdong.pop.afs.soa.refundapply.replyRefund"

_AGREE, _REFUSE, _INTERCEPT = 1, 2, 6
_SHIPPED, _NOT_SHIPPED = 1, 2
"""outWareStatus."""

_APPLICATIONS = frozenset({SOURCE})
_CANCEL = frozenset({Kind.CANCEL})
_REQUESTED = frozenset({Stage.REQUESTED.value})


def _look(account: Account, subject: Subject) -> Flow[Look]:
    """With its order: whether the goods have left is told there alone."""
    look = yield from look_at(account, subject)
    case = case_in(look)
    order: Order | None = None
    if case.order_id is not None:
        try:
            order = yield from details.order(account, case.order_id)
        except NotFound:
            order = None
    return Look(case, look.marks, order)


def _reply(account: Account, look: Look, ask: Ask, status: int, remark: str, **more: Any) -> Flow[None]:
    """`remark` is required for every status but 9 (4.1)."""
    account = yield from known_shop(account)
    case: Case = case_in(look)
    params = {
        "status": status,
        "id": number(case.case_id),
        "checkUserName": who(account, ask),
        "remark": remark,
        **more,
    }
    yield from accepted(Call(REPLY, params, write=True))


def _out(look: Look) -> int | None:
    """Unknown where the order could not be read: then it is not said."""
    order: Order | None = look.aside
    if order is None:
        return None
    return _SHIPPED if order.shipped_at is not None or order.parcels else _NOT_SHIPPED


def _agree(account: Account, look: Look, ask: Ask) -> Flow[None]:
    return _reply(account, look, ask, _AGREE, said(ask, "同意退款"), outWareStatus=_out(look))


def _intercept(account: Account, look: Look, ask: Ask) -> Flow[None]:
    return _reply(account, look, ask, _INTERCEPT, said(ask, "同意退款并拦截"), outWareStatus=_out(look))


def _refuse(account: Account, look: Look, ask: Ask) -> Flow[None]:
    kind = None if ask.reason is None else number(ask.reason)
    return _reply(account, look, ask, _REFUSE, said(ask, ""), rejectType=kind, outWareStatus=_out(look))


def _reject_type(account: Account, look: Look, ask: Ask) -> Text | None:
    if ask.reason is None or ask.reason in dict(REJECT_TYPES):
        return None
    shown = ", ".join(f"{code} {name}" for code, name in REJECT_TYPES)
    return Text(
        f"拒绝类型 {ask.reason[:20]} 不存在, 可用: {shown}",
        f"there is no rejectType {ask.reason[:20]}; there are: {shown}",
    )


_INTERCEPTED = frozenset({"6", "7", "8"})
_OTHERWISE = frozenset({"1", "2", "4", "5", "9", "11"})
"""Decided without interception, or over: replyRefund is refused there. 3 (finance granted) follows on both ways."""


def _interception(ask: Ask, before: Seen, after: Seen) -> Shown:
    status = after.marks.get("status", "")
    if status in _INTERCEPTED and before.marks.get("status") not in _INTERCEPTED:
        return Shown.DONE
    if status in _OTHERWISE:
        return Shown.EXCLUDED
    return Shown.BEFORE if same(before, after) else Shown.MOVED


_REFUSED = frozenset({Stage.REFUSED})
# an application is decided once: afterwards replyRefund is refused
_agreed = by_stage(REFUND_DECIDED, GONE_WITHOUT | _REFUSED)
_refused = by_stage(_REFUSED, GONE_WITHOUT | REFUND_DECIDED)


_SOURCE_MARK = "4.1 A"

ROWS: tuple[Write, ...] = (
    Write(
        Verb.AGREE,
        "case",
        REPLY,
        _look,
        _agree,
        _agreed,
        Text(
            "申请单状态为已同意(1、3、5、6、7、9)",
            "the application's status is one of agreed: 1, 3, 5, 6, 7, 9",
        ),
        _SOURCE_MARK,
        money=True,
        sources=_APPLICATIONS,
        kinds=_CANCEL,
        stages=_REQUESTED,
    ),
    Write(
        Verb.REFUSE,
        "case",
        REPLY,
        _look,
        _refuse,
        _refused,
        Text("申请单状态为审核不通过(2)", "the application's status is 2, refused"),
        _SOURCE_MARK,
        sources=_APPLICATIONS,
        kinds=_CANCEL,
        stages=_REQUESTED,
        needs=("text",),
        hinders=_reject_type,
    ),
    Write(
        Verb.CANCEL_ORDER,
        "case",
        REPLY,
        _look,
        _intercept,
        _interception,
        Text(
            "申请单状态为拦截并退款(6)或其后的青龙拦截结果(7、8)",
            "the application's status is 6, intercept and refund, or the carrier's answer to it: 7 or 8",
        ),
        _SOURCE_MARK,
        money=True,
        sources=_APPLICATIONS,
        kinds=_CANCEL,
        stages=_REQUESTED,
        caution=Text(
            "拦截未必成功: 退款仍会发放, 货物可能仍送达买家",
            "the parcel may not be stopped: the refund is granted all the same, and the goods may still arrive",
        ),
    ),
)
