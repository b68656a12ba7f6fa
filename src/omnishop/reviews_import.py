"""Reviews out of a merchant console's export: CSV or XLSX, columns found by their headers."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from attrs import frozen

from omnishop import clock, registry, sheets
from omnishop.engine.keep import put
from omnishop.engine.merge import snapshot
from omnishop.errors import ConfigError
from omnishop.model import BEIJING, FollowUp, Grade, Reply, Review, Text, aware
from omnishop.store import Saved, Store, StoredShop
from omnishop.store.connection import of_shop

SOURCE = "import"
"""The id space of imported reviews: their ids are the console's own, or digests of the row."""

FIELDS = (
    "review_id",
    "order_id",
    "sku_id",
    "author",
    "grade",
    "stars",
    "text",
    "pictures",
    "created_at",
    "reply_text",
    "reply_at",
    "follow_up_text",
    "follow_up_at",
)
"""What a column may be mapped to."""

GRADES: Mapping[str, Grade] = {
    "好评": Grade.GOOD,
    "中评": Grade.NEUTRAL,
    "差评": Grade.BAD,
    "good": Grade.GOOD,
    "neutral": Grade.NEUTRAL,
    "bad": Grade.BAD,
}
"""The words of consoles and our own; any other is `unknown`, kept as `raw_grade`."""

_STARS = re.compile(r"([1-5])(?:\.0)?\s*(?:星|分|stars?)?")
_MOST_STARS = 5
_ID_BYTES = 12


@frozen
class BadRow:
    line: int
    why: Text


@frozen
class Report:
    """`ignored`: headers that no field of a review is mapped to."""

    saved: Saved
    bad: tuple[BadRow, ...]
    ignored: tuple[str, ...]


class _Bad(Exception):
    """A cell that does not fit; the row is reported, the rest goes on."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.why = Text(zh, en)


def run(store: Store, shop: StoredShop, file: Path, maps: Iterable[str]) -> Report:
    """Store the good rows, name the bad ones. Running it again changes nothing.

    ConfigError when the file cannot be read or its headers cannot be placed.
    """
    header, body = sheets.headed(sheets.rows(file), file)
    shipped = registry.adapter(shop.platform).review_columns
    columns = _placed(header, shipped, _mapping(maps), file)
    good: dict[str, Review] = {}
    bad: list[BadRow] = []
    for line, cells in body:
        try:
            review = _review(shop, columns, cells)
        except _Bad as problem:
            bad.append(BadRow(line, problem.why))
        else:
            good[review.review_id] = review
    ignored = tuple(name for index, name in enumerate(header) if name and index not in columns.values())
    return Report(_keep(store, shop, good.values()), tuple(bad), ignored)


# ---------------------------------------------------------------- the columns


def _mapping(maps: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`field=header`, or a TOML file that holds such lines."""
    found: dict[str, tuple[str, ...]] = {}
    for each in maps:
        name, equals, header = each.partition("=")
        pairs: Mapping[str, Any] = {name.strip(): header.strip()} if equals else _toml(Path(each))
        for field, headers in pairs.items():
            if field not in FIELDS:
                raise ConfigError(
                    f"no field {field!r}; a column may be mapped to: {', '.join(FIELDS)}",
                    zh=f"没有字段 {field!r}; 可映射到: {', '.join(FIELDS)}",
                )
            found[field] = (headers,) if isinstance(headers, str) else tuple(map(str, headers))
    return found


def _toml(file: Path) -> Mapping[str, Any]:
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"--map {file}: neither field=header nor a file", zh=f"--map {file}: 既不是 字段=表头, 也不是文件"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{file} is not TOML: {problem}", zh=f"{file} 不是 TOML: {problem}") from None
    wrong = [name for name, value in told.items() if not isinstance(value, str | list)]
    if wrong:
        raise ConfigError(
            f'{file}: {wrong[0]} must be a header or a list of headers: {wrong[0]} = "…"',
            zh=f'{file}: {wrong[0]} 应为表头或表头列表: {wrong[0]} = "…"',
        )
    return told


