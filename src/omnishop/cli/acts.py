"""`case|order|review act|may`: what may be done with a record, and doing it through the ledger."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from omnishop.cli.act_options import (
    OF_A_CASE,
    OF_A_REVIEW,
    OF_AN_ORDER,
    Act,
    DryRun,
    Id,
    Json,
    Platform,
    ShopName,
    Yes,
    read,
    with_options,
)
from omnishop.cli.act_tables import money_of, show_chances, show_nothing_sent, show_outcome, show_previews
from omnishop.cli.opened import opened
from omnishop.cli.show import aside
from omnishop.cli.words import say, told
from omnishop.errors import ConfigError, NotAllowed, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from omnishop.acts import Ask, RecordType, Subject, Verb
    from omnishop.client import Shop
    from omnishop.ledger import Ledger
    from omnishop.store import Store

case = typer.Typer(no_args_is_help=True, help=say("Act on a case.", "处理售后单。"))
order = typer.Typer(no_args_is_help=True, help=say("Act on an order.", "处理订单。"))
review = typer.Typer(no_args_is_help=True, help=say("Act on a review.", "处理评价。"))

_ACT = say(
    "Do something on the platform: written down first, read back after. --dry-run shows the request only.",
    "在平台上执行操作: 先记账, 后回读。--dry-run 仅显示将要发送的请求。",
)
_MAY = say(
    "What may be done now and what it needs, or why not.", "当前可执行的操作及所需参数, 或不可执行的原因。"
)


def join(app: typer.Typer) -> None:
    app.add_typer(case, name="case")
    app.add_typer(order, name="order")
    app.add_typer(review, name="review")


@case.command("act", help=_ACT)
@with_options(OF_A_CASE)
def act_on_case(
    platform: Platform,
    shop: ShopName,
    name: Id,
    verb: Act,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
    **said: Any,
) -> None:
    _act("case", platform, shop, name, verb, said, dry_run=dry_run, yes=yes, as_json=as_json)


@order.command("act", help=_ACT)
@with_options(OF_AN_ORDER)
def act_on_order(
    platform: Platform,
    shop: ShopName,
    name: Id,
    verb: Act,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
    **said: Any,
) -> None:
    _act("order", platform, shop, name, verb, said, dry_run=dry_run, yes=yes, as_json=as_json)


@review.command("act", help=_ACT)
@with_options(OF_A_REVIEW)
def act_on_review(
    platform: Platform,
    shop: ShopName,
    name: Id,
    verb: Act,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: Json = False,
    **said: Any,
) -> None:
    _act("review", platform, shop, name, verb, said, dry_run=dry_run, yes=yes, as_json=as_json)


@case.command("may", help=_MAY)
def may_on_case(platform: Platform, shop: ShopName, name: Id, as_json: Json = False) -> None:
    _may("case", platform, shop, name, as_json=as_json)


@order.command("may", help=_MAY)
def may_on_order(platform: Platform, shop: ShopName, name: Id, as_json: Json = False) -> None:
    _may("order", platform, shop, name, as_json=as_json)


@review.command("may", help=_MAY)
def may_on_review(platform: Platform, shop: ShopName, name: Id, as_json: Json = False) -> None:
    _may("review", platform, shop, name, as_json=as_json)


# ---------------------------------------------------------------- carrying out


def ledger_of(store: Store) -> Ledger:
    """The present of simulated shops is their world's; whatever is read on the way is kept."""
    from omnishop.engine.keep import keeper
    from omnishop.engine.simulated import present
    from omnishop.ledger import Ledger

    return Ledger(store, now=present(), keep=keeper(store))


