"""Makes frozen values of the hot path fast: filled as an open twin, then closed by the frozen class.

A frozen value's `__init__` sets each field past its own guard, which costs four times as much as plain setting.
A twin has the same slots and no guard; as soon as it is filled it is given the class it is a twin of, and is
frozen from then on. Only for classes without validators, converters or a weak-reference slot.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import attrs

T = TypeVar("T")


def quick(cls: type[T]) -> type[T]:
    """The class itself, each of its values filled while it passes for its twin; worth it from five fields on."""

    def open_(self: Any) -> None:
        object.__setattr__(self, "__class__", twin)

    twin = _twin(cls, {"__attrs_pre_init__": open_})
    made: Any = cls
    made.__attrs_pre_init__, made.__init__ = open_, twin.__init__
    return cls


def twin_of(cls: type[T]) -> type[T]:
    """Call it with the fields of `cls` and get a `cls`. TypeError where that cannot be."""
    return _twin(cls, {})


def _twin(cls: type[T], body: dict[str, Any]) -> type[T]:
    fields = attrs.fields(cast("type[Any]", cls))
    open_slots = "__weakref__" not in getattr(cls, "__slots__", ("__weakref__",))
    if not open_slots or any(field.validator or field.converter for field in fields):
        msg = f"{cls.__name__} can have no twin: it has a guard that its twin would go round"
        raise TypeError(msg)

    def close(self: Any) -> None:
        self.__class__ = cls

    same = {field.name: attrs.field(default=field.default) for field in fields}
    body = {**body, "__attrs_post_init__": close}
    twin = attrs.make_class(
        f"{cls.__name__}Twin", same, class_body=body, slots=True, eq=False, repr=False, weakref_slot=False
    )
    return cast("type[T]", twin)
