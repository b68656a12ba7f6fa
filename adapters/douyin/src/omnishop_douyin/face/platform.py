"""The simulated platform as one object: what it is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from omnishop import model
from omnishop.ports import Response
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.faults import Wire, distorted
from omnishop.sandbox.outbox import Voice
from omnishop.sandbox.rules import Rule
from omnishop.sandbox.steps import Scenario, StepRule
from omnishop.sandbox.world import Case, Order, Review, Shop, World
from omnishop_douyin import methods
from omnishop_douyin.face import (
    answers,
    case_writes,
    cases,
    clocks,
    desk,
    gate,
    names,
    oauth,
    operate,
    order_writes,
    orders,
    scenarios,
    stock,
    truth,
)
from omnishop_douyin.face.answers import Refusal
from omnishop_douyin.face.messages import VOICE
from omnishop_douyin.signing import VERSION

GATEWAY_HOST = "openapi-fxg.jinritemai.com"
LOGIN_HOST = "fuwu.jinritemai.com"
_GROUPS = frozenset(
    {"token", "order", "afterSale", "address", "logistics", "comment", "shop", "superm", "product", "trade"}
)
_PARTS = 2
_NOTED = 80

PLAYED: dict[str, desk.Answer] = {
    "order.searchList": orders.listed,
    "order.orderDetail": orders.detail,
    "order.logisticsCompanyList": desk.carriers,
    "afterSale.List": cases.listed,
    "afterSale.Detail": cases.detail,
    "afterSale.operate": operate.operate,
    "afterSale.fillLogistics": case_writes.fill_logistics,
    "afterSale.submitEvidence": case_writes.submit_evidence,
    "afterSale.timeExtend": case_writes.time_extend,
    "afterSale.addOrderRemark": case_writes.add_remark,
    "afterSale.CancelSendGoodsSuccess": case_writes.cancel_send_goods,
    "afterSale.returnGoodsToWareHouseSuccess": case_writes.returned_to_warehouse,
    "afterSale.applyLogisticsIntercept": case_writes.intercept,
    "afterSale.OpenAfterSaleChannel": case_writes.open_channel,
    "order.addOrderRemark": order_writes.add_remark,
    "order.logisticsAdd": order_writes.add,
    "order.logisticsAddSinglePack": order_writes.add_single_pack,
    "order.logisticsAddMultiPack": order_writes.add_multi_pack,
    "order.logisticsEdit": order_writes.edit,
    "order.logisticsEditByPack": order_writes.edit_by_pack,
    "afterSale.rejectReasonCodeList": desk.reject_reasons,
    "address.list": desk.addresses,
    "logistics.trackNoRouteDetail": desk.trace,
    "shop.reputation": desk.reputation,
    "comment.list": desk.withdrawn,
    "comment.reply": desk.withdrawn,
}
"""Every other documented method is known and answered as out of service."""


@frozen
class DouyinFace:
    name: str = stock.PLATFORM
    storefronts: tuple[str, ...] = ("douyin",)
    one_line_shares_id: bool = True
    voice: Voice | None = VOICE
    rules: tuple[Rule, ...] = (*clocks.RULES, *clocks.OWN)

    @property
    def steps(self) -> Mapping[str, StepRule]:
        return scenarios.STEPS

    def scenarios(self, storefront: str) -> tuple[Scenario, ...]:
        return scenarios.SCENARIOS

    def open_shop(self, world: World, storefront: str) -> Shop:
        return stock.open_shop(world, storefront)

    def credentials(self, world: World, shop: Shop, base_url: str) -> dict[str, str | None]:
        return stock.credentials(world, shop, base_url)

    def new_id(self, world: World, shop: Shop, what: str) -> str:
        return names.new_id(world, shop, what)

    def source(self, storefront: str, kind: model.Kind) -> str:
        return "aftersale"

    def rule(self, case: Case) -> Rule | None:
        return clocks.rule(case)

    def order_rules(self, order: Order) -> tuple[Rule, ...]:
        return clocks.of_order(order)

    def window(self, order: Order, what: str, reason: str | None) -> Rule | None:
        """An order whose entry was opened again by the shop has no end of applications."""
        return None if what == "apply" and order.marks.get("channel") else clocks.window(what)

    def writes(self, request: WireRequest) -> bool:
        return request.path.strip("/").replace("/", ".") in methods.WRITES

    def reasons(self, kind: model.Kind) -> Mapping[str, Any]:
        return names.reasons(kind)

    def claims(self, request: WireRequest) -> bool:
        """By host, by the shape of the path or of the public parameters, and the login page by its service_id."""
        host = request.host.partition(":")[0]
        if host in {GATEWAY_HOST, LOGIN_HOST}:
            return True
        query = dict(request.query_items())
        if request.path == "/authorize":
            return "service_id" in query
        parts = request.path.strip("/").split("/")
        plain = len(parts) == _PARTS and all(part.isalnum() for part in parts)
        if plain and (parts[0] in _GROUPS or query.get("method") == ".".join(parts)):
            return True
        return _speaks_ours(query)

    def answer(self, world: World, request: WireRequest) -> Response:
        if request.path == "/authorize":
            return oauth.authorize(world, request)
        method = request.path.strip("/").replace("/", ".")[:_NOTED]
        old = request.headers.get("x-open-no-old-err-code") != "1"
        try:
            data = self._data(world, request)
        except Refusal as why:
            verdict = (
                "not simulated" if why.sub_code == _NOT_PLAYED.sub_code and method in _KNOWN else "refused"
            )
            world.note(self.name, method, verdict, f"{why.code}/{why.sub_code}")
            return answers.refusal(world, why, old=old)
        world.note(self.name, method, "ok")
        return answers.success(world, data, old=old)

    def _data(self, world: World, request: WireRequest) -> Any:
        asked, app = gate.asked(world, request)
        if asked.method in oauth.GRANTS:
            return oauth.GRANTS[asked.method](world, app, asked)
        shop = gate.admitted(world, request, app)
        if asked.method in shop.marks.get("denied", ()):
            raise _DENIED
        if asked.method not in PLAYED:
            raise _NOT_PLAYED
        return distorted(world.faults, PLAYED[asked.method](world, shop, asked), _SHAPE)

    def true_case(self, world: World, case: Case) -> model.Case | None:
        return truth.case(case)

    def true_order(self, world: World, order: Order) -> model.Order | None:
        return truth.order(order)

    def true_review(self, world: World, review: Review) -> model.Review | None:
        """Reviews are not on this wire."""
        return None


def _speaks_ours(query: Mapping[str, str]) -> bool:
    """A call of this gateway whatever its path: other gateways have another `v`, app keys and method names."""
    if not query.get("app_key") or not (query.get("sign") or query.get("method")):
        return False
    return (
        query.get("v") == VERSION
        or "param_json" in query
        or gate.is_app_key(query["app_key"])
        or query.get("method", "").count(".") == 1
    )


_KNOWN = methods.KNOWN
_SHAPE = Wire(
    totals=frozenset({"total"}),
    enums=frozenset(
        {
            "aftersale_status",
            "aftersale_type",
            "refund_status",
            "arbitrate_status",
            "order_status",
            "main_status",
        }
    ),
    ids=frozenset({"aftersale_id", "order_id", "sku_order_id", "shop_order_id"}),
)
_DENIED = Refusal(30001, "isv.app-permissions-insufficient", "应用未获得该接口权限包")
"""A shop's mark `denied` names methods whose permission package its app lacks."""
_NOT_PLAYED = Refusal(70000, "isp.api-service-off", "接口暂未开放")
