"""The suite catches adapters that promise too much: each mutant breaks one promise and is found out."""

from __future__ import annotations

import pytest
from attrs import evolve

from omnishop.acts import Shown, Verb
from omnishop.errors import OutcomeUnknown, Rejected
from omnishop.model import Stage
from omnishop.ports import Capability, Level
from omnishop.testing import levels, proving, reading
from omnishop.testing.bench import Bench, Candidate
from omnishop.testing.scenes import NoScene, scene

PLAIN = Candidate("douyin", "douyin", said={"refuse_return.reason": "3"})


class Mutant:
    """The adapter with other rows of writes, or other answers."""

    def __init__(self, adapter, **other):
        self._adapter, self._other = adapter, other

    def __getattr__(self, name):
        return self._other.get(name, getattr(self._adapter, name))


@pytest.fixture
def bench():
    bench = Bench(PLAIN, orders=9)
    yield bench
    bench.close()


@pytest.fixture
def mutated(bench):
    """Puts a row in the first place of its kind; what the suite then works with."""

    def put(row, **changed):
        new = evolve(row, **changed)
        rows = tuple(new if each is row else each for each in bench.adapter.writes("douyin"))
        bench.adapter = Mutant(bench.adapter, writes=lambda storefront: rows)
        return bench.desk(), new

    return put


def row_of(bench, verb, **wanted):
    rows = bench.adapter.writes("douyin")
    return next(row for row in rows if row.verb is verb and row.method and row.record == "case")


@pytest.mark.parametrize("shows", [Shown.DONE, Shown.BEFORE, Shown.MOVED])
def test_a_reading_that_always_says_the_same(bench, mutated, shows):
    desk, row = mutated(row_of(bench, Verb.AGREE), shows=lambda ask, before, after: shows)
    with pytest.raises(AssertionError, match=r"reading shows|nothing that changed"):
        proving.read_back(bench, desk, row)


def test_a_send_that_writes_twice(bench, mutated):
    good = row_of(bench, Verb.REMARK)

    def twice(account, look, ask):
        yield from good.send(account, look, ask)
        yield from good.send(account, look, ask)

    desk, row = mutated(good, send=twice)
    with pytest.raises(AssertionError):
        proving.read_back(bench, desk, row)


def test_a_send_that_reads_after_its_write(bench, mutated):
    good = row_of(bench, Verb.REMARK)

    def chatty(account, look, ask):
        yield from good.send(account, look, ask)
        yield from bench.adapter.case(account, "aftersale", look.record.case_id)

    desk, row = mutated(good, send=chatty)
    with pytest.raises(AssertionError, match="last call"):
        proving.read_back(bench, desk, row)


def test_a_method_that_is_not_the_one_told(bench, mutated):
    desk, row = mutated(row_of(bench, Verb.AGREE), method="afterSale.somethingElse")
    with pytest.raises(AssertionError):
        proving.read_back(bench, desk, row)


def test_a_version_that_is_left_out(bench, mutated):
    good = row_of(bench, Verb.AGREE)

    def blind(account, look, ask):
        return good.send(account, evolve(look, record=evolve(look.record, version=None)), ask)

    desk, row = mutated(good, send=blind)
    with pytest.raises(AssertionError, match="nothing refused it"):
        proving.stale_is_refused(bench, desk, row)


def test_a_refusal_that_is_told_as_doubt(bench, mutated):
    good = row_of(bench, Verb.AGREE)

    def doubtful(account, look, ask):
        try:
            yield from good.send(account, look, ask)
        except Rejected as no:
            raise OutcomeUnknown(no.en) from None

    desk, row = mutated(good, send=doubtful)
    with pytest.raises(AssertionError, match="doubt"):
        proving.stale_is_refused(bench, desk, row)


def test_a_row_that_no_record_ever_fits(bench, mutated):
    desk, row = mutated(row_of(bench, Verb.AGREE), stages=frozenset({Stage.RESENT}))
    with pytest.raises(NoScene, match="no record"):
        scene(bench, desk, row)


def test_a_level_that_is_claimed_and_not_shown(bench):
    support = bench.adapter.support("douyin", Capability.REMARK)
    claimed = levels.Proof(evolve(support, level=Level.NATIVE), Level.UNVERSIONED, "x")
    assert not claimed.holds
    assert levels.Proof(support, Level.UNVERSIONED, "x").holds
    assert not levels.Proof(support, Level.NOT_OFFERED, "x").holds
    assert levels.Proof(evolve(support, level=Level.LIMITED), Level.NATIVE, "x").holds
    assert not levels.Proof(evolve(support, level=Level.LIMITED), Level.NOT_OFFERED, "x").holds


def test_a_list_that_tells_something_else(bench):
    """One field wrong in one record is found; one record left out is found."""
    case = next(iter(bench.world.cases.values()))
    desk = bench.desk()
    [stream] = [each for each in bench.adapter.streams("douyin") if each.name == "cases_changed"]
    reading.tells_the_truth(bench, desk, stream)

    def wrong(account, item):
        whole = yield from stream.complete(account, item)
        return evolve(whole, stage=Stage.UNKNOWN) if whole.case_id == case.case_id else whole

    with pytest.raises(AssertionError):
        reading.tells_the_truth(bench, desk, evolve(stream, complete=wrong))

    def empty(account, window):
        page = yield from stream.pages(account, window)
        return evolve(page, items=page.items[1:], next=None)

    mutant = Mutant(bench.adapter, streams=lambda storefront: (evolve(stream, pages=empty),))
    bench.adapter = mutant
    with pytest.raises(AssertionError):
        reading.miss_nothing(bench, bench.desk("async"), Capability.CASES_BY_CHANGED)


def test_a_reading_that_tells_less_is_no_contradiction_and_one_that_tells_otherwise_is():
    bench = Bench(PLAIN, orders=3)
    [true, *_] = reading.truths(bench, "order").values()
    less = evolve(true, remark=None, parcels=(), raw_status="x")
    assert reading.contradictions(true, less) == {}
    assert set(reading.contradictions(true, evolve(true, order_id="1"))) == {"order_id"}
    bench.close()
