"""`shops add|list|login`: which shops we serve, with which keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.opened import NO_SHOP, calm_retries, opened
from omnishop.cli.secret_input import SECRETS, only_simulated, secrets_given
from omnishop.cli.show import aside, json_line, line, table
from omnishop.cli.words import say
from omnishop.errors import ConfigError, OmnishopError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from omnishop.ports import Account, Adapter, Role, Token
    from omnishop.store import Store, StoredShop

group = typer.Typer(no_args_is_help=True, help=say("The shops we serve and their keys.", "店铺及其密钥。"))


def join(app: typer.Typer) -> None:
    app.add_typer(group, name="shops")


def _flag(what: str, zh: str) -> Any:
    return typer.Option(help=say(f"{what}; simulated keys only", f"{zh}; 仅限模拟平台"), show_default=False)


@group.command(
    help=say(
        "Register a shop, or all shops of a running simulator. Secrets come by prompt, stdin or environment.",
        "登记店铺, 或登记模拟平台的全部店铺。密钥通过提示输入、标准输入或环境变量提供。",
    )
)
def add(
    platform: Annotated[
        str | None,
        typer.Argument(help=say("taobao, jd or douyin", "taobao、jd 或 douyin"), show_default=False),
    ] = None,
    sandbox: Annotated[
        str | None,
        typer.Option(help=say("address of simulated platforms", "模拟平台地址"), show_default=False),
    ] = None,
    storefront: Annotated[
        str | None,
        typer.Option(
            help=say("where a platform has several", "平台有多种店铺类型时必填"), show_default=False
        ),
    ] = None,
    shop_id: Annotated[
        str | None,
        typer.Option(help=say("asked of the platform when left out", "省略则向平台查询"), show_default=False),
    ] = None,
    app_key: Annotated[
        str | None, typer.Option(help=say("the app's key", "应用 app key"), show_default=False)
    ] = None,
    alias: Annotated[
        str | None, typer.Option(help=say("your name for it", "自定义名称"), show_default=False)
    ] = None,
    gateway: Annotated[
        str | None,
        typer.Option(help=say("instead of the platform's own", "替代平台默认网关"), show_default=False),
    ] = None,
    oauth: Annotated[
        str | None,
        typer.Option(help=say("instead of the platform's own", "替代平台默认授权地址"), show_default=False),
    ] = None,
    redirect_uri: Annotated[
        str | None, typer.Option(help=say("the app's callback address", "应用回调地址"), show_default=False)
    ] = None,
    service_id: Annotated[
        str | None,
        typer.Option(
            help=say("the app's service id, if it has one", "应用的服务 ID(如有)"), show_default=False
        ),
    ] = None,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help=say("name=value, as the platform's page names them", "名称=值, 见平台文档"),
            show_default=False,
        ),
    ] = None,
    secret_stdin: Annotated[
        bool,
        typer.Option(
            "--secret-stdin", help=say("secrets from stdin: JSON or lines", "从标准输入读取密钥: JSON 或逐行")
        ),
    ] = False,
    app_secret: Annotated[str | None, _flag("the app's secret", "应用密钥")] = None,
    access_token: Annotated[str | None, _flag("the shop's token", "店铺令牌")] = None,
    refresh_token: Annotated[str | None, _flag("its refresh token", "刷新令牌")] = None,
    operator_token: Annotated[str | None, _flag("a sub-account's token", "子账号令牌")] = None,
) -> None:
    if (platform is None) == (sandbox is None):
        raise ConfigError(
            "name a platform, or --sandbox URL for every shop of a simulator: one of the two",
            zh="请指定平台, 或用 --sandbox URL 登记模拟平台的全部店铺: 二选一",
        )
    if sandbox is not None:
        _add_simulated(sandbox)
        return
    flags = dict(zip(SECRETS, (app_secret, access_token, refresh_token, operator_token), strict=True))
    only_simulated(flags, gateway)
    written = {
        "platform": platform,
        "storefront": storefront or _only_storefront(str(platform)),
        "app_key": app_key,
        "shop_id": shop_id,
        "alias": alias,
        "gateway": gateway,
        "oauth": oauth,
        "redirect_uri": redirect_uri,
        "service_id": service_id,
        "settings": _settings(setting or ()),
    }
    if app_key is None:
        raise ConfigError("--app-key is missing", zh="缺少 --app-key")
    given = secrets_given(flags, from_stdin=secret_stdin)
    _add(written, given)


def _add_simulated(url: str) -> None:
    from omnishop import clock
    from omnishop.engine.simulated import World, register

    with World.at(url) as world, opened() as store:
        added = register(store, world, now=clock.now())
    listed(added)
    line(say("Next: omnishop pull", "下一步: omnishop pull"))


def _add(written: dict[str, Any], given: Mapping[str, str | None]) -> None:
    from pydantic import ValidationError

    from omnishop import clock, registry
    from omnishop.config import ShopEntry, fault
    from omnishop.engine.settings import checked
    from omnishop.ports import Account, App

    try:
        entry = ShopEntry(**written, app_secret=given["app_secret"] or "")
    except ValidationError as problem:
        raise fault(problem, say("the shop", "店铺")) from None
    adapter = registry.adapter(entry.platform)
    app = App(
        entry.platform,
        entry.app_key,
        entry.app_secret,
        gateway=entry.gateway,
        oauth=entry.oauth,
        redirect_uri=entry.redirect_uri,
        service_id=entry.service_id,
    )
    account = Account(app, entry.storefront, entry.shop_id, entry.alias, settings=entry.settings)
    _has_storefront(adapter, entry.storefront)
    checked(adapter, entry.settings)
    tokens = _tokens(given)
    if account.shop_id is None and "main" in tokens:
        account = _asked(account, adapter, tokens["main"])
    with opened() as store:
        shop = store.shops.add(account, now=clock.now(), tokens=tokens)
    listed([shop])
    if "main" not in tokens:
        line(
            say(
                f"It has no token yet: omnishop shops login {shop.platform} --shop {shop.name}",
                f"尚无令牌, 请授权: omnishop shops login {shop.platform} --shop {shop.name}",
            )
        )


def _asked(account: Account, adapter: Adapter, token: Token) -> Account:
    from omnishop.client import Shop
    from omnishop.drivers.tokens import MemoryTokens

    calm_retries()
    with Shop(account, MemoryTokens({"main": token}), adapter=adapter) as shop:
        return shop.whoami()


def _tokens(given: Mapping[str, str | None]) -> dict[Role, Token]:
    from omnishop.ports import Token

    tokens: dict[Role, Token] = {}
    if access := given["access_token"]:
        tokens["main"] = Token(access, given["refresh_token"], renewable=given["refresh_token"] is not None)
    if operator := given["operator_token"]:
        tokens["operator"] = Token(operator, renewable=False)
    return tokens


def _only_storefront(platform: str) -> str:
    from omnishop import registry

    fronts = registry.adapter(platform).storefronts
    if len(fronts) == 1:
        return fronts[0]
    raise ConfigError(
        f"{platform} has several storefronts, name one: --storefront {'|'.join(fronts)}",
        zh=f"{platform} 有多种店铺类型, 请指定: --storefront {'|'.join(fronts)}",
    )


def _has_storefront(adapter: Adapter, storefront: str) -> None:
    if storefront not in adapter.storefronts:
        known = ", ".join(adapter.storefronts)
        raise ConfigError(
            f"{adapter.name} has no storefront {storefront!r}; it has: {known}",
            zh=f"{adapter.name} 没有店铺类型 {storefront!r}; 可用: {known}",
        )


def _settings(pairs: Iterable[str]) -> dict[str, str]:
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise ConfigError(f"a setting is name=value, not {pair!r}", zh=f"设置应为 名称=值, 而非 {pair!r}")
        settings[name] = value
    return settings


@group.command(
    "set",
    help=say(
        "Settings of a shop, as its platform's page names them; NAME= takes one back. Without any: show them.",
        "店铺设置, 名称见平台文档; 名称= 为取消。不带设置则显示当前值。",
    ),
)
def set_settings(
    shop: Annotated[str, typer.Argument(help=say("shop_id or alias", "店铺 ID 或别名"))],
    pairs: Annotated[
        list[str] | None, typer.Argument(help=say("name=value …", "名称=值 …"), show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))] = False,
) -> None:
    from attrs import evolve

    from omnishop import registry
    from omnishop.engine.settings import checked
    from omnishop.engine.shops import account_of

    with opened() as store:
        known = store.shops.get(shop)
        if pairs:
            told = _settings(pairs)
            checked(registry.adapter(known.platform), told)
            given = {**known.settings, **told}
            kept = {name: value for name, value in given.items() if value}
            known = store.shops.update(known, evolve(account_of(store, known), settings=kept))
    if as_json:
        json_line(_row(known))
    else:
        table((say("setting", "设置"), say("value", "值")), sorted(known.settings.items()))


@group.command("list", help=say("The registered shops.", "已登记的店铺。"))
def list_shops(
    platform: Annotated[
        str | None, typer.Option(help=say("only this one", "仅此平台"), show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))] = False,
) -> None:
    with opened() as store:
        shops = store.shops.list(platform)
        known = {shop.row: as_of(store, shop) for shop in shops}
    if as_json:
        for shop in shops:
            at, why = known[shop.row]
            json_line({**_row(shop), "true_as_of": at, "unverified": why})
    elif shops:
        listed(shops, {row: at or f"? {why}" for row, (at, why) in known.items()})
    else:
        aside(say(*NO_SHOP))


def _row(shop: StoredShop) -> dict[str, Any]:
    from omnishop.model import iso

    return {
        "platform": shop.platform,
        "storefront": shop.storefront,
        "shop_id": shop.shop_id,
        "alias": shop.alias,
        "app_key": shop.app_key,
        "settings": dict(shop.settings),
        "simulated": shop.simulated,
        "control": shop.control,
        "added_at": iso(shop.added_at),
    }


def as_of(store: Store, shop: StoredShop) -> tuple[str | None, str | None]:
    """Up to when the store is known to say what the platform says; else None, and why it is not known."""
    from omnishop.engine import TrueAsOf, freshness
    from omnishop.model import iso

    try:
        known = freshness(store, shop)
    except OmnishopError as problem:
        return None, say(problem.en, problem.zh)
    if isinstance(known, TrueAsOf):
        return iso(known.at.replace(microsecond=0)), None
    return None, say(known.why.en, known.why.zh)


def listed(shops: Iterable[StoredShop], known: Mapping[int, str] | None = None) -> None:
    yes = say("simulated", "模拟")
    heading = () if known is None else (say("true as of", "数据截至"),)
    table(
        (say("storefront", "店铺类型"), say("shop", "店铺"), say("alias", "别名"), "app key", "", *heading),
        [
            (
                shop.storefront,
                shop.shop_id or "?",
                shop.alias or "",
                shop.app_key,
                yes if shop.simulated else "",
                *(() if known is None else (known[shop.row],)),
            )
            for shop in shops
        ],
    )
