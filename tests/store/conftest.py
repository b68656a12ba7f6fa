"""A store in a new home: in its own file, and in a PostgreSQL database."""

from __future__ import annotations

import pytest

from omnishop.config import Home
from omnishop.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request, tmp_path):
    """Its database is new and empty, once of each kind."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgresql" else None
    return Home.find(tmp_path / "home", env={}, database=url)


@pytest.fixture
def store(home):
    with Store.open(home) as opened:
        yield opened
