"""The states that records went through: each one once, whenever and in whatever order they were read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Engine, or_, select

from omnishop.store.batches import batches
from omnishop.store.connection import insert, reading
from omnishop.store.records import Held, Id, RecordType
from omnishop.store.ring import Ring
from omnishop.store.tables import history
from omnishop.store.vault import Vault, named

_AT_ONCE = 50
"""Rows of one statement: each has a dozen values, and SQLite counts them."""


class History:
    def __init__(self, engine: Engine, ring: Ring) -> None:
        self._engine = engine
        self._ring = ring

    def of(self, record: RecordType, platform: str, shop_id: str, key: Id) -> tuple[Held, ...]:
        """Empty for a record that was only ever read in one state."""
        source, record_id = key
        wanted = (
            select(history)
            .where(
                history.c.platform == platform,
                history.c.shop_id == shop_id,
                history.c.record == record,
                history.c.source == source,
                history.c.record_id == record_id,
            )
            .order_by(history.c.at, history.c.digest)
        )
        with reading(self._engine) as connection:
            return tuple(self._held(row) for row in connection.execute(wanted))

    def within(self, connection: Connection, which: ColumnElement[bool]) -> list[Held]:
        """In a transaction of the caller, the first one first."""
        wanted = select(history).where(which).order_by(history.c.at, history.c.digest)
        return [self._held(row) for row in connection.execute(wanted)]

    def known(
        self, connection: Connection, record: RecordType, platform: str, shop_id: str, keys: Iterable[Id]
    ) -> set[Id]:
        """Those of the records that have a history already."""
        found: set[Id] = set()
        by_source: dict[str, set[str]] = {}
        for source, record_id in keys:
            by_source.setdefault(source, set()).add(record_id)
        for source, ids in by_source.items():
            for some in batches(ids):
                rows = select(history.c.record_id).distinct()
                rows = rows.where(
                    history.c.platform == platform,
                    history.c.shop_id == shop_id,
                    history.c.record == record,
                    history.c.source == source,
                    history.c.record_id.in_(some),
                )
                found |= {(source, row.record_id) for row in connection.execute(rows)}
        return found

    def add(
        self,
        connection: Connection,
        record: RecordType,
        platform: str,
        shop_id: str,
        seen: Iterable[tuple[Id, Held]],
    ) -> None:
        """A state met again keeps the reading that told it first; of two at one moment, the first by name.

        Each state at most once.
        """
        place = {"platform": platform, "shop_id": shop_id, "record": record}
        seal = self._ring.sealer(connection)
        values = [_row(place, key, each, seal) for key, each in seen]
        for start in range(0, len(values), _AT_ONCE):
            row = insert(connection, history).values(values[start : start + _AT_ONCE])
            read_at, answer = row.excluded.read_at, row.excluded.answer
            earlier = or_(
                read_at < history.c.read_at, (read_at == history.c.read_at) & (answer < history.c.answer)
            )
            state = ["platform", "shop_id", "record", "source", "record_id", "at", "digest"]
            connection.execute(
                row.on_conflict_do_update(
                    index_elements=state, set_={"read_at": read_at, "answer": answer}, where=earlier
                )
            )

    def _held(self, row: Any) -> Held:
        about = named(row.record, row.platform, row.shop_id, row.source, row.record_id, "body")
        body = self._ring.text(row.body, about)
        return Held(body, b"", row.at, row.kind_at, read_at=row.read_at, answer=row.answer)


def _row(place: Mapping[str, Any], key: Id, held: Held, seal: Vault) -> dict[str, Any]:
    body = msgspec.json.encode(held.body, order="deterministic")
    return {
        **place,
        "source": key[0],
        "record_id": key[1],
        "at": held.at,
        "digest": hashlib.sha256(body).hexdigest()[:32],
        "body": seal.seal(body, named(place["record"], place["platform"], place["shop_id"], *key, "body")),
        "kind_at": held.kind_at,
        "read_at": held.read_at,
        "answer": held.answer,
    }
