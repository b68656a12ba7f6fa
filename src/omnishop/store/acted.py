"""What we did to cases and was seen to have its effect: the confirmed writes of the ledger, with their times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from attrs import frozen
from sqlalchemy import Engine, select

from omnishop.store.batches import by_place
from omnishop.store.connection import reading
from omnishop.store.tables import acts, intents
from omnishop.store.verdicts import CaseKey


@frozen
class Deed:
    """One write. `at`: the record's own time of change when its effect was seen; None: the record told none.

    `person` asked for it; `ours` None where another may have caused the effect as well.
    """

    case: CaseKey
    act: str
    verb: str
    person: str
    ours: bool | None
    at: datetime | None


class _Seen(msgspec.Struct):
    changed_at: datetime | None = None


class _Reading(msgspec.Struct):
    shown: str
    seen: _Seen


_READINGS = msgspec.json.Decoder(list[_Reading])
_OURS = {"us": True, "other": False}


class Deeds:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, cases: Iterable[CaseKey]) -> dict[CaseKey, list[Deed]]:
        """Of each case that has any, the first one first."""
        keys = {(key.platform, key.shop_id, key.source, key.case_id) for key in cases}
        found: dict[CaseKey, list[Deed]] = {}
        columns = (
            intents.c.record_id,
            intents.c.verb,
            intents.c.by,
            intents.c.readings,
            acts.c.act,
            acts.c.by.label("person"),
        )
        with reading(self._engine) as connection:
            for (platform, shop_id, source), ids in by_place(keys):
                done = select(*columns).where(
                    acts.c.id == intents.c.act,
                    intents.c.platform == platform,
                    intents.c.shop_id == shop_id,
                    intents.c.record == "case",
                    intents.c.source == source,
                    intents.c.record_id.in_(ids),
                    intents.c.state == "confirmed",
                )
                for row in connection.execute(done.order_by(intents.c.planned_at, intents.c.id)):
                    key = CaseKey(platform, shop_id, source, row.record_id)
                    found.setdefault(key, []).append(_deed(key, row))
        return found


def _deed(key: CaseKey, row: Any) -> Deed:
    shown = [each.seen.changed_at for each in _READINGS.decode(row.readings) if each.shown == "done"]
    at = shown[0] if shown else None
    return Deed(key, row.act, row.verb, row.person, _OURS.get(row.by or ""), at)
