"""A store in a new home, once in its own file and once in a PostgreSQL database: for tests of both.

In a conftest: `from tests.stores import empty_file, home, kind_of_database, new_home, store`.
"""

from __future__ import annotations

import shutil

import pytest
from attrs import evolve

from omnishop.config import Home
from omnishop.store import Store


@pytest.fixture(params=["sqlite", "postgresql"])
def kind_of_database(request):
    return request.param


@pytest.fixture
def new_home(request, tmp_path, kind_of_database):
    """Nothing is in its database, not even tables."""
    url = request.getfixturevalue("postgres_url") if kind_of_database == "postgresql" else None
    return Home.find(tmp_path / "home", env={}, database=url)


@pytest.fixture
def home(request, tmp_path, kind_of_database, empty_file):
    """Its database has the tables and no rows: faster than to make them for each test."""
    found = Home.find(tmp_path / "home", env={})
    if kind_of_database == "sqlite":
        shutil.copy(empty_file, found.path / "omnishop.db")
        yield found
        return
    with request.getfixturevalue("postgres_server").new_database(_with_tables) as url:
        yield evolve(found, database=url)


@pytest.fixture
def store(home):
    with Store.open(home) as opened:
        yield opened


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory):
    home = Home.find(tmp_path_factory.mktemp("empty"), env={})
    Store.open(home).close()
    return home.path / "omnishop.db"


def _with_tables(url):
    Store.open(Home(None, url)).close()
