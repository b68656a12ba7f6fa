"""Every alert at its boundaries, each with its remedy and the records behind it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.report.conftest import (
    NOW,
    ONE,
    PACKS,
    SECOND,
    SHOP,
    TWO,
    ago,
    case,
    order,
    own,
    review,
    rows,
    setting,
    tables,
)

from omnishop.model import Actor, Deadline, Favours, Grade, OrderStatus, ReasonClass, Stage, aware
from omnishop.policy.facts import Happening
from omnishop.policy.layers import BadPack, read_layer
from omnishop.report.alerts import backlog, like_causes, logistics, low_satisfaction, self_check
from omnishop.report.notices import Nearness, Notice, Unjudged
from omnishop.report.overview import warned
from omnishop.report.readiness import readiness, uncovered

NEAR, REACHED = Nearness.NEAR, Nearness.REACHED


def notices(found):
    return [each for each in found if isinstance(each, Notice)]


def missing(found):
    return {each.missing for each in found if isinstance(each, Unjudged)}


# ---------------------------------------------------------------- ALR-BACKLOG


def due(*hours, **facts):
    return [case(f"due {hour}", deadline=Deadline(NOW + timedelta(hours=hour)), **facts) for hour in hours]


def done(count, **facts):
    given = {"stage": Stage.REFUNDING, "decided_by": Actor.SELLER, "opened_at": ago(days=3)} | facts
    return [case(f"done {n}", **given) for n in range(count)]


@pytest.mark.parametrize(
    ("hours", "cleared", "warned"),
    [
        ((10, 20, 47), 0, True),
        ((10, 20), 0, False),  # fewer than three
        ((24, 24, 24), 27, False),  # 27 x 0.8 a week are 3.09 a day
        ((24, 24, 24), 26, True),  # 2.97 a day
        ((47, 47, 47), 15, False),  # 3.36 in 47 hours
        ((1, 2, 3, 47), 15, True),  # three in three hours
        ((48, 48, 48), 0, True),
        ((48.001, 48.001, 48.001), 0, False),
        ((-1, -2, -3), 0, False),  # what has run out is no backlog any more
    ],
)
def test_alr_backlog_compares_deadlines_with_what_is_cleared_until_then(hours, cleared, warned):
    found = notices(backlog([*due(*hours), *done(cleared)], setting()))
    assert bool(found) is warned
    if warned:
        assert found[0].nearness is NEAR
        assert {each.id for each in found[0].behind} == {f"claim:due {hour}" for hour in hours}


LONG_AGO = {"opened_at": ago(days=30), "stage": Stage.SUCCEEDED, "closed_at": ago(days=7)}


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({"decided_by": Actor.SELLER}, True),
        ({"decided_by": Actor.ASSISTANT}, True),
        ({"stage": Stage.REFUSED}, True),
        ({"decided_by": Actor.SELLER, "opened_at": ago(days=7)}, True),
        ({"decided_by": Actor.SELLER, "opened_at": ago(days=7) - SECOND}, False),
        ({**LONG_AGO, "decided_by": Actor.SELLER}, True),
        ({**LONG_AGO, "decided_by": Actor.SELLER, "closed_at": ago(days=7) - SECOND}, False),
        ({**LONG_AGO, "decided_by": Actor.PLATFORM_RULE}, False),
        (LONG_AGO, False),
        ({"decided_by": Actor.PLATFORM_RULE}, False),
        ({"decided_by": Actor.BUYER}, False),
        ({"decided_by": Actor.SELLER, "stage": Stage.UNKNOWN}, False),
        ({"happened": {Happening.DECIDED: ago(days=7)}, "opened_at": ago(days=30)}, True),
        ({"happened": {Happening.DECIDED: ago(days=7) - SECOND}}, False),
        ({}, None),  # nobody knows who decided
        ({"opened_at": ago(days=7)}, None),
        ({"opened_at": ago(days=7) - SECOND}, False),
    ],
)
def test_alr_backlog_counts_as_cleared_what_the_shop_decided(facts, counts):
    """27 hold three a day, 26 do not; where it depends on one that nobody knows of, it stays open."""
    given = [*due(24, 24, 24), *done(26), case("the one", **({"stage": Stage.REFUNDING} | facts))]
    found = list(backlog(given, setting()))
    assert bool(notices(found)) is (counts is False)
    assert missing(found) == ({"case.decided_by"} if counts is None else set())


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({"stage": Stage.INSPECTING}, True),
        ({"stage": Stage.RETURNING}, False),
        ({"deadline": Deadline(NOW + timedelta(hours=1), favours=Favours.SELLER)}, False),
        ({"deadline": Deadline(NOW + timedelta(hours=1), favours=Favours.UNKNOWN)}, True),
    ],
)
def test_alr_backlog_is_about_the_shops_turn_and_its_own_loss(facts, counts):
    given = [*due(10, 20), case("third", **({"deadline": Deadline(NOW + timedelta(hours=1))} | facts))]
    assert bool(notices(backlog(given, setting()))) is counts


# ---------------------------------------------------------------- ALR-CAPACITY


def ready(now, *layers, **more):
    given = {"shifts": []} | more
    packs = setting(*layers).packs if layers else PACKS
    under = setting(packs=packs, nows={ONE: aware(now)}, tables=tables(**given))
    return list(readiness(under))


def peaks(found):
    return {each.subject: each.nearness for each in notices(found) if each.subject.startswith("peak")}


FESTIVAL = "peak Spring Festival (9 days)"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-01-31T23:59:59", {}),
        ("2026-02-01T00:00:00", {FESTIVAL: NEAR}),
        ("2026-02-14T23:59:59", {FESTIVAL: NEAR}),
        ("2026-02-15T00:00:00", {FESTIVAL: REACHED}),
        ("2026-02-23T23:59:59", {FESTIVAL: REACHED}),
        ("2026-02-24T00:00:00", {}),
    ],
)
def test_alr_capacity_sees_the_festival_fourteen_days_ahead(now, expected):
    assert peaks(ready(now)) == expected


@pytest.mark.parametrize(
    ("now", "near"),
    [("2026-10-17T23:59:59", None), ("2026-10-18", NEAR), ("2026-11-01", REACHED), ("2026-11-12", None)],
)
@pytest.mark.parametrize("told_by", ["pack", "table"])
def test_alr_capacity_sees_named_periods_and_entered_peaks(now, near, told_by):
    head = '[pack]\nname = "rush"\nversion = "1"\nlayer = "period"\n'
    times = "since = 2026-11-01T00:00:00+08:00\nuntil = 2026-11-12T00:00:00+08:00\n"
    if told_by == "pack":
        found = ready(now, read_layer(head + times, "rush.toml"))
    else:
        found = ready(now, peaks=[{"name": "rush", "since": "2026-11-01", "until": "2026-11-12"}])
    assert peaks(found).get("peak rush") is near


def test_alr_capacity_a_period_of_another_shop_is_no_peak_of_ours():
    head = '[pack]\nname = "rush"\nversion = "1"\nlayer = "period"\nplatform = "alpha"\nshop = "9"\n'
    times = "since = 2026-11-01T00:00:00+08:00\nuntil = 2026-11-12T00:00:00+08:00\n"
    assert not peaks(ready("2026-10-31", read_layer(head + times, "rush.toml")))


def test_alr_capacity_does_not_guess_a_year_nobody_has_published():
    assert "calendar of 2027" in missing(ready("2026-12-25"))
    assert "calendar of 2027" not in missing(ready("2026-12-17T23:59:59"))


@pytest.mark.parametrize(
    ("shifts", "gaps"),
    [
        ([("2026-06-15T09:00", "2026-06-18T18:00")], 0),
        ([("2026-06-15T09:00", "2026-06-18T08:59"), ("2026-06-18T09:00", "2026-06-18T18:00")], 0),  # night
        ([("2026-06-15T09:00", "2026-06-16T11:00"), ("2026-06-16T11:00", "2026-06-18T18:00")], 0),
        ([("2026-06-15T09:00", "2026-06-16T11:00"), ("2026-06-16T11:01", "2026-06-18T18:00")], 1),
        ([("2026-06-15T09:00", "2026-06-17T23:00")], 1),
    ],
)
def test_alr_capacity_finds_the_hours_no_shift_covers(shifts, gaps):
    """Three days from Monday 10:00; the team works 9 to 12 and 13:30 to 18."""
    told = [{"since": since, "until": until, "people": 2} for since, until in shifts]
    found = [each for each in notices(ready("2026-06-15T10:00", shifts=told)) if each.subject == "shifts"]
    assert [len(each.figures["gaps"]) for each in found] == ([gaps] if gaps else [])


def test_alr_capacity_a_shift_of_nobody_covers_nothing():
    told = [{"since": "2026-06-15", "until": "2026-06-19", "people": 0}]
    assert "shifts" in {each.subject for each in notices(ready("2026-06-15T10:00", shifts=told))}
    assert "table shifts" in missing(readiness(setting()))


def test_what_is_left_uncovered():
    a, b, c, d = (aware(f"2026-06-15T{hour}") for hour in ("09:00", "10:00", "11:00", "12:00"))
    assert list(uncovered((a, d), [(b, c)])) == [(a, b), (c, d)]
    assert list(uncovered((a, d), [(a, c), (b, d)])) == []
    assert list(uncovered((b, c), [(a, b), (c, d)])) == [(b, c)]


# ---------------------------------------------------------------- ALR-LOGISTICS


@pytest.mark.parametrize(
    ("facts", "subject"),
    [
        ({"status": OrderStatus.PAID, "paid_at": ago(hours=48)}, None),
        ({"status": OrderStatus.PAID, "paid_at": ago(hours=48) - SECOND}, "unshipped"),
        ({"status": OrderStatus.PAID, "paid_at": ago(days=61)}, None),
        ({"shipped_at": ago(days=7)}, None),
        ({"shipped_at": ago(days=7) - SECOND}, "late"),
        ({"shipped_at": ago(days=9), "delivered_at": ago(days=1)}, None),
        ({"shipped_at": ago(days=9), "status": OrderStatus.FINISHED}, None),
    ],
)
def test_alr_logistics_late_and_unshipped(facts, subject):
    found = list(logistics([order("1", **facts)], setting()))
    assert [each.subject for each in notices(found)] == ([subject] if subject else [])
    for each in notices(found):
        assert each.remedies[0].title.startswith(
            "ship today" if subject == "unshipped" else "ask the carrier"
        )
    assert missing(found) == {"table scans"}


@pytest.mark.parametrize(
    ("scans", "still"),
    [
        ([ago(hours=72)], False),
        ([ago(hours=72) - SECOND], True),
        ([ago(hours=99), ago(hours=1)], False),  # the last one counts
        ([], False),
    ],
)
def test_alr_logistics_standing_still(scans, still):
    told = [{**SHOP, "order": "1", "at": at.isoformat()} for at in scans]
    found = list(logistics([order("1", shipped_at=ago(days=6))], setting(tables=tables(scans=told))))
    assert [each.subject for each in notices(found)] == (["still"] if still else [])
    assert not missing(found)


# ---------------------------------------------------------------- ALR-LOWSAT


def asked(*scores):
    told = [{**SHOP, "at": "2026-06-14", "score": score, "case": str(n)} for n, score in enumerate(scores)]
    return list(low_satisfaction(setting(tables=tables(satisfaction=told))))


@pytest.mark.parametrize(
    ("scores", "subjects"),
    [
        ((2,), ["cases"]),
        ((3,), []),
        ((3, *[5] * 19), []),  # 95 %
        ((3, 3, *[5] * 18), ["rate"]),
        ((3, *[5] * 18), []),  # 19 answers are too few for a rate
        ((1, *[5] * 17, 3, 3), ["cases", "rate"]),
    ],
)
def test_alr_lowsat_asks_for_the_cases_to_be_reviewed(scores, subjects):
    found = notices(asked(*scores))
    assert [each.subject for each in found] == subjects
    for each in found:
        if each.subject == "cases":
            assert {ref.id for ref in each.behind} == {str(n) for n, score in enumerate(scores) if score <= 2}


def test_alr_lowsat_needs_the_table():
    assert missing(low_satisfaction(setting())) == {"table satisfaction"}


# ---------------------------------------------------------------- ALR-SELFCHECK


@pytest.mark.parametrize(
    ("last", "due_now"), [([ago(days=7)], False), ([ago(days=7) - SECOND], True), ([], True)]
)
def test_alr_selfcheck_is_due_every_seven_days(last, due_now):
    under = setting(tables=tables(selfchecks=[{"at": at.isoformat()} for at in last]))
    found = notices(self_check([], under, ["PEN-IDLE"]))
    assert bool(found) is due_now
    if due_now:
        assert found[0].figures["penalties"] == ["PEN-IDLE"]


@pytest.mark.parametrize(
    ("reply", "kinds"),
    [
        ("这个不能退", {"negative": 1}),
        ("您自己弄坏的, 好评返现5元", {"blame": 1, "paid_review": 1}),
        ("感谢您的支持", None),
    ],
)
def test_alr_selfcheck_reads_what_went_out_by_the_wording_rules(reply, kinds):
    found = list(self_check([review("1", reply=reply, replied_at=ago(days=1))], setting()))
    texts = [each.figures for each in notices(found) if each.subject == "texts"]
    assert texts == ([kinds] if kinds else [])
    assert missing(found) == {"table selfchecks"}


# ---------------------------------------------------------------- ALR-ROOT


def like(count, **facts):
    given = {"cls": ReasonClass.QUALITY, "sub": "damage", "skus": ("s",)} | facts
    return [case(str(n), **given) for n in range(count)]


@pytest.mark.parametrize(
    ("given", "subjects"),
    [
        (like(2), []),
        (like(3), ["s quality.damage"]),
        ([*like(2), *like(2, sub="safety")], []),
        ([*like(2), *like(2, skus=("t",))], []),
        ([*like(2), *like(2, place=TWO)], []),
        (like(3, cls=ReasonClass.UNCLASSIFIED, sub=None), []),
        (like(3, cls=ReasonClass.NO_REASON, sub="mind"), []),
        (like(3, sub=None), ["s quality"]),
        (like(3, opened_at=ago(days=30)), ["s quality.damage"]),
        (like(3, opened_at=ago(days=30) - SECOND), []),
    ],
)
def test_alr_root_three_like_causes_on_one_product(given, subjects):
    found = notices(like_causes(given, setting()))
    assert [each.subject for each in found] == subjects
    for each in found:
        assert len(each.behind) == 3
        assert each.text.zh != each.text.en


# ---------------------------------------------------------------- ALR-ACTION


def everything():
    """Something for every rule."""
    old = ago(days=9)
    given = [
        *(review(str(n), grade=Grade.BAD, reply="好评返现5元", replied_at=ago(days=1)) for n in range(30)),
        *(case(f"i{n}", opened_at=old) for n in range(3)),
        *due(1, 2, 3),
        *like(12, stage=Stage.REFUSED),
        case("past", opened_at=ago(days=20)),
        order("o", shipped_at=old),
    ]
    own_tables = tables(
        violations=[{**SHOP, "id": "1", "at": "2026-06-01", "level": "2"}],
        satisfaction=[{**SHOP, "at": "2026-06-14", "score": 1, "case": "i1"}],
        selfchecks=[],
        peaks=[{"name": "rush", "since": "2026-06-18", "until": "2026-06-20"}],
        shifts=[],
        promises=[{**SHOP, "ship_hours": 1}],
        complaints=[{**SHOP, "id": str(n), "at": "2026-05-05"} for n in range(9)],
        trade=[{"platform": "alpha", "month": "2026-05", "worst_from": "1%"}],
    )
    may = order("may", paid_at=aware("2026-05-02"), shipped_at=aware("2026-05-04"))
    return warned(rows(*given, may), setting(tables=own_tables, nows={ONE: NOW}))


def test_alr_action_every_warning_names_its_remedy_and_what_is_behind_it():
    found = notices(everything())
    known = PACKS.of().pack.alerts.action.remedies
    rules = {*PACKS.of().pack.penalties.rows, *PACKS.of().pack.alerts.rows} - {"ALR-ACTION"}
    assert {each.rule for each in found} == rules
    for each in found:
        assert each.remedies, each.rule
        assert all(remedy in known.values() for remedy in each.remedies)
        assert each.behind or each.rule in {"ALR-CAPACITY", "ALR-SELFCHECK"}, each.rule
        told = each.json()
        assert all((told["text"], told["text_zh"], told["remedies"]))
        assert any("一" <= sign <= "鿿" for sign in told["text_zh"])
        assert each.text.en.isascii()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[alerts.ALR-ROOT]\nremedies = ["nothing"]', "alerts.ALR-ROOT.remedies"),
        ("[alerts.ALR-ROOT]\nremedies = []", "alerts.ALR-ROOT.remedies"),
        ('[alerts.ALR-SPIKE.by_class]\nquality = ["nothing"]', "alerts.ALR-SPIKE.by_class.quality"),
        ('[penalties.PEN-IDLE]\nremedies = ["nothing"]', "penalties.PEN-IDLE.remedies"),
        ('[penalties.PEN-FAKE]\nlint = ["nothing"]', "penalties.PEN-FAKE.lint"),
        ('[measures.MET-REFUND-TIME]\nclock = "SLA-NOTHING"', "measures.MET-REFUND-TIME.clock"),
        ("[measures.MET-AGENT.weights]\nluck = 0.5", "measures.MET-AGENT.weights"),
        ("[measures.MET-RETURN.parts.rate]\nat_least = 0.5", "measures.MET-RETURN.parts.rate"),
        ("[measures.MET-FIRST.parts.mean]\nwithin = '3wd'", "measures.MET-FIRST.parts.mean.within"),
        ("[alerts.ALR-SPIKE]\ntimes = 0", "alerts.ALR-SPIKE.times"),
    ],
)
def test_a_pack_that_names_what_is_not_there_is_told_so(text, key):
    with pytest.raises(BadPack) as caught:
        setting(own(text)).pack(ONE)
    assert key in {problem.key for problem in caught.value.problems}


@pytest.mark.parametrize(("held", "warned_of"), [(ago(days=7), True), (ago(days=7) + SECOND, False)])
def test_alr_backlog_does_not_judge_by_a_past_that_is_not_held(held, warned_of):
    found = list(backlog(due(1, 2, 3), setting(held={ONE: held})))
    assert bool(notices(found)) is warned_of
    assert missing(found) == (set() if warned_of else {"records.before"})
