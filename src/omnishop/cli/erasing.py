"""`erase` and `retention`: nothing more of one person, and how long anything is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
from attrs import asdict

from omnishop.cli.opened import opened
from omnishop.cli.person import here, noted
from omnishop.cli.secret_input import interactive
from omnishop.cli.show import aside, json_line, line, table
from omnishop.cli.words import say
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from omnishop.store import Store
    from omnishop.store.erasing import Removed, Target
    from omnishop.store.records import RecordType

group = typer.Typer(no_args_is_help=True, help=say("How long anything is kept.", "数据保留期限。"))

_WORDS = {
    "orders": ("orders", "订单"),
    "cases": ("cases", "售后单"),
    "reviews": ("reviews", "评价"),
    "states": ("former states", "历史状态"),
    "messages": ("messages", "推送消息"),
    "quarantined": ("unreadable records", "无法解析的记录"),
    "entered": ("facts entered by hand", "人工录入的事实"),
    "verdicts": ("verdicts", "判定"),
    "links": ("links between buyers", "买家关联"),
}
Json = Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))]


def join(app: typer.Typer) -> None:
    app.command(
        "erase",
        help=say(
            "Drop everything that tells who a person is, here, and keep it away when it is read again. Amounts, "
            "stages and the ledger stay.",
            "删除本地可识别个人的信息, 再次读取时也不再保存; 金额、状态与操作台账保留。",
        ),
    )(erase)
    app.add_typer(group, name="retention")


def _text(en: str, zh: str) -> Any:
    return typer.Option(help=say(en, zh), show_default=False)


def erase(
    buyer: Annotated[str | None, _text("a buyer's key: all orders", "买家 key: 其全部订单")] = None,
    order: Annotated[
        str | None, _text("an order, with its cases and reviews", "订单及其售后单与评价")
    ] = None,
    case: Annotated[str | None, _text("a case: id or source:id", "售后单: ID 或 来源:ID")] = None,
    review: Annotated[str | None, _text("a review: id or source:id", "评价: ID 或 来源:ID")] = None,
    platform: Annotated[str | None, _text("taobao, jd or douyin", "taobao、jd 或 douyin")] = None,
    shop: Annotated[str | None, _text("id or alias", "店铺 ID 或别名")] = None,
    why: Annotated[str | None, _text("who asked for it", "由谁提出")] = None,
    even_open: Annotated[
        bool, typer.Option("--even-open", help=say("also what has not ended yet", "包括未结束的单据"))
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=say("only say what there is", "仅显示涉及的数据"))
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help=say("without asking", "不再询问"))] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help=say("the counts as JSON", "以 JSON 输出数量"))
    ] = False,
) -> None:
    said: dict[str, str] = {
        name: value
        for name, value in (("buyer", buyer), ("order", order), ("case", case), ("review", review))
        if value is not None
    }
    if len(said) != 1:
        raise ConfigError(
            "say whom: one of --buyer KEY, --order ID, --case ID, --review ID",
            zh="请指定其一: --buyer KEY、--order ID、--case ID、--review ID",
        )
    from omnishop import clock
    from omnishop.store.entitlements import Deed

    [(what, name)] = said.items()
    with opened() as store:
        targets = _targets(store, what, name, platform, shop)
        found = _tried(store, targets, buyer)
        if buyer is not None and not targets and not any(asdict(found).values()):
            raise _unknown(buyer)
        if dry_run or not _agreed(found, yes=yes):
            _told(found, as_json=as_json, done=False)
            return
        at = _at(store, targets)
        with store.writing() as connection:
            if not even_open:
                _none_open(store, connection, targets)
            found = store.erasing.erase(connection, targets, at, buyer)
            place = _one_place(targets)
            deed = Deed(clock.now(), here(), "erase", *place, f"{what}:{name}", why)
            store.audit.note(deed, connection)
    _told(found, as_json=as_json, done=True)


def _targets(store: Store, what: str, name: str, platform: str | None, shop: str | None) -> list[Target]:
    from omnishop.cli.records import one_record
    from omnishop.engine.keep import id_of, kind_of
    from omnishop.store.erasing import Target

    if what == "buyer":
        with store.writing() as connection:
            return store.erasing.of_buyer(connection, name)
    try:
        found = one_record(store, _record(what), name, platform, shop)
    except ConfigError:
        if shop is None:
            raise
        of_shop = store.shops.get(shop, platform)  # not kept: it is to be kept away when it comes
        source, _, ident = name.rpartition(":")
        target = source or ("order" if what == "order" else ""), ident
        return [Target(_record(what), of_shop.platform, of_shop.shop_id or "", target)]
    return [Target(kind_of(found), found.platform, found.shop_id or "", id_of(found))]


def _unknown(buyer: str) -> ConfigError:
    return ConfigError(
        f"nothing is kept of a buyer with the key {buyer[:60]!r}: see omnishop orders list --json, buyer.key",
        zh=f"本地没有 key 为 {buyer[:60]!r} 的买家数据: 参见 omnishop orders list --json 的 buyer.key",
    )


def _one_place(targets: list[Target]) -> tuple[str | None, str | None]:
    """Platform and shop, where it is one."""
    places = {(each.platform, each.shop_id) for each in targets}
    return next(iter(places)) if len(places) == 1 else (None, None)


def _record(what: str) -> RecordType:
    return "order" if what == "order" else "case" if what == "case" else "review"


def _tried(store: Store, targets: list[Target], buyer: str | None) -> Removed:
    """What would be removed: done, counted and undone."""
    from omnishop import clock

    with store.writing() as connection:
        trial = connection.begin_nested()
        found = store.erasing.erase(connection, targets, clock.now(), buyer)
        trial.rollback()
    return found


def _at(store: Store, targets: list[Target]) -> datetime:
    """The latest present of their shops: what begins after it is a new matter."""
    from omnishop import clock
    from omnishop.cli.records import presents

    now = presents(store)
    shops = {(each.platform, each.shop_id) for each in targets} or now.keys()
    return max((at for place in shops if (at := now.get(place)) is not None), default=clock.now())


def _none_open(store: Store, connection: Connection, targets: list[Target]) -> None:
    whole = [each for target in targets for each in store.erasing.around(connection, target)]
    still = store.erasing.open(connection, whole)
    if still:
        names = ", ".join(f"{each.record} {each.id[1]}" for each in still[:3])
        more = "" if len(still) <= 3 else f" (+{len(still) - 3})"  # noqa: PLR2004 - as many as fit a line
        raise ConfigError(
            f"not ended yet: {names}{more}; wait, or say --even-open: what is still to be done for this buyer "
            "must then be done in the platform's own console",
            zh=f"尚未结束: {names}{more}; 请等待结束, 或加 --even-open (此后须在平台后台处理该买家)",
        )


def _agreed(found: Removed, *, yes: bool) -> bool:
    if yes:
        return True
    if not interactive():
        raise ConfigError(
            "this cannot be undone; say --yes, or see it first with --dry-run",
            zh="此操作无法撤销; 请加 --yes 确认, 或先用 --dry-run 查看",
        )
    total = sum(asdict(found).values())
    return typer.confirm(say(f"{total} rows, for good?", f"共 {total} 行, 删除后无法恢复, 确认?"))


def _told(found: Removed, *, as_json: bool, done: bool) -> None:
    counts = asdict(found)
    if as_json:
        json_line({"done": done, **counts})
        return
    rows = [(say(*_WORDS[name]), str(count)) for name, count in counts.items() if count]
    table((say("of a person", "个人信息"), say("rows", "行数")), rows, right=(1,))
    if not done:
        aside(say("nothing was changed", "未作任何改动"))
        return
    line(say("erased; it stays away when it is read again", "已删除; 再次读取时不再保存"))
    aside(
        say(
            "backups and what platforms keep are not touched; omnishop keys rotate makes worthless what may "
            "still stand in unused pages",
            "备份与平台上的数据不受影响; 执行 omnishop keys rotate 可使空闲页中的残留失效",
        )
    )


# ---------------------------------------------------------------- retention


@group.command("show", help=say("The settings, in days.", "显示期限(天)。"))
def show(as_json: Json = False) -> None:
    with opened() as store:
        days = asdict(store.retention.days())
    _days(days, as_json=as_json)


@group.command(
    "set",
    help=say(
        "Settings as NAME=DAYS or NAME=forever: raw, persons, records, history, verdicts, inbox, quarantine.",
        "设置, 写作 名称=天数 或 名称=forever: raw、persons、records、history、verdicts、inbox、quarantine。",
    ),
)
def set_(
    pairs: Annotated[list[str], typer.Argument(help=say("NAME=DAYS …", "名称=天数 …"), show_default=False)],
    as_json: Json = False,
) -> None:
    changes = dict(map(_pair, pairs))
    with opened() as store:
        days = store.retention.set(changes)
        noted(store, "retention", about=" ".join(pairs))
    _days(asdict(days), as_json=as_json)


def _pair(text: str) -> tuple[str, int | None]:
    name, _, days = text.partition("=")
    if days == "forever":
        return name, None
    return name, int(days) if days.isascii() and days.isdigit() else 0


@group.command(
    help=say(
        "Drop now what has served its time; omnishop run does it bit by bit. May be stopped at any moment.",
        "立即清理到期数据; omnishop run 会逐步自动清理。可随时中断。",
    )
)
def apply(
    dry_run: Annotated[bool, typer.Option("--dry-run", help=say("only count", "仅统计数量"))] = False,
    as_json: Json = False,
) -> None:
    from omnishop import clock

    with opened() as store:
        found = store.retention.due(clock.now()) if dry_run else store.retention.apply(clock.now())
        if not dry_run and found.total:
            noted(store, "retention apply", about=f"{found.total} rows")
    if as_json:
        json_line({"done": not dry_run, **asdict(found)})
        return
    names = say("kept too long" if dry_run else "dropped", "到期" if dry_run else "已清理")
    table(
        (names, say("rows", "行数")),
        [(name, str(count)) for name, count in asdict(found).items()],
        right=(1,),
    )


def _days(days: Mapping[str, int | None], *, as_json: bool) -> None:
    if as_json:
        json_line(days)
        return
    forever = say("for ever", "永久")
    rows = [(name, say(*_KEPT[name]), forever if each is None else str(each)) for name, each in days.items()]
    table((say("name", "名称"), say("what", "内容"), say("days", "天数")), rows, right=(2,))


_KEPT = {
    "raw": ("what a platform sent, once the record has ended", "已结束单据的平台原始数据"),
    "persons": ("who it was, once the record has ended", "已结束单据的个人信息"),
    "records": ("records that have ended", "已结束的单据"),
    "history": ("former states of records", "单据的历史状态"),
    "verdicts": ("all verdicts on a case but the latest", "除最近一次外的判定"),
    "inbox": ("messages that are done or failed", "已处理或失败的推送消息"),
    "quarantine": ("what could not be read, since it was last met", "无法解析的记录(自最近出现起)"),
}
