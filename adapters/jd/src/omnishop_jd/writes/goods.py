"""Goods of service orders: what came back is registered, its waybill entered, the replacement sent out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from omnishop.acts import GONE_WITHOUT, Ask, Look, Seen, Shown, Subject, Verb, Write, by_stage, same
from omnishop.errors import ConfigError
from omnishop.flow import Call, Flow
from omnishop.model import Kind, Stage, Text
from omnishop.ports import Account
from omnishop_jd.errors import PLATFORM
from omnishop_jd.presence import told_at
from omnishop_jd.service.wire import FREIGHT
from omnishop_jd.wire import fitting, records, text
from omnishop_jd.writes.audits import COMES_BACK, SERVICES
from omnishop_jd.writes.parts import (
    ASC,
    UNTOLD,
    accepted,
    carrier_in,
    carriers,
    look_at,
    meant_for,
    said,
    service_ids,
    unknown_carrier,
    unset,
    version_of,
    who,
)

FREIGHT_VIEW = f"{ASC}freight.view"

_REFUNDED = frozenset({Kind.RETURN_REFUND})
_SENT_ON = frozenset({Kind.EXCHANGE, Kind.REPAIR})
_ON_ITS_WAY = frozenset({Stage.AWAITING_RETURN.value, Stage.RETURNING.value})
_HERE = frozenset({Stage.INSPECTING.value})


# ---------------------------------------------------------------- goods in

RECEIVE_SETTINGS: Mapping[str, str] = {
    "packingState": "receive_packing_state",
    "qualityState": "receive_quality_state",
    "invoiceRecord": "receive_invoice_record",
    "judgmentReason": "receive_judgment_reason",
    "accessoryOrGift": "receive_accessory_or_gift",
    "appearanceState": "receive_appearance_state",
}
"""The six codes of receive.register have no public list (4.4): parameter -> the shop's setting that holds it."""

_NO_LIST = Text(
    "拆包登记的代码无公开枚举, 请从商家后台或以往服务单的 receive.view 查得后设置",
    "the codes of receive.register have no public list: take them from the console, or from receive.view of an "
    "earlier service order, and set them",
)

BAD = "receive_quality_state_bad"
"""qualityState where pieces came back bad; the other five as ever."""


def _setting(name: str, ask: Ask) -> str:
    return BAD if ask.bad and name == "qualityState" else RECEIVE_SETTINGS[name]


def _codes(account: Account, ask: Ask) -> dict[str, int] | Text:
    asked = {name: _setting(name, ask) for name in RECEIVE_SETTINGS}
    told = {name: account.settings.get(setting, "").strip() for name, setting in asked.items()}
    lacking = [asked[name] for name, code in told.items() if not (code.isascii() and code.isdigit())]
    if lacking:
        return unset(account, _NO_LIST, *lacking)
    return {name: int(code) for name, code in told.items()}


def _unset(account: Account, look: Look, ask: Ask) -> Text | None:
    found = _codes(account, ask)
    return found if isinstance(found, Text) else None


def _register(kinds: frozenset[Kind], account: Account, look: Look, ask: Ask) -> Flow[None]:
    meant_for(look, kinds, Verb.CONFIRM_RECEIPT)
    codes = _codes(account, ask)
    if isinstance(codes, Text):
        raise ConfigError(codes.en, zh=codes.zh, platform=PLATFORM)
    lead = yield from service_ids(account, look, ask)
    counted = ask.good is not None or ask.bad is not None
    params = {
        **lead,
        "receivePin": lead["operatePin"],
        "receiveName": who(account, ask),
        **codes,
        "receiveRemark": said(ask, _counted(ask)),
        "wareNum": (ask.good or 0) + (ask.bad or 0) if counted else None,
    }
    yield from accepted(Call(f"{ASC}receive.register", params, write=True))


def _counted(ask: Ask) -> str:
    if ask.good is None and ask.bad is None:
        return "已收货"
    return f"已收货: 完好 {ask.good or 0} 件, 异常 {ask.bad or 0} 件"


_registered = by_stage(
    frozenset({Stage.INSPECTING, Stage.REFUNDING, Stage.SUCCEEDED, Stage.RESENDING, Stage.RESENT}),
    GONE_WITHOUT | {Stage.REFUSED},
)


# ---------------------------------------------------------------- waybills


def _look_for_waybill(account: Account, subject: Subject) -> Flow[Look]:
    """With the waybill as it stands (freight.view), and the carriers the shop has signed with."""
    look = yield from look_at(account, subject)
    known = yield from carriers()
    asked = yield from service_ids(account, look, Ask())
    payload = yield Call(FREIGHT_VIEW, asked)
    rows = records(told_at(payload, ("result", "data")), "data")
    number = (text(fitting(FREIGHT, rows[0]).express_code) or UNTOLD) if rows else ""
    return Look(look.record, {**look.marks, "waybill": number}, known)


