"""Writes on Tmall exchanges (换货单): none of them carries a version; failures stand inside the answer (§4.4)."""

from __future__ import annotations

from functools import partial
from typing import Any

from omnishop.acts import (
    GONE_WITHOUT,
    REFUND_DECIDED,
    Ask,
    Look,
    Verb,
    Write,
    by_stage,
    refused,
    replacement_sent,
    return_decided,
)
from omnishop.flow import Call, Flow
from omnishop.model import ENDED, Kind, Stage, Text
from omnishop.ports import Account
from omnishop_taobao.fields import EXCHANGE_WRITTEN, TALK
from omnishop_taobao.mapping.common import REFUND
from omnishop_taobao.writes import checks
from omnishop_taobao.writes.answers import made
from omnishop_taobao.writes.carriers import POST_BY_MAIL, code_of, name_of
from omnishop_taobao.writes.checks import case_of, files, first
from omnishop_taobao.writes.reading import look_case, said_once_more
from omnishop_taobao.writes.refund_rows import MESSAGE, PICTURE

_BY_POST, _BY_EXPRESS = 100, 200  # logistics_type, A §4.4
_BACK = frozenset({Stage.RETURNING, Stage.INSPECTING})


def _send(
    method: str, look: Look, params: dict[str, Any], pictures: dict[str, Any] | None = None
) -> Flow[None]:
    dispute_id = case_of(look).case_id
    whole = {"dispute_id": dispute_id, **params}
    yield from made(Call(method, whole, write=True, files=pictures or {}), dispute_id)


def _said(ask: Ask) -> str | None:
    return (ask.text or "").strip() or None


def send_agree(account: Account, look: Look, ask: Ask) -> Flow[None]:
    params = {"address_id": ask.address, "leave_message": _said(ask), "fields": EXCHANGE_WRITTEN}
    yield from _send("tmall.exchange.agree", look, params)


def send_refuse(account: Account, look: Look, ask: Ask) -> Flow[None]:
    params = {
        "seller_refuse_reason_id": ask.reason,
        "leave_message": _said(ask),
        "fields": EXCHANGE_WRITTEN,
    }
    yield from _send("tmall.exchange.refuse", look, params, files("leave_message_pics", ask))


def send_receive(account: Account, look: Look, ask: Ask) -> Flow[None]:
    yield from _send("tmall.exchange.returngoods.agree", look, {"fields": EXCHANGE_WRITTEN})


def send_refuse_return(account: Account, look: Look, ask: Ask) -> Flow[None]:
    params = {"seller_refuse_reason_id": ask.reason, "leave_message": _said(ask)}
    yield from _send("tmall.exchange.returngoods.refuse", look, params, files("leave_message_pics", ask))


def send_goods(method: str, account: Account, look: Look, ask: Ask) -> Flow[None]:
    """This family takes the courier's name."""
    carrier = ask.carrier or ""
    by_post = code_of(carrier) in POST_BY_MAIL
    params = {
        "logistics_no": (ask.tracking or "").strip(),
        "logistics_type": _BY_POST if by_post else _BY_EXPRESS,
        "logistics_company_name": name_of(carrier),
        "fields": EXCHANGE_WRITTEN,
    }
    yield from _send(method, look, params)


def send_message(account: Account, look: Look, ask: Ask) -> Flow[None]:
    params = {"content": _said(ask), "fields": TALK}
    yield from _send("tmall.exchange.message.add", look, params, files("message_pics", ask))


# ---------------------------------------------------------------- rows

_FITS: dict[str, Any] = {
    "record": "case",
    "sources": frozenset({REFUND}),
    "kinds": frozenset({Kind.EXCHANGE}),
}
_look_talk = partial(look_case, talk=True)
_received = by_stage(
    frozenset({Stage.RESENDING, Stage.RESENT, Stage.SUCCEEDED}),
    GONE_WITHOUT | REFUND_DECIDED - {Stage.SUCCEEDED},
)
_talk_fits = (checks.weight(MESSAGE), checks.picture(PICTURE))


def _shipping(method: str, stages: frozenset[Stage], caution: Text | None) -> Write:
    return Write(
        Verb.SHIP_REPLACEMENT,
        method=method,
        look=partial(look_case),
        send=partial(send_goods, method),
        shows=replacement_sent,
        says=Text("换货状态变为待买家收货", "the exchange reads as: replacement on its way"),
        evidence="A §4.4; states C",
        stages=stages,
        needs=("carrier", "tracking"),
        caution=caution,
        hinders=first(checks.on_web),
        **_FITS,
    )


def _message(verb: Verb, *more: checks.Check) -> Write:
    return Write(
        verb,
        method="tmall.exchange.message.add",
        look=_look_talk,
        send=send_message,
        shows=said_once_more,
        says=Text("协商记录中出现该留言", "the message stands among the case's messages"),
        evidence="A §4.4; limits as of refunds, C",
        stages=frozenset(stage for stage in Stage if stage not in ENDED),
        needs=("text",),
        hinders=first(checks.on_web, *more, *_talk_fits),
        **_FITS,
    )


EXCHANGES: tuple[Write, ...] = (
    Write(
        Verb.AGREE_RETURN,
        method="tmall.exchange.agree",
        look=partial(look_case, places=True),
        send=send_agree,
        shows=return_decided,
        says=Text("换货状态变为待买家退货", "the exchange reads as waiting for the return"),
        evidence="A §4.4; states C",
        stages=frozenset({Stage.REQUESTED}),
        needs=("address",),
        hinders=first(checks.on_web, checks.known_address),
        **_FITS,
    ),
    Write(
        Verb.REFUSE,
        method="tmall.exchange.refuse",
        look=partial(look_case, reasons=True),
        send=send_refuse,
        shows=refused,
        says=Text("换货状态变为待买家修改", "the exchange reads as: the buyer may change it"),
        evidence="A §4.4; states C",
        stages=frozenset({Stage.REQUESTED}),
        needs=("reason",),
        hinders=first(checks.on_web, checks.known_reason, checks.picture(PICTURE)),
        **_FITS,
    ),
    Write(
        Verb.CONFIRM_RECEIPT,
        method="tmall.exchange.returngoods.agree",
        look=partial(look_case),
        send=send_receive,
        shows=_received,
        says=Text("换货状态变为待发出换货商品", "the exchange reads as: ship the replacement"),
        evidence="A §4.4; states C",
        stages=_BACK,
        needs_any=(("good", "bad"),),
        hinders=first(checks.on_web),
        **_FITS,
    ),
    Write(
        Verb.REFUSE_RETURN,
        method="tmall.exchange.returngoods.refuse",
        look=partial(look_case, reasons=True),
        send=send_refuse_return,
        shows=refused,
        says=Text("换货状态变为待买家修改", "the exchange reads as: the buyer may change it"),
        evidence="A §4.4; states C",
        stages=_BACK,
        needs=("reason",),
        hinders=first(checks.on_web, checks.known_reason, checks.picture(PICTURE)),
        **_FITS,
    ),
    _shipping("tmall.exchange.consigngoods", frozenset({Stage.RESENDING}), None),
    _shipping(
        "tmall.exchange.confirm.consign",
        _BACK,
        Text(
            "尚未确认收到退货: 此操作同时确认收货并发出换货商品",
            "the return is not confirmed yet: this confirms it and ships the replacement in one step",
        ),
    ),
    _message(Verb.ASK_EVIDENCE),
    _message(Verb.MESSAGE),
    _message(Verb.SUBMIT_EVIDENCE, checks.disputed),
)
