"""The filters of the simulated lists, each held against the rows of the whole list."""

from __future__ import annotations

import json

import pytest

from omnishop.model import Dispute

WHOLE = {"page": 0, "size": 100}
NOTHING_LIKE_IT = "ZZ-0"


def cases(reader, **filters):
    answer = reader.ask("afterSale.List", WHOLE | filters)
    assert answer["code"] == 10000, answer
    assert answer["data"]["total"] == len(answer["data"]["items"])
    return {row["aftersale_info"]["aftersale_id"]: row for row in answer["data"]["items"]}


def orders(reader, **filters):
    answer = reader.ask("order.searchList", WHOLE | filters)
    assert answer["code"] == 10000, answer
    assert answer["data"]["total"] == len(answer["data"]["shop_order_list"])
    return {row["order_id"]: row for row in answer["data"]["shop_order_list"]}


def those(rows, keep):
    return {name for name, row in rows.items() if keep(row)}


def info(row):
    return row["aftersale_info"]


# ---------------------------------------------------------------- afterSale.List

CASE_FILTERS = {
    # parameter: values, whether a row is wanted for a value
    "aftersale_type": ([0, 1, 2, 3, 6, 7, 8], lambda row, n: info(row)["aftersale_type"] == n),
    "aftersale_status": ([6, 12, 28], lambda row, n: info(row)["aftersale_status"] == n),
    "refund_type": ([1, 2, 3, 4], lambda row, n: info(row)["refund_type"] == n),
    "logistics_status": (
        [2, 3],
        lambda row, n: row["text_part"]["logistics_text"] == {2: "已发货", 3: "未发货"}[n],
    ),
    "reason": ([1, 2], lambda row, n: (row["text_part"]["reason_text"] == "7天无理由") == (n == 1)),
    "amount_start": ([0, 1, 5000, 20000], lambda row, n: info(row)["refund_amount"] >= n),
    "amount_end": ([0, 4999, 5000, 10**9], lambda row, n: info(row)["refund_amount"] <= n),
    "aftersale_sub_type": ([8001], lambda row, n: info(row)["aftersale_sub_type"] == n),
    "order_flag": ([[0], [1, 2], [5]], lambda row, n: row["order_info"]["order_flag"] in n),
    "standard_aftersale_status": (
        [[6], [12, 28], ["27", 999, "x"]],
        lambda row, n: str(info(row)["aftersale_status"]) in {str(code) for code in n},
    ),
}


@pytest.mark.parametrize("name", CASE_FILTERS)
def test_every_filter_of_the_case_list_keeps_the_rows_it_names(reader, name):
    every = cases(reader)
    values, keep = CASE_FILTERS[name]
    for value in values:
        wanted = those(every, lambda row, value=value: keep(row, value))
        assert set(cases(reader, **{name: value})) == wanted, value
        if not isinstance(value, list):
            assert set(cases(reader, **{name: str(value)})) == wanted, value


def test_the_case_filters_do_tell_cases_apart(reader):
    """Every filter on a fact of this world splits its cases: none of the tests above compares all with all."""
    every = len(cases(reader))
    for name in set(CASE_FILTERS) - {"aftersale_sub_type", "order_flag"}:
        values, _ = CASE_FILTERS[name]
        assert any(0 < len(cases(reader, **{name: value})) < every for value in values), name


def test_flags_and_sub_types_that_the_shop_gave(wire):
    one, other = list(wire.simulation.world.cases.values())[:2]
    one.order.flag, other.marks["sub_type"] = 3, 8001
    assert set(cases(wire, order_flag=[3, 4])) == {one.case_id}
    assert set(cases(wire, aftersale_sub_type=8001)) == {other.case_id}


