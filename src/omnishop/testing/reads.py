"""Reads: lists and details tell what is there, and nothing that is not ours."""

from __future__ import annotations

import pytest

from omnishop.errors import NotFound
from omnishop.ports import Capability
from omnishop.testing import reading
from omnishop.testing.bench import Bench
from omnishop.testing.desk import Desk
from omnishop.testing.levels_of import OFFERED
from omnishop.testing.suite import Conformance


class ReadsConformance(Conformance):
    """Every stream, detail and other read of the storefront, against the world's truth."""

    orders = 90

    def test_lists_tell_the_truth_and_miss_nothing(
        self, bench: Bench, desk: Desk, capability: Capability
    ) -> None:
        """Each list field by field, all lists of one clock together."""
        count = reading.miss_nothing(bench, desk, capability)
        assert bool(count) == (bench.adapter.support(bench.storefront, capability).level in OFFERED)

    @pytest.mark.parametrize("record", ["order", "case"])
    def test_a_detail_tells_the_truth(self, bench: Bench, desk: Desk, record: str, door: str) -> None:
        assert reading.detail_is_true(bench, desk, record, every=1 if door == "sync" else 7)

    def test_what_nobody_has_is_not_found(self, bench: Bench, desk: Desk) -> None:
        for record in ("order", "case"):
            for source, name in dict(list(reading.truths(bench, record))).items():
                with pytest.raises(NotFound):
                    reading.by_id(desk, record, (source, "9" * len(name)))

    def test_what_another_shop_has_is_not_ours(self, bench: Bench, desk: Desk) -> None:
        order, case = reading.strange(bench)
        source = next(iter(reading.truths(bench, "order")))[0]
        reading.is_not_ours(desk, "order", (source, order.order_id))
        if case is not None:
            reading.is_not_ours(desk, "case", (case.source, case.case_id))

    def test_what_is_read_beside(self, bench: Bench, desk: Desk) -> None:
        for capability in (*reading.BESIDE, Capability.LOGIN):
            if bench.adapter.support(bench.storefront, capability).level in OFFERED:
                reading.beside(bench, desk, capability)
