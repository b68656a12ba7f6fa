"""Wire to `model.Case` and the events of its negotiation; tables alone decide what a code means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

import msgspec
from attrs import evolve, frozen

from omnishop.model import (
    Actor,
    Case,
    CaseAmounts,
    CaseLine,
    Deadline,
    Dispute,
    Event,
    Fen,
    Kind,
    Reason,
    ReasonClass,
    Stage,
)
from omnishop_douyin import rules
from omnishop_douyin.cases import tables, wire
from omnishop_douyin.cases.tables import (
    ARBITRATION,
    CONCLUSION,
    KIND,
    PAID,
    REASON,
    REASON_TEXTS,
    STAGE,
    SUCCESS,
)
from omnishop_douyin.shape import (
    BROKEN,
    PLATFORM,
    STOREFRONT,
    decoder,
    fen,
    moment,
    named,
    order_name,
    said,
    written,
)

SOURCE = "aftersale"
LIST_IDS = ("aftersale_info/aftersale_id",)
DETAIL_IDS = ("process_info/after_sale_info/after_sale_id",)

_read_item = decoder(wire.Item)
_read_detail = decoder(wire.Detail)
_read_log = decoder(wire.Log)

_EPOCH = datetime.fromtimestamp(0, UTC)
_DECIDED = frozenset({Stage.REFUNDING, Stage.SUCCEEDED})
_COMING_BACK = frozenset({Stage.AWAITING_RETURN, Stage.RETURNING})
_OVER = frozenset({Stage.SUCCEEDED, Stage.CLOSED, Stage.REFUNDING})
_RULED = frozenset({Dispute.RULED_BUYER, Dispute.RULED_SELLER})
_ENDED_ARBITRATIONS = frozenset({2, 3, 6, 255})


def item_reader(shop_id: str | None) -> Callable[[msgspec.Raw], Case]:
    """Reads items of afterSale.List for one shop."""

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
    if opened is not None and opened <= _EPOCH:
        opened = _nothing(opened)
    if final is not None and final <= _EPOCH:
        final = _nothing(final)
    if due is not None and due <= _EPOCH:
        due = _nothing(due)
    changed = info.update_time
    case_id = info.aftersale_id
    state = _state(
        info.aftersale_type,
        info.aftersale_sub_type,
        info.aftersale_status,
        info.refund_status,
        info.arbitrate_status,
        final is not None,
    )
    return Case(
        PLATFORM,
        SOURCE,
        case_id if type(case_id) is str and case_id > "0" else _case_id(case_id),
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
        moment(changed),
        final,
        state.deadline(due) if due is not None and state.runs else None,
        _decided_by(state.stage, info.auto_audit_bits, info.refund_type, None, state.dispute),
        str(changed) if changed else None,
        state.raw_kind,
        state.raw_stage,
        raw,
    )


@frozen
class _State:
    """All that the codes of a list item say together."""

    kind: Kind
    stage: Stage
    dispute: Dispute | None
    runs: bool
    deadline: Callable[[datetime], Deadline]
    raw_kind: str | None
    raw_stage: str | None


@lru_cache(maxsize=4096)
def _state(
    kind_code: int | None,
    sub_type: int | None,
    status: int | None,
    refund_status: int | None,
    arbitration: int | None,
    final: bool,
) -> _State:
    kind = KIND.get(kind_code, Kind.UNKNOWN)
    stage = stage_of(status, refund_status, int(final))
    dispute = dispute_of(arbitration, None)
    return _State(
        kind,
        stage,
        dispute,
        not final and stage not in _OVER,
        rules.clock(kind, status, dispute),
        _codes(kind_code, sub_type or None),
        _codes(status, refund_status, arbitration),
    )


@lru_cache(maxsize=4096)
def _amounts(requested: int | None, freight: int | None) -> CaseAmounts:
    return CaseAmounts(fen(requested), None, None, None, fen(freight))


@lru_cache(maxsize=1024)
def _reason_of(text: str) -> Reason:
    return Reason(None, text, REASON_TEXTS.get(text, ReasonClass.UNCLASSIFIED), None)


def _nothing(when: datetime) -> datetime | None:
    """1970 is this wire's 0, "none"; before it nothing happened."""
    if when < _EPOCH:
        raise ValueError("not a time")
    return None


