"""What holds a write back, what its answer says, and what a reading must show."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from adapters.douyin.tests.asking import AT, CASE, FULL, ORDER, REASONS, SHOT, Platform, detail, order, row_of

from omnishop.acts import Ask, Evidence, Seen, Shown, Subject, Verb, rows_for
from omnishop.errors import ConfigError, Conflict, OutcomeUnknown, Rejected, Transient, WireError
from omnishop.model import Kind, Stage
from omnishop_douyin import adapter, methods
from omnishop_douyin.writes.looks import digest


@pytest.fixture
def platform(run, account):
    return lambda *given, **more: Platform(run, account, *given, **more)


# ---------------------------------------------------------------- what holds a write back


def held(platform, verb, read, ask, **more):
    there = platform(read, **more)
    row, look = row_of(there, verb)
    found = row.hinders(there.account, look, ask)
    if found is not None:
        assert found.zh
        with pytest.raises(ConfigError):
            there.send(row, look, ask)
        assert not any(call.write for call in there.calls)
    return found.en if found is not None else None


def test_27_and_29_are_one_stage_and_not_one_status(platform):
    refused_after, refused_before = detail(Kind.EXCHANGE, 29), detail(Kind.EXCHANGE, 27)
    assert "29" in held(platform, Verb.AGREE_RETURN, refused_after, FULL)
    assert held(platform, Verb.AGREE_RETURN, refused_before, FULL) is None
    assert "27" in held(platform, Verb.REFUND, refused_before, FULL)
    assert held(platform, Verb.REFUND, refused_after, FULL) is None


@pytest.mark.parametrize("status", [6, 7, 27, 29])
def test_a_refund_without_goods_on_their_way_is_asked_once_more(platform, status):
    row, _ = row_of(platform(detail(Kind.RETURN_REFUND, status)), Verb.REFUND)
    assert row.caution is not None
    plain, _ = row_of(platform(detail(Kind.RETURN_REFUND, 11)), Verb.REFUND)
    assert plain.caution is None


def test_bytes_cannot_be_sent_as_evidence(platform):
    own = Ask(reason="1", text="见图", evidence=(Evidence(content=b"\xff\xd8"), SHOT))
    assert "address" in held(platform, Verb.REFUSE, detail(Kind.RETURN_REFUND, 6), own)
    on_disk = Ask(reason="1", text="见图", evidence=(Evidence(url="file:///home/shop/box.jpg"),))
    assert "address" in held(platform, Verb.REFUSE, detail(Kind.RETURN_REFUND, 6), on_disk)


def test_a_reason_that_needs_evidence_is_not_sent_without(platform):
    asked = detail(Kind.RETURN_REFUND, 6)
    assert "evidence" in held(platform, Verb.REFUSE, asked, Ask(reason="1", text="x"))
    only_sound = Ask(reason="1", text="x", evidence=(Evidence("audio", url="https://a.example/1.mp3"),))
    assert "evidence" in held(platform, Verb.REFUSE, asked, only_sound)
    assert held(platform, Verb.REFUSE, asked, Ask(reason="3", text="x")) is None
    assert "3 协商一致" in held(platform, Verb.REFUSE, asked, Ask(reason="99", text="x"))


def test_a_case_without_reasons_cannot_be_refused_and_audited_ones_take_the_whole_table(platform):
    none = {"items": []}
    assert "reason" in held(platform, Verb.REFUSE, detail(Kind.RETURN_REFUND, 6), FULL, reasons=none)
    there = platform(detail(Kind.RETURN_REFUND, 11))
    rows = rows_for(adapter.writes("douyin"), Verb.REFUSE_RETURN, Subject("case", CASE, "aftersale"))
    given = []

    def answer(call):
        if call.method != "afterSale.rejectReasonCodeList":
            return detail(Kind.RETURN_REFUND, 11)
        given.append(dict(call.params))
        return none if call.params else REASONS

    look = there.run(rows[0].look(there.account, Subject("case", CASE, "aftersale")), answer)
    assert given == [{"aftersale_id": int(CASE)}, {}]
    assert rows[0].hinders(there.account, look, FULL) is None


def test_reasons_that_cannot_be_read_hold_the_refusal_but_not_the_reading(platform):
    subject = Subject("case", CASE, "aftersale")
    row = rows_for(adapter.writes("douyin"), Verb.REFUSE, subject)[0]
    for trouble, words in ((Transient("busy"), "try again"), (Rejected("audited"), "no reason")):
        there = platform(detail(Kind.RETURN_REFUND, 6), reasons=trouble)
        look = there.look(row, subject)
        assert look.record.stage is Stage.REQUESTED
        assert words in row.hinders(there.account, look, FULL).en


def test_a_reading_whose_other_half_is_misshapen_is_no_crash(platform):
    row, _ = row_of(platform(), Verb.SHIP, "order", ORDER)
    odd = order(after_sale={"after_sale_status": "six"})
    for subject, there in (
        (Subject("order", ORDER), platform(whole=odd)),
        (Subject("case", CASE, "aftersale"), platform(detail(Kind.REFUND_ONLY, 6, remarks="none"))),
    ):
        shape = (
            row if subject.record == "order" else row_of(platform(detail(Kind.REFUND_ONLY, 6)), Verb.AGREE)[0]
        )
        with pytest.raises(WireError):
            there.look(shape, subject)


def test_an_address_is_the_platforms_own_number(platform):
    words = Ask(address="杭州市滨江区")
    assert "address_id" in held(platform, Verb.AGREE_RETURN, detail(Kind.EXCHANGE, 6), words)


def test_a_deadline_is_extended_in_its_last_two_days_by_seven(platform):
    def left(**time):
        return detail(Kind.RETURN_REFUND, 11, deadline=int((AT + timedelta(**time)).timestamp()))

    assert held(platform, Verb.EXTEND, left(days=2), FULL) is None
    assert "2 days" in held(platform, Verb.EXTEND, left(days=2, seconds=1), FULL)
    assert "7 days" in held(platform, Verb.EXTEND, left(days=1), Ask(days=3, at=AT))


def test_evidence_goes_only_where_it_is_wanted_and_only_as_pictures(platform):
    wanted = detail(Kind.REFUND_ONLY, 27, arbitration={"arbitrate_status": 4})
    assert "4" in held(platform, Verb.SUBMIT_EVIDENCE, detail(Kind.REFUND_ONLY, 27), FULL)
    many = Ask(text="x", evidence=(SHOT,) * 5)
    assert "at most 4" in held(platform, Verb.SUBMIT_EVIDENCE, wanted, many)
    film = Ask(text="x", evidence=(Evidence("video", url="https://v.example/1.mp4"),))
    assert "pictures" in held(platform, Verb.SUBMIT_EVIDENCE, wanted, film)
    assert "address" in held(
        platform, Verb.SUBMIT_EVIDENCE, wanted, Ask(text="x", evidence=(Evidence(content=b"1"),))
    )


def test_what_must_be_said_is_never_guessed(platform):
    cases = [
        (Verb.AGREE_RETURN, detail(Kind.EXCHANGE, 6)),
        (Verb.REFUSE, detail(Kind.EXCHANGE, 6)),
        (Verb.SHIP_REPLACEMENT, detail(Kind.EXCHANGE, 11)),
        (Verb.FILL_LOGISTICS, detail(Kind.EXCHANGE, 7)),
        (Verb.REMARK, detail(Kind.EXCHANGE, 7)),
        (Verb.CANCEL_ORDER, detail(Kind.CANCEL, 6)),
    ]
    for verb, read in cases:
        there = platform(read)
        row, look = row_of(there, verb)
        with pytest.raises(ConfigError):
            there.send(row, look, Ask())
        assert not any(call.write for call in there.calls)
    there = platform()
    row, look = row_of(there, Verb.SHIP, "order", ORDER)
    with pytest.raises(ConfigError):
        there.send(row, look, Ask(carrier="SF", tracking="SF7"))


# ---------------------------------------------------------------- what the answer says


def answered(platform, data):
    there = platform(detail(Kind.REFUND_ONLY, 6), answer=msgspec.Raw(data))
    row, look = row_of(there, Verb.AGREE)
    return there.send(row, look, Ask())


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"null",
        b'{"items":[]}',
        b'{"items":[{"aftersale_id":146510010020030002,"status_code":0,"status_msg":"success"}]}',
        b'{"items":[{"aftersale_id":"146510010020030002","status_code":"0"}]}',
    ],
)
def test_success_in_every_form_the_page_leaves_open(platform, data):
    answered(platform, data)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (
            b'{"items":[{"aftersale_id":146510010020030002,"status_code":20309541,"status_msg":"x"}]}',
            Conflict,
        ),
        (b'{"items":[{"aftersale_id":146510010020030002,"status_code":11005,"status_msg":"x"}]}', Rejected),
        (b'{"items":[{"aftersale_id":146510010020030002}]}', OutcomeUnknown),
        (b'{"items":[{"aftersale_id":146510010020030003,"status_code":0}]}', OutcomeUnknown),
        (b'{"items":[7]}', OutcomeUnknown),
        (b'{"items":"none"}', OutcomeUnknown),
    ],
)
def test_the_inner_result_decides_and_what_cannot_be_told_is_unknown(platform, data, error):
    with pytest.raises(error) as caught:
        answered(platform, data)
    assert type(caught.value) is error
    assert CASE not in caught.value.en


# ---------------------------------------------------------------- what a reading must show


def seen(stage, **more):
    return Seen(stage, **({"version": "1", "dispute": "none"} | more))


def shows(verb, kind, ask, before, after):
    rows = [row for row in adapter.writes("douyin") if row.verb is verb and kind in row.kinds]
    return rows[0].shows(ask, before, after)


def test_a_replacement_shows_by_its_own_number():
    ask = Ask(carrier="SF", tracking="SF7")
    before = seen(Stage.RETURNING)
    for stage, sent, shown in (
        (Stage.RESENT, "SF7", Shown.DONE),
        (Stage.SUCCEEDED, "SF7", Shown.DONE),
        (Stage.RESENT, "ZT9", Shown.EXCLUDED),
        (Stage.REFUNDING, None, Shown.EXCLUDED),
        (Stage.CLOSED, None, Shown.EXCLUDED),
    ):
        after = seen(stage, version="2", marks={"sent": sent} if sent else {})
        assert shows(Verb.SHIP_REPLACEMENT, Kind.EXCHANGE, ask, before, after) is shown
    assert shows(Verb.SHIP_REPLACEMENT, Kind.EXCHANGE, ask, before, before) is Shown.BEFORE


def test_a_deadline_that_moved_shows_the_extension():
    before = seen(Stage.RETURNING, deadline=AT)
    for after, shown in (
        (seen(Stage.RETURNING, version="2", deadline=AT + timedelta(days=7)), Shown.DONE),
        (before, Shown.BEFORE),
        (seen(Stage.RETURNING, version="2", deadline=AT + timedelta(hours=3)), Shown.MOVED),
        (seen(Stage.REFUNDING, version="2"), Shown.MOVED),
    ):
        assert shows(Verb.EXTEND, Kind.RETURN_REFUND, Ask(), before, after) is shown


def test_a_stop_of_shipping_that_shows_nothing_is_never_taken_for_not_done():
    before = seen(Stage.REQUESTED)
    for after, shown in (
        (before, Shown.MOVED),
        (seen(Stage.REFUNDING, version="2"), Shown.DONE),
        (seen(Stage.CLOSED, version="2"), Shown.EXCLUDED),
    ):
        assert shows(Verb.CANCEL_ORDER, Kind.CANCEL, Ask(), before, after) is shown


def test_a_case_remark_shows_as_one_more_of_its_words():
    ask = Ask(text="再次联系")
    mine, other = digest("再次联系"), digest("别的")
    before = seen(Stage.REQUESTED, marks={"remarks": f"{mine} {other}"})
    for remarks, shown in (
        (f"{mine} {mine} {other}", Shown.DONE),
        (f"{mine} {other}", Shown.BEFORE),
        (f"{mine} {other} {other}", Shown.MOVED),
    ):
        row = next(r for r in adapter.writes("douyin") if r.verb is Verb.REMARK and r.record == "case")
        assert row.shows(ask, before, seen(Stage.REQUESTED, marks={"remarks": remarks})) is shown


def test_shipping_against_a_refund_shows_by_parcel_and_case():
    ask = Ask(tracking="SF7", reject_refund=True)
    row = next(r for r in adapter.writes("douyin") if r.verb is Verb.SHIP and r.record == "case")
    before = seen(Stage.REQUESTED)
    for stage, numbers, shown in (
        (Stage.REFUSED, "SF7", Shown.DONE),
        (Stage.REFUNDING, "", Shown.EXCLUDED),
        (Stage.SUCCEEDED, "", Shown.EXCLUDED),
        (Stage.REQUESTED, "SF7", Shown.MOVED),
        (Stage.REFUSED, "", Shown.MOVED),
    ):
        after = seen(stage, version="2", marks={"waybills": numbers})
        assert row.shows(ask, before, after) is shown, (stage, numbers)
    assert row.shows(ask, before, before) is Shown.BEFORE


def test_money_is_declared_where_success_moves_it():
    paying = {(row.verb, kind) for row in adapter.writes("douyin") if row.money for kind in row.kinds}
    assert paying == {
        (Verb.AGREE, Kind.CANCEL),
        (Verb.AGREE, Kind.REFUND_ONLY),
        (Verb.REFUND, Kind.RETURN_REFUND),
        (Verb.REFUND, Kind.EXCHANGE),
        (Verb.REFUND, Kind.REPAIR),
        (Verb.CANCEL_ORDER, Kind.CANCEL),
    }
    for row in adapter.writes("douyin"):
        assert row.method is None or row.method in methods.WRITES
        assert row.says.zh and row.says.en and row.evidence  # noqa: PT018 - one row, one thing
        assert isinstance(row.shows(Ask(), Seen(), Seen()), Shown)
