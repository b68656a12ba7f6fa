"""Writes on orders and reviews: shipped, remarked on, answered."""

from __future__ import annotations

from typing import Any

import msgspec

from omnishop.acts import Ask, Look, Seen, Shown, Subject, Verb, Write
from omnishop.errors import ConfigError, NotFound, NotSupported
from omnishop.flow import Call, Flow
from omnishop.model import Order, OrderStatus, Review, Text
from omnishop.ports import Account
from omnishop_jd import details
from omnishop_jd.catalogue import METHODS
from omnishop_jd.decoding import READINGS, records_in
from omnishop_jd.errors import PLATFORM
from omnishop_jd.methods import COMMENTS, number
from omnishop_jd.wire import Id, at, fitting, text, words
from omnishop_jd.writes.parts import (
    UNTOLD,
    accepted,
    carrier_in,
    carriers,
    digest,
    more_to_read,
    said,
    unknown_carrier,
)

SHIPMENT = "jingdong.pop.order.shipment"
REMARK = "jingdong.pop.order.modifyVenderRemark"
REMARK_VIEW = "jingdong.order.venderRemark.queryByOrderId"
REPLY = "jingdong.pop.PopCommentJsfService.saveReply"

_TO_SHIP = frozenset({OrderStatus.PAID.value, OrderStatus.PART_SHIPPED.value})
_SHIPPED = frozenset({OrderStatus.SHIPPED.value, OrderStatus.DELIVERED.value, OrderStatus.FINISHED.value})
_SELF_DELIVERED, _BY_ITSELF = "1274", "厂家自送"
"""By the shop itself: the platform stores no waybill number (7)."""


# ---------------------------------------------------------------- shipping


def _look_for_parcel(account: Account, subject: Subject) -> Flow[Look]:
    order = yield from details.order(account, subject.id)
    known = yield from carriers()
    numbers = sorted(parcel.tracking_no for parcel in order.parcels if parcel.tracking_no)
    return Look(order, {"waybills": ",".join(numbers)}, known)


def _ship(account: Account, look: Look, ask: Ask) -> Flow[None]:
    carrier = carrier_in(look, ask, look.aside)
    if not ask.tracking and carrier.id != _SELF_DELIVERED:
        raise ConfigError(_NO_NUMBER.en, zh=_NO_NUMBER.zh, platform=PLATFORM)
    params = {
        "orderId": number(_order(look).order_id),
        "logiCoprId": carrier.id,
        "logiNo": ask.tracking or None,
    }
    yield from accepted(Call(SHIPMENT, params, write=True))


_NO_NUMBER = Text(
    "请给出运单号: 仅厂家自送(1274)可不填", "give the waybill number: only 厂家自送 (1274) goes without"
)
_BY_PIECES = Text(
    "该平台整单出库, 不能指定商品件数", "the platform ships orders whole: pieces cannot be named"
)


def _order(look: Look) -> Order:
    if not isinstance(look.record, Order):
        raise ConfigError("this is asked of an order", zh="该操作针对订单", platform=PLATFORM)
    return look.record


def _may_not_ship(account: Account, look: Look, ask: Ask) -> Text | None:
    if ask.lines:
        return _BY_PIECES
    problem = unknown_carrier(account, look, ask)
    if problem is not None or ask.carrier is None or ask.tracking:
        return problem
    return None if carrier_in(look, ask, look.aside).id == _SELF_DELIVERED else _NO_NUMBER


def _without_number(ask: Ask) -> frozenset[str]:
    told = set((ask.carrier or "").split(":"))
    return frozenset({"tracking"}) if told & {_SELF_DELIVERED, _BY_ITSELF} else frozenset()


def _out(ask: Ask, before: Seen, after: Seen) -> Shown:
    """The waybill of ours is there; another one, or a closed order, leaves no room for it."""
    wanted = {one.strip() for one in (ask.tracking or "").split(",") if one.strip()}
    now, then = _numbers(after), _numbers(before)
    moved = after.stage in _SHIPPED and before.stage in _TO_SHIP
    if (wanted and wanted <= now and not wanted <= then) or (not wanted and moved):
        return Shown.DONE
    if (after.stage in _SHIPPED and now) or after.stage == OrderStatus.CLOSED:
        return Shown.EXCLUDED
    return Shown.BEFORE if (after.stage, now) == (before.stage, then) else Shown.MOVED


def _numbers(seen: Seen) -> set[str]:
    return {one for one in seen.marks.get("waybills", "").split(",") if one}


# ---------------------------------------------------------------- remarks


class _RemarkRow(msgspec.Struct):
    remark: Any = None
    flag: Id = None


_REMARK = msgspec.json.Decoder(_RemarkRow)
_JOINT = " | "
_LIMIT = 500
_GREY = 0


def _look_at_remark(account: Account, subject: Subject) -> Flow[Look]:
    """The remark is overwritten by a write: what stands there is read whole, and compared by digests of its parts."""
    order = yield from details.order(account, subject.id)
    payload = yield Call(REMARK_VIEW, {"order_id": number(subject.id)})
    row = at(payload, METHODS[REMARK_VIEW].path)
    standing = _RemarkRow("") if row is None else fitting(_REMARK, row)
    memo = UNTOLD if standing.remark is None else _parts(words(standing.remark) or "")
    return Look(order, {"memo": memo}, standing)


