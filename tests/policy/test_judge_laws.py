"""Laws of judgement: what is not known never allows, risk never denies, the same in gives the same out."""

from __future__ import annotations

import json
from datetime import timedelta

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.casebook import NOW, PLAIN_GOODS, QUALITY, SECOND, a_return

from omnishop.model import (
    Case,
    CaseAmounts,
    CaseLine,
    Consequence,
    Deadline,
    Dispute,
    Favours,
    Fen,
    Kind,
    Order,
    OrderAmounts,
    OrderLine,
    OrderStatus,
    Reason,
    ReasonClass,
    Stage,
    aware,
)
from omnishop.policy.answers import Outcome, Role
from omnishop.policy.casefacts import (
    BuyerFacts,
    CaseFacts,
    Channel,
    Evidence,
    FactSource,
    Finding,
    Goods,
    History,
    Known,
    ParcelFacts,
    Party,
    PastRefund,
    PromiseKind,
    Proof,
    Refusal,
    Returned,
    Severity,
    ShopFacts,
    ShopPromise,
    Way,
)
from omnishop.policy.eligibility import checks_of, outcome_of
from omnishop.policy.explain import explain
from omnishop.policy.facts import Happening
from omnishop.policy.ground import ground_of
from omnishop.policy.judge import bench, classified_by, judge
from omnishop.policy.labels import fact_called
from omnishop.policy.reading import digest_of, dump_facts, dump_verdict, read_facts, read_verdict, schema

DAYS = st.sampled_from([0, 1, 6, 7, 8, 9, 15, 29, 30, 31, 40])
FACT = st.sampled_from([True, False, None])
FENS = st.sampled_from([None, 0, 1, 2_500, 5_000, 20_001, 100_000])
TIMES = st.integers(-40, 10).map(lambda days: NOW + timedelta(days=days))
MAYBE = lambda values: st.none() | values  # noqa: E731 - reads as a strategy


@st.composite
def promises(draw):
    standing = draw(FACT)
    return ShopPromise(
        draw(st.sampled_from(PromiseKind)),
        days=draw(MAYBE(DAYS)),
        covers_exempt=draw(FACT),
        since=draw(MAYBE(TIMES)),
        until=None if standing else draw(MAYBE(TIMES)),  # one that stands has no end
        standing=standing,
        sku_ids=draw(st.sampled_from([None, (), ("S1",), ("S1", "S2"), ("S9",)])),
    )


@st.composite
def goods(draw):
    flags = ("custom", "perishable", "opened", "opened_harms", "digital", "activated", "marked")
    return Goods(
        sku_id=draw(st.sampled_from([None, "S1", "S2"])),
        cost=draw(FENS),
        **{flag: draw(st.sampled_from([False, False, True, None])) for flag in flags},
    )


@st.composite
def known(draw):
    return Known(
        cls=draw(MAYBE(st.sampled_from(ReasonClass))),
        confirmed=draw(FACT),
        severity=draw(MAYBE(st.sampled_from(Severity))),
        repairable=draw(FACT),
        wants_exchange=draw(FACT),
        keeps_goods=draw(FACT),
        over_shipped=draw(FACT),
        warehouse_proof=draw(FACT),
        carrier_fault=draw(FACT),
        finding=draw(MAYBE(st.sampled_from(Finding))),
        returned=draw(MAYBE(st.sampled_from(Returned))),
        cancelled=draw(FACT),
        advanced=draw(st.sampled_from([None, 0, 0, 1])),
        given=draw(FENS),
        exchange_value=draw(FENS),
        bad_review=draw(FACT),
        reason_changes=draw(st.sampled_from([None, 0, 2])),
        reason_related=draw(FACT),
        live_stream=draw(FACT),
        angry=draw(FACT),
        major=draw(FACT),
        channel=draw(MAYBE(st.sampled_from(Channel))),
        ship_within=draw(MAYBE(st.just(timedelta(hours=48)))),
        goods=draw(MAYBE(st.lists(goods(), max_size=2).map(tuple))),
        refusal=Refusal(None, draw(FACT), draw(FACT)),
        approvals=draw(MAYBE(st.lists(st.sampled_from(Role), max_size=2).map(tuple))),
    )


