"""Health as JSON: keys and states are stable, words stand in both languages."""

from __future__ import annotations

from typing import Any

from omnishop import telemetry
from omnishop.errors import OmnishopError
from omnishop.model import Text, iso
from omnishop.watching.health import Health, Reason, ShopHealth, State


def health_json(health: Health, *, most: int | None = None) -> dict[str, Any]:
    """`most`: of shops that are not running, the worst first; None: every shop."""
    shops = sorted(health.shops, key=lambda each: -list(State).index(each.state))
    if most is not None:
        shops = [each for each in shops if each.state is not State.RUNNING][:most]
    return {
        "state": health.state,
        "at": iso(health.at),
        "reasons": [_reason(each) for each in health.reasons],
        "counts": {state.value: count for state, count in health.counts().items()},
        "shops": [_shop(each) for each in shops],
    }


def named(problem: Exception) -> dict[str, Any]:
    """What keeps a store from being looked at, as fields of the log: our own words, else only where it happened."""
    if isinstance(problem, OmnishopError):
        return {"error": type(problem).__name__, "code": problem.code, "why": problem.en}
    return telemetry.trouble(problem)


def gone_json(problem: Exception) -> dict[str, Any]:
    """Health of a store that cannot be looked at; words that are none of ours may say anything."""
    kind = type(problem).__name__
    ours = isinstance(problem, OmnishopError)
    words = Text(problem.zh, problem.en) if isinstance(problem, OmnishopError) else Text(kind, kind)
    reason = Reason(
        "store",
        State.UNVERIFIED,
        Text(f"无法读取数据库: {words.zh}", f"the database cannot be looked at: {words.en}"),
        _REACH if ours else _REPORT,
    )
    return {"state": State.UNVERIFIED, "error": kind, "reasons": [_reason(reason)]}


_REACH = Text(
    "请检查数据库是否在运行、可以连接: omnishop doctor; 恢复后自动继续",
    "see that the database runs and can be reached: omnishop doctor; all goes on by itself once it can",
)
_REPORT = Text("程序缺陷: 请附日志反馈", "a bug of ours: report it with the log")


def _shop(health: ShopHealth) -> dict[str, Any]:
    shop = health.shop
    return {
        "platform": shop.platform,
        "storefront": shop.storefront,
        "shop_id": shop.shop_id,
        "alias": shop.alias,
        "state": health.state,
        "true_as_of": None if health.true_at is None else iso(health.true_at),
        "age_s": None if health.age is None else round(health.age.total_seconds(), 3),
        "reasons": [_reason(each) for each in health.reasons],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "key": reason.key,
        "state": reason.state,
        "text": _both(reason.text),
        "cure": _both(reason.cure),
    }


def _both(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}
