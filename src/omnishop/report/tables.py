"""What no platform tells and a merchant's own tables can: scores, chats, nudges, shifts; read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from attrs import field, frozen
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from omnishop import sheets
from omnishop.errors import ConfigError
from omnishop.model import Text, aware
from omnishop.policy.expected import Expected
from omnishop.policy.facts import Happening
from omnishop.policy.rows import fraction

_CUT = Text("长编号已被电子表格截断, 请以文本导出", "a long id was cut by a spreadsheet; export it as text")
YES = frozenset({"yes", "true", "1", "是"})
NO = frozenset({"no", "false", "0", "否"})


def _time(told: Any) -> datetime:
    try:
        return aware(told)
    except (ValueError, TypeError):
        raise Expected(
            "a time such as 2026-11-01 or 2026-11-01T10:00", "时间, 如 2026-11-01 或 2026-11-01T10:00"
        ) from None


def _flag(told: Any) -> bool | None:
    word = str(told).strip().lower()
    if word in YES | NO:
        return word in YES
    raise Expected("yes or no", "是 或 否")


def _number(told: Any) -> Fraction:
    try:
        return Fraction(str(told))
    except (ValueError, ZeroDivisionError):
        raise Expected("a number such as 4.8", "数字, 如 4.8") from None


def _share(told: Any) -> Fraction:
    text = str(told)
    number = _number(text[:-1]) / 100 if text.endswith("%") else _number(text)
    fraction(float(number))
    return number


Time = Annotated[datetime, BeforeValidator(_time)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Number = Annotated[Fraction, BeforeValidator(_number)]
Part = Annotated[Fraction, BeforeValidator(_share)]
Word = Annotated[str, Field(min_length=1)]
Score = Annotated[int, Field(ge=1, le=5)]
Month = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]


class Entry(BaseModel):
    """One row. A column with a default may be left out or empty."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
    table: ClassVar[str]


class OfShop(Entry):
    """`shop`: id or alias."""

    platform: Word
    shop: Word


class Moment(OfShop):
    """When something happened in a case: responded, agreed, receipt_confirmed, refunded …"""

    table = "moments"
    case: Word
    what: Happening
    at: Time


class Complaint(OfShop):
    table = "complaints"
    id: Word
    at: Time
    order: str | None = None
    sku: str | None = None


class Answer(OfShop):
    """What a buyer said when asked: 1 to 5."""

    table = "satisfaction"
    at: Time
    score: Score
    case: str | None = None
    agent: str | None = None


class Chat(OfShop):
    table = "chats"
    at: Time
    routine: Flag
    settled_by: Literal["bot", "human", "nobody"]


class Nudge(OfShop):
    table = "nudges"
    order: Word
    at: Time


class ShopScore(OfShop):
    table = "scores"
    at: Time
    name: Literal["score", "health", "dsr"]
    value: Number


class Handled(OfShop):
    """Who handled a case; minutes of work, solved, at the first contact, by the procedure; empty: not known."""

    table = "agents"
    agent: Word
    case: Word
    at: Time
    minutes: Annotated[int, Field(ge=0)] | None = None
    solved: Flag | None = None
    first_contact: Flag | None = None
    adherence: Flag | None = None
    score: Score | None = None


class Mark(Entry):
    """What a supervisor gives an agent."""

    table = "marks"
    agent: Word
    at: Time
    name: Literal["knowledge", "skill", "ideas"]
    mark: Annotated[int, Field(ge=0)]


class Product(OfShop):
    table = "products"
    sku: Word
    category: Word


class Trade(Entry):
    """The complaint rate at which the worst tenth of the trade began in a month."""

    table = "trade"
    platform: Word
    month: Month
    worst_from: Part


class Violation(OfShop):
    """A finding of the platform; `fake`: for fake trade or paid reviews."""

    table = "violations"
    id: Word
    at: Time
    level: Word
    fake: Flag = False
    sku: str | None = None


class Promised(OfShop):
    """Orders placed from `since` until before `until`: `days` to return without a reason, `ship_hours` to ship."""

    table = "promises"
    days: Annotated[int, Field(ge=1)] | None = None
    ship_hours: Annotated[int, Field(ge=1)] | None = None
    sku: str | None = None
    since: Time | None = None
    until: Time | None = None


class Peak(Entry):
    table = "peaks"
    name: Word
    since: Time
    until: Time


class Shift(Entry):
    table = "shifts"
    since: Time
    until: Time
    people: Annotated[int, Field(ge=0)]


