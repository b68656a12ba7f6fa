"""A value made by its twin is the frozen value itself."""

from __future__ import annotations

import copy
import pickle

import pytest
from attrs import evolve, field, fields, frozen, make_class
from attrs.exceptions import FrozenInstanceError
from attrs.validators import instance_of

from omnishop.model import Case, CaseAmounts, CaseLine, Kind, Reason
from omnishop.model.twins import quick, twin_of

EXAMPLES = [
    Case("p", "s", "1", kind=Kind.CANCEL, lines=(CaseLine("2"),), raw=b"{}"),
    CaseLine("1", title="t"),
    CaseAmounts(requested=5),
    Reason(text="r"),
]


def made_by_twin(value):
    twin = twin_of(type(value))
    return twin(*(getattr(value, each.name) for each in fields(type(value))))


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_it_equals_hashes_prints_and_travels_as_any_other(value):
    made = made_by_twin(value)
    assert type(made) is type(value)
    assert (made, hash(made), repr(made)) == (value, hash(value), repr(value))
    assert copy.copy(made) == pickle.loads(pickle.dumps(made)) == evolve(made) == value  # noqa: S301 - our own


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_it_is_frozen_once_it_has_its_class(value):
    made = made_by_twin(value)
    name = fields(type(value))[0].name
    with pytest.raises(FrozenInstanceError):
        setattr(made, name, "other")


def test_defaults_are_the_classes_own():
    assert twin_of(Case)("p", "s", "1") == Case("p", "s", "1")


def test_a_class_with_guards_of_its_own_has_no_twin():
    @frozen(weakref_slot=False)
    class Guarded:
        name: str = "x"

    @frozen
    class Referenced:
        name: str = "x"

    assert twin_of(Guarded)("y").name == "y"
    with pytest.raises(TypeError, match="Referenced"):
        twin_of(Referenced)
    validated = make_class(
        "Validated", {"n": field(validator=instance_of(int))}, frozen=True, weakref_slot=False
    )
    with pytest.raises(TypeError, match="Validated"):
        twin_of(validated)
    opened = make_class("Opened", {"n": field(default=1)}, slots=False)
    with pytest.raises(TypeError, match="Opened"):
        twin_of(opened)


def test_a_quick_class_makes_the_same_frozen_values():
    @frozen(weakref_slot=False)
    class Plain:
        name: str
        pieces: int = 1

    @quick
    @frozen(weakref_slot=False)
    class Quick:
        name: str
        pieces: int = 1

    made = Quick("x", pieces=2)
    assert type(made) is Quick
    assert Quick("x") == Quick("x", 1) != made
    assert hash(made) == hash(Quick("x", 2))
    assert repr(made) == repr(Plain("x", 2)).replace("Plain", "Quick")
    assert evolve(made, name="y") == Quick("y", 2)
    with pytest.raises(FrozenInstanceError):
        made.name = "other"
    with pytest.raises(TypeError):
        Quick()
