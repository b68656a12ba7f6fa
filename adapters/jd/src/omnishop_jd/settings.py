"""The settings of a shop: who acts, what no list of the platform's tells, telephones."""

from __future__ import annotations

from collections.abc import Mapping

from omnishop.model import Text
from omnishop.ports import Setting
from omnishop_jd.writes.goods import BAD, OP_FLAG, RECEIVE_SETTINGS
from omnishop_jd.writes.notes import PHONE


def _code(value: str) -> bool:
    told = value.strip()
    return told.isascii() and told.isdigit()


def _telephone(value: str) -> bool:
    """One that the platform shows masked is none."""
    return "*" not in value and any(each.isdigit() for each in value)


_CODE = Setting(Text("数字代码", "a code of digits"), _code)
_TELEPHONE = Setting(Text("未打码的电话号码", "a telephone number, not masked"), _telephone)

SETTINGS: Mapping[str, Setting] = {
    "operate_pin": Setting(),
    "operate_nick": Setting(),
    "customer_code": Setting(),
    "orders": Setting.one_of("plain"),
    "return_phone": _TELEPHONE,
    PHONE: _TELEPHONE,
    **dict.fromkeys((*RECEIVE_SETTINGS.values(), BAD, OP_FLAG), _CODE),
}
