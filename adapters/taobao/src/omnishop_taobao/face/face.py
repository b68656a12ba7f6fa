"""The simulated Taobao and Tmall: one gateway, one OAuth host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from attrs import frozen

from omnishop import model
from omnishop.ports import Response
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.faults import Wire, distorted
from omnishop.sandbox.forbidden import Forbidden
from omnishop.sandbox.outbox import Voice
from omnishop.sandbox.rules import Rule
from omnishop.sandbox.steps import Scenario, StepRule
from omnishop.sandbox.world import Case, Order, Review, Shop, World
from omnishop_taobao.face import oauth, reasons, truth
from omnishop_taobao.face.acting import moved_on
from omnishop_taobao.face.asking import Ask
from omnishop_taobao.face.channel import CHANNEL
from omnishop_taobao.face.exchange_writes import EXCHANGE_WRITES
from omnishop_taobao.face.forms import Form, answered, refused
from omnishop_taobao.face.gate import Refusal, admit, form_of, missing, parameters
from omnishop_taobao.face.messages import VOICE
from omnishop_taobao.face.order_writes import ORDER_WRITES
from omnishop_taobao.face.reads import READS
from omnishop_taobao.face.refund_writes import REFUND_WRITES
from omnishop_taobao.face.rules import OWN, RULES, of_order, running, window
from omnishop_taobao.face.scenarios import SCENARIOS
from omnishop_taobao.face.shop import PLATFORM, open_shop
from omnishop_taobao.face.signed_tokens import TOKENS
from omnishop_taobao.face.steps import STEPS
from omnishop_taobao.mapping.common import REFUND, SPECIAL
from omnishop_taobao.methods import WRITES

_ROUTER = "/router/rest"
_PLAYED = {**READS, **CHANNEL, **TOKENS, **REFUND_WRITES, **EXCHANGE_WRITES, **ORDER_WRITES}
_GATEWAYS = frozenset({"eco.taobao.com", "gw.api.taobao.com", "api.taobao.com", "gw.api.tbsandbox.com"})
_OAUTH = {"/authorize": oauth.authorize, "/token": oauth.token}
_FIRST = {
    "order": 2231958300000000000,
    "line": 2231958300000000000,
    "case": 8347700000000000,
    "parcel": 1,
    "review": 1,
    "refund": 1,
}
_STRIDE = {"order": 10_000_019, "line": 10_000_019, "case": 100_003}


@frozen
class TaobaoFace:
    name: str = PLATFORM
    storefronts: tuple[str, ...] = ("tmall", "taobao")
    one_line_shares_id: bool = True
    voice: Voice | None = VOICE
    rules: tuple[Rule, ...] = (*RULES, *OWN)
    steps: Mapping[str, StepRule] = STEPS

    def scenarios(self, storefront: str) -> tuple[Scenario, ...]:
        return SCENARIOS[storefront]

    def open_shop(self, world: World, storefront: str) -> Shop:
        return open_shop(world, storefront)

    def credentials(self, world: World, shop: Shop, base_url: str) -> dict[str, str | None]:
        live = {t.role: t for t in world.tokens.values() if t.shop is shop and not t.replaced}
        main, operator = live.get("main"), live.get("operator")
        return {
            "gateway": f"{base_url}{_ROUTER}",
            "app_key": shop.app_key,
            "app_secret": shop.app_secret,
            "access_token": main.access if main else None,
            "operator_token": operator.access if operator else None,
            "refresh_token": main.refresh if main else None,
        }

    def new_id(self, world: World, shop: Shop, what: str) -> str:
        """Orders and their lines share one row of numbers, as on the platform."""
        row = "order" if what == "line" else what
        return str(_FIRST[what] + world.serial(f"taobao.{row}") * _STRIDE.get(what, 1))

    def source(self, storefront: str, kind: model.Kind) -> str:
        return SPECIAL if kind is model.Kind.PRICE_PROTECT else REFUND

    def rule(self, case: Case) -> Rule | None:
        return running(case)

    def order_rules(self, order: Order) -> tuple[Rule, ...]:
        return of_order(order)

    def window(self, order: Order, what: str, reason: str | None) -> Rule | None:
        return window(order, what)

    def reasons(self, kind: model.Kind) -> Mapping[str, Any]:
        return reasons.reasons(kind)

    def true_case(self, world: World, case: Case) -> model.Case | None:
        return truth.case(case)

    def true_order(self, world: World, order: Order) -> model.Order | None:
        return truth.order(order)

    def true_review(self, world: World, review: Review) -> model.Review | None:
        return truth.review(review)

    # ------------------------------------------------------------ requests

    def claims(self, request: WireRequest) -> bool:
        """The router's path, its hosts, and the OAuth paths: authorize by `client_id`."""
        path = _plain(request.path)
        if path == _ROUTER or request.host.split(":")[0] in _GATEWAYS:
            return True
        if path == "/authorize":
            return any(name == "client_id" for name, _ in request.query_items())
        return path == "/token"

    def writes(self, request: WireRequest) -> bool:
        try:
            method = parameters(request)[0].get("method", "")
        except Refusal:
            return False
        return method in WRITES

    def answer(self, world: World, request: WireRequest) -> Response:
        path = _plain(request.path)
        door = _OAUTH.get(path)
        if door is not None:
            try:
                return door(world, request)
            except oauth.Denied as no:
                return oauth.denied(world, f"oauth.{path[1:]}", no)
            except Refusal as no:
                return oauth.denied(world, f"oauth.{path[1:]}", oauth.Denied("invalid_request", no.msg))
        return _routed(world, request)


