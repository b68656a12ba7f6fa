"""Every verb against the simulated platform, from look to read-back, and every refusal of it."""

from __future__ import annotations

import pytest

from omnishop.acts import Ask, Seen, Shown, Subject, Verb
from omnishop.errors import Conflict, NotFound, NotSupported, Rejected
from omnishop.model import Kind, Stage
from omnishop.sandbox import steps
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.world import Claim
from omnishop_jd import adapter
from omnishop_jd.face import face

SETTINGS = {"operate_pin": "cs01"}


@pytest.fixture
def world():
    return Simulation.new(platforms=("jd",), seed=5, orders=90)


@pytest.fixture
def desk(world, desk_of):
    return desk_of(world, **SETTINGS)


def case_of(world, kind, stage=Stage.REQUESTED, **marks):
    return next(
        c
        for c in world.world.cases.values()
        if c.kind is kind and c.stage is stage and all(c.marks.get(k) == v for k, v in marks.items())
    )


def applied(world, kind):
    """A case on the order that came last to its buyer."""
    told = [o for o in world.world.orders.values() if o.delivered_at and not o.cases]
    order = max(told, key=lambda o: o.delivered_at)
    claims = [Claim(order.lines[0], order.lines[0].quantity)]
    return steps.apply(world.world, face, order, kind, claims, reason="quality", detail="少一件")


def subject(case):
    return Subject("case", case.case_id, case.source)


def ask(**more):
    return Ask(by="小王", **more)


def address(world):
    return world.world.shops[0].addresses[1].address_id


# ---------------------------------------------------------------- cancel-refund applications


def waiting_application(world):
    return case_of(world, Kind.CANCEL, status=None)


def test_agree_to_an_application(world, desk):
    case = waiting_application(world)
    done = desk.act(subject(case), Verb.AGREE, ask(text="同意"))
    assert (done.shown, done.after.record.stage, done.row.money) == (Shown.DONE, Stage.REFUNDING, True)
    assert (case.stage, case.marks["check_user"], case.marks["check_remark"]) == (
        Stage.REFUNDING,
        "小王",
        "同意",
    )
    assert world.log()[-1]["verdict"] == "ok"


def test_refuse_an_application(world, desk):
    case = waiting_application(world)
    done = desk.act(subject(case), Verb.REFUSE, ask(reason="1", text="已发出"))
    assert (done.shown, done.after.record.stage) == (Shown.DONE, Stage.REFUSED)
    assert (case.refusal, case.refusal_code) == ("已发出", "1")


def test_agree_with_interception(world, desk):
    case = waiting_application(world)
    done = desk.act(subject(case), Verb.CANCEL_ORDER, ask())
    assert (done.shown, done.after.marks["status"], done.row.money) == (Shown.DONE, "6", True)


@pytest.mark.parametrize("first", [Verb.AGREE, Verb.REFUSE, Verb.CANCEL_ORDER])
def test_an_application_is_decided_once(world, desk, first):
    """The second call of the same look is refused in the platform's words; the reading excludes the other verbs."""
    case = waiting_application(world)
    said = ask(text="好", reason="5" if first is Verb.REFUSE else None)
    row, look = desk.looked(subject(case), first)
    desk.send(row, look, said)
    with pytest.raises(Conflict) as refused:
        desk.send(row, look, said)
    assert refused.value.code == "2005"
    assert world.log()[-1] | {"at": ""} == {
        "at": "",
        "platform": "jd",
        "method": "jingdong.pop.afs.soa.refundapply.replyRefund",
        "verdict": "refused",
        "code": "2005",
    }
    other = Verb.AGREE if first is Verb.REFUSE else Verb.REFUSE
    row, now = desk.looked(subject(case), other)
    assert not row.in_stage(Seen.of(now).stage)
    assert row.shows(said, Seen.of(look), Seen.of(now)) is Shown.EXCLUDED


def test_a_reject_type_nobody_lists_is_hindered(world, desk):
    case = waiting_application(world)
    assert "1 配送途中" in desk.hindered(subject(case), Verb.REFUSE, ask(reason="9", text="x")).zh
    assert desk.hindered(subject(case), Verb.REFUSE, ask(text="x")) is None


def test_the_buyer_withdraws_while_we_agree(world, desk):
    case = waiting_application(world)
    row, look = desk.looked(subject(case), Verb.AGREE)
    steps.take(world.world, face, case, "withdraw")
    with pytest.raises(Conflict):
        desk.send(row, look, ask())
    after = desk.shop.run(row.look(desk.shop.account, subject(case)))
    assert row.shows(ask(), Seen.of(look), Seen.of(after)) is Shown.EXCLUDED
    assert case.refunds == []


def test_a_shipped_orders_cancel_says_that_the_goods_are_out(world, desk):
    case = waiting_application(world)
    calls = []
    run = desk.shop._driver.call
    desk.shop._driver.call = lambda call, *rest: (calls.append(call), run(call, *rest))[1]
    steps.ship(world.world, face, case.order)
    desk.act(subject(case), Verb.AGREE, ask())
    assert next(call for call in calls if call.write).params["outWareStatus"] == 1


# ---------------------------------------------------------------- audits


@pytest.mark.parametrize("kind", [Kind.RETURN_REFUND, Kind.EXCHANGE])
def test_agree_to_a_return(world, desk, kind):
    case = case_of(world, kind, asked=None)
    done = desk.act(subject(case), Verb.AGREE_RETURN, ask(address=address(world), text="请寄回"))
    assert (done.shown, done.after.record.stage) == (Shown.DONE, Stage.AWAITING_RETURN)
    assert int(done.after.record.version) > int(done.before.record.version)
    assert case.marks["audit"]["approveNotes"] == "请寄回"


