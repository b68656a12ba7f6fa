"""`show --history`: what changed in a record, when, and which answer told it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from omnishop.cli.record_tables import fields
from omnishop.cli.show import json_line, table
from omnishop.cli.words import say

if TYPE_CHECKING:
    from omnishop.engine.history import Change, Step
    from omnishop.model import Record
    from omnishop.store import Store


def show(store: Store, record: Record, *, as_json: bool, unmask: bool = False) -> None:
    """One JSON line a step, or a table with one line a field."""
    from omnishop.engine.history import of_record
    from omnishop.model import iso

    found = of_record(store, record)
    if not unmask:
        found = tuple(evolve(step, changes=tuple(map(masked, step.changes))) for step in found)
    if as_json:
        for step in found:
            json_line(_json(step))
        return
    rows = [
        (iso(step.at), change.field, text(change.before), text(change.after), step.answer or "?")
        for step in found
        for change in step.changes
    ]
    headings = (
        say("changed", "变更时间"),
        say("field", "字段"),
        say("before", "原值"),
        say("after", "新值"),
        say("told by", "来源"),
    )
    table(headings, rows)


def masked(change: Change) -> Change:
    """No number in it can be called."""
    from omnishop.masking import texts

    return evolve(change, **texts({"before": change.before, "after": change.after}))


def _json(step: Step) -> dict[str, Any]:
    from omnishop.model import iso

    return {
        "at": iso(step.at),
        "read_at": None if step.read_at is None else iso(step.read_at),
        "answer": step.answer,
        "changes": [_change(each) for each in step.changes],
    }


def _change(change: Change) -> dict[str, Any]:
    return {"field": change.field, "before": change.before, "after": change.after}


def text(value: Any) -> str:
    """A list or object on one line, without what is null in it."""
    if isinstance(value, dict | list):
        return ", ".join(f"{name} {each}" for name, each in fields(value))
    return "" if value is None else str(value)
