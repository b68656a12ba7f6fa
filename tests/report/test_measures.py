"""Every measure at its boundaries: what counts, what does not, and what is not known."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from tests.report.conftest import (
    NOW,
    ONE,
    SECOND,
    SHOP,
    TWO,
    ago,
    case,
    claim,
    figure,
    of,
    order,
    own,
    review,
    rows,
    setting,
    tables,
)

from omnishop.errors import ConfigError
from omnishop.model import Actor, Dispute, Grade, Kind, OrderStatus, ReasonClass, Stage
from omnishop.policy.facts import Happening
from omnishop.policy.measures import By
from omnishop.report.figures import Met
from omnishop.report.overview import grouped, measured

HOUR = 3600


def told(found):
    return found.tally.count, found.tally.low, found.tally.high


YES, NO, MAYBE, OUT = (1, 1, 1), (1, 0, 0), (1, 0, 1), (0, 0, 0)


# ---------------------------------------------------------------- windows and goals


@pytest.mark.parametrize(
    ("paid_at", "counts"),
    [(ago(days=30) - SECOND, 0), (ago(days=30), 1), (NOW, 1), (NOW + SECOND, 0)],
)
def test_a_window_holds_its_first_second_and_the_present(paid_at, counts):
    assert figure("MET-RETURN", "rate", order("1", paid_at=paid_at)).tally.count == counts


@pytest.mark.parametrize(
    ("opened_at", "counts"), [(ago(days=9) - SECOND, 0), (ago(days=9), 1), (ago(days=8), 0)]
)
def test_an_asked_window_ends_before_its_end(opened_at, counts):
    under = setting(since=ago(days=9), until=ago(days=8))
    assert figure("MET-FIRST", "mean", case("1", opened_at=opened_at), under=under).tally.count == counts


def test_a_layer_sets_window_and_goal_of_its_shops_only():
    under = setting(own('[measures.MET-RETURN]\nwindow = "3d"'))
    given = (order("1"), order("2", place=TWO))
    found = of(measured(rows(*given), under, By.SHOP), "MET-RETURN", "rate")
    assert list(found) == [("beta", "2")]


@pytest.mark.parametrize(
    ("orders", "back", "met"), [(100, 5, Met.MET), (99, 5, Met.MISSED), (100, 6, Met.MISSED)]
)
def test_exactly_at_the_goal_is_met(orders, back, met):
    given = [order(str(n), claims=(claim(Kind.RETURN_REFUND),) if n < back else ()) for n in range(orders)]
    assert figure("MET-RETURN", "rate", *given).met is met


@pytest.mark.parametrize(("unknown", "met"), [(4, Met.MET), (6, Met.UNKNOWN)])
def test_a_goal_is_met_only_when_no_missing_fact_can_undo_it(unknown, met):
    given = [
        order(str(n), claims=(claim(Kind.UNKNOWN if n < unknown else Kind.EXCHANGE),)) for n in range(100)
    ]
    assert figure("MET-RETURN", "rate", *given).met is met


# ---------------------------------------------------------------- MET-RETURN


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({}, NO),
        ({"claims": (claim(Kind.RETURN_REFUND),)}, YES),
        ({"claims": (claim(Kind.RETURN_REFUND), claim(Kind.RETURN_REFUND, "d"))}, YES),
        ({"claims": (claim(Kind.EXCHANGE), claim(Kind.REFUND_ONLY))}, NO),
        ({"claims": (claim(Kind.UNKNOWN),)}, MAYBE),
        ({"status": OrderStatus.UNPAID, "paid_at": None}, OUT),
        ({"status": OrderStatus.PAID}, OUT),
        ({"status": OrderStatus.CLOSED}, OUT),
        ({"status": OrderStatus.CLOSED, "shipped_at": ago(days=4)}, NO),
        ({"status": OrderStatus.CLOSED, "claims": (claim(Kind.RETURN_REFUND),)}, YES),
        ({"status": OrderStatus.UNKNOWN}, MAYBE),
    ],
)
def test_met_return_counts_shipped_orders_once(facts, counts):
    assert told(figure("MET-RETURN", "rate", order("1", **facts))) == counts


def test_met_return_by_product_counts_an_order_for_each_of_its_products():
    given = rows(order("1", skus=("a", "b"), claims=(claim(Kind.RETURN_REFUND),)), order("2", skus=()))
    found = of(measured(given, setting(), By.PRODUCT), "MET-RETURN", "rate")
    assert {key: told(each) for key, each in found.items()} == {
        ("alpha", "1", "a"): YES,
        ("alpha", "1", "b"): YES,
        ("alpha", "1", None): NO,
    }


# ---------------------------------------------------------------- MET-COMPLAINT


@pytest.mark.parametrize(
    ("orders", "complaints", "met"),
    [(200, 1, Met.MET), (199, 1, Met.MISSED), (400, 2, Met.MET), (400, 3, Met.MISSED)],
)
def test_met_complaint_is_per_paid_order(orders, complaints, met):
    given = [order(str(n)) for n in range(orders)]
    given += [case(str(n), kind=Kind.COMPLAINT) for n in range(complaints)]
    found = figure("MET-COMPLAINT", "rate", *given)
    assert (told(found), found.met) == ((orders, complaints, complaints), met)


def test_met_complaint_is_not_known_where_nobody_keeps_complaints():
    found = figure("MET-COMPLAINT", "rate", order("1"))
    assert (found.met, found.tally.missing) == (Met.UNKNOWN, {"complaints"})
    under = setting(tables=tables(complaints=[]))
    assert figure("MET-COMPLAINT", "rate", order("1"), under=under).met is Met.MET


def test_met_complaint_counts_what_stands_in_case_and_table_once():
    under = setting(
        tables=tables(complaints=[{**SHOP, "id": name, "at": "2026-06-14"} for name in ("7", "8")])
    )
    found = figure("MET-COMPLAINT", "rate", order("1"), case("7", kind=Kind.COMPLAINT), under=under)
    assert told(found) == (1, 2, 2)


# ---------------------------------------------------------------- MET-SAT


@pytest.mark.parametrize(
    ("scores", "met"), [([5] * 19 + [3], Met.MET), ([5] * 18 + [3], Met.MISSED), ([4] * 20, Met.MET)]
)
def test_met_sat_is_the_share_of_scores_that_satisfy(scores, met):
    under = setting(
        tables=tables(satisfaction=[{**SHOP, "at": "2026-06-14", "score": score} for score in scores])
    )
    found = figure("MET-SAT", "rate", under=under)
    assert (found.met, found.tally.count) == (met, len(scores))


def test_met_sat_knows_the_class_of_the_case_that_was_asked_about():
    under = setting(
        tables=tables(
            satisfaction=[{**SHOP, "at": "2026-06-14", "score": 5, "case": name} for name in ("claim:1", "2")]
        )
    )
    given = rows(case("1", cls=ReasonClass.QUALITY))
    found = of(measured(given, under, By.CLASS), "MET-SAT", "rate")
    assert {key: told(each) for key, each in found.items()} == {("quality",): YES, (None,): YES}


@pytest.mark.parametrize(
    ("rule", "part", "table"),
    [
        ("MET-SAT", "rate", "satisfaction"),
        ("MET-CONVERT", "rate", "nudges"),
        ("MET-BOT", "rate", "chats"),
        ("MET-SCORE", "score", "scores"),
        ("MET-AGENT", "volume", "agents"),
        ("MET-AGENT", "skill", "marks"),
        ("MET-AGENT", "star", "agents"),
    ],
)
def test_without_its_table_a_measure_says_so(rule, part, table):
    found = figure(rule, part, order("1"), case("2"), review("3"))
    assert found.tally.count == 0
    assert f"table {table}" in found.tally.missing
    assert found.met in {Met.UNKNOWN, Met.NO_GOAL}


# ---------------------------------------------------------------- MET-FIRST, MET-24H


def answered(after):
    opened = ago(days=3)
    return case("1", opened_at=opened, stage=Stage.REFUNDING, happened={Happening.RESPONDED: opened + after})


@pytest.mark.parametrize(
    ("after", "met"), [(timedelta(hours=4), Met.MET), (timedelta(hours=4, seconds=1), Met.MISSED)]
)
def test_met_first_is_met_at_four_hours_and_missed_a_second_later(after, met):
    found = figure("MET-FIRST", "mean", answered(after))
    assert (found.met, found.tally.low) == (met, after.total_seconds())


@pytest.mark.parametrize(
    ("after", "counts"), [(timedelta(hours=24), YES), (timedelta(hours=24, seconds=1), NO)]
)
def test_met_24h_is_in_time_at_the_limit(after, counts):
    assert told(figure("MET-24H", "rate", answered(after))) == counts


OLD = {"opened_at": ago(hours=30)}
SELLER = OLD | {"stage": Stage.REFUNDING, "decided_by": Actor.SELLER}


@pytest.mark.parametrize(
    ("facts", "mean", "in_time"),
    [
        ({"opened_at": ago(hours=24)}, (1, 0, None), OUT),  # it waits, and has time left
        ({"opened_at": ago(hours=24) - SECOND}, (1, 0, None), MAYBE),  # a message may have gone out
        (SELLER | {"changed_at": ago(hours=6)}, (1, 0, 24 * HOUR), YES),
        (SELLER | {"changed_at": ago(hours=6) + SECOND}, (1, 0, 24 * HOUR + 1), MAYBE),
        (SELLER | {"changed_at": NOW, "closed_at": ago(hours=6)}, (1, 0, 24 * HOUR), YES),
        (SELLER | {"decided_by": Actor.ASSISTANT, "changed_at": ago(hours=6)}, (1, 0, 24 * HOUR), YES),
        (OLD | {"stage": Stage.REFUSED, "changed_at": ago(hours=6)}, (1, 0, 24 * HOUR), YES),
        (OLD | {"stage": Stage.REFUNDING, "changed_at": ago(hours=6)}, (1, 0, None), MAYBE),  # by whom?
        (OLD | {"stage": Stage.CLOSED, "decided_by": Actor.BUYER, "changed_at": NOW}, OUT, OUT),
        (
            OLD | {"stage": Stage.SUCCEEDED, "decided_by": Actor.PLATFORM_RULE, "changed_at": NOW},
            (1, 0, None),
            MAYBE,
        ),
        (OLD | {"stage": Stage.UNKNOWN, "changed_at": NOW}, (1, 0, None), MAYBE),
        ({"kind": Kind.COMPLAINT}, OUT, OUT),
    ],
)
def test_met_first_and_met_24h_where_the_answers_time_is_not_told(facts, mean, in_time):
    assert told(figure("MET-FIRST", "mean", case("1", **facts))) == mean
    assert told(figure("MET-24H", "rate", case("1", **facts))) == in_time


@pytest.mark.parametrize(
    ("opened_at", "mean", "in_time"),
    [
        (ago(hours=24), (1, 24 * HOUR, None), OUT),
        (ago(hours=24) - SECOND, (1, 24 * HOUR + 1, None), NO),
    ],
)
def test_met_24h_where_answers_are_kept_silence_is_known(opened_at, mean, in_time):
    under = setting(tables=tables(moments=[]))
    assert told(figure("MET-FIRST", "mean", case("1", opened_at=opened_at), under=under)) == mean
    assert told(figure("MET-24H", "rate", case("1", opened_at=opened_at), under=under)) == in_time


# ---------------------------------------------------------------- MET-REFUND-TIME


def refund(kind=Kind.REFUND_ONLY, **facts):
    given = {"stage": Stage.SUCCEEDED, "opened_at": ago(days=9), "closed_at": ago(days=1)} | facts
    return case("1", kind=kind, **given)


def test_met_refund_time_is_from_application_to_refund():
    found = figure("MET-REFUND-TIME", "mean", refund(), refund(closed_at=ago(days=3)))
    assert told(found) == (2, 14 * 24 * HOUR, 14 * 24 * HOUR)
    assert told(figure("MET-REFUND-TIME", "mean", refund(Kind.EXCHANGE))) == OUT
    assert told(figure("MET-REFUND-TIME", "mean", refund(stage=Stage.CLOSED))) == OUT


@pytest.mark.parametrize(
    ("found", "counts"),
    [
        (refund(happened={Happening.AGREED: ago(days=2)}), NO),  # 24 h: in time
        (refund(happened={Happening.AGREED: ago(days=2) - SECOND}), YES),
        (refund(Kind.RETURN_REFUND, happened={Happening.RECEIPT_CONFIRMED: ago(days=4)}), NO),  # 72 h
        (refund(Kind.RETURN_REFUND, happened={Happening.RECEIPT_CONFIRMED: ago(days=4) - SECOND}), YES),
        (refund(), MAYBE),  # nobody told when it was agreed
        (refund(opened_at=ago(days=2)), NO),  # agreed later than applied: in time whatever it was
        (refund(opened_at=ago(days=2) - SECOND), MAYBE),
        (refund(stage=Stage.REFUNDING, changed_at=ago(hours=24), closed_at=None), MAYBE),
        (refund(stage=Stage.REFUNDING, changed_at=ago(hours=24) - SECOND, closed_at=None), YES),
        (refund(Kind.RETURN_REFUND, stage=Stage.REFUNDING, changed_at=ago(hours=72), closed_at=None), MAYBE),
        (refund(stage=Stage.REQUESTED, closed_at=None), OUT),
        (refund(Kind.EXCHANGE), OUT),
    ],
)
def test_met_refund_time_overdue_by_the_clocks(found, counts):
    assert told(figure("MET-REFUND-TIME", "overdue", found)) == counts


def test_met_refund_time_follows_the_clock_of_the_shop():
    under = setting(own('[clocks.SLA-REFUND-AGREED]\nlimit = "23h"'))
    late = refund(happened={Happening.AGREED: ago(days=2)})
    assert told(figure("MET-REFUND-TIME", "overdue", late, under=under)) == YES


# ---------------------------------------------------------------- MET-DISPUTE, MET-AUTO


@pytest.mark.parametrize(
    ("facts", "rate", "settled"),
    [
        ({"dispute": Dispute.NONE}, NO, YES),
        ({"dispute": Dispute.OPEN}, YES, NO),
        ({"dispute": Dispute.EVIDENCE_DUE}, YES, NO),
        ({"dispute": Dispute.RULED_SELLER}, YES, NO),
        ({"dispute": Dispute.WITHDRAWN}, YES, YES),
        ({"dispute": None}, MAYBE, MAYBE),
        ({"dispute": Dispute.UNKNOWN}, MAYBE, MAYBE),
        ({"dispute": None, "decided_by": Actor.ARBITRATION}, YES, NO),
    ],
)
def test_met_dispute(facts, rate, settled):
    given = case("1", stage=Stage.SUCCEEDED, closed_at=ago(hours=1), **facts)
    assert told(figure("MET-DISPUTE", "rate", given)) == rate
    assert told(figure("MET-DISPUTE", "settled", given)) == settled


@pytest.mark.parametrize(("disputed", "met"), [(1, Met.MET), (2, Met.MISSED)])
def test_met_dispute_settled_is_met_at_nine_of_ten(disputed, met):
    given = [
        case(
            str(n),
            stage=Stage.SUCCEEDED,
            closed_at=ago(hours=1),
            dispute=Dispute.RULED_BUYER if n < disputed else Dispute.NONE,
        )
        for n in range(10)
    ]
    assert figure("MET-DISPUTE", "settled", *given).met is met


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({"decided_by": Actor.PLATFORM_RULE}, YES),
        ({"decided_by": Actor.SELLER}, NO),
        ({"decided_by": Actor.ARBITRATION}, NO),
        ({"decided_by": None}, MAYBE),
        ({"decided_by": Actor.PLATFORM_RULE, "stage": Stage.CLOSED}, OUT),
        ({"decided_by": Actor.PLATFORM_RULE, "kind": Kind.EXCHANGE}, OUT),
    ],
)
def test_met_auto_counts_refunds_agreed_by_timeout(facts, counts):
    assert told(figure("MET-AUTO", "rate", refund(**facts))) == counts


def test_met_auto_is_missed_by_the_first_one():
    assert figure("MET-AUTO", "rate", refund(decided_by=Actor.SELLER)).met is Met.MET
    given = (refund(decided_by=Actor.SELLER), refund(decided_by=Actor.PLATFORM_RULE))
    assert figure("MET-AUTO", "rate", *given).met is Met.MISSED


# ---------------------------------------------------------------- MET-SCORE


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({"grade": Grade.BAD}, YES),
        ({"grade": Grade.NEUTRAL}, NO),
        ({"grade": Grade.GOOD}, NO),
        ({"stars": 2}, YES),
        ({"stars": 3}, NO),
        ({"grade": Grade.UNKNOWN, "stars": 1}, YES),
        ({"grade": Grade.UNKNOWN}, MAYBE),
        ({}, MAYBE),
    ],
)
def test_met_score_negative_reviews(facts, counts):
    assert told(figure("MET-SCORE", "negative", review("1", **facts))) == counts


@pytest.mark.parametrize(("now", "met"), [("4.81", Met.MET), ("4.80", Met.MISSED), ("4.79", Met.MISSED)])
@pytest.mark.parametrize("name", ["score", "health", "dsr"])
def test_met_score_must_be_higher_than_in_the_window_before(name, now, met):
    told = [
        ("2026-05-01", "4.80"),
        ("2026-06-01", "1.00"),
        ("2026-06-10", now),
    ]  # the latest of a window counts
    given = [{**SHOP, "at": at, "name": name, "value": value} for at, value in told]
    found = figure("MET-SCORE", name, under=setting(tables=tables(scores=given)))
    assert (found.tally.low, found.met) == (Fraction(now), met)


def test_met_score_repurchase_is_of_buyers_not_of_orders():
    given = [order(str(n), buyer=buyer) for n, buyer in enumerate("aaabbc")]
    given.append(order("7", buyer="c", status=OrderStatus.UNPAID, paid_at=None))
    assert told(figure("MET-SCORE", "repurchase", *given)) == (3, 2, 2)
    given.append(order("8", buyer=None))
    found = figure("MET-SCORE", "repurchase", *given)
    assert (told(found), found.tally.missing) == ((4, 2, 4), {"order.buyer"})


# ---------------------------------------------------------------- MET-CONVERT, MET-BOT


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({"paid_at": ago(hours=2) + SECOND}, YES),
        ({"paid_at": ago(hours=2)}, OUT),  # it had been paid
        ({"status": OrderStatus.UNPAID, "paid_at": None}, NO),
        ({"status": OrderStatus.CLOSED, "paid_at": None}, NO),
        ({"status": OrderStatus.UNKNOWN, "paid_at": None}, MAYBE),
        ({"status": OrderStatus.PAID, "paid_at": None}, MAYBE),
    ],
)
def test_met_convert_counts_orders_paid_after_the_nudge(facts, counts):
    nudges = [{**SHOP, "order": "1", "at": when.isoformat()} for when in (ago(hours=1), ago(hours=2))]
    under = setting(tables=tables(nudges=nudges))
    assert told(figure("MET-CONVERT", "rate", order("1", **facts), under=under)) == counts


def test_met_convert_does_not_know_an_order_that_is_not_kept():
    under = setting(tables=tables(nudges=[{**SHOP, "order": "1", "at": "2026-06-14"}]))
    assert told(figure("MET-CONVERT", "rate", under=under)) == MAYBE


@pytest.mark.parametrize(("bot", "met"), [(80, Met.MET), (79, Met.MISSED)])
def test_met_bot_is_met_at_four_of_five_routine_inquiries(bot, met):
    chats = [
        {**SHOP, "at": "2026-06-14", "routine": "yes", "settled_by": "bot" if n < bot else "human"}
        for n in range(100)
    ]
    chats.append({**SHOP, "at": "2026-06-14", "routine": "no", "settled_by": "human"})
    found = figure("MET-BOT", "rate", under=setting(tables=tables(chats=chats)))
    assert (told(found), found.met) == ((100, bot, bot), met)


# ---------------------------------------------------------------- MET-AGENT


def handled(agent, count=30, **facts):
    given = {"minutes": 240, "solved": "yes", "first_contact": "yes", "adherence": "yes", "score": 5} | facts
    return [
        {**SHOP, "agent": agent, "case": str(n), "at": "2026-06-14"}
        | {name: value for name, value in given.items() if value is not None}
        for n in range(count)
    ]


def marks(*agents):
    return [
        {"agent": agent, "at": "2026-06-14", "name": name, "mark": 10}
        for agent in agents
        for name in ("knowledge", "skill", "ideas")
    ]


def agents(*, marked=(), given=()):
    return measured(rows(), setting(tables=tables(agents=list(given), marks=list(marked))), By.SHOP)


def test_met_agent_figures_are_by_agent_whatever_is_asked():
    found = agents(given=[*handled("a", 2), *handled("b", 1, solved="no", minutes=None, score=3)])
    assert {key: told(each) for key, each in of(found, "MET-AGENT", "solved").items()} == {
        ("a",): (2, 2, 2),
        ("b",): NO,
    }
    assert told(of(found, "MET-AGENT", "speed")[("a",)]) == (2, 480 * 60, 480 * 60)
    assert ("b",) not in of(found, "MET-AGENT", "speed")
    assert told(of(found, "MET-AGENT", "satisfaction")[("b",)]) == NO
    assert told(of(found, "MET-AGENT", "volume")[("a",)]) == (2, 2, 2)


def test_met_agent_the_star_has_the_highest_marks_and_enough_cases():
    given = [*handled("a"), *handled("b", solved="no"), *handled("few", 29)]
    found = of(agents(given=given, marked=marks("a", "b", "few")), "MET-AGENT", "star")
    assert {key[0]: each.highest for key, each in found.items()} == {"a": True, "b": False}
    volume = Fraction(15, 100) * Fraction(30, 300)
    assert found[("a",)].tally.low == Fraction(85, 100) + volume
    assert found[("b",)].tally.low == Fraction(65, 100) + volume


def test_met_agent_a_missing_mark_leaves_the_star_open_where_it_could_decide():
    given = [*handled("a"), *handled("b", adherence=None)]
    found = of(agents(given=given, marked=marks("a", "b")), "MET-AGENT", "star")
    assert {key[0]: each.highest for key, each in found.items()} == {"a": True, "b": None}
    assert found[("b",)].tally.missing == {"agents.adherence"}


def test_met_agent_equal_marks_share_the_star():
    found = of(agents(given=[*handled("a"), *handled("b")], marked=marks("a", "b")), "MET-AGENT", "star")
    assert {key[0]: each.highest for key, each in found.items()} == {"a": True, "b": True}


def test_met_agent_a_mark_above_the_full_mark_is_named():
    with pytest.raises(ConfigError, match="a has 11 for skill; the full mark is 10"):
        agents(given=handled("a"), marked=[{"agent": "a", "at": "2026-06-14", "name": "skill", "mark": 11}])


# ---------------------------------------------------------------- MET-MIX


@pytest.mark.parametrize(
    ("by", "keys"),
    [
        (By.ALL, {("quality",), ("order",)}),
        (By.PLATFORM, {("alpha", "quality"), ("beta", "order")}),
        (By.STOREFRONT, {("stall", "quality"), ("stand", "order")}),
        (By.SHOP, {("alpha", "1", "quality"), ("beta", "2", "order")}),
        (By.PRODUCT, {("alpha", "1", "s", "quality"), ("beta", "2", "t", "order")}),
        (By.CATEGORY, {("shirts", "quality"), (None, "order")}),
        (By.CLASS, {("quality",), ("order",)}),
        (By.BUYER_GROUP, {("again", "quality"), (None, "order")}),
        (By.DAY, {("2026-06-14", "quality"), ("2026-06-15", "order")}),
        (By.WEEK, {("2026-W24", "quality"), ("2026-W25", "order")}),
        (By.MONTH, {("2026-06", "quality"), ("2026-06", "order")}),
    ],
)
def test_met_mix_tells_cases_apart_by_everything_named(by, keys):
    """2026-06-15 is a Monday: a second before its midnight in Beijing is still the week before."""
    midnight = NOW.replace(day=14, hour=16)
    bought = order("1", buyer="x")
    given = rows(
        bought,
        order("2", buyer="x"),
        case("1", cls=ReasonClass.QUALITY, order=bought, opened_at=midnight - SECOND),
        case("2", cls=ReasonClass.ORDER, place=TWO, skus=("t",), opened_at=midnight),
    )
    under = setting(tables=tables(products=[{**SHOP, "sku": "s", "category": "shirts"}]))
    if by is By.BUYER_GROUP:
        under = grouped(given, under)
    found = of(measured(given, under, by), "MET-MIX", "cases")
    assert set(found) == keys
    assert all(told(each) == YES for each in found.values())


@pytest.mark.parametrize(
    ("orders", "group"), [(1, "first"), (2, "again"), (4, "again"), (5, "regular"), (9, "regular")]
)
def test_met_mix_groups_of_buyers_begin_at_their_number_of_paid_orders(orders, group):
    bought = [order(str(n), buyer="x") for n in range(orders)]
    given = rows(*bought, case("1", cls=ReasonClass.ORDER, order=bought[0]))
    found = of(measured(given, grouped(given, setting()), By.BUYER_GROUP), "MET-MIX", "cases")
    assert set(found) == {(group, "order")}


def test_a_shop_that_is_not_reported_on_counts_nowhere():
    under = setting(
        nows={TWO: NOW},
        tables=tables(chats=[{**SHOP, "at": "2026-06-14", "routine": "1", "settled_by": "bot"}]),
    )
    given = rows(order("1"), case("2"), review("3", grade=Grade.BAD))
    assert all(each.tally.count == 0 for each in measured(given, under, By.ALL))


def test_what_has_no_time_is_not_counted_and_said_to_be_there():
    found = figure("MET-MIX", "cases", case("1", opened_at=None), case("2"), key=("unclassified",))
    assert (found.tally.count, found.tally.missing) == (1, {"record.time"})
    found = figure("MET-REFUND-TIME", "mean", refund(), refund(closed_at=None))
    assert (found.tally.count, found.tally.missing) == (1, {"record.time"})


@pytest.mark.parametrize(("held", "met"), [(ago(days=30), Met.MET), (ago(days=30) + SECOND, Met.UNKNOWN)])
def test_a_window_that_begins_before_the_records_reaches_no_goal(held, met):
    under = setting(held={ONE: held})
    found = figure("MET-RETURN", "rate", order("1"), under=under)
    assert (found.met, found.tally.count) == (met, 1)
    assert ("records.before" in found.tally.missing) is (met is Met.UNKNOWN)
    told = setting(held={ONE: NOW}, tables=tables(satisfaction=[{**SHOP, "at": "2026-06-14", "score": 5}]))
    assert figure("MET-SAT", "rate", under=told).met is Met.MET


@pytest.mark.parametrize(("held", "met"), [(ago(days=60), Met.MET), (ago(days=60) + SECOND, Met.UNKNOWN)])
def test_a_goal_that_looks_back_needs_the_window_before_whole(held, met):
    given = [review("1", grade=Grade.GOOD), review("2", grade=Grade.BAD, created_at=ago(days=40))]
    assert figure("MET-SCORE", "negative", *given, under=setting(held={ONE: held})).met is met
    bought = [order("1", buyer="x"), order("2", buyer="x"), order("3", paid_at=ago(days=40))]
    assert figure("MET-SCORE", "repurchase", *bought, under=setting(held={ONE: held})).met is met
