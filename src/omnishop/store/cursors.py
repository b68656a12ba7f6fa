"""How far each list of each shop has been read."""

from __future__ import annotations

from datetime import datetime

from attrs import frozen
from sqlalchemy import Engine


@frozen
class Cursor:
    """Everything from `since` to `until` was read and kept. `unverified`: why the last try did not hold."""

    since: datetime
    until: datetime
    unverified: str | None = None


class Cursors:
    def __init__(self, engine: Engine) -> None:
        raise NotImplementedError

    def get(self, shop_row: int, stream: str) -> Cursor | None:
        raise NotImplementedError

    def of_shop(self, shop_row: int) -> dict[str, Cursor]:
        raise NotImplementedError
