"""The numbered pitfalls of the wire page (section 9), one test each."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest

from omnishop.client import Shop
from omnishop.drivers.sync import SyncDriver
from omnishop.errors import AuthError, OutcomeUnknown, PermissionDenied
from omnishop.flow import Call
from omnishop.model import OrderStatus, Stage, Unreadable
from omnishop.ports import Response, Window
from omnishop_douyin import adapter
from omnishop_douyin.envelope import open_body

T = 1_749_551_000


def decode(method, data):
    return adapter.decode(method, msgspec.Raw(json.dumps(data).encode()), None)


def case(**info):
    base = {"aftersale_id": "146510010020030001"}
    (found,) = decode("afterSale.List", {"items": [{"aftersale_info": base | info}]})
    return found


def test_pitfall_01_pages_start_at_0_or_1(simulation, opened):
    calls = []
    answer = simulation.answer

    def noted(request):
        calls.append((request.path, json.loads(request.content or b"{}")))
        return answer(request)

    simulation.answer = noted
    with opened(simulation) as shop:
        shop.return_addresses()
        now = datetime.now(UTC)
        next(iter(shop.pages(shop.streams("case", "changed")[0], Window(now - timedelta(days=1), now))))
    assert [(path, body.get("page_no", body.get("page"))) for path, body in calls] == [
        ("/address/list", 1),
        ("/afterSale/List", 0),
    ]


def test_pitfall_02_ids_are_text_and_never_floats():
    for number in (146510010020030001, "146510010020030001"):
        assert case(aftersale_id=number).case_id == "146510010020030001"
    data = '{"process_info":{"after_sale_info":{"after_sale_id":9223372036854775809}}}'
    (found,) = adapter.decode("afterSale.Detail", msgspec.Raw(data.encode()), None)
    assert found.case_id == "9223372036854775809"
    (lost,) = decode("afterSale.List", {"items": [{"aftersale_info": {"aftersale_id": 1.4651001002003e17}}]})
    assert isinstance(lost, Unreadable)


def test_pitfall_03_numbers_as_text_and_text_as_numbers():
    (order,) = decode(
        "order.searchList",
        {"shop_order_list": [{"order_id": 69, "order_status": "2", "update_time": str(T)}]},
    )
    assert (order.order_id, order.status) == ("69", OrderStatus.PAID)
    assert order.changed_at == datetime.fromtimestamp(T, UTC)
    found = case(aftersale_status="6", update_time=str(T), status_deadline="0", refund_amount="1025")
    assert (found.stage, found.amounts.requested, found.deadline) == (Stage.REQUESTED, 1025, None)
    assert json.loads(found.raw)["aftersale_info"]["aftersale_status"] == "6"


def test_pitfall_04_doubled_quotes_of_the_documents_are_not_undone():
    """They are an artefact of the documents: an id that really holds quotes stays as it came."""
    assert case(aftersale_id='"6986853269519810849"').case_id == '"6986853269519810849"'


def test_pitfall_05_money_is_fen_also_as_text():
    assert case(refund_amount="12900", refund_post_amount=0).amounts.requested == 12900
    assert case(refund_amount=0).amounts.requested == 0
    (spoilt,) = decode(
        "afterSale.List", {"items": [{"aftersale_info": {"aftersale_id": 1, "refund_amount": 12.5}}]}
    )
    assert isinstance(spoilt, Unreadable)


def test_pitfall_06_times():
    found = case(apply_time=T, update_time=0, aftersale_status_to_final_time=0)
    assert found.opened_at == datetime.fromtimestamp(T, UTC)
    assert found.changed_at is None
    assert found.closed_at is None
    (review,) = decode(
        "comment.list", {"comments": [{"comment_id": 1, "comment_time": "2021-06-01 12:30:05"}]}
    )
    assert review.created_at.utcoffset() == timedelta(hours=8)
    (event,) = decode("push", [{"tag": "209", "data": '{"update_time":"2022-09-02T10:27:50+08:00"}'}])
    assert event.at == datetime(2022, 9, 2, 2, 27, 50, tzinfo=UTC)


def test_pitfall_07_two_spellings_of_one_thing(simulation, opened):
    (route,) = decode("logistics.trackNoRouteDetail", {"route_node_list": [{"content": "a"}]})
    assert len(route.nodes) == 1
    (event,) = decode("push", [{"tag": "227", "data": {"after_sale_id": 5}}])
    assert event.case_id == "5"
    with opened(simulation) as shop:
        address = shop.return_addresses()[0]
    assert (address.contact, address.text[:3]) == ("退货仓", "浙江省")
    assert adapter.decode_body("order.ordeReportList", b'{"code":10000}', None)


def test_pitfall_08_update_windows_go_with_their_order(simulation, opened):
    """Without order_by the simulated list loses records between pages, as the real one does; ours loses none."""
    now = datetime.now(UTC)
    start, end = int((now - timedelta(days=30)).timestamp()), int(now.timestamp()) + 60
    with opened(simulation) as shop:
        seen = set()
        for page in range(3):
            params = {"update_start_time": start, "update_end_time": end, "page": page, "size": 10}
            rows = shop.call("afterSale.List", params)["items"]
            seen |= {row["aftersale_info"]["aftersale_id"] for row in rows}
        assert len(seen) < 30
        window = Window(now - timedelta(days=30), now + timedelta(minutes=1))
        pages = shop.pages(shop.streams("case", "changed")[0], window)
        assert len({found.case_id for page in pages for found in page.items}) == 30


def test_pitfall_09_unknown_statuses_widen_the_answer(simulation, opened):
    with opened(simulation) as shop:
        every = shop.call("afterSale.List", {"page": 0, "size": 100})["total"]
        assert (
            shop.call("afterSale.List", {"page": 0, "size": 100, "standard_aftersale_status": [999]})["total"]
            == every
        )
        mixed = {"page": 0, "size": 100, "standard_aftersale_status": [6, 999]}
        assert 0 < shop.call("afterSale.List", mixed)["total"] < every


def test_pitfall_10_an_operation_in_doubt_is_never_called_rejected():
    call = Call("afterSale.operate", {"type": 201}, write=True)
    doubtful = b'{"code":20001,"sub_code":"dop.service-error"}'
    with pytest.raises(OutcomeUnknown):
        adapter.codec.decode(call, Response(200, doubtful))
    assert case(update_time=T).version == str(T)


def test_pitfall_11_status_4_includes_refunded_orders():
    rows = [
        {"order_id": 1, "order_status": 4, "main_status": 21, "pay_time": T, "pay_amount": 5970},
        {"order_id": 2, "order_status": 4, "main_status": 4, "pay_time": 0, "pay_amount": 5970},
    ]
    refunded, never = decode("order.searchList", {"shop_order_list": rows})
    assert (refunded.status, refunded.raw_status, refunded.amounts.paid) == (OrderStatus.CLOSED, "4/21", 5970)
    assert (never.status, never.raw_status, never.amounts.paid) == (OrderStatus.CLOSED, "4/4", None)


def test_pitfall_12_a_closed_case_keeps_refund_status_1():
    found = case(aftersale_status=28, refund_status=1)
    assert (found.stage, found.raw_stage) == (Stage.CLOSED, "28/1")


def test_pitfall_13_old_and_new_numbers_are_not_mixed():
    with pytest.raises(AuthError):
        open_body(b'{"err_no":30002,"message":"x"}', "afterSale.List")
    with pytest.raises(PermissionDenied):
        open_body(b'{"code":30002,"sub_code":"isv.invalid_ip"}', "afterSale.List")
    with pytest.raises(PermissionDenied):
        open_body(b'{"code":30002,"sub_code":"isv.invalid_ip","err_no":30002}', "afterSale.List")


def test_pitfall_14_evidence_addresses_are_kept_as_signed(run, account):
    url = "https://p6.example.com/demo1.jpeg?x-expires=1780000000&x-signature=AbC%2Bd%3D"
    process = {"after_sale_info": {"after_sale_id": 1}, "record_logs_list": [{"images": [url]}]}
    (event,) = run(adapter.timeline(account, "aftersale", "1"), lambda call: {"process_info": process})
    assert event.pictures == (url,)


def test_pitfall_15_tags_for_display_decide_nothing():
    plain = case(aftersale_status=6)
    tagged = case(aftersale_status=6, aftersale_tags=[{"tag_detail": "极速退款", "tag_detail_en": "fast"}])
    assert plain == tagged


def test_pitfall_16_a_token_belongs_to_one_shop(simulation, opened):
    face, world = simulation.faces["douyin"], simulation.world
    other = face.open_shop(world, "douyin")
    world.shops.append(other)
    foreign = face.credentials(world, other, "http://douyin.test")["access_token"]
    with opened(simulation, access_token=foreign) as shop, pytest.raises(AuthError) as caught:
        shop.whoami()
    assert caught.value.cure == "keys"
    keys = {
        name: face.credentials(world, other, "http://douyin.test")[name] for name in ("app_key", "app_secret")
    }
    driver = SyncDriver(httpx.Client(transport=simulation.transport()), attempts=1)
    with Shop.open(
        "douyin", access_token=foreign, gateway="http://douyin.test", driver=driver, **keys
    ) as shop:
        assert shop.whoami().shop_id == other.shop_id
