"""`report`: what the records come to: measures against their goals, and warnings with the cases behind them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omnishop.cli.opened import opened
from omnishop.cli.packs import PACKS_HELP, installed, packs_in_force
from omnishop.cli.records import presents
from omnishop.cli.sandbox import moment
from omnishop.cli.show import aside, json_line
from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from omnishop.report.rows import Place
    from omnishop.report.setting import Setting
    from omnishop.report.tables import Tables
    from omnishop.store import Store, StoredShop

_FOLDER = "tables"
_SUFFIXES = (".csv", ".tsv", ".xlsx")

Shop = Annotated[
    str | None,
    typer.Option(
        "--shop", help=say("only this one, by id or alias", "仅此店铺(ID 或别名)"), show_default=False
    ),
]
Json = Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))]
Now = Annotated[
    str | None,
    typer.Option("--now", help=say("as if it were this time", "按此时间计算"), show_default=False),
]
Own = Annotated[list[Path] | None, typer.Option("--pack", help=PACKS_HELP, show_default=False)]
Given = Annotated[
    list[str] | None,
    typer.Option(
        "--table",
        help=say(
            "NAME=FILE, over those in OMNISHOP_HOME/tables; may be repeated",
            "表名=文件, 优先于 OMNISHOP_HOME/tables 中的表, 可重复",
        ),
        show_default=False,
    ),
]


def join(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help=say("Measures and warnings.", "指标与预警。"))
    group.command("measures", help=say("Every measure against its goal.", "各项指标与目标。"))(measures)
    group.command(
        "warnings",
        help=say("What needs to be seen early, and the cases behind it.", "预警, 及其背后的售后单。"),
    )(warnings)
    app.add_typer(group, name="report")


def measures(
    shop: Shop = None,
    since: Annotated[
        str | None, typer.Option(help=say("from this time on", "起始时间(含)"), show_default=False)
    ] = None,
    until: Annotated[
        str | None, typer.Option(help=say("until before this time", "截止时间(不含)"), show_default=False)
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            help=say(
                "all, platform, storefront, shop, product, category, class, buyer_group, day, week, month",
                "all、platform、storefront、shop、product、category、class、buyer_group、day、week、month",
            )
        ),
    ] = "shop",
    packs: Own = None,
    tables: Given = None,
    now: Now = None,
    as_json: Json = False,
) -> None:
    installed()
    from omnishop.policy.measures import By
    from omnishop.report.entered import happened
    from omnishop.report.overview import grouped, measured, reach
    from omnishop.report.stored import Stored

    words = [each.value for each in By if each is not By.AGENT]
    if by not in words:
        raise ConfigError(
            f"figures are not told apart by {by!r}; it may be {', '.join(words)}",
            zh=f"不能按 {by!r} 细分; 可用: {', '.join(words)}",
        )
    start, end = _moment(since, "--since"), _moment(until, "--until")
    if start is not None and end is not None and start >= end:
        raise ConfigError("--since must lie before --until", zh="--since 须早于 --until")
    with opened() as store:
        setting, place = _setting(store, shop, packs, tables, now, start, end)
        told = happened(store, setting.tables)
        if By(by) is By.BUYER_GROUP:
            setting = grouped(Stored(store, setting.packs, None, place), setting)
        source = Stored(store, setting.packs, reach(setting), place, told)
        found = measured(source, setting, By(by))
        names = _names(store)
    if as_json:
        for each in found:
            json_line(each.json())
        return
    from omnishop.cli.report_tables import measure_table

    measure_table(found, names)


def warnings(
    shop: Shop = None,
    packs: Own = None,
    tables: Given = None,
    now: Now = None,
    as_json: Json = False,
) -> None:
    installed()
    from omnishop.report.entered import happened
    from omnishop.report.overview import warned, warning_reach
    from omnishop.report.stored import Stored

    with opened() as store:
        setting, place = _setting(store, shop, packs, tables, now)
        told = happened(store, setting.tables)
        found = warned(Stored(store, setting.packs, warning_reach(setting), place, told), setting)
        names = _names(store)
    if as_json:
        for each in found:
            json_line(each.json())
        return
    from omnishop.cli.report_tables import show_warnings

    show_warnings(found, names)


def _setting(
    store: Store,
    shop: str | None,
    packs: Sequence[Path] | None,
    given: Sequence[str] | None,
    now: str | None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[Setting, Place | None]:
    """Shops whose simulated world is gone have no present; they are named and left out."""
    from omnishop.report.entered import with_promises
    from omnishop.report.rows import Place
    from omnishop.report.setting import Setting

    chosen = None if shop is None else store.shops.get(shop)
    fixed = _moment(now, "--now")
    told = {} if fixed is not None else presents(store)
    nows: dict[Place, datetime] = {}
    held: dict[Place, datetime] = {}
    for each in store.shops.list():
        if each.shop_id is None or (chosen is not None and each.row != chosen.row):
            continue
        present = fixed or told.get((each.platform, each.shop_id))
        if present is None:
            aside(
                say(
                    f"{each.storefront} {each.name}: its simulated world is not running; give --now TIME",
                    f"{each.storefront} {each.name}: 模拟平台未运行; 请加 --now 时间",
                )
            )
            continue
        place = Place(each.platform, each.shop_id, each.storefront)
        nows[place] = present
        held[place] = _held(store, each, present)
    if not nows:
        raise ConfigError(
            "no shop to report on: add one (omnishop shops add), bring its records (omnishop pull)",
            zh="没有可统计的店铺: 请先添加 (omnishop shops add) 并同步 (omnishop pull)",
        )
    tables = with_promises(store, _tables(store, given))
    setting = Setting(packs_in_force(store.home, packs), nows, tables, since, until, held=held)
    return setting, next(iter(nows)) if chosen is not None else None


def _held(store: Store, shop: StoredShop, now: datetime) -> datetime:
    """From when on every list of the shop is held; of a shop that was never read nothing is."""
    begun = [each.since for each in store.cursors.of_shop(shop.row).values() if each.since is not None]
    return max(begun, default=now)


def _tables(store: Store, given: Sequence[str] | None) -> Tables:
    """Files of the home, each named by its table; then those that are given."""
    from omnishop.report.tables import read_tables

    folder = store.home.path / _FOLDER
    files: dict[str, Path] = {}
    for file in sorted(folder.iterdir()) if folder.is_dir() else ():
        if file.suffix.lower() in _SUFFIXES and not file.name.startswith("."):
            files[file.stem] = file
    for each in given or ():
        name, equals, path = each.partition("=")
        if not equals or not path:
            raise ConfigError(
                f"--table takes NAME=FILE, not {each!r}", zh=f"--table 须为 表名=文件, 而非 {each!r}"
            )
        files[name.strip()] = Path(path)
    shop_ids = {
        (each.platform, name): each.shop_id
        for each in store.shops.list()
        if each.shop_id is not None
        for name in (each.shop_id, each.alias)
        if name is not None
    }
    return read_tables(files, shop_ids)


def _moment(text: str | None, option: str) -> datetime | None:
    return None if text is None else moment(text, option)


def _names(store: Store) -> dict[tuple[str, str | None], str]:
    return {(each.platform, each.shop_id): each.name for each in store.shops.list()}
