"""Equality under fire, small in the ordinary suite, at some length with `-m slow`; as long as you like by
`python -m tests.soak.equality`."""

from __future__ import annotations

from itertools import islice

import pytest
from attrs import evolve
from tests.soak import databases
from tests.soak.equality.mutants import MUTANTS
from tests.soak.equality.plan import phases
from tests.soak.equality.soak import Size, against, soaked

SHORT = Size(5, changes=250, orders=5, platforms=("douyin",), acts_per_day=4000, pace_s=0.05, life_s=2.0)
LONG = Size(1, changes=800)


def test_the_plan_is_the_seeds():
    assert list(islice(phases(4), 20)) == list(islice(phases(4), 20))
    assert list(islice(phases(4), 20)) != list(islice(phases(5), 20))
    assert not any({"short_page", "drifting_total"} <= phase.rates.keys() for phase in islice(phases(4), 200))


def test_what_is_pulled_and_heard_under_fire_is_equal(tmp_path):
    with databases.of_file(tmp_path) as database:
        soak = soaked(database.url, tmp_path, SHORT)
    assert soak.wrong == []
    assert soak.counts["reconcile says equal"] == 1
    assert soak.counts["records vouched for"] > 0
    assert soak.counts["messages acknowledged"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_at_some_length(kind, seed, tmp_path, request):
    if kind == "sqlite":
        made, workers = databases.of_file(tmp_path), 1
    else:
        made, workers = databases.of_server(request.getfixturevalue("postgres_server")), 4
    with made as database:
        soak = soaked(database.url, tmp_path, evolve(LONG, seed=seed, workers=workers))
    assert soak.wrong == []
    assert soak.counts["killed"] > 2
    assert soak.counts["reconcile says equal"] == 4


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS)
def test_an_engine_that_is_wrong_is_found_out(mutant, tmp_path):
    """The checker can fail: of each of these engines it says what is wrong."""
    size = against(evolve(LONG, changes=600), mutant)
    with databases.of_file(tmp_path) as database:
        soak = soaked(database.url, tmp_path, size)
    said = {
        "closes too early": "less than",
        "forgets messages": "was acknowledged and is not kept",
    }.get(mutant, "says it holds")
    assert any(said in line for line in soak.wrong), soak.counts


@pytest.mark.slow
@pytest.mark.parametrize("mutant", ["closes without a proof", "forgets messages"])
def test_where_they_are_found_out_the_engine_as_it_is_is_right(mutant, tmp_path):
    size = against(evolve(LONG, changes=600), mutant, sound=True)
    with databases.of_file(tmp_path) as database:
        soak = soaked(database.url, tmp_path, size)
    assert soak.wrong == []
    assert soak.counts["records vouched for"] > 0
