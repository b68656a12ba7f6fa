"""The soaks, small: one that replays in the ordinary suite, the others with `-m slow`; at length by `tests.soak`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.soak import databases, processes, steps
from tests.stores import empty_file

__all__ = ["empty_file"]


@pytest.fixture
def folder(tmp_path: Path, empty_file: Path) -> Path:
    shutil.copy(empty_file, tmp_path / "soak.db")
    return tmp_path


def test_a_soak_finds_nothing_and_replays(folder, empty_file):
    url = f"sqlite:///{folder / 'soak.db'}"
    wrong, counts = steps.soaked(url, seed=7, acts_=45, orders=12)
    assert wrong == []
    assert counts["killed"] > 5
    assert counts["decided by us"] > 0
    assert counts["intents confirmed"] > 5
    assert counts["closed: raw call"] > 0
    shutil.copy(empty_file, folder / "soak.db")
    assert steps.soaked(url, seed=7, acts_=45, orders=12) == (wrong, counts)


def test_where_nothing_breaks_nothing_is_left_in_doubt(folder):
    url = f"sqlite:///{folder / 'soak.db'}"
    wrong, counts = steps.soaked(url, seed=2, acts_=50, orders=12, workers=1, calm=True)
    assert wrong == []
    assert counts["intents confirmed"] > 10
    assert [name for name in counts if name.endswith(": unknown") or name.startswith("left open")] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_steps_at_some_length(database_url, seed):
    wrong, counts = steps.soaked(database_url, seed=seed, acts_=450)
    assert wrong == []
    assert counts["decided by us"] > 10


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_processes_at_some_length(kind, tmp_path, request):
    made = (
        databases.of_file(tmp_path)
        if kind == "sqlite"
        else databases.of_server(request.getfixturevalue("postgres_server"))
    )
    with made as database:
        wrong, counts = processes.soaked(database, tmp_path, seed=3, acts_=200, orders=20)
    assert wrong == []
    assert counts["killed"] > 5
    assert counts["decided by us"] > 5
