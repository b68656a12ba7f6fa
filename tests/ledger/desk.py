"""A platform of one page for the ledger: cases with versions, money that moves, and every fault on demand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
from attrs import define, field, frozen
from tests.fake_adapter import ACCOUNT, FakeAdapter

from omnishop import clock
from omnishop.acts import (
    Ask,
    Look,
    Subject,
    Verb,
    Write,
    by_mark,
    nothing_sent,
    only_recorded,
    refund_decided,
    refused,
    version_moved,
)
from omnishop.client import AsyncShop, Shop
from omnishop.drivers.aio import AsyncDriver
from omnishop.drivers.sync import SyncDriver
from omnishop.flow import Call, Flow
from omnishop.ledger import AsyncLedger, Ledger
from omnishop.model import Case, CaseAmounts, CaseLine, Kind, Order, OrderAmounts, OrderLine, Stage, Text
from omnishop.ports import Account, Capability, Level, Support, Token
from omnishop.store import Store

SHOP = "1"
PAID = 10_000
ASKED = 6_000
SAYS = Text("状态", "the stage")


@define
class Platform:
    """The books of the platform. `faults` are used up one a write: before, after, refuse, down."""

    cases: dict[str, dict[str, Any]] = field(factory=dict)
    refunds: list[tuple[str, int]] = field(factory=list)
    faults: list[str] = field(factory=list)
    calls: list[str] = field(factory=list)
    stale: dict[str, dict[str, Any]] = field(factory=dict)
    on_write: Callable[[], None] | None = None
    paid: int | None = PAID

    def open(self, case_id: str, *, order: str = "o1", asked: int = ASKED, line: str = "l1") -> str:
        self.cases[case_id] = {
            "id": case_id,
            "order": order,
            "stage": "requested",
            "version": 1,
            "asked": asked,
            "line": line,
            "notes": "",
            "by": None,
            "changed": 1_760_000_000,
        }
        return case_id

    def move(self, case_id: str, stage: str, by: str | None = None) -> None:
        case = self.cases[case_id]
        case.update(stage=stage, by=by, version=case["version"] + 1, changed=case["changed"] + 1)

    def answer(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        method, params = asked["method"], asked["params"]
        self.calls.append(method)
        if method == "case.get":
            case = self.stale.get(params["id"]) or self.cases[params["id"]]
            return _data(case)
        if method == "order.get":
            return _data({"id": params["id"], "paid": self.paid})
        if self.on_write is not None:
            self.on_write()
        fault = self.faults.pop(0) if self.faults else None
        if fault == "before":
            raise httpx.ReadError("gone")
        if fault == "refuse":
            return httpx.Response(200, json={"error": "2101"})
        if fault == "down":
            return httpx.Response(502)
        answer = self._write(method, params)
        if fault == "after":
            raise httpx.ReadTimeout("gone")
        return answer

    def _write(self, method: str, params: dict[str, Any]) -> httpx.Response:
        case = self.cases[params["id"]]
        if method == "case.note":
            case["notes"] = params["text"]
            self.move(params["id"], case["stage"])
            return _data({"ok": True})
        if case["stage"] != "requested" or params.get("version") not in (None, case["version"]):
            return httpx.Response(200, json={"error": "state"})
        if method == "case.review":
            self.move(params["id"], "requested")
        elif method == "case.refuse":
            self.move(params["id"], "refused", "seller")
        else:
            self.refunds.append((params["id"], case["asked"]))
            self.move(params["id"], "succeeded", "seller")
        return _data({"ok": True})


def _data(data: Any) -> httpx.Response:
    return httpx.Response(200, json={"data": data})


# ---------------------------------------------------------------- its adapter


def look(account: Account, subject: Subject) -> Flow[Look]:
    data = msgspec.json.decode((yield Call("case.get", {"id": subject.id})))
    stage = Stage(data["stage"])
    return Look(
        Case(
            "fake",
            "case",
            data["id"],
            "fake",
            SHOP,
            order_id=data["order"],
            kind=Kind.REFUND_ONLY,
            stage=stage,
            amounts=CaseAmounts(
                requested=data["asked"], refunded=data["asked"] if stage is Stage.SUCCEEDED else None
            ),
            lines=(CaseLine(data["line"], requested=1),),
            changed_at=datetime.fromtimestamp(data["changed"], UTC),
            decided_by=data["by"],
            version=str(data["version"]),
        ),
        {"notes": data["notes"]},
    )


def _send(method: str, *, versioned: bool = True) -> Callable[[Account, Look, Ask], Flow[Any]]:
    def send(account: Account, seen: Look, ask: Ask) -> Flow[Any]:
        params: dict[str, Any] = {"id": seen.record.case_id}
        if versioned:
            params["version"] = int(seen.record.version)
        if method == "case.note":
            params["text"] = ask.text
        return (yield Call(method, params, write=True))

    return send


def _row(verb: Verb, method: str | None, shows: Any, **more: Any) -> Write:
    send = nothing_sent if method is None else _send(method, versioned=more.get("versioned", False))
    return Write(verb, "case", method, look, send, shows, SAYS, "the tests", **more)


_REQUESTED = frozenset({Stage.REQUESTED})
ROWS = (
    _row(Verb.PRE_AGREE, "case.review", version_moved, stages=_REQUESTED, versioned=True),
    _row(Verb.AGREE, "case.refund", refund_decided, stages=_REQUESTED, money=True, versioned=True),
    _row(Verb.REFUND, "case.refund", refund_decided, stages=_REQUESTED, money=True),
    _row(Verb.REFUSE, "case.refuse", refused, stages=_REQUESTED, needs=("reason",)),
    _row(Verb.REMARK, "case.note", by_mark("notes", lambda ask, before: ask.text), needs=("text",)),
    _row(Verb.CONFIRM_RECEIPT, None, only_recorded),
)


@frozen
class DeskAdapter(FakeAdapter):
    """`two_steps`: agreeing takes a review first."""

    read_methods: frozenset[str] = frozenset({"case.get", "order.get"})
    two_steps: bool = False

    def support(self, storefront: str, capability: Capability) -> Support:
        offered = capability in {Capability(row.verb) for row in ROWS}
        level = Level.NATIVE if offered else Level.NOT_OFFERED
        return Support(level, Text("控制台", "use the console"), "none")

    def writes(self, storefront: str) -> tuple[Write, ...]:
        return ROWS

    def verbs(self, storefront: str, act: Verb, seen: Look) -> tuple[Verb, ...]:
        return (Verb.PRE_AGREE, Verb.AGREE) if self.two_steps and act is Verb.AGREE else (act,)

    def order(self, account: Account, order_id: str) -> Flow[Order]:
        data = msgspec.json.decode((yield Call("order.get", {"id": order_id})))
        paid = data["paid"]
        lines = (OrderLine("l1", quantity=2, paid=paid), OrderLine("l2", quantity=1, paid=paid))
        both = None if paid is None else 2 * paid
        return Order(
            "fake", order_id, storefront="fake", shop_id=SHOP, amounts=OrderAmounts(paid=both), lines=lines
        )

    def return_parcels(self, case: Case) -> tuple[()]:
        return ()

    def case(self, account: Account, source: str, case_id: str) -> Flow[Case]:
        seen = yield from look(account, Subject("case", case_id, source))
        return seen.record


ALL_ACTS = [verb.value for verb in Verb]
QUICK = {"limit": timedelta(milliseconds=60), "gap": timedelta(milliseconds=20), "pauses": (0.0, 0.01)}


def registered(store: Store) -> None:
    tokens = {"main": Token("access-1")}
    stored = store.shops.add(ACCOUNT, now=clock.now(), tokens=tokens)
    Ledger(store).rights.allow("fake", SHOP, ALL_ACTS, {}, clock.now())
    assert stored.shop_id == SHOP


def opened(store: Store, platform: Platform, *, two_steps: bool = False, **more: Any) -> tuple[Ledger, Shop]:
    ledger = Ledger(store, **{**QUICK, **more})
    driver = SyncDriver(httpx.Client(transport=httpx.MockTransport(platform.answer)))
    stored = store.shops.get(SHOP)
    shop = Shop(
        ACCOUNT, store.tokens(stored), adapter=DeskAdapter(two_steps=two_steps), driver=driver, writes=ledger
    )
    return ledger, shop


def opened_async(store: Store, platform: Platform, **more: Any) -> tuple[AsyncLedger, AsyncShop]:
    ledger = AsyncLedger(store, **{**QUICK, **more})
    driver = AsyncDriver(httpx.AsyncClient(transport=httpx.MockTransport(platform.answer)))
    stored = store.shops.get(SHOP)
    shop = AsyncShop(ACCOUNT, store.tokens(stored), adapter=DeskAdapter(), driver=driver, writes=ledger)
    return ledger, shop
