"""Running, degraded or unverified, each with its reasons and what to do next: a pure judgement of what is seen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from attrs import frozen

from omnishop.errors import AuthError
from omnishop.model import Text, iso
from omnishop.store import StoredShop
from omnishop.store.glance import Ban
from omnishop.watching.limits import USUAL, Limits
from omnishop.watching.seen import DATABASE, Seen, ShopSeen


class State(StrEnum):
    """`unverified`: nobody can say whether the store holds all; `degraded`: it does, and something needs care."""

    RUNNING = "running"
    DEGRADED = "degraded"
    UNVERIFIED = "unverified"


_ORDER = list(State)


@frozen
class Reason:
    """`key` is stable; `cure` says what to do next."""

    key: str
    state: State
    text: Text
    cure: Text


@frozen
class ShopHealth:
    shop: StoredShop
    state: State
    reasons: tuple[Reason, ...]
    true_at: datetime | None
    age: timedelta | None


@frozen
class Health:
    """`reasons` are those of the whole; `state` is the worst of them and of all shops."""

    at: datetime
    state: State
    reasons: tuple[Reason, ...]
    shops: tuple[ShopHealth, ...]

    def counts(self) -> dict[State, int]:
        return {state: sum(each.state is state for each in self.shops) for state in State}


def judge(seen: Seen, limits: Limits = USUAL) -> Health:
    shops = tuple(_judged(each, seen.at, limits) for each in seen.shops)
    reasons = tuple(_of_all(seen, limits))
    state = _worst([*(each.state for each in reasons), *(each.state for each in shops)])
    return Health(seen.at, state, reasons, shops)


def _judged(seen: ShopSeen, machine: datetime, limits: Limits) -> ShopHealth:
    reasons = (
        *_lists(seen),
        *_age(seen, limits),
        *_rounds(seen, limits),
        *_tokens(seen, machine, limits),
        *_work(seen, machine, limits),
    )
    return ShopHealth(seen.shop, _worst([each.state for each in reasons]), reasons, seen.true_at, seen.age)


def _worst(states: list[State]) -> State:
    return max(states, key=_ORDER.index, default=State.RUNNING)


# ---------------------------------------------------------------- one shop


def _lists(seen: ShopSeen) -> Iterator[Reason]:
    again = Text(
        "再次同步: omnishop pull; 若反复出现, 请用 omnishop reconcile 逐条核对",
        "pull again: omnishop pull; if it stays so, omnishop reconcile compares record by record",
    )
    for name, why in seen.unverified.items():
        told = Text(f"{name} 未能确认完整: {why}", f"{name} is unverified: {why}")
        yield Reason("unverified", State.UNVERIFIED, told, again)
    if seen.unread:
        names = ", ".join(seen.unread)
        yield Reason(
            "never_read",
            State.UNVERIFIED,
            Text(f"尚未完整读取: {names}", f"never read whole: {names}"),
            Text(
                "开始同步: omnishop pull, 或持续运行 omnishop run",
                "read them: omnishop pull, or keep omnishop run going",
            ),
        )


def _age(seen: ShopSeen, limits: Limits) -> Iterator[Reason]:
    if seen.trouble is not None:
        yield Reason(
            "out_of_reach",
            State.DEGRADED,
            seen.trouble,
            Text("参见: omnishop doctor", "omnishop doctor says more"),
        )
    age = seen.age
    if age is None or seen.true_at is None:
        return
    at = iso(seen.true_at.replace(microsecond=0))
    if age > limits.stale:
        yield Reason(
            "stale",
            State.DEGRADED,
            Text(f"数据截至 {at}, 之后未再完整读取", f"not read whole since {at}"),
            Text(
                "omnishop run 是否在运行? 立即同步: omnishop pull",
                "is omnishop run going? to read now: omnishop pull",
            ),
        )
    if age < -limits.skew:
        yield Reason(
            "clock",
            State.DEGRADED,
            Text(
                f"数据截至 {at}, 晚于本机当前时间", f"true as of {at}, which is still to come by this clock"
            ),
            _SET_CLOCK,
        )


def _rounds(seen: ShopSeen, limits: Limits) -> Iterator[Reason]:
    lately = seen.lately
    if lately is None:
        return
    why = Text("?", "?") if lately.why is None else lately.why.told
    if lately.failures and lately.why is not None and lately.why.error == AuthError.__name__:
        yield Reason(
            "token_refused",
            State.DEGRADED,
            Text(f"平台不接受该店铺的授权 ({why.zh})", f"the platform refuses this shop's token ({why.en})"),
            _LOGIN,
        )
    elif lately.failures >= limits.failures:
        yield Reason(
            "failing",
            State.DEGRADED,
            Text(
                f"连续 {lately.failures} 次读取失败: {why.zh}",
                f"{lately.failures} rounds failed in a row: {why.en}",
            ),
            Text("检查原因: omnishop doctor", "look into it: omnishop doctor"),
        )


def _tokens(seen: ShopSeen, machine: datetime, limits: Limits) -> Iterator[Reason]:
    if seen.tokens is None:
        return  # told once, for all
    if "main" not in seen.tokens:
        told = Text("没有访问令牌", "there is no access token")
        yield Reason("token_missing", State.DEGRADED, told, _LOGIN)
    for role, ends in seen.tokens.items():
        if ends.renews or ends.at is None or ends.at > machine + limits.ending:
            continue
        over = ends.at <= machine
        at = iso(ends.at)
        told = Text(
            f"{role} 令牌{'已' if over else '将'}于 {at} 过期, 无法刷新",
            f"the {role} token {'ended' if over else 'ends'} {at} and cannot be refreshed",
        )
        yield Reason("token_ended" if over else "token_ending", State.DEGRADED, told, _LOGIN)


def _work(seen: ShopSeen, machine: datetime, limits: Limits) -> Iterator[Reason]:
    backlog = seen.backlog
    if backlog.oldest is not None and machine - backlog.oldest > limits.waiting:
        since = iso(backlog.oldest.replace(microsecond=0))
        yield Reason(
            "inbox_waits",
            State.DEGRADED,
            Text(
                f"{backlog.waiting} 条平台消息待处理, 最早收于 {since}",
                f"messages waiting: {backlog.waiting}, the oldest since {since}",
            ),
            Text(
                "omnishop listen 或 run 是否在运行? 查看: omnishop inbox list",
                "is omnishop listen or run going? see: omnishop inbox list",
            ),
        )
    if backlog.failed:
        yield Reason(
            "inbox_failed",
            State.DEGRADED,
            Text(f"{backlog.failed} 条平台消息处理失败", f"messages given up: {backlog.failed}"),
            Text(
                "查看原因: omnishop inbox list --state failed; 重试: omnishop inbox retry",
                "why: omnishop inbox list --state failed; then: omnishop inbox retry",
            ),
        )
    if seen.quarantined:
        yield _quarantine(seen.quarantined)
    doubts = seen.doubts
    if doubts is not None:
        since = iso(doubts.oldest.replace(microsecond=0))
        yield Reason(
            "doubts",
            State.DEGRADED,
            Text(
                f"{doubts.count} 笔写操作结果未知, 最早发于 {since}",
                f"writes in doubt: {doubts.count}, the oldest since {since}",
            ),
            Text("回读确认: omnishop ledger resolve", "read them back: omnishop ledger resolve"),
        )


# ---------------------------------------------------------------- the whole


def _of_all(seen: Seen, limits: Limits) -> Iterator[Reason]:
    if not seen.shops:
        yield Reason(
            "no_shop",
            State.UNVERIFIED,
            Text("尚无店铺", "no shop is registered"),
            Text("添加店铺: omnishop shops add", "add one: omnishop shops add"),
        )
    if seen.key_trouble is not None:
        yield Reason(
            "key",
            State.DEGRADED,
            seen.key_trouble,
            Text("参见: omnishop doctor", "omnishop doctor says more"),
        )
    if seen.unreadable:
        yield _quarantine(seen.unreadable)
    yield from (_banned(each) for each in seen.bans if each.until - seen.at > limits.ban)
    if seen.disk_free is not None and seen.disk_free < limits.disk:
        free = seen.disk_free // 2**20
        yield Reason(
            "disk",
            State.DEGRADED,
            Text(f"数据目录所在磁盘仅剩 {free} MiB", f"{free} MiB left on the disk of the home"),
            Text(
                "请清理磁盘: 写满后不再接收推送, 也不再执行写操作",
                "free some: when it is full, no push and no act is taken",
            ),
        )
    for whose, ahead in seen.clocks.items():
        if abs(ahead) <= limits.skew:
            continue
        apart = ahead.total_seconds()
        name = "数据库" if whose == DATABASE else f" {whose} "
        told = Text(
            f"本机时钟比{name}快 {apart:+.0f} 秒", f"this clock is {apart:+.0f} s ahead of that of {whose}"
        )
        yield Reason("clock", State.DEGRADED, told, _SET_CLOCK)


def _banned(ban: Ban) -> Reason:
    until, code = iso(ban.until.replace(microsecond=0)), ban.code or "?"
    shop = ban.shop_id or "*"
    method = ban.method or "*"
    return Reason(
        "banned",
        State.DEGRADED,
        Text(
            f"{ban.platform} 在 {until} 之前不接受店铺 {shop} 对 {method} 的调用 ({code})",
            f"{ban.platform} takes no calls of {method} from shop {shop} until {until} ({code})",
        ),
        Text("查看限流: omnishop quotas list", "what is held back: omnishop quotas list"),
    )


def _quarantine(count: int) -> Reason:
    return Reason(
        "quarantine",
        State.DEGRADED,
        Text(
            f"{count} 条记录无法解析, 已原样保留",
            f"records that could not be read, kept as they came: {count}",
        ),
        Text(
            "查看: omnishop quarantine list; 重试: omnishop quarantine retry",
            "see them: omnishop quarantine list; then: omnishop quarantine retry",
        ),
    )


_LOGIN = Text("请重新授权: omnishop shops login", "log in again: omnishop shops login")
_SET_CLOCK = Text("请校准时钟(NTP)", "set the clock right (NTP)")
