"""JD as the simulated world shows it: its wire, shop, rules, and the truth on its wire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from omnishop import model
from omnishop.ports import Response
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.outbox import Voice
from omnishop.sandbox.rules import Rule
from omnishop.sandbox.steps import Scenario, StepRule
from omnishop.sandbox.world import Case, Order, Review, Shop, World
from omnishop_jd.catalogue import METHODS
from omnishop_jd.face import (
    applies,
    decisions,
    gateway,
    handling,
    oauth,
    orders,
    rules,
    scenarios,
    service,
    shop,
    shop_info,
    trade,
    truth,
)
from omnishop_jd.face.steps import STEPS

_ROUTER = "/routerjson"

HANDLERS: dict[str, gateway.Handler] = {
    "jingdong.pop.order.search": orders.search,
    "jingdong.pop.order.enSearch": orders.search,
    "jingdong.pop.order.get": orders.get,
    "jingdong.pop.order.enGet": orders.get,
    **service.HANDLERS,
    **applies.HANDLERS,
    **shop_info.HANDLERS,
    **decisions.HANDLERS,
    **handling.HANDLERS,
    **trade.HANDLERS,
}


@frozen
class JdFace:
    name: str = "jd"
    storefronts: tuple[str, ...] = ("jd",)
    one_line_shares_id: bool = False
    voice: Voice | None = None
    rules: tuple[Rule, ...] = (*rules.RULES, *rules.OWN)
    steps: Mapping[str, StepRule] = STEPS

    def scenarios(self, storefront: str) -> tuple[Scenario, ...]:
        return scenarios.SCENARIOS

    def open_shop(self, world: World, storefront: str) -> Shop:
        return shop.open_shop(world, storefront)

    def credentials(self, world: World, shop_: Shop, base_url: str) -> dict[str, str | None]:
        token = shop.token_of(world, shop_)
        return {
            "gateway": f"{base_url}{_ROUTER}",
            "app_key": shop_.app_key,
            "app_secret": shop_.app_secret,
            "access_token": token.access,
            "operator_token": None,
            "refresh_token": token.refresh,
        }

    def new_id(self, world: World, shop_: Shop, what: str) -> str:
        return shop.new_id(world, what)

    def source(self, storefront: str, kind: model.Kind) -> str:
        return applies.SOURCE if kind is model.Kind.CANCEL else service.SOURCE

    def rule(self, case: Case) -> Rule | None:
        return rules.rule(case)

    def order_rules(self, order: Order) -> tuple[Rule, ...]:
        return rules.of_order(order)

    def window(self, order: Order, what: str, reason: str | None) -> Rule | None:
        return rules.window(order, what, reason)

    def writes(self, request: WireRequest) -> bool:
        method = gateway.sent(request).get("method", "")
        return method in METHODS and METHODS[method].write

    def claims(self, request: WireRequest) -> bool:
        return request.path == _ROUTER or request.path in oauth.PATHS

    def answer(self, world: World, request: WireRequest) -> Response:
        if request.path in oauth.PATHS:
            return oauth.answer(world, request)
        return gateway.answer(world, request, HANDLERS)

    def true_case(self, world: World, case: Case) -> model.Case | None:
        return truth.true_case(world, case)

    def true_order(self, world: World, order: Order) -> model.Order | None:
        return truth.true_order(world, order)

    def true_review(self, world: World, review: Review) -> model.Review | None:
        return truth.true_review(world, review)

    def reasons(self, kind: model.Kind) -> Mapping[str, Any]:
        return scenarios.reasons(kind)


face = JdFace()