@pytest.mark.parametrize(
    ("name", "all_of_them", "none"),
    [
        ("pay_type", [1, 3, 0], [2]),
        ("risk_flag", [-1, 0], [1]),
        ("logistics_status", [1], []),
        ("reason", [0], [3]),
        ("refund_type", [0], []),
        ("order_logistics_state", [[], [0]], [[1], [2, 3], [4]]),
        ("agree_refuse_sign", [[], [0]], [[1], [1, 2]]),
        ("store_id_list", [[], [0]], [[77]]),
        ("need_special_type", [True, False, "x"], []),
        ("nobody_documents_this", [1, "x"], []),
    ],
)
def test_filters_on_facts_no_case_has(reader, name, all_of_them, none):
    every = set(cases(reader))
    for value in all_of_them:
        assert set(cases(reader, **{name: value})) == every, value
    for value in none:
        assert cases(reader, **{name: value}) == {}, value


def test_cases_by_the_parcels_of_their_order(reader):
    every = cases(reader)
    sent = {name: [p["tracking_no"] for p in info(row)["order_logistics"]] for name, row in every.items()}
    first, second = [numbers[0] for numbers in sent.values() if numbers][:2]
    found = cases(reader, order_logistics_tracking_no=[first, second, NOTHING_LIKE_IT])
    assert set(found) == {name for name, numbers in sent.items() if {first, second} & set(numbers)}
    assert cases(reader, order_logistics_tracking_no=[NOTHING_LIKE_IT]) == {}


def test_disputes_by_either_reading_of_their_number(reader):
    world = reader.simulation.world
    every = cases(reader)

    def in_dispute(*states):
        return {case.case_id for case in world.cases.values() if case.dispute in states}

    def shown(*numbers):
        return those(every, lambda row: info(row)["arbitrate_status"] in numbers)

    ended = in_dispute(Dispute.RULED_BUYER, Dispute.RULED_SELLER, Dispute.WITHDRAWN)
    for numbers, wanted in (
        ([0], shown(0)),
        ([4], in_dispute(Dispute.EVIDENCE_DUE)),
        ([1, 5], in_dispute(Dispute.OPEN)),
        ([2], in_dispute(Dispute.RULED_BUYER)),
        ([3], in_dispute(Dispute.RULED_SELLER)),
        ([6], ended),
        ([255], shown(255)),
    ):
        assert set(cases(reader, arbitrate_status=numbers)) == wanted, numbers
        assert wanted


def test_cases_by_the_time_they_came_to_an_end(reader):
    name = "aftersale_status_to_final"
    every = cases(reader)
    final = {number: info(row)[f"{name}_time"] for number, row in every.items()}
    ended = sorted(at for at in final.values() if at)
    middle = ended[len(ended) // 2]
    for bounds, keep in (
        ({"start": middle}, lambda at: at >= middle),
        ({"end": middle}, lambda at: 0 < at <= middle),
        ({"start": middle, "end": middle}, lambda at: at == middle),
        ({"start": 0}, lambda at: at > 0),
    ):
        found = cases(reader, **{f"{name}_{side}_time": at for side, at in bounds.items()})
        assert set(found) == {number for number, at in final.items() if keep(at)}, bounds


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount_start": "x"},
        {"amount_end": 1.5},
        {"amount_end": "9" * 30},
        {"reason": True},
        {"pay_type": [1]},
        {"arbitrate_status": 4},
        {"arbitrate_status": ["x"]},
        {"order_flag": {"a": 1}},
        {"standard_aftersale_status": 6},
        {"order_logistics_tracking_no": "SF1"},
        {"order_logistics_tracking_no": [{}]},
        {"order_id": ["1"]},
        {"aftersale_id": {}},
        {"order_by": "update_time asc"},
        {"order_by": [5]},
        {"page": "--1"},
        {"page": "٣"},
    ],
)
def test_wrongly_typed_filters_of_the_case_list_are_refused(reader, wrong):
    assert reader.code("afterSale.List", WHOLE | wrong) == "40004/isv.parameter-invalid:11000"


def test_wrong_filters_are_refused_by_an_empty_shop_too(wire):
    world = wire.simulation.world
    world.cases.clear()
    world.orders.clear()
    assert wire.code("afterSale.List", WHOLE | {"amount_start": "x"}) == "40004/isv.parameter-invalid:11000"
    assert wire.code("order.searchList", WHOLE | {"b_type": "x"}) == "40004/isv.parameter-invalid:20011"