@st.composite
def facts(draw):
    """Any facts that do not contradict each other: an order's parcels are signed when the order is; a person
    classes the reason where its words do not."""
    signed = draw(MAYBE(TIMES))
    status = draw(st.sampled_from(OrderStatus))
    unshipped = status in {OrderStatus.PAID, OrderStatus.UNPAID}
    lines = draw(st.sampled_from([(), ("S1",), ("S1", "S2")]))
    parcels = [] if unshipped or not draw(st.booleans()) else [ParcelFacts(Way.OUT, signed_at=signed)]
    if draw(st.booleans()):
        parcels.append(ParcelFacts(Way.BACK, "T1", signed_at=draw(MAYBE(TIMES))))
    case = Case(
        "p",
        "refund",
        "R1",
        shop_id="7",
        kind=draw(st.sampled_from([Kind.RETURN_REFUND, *Kind])),
        stage=draw(st.sampled_from([Stage.REQUESTED, Stage.REQUESTED, *Stage])),
        dispute=draw(MAYBE(st.sampled_from(Dispute))),
        amounts=CaseAmounts(requested=draw(FENS)),
        reason=draw(
            MAYBE(
                st.sampled_from(
                    [
                        Reason(text="七天无理由"),
                        QUALITY,
                        Reason(detail="少发一件"),
                        Reason(detail="包裹丢失"),
                        Reason(),
                    ]
                )
            )
        ),
        lines=tuple(CaseLine(f"L{sku}", sku) for sku in lines),
        opened_at=draw(MAYBE(TIMES)),
        deadline=draw(MAYBE(st.just(Deadline(NOW, Consequence.AGREES, Favours.BUYER, extendable=None)))),
    )
    order = Order(
        "p",
        "O1",
        status=status,
        amounts=OrderAmounts(paid=draw(FENS)),
        created_at=draw(MAYBE(TIMES)),
        paid_at=draw(MAYBE(TIMES)),
        shipped_at=None if unshipped else draw(MAYBE(TIMES)),
        delivered_at=None if unshipped else signed,
        lines=tuple(OrderLine(f"L{sku}", sku, quantity=1, paid=draw(FENS)) for sku in ("S1", "S2")),
    )
    return CaseFacts(
        case,
        draw(MAYBE(st.just(order))),
        ShopFacts(draw(FENS), draw(FENS)),
        BuyerFacts(
            draw(MAYBE(st.just("k"))),
            draw(FACT),
            draw(FACT),
            History(
                draw(st.sampled_from([None, 3])),
                draw(MAYBE(st.lists(TIMES.map(PastRefund), max_size=4).map(tuple))),
                draw(st.sampled_from([None, 0, 2])),
                None,
                draw(st.sampled_from([None, 0, 1])),
                draw(FACT),
            ),
        ),
        draw(MAYBE(st.just((attrs.evolve(case, case_id="R2"),)))),
        draw(MAYBE(st.just(tuple(parcels)))),
        draw(
            MAYBE(
                st.lists(
                    st.builds(
                        Evidence, st.sampled_from(Proof), st.sampled_from(Party), st.integers(0, 3), FACT
                    ),
                    max_size=3,
                ).map(tuple)
            )
        ),
        draw(MAYBE(st.lists(promises(), max_size=2).map(tuple))),
        draw(known()) if case.reason in {None, Reason()} else attrs.evolve(draw(known()), cls=None),
        sources=draw(
            st.sampled_from([{}, {"known": FactSource.IMPORTED, "promises[0].days": FactSource.HAND}])
        ),
    )


UNSAID = {"platform", "source", "case_id", "what", "way", "count", "by", "at", "order_id"}
"""Not facts that may be taken away: names, and what makes a row a row."""


def without(value, path=()):
    """Every way to know one fact less: the value with one leaf taken away."""
    for field in attrs.fields(type(value)):
        now = getattr(value, field.name)
        if (
            field.name in UNSAID
            or (isinstance(value, Goods) and field.name in {"line_id", "sku_id"})
            or isinstance(now, bytes)
            or field.name == "sources"
        ):
            continue
        if attrs.has(type(now)):
            for where, less in without(now):
                yield f"{field.name}.{where}", attrs.evolve(value, **{field.name: less})
        elif isinstance(now, tuple) and now and attrs.has(type(now[0])):
            for index, each in enumerate(now):
                for where, less in without(each):
                    rows = (*now[:index], less, *now[index + 1 :])
                    yield f"{field.name}[{index}].{where}", attrs.evolve(value, **{field.name: rows})
        if field.name != "case" and now != (unknown := _unknown(field, now)):
            yield field.name, attrs.evolve(value, **{field.name: unknown})


def _unknown(field, now):
    """Kinds, stages and statuses say `unknown`; a list that may be unknown is None, not empty."""
    if isinstance(now, Kind | Stage | OrderStatus):
        return type(now)("unknown")
    if isinstance(now, dict):
        return {}
    if isinstance(now, tuple) and "None" not in str(field.type):
        return ()
    if attrs.has(type(now)) and "None" not in str(field.type):
        return type(now)()
    return None


