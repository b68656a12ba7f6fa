"""Rows made by hand, two shops with their presents, and the measures of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from omnishop.model import Kind, OrderStatus, Stage
from omnishop.policy.layers import Layer, read_layer
from omnishop.policy.measures import By
from omnishop.policy.shipped import shipped
from omnishop.report.overview import measured
from omnishop.report.rows import CaseRow, Claim, OrderRow, Place, ReviewRow, Rows
from omnishop.report.setting import Setting
from omnishop.report.tables import KINDS, Tables

NOW = datetime(2026, 6, 15, 2, 0, tzinfo=UTC)
ONE = Place("alpha", "1", "stall")
TWO = Place("beta", "2", "stand")


def own(text: str, platform: str = "alpha") -> Layer:
    """What one platform says otherwise."""
    head = f'[pack]\nname = "{platform}"\nversion = "1"\nlayer = "platform"\nplatform = "{platform}"\n'
    return read_layer(f"{head}\n{text}", "own.toml")


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def case(name: str, **facts: Any) -> CaseRow:
    given = {
        "kind": Kind.REFUND_ONLY,
        "stage": Stage.REQUESTED,
        "opened_at": ago(days=1),
        "skus": ("s",),
    } | facts
    return CaseRow(given.pop("place", ONE), given.pop("source", "claim"), name, **given)


def order(name: str, **facts: Any) -> OrderRow:
    given = {
        "status": OrderStatus.SHIPPED,
        "paid_at": ago(days=5),
        "created_at": ago(days=5),
        "skus": ("s",),
        "buyer": f"buyer-{name}",
    } | facts
    return OrderRow(given.pop("place", ONE), name, **given)


def claim(kind: Kind, name: str = "c") -> Claim:
    return Claim("claim", name, kind)


def review(name: str, **facts: Any) -> ReviewRow:
    given = {"created_at": ago(days=3), "sku_id": "s"} | facts
    return ReviewRow(given.pop("place", ONE), "review", name, **given)


def rows(*given: Any) -> Rows:
    def of(kind: type) -> tuple[Any, ...]:
        return tuple(each for each in given if isinstance(each, kind))

    return Rows(of(OrderRow), of(CaseRow), of(ReviewRow))


def tables(**given: list[dict[str, Any]]) -> Tables:
    """By name, rows as they stand in a file."""
    return Tables(
        {
            name: tuple(
                KINDS[name].model_validate({key: str(value) for key, value in row.items()}) for row in told
            )
            for name, told in given.items()
        }
    )


SHOP = {"platform": "alpha", "shop": "1"}
SECOND = timedelta(seconds=1)


PACKS = shipped()
"""Joined once for all tests."""


def setting(*layers: Layer, **given: Any) -> Setting:
    return Setting(**{"packs": shipped(*layers) if layers else PACKS, "nows": {ONE: NOW, TWO: NOW}} | given)


def of(found: list[Any], rule: str, part: str) -> dict[tuple[str | None, ...], Any]:
    return {each.key: each for each in found if (each.rule, each.name) == (rule, part)}


def figure(
    rule: str, part: str, *given: Any, by: By = By.ALL, under: Setting | None = None, key: Any = ()
) -> Any:
    return of(measured(rows(*given), under or setting(), by), rule, part)[key]
