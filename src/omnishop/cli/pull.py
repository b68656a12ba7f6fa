"""`pull`: bring what changed at the platforms into the store."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.opened import chosen, opened
from omnishop.cli.progress import progress
from omnishop.cli.sandbox import moment
from omnishop.cli.show import aside, json_line, table
from omnishop.cli.words import language, say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from datetime import datetime

    from omnishop.engine import Progress, PullReport, ShopReport
    from omnishop.errors import OmnishopError
    from omnishop.store import Saved, Store, StoredShop

RECORDS = ("order", "case", "review")
_YOUR_INPUT, _THEIR_FAULT, _STOPPED = 2, 3, 130


def join(app: typer.Typer) -> None:
    app.command("pull", help=say("Bring what changed at the platforms.", "从各平台同步变更。"))(pull)


def pull(
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
            help=say(
                "also what lies before what is held, from here on", "同时补读此时间之后、已有数据之前的部分"
            ),
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("JSON lines, one per shop", "逐行 JSON, 每店一行"))
    ] = False,
) -> None:
    start = None if since is None else moment(since, "--since")
    with opened() as store:
        shops = chosen(store, shop)
        try:
            report = brought(store, shops, since=start)
        except KeyboardInterrupt:
            aside(
                say(
                    "stopped; what was read is kept: run `omnishop pull` again to go on",
                    "已停止; 已读取的数据已保存, 再次运行 `omnishop pull` 即可继续",
                )
            )
            raise typer.Exit(_STOPPED) from None
    if as_json:
        for each in report.shops:
            json_line(_json(each))
    else:
        _show(report)
    for each in report.shops:
        complain(each)
    if not report.ok:
        ours = all(isinstance(error, ConfigError) and error.code is None for error in _errors(report.shops))
        raise typer.Exit(_YOUR_INPUT if ours else _THEIR_FAULT)


def brought(store: Store, shops: list[StoredShop], **how: Any) -> PullReport:
    """Pull with progress."""
    from omnishop.engine import pull as engine_pull
    from omnishop.engine.simulated import present

    with progress(say("reading", "正在读取")) as tell:

        def page(event: Progress) -> None:
            tell(
                event.shop,
                event.window,
                event.windows,
                detail=event.stream,
                found=_found(event.saved),
            )

        return engine_pull(store, shops, now=present(), tell=page, **how)


def _found(saved: Saved) -> str:
    return say(f"{saved.new} new, {saved.changed} changed", f"新增 {saved.new}, 变更 {saved.changed}")


def _show(report: PullReport) -> None:
    rows = [
        (
            each.shop.storefront,
            each.shop.name,
            record,
            *(str(count) for count in (saved.new, saved.changed, saved.unchanged)),
            str(sum(stream.quarantined for stream in each.streams if stream.record == record)),
            _moment(each.true_at(record)) or "?",
        )
        for each in report.shops
        for record in RECORDS
        if any(stream.record == record for stream in each.streams)
        for saved in (each.saved(record),)
    ]
    headings = (
        say("storefront", "店铺类型"),
        say("shop", "店铺"),
        say("records", "记录"),
        say("new", "新增"),
        say("changed", "变更"),
        say("unchanged", "未变"),
        say("unreadable", "无法解析"),
        say("true as of", "数据截至"),
    )
    table(headings, rows, right=(3, 4, 5, 6))


def _moment(at: datetime | None) -> str | None:
    from omnishop.model import iso

    return None if at is None else iso(at.replace(microsecond=0))


def _errors(reports: Iterable[ShopReport]) -> list[OmnishopError]:
    found = [error for each in reports for error in (each.error, *(stream.error for stream in each.streams))]
    return [error for error in found if error is not None]


def complain(report: ShopReport) -> None:
    """Every error of a shop once, although each of its lists may have met it."""
    for text in [error.told(language()) for error in report.errors]:
        aside(f"{say('error', '错误')}: {report.shop.storefront} {report.shop.name}: {text}")


def _json(report: ShopReport) -> dict[str, Any]:
    from omnishop.model import iso

    shop = report.shop
    return {
        "platform": shop.platform,
        "storefront": shop.storefront,
        "shop_id": shop.shop_id,
        "alias": shop.alias,
        "ok": report.ok,
        "error": None if report.error is None else str(report.error),
        "true_as_of": _moment(report.true_at()),
        "records": {record: _counts(report.saved(record)) for record in RECORDS},
        "streams": [
            {
                "stream": stream.stream,
                "record": stream.record,
                **_counts(stream.saved),
                "quarantined": stream.quarantined,
                "since": None if stream.read is None else iso(stream.read.start),
                "until": None if stream.read is None else iso(stream.read.end),
                "proof": stream.proof,
                "true_as_of": _moment(stream.true_at),
                "error": None if stream.error is None else str(stream.error),
            }
            for stream in report.streams
        ],
    }


def _counts(saved: Saved) -> dict[str, int]:
    return {"new": saved.new, "changed": saved.changed, "unchanged": saved.unchanged}
