"""A store in a new home."""

from __future__ import annotations

import pytest

from omnishop.config import Home
from omnishop.store import Store


@pytest.fixture
def home(tmp_path):
    return Home.find(tmp_path / "home", env={})


@pytest.fixture
def store(home):
    with Store.open(home) as opened:
        yield opened
