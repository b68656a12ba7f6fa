"""What the simulated platform does on writes of Tmall exchanges; what it refuses stands inside the answer (§4.4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from omnishop.model import Kind, Stage
from omnishop.sandbox.world import Case
from omnishop_taobao.face import acting, talk, wire_cases
from omnishop_taobao.face.acting import move, standing
from omnishop_taobao.face.asking import Ask, Read, gone
from omnishop_taobao.face.case_reads import EXCHANGE_REFUSALS, exchange_of
from omnishop_taobao.face.forms import Items
from omnishop_taobao.face.gate import Refusal, invalid
from omnishop_taobao.face.lists import picked

_EXCHANGE = frozenset({Kind.EXCHANGE})
_BACK = frozenset({Stage.RETURNING, Stage.INSPECTING})
_PICTURE = 500 * 1024  # bytes; not told for exchanges: as for refunds
_WRITTEN = "dispute_id,bizorder_id,modified,status"

Deed = Callable[[Ask, Case], None]


def _case(ask: Ask) -> Case:
    case = exchange_of(ask)
    if case is None:
        raise gone("refund", "换货单不存在")
    return case


def _written(deed: Deed, ask: Ask) -> dict[str, Any]:
    """The exchange as it stands afterwards, or why nothing was done."""
    try:
        case = _case(ask)
        deed(ask, case)
    except Refusal as no:
        if no.code != _BUSINESS:
            raise
        return _failed(no)
    told = picked(wire_cases.exchange(case), ask.params.get("fields") or _WRITTEN)
    return {"result": {"success": True, "exchange": told}}


_BUSINESS = 15


def _failed(no: Refusal) -> dict[str, Any]:
    return {"result": {"success": False, "msg_code": no.sub_code, "message": no.sub_msg}}


def _agree(ask: Ask, case: Case) -> None:
    standing(case, _EXCHANGE, {Stage.REQUESTED})
    place = acting.address(ask, "address_id")
    acting.picture(ask, "leave_message_pics", _PICTURE)
    move(ask, case, "agree_return", address=place)


def _refuse(ask: Ask, case: Case) -> None:
    standing(case, _EXCHANGE, {Stage.REQUESTED})
    move(ask, case, "refuse", **_why(ask))


def _refuse_return(ask: Ask, case: Case) -> None:
    standing(case, _EXCHANGE, _BACK)
    move(ask, case, "refuse_return", **_why(ask))


def _why(ask: Ask) -> dict[str, Any]:
    return {
        "code": acting.reason(ask, "seller_refuse_reason_id", (code for code, _ in EXCHANGE_REFUSALS)),
        "text": ask.params.get("leave_message", "").strip(),
        "pictures": acting.picture(ask, "leave_message_pics", _PICTURE),
    }


def _receive(ask: Ask, case: Case) -> None:
    standing(case, _EXCHANGE, _BACK)
    move(ask, case, "owe_replacement")


def _consign(ask: Ask, case: Case) -> None:
    standing(case, _EXCHANGE, {Stage.RESENDING})
    move(ask, case, "ship_replacement", **_parcel(ask))


def _confirm_and_consign(ask: Ask, case: Case) -> None:
    standing(case, _EXCHANGE, _BACK)
    parcel = _parcel(ask)
    move(ask, case, "owe_replacement")
    move(ask, case, "ship_replacement", **parcel)


def _parcel(ask: Ask) -> dict[str, str]:
    if ask.params["logistics_type"].strip() not in {"100", "200"}:
        raise invalid("logistics_type")
    return {
        "carrier": acting.courier_of(ask.params["logistics_company_name"].strip()),
        "tracking": acting.words(ask, "logistics_no", least=5, most=40),
    }


def _message(ask: Ask) -> dict[str, Any]:
    try:
        case = _case(ask)
        text = acting.words(ask, "content", least=1, most_bytes=400)
        pictures = acting.picture(ask, "message_pics", _PICTURE)
    except Refusal as no:
        if no.code != _BUSINESS:
            raise
        return {"result": {"error_code": no.sub_code, "error_msg": no.sub_msg}}
    move(ask, case, "message", text=text, pictures=pictures)
    newest = talk.exchange_lines(case, frozenset())[0]
    return {"result": {"results": Items("refund_message", [picked(newest, ask.params["fields"])])}}


def _write(deed: Deed, *wants: str) -> Read:
    return Read(partial(_written, deed), ("dispute_id", *wants), tmall=True)


_SENT = ("logistics_no", "logistics_type", "logistics_company_name", "fields")

EXCHANGE_WRITES: dict[str, Read] = {
    "tmall.exchange.agree": _write(_agree, "address_id", "fields"),
    "tmall.exchange.refuse": _write(_refuse, "seller_refuse_reason_id", "fields"),
    "tmall.exchange.returngoods.agree": _write(_receive, "fields"),
    "tmall.exchange.returngoods.refuse": _write(_refuse_return, "seller_refuse_reason_id"),
    "tmall.exchange.consigngoods": _write(_consign, *_SENT),
    "tmall.exchange.confirm.consign": _write(_confirm_and_consign, *_SENT),
    "tmall.exchange.message.add": Read(_message, ("content", "dispute_id", "fields"), tmall=True),
}