@settings(max_examples=100, deadline=None)
@given(facts())
def test_one_fact_less_never_turns_a_no_or_a_doubt_into_a_yes(default, known_facts):
    if outcome(known_facts, default) is Outcome.ALLOW:
        return
    for where, fewer in without(known_facts):
        assert outcome(fewer, default) is not Outcome.ALLOW, where


def outcome(known_facts, pack):
    """What `judge` comes to, without all the rest of the verdict."""
    ground = ground_of(known_facts, classified_by(known_facts, bench(pack)))
    return outcome_of(checks_of(ground, pack.pack.eligibility))[0]


@settings(max_examples=60, deadline=None)
@given(facts())
def test_the_outcome_alone_is_that_of_the_verdict(default, known_facts):
    assert outcome(known_facts, default) is judge(known_facts, default, NOW).outcome


def test_every_fact_that_decides_a_no_can_be_taken_away(default):
    """The law above is not empty: taking facts away from a no leads to doubt, never to a yes."""
    late = a_return(case__opened_at=aware("2026-03-10T00:00:00") + SECOND)
    exempt = a_return(known__goods=(attrs.evolve(PLAIN_GOODS, custom=True, marked=True),))
    paid = a_return(known__advanced=Fen(1))
    for denied in (late, exempt, paid):
        assert judge(denied, default, NOW).outcome is Outcome.DENY
        outcomes = {where: judge(fewer, default, NOW).outcome for where, fewer in without(denied)}
        assert len(outcomes) > 40
        assert Outcome.ALLOW not in outcomes.values()
        assert Outcome.NEEDS_HUMAN in outcomes.values()


@settings(max_examples=60, deadline=None)
@given(facts())
def test_the_same_in_gives_the_same_out_and_json_carries_it_all(default, known_facts):
    verdict = judge(known_facts, default, NOW)
    told = json.loads(json.dumps(dump_facts(known_facts)))
    again = read_facts(told)
    assert again == known_facts
    assert judge(again, default, NOW) == verdict
    assert read_verdict(json.loads(json.dumps(dump_verdict(verdict)))) == verdict
    assert verdict.facts_digest == digest_of(again)


@settings(max_examples=60, deadline=None)
@given(facts())
def test_risk_never_decides_and_nothing_happens_by_itself(default, known_facts):
    verdict = judge(known_facts, default, NOW)
    nobody = attrs.evolve(known_facts, buyer=BuyerFacts(), shop=ShopFacts())
    assert judge(nobody, default, NOW).outcome is verdict.outcome
    assert not verdict.approval.auto
    assert len(verdict.remedies) <= default.pack.resolutions.choices.most
    assert verdict.outcome is not Outcome.ALLOW or verdict.rule is not None
    for option in verdict.next:
        if option.act.value in {"agree", "agree_return", "refund"} and option.allowed:
            assert verdict.outcome is Outcome.ALLOW
            assert known_facts.known.advanced == 0
        if option.act.value in {"refuse", "refuse_return"} and option.allowed:
            assert verdict.outcome is not Outcome.ALLOW


@settings(max_examples=60, deadline=None)
@given(facts())
def test_every_verdict_can_be_read_by_people(default, known_facts):
    verdict = judge(known_facts, default, NOW)
    zh, en = explain(verdict, "zh"), explain(verdict, "en")
    assert len(zh.splitlines()) == len(en.splitlines())
    for path in verdict.missing:
        if path.startswith(("evidence", "known", "case", "order", "buyer", "shop")):
            assert fact_called(path).zh != path, path
    for word in ("None", "Outcome.", "<", "=None"):
        assert word not in zh + en


def test_the_digest_changes_with_any_fact(default):
    base = a_return()
    seen = {digest_of(base): base}
    for where, fewer in without(base):
        assert seen.setdefault(digest_of(fewer), fewer) == fewer, where
    assert len(seen) > 40
    assert judge(base, default, NOW).facts_digest in seen


def test_schemas_name_every_fact():
    told = schema("facts")
    assert told["required"] == ["case"]
    assert set(told["properties"]) == {"type", *(each.name for each in attrs.fields(CaseFacts))}
    assert set(told["properties"]["case"]["required"]) == {"platform", "source", "case_id"}
    verdict = schema("verdict")
    assert {"outcome", "checks", "clocks", "next", "missing"} <= set(verdict["properties"])
    assert json.dumps(verdict)


def test_a_happening_may_be_known_not_to_have_happened():
    told = dump_facts(a_return(timeline__happened={Happening.DECIDED: None}))
    assert told["timeline"]["happened"] == {"decided": None}
    assert read_facts(told).timeline.happened == {Happening.DECIDED: None}
