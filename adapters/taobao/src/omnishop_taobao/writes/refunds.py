"""What writes on refunds (退款单) of both storefronts send; all but agreeing go by the shop's main session (§4.3)."""

from __future__ import annotations

from typing import Any

from omnishop.acts import Ask, Look, Seen, Shown
from omnishop.errors import Conflict, Rejected
from omnishop.flow import Call, Flow
from omnishop.model import ENDED, Text
from omnishop.ports import Account
from omnishop_taobao.mapping.common import PLATFORM, words
from omnishop_taobao.wire.reading import ident
from omnishop_taobao.wire.rest import PLACE
from omnishop_taobao.writes.answers import made
from omnishop_taobao.writes.carriers import code_of
from omnishop_taobao.writes.checks import aside, case_of, files

AGREE = "taobao.rp.refunds.agree"
REVIEW = "taobao.rp.refund.review"
_WANTS_CODE = ("验证码", "短信")


def _versioned(account: Account, look: Look) -> dict[str, Any]:
    """Phase and version, wherever a method takes them; C-shops may lack a phase."""
    return {"refund_phase": aside(look).phase, "refund_version": case_of(look).version}


# ---------------------------------------------------------------- agreeing


def send_agree(account: Account, look: Look, ask: Ask) -> Flow[None]:
    """One refund a call. The platform wants a code by SMS above a sum that it does not publish."""
    case = case_of(look)
    parts = [case.case_id, str(case.amounts.requested), case.version or "", aside(look).phase or ""]
    infos = "|".join(parts).rstrip("|")
    call = Call(AGREE, {"refund_infos": infos, "code": ask.code}, write=True, session="operator")
    try:
        yield from made(call, case.case_id)
    except Conflict:
        raise
    except Rejected as no:
        raise _code_wanted(no) if any(word in no.zh for word in _WANTS_CODE) else no from None


def _code_wanted(no: Rejected) -> Rejected:
    return Rejected(
        f"the platform has sent a code by SMS to the shop: repeat with --code; it said: {no.zh}",
        zh=f"平台已向商家发送短信验证码: 请加上 --code 重试; 平台说明: {no.zh}",
        platform=PLATFORM,
        method=AGREE,
        code=no.code,
        request_id=no.request_id,
    )


def send_review(account: Account, look: Look, ask: Ask) -> Flow[None]:
    case = case_of(look)
    params = {
        "refund_id": case.case_id,
        "operator": ask.by.strip() or account.name,
        "message": (ask.text or "").strip() or "同意退款",
        "result": True,
        **_versioned(account, look),
    }
    yield from made(Call(REVIEW, params, write=True))


def reviewed(ask: Ask, before: Seen, after: Seen) -> Shown:
    """A review shows itself in nothing but a later version; off its stage it no longer means anything."""
    if after.stage != before.stage:
        return Shown.EXCLUDED
    return Shown.BEFORE if after.version == before.version else Shown.DONE


def send_agree_return(account: Account, look: Look, ask: Ask) -> Flow[None]:
    case = case_of(look)
    params: dict[str, Any] = {"refund_id": case.case_id, "seller_address_id": ask.address}
    params |= _versioned(account, look)
    if account.storefront == "tmall":
        params["remark"] = (ask.text or "").strip() or "同意退货"
    else:
        params |= _whole_address(look, ask)
        params["remark"] = (ask.text or "").strip() or None
    yield from made(Call("taobao.rp.returngoods.agree", params, write=True))


def _whole_address(look: Look, ask: Ask) -> dict[str, str | None]:
    """C-shops spell the address out (A §4.3); a shop without a land line gives its mobile number twice."""
    place = next((place for place in aside(look).places if place.address_id == ask.address), None)
    if place is None:
        return {}
    told = PLACE.read(place.raw)
    mobile = words(told.mobile_phone) or words(told.phone)
    return {
        "address": place.text,
        "mobile": mobile,
        "tel": words(told.phone) or mobile,
        "post": ident(told.zip_code),
        "name": place.contact,
    }


def whole_address(account: Account, look: Look, ask: Ask) -> Text | None:
    lacks = [name for name, value in _whole_address(look, ask).items() if not value]
    if not lacks:
        return None
    names = ", ".join(lacks)
    return Text(
        f"退货地址缺少 {names}: 请先在卖家后台补全",
        f"the return address lacks {names}: complete it in the seller's console",
    )


# ---------------------------------------------------------------- refusing


def send_refuse(account: Account, look: Look, ask: Ask) -> Flow[None]:
    case = case_of(look)
    params = {
        "refund_id": case.case_id,
        "refuse_message": (ask.text or "").strip(),
        "refuse_reason_id": ask.reason,
        **_versioned(account, look),
    }
    yield from made(
        Call("taobao.refund.refuse", params, write=True, files=files("refuse_proof", ask)), case.case_id
    )


def send_refuse_return(account: Account, look: Look, ask: Ask) -> Flow[None]:
    params = {
        "refund_id": case_of(look).case_id,
        "refuse_reason_id": ask.reason,
        **_versioned(account, look),
    }
    yield from made(
        Call("taobao.rp.returngoods.refuse", params, write=True, files=files("refuse_proof", ask))
    )


# ---------------------------------------------------------------- the rest


def send_message(account: Account, look: Look, ask: Ask) -> Flow[None]:
    params = {"refund_id": case_of(look).case_id, "content": (ask.text or "").strip()}
    yield from made(Call("taobao.refund.message.add", params, write=True, files=files("image", ask)))


def send_refill(account: Account, look: Look, ask: Ask) -> Flow[None]:
    params = {
        "refund_id": case_of(look).case_id,
        "refund_phase": aside(look).phase,
        "logistics_waybill_no": (ask.tracking or "").strip(),
        "logistics_company_code": code_of(ask.carrier or ""),
    }
    yield from made(Call("taobao.rp.returngoods.refill", params, write=True))


def refilled(ask: Ask, before: Seen, after: Seen) -> Shown:
    """Done with our waybill on it; another one there means that the buyer was first."""
    waybill = after.marks.get("waybill")
    if waybill == (ask.tracking or "").strip():
        return Shown.DONE
    if waybill or after.stage in ENDED:
        return Shown.EXCLUDED
    return Shown.BEFORE if after.stage == before.stage else Shown.MOVED


def no_waybill_yet(account: Account, look: Look, ask: Ask) -> Text | None:
    if "waybill" not in look.marks:
        return None
    return Text("买家已填写退货运单号", "the buyer has already entered a waybill")


def send_cancel(account: Account, look: Look, ask: Ask) -> Flow[None]:
    """The parcel is stopped: the platform then refunds by itself."""
    case = case_of(look)
    param: dict[str, Any] = {
        "refund_id": int(case.case_id),
        "tid": int(case.order_id or 0),
        "status": "SUCCESS",
    }
    if case.amounts.requested is not None:
        param["refund_fee"] = int(case.amounts.requested)
    if case.lines and case.lines[0].line_id:
        param["oid"] = int(case.lines[0].line_id)
    yield from made(Call("taobao.rdc.aligenius.sendgoods.cancel", {"param": param}, write=True), case.case_id)


def numbered(account: Account, look: Look, ask: Ask) -> Text | None:
    order_id = case_of(look).order_id
    return (
        None
        if order_id and order_id.isdigit()
        else Text("平台未给出交易编号", "the platform does not tell the trade")
    )
