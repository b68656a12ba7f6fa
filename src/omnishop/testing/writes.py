"""Writes: what an adapter offers is there, is held where it must be, and shows itself when read back."""

from __future__ import annotations

import attrs
import pytest

from omnishop.acts import Ask, Verb, Write
from omnishop.client import Shop
from omnishop.errors import ConfigError, NotSupported, OmnishopError, Rejected
from omnishop.ports import Capability, Level
from omnishop.sandbox.world import Case
from omnishop.testing import proving
from omnishop.testing.bench import Bench
from omnishop.testing.desk import Desk
from omnishop.testing.levels_of import OFFERED
from omnishop.testing.scenes import hindered, scene, scenes, send, title
from omnishop.testing.suite import Conformance


def _versioned(row: Write) -> bool:
    return row.versioned


def _loose(row: Write) -> bool:
    return row.method is not None and not row.versioned


def _staged(row: Write) -> bool:
    return row.method is not None and bool(row.stages) and row.record == "case"


def _money(row: Write) -> bool:
    return row.method is not None and row.money


class ReadBackConformance(Conformance):
    """Every row has a life in the world in which it is sent once and seen to be done."""

    def test_a_write_is_seen(self, bench: Bench, desk: Desk, row: Write) -> None:
        proving.read_back(bench, desk, row)


class WritesConformance(Conformance):
    """Rows and levels tell the same; needs, stages and signposts hold."""

    def test_what_is_offered_has_rows_and_nothing_else_has(self, bench: Bench) -> None:
        desk = bench.desk()
        for verb in Verb:
            support = bench.adapter.support(bench.storefront, Capability(verb))
            rows = [row for row in bench.adapter.writes(bench.storefront) if row.verb is verb]
            assert bool(rows) == (support.level in OFFERED), (verb, support)
            assert support.reason.zh
            assert support.reason.en
            assert support.evidence
            if not rows:
                asked = len(bench.world.log)
                wanted = ConfigError if verb is Verb.PRE_AGREE else NotSupported
                opened = Shop(desk.account, desk.tokens, adapter=bench.adapter, writes="unguarded")
                with opened as shop, pytest.raises(wanted):
                    shop.act(verb, "1")
                assert len(bench.world.log) == asked, "nothing was sent"

    def test_names_of_rows_are_their_own(self, bench: Bench) -> None:
        rows = bench.adapter.writes(bench.storefront)
        names = [title(row) for row in rows]
        assert sorted(set(names)) == sorted(names)
        assert bench.candidate.signposts <= set(names)
        assert bench.candidate.silent <= set(names)

    def test_a_row_says_what_it_is(self, bench: Bench) -> None:
        fields = {field.name for field in attrs.fields(Ask)}
        for row in bench.adapter.writes(bench.storefront):
            assert row.says.zh
            assert row.says.en
            assert row.evidence
            assert fields >= {*row.needs, *(name for group in row.needs_any for name in group)}
            assert row.sources <= set(bench.adapter.sources(bench.storefront))

    def test_a_signpost_says_why_not_and_sends_nothing(self, bench: Bench) -> None:
        desk = bench.desk()
        for row in bench.adapter.writes(bench.storefront):
            if title(row) not in bench.candidate.signposts:
                continue
            for found in scenes(bench, desk, row):
                why = hindered(desk, found)
                assert why is not None
                assert why.zh
                assert why.en
                desk.fresh()
                if row.method is not None:
                    with pytest.raises(ConfigError):
                        send(desk, found)
                assert desk.attempts == []

    @pytest.mark.only_rows(which=_staged)
    def test_at_another_stage_the_answer_is_no(self, bench: Bench, desk: Desk, row: Write) -> None:
        for found in proving.elsewhere(bench, desk, row):
            proving.refused(desk, found, (Rejected, ConfigError))

    @pytest.mark.only_rows(which=_money)
    def test_a_second_worker_pays_nothing(self, bench: Bench, desk: Desk, row: Write) -> None:
        """Sent again with the same look, which has been done meanwhile."""
        found = scene(bench, desk, row)
        send(desk, found)
        before = proving.print_of(found.record)
        try:
            send(desk, found)
        except Rejected:
            assert proving.print_of(found.record) == before
        except OmnishopError as error:
            raise AssertionError(f"{title(row)}: {type(error).__name__}: {error}") from error
        assert isinstance(found.record, Case), "money is on cases"
        assert found.record.order.refunded <= found.record.order.paid
        assert len(found.record.refunds) <= 1


class VersionsConformance(Conformance):
    """A write that carries a version is refused once the record has moved on; the others say that they do not."""

    @pytest.mark.only_rows(which=_versioned)
    def test_a_stale_look_is_refused(self, bench: Bench, desk: Desk, row: Write) -> None:
        proving.stale_is_refused(bench, desk, row)

    @pytest.mark.only_rows(which=_loose)
    def test_a_row_without_a_version_says_so(self, bench: Bench, row: Write) -> None:
        support = bench.adapter.support(bench.storefront, Capability(row.verb))
        told = f"{support.reason.en} {support.evidence} {row.evidence}"
        words = ("version", "idempotent", "request_id", "once")
        assert support.level is Level.UNVERSIONED or any(word in told for word in words), told
