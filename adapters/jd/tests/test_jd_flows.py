"""Flows fed with answers by hand: what the simulated platform never does."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import msgspec
import pytest
from attrs import evolve

from omnishop.errors import ConfigError, NotFound, WireError
from omnishop.model import BEIJING, Case, Kind, RefundStatus, Stage
from omnishop.ports import Account, App, Window
from omnishop_jd import adapter, methods
from omnishop_jd.details import complete_service
from omnishop_jd.operations import STREAMS

ACCOUNT = Account(App("jd", "k", "s"), "jd", "10200137")
START = datetime(2026, 4, 1, tzinfo=BEIJING)
WINDOW = Window(START, START + timedelta(days=1))


class Play:
    """Runs a flow against answers given one by one; an error class is thrown into it."""

    def __init__(self, flow):
        self.flow = flow
        self.calls = [next(flow)]

    def answer(self, inner):
        """None while the flow goes on, else its result."""
        try:
            if isinstance(inner, Exception):
                self.calls.append(self.flow.throw(inner))
            else:
                self.calls.append(self.flow.send(msgspec.Raw(json.dumps(inner).encode())))
        except StopIteration as done:
            return done.value
        return None


def stream(name):
    return next(each for each in STREAMS if each.name == name)


def page(rows, total):
    return {"pageResult": {"success": True, "code": "00000", "data": rows, "totalCount": total}}


def view(**fields):
    return {"result": {"data": {"serviceId": 7, "orderId": 8, **fields}}}


SEEN = Case("jd", "service", "7", "jd", "10200137", "8")


def test_a_list_ends_by_its_total_and_without_one_by_a_page_that_is_not_full():
    rows = [{"serviceId": number + 1, "updateTime": 1775008800000} for number in range(50)]
    for total, more in ((51, True), (50, False), (None, True)):
        play = Play(stream("service_changed").pages(ACCOUNT, WINDOW))
        got = play.answer(page(rows, total))
        assert (got.next is not None) is more
        assert got.total == total
    short = Play(stream("service_changed").pages(ACCOUNT, WINDOW)).answer(page(rows[:3], None))
    assert short.next is None


def test_the_next_page_asks_on_and_keeps_the_window():
    rows = [{"serviceId": number + 1, "updateTime": 1775008800000} for number in range(50)]
    first = Play(stream("service_changed").pages(ACCOUNT, WINDOW))
    second = Play(first.answer(page(rows, "51")).next())
    assert (first.calls[0].params["pageNumber"], second.calls[0].params["pageNumber"]) == (1, 2)
    assert second.calls[0].params["updateTimeEnd"] == "2026-04-02 00:00:00"
    assert "freightUpdateDateEnd" not in second.calls[0].params


@pytest.mark.parametrize("total", [0, None, "0"])
def test_an_empty_page_ends_a_list(total):
    got = Play(stream("service_changed").pages(ACCOUNT, WINDOW)).answer(page([], total))
    assert (got.items, got.next) == ((), None)


def test_a_page_without_the_records_it_counts_is_not_the_end_of_a_list():
    rows = [{"serviceId": number + 1, "updateTime": 1775008800000} for number in range(50)]
    first = Play(stream("service_changed").pages(ACCOUNT, WINDOW))
    with pytest.raises(WireError, match="counts records"):
        Play(stream("service_changed").pages(ACCOUNT, WINDOW)).answer(page([], 400))
    following = first.answer(page(rows, 60)).next
    with pytest.raises(WireError, match="counts records"):
        Play(following()).answer(page([], 60))
    # fewer than before: the rows have moved into a later window
    assert Play(following()).answer(page([], 50)).items == ()


@pytest.mark.parametrize("each", STREAMS, ids=lambda each: each.name)
def test_an_answer_that_tells_nothing_is_not_an_empty_list(each):
    play = Play(each.pages(ACCOUNT, WINDOW))
    with pytest.raises(WireError, match="lacks"):
        play.answer({"code": "0"})


def test_too_many_applications_for_one_window_are_not_read_half():
    play = Play(stream("refundapply_changed").pages(ACCOUNT, WINDOW))
    row = {"id": 1, "status": 0, "modified": "2026-04-01 10:00:00"}
    answer = {"queryResult": {"success": True, "totalCount": 5001, "result": [row]}}
    first = play.answer(answer)
    assert first.total == 5001, "told, so that the reader takes a shorter window"
    with pytest.raises(WireError, match="shorter"):
        Play(first.next()).answer(answer)


def test_open_applications_are_asked_for_status_by_status():
    page_of = stream("refundapply_open").pages(ACCOUNT, WINDOW)
    asked, seen, wrong = [], [], []
    while page_of is not None:
        play = Play(page_of)
        status = play.calls[0].params["status"]
        asked.append(status)
        rows = [{"id": status + 100, "status": status}, {"id": 999, "status": 3}]
        got = play.answer({"queryResult": {"success": True, "totalCount": 2, "result": rows}})
        seen += [case.case_id for case in got.items]
        wrong += [bad.record_id for bad in got.unreadable]
        page_of = got.next() if got.next else None
    assert asked == [0, 1, 5, 6, 7, 8, 9, 10]
    assert seen == [str(status + 100) for status in asked]
    assert wrong == ["999"] * 8


def test_another_error_of_an_order_search_is_not_swallowed():
    play = Play(stream("orders_changed").pages(ACCOUNT, WINDOW))
    with pytest.raises(ConfigError):
        play.answer(ConfigError("x", code="60"))
    detail = Play(adapter.order(ACCOUNT, "1"))
    with pytest.raises(ConfigError):
        detail.answer(ConfigError("x", code="60"))


def test_a_detail_of_another_record_is_not_the_one_asked_for():
    with pytest.raises(NotFound):
        Play(complete_service(ACCOUNT, SEEN)).answer({"result": {"data": {"serviceId": 9}}})
    with pytest.raises(NotFound):
        Play(complete_service(ACCOUNT, SEEN)).answer({"result": {}})
    with pytest.raises(NotFound):
        Play(adapter.order(ACCOUNT, "1")).answer({"orderDetailInfo": {"orderInfo": {"orderId": "2"}}})


def test_a_detail_that_does_not_fit_is_a_wire_error():
    with pytest.raises(WireError, match="serviceId"):
        Play(complete_service(ACCOUNT, SEEN)).answer({"result": {"data": {"serviceId": []}}})
    bad_log = Play(complete_service(ACCOUNT, SEEN))
    bad_log.answer(view(serviceStatus=10005, customerExpect=20))
    with pytest.raises(WireError):
        bad_log.answer({"result": {"data": {"expressCode": "Y", "freightLogList": [{"createDate": "soon"}]}}})


def test_an_address_that_does_not_fit_is_not_dropped():
    rows = [{"id": 1, "full_address": "x"}, {"full_address": "no id"}]
    with pytest.raises(WireError, match="id is missing"):
        Play(adapter.return_addresses(ACCOUNT)).answer({"returnAddressResult": {"return_address_s": rows}})


def test_a_case_without_an_order_number_stays_as_the_list_told_it():
    lone = evolve(SEEN, order_id=None)
    with pytest.raises(StopIteration) as done:
        next(complete_service(ACCOUNT, lone))
    assert done.value.value == lone


def test_a_waiting_case_that_audit_list_does_not_show_has_no_deadline():
    play = Play(complete_service(ACCOUNT, SEEN))
    assert play.answer(view(serviceStatus=10001, customerExpect=20)) is None
    got = play.answer(
        page([{"serviceIdList": [99], "auditOvertime": 1775181600000, "serviceStatus": 10001}], 1)
    )
    assert (got.stage, got.deadline) == (Stage.REQUESTED, None)


def test_refund_facts_are_read_to_their_last_page():
    play = Play(complete_service(ACCOUNT, SEEN))
    play.answer(view(serviceStatus=10010, customerExpect=10))
    other = {"sameOrderServiceBill": {"serviceId": 1}}
    assert play.answer(page([other] * 50, 51)) is None
    own = {
        "sameOrderServiceBill": {"serviceId": 7},
        "afsRefundId": 1,
        "refoundAmount": 1.5,
        "status": 13,
        "completeTime": 1775008800000,
    }
    got = play.answer(page([own], 51))
    assert [call.params["pageNumber"] for call in play.calls[1:]] == [1, 2]
    assert (got.stage, got.amounts.refunded, got.raw_stage) == (Stage.SUCCEEDED, 150, "10010/13")


def test_a_long_log_is_read_to_its_end():
    play = Play(adapter.timeline(ACCOUNT, "service", "7"))
    rows = [{"afsLogId": number + 1, "operateDate": 1775008800000 + number} for number in range(50)]
    play.answer(page(rows, 51))
    play.answer(page([{"afsLogId": 51}], 51))
    events = play.answer(page([{"trackContext": "x", "trackCreateDate": 1}], 1))
    assert (events[0].event_id, events[0].at) == ("51", None)
    assert events[1].topic == "track"
    assert len(events) == 52


def test_a_last_page_that_is_full_is_followed_by_an_empty_one():
    play = Play(adapter.timeline(ACCOUNT, "service", "7"))
    rows = [{"afsLogId": number + 1, "operateDate": 1775008800000 + number} for number in range(50)]
    assert play.answer(page(rows, 50)) is None
    assert play.answer(page([], 50)) is None
    assert len(play.answer(page([], 0))) == 50


def reasons(*rows):
    data = [{"code": code, "parentCode": parent, "name": code} for code, parent in rows]
    return {"result": {"success": True, "code": "00000", "data": data}}


def test_reasons_are_asked_for_level_by_level():
    """No parent named is the first level; one that was told with it is not asked for again."""
    play = Play(adapter.refuse_reasons(ACCOUNT, "service", "7"))
    assert "parentCode" not in play.calls[0].params
    assert play.answer(reasons(("801", "0"), ("803", "0"), ("80103", "801"))) is None
    assert play.calls[1].params["parentCode"] == "803"
    got = play.answer(reasons(("80301", "803")))
    assert [(one.code, one.hint) for one in got] == [
        ("801", None),
        ("803", None),
        ("80103", "parent 801"),
        ("80301", "parent 803"),
    ]


def test_a_parent_that_is_ignored_gives_no_reason_twice():
    play = Play(adapter.refuse_reasons(ACCOUNT, "service", "7"))
    play.answer(reasons(("801", "0")))
    assert [one.code for one in play.answer(reasons(("801", "0")))] == ["801"]


def test_an_order_names_its_own_source():
    with pytest.raises(ConfigError, match="refundapply"):
        next(adapter.case(ACCOUNT, "aftersale", "1"))


def test_who_are_we_without_an_answer():
    with pytest.raises(WireError):
        Play(adapter.whoami(ACCOUNT)).answer({"vender_info_result": {}})


def test_the_operator_is_named_from_the_settings():
    named = evolve(ACCOUNT, settings={"operate_pin": "p" * 60, "operate_nick": "客服"})
    assert methods.operator(named) == {"buId": "10200137", "operatePin": "p" * 50, "operateNick": "客服"}
    assert methods.operator(ACCOUNT)["operateNick"] == "omnishop"
    with pytest.raises(ConfigError):
        methods.operator(evolve(ACCOUNT, shop_id=None))


def test_ids_go_out_as_numbers_where_they_are():
    assert methods.number("9223372036854775808") == 9223372036854775808
    assert methods.number("x1") == "x1"


def test_facts_without_an_amount_prove_the_end_but_no_sum():
    from omnishop.model import RefundFact
    from omnishop_jd.service.mapping import joined

    case = Case("jd", "service", "7", kind=Kind.RETURN_REFUND, raw_stage="10041")
    fact = RefundFact("jd", "service", "7", refund_id="1", status=RefundStatus.SUCCEEDED)
    got = joined(case, facts=(fact,))
    assert (got.stage, got.amounts.refunded) == (Stage.SUCCEEDED, None)


def test_odd_fields_of_details():
    def decoded(method, data, container="result"):
        inner = {"code": "0", container: {"success": True, "code": "00000", "data": data}}
        return adapter.decode_body(
            method, json.dumps({f"{method.replace('.', '_')}_responce": inner}).encode(), None
        )

    [case] = decoded(
        "jingdong.asc.query.view",
        {
            "serviceId": 1,
            "extJsonStr": '{"APPLYREASON":',
            "questionTypeCid1Name": "其他",
            "serviceBillDetailList": [{"skuId": 5, "wareNum": 1}, {"skuId": 5}],
        },
    )
    assert (case.reason.text, case.lines[0].requested) == ("其他", None)
    [bad] = decoded("jingdong.asc.query.view", {"serviceId": 1, "serviceCount": "two", "skuId": 5})
    assert bad.error == "serviceCount is no whole number"
    [order] = adapter.decode_body(
        "jingdong.pop.order.get",
        json.dumps(
            {
                "jingdong_pop_order_get_responce": {
                    "orderDetailInfo": {
                        "apiResult": {"success": True},
                        "orderInfo": {
                            "orderId": 1,
                            "waybill": "|X",
                            "logisticsId": "467|",
                            "itemInfoList": [{"skuId": 5, "itemExt": '{"skuUuid":'}],
                        },
                    }
                }
            }
        ).encode(),
        None,
    )
    assert [(p.carrier_code, p.tracking_no) for p in order.parcels] == [("467", None), (None, "X")]
    assert order.lines[0].line_id == "5"
    method = "jingdong.pop.PopCommentJsfService.getVenderCommentsForJos"
    body = {f"{method.replace('.', '_')}_responce": {"comments": [{"commentId": 1, "isVenderReply": True}]}}
    [review] = adapter.decode_body(method, json.dumps(body).encode(), None)
    assert (review.reply.text, review.reply.at) == (None, None)
