"""`doctor`: clock, keys, tokens, permissions, key and database: what is wrong and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from omnishop.cli.opened import opened
from omnishop.cli.progress import progress
from omnishop.cli.show import json_line, table
from omnishop.cli.words import say, told

if TYPE_CHECKING:
    from omnishop.engine.checkup import Finding, State

_THEIR_FAULT = 3


def join(app: typer.Typer) -> None:
    app.command(
        "doctor",
        help=say(
            "What is wrong, and what to do: clock, keys, tokens, permissions, database.",
            "检查时钟、密钥、令牌、权限与数据库, 并给出处理办法。",
        ),
    )(doctor)


def doctor(
    shop: Annotated[
        str | None, typer.Option(help=say("only this one", "仅此店铺"), show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))] = False,
) -> None:
    from omnishop.engine.checkup import of_home, of_shop

    with opened() as store:
        findings = [*of_home(store, store.home)]
        shops = [store.shops.get(shop)] if shop else store.shops.list()
        with progress(say("looking at", "正在检查"), quiet_first=True) as tell:
            for done, each in enumerate(shops):
                tell(each.name, done, len(shops))
                findings += of_shop(store, each)
    if as_json:
        for finding in findings:
            json_line(_row(finding))
    else:
        _show(findings)
    if any(finding.state == "wrong" for finding in findings):
        raise typer.Exit(_THEIR_FAULT)


def _row(finding: Finding) -> dict[str, object]:
    shop = finding.shop
    return {
        "what": finding.what,
        "state": finding.state,
        "platform": None if shop is None else shop.platform,
        "shop_id": None if shop is None else shop.shop_id,
        "shop": None if shop is None else shop.name,
        "text": {"zh": finding.text.zh, "en": finding.text.en},
        "cure": None if finding.cure is None else {"zh": finding.cure.zh, "en": finding.cure.en},
    }


def _show(findings: list[Finding]) -> None:
    marks: dict[State, str] = {
        "ok": say("ok", "正常"),
        "unknown": say("note", "注意"),
        "wrong": say("WRONG", "异常"),
    }
    table(
        ("", say("shop", "店铺"), say("what", "检查项"), say("found", "结果"), say("to do", "处理办法")),
        [
            (
                marks[finding.state],
                "" if finding.shop is None else f"{finding.shop.storefront} {finding.shop.name}",
                finding.what,
                told(finding.text),
                "" if finding.cure is None else told(finding.cure),
            )
            for finding in findings
        ],
    )
