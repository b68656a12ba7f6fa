"""Reasons that buyers of the simulated shops give, by the world's key."""

from __future__ import annotations

from omnishop.model import Kind

_TEXTS = {
    "no_reason": "7天无理由退换货",
    "no_reason_exchange": "7天无理由换货",
    "unwanted": "多拍/错拍/不想要",
    "quality": "质量问题",
    "not_as_described": "商品与描述不符",
    "out_of_stock": "缺货",
    "short": "少件/漏发",
    "price": "申请价保",
}
_KEYS: dict[Kind, tuple[str, ...]] = {
    Kind.CANCEL: ("unwanted", "out_of_stock"),
    Kind.REFUND_ONLY: ("quality", "not_as_described", "unwanted"),
    Kind.RETURN_REFUND: ("no_reason", "quality", "not_as_described"),
    Kind.EXCHANGE: ("no_reason_exchange", "not_as_described"),
    Kind.RESHIP: ("short",),
    Kind.REPAIR: ("quality",),
    Kind.PRICE_PROTECT: ("price",),
}


def reasons(kind: Kind) -> dict[str, str]:
    return {key: _TEXTS[key] for key in _KEYS.get(kind, ("quality",))}


def text(key: str) -> str:
    """What the buyer gave; a reason typed at the controls stands as it is."""
    return _TEXTS.get(key, key)
