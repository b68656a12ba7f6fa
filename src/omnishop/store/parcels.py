"""Which case came back in which parcel; the goods of several cases may lie in one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Engine, Row, func, select

from omnishop.store.batches import batches, by_place
from omnishop.store.connection import insert, reading
from omnishop.store.tables import return_parcels
from omnishop.store.verdicts import CaseKey

_KEY = ["platform", "shop_id", "source", "record_id", "tracking_no"]


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
        rows = [_row(each) for each in parcels]
        if not rows:
            return
        row = insert(connection, return_parcels)
        told = func.coalesce(row.excluded.carrier, return_parcels.c.carrier)
        connection.execute(row.on_conflict_do_update(index_elements=_KEY, set_={"carrier": told}), rows)

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


def _row(parcel: ReturnParcel) -> dict[str, str | None]:
    case = parcel.case
    key = (case.platform, case.shop_id, case.source, case.case_id, parcel.tracking_no)
    return {**dict(zip(_KEY, key, strict=True)), "carrier": parcel.carrier}


def _parcel(row: Row[Any]) -> ReturnParcel:
    key = CaseKey(row.platform, row.shop_id, row.source, row.record_id)
    return ReturnParcel(key, row.tracking_no, row.carrier)
