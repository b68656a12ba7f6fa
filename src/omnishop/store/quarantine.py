"""Records that could not be read, kept as they came with the reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, Engine, Select, delete, func, select

from omnishop.model import Unreadable
from omnishop.store.batches import among, together
from omnishop.store.connection import insert, reading, writing
from omnishop.store.erasing import Erasing
from omnishop.store.moments import moment, when
from omnishop.store.prepared import Prepared, given
from omnishop.store.ring import Ring
from omnishop.store.tables import quarantine


def _named(connection: Connection) -> Select[Any]:
    return select(quarantine.c.row, quarantine.c.source, quarantine.c.record_id).where(
        quarantine.c.platform == given("platform"),
        quarantine.c.shop_id == given("shop_id"),
        among(connection, quarantine.c.record_id, "ids"),
    )


_NAMED = Prepared(_named)


@frozen
class Quarantined:
    """`error` names the field, never a value; `times` how often it was met, `stream` where the last time."""

    row: int
    platform: str
    shop_id: str
    stream: str
    source: str
    record_id: str | None
    error: str
    first_at: datetime
    last_at: datetime
    times: int
    raw: bytes = field(repr=False)


class Quarantine:
    def __init__(self, engine: Engine, ring: Ring, erasing: Erasing) -> None:
        self._engine = engine
        self._ring = ring
        self._erasing = erasing

    def list(
        self, platform: str | None = None, shop: str | None = None, limit: int | None = None
    ) -> list[Quarantined]:
        """The latest first; `shop` is a shop_id."""
        wanted = select(quarantine).order_by(quarantine.c.last_at.desc(), quarantine.c.row.desc())
        if platform is not None:
            wanted = wanted.where(quarantine.c.platform == platform)
        if shop is not None:
            wanted = wanted.where(quarantine.c.shop_id == shop)
        with reading(self._engine) as connection:
            return [self._quarantined(row) for row in connection.execute(wanted.limit(limit))]

    def get(self, row: int) -> Quarantined | None:
        with reading(self._engine) as connection:
            found = connection.execute(select(quarantine).where(quarantine.c.row == row)).one_or_none()
        return None if found is None else self._quarantined(found)

    def count(self, platform: str | None = None, shop: str | None = None) -> int:
        wanted = select(func.count()).select_from(quarantine)
        if platform is not None:
            wanted = wanted.where(quarantine.c.platform == platform)
        if shop is not None:
            wanted = wanted.where(quarantine.c.shop_id == shop)
        with reading(self._engine) as connection:
            return connection.execute(wanted).scalar_one()

    def add(
        self, connection: Connection, shop_id: str, stream: str, met: Iterable[Unreadable], now: datetime
    ) -> None:
        """Met again, a record is counted, not kept twice; its latest bytes stay."""
        at = moment(now)
        seal = self._ring.sealer(connection)
        for each in met:
            digest = _digest(each)
            name = about(each.platform, shop_id, digest)
            place = each.platform, shop_id
            quiet = self._erasing.unread(connection, place, each.source, each.record_id)
            raw = b"" if quiet else each.raw
            row = insert(connection, quarantine).values(
                platform=each.platform,
                shop_id=shop_id,
                stream=stream,
                source=each.source,
                record_id=each.record_id,
                error=each.error,
                digest=digest,
                raw=raw and seal.seal(raw, name),
                first_at=at,
                last_at=at,
                times=1,
            )
            again = {
                "raw": row.excluded.raw,
                "stream": stream,
                "last_at": at,
                "times": quarantine.c.times + 1,
            }
            keys = ["platform", "shop_id", "digest"]
            connection.execute(row.on_conflict_do_update(index_elements=keys, set_=again))

    def release(
        self, connection: Connection, platform: str, shop_id: str, read_well: Iterable[tuple[str, str]]
    ) -> None:
        """Records (source, id) that were read well since need no keeping."""
        wanted = set(read_well)
        names = together(connection, (record_id for _, record_id in wanted))
        values = {"platform": platform, "shop_id": shop_id, "ids": names}
        gone = [row for row, *key in _NAMED.all(connection, values) if tuple(key) in wanted]
        if gone:
            connection.execute(delete(quarantine).where(quarantine.c.row.in_(gone)))

    def drop(self, row: int) -> None:
        """For good."""
        with writing(self._engine) as connection:
            connection.execute(delete(quarantine).where(quarantine.c.row == row))

    def _quarantined(self, row: Any) -> Quarantined:
        return Quarantined(
            row.row,
            row.platform,
            row.shop_id,
            row.stream,
            row.source,
            row.record_id,
            row.error,
            when(row.first_at),
            when(row.last_at),
            row.times,
            self._ring.raw(row.raw, about(row.platform, row.shop_id, row.digest)),
        )


def _digest(met: Unreadable) -> str:
    """One record with one fault is one row, as far as it can be told apart from others."""
    which = met.record_id.encode() if met.record_id is not None else met.raw
    parts = (met.source.encode(), met.error.encode(), b"id" if met.record_id is not None else b"raw", which)
    return hashlib.sha256(b"\x00".join(parts)).hexdigest()


def about(platform: str, shop_id: str, digest: str) -> str:
    return f"quarantine\x1f{platform}\x1f{shop_id}\x1f{digest}"
