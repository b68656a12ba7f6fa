"""Orders, cases and reviews: saved many at a time, got by id, listed by filter."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from attrs import Factory, frozen
from sqlalchemy import Engine

from omnishop.model import Record

RecordType = Literal["order", "case", "review"]


@frozen
class Query:
    """What to list; None does not filter. `shop` is a shop_id.

    `since` (inside) and `until` (outside) cut by the time of the last change, else of creation, as far as the
    wire told either. `open`: True cases not ended, False ended ones. `kind` and `stage` are the model's words;
    for an order `stage` is its status, for a review its grade.
    """

    platform: str | None = None
    storefront: str | None = None
    shop: str | None = None
    kind: str | None = None
    stage: str | None = None
    order: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    open: bool | None = None
    limit: int | None = None


@frozen
class Saved:
    """What a save did."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


class Records:
    def __init__(self, engine: Engine) -> None:
        raise NotImplementedError

    def list(self, record: RecordType, query: Query = Query()) -> list[Record]:
        """The latest first."""
        raise NotImplementedError

    def count(self, record: RecordType, query: Query = Query()) -> int:
        """As `list` without its limit."""
        raise NotImplementedError

    def get(
        self, record: RecordType, platform: str, shop_id: str, record_id: str, source: str | None = None
    ) -> Record:
        """NotFound; ConfigError when the id stands in several sources and none is named."""
        raise NotImplementedError
