"""What people entered about cases and shops, beside the merchant's tables: moments of cases, promises of shops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve
from sqlalchemy import select

from omnishop.facts import NOT_YET
from omnishop.policy.facts import Happening
from omnishop.report.tables import Entry, Happened, Promised, Tables
from omnishop.store import Store
from omnishop.store.connection import reading
from omnishop.store.tables import known

_HAPPENED, _PROMISES = "timeline.happened.", "promises."
_NO_REASON = "no_reason"

_Name = tuple[str, str, str, str]
"""Platform, shop, what it is about, and the name of the fact."""


def happened(store: Store, tables: Tables) -> Happened:
    """Of the tables, and over them what was entered for single cases."""
    found = tables.happened()
    for (platform, shop, case, name), value in _latest(store, "case", _HAPPENED).items():
        told = None if value == NOT_YET else datetime.fromisoformat(value)
        found.setdefault((platform, shop, case), {})[Happening(name.removeprefix(_HAPPENED))] = told
    return found


def with_promises(store: Store, tables: Tables) -> Tables:
    """The register of promises of `policy know`, beside the table of them."""
    more = [
        row
        for (platform, shop, _, _), value in _latest(store, "shop", _PROMISES).items()
        for row in _promised(platform, shop, value)
    ]
    if not more:
        return tables
    held: Mapping[str, tuple[Entry, ...]] = tables.held
    return evolve(tables, held={**held, Promised.table: (*held.get(Promised.table, ()), *more)})


def _promised(platform: str, shop: str, value: Mapping[str, Any]) -> Iterator[Promised]:
    """Days to return without a reason; what else was promised is for people to read."""
    if value.get("what") != _NO_REASON or not value.get("days"):
        return
    since, until = (None if told is None else str(told) for told in (value.get("since"), value.get("until")))
    skus: Iterable[str | None] = value.get("sku_ids") or (None,)
    for sku in skus:
        told = {"platform": platform, "shop": shop, "days": value["days"], "sku": sku}
        yield Promised.model_validate(
            told | {name: at for name, at in (("since", since), ("until", until)) if at is not None}
        )


def _latest(store: Store, subject: str, prefix: str) -> dict[_Name, Any]:
    """What holds now: the latest of each name; what was taken back is not there."""
    wanted = (
        select(known).where(known.c.subject == subject, known.c.name.startswith(prefix)).order_by(known.c.row)
    )
    found: dict[_Name, Any] = {}
    with reading(store.engine) as connection:
        for row in connection.execute(wanted).mappings():
            value = store.known.value(row)
            name = (row["platform"], row["shop_id"], row["subject_id"], row["name"])
            found.pop(name, None)
            if value is not None:
                found[name] = value
    return found
