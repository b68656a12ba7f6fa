"""What the simulated platform does on writes of refunds, and what it refuses (§4.3)."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec

from omnishop.model import Kind, Stage, to_beijing_text
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.world import Case
from omnishop_taobao.face import acting, filters, talk, wire_cases
from omnishop_taobao.face.acting import move, moved_on, standing, versioned, wants, wrong
from omnishop_taobao.face.asking import Ask, Read
from omnishop_taobao.face.case_reads import REFUSALS, refund_of
from omnishop_taobao.face.forms import Items
from omnishop_taobao.face.gate import Refusal, invalid
from omnishop_taobao.face.state import refund_status
from omnishop_taobao.mapping.common import REFUND

SMS_ABOVE = 200_000
"""Fen from which a code by SMS is wanted (chosen: the platform does not publish its sum)."""

_MOST = 20  # refunds of one call
_PARTS = (3, 4)
_RETURN = frozenset({Kind.RETURN_REFUND})
_GOODS = frozenset({Kind.CANCEL, Kind.REFUND_ONLY, Kind.RETURN_REFUND})
_MONEY = frozenset({Kind.CANCEL, Kind.REFUND_ONLY})
_REQUESTED = frozenset({Stage.REQUESTED})
_BACK = frozenset({Stage.RETURNING, Stage.INSPECTING})
_REVIEWED = _REQUESTED | _BACK
_PROOF, _PROOF_OF_RETURN, _IMAGE = 130_000, 5 * 1024 * 1024, 500 * 1024


def _tmall(ask: Ask) -> bool:
    return ask.shop.storefront == "tmall"


# ---------------------------------------------------------------- agreeing


def _agree(ask: Ask) -> dict[str, Any]:
    """Each refund by itself: some may go through and others not."""
    infos = [info.strip() for info in ask.params["refund_infos"].split(",")]
    wanted = [_info(ask, info) for info in infos]
    if len(wanted) > _MOST:
        raise invalid("refund_infos")
    whys = [_agreed(ask, info) for info in wanted]
    rows = [
        {"refund_id": info[0], "succ": why is None, "message": why or "操作成功"}
        for info, why in zip(wanted, whys, strict=True)
    ]
    done = whys.count(None)
    code, message = ("OP_SUCC", "操作成功") if done == len(rows) else ("SOME_OP_SUCC", "部分退款成功")
    if not done:
        code, message = "OP_FAILURE_UE", "退款失败"
    return {
        "succ": done == len(rows),
        "msg_code": code,
        "message": message,
        "results": Items("refund_mapping_result", rows),
    }


def _info(ask: Ask, text: str) -> tuple[str, int, str, str | None]:
    """id|fen|version|phase; C-shops may leave the phase out."""
    parts = text.split("|")
    numbers = parts[:3]
    if len(parts) not in _PARTS or not all(part.isascii() and part.isdigit() for part in numbers):
        raise invalid("refund_infos")
    phase = parts[3] if len(parts) > len(numbers) else None
    if (phase is None and _tmall(ask)) or phase not in {None, *acting.PHASES}:
        raise invalid("refund_infos")
    return parts[0], int(parts[1]), parts[2], phase


def _agreed(ask: Ask, info: tuple[str, int, str, str | None]) -> str | None:
    """Why this one was not refunded; None: it was."""
    refund_id, fen, version, phase = info
    case = ask.world.cases.get((REFUND, refund_id))
    if case is None or case.shop is not ask.shop:
        return "退款单不存在"
    step = _paying_step(case)
    if step is None:
        return "退款单状态不允许此操作"
    if phase not in {None, case.phase}:
        return "退款阶段不符"
    if version != str(wire_cases.version(case)):
        return "退款单版本号已过期"
    if _tmall(ask) and case.stage in _REVIEWED and case.marks.get("reviewed") != case.stage:
        return "退款单未审核"
    if fen != case.requested:
        return "退款金额与申请金额不符"
    refused = _sms(ask, case)
    if refused is not None:
        return refused
    try:
        move(ask, case, step, amount=fen)
    except Forbidden:
        return "退款金额超过可退金额"
    return None


def _paying_step(case: Case) -> str | None:
    if case.kind in _MONEY:
        return "agree" if case.stage in {Stage.REQUESTED, Stage.REFUSED} else None
    if case.kind in _RETURN and case.stage in _BACK | {Stage.AWAITING_RETURN, Stage.REFUSED}:
        return "refund"
    return None


def _sms(ask: Ask, case: Case) -> str | None:
    """The code that the shop got stands under `hidden`, for whoever plays the shop's phone."""
    if case.requested <= SMS_ABOVE:
        return None
    code = f"{zlib.crc32(f'{ask.world.seed}/{case.case_id}'.encode()) % 1_000_000:06d}"
    case.hidden["sms_code"] = code
    said = ask.params.get("code", "").strip()
    if not said:
        return "已发送短信验证码, 请输入验证码后重试"
    return None if said == code else "短信验证码错误"


