"""Simulated handling of service orders: goods registered, waybills, replacements, words, the platform called in."""

from __future__ import annotations

from typing import Any

from omnishop.model import Kind, Stage
from omnishop.sandbox.world import Case
from omnishop_jd.face.codes import CARRIERS, ms, service_status, version
from omnishop_jd.face.gateway import Ask
from omnishop_jd.face.service_facts import reason_rows
from omnishop_jd.face.service_rows import Handler, failed, lead, operated, paged, single
from omnishop_jd.face.writing import (
    IDS,
    KIND,
    NO_SUCH,
    OP,
    STATE,
    VERSION,
    carrier_key,
    needed,
    service_order,
    service_write,
    take,
    wrong,
)

_AWAITS_GOODS, _RECEIVED = 10005, 10007
_GOOD = 10
"""qualityState 正常, as the shared sample of receive.view has it (C); every other code is bad goods here."""
_STATES = (
    "packingState",
    "qualityState",
    "invoiceRecord",
    "judgmentReason",
    "accessoryOrGift",
    "appearanceState",
)
_SENT_ON = frozenset({Kind.EXCHANGE, Kind.REPAIR})


# ---------------------------------------------------------------- goods in


def register(ask: Ask) -> dict[str, Any]:
    """One call for the whole service order: `wareNum` of its pieces came, by default all of them."""
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    if service_status(case) != _AWAITS_GOODS:
        return failed(*STATE)
    asked_for = sum(claim.quantity for claim in case.claims)
    came = ask.number("wareNum", asked_for)
    if not 0 <= came <= asked_for:
        return failed(*wrong("wareNum超过服务单商品数量"))
    pieces = _shared_out(case, came)
    fine = ask.number("qualityState", 0) == _GOOD
    nothing = dict.fromkeys(pieces, 0)
    take(ask, case, "receive", good=pieces if fine else nothing, bad=nothing if fine else pieces)
    told = {name: ask.number(name, 0) for name in _STATES}
    case.marks["received"] = {**told, "wareNum": came, "receiveRemark": ask.text("receiveRemark")}
    return single(True)


def _shared_out(case: Case, came: int) -> dict[str, int]:
    """The pieces that came, over the lines in their order."""
    shared: dict[str, int] = {}
    for claim in case.claims:
        shared[claim.line.line_id] = min(claim.quantity, came)
        came -= shared[claim.line.line_id]
    return shared


def receive_view(ask: Ask) -> dict[str, Any]:
    needed(ask, IDS)
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    told = case.marks.get("received")
    if told is None or case.received_at is None:
        return single(None)
    shown = {name: value for name, value in told.items() if name not in {"invoiceRecord", "wareNum"}}
    return single(
        {
            "serviceId": int(case.case_id),
            "receiveId": int(case.case_id) % 10_000_000,
            "receiveDate": ms(case.received_at),
            "invoiceRecordState": told["invoiceRecord"],
            **shown,
        }
    )


# ---------------------------------------------------------------- waybills, replacements


def freight_save(ask: Ask) -> dict[str, Any]:
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    if service_status(case) != _AWAITS_GOODS:
        return failed(*STATE)
    carrier = carrier_key(ask.text("shipWayId")) or _by_name(ask.text("expressCompany"))
    if ask.text("expressCode") is None or carrier is None:
        return failed(*wrong("运单号或承运商为空"))
    if ask.number("freightMoney", 0) < 0:
        return failed(*wrong("运费金额不合法"))
    take(ask, case, "fill_logistics", carrier=carrier, tracking=ask.text("expressCode"))
    case.marks["freight_money"] = ask.number("freightMoney", 0)
    return single(True)


def _by_name(name: str | None) -> str | None:
    return next((key for key, (_, known) in CARRIERS.items() if known == name), None)


def offline_change(ask: Ask) -> dict[str, Any]:
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    if service_status(case) != _RECEIVED:
        return failed(*STATE)
    if case.kind not in _SENT_ON:
        return failed(*KIND)
    if ask.number("sysVersion", 0) != version(case):
        return failed(*VERSION)
    carrier = carrier_key(ask.text("shipWayId"))
    if carrier is None:
        return failed(*wrong("承运商不存在"))
    take(ask, case, "ship_replacement", carrier=carrier, tracking=ask.text("expressCode"))
    return single(True)


def close(ask: Ask) -> dict[str, Any]:
    """Settled without refund or goods (how it shows, 10011: chosen)."""
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    if service_status(case) != _RECEIVED:
        return failed(*STATE)
    if ask.number("sysVersion", 0) != version(case):
        return failed(*VERSION)
    take(ask, case, "close_service")
    return single(True)


