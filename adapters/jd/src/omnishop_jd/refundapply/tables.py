"""Statuses of cancel-refund applications -> stage and who decided, each row with the page's name and mark."""

from __future__ import annotations

from attrs import frozen

from omnishop.model import Actor, Stage


@frozen
class StatusRow:
    """`open`: the application may still move, so it is read again (no clock of it is granted everywhere)."""

    code: str
    name: str
    stage: Stage
    decided_by: Actor | None
    open: bool
    mark: str


STATUSES: tuple[StatusRow, ...] = (
    StatusRow("0", "未审核", Stage.REQUESTED, None, True, "A"),
    # agreed by the shop or by the platform's own time limit: the wire does not tell which
    StatusRow("1", "审核通过", Stage.REFUNDING, None, True, "A"),
    StatusRow("2", "审核不通过", Stage.REFUSED, Actor.SELLER, False, "A"),
    # granted, but no field tells that money arrived (4.1 A, pitfall 9)
    StatusRow("3", "京东财务审核通过（退款成功）", Stage.REFUNDING, None, False, "A"),
    # failed at finance: what follows is not on the page
    StatusRow("4", "京东财务审核不通过（退款失败）", Stage.UNKNOWN, None, False, "A"),
    StatusRow(
        "5", "人工审核通过", Stage.REFUNDING, Actor.ARBITRATION, True, "A; JD staff as who rules: our reading"
    ),
    StatusRow("6", "拦截并退款", Stage.REFUNDING, Actor.SELLER, True, "A"),
    StatusRow("7", "青龙拦截成功", Stage.REFUNDING, None, True, "A; our reading"),
    # the carrier could not stop the parcel: what becomes of the application is not on the page
    StatusRow("8", "青龙拦截失败", Stage.UNKNOWN, None, True, "A"),
    StatusRow("9", "强制关单并退款", Stage.REFUNDING, Actor.SELLER, True, "A"),
    # the shop chases the parcel: neither agreed nor refused
    StatusRow("10", "物流待跟进", Stage.REQUESTED, None, True, "A; our reading"),
    StatusRow("11", "用户撤销", Stage.CLOSED, Actor.BUYER, False, "A"),
)

STATUS: dict[int | str | None, StatusRow] = {
    key: row for row in STATUSES for key in (row.code, int(row.code))
}

OPEN = tuple(int(row.code) for row in STATUSES if row.open)

REJECT_TYPES: tuple[tuple[str, str], ...] = (
    ("1", "配送途中"),
    ("2", "已签收"),
    ("3", "国际站保税区已报关"),
    ("4", "已电话沟通客户同意签收"),
    ("5", "其他"),
)
"""rejectType of replyRefund with status 2 (A)."""
