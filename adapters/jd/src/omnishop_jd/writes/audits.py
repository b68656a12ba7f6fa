"""The audit of service orders (审核): agreed to, refused, sent back with a question. All carry sysVersion."""

from __future__ import annotations

from typing import Any

import msgspec
from attrs import frozen

from omnishop.acts import (
    GONE_WITHOUT,
    Ask,
    Look,
    Seen,
    Shown,
    Subject,
    Verb,
    Write,
    by_stage,
    refund_decided,
    resend_decided,
    same,
)
from omnishop.errors import ConfigError, NotSupported
from omnishop.flow import Call, Flow
from omnishop.model import Address, Kind, Stage, Text
from omnishop.ports import Account
from omnishop_jd import details
from omnishop_jd.errors import CUT, PLATFORM
from omnishop_jd.methods import known_shop, number
from omnishop_jd.service.mapping import SOURCE
from omnishop_jd.writes.parts import (
    ASC,
    accepted,
    bill,
    carrier_in,
    carriers,
    case_in,
    listed_reason,
    look_at,
    meant_for,
    not_listed,
    pair,
    reasons_of,
    said,
    service_ids,
    unknown_carrier,
    unset,
    version_of,
)

SERVICES = frozenset({SOURCE})
COMES_BACK = frozenset({Kind.RETURN_REFUND, Kind.EXCHANGE, Kind.REPAIR})
_RESHIP = frozenset({Kind.RESHIP})
_REQUESTED = frozenset({Stage.REQUESTED.value})
_ASKED_BACK = "10002"
_AUDIT_REASONS = 1


# ---------------------------------------------------------------- what every audit says


def _audit(
    account: Account, look: Look, ask: Ask, notes: str, codes: tuple[int, int | None]
) -> Flow[dict[str, Any]]:
    """OP and AUDIT of 4.8."""
    lead = yield from service_ids(account, look, ask)
    return {
        **lead,
        "approveNotes": notes,
        "sysVersion": version_of(look),
        "approveReasonCid1": codes[0],
        "approveReasonCid2": codes[1],
    }


def _codes(look: Look, ask: Ask) -> tuple[int, int | None] | None:
    """The reason given, else the one the buyer's application was filed under."""
    reason = case_in(look).reason
    return pair(ask.reason) if ask.reason else pair(None if reason is None else reason.code)


def _coded(look: Look, ask: Ask) -> tuple[int, int | None]:
    found = _codes(look, ask)
    if found is None:
        raise ConfigError(_NO_REASON.en, zh=_NO_REASON.zh, platform=PLATFORM)
    return found


_NO_REASON = Text(
    "平台要求审核原因: 请给出 --reason 一级/二级代码(refuse_reasons 可列出)",
    "the platform wants an audit reason: give --reason FIRST/SECOND (refuse_reasons lists them)",
)
_WAITS = Text(
    "正在等待客户反馈(10002), 客户反馈后方可审核",
    "it waits for the buyer's answer (10002): the audit is open again when that is there",
)


def _not_now(account: Account, look: Look, ask: Ask) -> Text | None:
    if look.marks.get("status") == _ASKED_BACK:
        return _WAITS
    return _NO_REASON if _codes(look, ask) is None else None


# ---------------------------------------------------------------- agreed to: goods come back


def _look_for_return(account: Account, subject: Subject) -> Flow[Look]:
    look = yield from look_at(account, subject)
    addresses = yield from details.return_addresses(account)
    return Look(look.record, look.marks, addresses)


class _AreaRow(msgspec.Struct):
    zip_code: Any = None
    full_area_id: Any = None
    address_type: Any = None


_AREA = msgspec.json.Decoder(_AreaRow)


@frozen
class _Return:
    """A return address as the audit wants it."""

    contact: str
    phone: str
    zip_code: str
    area: tuple[int, ...]
    detail: str
    type: int


_NO_PHONE = Text(
    "平台未返回该地址的完整电话, 请设置",
    "the platform shows this address's phone masked or not at all, set it",
)


