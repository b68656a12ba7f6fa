"""The packs that come with the package: the default, and what platforms ask for beyond it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from omnishop.policy.layers import Layer, Packs, read_layer


@cache
def shipped_layers() -> tuple[Layer, ...]:
    folder = files("omnishop.policy").joinpath("packs")
    inside = sorted(folder.joinpath("default").iterdir(), key=lambda each: each.name)
    beside = sorted((each for each in folder.iterdir() if each.is_file()), key=lambda each: each.name)
    return tuple(
        read_layer(each.read_text(encoding="utf-8"), name)
        for name, each in (
            *((f"default/{each.name}", each) for each in inside),
            *((e.name, e) for e in beside),
        )
        if each.name.endswith(".toml")
    )


def shipped(*more: Layer) -> Packs:
    """The shipped packs with a merchant's own laid over them; without any, always the same object."""
    return Packs((*shipped_layers(), *more)) if more else _alone()


@cache
def _alone() -> Packs:
    return Packs(shipped_layers())
