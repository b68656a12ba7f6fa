"""A platform with two methods and a plain JSON wire: enough to prove drivers, client and tokens."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from attrs import frozen

from omnishop.errors import AuthError, RateLimited, Rejected, Transient, WireError
from omnishop.flow import Call, Flow, Page
from omnishop.model import Case, Parcel, Text
from omnishop.ports import (
    Account,
    App,
    Capability,
    Channel,
    Grant,
    Hook,
    Level,
    Quota,
    Request,
    Response,
    Stream,
    Support,
    Token,
    Window,
)

GATEWAY = "http://fake.test/api"


@frozen
class FakeCodec:
    def encode(self, call: Call, account: Account, token: Token | None, now: datetime) -> Request:
        body = {"method": call.method, "params": dict(call.params), "token": token.access if token else None}
        return Request(
            "POST", account.app.gateway or GATEWAY, (("x-now", now.isoformat()),), json.dumps(body).encode()
        )

    def decode(self, call: Call, response: Response) -> msgspec.Raw:
        if response.status >= 500:
            raise Transient("the fake platform is down", zh="模拟平台不可用")
        try:
            answer = json.loads(response.content)
        except ValueError:
            raise WireError("not JSON", zh="不是 JSON") from None
        match answer.get("error"):
            case None:
                return msgspec.Raw(msgspec.json.encode(answer["data"]))
            case "token":
                raise AuthError("token refused", zh="令牌无效", cure="refresh", code="token")
            case "busy":
                scope = answer.get("scope", "call")
                raise RateLimited(
                    "too fast", zh="太快", retry_after=answer.get("wait"), scope=scope, code="busy"
                )
            case code:
                raise Rejected("no", zh="不行", code=code)

    def sign(self, vector: Mapping[str, Any], kind: str | None) -> tuple[str, str]:
        return "", ""


@frozen
class FakeAdapter:
    name: str = "fake"
    storefronts: tuple[str, ...] = ("fake",)
    codec: FakeCodec = FakeCodec()
    read_methods: frozenset[str] = frozenset({"case.list", "case.get"})
    review_columns: Mapping[str, tuple[str, ...]] = {}
    hook: Hook | None = None
    channel: Channel | None = None

    def quota(self, method: str) -> Quota | None:
        return None

    def support(self, storefront: str, capability: Capability) -> Support:
        native = capability in {Capability.CASES_BY_CHANGED, Capability.CASE_DETAIL, Capability.CALL}
        level = Level.NATIVE if native else Level.NOT_OFFERED
        return Support(level, Text("模拟", "fake"), "none")

    def streams(self, storefront: str) -> tuple[Stream, ...]:
        return (Stream("cases", "case", "changed", self._cases, timedelta(days=1), timedelta(days=90)),)

    def sources(self, storefront: str) -> tuple[str, ...]:
        return ("case",)

    def return_parcels(self, case: Case) -> tuple[Parcel, ...]:
        return ()

    def _cases(self, account: Account, window: Window, page: int = 1) -> Flow[Page]:
        payload = yield Call("case.list", {"page": page, "start": window.start.isoformat()})
        data = msgspec.json.decode(payload)
        items = tuple(Case("fake", "case", case_id) for case_id in data["ids"])
        more = (lambda: self._cases(account, window, page + 1)) if data["more"] else None
        return Page(items, next=more, total=data.get("total"))

    def case(self, account: Account, source: str, case_id: str) -> Flow[Case]:
        payload = yield Call("case.get", {"id": case_id})
        return Case("fake", source, msgspec.json.decode(payload)["id"])

    def refund(self, account: Account, case_id: str) -> Flow[Any]:
        payload = yield Call("case.refund", {"id": case_id}, write=True)
        return msgspec.json.decode(payload)

    def due(self, token: Token, now: datetime) -> bool:
        return token.expires_at is not None and token.expires_at <= now

    def refresh(self, account: Account, token: Token, now: datetime) -> Flow[Grant]:
        payload = yield Call("token.refresh", {"refresh": token.refresh}, session="none")
        data = msgspec.json.decode(payload)
        return Grant(Token(data["access"], data["refresh"], now + timedelta(days=1)))


ACCOUNT = Account(App("fake", "key", "secret-of-app"), "fake", "1", alias="demo")
EXPIRED = datetime(2020, 1, 1, tzinfo=UTC)
