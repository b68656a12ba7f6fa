"""`rights` and `audit`: who may see people's data, and who has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.opened import opened
from omnishop.cli.person import here
from omnishop.cli.show import aside, json_line, line, table
from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omnishop.store import Store
    from omnishop.store.entitlements import Deed, Entitlement

group = typer.Typer(
    no_args_is_help=True,
    help=say("Who may see people's data.", "谁可以查看个人信息。"),
)
book = typer.Typer(
    no_args_is_help=True,
    help=say(
        "Who has seen people's data, erased it, or changed keys and rights.",
        "个人信息的查看、删除与密钥、权限变更记录。",
    ),
)


def join(app: typer.Typer) -> None:
    app.add_typer(group, name="rights")
    app.add_typer(book, name="audit")


@book.callback()
def _book() -> None:
    """With a callback a group of one command keeps its command's name."""


Name = Annotated[str, typer.Argument(help=say("the right: see_persons", "权限名: see_persons"))]
To = Annotated[
    str, typer.Option("--to", help=say("login name on this machine", "本机登录名"), show_default=False)
]
Shop = Annotated[
    list[str] | None,
    typer.Option(
        "--shop", help=say("id or alias; may be repeated", "店铺 ID 或别名; 可重复"), show_default=False
    ),
]
Every = Annotated[bool, typer.Option("--all", help=say("every shop", "全部店铺"))]
Json = Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))]


@group.command(help=say("Give somebody a right.", "授予权限。"))
def give(name: Name, to: To, shop: Shop = None, every: Every = False) -> None:
    from omnishop import clock

    _known(name)
    with opened() as store:
        for place in _places(store, shop or (), every=every):
            store.entitlements.give(to, name, place, by=here(), now=clock.now())
    line(say(f"{to} may {name} now", f"已授予 {to}: {name}"))


@group.command(help=say("Take a right back.", "收回权限。"))
def take(name: Name, to: To, shop: Shop = None, every: Every = False) -> None:
    from omnishop import clock

    _known(name)
    with opened() as store:
        places = _places(store, shop or (), every=every)
        taken = [store.entitlements.take(to, name, place, by=here(), now=clock.now()) for place in places]
    if not any(taken):
        raise ConfigError(
            f"{to} had no such right there: omnishop rights list", zh=f"{to} 没有该权限: omnishop rights list"
        )
    line(say(f"{to} may no longer {name}", f"已收回 {to}: {name}"))


@group.command("list", help=say("Who may what.", "列出权限。"))
def list_(as_json: Json = False) -> None:
    with opened() as store:
        found = store.entitlements.list()
    if as_json:
        for each in found:
            json_line(_json(each))
    elif not found:
        aside(say("nobody may see people's data", "没有人有权查看个人信息"))
    else:
        headings = (
            say("who", "用户"),
            say("right", "权限"),
            say("shop", "店铺"),
            say("given", "授予时间"),
            say("by", "授予人"),
        )
        rows = [_json(each) for each in found]
        table(headings, [[str(row[key] or say("all", "全部")) for key in _RIGHT] for row in rows])


_RIGHT = ("person", "right", "shop_id", "given_at", "given_by")


def _json(each: Entitlement) -> dict[str, Any]:
    from omnishop.model import iso

    platform, shop_id = each.place
    return {
        "person": each.person,
        "right": each.name,
        "platform": platform or None,
        "shop_id": shop_id or None,
        "given_at": iso(each.given_at.replace(microsecond=0)),
        "given_by": each.given_by,
    }


@book.command("list", help=say("The latest first.", "列表, 最新在前。"))
def audit(
    since: Annotated[
        str | None, typer.Option(help=say("at or after", "时间不早于"), show_default=False)
    ] = None,
    shop: Annotated[
        str | None, typer.Option(help=say("id or alias", "店铺 ID 或别名"), show_default=False)
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help=say("at most so many", "最多条数"))] = 100,
    as_json: Json = False,
) -> None:
    from omnishop.cli.sandbox import moment

    with opened() as store:
        shop_id = None if shop is None else store.shops.get(shop).shop_id
        at = None if since is None else moment(since, "--since")
        found = store.audit.list(since=at, shop_id=shop_id, limit=limit)
    rows = [_deed(each) for each in found]
    if as_json:
        for row in rows:
            json_line(row)
        return
    headings = (
        say("when", "时间"),
        say("who", "用户"),
        say("did", "操作"),
        say("shop", "店铺"),
        say("about", "对象"),
        say("why", "原因"),
    )
    table(headings, [[str(row[key] or "") for key in _DEED] for row in rows])


_DEED = ("at", "person", "deed", "shop_id", "about", "why")


def _deed(each: Deed) -> dict[str, Any]:
    from omnishop.model import iso

    return {
        "at": iso(each.at.replace(microsecond=0)),
        "person": each.person,
        "deed": each.deed,
        "platform": each.platform,
        "shop_id": each.shop_id,
        "about": each.about,
        "why": each.why,
    }


def _known(name: str) -> None:
    from omnishop.store.entitlements import SEE_PERSONS

    if name != SEE_PERSONS:
        raise ConfigError(
            f"no such right: {name}; there is: {SEE_PERSONS}", zh=f"没有权限 {name}; 可用: {SEE_PERSONS}"
        )


def _places(store: Store, names: Sequence[str], *, every: bool) -> list[tuple[str, str]]:
    from omnishop.store.entitlements import EVERY_SHOP

    if bool(names) == every:
        raise ConfigError(
            "say which shops: --shop NAME (may be repeated), or --all",
            zh="请指定店铺: --shop 名称(可重复), 或 --all 全部店铺",
        )
    if every:
        return [EVERY_SHOP]
    shops = [store.shops.get(name) for name in names]
    return [(each.platform, each.shop_id or "") for each in shops]
