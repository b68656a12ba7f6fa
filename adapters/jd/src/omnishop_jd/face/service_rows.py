"""What the simulated service-order methods share: results, pages, the operator, the fields every row has."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from omnishop.sandbox.world import Case
from omnishop_jd.face.codes import EXPECT_NAMES, SERVICE_NAMES, expect, ms, service_status, told
from omnishop_jd.face.filters import CASES, narrowed
from omnishop_jd.face.gateway import Ask
from omnishop_jd.face.scenarios import SimReason, reasons

SOURCE = "service"
_SIZE_MAX = 50
_DEFAULT = 10
_OPERATORS = ("buId", "operatePin", "operateNick")


# ---------------------------------------------------------------- results


def single(data: Any) -> dict[str, Any]:
    """`data` is absent where there is none."""
    return {"result": told({"success": True, "code": "00000", "msg": "操作成功", "data": data})}


def failed(code: str, msg: str, *, page: bool = False) -> dict[str, Any]:
    """Codes and texts of this world: the platform publishes none for this family."""
    return {"pageResult" if page else "result": {"success": False, "code": code, "msg": msg}}


def paged(ask: Ask, rows: list[dict[str, Any]], *, words: bool = False) -> dict[str, Any]:
    page, size = ask.number("pageNumber", 1), ask.number("pageSize", _DEFAULT)
    if not 1 <= size <= _SIZE_MAX or page < 1:
        return failed("10002", "参数错误：pageSize超出范围", page=True)
    counts: dict[str, Any] = {"pageSize": size, "pageNumber": page, "totalCount": len(rows)}
    if words:
        counts = {name: str(value) for name, value in counts.items()}
    shown = rows[(page - 1) * size : page * size]
    return {"pageResult": {"success": True, "code": "00000", "msg": "操作成功", "data": shown, **counts}}


Handler = Callable[[Ask], dict[str, Any]]


def operated(handler: Handler, *, page: bool) -> Handler:
    """Every call names the operator; buId must be the shop behind the session (pitfall 14; refusal: chosen)."""

    def checked(ask: Ask) -> dict[str, Any]:
        ask.need(*_OPERATORS)
        if ask.text("buId") != ask.shop.shop_id:
            return failed("10403", "buId与授权商家不一致", page=page)
        return handler(ask)

    return checked


# ---------------------------------------------------------------- rows


def lead(case: Case) -> dict[str, Any]:
    status, wanted = service_status(case), expect(case)
    return {
        "serviceId": int(case.case_id),
        "applyId": int(case.case_id) - 100000000,
        "customerExpect": wanted,
        "customerExpectName": EXPECT_NAMES.get(wanted, ""),
        "serviceStatus": status,
        "serviceStatusName": SERVICE_NAMES.get(status, ""),
        "applyTime": ms(case.opened_at),
        "orderId": int(case.order.order_id),
        "orderType": 22,
        "orderTypeName": "POPSOP",
        "customerPin": case.order.buyer.nick,
        "customerName": f"{case.order.buyer.name[0]}**",
        "customerGrade": 56,
    }


def article(case: Case) -> dict[str, Any]:
    line = case.claims[0].line
    return {
        "skuId": int(line.good.sku_id),
        "wareName": f"{line.good.title} {line.good.spec}",
        "skuType": 1,
        "skuTypeName": "单品",
        "serviceCount": sum(claim.quantity for claim in case.claims),
    }


def question(case: Case) -> dict[str, Any]:
    reason = reason_of(case)
    return {
        "questionTypeCid1": reason.cid1,
        "questionTypeCid1Name": reason.cid1_name,
        "questionTypeCid2": reason.cid2,
        "questionTypeCid2Name": reason.cid2_name,
    }


def reason_of(case: Case) -> SimReason:
    return reasons(case.kind)[case.reason]


def cases(ask: Ask) -> list[Case]:
    """In the order of application, narrowed by the ids a request names."""
    found = narrowed(ask, ask.world.cases_of(ask.shop, SOURCE), CASES)
    return sorted(found, key=lambda case: (case.opened_at, case.case_id))


def within(when: datetime | None, span: tuple[datetime, datetime] | None) -> bool:
    return span is None or (when is not None and span[0] <= when.replace(microsecond=0) <= span[1])


def one_case(ask: Ask) -> Case | None:
    """serviceId and orderId must match."""
    ask.need("serviceId")
    return next(iter(cases(ask)), None)


NO_SUCH = ("10404", "服务单不存在")
