"""Buyers' reasons as the platform words them -> class. JD publishes no list of its reason codes."""

from __future__ import annotations

from omnishop.model import ReasonClass

TEXTS: dict[str, tuple[ReasonClass, str]] = {
    "七天无理由": (ReasonClass.NO_REASON, "B: APPLYREASON of a real body"),
    "商品质量": (ReasonClass.QUALITY, "C: name of a first-level reason in the shared samples"),
    "商品质量问题": (ReasonClass.QUALITY, "C: APPLYREASON in the shared samples"),
    "功能故障": (ReasonClass.QUALITY, "C: name of a second-level reason in the shared samples"),
    "不想买了": (ReasonClass.NO_REASON, "C: reason of an application in the shared samples"),
    "价格高": (ReasonClass.NO_REASON, "C: reason of an application in the shared samples"),
    "收货人信息有误": (ReasonClass.NO_REASON, "C: reason of an application in the shared samples"),
}


def reason_class(told: str | None) -> ReasonClass:
    """By the platform's fixed texts alone; free text is for the policies."""
    row = TEXTS.get(told) if told else None
    return ReasonClass.UNCLASSIFIED if row is None else row[0]