def _review(ask: Ask) -> dict[str, Any]:
    case = refund_of(ask)
    passed = acting.truth(ask, "result")
    if case.kind not in _GOODS or case.stage not in _REVIEWED:
        raise Refusal(15, "Remote service error", "2101", "操作状态错误")
    versioned(ask, case, required=True)
    move(ask, case, "review", passed=passed)
    return {"is_success": True}


def _agree_return(ask: Ask) -> dict[str, Any]:
    extra = ("refund_phase", "refund_version", "remark") if _tmall(ask) else _WHOLE_ADDRESS
    wants(ask, *extra, "seller_address_id")
    case = refund_of(ask)
    standing(case, _RETURN, _REQUESTED)
    versioned(ask, case, required=_tmall(ask))
    filters.one_of(ask.params, "post_fee_bear_role", ("0", "1"))
    filters.one_of(ask.params, "virtual_return_goods", ("true", "false"))
    move(ask, case, "agree_return", address=acting.address(ask, "seller_address_id"))
    return {"is_success": True}


_WHOLE_ADDRESS = ("address", "mobile", "post", "name", "tel")


# ---------------------------------------------------------------- refusing


def _refuse(ask: Ask) -> dict[str, Any]:
    if _tmall(ask):
        wants(ask, "refund_phase", "refund_version", "refuse_proof")
    case = refund_of(ask)
    if case.kind is Kind.CANCEL:
        raise _not_refusable("未发货状态下不能操作拒绝退款")
    standing(case, _GOODS, _REQUESTED)
    if case.kind in _RETURN and case.reason == "no_reason":
        raise _not_refusable("七天无理由退货不能拒绝")
    versioned(ask, case, required=_tmall(ask))
    code = acting.reason(ask, "refuse_reason_id", (number for number, _, _ in REFUSALS))
    text = acting.words(ask, "refuse_message", least=2, most=200)
    pictures = acting.picture(ask, "refuse_proof", _PROOF)
    move(ask, case, "refuse", text=text, code=code, pictures=pictures)
    told = {
        "refund_id": case.case_id,
        "status": refund_status(case),
        "modified": to_beijing_text(case.changed_at),
    }
    return {"is_success": True, "refund": told}


def _not_refusable(sub_msg: str) -> Refusal:
    return Refusal(15, "Remote service error", "isv.invalid-parameter", sub_msg)


def _refuse_return(ask: Ask) -> dict[str, Any]:
    case = refund_of(ask)
    standing(case, _RETURN, _BACK)
    versioned(ask, case, required=True)
    code = acting.reason(ask, "refuse_reason_id", (number for number, _, _ in REFUSALS))
    pictures = acting.picture(ask, "refuse_proof", _PROOF_OF_RETURN)
    move(ask, case, "refuse_return", code=code, pictures=pictures)
    return {"result": True}


# ---------------------------------------------------------------- the rest


