"""Whether an act may be done now, and why not: pure, from the record, the storefront's rows, and the book.

Every obstacle has a stable key; all that apply are told, not only the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from attrs import frozen

from omnishop.acts import Ask, Look, Obstacle, Seen, Subject, Verb, Write, choose, missing
from omnishop.ledger.ceilings import Share, ceilings, claimed, fits, of_freight, wanted
from omnishop.ledger.intents import Held, Intent, older
from omnishop.model import ENDED, Case, Fen, Kind, Order, Text, yuan_text
from omnishop.ports import Account, Level, Support

TALK = frozenset({Verb.MESSAGE, Verb.REMARK, Verb.ASK_EVIDENCE, Verb.SUBMIT_EVIDENCE, Verb.REPLY_REVIEW})
OFFERED = frozenset({Level.NATIVE, Level.EMULATED, Level.LIMITED, Level.UNVERSIONED})


@frozen
class Standing:
    """What the book and the store know around one record, read in one transaction.

    `left_fen`, `left_acts`: of today's caps. `shares`: of the sibling cases. `asked_back`: pieces that cases on
    the same return parcel were or are being paid for; `received`: pieces counted on it, None when nobody counted;
    `received_here`: those of them that were counted for this record.
    `latest`: what earlier readings of this record showed.
    """

    allowed: frozenset[str] = frozenset()
    left_fen: Fen | None = None
    left_acts: int | None = None
    open: tuple[Intent, ...] = ()
    settled: Fen | None = None
    settled_by: str | None = None
    shares: tuple[Share, ...] = ()
    order: Order | None = None
    received: int | None = None
    received_here: int = 0
    asked_back: int = 0
    roles: frozenset[str] = frozenset({"main"})
    latest: tuple[Seen, ...] = ()


@frozen
class Plan:
    """What would be written down: the row, the sum it moves, the ceilings that were asked."""

    row: Write | None
    share: Share | None = None
    held: Held | None = None
    obstacles: tuple[Obstacle, ...] = ()


@frozen
class Question:
    """One verb on one record, as far as a decision about it needs."""

    account: Account
    support: Support
    rows: tuple[Write, ...]
    act: Verb
    verb: Verb
    subject: Subject
    look: Look
    standing: Standing
    ask: Ask | None = None


def plan(case: Question) -> Plan:
    """What stands in the way of this verb now; nothing: it may be written down."""
    seen = Seen.of(case.look)
    row = choose(case.rows, case.subject, seen)
    if row is None:
        return Plan(None, obstacles=tuple(_not_for_this(case, seen)))
    share = _share(case, row)
    held, money = _money(case, row, share)
    found = [*_rights(case, row), *_state(case, row, seen), *_open(case, row), *money, *_goods(case, row)]
    if case.ask is not None:
        found += _said(case, row, case.ask, share)
    return Plan(row, share, held, tuple(found))


# ---------------------------------------------------------------- what is not for this record at all


def _not_for_this(case: Question, seen: Seen) -> Iterator[Obstacle]:
    if case.support.level not in OFFERED:
        yield Obstacle(case.support.level.value, case.support.reason)
    elif seen.kind == Kind.UNKNOWN:
        yield _say(
            "kind_unknown", "该单据的类型未知, 请先同步详情", "the kind of this record is not known yet"
        )
    else:
        yield _say(
            "kind",
            f"{case.act} 不适用于此类单据 ({seen.kind or case.subject.record})",
            f"{case.act} is not for this kind of record ({seen.kind or case.subject.record})",
        )


# ---------------------------------------------------------------- rights


def allow_command(account: Account) -> str:
    """As it may be pasted."""
    return f"omnishop shops allow --shop {quote(account.name)}"


def _login(account: Account) -> str:
    return f"omnishop shops login {account.platform} --shop {quote(account.name)} --operator"


def _rights(case: Question, row: Write) -> Iterator[Obstacle]:
    standing = case.standing
    if case.support.level not in OFFERED:
        yield Obstacle(case.support.level.value, case.support.reason)
    if case.act not in standing.allowed:
        yield _say(
            "switch",
            f"该店铺未允许 {case.act}; 开启: {allow_command(case.account)} {case.act}",
            f"{case.act} is off for this shop; allow it: {allow_command(case.account)} {case.act}",
        )
    if not standing.roles:
        yield _say(
            "no_token",
            "该店铺没有授权, 或已从本地移除: omnishop shops login",
            "the shop has no token, or was removed here: omnishop shops login",
        )
    elif row.session not in standing.roles:
        yield _say(
            "operator_session",
            f"此操作需要子账号(operator)授权, 该店铺尚未添加: {_login(case.account)}",
            f"this needs the session of a sub-account; add one: {_login(case.account)}",
        )
    if standing.left_acts is not None and standing.left_acts <= 0:
        yield _say(
            "cap_acts",
            f"今日操作次数已达上限; 调整: {allow_command(case.account)} --max-per-day N",
            "the shop has done as many acts today as it may; change it: "
            f"{allow_command(case.account)} --max-per-day N",
        )


# ---------------------------------------------------------------- the record


def _state(case: Question, row: Write, seen: Seen) -> Iterator[Obstacle]:
    if any(older(seen, past) for past in case.standing.latest):
        yield _say(
            "stale",
            "平台返回的状态比我们已读到的更旧, 请稍后重试",
            "the platform shows an older state than we have read before; try again in a moment",
        )
    if not row.in_stage(seen.stage):
        key = "ended" if seen.stage in ENDED else "stage"
        wanted = ", ".join(sorted(row.stages))
        yield _say(
            key,
            f"当前状态为 {seen.stage}, {case.act} 需要: {wanted}",
            f"it is {seen.stage}; {case.act} needs: {wanted}",
        )
    hindered = row.hinders(case.account, case.look, case.ask or Ask()) if row.hinders else None
    if hindered is not None:
        yield Obstacle("hindered", hindered)


def _open(case: Question, row: Write) -> Iterator[Obstacle]:
    """A write in doubt about money holds every decision; one in doubt about the same thing holds itself."""
    for intent in case.standing.open:
        if (intent.money and (row.money or case.verb not in TALK)) or intent.verb == case.verb:
            yield _say(
                "open_intent",
                f"此单据已有未了结的操作 {intent.verb} ({intent.state}); 先处理: omnishop ledger resolve {intent.id}",
                f"{intent.verb} is {intent.state} on this record; settle it first: "
                f"omnishop ledger resolve {intent.id}",
            )


# ---------------------------------------------------------------- money


def _share(case: Question, row: Write) -> Share | None:
    record = case.look.record
    if not row.money:
        return None
    if isinstance(record, Case):
        return wanted(record, case.standing.order)
    return Share(frozenset(), record.amounts.paid if isinstance(record, Order) else None)


def _money(case: Question, row: Write, share: Share | None) -> tuple[Held | None, list[Obstacle]]:
    """The ceiling that holds, tightest first, and what stands in the way."""
    if share is None:
        return None, []
    standing, ask = case.standing, case.ask or Ask()
    amount = share.amount if share.amount is not None else ask.amount
    if amount is None:
        return None, [
            _say(
                "amount_unknown",
                "金额未知, 请用 --amount 写明",
                "the sum is not known; say it: --amount YUAN",
            )
        ]
    share = Share(share.lines, amount, share.freight)
    found = []
    if standing.settled is not None:
        found.append(
            _say(
                "settled_before",
                f"此单据已退款 {yuan_text(standing.settled)} 元 ({standing.settled_by})",
                f"{yuan_text(standing.settled)} yuan already moved on this record ({standing.settled_by})",
            )
        )
    if standing.left_fen is not None and amount > standing.left_fen:
        left = Fen(max(standing.left_fen, 0))
        found.append(
            _say(
                "cap_money",
                f"今日剩余额度 {yuan_text(left)} 元, 本次需 {yuan_text(amount)} 元; "
                f"调整: {allow_command(case.account)} --max-yuan-per-day N",
                f"{yuan_text(left)} yuan are left for today, this needs {yuan_text(amount)}; "
                f"change it: {allow_command(case.account)} --max-yuan-per-day N",
            )
        )
    held, obstacle = _ceiling(standing, ask, share)
    return held, [*found, *([obstacle] if obstacle else [])]


def _ceiling(standing: Standing, ask: Ask, share: Share) -> tuple[Held | None, Obstacle | None]:
    known = ceilings(standing.order, share, standing.shares)
    if not known and ask.ceiling is not None:
        used = Fen(sum(other.amount or 0 for other in standing.shares))
        known = (Held("given", ask.ceiling, used),)
    if not known:
        return None, _say(
            "ceiling_unknown",
            "无法得知该单最多可退多少, 请人工写明上限: --ceiling",
            "how much may move on this order is not known; a person must say it: --ceiling YUAN",
        )
    freight = of_freight(standing.order, share, standing.shares)
    asked = known if freight is None else (*known, freight)
    broken = next((held for held in asked if not fits(held, share)), None)
    if broken is None:
        return known[0], None
    left = Fen(max(broken.limit - broken.used, 0))
    return broken, _say(
        "ceiling",
        f"超过上限 ({broken.name}): 实付 {yuan_text(broken.limit)} 元, 其他售后单已占 {yuan_text(broken.used)} 元, "
        f"尚余 {yuan_text(left)} 元",
        f"over the ceiling ({broken.name}): {yuan_text(broken.limit)} yuan were paid, other cases took "
        f"{yuan_text(broken.used)}, {yuan_text(left)} are left",
    )


# ---------------------------------------------------------------- goods


def _goods(case: Question, row: Write) -> Iterator[Obstacle]:
    record = case.look.record
    if not isinstance(record, Case):
        return
    asked = _pieces(record, case.standing.order)
    received, before = _received(case)
    if row.money and record.kind is Kind.RETURN_REFUND and asked and received is not None:
        free = received - before
        if free < asked:
            yield _say(
                "parcel_short",
                f"退回包裹实收 {received} 件, 其他售后单已占 {before} 件, 本单申请 {asked} 件: "
                "操作按申请全额结算; 请与买家协商新的金额, 或拒收",
                f"the parcel held {received} pieces, other cases took {before}, this one claims {asked}: the act "
                "settles what was applied for; propose another sum to the buyer, or refuse the return",
            )
    if record.kind is Kind.EXCHANGE and case.verb in {Verb.AGREE_RETURN, Verb.SHIP_REPLACEMENT}:
        yield from _paid_back_before(case, record)


def _received(case: Question) -> tuple[int | None, int]:
    ask = case.ask
    if ask is not None and (ask.good is not None or ask.bad is not None):
        others = (case.standing.received or 0) - case.standing.received_here
        return others + (ask.good or 0) + (ask.bad or 0), case.standing.asked_back
    return case.standing.received, case.standing.asked_back


def _pieces(record: Case, order: Order | None) -> int:
    without_id = sum(line.requested or 0 for line in record.lines if not line.line_id)
    return without_id + sum(claimed(record, order).values())


def _paid_back_before(case: Question, record: Case) -> Iterator[Obstacle]:
    """Goods whose price went back already are not sent out once more: their lines', else the whole order's."""
    order = case.standing.order
    if order is None:
        return
    prices = {line.line_id: line.paid for line in order.lines}
    lines = frozenset(line.line_id for line in record.lines if line.line_id)
    known = [price for line in lines if (price := prices.get(line)) is not None]
    shares = case.standing.shares
    if lines and len(known) == len(lines):
        paid, shares = int(sum(known)), tuple(each for each in shares if each.lines and each.lines <= lines)
    else:
        paid = (order.amounts.paid or 0) - (order.amounts.freight or 0)
    back = Fen(sum(share.goods or 0 for share in shares))
    if paid > 0 and back >= paid:
        yield _say(
            "sibling_settled",
            f"同一商品已在其他售后单退款 {yuan_text(back)} 元, 不再换货",
            f"{yuan_text(back)} yuan went back for the same goods in another case: no replacement as well",
        )


# ---------------------------------------------------------------- what was said


def _said(case: Question, row: Write, ask: Ask, share: Share | None) -> Iterator[Obstacle]:
    absent = missing(row, ask)
    if absent:
        named = ", ".join("--" + name.replace("_", "-").replace("|", " | --") for name in absent)
        yield _say("needs", f"{case.act} 还需要: {named}", f"{case.act} needs as well: {named}")
    applied = share.amount if share is not None else None
    if ask.amount is not None and applied is not None and ask.amount != applied:
        yield _say(
            "amount_differs",
            f"操作按申请金额 {yuan_text(applied)} 元结算, 不能改为 {yuan_text(ask.amount)} 元; "
            "请与买家协商后另行申请",
            f"the act settles the {yuan_text(applied)} yuan that were applied for, not {yuan_text(ask.amount)}; "
            "another sum is a proposal to the buyer until a case for it exists",
        )
    if (ask.good is not None and ask.good < 0) or (ask.bad is not None and ask.bad < 0):
        yield _say("needs", "件数不能为负", "a number of pieces is not negative")


def _say(key: str, zh: str, en: str) -> Obstacle:
    return Obstacle(key, Text(zh, en))
