"""What every row of a pack is made of: strict models, titles with their source, yuan, shares."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from omnishop.model import Fen, fen_from_yuan
from omnishop.policy.expected import Expected


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _yuan(told: Any) -> Fen:
    if not isinstance(told, str):
        raise Expected('yuan as text, such as "20.00"', '以元为单位的文本, 如 "20.00"')
    fen = fen_from_yuan(told)
    if fen < 0:
        raise Expected("not below zero", "不得为负")
    return fen


def fraction(told: Any) -> float:
    number = isinstance(told, int | float | Decimal) and not isinstance(told, bool) and isfinite(told)
    if not number or not 0 <= told <= 1:
        raise Expected("a share from 0 to 1", "0 到 1 之间的比例")
    return float(told)


Yuan = Annotated[Fen, PlainValidator(_yuan)]
Share = Annotated[float, PlainValidator(fraction)]
Title = Annotated[str, Field(min_length=1)]


class Rule(Row):
    """What every rule says of itself. `source`: H, D, S, platforms, all; ° marks what is our own choice."""

    title: Title
    title_zh: Title
    source: Title
    note: str = ""
