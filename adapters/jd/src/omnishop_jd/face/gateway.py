"""The simulated router: checks a request as the platform does, hands it to its method, wraps the answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from attrs import field, frozen

from omnishop.model import from_beijing_text
from omnishop.ports import Response
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.faults import Wire, distorted
from omnishop.sandbox.world import Shop, World
from omnishop_jd.catalogue import METHODS
from omnishop_jd.errors import GATEWAY, TABLE

PLATFORM = "jd"
SKEW = timedelta(minutes=6)
BUSINESS = "360buy_param_json"
NO_TOKEN = frozenset({"jingdong.fce.alpha.getVenderCarrier"})

NOT_PLAYED = "1"
NOT_PLAYED_WRITE = "24"
"""A client repeats what ends in 1, and reads back a write; 24 (no permission) tells it to leave it."""

_SHAPE = Wire(
    totals=frozenset({"totalCount", "totalItem", "orderTotal"}),
    enums=frozenset({"status", "serviceStatus", "customerExpect", "orderState", "score"}),
    ids=frozenset({"id", "serviceId", "orderId", "commentId"}),
)
_JSON = {"content-type": "application/json;charset=UTF-8"}


class Refusal(Exception):
    """The gateway says no, with its own code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@frozen
class Ask:
    """A request that passed the gateway."""

    world: World
    shop: Shop
    method: str
    given: Mapping[str, Any] = field(repr=False)

    def text(self, name: str) -> str | None:
        """A leaf as text; types are loose on input."""
        value = self.given.get(name)
        if value is None or value == "" or isinstance(value, dict | list):
            return None
        return ("true" if value else "false") if isinstance(value, bool) else str(value)

    def need(self, *names: str) -> None:
        """60 for what the method cannot do without."""
        if any(self.text(name) is None for name in names):
            raise Refusal("60")

    def number(self, name: str, default: int) -> int:
        told = self.text(name)
        if told is None:
            return default
        try:
            return int(told)
        except ValueError:
            raise Refusal("61") from None

    def flag(self, name: str) -> bool | None:
        told = self.text(name)
        if told is None:
            return None
        if told.lower() not in {"true", "false"}:
            raise Refusal("61")
        return told.lower() == "true"

    def ids(self, name: str) -> frozenset[str] | None:
        """A JSON array or comma text (1.4); None where neither names any."""
        given = self.given.get(name)
        told = given if isinstance(given, list) else (self.text(name) or "").split(",")
        return (
            frozenset(str(one).strip() for one in told if isinstance(one, str | int) and str(one).strip())
            or None
        )

    def time(self, name: str) -> datetime | None:
        told = self.text(name)
        if told is None:
            return None
        try:
            return from_beijing_text(told)
        except ValueError:
            raise Refusal("61") from None

    def span(self, start: str, end: str) -> tuple[datetime, datetime] | None:
        """A complete pair; half of one is none."""
        begins, ends = self.time(start), self.time(end)
        return None if begins is None or ends is None else (begins, ends)


Handler = Callable[[Ask], dict[str, Any]]


def answer(world: World, request: WireRequest, handlers: Mapping[str, Handler]) -> Response:
    given = sent(request)
    method = given.get("method", "")
    request_id = f"{world.seed & 0xFFFF:04x}{world.serial('jd.request'):012x}"
    try:
        ask = _checked(world, given)
        handler = handlers.get(method)
        if handler is None:
            code = NOT_PLAYED_WRITE if METHODS[method].write else NOT_PLAYED
            world.note(PLATFORM, method, "not simulated", code)
            return _refused(code, request_id)
        inner = handler(ask)
    except Refusal as refusal:
        world.note(PLATFORM, method, "refused", refusal.code)
        return _refused(refusal.code, request_id)
    no = refused_inside(inner) if METHODS[method].write else None
    world.note(PLATFORM, method, "ok" if no is None else "refused", no or "")
    envelope = f"{method.replace('.', '_')}_responce"
    shown = distorted(world.faults, inner, _SHAPE)
    return _body({envelope: {"code": "0", **shown, "request_id": request_id}})


