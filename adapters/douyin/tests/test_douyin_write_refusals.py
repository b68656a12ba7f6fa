"""Writes that the simulated platform refuses: in its order, by its codes, in its form, and nothing moves."""

from __future__ import annotations

import json

import pytest
from adapters.douyin.tests.acting import scene

from omnishop.errors import Conflict, NotFound, OutcomeUnknown, Rejected
from omnishop.model import Kind, Stage
from omnishop.sandbox import steps

B, R, C = Kind.RETURN_REFUND, Kind.REFUND_ONLY, Kind.CANCEL
E, S, F, P = Kind.EXCHANGE, Kind.RESHIP, Kind.REPAIR, Kind.PRICE_PROTECT
BACK = ("agree_return", "send_back")

WRONG = "50002/isv.business-failed:20309541"
MISSING, INVALID = "40002/isv.missing-parameter:11000", "40004/isv.parameter-invalid:11000"
FAILED, NOBODY = "50002/isv.business-failed:11005", "20000/isp.service-error:10000"

WAYS = {
    (C, 6): (),
    (C, 27): ("refuse",),
    (R, 6): (),
    (R, 27): ("refuse",),
    (R, 12): ("agree",),
    (B, 6): (),
    (B, 7): ("agree_return",),
    (B, 11): BACK,
    (B, 12): (*BACK, "refund"),
    (B, 27): ("refuse",),
    (B, 28): ("withdraw",),
    (B, 29): (*BACK, "refuse_return"),
    (E, 6): (),
    (E, 7): ("agree_return",),
    (E, 11): BACK,
    (E, 13): (*BACK, "owe_replacement", "ship_replacement"),
    (E, 27): ("refuse",),
    (E, 29): (*BACK, "refuse_return"),
    (S, 6): (),
    (S, 8): ("agree_resend",),
    (S, 13): ("agree_resend", "ship_replacement"),
    (S, 27): ("refuse",),
    (F, 6): (),
    (F, 7): ("agree_return",),
    (F, 8): ("agree_resend",),
    (F, 11): BACK,
    (F, 13): ("agree_resend", "ship_replacement"),
    (F, 14): ("agree_resend", "ship_replacement", "confirm"),
    (F, 27): ("refuse",),
    (F, 29): (*BACK, "refuse_return"),
}
ALLOWED = {
    101: (B, "6 27"),
    102: (B, "6"),
    111: (B, "7 11 29"),
    112: (B, "11"),
    121: (B, "6 27"),
    201: (R, "6 27"),
    202: (R, "6"),
    203: (R, "6"),
    301: (E, "6 27"),
    302: (E, "6"),
    311: (E, "7 11 29"),
    312: (E, "11"),
    321: (E, "6 7 11 29"),
    401: (C, "6"),
    501: (S, "6 27"),
    502: (S, "6"),
    601: (F, "6 27"),
    602: (F, "6 27"),
    603: (F, "6"),
    611: (F, "7 8 11"),
    612: (F, "11"),
    621: (F, "6 7 8 11 27 29"),
}
"""Number, case type and statuses as the wire page's table 4.5 has them."""
FULL = {
    "reason": "与买家协商一致",
    "remark": "已沟通",
    "reject_reason_code": 3,
    "logistics": {
        "receiver_address_id": 65432101,
        "company_code": "shunfeng",
        "logistics_code": "SF7000000000001",
    },
}


@pytest.fixture(scope="module")
def there():
    with scene() as found:
        yield found


@pytest.fixture
def asks(there, speak):
    wire = speak(there.simulation)
    wire.token = there.face.credentials(there.world, there.mine, "http://douyin.test")["access_token"]
    return wire


def item(case, **more):
    return {"aftersale_id": case.case_id, **FULL, **more}


def without(case, *names):
    found = json.loads(json.dumps(item(case)))
    for name in names:
        (found if name in found else found["logistics"]).pop(name)
    return found


def operate(asks, number, *items):
    return asks.code("afterSale.operate", {"type": number, "items": list(items)})


@pytest.mark.parametrize("number", ALLOWED)
def test_a_number_is_taken_in_the_statuses_of_the_page_and_in_no_other(there, asks, number):
    kind, statuses = ALLOWED[number]
    reached = {status: way for (of, status), way in WAYS.items() if of is kind}
    assert set(map(int, statuses.split())) <= set(reached)
    for status, way in reached.items():
        case = there.case(kind, *way)
        stage, changed = case.stage, case.changed_at
        code = operate(asks, number, item(case))
        if str(status) in statuses.split():
            assert code == "10000", (number, status)
            assert case.changed_at > changed
        else:
            assert code == WRONG, (number, status)
            assert (case.stage, case.changed_at) == (stage, changed)


