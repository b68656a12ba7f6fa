"""A store on each database with one shop that may do everything, and the platform of one page."""

from __future__ import annotations

import pytest
import stamina
from tests.ledger.desk import Platform, opened, registered

from omnishop.config import Home
from omnishop.store import Store


@pytest.fixture(autouse=True)
def _no_waiting():
    with stamina.set_testing(True, attempts=2):
        yield


@pytest.fixture
def store(tmp_path, database_url):
    with Store.open(Home.find(tmp_path / "home", env={"OMNISHOP_DATABASE": database_url})) as opened_store:
        registered(opened_store)
        yield opened_store


@pytest.fixture
def platform():
    return Platform()


@pytest.fixture
def desk(store, platform):
    return opened(store, platform)
