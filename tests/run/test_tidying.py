"""What has served its time goes by itself, an hour at a time."""

from __future__ import annotations

from datetime import timedelta

from attrs import evolve
from tests.store.planted import CASE, keep

from omnishop import clock
from omnishop.engine.merge import snapshot
from omnishop.model import Stage
from omnishop.run.tidying import tidy
from omnishop.run.work import Work


def test_the_bytes_of_what_ended_long_ago_go(store, monkeypatch):
    now = clock.now()
    for name, age in (("old", 400), ("young", 40)):
        at = now - timedelta(days=age)
        case = evolve(CASE, case_id=name, stage=Stage.CLOSED, changed_at=at, opened_at=at)
        keep(store, "case", {("claim", name): snapshot(case, at, "list")})
    with Work(store, packs=None) as work:
        assert tidy(work).count == 1
        assert tidy(work) is None
        monkeypatch.setattr("omnishop.clock.now", lambda: now + timedelta(days=400))
        assert tidy(work).count == 1
    assert [each.raw for each in store.records.list("case")] == [b"", b""]
