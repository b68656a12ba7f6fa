"""`health`: running, degraded or unverified, each with its reason and what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from omnishop.cli.opened import opened
from omnishop.cli.show import json_line, line, table
from omnishop.cli.words import say, told

if TYPE_CHECKING:
    from omnishop.watching import Health, State

_THEIR_FAULT = 3


def join(app: typer.Typer) -> None:
    app.command(
        "health",
        help=say(
            "Is the store equal to the platforms: running (exit 0), degraded or unverified (exit 3), and why.",
            "数据是否与平台一致: 正常则退出码 0; 有隐患或无法确认则列出原因并以 3 退出。",
        ),
    )(health)


def health(
    stale: Annotated[
        int,
        typer.Option(
            "--stale",
            min=1,
            metavar="MINUTES",
            help=say("a shop not read for so long is degraded", "店铺超过此分钟数未完整读取即视为有隐患"),
        ),
    ] = 30,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("one JSON object", "输出一个 JSON 对象"))
    ] = False,
) -> None:
    from omnishop.engine.simulated import present
    from omnishop.watching import Limits, State, Watch
    from omnishop.watching.told import health_json

    with opened() as store:
        found = Watch(store, present(), Limits(stale=timedelta(minutes=stale))).health()
    if as_json:
        json_line(health_json(found))
    else:
        _show(found)
    if found.state is not State.RUNNING:
        raise typer.Exit(_THEIR_FAULT)


def _words() -> dict[State, str]:
    from omnishop.watching import State

    return {
        State.RUNNING: say("running", "正常"),
        State.DEGRADED: say("DEGRADED", "有隐患"),
        State.UNVERIFIED: say("UNVERIFIED", "无法确认"),
    }


def _show(found: Health) -> None:
    words = _words()
    rows = [(words[each.state], "", told(each.text), told(each.cure)) for each in found.reasons]
    for shop in found.shops:
        name = f"{shop.shop.storefront} {shop.shop.name}"
        rows += [(words[each.state], name, told(each.text), told(each.cure)) for each in shop.reasons]
    if rows:
        table(("", say("shop", "店铺"), say("why", "原因"), say("to do", "处理办法")), rows)
    counted = ", ".join(f"{words[state]} {count}" for state, count in found.counts().items() if count)
    line(f"{words[found.state]}" + (f" ({say('shops', '店铺')}: {counted})" if counted else ""))
