"""A scene for each test, its books checked when the curtain falls."""

from __future__ import annotations

import pytest
import stamina
from tests.scenes.stage import Scene, emptied, opened
from tests.stores import empty_file

__all__ = ["empty_file"]


@pytest.fixture(autouse=True)
def _no_waiting():
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture(scope="session")
def desk(tmp_path_factory, empty_file):
    with opened(empty_file, tmp_path_factory.mktemp("desk")) as store:
        yield store


@pytest.fixture
def scene(front, desk):
    scene = Scene(front, emptied(desk))
    yield scene
    scene.check_books()


@pytest.fixture
def without_operator(front, desk):
    scene = Scene(front, emptied(desk), operator=False)
    yield scene
    scene.check_books()
