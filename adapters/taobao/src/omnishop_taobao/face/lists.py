"""Windows, pages and fields of the simulated lists, with the platform's limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from omnishop.model import from_beijing_text
from omnishop_taobao.face.forms import Items
from omnishop_taobao.face.gate import invalid

T = TypeVar("T")
Params = Mapping[str, str]

_LONGEST = 19  # digits of a 64-bit number

THREE_MONTHS = timedelta(days=90)


def number(params: Params, name: str, default: int, largest: int) -> int:
    text = params.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or len(text) >= _LONGEST or not 1 <= int(text) <= largest:
        raise invalid(name)
    return int(text)


def an_id(params: Params, name: str) -> str:
    text = params[name]
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST:
        raise invalid(name)
    return text


def moment(params: Params, name: str) -> datetime | None:
    text = params.get(name)
    if not text:
        return None
    try:
        return from_beijing_text(text)
    except ValueError:
        raise invalid(name) from None


def window(
    params: Params, start_name: str, end_name: str, *, widest: timedelta | None = None
) -> Callable[[datetime], bool]:
    """Both ends inside; an end that is not sent is open."""
    start, end = moment(params, start_name), moment(params, end_name)
    if start is not None and end is not None and (end < start or (widest and end - start > widest)):
        raise invalid(end_name)

    def inside(at: datetime) -> bool:
        at = at.replace(microsecond=0)
        return (start is None or at >= start) and (end is None or at <= end)

    return inside


def truth(params: Params, name: str) -> bool:
    return params.get(name, "").lower() == "true"


def paged(
    params: Params,
    rows: list[T],
    *,
    wrapped: tuple[str, str],
    show: Callable[[T], dict[str, Any]],
    default: int = 40,
    largest: int = 100,
    pages: int = 1_000_000,
    has_next: bool = True,
) -> dict[str, Any]:
    """`use_has_next=true` drops the count and tells only whether there is more."""
    size = number(params, "page_size", default, largest)
    page = number(params, "page_no", 1, pages)
    cut = rows[(page - 1) * size : page * size]
    outer, inner = wrapped
    listed = {outer: Items(inner, [show(row) for row in cut])}
    if has_next and truth(params, "use_has_next"):
        return {"has_next": page * size < len(rows), **listed}
    return {"total_results": len(rows), **listed}


# ---------------------------------------------------------------- fields

_ALIASES = {"bizorder_id": "biz_order_id"}
"""Fields that are asked for by one name and come by another (§4.4)."""


def picked(row: dict[str, Any], fields: str) -> dict[str, Any]:
    """Only what was asked for; names nobody knows are ignored. `orders.oid` asks for a part of each row."""
    whole: set[str] = set()
    parts: dict[str, set[str]] = {}
    for asked in fields.split(","):
        head, dot, rest = asked.strip().partition(".")
        name = _ALIASES.get(head, head)
        if dot:
            parts.setdefault(name, set()).add(rest)
        else:
            whole.add(name)
    out = {name: value for name, value in row.items() if name in whole}
    for name, wanted in parts.items():
        value = row.get(name)
        if name in out or value is None:
            continue
        out[name] = _narrowed(value, wanted)
    return out


def _narrowed(value: Any, wanted: set[str]) -> Any:
    if isinstance(value, Items):
        return Items(value.name, [_narrowed(item, wanted) for item in value.rows])
    if isinstance(value, dict):
        return {name: item for name, item in value.items() if name in wanted}
    return value