# ---------------------------------------------------------------- order.searchList


def test_orders_by_product_id_and_by_a_part_of_its_name(reader):
    every = orders(reader)
    good = reader.shop.goods[1]

    def sells(row):
        return any(sub["product_id_str"] == good.item_id for sub in row["sku_order_list"])

    wanted = those(every, sells)
    assert 0 < len(wanted) < len(every)
    for value in (good.item_id, int(good.item_id), good.title, good.title[2:6]):
        assert set(orders(reader, product=value)) == wanted, value
    assert orders(reader, product=NOTHING_LIKE_IT) == {}
    assert orders(reader, product="1") == {}


def test_orders_by_a_parcel(reader):
    every = orders(reader)
    name, row = next((name, row) for name, row in every.items() if row["logistics_info"])
    assert set(orders(reader, tracking_no=row["logistics_info"][0]["tracking_no"])) == {name}
    assert orders(reader, tracking_no=NOTHING_LIKE_IT) == {}


RUNNING = {3, 6, 7, 8, 11, 13, 27, 29}
AFTER_SALE = {
    "in_aftersale": lambda found: found["after_sale_status"] in RUNNING,
    "refund": lambda found: found["after_sale_status"] == 12 and found["refund_status"] != 3,
    "refund_success": lambda found: found["refund_status"] == 3,
    "exchange_success": lambda found: (found["after_sale_type"], found["after_sale_status"]) == (3, 14),
    "aftersale_close": lambda found: found["after_sale_status"] == 28,
}


@pytest.mark.parametrize("state", AFTER_SALE)
def test_orders_by_what_their_cases_came_to(reader, state):
    keep = AFTER_SALE[state]
    wanted = those(
        orders(reader), lambda row: any(keep(sub["after_sale_info"]) for sub in row["sku_order_list"])
    )
    assert wanted
    assert set(orders(reader, after_sale_status_desc=state)) == wanted


def test_orders_by_the_neutral_state_and_by_one_that_never_comes(reader):
    every = set(orders(reader))
    for value in ("all", "", None):
        assert set(orders(reader, after_sale_status_desc=value)) == every
    assert orders(reader, after_sale_status_desc="refund_fail") == {}


@pytest.mark.parametrize(
    ("name", "all_of_them", "none"),
    [
        ("b_type", [2, "2", 0], [11]),
        ("order_type", [0], [2, 4, 5]),
        ("trade_type", [0], [1, 2, 18]),
        ("presell_type", [0], [1, 2]),
        ("abnormal_order", [0], [1, 2]),
        ("fulfil_status", ["", "0"], ["x"]),
        ("is_searchable", [True], []),
    ],
)
def test_filters_on_facts_every_order_shares(reader, name, all_of_them, none):
    every = set(orders(reader))
    for value in all_of_them:
        assert set(orders(reader, **{name: value})) == every, value
    for value in none:
        assert orders(reader, **{name: value}) == {}, value


def test_combined_states(reader):
    every = orders(reader)
    for element, keep in (
        ({"order_status": "2, 101"}, lambda row: row["order_status"] in {2, 101}),
        ({"order_status": 5}, lambda row: row["order_status"] == 5),
        ({"main_status": "21,22,39"}, lambda row: row["main_status"] in {21, 22, 39}),
        ({"order_status": "4", "main_status": "21"}, lambda row: row["main_status"] == 21),
        ({"order_status": ""}, lambda row: True),
    ):
        wanted = those(every, keep)
        assert wanted
        assert set(orders(reader, combine_status=[element])) == wanted, element
    assert orders(reader, combine_status=[{"order_status": "999"}]) == {}
    assert set(orders(reader, combine_status=[])) == set(every)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"combine_status": {"order_status": "2"}}, "20012"),
        ({"combine_status": "2"}, "20012"),
        ({"combine_status": ["2"]}, "20012"),
        ({"combine_status": [{"order_status": "2,x"}]}, "20012"),
        ({"combine_status": [{"order_status": [2]}]}, "20012"),
        ({"combine_status": [{"order_status": "2"}, {"order_status": "3"}]}, "20012"),
        ({"product": {}}, "20011"),
        ({"tracking_no": ["x"]}, "20011"),
        ({"b_type": "x"}, "20011"),
        ({"abnormal_order": 1.5}, "20011"),
        ({"after_sale_status_desc": "refunded"}, "20011"),
        ({"order_by": []}, "20011"),
    ],
)
def test_wrongly_typed_filters_of_the_order_list_are_refused(reader, wrong, code):
    assert reader.code("order.searchList", WHOLE | wrong) == f"40004/isv.parameter-invalid:{code}"


