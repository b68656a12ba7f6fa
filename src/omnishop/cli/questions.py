"""`policy answer`: a buyer's question answered by the frequent ones and the product's facts, or handed to a human."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from omnishop.cli.opened import opened
from omnishop.cli.packs import PACKS_HELP, installed, packs_in_force
from omnishop.cli.show import json_line, line
from omnishop.cli.words import say


def join(group: typer.Typer) -> None:
    group.command(
        "answer",
        help=say(
            "Answer a buyer's question, or say that a human must.", "回答买家的常见问题; 无法确定时转人工。"
        ),
    )(answer)


def answer(
    text: Annotated[str, typer.Argument(help=say("the question", "买家的问题"), show_default=False)],
    platform: Annotated[
        str | None, typer.Option(help=say("as it holds on this platform", "按此平台生效的规则"))
    ] = None,
    shop: Annotated[
        str | None, typer.Option(help=say("as it holds for this shop", "按此店铺生效的规则"))
    ] = None,
    sku: Annotated[
        str | None, typer.Option(help=say("the product it is about", "所问商品"), show_default=False)
    ] = None,
    packs: Annotated[list[Path] | None, typer.Option("--pack", help=PACKS_HELP, show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON")] = False,
) -> None:
    installed()
    from omnishop.policy.questions import questions

    with opened() as store:
        rules = questions(packs_in_force(store.home, packs).of(platform, None, shop))
    found = rules.answer(text)
    facts = () if sku is None else rules.product(sku, text)
    human = (found is None and not facts) or any(fact.told is None for fact in facts)
    if as_json:
        json_line(
            {
                "topic": found and found.topic,
                "answer": found and found.answer,
                "rule": "COM-PRODUCT" if facts else "COM-FAQ",
                "facts": [{"facet": fact.facet, "told": fact.told} for fact in facts],
                "human": human,
            }
        )
        return
    if found is not None:
        line(f"{found.answer} [COM-FAQ {found.topic}]")
    for fact in facts:
        line(f"{fact.facet}: {fact.told or say('not written down', '尚无资料')} [COM-PRODUCT]")
    if human:
        line(say("for a human", "转人工"))
