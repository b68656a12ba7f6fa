"""A scene for each test, its books checked when the curtain falls."""

from __future__ import annotations

import pytest
import stamina
from tests.scenes.stage import Scene, opened
from tests.stores import empty_file

__all__ = ["empty_file"]


@pytest.fixture(autouse=True)
def _no_waiting():
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def scene(front, empty_file, tmp_path):
    with opened(empty_file, tmp_path / "desk") as store:
        scene = Scene(front, store)
        yield scene
        scene.check_books()


@pytest.fixture
def without_operator(front, empty_file, tmp_path):
    with opened(empty_file, tmp_path / "desk") as store:
        scene = Scene(front, store, operator=False)
        yield scene
        scene.check_books()
