"""Writes on refunds (退款单) of both storefronts; all but agreeing go by the shop's main session (§4.3)."""

from __future__ import annotations

from functools import partial
from typing import Any

from omnishop.acts import (
    Ask,
    Look,
    Seen,
    Shown,
    Verb,
    Write,
    nothing_sent,
    only_recorded,
    refund_decided,
    refused,
    return_decided,
)
from omnishop.errors import Conflict, Rejected
from omnishop.flow import Call, Flow
from omnishop.model import ENDED, Kind, Stage, Text
from omnishop.ports import Account
from omnishop_taobao.mapping.common import PLATFORM, REFUND, words
from omnishop_taobao.wire.reading import ident
from omnishop_taobao.wire.rest import PLACE
from omnishop_taobao.writes import checks
from omnishop_taobao.writes.answers import made
from omnishop_taobao.writes.carriers import code_of
from omnishop_taobao.writes.checks import aside, case_of, files, first
from omnishop_taobao.writes.reading import look_case, one_more

AGREE = "taobao.rp.refunds.agree"
REVIEW = "taobao.rp.refund.review"
PROOF_OF_REFUSAL = 130_000  # bytes, A §4.3
PROOF_OF_RETURN = 5 * 1024 * 1024  # bytes, A §4.3
PICTURE = 500 * 1024  # bytes, A §4.3
MESSAGE = 400  # bytes, A §4.3

_SOURCES = frozenset({REFUND})
_MONEY = frozenset({Kind.CANCEL, Kind.REFUND_ONLY})
_RETURN = frozenset({Kind.RETURN_REFUND})
_GOODS = frozenset({Kind.CANCEL, Kind.REFUND_ONLY, Kind.RETURN_REFUND})
_BACK = frozenset({Stage.RETURNING, Stage.INSPECTING})
_OPEN = frozenset(stage.value for stage in Stage if stage not in ENDED)
REVIEWED = frozenset({Stage.REQUESTED}) | _BACK
"""Stages in which Tmall wants a review before it lets the shop agree (C §4.3)."""

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


# ---------------------------------------------------------------- rows

_READY = (checks.on_web, checks.told_enough)
_look = partial(look_case)
_look_talk = partial(look_case, talk=True)
_look_places = partial(look_case, places=True)
_look_reasons = partial(look_case, reasons=True)

_PAID = Text("退款状态变为成功", "the refund reads as paid")
_NO_GOODS_BACK = Text(
    "货物不再退回: 直接退款, 请确认", "the goods will not come back: this pays without them, say so once more"
)


def agreeing(storefront: str) -> tuple[Write, ...]:
    common: dict[str, Any] = {
        "record": "case",
        "method": AGREE,
        "look": _look,
        "send": send_agree,
        "shows": refund_decided,
        "says": _PAID,
        "evidence": "A §4.3; states C",
        "money": True,
        "versioned": True,
        "sources": _SOURCES,
        "session": "operator",
        "hinders": first(*_READY, checks.told_amount),
    }
    asked = frozenset({Stage.REQUESTED, Stage.REFUSED})
    early = frozenset({Stage.AWAITING_RETURN, Stage.REFUSED})
    return (
        Write(Verb.AGREE, kinds=_MONEY, stages=asked, **common),
        Write(Verb.AGREE, kinds=_RETURN, stages=early, caution=_NO_GOODS_BACK, **common),
        Write(Verb.REFUND, kinds=_RETURN, stages=_BACK, **common),
    )


def returning(storefront: str) -> Write:
    tmall = storefront == "tmall"
    extra = () if tmall else (whole_address,)
    return Write(
        Verb.AGREE_RETURN,
        "case",
        "taobao.rp.returngoods.agree",
        _look_places,
        send_agree_return,
        return_decided,
        Text("状态变为等待买家退货", "the refund reads as waiting for the buyer's return"),
        "A §4.3; states C",
        versioned=True,
        sources=_SOURCES,
        kinds=_RETURN,
        stages=frozenset({Stage.REQUESTED}),
        needs=("address",),
        hinders=first(*_READY, checks.known_address, *extra),
    )


