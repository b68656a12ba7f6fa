"""Lists as streams: parameters, windows, paging, depth, totals that fall, rows outside the filter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from omnishop.errors import ConfigError, WireError
from omnishop.ports import Capability, Window
from omnishop_douyin import adapter, streams

START = datetime(2026, 6, 1, tzinfo=UTC)
T = int(START.timestamp())
WEEK = Window(START, START + timedelta(days=7))
STREAMS = {stream.name: stream for stream in adapter.streams("douyin")}


def case(number, changed=T, **more):
    base = {"aftersale_id": str(number), "update_time": changed, "apply_time": changed, "aftersale_status": 6}
    return {"aftersale_info": base | more}


def order(number, at=T, **more):
    return {"order_id": str(number), "create_time": at, "update_time": at} | more


def pages_of(run, stream, window, answer, account):
    """All pages of one window, and the calls that were made."""
    calls = []

    def told(call):
        calls.append(call)
        return answer(call)

    page = run(stream.pages(account, window), told)
    found = [page]
    while page.next is not None:
        page = run(page.next(), told)
        found.append(page)
        assert len(found) < 200
    return found, calls


def ids(pages):
    return [item.case_id for page in pages for item in page.items]


def test_what_there_is():
    assert {(s.name, s.record, s.clock) for s in STREAMS.values()} == {
        ("orders_created", "order", "created"),
        ("orders_changed", "order", "changed"),
        ("cases_changed", "case", "changed"),
        ("cases_open", "case", "open"),
    }
    for stream in STREAMS.values():
        assert (stream.complete is None) is (stream.record == "order")
    assert STREAMS["orders_changed"].reach <= timedelta(days=90)
    with pytest.raises(ConfigError):
        adapter.streams("tmall")


@pytest.mark.parametrize(
    ("name", "method", "params"),
    [
        (
            "orders_created",
            "order.searchList",
            {
                "create_time_start": T,
                "create_time_end": T + 604800,
                "order_by": "create_time",
                "order_asc": True,
            },
        ),
        (
            "orders_changed",
            "order.searchList",
            {
                "update_time_start": T,
                "update_time_end": T + 604800,
                "order_by": "update_time",
                "order_asc": True,
            },
        ),
        (
            "cases_changed",
            "afterSale.List",
            {"update_start_time": T, "update_end_time": T + 604800, "order_by": ["update_time asc"]},
        ),
        (
            "cases_open",
            "afterSale.List",
            {
                "start_time": T,
                "end_time": T + 604801,
                "order_by": ["apply_time asc"],
                "standard_aftersale_status": [6, 7, 8, 11, 13, 27, 29],
            },
        ),
    ],
)
def test_the_parameters_of_every_list(run, account, name, method, params):
    _, (call,) = pages_of(run, STREAMS[name], WEEK, lambda call: {}, account)
    assert call.method == method
    assert call.params == params | {"page": 0, "size": 100}
    assert not call.write


def test_both_ends_of_a_window_differ(run, account):
    instant = Window(START, START)
    _, (call,) = pages_of(run, STREAMS["orders_created"], instant, lambda call: {}, account)
    assert (call.params["create_time_start"], call.params["create_time_end"]) == (T, T + 1)
    part = Window(START + timedelta(milliseconds=400), START + timedelta(seconds=5, milliseconds=1))
    _, (call,) = pages_of(run, STREAMS["cases_changed"], part, lambda call: {}, account)
    assert (call.params["update_start_time"], call.params["update_end_time"]) == (T, T + 6)


def hundred(call, rows, **more):
    start = call.params["page"] * 100
    return {"items": rows[start : start + 100], "total": len(rows)} | more


ROWS = [case(number, T + number) for number in range(1, 251)]


@pytest.mark.parametrize(
    "extra",
    [
        lambda call: {},
        lambda call: {"has_more": call.params["page"] < 2},
        lambda call: {"has_more": call.params["page"] < 2, "total": None},
        lambda call: {"total": None},
        lambda call: {"total": "250"},
    ],
    ids=["total", "has_more", "has_more alone", "neither", "text"],
)
def test_every_way_to_know_of_a_next_page(run, account, extra):
    found, calls = pages_of(
        run, STREAMS["cases_changed"], WEEK, lambda call: hundred(call, ROWS) | extra(call), account
    )
    assert ids(found) == [str(number) for number in range(1, 251)]
    assert [call.params["page"] for call in calls] == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("cases_changed", {"items": [], "has_more": True}),
        ("cases_changed", {"items": None, "total": 3}),
        ("cases_open", {"total": "3"}),
        ("orders_created", {"shop_order_list": [], "total": 1, "page": 7}),
        ("orders_changed", {"items": [], "has_more": False}),
        ("orders_changed", {"foo": 1}),
    ],
)
def test_a_first_page_without_the_rows_it_tells_of_is_no_empty_window(run, account, name, answer):
    with pytest.raises(WireError):
        pages_of(run, STREAMS[name], WEEK, lambda call: answer, account)


@pytest.mark.parametrize("total", [0, "0", None])
def test_an_empty_window_is_empty(run, account, total):
    for name, member in (("cases_changed", "items"), ("orders_created", "shop_order_list")):
        answer = {member: [], "total": total}
        (page,), calls = pages_of(run, STREAMS[name], WEEK, lambda call, answer=answer: answer, account)
        assert (page.items, page.unreadable, len(calls)) == ((), (), 1)


def test_a_later_page_may_be_empty_though_there_are_rows(run, account):
    """The list shrank between two pages: the first one had rows, so the window was told."""

    def answer(call):
        return hundred(call, ROWS) if call.params["page"] == 0 else {"items": [], "total": 250}

    found, _ = pages_of(run, STREAMS["cases_changed"], WEEK, answer, account)
    assert [len(page.items) for page in found] == [100, 0]


def test_a_page_is_read_again_when_the_total_falls(run, account):
    """A case that changes leaves the window and the later ones move up: one would be stepped over."""
    rows = list(ROWS)

    def answer(call):
        if call.params["page"] == 1 and len(rows) == 250:
            del rows[10]
        return hundred(call, rows)

    found, calls = pages_of(run, STREAMS["cases_changed"], WEEK, answer, account)
    assert [call.params["page"] for call in calls] == [0, 1, 0, 1, 2]
    assert set(ids(found)) == {str(number) for number in range(1, 251)}
    assert [page.total for page in found] == [250, 249, 249, 249, 249]


def test_going_back_has_an_end(run, account):
    left = iter(range(10_000, 0, -1))

    def answer(call):
        return {
            "items": [case(number, T + number) for number in range(1, 3)],
            "total": next(left),
            "has_more": True,
        }

    pages = run(STREAMS["cases_changed"].pages(account, WEEK), answer)
    visited = 1
    while pages.next is not None and visited < 60:
        pages = run(pages.next(), answer)
        visited += 1
    assert visited == 60


def test_a_window_with_too_many_orders_is_split(run, account):
    """Windows of orders are planned with 10,000 rows each."""

    def answer(call):
        span = call.params["create_time_end"] - call.params["create_time_start"]
        if span > 200_000:
            return {"total": 12_000, "shop_order_list": [order(1)]}
        at = call.params["create_time_start"]
        return {"total": 1, "shop_order_list": [order(at, at)]}

    found, calls = pages_of(run, STREAMS["orders_created"], WEEK, answer, account)
    windows = [(call.params["create_time_start"], call.params["create_time_end"]) for call in calls]
    narrow = [window for window in windows if window[1] - window[0] <= 200_000]
    assert narrow[0][0] == T
    assert narrow[-1][1] == T + 604_800
    assert all(first[1] == second[0] for first, second in pairwise(narrow))
    assert sum(len(page.items) for page in found) == len(narrow) == 4
    assert {page.total for page in found} == {12_000}


def test_one_second_that_is_too_full_says_so(run, account):
    instant = Window(START, START)

    def answer(call):
        return {"total": None, "items": [case(number) for number in range(1, 101)]}

    def read_on():
        page = run(STREAMS["cases_changed"].pages(account, instant), answer)
        for _ in range(600):
            page = run(page.next(), answer)

    with pytest.raises(ConfigError, match="50000"):
        read_on()


@pytest.mark.parametrize(
    ("name", "row", "why"),
    [
        ("cases_changed", case(1, T - 1), "update_time"),
        ("cases_changed", case(1, T + 604_801), "update_time"),
        ("cases_open", case(1, T - 1), "apply_time"),
        ("cases_open", case(1, aftersale_status=28), "aftersale_status"),
        ("cases_open", case(1, aftersale_status=None), "aftersale_status"),
        ("orders_created", order(1, T - 1), "create_time"),
        ("orders_changed", order(1, T - 1), "update_time"),
        ("orders_changed", order(1, shop_id=999), "another shop"),
    ],
)
def test_rows_the_filter_should_have_kept_out_stand_apart(run, account, name, row, why):
    member = "items" if name.startswith("cases") else "shop_order_list"
    (page,), _ = pages_of(run, STREAMS[name], WEEK, lambda call: {member: [row], "total": 1}, account)
    assert page.items == ()
    (apart,) = page.unreadable
    assert why in apart.error
    assert apart.record_id == "1"
    assert apart.raw


@pytest.mark.parametrize("status", [6, 7, 8, 11, 13, 27, 29, 3])
def test_every_open_status_is_let_through(run, account, status):
    row = case(1, aftersale_status=status)
    (page,), _ = pages_of(run, STREAMS["cases_open"], WEEK, lambda call: {"items": [row]}, account)
    assert len(page.items) == 1


def test_a_row_without_a_time_cannot_be_shown_to_be_outside(run, account):
    row = case(1, 0)
    (page,), _ = pages_of(run, STREAMS["cases_changed"], WEEK, lambda call: {"items": [row]}, account)
    assert len(page.items) == 1


def test_one_bad_record_does_not_stop_the_page(run, account):
    rows = [case(1), {"aftersale_info": {"aftersale_id": 1.5}}, case(2)]
    (page,), _ = pages_of(run, STREAMS["cases_changed"], WEEK, lambda call: {"items": rows}, account)
    assert [item.case_id for item in page.items] == ["1", "2"]
    assert len(page.unreadable) == 1


def test_a_page_of_another_shape_is_no_answer(run, account):
    with pytest.raises(WireError):
        pages_of(run, STREAMS["cases_changed"], WEEK, lambda call: [1], account)


def test_what_the_list_lacks_is_fetched(run, account):
    row = run(STREAMS["cases_changed"].pages(account, WEEK), lambda call: {"items": [case(7)]}).items[0]
    calls = []

    def answer(call):
        calls.append(call)
        return {"process_info": {"after_sale_info": {"after_sale_id": 7, "reason_code": 6}}}

    complete = STREAMS["cases_changed"].complete
    assert run(complete(account, row), answer).reason.code == "6"
    assert (calls[0].method, calls[0].params) == ("afterSale.Detail", {"after_sale_id": "7"})


def test_every_capability_has_a_level_a_reason_and_evidence():
    for capability in Capability:
        support = adapter.support("douyin", capability)
        assert support.reason.zh
        assert support.reason.en
        assert support.evidence
    assert adapter.support("douyin", Capability.REVIEWS).level == "not_offered"
    with pytest.raises(ConfigError):
        adapter.support("jd", Capability.CALL)
    assert timedelta(days=90) > streams.ORDER_REACH