class Scan(OfShop):
    """The carrier's last scan of a parcel that is on its way."""

    table = "scans"
    order: Word
    at: Time
    tracking: str | None = None


class SelfChecked(Entry):
    table = "selfchecks"
    at: Time
    by: str | None = None


E = TypeVar("E", bound=Entry)

Happened = dict[tuple[str, str, str], dict[Happening, datetime | None]]
"""By (platform, shop_id, case id or source:id); None: known not to have happened yet."""

KINDS: dict[str, type[Entry]] = {
    kind.table: kind
    for kind in (
        Moment,
        Complaint,
        Answer,
        Chat,
        Nudge,
        ShopScore,
        Handled,
        Mark,
        Product,
        Trade,
        Violation,
        Promised,
        Peak,
        Shift,
        Scan,
        SelfChecked,
    )
}


@frozen
class Tables:
    """The tables that are there; one that is there and empty says: known, there is none."""

    held: Mapping[str, tuple[Entry, ...]] = field(factory=dict)

    def of(self, kind: type[E]) -> Sequence[E] | None:
        """None: there is no such table."""
        found = self.held.get(kind.table)
        return None if found is None else [row for row in found if isinstance(row, kind)]

    def happened(self) -> Happened:
        """Of several moments of one kind the first."""
        found: Happened = {}
        for row in self.of(Moment) or ():
            of_case = found.setdefault((row.platform, row.shop, row.case), {})
            of_case[row.what] = min(row.at, of_case.get(row.what) or row.at)
        return found


def read_tables(files: Mapping[str, Path], shop_ids: Mapping[tuple[str, str], str]) -> Tables:
    """`files` by the name of the table; `shop_ids`: (platform, id or alias) -> shop_id of every shop there is.

    ConfigError names the cell.
    """
    return Tables({name: _read(name, file, shop_ids) for name, file in files.items()})


def _read(name: str, file: Path, shop_ids: Mapping[tuple[str, str], str]) -> tuple[Entry, ...]:
    kind = KINDS.get(name)
    if kind is None:
        there = ", ".join(KINDS)
        raise ConfigError(
            f"no table {name!r} is read; it may be one of: {there}", zh=f"没有表 {name!r}; 可用: {there}"
        )
    header, body = sheets.headed(sheets.rows(file), file)
    _columns(kind, header, file)
    return tuple(_entry(kind, header, cells, line, file, shop_ids) for line, cells in body)


def _columns(kind: type[Entry], header: Sequence[str], file: Path) -> None:
    known = kind.model_fields
    needed = [name for name, info in known.items() if info.is_required()]
    strange = [name for name in header if name and name not in known]
    lacking = [name for name in needed if name not in header]
    if strange or lacking or len(set(header)) < len(header):
        told = ", ".join(f"{name}*" if name in needed else name for name in known)
        raise ConfigError(
            f"{file}: the columns of {kind.table} are {told} (* must be there, each once)",
            zh=f"{file}: 表 {kind.table} 的列为 {told} (带 * 为必需, 每列一次)",
        )


def _entry(
    kind: type[Entry],
    header: Sequence[str],
    cells: Sequence[str],
    line: int,
    file: Path,
    shop_ids: Mapping[tuple[str, str], str],
) -> Entry:
    told: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        text = cell.strip()
        if name and text:
            if sheets.cut_by_a_spreadsheet(text):
                raise _bad(file, line, name, _CUT)
            told[name] = text
    if "shop" in told and "platform" in told:
        shop_id = shop_ids.get((told["platform"], told["shop"]))
        if shop_id is None:
            there = ", ".join(sorted({f"{platform}/{known}" for platform, known in shop_ids}))
            strange = Text(f"没有此店铺; 已有: {there}", f"no such shop; known: {there}")
            raise _bad(file, line, "shop", strange)
        told["shop"] = shop_id
    try:
        return kind.model_validate(told)
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        raise _bad(file, line, str(first["loc"][0]) if first["loc"] else "-", _wanted(first)) from None


def _wanted(error: Any) -> Text:
    found = error.get("ctx", {}).get("error")
    if isinstance(found, Expected):
        return Text(f"应为 {found.text.zh}", f"expected {found.text.en}")
    if error["type"] == "missing":
        return Text("不能为空", "must not be empty")
    return Text(f"填写有误: {error['msg']}", str(error["msg"]))


def _bad(file: Path, line: int, column: str, what: Text) -> ConfigError:
    return ConfigError(
        f"{file}, line {line}, column {column}: {what.en}", zh=f"{file} 第 {line} 行, 列 {column}: {what.zh}"
    )