def remind(ask: Ask) -> dict[str, Any]:
    """The buyer is asked to send the goods; nothing on this wire shows it."""
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    if case.stage is not Stage.AWAITING_RETURN:
        return failed(*STATE)
    take(ask, case, "remind")
    return single(True)


# ---------------------------------------------------------------- what is said


def unsolved_list(ask: Ask) -> dict[str, Any]:
    number, order = ask.text("serviceId"), ask.text("orderId")
    found = [
        case
        for case in ask.world.cases_of(ask.shop, "service")
        if case.marks.get("unsolved")
        and number in {None, case.case_id}
        and order in {None, case.order.order_id}
    ]
    return paged(ask, [lead(case) for case in found])


_MESSAGES = {"call_unsolved": (1, "客户留言"), "message": (2, "商家回复")}


def message_list(ask: Ask) -> dict[str, Any]:
    needed(ask, IDS)
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH, page=True)
    rows = [
        {
            "createPin": case.order.buyer.nick if happened.actor == "buyer" else "cs01",
            "createDate": ms(happened.at),
            "context": happened.text,
            "messageType": _MESSAGES[happened.step][0],
            "messageTypeName": _MESSAGES[happened.step][1],
        }
        for happened in case.history
        if happened.step in _MESSAGES
    ]
    return paged(ask, rows)


def message_reply(ask: Ask) -> dict[str, Any]:
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    if not case.marks.get("unsolved"):
        return failed(*STATE)
    take(ask, case, "message", text=ask.text("replyContext"))
    return single(True)


def solve(ask: Ask) -> dict[str, Any]:
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    if not case.marks.get("unsolved"):
        return failed(*STATE)
    take(ask, case, "solve")
    return single(True)


def track_save(ask: Ask) -> dict[str, Any]:
    """Remarks add up: each stays in the list."""
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    take(ask, case, "remark", text=ask.text("operateRemark"))
    row = {
        "trackCreateDate": ms(case.changed_at),
        "trackContext": ask.text("operateRemark"),
        "createPin": ask.text("operatePin"),
        "createName": ask.text("operateNick"),
    }
    case.marks["tracks"] = [*case.marks.get("tracks", ()), row]
    return single(None)


def track_list(ask: Ask) -> dict[str, Any]:
    needed(ask, f"{OP} serviceId:whole")
    case = service_order(ask)
    return failed(*NO_SUCH, page=True) if case is None else paged(ask, list(case.marks.get("tracks", ())))


# ---------------------------------------------------------------- the platform called in

_ENDED = frozenset({10010, 10011, 10041})


def intervene(ask: Ask) -> dict[str, Any]:
    case = service_order(ask)
    if case is None:
        return failed(*NO_SUCH)
    if service_status(case) in _ENDED or case.disputed:
        return failed(*STATE)
    if ask.number("sysVersion", 0) != version(case):
        return failed(*VERSION)
    rows = {row["code"]: row["parentCode"] for row in reason_rows(2)}
    first, second = str(ask.number("interveneReasonCid1", 0)), str(ask.number("interveneReasonCid2", 0))
    if rows.get(first) != "0" or rows.get(second) != first:
        return failed(*wrong("介入原因不存在"))
    take(ask, case, "call_platform")
    return single(True)


_INTERVENE = (
    "operateNick:text serviceId:whole orderId:whole sysVersion:whole interveneReasonCid1:whole "
    "interveneReasonCid2:whole contactTel:text"
)
_REGISTER = " ".join(
    (IDS, "receivePin:text receiveName:text receiveRemark:text", *(f"{name}:whole" for name in _STATES))
)
_CHANGE = (
    f"{IDS} sysVersion:whole opFlag:whole shipWayId:whole shipWayName:text expressCode:text wareType:text"
)

HANDLERS: dict[str, Handler] = {
    f"jingdong.asc.{name}": handler
    for name, handler in (
        ("receive.register", service_write(_REGISTER, register)),
        ("receive.view", operated(receive_view, page=False)),
        ("freight.save", service_write(f"{IDS} freightMoney:whole", freight_save)),
        ("process.offline.change", service_write(_CHANGE, offline_change)),
        ("process.close", service_write(f"{IDS} sysVersion:whole", close)),
        ("receive.delivery.remind", service_write(f"{IDS} customerMobile:text afsAddress:text", remind)),
        ("process.JdIntervene", service_write(_INTERVENE, intervene)),
        ("unsolved.list", operated(unsolved_list, page=True)),
        ("unsolved.message.list", operated(message_list, page=True)),
        ("unsolved.message.reply", service_write(f"{IDS} replyContext:text", message_reply)),
        ("unsolved.solve", service_write(IDS, solve)),
        ("track.save", service_write(f"{OP} serviceId:whole operateRemark:text", track_save)),
        ("track.list", operated(track_list, page=True)),
    )
}
