"""Couriers by code and by name: some methods take the one, some the other (§7); what is not listed goes as it is."""

from __future__ import annotations

NAMES: dict[str, str] = {
    "STO": "申通",
    "YTO": "圆通",
    "ZTO": "中通",
    "YUNDA": "韵达",
    "SF": "顺丰",
    "EMS": "EMS",
    "POST": "中国邮政",
    "DBL": "德邦",
    "HTKY": "百世",
    "TTKDEX": "天天",
    "ZJS": "宅急送",
}
"""Code -> how its names begin (A §7); DBKD is 德邦 too."""

POST_BY_MAIL = frozenset({"POST"})


def code_of(carrier: str) -> str:
    """The courier's code, from its code or any of its names."""
    if carrier.upper() in NAMES:
        return carrier.upper()
    return next((code for code, name in NAMES.items() if carrier.startswith(name)), carrier)


def name_of(carrier: str) -> str:
    """The courier's name; a name stays as it is."""
    return NAMES.get(carrier.upper(), carrier)