def _act(
    record: RecordType,
    platform: str,
    shop_name: str,
    name: str,
    verb: str,
    said: Mapping[str, Any],
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    from omnishop.acts import Ask
    from omnishop.client.face import verb_of

    wish = verb_of(verb)
    ask = Ask(**read(said))
    with opened_for(record, platform, shop_name, name) as (ledger, shop, subject):
        if dry_run:
            _previewed(ledger, shop, subject, wish, ask, as_json=as_json)
            return
        if not yes:
            _agreed(ledger, shop, subject, wish, ask)
        try:
            outcome = ledger.act(shop, subject, wish, ask)
        except (KeyboardInterrupt, SystemExit):
            aside(
                say(
                    "stopped in the middle; what may be under way: omnishop ledger list --open",
                    "操作中途停止; 可能已发出的操作见: omnishop ledger list --open",
                )
            )
            raise
        show_outcome(outcome, shop.account, subject, as_json=as_json)


def _previewed(ledger: Ledger, shop: Shop, subject: Subject, wish: Verb, ask: Ask, *, as_json: bool) -> None:
    """What the platform has no method for sends nothing, and that is an answer too."""
    try:
        found = ledger.preview(shop, subject, wish, ask)
    except NotAllowed as held:
        if held.keys != ("only_recorded",):
            raise
        show_nothing_sent(wish, held, as_json=as_json)
    else:
        show_previews(found, as_json=as_json)


def _may(record: RecordType, platform: str, shop_name: str, name: str, *, as_json: bool) -> None:
    with opened_for(record, platform, shop_name, name) as (ledger, shop, subject):
        show_chances(ledger.chances(shop, subject), shop.account, subject, as_json=as_json)


@contextmanager
def opened_for(
    record: RecordType, platform: str, shop_name: str, name: str
) -> Iterator[tuple[Ledger, Shop, Subject]]:
    """One record, with its shop and the ledger. A record the platform does not know is a wrong argument."""
    from omnishop import registry

    registry.adapter(platform)  # a platform that nobody has is told as such, not as a missing shop
    with opened() as store:
        ledger = ledger_of(store)
        with ledger.shop(store.shops.get(shop_name, platform)) as shop:
            try:
                yield ledger, shop, subject_of(store, shop, record, name)
            except NotFound as missing:
                raise _unknown(missing, shop, record, name) from missing


def _unknown(missing: NotFound, shop: Shop, record: RecordType, name: str) -> NotFound:
    """With what to try next: a bare id may belong to another of the platform's id spaces."""
    sources = shop.adapter.sources(shop.account.storefront)
    if record != "case" or ":" in name or len(sources) == 1:
        return missing
    known = ", ".join(f"{each}:{name}" for each in sources)
    return NotFound(
        f"{missing.en}; name its id space: {known}",
        zh=f"{missing.zh}; 请写明单据来源: {known}",
        platform=missing.platform or shop.account.platform,
        shop=missing.shop or shop.account.name,
        method=missing.method,
        code=missing.code,
        request_id=missing.request_id,
    )


def subject_of(store: Store, shop: Shop, record: RecordType, name: str) -> Subject:
    """A bare id is looked for in the id spaces a pull has brought it from, else in the usual one."""
    from omnishop.acts import Subject

    if record != "case":
        return Subject(record, name)
    sources = shop.adapter.sources(shop.account.storefront)
    source, colon, rest = name.partition(":")
    if colon and source in sources and rest:
        return Subject("case", rest, source)
    if colon:
        known = ", ".join(f"{each}:ID" for each in sources)
        raise ConfigError(
            f"no such case: {name!r}; write the id, or {known}", zh=f"没有售后单 {name!r}; 请写 ID 或 {known}"
        )
    kept = store.records.held(
        "case", shop.account.platform, shop.account.shop_id or "", [(each, name) for each in sources]
    )
    return Subject("case", name, next((each for each in sources if (each, name) in kept), sources[0]))


def _agreed(ledger: Ledger, shop: Shop, subject: Subject, wish: Verb, ask: Ask) -> None:
    """Ask on a terminal; in a pipe nobody can answer, and that is an error of input."""
    from omnishop.ledger.desk import held_back

    if not sys.stdin.isatty():
        raise ConfigError(
            "this changes something on the platform; say --yes, or see it first with --dry-run",
            zh="此操作会改变平台数据; 请加 --yes 确认, 或先用 --dry-run 查看",
        )
    chance = ledger.chance(shop, subject, wish, ask)
    if not chance.allowed:
        raise held_back(shop.account, subject, chance.obstacles)
    moves = money_of(chance)
    if chance.caution is not None:
        aside(" ".join(part for part in (moves, told(chance.caution)) if part))
        typed = typer.prompt(say(f"type {subject.id} to go on", f"输入 {subject.id} 继续"), err=True)
        if typed.strip() != subject.id:
            raise typer.Abort
        return
    question = say(
        f"{wish} on {subject.id} of {shop.account.name}{moves and f', {moves}'}?",
        f"对 {shop.account.name} 的 {subject.id} 执行 {wish}{moves and f', {moves}'}?",
    )
    typer.confirm(question, abort=True, err=True)
