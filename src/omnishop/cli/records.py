"""`cases|orders|reviews list|show`: what the store holds, as a table or as JSON lines."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, cast

import typer

from omnishop.cli.opened import opened
from omnishop.cli.person import Unmask, Why, may_see
from omnishop.cli.sandbox import moment
from omnishop.cli.show import aside, json_line, raw_bytes, table
from omnishop.cli.words import say
from omnishop.errors import ConfigError, NotFound, OmnishopError

if TYPE_CHECKING:
    from omnishop.model import Record
    from omnishop.store import Query, Store, StoredShop
    from omnishop.store.records import RecordType

cases = typer.Typer(no_args_is_help=True, help=say("After-sales cases.", "售后单。"))
orders = typer.Typer(no_args_is_help=True, help=say("Orders.", "订单。"))
reviews = typer.Typer(no_args_is_help=True, help=say("Reviews.", "评价。"))

_LIST = say("List them, the latest first.", "列表, 最新在前。")
_SHOW = say("Show one, by id or source:id.", "按 ID 或 来源:ID 显示一条。")


def join(app: typer.Typer) -> None:
    app.add_typer(cases, name="cases")
    app.add_typer(orders, name="orders")
    app.add_typer(reviews, name="reviews")


def _text(en: str, zh: str) -> Any:
    return typer.Option(help=say(en, zh), show_default=False)


Platform = Annotated[str | None, _text("taobao, jd or douyin", "taobao、jd 或 douyin")]
Shop = Annotated[str | None, _text("id or alias", "店铺 ID 或别名")]
Order = Annotated[str | None, _text("of this order", "所属订单号")]
Since = Annotated[str | None, _text("changed at or after", "变更时间不早于")]
Until = Annotated[str | None, _text("changed before", "变更时间早于")]
Limit = Annotated[
    int | None, typer.Option(min=0, help=say("at most so many", "最多条数"), show_default=False)
]
Open = Annotated[bool, typer.Option("--open", help=say("only what has not ended", "仅未结束"))]
Json = Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))]
Id = Annotated[str, typer.Argument(help=say("id or source:id", "ID 或 来源:ID"), show_default=False)]
History = Annotated[
    bool,
    typer.Option(
        "--history", help=say("what changed, when, and from which answer", "变更历史: 内容、时间与来源")
    ),
]
Raw = Annotated[
    bool,
    typer.Option(
        "--raw", help=say("the record as the platform sent it, people masked", "平台原始记录, 个人信息已遮盖")
    ),
]


@cases.command("list", help=_LIST)
def list_cases(
    platform: Platform = None,
    shop: Shop = None,
    kind: Annotated[
        str | None, _text("cancel, refund_only, return_refund …", "cancel、refund_only、return_refund 等")
    ] = None,
    stage: Annotated[
        str | None, _text("requested, refused, returning …", "requested、refused、returning 等")
    ] = None,
    order: Order = None,
    since: Since = None,
    until: Until = None,
    only_open: Open = False,
    urgent: Annotated[
        bool, typer.Option("--urgent", help=say("the nearest deadline first", "最先到期在前"))
    ] = False,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    from omnishop.cli.record_tables import case_table, urgent_first
    from omnishop.model import Case

    wanted = {"kind": kind, "order": order, "open": only_open or None}
    with opened() as store:
        query = _query(store, platform, shop, stage, since, until, None if urgent else limit, **wanted)
        found = cast("list[Case]", store.records.list("case", query))
        if urgent:
            found = urgent_first(found)[:limit]
        if _json(found, as_json=as_json):
            return
        now = presents(store)
    case_table(found, lambda case: now.get((case.platform, case.shop_id)))


def presents(store: Store) -> dict[tuple[str, str | None], datetime | None]:
    """The present of every registered shop; None where a simulated world is not running."""
    from omnishop.engine.simulated import present

    ask = present()
    worlds: dict[str | None, datetime | None] = {}
    for shop in store.shops.list():
        if shop.control not in worlds:
            try:
                worlds[shop.control] = ask(shop)
            except OmnishopError:
                worlds[shop.control] = None
    return {(shop.platform, shop.shop_id): worlds[shop.control] for shop in store.shops.list()}


@orders.command("list", help=_LIST)
def list_orders(
    platform: Platform = None,
    shop: Shop = None,
    stage: Annotated[
        str | None, _text("its status: paid, shipped, finished …", "订单状态: paid、shipped、finished 等")
    ] = None,
    order: Order = None,
    since: Since = None,
    until: Until = None,
    only_open: Open = False,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    from omnishop.cli.record_tables import ORDER_RIGHT, order_headings, order_row

    with opened() as store:
        query = _query(store, platform, shop, stage, since, until, limit, order=order, open=only_open or None)
        found = store.records.list("order", query)
    if not _json(found, as_json=as_json):
        table(order_headings(), [order_row(cast("Any", each)) for each in found], right=ORDER_RIGHT)


@reviews.command("list", help=_LIST)
def list_reviews(
    platform: Platform = None,
    shop: Shop = None,
    stage: Annotated[str | None, _text("its grade: good, neutral, bad", "评级: good、neutral、bad")] = None,
    order: Order = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    from omnishop.cli.record_tables import REVIEW_RIGHT, review_headings, review_row

    with opened() as store:
        query = _query(store, platform, shop, stage, since, until, limit, order=order)
        found = store.records.list("review", query)
    if not _json(found, as_json=as_json):
        table(review_headings(), [review_row(cast("Any", each)) for each in found], right=REVIEW_RIGHT)


def _query(
    store: Store,
    platform: str | None,
    shop: str | None,
    stage: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    **more: Any,
) -> Query:
    from omnishop import registry
    from omnishop.store import Query

    if platform is not None and platform not in registry.adapter_names():
        registry.adapter(platform)  # says which there are
    shop_id = None if shop is None else store.shops.get(shop, platform).shop_id
    return Query(
        platform=platform,
        shop=shop_id,
        stage=stage,
        since=None if since is None else moment(since, "--since"),
        until=None if until is None else moment(until, "--until"),
        limit=limit,
        **more,
    )


def _json(found: list[Any], *, as_json: bool) -> bool:
    """Whether there is nothing left to print."""
    from omnishop.jsonform import dump
    from omnishop.masking import texts

    if as_json:
        for record in found:
            json_line(texts(dump(record)))
        return True
    if not found:
        aside(say("nothing found", "没有符合条件的记录"))
    return not found


class _Told(NamedTuple):
    """How one record is to be shown."""

    as_json: bool
    raw: bool
    history: bool
    unmask: bool
    why: str | None


@cases.command("show", help=_SHOW)
def show_case(
    name: Id,
    platform: Platform = None,
    shop: Shop = None,
    as_json: Json = False,
    raw: Raw = False,
    history: History = False,
    unmask: Unmask = False,
    why: Why = None,
) -> None:
    _show("case", name, platform, shop, _Told(as_json, raw, history, unmask, why))


@orders.command("show", help=_SHOW)
def show_order(
    name: Id,
    platform: Platform = None,
    shop: Shop = None,
    as_json: Json = False,
    raw: Raw = False,
    history: History = False,
    unmask: Unmask = False,
    why: Why = None,
) -> None:
    _show("order", name, platform, shop, _Told(as_json, raw, history, unmask, why))


@reviews.command("show", help=_SHOW)
def show_review(
    name: Id,
    platform: Platform = None,
    shop: Shop = None,
    as_json: Json = False,
    raw: Raw = False,
    history: History = False,
    unmask: Unmask = False,
    why: Why = None,
) -> None:
    _show("review", name, platform, shop, _Told(as_json, raw, history, unmask, why))


def _show(
    record: RecordType,
    name: str,
    platform: str | None,
    shop: str | None,
    told: _Told,
) -> None:
    from omnishop.cli.record_history import show
    from omnishop.cli.record_tables import fields
    from omnishop.jsonform import dump
    from omnishop.masking import texts

    with opened() as store:
        found = one_record(store, record, name, platform, shop)
        if told.unmask:
            may_see(store, (found.platform, found.shop_id or ""), f"{record}:{name}", told.why)
        if told.history:
            show(store, found, as_json=told.as_json, unmask=told.unmask)
            return
    form = dump(found) if told.unmask else texts(dump(found))
    if told.raw:
        raw_bytes(found.raw, unmask=told.unmask)
    elif told.as_json:
        json_line(form)
    else:
        table((say("field", "字段"), say("value", "值")), fields(form))


def one_record(store: Store, record: RecordType, name: str, platform: str | None, shop: str | None) -> Record:
    """The one record of this name over the shops in question: the whole of it as an id first, then source:id."""
    shops = [store.shops.get(shop, platform)] if shop else list(store.shops.list(platform))
    found = _named(store, record, shops, name, None)
    if not found and ":" in name:
        source, _, rest = name.partition(":")
        found = _named(store, record, shops, rest, source)
    if not found:
        raise ConfigError(
            f"no {record} {name} is kept for the registered shops; bring it: omnishop pull",
            zh=f"已登记店铺中没有 {record} {name}; 请先同步: omnishop pull",
        )
    if len(found) > 1:
        where = ", ".join(f"{each.platform} {each.shop_id}" for each in found)
        raise ConfigError(
            f"{record} {name} stands in several shops; add --shop ({where})",
            zh=f"{record} {name} 存在于多个店铺; 请加 --shop ({where})",
        )
    return found[0]


def _named(
    store: Store, record: RecordType, shops: list[StoredShop], record_id: str, source: str | None
) -> list[Record]:
    found = []
    for shop in shops:
        try:
            found.append(store.records.get(record, shop.platform, shop.shop_id or "", record_id, source))
        except NotFound:
            continue
    return found


@reviews.command(
    "import",
    help=say(
        "Read reviews from a merchant console's export (CSV, XLSX).",
        "从商家后台导出的文件(CSV、XLSX)导入评价。",
    ),
)
def import_reviews(
    file: Annotated[Path, typer.Argument(help=say("the export", "导出文件"), show_default=False)],
    shop: Annotated[
        str, typer.Option(help=say("whose reviews: id or alias", "所属店铺(ID 或别名)"), show_default=False)
    ],
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help=say(
                "field=header, or a TOML file of such lines; may be repeated",
                "字段=表头, 或由此类行组成的 TOML 文件; 可重复",
            ),
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("the counts as JSON", "以 JSON 输出数量"))
    ] = False,
) -> None:
    from omnishop import reviews_import

    with opened() as store:
        report = reviews_import.run(store, store.shops.get(shop), file, tuple(mapping or ()))
    for row in report.bad:
        aside(say(f"line {row.line}: {row.why.en}", f"第 {row.line} 行: {row.why.zh}"))
    if report.ignored:
        aside(f"{say('columns left out', '未使用的列')}: {', '.join(report.ignored)}")
    counts = {
        "new": report.saved.new,
        "changed": report.saved.changed,
        "unchanged": report.saved.unchanged,
        "bad": len(report.bad),
    }
    if as_json:
        json_line(counts)
    else:
        table(
            (say("new", "新增"), say("changed", "变更"), say("unchanged", "未变"), say("bad rows", "错误行")),
            [[str(count) for count in counts.values()]],
        )
