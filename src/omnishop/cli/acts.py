"""`case|order|review act` and `may`: do what a person asks for, or show what would be sent, or what may be done."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnishop.cli.opened import opened
from omnishop.cli.show import aside, json_line, line, table
from omnishop.cli.words import language, say, told
from omnishop.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from omnishop.acts import Ask, Chance, Evidence, Outcome, RecordType, Subject
    from omnishop.client import Shop
    from omnishop.ledger import Ledger, Preview
    from omnishop.model import Fen
    from omnishop.store import Store

case = typer.Typer(no_args_is_help=True, help=say("Act on a case.", "处理售后单。"))
order = typer.Typer(no_args_is_help=True, help=say("Act on an order.", "处理订单。"))
review = typer.Typer(no_args_is_help=True, help=say("Act on a review.", "处理评价。"))

_ACT = say(
    "Do something on the platform: written down first, read back after. --dry-run shows the request only.",
    "在平台上执行操作: 先记账, 后回读。--dry-run 仅显示将要发送的请求。",
)
_MAY = say("What may be done now, and why not.", "当前可执行的操作, 以及不可执行的原因。")
_PIECES = 1


def join(app: typer.Typer) -> None:
    app.add_typer(case, name="case")
    app.add_typer(order, name="order")
    app.add_typer(review, name="review")


def _argument(en: str, zh: str) -> Any:
    return typer.Argument(help=say(en, zh), show_default=False)


def _option(en: str, zh: str, *names: str) -> Any:
    return typer.Option(*names, help=say(en, zh), show_default=False)


Platform = Annotated[str, _argument("taobao, jd or douyin", "taobao、jd 或 douyin")]
ShopName = Annotated[str, _argument("shop_id or alias", "店铺 ID 或别名")]
Id = Annotated[str, _argument("id or source:id", "ID 或 来源:ID")]
Act = Annotated[str, _argument("agree, refuse, refund …; see `may`", "agree、refuse、refund 等, 见 `may`")]
Reason = Annotated[str | None, _option("the platform's reason code", "平台原因码")]
Words = Annotated[str | None, _option("what is said or noted", "说明、留言或备注")]
Proofs = Annotated[
    list[str] | None,
    _option("a file, or an address the platform can fetch; may be repeated", "凭证文件或网址; 可重复"),
]
AddressId = Annotated[str | None, _option("id of a return address", "退货地址 ID")]
Carrier = Annotated[str | None, _option("carrier", "物流公司")]
Tracking = Annotated[str | None, _option("waybill", "运单号")]
Lines = Annotated[
    list[str] | None,
    typer.Option("--line", help=say("ID=PIECES; may be repeated", "行ID=件数; 可重复"), show_default=False),
]
Good = Annotated[
    int | None, typer.Option(min=0, help=say("pieces back, intact", "完好件数"), show_default=False)
]
Bad = Annotated[
    int | None, typer.Option(min=0, help=say("pieces back, damaged", "损坏件数"), show_default=False)
]
Days = Annotated[int | None, typer.Option(min=1, help=say("days", "天数"), show_default=False)]
Code = Annotated[str | None, _option("the code the platform sent by SMS", "平台短信验证码")]
Amount = Annotated[
    str | None, _option("yuan; refused if it is not what was applied for", "金额(元), 仅作核对")
]
Ceiling = Annotated[
    str | None, _option("yuan: the most, where no ceiling is known", "金额上限(元), 平台未提供时必填")
]
RejectRefund = Annotated[
    bool,
    typer.Option("--reject-refund", help=say("ship although a refund was asked", "买家申请退款时仍然发货")),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help=say("show the request, send nothing", "仅显示请求"))]
Yes = Annotated[bool, typer.Option("--yes", help=say("do not ask", "不再询问"))]
By = Annotated[str, _option("who does it", "操作人", "--by")]
Json = Annotated[bool, typer.Option("--json", help=say("one JSON line", "单行 JSON"))]


@case.command("act", help=_ACT)
def act_on_case(
    platform: Platform,
    shop: ShopName,
    name: Id,
    verb: Act,
    reason: Reason = None,
    text: Words = None,
    evidence: Proofs = None,
    address: AddressId = None,
    carrier: Carrier = None,
    tracking: Tracking = None,
    lines: Lines = None,
    good: Good = None,
    bad: Bad = None,
    days: Days = None,
    code: Code = None,
    amount: Amount = None,
    ceiling: Ceiling = None,
    reject_refund: RejectRefund = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    said = {
        "reason": reason,
        "text": text,
        "evidence": tuple(_evidence(each) for each in evidence or ()),
        "address": address,
        "carrier": carrier,
        "tracking": tracking,
        "lines": _lines(lines or ()),
        "good": good,
        "bad": bad,
        "days": days,
        "code": code,
        "amount": fen_of(amount, "--amount"),
        "ceiling": fen_of(ceiling, "--ceiling"),
        "reject_refund": reject_refund,
        "by": by,
    }
    _act("case", platform, shop, name, verb, said, dry_run=dry_run, yes=yes, as_json=as_json)


@order.command("act", help=_ACT)
def act_on_order(
    platform: Platform,
    shop: ShopName,
    name: Id,
    verb: Act,
    text: Words = None,
    carrier: Carrier = None,
    tracking: Tracking = None,
    lines: Lines = None,
    days: Days = None,
    ceiling: Ceiling = None,
    reject_refund: RejectRefund = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    said = {
        "text": text,
        "carrier": carrier,
        "tracking": tracking,
        "lines": _lines(lines or ()),
        "days": days,
        "ceiling": fen_of(ceiling, "--ceiling"),
        "reject_refund": reject_refund,
        "by": by,
    }
    _act("order", platform, shop, name, verb, said, dry_run=dry_run, yes=yes, as_json=as_json)


@review.command("act", help=_ACT)
def act_on_review(
    platform: Platform,
    shop: ShopName,
    name: Id,
    verb: Act,
    text: Words = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    _act(
        "review",
        platform,
        shop,
        name,
        verb,
        {"text": text, "by": by},
        dry_run=dry_run,
        yes=yes,
        as_json=as_json,
    )


@case.command("may", help=_MAY)
def may_on_case(platform: Platform, shop: ShopName, name: Id, as_json: Json = False) -> None:
    _may("case", platform, shop, name, as_json=as_json)


@order.command("may", help=_MAY)
def may_on_order(platform: Platform, shop: ShopName, name: Id, as_json: Json = False) -> None:
    _may("order", platform, shop, name, as_json=as_json)


@review.command("may", help=_MAY)
def may_on_review(platform: Platform, shop: ShopName, name: Id, as_json: Json = False) -> None:
    _may("review", platform, shop, name, as_json=as_json)


# ---------------------------------------------------------------- doing


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
    with opened() as store:
        ledger = ledger_of(store)
        with ledger.shop(store.shops.get(shop_name, platform)) as shop:
            subject = _subject(store, shop, record, name)
            ask = Ask(**said)
            if dry_run:
                _show_preview(ledger.preview(shop, subject, wish, ask), as_json=as_json)
                return
            if not yes:
                _asked(ledger, shop, subject, wish, ask)
            outcome = ledger.act(shop, subject, wish, ask)
    _tell(outcome, platform, shop_name, subject, as_json=as_json)


def _subject(store: Store, shop: Shop, record: RecordType, name: str) -> Subject:
    """A bare id is looked for in the id spaces a pull has brought it from, else in the usual one."""
    from omnishop.acts import Subject

    if record != "case":
        return Subject(record, name)
    sources = shop.adapter.sources(shop.account.storefront)
    source, colon, rest = name.partition(":")
    if colon and source in sources:
        return Subject("case", rest, source)
    kept = store.records.held(
        "case", shop.account.platform, shop.account.shop_id or "", [(each, name) for each in sources]
    )
    return Subject("case", name, next((each for each in sources if (each, name) in kept), sources[0]))


def _asked(ledger: Ledger, shop: Shop, subject: Subject, wish: Any, ask: Ask) -> None:
    """Ask on a terminal; in a pipe nobody can answer, and that is an error of input."""
    if not sys.stdin.isatty():
        raise ConfigError(
            "this changes something on the platform; say --yes, or see it first with --dry-run",
            zh="此操作会改变平台数据; 请加 --yes 确认, 或先用 --dry-run 查看",
        )
    found = next((each for each in ledger.chances(shop, subject) if each.act is wish), None)
    if found is not None and found.caution is not None:
        aside(told(found.caution))
        typed = typer.prompt(say(f"type {subject.id} to go on", f"输入 {subject.id} 继续"), err=True)
        if typed.strip() != subject.id:
            raise typer.Abort
        return
    question = say(
        f"{wish} on {subject.id} of {shop.account.name}?",
        f"对 {shop.account.name} 的 {subject.id} 执行 {wish}?",
    )
    typer.confirm(question, abort=True, err=True)


def _tell(outcome: Outcome, platform: str, shop: str, subject: Subject, *, as_json: bool) -> None:
    from omnishop.acts import State

    record = outcome.record
    stage = getattr(record, "stage", None) or getattr(record, "status", None)
    if as_json:
        json_line(
            {
                "act": outcome.act,
                "platform": platform,
                "shop": shop,
                "source": subject.source or None,
                "id": subject.id,
                "state": outcome.state,
                "by": outcome.by,
                "stage": stage,
                "intents": list(outcome.intents),
                "why": None if outcome.why is None else {"zh": outcome.why.zh, "en": outcome.why.en},
            }
        )
    else:
        line(f"{outcome.act} {subject.id}: {_state_word(outcome.state)}" + (f" ({stage})" if stage else ""))
    if outcome.state is not State.CONFIRMED:
        ids = " ".join(each[:12] for each in outcome.intents[-1:])
        why = told(outcome.why) if outcome.why else ""
        aside(
            say(
                f"not repeated: {why}; settle it: omnishop ledger resolve {ids}",
                f"不会重复提交: {why}; 处理: omnishop ledger resolve {ids}",
            )
        )
        raise typer.Exit(3)


def _state_word(state: Any) -> str:
    words = {
        "planned": ("planned", "已计划"),
        "sent": ("sent", "已发出"),
        "confirmed": ("confirmed", "已确认"),
        "rejected": ("rejected", "被拒绝"),
        "unknown": ("unknown", "结果未知"),
        "not_applied": ("not applied", "未生效"),
    }
    return say(*words[str(state)])


# ---------------------------------------------------------------- showing


def _show_preview(previews: Sequence[Preview], *, as_json: bool) -> None:
    from omnishop.cli.requests import masked_request

    for preview in previews:
        shown = {
            "verb": preview.verb,
            **masked_request(preview.call, preview.request),
            "obstacles": [
                {"key": each.key, "zh": each.text.zh, "en": each.text.en} for each in preview.plan.obstacles
            ],
        }
        if as_json:
            json_line(shown)
            continue
        line(f"{shown['method']} {shown['url']}")
        for name, value in shown["headers"].items():
            line(f"{name}: {value}")
        line("")
        line(shown["body"])
        for each in preview.plan.obstacles:
            aside(f"{each.key}: {told(each.text)}")


def _may(record: RecordType, platform: str, shop_name: str, name: str, *, as_json: bool) -> None:
    with opened() as store:
        ledger = ledger_of(store)
        with ledger.shop(store.shops.get(shop_name, platform)) as shop:
            found = ledger.chances(shop, _subject(store, shop, record, name))
    if as_json:
        for each in found:
            json_line(_chance(each))
        return
    rows = [
        (
            each.act.value,
            say("yes", "可以") if each.allowed else say("no", "不可"),
            _details(each),
        )
        for each in found
    ]
    table((say("act", "操作"), say("now", "当前"), say("why not, or what it needs", "原因或所需参数")), rows)


def _chance(each: Chance) -> dict[str, Any]:
    return {
        "act": each.act,
        "allowed": each.allowed,
        "money": each.money,
        "needs": list(each.needs),
        "why_not": [{"key": one.key, "zh": one.text.zh, "en": one.text.en} for one in each.obstacles],
        "caution": None if each.caution is None else {"zh": each.caution.zh, "en": each.caution.en},
    }


def _details(each: Chance) -> str:
    if each.obstacles:
        return "; ".join(f"[{one.key}] {one.text.told(language())}" for one in each.obstacles)
    needs = ", ".join("--" + name.replace("_", "-").replace("|", " | --") for name in each.needs)
    return " ".join(part for part in (needs, "¥" if each.money else "") if part)


# ---------------------------------------------------------------- reading options


def fen_of(text: str | None, flag: str) -> Fen | None:
    from omnishop.model import fen_from_yuan

    if text is None:
        return None
    try:
        found = fen_from_yuan(text)
    except (ValueError, ArithmeticError):
        found = None
    if found is None or found < 0:
        raise ConfigError(
            f"{flag}: not yuan: {text!r}; write 12.30", zh=f"{flag}: 不是金额: {text!r}; 例如 12.30"
        )
    return found


def _lines(pairs: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for pair in pairs:
        line_id, equals, pieces = pair.partition("=")
        if not equals or not pieces.isdigit() or int(pieces) < _PIECES or not line_id:
            raise ConfigError(
                f"--line: write ID=PIECES, not {pair!r}", zh=f"--line: 格式为 行ID=件数, 而非 {pair!r}"
            )
        found[line_id] = int(pieces)
    return found


_KINDS = {
    ".jpg": "image",
    ".jpeg": "image",
    ".png": "image",
    ".gif": "image",
    ".mp4": "video",
    ".mov": "video",
    ".mp3": "audio",
    ".txt": "text",
}


def _evidence(given: str) -> Evidence:
    from omnishop.acts import Evidence

    kind: Any = _KINDS.get(Path(given.partition("?")[0]).suffix.lower(), "image")
    if given.startswith(("http://", "https://")):
        return Evidence(kind, given.rpartition("/")[2] or "evidence", url=given)
    path = Path(given)
    try:
        content = path.read_bytes()
    except OSError as problem:
        told_why = problem.strerror or type(problem).__name__
        raise ConfigError(
            f"--evidence: {given} cannot be read ({told_why})",
            zh=f"--evidence: 无法读取 {given} ({told_why})",
        ) from None
    return Evidence(kind, path.name, content)
