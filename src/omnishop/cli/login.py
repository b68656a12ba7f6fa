"""`shops login`: a merchant says yes at the platform, and the code that comes back becomes tokens."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from omnishop.cli.opened import opened
from omnishop.cli.shops import group, listed
from omnishop.cli.show import line
from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.engine.login import Consent
    from omnishop.ports import Account, Role
    from omnishop.store import Store, StoredShop


HELP = say(
    "Let a merchant authorise us: prints the address, takes the pasted one.",
    "商家授权: 显示授权地址, 粘贴跳转后的地址。",
)


def join(_app: typer.Typer) -> None:
    group.command("login", help=HELP)(login)


def login(
    platform: Annotated[
        str, typer.Argument(help=say("taobao, jd or douyin", "taobao、jd 或 douyin"), show_default=False)
    ],
    shop: Annotated[
        str | None,
        typer.Option(
            help=say("a registered shop, by id or alias", "已登记的店铺(ID 或别名)"), show_default=False
        ),
    ] = None,
    operator: Annotated[
        bool,
        typer.Option("--operator", help=say("a sub-account's session beside the main one", "子账号授权")),
    ] = False,
    redirect_uri: Annotated[
        str | None, typer.Option(help=say("the app's callback address", "应用回调地址"), show_default=False)
    ] = None,
) -> None:
    from omnishop import clock, registry
    from omnishop.drivers.sync import SyncDriver
    from omnishop.engine.login import Consent, keep

    adapter = registry.adapter(platform)
    with opened() as store:
        known, account = _whose(store, platform, shop)
        consent = Consent.ask(account, adapter, redirect_uri)
        code = _code(consent)
        role: Role = "operator" if operator else "main"
        with closing(SyncDriver()) as driver:
            grant = consent.grant(code, clock.now(), driver)
            kept = keep(store, known, consent, grant, role, clock.now(), driver)
    listed([kept])


def _code(consent: Consent) -> str:
    """What the merchant's yes brought; empty for an app of the shop's own."""
    if consent.address is None:
        return ""
    line(say("Open this address and say yes:", "请打开以下地址并确认授权:"))
    line(consent.address)
    sys.stdout.flush()
    return consent.code(typer.prompt(say("Paste the address you end at", "请粘贴跳转后的地址")))


def _whose(store: Store, platform: str, name: str | None) -> tuple[StoredShop | None, Account]:
    """The shop that logs in; without a name a new one of the app that is registered here."""
    from attrs import evolve

    from omnishop.engine.shops import account_of

    if name is not None:
        known = store.shops.get(name, platform)
        return known, account_of(store, known)
    there = store.shops.list(platform)
    if len({each.app_key for each in there}) != 1:
        raise ConfigError(
            "which shop? --shop NAME; a new one is registered first: omnishop shops add "
            f"{platform} --alias NAME --app-key KEY",
            zh=f"请指定店铺: --shop 名称; 新店铺请先登记: omnishop shops add {platform} --alias 名称 --app-key KEY",
            platform=platform,
        )
    waiting = [each for each in there if each.shop_id is None]
    if len(waiting) == 1:
        return waiting[0], account_of(store, waiting[0])
    return None, evolve(account_of(store, there[0]), shop_id=None, alias=None, settings={})