def _fill(account: Account, look: Look, ask: Ask) -> Flow[None]:
    """freightMoney is required even when 0; its unit is not stated, so nothing else is ever sent."""
    meant_for(look, COMES_BACK, Verb.FILL_LOGISTICS)
    carrier = carrier_in(look, ask, look.aside)
    lead = yield from service_ids(account, look, ask)
    params = {
        **lead,
        "freightMoney": 0,
        "expressCode": ask.tracking,
        "expressCompany": carrier.name,
        "shipWayId": int(carrier.id),
    }
    yield from accepted(Call(f"{ASC}freight.save", params, write=True))


def _waybill_there(ask: Ask, before: Seen, after: Seen) -> Shown:
    now, then = after.marks.get("waybill", ""), before.marks.get("waybill", "")
    if ask.tracking and now == ask.tracking != then:
        return Shown.DONE
    if after.stage not in _ON_ITS_WAY:
        return Shown.EXCLUDED
    return Shown.BEFORE if now == then else Shown.MOVED


def _same_waybill(account: Account, look: Look, ask: Ask) -> Text | None:
    if ask.tracking is not None and look.marks.get("waybill") == ask.tracking:
        return Text("该运单号已登记", "this waybill number is registered already")
    return unknown_carrier(account, look, ask)


# ---------------------------------------------------------------- replacements

OP_FLAG = "offline_change_op_flag"
_MAIN_ARTICLE = "10"
_NO_FLAG = Text(
    "线下换新的 opFlag 无公开枚举, 请查得后设置",
    "opFlag of process.offline.change has no public list: set it once you know it",
)


def _look_for_parcel(account: Account, subject: Subject) -> Flow[Look]:
    look = yield from look_at(account, subject)
    known = yield from carriers()
    return Look(look.record, look.marks, known)


def _flag(account: Account) -> int | None:
    told = account.settings.get(OP_FLAG, "").strip()
    return int(told) if told.isascii() and told.isdigit() else None


def _change(account: Account, look: Look, ask: Ask) -> Flow[None]:
    meant_for(look, _SENT_ON, Verb.SHIP_REPLACEMENT)
    flag = _flag(account)
    if flag is None:
        text = unset(account, _NO_FLAG, OP_FLAG)
        raise ConfigError(text.en, zh=text.zh, platform=PLATFORM)
    carrier = carrier_in(look, ask, look.aside)
    lead = yield from service_ids(account, look, ask)
    params = {
        **lead,
        "sysVersion": version_of(look),
        "opFlag": flag,
        "shipWayId": int(carrier.id),
        "shipWayName": carrier.name,
        "expressCode": ask.tracking,
        "wareType": _MAIN_ARTICLE,
        "operateRemark": ask.text or None,
    }
    yield from accepted(Call(f"{ASC}process.offline.change", params, write=True))


def _no_flag(account: Account, look: Look, ask: Ask) -> Text | None:
    if _flag(account) is None:
        return unset(account, _NO_FLAG, OP_FLAG)
    return unknown_carrier(account, look, ask)


def _replaced(ask: Ask, before: Seen, after: Seen) -> Shown:
    """Completed without a refund is the end of a replacement; money instead is another way."""
    if after.stage == Stage.REFUNDING or after.refunded or after.stage in GONE_WITHOUT:
        return Shown.EXCLUDED
    if after.stage in {Stage.RESENT, Stage.SUCCEEDED} and before.stage != after.stage:
        return Shown.DONE
    return Shown.BEFORE if same(before, after) else Shown.MOVED


# ---------------------------------------------------------------- the rows


def _receipt(kinds: frozenset[Kind], *, money: bool) -> Write:
    return Write(
        Verb.CONFIRM_RECEIPT,
        "case",
        f"{ASC}receive.register",
        look_at,
        partial(_register, kinds),
        _registered,
        Text("服务单为待处理(10007)或其后", "the service order is at 10007, goods received, or past that"),
        "4.3, 4.8 A; wareNum as the pieces that came: C",
        money=money,
        sources=SERVICES,
        kinds=kinds,
        stages=_ON_ITS_WAY,
        hinders=_unset,
    )


ROWS: tuple[Write, ...] = (
    # after the goods decision of a return the platform's finance pays by itself
    _receipt(_REFUNDED, money=True),
    _receipt(_SENT_ON, money=False),
    Write(
        Verb.FILL_LOGISTICS,
        "case",
        f"{ASC}freight.save",
        _look_for_waybill,
        _fill,
        _waybill_there,
        Text("运单(freight.view)为所填单号", "the waybill (freight.view) is the number that was given"),
        "4.8 A",
        sources=SERVICES,
        kinds=COMES_BACK,
        stages=_ON_ITS_WAY,
        needs=("carrier", "tracking"),
        hinders=_same_waybill,
    ),
    Write(
        Verb.SHIP_REPLACEMENT,
        "case",
        f"{ASC}process.offline.change",
        _look_for_parcel,
        _change,
        _replaced,
        Text(
            "服务单为待用户确认(10009), 或已完成且未退款",
            "the service order waits for the buyer (10009), or is completed without a refund",
        ),
        "4.3, 4.8 A; wareType 10 主商品: 4.5 A",
        versioned=True,
        sources=SERVICES,
        kinds=_SENT_ON,
        stages=_HERE,
        needs=("carrier", "tracking"),
        hinders=_no_flag,
    ),
)
