"""A raw call of a method that is not listed as a read: written down like an act, under the switch `call`."""

from __future__ import annotations

import hashlib
from functools import partial
from typing import Any

import msgspec

from omnishop.acts import Ask, Obstacle, Seen, State, Subject
from omnishop.errors import NotAllowed, OmnishopError
from omnishop.flow import Call, Flow
from omnishop.ledger import news
from omnishop.ledger.chances import Plan, Standing, allow_command
from omnishop.ledger.desk import Desk, Do, IntentPermit, Run, Steps, day_of, not_allowed
from omnishop.ledger.intents import RAW, ActRow, Intent
from omnishop.ledger.sending import refusal, settled
from omnishop.model import Text
from omnishop.ports import Account


def raw_call(desk: Desk, call: Call) -> Steps[Any]:
    """The answer inside the envelope. NotAllowed for a method that an act stands for: the act must be used."""
    _not_an_act(desk, call)
    digest = hashlib.sha256(
        msgspec.json.encode([call.method, call.params], enc_hook=str, order="deterministic")
    ).hexdigest()
    key = desk.key(Subject("order", digest[:32], "call"))
    draft = Intent(
        id=desk.new_id(),
        act=desk.new_id(),
        key=key,
        verb=f"{RAW}{call.method}",
        digest=digest,
        state=State.PLANNED,
        seen=Seen(),
        said=Ask(),
        planned_at=desk.machine(),
        day=day_of(desk),
    )
    row = ActRow(draft.act, key, "call", digest, "", desk.machine())
    yield Do(partial(_in_the_book, desk, row, draft))
    intent = draft
    news.moved(intent, State.PLANNED)
    permit = IntentPermit(desk, intent)
    try:
        answer = yield Run(_parsed(call), permit)
    except OmnishopError as error:
        if not permit.used or refusal(error):
            yield from settled(desk, intent, State.REJECTED, None, Text(error.zh, error.en), error.code)
            raise
        why = Text(
            f"原始调用无法自动回读, 请人工核实: {error.zh}",
            f"a raw call cannot be read back; check it by hand: {error.en}",
        )
        yield from settled(desk, intent, State.UNKNOWN, None, why, error.code)
        raise
    by_answer = Text("依据平台应答; 原始调用不回读", "by the platform's answer; a raw call is not read back")
    yield from settled(desk, intent, State.CONFIRMED, "us", by_answer)
    return answer


def _in_the_book(desk: Desk, row: ActRow, intent: Intent) -> None:
    key = intent.key
    with desk.book.page(key, None) as page:
        plan = _decide(desk.account, page.standing(key, None, intent.day, None, None, row.id))
        if plan.obstacles:
            raise not_allowed(desk, key.subject, plan)
        page.write(row, intent, None, None)


def _parsed(call: Call) -> Flow[Any]:
    payload = yield call
    return msgspec.json.decode(payload)


def _not_an_act(desk: Desk, call: Call) -> None:
    """What a row of the storefront's table stands for has ceilings and a read-back: never round them."""
    for row in desk.adapter.writes(desk.account.storefront):
        if row.method is not None and _same(row.method, call.method):
            raise NotAllowed(
                f"{call.method} is the act {row.verb}: use it, so that its effect is read back and counted",
                zh=f"{call.method} 对应操作 {row.verb}: 请使用该操作, 以便回读与计额",
                keys=("use_act",),
                platform=desk.account.platform,
                shop=desk.account.name,
            )


def _same(documented: str, called: str) -> bool:
    """One method in its spellings: case, slashes for dots, with or without the platform's leading word."""
    one, other = (name.lower().replace("/", ".").strip(" .\t\r\n") for name in (documented, called))
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _decide(account: Account, standing: Standing) -> Plan:
    found = []
    if "call" not in standing.allowed:
        found.append(
            Obstacle(
                "switch",
                Text(
                    f"该店铺未允许原始写调用; 开启: {allow_command(account)} call",
                    f"raw calls that may write are off for this shop; allow them: {allow_command(account)} call",
                ),
            )
        )
    if standing.left_acts is not None and standing.left_acts <= 0:
        found.append(Obstacle("cap_acts", Text("今日操作次数已达上限", "no acts are left for today")))
    if standing.open:
        waits = Text("同一调用尚未了结", "the same call is still in doubt")
        found.append(Obstacle("open_intent", waits))
    return Plan(None, obstacles=tuple(found))
