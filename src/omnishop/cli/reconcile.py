"""`reconcile`: does the store say what the platforms say, over all they still show?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.opened import chosen, opened
from omnishop.cli.progress import progress
from omnishop.cli.record_history import masked, text
from omnishop.cli.sandbox import moment
from omnishop.cli.show import aside, json_line, table
from omnishop.cli.words import language, say
from omnishop.errors import ConfigError, OmnishopError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from omnishop.cli.progress import Tell
    from omnishop.engine import Reconciled
    from omnishop.engine.reconcile import Compared, Comparing, Difference
    from omnishop.store import Store, StoredShop

_THEIR_FAULT = 3


def join(app: typer.Typer) -> None:
    app.command(
        "reconcile",
        help=say(
            "Compare the store with what the platforms show: equal (exit 0), or every difference (exit 3).",
            "将本地数据与平台逐条核对: 一致则退出码 0, 否则列出每处差异并以 3 退出。",
        ),
    )(reconcile)


def reconcile(
    shop: Annotated[
        list[str] | None,
        typer.Option(
            help=say("only this one, by id or alias; may be repeated", "仅此店铺(ID 或别名), 可重复"),
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            help=say("from here on; else from where the store begins", "起始时间; 默认为本地数据起点"),
            show_default=False,
        ),
    ] = None,
    heal: Annotated[
        bool,
        typer.Option("--heal", help=say("keep what differs as the platform tells it", "以平台为准保存差异")),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("JSON lines, one per shop", "逐行 JSON, 每店一行"))
    ] = False,
) -> None:
    from omnishop.engine.simulated import present

    start, now = None if since is None else moment(since, "--since"), present()
    with opened() as store:
        shops = chosen(store, shop)
        with progress(say("comparing", "正在核对")) as tell:
            results = [_reconciled(store, each, now, start, tell, heal=heal) for each in shops]
    if as_json:
        for result in results:
            json_line(_json(result))
    else:
        _show(results)
    for result in results:
        if result.error is not None:
            name = f"{result.shop.storefront} {result.shop.name}"
            aside(f"{say('error', '错误')}: {name}: {result.error.told(language())}")
    if any(result.verdict != "equal" for result in results):
        raise typer.Exit(_THEIR_FAULT)


def _reconciled(
    store: Store,
    shop: StoredShop,
    now: Callable[[StoredShop], datetime],
    since: datetime | None,
    tell: Tell,
    *,
    heal: bool,
) -> Reconciled:
    """One shop that cannot be called does not stop the others."""
    from omnishop.engine import Reconciled, open_shop
    from omnishop.engine import reconcile as compare

    def window(at: Comparing) -> None:
        found = say(
            f"{at.compared} compared, {at.different} different", f"已核对 {at.compared}, 差异 {at.different}"
        )
        tell(at.shop, at.window, at.windows, detail=at.record, found=found)

    try:
        at = now(shop)
    except OmnishopError as error:
        return Reconciled(shop, (), error)
    if since is not None and since >= at:
        raise ConfigError(
            f"--since {since.isoformat()} is not past: there is nothing to compare",
            zh=f"--since {since.isoformat()} 尚未到来: 没有可核对的数据",
            platform=shop.platform,
            shop=shop.name,
        )
    try:
        with open_shop(store, shop) as live:
            return compare(store, shop, live, now=at, since=since, heal=heal, tell=window)
    except OmnishopError as error:
        return Reconciled(shop, (), error)


def _show(results: list[Reconciled]) -> None:
    headings = (
        say("storefront", "店铺类型"),
        say("shop", "店铺"),
        say("records", "记录"),
        say("from", "起"),
        say("to", "止"),
        say("compared", "已核对"),
        say("different", "差异"),
        say("beyond reach", "平台已不展示"),
        say("verdict", "结论"),
    )
    table(headings, [_row(result, part) for result in results for part in result.parts], right=(5, 6, 7))
    found = [row for result in results for part in result.parts for row in _differences(result, part)]
    if found:
        names = (
            say("shop", "店铺"),
            say("record", "单据"),
            say("field", "字段"),
            say("store", "本地"),
            say("platform", "平台"),
        )
        table(names, found)
    for result in results:
        for part in result.parts:
            for why in part.untold:
                aside(f"{result.shop.name}: {say(why.en, why.zh)}")


def _row(result: Reconciled, part: Compared) -> tuple[str, ...]:
    from omnishop.model import iso

    verdict = say("different", "有差异") if part.differences else say("equal", "一致")
    if part.untold and not part.differences:
        verdict = say("could not tell", "无法确认")
    return (
        result.shop.storefront,
        result.shop.name,
        part.record,
        iso(part.range.start.replace(microsecond=0)),
        iso(part.range.end.replace(microsecond=0)),
        str(part.compared),
        str(len(part.differences)),
        str(part.beyond),
        verdict,
    )


def _differences(result: Reconciled, part: Compared) -> Iterator[tuple[str, ...]]:
    for each in part.differences:
        name = f"{part.record} {each.key[0]}:{each.key[1]}"
        for change in map(masked, each.fields):
            yield result.shop.name, name, change.field, text(change.before), text(change.after)
        if not each.fields:
            yield result.shop.name, name, _why(each), "", ""


def _why(difference: Difference) -> str:
    return {
        "differs": say("differs", "不同"),
        "missing": say("not in the store", "本地没有"),
        "gone": say("not shown by the platform", "平台未返回"),
        "unreadable": say("cannot be read", "无法解析"),
    }[difference.why]


def _json(result: Reconciled) -> dict[str, Any]:
    shop = result.shop
    return {
        "platform": shop.platform,
        "storefront": shop.storefront,
        "shop_id": shop.shop_id,
        "alias": shop.alias,
        "verdict": result.verdict,
        "error": None if result.error is None else str(result.error),
        "records": {part.record: _part(part) for part in result.parts},
    }


def _part(part: Compared) -> dict[str, Any]:
    from omnishop.model import iso

    return {
        "since": iso(part.range.start),
        "until": iso(part.range.end),
        "compared": part.compared,
        "beyond_reach": part.beyond,
        "untold": [why.en for why in part.untold],
        "differences": [
            {
                "source": each.key[0],
                "id": each.key[1],
                "why": each.why,
                "fields": [
                    {"field": change.field, "store": change.before, "platform": change.after}
                    for change in map(masked, each.fields)
                ],
            }
            for each in part.differences
        ],
    }
