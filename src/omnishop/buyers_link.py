"""A merchant's own list of who is who: the same buyer on several platforms, kept as keyed hashes alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from attrs import frozen

from omnishop import sheets
from omnishop.errors import ConfigError
from omnishop.model import Text, buyer_key, identity_key
from omnishop.store import Linked, Store, StoredShop

HEADERS: Mapping[str, tuple[str, ...]] = {
    "platform": ("platform", "平台"),
    "shop": ("shop", "店铺"),
    "buyer": ("buyer", "买家"),
    "identity": ("identity", "身份"),
}
"""Fields of a row -> the headers they may stand under."""

_KEY = re.compile(r"[0-9a-f]{32}")


@frozen
class BadRow:
    line: int
    why: Text


@frozen
class Report:
    linked: Linked
    bad: tuple[BadRow, ...]


class _Bad(Exception):
    """A row that does not fit; it is reported, the rest goes on."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.why = Text(zh, en)


def run(store: Store, file: Path, *, now: datetime) -> Report:
    """Link the good rows, name the bad ones; running it again changes nothing.

    `buyer` is a key of ours (32 hex digits) or the platform's open id, which leaves no trace but its hash.
    ConfigError when the file cannot be read or a column is missing.
    """
    header, body = sheets.headed(sheets.rows(file), file)
    columns = _placed(header, file)
    shops = store.shops.list()
    secret = store.ring.buyers
    links: dict[str, str] = {}
    lines: dict[str, int] = {}
    bad: list[BadRow] = []
    for line, cells in body:
        row = {name: cells[index].strip() if index < len(cells) else "" for name, index in columns.items()}
        try:
            key, identity = _link(row, shops, secret)
        except _Bad as problem:
            bad.append(BadRow(line, problem.why))
            continue
        if links.setdefault(key, identity) != identity:
            bad.append(BadRow(line, _twice(lines[key])))
        lines.setdefault(key, line)
    return Report(store.buyers.put(links, now=now), tuple(bad))


def _twice(line: int) -> Text:
    return Text(
        f"同一买家在第 {line} 行已有另一身份, 以该行为准",
        f"this buyer has another identity in line {line}, which counts",
    )


def _placed(header: Sequence[str], file: Path) -> dict[str, int]:
    named = [each.lower() for each in header]
    columns = {
        field: named.index(name) for field, names in HEADERS.items() for name in names if name in named
    }
    missing = [field for field in HEADERS if field not in columns]
    if missing:
        seen = ", ".join(each for each in header if each)
        raise ConfigError(
            f"{file}: no column {', '.join(missing)}; found: {seen}; it needs platform, shop, buyer, identity",
            zh=f"{file}: 缺少列 {', '.join(missing)}; 现有表头: {seen}; 需要 平台、店铺、买家、身份",
        )
    return columns


def _link(row: Mapping[str, str], shops: Sequence[StoredShop], secret: bytes) -> tuple[str, str]:
    for name, value in row.items():
        if not value:
            raise _Bad(f"{name} is empty", f"{name} 为空")
        if name != "platform" and sheets.cut_by_a_spreadsheet(value):
            raise _Bad(
                f"{name} was cut by a spreadsheet; export again with ids as text",
                f"{name} 已被表格软件截断; 请以文本格式重新导出",
            )
    shop = _shop(shops, row["platform"].lower(), row["shop"])
    buyer = row["buyer"]
    key = buyer if _KEY.fullmatch(buyer) else buyer_key(secret, shop.platform, shop.app_key, buyer)
    return key, identity_key(secret, row["identity"])


def _shop(shops: Sequence[StoredShop], platform: str, name: str) -> StoredShop:
    of_platform = [shop for shop in shops if platform in {shop.platform, shop.storefront}]
    found = [shop for shop in of_platform if shop.alias == name] or [
        s for s in of_platform if s.shop_id == name
    ]
    if not found:
        known = ", ".join(f"{shop.platform}/{shop.name}" for shop in shops) or "-"
        raise _Bad(
            f"no shop {name} on {platform}; known: {known}", f"{platform} 上没有店铺 {name}; 已有: {known}"
        )
    return found[0]