def from_detail(raw: msgspec.Raw | bytes, shop_id: str | None) -> Case:
    found = _read_detail(raw)
    info = found.process_info.after_sale_info
    ruling = found.process_info.arbitrate_info
    arbitration = ruling.arbitrate_status if ruling is not None else None
    conclusion = ruling.arbitrate_conclusion if ruling is not None else None
    status = info.after_sale_status
    final = info.aftersale_status_to_final_time
    kind = KIND.get(info.after_sale_type, Kind.UNKNOWN)
    stage = stage_of(status, info.refund_status, final)
    dispute = dispute_of(arbitration, conclusion)
    order = found.order_info
    deadline = _deadline(info.status_deadline, kind, status, stage, dispute, final)
    return Case(
        platform=PLATFORM,
        source=SOURCE,
        case_id=_case_id(info.after_sale_id),
        storefront=STOREFRONT,
        shop_id=shop_id,
        order_id=order_name(order.shop_order_id) if order is not None else None,
        kind=kind,
        stage=stage,
        dispute=dispute,
        amounts=CaseAmounts(
            requested=fen(info.refund_total_amount),
            refunded=_refunded(info.real_refund_amount, info.refund_status),
            freight=fen(info.refund_post_amount),
        ),
        reason=_reason(info),
        lines=_detail_lines(order),
        opened_at=moment(info.apply_time),
        changed_at=moment(info.update_time),
        closed_at=moment(final),
        deadline=_evidence_clock(ruling, dispute, stage) or deadline,
        decided_by=_decided_by(stage, info.auto_audit_bits, None, conclusion, dispute),
        version=str(info.update_time) if info.update_time else None,
        raw_kind=_codes(info.after_sale_type, info.after_sale_sub_type or None),
        raw_stage=_codes(status, info.refund_status, arbitration),
        raw=bytes(raw),
    )


def completed(row: Case, detail: Case) -> Case:
    """The detail, with who decided where only the list's refund_type tells it."""
    if detail.decided_by is None and row.decided_by is not None and row.raw_stage == detail.raw_stage:
        return evolve(detail, decided_by=row.decided_by)
    return detail


# ---------------------------------------------------------------- what codes say together


def stage_of(status: int | None, refund_status: int | None, final: int | None) -> Stage:
    """A final time on a status that is not final: refused cases are over, the rest contradicts itself."""
    stage = STAGE.get(status, Stage.UNKNOWN)
    if status == SUCCESS:
        return Stage.SUCCEEDED if refund_status == PAID else stage
    if final and stage not in _OVER:
        return Stage.CLOSED if stage is Stage.REFUSED else Stage.UNKNOWN
    return stage


def dispute_of(arbitration: int | None, conclusion: int | None) -> Dispute | None:
    """None: not told. An ended arbitration goes by its conclusion; the two must not contradict each other."""
    if arbitration is None:
        return None
    state = ARBITRATION.get(arbitration, Dispute.UNKNOWN)
    if not conclusion or arbitration not in _ENDED_ARBITRATIONS:
        return state
    ruled = CONCLUSION.get(conclusion, Dispute.UNKNOWN)
    return ruled if state is Dispute.UNKNOWN or state is ruled else Dispute.UNKNOWN


def _decided_by(
    stage: Stage,
    bits: list[int] | None,
    approval: int | None,
    conclusion: int | None,
    dispute: Dispute | None,
) -> Actor | None:
    """Only what the wire settles: fast refunds, flash returns and lapsed deadlines name nobody."""
    if dispute in _RULED and (conclusion or stage in _DECIDED):
        return Actor.ARBITRATION
    if stage is Stage.REFUSED:
        return Actor.SELLER
    if not bits and not approval:
        return None
    marks = bits or ()
    if stage in _DECIDED and (
        approval in tables.ASSISTANT_APPROVALS or any(mark in tables.ASSISTANT_REFUNDS for mark in marks)
    ):
        return Actor.ASSISTANT
    if stage in _COMING_BACK and tables.ASSISTANT_RETURNS in marks:
        return Actor.ASSISTANT
    return None


