"""A platform of paper: one shop, a plain JSON wire, its face and its adapter; troubles on demand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
from attrs import Factory, evolve, frozen

from omnishop.errors import AuthError, NotFound, PermissionDenied, Transient, WireError
from omnishop.flow import Call, Page
from omnishop.model import (
    Case,
    CaseAmounts,
    Consequence,
    Deadline,
    Fen,
    Kind,
    Order,
    OrderStatus,
    Raw,
    Review,
    Stage,
    Text,
    Unreadable,
    from_unix,
)
from omnishop.ports import Account, Grant, Level, Request, Response, Stream, Support, Token
from omnishop.sandbox.clock import WorldClock
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.world import Shop, World

NOW = datetime(2026, 3, 18, 2, 15, 30, tzinfo=UTC)
SECRET = "sim-secret-1"
TOKEN = "sim-token-1"
BUYER = "张三丰"
NOW_S = int(NOW.timestamp())

CASES = [
    {"id": "C1", "order": "O1", "kind": "return_refund", "stage": "requested", "fen": 5900, "in_s": 7200},
    {"id": "C2", "order": "O2", "kind": "refund_only", "stage": "succeeded", "fen": 1230, "in_s": None},
    {"id": "C3", "order": "O3", "kind": "exchange", "stage": "returning", "fen": 800, "in_s": 100_000},
]


class PaperFace:
    """Answers below /paper. `troubles`: method -> an error code, or html, truncated, huge, bug."""

    name = "paper"
    storefronts = ("paper",)
    voice = None

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.troubles: dict[str, str] = {}
        self.cases = [dict(row) for row in CASES]
        self.tokens = {TOKEN}

    def claims(self, request):
        return request.path.startswith("/paper")

    def writes(self, request):
        return request.method == "PUT"

    def credentials(self, world, shop, base_url):
        return {
            "gateway": f"{base_url}/paper",
            "app_key": shop.app_key,
            "app_secret": shop.app_secret,
            "access_token": TOKEN,
            "refresh_token": "sim-refresh-1",
            "operator_token": None,
        }

    def true_case(self, world, case):
        return None

    def answer(self, world, request):
        if request.path == "/paper/bug":
            raise ZeroDivisionError
        if request.headers.get("x-paper-wire") is None:
            return self._echo(world, request)
        asked = json.loads(request.content)
        method = asked["method"]
        trouble = self.troubles.get(method) or self._refusal(asked)
        world.note("paper", method, trouble or "ok")
        match trouble:
            case None:
                data = {"ok": getattr(self, "_" + method)(world, **asked["params"])}
            case "html":
                return Response(502, b"<html><body>Bad Gateway</body></html>", {"content-type": "text/html"})
            case "truncated":
                return Response(200, b'{"ok": {"rows": [{"id": "C1", "ki')
            case "huge":
                return Response(200, b'{"ok": "' + b"x" * (17 * 2**20) + b'"}')
            case _:
                data = {"error": trouble}
        return Response(200, json.dumps(data).encode(), {"content-type": "application/json"})

    def _refusal(self, asked: dict[str, Any]) -> str | None:
        if asked["sign"] != hashlib.sha256((SECRET + asked["method"]).encode()).hexdigest():
            return "sign"
        return None if asked["method"] in {"token", "refresh"} or asked["token"] in self.tokens else "token"

    def _echo(self, world, request):
        world.note("paper", request.path, "ok")
        told = {
            "method": request.method,
            "host": request.host,
            "path": request.path,
            "query": request.query_items(),
            "size": len(request.content),
        }
        return Response(200, json.dumps(told).encode(), {"Content-Type": "application/json", "X-Paper": "1"})

    def _who(self, world):
        return {"shop_id": "77"}

    def _token(self, world, code):
        return (
            {"access": TOKEN, "shop_id": "77"}
            if code == "good-code"
            else {"access": "other", "shop_id": "78"}
        )

    def _cases(self, world, start, end):
        now = int(world.now().timestamp())
        rows = [{**row, "at": now - 3600, "end": row["in_s"] and now + row["in_s"]} for row in self.cases]
        return {"rows": [row for row in rows if _within(row, start, end)]}

    def _orders(self, world, start, end):
        rows = [{"id": "O1", "buyer": BUYER, "at": NOW_S - 86400}, {"id": "O2", "at": NOW_S - 90000}]
        return {"rows": [row for row in rows if _within(row, start, end)]}

    def _reviews(self, world, start, end):
        return {"rows": []}


@frozen
class PaperCodec:
    def encode(self, call, account, token, now):
        sign = hashlib.sha256((account.app.app_secret + call.method).encode()).hexdigest()
        body = {
            "method": call.method,
            "params": dict(call.params),
            "sign": sign,
            "token": token and token.access,
        }
        gateway = account.app.gateway or "http://127.0.0.1:9/paper"
        return Request("POST", gateway, (("x-paper-wire", "1"),), json.dumps(body).encode())

    def decode(self, call, response):
        if response.content.startswith(b"<"):
            raise Transient("a page instead of an answer", zh="返回了网页而非应答")
        try:
            answer = json.loads(response.content)
        except ValueError:
            raise WireError("the answer is no JSON", zh="应答不是 JSON") from None
        match answer.get("error"):
            case None:
                return msgspec.Raw(msgspec.json.encode(answer["ok"]))
            case "sign":
                raise AuthError("the sign is wrong", zh="签名错误", cure="keys", code="sign")
            case "token":
                raise AuthError("the token is not valid", zh="令牌无效", cure="login", code="token")
            case "permission":
                raise PermissionDenied("not allowed", zh="无权限", code="permission")
            case code:
                raise Transient("later", zh="稍后再试", code=code)

    def sign(self, vector: Mapping[str, Any], kind: str | None) -> tuple[str, str]:
        text = vector["app_secret"] + vector["params"]["session"] + vector["params"]["q"]
        return hashlib.sha256(text.encode()).hexdigest(), text


@frozen
class PaperAdapter:
    name: str = "paper"
    storefronts: tuple[str, ...] = ("paper",)
    codec: PaperCodec = PaperCodec()
    read_methods: frozenset[str] = frozenset({"cases", "orders", "reviews", "who"})
    review_columns: Mapping[str, tuple[str, ...]] = Factory(
        lambda: {
            "order_id": ("订单编号", "订单号"),
            "text": ("评价内容",),
            "stars": ("评分",),
            "grade": ("评价等级",),
            "created_at": ("评价时间",),
        }
    )

    def quota(self, method):
        return None

    def writes(self, storefront):
        return ()

    def support(self, storefront, capability):
        return Support(Level.NATIVE, Text("纸", "paper"), "none")

    def streams(self, storefront):
        day, year = timedelta(days=40), timedelta(days=365)
        return (
            Stream("orders", "order", "changed", self._orders, day, year),
            Stream("cases", "case", "changed", self._cases, day, year),
            Stream("reviews", "review", "created", self._reviews, day, year),
        )

    def sources(self, storefront):
        return ("refund",)

    def return_parcels(self, case):
        return ()

    def _orders(self, account, window):
        rows = yield from self._rows("orders", window)
        return Page(tuple(self._order(row, account) for row in rows), total=len(rows))

    def _cases(self, account, window):
        rows = yield from self._rows("cases", window)
        read = [self._case(row, account) for row in rows]
        bad = tuple(each for each in read if isinstance(each, Unreadable))
        return Page(tuple(each for each in read if isinstance(each, Case)), bad, total=len(rows))

    def _reviews(self, account, window):
        rows = yield from self._rows("reviews", window)
        reviews = tuple(Review("paper", row["id"], shop_id=account.shop_id) for row in rows)
        return Page(reviews, total=len(rows))

    def _rows(self, method, window) -> Iterator[Any]:
        span = {"start": window.start.isoformat(), "end": window.end.isoformat()}
        payload = yield Call(method, span)
        return msgspec.json.decode(payload)["rows"]

    def case(self, account, source, case_id):
        payload = yield Call("cases", {"start": "2000-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z"})
        for row in msgspec.json.decode(payload)["rows"]:
            if row["id"] == case_id:
                read = self._case(row, account)
                if isinstance(read, Unreadable):
                    raise WireError(read.error, zh=read.error)
                return read
        raise NotFound("no such case", zh="没有此售后单")

    def _order(self, row, account):
        at = from_unix(row["at"])
        return Order(
            "paper",
            row["id"],
            storefront="paper",
            shop_id=account.shop_id,
            status=OrderStatus.PAID,
            created_at=at,
            changed_at=at,
            raw=json.dumps(row).encode(),
        )

    def _case(self, row, account):
        if not isinstance(row.get("fen"), int):
            return Unreadable("paper", "refund", "fen: not a number", row["id"], json.dumps(row).encode())
        return Case(
            "paper",
            "refund",
            row["id"],
            storefront="paper",
            shop_id=account.shop_id if account else None,
            order_id=row["order"],
            kind=Kind(row["kind"]),
            stage=Stage(row["stage"]),
            amounts=CaseAmounts(requested=Fen(row["fen"])),
            opened_at=from_unix(row["at"]),
            changed_at=from_unix(row["at"]),
            deadline=Deadline(from_unix(row["end"]), Consequence.REFUNDS) if row["end"] else None,
            raw=json.dumps(row).encode(),
        )

    def decode_body(self, method, body, account):
        if method not in self.read_methods:
            raise NotFound("no documented method of that name", zh="没有此方法")
        payload = self.codec.decode(Call(method), Response(200, body))
        if method != "cases":
            return [Raw("paper", method, msgspec.json.decode(payload))]
        return [self._case(row, account) for row in msgspec.json.decode(payload)["rows"]]

    def authorize_url(self, app, redirect_uri, state):
        return "http://paper.test/authorize?" + urlencode({"redirect_uri": redirect_uri, "state": state})

    def exchange(self, account, code, redirect_uri, now):
        payload = yield Call("token", {"code": code}, session="none")
        data = msgspec.json.decode(payload)
        return Grant(Token(data["access"], None, now + timedelta(days=30)), shop_id=data["shop_id"])

    def due(self, token, now):
        return False

    def whoami(self, account: Account):
        payload = yield Call("who")
        return evolve(account, shop_id=msgspec.json.decode(payload)["shop_id"])

    def server_time(self, account):
        return None


def simulation(face: PaperFace | None = None, now: datetime | None = NOW) -> Simulation:
    world = World.new(1, WorldClock(now))
    world.shops.append(Shop("paper", "paper", "77", "纸店", "paper", "key-1", SECRET))
    return Simulation(world, {"paper": face or PaperFace()})


def _within(row, start, end):
    return datetime.fromisoformat(start) <= from_unix(row["at"]) <= datetime.fromisoformat(end)