def refusing(storefront: str) -> Write:
    return Write(
        Verb.REFUSE,
        "case",
        "taobao.refund.refuse",
        _look_reasons,
        send_refuse,
        refused,
        Text("状态变为卖家拒绝退款", "the refund reads as refused by the shop"),
        "A §4.3; states C",
        versioned=True,
        sources=_SOURCES,
        kinds=_GOODS,
        stages=frozenset({Stage.REQUESTED}),
        needs=("text", "evidence") if storefront == "tmall" else ("text",),
        hinders=first(
            *_READY,
            checks.may_refuse,
            checks.known_reason,
            checks.length(2, 200),
            checks.picture(PROOF_OF_REFUSAL),
        ),
    )


def receiving(storefront: str) -> Write:
    kinds = _RETURN | {Kind.REPAIR} | (frozenset() if storefront == "tmall" else {Kind.EXCHANGE})
    return Write(
        Verb.CONFIRM_RECEIPT,
        "case",
        None,
        _look,
        nothing_sent,
        only_recorded,
        Text("由本方记录收货数量", "what arrived stands in our own record"),
        "A §4.3 by absence",
        sources=_SOURCES,
        kinds=kinds,
        stages=_BACK,
        needs_any=(("good", "bad"),),
    )


def talking(storefront: str) -> tuple[Write, ...]:
    kinds = _GOODS | {Kind.RESHIP, Kind.REPAIR, Kind.UNKNOWN}
    kinds |= frozenset() if storefront == "tmall" else {Kind.EXCHANGE}
    fits = (checks.weight(MESSAGE), checks.picture(PICTURE))
    common: dict[str, Any] = {
        "record": "case",
        "method": "taobao.refund.message.add",
        "look": _look_talk,
        "send": send_message,
        "shows": partial(one_more, "said"),
        "says": Text("协商记录中出现该留言", "the message stands among the case's messages"),
        "evidence": "A §4.3",
        "sources": _SOURCES,
        "kinds": kinds,
        "stages": _OPEN,
        "needs": ("text", "evidence"),
    }
    return (
        Write(Verb.ASK_EVIDENCE, hinders=first(checks.on_web, *fits), **common),
        Write(Verb.MESSAGE, hinders=first(checks.on_web, *fits), **common),
        Write(Verb.SUBMIT_EVIDENCE, hinders=first(checks.on_web, checks.disputed, *fits), **common),
    )


def stopping(storefront: str) -> Write:
    return Write(
        Verb.CANCEL_ORDER,
        "case",
        "taobao.rdc.aligenius.sendgoods.cancel",
        _look,
        send_cancel,
        refund_decided,
        Text("平台随后自动退款, 状态变为成功", "the platform then pays by itself: the refund reads as paid"),
        "A §4.3",
        money=True,
        sources=_SOURCES,
        kinds=frozenset({Kind.CANCEL}),
        stages=frozenset({Stage.REQUESTED}),
        hinders=first(checks.on_web, checks.told_amount, numbered),
    )


TMALL_ONLY: tuple[Write, ...] = (
    Write(
        Verb.PRE_AGREE,
        "case",
        REVIEW,
        _look,
        send_review,
        reviewed,
        Text("退款版本更新, 状态不变", "a later version of the refund, its stage unchanged"),
        "A §4.3; order of work B/C",
        versioned=True,
        sources=_SOURCES,
        kinds=_GOODS,
        stages=REVIEWED,
        hinders=first(*_READY),
    ),
    Write(
        Verb.REFUSE_RETURN,
        "case",
        "taobao.rp.returngoods.refuse",
        _look_reasons,
        send_refuse_return,
        refused,
        Text("状态变为卖家拒绝退款", "the refund reads as refused by the shop"),
        "A §4.3; states C",
        versioned=True,
        sources=_SOURCES,
        kinds=_RETURN,
        stages=_BACK,
        needs=("evidence",),
        hinders=first(*_READY, checks.known_reason, checks.picture(PROOF_OF_RETURN)),
    ),
    Write(
        Verb.FILL_LOGISTICS,
        "case",
        "taobao.rp.returngoods.refill",
        _look,
        send_refill,
        refilled,
        Text("退款单上出现该运单号", "the waybill stands on the refund"),
        "A §4.3",
        sources=_SOURCES,
        kinds=_RETURN,
        stages=frozenset({Stage.AWAITING_RETURN}),
        needs=("carrier", "tracking"),
        hinders=first(*_READY, no_waybill_yet),
    ),
)
