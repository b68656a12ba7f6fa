"""The shipped packs, ready to judge with."""

from __future__ import annotations

import pytest

from omnishop.policy.clocks import timekeeper
from omnishop.policy.layers import read_layer
from omnishop.policy.shipped import shipped

HEADS = {
    "shop": 'name = "shop"\nversion = "1"\nlayer = "shop"\nplatform = "p"\nshop = "7"\n',
    "platform": 'name = "p"\nversion = "1"\nlayer = "platform"\nplatform = "p"\n',
    "period": 'name = "rush"\nversion = "1"\nlayer = "period"\n'
    "since = 2026-11-01T00:00:00+08:00\nuntil = 2026-11-12T00:00:00+08:00\n",
    "calendar": 'name = "days"\nversion = "1"\nlayer = "calendar"\n',
}


def layer(text: str, kind: str = "shop", file: str = "own.toml"):
    return read_layer(f"[pack]\n{HEADS[kind]}\n{text}", file)


@pytest.fixture(scope="session")
def packs():
    return shipped()


@pytest.fixture(scope="session")
def default(packs):
    return packs.of()


@pytest.fixture(scope="session")
def keeper(default):
    return timekeeper(default)
