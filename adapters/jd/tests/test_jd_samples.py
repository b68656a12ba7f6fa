"""Static bodies, our own and the shared ones: what they decode to, against stated facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from omnishop import jsonform
from omnishop.errors import NotFound, OmnishopError, WireError
from omnishop.ports import Account, App
from omnishop_jd import adapter
from omnishop_jd.catalogue import METHODS
from omnishop_jd.decoding import READINGS
from omnishop_jd.errors import OUTCOMES

OWN = Path(__file__).parent / "samples"
SHARED = Path(__file__).parents[3].parent / "shared" / "platforms" / "jd" / "samples"


def decoded(method: str, body: Any, account: Account | None = None) -> list[dict[str, Any]]:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return [jsonform.dump(record) for record in adapter.decode_body(method, raw, account)]


@pytest.mark.parametrize("name", sorted(p.stem for p in OWN.glob("*.json") if p.stem != "signing_vectors"))
def test_own_sample_maps_to_the_stated_facts(name):
    sample = json.loads((OWN / f"{name}.json").read_text())
    found = decoded(sample["method"], sample["body"])
    assert len(found) == len(sample["expect"])
    for record, facts in zip(found, sample["expect"], strict=True):
        assert {key: record[key] for key in facts} == facts
        assert record["platform"] == "jd"


@pytest.mark.parametrize("name", sorted(p.stem for p in OWN.glob("*.json") if p.stem != "signing_vectors"))
def test_compact_and_spaced_bodies_say_the_same(name):
    sample = json.loads((OWN / f"{name}.json").read_text())
    compact = json.dumps(sample["body"], ensure_ascii=False, separators=(",", ":")).encode()
    assert decoded(sample["method"], compact) == decoded(sample["method"], sample["body"])


def method_of(name: str) -> str:
    found = name
    while found not in METHODS and "." in found and found != "oauth.access_token":
        found = found.rsplit(".", 1)[0]
    if found in METHODS:
        return found
    odd = {"response_variant_spelling": "jingdong.vender.shop.query", "oauth.error": "oauth.access_token"}
    return odd.get(name, "oauth.access_token" if name.startswith("oauth") else "jingdong.pop.order.get")


FAILS = {
    "error_response.12": ("AuthError", "12"),
    "error_response.19": ("AuthError", "19"),
    "error_response.2": ("RateLimited", "2"),
    "error_response.24_int": ("PermissionDenied", "24"),
    "error_response.65": ("Transient", "65"),
    "error_response.8": ("ConfigError", "8"),
    "error_response.request_id_first": ("AuthError", "21"),
    "jingdong.afsservice.alltask.get.bad_params": ("ConfigError", "301"),
    "jingdong.asc.audit.refuse.version_conflict": ("Conflict", "10012"),
    "jingdong.asc.query.list.failed": ("Rejected", "10002"),
    "jingdong.asc.query.view.not_found": ("Rejected", "10404"),
    "jingdong.pop.afs.soa.refundapply.queryPageList.failed": ("ConfigError", "1100"),
    "jingdong.pop.afs.soa.refundapply.replyRefund.failed": ("Conflict", "2005"),
    "jingdong.pop.order.get.not_found": ("NotFound", "10100014"),
    "jingdong.pop.order.search.business_error": ("ConfigError", "10100021"),
    "jingdong.pop.order.shipment.failed": ("Conflict", "10400001"),
    "jingdong.pop.order.shipment.system_busy": ("Transient", "999999"),
    "oauth.error": ("AuthError", "110501"),
    "top_level_error": ("Rejected", "10500001"),
    "wrapper_nonzero_code": ("ConfigError", "61"),
}

NAMES = sorted(p.stem for p in SHARED.glob("*.json")) if SHARED.is_dir() else []


@pytest.mark.parametrize("name", NAMES or ["-"])
def test_every_shared_sample_opens(name, shared):
    body = (shared / "samples" / f"{name}.json").read_bytes()
    if name in FAILS:
        with pytest.raises(OmnishopError) as caught:
            adapter.decode_body(method_of(name), body, None)
        assert (type(caught.value).__name__, caught.value.code) == FAILS[name]
        return
    records = decoded(method_of(name), body)
    assert all(record["type"] != "unreadable" for record in records)
    if not name.endswith((".empty", ".none")):
        assert records


SERVICE_STAGES = {
    "1800012301": ("return_refund", "requested"),
    "1800012302": ("exchange", "requested"),
    "1800012303": ("return_refund", "awaiting_return"),
    "1800012304": ("return_refund", "inspecting"),
    "1800012305": ("return_refund", "refunding"),
    "1800012306": ("exchange", "succeeded"),
    "1800012307": ("repair", "refused"),
    "1800012308": ("refund_only", "closed"),
    "1800012309": ("return_refund", "requested"),
}


def test_shared_service_list_says_what_the_page_says(shared):
    body = (shared / "samples" / "jingdong.asc.query.list.json").read_bytes()
    found = {row["case_id"]: (row["kind"], row["stage"]) for row in decoded("jingdong.asc.query.list", body)}
    assert found == SERVICE_STAGES


def test_shared_applications_say_what_the_page_says(shared):
    method = "jingdong.pop.afs.soa.refundapply.queryPageList"
    rows = decoded(method, (shared / "samples" / f"{method}.json").read_bytes())
    said = [(row["raw_stage"], row["stage"]) for row in rows]
    assert said == [
        ("0", "requested"),
        ("0", "requested"),
        ("3", "refunding"),
        ("2", "refused"),
        ("10", "requested"),
        ("7", "refunding"),
        ("11", "closed"),
        ("4", "unknown"),
    ]
    assert rows[0]["amounts"]["requested"] == "317.00"


def test_shared_text_forms_say_the_same_as_numbers(shared):
    plain = decoded(
        "jingdong.asc.query.list", (shared / "samples" / "jingdong.asc.query.list.json").read_bytes()
    )
    words = decoded(
        "jingdong.asc.query.list",
        (shared / "samples" / "jingdong.asc.query.list.string_numbers.json").read_bytes(),
    )
    assert words[0] == plain[0]


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_documented_method_has_a_reading(method):
    """A bare success is one raw record, a write's result, or an answer that does not tell; never "none"."""
    known = METHODS[method]
    body = {f"{known.envelope}_responce": {"code": "0"}}
    if known.write:
        [result] = decoded(method, body)
        assert (result["type"], result["ok"]) == ("write_result", None)
    elif method == "jingdong.pop.order.notPayOrderById":
        with pytest.raises(NotFound):
            decoded(method, body)
    elif known.outcome in OUTCOMES or method in READINGS or method == "jingdong.ldop.receive.trace.get":
        with pytest.raises(WireError, match="lacks"):
            decoded(method, body)
    else:
        assert decoded(method, body)[0]["type"] == "raw"


