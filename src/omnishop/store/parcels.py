"""Which case came back in which parcel; the goods of several cases may lie in one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Engine, Row, select, tuple_

from omnishop.store.connection import insert, reading
from omnishop.store.tables import return_parcels
from omnishop.store.verdicts import CaseKey

_AT_ONCE = 200


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
        found: list[ReturnParcel] = []
        with reading(self._engine) as connection:
            for some in _batches(cases):
                wanted = select(return_parcels).where(_WHICH.in_(some)).order_by(return_parcels.c.row)
                found += [_parcel(row) for row in connection.execute(wanted)]
        return found

    def on(self, tracking_nos: Iterable[str]) -> list[ReturnParcel]:
        """Every case of any shop on these waybills."""
        numbers = sorted(set(tracking_nos))
        found: list[ReturnParcel] = []
        with reading(self._engine) as connection:
            for start in range(0, len(numbers), _AT_ONCE):
                named = return_parcels.c.tracking_no.in_(numbers[start : start + _AT_ONCE])
                wanted = select(return_parcels).where(named).order_by(return_parcels.c.row)
                found += [_parcel(row) for row in connection.execute(wanted)]
        return found


_WHICH = tuple_(
    return_parcels.c.platform, return_parcels.c.shop_id, return_parcels.c.source, return_parcels.c.record_id
)


def _named(key: CaseKey) -> tuple[str, str, str, str]:
    return key.platform, key.shop_id, key.source, key.case_id


def _batches(cases: Iterable[CaseKey]) -> Iterable[list[tuple[str, str, str, str]]]:
    wanted = sorted({_named(key) for key in cases})
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]


def _parcel(row: Row[Any]) -> ReturnParcel:
    key = CaseKey(row.platform, row.shop_id, row.source, row.record_id)
    return ReturnParcel(key, row.tracking_no, row.carrier)
