"""`ledger list|show|resolve`: what was written down before it was sent, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.act_tables import SHORT, state_word
from omnishop.cli.acts import ledger_of
from omnishop.cli.opened import opened
from omnishop.cli.sandbox import moment
from omnishop.cli.show import aside, json_line, json_text, line, table
from omnishop.cli.words import language, say, told
from omnishop.errors import ConfigError, NotFound, OmnishopError

if TYPE_CHECKING:
    from omnishop.ledger import Intent, Ledger

group = typer.Typer(
    no_args_is_help=True,
    help=say("Every write: written down before it is sent.", "账本: 每次写操作先记账, 后发出。"),
)


class Said(StrEnum):
    """What a person may say of an intent in doubt."""

    CONFIRMED = "confirmed"
    NOT_APPLIED = "not_applied"


def join(app: typer.Typer) -> None:
    app.add_typer(group, name="ledger")


def _option(en: str, zh: str, *names: str) -> Any:
    return typer.Option(*names, help=say(en, zh), show_default=False)


Json = Annotated[bool, typer.Option("--json", help=say("JSON lines", "逐行 JSON"))]


@group.command("list", help=say("The latest first.", "列表, 最新在前。"))
def list_intents(
    platform: Annotated[str | None, _option("taobao, jd or douyin", "taobao、jd 或 douyin")] = None,
    shop: Annotated[str | None, _option("id or alias", "店铺 ID 或别名")] = None,
    state: Annotated[
        list[str] | None, _option("planned, sent, confirmed, rejected, unknown, not_applied", "状态; 可重复")
    ] = None,
    only_open: Annotated[
        bool, typer.Option("--open", help=say("only what is not settled", "仅未了结"))
    ] = False,
    record: Annotated[str | None, _option("of this case, order or review", "单据 ID", "--id")] = None,
    since: Annotated[str | None, _option("written down at or after", "记账时间不早于")] = None,
    limit: Annotated[int | None, typer.Option(min=0, help=say("at most so many", "最多条数"))] = 100,
    as_json: Json = False,
) -> None:
    from omnishop import registry
    from omnishop.acts import UNSETTLED, State

    known = [each.value for each in State]
    wrong = [each for each in state or () if each not in known]
    if wrong:
        raise ConfigError(
            f"no such state: {wrong[0]!r}; there are: {', '.join(known)}",
            zh=f"没有状态 {wrong[0]!r}; 可用: {', '.join(known)}",
        )
    wanted = UNSETTLED if only_open else [State(each) for each in state] if state else None
    if platform is not None:
        registry.adapter(platform)  # a platform that nobody has is told as such, not as an empty list
    with opened() as store:
        found = ledger_of(store).book.list(
            platform=platform,
            shop_id=None if shop is None else store.shops.get(shop, platform).shop_id,
            states=wanted,
            subject_id=record,
            since=None if since is None else moment(since, "--since"),
            limit=limit,
        )
    if as_json:
        for intent in found:
            json_line(intent_json(intent))
        return
    if not found:
        aside(say("nothing found", "没有符合条件的记录"))
        return
    headings = (
        say("intent", "编号"),
        say("time", "时间"),
        say("shop", "店铺"),
        say("record", "单据"),
        say("verb", "操作"),
        say("yuan", "金额(元)"),
        say("state", "状态"),
        say("by", "由谁"),
    )
    table(headings, [_row(intent) for intent in found], right=(5,))


def _row(intent: Intent) -> tuple[str, ...]:
    from omnishop.model import iso, yuan_text

    return (
        intent.id[:SHORT],
        iso(intent.planned_at.replace(microsecond=0)),
        f"{intent.key.platform}/{intent.key.shop_id}",
        intent.key.name,
        intent.verb,
        yuan_text(intent.amount) if intent.money and intent.amount is not None else "",
        state_word(intent.state),
        intent.by or "",
    )


@group.command("show", help=say("One intent, with every reading of it.", "显示一条记录及其全部回读。"))
def show(
    intent: Annotated[
        str, typer.Argument(help=say("its id, or the beginning of it", "编号或其开头"), show_default=False)
    ],
    as_json: Json = False,
) -> None:
    with opened() as store:
        found = intent_json(_one(ledger_of(store), intent))
    if as_json:
        json_line(found)
    else:
        json_text(found)


@group.command(
    help=say(
        "Settle what is in doubt: by reading back, or by a person's word.",
        "了结存疑的操作: 自动回读, 或由人工确认。",
    )
)
def resolve(
    intent: Annotated[
        str | None, typer.Argument(help=say("all of them if left out", "省略则处理全部"), show_default=False)
    ] = None,
    said: Annotated[Said | None, _option("what a person knows", "人工结论", "--as")] = None,
    why: Annotated[str | None, _option("how they know", "依据")] = None,
    shop: Annotated[str | None, _option("only of this shop", "仅此店铺")] = None,
    as_json: Json = False,
) -> None:
    from omnishop.acts import UNSETTLED, State

    with opened() as store:
        ledger = ledger_of(store)
        if said is not None:
            if intent is None or not why:
                raise ConfigError(
                    "--as settles one intent, and wants --why: how you know",
                    zh="--as 须指定一条记录, 并用 --why 写明依据",
                )
            done = [ledger.settle_by_hand(_one(ledger, intent).id, State(said.value), why)]
        else:
            shop_id = None if shop is None else store.shops.get(shop).shop_id
            wanted = (
                ledger.book.list(states=UNSETTLED, shop_id=shop_id)
                if intent is None
                else [_one(ledger, intent)]
            )
            done = _resolved(ledger, wanted)
    if not done:
        aside(say("nothing is in doubt", "没有存疑的操作"))
    for each in done:
        if as_json:
            json_line(intent_json(each))
        else:
            line(f"{each.id[:SHORT]} {each.verb} {each.key.name}: {state_word(each.state)}" + _why(each))
    if any(each.state in UNSETTLED for each in done):
        raise typer.Exit(3)


def _one(ledger: Ledger, name: str) -> Intent:
    """By its id or the beginning of it: one that is not there is a wrong argument, not the platform's no."""
    if not name.strip():
        raise ConfigError(
            "name an intent: its id, or the beginning of it; see omnishop ledger list",
            zh="请写明编号或其开头, 见 omnishop ledger list",
        )
    try:
        return ledger.book.get(name.strip())
    except NotFound as missing:
        raise ConfigError(
            f"{missing.en}; see omnishop ledger list", zh=f"{missing.zh}, 见 omnishop ledger list"
        ) from None


