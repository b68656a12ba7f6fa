"""An act from wish to proof, on SQLite and PostgreSQL, against a platform that fails on demand."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest
from attrs import evolve
from sqlalchemy import update
from tests.ledger.desk import ASKED, PAID, SHOP, Platform, opened, opened_async

from omnishop import ConfigError, NotAllowed, OutcomeUnknown, Rejected
from omnishop.acts import Ask, State, Subject, Verb
from omnishop.clock import now
from omnishop.store.connection import reading, writing
from omnishop.store.tables import intents


def states(ledger):
    return [(each.verb, each.state.value, each.by) for each in ledger.book.list()]


def keys(caught):
    return caught.value.keys


def obstacles(ledger, shop):
    found = ledger.chances(shop, Subject("case", "c1", "case"))
    return {each.act: [one.key for one in each.obstacles] for each in found}


def test_a_refund_is_confirmed_by_reading_it_back(desk, platform):
    ledger, shop = desk
    outcome = shop.agree(platform.open("c1"))
    assert (outcome.state, outcome.by, outcome.record.stage) == ("confirmed", "us", "succeeded")
    assert platform.refunds == [("c1", ASKED)]
    (intent,) = ledger.book.list()
    assert intent.amount == ASKED
    assert (intent.ceiling.name, intent.ceiling.limit) == ("line", PAID)


def test_the_intent_is_on_disk_before_the_call_leaves(desk, platform, store):
    _ledger, shop = desk
    met = []

    def look_into_the_book():
        with reading(store.engine) as connection:
            met.extend(connection.execute(intents.select()).all())

    platform.on_write = look_into_the_book
    shop.agree(platform.open("c1"))
    assert [(row.state, row.attempts) for row in met] == [("sent", 1)]


def test_a_lost_answer_is_confirmed_by_whoever_looks(desk, platform):
    _, shop = desk
    platform.faults = ["after"]
    outcome = shop.agree(platform.open("c1"))
    assert (outcome.state, outcome.by) == ("confirmed", "unknown")
    assert platform.refunds == [("c1", ASKED)]


@pytest.mark.parametrize("fault", ["before", "down"])
def test_doubt_stays_until_two_readings_show_that_nothing_happened(desk, platform, fault):
    ledger, shop = desk
    platform.faults = [fault]
    outcome = shop.agree(platform.open("c1"))
    assert outcome.state is State.UNKNOWN
    assert platform.calls.count("case.refund") == 1
    with pytest.raises(NotAllowed) as held:
        shop.agree("c1")
    assert keys(held) == ("open_intent",)
    intent = ledger.resolve(ledger.book.get(outcome.intents[0]), shop)
    assert intent.state is State.NOT_APPLIED
    counted = [each for each in intent.readings if each.at >= intent.until]
    assert counted[-1].at - counted[0].at >= timedelta(milliseconds=20)
    assert shop.agree("c1").state is State.CONFIRMED
    assert platform.refunds == [("c1", ASKED)]


def test_another_paying_verb_is_held_back_as_well(desk, platform):
    _, shop = desk
    platform.faults = ["before"]
    shop.agree(platform.open("c1"))
    with pytest.raises(NotAllowed) as held:
        shop.refund("c1")
    assert "open_intent" in keys(held)
    with pytest.raises(NotAllowed) as held:
        shop.refuse("c1", reason="1")
    assert "open_intent" in keys(held)
    assert shop.remark("c1", text="asked the carrier").state is State.CONFIRMED


def test_a_reading_older_than_what_we_hold_does_not_count(desk, platform):
    ledger, shop = desk
    platform.open("c1")
    old = dict(platform.cases["c1"])
    platform.move("c1", "requested")
    platform.faults = ["after"]
    platform.stale = {"c1": None}
    platform.on_write = lambda: platform.stale.update(c1=old)
    outcome = shop.agree("c1")
    assert outcome.state is State.UNKNOWN
    intent = ledger.resolve(ledger.book.get(outcome.intents[0]), shop)
    assert (intent.state, intent.readings[-1].stale) == ("unknown", True)
    assert "older" in intent.why.en
    platform.stale = {}
    assert ledger.resolve(intent, shop).state is State.CONFIRMED
    assert len(platform.refunds) == 1


def test_a_refusal_in_words_is_not_doubt(desk, platform):
    ledger, shop = desk
    platform.faults = ["refuse"]
    with pytest.raises(Rejected):
        shop.agree(platform.open("c1"))
    assert states(ledger) == [("agree", "rejected", None)]
    assert shop.agree("c1").state is State.CONFIRMED


def test_a_record_that_went_another_way_is_not_ours_to_repeat(desk, platform):
    ledger, shop = desk
    platform.faults = ["before"]
    platform.on_write = lambda: platform.move("c1", "closed", "buyer")
    outcome = shop.agree(platform.open("c1"))
    assert outcome.state is State.UNKNOWN
    assert ledger.resolve(ledger.book.get(outcome.intents[0]), shop).state is State.NOT_APPLIED
    with pytest.raises(NotAllowed) as ended:
        shop.agree("c1")
    assert "ended" in keys(ended)


def test_agreed_by_the_platform_meanwhile_is_not_called_ours(desk, platform):
    _, shop = desk
    platform.faults = ["before"]
    platform.on_write = lambda: platform.move("c1", "succeeded", "platform_rule")
    outcome = shop.agree(platform.open("c1"))
    assert (outcome.state, outcome.by) == ("confirmed", "other")


def test_two_workers_and_one_refund(store, platform):
    platform.open("c1")
    done, refused = [], []
    start = threading.Barrier(4)

    def work():
        _, shop = opened(store, platform)
        start.wait()
        try:
            done.append(shop.agree("c1"))
        except NotAllowed as held:
            refused.append(held.keys)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(done) == 1
    assert platform.refunds == [("c1", ASKED)]
    assert all({"open_intent", "settled_before", "ended"} & set(each) for each in refused)


def test_a_late_worker_finds_its_intent_settled_and_sends_nothing(desk, platform, store):
    """It stood still between writing the intent down and sending; meanwhile somebody settled it."""
    ledger, shop = desk
    platform.open("c1")
    book = ledger.book
    sending = book.sending

    def asleep(intent_id, at, limit, **more):
        other, reader = opened(store, platform)
        assert other.resolve(book.get(intent_id), reader).state is State.NOT_APPLIED
        sending(intent_id, at, limit, **more)

    book.sending = asleep
    with pytest.raises(NotAllowed) as taken:
        shop.agree("c1")
    assert keys(taken) == ("intent_taken",)
    assert platform.refunds == []


def test_a_book_older_than_the_send_believes_the_record(desk, platform, store):
    """It was put back from a copy made between writing the intent down and sending it."""
    ledger, shop = desk
    outcome = shop.agree(platform.open("c1"))
    [intent] = outcome.intents
    with writing(store.engine) as connection:
        unsent = dict.fromkeys(("sent_at", "until", "settled_at", "by"))
        older = {**unsent, "state": State.PLANNED, "attempts": 0, "readings": "[]"}
        connection.execute(update(intents).where(intents.c.id == intent).values(older))
    after = ledger.resolve(ledger.book.get(intent), shop)
    assert (after.state, after.by) == (State.CONFIRMED, "unknown")
    assert "knows of no send" in after.why.en
    assert platform.refunds == [("c1", ASKED)]


def test_an_act_of_two_writes_goes_on_where_it_stopped(store, platform):
    ledger, shop = opened(store, platform, two_steps=True)
    platform.open("c1")
    platform.faults = ["", "refuse"]
    with pytest.raises(Rejected):
        shop.agree("c1")
    assert [each[:2] for each in states(ledger)] == [("agree", "rejected"), ("pre_agree", "confirmed")]
    assert shop.agree("c1").state is State.CONFIRMED
    assert platform.calls.count("case.review") == 1
    assert len({each.act for each in ledger.book.list()}) == 1


def test_the_same_words_may_be_said_again_once_the_first_act_is_over(desk, platform):
    _ledger, shop = desk
    platform.open("c1")
    shop.remark("c1", text="called")
    platform.cases["c1"]["notes"] = ""
    shop.remark("c1", text="called")
    assert platform.calls.count("case.note") == 2


def test_siblings_share_what_was_paid(desk, platform):
    _, shop = desk
    shop.agree(platform.open("c1", asked=7_000))
    with pytest.raises(NotAllowed) as over:
        shop.agree(platform.open("c2", asked=3_001))
    assert keys(over) == ("ceiling",)
    assert "30.00 are left" in str(over.value)
    assert shop.agree(platform.open("c3", asked=3_000)).state is State.CONFIRMED
    assert shop.agree(platform.open("c4", asked=PAID, line="l2")).state is State.CONFIRMED


def test_a_sibling_in_doubt_counts_as_if_it_had_happened(desk, platform):
    _, shop = desk
    platform.faults = ["before"]
    assert shop.agree(platform.open("c1", asked=7_000)).state is State.UNKNOWN
    with pytest.raises(NotAllowed) as over:
        shop.agree(platform.open("c2", asked=7_000))
    assert keys(over) == ("ceiling",)


def test_without_a_ceiling_a_person_must_give_one(desk, platform):
    ledger, shop = desk
    platform.paid = None
    with pytest.raises(NotAllowed) as unknown:
        shop.agree(platform.open("c1"))
    assert keys(unknown) == ("ceiling_unknown",)
    with pytest.raises(NotAllowed) as low:
        shop.agree("c1", ceiling=ASKED - 1)
    assert keys(low) == ("ceiling",)
    assert shop.agree("c1", ceiling=ASKED).state is State.CONFIRMED
    assert ledger.book.list()[0].ceiling.name == "given"


def test_another_sum_than_what_was_applied_for_is_a_proposal(desk, platform):
    _, shop = desk
    with pytest.raises(NotAllowed) as differs:
        shop.agree(platform.open("c1"), amount=ASKED - 100)
    assert keys(differs) == ("amount_differs",)
    assert shop.agree("c1", amount=ASKED).state is State.CONFIRMED


def test_writes_are_off_until_allowed(desk, platform):
    ledger, shop = desk
    ledger.rights.deny("fake", SHOP, ["agree"])
    with pytest.raises(NotAllowed) as off:
        shop.agree(platform.open("c1"))
    assert keys(off) == ("switch",)
    assert "shops allow" in str(off.value)
    assert platform.calls == ["case.get", "order.get"]


@pytest.mark.parametrize(
    ("caps", "key"), [({"fen_per_day": 2 * ASKED - 1}, "cap_money"), ({"acts_per_day": 1}, "cap_acts")]
)
def test_the_caps_of_a_day(desk, platform, caps, key):
    ledger, shop = desk
    ledger.rights.allow("fake", SHOP, [], caps, now())
    shop.agree(platform.open("c1", order="o1"))
    with pytest.raises(NotAllowed) as over:
        shop.agree(platform.open("c2", order="o2"))
    assert keys(over) == (key,)
    tomorrow = evolve_now(ledger, timedelta(days=1))
    assert tomorrow.agree("c2").state is State.CONFIRMED


def evolve_now(ledger, later):
    platform_shop = opened(ledger.store, _PLATFORM[0], now=lambda shop: now() + later)
    return platform_shop[1]


_PLATFORM: list[Platform] = []


@pytest.fixture(autouse=True)
def _remember(platform):
    _PLATFORM[:] = [platform]


def test_what_is_missing_is_named(desk, platform):
    _, shop = desk
    with pytest.raises(NotAllowed, match="--reason"):
        shop.refuse(platform.open("c1"))


def test_an_act_the_storefront_does_not_offer_tells_the_way_round(desk, platform):
    _, shop = desk
    with pytest.raises(NotAllowed, match="console") as off:
        shop.intervene(platform.open("c1"))
    assert keys(off) == ("not_offered",)


def test_what_may_be_done_and_why_not(desk, platform):
    ledger, shop = desk
    platform.open("c1")
    told = {
        each.act: [one.key for one in each.obstacles]
        for each in ledger.chances(shop, Subject("case", "c1", "case"))
    }
    assert told[Verb.AGREE] == []
    assert told[Verb.REFUSE] == []
    assert told[Verb.INTERVENE] == ["not_offered"]
    platform.move("c1", "closed")
    told = {
        each.act: [one.key for one in each.obstacles]
        for each in ledger.chances(shop, Subject("case", "c1", "case"))
    }
    assert told[Verb.AGREE] == ["ended"]


def test_a_dry_run_shows_the_request_and_sends_nothing(desk, platform):
    ledger, shop = desk
    (preview,) = ledger.preview(shop, Subject("case", platform.open("c1"), "case"), Verb.AGREE, Ask())
    assert preview.call.method == "case.refund"
    assert preview.call.params == {"id": "c1", "version": 1}
    assert platform.refunds == []
    assert ledger.book.list() == []


def test_what_only_we_record_is_recorded(desk, platform):
    _ledger, shop = desk
    outcome = shop.confirm_receipt(platform.open("c1"), good=1, bad=0)
    assert (outcome.state, outcome.by) == ("confirmed", "us")
    assert platform.calls == ["case.get", "order.get"]


def test_a_raw_call_of_a_method_that_an_act_stands_for_is_refused(desk, platform):
    _, shop = desk
    platform.open("c1")
    with pytest.raises(NotAllowed) as round_about:
        shop.call("case.refund", {"id": "c1"})
    assert keys(round_about) == ("use_act",)
    with pytest.raises(NotAllowed):
        shop.call("CASE/refund", {"id": "c1"})
    assert platform.refunds == []


def test_other_raw_calls_have_their_own_switch_and_are_written_down(desk, platform):
    ledger, shop = desk
    platform.open("c1")
    with pytest.raises(NotAllowed) as off:
        shop.call("case.poke", {"id": "c1"})
    assert keys(off) == ("switch",)
    ledger.rights.allow("fake", SHOP, ["call"], {}, now())
    platform.faults = ["refuse"]
    with pytest.raises(Rejected):
        shop.call("case.poke", {"id": "c1"})
    assert states(ledger) == [("call:case.poke", "rejected", None)]


def test_a_raw_call_in_doubt_is_for_a_person_and_holds_nothing_else_up(desk, platform):
    ledger, shop = desk
    ledger.rights.allow("fake", SHOP, ["call"], {}, now())
    platform.faults = ["before"]
    with pytest.raises(OutcomeUnknown):
        shop.call("case.poke", {"id": "c1"})
    [intent] = ledger.book.list()
    after = ledger.resolve(intent, shop)
    assert after.state is State.UNKNOWN
    assert "--as" in after.why.en
    assert ledger.settle_by_hand(intent.id, State.NOT_APPLIED, "seen in the console").state == "not_applied"
    assert ledger.resolve(ledger.book.get(intent.id), shop).state == "not_applied"


def test_a_person_may_settle_what_nothing_shows(desk, platform):
    ledger, shop = desk
    platform.faults = ["before"]
    platform.on_write = lambda: platform.move("c1", "requested")
    outcome = shop.agree(platform.open("c1"))
    intent = ledger.resolve(ledger.book.get(outcome.intents[0]), shop)
    assert intent.state is State.UNKNOWN
    assert "--as" in intent.why.en
    settled = ledger.settle_by_hand(intent.id, State.NOT_APPLIED, "asked the platform's staff")
    assert (settled.state, settled.why.en) == (
        "not_applied",
        "said by a person: asked the platform's staff",
    )


def test_the_same_in_an_event_loop(store, platform):
    platform.open("c1")
    platform.faults = ["before"]

    async def main():
        ledger, shop = opened_async(store, platform)
        async with shop:
            outcome = await shop.agree("c1")
            assert outcome.state is State.UNKNOWN
            intent = await ledger.resolve(ledger.book.get(outcome.intents[0]), shop)
            assert intent.state is State.NOT_APPLIED
            return await shop.agree("c1")

    assert asyncio.run(main()).state is State.CONFIRMED
    assert platform.refunds == [("c1", ASKED)]


def test_a_shop_whose_id_nobody_knows_cannot_act(desk, platform):
    _ledger, shop = desk
    platform.open("c1")
    shop.account = evolve(shop.account, shop_id=None)
    with pytest.raises(ConfigError, match="id is not known"):
        shop.agree("c1")
