"""Laws of the rows of writes: what a reading may never show, what a row may never lack, carriers, races with time."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import attrs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnishop.acts import Ask, Look, Seen, Shown, Subject, Verb, missing
from omnishop.errors import Conflict, PermissionDenied, WireError
from omnishop.model import ENDED, Case, Dispute, Kind, OrderStatus, Stage
from omnishop.ports import Account, App, Capability, Level
from omnishop.sandbox import orders, steps
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.world import Claim
from omnishop_jd import adapter
from omnishop_jd.catalogue import METHODS, READS
from omnishop_jd.face import face
from omnishop_jd.writes.parts import Carrier, carrier_meant, carriers, digest, events, listed_reason, pair

ROWS = adapter.writes("jd")
NAMES = [f"{row.verb}-{row.record}-{'-'.join(sorted(row.kinds)) or '-'}-{row.method}" for row in ROWS]
STATUSES = [
    "",
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "10",
    "11",
    "10001",
    "10002",
    "10005",
    "10012",
]
MARKS = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(STATUSES),
        "waybill": st.sampled_from(["", "SF1", "YT2"]),
        "waybills": st.sampled_from(["", "SF1", "SF1,YT2"]),
        "memo": st.sampled_from(["", digest("甲"), f"{digest('甲')},{digest('乙')}"]),
        "reply": st.sampled_from(["乙", "丙"]),
        f"said:{digest('乙')}": st.sampled_from(["1", "2"]),
    },
)
SEEN = st.builds(
    Seen,
    stage=st.sampled_from([*Stage, *OrderStatus]).map(str),
    dispute=st.sampled_from([None, *Dispute]),
    version=st.sampled_from([None, "1", "2"]),
    changed_at=st.sampled_from([None, datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)]),
    refunded=st.sampled_from([None, 100]),
    marks=MARKS,
)
ASKS = st.builds(
    Ask, text=st.sampled_from([None, "", " ", "|", "乙"]), tracking=st.sampled_from([None, "SF1", "SF1,YT2"])
)


@pytest.fixture
def sim():
    return Simulation.new(platforms=("jd",), seed=9, orders=3)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
@settings(max_examples=40)
@given(ask=ASKS, seen=SEEN)
def test_a_record_that_did_not_change_never_shows_an_effect(row, ask, seen):
    assert row.shows(ask, seen, seen) is not Shown.DONE


@pytest.mark.parametrize("row", [row for row in ROWS if row.money], ids=lambda row: row.method)
@settings(max_examples=60)
@given(ask=ASKS, before=SEEN, after=SEEN)
def test_money_is_never_shown_on_a_case_that_ended_without_it(row, ask, before, after):
    closed = attrs.evolve(after, stage=Stage.CLOSED.value, marks={**after.marks, "status": "11"})
    assert row.shows(ask, before, closed) is not Shown.DONE


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_what_every_row_has(row):
    assert row.method is None or METHODS[row.method].write
    assert row.method not in READS
    assert row.says.zh
    assert row.says.en
    assert row.evidence
    assert set(row.needs) <= {field.name for field in attrs.fields(Ask)}
    level = adapter.support("jd", Capability(row.verb)).level
    assert level in {Level.NATIVE, Level.LIMITED, Level.UNVERSIONED}
    if row.stages:
        known = {*Stage, *OrderStatus} if row.record == "order" else set(Stage)
        assert row.stages <= {str(each) for each in known}
        assert not row.stages & {str(each) for each in ENDED}


def test_every_verb_that_is_offered_has_a_row_and_no_other():
    offered = {
        verb for verb in Verb if adapter.support("jd", Capability(verb)).level is not Level.NOT_OFFERED
    }
    assert offered == {row.verb for row in ROWS}


def test_money_is_said_where_the_platform_pays():
    assert {(row.verb, kind) for row in ROWS if row.money for kind in row.kinds} == {
        (Verb.AGREE, Kind.CANCEL),
        (Verb.CANCEL_ORDER, Kind.CANCEL),
        (Verb.CONFIRM_RECEIPT, Kind.RETURN_REFUND),
    }


def test_the_version_goes_wherever_the_method_takes_one(shared):
    told = {row["name"]: row for row in json.loads((shared / "methods.json").read_text())["methods"]}
    for row in ROWS:
        if row.method is not None:
            assert row.versioned == ("sysVersion" in told[row.method]["required"]), row.method


# ---------------------------------------------------------------- carriers and reasons

SIGNED = (Carrier("467", "顺丰快递"), Carrier("1499", "中通速递"), Carrier("2087", "京东快递"))


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("467", "467"),
        ("顺丰快递", "467"),
        ("顺丰速运", "467"),
        ("中通", "1499"),
        ("2087:京东", "2087"),
        ("德邦", None),
        ("99", None),
        ("", None),
        (None, None),
    ],
)
def test_a_carrier_is_meant_by_id_or_name(told, meant):
    found = carrier_meant(told, SIGNED)
    assert (found.id if found else None) == meant


def test_without_the_list_id_and_name_are_taken_as_given():
    assert carrier_meant("3046:德邦快递", ()) == Carrier("3046", "德邦快递")
    assert carrier_meant("3046", ()) == Carrier("3046", "3046")
    assert carrier_meant("德邦", ()) is None
    flow = carriers()
    assert next(flow).method == "jingdong.fce.alpha.getVenderCarrier"
    with pytest.raises(StopIteration) as done:
        flow.throw(PermissionDenied("no"))
    assert done.value.value == ()


def test_an_app_without_the_carriers_still_ships(sim, desk_of):
    order = orders.place(sim.world, face, sim.world.shops[0], [(0, 1)])
    orders.pay(sim.world, order)
    sim.world.shops[0].marks["not_granted"] = ("jingdong.fce.alpha.getVenderCarrier",)
    said = Ask(carrier="467:顺丰快递", tracking="SF5")
    done = desk_of(sim).act(Subject("order", order.order_id), Verb.SHIP, said)
    assert (done.shown, order.parcels[0].carrier) == (Shown.DONE, "SF")


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ("801", (801, None)),
        ("801/80103", (801, 80103)),
        ("a", None),
        ("1/2/3", None),
        ("", None),
        (None, None),
    ],
)
def test_a_pair_of_reasons(told, codes):
    assert pair(told) == codes


@given(st.text(max_size=12))
def test_only_reasons_of_the_list_are_listed(told):
    assert listed_reason(told, {"801": None, "80103": "801"}) in {None, (801, None), (801, 80103)}


# ---------------------------------------------------------------- races with time and others


def case_of(sim, kind):
    world = sim.world
    order = orders.place(world, face, world.shops[0], [(0, 1)])
    orders.pay(world, order)
    if kind is not Kind.CANCEL:
        orders.ship(world, face, order)
        sim.advance(3 * 86400)
    reason = "unwanted" if kind is Kind.CANCEL else "quality"
    return steps.apply(world, face, order, kind, [Claim(order.lines[0], 1)], reason=reason)


@pytest.mark.parametrize(
    ("kind", "verb"), [(Kind.CANCEL, Verb.AGREE), (Kind.RETURN_REFUND, Verb.AGREE_RETURN)]
)
def test_the_deadline_passes_during_our_call(sim, desk_of, kind, verb):
    """The platform agreed a second before us: our call is refused, and the reading shows the effect."""
    desk, case = desk_of(sim), case_of(sim, kind)
    subject = Subject("case", case.case_id, case.source)
    row, look = desk.looked(subject, verb)
    said = Ask(address=sim.world.shops[0].addresses[0].address_id)
    sim.advance(48 * 3600 + 660)
    with pytest.raises(Conflict):
        desk.send(row, look, said)
    _, after = desk.looked(subject, verb)
    assert row.shows(said, Seen.of(look), Seen.of(after)) is Shown.DONE
    sim.advance(86400)
    assert len(case.refunds) == (1 if kind is Kind.CANCEL else 0)


def test_one_refund_asked_by_two_workers(sim, desk_of):
    first, second, case = desk_of(sim), desk_of(sim), case_of(sim, Kind.CANCEL)
    subject = Subject("case", case.case_id, case.source)
    looks = [desk.looked(subject, Verb.AGREE) for desk in (first, second)]
    first.send(*looks[0], Ask())
    with pytest.raises(Conflict):
        second.send(*looks[1], Ask())
    sim.advance(5 * 86400)
    assert [refund.amount for refund in case.refunds] == [case.requested]


def test_a_shop_without_its_id_asks_for_it_and_writes_once(sim):
    """buId is the vender_id behind the session: the send asks who it is, and its write is its last call."""
    case = case_of(sim, Kind.RETURN_REFUND)
    row = next(row for row in ROWS if row.verb is Verb.REMARK and row.record == "case")
    look_case = Case("jd", "service", case.case_id, order_id=case.order.order_id)
    flow = row.send(Account(App("jd", "k", "s"), "jd"), Look(look_case), Ask(text="x"))
    call = next(flow)
    assert (call.method, call.write) == ("jingdong.seller.vender.info.get", False)
    call = flow.send(msgspec.Raw(b'{"vender_info_result":{"vender_id":10200137}}'))
    assert (call.write, call.params["buId"]) == (True, "10200137")


def test_what_is_not_said_is_missing():
    row = next(row for row in ROWS if row.verb is Verb.REFUSE and "service" in row.sources)
    assert missing(row, Ask()) == ("reason", "text")


@pytest.mark.parametrize("verb", [Verb.AGREE, Verb.REFUSE])
def test_a_chased_application_that_was_ruled_on_is_decided(sim, desk_of, verb):
    desk, case = desk_of(sim), case_of(sim, Kind.CANCEL)
    subject = Subject("case", case.case_id, case.source)
    steps.take(sim.world, face, case, "chase")
    row, look = desk.looked(subject, verb)
    steps.take(sim.world, face, case, "rule_buyer")
    with pytest.raises(Conflict):
        desk.send(row, look, Ask(text="x"))
    _, after = desk.looked(subject, verb)
    assert after.marks["status"] == "5"
    shown = row.shows(Ask(text="x"), Seen.of(look), Seen.of(after))
    assert shown is (Shown.DONE if verb is Verb.AGREE else Shown.EXCLUDED)


def test_a_refusal_that_has_lapsed_cannot_be_disputed(sim, desk_of):
    """The wire still says 10004; the platform refuses all the same."""
    desk, case = desk_of(sim, contact_tel="1"), case_of(sim, Kind.RETURN_REFUND)
    subject = Subject("case", case.case_id, case.source)
    steps.take(sim.world, face, case, "refuse")
    row, look = desk.looked(subject, Verb.INTERVENE)
    steps.take(sim.world, face, case, "lapse")
    with pytest.raises(Conflict) as refused:
        desk.send(row, look, Ask(reason="101"))
    assert refused.value.code in {"10011", "10012"}
    assert not case.disputed


def test_a_write_that_was_not_granted_is_not_applied(sim, desk_of):
    desk, case = desk_of(sim), case_of(sim, Kind.CANCEL)
    sim.world.shops[0].marks["not_granted"] = ("jingdong.pop.afs.soa.refundapply.replyRefund",)
    row, look = desk.looked(Subject("case", case.case_id, case.source), Verb.AGREE)
    with pytest.raises(PermissionDenied) as refused:
        desk.send(row, look, Ask())
    assert (refused.value.code, case.stage) == ("24", Stage.REQUESTED)


# ---------------------------------------------------------------- lists that a reading stands on


def pages(flow, *answers):
    """Feed a flow its pages; what it makes of them."""
    asked = [next(flow).params]
    asked += [flow.send(msgspec.Raw(json.dumps(inner).encode())).params for inner in answers[:-1]]
    with pytest.raises(StopIteration) as done:
        flow.send(msgspec.Raw(json.dumps(answers[-1]).encode()))
    return done.value.value, asked


def tracks(count, total):
    rows = [{"trackCreateDate": 1773561600000, "trackContext": f"第{n}条"} for n in range(count)]
    told = {} if total is None else {"totalCount": total}
    return {"pageResult": {"success": True, "code": "00000", "data": rows, **told}}


def said(*answers):
    account = Account(App("jd", "k", "s"), "jd", "1")
    return pages(events("jingdong.asc.track.list", {}, account), *answers)


def test_all_that_was_said_is_read():
    marks, asked = said(tracks(50, 51), tracks(1, 51))
    assert [params["pageNumber"] for params in asked] == [1, 2]
    assert marks[f"said:{digest('第0条')}"] == "2"
    assert len(marks) == 50
    assert len(said(tracks(50, 50))[1]) == 1
    assert len(said(tracks(50, None), tracks(0, None))[1]) == 2
    assert said(tracks(0, 0))[0] == {}


@pytest.mark.parametrize("answer", [tracks(3, 4), tracks(49, "60")])
def test_a_list_that_lacks_what_it_counts_proves_nothing(answer):
    """A short page: "it was not said" would be made up."""
    with pytest.raises(WireError, match="counts"):
        said(answer)


def test_a_row_that_does_not_fit_proves_nothing():
    broken = tracks(1, 1)
    broken["pageResult"]["data"][0]["trackCreateDate"] = "yesterday"
    with pytest.raises(WireError):
        said(broken)


# ---------------------------------------------------------------- fields that an answer lacks


def row_of(verb, record="case"):
    return next(row for row in ROWS if row.verb is verb and row.record == record)


def seen(stage=None, version=None, **marks):
    return Seen(stage, version=version, marks=marks)


@pytest.mark.parametrize(
    ("row", "ask", "before", "after"),
    [
        (row_of(Verb.INTERVENE), Ask(), seen("inspecting", "3", status="1"), seen("inspecting", status="1")),
        (row_of(Verb.INTERVENE), Ask(), seen("inspecting", "3", status="1"), seen("inspecting", "4", status="")),
        (row_of(Verb.FILL_LOGISTICS), Ask(tracking="S"), seen("returning"), seen("returning", waybill="?")),
        (row_of(Verb.SHIP, "order"), Ask(tracking="SF1"), seen("paid", waybills=""), seen("shipped", waybills="")),
        (row_of(Verb.REMARK, "order"), Ask(text="乙"), seen("paid", memo=digest("甲")), seen("paid", memo="?")),
        (row_of(Verb.REPLY_REVIEW, "review"), Ask(text="乙"), seen(answered="told"), seen(answered="?")),
        (row_of(Verb.CANCEL_ORDER), Ask(), seen("requested", status="0"), seen("unknown", status="")),
        (row_of(Verb.AGREE), Ask(), seen("requested", status="0"), seen("unknown", status="")),
        (row_of(Verb.CONFIRM_RECEIPT), Ask(), seen("returning", "3"), seen("unknown", "3")),
    ],
)  # fmt: skip
def test_what_is_not_told_is_neither_done_nor_undone(row, ask, before, after):
    assert row.shows(ask, before, after) is Shown.MOVED


def test_a_remark_where_none_was_told_is_done_once_it_stands_there():
    row = row_of(Verb.REMARK, "order")
    assert row.shows(Ask(text="乙"), seen(memo="?"), seen(memo=digest("乙"))) is Shown.DONE
