"""Makes frozen values of the hot path fast: filled as an open twin, then closed by the frozen class.

A frozen value's `__init__` sets each field past its own guard, which costs four times as much as plain setting.
A twin has the same slots and no guard; once filled it is given the class it is a twin of, and is frozen from
then on. Only for classes without validators, converters or a weak-reference slot.
"""

from __future__ import annotations

from typing import Any

import attrs


def twin_of(cls: type[Any]) -> Any:
    """The open twin: call it with the fields, then set `__class__` to `cls`. TypeError where that cannot be."""
    fields = attrs.fields(cls)
    open_slots = "__weakref__" not in getattr(cls, "__slots__", ("__weakref__",))
    if not open_slots or any(field.validator or field.converter for field in fields):
        msg = f"{cls.__name__} can have no twin: it has a guard that its twin would go round"
        raise TypeError(msg)
    same = {field.name: attrs.field(default=field.default) for field in fields}
    return attrs.make_class(f"{cls.__name__}Twin", same, slots=True, eq=False, repr=False, weakref_slot=False)