def _refill(ask: Ask) -> dict[str, Any]:
    case = refund_of(ask)
    if case.return_parcel is not None:
        raise moved_on("买家已填写物流单号")
    standing(case, _RETURN, {Stage.AWAITING_RETURN})
    versioned(ask, case, required=False)
    courier = ask.params["logistics_company_code"].strip()
    if courier not in acting.COURIERS:
        raise wrong("logistics_company_code", "物流公司编码不正确")
    waybill = acting.words(ask, "logistics_waybill_no", least=5, most=40)
    move(ask, case, "fill_logistics", carrier=courier, tracking=waybill)
    return {"is_success": True}


def _message(ask: Ask) -> dict[str, Any]:
    case = refund_of(ask)
    text = acting.words(ask, "content", least=1, most_bytes=400)
    move(ask, case, "message", text=text, pictures=acting.picture(ask, "image", _IMAGE))
    newest = talk.lines(case)[0]
    return {"refund_message": {"id": newest["id"], "created": newest["created"]}}


def _intercept(ask: Ask) -> dict[str, Any]:
    """The courier is asked to turn the parcel back."""
    case = refund_of(ask)
    standing(case, {Kind.REFUND_ONLY}, _REQUESTED)
    versioned(ask, case, required=False)
    move(ask, case, "intercept")
    return {}


class _Param(msgspec.Struct):
    """`param` of both AliGenius methods: JSON text."""

    refund_id: int | str
    status: str
    tid: int | str | None = None
    refund_fee: int | None = None
    msg: str | None = None


_PARAM = msgspec.json.Decoder(_Param)


def _param(ask: Ask) -> _Param:
    try:
        return _PARAM.decode(ask.params["param"])
    except msgspec.DecodeError:
        raise invalid("param") from None


def _stop_shipping(ask: Ask) -> dict[str, Any]:
    """SUCCESS: the parcel is stopped and the platform pays by itself; FAIL leaves it to a person."""
    param = _param(ask)
    if param.status not in {"SUCCESS", "FAIL"} or param.tid is None:
        raise invalid("param")
    case = ask.world.cases.get((REFUND, str(param.refund_id)))
    if case is None or case.shop is not ask.shop or case.order.order_id != str(param.tid):
        return _failed("isv.refund-not-exist", "退款单不存在")
    if case.kind is not Kind.CANCEL or case.stage is not Stage.REQUESTED:
        return _failed("isv.invalid-parameter", "退款单状态不允许此操作")
    if param.refund_fee not in {None, case.requested}:
        return _failed("isv.invalid-parameter:refund_fee", "退款金额与申请金额不符")
    if param.status == "SUCCESS":
        move(ask, case, "stop_shipping")
    return {"result": {"success": True, "result_data": {"refund_id": int(case.case_id)}}}


def _failed(code: str, info: str) -> dict[str, Any]:
    return {"result": {"success": False, "error_code": code, "error_info": info}}


_VERSIONED = ("refund_phase", "refund_version")

REFUND_WRITES: dict[str, Read] = {
    "taobao.rp.refunds.agree": Read(_agree, ("refund_infos",), operator=True),
    "taobao.rp.refund.review": Read(
        _review, ("refund_id", "operator", *_VERSIONED, "message", "result"), tmall=True
    ),
    "taobao.rp.returngoods.agree": Read(_agree_return, ("refund_id",)),
    "taobao.refund.refuse": Read(_refuse, ("refund_id", "refuse_message")),
    "taobao.rp.returngoods.refuse": Read(
        _refuse_return, ("refund_id", *_VERSIONED, "refuse_proof"), tmall=True
    ),
    "taobao.rp.returngoods.refill": Read(
        _refill,
        ("refund_id", "refund_phase", "logistics_waybill_no", "logistics_company_code"),
        tmall=True,
    ),
    "taobao.refund.message.add": Read(_message, ("refund_id", "content", "image")),
    "taobao.rp.refund.intercept": Read(_intercept, ("refund_id", "refund_version")),
    "taobao.rdc.aligenius.sendgoods.cancel": Read(_stop_shipping, ("param",)),
}
