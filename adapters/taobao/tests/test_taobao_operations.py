"""Flows step by step: what is asked of the platform, in which order, and what is made of the answers."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import msgspec
import pytest
from attrs import evolve

from omnishop.errors import ConfigError, NotFound, Rejected, WireError
from omnishop.model import Case, Kind, Review, Stage
from omnishop.ports import Token, Window
from omnishop_taobao import adapter, operations, tokens
from omnishop_taobao.streams import REVIEW_ROWS

NOW = datetime.fromisoformat("2026-09-15T12:00:00+08:00")
DAY = Window(NOW - timedelta(days=1), NOW)
AT = "2026-09-15 08:00:00"


class Driven:
    """Runs a flow against answers given by method, and keeps what was asked."""

    def __init__(self, **answers):
        self.answers = {name.replace("_", "."): answer for name, answer in answers.items()}
        self.asked = []

    def run(self, flow):
        try:
            call = next(flow)
            while True:
                self.asked.append(call)
                answer = self.answers[call.method]
                told = answer(call.params) if callable(answer) else answer
                if isinstance(told, Exception):
                    call = flow.throw(told)
                else:
                    call = flow.send(msgspec.Raw(json.dumps(told).encode()))
        except StopIteration as done:
            return done.value

    def pages(self, stream, account, window=DAY):
        page = self.run(stream.pages(account, window))
        yield page
        while page.next is not None:
            page = self.run(page.next())
            yield page


def stream(name, storefront="tmall"):
    return next(s for s in adapter.streams(storefront) if s.name == name)


# ---------------------------------------------------------------- paging


def increments(rows):
    def answer(params):
        size, page = params["page_size"], params["page_no"]
        return {"total_results": len(rows), "trades": {"trade": rows[(page - 1) * size : page * size]}}

    return answer


@pytest.mark.parametrize(
    ("count", "asked"), [(0, [1]), (1, [1]), (100, [1]), (101, [1, 2, 1]), (250, [1, 3, 2, 1])]
)
def test_orders_are_counted_then_read_from_the_last_page_to_the_first(account, count, asked):
    rows = [{"tid": n, "modified": AT} for n in range(1, count + 1)]
    driven = Driven(taobao_trades_sold_increment_get=increments(rows))
    pages = list(driven.pages(stream("orders"), account))
    assert [call.params["page_no"] for call in driven.asked] == asked
    assert {order.order_id for page in pages for order in page.items} == {str(row["tid"]) for row in rows}
    assert all(page.total == count for page in pages)
    assert sum(len(page.items) for page in pages) == count


def test_a_window_goes_out_in_whole_seconds_with_all_types(account):
    driven = Driven(taobao_trades_sold_increment_get=increments([]))
    window = Window(NOW - timedelta(hours=1), NOW + timedelta(milliseconds=700))
    list(driven.pages(stream("orders"), account, window))
    params = driven.asked[0].params
    assert (params["start_modified"], params["end_modified"]) == (
        "2026-09-15 11:00:00",
        "2026-09-15 12:00:00",
    )
    assert "pre_auth_type" in params["type"]
    assert params["use_has_next"] is False


def test_an_answer_without_a_count_is_followed_forwards(account):
    def answer(params):
        page = params["page_no"]
        return {"has_next": page < 3, "refunds": {"refund": [{"refund_id": str(page), "modified": AT}]}}

    driven = Driven(taobao_refunds_receive_get=answer)
    pages = list(driven.pages(stream("refunds"), account))
    assert [case.case_id for page in pages for case in page.items] == ["1", "2", "3"]
    assert [page.total for page in pages] == [None] * 3


def test_a_row_from_outside_the_window_is_flagged(account):
    rows = [
        {"refund_id": "1", "modified": AT},
        {"refund_id": "2", "modified": "2026-09-01 00:00:00"},
        {"status": "x"},
    ]
    driven = Driven(taobao_refunds_receive_get={"total_results": 3, "refunds": {"refund": rows}})
    (page,) = driven.pages(stream("refunds"), account)
    assert [case.case_id for case in page.items] == ["1"]
    assert [bad.record_id for bad in page.unreadable] == [None, "2"] or [
        bad.record_id for bad in page.unreadable
    ] == ["2", None]


@pytest.mark.parametrize(
    ("name", "method", "key", "row"),
    [
        (
            "orders",
            "taobao_trades_sold_increment_get",
            "trades",
            {"tid": 5, "modified": "2026-01-01 00:00:00"},
        ),
        ("orders_created", "taobao_trades_sold_get", "trades", {"tid": 5, "created": "2026-01-01 00:00:00"}),
        (
            "reviews",
            "taobao_traderates_get",
            "trade_rates",
            {"oid": 5, "role": "buyer", "created": "2026-01-01 00:00:00"},
        ),
        (
            "exchanges",
            "tmall_exchange_receive_get",
            "results",
            {"dispute_id": 5, "modified": "2026-01-01 00:00:00"},
        ),
    ],
)
def test_no_list_lets_a_stray_row_through(account, name, method, key, row):
    driven = Driven(**{method: {"total_results": 1, key: [row]}})
    (page,) = driven.pages(stream(name), account)
    assert (page.items, len(page.unreadable)) == ((), 1)
    assert page.unreadable[0].record_id in {"5", "5:buyer"}


def test_open_refunds_without_a_count_and_disputes_without_a_result(account):
    more = {"has_next": False, "refunds": {"refund": []}}
    driven = Driven(taobao_refunds_receive_get=more)
    assert sum(1 for _ in driven.pages(stream("refunds_open"), account)) == 7
    empty = Driven(tmall_dispute_receive_get={"request_id": "r"})
    assert [page.items for page in empty.pages(stream("disputes"), account)] == [()]


def test_reviews_that_reach_the_limit_are_read_in_halves(account):
    def answer(params):
        start = datetime.fromisoformat(params["start_date"] + "+08:00")
        end = datetime.fromisoformat(params["end_date"] + "+08:00")
        whole = end - start > timedelta(hours=13)
        row = {"oid": int(start.timestamp()), "role": "buyer", "created": params["start_date"]}
        return {"total_results": REVIEW_ROWS if whole else 1, "trade_rates": {"trade_rate": [row]}}

    driven = Driven(taobao_traderates_get=answer)
    pages = list(driven.pages(stream("reviews"), account))
    windows = [(call.params["start_date"], call.params["end_date"]) for call in driven.asked]
    assert windows == [
        ("2026-09-14 12:00:00", "2026-09-15 12:00:00"),
        ("2026-09-14 12:00:00", "2026-09-15 00:00:00"),
        ("2026-09-15 00:00:00", "2026-09-15 12:00:00"),
    ]
    assert sum(len(page.items) for page in pages) == 2
    assert {page.total for page in pages} == {REVIEW_ROWS}, (
        "the count of the whole, for who takes shorter windows"
    )


def test_a_half_may_have_pages_of_its_own(account):
    def answer(params):
        start = datetime.fromisoformat(params["start_date"] + "+08:00")
        end = datetime.fromisoformat(params["end_date"] + "+08:00")
        row = {"oid": params["page_no"], "role": "buyer", "created": params["start_date"]}
        count = REVIEW_ROWS if end - start > timedelta(hours=13) else 300
        return {"total_results": count, "trade_rates": {"trade_rate": [row]}}

    driven = Driven(taobao_traderates_get=answer)
    pages = list(driven.pages(stream("reviews"), account))
    assert len(pages) == 4
    assert {page.total for page in pages} == {REVIEW_ROWS}


def test_a_second_cannot_be_halved(account):
    row = {"oid": 1, "role": "buyer", "created": "2026-09-15 12:00:00"}
    full = {"total_results": REVIEW_ROWS, "trade_rates": {"trade_rate": [row]}}
    driven = Driven(taobao_traderates_get=full)
    pages = list(driven.pages(stream("reviews"), account, Window(NOW, NOW + timedelta(seconds=1))))
    assert len(pages) == REVIEW_ROWS // 150


def test_what_is_open_is_asked_status_by_status(account):
    def answer(params):
        rows = [{"refund_id": "1", "status": params["status"]}, {"refund_id": "2", "status": "SUCCESS"}]
        return {"total_results": 2, "refunds": {"refund": rows}}

    driven = Driven(taobao_refunds_receive_get=answer)
    pages = list(driven.pages(stream("refunds_open"), account))
    statuses = [call.params["status"] for call in driven.asked]
    assert len(statuses) == len(set(statuses)) == 7
    assert all("start_modified" not in call.params for call in driven.asked)
    assert [len(page.items) for page in pages] == [1] * 7
    assert [page.unreadable[0].record_id for page in pages] == ["2"] * 7


def test_open_exchanges_are_asked_by_number(account):
    rows = [{"dispute_id": "1", "status": "待买家退货"}, {"dispute_id": "2", "status": "换货成功"}]
    driven = Driven(tmall_exchange_receive_get={"total_results": 2, "results": {"exchange": rows}})
    (page,) = driven.pages(stream("exchanges_open"), account)
    assert driven.asked[0].params["dispute_status_array"] == (1, 2, 3, 6, 12, 13, 14)
    assert ([c.case_id for c in page.items], [b.record_id for b in page.unreadable]) == (["1"], ["2"])


def test_open_exchanges_beyond_a_page_and_without_a_count(account):
    rows = [{"dispute_id": str(n), "status": 2} for n in range(1, 151)]

    def counted(params):
        size, page = params["page_size"], params["page_no"]
        return {"total_results": 150, "results": {"exchange": rows[(page - 1) * size : page * size]}}

    driven = Driven(tmall_exchange_receive_get=counted)
    assert sum(len(p.items) for p in driven.pages(stream("exchanges_open"), account)) == 150
    driven = Driven(tmall_exchange_receive_get={"has_next": False, "results": {"exchange": rows[:1]}})
    assert sum(len(p.items) for p in driven.pages(stream("exchanges_open"), account)) == 1


@pytest.mark.parametrize("storefront", adapter.storefronts)
def test_streams_keep_to_the_platforms_windows(storefront):
    for each in adapter.streams(storefront):
        assert each.span <= timedelta(days=1)
        assert each.reach <= timedelta(days=180 if each.record == "review" else 90)
    assert {s.record for s in adapter.streams(storefront)} == {"order", "case", "review"}


# ---------------------------------------------------------------- cases

REFUND = {"refund_id": "7", "tid": 1, "oid": 2, "dispute_type": "REFUND", "created": AT, "status": "SUCCESS"}
CLOSED = {**REFUND, "order_status": "TRADE_CLOSED", "good_status": "BUYER_NOT_RECEIVED"}


def trade(**line):
    return {"trade": {"tid": 1, "orders": {"order": [{"oid": 2, **line}, {"oid": 3}]}}}


@pytest.mark.parametrize(
    ("shipment", "kind"),
    [
        ({}, Kind.CANCEL),
        ({"consign_time": "2026-09-15 09:00:00"}, Kind.CANCEL),
        ({"consign_time": "2026-09-14 09:00:00"}, Kind.REFUND_ONLY),
        ({"oid": 9}, Kind.UNKNOWN),
    ],
)
def test_a_refund_that_does_not_tell_asks_the_trade_when_it_was_sent(account, shipment, kind):
    driven = Driven(taobao_refund_get={"refund": CLOSED}, taobao_trade_get=trade(**shipment))
    assert driven.run(adapter.case(account, "refund", "7")).kind is kind


@pytest.mark.parametrize(
    "told",
    [
        {"dispute_type": None, "attribute": ";disputeRequest:1;", "has_good_return": True},
        {"has_good_return": True},
        {"dispute_type": None, "attribute": ";disputeRequest:9;"},
        {"dispute_type": None},
    ],
)
def test_a_record_that_does_not_say_money_only_is_not_settled_by_its_trade(account, told):
    row = {name: value for name, value in {**CLOSED, **told}.items() if value is not None}
    driven = Driven(taobao_refund_get={"refund": row})
    assert driven.run(adapter.case(account, "refund", "7")).kind is Kind.UNKNOWN
    assert len(driven.asked) == 1


def test_a_trade_without_its_record_leaves_the_kind_unknown_and_a_trace_unfound(account):
    driven = Driven(taobao_refund_get={"refund": CLOSED}, taobao_trade_get={"request_id": "r"})
    assert driven.run(adapter.case(account, "refund", "7")).kind is Kind.UNKNOWN
    with pytest.raises(NotFound, match="holds no record"):
        driven.run(adapter.trace(account, order_id="9", carrier=None, tracking_no=None))


def test_a_phase_of_the_wrong_shape_is_a_wire_error(account):
    driven = Driven(taobao_refund_get={"refund": {**REFUND, "refund_phase": [5]}})
    with pytest.raises(WireError, match="phase"):
        driven.run(adapter.timeline(account, "refund", "7"))


@pytest.mark.parametrize("name", ["orders", "refunds", "exchanges", "disputes", "reviews", "refunds_open"])
def test_a_first_page_that_counts_rows_and_holds_none_is_a_wire_error(account, name):
    page = {"total_results": 7, "has_next": True}
    inside = {"result": page} if name == "disputes" else page
    answers = {
        "taobao_trades_sold_increment_get": inside,
        "taobao_refunds_receive_get": inside,
        "tmall_exchange_receive_get": inside,
        "tmall_dispute_receive_get": inside,
        "taobao_traderates_get": inside,
    }
    with pytest.raises(WireError, match="counts 7"):
        list(Driven(**answers).pages(stream(name), account))


def test_a_last_page_that_emptied_while_we_read_is_none(account):
    def answer(params):
        rows = [{"refund_id": str(n), "modified": AT} for n in range(100)]
        return {"total_results": 101, "refunds": {"refund": rows if params["page_no"] == 1 else []}}

    pages = list(Driven(taobao_refunds_receive_get=answer).pages(stream("refunds"), account))
    assert [len(page.items) for page in pages] == [0, 100]


def test_a_trade_beyond_reach_leaves_the_kind_unknown(account):
    driven = Driven(taobao_refund_get={"refund": CLOSED}, taobao_trade_get=NotFound("too old"))
    assert driven.run(adapter.case(account, "refund", "7")).kind is Kind.UNKNOWN


def test_a_refund_that_tells_asks_nothing_more(account):
    driven = Driven(taobao_refund_get={"refund": {**REFUND, "good_status": "BUYER_RECEIVED"}})
    assert driven.run(adapter.case(account, "refund", "7")).kind is Kind.REFUND_ONLY
    others = Driven(taobao_refund_get={"refund": {**CLOSED, "dispute_type": "OTHERS"}})
    assert others.run(adapter.case(account, "refund", "7")).kind is Kind.UNKNOWN
    assert len(driven.asked) == len(others.asked) == 1


def test_an_exchange_is_one_case_however_it_was_found(account):
    there = {"result": {"success": True, "exchange": {"dispute_id": "7", "status": "待买家退货"}}}
    row = {**REFUND, "dispute_type": "TMALL_EXCHANGE"}
    found = [
        Driven(taobao_refund_get={"refund": row}, tmall_exchange_get=there).run(
            adapter.case(account, "refund", "7")
        ),
        Driven(taobao_refund_get=NotFound("-"), tmall_exchange_get=there).run(
            adapter.case(account, "refund", "7")
        ),
        Driven(tmall_exchange_get=there).run(
            operations.complete_case(account, Case("taobao", "refund", "7", kind=Kind.EXCHANGE))
        ),
    ]
    assert {(c.source, c.case_id, c.kind, c.stage) for c in found} == {
        ("refund", "7", Kind.EXCHANGE, Stage.AWAITING_RETURN)
    }
    assert found[0] == found[1] == found[2]


def test_a_taobao_shop_has_no_exchange_methods(account):
    shop = evolve(account, storefront="taobao")
    row = {**REFUND, "dispute_type": "TAOBAO_EXCHANGE"}
    driven = Driven(taobao_refund_get={"refund": row})
    assert driven.run(adapter.case(shop, "refund", "7")).kind is Kind.EXCHANGE
    with pytest.raises(NotFound):
        Driven(taobao_refund_get=NotFound("-")).run(adapter.case(shop, "refund", "7"))
    with pytest.raises(NotFound):
        Driven(taobao_refund_get=NotFound("-")).run(adapter.timeline(shop, "refund", "7"))


def test_a_special_refund_is_found_where_the_platform_points(account):
    special = {"refund": {**REFUND, "special_refund_type": "priceProtect"}}
    points = Rejected("-", code="15/isv.change-refund-top-api")
    driven = Driven(taobao_refund_get=points, taobao_special_refund_get=special)
    found = driven.run(adapter.case(account, "refund", "7"))
    assert (found.source, found.kind) == ("special_refund", Kind.PRICE_PROTECT)
    assert (
        Driven(taobao_special_refund_get=special).run(adapter.case(account, "special_refund", "7")) == found
    )
    with pytest.raises(Rejected):
        Driven(taobao_refund_get=Rejected("-", code="15/isv.other")).run(adapter.case(account, "refund", "7"))
    with pytest.raises(ConfigError, match="special_refund"):
        Driven().run(adapter.case(account, "service", "7"))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({}, NotFound),
        ({"refund": {"refund_id": "8"}}, WireError),
        ({"refund": {"status": "x"}}, WireError),
        ([], WireError),
    ],
)
def test_an_answer_without_the_record_asked_for_is_an_error(account, answer, error):
    with pytest.raises(error):
        Driven(taobao_refund_get=answer).run(adapter.case(account, "refund", "7"))


# ---------------------------------------------------------------- what belongs to a case


def test_a_timeline_is_read_to_its_end_oldest_first(account):
    def talk(params):
        rows = [
            {"id": n, "owner_role": "1", "created": f"2026-09-{n % 28 + 1:02d} 08:00:00"} for n in range(120)
        ]
        rows[7].pop("created")
        cut = rows[(params["page_no"] - 1) * 100 : params["page_no"] * 100]
        return {"total_results": 120, "refund_messages": {"refund_message": cut}}

    phase = {"refund": {**REFUND, "refund_phase": "aftersale"}}
    driven = Driven(taobao_refund_get=phase, taobao_refund_messages_get=talk)
    events = driven.run(adapter.timeline(account, "refund", "7"))
    assert len(events) == 120
    assert [e.at for e in events[:-1]] == sorted(e.at for e in events[:-1])
    assert events[-1].at is None
    assert driven.asked[1].params["refund_phase"] == "aftersale"
    assert {e.actor for e in events} == {"buyer"}


def test_talk_and_reasons_of_an_exchange_have_methods_of_their_own(account):
    row = {"refund": {**REFUND, "dispute_type": "TMALL_EXCHANGE"}}
    told = {"result": {"results": {"refund_message": [{"id": 1, "owner_role": "卖家", "refund_id": 7}]}}}
    why = {"result": {"results": {"reason": [{"reason_id": 5, "reason_text": "库存不足"}]}}}
    driven = Driven(
        taobao_refund_get=row, tmall_exchange_messages_get=told, tmall_exchange_refusereason_get=why
    )
    assert driven.run(adapter.timeline(account, "refund", "7"))[0].actor == "seller"
    assert driven.run(adapter.refuse_reasons(account, "refund", "7"))[0].code == "5"
    gone = Driven(taobao_refund_get=NotFound("-"), tmall_exchange_messages_get={"result": {}})
    assert gone.run(adapter.timeline(account, "refund", "7")) == ()


def test_reasons_of_a_special_refund_ask_its_own_family(account):
    driven = Driven(
        taobao_special_refund_get={"refund": {**REFUND, "refund_phase": "onsale"}},
        taobao_refund_refusereason_get={"reasons": [{"reason_id": 1}]},
    )
    assert driven.run(adapter.refuse_reasons(account, "special_refund", "7"))[0].code == "1"


def test_a_trace_for_each_parcel(account):
    lines = [
        {"oid": 1, "invoice_no": "A1"},
        {"oid": 2, "invoice_no": "B2"},
        {"oid": 3, "invoice_no": "A1"},
        {"oid": 4},
    ]

    def trace(params):
        number = "A1" if "1" in params["sub_tid"] else "B2"
        return {"tid": 9, "out_sid": number, "trace_list": [{"status_time": AT}, {"status_desc": "?"}]}

    driven = Driven(
        taobao_trade_get={"trade": {"tid": 9, "orders": lines}}, taobao_logistics_trace_search=trace
    )
    flow = adapter.trace(account, order_id="9", carrier=None, tracking_no=None)
    assert [t.tracking_no for t in driven.run(flow)] == ["A1", "B2"]
    assert [call.params.get("sub_tid") for call in driven.asked[1:]] == [["1", "3"], ["2"]]
    flow = adapter.trace(account, order_id="9", carrier=None, tracking_no="B2")
    assert [t.tracking_no for t in driven.run(flow)] == ["B2"]


def test_a_courier_without_traces_gives_none_and_other_refusals_are_told(account):
    one = {"trade": {"tid": 9, "orders": [{"oid": 1, "invoice_no": "A1"}]}}
    silent = Driven(
        taobao_trade_get=one, taobao_logistics_trace_search=Rejected("-", code="15/company-not-support")
    )
    assert silent.run(adapter.trace(account, order_id="9", carrier=None, tracking_no=None)) == ()
    other = Driven(taobao_trade_get=one, taobao_logistics_trace_search=Rejected("-", code="15/isv.x"))
    with pytest.raises(Rejected):
        other.run(adapter.trace(account, order_id="9", carrier=None, tracking_no=None))
    with pytest.raises(ConfigError, match="order_id"):
        Driven().run(adapter.trace(account, order_id=None, carrier="SF", tracking_no="1"))
    with pytest.raises(WireError):
        Driven(taobao_trade_get={"trade": []}).run(
            adapter.trace(account, order_id="9", carrier=None, tracking_no=None)
        )


def test_an_append_comment_is_added_where_there_is_one(account):
    seen = Review("taobao", "5:buyer")
    full = {"tmall_rate_info": {"append_content": "用了一周", "append_time": AT}}
    found = Driven(tmall_traderate_feeds_get=full).run(operations.complete_review(account, seen))
    assert [f.text for f in found.follow_ups] == ["用了一周"]
    for answer in ({"tmall_rate_info": {"content": "好"}}, {}, NotFound("-")):
        assert Driven(tmall_traderate_feeds_get=answer).run(operations.complete_review(account, seen)) == seen
    with pytest.raises(WireError):
        Driven(tmall_traderate_feeds_get=[]).run(operations.complete_review(account, seen))


# ---------------------------------------------------------------- who, when, tokens


def test_who_and_when(account):
    who = Driven(taobao_user_seller_get={"user": {"user_id": 5, "type": "C"}})
    found = who.run(adapter.whoami(account))
    assert (found.shop_id, found.storefront) == ("5", "taobao")
    new = Driven(taobao_user_seller_get={"user": {"user_id": 5, "type": "?"}})
    assert new.run(adapter.whoami(account)).storefront == "tmall"
    for broken in ({}, {"user": {}}, {"user": []}):
        with pytest.raises(WireError):
            Driven(taobao_user_seller_get=broken).run(adapter.whoami(account))
    assert Driven(taobao_time_get={"time": AT}).run(adapter.server_time(account)).hour == 8
    for broken in ({}, {"time": "now"}):
        with pytest.raises(WireError):
            Driven(taobao_time_get=broken).run(adapter.server_time(account))


ANSWER = {
    "access_token": "a",
    "expires_in": "31536000",
    "refresh_token": "r",
    "re_expires_in": 31536000,
    "r1_expires_in": 31536000,
    "r2_expires_in": 259200,
    "w1_expires_in": 31536000,
    "w2_expires_in": 1800,
    "taobao_user_id": 2200000000001,
    "taobao_user_nick": "%E5%BA%97",
}


def grant(answer):
    return tokens.grant(json.dumps(answer).encode(), NOW)


def test_a_grant_says_whose_it_is_and_how_long():
    told = grant(ANSWER)
    assert (told.shop_id, told.shop_name, told.role) == ("2200000000001", "店", "main")
    assert told.token.expires_at == told.token.renewable_until == NOW + timedelta(days=365)
    assert told.token.renewable
    levels = tokens.answer(json.dumps(ANSWER).encode())
    assert (levels.r1_expires_in, levels.r2_expires_in, levels.w1_expires_in, levels.w2_expires_in) == (
        31536000,
        259200,
        31536000,
        1800,
    )
    never = grant({**ANSWER, "re_expires_in": 0}).token
    assert (never.renewable, never.refresh, never.renewable_until) == (False, None, None)
    silent = grant({"access_token": "a", "refresh_token": "r"}).token
    assert (silent.renewable, silent.expires_at, silent.renewable_until) == (True, None, None)


@pytest.mark.parametrize("name", ["sub_taobao_user_id", "taobao_sub_user_id"])
def test_a_sub_accounts_grant_is_the_operators(name):
    assert grant({**ANSWER, name: "99"}).role == "operator"


def test_the_signed_methods_box_the_same_answer_as_text():
    for boxed in (json.dumps(ANSWER), ANSWER):
        assert grant({"token_result": boxed, "request_id": "x"}) == grant(ANSWER)


@pytest.mark.parametrize(
    "answer", [{}, [], {"access_token": 5}, {"token_result": "x"}, {**ANSWER, "expires_in": 10**30}]
)
def test_an_answer_without_a_usable_token(answer):
    with pytest.raises(WireError):
        grant(answer)


def test_when_a_token_is_due(account):
    soon = Token("a", "r", expires_at=NOW + timedelta(minutes=9))
    assert adapter.due(soon, NOW)
    assert not adapter.due(evolve(soon, expires_at=NOW + timedelta(hours=1)), NOW)
    assert not adapter.due(evolve(soon, expires_at=None), NOW)
    with pytest.raises(ConfigError):
        Driven().run(adapter.refresh(account, Token("a"), NOW))


def test_the_address_to_say_yes_at(account):
    url = adapter.authorize_url(account.app, "https://me.test/back?a=1", "s t")
    assert url == (
        "https://oauth.taobao.com/authorize?response_type=code&client_id=31230000"
        "&redirect_uri=https%3A%2F%2Fme.test%2Fback%3Fa%3D1&state=s+t&view=web"
    )