def test_a_number_of_another_kind_fails_and_a_kind_without_numbers_is_for_the_console(there, asks):
    assert operate(asks, 201, item(there.case(B))) == FAILED
    case = there.case(R)
    case.kind = P
    assert operate(asks, 201, item(case)) == "50002/isv.business-failed:11001"


NEEDED = [
    (number, name)
    for numbers, names in (
        ((101, 301, 601), ("receiver_address_id",)),
        ((311, 611), ("company_code", "logistics_code")),
        ((102, 112, 202, 302, 312, 502, 603, 612), ("reason", "remark", "reject_reason_code")),
    )
    for number in numbers
    for name in names
]


@pytest.mark.parametrize(("number", "name"), NEEDED)
def test_what_a_number_needs_is_missed_by_name(there, asks, number, name):
    kind, statuses = ALLOWED[number]
    case = there.case(kind, *WAYS[kind, int(statuses.split()[0])])
    stage = case.stage
    answer = asks.ask("afterSale.operate", {"type": number, "items": [without(case, name)]})
    assert f"{answer['code']}/{answer['sub_code']}" == MISSING
    assert name in answer["sub_msg"]
    assert case.stage is stage


def test_a_refusal_needs_a_reason_of_the_case_and_its_evidence(there, asks):
    case = there.case(B, delivered=False)
    assert operate(asks, 102, item(case, reject_reason_code=99)) == INVALID
    assert operate(asks, 102, item(case, reject_reason_code=2)) == INVALID
    assert operate(asks, 102, item(case, reject_reason_code=1)) == MISSING
    sound = [{"type": 3, "url": "https://a.example/1.mp3"}]
    assert operate(asks, 102, item(case, reject_reason_code=1, evidence=sound)) == MISSING
    assert operate(asks, 102, item(case, evidence=[{"type": 9, "url": "x"}])) == INVALID
    picture = [{"type": 1, "url": "https://a.example/1.jpg"}]
    assert case.stage is Stage.REQUESTED
    assert operate(asks, 102, item(case, reject_reason_code=1, evidence=picture)) == "10000"


def test_an_address_and_a_carrier_are_the_platforms_own(there, asks):
    case = there.case(B)
    assert operate(asks, 101, item(case, logistics={"receiver_address_id": 1})) == INVALID
    swap = there.case(E, *BACK)
    unknown = {"company_code": "pigeon", "logistics_code": "1234567"}
    assert operate(asks, 311, item(swap, logistics=unknown)) == INVALID
    assert (case.stage, swap.stage) == (Stage.REQUESTED, Stage.RETURNING)


def test_the_version_is_compared_where_it_is_sent(there, asks):
    case = there.case(R)
    now = int(case.changed_at.timestamp())
    assert operate(asks, 201, item(case, update_time=now - 1)) == WRONG
    assert operate(asks, 201, item(case, update_time=now + 1)) == WRONG
    assert operate(asks, 201, item(case, update_time=now)) == "10000"


def test_one_bad_item_fails_the_whole_call(there, asks):
    good, bad = there.case(R), there.case(R, "agree")
    assert operate(asks, 201, item(good), item(bad)) == WRONG
    assert operate(asks, 201, item(good), {"aftersale_id": "1"}) == NOBODY
    assert operate(asks, 201, item(good), item(good)) == INVALID
    assert operate(asks, 201, *[item(good)] * 21) == INVALID
    assert good.stage is Stage.REQUESTED
    other = there.case(R)
    answer = asks.ask("afterSale.operate", {"type": 201, "items": [item(good), item(other)]})
    assert [row["aftersale_id"] for row in answer["data"]["items"]] == [
        int(good.case_id),
        int(other.case_id),
    ]
    assert {good.stage, other.stage} == {Stage.REFUNDING}


def test_the_form_of_the_request_comes_first(asks):
    for params, code in (
        ({}, MISSING),
        ({"type": 201}, MISSING),
        ({"type": 201, "items": []}, MISSING),
        ({"type": 999, "items": [{}]}, INVALID),
        ({"type": "x", "items": [{}]}, INVALID),
        ({"type": 201, "items": "x"}, INVALID),
        ({"type": 201, "items": [7]}, INVALID),
        ({"type": 201, "items": [{}]}, MISSING),
        ({"type": 101, "items": [{"aftersale_id": "1", "logistics": 7}]}, INVALID),
        ({"type": 201, "items": [{"aftersale_id": "1"}]}, NOBODY),
    ):
        assert asks.code("afterSale.operate", params) == code, params


