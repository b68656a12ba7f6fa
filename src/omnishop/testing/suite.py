"""What every conformance class shares: its candidate, its bench, and over which doors its tests go."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, ClassVar

import pytest

from omnishop import registry
from omnishop.testing.bench import Bench, Candidate
from omnishop.testing.desk import DOORS, Desk
from omnishop.testing.levels_of import LISTS
from omnishop.testing.scenes import title


@lru_cache
def usual(platform: str, storefront: str) -> Candidate:
    """The candidate of a class that names no more than its storefront; one for all such classes."""
    return Candidate(platform, storefront)


class Conformance:
    """Inherit and say either `candidate`, or `platform` and `storefront` where nothing more is needed.

    Tests of a `row`, `stream` or `capability` are spread over the doors; `--omnishop-doors=all` runs all at each.
    """

    platform: ClassVar[str] = ""
    storefront: ClassVar[str] = ""
    candidate: ClassVar[Candidate | None] = None
    orders: ClassVar[int] = 0
    doors: ClassVar[tuple[str, ...]] = DOORS

    @classmethod
    def put_to_proof(cls) -> Candidate:
        return cls.candidate or usual(cls.platform, cls.storefront)

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls) -> Iterator[Bench]:
        """A world for the whole class: every test makes the records that it changes."""
        bench = Bench(cls.put_to_proof(), orders=cls.orders)
        yield bench
        bench.close()

    @pytest.fixture
    def desk(self, bench: Bench, door: str) -> Desk:
        return bench.desk(door)

    @pytest.fixture
    def lifted(self, bench: Bench) -> Iterator[None]:
        """The plan of faults ends with the test."""
        yield
        bench.simulation.faults(0, {})

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if type(self).put_to_proof().platform == "":
            return
        many_of = (("row", self._rows), ("stream", self._streams), ("capability", _lists))
        for name, many in many_of:
            if name in metafunc.fixturenames:
                _spread(metafunc, name, many(metafunc), self.doors)
                return
        if "door" in metafunc.fixturenames:
            metafunc.parametrize("door", self.doors)

    def _rows(self, metafunc: pytest.Metafunc) -> list[tuple[Any, str]]:
        """Every write but the signposts; `only_rows` marks narrow them."""
        candidate = self.put_to_proof()
        wanted = [mark.kwargs["which"] for mark in metafunc.definition.iter_markers("only_rows")]
        return [
            (row, title(row))
            for row in registry.adapter(candidate.platform).writes(candidate.storefront)
            if title(row) not in candidate.signposts and all(want(row) for want in wanted)
        ]

    def _streams(self, metafunc: pytest.Metafunc) -> list[tuple[Any, str]]:
        candidate = self.put_to_proof()
        streams = registry.adapter(candidate.platform).streams(candidate.storefront)
        return [(stream, stream.name) for stream in streams]


def _lists(metafunc: pytest.Metafunc) -> list[tuple[Any, str]]:
    return [(capability, capability.value) for capability in LISTS]


def _spread(
    metafunc: pytest.Metafunc, name: str, many: list[tuple[Any, str]], doors: tuple[str, ...]
) -> None:
    if "door" not in metafunc.fixturenames:
        metafunc.parametrize(name, [pytest.param(one, id=told) for one, told in many])
        return
    everywhere = metafunc.config.getoption("omnishop_doors", "spread") == "all"
    rows = [
        pytest.param(one, door, id=f"{told}-{door}")
        for number, (one, told) in enumerate(many)
        for place, door in enumerate(doors)
        if everywhere or place == number % len(doors)
    ]
    metafunc.parametrize((name, "door"), rows)
