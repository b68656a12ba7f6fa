"""Which case came back in which parcel; the goods of several cases may lie in one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Engine, Row, select

from omnishop.store.batches import batches, by_place
from omnishop.store.connection import insert, reading
from omnishop.store.tables import return_parcels
from omnishop.store.verdicts import CaseKey


@frozen
class ReturnParcel:
    case: CaseKey
    tracking_no: str
    carrier: str | None = None


class ReturnParcels:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, connection: Connection, parcels: Iterable[ReturnParcel]) -> None:
        """What a record did not tell this time was told before, and stays."""
        for each in parcels:
            row = insert(connection, return_parcels).values(
                platform=each.case.platform,
                shop_id=each.case.shop_id,
                source=each.case.source,
                record_id=each.case.case_id,
                tracking_no=each.tracking_no,
                carrier=each.carrier,
            )
            key = ["platform", "shop_id", "source", "record_id", "tracking_no"]
            if each.carrier is None:
                connection.execute(row.on_conflict_do_nothing(index_elements=key))
            else:
                told = {"carrier": each.carrier}
                connection.execute(row.on_conflict_do_update(index_elements=key, set_=told))

    def of(self, cases: Iterable[CaseKey]) -> list[ReturnParcel]:
        keys = {(key.platform, key.shop_id, key.source, key.case_id) for key in cases}
        found: list[ReturnParcel] = []
        with reading(self._engine) as connection:
            for (platform, shop_id, source), ids in by_place(keys):
                wanted = select(return_parcels).where(
                    return_parcels.c.platform == platform,
                    return_parcels.c.shop_id == shop_id,
                    return_parcels.c.source == source,
                    return_parcels.c.record_id.in_(ids),
                )
                rows = connection.execute(wanted.order_by(return_parcels.c.row))
                found += [_parcel(row) for row in rows]
        return found

    def on(self, tracking_nos: Iterable[str]) -> list[ReturnParcel]:
        """Every case of any shop on these waybills."""
        found: list[ReturnParcel] = []
        with reading(self._engine) as connection:
            for some in batches(tracking_nos):
                wanted = select(return_parcels).where(return_parcels.c.tracking_no.in_(some))
                rows = connection.execute(wanted.order_by(return_parcels.c.row))
                found += [_parcel(row) for row in rows]
        return found


def _parcel(row: Row[Any]) -> ReturnParcel:
    key = CaseKey(row.platform, row.shop_id, row.source, row.record_id)
    return ReturnParcel(key, row.tracking_no, row.carrier)
