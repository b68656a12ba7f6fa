"""The canonical text of param_json: the one spelling that is both signed and sent.

Sources: wire page 1.2, rules 1 to 9; every rule has a published vector.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from omnishop.errors import ConfigError

_LINE_ENDS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029"})
_HTML = str.maketrans({"&": "\\u0026", "<": "\\u003c", ">": "\\u003e"})
_GSON = _HTML | str.maketrans({"=": "\\u003d", "'": "\\u0027"})
_LARGEST_EXACT = 2**53
_WIDEST = 2**64


def canonical(params: Any) -> str:
    """Keys sorted at every depth, no white space, everything raw but what JSON must escape."""
    text = json.dumps(_integral(params), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.translate(_LINE_ENDS)


def html_escaped(param_json: str) -> str:
    """As older clients and the `sign` of SPI calls have it: `&`, `<` and `>` escaped."""
    return param_json.translate(_HTML)


def gson_escaped(param_json: str) -> str:
    """As the official Java SDK signs it: the JSON library's default also escapes `=` and `'`."""
    return param_json.translate(_GSON)


def spellings(params: Any) -> Iterator[str]:
    """Every text that clients in use sign for these parameters, the right one first (wire page 1.2)."""
    for value in (_integral(params), params):
        for ascii_only in (False, True):
            text = json.dumps(value, ensure_ascii=ascii_only, sort_keys=True, separators=(",", ":"))
            plain = text.translate(_LINE_ENDS)
            yield from (plain, html_escaped(plain), gson_escaped(plain))
    if not params:
        yield "[]"


def _integral(value: Any) -> Any:
    """A float with an integral value prints as an integer (rule 7)."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: _integral(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_integral(item) for item in value]
    return value


def sendable(params: Mapping[str, Any]) -> dict[str, Any]:
    """What may go out: absent (None) members left out, ConfigError for what the platform must never get."""
    return {_name(name): _value(item, name) for name, item in params.items() if item is not None}


def _name(name: Any) -> str:
    if not isinstance(name, str):
        raise _refused("a parameter name that is no text", "参数名不是文本")
    return name


def _value(value: Any, where: str) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, where)
    if isinstance(value, int):
        if abs(value) >= _WIDEST:
            raise _refused(f"{where}: an integer of more than 64 bits", f"{where}: 整数超过 64 位")
        return value
    if isinstance(value, float):
        return _number(value, where)
    if isinstance(value, Mapping):
        kept = sendable(value)
        if not kept:
            raise _refused(f"{where}: an empty object; leave it out", f"{where}: 空对象, 请去掉该参数")
        return kept
    if isinstance(value, list | tuple):
        if any(item is None for item in value):
            raise _refused(f"{where}: null inside a list", f"{where}: 列表中含 null")
        return [_value(item, where) for item in value]
    raise _refused(
        f"{where}: {type(value).__name__} has no form on this wire",
        f"{where}: 类型 {type(value).__name__} 无法发送",
    )


def _text(value: str, where: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _refused(f"{where}: text that is no Unicode", f"{where}: 文本含非法字符") from None
    return value


def _number(value: float, where: str) -> float:
    if not math.isfinite(value):
        raise _refused(f"{where}: not a number", f"{where}: 不是有效数字")
    if abs(value) > _LARGEST_EXACT:
        raise _refused(
            f"{where}: a float of this size has lost digits; give ids as text",
            f"{where}: 浮点数已丢失精度, 编号请用文本",
        )
    return value


def _refused(en: str, zh: str) -> ConfigError:
    return ConfigError(f"parameter cannot be sent: {en}", zh=f"参数不能发送: {zh}", platform="douyin")