def _parts(remark: str) -> str:
    return ",".join(digest(part) for part in remark.split(_JOINT.strip()) if part.strip())


def _joined(look: Look, ask: Ask) -> str:
    standing = (words(look.aside.remark) or "").strip()
    return _JOINT.join(part for part in (standing, said(ask, "")) if part)


def _remark(account: Account, look: Look, ask: Ask) -> Flow[None]:
    """Appended to what stood there; its flag stays."""
    problem = _too_long(account, look, ask)
    if problem is not None:
        raise ConfigError(problem.en, zh=problem.zh, platform=PLATFORM)
    flag = text(look.aside.flag)
    params = {
        "order_id": number(_order(look).order_id),
        "flag": _GREY if flag is None else number(flag),
        "remark": _joined(look, ask),
    }
    yield from accepted(Call(REMARK, params, write=True))


def _too_long(account: Account, look: Look, ask: Ask) -> Text | None:
    if ask.text is not None and not _parts(ask.text):
        return Text("备注内容为空", "the remark says nothing")
    length = len(_joined(look, ask))
    if length <= _LIMIT:
        return None
    return Text(
        f"追加后备注为 {length} 字, 平台最多 {_LIMIT} 字",
        f"with this the remark would be {length} characters long; the platform takes {_LIMIT}",
    )


def _appended(ask: Ask, before: Seen, after: Seen) -> Shown:
    now, then = after.marks.get("memo", ""), before.marks.get("memo", "")
    added, stood = _parts(ask.text or ""), "" if then == UNTOLD else then
    if added and now == ",".join(part for part in (stood, added) if part):
        return Shown.DONE
    return Shown.BEFORE if now == then else Shown.MOVED


# ---------------------------------------------------------------- reviews

_PAGE = 50
_PAGES = 100
"""No method reads one comment, and no filter takes its id: the list is gone through, this many pages at most."""


def _look_at_review(account: Account, subject: Subject) -> Flow[Look]:
    read = 0
    for page in range(1, _PAGES + 1):
        payload = yield Call(COMMENTS, {"page": str(page), "pageSize": str(_PAGE)})
        found = records_in(METHODS[COMMENTS], READINGS[COMMENTS], payload, account, page=page)
        for one in found:
            if isinstance(one, Review) and one.review_id == subject.id:
                return Look(one, {"answered": "told" if b'"isVenderReply"' in one.raw else UNTOLD})
        read += len(found)
        if not more_to_read(payload, ("totalItem",), read, len(found), _PAGE):
            raise NotFound("the shop has no such review", zh="该店铺没有此评价", platform=PLATFORM)
    raise NotSupported(
        f"the review is not among the first {_PAGES * _PAGE} of the list, and no method reads one by its id",
        zh=f"评价不在列表的前 {_PAGES * _PAGE} 条中, 而平台没有按编号读取的方法",
        platform=PLATFORM,
    )


def _reply(account: Account, look: Look, ask: Ask) -> Flow[None]:
    """replyId -1 answers the review itself."""
    if not isinstance(look.record, Review):
        raise ConfigError("this is asked of a review", zh="该操作针对评价", platform=PLATFORM)
    params = {"commentId": look.record.review_id, "content": said(ask, ""), "replyId": "-1"}
    yield from accepted(Call(REPLY, params, write=True))


def _answered(account: Account, look: Look, ask: Ask) -> Text | None:
    if isinstance(look.record, Review) and look.record.reply is not None:
        return Text("该评价已回复", "this review has its reply")
    return None


def _reply_there(ask: Ask, before: Seen, after: Seen) -> Shown:
    """The first reply is the one that counts: where another stands there, ours is not seen any more."""
    now, then = after.marks.get("reply"), before.marks.get("reply")
    if now is not None and digest(now) == digest(ask.text or "") and now != then:
        return Shown.DONE
    untold = now is None and after.marks.get("answered") == UNTOLD
    return Shown.BEFORE if now == then and not untold else Shown.MOVED


ROWS: tuple[Write, ...] = (
    Write(
        Verb.SHIP,
        "order",
        SHIPMENT,
        _look_for_parcel,
        _ship,
        _out,
        Text("订单运单中有该单号", "the waybill number stands among the order's"),
        "7 A",
        stages=_TO_SHIP,
        needs=("carrier", "tracking"),
        hinders=_may_not_ship,
        spared=_without_number,
    ),
    Write(
        Verb.REMARK,
        "order",
        REMARK,
        _look_at_remark,
        _remark,
        _appended,
        Text("商家备注为原有内容加上该内容", "the shop's remark is what stood there and this text after it"),
        "7 A",
        needs=("text",),
        hinders=_too_long,
    ),
    Write(
        Verb.REPLY_REVIEW,
        "review",
        REPLY,
        _look_at_review,
        _reply,
        _reply_there,
        Text("评价下有该回复", "the reply stands under the review"),
        "5 B; success value C: the reading decides",
        needs=("text",),
        hinders=_answered,
    ),
)