def _address(account: Account, look: Look, ask: Ask) -> _Return | Text:
    """The address by its id, with the parts that the model has no place for; why not, where it cannot be sent."""
    known: tuple[Address, ...] = look.aside
    found = next((one for one in known if one.address_id == ask.address), None)
    if found is None:
        shown = ", ".join(one.address_id for one in known) or "-"
        told = (ask.address or "")[:CUT]
        return Text(
            f"店铺没有退货地址 {told}; 可用: {shown}",
            f"the shop has no return address {told}; there are: {shown}",
        )
    try:
        more = _AREA.decode(found.raw)
    except msgspec.MsgspecError:
        more = _AreaRow()
    area = tuple(int(part) for part in str(more.full_area_id or "").split("_") if part.isdigit())
    phone = account.settings.get("return_phone") or found.phone or ""
    if "*" in phone or not phone:
        return unset(account, _NO_PHONE, "return_phone")
    if not _apply_details(look):
        return Text(
            "服务单详情未返回申请明细编号(applyDetailId), 请在商家后台审核",
            "the detail of the service order tells no applyDetailId: audit it in JD's console",
        )
    if len(area) < _AREAS or not found.contact or not found.text:
        return Text(
            f"退货地址 {found.address_id} 缺少联系人、地址或地区编码",
            f"return address {found.address_id} lacks contact, address or area codes",
        )
    kind = more.address_type if isinstance(more.address_type, int) else 1
    return _Return(found.contact, phone, str(more.zip_code or ""), area, found.text, kind)


_AREAS = 3
"""Province, city, county; a village may follow."""


def _no_address(account: Account, look: Look, ask: Ask) -> Text | None:
    waits = _not_now(account, look, ask)
    if waits is not None or ask.address is None:
        return waits
    found = _address(account, look, ask)
    return found if isinstance(found, Text) else None


def _agree_return(account: Account, look: Look, ask: Ask) -> Flow[None]:
    """audit.send: the buyer sends the goods himself, whatever way the application wished for."""
    meant_for(look, COMES_BACK, Verb.AGREE_RETURN)
    place = _address(account, look, ask)
    if isinstance(place, Text):
        raise ConfigError(place.en, zh=place.zh, platform=PLATFORM)
    params = yield from _audit(account, look, ask, said(ask, "同意"), _coded(look, ask))
    params |= {
        "returnContactName": place.contact,
        "returnContactTel": place.phone,
        "returnZipcode": place.zip_code,
        "returnProvince": place.area[0],
        "returnCity": place.area[1],
        "returnCounty": place.area[2],
        "returnVillage": place.area[3] if len(place.area) > _AREAS and place.area[3] else None,
        "returnDetailAddress": place.detail,
        "returnAddressType": place.type,
        "applyDetailIdList": _apply_details(look),
    }
    yield from accepted(Call(f"{ASC}audit.send", params, write=True))


