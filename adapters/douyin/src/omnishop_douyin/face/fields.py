"""Business parameters as the platform reads them: leniently, text for number and number for text."""

from __future__ import annotations

from typing import Any

from omnishop_douyin.face.answers import Refusal


def whole(params: dict[str, Any], name: str, wrong: str) -> int | None:
    """None when absent; refused with `wrong` as sub code number when it is no number."""
    value = params.get(name)
    if value is None or value == "":
        return None
    found = _number(value)
    if found is None:
        raise Refusal(40004, f"isv.parameter-invalid:{wrong}", f"{name}不合法")
    return found


def _number(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.lstrip("-").isdecimal() else None


def text(params: dict[str, Any], name: str) -> str:
    value = params.get(name)
    return "" if value is None or isinstance(value, dict | list) else str(value)


def numbers(params: dict[str, Any], name: str) -> list[int]:
    """Members that are numbers; the rest is ignored."""
    value = params.get(name)
    found: list[int] = []
    for item in value if isinstance(value, list) else []:
        if isinstance(item, int) and not isinstance(item, bool):
            found.append(item)
        elif isinstance(item, str) and item.lstrip("-").isdigit():
            found.append(int(item))
    return found


def paging(params: dict[str, Any], codes: tuple[str, str, str, str]) -> tuple[int, int]:
    """Page from 0 and size to 100; `codes`: of a missing one, a large size, a negative page, too deep a place."""
    missing, large, negative, deep = codes
    page, size = whole(params, "page", negative), whole(params, "size", large)
    if page is None or size is None:
        raise Refusal(40002, f"isv.missing-parameter:{missing}", "缺少分页参数")
    if page < 0:
        raise Refusal(40004, f"isv.parameter-invalid:{negative}", "页码不能小于0")
    if not 0 < size <= 100:  # noqa: PLR2004 - the documented limit
        raise Refusal(40004, f"isv.parameter-invalid:{large}", "每页最多100条")
    if page * size > 50_000:  # noqa: PLR2004 - the documented limit
        raise Refusal(40004, f"isv.parameter-invalid:{deep}", "分页查询总数不能超过50000")
    return page, size
