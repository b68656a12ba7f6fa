"""Records that could not be read, kept as they came with the reason."""

from __future__ import annotations

from datetime import datetime

from attrs import field, frozen
from sqlalchemy import Engine


@frozen
class Quarantined:
    """`error` names the field, never a value; `times` how often it was met."""

    row: int
    platform: str
    shop_id: str | None
    stream: str
    source: str
    record_id: str | None
    error: str
    first_at: datetime
    last_at: datetime
    times: int
    raw: bytes = field(repr=False)


class Quarantine:
    def __init__(self, engine: Engine) -> None:
        raise NotImplementedError

    def list(
        self, platform: str | None = None, shop: str | None = None, limit: int | None = None
    ) -> list[Quarantined]:
        """The latest first; `shop` is a shop_id."""
        raise NotImplementedError

    def count(self) -> int:
        raise NotImplementedError
