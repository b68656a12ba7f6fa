"""What of a record tells who somebody is, and a record without it; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omnishop.store.records import Held

MARK = "persons"
"""Under this name among a record's marks stands why it holds nothing of a person; no list is called so."""

ERASED = "erased"
"""Nothing of the person is kept again, whatever comes."""

AGED = "aged"
"""Nothing is kept again of this state or of one before it; a later one is news."""


def without_persons(held: Held, why: str) -> Held:
    """Amounts, goods, stages and times stay; who it was, where to, and what was written goes, with the raw bytes."""
    marks = {**held.marks, MARK: why}
    form = stripped(held.body)
    return Held(form, b"", held.at, held.kind_at, marks, held.read_at, held.answer)


def stripped(form: Mapping[str, Any]) -> dict[str, Any]:
    """A record's JSON form without persons; of one that has none left, the same."""
    kept = dict(form)
    if form["type"] == "order":
        kept |= {"buyer": None, "remark": None}
        kept["parcels"] = [{**parcel, "tracking_no": None} for parcel in form["parcels"]]
    elif form["type"] == "case":
        kept["reason"] = form["reason"] and {**form["reason"], "detail": None}
    else:
        kept |= {"author": None, "text": None, "pictures": []}
        kept["follow_ups"] = [{**each, "text": None, "pictures": []} for each in form["follow_ups"]]
        kept["reply"] = form["reply"] and {**form["reply"], "text": None}
    return kept


def as_kept(fresh: Held, old: Held | None) -> Held:
    """What was just read as the store may take it: of whom nothing is kept, nothing is learned."""
    why = None if old is None else old.marks.get(MARK)
    if old is None or not why:
        return fresh
    if why == ERASED or fresh.at <= old.at:
        return without_persons(fresh, why)
    return Held(
        fresh.body, fresh.raw, fresh.at, fresh.kind_at, {**fresh.marks, MARK: ""}, fresh.read_at, fresh.answer
    )
