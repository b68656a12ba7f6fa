"""`capabilities`: what each storefront supports, how far, and how that is known."""

from __future__ import annotations

from typing import Annotated

import typer

from omnishop.cli.show import json_line, table
from omnishop.cli.words import say, told


def join(app: typer.Typer) -> None:
    app.command(
        "capabilities", help=say("What each storefront supports, and why not.", "各平台支持的能力及原因。")
    )(capabilities)


def capabilities(
    platform: Annotated[
        str | None,
        typer.Option("--platform", help=say("only this one, with reasons", "仅此平台, 并说明原因")),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))] = False,
) -> None:
    from omnishop import registry
    from omnishop.ports import Capability

    adapters = [registry.adapter(name) for name in ((platform,) if platform else registry.adapter_names())]
    found = [
        (adapter.name, storefront, capability, adapter.support(storefront, capability))
        for adapter in adapters
        for storefront in adapter.storefronts
        for capability in Capability
    ]
    if as_json:
        for name, storefront, capability, support in found:
            json_line(
                {
                    "platform": name,
                    "storefront": storefront,
                    "capability": capability.value,
                    "level": support.level.value,
                    "reason": {"zh": support.reason.zh, "en": support.reason.en},
                    "evidence": support.evidence,
                }
            )
    elif platform:
        headings = (
            say("storefront", "店铺类型"),
            say("capability", "能力"),
            say("level", "程度"),
            say("reason", "说明"),
        )
        table(headings, [(front, what, how.level, told(how.reason)) for _, front, what, how in found])
    else:
        fronts = list(dict.fromkeys(front for _, front, _, _ in found))
        levels = {(front, what): how.level.value for _, front, what, how in found}
        table(
            (say("capability", "能力"), *fronts),
            [(what, *(levels[front, what] for front in fronts)) for what in Capability],
        )
