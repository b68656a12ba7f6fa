"""Merge: any order, any number of times, the same record; and what wins over what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import reduce

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from omnishop import jsonform
from omnishop.engine.merge import merge, snapshot
from omnishop.model import (
    Actor,
    Buyer,
    Case,
    CaseAmounts,
    CaseLine,
    Consequence,
    Deadline,
    Dispute,
    Fen,
    FollowUp,
    Grade,
    Kind,
    Order,
    OrderAmounts,
    OrderLine,
    OrderStatus,
    Parcel,
    Reason,
    ReasonClass,
    Reply,
    Review,
    Stage,
)

T = datetime(2026, 5, 1, tzinfo=UTC)
TIMES = st.sampled_from([T, T + timedelta(hours=1), T + timedelta(microseconds=5), T + timedelta(days=1)])
FEW = st.sampled_from(["a", "b", "unknown"])
FEN = st.sampled_from([Fen(0), Fen(100), Fen(2000)])


def maybe(strategy):
    return st.none() | strategy


CASES = st.builds(
    Case,
    platform=st.just("p"),
    source=st.just("s"),
    case_id=st.just("1"),
    storefront=maybe(st.just("f")),
    shop_id=st.just("7"),
    order_id=maybe(FEW),
    kind=st.sampled_from(Kind),
    stage=st.sampled_from(Stage),
    dispute=maybe(st.sampled_from(Dispute)),
    amounts=st.builds(CaseAmounts, requested=maybe(FEN), refunded=maybe(FEN)),
    reason=maybe(st.builds(Reason, maybe(FEW), maybe(FEW), maybe(st.sampled_from(ReasonClass)))),
    lines=st.lists(st.builds(CaseLine, maybe(FEW), maybe(FEW)), max_size=2).map(tuple),
    opened_at=maybe(TIMES),
    changed_at=maybe(TIMES),
    closed_at=maybe(TIMES),
    deadline=maybe(st.builds(Deadline, TIMES, st.sampled_from(Consequence), extendable=maybe(st.booleans()))),
    decided_by=maybe(st.sampled_from(Actor)),
    version=maybe(st.sampled_from(["1", "2", "10", "010", "x"])),
    raw_kind=maybe(FEW),
    raw_stage=maybe(FEW),
    raw=st.sampled_from([b"", b"1", b"2", b"11"]),
)
ORDERS = st.builds(
    Order,
    platform=st.just("p"),
    order_id=st.just("1"),
    shop_id=st.just("7"),
    status=st.sampled_from(OrderStatus),
    amounts=st.builds(OrderAmounts, paid=maybe(FEN)),
    created_at=maybe(TIMES),
    paid_at=maybe(TIMES),
    changed_at=maybe(TIMES),
    lines=st.lists(st.builds(OrderLine, maybe(FEW), price=maybe(FEN)), max_size=2).map(tuple),
    parcels=st.lists(st.builds(Parcel, maybe(FEW), line_ids=st.just(("1",))), max_size=2).map(tuple),
    buyer=maybe(st.builds(Buyer, maybe(FEW), maybe(FEW))),
    remark=maybe(FEW),
    raw_status=maybe(FEW),
)
REVIEWS = st.builds(
    Review,
    platform=st.just("p"),
    review_id=st.just("1"),
    shop_id=st.just("7"),
    grade=maybe(st.sampled_from(Grade)),
    stars=maybe(st.integers(1, 5)),
    text=maybe(FEW),
    follow_ups=st.lists(st.builds(FollowUp, maybe(FEW), at=maybe(TIMES)), max_size=2).map(tuple),
    reply=maybe(st.builds(Reply, maybe(FEW), maybe(TIMES))),
    created_at=maybe(TIMES),
    raw_grade=maybe(FEW),
)


def of(records):
    return st.builds(snapshot, records, TIMES)


THREE = st.one_of(*(st.lists(of(kind), min_size=1, max_size=4) for kind in (CASES, ORDERS, REVIEWS)))


@given(THREE, st.randoms(use_true_random=False))
def test_the_order_in_which_snapshots_come_does_not_matter(snapshots, random):
    shuffled = list(snapshots)
    random.shuffle(shuffled)
    assert reduce(merge, snapshots) == reduce(merge, shuffled)


@given(THREE)
def test_snapshots_met_again_change_nothing(snapshots):
    whole = reduce(merge, snapshots)
    for each in snapshots:
        assert merge(whole, each) == merge(each, whole) == whole
    assert merge(whole, whole) == whole


@given(THREE)
def test_what_comes_out_is_a_record(snapshots):
    body = reduce(merge, snapshots).body
    assert jsonform.dump(jsonform.load(body)) == body


@given(THREE)
def test_nothing_known_at_the_latest_moment_is_forgotten(snapshots):
    whole = reduce(merge, snapshots)
    latest = max(each.at for each in snapshots)
    for each in snapshots:
        if each.at == latest and each.body.get("version") == whole.body.get("version"):
            for name, value in each.body.items():
                if name in {"raw_stage", "raw_status", "raw_grade"}:
                    continue  # goes with the stage it stands beside
                assert value in _empty(name) or whole.body[name] not in _empty(name)


def _empty(name):
    return (None, [], "unknown") if name in {"kind", "stage", "status", "dispute", "grade"} else (None, [])


@given(st.lists(of(CASES), min_size=2, max_size=4))
def test_a_kind_once_known_is_kept(snapshots):
    known = [each for each in snapshots if each.body["kind"] != "unknown"]
    kind = reduce(merge, snapshots).body["kind"]
    if not known:
        assert kind == "unknown"
        return
    first = min(each.at for each in known)
    assert kind in {each.body["kind"] for each in known if each.at == first}


def at(hours, **facts):
    changed = T + timedelta(hours=hours)
    return snapshot(Case("p", "s", "1", shop_id="7", changed_at=changed, **facts), T + timedelta(days=9))


def merged(*snapshots):
    return jsonform.load(reduce(merge, snapshots).body)


def test_the_later_snapshot_wins_even_where_it_says_less():
    deadline = Deadline(T + timedelta(days=2))
    whole = merged(at(2, stage=Stage.CLOSED), at(1, stage=Stage.REQUESTED, deadline=deadline))
    assert (whole.stage, whole.deadline) == (Stage.CLOSED, None)


def test_at_the_same_moment_the_higher_version_wins_as_a_number():
    whole = merged(at(1, version="9", stage=Stage.CLOSED), at(1, version="10", stage=Stage.REQUESTED))
    assert (whole.version, whole.stage) == ("10", Stage.REQUESTED)


def test_at_the_same_moment_and_version_nulls_are_filled_from_the_other():
    one = at(1, reason=Reason(code="7"), amounts=CaseAmounts(requested=Fen(5)))
    other = at(1, reason=Reason(text="broken"), amounts=CaseAmounts(refunded=Fen(3)), stage=Stage.REFUNDING)
    whole = merged(one, other)
    assert whole.reason == Reason("7", "broken")
    assert whole.amounts == CaseAmounts(requested=Fen(5), refunded=Fen(3))
    assert whole.stage is Stage.REFUNDING


def test_a_stage_stays_beside_its_own_code():
    whole = merged(at(1, stage=Stage.REQUESTED, raw_stage="Z"), at(1, stage=Stage.REFUSED, raw_stage="A"))
    assert (whole.stage, whole.raw_stage) == (Stage.REFUSED, "A")


def test_a_case_turned_into_another_kind_keeps_its_first():
    whole = merged(at(1, kind=Kind.EXCHANGE), at(2, kind=Kind.RETURN_REFUND, raw_kind="turned"))
    assert (whole.kind, whole.raw_kind) == (Kind.EXCHANGE, "turned")


def test_without_a_time_of_change_the_time_of_reading_counts():
    case = Case("p", "s", "1", shop_id="7", stage=Stage.REQUESTED)
    later = snapshot(evolve(case, stage=Stage.UNKNOWN, raw_stage="new code"), T + timedelta(hours=1))
    assert merged(later, snapshot(case, T)).stage is Stage.UNKNOWN, (
        "an unknown code is no reason to tell the old"
    )


def test_a_review_that_was_answered_is_the_later_one():
    review = Review("p", "1", shop_id="7", created_at=T, text="so so")
    answered = evolve(review, reply=Reply("sorry", T + timedelta(hours=2)))
    one, other = snapshot(answered, T), snapshot(review, T + timedelta(days=1))
    assert merged(one, other) == answered
