"""The simulated platform's filters and quirks, its rules and steps, and the same bytes each time."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from omnishop.errors import NotFound, NotSupported
from omnishop.flow import Call
from omnishop.model import Kind, Stage
from omnishop.sandbox.face import WireRequest
from omnishop.sandbox.rules import Evidence
from omnishop.sandbox.simulation import Simulation
from omnishop.sandbox.steps import Forbidden, take
from omnishop_douyin.face import face

PAGE = {"page": 0, "size": 10}


# ---------------------------------------------------------------- filters and quirks


def test_filters_of_the_case_list(reader):
    every = reader.ask("afterSale.List", {"page": 0, "size": 100})["data"]
    rows = [row["aftersale_info"] for row in every["items"]]
    for name, of in (("aftersale_type", 0), ("aftersale_status", 6)):
        found = reader.ask("afterSale.List", {"page": 0, "size": 100, name: of})["data"]
        assert found["total"] == len([row for row in rows if row[name] == of]) > 0
    ruled = reader.ask("afterSale.List", {"page": 0, "size": 100, "arbitrate_status": [255]})["data"]
    assert ruled["total"] == len([row for row in rows if row["arbitrate_status"] == 255]) > 0
    one = reader.ask("afterSale.List", PAGE | {"aftersale_id": rows[0]["aftersale_id"]})["data"]
    assert one["total"] == 1
    order_id = every["items"][0]["order_info"]["shop_order_id"]
    assert reader.ask("afterSale.List", PAGE | {"order_id": order_id})["data"]["total"] == 1
    final = {"aftersale_status_to_final_start_time": 1, "aftersale_status_to_final_end_time": 2**33}
    ended = reader.ask("afterSale.List", {"page": 0, "size": 100} | final)["data"]
    assert ended["total"] == len([row for row in rows if row["aftersale_status_to_final_time"]]) > 0
    both = {"start_time": rows[-1]["apply_time"], "end_time": rows[0]["apply_time"]}
    assert reader.ask("afterSale.List", {"page": 0, "size": 100} | both)["data"]["total"] == len(rows) - 1


def test_pages_count_from_0_and_tell_what_they_hold(reader):
    first = reader.ask("afterSale.List", {"page": 0, "size": 20})["data"]
    last = reader.ask("afterSale.List", {"page": 1, "size": 20})["data"]
    beyond = reader.ask("afterSale.List", {"page": 2, "size": 20})["data"]
    assert [(page["has_more"], page["size"], page["total"]) for page in (first, last, beyond)] == [
        (True, 20, 30),
        (False, 10, 30),
        (False, 0, 30),
    ]
    assert beyond["items"] == []


def test_ids_are_text_in_the_list_and_integers_in_the_detail(reader):
    row = reader.ask("afterSale.List", PAGE)["data"]["items"][0]["aftersale_info"]
    detail = reader.ask("afterSale.Detail", {"after_sale_id": row["aftersale_id"]})["data"]
    number = detail["process_info"]["after_sale_info"]["after_sale_id"]
    assert isinstance(row["aftersale_id"], str)
    assert isinstance(number, int)
    assert number > 2**53
    assert detail["process_info"]["record_logs_list"] == []


def test_milliseconds_find_no_order(reader):
    now = int(datetime.now(UTC).timestamp() * 1000)
    found = reader.ask("order.searchList", PAGE | {"create_time_start": now - 10**9, "create_time_end": now})
    assert found["data"]["total"] == 0


def test_orders_by_status_and_in_both_directions(reader):
    everything = reader.ask("order.searchList", {"page": 0, "size": 100})["data"]
    times = [row["create_time"] for row in everything["shop_order_list"]]
    assert times == sorted(times, reverse=True)
    up = reader.ask("order.searchList", {"page": 0, "size": 100, "order_asc": True})["data"]
    assert [row["create_time"] for row in up["shop_order_list"]] == sorted(times)
    some = reader.ask(
        "order.searchList", {"page": 0, "size": 100, "combine_status": [{"order_status": "2,101"}]}
    )
    statuses = {row["order_status"] for row in some["data"]["shop_order_list"]}
    assert statuses
    assert statuses <= {2, 101}


def test_refuse_reasons_with_and_without_a_case(reader):
    assert len(reader.ask("afterSale.rejectReasonCodeList")["data"]["items"]) == 3
    world = reader.simulation.world
    open_return = next(
        c for c in world.cases.values() if c.kind is Kind.RETURN_REFUND and c.stage is Stage.REQUESTED
    )
    unshipped = next(c for c in world.cases.values() if c.kind is Kind.CANCEL)
    ask = "afterSale.rejectReasonCodeList"
    assert len(reader.ask(ask, {"aftersale_id": int(open_return.case_id)})["data"]["items"]) == 2
    assert reader.ask(ask, {"aftersale_id": int(unshipped.case_id)})["data"]["items"] == []


def test_goods_that_came_back_may_be_refused_by_any_reason(shop, still):
    world = still.world
    case = next(
        c for c in world.cases.values() if c.kind is Kind.RETURN_REFUND and c.stage is Stage.RETURNING
    )
    unshipped = next(c for c in world.cases.values() if c.kind is Kind.CANCEL)
    assert len(shop.refuse_reasons(case.case_id)) == 3
    assert shop.refuse_reasons(unshipped.case_id) == ()


def test_a_trace_shows_what_has_happened_newest_first(reader):
    world = reader.simulation.world
    parcel = next(p for order in world.orders.values() for p in order.parcels if len(p.nodes) > 2)
    names = {"SF": "shunfeng", "YTO": "yuantong", "ZTO": "zhongtong", "YUNDA": "yunda", "STO": "shentong"}
    params = {"logistics_code": names[parcel.carrier], "track_no": parcel.tracking_no}
    nodes = reader.ask("logistics.trackNoRouteDetail", params)["data"]["route__node_list"]
    assert nodes[0]["state"] == "3"
    assert [int(node["timestamp"]) for node in nodes] == sorted(
        (int(n["timestamp"]) for n in nodes), reverse=True
    )
    wrong = reader.ask("logistics.trackNoRouteDetail", params | {"logistics_code": "jtexpress"})["data"]
    assert wrong["route__node_list"] == []


# ---------------------------------------------------------------- which requests are ours, and the same every time


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://openapi-fxg.jinritemai.com/anything", True),
        ("https://openapi-fxg.jinritemai.com:443/x/y", True),
        ("https://fuwu.jinritemai.com/authorize?service_id=1", True),
        ("http://127.0.0.1:8/authorize?service_id=1", True),
        ("http://127.0.0.1:8/authorize?client_id=1", False),
        ("http://127.0.0.1:8/afterSale/List", True),
        ("http://127.0.0.1:8/foo/bar?method=foo.bar", True),
        ("http://127.0.0.1:8/foo/bar", False),
        ("http://127.0.0.1:8/foo?app_key=7&method=a.b&sign=00&v=2", True),
        ("http://127.0.0.1:8/foo?app_key=7&param_json=%7B%7D&sign=00", True),
        ("http://127.0.0.1:8/foo?app_key=7000000000000000001&sign=00", True),
        ("http://127.0.0.1:8/foo?app_key=7&v=2", False),
        ("http://127.0.0.1:8/foo?method=a.b&sign=00&v=2", False),
        ("http://127.0.0.1:8/router/rest?app_key=12345678&method=taobao.time.get&sign=00&v=2.0", False),
        ("http://127.0.0.1:8/routerjson?app_key=AB12&method=jingdong.a.b&sign=00&v=2.0", False),
        ("http://127.0.0.1:8/router/rest?method=taobao.time.get", False),
        ("http://127.0.0.1:8/routerjson?method=x", False),
        ("http://127.0.0.1:8/oauth2/access_token", False),
        ("http://127.0.0.1:8/_control/state", False),
    ],
)
def test_which_requests_are_claimed(url, ours):
    assert face.claims(WireRequest.of("POST", url, {}, b"")) is ours


def test_the_same_seed_time_and_requests_give_the_same_bytes(speak):
    def answers():
        simulation = Simulation.new(
            platforms=("douyin",), seed=3, now=datetime(2026, 6, 1, tzinfo=UTC), orders=30
        )
        wire = speak(simulation)
        asked = [
            ("afterSale.List", PAGE),
            ("order.searchList", PAGE),
            ("afterSale.Detail", {"after_sale_id": "1"}),
            ("token.create", {"grant_type": "authorization_self", "code": ""}),
        ]
        return [json.dumps(wire.ask(method, params)) for method, params in asked]

    assert answers() == answers()


def test_every_rule_has_its_evidence_and_every_open_case_its_clock(still):
    assert len({rule.id for rule in face.rules}) == len(face.rules)
    for rule in face.rules:
        assert rule.source
        assert isinstance(rule.evidence, Evidence)
    for case in still.world.cases.values():
        ended = case.stage in {Stage.SUCCEEDED, Stage.CLOSED}
        assert (face.rule(case) is None) == (ended or case.kind is Kind.PRICE_PROTECT)


def test_a_step_of_this_platform_has_its_law(simulation):
    case = next(c for c in simulation.world.cases.values() if c.stage is Stage.SUCCEEDED)
    for step in face.steps:
        with pytest.raises(Forbidden):
            take(simulation.world, face, case, step)


def test_errors_reach_the_reader_as_ours(shop):
    with pytest.raises(NotFound):
        shop.order("1")
    with pytest.raises(NotSupported):
        shop.call("comment.list", {"page": "0", "size": "1"})
    with pytest.raises(NotFound):
        shop.case("1")
    assert Call("a.b").write is False
    assert quote(shop.account.app.app_key).isdigit()