def _placed(
    header: Sequence[str],
    shipped: Mapping[str, tuple[str, ...]],
    named: Mapping[str, tuple[str, ...]],
    file: Path,
) -> dict[str, int]:
    """Field -> column. What a person named must be there, and so must the order and what the review says."""
    columns = {}
    for field, headers in {**shipped, **named}.items():
        found = next((each for each in headers if each in header), None)
        if found is not None:
            columns[field] = header.index(found)
        elif field in named:
            raise _unplaced(file, header, field, f" {headers[0]!r}")
    if "order_id" not in columns:
        raise _unplaced(file, header, "order_id")
    if not {"text", "stars", "grade"} & columns.keys():
        raise _unplaced(file, header, "text")
    return columns


def _unplaced(file: Path, header: Sequence[str], field: str, named: str = "") -> ConfigError:
    seen = ", ".join(each for each in header if each)
    return ConfigError(
        f"{file}: no column{named} for {field}; found: {seen}; name it: --map {field}=HEADER",
        zh=f"{file}: 找不到 {field} 对应的列{named}; 现有表头: {seen}; 请指定: --map {field}=表头",
    )


# ---------------------------------------------------------------- a row


def _review(shop: StoredShop, columns: Mapping[str, int], cells: Sequence[str]) -> Review:
    row = {field: cells[index].strip().strip("\t'") for field, index in columns.items() if index < len(cells)}

    def said(field: str) -> str | None:
        return row.get(field) or None

    for field in ("review_id", "order_id", "sku_id"):
        _whole_id(field, said(field))
    if said("order_id") is None:
        raise _Bad("no order number", "缺少订单号")
    created = _time("created_at", said("created_at"))
    follow_up = FollowUp(said("follow_up_text"), (), _time("follow_up_at", said("follow_up_at")))
    grade = said("grade")
    return Review(
        platform=shop.platform,
        review_id=said("review_id") or _digest(row),
        source=SOURCE,
        storefront=shop.storefront,
        shop_id=shop.shop_id,
        order_id=said("order_id"),
        sku_id=said("sku_id"),
        author=said("author"),
        grade=None if grade is None else GRADES.get(grade.lower(), Grade.UNKNOWN),
        stars=_stars(said("stars")),
        text=said("text"),
        pictures=tuple(re.findall(r"https?://[^\s,;，；]+", row.get("pictures", ""))),
        follow_ups=(follow_up,) if follow_up.text else (),
        reply=Reply(said("reply_text"), _time("reply_at", said("reply_at"))) if said("reply_text") else None,
        created_at=created,
        raw_grade=grade,
        raw=msgspec.json.encode(row),
    )


def _whole_id(field: str, value: str | None) -> None:
    if value is not None and sheets.cut_by_a_spreadsheet(value):
        raise _Bad(
            f"{field} was cut by a spreadsheet ({value}); export again with ids as text",
            f"{field} 已被表格软件截断 ({value}); 请以文本格式重新导出",
        )


def _stars(text: str | None) -> int | None:
    if text is None:
        return None
    found = _STARS.fullmatch(text)
    if found is None and not (0 < text.count("★") == len(text.rstrip("☆")) <= _MOST_STARS):
        raise _Bad(f"stars must be 1 to 5, not {text!r}", f"星级应为 1 至 5, 而非 {text!r}")
    return int(found[1]) if found else text.count("★")


def _time(field: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return aware(text.replace("/", "-"))
    except ValueError:
        pass
    try:  # 2026/3/8 9:05: a spreadsheet's own form, without leading zeros
        parts = [int(part) for part in re.split(r"[-/: ]+", text)]
        return datetime(*parts, tzinfo=BEIJING)  # type: ignore[misc, arg-type]  # - 3 to 6 numbers, or TypeError
    except (ValueError, TypeError):
        raise _Bad(f"{field} is not a time: {text!r}", f"{field} 不是时间: {text!r}") from None


def _digest(row: Mapping[str, str]) -> str:
    """The same row has the same id in every export; what the shop answered later is not part of it."""
    own = {field: row.get(field, "") for field in ("order_id", "sku_id", "author", "text", "created_at")}
    content = msgspec.json.encode(own, order="deterministic")
    return hashlib.sha256(content).hexdigest()[: 2 * _ID_BYTES]


def _keep(store: Store, shop: StoredShop, reviews: Iterable[Review]) -> Saved:
    read_at = clock.now()
    fresh = {(SOURCE, review.review_id): snapshot(review, read_at, "import") for review in reviews}
    with store.writing(alone=of_shop(shop.platform, shop.shop_id or "")) as connection:
        return put(store, connection, "review", shop.platform, shop.shop_id or "", fresh)