def _deadline(
    at: int | None, kind: Kind, status: int | None, stage: Stage, dispute: Dispute | None, final: int | None
) -> Deadline | None:
    when = moment(at)
    if when is None or final or stage in _OVER:
        return None
    return rules.clock(kind, status, dispute)(when)


def _evidence_clock(
    ruling: wire.Arbitration | None, dispute: Dispute | None, stage: Stage
) -> Deadline | None:
    """While the platform waits for the shop's evidence, that is the clock on turn."""
    if ruling is None or dispute is not Dispute.EVIDENCE_DUE or stage in _OVER:
        return None
    sample = ruling.arbitrate_evidence_tmpl
    when = written(ruling.arbitrate_status_deadline) or (written(sample.dead_line) if sample else None)
    return None if when is None else Deadline(when)


def _refunded(amount: int | None, refund_status: int | None) -> Fen | None:
    """real_refund_amount is filled after success; before that its 0 says nothing."""
    return fen(amount) if refund_status == PAID else None


def _reason(info: wire.DetailInfo) -> Reason | None:
    code = named(info.reason_code)
    if code is None and not info.reason and not info.reason_remark:
        return None
    cls = REASON.get(info.reason_code or 0) or REASON_TEXTS.get(info.reason or "", ReasonClass.UNCLASSIFIED)
    return Reason(code, said(info.reason), cls, said(info.reason_remark))


def _list_lines(order: wire.ListOrder | None) -> tuple[CaseLine, ...]:
    if order is None or not order.related_order_info:
        return ()
    return tuple([_list_line(line) for line in order.related_order_info])


def _list_line(line: wire.ListLine) -> CaseLine:
    return CaseLine(named(line.sku_order_id), None, line.product_name or None, line.aftersale_item_num)


def _detail_lines(order: wire.DetailOrder | None) -> tuple[CaseLine, ...]:
    if order is None or not order.sku_order_infos:
        return ()
    return tuple(
        CaseLine(
            line_id=named(line.sku_order_id),
            sku_id=named(line.sku_id),
            title=said(line.product_name),
            requested=line.after_sale_item_count,
        )
        for line in order.sku_order_infos
    )


def _case_id(value: str | int) -> str:
    found = named(value)
    if found is None:
        raise ValueError("a case without id")
    return found


def _codes(*codes: int | None) -> str | None:
    """Joined by `/`; a missing one in between is `-`."""
    told = list(codes)
    while told and told[-1] is None:
        told.pop()
    return "/".join("-" if code is None else str(code) for code in told) or None


# ---------------------------------------------------------------- the negotiation


def logs_of(raw: msgspec.Raw) -> tuple[Case, list[msgspec.Raw]]:
    found = _read_detail(raw)
    return from_detail(raw, None), found.process_info.record_logs_list or []


def event_of(raw: msgspec.Raw, case: Case, shop_id: str | None) -> Event:
    """One line of record_logs_list. Its time is Beijing wall clock; another form of it is left out.

    A line that does not fit keeps its place, with nothing told but its bytes.
    """
    try:
        log = _read_log(raw)
    except BROKEN:
        log = wire.Log()
    shown = [
        url for piece in log.all_evidence or () if piece.type == tables.PICTURE for url in piece.urls or ()
    ]
    pictures = list(dict.fromkeys([*(log.images or ()), *shown]))
    try:
        at = written(log.time)
    except ValueError:
        at = None
    return Event(
        platform=PLATFORM,
        topic=log.action or "",
        storefront=STOREFRONT,
        shop_id=shop_id,
        at=at,
        order_id=case.order_id,
        case_id=case.case_id,
        actor=tables.ROLES.get(log.role) if log.role is not None else None,
        text=said(log.text),
        pictures=tuple(pictures),
        raw=bytes(raw),
    )
