"""`quarantine list|show|retry`: records that could not be read, kept as they came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.opened import opened
from omnishop.cli.person import Unmask, Why, may_see
from omnishop.cli.progress import progress
from omnishop.cli.progress import told as counted
from omnishop.cli.show import aside, json_line, raw_bytes, table
from omnishop.cli.words import language, say
from omnishop.errors import ConfigError, OmnishopError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from omnishop.store import Store, StoredShop
    from omnishop.store.quarantine import Quarantined

group = typer.Typer(
    no_args_is_help=True,
    help=say("Records that could not be read, kept as they came.", "无法解析而原样保留的记录。"),
)
_THEIR_FAULT = 3


def join(app: typer.Typer) -> None:
    app.add_typer(group, name="quarantine")


def _text(en: str, zh: str) -> Any:
    return typer.Option(help=say(en, zh), show_default=False)


Platform = Annotated[str | None, _text("taobao, jd or douyin", "taobao、jd 或 douyin")]
Shop = Annotated[str | None, _text("id or alias", "店铺 ID 或别名")]
Json = Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))]


@group.command("list", help=say("List them, the latest first.", "列表, 最新在前。"))
def list_quarantined(
    platform: Platform = None,
    shop: Shop = None,
    limit: Annotated[int | None, typer.Option(min=0, help=say("at most so many", "最多条数"))] = 100,
    as_json: Json = False,
) -> None:
    with opened() as store:
        found = _of(store, platform, shop, limit)
    if as_json:
        for each in found:
            json_line(_json(each))
    elif not found:
        aside(say("nothing in quarantine", "没有无法解析的记录"))
    else:
        headings = (
            say("no.", "编号"),
            say("shop", "店铺"),
            say("record", "单据"),
            say("list", "列表"),
            say("why", "原因"),
            say("times", "次数"),
            say("last met", "最近出现"),
        )
        table(headings, [_row(each) for each in found], right=(0, 5))


@group.command("show", help=say("One record, by its number in the list.", "按列表编号显示一条。"))
def show(
    number: Annotated[int, typer.Argument(help=say("its number", "编号"), show_default=False)],
    raw: Annotated[
        bool,
        typer.Option(
            "--raw",
            help=say("the record as the platform sent it, people masked", "平台原始记录, 个人信息已遮盖"),
        ),
    ] = False,
    as_json: Json = False,
    unmask: Unmask = False,
    why: Why = None,
) -> None:
    with opened() as store:
        item = _one(store, number)
        if unmask:
            may_see(store, (item.platform, item.shop_id), f"quarantine:{number}", why)
    if raw:
        raw_bytes(item.raw, unmask=unmask)
    elif as_json:
        json_line(_json(item))
    else:
        told = {name: str(value) for name, value in _json(item).items() if value is not None}
        table((say("field", "字段"), say("value", "值")), told.items())


@group.command(
    "retry",
    help=say(
        "Ask for them again by their ids: those named, else all of them. Exit 3 while some stay.",
        "按 ID 重新读取: 指定的几条, 或全部。仍有未读出的则退出码为 3。",
    ),
)
def retry(
    numbers: Annotated[
        list[int] | None, typer.Argument(help=say("numbers in the list", "列表编号"), show_default=False)
    ] = None,
    platform: Platform = None,
    shop: Shop = None,
    as_json: Json = False,
) -> None:
    from omnishop.engine.simulated import present

    now = present()
    with opened() as store:
        chosen = [_one(store, each) for each in numbers] if numbers else _of(store, platform, shop, None)
        by_shop: dict[tuple[str, str], list[Quarantined]] = {}
        for each in chosen:
            by_shop.setdefault((each.platform, each.shop_id), []).append(each)
        with progress(say("asking again", "正在重新查询"), quiet_first=True) as tell:
            found = (
                result
                for (where, shop_id), items in by_shop.items()
                for result in _retried(store, where, shop_id, items, now)
            )
            results = list(counted(found, tell, total=len(chosen)))
    if as_json:
        for item, outcome in results:
            json_line({**_json(item), "outcome": outcome})
    elif results:
        headings = (say("no.", "编号"), say("shop", "店铺"), say("record", "单据"), say("outcome", "结果"))
        table(headings, [(*_row(item)[:3], _word(outcome)) for item, outcome in results], right=(0,))
    else:
        aside(say("nothing in quarantine", "没有无法解析的记录"))
    if any(outcome not in {"read", "dropped"} for _, outcome in results):
        raise typer.Exit(_THEIR_FAULT)


def _retried(
    store: Store,
    platform: str,
    shop_id: str,
    items: list[Quarantined],
    now: Callable[[StoredShop], datetime],
) -> Iterator[tuple[Quarantined, str]]:
    """One shop that cannot be called does not stop the others."""
    from omnishop.engine import open_shop
    from omnishop.engine.retry import drop_message
    from omnishop.engine.retry import retry as again

    if not shop_id:
        yield from ((item, str(drop_message(store, item))) for item in items)
        return
    shop = store.shops.get(shop_id, platform)
    try:
        with open_shop(store, shop) as live:
            at = now(shop)
            for item in items:
                yield item, again(store, live, item, at)
    except OmnishopError as problem:
        aside(f"{say('error', '错误')}: {shop.storefront} {shop.name}: {problem.told(language())}")
        yield items[0], "error"


def _word(outcome: str) -> str:
    return {
        "read": say("read and kept", "已读出并保存"),
        "unreadable": say("still cannot be read", "仍无法解析"),
        "not_found": say("the platform does not know it", "平台查无此单"),
        "foreign": say("belongs to another shop", "属于其他店铺"),
        "dropped": say(
            "a message: dropped, pulls bring what it was about", "为推送消息, 已删除; 相关单据由同步读取"
        ),
        "no_way": say("only its list can bring it again", "只能等列表再次返回"),
        "error": say("could not be asked", "未能查询"),
    }[outcome]


def _of(store: Store, platform: str | None, shop: str | None, limit: int | None) -> list[Quarantined]:
    if shop is None:
        return store.quarantine.list(platform, limit=limit)
    known = store.shops.get(shop, platform)
    return store.quarantine.list(known.platform, known.shop_id, limit)


def _one(store: Store, number: int) -> Quarantined:
    found = store.quarantine.get(number)
    if found is None:
        raise ConfigError(
            f"no record {number} in quarantine: omnishop quarantine list",
            zh=f"没有编号为 {number} 的记录: omnishop quarantine list",
        )
    return found


def _row(item: Quarantined) -> tuple[str, ...]:
    from omnishop.model import iso

    name = f"{item.source}:{item.record_id}" if item.record_id is not None else f"{item.source}:?"
    where = f"{item.platform}/{item.shop_id}"
    last = iso(item.last_at.replace(microsecond=0))
    return str(item.row), where, name, item.stream, item.error, str(item.times), last


def _json(item: Quarantined) -> dict[str, Any]:
    from omnishop.model import iso

    return {
        "number": item.row,
        "platform": item.platform,
        "shop_id": item.shop_id,
        "stream": item.stream,
        "source": item.source,
        "record_id": item.record_id,
        "error": item.error,
        "times": item.times,
        "first_at": iso(item.first_at),
        "last_at": iso(item.last_at),
        "bytes": len(item.raw),
    }
