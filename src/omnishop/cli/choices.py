"""`case reasons`, `shops addresses`: the platform's own values that an act may be given."""

from __future__ import annotations

import typer

from omnishop.cli.act_options import Id, Json, Platform, ShopName
from omnishop.cli.acts import case, opened_for
from omnishop.cli.opened import opened
from omnishop.cli.shops import group
from omnishop.cli.show import aside, json_line, table
from omnishop.cli.words import say


def join(_app: typer.Typer) -> None:
    """The commands stand in the groups of cases and shops."""


@case.command(
    help=say(
        "The reasons this case may be refused with, for --reason.",
        "该售后单可用的拒绝原因, 供 --reason 使用。",
    )
)
def reasons(platform: Platform, shop: ShopName, name: Id, as_json: Json = False) -> None:
    from omnishop.jsonform import dump

    with opened_for("case", platform, shop, name) as (_ledger, opened_shop, subject):
        found = opened_shop.refuse_reasons(subject.id, subject.source)
    if as_json:
        for each in found:
            json_line(dump(each))
        return
    if not found:
        aside(say("the platform names no reason for this case now", "平台目前未给出该单可用的原因"))
        return
    proof = {True: say("yes", "须提供"), False: say("no", "不需要"), None: ""}
    table(
        (say("code", "原因码"), say("reason", "原因"), say("proof", "凭证"), say("note", "说明")),
        [(each.code, each.text or "", proof[each.needs_evidence], each.hint or "") for each in found],
    )


@group.command(help=say("The shop's return addresses, for --address.", "店铺的退货地址, 供 --address 使用。"))
def addresses(shop: ShopName, as_json: Json = False) -> None:
    from omnishop.cli.acts import ledger_of
    from omnishop.jsonform import dump

    with opened() as store, ledger_of(store).shop(store.shops.get(shop)) as opened_shop:
        found = opened_shop.return_addresses()
    if as_json:
        for each in found:
            json_line(dump(each))
        return
    if not found:
        aside(
            say(
                "the shop has no return address yet: add one in the platform's console",
                "店铺尚无退货地址, 请在平台商家后台添加",
            )
        )
        return
    usual = {True: say("yes", "是"), False: "", None: ""}
    table(
        (say("id", "地址 ID"), say("address", "地址"), say("usual one", "默认")),
        [(each.address_id, each.text or "", usual[each.default_return]) for each in found],
    )
