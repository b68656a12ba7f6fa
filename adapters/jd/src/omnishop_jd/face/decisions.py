"""Simulated decisions: replies to cancel-refund applications, audits of service orders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from omnishop.model import Kind, Stage
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.world import Case
from omnishop_jd.face import applies
from omnishop_jd.face.codes import WAITS_FOR_SHOP, apply_status, service_status, version
from omnishop_jd.face.gateway import Ask, Refusal
from omnishop_jd.face.service import detail_ids
from omnishop_jd.face.service_facts import reason_rows
from omnishop_jd.face.service_rows import SOURCE, Handler, failed, single
from omnishop_jd.face.writing import (
    AUDIT,
    IDS,
    KIND,
    NO_SUCH,
    OP,
    PICKUP,
    RETURN,
    STATE,
    VERSION,
    carrier_key,
    needed,
    service_order,
    service_write,
    take,
    wrong,
)

# ---------------------------------------------------------------- cancel-refund applications

_REPLIES = {1: "agree", 2: "refuse", 6: "intercept", 9: "force_close", 10: "chase"}
_FORCED, _REFUSED = 9, 2
_UNDECIDED = frozenset({0, 10})
_DECIDED = ("2005", "退款单已审核，请勿重复操作")
_REJECT_TYPES = frozenset(range(1, 6))


def reply_refund(ask: Ask) -> dict[str, Any]:
    needed(ask, "status:whole id:whole checkUserName:text")
    status = ask.number("status", 0)
    case = ask.world.cases.get((applies.SOURCE, str(ask.number("id", 0))))
    if case is None or case.shop is not ask.shop:
        raise Refusal("71")
    problem = _reply_problem(ask, status)
    if problem is not None:
        return _replied("1100", f"参数错误：{problem}")
    remark = ask.text("remark")
    if apply_status(case) not in _UNDECIDED:
        return _replied(*_DECIDED)
    try:
        take(ask, case, _REPLIES[status], text=remark, code=ask.text("rejectType"))
    except Forbidden:
        return _replied(*_DECIDED)
    case.marks |= {"check_user": ask.text("checkUserName"), "check_remark": remark}
    return _replied("0", "")


def _reply_problem(ask: Ask, status: int) -> str | None:
    reject, out = ask.number("rejectType", 0), ask.number("outWareStatus", 0)
    if status not in _REPLIES:
        return "status不合法"
    if status != _FORCED and ask.text("remark") is None:
        return "remark不能为空"
    if reject and (status != _REFUSED or reject not in _REJECT_TYPES):
        return "rejectType不合法"
    return "outWareStatus不合法" if out not in {0, 1, 2} else None


def _replied(code: str, msg: str) -> dict[str, Any]:
    return {"replyResult": {"success": code == "0", "errorCode": code, "errorMsg": msg}}


# ---------------------------------------------------------------- audits

_COMES_BACK = frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE, Kind.REPAIR})
_RESULTS = {
    "audit.send": (33, "客户发货"),
    "audit.homepick": (31, "上门取件"),
    "audit.delivery": (32, "客户送货"),
}
Act = Callable[[Ask, Case], tuple[str, str] | None]


def _audit(kinds: frozenset[Kind], act: Act, ask: Ask) -> dict[str, Any]:
    """`act` checks what is its own, then takes the step; it answers what is wrong, or None."""
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    if service_status(case) not in WAITS_FOR_SHOP:
        return failed(*STATE)
    if kinds and case.kind not in kinds:
        return failed(*KIND)
    if ask.number("sysVersion", 0) != version(case):
        return failed(*VERSION)
    if not _reason_known(ask):
        return failed(*wrong("审核原因不存在"))
    problem = act(ask, case)
    if problem is not None:
        return failed(*problem)
    case.marks["audit"] = {
        "approveNotes": ask.text("approveNotes"),
        "approvePin": ask.text("operatePin"),
        "approveReasonCid1": ask.number("approveReasonCid1", 0),
    }
    result = _RESULTS.get(ask.method.removeprefix("jingdong.asc."))
    if result is not None:
        case.marks["audit"] |= {"approveResult": result[0], "approveResultName": result[1]}
    return single(True)


def _reason_known(ask: Ask) -> bool:
    rows = {row["code"]: row["parentCode"] for row in reason_rows(1)}
    first, second = str(ask.number("approveReasonCid1", 0)), str(ask.number("approveReasonCid2", 0))
    return rows.get(first) == "0" and (second == "0" or rows.get(second) == first)


def _comes_back(ask: Ask, case: Case) -> tuple[str, str] | None:
    if any(ask.number(name, 0) <= 0 for name in ("returnProvince", "returnCity", "returnCounty")):
        return wrong("退货地址地区编码不合法")
    if ask.ids("applyDetailIdList") != frozenset(map(str, detail_ids(case))):
        return wrong("applyDetailIdList与申请明细不符")
    take(ask, case, "agree_return")
    return None


def _reissue(ask: Ask, case: Case) -> tuple[str, str] | None:
    carrier = carrier_key(ask.text("shipWayId"))
    if carrier is None:
        return wrong("承运商不存在")
    take(ask, case, "reissue", carrier=carrier, tracking=ask.text("expressCode"))
    return None


def _refuse(ask: Ask, case: Case) -> tuple[str, str] | None:
    code = ask.number("approveReasonCid2", 0) or ask.number("approveReasonCid1", 0)
    take(ask, case, "refuse", text=ask.text("approveNotes"), code=code)
    return None


def _ask_back(ask: Ask, case: Case) -> tuple[str, str] | None:
    take(ask, case, "ask_feedback")
    return None


_NOT_FETCHED = 10000
_FETCHED = 10


def fetch(ask: Ask) -> dict[str, Any]:
    """Up to `fetchNum` waiting service orders, the oldest first (how many by default: chosen)."""
    waiting = [case for case in ask.world.cases_of(ask.shop, SOURCE) if service_status(case) == _NOT_FETCHED]
    for case in sorted(waiting, key=lambda case: case.opened_at)[: ask.number("fetchNum", _FETCHED)]:
        take(ask, case, "fetch")
    return single(True)


_CANCELLABLE = frozenset({Stage.REQUESTED, Stage.AWAITING_RETURN, Stage.RETURNING, Stage.INSPECTING})


def cancel(ask: Ask) -> dict[str, Any]:
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    if case.stage not in _CANCELLABLE:
        return failed(*STATE)
    if ask.number("sysVersion", 0) != version(case):
        return failed(*VERSION)
    take(ask, case, "cancel_service")
    return single(True)


_ANY: frozenset[Kind] = frozenset()

HANDLERS: dict[str, Handler] = {
    "jingdong.pop.afs.soa.refundapply.replyRefund": reply_refund,
    **{
        f"jingdong.asc.{name}": service_write(spec, handler)
        for name, spec, handler in (
            (
                "audit.send",
                f"{AUDIT} {RETURN} returnAddressType:whole",
                partial(_audit, _COMES_BACK, _comes_back),
            ),
            (
                "audit.homepick",
                f"{AUDIT} {RETURN} {PICKUP} returnAddressType:whole",
                partial(_audit, _COMES_BACK, _comes_back),
            ),
            ("audit.delivery", f"{AUDIT} {RETURN}", partial(_audit, _COMES_BACK, _comes_back)),
            (
                "audit.reissue",
                f"{AUDIT} expressCode:text shipWayId:text shipWayName:text",
                partial(_audit, frozenset({Kind.RESHIP}), _reissue),
            ),
            ("audit.refuse", AUDIT, partial(_audit, _ANY, _refuse)),
            ("audit.waitFeedback", AUDIT, partial(_audit, _ANY, _ask_back)),
            ("audit.fetch", OP, fetch),
            ("common.cancel", f"{IDS} approveNotes:text sysVersion:whole", cancel),
        )
    },
}
