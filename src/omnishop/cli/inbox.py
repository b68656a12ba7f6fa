"""`inbox`: what platforms told by push, what became of it, and another try for what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.opened import opened
from omnishop.cli.show import json_line, line, table
from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.store import Message, MessageState

group = typer.Typer(no_args_is_help=True, help=say("What platforms told by push.", "平台推送的消息。"))


def join(app: typer.Typer) -> None:
    app.add_typer(group, name="inbox")


@group.command("list", help=say("Messages, the oldest first.", "列出消息, 最早的在前。"))
def list_(
    state: Annotated[
        str | None,
        typer.Option(
            help=say("new, done or failed", "new (待处理), done (已处理) 或 failed (失败)"),
            show_default=False,
        ),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help=say("at most so many", "最多条数"))] = 50,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("JSON lines, one per message", "逐行 JSON, 每条消息一行"))
    ] = False,
) -> None:
    wanted = _state(state)
    with opened() as store:
        found = store.inbox.list(wanted, limit)
        counts = store.inbox.counts()
    if as_json:
        for each in found:
            json_line(_json(each))
        return
    table(
        (
            say("platform", "平台"),
            say("shop", "店铺"),
            say("topic", "主题"),
            say("case", "售后单"),
            say("order", "订单"),
            say("came", "收到"),
            say("state", "状态"),
            say("why", "原因"),
        ),
        [_row(each) for each in found],
    )
    line(", ".join(f"{number} {name}" for name, number in counts.items()))


@group.command(
    help=say("Everything that failed is tried once more by `listen`.", "失败的消息由 `listen` 重新处理。")
)
def retry() -> None:
    from omnishop import clock

    with opened() as store:
        number = store.inbox.again(clock.now())
    line(say(f"{number} messages wait again", f"{number} 条消息重新等待处理"))


def _state(name: str | None) -> MessageState | None:
    from omnishop.store import MessageState

    if name is None:
        return None
    if name not in set(MessageState):
        known = ", ".join(MessageState)
        raise ConfigError(
            f"no such state: {name!r}; there are: {known}", zh=f"没有状态 {name!r}; 可用: {known}"
        )
    return MessageState(name)


def _row(each: Message) -> tuple[str, ...]:
    from omnishop.model import iso

    facts = (each.platform, each.shop_id, each.topic, each.case_id, each.order_id)
    return (*(fact or "" for fact in facts), iso(each.received_at), str(each.state), each.why or "")


def _json(each: Message) -> dict[str, Any]:
    from omnishop.model import iso

    return {
        "platform": each.platform,
        "shop_id": each.shop_id or None,
        "message": each.message,
        "topic": each.topic,
        "case_id": each.case_id,
        "order_id": each.order_id,
        "told_at": None if each.told_at is None else iso(each.told_at),
        "received_at": iso(each.received_at),
        "copies": each.copies,
        "state": str(each.state),
        "attempts": each.attempts,
        "why": each.why,
    }
