"""Business parameters as the platform reads them: leniently, text for number and number for text."""

from __future__ import annotations

import re
from typing import Any

from omnishop_douyin.face.answers import Refusal

_INTEGER = re.compile(r"-?[0-9]{1,20}")
"""More digits than that are no 64 bit number."""


def whole(params: dict[str, Any], name: str, wrong: str) -> int | None:
    """None when absent; refused with `wrong` as sub code number when it is no number."""
    value = params.get(name)
    if value is None or value == "":
        return None
    found = _number(value)
    if found is None:
        raise _invalid(name, wrong)
    return found


def _number(value: Any) -> int | None:
    """A float with an integral value is the integer (wire page 1.2, rule 7)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else None


def text(params: dict[str, Any], name: str, wrong: str) -> str:
    """Empty when absent; refused when it is no text and no number. Half a surrogate pair comes out as `?`."""
    value = params.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    number = _number(value)
    if number is None:
        raise _invalid(name, wrong)
    return str(number)


def flag(params: dict[str, Any], name: str) -> bool:
    return params.get(name) is True or params.get(name) in ("true", "1", 1)


def numbers(params: dict[str, Any], name: str, wrong: str, *, ignore: bool = False) -> list[int]:
    """A list of numbers; a member that is none is refused, or left out where the page says `ignore`."""
    found = [_number(item) for item in listed(params, name, wrong)]
    if None in found and not ignore:
        raise _invalid(name, wrong)
    return [item for item in found if item is not None]


def words(params: dict[str, Any], name: str, wrong: str) -> list[str]:
    """A list of texts."""
    return [text({name: item}, name, wrong) for item in listed(params, name, wrong)]


def listed(params: dict[str, Any], name: str, wrong: str) -> list[Any]:
    value = params.get(name)
    if value is None or value == "":
        return []
    if not isinstance(value, list):
        raise _invalid(name, wrong)
    return value


def _invalid(name: str, wrong: str) -> Refusal:
    return Refusal(40004, f"isv.parameter-invalid:{wrong}", f"{name}不合法")


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