def sent(request: WireRequest) -> dict[str, str]:
    """Query and form body as one: the platform takes parameters from either, and some clients put a body on a GET."""
    given = dict(request.query_items())
    kind = request.headers.get("content-type", "urlencoded")
    return given | dict(request.form_items()) if "urlencoded" in kind else given


def _body(body: Any) -> Response:
    return Response(200, msgspec.json.encode(body), _JSON)


def refused_inside(inner: Mapping[str, Any]) -> str | None:
    """The code of a result that says no, for the log."""
    for result in inner.values():
        if isinstance(result, dict) and result.get("success") in (False, "false"):
            return next((str(result[name]) for name in _CODES if name in result), "?")
    code = inner.get("resultCode")
    return None if code in (None, "0") else str(code)


_CODES = ("code", "errorCode", "error_code")


def _refused(code: str, request_id: str) -> Response:
    row = TABLE[(GATEWAY, code)]
    error = {"code": code, "zh_desc": row.zh, "en_desc": row.en, "request_id": request_id}
    return _body({"error_response": error})


# ---------------------------------------------------------------- the checks, in the platform's order of names


def _checked(world: World, given: Mapping[str, str]) -> Ask:
    if not given.get("method"):
        raise Refusal("14")
    if not given.get("app_key"):
        raise Refusal("20")
    shop = next((s for s in world.shops if s.platform == PLATFORM and s.app_key == given["app_key"]), None)
    if shop is None:
        raise Refusal("21")
    _check_public(world, given)
    if not _signed_by(shop, given):
        raise Refusal("12")
    method = given["method"]
    if method not in METHODS:
        raise Refusal("15")
    if world.throttles(PLATFORM, shop.app_key, method) is not None:
        raise Refusal("2")
    if method not in NO_TOKEN:
        shop = _authorised(world, shop, given.get("access_token", ""))
    if method in shop.marks.get("not_granted", ()):
        raise Refusal("24")
    return Ask(world, shop, method, _business(given.get(BUSINESS, "{}")))


def _check_public(world: World, given: Mapping[str, str]) -> None:
    if not given.get("v"):
        raise Refusal("4")
    if given["v"] != "2.0":
        raise Refusal("5")
    if not given.get("timestamp"):
        raise Refusal("7")
    told = _moment(given["timestamp"])
    if told is None or abs(told - world.clock.machine()) > SKEW:
        raise Refusal("8")
    if given.get("format", "json") != "json":
        raise Refusal("13")
    if not given.get("sign"):
        raise Refusal("11")


_LONG = len("2026-03-18 10:15:30.123+0800")
_SHORT = len("2026-03-18 10:15:30")


def _moment(text: str) -> datetime | None:
    """Both forms of the timestamp (1.2); a + in an address that nobody encoded arrives as a space."""
    try:
        if len(text) == _SHORT:
            return from_beijing_text(text)
        return datetime.fromisoformat(text.replace(" 0800", "+0800")) if len(text) == _LONG else None
    except ValueError:
        return None


def _signed_by(shop: Shop, given: Mapping[str, str]) -> bool:
    """Reference clients disagree about empty values and those that begin with @: each way is accepted (1.3)."""
    sent = {name: value for name, value in given.items() if name != "sign"}
    full = {name: value for name, value in sent.items() if value}
    plain = {name: value for name, value in sent.items() if not value.startswith("@")}
    return any(given["sign"] == _sign(shop.app_secret, form) for form in (sent, full, plain))


def _sign(secret: str, params: Mapping[str, str]) -> str:
    body = "".join(name + params[name] for name in sorted(params, key=str.encode))
    return hashlib.md5(f"{secret}{body}{secret}".encode(), usedforsecurity=False).hexdigest().upper()


def _authorised(world: World, shop: Shop, access: str) -> Shop:
    if not access:
        raise Refusal("18")
    token = world.tokens.get(access)
    dead = token is None or token.shop is not shop or token.replaced or token.dead_at <= world.now()
    if token is None or dead or world.faults.strikes("expired_token"):
        raise Refusal("19")
    return token.shop


def _business(text: str) -> dict[str, Any]:
    try:
        given = msgspec.json.decode(text or "{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal("63") from None
    if not isinstance(given, dict):
        raise Refusal("62")
    return given
