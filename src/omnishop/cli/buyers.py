"""`buyers link`: which buyers are one person, from a list of the merchant's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omnishop.cli.opened import opened
from omnishop.cli.show import aside, json_line, table
from omnishop.cli.words import say, told

_SOME_BAD = 2

group = typer.Typer(no_args_is_help=True, help=say("Buyers over several shops.", "跨店铺的买家。"))


def join(app: typer.Typer) -> None:
    app.add_typer(group, name="buyers")


@group.callback()
def _buyers() -> None:
    """With a callback a group of one command keeps its command's name."""


@group.command(
    "link",
    help=say(
        "Say which buyers are one person, from a table (CSV, XLSX): platform, shop, buyer, identity. "
        "Only keyed hashes are kept.",
        "从表格(CSV、XLSX)导入买家身份对应关系: 平台、店铺、买家、身份。仅保存加密哈希。",
    ),
)
def link(
    file: Annotated[
        Path,
        typer.Argument(
            help=say(
                "buyer: our key or the platform's open id; identity: the merchant's own name for the person",
                "买家: 本系统的 key 或平台 open id; 身份: 商家自己的编号",
            ),
            show_default=False,
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help=say("the counts as JSON", "以 JSON 输出数量"))
    ] = False,
) -> int:
    from omnishop import buyers_link, clock

    with opened() as store:
        report = buyers_link.run(store, file, now=clock.now())
    for row in report.bad:
        aside(f"{say(f'line {row.line}', f'第 {row.line} 行')}: {told(row.why)}")
    done = report.linked
    counts = {
        "new": done.new,
        "changed": done.changed,
        "unchanged": done.unchanged,
        "seen": done.seen,
        "bad": len(report.bad),
    }
    if as_json:
        json_line(counts)
    else:
        headings = (
            say("new", "新增"),
            say("changed", "变更"),
            say("unchanged", "未变"),
            say("with orders here", "本地有订单"),
            say("bad rows", "错误行"),
        )
        table(headings, [[str(count) for count in counts.values()]], right=tuple(range(len(counts))))
    return _SOME_BAD if report.bad else 0
