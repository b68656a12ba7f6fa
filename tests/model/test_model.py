"""Money, times, keys and the JSON form: exact, or refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnishop import jsonform, model
from omnishop.model import Fen, Text, buyer_key, fen_from_fen, fen_from_yuan, labels, yuan_text
from omnishop.model.buyer import identity_key
from omnishop.model.case import money_back
from omnishop.model.times import from_beijing_text, from_unix, from_unix_ms, iso, to_beijing_text

# ---------------------------------------------------------------- money


@pytest.mark.parametrize(
    ("yuan", "fen"),
    [
        ("0.29", 29),  # int(float("0.29") * 100) is 28
        ("252.77", 25277),
        ("0.00", 0),
        ("+1.20", 120),
        ("999999999999.99", 99999999999999),
        ("1.2", 120),
        ("12", 1200),
        ("12.300", 1230),
        ("-0.05", -5),
        (78, 7800),
        (Decimal("78.0"), 7800),
        (Decimal("1E+2"), 10000),
    ],
)
def test_yuan_is_read_exactly(yuan, fen):
    assert fen_from_yuan(yuan) == fen


@pytest.mark.parametrize(
    "yuan",
    [
        "0.295",
        "",
        "abc",
        "NaN",
        "Infinity",
        0.29,
        True,
        "1e20",
        "12,30",
        ".30x",
        "1 .30",
        "١.٣٠",
        "1_0.00",
        "99999999999999.99",
    ],
)
def test_what_is_no_amount_in_yuan_is_refused(yuan):
    with pytest.raises(ValueError, match=r"yuan|fen|amount"):
        fen_from_yuan(yuan)


@pytest.mark.parametrize(
    ("fen", "read"), [(11400, 11400), ("11400", 11400), (Decimal("5960.0"), 5960), ("-1", -1)]
)
def test_fen_is_read_exactly(fen, read):
    assert fen_from_fen(fen) == read


@pytest.mark.parametrize("fen", [Decimal("0.5"), "", "1.5", 1.0, False, "x"])
def test_what_is_no_amount_in_fen_is_refused(fen):
    with pytest.raises(ValueError, match=r"fen|amount"):
        fen_from_fen(fen)


@given(st.integers(-(10**14), 10**14))
def test_money_survives_its_text(fen):
    assert fen_from_yuan(yuan_text(fen)) == fen


# ---------------------------------------------------------------- times


def test_beijing_text_is_not_utc():
    assert from_beijing_text("2026-03-18 00:15:30") == datetime(2026, 3, 17, 16, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-18",
        "",
        "18.03.2026 10:00:00",
        "2026-03-18 10:15",
        "0001-01-01 00:00:00",
        "9999-12-31 23:59:59",
    ],
)
def test_what_is_no_full_time_is_refused(text):
    with pytest.raises(ValueError, match=r"time|isoformat"):
        from_beijing_text(text)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001 - made aware below
def test_times_survive_their_text(when):
    when = when.replace(microsecond=0, tzinfo=UTC)
    assert from_beijing_text(to_beijing_text(when)) == when
    assert datetime.fromisoformat(iso(when)) == when
    assert iso(when).endswith("+08:00")


def test_unix_times():
    assert from_unix(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert from_unix_ms(1709600388123) == datetime(2024, 3, 5, 0, 59, 48, 123000, tzinfo=UTC)
    for seconds in (10**18, 253402300799, -(10**11)):
        with pytest.raises(ValueError, match="not a time"):
            from_unix(seconds)


def test_times_typed_by_people():
    assert model.aware("2026-03-18") == datetime(2026, 3, 18, tzinfo=model.BEIJING)
    assert model.aware("2026-03-18T10:00:00+00:00") == datetime(2026, 3, 18, 10, tzinfo=UTC)
    elsewhere = timezone(timedelta(hours=-5))
    assert model.aware("2026-03-18T10:00:00-05:00").utcoffset() == elsewhere.utcoffset(None)


# ---------------------------------------------------------------- buyers, text


def test_an_identity_has_a_key_of_its_own():
    key = identity_key(b"secret", "Wang 1")
    assert key == identity_key(b"secret", " Wang 1 ")
    assert key not in {identity_key(b"other", "Wang 1"), identity_key(b"secret", "Wang 2")}
    assert key != buyer_key(b"secret", "p", "app", "Wang 1")
    assert len(key) == 32


def test_one_buyer_has_one_key_within_app_and_platform():
    key = buyer_key(b"secret", "p", "app", "open-1")
    assert key == buyer_key(b"secret", "p", "app", "open-1")
    assert len(key) == 32
    others = {
        buyer_key(b"other", "p", "app", "open-1"),
        buyer_key(b"secret", "q", "app", "open-1"),
        buyer_key(b"secret", "p", "app2", "open-1"),
        buyer_key(b"secret", "p", "app", "open-2"),
    }
    assert key not in others
    assert len(others) == 4


def test_text_in_both_languages():
    assert Text("好", "good").told("zh") == "好"
    assert Text("好", "good").told("en") == "good"


# ---------------------------------------------------------------- JSON

ids = st.text(min_size=1, max_size=8)
maybe_text = st.none() | st.text(max_size=8)
maybe_fen = st.none() | st.integers(0, 10**9).map(Fen)
maybe_time = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2050, 1, 1)).map(  # noqa: DTZ001
    lambda when: when.replace(tzinfo=model.BEIJING)
)
cases = st.builds(
    model.Case,
    platform=ids,
    source=ids,
    case_id=ids,
    shop_id=maybe_text,
    kind=st.sampled_from(model.Kind),
    stage=st.sampled_from(model.Stage),
    dispute=st.none() | st.sampled_from(model.Dispute),
    amounts=st.builds(model.CaseAmounts, maybe_fen, maybe_fen, maybe_fen, maybe_fen, maybe_fen),
    reason=st.none()
    | st.builds(model.Reason, maybe_text, maybe_text, st.none() | st.sampled_from(model.ReasonClass)),
    lines=st.lists(st.builds(model.CaseLine, maybe_text, requested=st.none() | st.integers(0, 9))).map(tuple),
    opened_at=maybe_time,
    deadline=st.none()
    | st.builds(
        model.Deadline,
        at=maybe_time.filter(lambda when: when is not None),
        consequence=st.sampled_from(model.Consequence),
        favours=st.sampled_from(model.Favours),
        extendable=st.none() | st.booleans(),
    ),
    decided_by=st.none() | st.sampled_from(model.Actor),
)


@given(cases)
def test_a_case_survives_its_json(case):
    text = json.dumps(jsonform.dump(case))
    assert jsonform.load(json.loads(text)) == case


orders = st.builds(
    model.Order,
    platform=ids,
    order_id=ids,
    shop_id=maybe_text,
    status=st.sampled_from(model.OrderStatus),
    amounts=st.builds(model.OrderAmounts, maybe_fen, maybe_fen, maybe_fen, maybe_fen),
    paid_at=maybe_time,
    lines=st.lists(st.builds(model.OrderLine, maybe_text, price=maybe_fen, paid=maybe_fen)).map(tuple),
    parcels=st.lists(
        st.builds(model.Parcel, maybe_text, shipped_at=maybe_time, line_ids=st.lists(ids).map(tuple))
    ).map(tuple),
    buyer=st.none() | st.builds(model.Buyer, maybe_text, maybe_text),
)
reviews = st.builds(
    model.Review,
    platform=ids,
    review_id=ids,
    grade=st.none() | st.sampled_from(model.Grade),
    stars=st.none() | st.integers(0, 5),
    pictures=st.lists(ids).map(tuple),
    follow_ups=st.lists(st.builds(model.FollowUp, maybe_text, st.lists(ids).map(tuple), maybe_time)).map(
        tuple
    ),
    reply=st.none() | st.builds(model.Reply, ids, maybe_time),
    created_at=maybe_time,
)
others = st.builds(model.Raw, ids, ids, st.dictionaries(ids, maybe_text)) | st.builds(
    model.Event, ids, ids, at=maybe_time, pictures=st.lists(ids).map(tuple)
)


@given(cases | orders | reviews | others)
def test_what_is_encoded_is_what_is_dumped(record):
    assert jsonform.encode(record) == msgspec.json.encode(jsonform.dump(record))


CASE_KEYS = (
    "type platform storefront shop_id source case_id order_id kind stage dispute amounts reason lines opened_at "
    "changed_at closed_at deadline decided_by version raw_kind raw_stage"
).split()


@pytest.mark.parametrize(
    ("stage", "kind", "amounts", "fen"),
    [
        ("requested", "refund_only", {"requested": 500}, 0),
        ("closed", "refund_only", {"refunded": 300}, 300),
        ("succeeded", "return_refund", {"requested": 500, "approved": 400, "refunded": 300}, 300),
        ("refunding", "cancel", {"requested": 500, "approved": 400}, 400),
        ("refunding", "cancel", {"requested": 500}, 500),
        ("refunding", "cancel", {}, None),
        ("succeeded", "exchange", {"requested": 500}, 0),
        ("refunding", "exchange", {"requested": 500}, 500),
    ],
)
def test_what_went_back_to_the_buyer_or_surely_will(stage, kind, amounts, fen):
    told = model.CaseAmounts(**amounts)
    case = model.Case("p", "s", "1", stage=model.Stage(stage), kind=model.Kind(kind), amounts=told)
    assert money_back(case) == fen


def test_the_keys_of_a_case_are_the_promised_ones_and_never_missing():
    data = jsonform.dump(model.Case("p", "s", "1"))
    assert list(data) == CASE_KEYS
    assert list(data["amounts"]) == ["requested", "estimated", "approved", "refunded", "freight"]
    full = model.Case(
        "p",
        "s",
        "1",
        amounts=model.CaseAmounts(requested=Fen(1230)),
        reason=model.Reason(),
        lines=(model.CaseLine(),),
        deadline=model.Deadline(datetime(2026, 1, 1, tzinfo=UTC)),
    )
    data = jsonform.dump(full)
    assert data["amounts"]["requested"] == "12.30"
    assert list(data["reason"]) == ["code", "text", "cls", "detail"]
    assert list(data["deadline"]) == ["at", "consequence", "favours", "extendable"]
    assert list(data["lines"][0]) == (
        "line_id sku_id title requested approved sent_back received_good received_bad".split()
    )


def test_the_keys_of_orders_and_reviews():
    order = jsonform.dump(model.Order("p", "1", lines=(model.OrderLine(),), parcels=(model.Parcel(),)))
    assert set(order) >= {
        "order_id",
        "status",
        "paid_at",
        "shipped_at",
        "delivered_at",
        "finished_at",
        "remark",
    }
    assert list(order["amounts"]) == ["total", "paid", "freight", "discount"]
    assert list(order["lines"][0]) == "line_id sku_id outer_sku_id title spec quantity price paid".split()
    assert list(order["parcels"][0]) == "carrier_code carrier tracking_no shipped_at line_ids".split()
    review = jsonform.dump(model.Review("p", "1"))
    assert set(review) >= {
        "review_id",
        "order_id",
        "sku_id",
        "author",
        "grade",
        "stars",
        "follow_ups",
        "reply",
    }


def test_the_raw_record_stays_out_of_json_and_equality():
    with_raw, without = model.Case("p", "s", "1", raw=b"{}"), model.Case("p", "s", "1")
    assert with_raw == without
    assert "raw" not in jsonform.dump(with_raw)


def test_what_has_no_type_is_refused():
    with pytest.raises(ValueError, match="no such type"):
        jsonform.load({"type": "customer"})
    with pytest.raises(KeyError):
        jsonform.load({"type": "case"})


@pytest.mark.parametrize("name", jsonform.TYPES)
def test_every_type_has_a_schema(name):
    schema = jsonform.schema(name)
    assert schema["properties"]["type"] == {"const": name}
    assert set(schema["required"]) == set(schema["properties"])


def test_a_type_without_a_json_form_is_our_own_fault():
    with pytest.raises(TypeError, match="no JSON form"):
        jsonform.form(complex)


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (labels.KINDS, model.Kind),
        (labels.STAGES, model.Stage),
        (labels.DISPUTES, model.Dispute),
        (labels.CONSEQUENCES, model.Consequence),
        (labels.FAVOURS, model.Favours),
        (labels.ORDER_STATUSES, model.OrderStatus),
    ],
)
def test_every_value_has_a_name_in_both_languages(table, members):
    assert set(table) == set(members)
    assert all(text.zh and text.en for text in table.values())