def test_a_wish_of_another_type_is_no_wish(reader):
    for odd in ([], {}, "yes", 7):
        newest_first = list(orders(reader, order_asc=odd))
        assert newest_first == list(orders(reader, order_asc=False))
    assert list(orders(reader, order_asc="1")) == newest_first[::-1]


# ---------------------------------------------------------------- address.list, and what is documented


def test_addresses_of_a_store_there_is_not(reader):
    asked = {"page_no": 1, "page_size": 10, "order_by": "desc", "order_field": "create_time"}
    assert reader.ask("address.list", asked)["data"]["total"] == 2
    assert reader.ask("address.list", asked | {"store_id": 0})["data"]["total"] == 2
    assert reader.ask("address.list", asked | {"store_id": 5})["data"] == {
        "total": 0,
        "page_size": 10,
        "page_no": 1,
        "address_list": [],
    }
    for wrong in ({"store_id": "x"}, {"order_by": "up"}, {"order_by": []}, {"order_field": {}}):
        assert reader.code("address.list", asked | wrong) == "40004/isv.parameter-invalid:5001"


HOSTILE = [
    True,
    "",
    "x",
    [],
    {},
    [[]],
    -1,
    1.5,
    1e300,
    10**30,
    "9" * 5000,
    "\ud800",
    {"a": {"b": []}},
    [1, "x"],
    [{}],
]
ASKED = {
    "order.searchList": WHOLE
    | {"combine_status": [], "product": "x", "order_by": "create_time", "order_asc": 1},
    "order.orderDetail": {"shop_order_id": "1"},
    "afterSale.List": WHOLE | {"order_by": [], "order_flag": [1], "amount_start": 1, "aftersale_id": "1"},
    "afterSale.Detail": {"after_sale_id": "1", "need_operation_record": True},
    "afterSale.rejectReasonCodeList": {"aftersale_id": 1},
    "address.list": {"page_no": 1, "page_size": 5, "order_by": "asc", "order_field": "create_time"},
    "logistics.trackNoRouteDetail": {"logistics_code": "shunfeng", "track_no": "1"},
    "token.create": {"grant_type": "authorization_self", "code": "", "shop_id": "1"},
    "token.refresh": {"grant_type": "refresh_token", "refresh_token": "x"},
}


@pytest.mark.parametrize("method", ASKED)
def test_any_value_of_any_parameter_is_answered(reader, method):
    for name in ASKED[method]:
        for value in HOSTILE:
            found = reader.ask(method, text=json.dumps(ASKED[method] | {name: value}))
            assert found["code"] in {10000, 40002, 40004, 50001, 50002}, (name, value)


NO_FILTERS = {"order_asc", "is_searchable", "need_special_type"}


def test_no_documented_filter_is_passed_over(reader, shared):
    """A value that fits no filter is refused for every parameter the platform documents."""
    listed = json.loads((shared / "methods.json").read_text(encoding="utf-8"))["methods"]
    for row in listed:
        if row["name"] in {"order.searchList", "afterSale.List"}:
            for name in {*row["optional"], *row["required"]} - NO_FILTERS:
                code = reader.code(row["name"], WHOLE | {name: {"odd": {}}})
                assert code.startswith("40004/isv.parameter-invalid:"), name
