"""Health as JSON: keys and states are stable, words stand in both languages."""

from __future__ import annotations

from typing import Any

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