def _resolved(ledger: Ledger, wanted: list[Intent]) -> list[Intent]:
    """One that cannot be read does not hold the others up."""
    done = []
    for intent in wanted:
        stored = ledger.store.shops.get(intent.key.shop_id, intent.key.platform)
        _patience(intent)
        try:
            with ledger.shop(stored) as shop:
                done.append(ledger.resolve(intent, shop))
        except OmnishopError as error:
            aside(f"{intent.id[:SHORT]}: {error.told(language())}")
            done.append(ledger.book.get(intent.id))
    return done


def _patience(intent: Intent) -> None:
    """A minute of silence looks like a hang: say until when."""
    from omnishop import clock
    from omnishop.acts import State
    from omnishop.model import iso

    until = intent.until
    if intent.state in {State.SENT, State.UNKNOWN} and until is not None and until > clock.now():
        when = iso(until.replace(microsecond=0))
        aside(
            say(
                f"{intent.id[:SHORT]}: it may still be carried out until {when}; read back after that",
                f"{intent.id[:SHORT]}: 平台在 {when} 之前仍可能执行, 届时回读",
            )
        )


def _why(intent: Intent) -> str:
    return f" ({told(intent.why)})" if intent.why else ""


def intent_json(intent: Intent) -> dict[str, Any]:
    """Times ISO 8601, money yuan text."""
    from omnishop.model import iso, yuan_text

    def at(when: datetime | None) -> str | None:
        return None if when is None else iso(when)

    held = intent.ceiling
    return {
        "id": intent.id,
        "act": intent.act,
        "platform": intent.key.platform,
        "shop_id": intent.key.shop_id,
        "record": intent.key.subject.record,
        "source": intent.key.subject.source or None,
        "record_id": intent.key.subject.id,
        "order_id": intent.order_id,
        "verb": intent.verb,
        "money": intent.money,
        "amount": None if intent.amount is None else yuan_text(intent.amount),
        "freight": None if intent.freight is None else yuan_text(intent.freight),
        "ceiling": held and {"name": held.name, "limit": yuan_text(held.limit), "used": yuan_text(held.used)},
        "state": intent.state,
        "by": intent.by,
        "why": intent.why and {"zh": intent.why.zh, "en": intent.why.en},
        "code": intent.code,
        "attempts": intent.attempts,
        "planned_at": at(intent.planned_at),
        "sent_at": at(intent.sent_at),
        "until": at(intent.until),
        "settled_at": at(intent.settled_at),
        "seen": {"stage": intent.seen.stage, "dispute": intent.seen.dispute, "version": intent.seen.version},
        "readings": [
            {
                "at": at(each.at),
                "stage": each.seen.stage,
                "version": each.seen.version,
                "shown": each.shown,
                "stale": each.stale,
            }
            for each in intent.readings
        ],
    }
