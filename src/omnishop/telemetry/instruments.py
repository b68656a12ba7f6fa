"""Every metric and every span, with its unit and what it may be told apart by: one table for code and docs."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

Kind = Literal["counter", "histogram", "gauge"]

_UNITS = {"s": "_seconds", "By": "_bytes"}
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0)


@frozen
class Instrument:
    """`labels`: all it has, each of few values; a shop's id only where nothing else would tell."""

    name: str
    kind: Kind
    unit: str
    labels: tuple[str, ...]
    en: str
    zh: str
    buckets: tuple[float, ...] | None = None

    @property
    def on_the_page(self) -> str:
        """Its name for Prometheus; a histogram has `_bucket`, `_sum` and `_count` behind it."""
        name = self.name.replace(".", "_") + _UNITS.get(self.unit, "")
        return f"{name}_total" if self.kind == "counter" else name


def _counter(name: str, unit: str, labels: str, en: str, zh: str) -> Instrument:
    return Instrument(f"omnishop.{name}", "counter", f"{{{unit}}}", tuple(labels.split()), en, zh)


def _seconds(name: str, labels: str, en: str, zh: str) -> Instrument:
    return Instrument(f"omnishop.{name}", "histogram", "s", tuple(labels.split()), en, zh, _SECONDS)


def _gauge(name: str, unit: str, labels: str, en: str, zh: str) -> Instrument:
    return Instrument(f"omnishop.{name}", "gauge", unit, tuple(labels.split()), en, zh)


_WHILE_WORKING = (
    _counter("calls", "call", "platform method outcome", "calls, by what became of them", "调用次数, 按结果"),
    _seconds("call.duration", "platform method", "one exchange with a platform", "一次平台调用的耗时"),
    _seconds("quota.wait", "platform", "waits for the quota before a call", "调用前为遵守配额而等待的时间"),
    _counter(
        "quota.held_back",
        "call",
        "platform",
        "calls that were not sent as their turn would have come too late",
        "因排队过久而未发出的调用",
    ),
    _counter("token.refreshes", "refresh", "platform outcome", "tokens refreshed", "令牌刷新次数"),
    _counter(
        "records",
        "record",
        "platform record change",
        "records merged: new, changed, unchanged",
        "合并的记录: 新增, 变更, 未变",
    ),
    _counter("quarantined", "record", "platform", "records that could not be read", "无法解析的记录"),
    _counter(
        "windows",
        "window",
        "platform list answer",
        "windows read: proved, bounded, unproved",
        "读取的时间段: 已证明, 已核对, 未证明",
    ),
    _counter(
        "inbox.worked",
        "message",
        "platform outcome",
        "messages of the inbox: done, put_off, given_up",
        "收件箱消息: 已处理, 推迟, 放弃",
    ),
    _counter("pushes", "push", "platform outcome", "pushes, by what became of them", "平台推送, 按结果"),
    _counter(
        "push.messages",
        "message",
        "platform news",
        "messages told by platforms: new, copy",
        "平台告知的消息: 新消息, 重复",
    ),
    _counter(
        "intents",
        "intent",
        "platform verb state",
        "intents that came into a state",
        "账本操作进入各状态的次数",
    ),
    _counter(
        "comparisons",
        "comparison",
        "platform outcome",
        "shops compared with their platform: equal, different, unknown",
        "与平台核对的店铺: 一致, 有差异, 无法确认",
    ),
    _counter("verdicts", "verdict", "platform outcome", "cases judged", "判断的售后单"),
)

_ON_SCRAPE = (
    _gauge("shops", "{shop}", "platform state", "shops by their health", "店铺数, 按健康状态"),
    _gauge(
        "shop.age",
        "s",
        "platform shop_id",
        "since the moment as of which the store is true; none where a list was never read whole",
        "距数据截至时间的秒数; 有列表尚未完整读取时不给出",
    ),
    _gauge(
        "lists.unverified",
        "{list}",
        "platform",
        "lists whose last reading did not hold, or that were never read whole",
        "未能确认完整或从未完整读取的列表数",
    ),
    _gauge(
        "backfill.left",
        "s",
        "platform",
        "history asked for and not yet read, over all lists",
        "待补读的历史时长",
    ),
    _gauge(
        "round.late",
        "s",
        "",
        "by how much the shop that waits longest for `omnishop run` is late; none where it never ran",
        "等待最久的店铺已超出应读取时间的秒数; 从未运行 `omnishop run` 时不给出",
    ),
    _gauge("inbox.messages", "{message}", "state", "messages in the inbox", "收件箱中的消息数"),
    _gauge(
        "inbox.oldest.age",
        "s",
        "",
        "since the oldest that waits came; 0: none waits",
        "最早待处理消息的等待时间",
    ),
    _gauge("quarantine.records", "{record}", "platform", "records in quarantine", "隔离区中的记录数"),
    _gauge("doubts", "{intent}", "platform", "writes whose outcome is not known", "结果未知的写操作数"),
    _gauge("doubts.oldest.age", "s", "", "since the oldest of them was sent; 0: none", "最早一笔的时长"),
    _gauge(
        "bans",
        "{quota}",
        "platform",
        "quotas of which the platform takes no calls for now",
        "平台暂不接受调用的配额数",
    ),
    _gauge(
        "tokens.ending",
        "{token}",
        "platform",
        "tokens that end within three days, or have ended, and cannot be refreshed",
        "三日内到期或已到期且无法刷新的令牌数",
    ),
    _gauge("disk.free", "By", "", "free bytes where the home lies", "数据目录所在磁盘的剩余空间"),
    _gauge(
        "clock.ahead",
        "s",
        "of",
        "this machine's clock before the database's, and before each platform's that this process calls",
        "本机时钟比数据库, 以及本进程所调用的各平台快的秒数",
    ),
    _gauge("collection", "s", "", "how long it took to read these from the store", "读取以上各项的耗时"),
)

INSTRUMENTS: dict[str, Instrument] = {each.name: each for each in (*_WHILE_WORKING, *_ON_SCRAPE)}

SPANS: dict[str, str] = {
    "omnishop.pull": "one shop in a pull: its live lane, or a turn of its history",
    "omnishop.window": "one window of a list, with all its tries",
    "omnishop.page": "one page: read, completed, merged, kept",
    "omnishop.call": "one exchange with a platform; a call that is made again has several",
    "omnishop.inbox": "the messages of one shop that were taken up together",
    "omnishop.push": "one push: verified, kept, acknowledged",
    "omnishop.act": "an act of the ledger, with all its verbs",
    "omnishop.reconcile": "one shop compared with its platform",
}
"""A span a call, a page, a window, a turn; never one a record."""