def test_methods_are_those_of_the_shared_list(shared):
    told = json.loads((shared / "methods.json").read_text())["methods"]
    assert {row["name"]: row["kind"] == "write" for row in told} == {
        name: method.write for name, method in METHODS.items()
    }
    assert adapter.read_methods == {row["name"] for row in told if row["kind"] == "read"}


def test_an_unknown_method_names_close_ones():
    with pytest.raises(NotFound, match=r"jingdong\.asc\.query\.list"):
        adapter.decode_body("jingdong.asc.query.lst", b"{}", None)


def test_a_body_without_its_envelope_is_taken_as_captured():
    body = {
        "queryResult": {"success": True, "totalCount": 1, "result": [{"id": 7, "status": 0}]},
        "code": "0",
    }
    assert [row["case_id"] for row in decoded("jingdong.pop.afs.soa.refundapply.queryById", body)] == ["7"]


@pytest.mark.parametrize("nothing", ["", "null", '""', "[]", "{}", "{ }", "[ ]"])
def test_every_spelling_of_nothing_is_an_empty_list(nothing):
    """Absent, null, empty text, list or object (1.5)."""
    data = f',"data":{nothing}' if nothing else ""
    inner = f'{{"code":"0","pageResult":{{"success":true,"code":"00000"{data}}}}}'
    body = f'{{"jingdong_asc_query_list_responce":{inner}}}'.encode()
    assert adapter.decode_body("jingdong.asc.query.list", body, None) == []


def test_the_account_names_shop_and_buyer():
    account = Account(App("jd", "key", "secret"), "jd", "10299999", buyer_secret=b"k")
    body = {
        "jingdong_pop_order_get_responce": {
            "code": "0",
            "orderDetailInfo": {
                "apiResult": {"success": True},
                "orderInfo": {"orderId": "1", "open_id_buyer": "ob1", "pin": "AAS/xx=="},
            },
        }
    }
    [order] = decoded("jingdong.pop.order.get", body, account)
    assert order["shop_id"] == "10299999"
    assert order["buyer"]["masked"] is None
    assert len(order["buyer"]["key"]) == 32


def test_secrets_and_personal_data_are_masked():
    token = {"access_token": "aaaa-1", "refresh_token": "bbbb-2", "expires_in": 1, "time": 1}
    [row] = decoded("oauth.access_token", token)
    assert row["data"]["access_token"] == row["data"]["refresh_token"] == "***"
    person = {
        "jingdong_jos_order_oaid_decrypt_responce": {
            "code": "0",
            "returnType": {"data": [{"orderId": 1, "customerName": "某人", "address": "某地"}]},
        }
    }
    assert "某" not in json.dumps(decoded("jingdong.jos.order.oaid.decrypt", person), ensure_ascii=False)


def test_a_write_is_ok_only_where_the_page_says_so():
    def result(method: str, inner: dict[str, Any]) -> Any:
        envelope = method.replace(".", "_") + "_responce"
        return decoded(method, {envelope: {"code": "0", **inner}})[0]["ok"]

    refuse = "jingdong.asc.audit.refuse"
    assert result(refuse, {"result": {"success": True, "code": "00000"}}) is True
    assert result(refuse, {"result": {"success": True, "code": "00000", "data": False}}) is None
    reply = "jingdong.pop.PopCommentJsfService.saveReply"
    assert result(reply, {"resultCode": "0"}) is True
    assert result(reply, {"resultCode": "7"}) is None
    assert result("jingdong.pop.order.modifyOrderAddr", {"success": True}) is True
    assert result("jingdong.pop.order.modifyOrderAddr", {"success": False}) is False
