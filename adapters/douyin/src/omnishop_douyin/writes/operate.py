"""afterSale.operate: which number does what to which kind of case in which status, and its rows.

Source: wire page 4.5; the table, its column of statuses included, agrees in two public codes (B), the numbers 101,
111, 301 and 311 stand in official texts (A). One item per call: one failing item fails the whole call. `update_time`
is the version that the platform compares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen

from omnishop.acts import (
    Ask,
    Evidence,
    Look,
    Seen,
    Shown,
    Shows,
    Subject,
    Verb,
    Write,
    by_stage,
    refund_decided,
    refused,
    resend_decided,
    return_decided,
    same,
)
from omnishop.errors import ConfigError
from omnishop.flow import Flow
from omnishop.model import Case, Kind, RefuseReason, Stage, Text
from omnishop.ports import Account
from omnishop_douyin.cases.tables import STAGE
from omnishop_douyin.shape import CASES, PLATFORM
from omnishop_douyin.writes import looks
from omnishop_douyin.writes.answers import written
from omnishop_douyin.writes.carriers import carrier_code
from omnishop_douyin.writes.looks import Around

METHOD = "afterSale.operate"
_ADDRESS, _PARCEL = ("address",), ("carrier", "tracking")
_REFUSAL = ("reason", "text")

_DELIVERY_REFUSED = frozenset({"257", "258"})
"""agree_refuse_sign: the buyer refused the parcel (拒签), and 203 is the agreement meant (4.2 A; choosing it: C)."""
_SIGN_AGREED = "1"


@frozen
class Operation:
    """One number of `type`. `statuses`: after_sale_status in which the platform takes it."""

    type: int
    verb: Verb
    kind: Kind
    statuses: frozenset[int]
    needs: tuple[str, ...]
    shows: Shows
    says: Text
    money: bool = False
    caution: Text | None = None


def _agreed_after_refused_delivery(ask: Ask, before: Seen, after: Seen) -> Shown:
    """The refund waits for the parcel: the mark of the agreement is what shows first."""
    if after.marks.get("sign") == _SIGN_AGREED and before.marks.get("sign") != _SIGN_AGREED:
        return Shown.DONE
    return refund_decided(ask, before, after)


def waybill_sent(ask: Ask, before: Seen, after: Seen) -> Shown:
    """Our own number on the case; another one under way leaves no room for ours."""
    if ask.tracking and after.marks.get("sent") == ask.tracking:
        return Shown.DONE
    if after.stage in _NO_ROOM:
        return Shown.EXCLUDED
    return Shown.BEFORE if same(before, after) else Shown.MOVED


_NO_ROOM = frozenset({Stage.RESENT, Stage.SUCCEEDED, Stage.CLOSED, Stage.REFUNDING})
_goods_refused = by_stage(
    frozenset({Stage.REFUSED}), frozenset({Stage.SUCCEEDED, Stage.REFUNDING, Stage.RESENT})
)

_GRANTED = Text("售后单状态为 12 (已同意退款)", "the case stands at 12: the refund is granted")
_COMES_BACK = Text(
    "售后单状态为 7 (待买家退货) 或之后", "the case stands at 7, waiting for the return, or beyond"
)
_REFUSED = Text("售后单状态为 27 (已拒绝申请)", "the case stands at 27, refused")
_RETURN_REFUSED = Text("售后单状态为 29 (退货后拒绝)", "the case stands at 29, refused after the return")
_OWED = Text("售后单状态为 8 (待商家发货) 或之后", "the case stands at 8, to be shipped, or beyond")
_SENT = Text(
    "售后单上的补发物流为所填运单号", "the case carries the waybill that was given as the replacement's"
)
_REFUNDED = Text(
    "售后单状态为 12; 到账与否看 refund_status", "the case stands at 12; refund_status tells about the money"
)
_NOTHING_BACK = Text(
    "退货未在途或已被拒收就退款: 商品可能不会回来",
    "refunds while no return is on its way, or one was refused: the goods may never come back",
)

_AGREE_REFUND, _AGREE_REFUSED_DELIVERY = 201, 203
_TURN, _RECEIVED = 121, 111
_APPLIED = 6
_ASKED = frozenset({_APPLIED, 27})
_B, _R, _C = Kind.RETURN_REFUND, Kind.REFUND_ONLY, Kind.CANCEL
_E, _S, _F = Kind.EXCHANGE, Kind.RESHIP, Kind.REPAIR

OPERATIONS: tuple[Operation, ...] = (
    Operation(401, Verb.AGREE, _C, frozenset({6}), (), refund_decided, _GRANTED, money=True),
    Operation(201, Verb.AGREE, _R, _ASKED, (), refund_decided, _GRANTED, money=True),
    Operation(501, Verb.AGREE, _S, _ASKED, (), resend_decided, _OWED),
    Operation(602, Verb.AGREE, _F, _ASKED, (), resend_decided, _OWED),
    Operation(101, Verb.AGREE_RETURN, _B, _ASKED, _ADDRESS, return_decided, _COMES_BACK),
    Operation(301, Verb.AGREE_RETURN, _E, _ASKED, _ADDRESS, return_decided, _COMES_BACK),
    Operation(601, Verb.AGREE_RETURN, _F, _ASKED, _ADDRESS, return_decided, _COMES_BACK),
    Operation(102, Verb.REFUSE, _B, frozenset({6}), _REFUSAL, refused, _REFUSED),
    Operation(202, Verb.REFUSE, _R, frozenset({6}), _REFUSAL, refused, _REFUSED),
    Operation(302, Verb.REFUSE, _E, frozenset({6}), _REFUSAL, refused, _REFUSED),
    Operation(502, Verb.REFUSE, _S, frozenset({6}), _REFUSAL, refused, _REFUSED),
    Operation(603, Verb.REFUSE, _F, frozenset({6}), _REFUSAL, refused, _REFUSED),
    Operation(112, Verb.REFUSE_RETURN, _B, frozenset({11}), _REFUSAL, _goods_refused, _RETURN_REFUSED),
    Operation(312, Verb.REFUSE_RETURN, _E, frozenset({11}), _REFUSAL, _goods_refused, _RETURN_REFUSED),
    Operation(612, Verb.REFUSE_RETURN, _F, frozenset({11}), _REFUSAL, _goods_refused, _RETURN_REFUSED),
    Operation(111, Verb.REFUND, _B, frozenset({11}), (), refund_decided, _REFUNDED, money=True),
    Operation(
        _TURN, Verb.REFUND, _B, frozenset({6, 7, 27, 29}), (), refund_decided, _REFUNDED, True, _NOTHING_BACK
    ),
    Operation(
        321,
        Verb.REFUND,
        _E,
        frozenset({6, 7, 11, 29}),
        (),
        refund_decided,
        _REFUNDED,
        money=True,
        caution=Text(
            "换货转为退款, 不再发出换货商品", "turns the exchange into a refund: no replacement goes out"
        ),
    ),
    Operation(
        621,
        Verb.REFUND,
        _F,
        frozenset({6, 7, 8, 11, 27, 29}),
        (),
        refund_decided,
        _REFUNDED,
        money=True,
        caution=Text("维修转为退款, 商品不再修", "turns the repair into a refund: nothing is repaired"),
    ),
    Operation(311, Verb.SHIP_REPLACEMENT, _E, frozenset({7, 11, 29}), _PARCEL, waybill_sent, _SENT),
    Operation(611, Verb.SHIP_REPLACEMENT, _F, frozenset({7, 8, 11}), _PARCEL, waybill_sent, _SENT),
)
_OFFICIAL = frozenset({101, 111, 301, 311})


def row(found: Operation) -> Write:
    refusal = found.needs == _REFUSAL
    look: Callable[[Any, Subject], Flow[Look]] = looks.case
    if refusal:
        look = looks.case_with_reasons if found.verb is Verb.REFUSE else looks.case_with_any_reason
    return Write(
        verb=found.verb,
        record="case",
        method=METHOD,
        look=look,
        send=_sending(found),
        shows=_agreed_after_refused_delivery if found.type == _AGREE_REFUND else found.shows,
        says=found.says,
        evidence=f"{METHOD} {found.type}, wire page 4.5 {'A' if found.type in _OFFICIAL else 'B'}",
        money=found.money,
        versioned=True,
        sources=frozenset({CASES}),
        kinds=frozenset({found.kind}),
        stages=frozenset(STAGE[status] for status in found.statuses),
        needs=found.needs,
        caution=found.caution,
        hinders=_hindering(found),
    )


def _hindering(found: Operation) -> Callable[[Any, Look, Ask], Text | None]:
    def hinders(account: Account, look: Look, ask: Ask) -> Text | None:
        status = status_of(look)
        if status is not None and status not in found.statuses:
            taken = ", ".join(str(number) for number in sorted(found.statuses))
            return Text(
                f"售后单状态为 {status}, 平台仅在 {taken} 时接受该操作 ({found.type})",
                f"the case stands at {status}; the platform takes this ({found.type}) only at {taken}",
            )
        if "address" in found.needs and ask.address and not ask.address.isdigit():
            return Text(
                "退货地址须为平台地址编号 (address.list 的 address_id)",
                "the return address is the number that address.list gives as address_id",
            )
        return _refusal_hinders(look, ask) if found.needs == _REFUSAL else None

    return hinders


def status_of(look: Look) -> int | None:
    """after_sale_status as it was read: 27 and 29 are one stage of the model, and not one here."""
    record = look.record
    first = (record.raw_stage or "").partition("/")[0] if isinstance(record, Case) else ""
    return int(first) if first.isdigit() else None


def _refusal_hinders(look: Look, ask: Ask) -> Text | None:
    reasons = look.aside.reasons if isinstance(look.aside, Around) else None
    if reasons is None:
        return Text(
            "拒绝原因暂时读取不到, 请稍后再试",
            "the reasons for refusing could not be read; try again in a while",
        )
    if not reasons:
        return Text(
            "平台未给出该售后单可用的拒绝原因, 暂不能拒绝",
            "the platform gives no reason by which this case could be refused now",
        )
    if not ask.reason:
        return None
    chosen = reason_of(reasons, ask.reason)
    if chosen is None:
        offered = "; ".join(f"{reason.code} {reason.text or ''}".strip() for reason in reasons)
        return Text(f"拒绝原因须为其中之一: {offered}", f"the reason must be one of: {offered}")
    if chosen.needs_evidence and not any(_is_shown(piece) for piece in ask.evidence):
        return Text(
            f"原因 {chosen.code} 需要图片或视频凭证 (网址)",
            f"reason {chosen.code} wants a picture or video as evidence, by its address",
        )
    return only_addresses(ask)


def only_addresses(ask: Ask) -> Text | None:
    """This wire has no way to bring bytes: pictures go up in the merchant console first."""
    if any(piece.kind != "text" and not _fetchable(piece.url) for piece in ask.evidence):
        return Text(
            "平台接口只接受凭证网址, 不接收文件内容; 请先上传到可访问的网址 (如商家素材中心)",
            "the platform takes evidence by address only, no bytes; put the file where it can be fetched first",
        )
    return None


def _fetchable(url: str | None) -> bool:
    return url is not None and url.startswith(("https://", "http://"))


def _is_shown(piece: Evidence) -> bool:
    """Of four types only pictures and videos are shown to anyone (4.5)."""
    return piece.kind in {"image", "video"} and bool(piece.url)


def reason_of(reasons: tuple[RefuseReason, ...], code: str) -> RefuseReason | None:
    return next((reason for reason in reasons if reason.code == code), None)


def _sending(found: Operation) -> Callable[[Any, Look, Ask], Flow[None]]:
    hinders = _hindering(found)

    def send(account: Account, look: Look, ask: Ask) -> Flow[None]:
        record = case_of(look)
        held = hinders(account, look, ask)
        if held is not None or missing(found.needs, ask):
            raise unfit(held)
        given = {"type": _number(found, look), "items": [_item(found, record, look, ask)]}
        yield from written(METHOD, given, record.case_id)

    return send


def _number(found: Operation, look: Look) -> int:
    """Two rows stand for two numbers each: what the page lists by status is one act for people."""
    status = status_of(look)
    if found.type == _AGREE_REFUND and look.marks.get("sign") in _DELIVERY_REFUSED and status == _APPLIED:
        return _AGREE_REFUSED_DELIVERY
    if found.type == _TURN and status not in _ASKED:
        return _RECEIVED
    return found.type


def _item(found: Operation, record: Case, look: Look, ask: Ask) -> dict[str, Any]:
    """Absent members stay out: nulls and empty objects may not be sent."""
    item: dict[str, Any] = {"aftersale_id": record.case_id}
    if record.version is not None:
        item["update_time"] = int(record.version)
    if found.needs == _REFUSAL:
        item |= _refusal(look, ask)
    elif ask.text:
        item["remark"] = ask.text
    logistics = _logistics(found, ask)
    return item | ({"logistics": logistics} if logistics else {})


def _logistics(found: Operation, ask: Ask) -> dict[str, Any]:
    if found.needs == _ADDRESS:
        return {"receiver_address_id": int(ask.address or 0)}
    if found.needs == _PARCEL:
        return {"company_code": carrier_code(ask.carrier), "logistics_code": ask.tracking}
    return {}


def case_of(look: Look) -> Case:
    if not isinstance(look.record, Case):
        raise unfit(Text("该操作的对象应为售后单", "this is done to a case"))
    return look.record


def missing(needs: tuple[str, ...], ask: Ask) -> bool:
    """Whether something is not said; a `send` that was not held back before must not guess it."""
    return not all(getattr(ask, name) for name in needs)


def unfit(held: Text | None) -> ConfigError:
    """What was asked for cannot be put into a request; nothing was sent."""
    told = held or Text("缺少该操作必须说明的内容", "something that this write must say was not said")
    return ConfigError(told.en, zh=told.zh, platform=PLATFORM)


_EVIDENCE_TYPE = {"image": 1, "video": 2, "audio": 3, "text": 4}


def _refusal(look: Look, ask: Ask) -> dict[str, Any]:
    reasons = look.aside.reasons if isinstance(look.aside, Around) else None
    chosen = reason_of(reasons or (), ask.reason or "")
    said: dict[str, Any] = {"remark": ask.text, "reject_reason_code": _code(ask.reason or "")}
    if chosen is not None and chosen.text:
        said["reason"] = chosen.text
    proofs = [_proof(piece) for piece in ask.evidence]
    return said | ({"evidence": proofs} if proofs else {})


def _code(reason: str) -> int | str:
    """An integer, as the page has it; whatever else the platform's own list should hold goes back as it came."""
    return int(reason) if reason.isascii() and reason.isdigit() else reason


def _proof(piece: Evidence) -> dict[str, Any]:
    told: dict[str, Any] = {"type": _EVIDENCE_TYPE[piece.kind]}
    if piece.url:
        told["url"] = piece.url
    if piece.kind == "text" and piece.content:
        told["desc"] = piece.content.decode("utf-8", "replace")
    return told


ROWS: tuple[Write, ...] = tuple(row(found) for found in OPERATIONS)