def _apply_details(look: Look) -> list[int | str]:
    rows = bill(look).get("applyDetailList")
    found = (
        [row.get("applyDetailId") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    )
    return [number(str(one)) for one in found if one]


# ---------------------------------------------------------------- agreed to: sent anew


def _look_for_parcel(account: Account, subject: Subject) -> Flow[Look]:
    look = yield from look_at(account, subject)
    known = yield from carriers()
    return Look(look.record, look.marks, known)


def _reissue(account: Account, look: Look, ask: Ask) -> Flow[None]:
    meant_for(look, _RESHIP, Verb.AGREE)
    carrier = carrier_in(look, ask, look.aside)
    params = yield from _audit(account, look, ask, said(ask, "同意补发"), _coded(look, ask))
    params |= {"expressCode": ask.tracking, "shipWayId": carrier.id, "shipWayName": carrier.name}
    yield from accepted(Call(f"{ASC}audit.reissue", params, write=True))


def _reissue_hinders(account: Account, look: Look, ask: Ask) -> Text | None:
    return _not_now(account, look, ask) or unknown_carrier(account, look, ask)


# ---------------------------------------------------------------- refund only: not offered

_CONSOLE = Text(
    "京东没有同意仅退款服务单的接口: 请在京东商家后台审核",
    "the platform has no method to agree to a refund-only service order: audit it in JD's console",
)


def _in_the_console(account: Account, look: Look, ask: Ask) -> Text:
    return _CONSOLE


def _not_offered(account: Account, look: Look, ask: Ask) -> Flow[None]:
    raise NotSupported(_CONSOLE.en, zh=_CONSOLE.zh, platform=PLATFORM)
    yield


# ---------------------------------------------------------------- refused, asked back


def _look_with_reasons(account: Account, subject: Subject) -> Flow[Look]:
    account = yield from known_shop(account)
    look = yield from look_at(account, subject)
    known = yield from reasons_of(account, subject.id, _AUDIT_REASONS)
    return Look(look.record, look.marks, known)


def _refuse(account: Account, look: Look, ask: Ask) -> Flow[None]:
    codes = listed_reason(ask.reason, look.aside)
    if codes is None:
        text = not_listed(ask.reason or "-", look.aside)
        raise ConfigError(text.en, zh=text.zh, platform=PLATFORM)
    params = yield from _audit(account, look, ask, said(ask, ""), codes)
    yield from accepted(Call(f"{ASC}audit.refuse", params, write=True))


def _refuse_hinders(account: Account, look: Look, ask: Ask) -> Text | None:
    if look.marks.get("status") == _ASKED_BACK:
        return _WAITS
    if ask.reason is None or listed_reason(ask.reason, look.aside) is not None:
        return None
    return not_listed(ask.reason, look.aside)


def _wait_feedback(account: Account, look: Look, ask: Ask) -> Flow[None]:
    params = yield from _audit(account, look, ask, said(ask, ""), _coded(look, ask))
    yield from accepted(Call(f"{ASC}audit.waitFeedback", params, write=True))


_ASKED = frozenset({"10002", "10012", "10013"})
"""Asked, answered, and both at once."""


def _asked_back(ask: Ask, before: Seen, after: Seen) -> Shown:
    now, then = after.marks.get("status", ""), before.marks.get("status", "")
    if now in _ASKED and now != then:
        return Shown.DONE
    if after.stage != Stage.REQUESTED:
        return Shown.EXCLUDED
    return Shown.BEFORE if same(before, after) else Shown.MOVED


_refused = by_stage(
    frozenset({Stage.REFUSED}), frozenset(Stage) - {Stage.REFUSED, Stage.REQUESTED, Stage.UNKNOWN}
)
_sent_back = by_stage(
    frozenset({Stage.AWAITING_RETURN, Stage.RETURNING, Stage.INSPECTING}),
    GONE_WITHOUT | {Stage.REFUSED, Stage.REFUNDING, Stage.SUCCEEDED},
)

ROWS: tuple[Write, ...] = (
    Write(
        Verb.AGREE,
        "case",
        f"{ASC}audit.reissue",
        _look_for_parcel,
        _reissue,
        resend_decided,
        Text(
            "服务单为待用户确认(10009)或完成", "the service order waits for the buyer (10009) or is completed"
        ),
        "4.3, 4.8 A",
        versioned=True,
        sources=SERVICES,
        kinds=_RESHIP,
        stages=_REQUESTED,
        needs=("carrier", "tracking"),
        hinders=_reissue_hinders,
    ),
    Write(
        Verb.AGREE,
        "case",
        None,
        _look_for_parcel,
        _not_offered,
        refund_decided,
        Text("不适用", "nothing: it is never sent"),
        "4.3 A: no refund method in the family",
        sources=SERVICES,
        kinds=frozenset({Kind.REFUND_ONLY}),
        stages=_REQUESTED,
        hinders=_in_the_console,
    ),
    Write(
        Verb.AGREE_RETURN,
        "case",
        f"{ASC}audit.send",
        _look_for_return,
        _agree_return,
        _sent_back,
        Text("服务单为待收货(10005)或其后", "the service order waits for the goods (10005) or is past that"),
        "4.3, 4.8 A; returnAddressType from the address's own type: C",
        versioned=True,
        sources=SERVICES,
        kinds=COMES_BACK,
        stages=_REQUESTED,
        needs=("address",),
        hinders=_no_address,
    ),
    Write(
        Verb.REFUSE,
        "case",
        f"{ASC}audit.refuse",
        _look_with_reasons,
        _refuse,
        _refused,
        Text("服务单为审核关闭(10004)", "the service order is closed by the audit (10004)"),
        "4.2, 4.8 A",
        versioned=True,
        sources=SERVICES,
        stages=_REQUESTED,
        needs=("reason", "text"),
        hinders=_refuse_hinders,
    ),
    Write(
        Verb.ASK_EVIDENCE,
        "case",
        f"{ASC}audit.waitFeedback",
        look_at,
        _wait_feedback,
        _asked_back,
        Text(
            "服务单为待客户反馈(10002)或客户已反馈",
            "the service order waits for the buyer's answer (10002), or has it",
        ),
        "4.3, 4.8 A",
        versioned=True,
        sources=SERVICES,
        stages=_REQUESTED,
        needs=("text",),
        hinders=_not_now,
    ),
)
