"""Rows of the writes on refunds (退款单): kinds, stages and needs of each, for Tmall and for C-shops (§4.3)."""

from __future__ import annotations

from functools import partial
from typing import Any

from omnishop.acts import Verb, Write, nothing_sent, only_recorded, refund_decided, refused, return_decided
from omnishop.model import ENDED, Kind, Stage, Text
from omnishop_taobao.mapping.common import REFUND
from omnishop_taobao.writes import checks
from omnishop_taobao.writes.checks import first
from omnishop_taobao.writes.reading import look_case, said_once_more
from omnishop_taobao.writes.refunds import (
    AGREE,
    REVIEW,
    no_waybill_yet,
    numbered,
    refilled,
    reviewed,
    send_agree,
    send_agree_return,
    send_cancel,
    send_message,
    send_refill,
    send_refuse,
    send_refuse_return,
    send_review,
    whole_address,
)

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
        "shows": said_once_more,
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