def test_agree_to_a_reshipment(world, desk):
    case = applied(world, Kind.RESHIP)
    done = desk.act(subject(case), Verb.AGREE, ask(carrier="顺丰速运", tracking="SF7788"))
    assert (done.shown, done.after.record.stage, done.row.money) == (Shown.DONE, Stage.RESENT, False)
    assert (case.replacement.carrier, case.replacement.tracking_no) == ("SF", "SF7788")


def test_refund_only_service_orders_are_agreed_to_in_the_console(world, desk):
    case = case_of(world, Kind.REFUND_ONLY)
    assert "商家后台" in desk.hindered(subject(case), Verb.AGREE, ask()).zh
    _, look = desk.looked(subject(case), Verb.AGREE)
    for row in adapter.writes("jd"):
        if row.verb is Verb.AGREE and "service" in row.sources:
            with pytest.raises(NotSupported):
                desk.send(row, look, ask(carrier="467", tracking="SF1"))
    assert case.stage is Stage.REQUESTED


@pytest.mark.parametrize("reason", ["801", "80103", "801/80103"])
def test_refuse_a_service_order(world, desk, reason):
    case = case_of(world, Kind.RETURN_REFUND, asked=None)
    done = desk.act(subject(case), Verb.REFUSE, ask(reason=reason, text="影响二次销售"))
    assert (done.shown, done.after.record.stage) == (Shown.DONE, Stage.REFUSED)
    assert (case.refusal, case.refusal_code) == ("影响二次销售", reason.split("/")[-1])


def test_ask_the_buyer_back(world, desk):
    case = case_of(world, Kind.EXCHANGE, asked=None)
    done = desk.act(subject(case), Verb.ASK_EVIDENCE, ask(text="请补充照片"))
    assert (done.shown, done.after.marks["status"]) == (Shown.DONE, "10002")
    waits = desk.hindered(subject(case), Verb.REFUSE, ask(reason="801", text="x"))
    assert "10002" in waits.en
    steps.take(world.world, face, case, "feedback")
    row, look = desk.looked(subject(case), Verb.ASK_EVIDENCE)
    assert row.shows(ask(text="请补充照片"), Seen.of(done.before), Seen.of(look)) is Shown.DONE
    assert desk.hindered(subject(case), Verb.REFUSE, ask(reason="801", text="x")) is None


AUDITS = [
    (Verb.AGREE_RETURN, {}),
    (Verb.REFUSE, {"reason": "801", "text": "x"}),
    (Verb.ASK_EVIDENCE, {"text": "x"}),
]


@pytest.mark.parametrize(("verb", "said"), AUDITS)
def test_a_stale_version_is_a_conflict_and_changes_nothing(world, desk, verb, said):
    case = case_of(world, Kind.RETURN_REFUND, asked=None)
    said = ask(**said, address=address(world) if verb is Verb.AGREE_RETURN else None)
    row, look = desk.looked(subject(case), verb)
    steps.take(world.world, face, case, "ask_feedback")
    steps.take(world.world, face, case, "feedback")
    with pytest.raises(Conflict) as refused:
        desk.send(row, look, said)
    assert (refused.value.code, case.stage) == ("10012", Stage.REQUESTED)


@pytest.mark.parametrize(("verb", "said"), AUDITS)
def test_a_wrong_stage_is_a_conflict(world, desk, verb, said):
    case = case_of(world, Kind.RETURN_REFUND, asked=None)
    said = ask(**said, address=address(world) if verb is Verb.AGREE_RETURN else None)
    row, look = desk.looked(subject(case), verb)
    steps.take(world.world, face, case, "withdraw")
    with pytest.raises(Conflict) as refused:
        desk.send(row, look, said)
    assert refused.value.code == "10011"
    after = desk.shop.run(row.look(desk.shop.account, subject(case)))
    assert row.shows(said, Seen.of(look), Seen.of(after)) is Shown.EXCLUDED


def test_addresses_that_cannot_be_sent_are_hindered(world, desk, desk_of):
    case = case_of(world, Kind.RETURN_REFUND, asked=None)
    assert "99" in desk.hindered(subject(case), Verb.AGREE_RETURN, ask(address="99")).en
    first = world.world.shops[0].addresses[0]
    first.phone = "0571-8800****"
    said = ask(address=first.address_id)
    assert "return_phone" in desk.hindered(subject(case), Verb.AGREE_RETURN, said).en
    told = desk_of(world, return_phone="0571-88001234", **SETTINGS)
    assert told.hindered(subject(case), Verb.AGREE_RETURN, said) is None


def test_reasons_that_are_not_on_the_list_are_hindered(world, desk):
    case = case_of(world, Kind.RETURN_REFUND, asked=None)
    for reason in ("1", "901/80103", "80103/801", "x"):
        assert "801" in desk.hindered(subject(case), Verb.REFUSE, ask(reason=reason, text="x")).en


def test_another_shops_records_are_not_found(world, desk):
    case, row_of = waiting_application(world), {}
    row_of["refundapply"], look = desk.looked(subject(case), Verb.AGREE)
    world.world.cases.pop((case.source, case.case_id))
    with pytest.raises(NotFound):
        desk.send(row_of["refundapply"], look, ask())
    service = case_of(world, Kind.RETURN_REFUND, asked=None)
    row, look = desk.looked(subject(service), Verb.ASK_EVIDENCE)
    world.world.cases.pop((service.source, service.case_id))
    with pytest.raises(Rejected) as refused:
        desk.send(row, look, ask(text="x"))
    assert refused.value.code == "10404"
