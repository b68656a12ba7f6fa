"""Items of afterSale.List to `model.Case`: the hot path of a whole pull."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from omnishop.model import Case, CaseAmounts, CaseLine, Reason, ReasonClass, Unreadable
from omnishop.model.twins import twin_of
from omnishop_douyin import absence
from omnishop_douyin.cases import wire
from omnishop_douyin.cases.states import decided_by, state_of
from omnishop_douyin.cases.tables import REASON_TEXTS
from omnishop_douyin.shape import (
    BROKEN,
    CASES,
    PLATFORM,
    STOREFRONT,
    Misfit,
    decoder,
    each,
    fen,
    moment,
    named,
    needed,
    opened,
    order_name,
    page_decoder,
    unreadable,
)

IDS = ("aftersale_info/aftersale_id",)

_read_page = page_decoder(wire.ListPage)
_read_typed = msgspec.json.Decoder(wire.TypedPage, strict=False).decode
_read_item = decoder(wire.Item)

_CASE = twin_of(Case)
_LINE = twin_of(CaseLine)
_EPOCH = datetime.fromtimestamp(0, UTC)
_LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def from_page(
    payload: msgspec.Raw, shop_id: str | None
) -> tuple[list[Case], list[Unreadable], wire.ListPage]:
    """A page of afterSale.List: all records in one pass of the parser; one by one where one does not fit."""
    if absence.nothing(payload):
        return [], [], wire.ListPage()
    page = opened(payload, _read_page, "afterSale.List")
    raws = page.items or []
    if not raws:
        absence.empty_list(payload, "items", "afterSale.List")
    items = _typed_items(payload)
    if items is None or len(items) != len(raws):
        return (*each(raws, _item_reader(shop_id), CASES, *IDS), page)
    good: list[Case] = []
    bad: list[Unreadable] = []
    for raw, item in zip(raws, items, strict=True):
        try:
            good.append(from_item(item, bytes(raw), shop_id))
        except ValueError as problem:
            bad.append(unreadable(raw, problem, CASES, IDS))
    return good, bad, page


def _typed_items(payload: msgspec.Raw) -> list[wire.Item] | None:
    try:
        return _read_typed(payload).items
    except BROKEN:
        return None


def _item_reader(shop_id: str | None) -> Callable[[msgspec.Raw], Case]:
    def read(raw: msgspec.Raw) -> Case:
        return from_item(_read_item(raw), bytes(raw), shop_id)

    return read


def from_item(item: wire.Item, raw: bytes, shop_id: str | None) -> Case:
    """The list tells the reason as text only, and no refunded amount: the detail does.

    The hot path of a whole pull: what repeats over records is worked out once, frozen values are shared.
    """
    info = item.aftersale_info
    order = item.order_info
    text = item.text_part.reason_text if item.text_part is not None else None
    opened, final, due = info.apply_time, info.aftersale_status_to_final_time, info.status_deadline
    if opened is not None and not _EPOCH < opened < _LATEST:
        opened = _nothing(opened, "apply_time")
    if final is not None and not _EPOCH < final < _LATEST:
        final = _nothing(final, "aftersale_status_to_final_time")
    if due is not None and not _EPOCH < due < _LATEST:
        due = _nothing(due, "status_deadline")
    changed = info.update_time
    case_id = info.aftersale_id
    state = state_of(
        info.aftersale_type,
        info.aftersale_sub_type,
        info.aftersale_status,
        info.refund_status,
        info.arbitrate_status,
        final is not None,
    )
    return _CASE(
        PLATFORM,
        CASES,
        case_id if type(case_id) is str and case_id > "0" else needed(case_id, "aftersale_info.aftersale_id"),
        STOREFRONT,
        shop_id,
        order_name(order.shop_order_id) if order is not None else None,
        state.kind,
        state.stage,
        state.dispute,
        _amounts(info.refund_amount, info.refund_post_amount),
        _reason_of(text) if text else None,
        _list_lines(order),
        opened,
        moment(changed, "aftersale_info.update_time"),
        final,
        state.deadline(due) if due is not None and state.runs else None,
        decided_by(state.stage, info.auto_audit_bits, info.refund_type, None, state.dispute),
        str(changed) if changed else None,
        state.raw_kind,
        state.raw_stage,
        raw,
    )


@lru_cache(maxsize=4096)
def _amounts(requested: int | None, freight: int | None) -> CaseAmounts:
    return CaseAmounts(
        fen(requested, "aftersale_info.refund_amount"),
        None,
        None,
        None,
        fen(freight, "aftersale_info.refund_post_amount"),
    )


@lru_cache(maxsize=1024)
def _reason_of(text: str) -> Reason:
    return Reason(None, text, REASON_TEXTS.get(text, ReasonClass.UNCLASSIFIED), None)


def _nothing(when: datetime, name: str) -> datetime | None:
    """1970 is this wire's 0, "none"; before it and after 9999 nothing happens."""
    if when != _EPOCH:
        raise Misfit(f"aftersale_info.{name}")
    return None


def _list_lines(order: wire.ListOrder | None) -> tuple[CaseLine, ...]:
    if order is None or not order.related_order_info:
        return ()
    lines = order.related_order_info
    return (_list_line(lines[0]),) if len(lines) == 1 else tuple([_list_line(line) for line in lines])


def _list_line(line: wire.ListLine) -> CaseLine:
    return _LINE(named(line.sku_order_id), None, line.product_name or None, line.aftersale_item_num)
