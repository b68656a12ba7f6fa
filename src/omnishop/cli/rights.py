"""`shops allow|deny`: which acts a shop may do, and how much of them in a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.opened import opened
from omnishop.cli.shops import group
from omnishop.cli.show import aside, json_line, table
from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omnishop.store import Store, StoredShop

_CALL = "call"
"""The switch of raw calls that may write."""


def join(_app: typer.Typer) -> None:
    """The commands stand in the group of shops."""


Verbs = Annotated[
    list[str] | None,
    typer.Argument(
        help=say("agree, refuse, refund … or call (raw)", "agree、refuse、refund 等, 或 call(原始调用)"),
        show_default=False,
    ),
]
Shop = Annotated[
    list[str] | None,
    typer.Option(
        "--shop", help=say("id or alias; may be repeated", "店铺 ID 或别名; 可重复"), show_default=False
    ),
]
All = Annotated[bool, typer.Option("--all", help=say("every shop", "全部店铺"))]
Json = Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))]


def _cap(en: str, zh: str) -> Any:
    return typer.Option(help=say(en, zh), show_default=False)


@group.command(
    help=say(
        "Switch acts on; set the caps of a day. Without verbs: show what is allowed.",
        "开启操作权限并设置每日上限。不带操作名则显示当前权限。",
    )
)
def allow(
    verbs: Verbs = None,
    shop: Shop = None,
    every: All = False,
    max_yuan_per_day: Annotated[str | None, _cap("yuan a day", "每日金额上限(元)")] = None,
    max_per_day: Annotated[
        int | None, typer.Option(min=0, help=say("acts a day", "每日操作次数上限"))
    ] = None,
    as_json: Json = False,
) -> None:
    from omnishop import clock
    from omnishop.cli.acts import ledger_of

    known = _checked(verbs or ())
    limits = _limits(max_yuan_per_day, max_per_day)
    with opened() as store:
        chosen = _shops(store, shop or (), every=every or (shop is None and not known and not limits))
        rights = ledger_of(store).rights
        for each in chosen:
            if known or limits:
                rights.allow(each.platform, str(each.shop_id), known, limits, clock.now())
            _warn(each, known)
        _show(store, chosen, as_json=as_json)


@group.command(help=say("Switch acts off.", "关闭操作权限。"))
def deny(verbs: Verbs = None, shop: Shop = None, every: All = False, as_json: Json = False) -> None:
    from omnishop.cli.acts import ledger_of

    known = _checked(verbs or ())
    if not known:
        raise ConfigError("name the acts to switch off", zh="请写明要关闭的操作")
    with opened() as store:
        chosen = _shops(store, shop or (), every=every)
        for each in chosen:
            ledger_of(store).rights.deny(each.platform, str(each.shop_id), known)
        _show(store, chosen, as_json=as_json)


def _checked(verbs: Sequence[str]) -> list[str]:
    from omnishop.client.face import verb_of

    return [each if each == _CALL else verb_of(each).value for each in verbs]


def _warn(shop: StoredShop, verbs: Sequence[str]) -> None:
    """A switch for what the storefront has no method for does no harm, and no good."""
    from omnishop import registry

    offered = {row.verb.value for row in registry.adapter(shop.platform).writes(shop.storefront)}
    idle = ", ".join(verb for verb in verbs if verb not in {*offered, _CALL})
    if idle:
        aside(
            say(
                f"{shop.storefront} does not offer {idle}; see omnishop capabilities",
                f"{shop.storefront} 不提供 {idle}, 见 omnishop capabilities",
            )
        )


def _limits(yuan: str | None, acts: int | None) -> dict[str, int]:
    from omnishop.cli.act_options import fen_of

    fen = fen_of(yuan, "--max-yuan-per-day")
    return {
        **({} if fen is None else {"fen_per_day": int(fen)}),
        **({} if acts is None else {"acts_per_day": acts}),
    }


def _shops(store: Store, names: Sequence[str], *, every: bool) -> list[StoredShop]:
    if bool(names) == every:
        raise ConfigError(
            "say which shops: --shop NAME (may be repeated), or --all",
            zh="请指定店铺: --shop 名称(可重复), 或 --all 全部店铺",
        )
    chosen = list(store.shops.list()) if every else [store.shops.get(name) for name in names]
    nameless = [each.name for each in chosen if each.shop_id is None]
    if nameless:
        raise ConfigError(
            f"the id of {nameless[0]} is not known yet; log in first: omnishop shops login",
            zh=f"{nameless[0]} 的店铺 ID 未知, 请先授权: omnishop shops login",
        )
    return chosen


def _show(store: Store, shops: Sequence[StoredShop], *, as_json: bool) -> None:
    from omnishop.cli.acts import ledger_of
    from omnishop.model import yuan_text

    rights = ledger_of(store).rights
    rows = []
    for each in shops:
        allowed, caps = rights.rights(each.platform, str(each.shop_id))
        told = {
            "platform": each.platform,
            "storefront": each.storefront,
            "shop_id": each.shop_id,
            "alias": each.alias,
            "allowed": sorted(allowed),
            "max_yuan_per_day": yuan_text(caps.fen_per_day),
            "max_per_day": caps.acts_per_day,
        }
        if as_json:
            json_line(told)
        rows.append(
            (
                each.storefront,
                each.name,
                " ".join(sorted(allowed)) or "–",
                yuan_text(caps.fen_per_day),
                str(caps.acts_per_day),
            )
        )
    if not as_json:
        headings = (
            say("storefront", "店铺类型"),
            say("shop", "店铺"),
            say("allowed", "已允许"),
            say("yuan a day", "每日金额(元)"),
            say("acts a day", "每日次数"),
        )
        table(headings, rows, right=(3, 4))
