"""`quotas`: how much may be asked of the platforms: what is published, said and learned, and who is banned now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.opened import opened
from omnishop.cli.show import aside, json_line, line, table
from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.drivers.budgets import Budget
    from omnishop.store import Store
    from omnishop.store.quotas import StoredQuota

group = typer.Typer(
    no_args_is_help=True, help=say("How much may be asked of the platforms.", "平台调用配额与限流。")
)

ALL = "all"
"""For people: every method, every shop."""

Platform = Annotated[str, typer.Argument(help=say("the platform", "平台"), show_default=False)]
App = Annotated[str, typer.Argument(help=say("the app key", "应用的 app_key"), show_default=False)]
OfShop = Annotated[
    str | None,
    typer.Option(
        "--shop",
        help=say("of this shop alone, by id or alias", "仅限该店铺: 店铺 ID 或别名"),
        show_default=False,
    ),
]


def join(app: typer.Typer) -> None:
    app.add_typer(group, name="quotas")


@group.command("list", help=say("Rates in force and bans, of all workers.", "列出所有进程共用的速率与封禁。"))
def list_(
    as_json: Annotated[
        bool, typer.Option("--json", help=say("JSON lines, one per quota", "逐行 JSON, 每个配额一行"))
    ] = False,
) -> None:
    from omnishop import clock

    now = clock.now()
    with opened() as store:
        found = [_told(each, now) for each in store.quotas.rows()]
    if as_json:
        for each in found:
            json_line(each)
        return
    table(
        (
            say("platform", "平台"),
            say("app", "应用"),
            say("shop", "店铺"),
            say("method", "接口"),
            say("calls a second", "每秒调用"),
            say("known from", "依据"),
            say("banned until", "封禁至"),
            say("refused", "被拒次数"),
            say("code", "代码"),
        ),
        [_row(each) for each in found],
    )
    banned = sum(each["banned_until"] is not None for each in found)
    line(say(f"{len(found)} known, {banned} banned now", f"共 {len(found)} 项, 当前封禁 {banned} 项"))


@group.command(
    "set",
    help=say(
        "Say how many calls a second the platform allows; it goes before what is published.",
        "告知平台允许的每秒调用次数, 优先于公开的配额。",
    ),
)
def set_(
    platform: Platform,
    app: App,
    method: Annotated[
        str,
        typer.Argument(
            help=say(
                "the platform's name of it; all: of all methods together", "接口名; all 表示全部接口合计"
            ),
            show_default=False,
        ),
    ],
    rate: Annotated[
        str,
        typer.Argument(
            help=say("calls a second; none takes it back", "每秒次数; none 表示撤销"), show_default=False
        ),
    ],
    shop: OfShop = None,
) -> None:
    from omnishop import clock
    from omnishop.drivers.budgets import USED

    per_s = _rate(rate)
    with opened() as store:
        if shop and per_s is not None:
            shop = _shop_of(store, platform, app, shop)
        budget = _budget(store, platform, app, method, shop)
        store.quotas.say(budget, per_s, clock.now())
    name = f"{platform} {app} {method}" + (f" {shop}" if shop else "")
    if per_s is None:
        line(say(f"{name}: nothing is said any more", f"{name}: 已撤销"))
        return
    line(
        say(
            f"{name}: {per_s:g} calls a second, of which {per_s * USED:g} are used; all workers keep to it "
            "within a second",
            f"{name}: 每秒 {per_s:g} 次, 实际使用 {per_s * USED:g} 次; 所有进程一秒内生效",
        )
    )


@group.command(
    help=say(
        "End an app's bans, as when its console gave it more calls.",
        "解除应用的封禁, 例如已在控制台重置调用量。",
    )
)
def lift(
    platform: Platform,
    app: App,
    method: Annotated[
        str | None,
        typer.Argument(help=say("only of this method", "仅限该接口"), show_default=False),
    ] = None,
) -> None:
    with opened() as store:
        _known_app(store, platform, app)
        budgets = [each.budget for each in store.quotas.rows() if each.budget[:2] == (platform, app)]
        wanted = None if method is None else _method(method)
        lifted = sum(store.quotas.lift(each) for each in budgets if wanted in {None, each.method})
    line(say(f"{lifted} bans and learned rates ended", f"已解除 {lifted} 项封禁与限速"))


def _budget(store: Store, platform: str, app: str, method: str, shop: str | None) -> Budget:
    from omnishop import registry
    from omnishop.drivers.budgets import Budget

    _known_app(store, platform, app)
    adapter = registry.adapter(platform)
    name = _method(method)
    writes = {row.method for front in adapter.storefronts for row in adapter.writes(front)}
    if name and name not in adapter.read_methods | writes:
        aside(
            say(
                f"no method of this name is known here: {method}; it holds for calls of exactly this name",
                f"此处没有名为 {method} 的接口; 仅对同名调用生效",
            )
        )
    return Budget(platform, app, shop or "", name)


def _method(name: str) -> str:
    return "" if name == ALL else name.replace("/", ".")


def _known_app(store: Store, platform: str, app: str) -> None:
    known = {(shop.platform, shop.app_key) for shop in store.shops.list()}
    if (platform, app) not in known:
        names = ", ".join(" ".join(each) for each in sorted(known))
        raise ConfigError(
            f"no shop uses the app {platform} {app}; there are: {names or 'none yet'}",
            zh=f"没有店铺使用应用 {platform} {app}; 已有: {names or '无'}",
        )


def _shop_of(store: Store, platform: str, app: str, name: str) -> str:
    """Its id. A rate of a shop that is none would hold back nobody, and nobody would know."""
    found = store.shops.get(name)
    if (found.platform, found.app_key) != (platform, app) or found.shop_id is None:
        raise ConfigError(
            f"{found.platform} {found.name} does not use the app {platform} {app}, or its id is not known yet",
            zh=f"{found.platform} {found.name} 未使用应用 {platform} {app}, 或其店铺 ID 尚不可知",
        )
    return found.shop_id


def _rate(text: str) -> float | None:
    if text == "none":
        return None
    try:
        per_s = float(text)
    except ValueError:
        per_s = 0.0
    if not 0 < per_s <= 1_000_000:  # noqa: PLR2004 - a place a microsecond
        raise ConfigError(
            f"a rate is a number of calls a second above 0, not {text!r}",
            zh=f"速率应为大于 0 的每秒次数, 而不是 {text!r}",
        )
    return per_s


def _told(each: StoredQuota, now: datetime) -> dict[str, Any]:
    from omnishop import registry
    from omnishop.drivers.budgets import barred, learned_rate, rate
    from omnishop.model import iso

    budget, known = each.budget, each.known
    quota = registry.adapter(budget.platform).quota(budget.method) if budget.method else None
    published = (
        quota.per_s if quota is not None and (quota.scope == "method") == (not budget.shop_id) else None
    )
    in_force, learned = rate(known, published, now), learned_rate(known, now)
    source = None
    if in_force is not None:
        source = "learned" if in_force == learned else "said" if known.per_s is not None else "published"
    until = known.barred_until if barred(known, now) else None
    return {
        "platform": budget.platform,
        "app_key": budget.app_key,
        "shop_id": budget.shop_id or None,
        "method": budget.method or None,
        "per_s": None if in_force is None else round(in_force, 3),
        "known_from": source,
        "said": known.per_s,
        "published": published,
        "evidence": None if published is None or quota is None else quota.evidence,
        "learned": None if learned is None else round(learned, 3),
        "banned_until": None if until is None else iso(until.replace(microsecond=0) + timedelta(seconds=1)),
        "refused": known.throttles,
        "refused_at": None if known.throttled_at is None else iso(known.throttled_at.replace(microsecond=0)),
        "code": known.code,
    }


_SOURCES = {
    "said": ("said", "人工设定"),
    "published": ("published", "平台公开"),
    "learned": ("learned", "自动学习"),
}


def _row(each: dict[str, Any]) -> tuple[str, ...]:
    source = _SOURCES.get(each["known_from"] or "", ("", ""))
    return (
        each["platform"],
        each["app_key"],
        each["shop_id"] or say("all", "全部"),
        each["method"] or say("all", "全部"),
        "" if each["per_s"] is None else f"{each['per_s']:g}",
        say(*source),
        each["banned_until"] or "",
        str(each["refused"] or ""),
        each["code"] or "",
    )