def _plain(path: str) -> str:
    """Without doubled slashes, and none at the end."""
    return "/" + "/".join(part for part in path.split("/") if part)


def _routed(world: World, request: WireRequest) -> Response:
    request_id = f"16omni{world.serial('taobao.request', 100001):x}"
    form, method = Form(), ""
    try:
        params, files = parameters(request)
        form, method = form_of(params), params.get("method", "")
        payload = _payload(world, params, files)
    except Refusal as no:
        code = f"{no.code}/{no.sub_code}" if no.sub_code else str(no.code)
        world.note(PLATFORM, method, "not simulated" if isinstance(no, NotPlayed) else "refused", code)
        return refused(
            form,
            {
                "code": no.code,
                "msg": no.msg,
                **({"sub_code": no.sub_code} if no.sub_code else {}),
                **({"sub_msg": no.sub_msg} if no.sub_msg else {}),
                "request_id": request_id,
            },
        )
    inside = failure_inside(payload)
    world.note(PLATFORM, method, "ok" if inside is None else "refused", inside or "")
    return answered(form, method, payload, request_id)


_SHAPE = Wire(
    totals=frozenset({"total_results", "page_results"}),
    enums=frozenset({"status", "order_status", "refund_status", "good_status", "dispute_type", "cs_status"}),
    ids=frozenset({"tid", "oid", "refund_id", "dispute_id", "biz_order_id"}),
)


class NotPlayed(Refusal):
    """The platform has this method; the simulated one does not play it. A code that nobody repeats on."""

    def __init__(self) -> None:
        super().__init__(
            11,
            "Insufficient isv permissions",
            "isv.permission-api-package-not-allowed",
            "the simulated platform does not play this method",
        )


def _payload(world: World, params: Mapping[str, str], files: Mapping[str, bytes]) -> dict[str, Any]:
    read = _PLAYED.get(params.get("method", ""))
    asked = admit(world, params, sessions=read is not None and read.session)
    if read is None:
        raise NotPlayed
    ask = Ask(world, asked, files)
    read.admits(ask)
    for name in read.wants:
        if not params.get(name, "").strip() and name not in files:
            raise missing(name)
    try:
        payload = read.answer(ask)
    except Forbidden:
        raise moved_on("当前状态不支持此操作") from None
    return cast("dict[str, Any]", distorted(world.faults, payload, _SHAPE))


def failure_inside(payload: dict[str, Any]) -> str | None:
    """The business's own code where it said no inside a success, for the log."""
    if payload.get("succ") is False:
        return str(payload.get("msg_code"))
    told = payload.get("result")
    if not isinstance(told, dict) or (told.get("success", True) and "error_code" not in told):
        return None
    return str(told.get("msg_code") or told.get("error_code"))
