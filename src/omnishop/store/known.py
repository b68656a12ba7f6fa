"""Facts that no wire carries, entered by people: nothing is overwritten, the latest of a name counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from attrs import frozen
from sqlalchemy import Engine, RowMapping, insert, select

from omnishop.store.batches import by_place
from omnishop.store.connection import reading, writing
from omnishop.store.moments import moment, when
from omnishop.store.ring import Ring
from omnishop.store.tables import known
from omnishop.store.verdicts import CaseKey
from omnishop.store.waiting import was_told


@frozen
class About:
    """What a fact is about: one case, order, product or shop; or a buyer, in all shops."""

    platform: str
    shop_id: str
    subject: str
    subject_id: str

    @classmethod
    def case(cls, key: CaseKey) -> About:
        return cls(key.platform, key.shop_id, "case", f"{key.source}:{key.case_id}")

    @classmethod
    def order(cls, platform: str, shop_id: str, order_id: str) -> About:
        return cls(platform, shop_id, "order", order_id)

    @classmethod
    def sku(cls, platform: str, shop_id: str, sku_id: str) -> About:
        return cls(platform, shop_id, "sku", sku_id)

    @classmethod
    def shop(cls, platform: str, shop_id: str) -> About:
        return cls(platform, shop_id, "shop", "")

    @classmethod
    def buyer(cls, buyer_key: str) -> About:
        return cls("", "", "buyer", buyer_key)


@frozen
class Entered:
    """`value` is JSON; None takes the fact back."""

    about: About
    name: str
    value: Any
    by: str
    at: datetime


class KnownFacts:
    def __init__(self, engine: Engine, ring: Ring) -> None:
        self._engine = engine
        self._ring = ring

    def enter(self, facts: Iterable[Entered]) -> None:
        told = list(facts)
        rows: list[dict[str, Any]] = [
            {
                "platform": each.about.platform,
                "shop_id": each.about.shop_id,
                "subject": each.about.subject,
                "subject_id": each.about.subject_id,
                "name": each.name,
                "entered_by": each.by,
                "entered_at": moment(each.at),
            }
            for each in told
        ]
        if rows:
            with writing(self._engine) as connection:
                seal = self._ring.sealer(connection)
                for row, each in zip(rows, told, strict=True):
                    row["value"] = seal.seal(msgspec.json.encode(each.value), name_of(row))
                connection.execute(insert(known), rows)
                for subject in {each.about for each in told}:
                    was_told(connection, subject)

    def of(self, subjects: Iterable[About]) -> dict[About, dict[str, Entered]]:
        """What holds now, by subject and name; a fact that was taken back is not there."""
        found: dict[About, dict[str, Entered]] = {}
        for each in self._entered(subjects):
            names = found.setdefault(each.about, {})
            names.pop(each.name, None)
            if each.value is not None:
                names[each.name] = each
        return found

    def history(self, subject: About) -> list[Entered]:
        """Everything that was ever entered, the first one first."""
        return self._entered([subject])

    def _entered(self, subjects: Iterable[About]) -> list[Entered]:
        keys = {(each.platform, each.shop_id, each.subject, each.subject_id) for each in subjects}
        found: list[Entered] = []
        with reading(self._engine) as connection:
            for (platform, shop_id, subject), ids in by_place(keys):
                some = select(known).where(
                    known.c.platform == platform,
                    known.c.shop_id == shop_id,
                    known.c.subject == subject,
                    known.c.subject_id.in_(ids),
                )
                rows = connection.execute(some.order_by(known.c.row)).mappings()
                found += [self._stored(row) for row in rows]
        return found

    def value(self, row: RowMapping) -> Any:
        """Of a row of the table, opened."""
        return msgspec.json.decode(self._ring.text(row["value"], name_of(row)))

    def _stored(self, row: RowMapping) -> Entered:
        subject = About(row["platform"], row["shop_id"], row["subject"], row["subject_id"])
        return Entered(subject, row["name"], self.value(row), row["entered_by"], when(row["entered_at"]))


def name_of(row: RowMapping | Mapping[str, Any]) -> str:
    parts = ("platform", "shop_id", "subject", "subject_id", "name")
    return "\x1f".join(("known", *(row[part] for part in parts)))