def test_another_shops_case_is_no_case_here(there, asks):
    other = there.face.open_shop(there.world, "douyin")
    there.world.shops.append(other)
    order = steps.place(there.world, there.face, other, [(0, 1)])
    steps.pay(there.world, order)
    claims = [steps.Claim(line, 1) for line in order.lines]
    case = steps.apply(there.world, there.face, order, C, claims, reason="1")
    number = int(case.case_id)
    assert operate(asks, 401, item(case)) == NOBODY
    told = {"aftersale_id": number, "send_type": 3, "company_code": "shunfeng", "tracking_no": "SF7000001"}
    for method, params, code in (
        ("afterSale.fillLogistics", told, "50002/isv.business-failed:11000"),
        (
            "afterSale.addOrderRemark",
            {"after_sale_id": case.case_id, "remark": "x"},
            "50002/isv.business-failed:12000",
        ),
        (
            "afterSale.CancelSendGoodsSuccess",
            {"aftersale_id": case.case_id, "op_time": 1},
            "50002/isv.business-failed:12000",
        ),
        (
            "order.logisticsAdd",
            {"order_id": order.order_id, "company_code": "shunfeng", "logistics_code": "SF7000001"},
            "50002/isv.business-failed:20015",
        ),
    ):
        assert asks.code(method, params) == code, method
    assert case.stage is Stage.REQUESTED
    assert order.parcels == []


@pytest.mark.parametrize("name", ["wrong_status", "backend_only"])
def test_a_refusal_has_the_members_and_words_of_the_reference(there, asks, shared, name):
    sample = json.loads((shared / "samples" / f"afterSale.operate.{name}.json").read_text("utf-8"))
    case = there.case(R, "agree")
    case.kind = P if name == "backend_only" else R
    new = {"x-open-no-old-err-code": "1"}
    answer = asks.ask("afterSale.operate", {"type": 201, "items": [item(case)]}, headers=new)
    case.kind = R
    assert {**answer, "log_id": ""} == {**sample, "log_id": ""}


def test_success_has_the_form_of_the_reference(there, asks, shared):
    sample = json.loads((shared / "samples" / "afterSale.operate.success.json").read_text("utf-8"))
    case = there.case(R)
    new = {"x-open-no-old-err-code": "1"}
    answer = asks.ask("afterSale.operate", {"type": 201, "items": [item(case)]}, headers=new)
    row = sample["data"]["items"][0] | {"aftersale_id": int(case.case_id)}
    assert {**answer, "log_id": ""} == {**sample, "log_id": "", "data": {"items": [row]}}


# ---------------------------------------------------------------- our errors for them


@pytest.mark.parametrize(
    ("number", "kind", "way", "more", "error"),
    [
        (201, R, ("agree",), {}, Conflict),
        (201, R, (), {"update_time": 1}, Conflict),
        (201, B, (), {}, Rejected),
        (102, B, (), {"reject_reason_code": 99}, Rejected),
        (102, B, (), {"reject_reason_code": 1}, Rejected),
        (101, B, (), {"logistics": {"receiver_address_id": 1}}, Rejected),
    ],
)
def test_a_refusal_in_a_whole_envelope_is_no_doubt(there, number, kind, way, more, error):
    case = there.case(kind, *way)
    with pytest.raises(error) as caught:
        there.shop.call("afterSale.operate", {"type": number, "items": [item(case, **more)]})
    assert type(caught.value) is error
    assert caught.value.request_id


def test_nobodys_case_is_refused_by_operate_and_not_found_elsewhere(there):
    with pytest.raises(Rejected) as caught:
        there.shop.call("afterSale.operate", {"type": 201, "items": [{"aftersale_id": "1"}]})
    assert type(caught.value) is Rejected
    with pytest.raises(NotFound):
        there.shop.call("afterSale.CancelSendGoodsSuccess", {"aftersale_id": "1", "op_time": 1})


def test_doubt_stays_doubt(there):
    case = there.case(R)
    face, answer = there.face, type(there.face).answer

    def busy(self, world, request):
        found = answer(self, world, request)
        return type(found)(503, b"<html>", {}) if request.path.endswith("operate") else found

    type(face).answer = busy
    try:
        with pytest.raises(OutcomeUnknown):
            there.shop.call("afterSale.operate", {"type": 201, "items": [item(case)]})
    finally:
        type(face).answer = answer
    assert case.stage is Stage.REFUNDING
