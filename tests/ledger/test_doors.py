"""Side doors of the ledger: other spellings, sleepers, hasty people, stopped tasks, a database that fails midway."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import httpx
import pytest
from tests.ledger.desk import ASKED, SHOP, opened, opened_async

from omnishop import NotAllowed, OutcomeUnknown, Transient, clock
from omnishop.acts import Ask, State, Subject, Verb
from omnishop.clock import now
from omnishop.drivers import exchange
from omnishop.drivers.aio import AsyncDriver
from omnishop.engine.keep import keeper
from omnishop.ledger.chances import Question, Standing, _received
from omnishop.ledger.intents import Seen, older


def only(ledger):
    [intent] = ledger.book.list()
    return intent


def test_another_spelling_of_an_id_is_not_another_record(desk, platform):
    _, shop = desk
    platform.open("c1")
    platform.faults = ["before"]
    assert shop.agree("c1").state is State.UNKNOWN
    platform.cases[" c1"] = platform.cases["c1"]  # a gateway that trims what it is asked for
    with pytest.raises(NotAllowed, match="name it so") as other:
        shop.agree(" c1")
    assert other.value.keys == ("other_record",)
    assert platform.refunds == []


def test_a_case_of_another_space_or_shop_is_not_the_one_asked_for(desk, platform):
    ledger, shop = desk
    platform.open("c1")
    with pytest.raises(NotAllowed) as other:
        ledger.act(shop, Subject("case", "c1", "elsewhere"), Verb.AGREE, Ask())
    assert other.value.keys == ("other_record",)


def test_a_person_does_not_declare_dead_what_is_on_its_way(desk, platform, store):
    ledger, shop = opened(store, platform, limit=timedelta(minutes=1))
    met = []

    def hasty():
        with pytest.raises(NotAllowed) as early:
            ledger.settle_by_hand(only(ledger).id, State.NOT_APPLIED, "nothing to be seen")
        met.append(early.value.keys)

    platform.on_write = hasty
    assert shop.agree(platform.open("c1")).state is State.CONFIRMED
    assert met == [("in_flight",)]


def test_an_accepted_write_is_confirmed_though_somebody_gave_it_up_meanwhile(desk, platform, store):
    ledger, shop = desk

    def given_up():
        intent = only(ledger)
        ledger.book.settle(intent.id, State.NOT_APPLIED, now(), expected=(State.SENT,))

    platform.on_write = given_up
    outcome = shop.agree(platform.open("c1"))
    assert (outcome.state, outcome.by) == (State.CONFIRMED, "us")
    assert only(ledger).state is State.CONFIRMED


def test_what_is_told_is_what_the_book_says(desk, platform):
    """Without an answer nobody knows whose effect is seen, so the one who settled it first is believed."""
    ledger, shop = desk

    def given_up():
        ledger.book.settle(only(ledger).id, State.NOT_APPLIED, now(), expected=(State.SENT,))

    platform.on_write, platform.faults = given_up, ["after"]
    outcome = shop.agree(platform.open("c1"))
    assert outcome.state is only(ledger).state is State.NOT_APPLIED
    assert ledger.resolve(only(ledger), shop).state is State.CONFIRMED


def test_a_database_that_fails_after_the_write_is_told_as_doubt(desk, platform):
    ledger, shop = desk
    platform.open("c1")

    def full(*args, **more):
        raise Transient("the disk is full", zh="磁盘已满")

    settle, ledger.book.settle = ledger.book.settle, full
    with pytest.raises(OutcomeUnknown, match=r"disk is full.*ledger resolve"):
        shop.agree("c1")
    assert only(ledger).state is State.SENT
    with pytest.raises(NotAllowed):
        shop.agree("c1")
    ledger.book.settle = settle
    assert ledger.resolve(only(ledger), shop).state is State.CONFIRMED
    assert platform.refunds == [("c1", ASKED)]


def test_records_that_cannot_be_kept_after_the_write_leave_the_intent_in_doubt(store, platform):
    wrote = []

    def keep(record, at):
        if wrote:
            raise Transient("the disk is full", zh="磁盘已满")

    ledger, shop = opened(store, platform, keep=keep)
    platform.on_write = lambda: wrote.append(1)
    outcome = shop.agree(platform.open("c1"))
    assert outcome.state is only(ledger).state is State.UNKNOWN
    wrote.clear()
    assert ledger.resolve(only(ledger), shop).state is State.CONFIRMED


def test_a_reading_older_than_the_stores_record_does_not_count(store, platform):
    ledger, shop = opened(store, platform, keep=keeper(store))
    platform.open("c1")
    old = dict(platform.cases["c1"])
    platform.faults = ["after"]
    platform.on_write = lambda: platform.stale.update(c1=old)
    outcome = shop.agree("c1")
    platform.stale = {}
    ledger._keep(shop.case("c1"), now())  # a pull elsewhere, by another server of the platform
    platform.stale = {"c1": old}
    after = ledger.resolve(ledger.book.get(outcome.intents[0]), shop)
    assert (after.state, after.readings[-1].stale) == (State.UNKNOWN, True)
    platform.stale = {}
    assert ledger.resolve(after, shop).state is State.CONFIRMED


def test_a_stale_look_at_what_the_store_knows_better_is_not_acted_upon(store, platform):
    _ledger, shop = opened(store, platform, keep=keeper(store))
    platform.open("c1")
    old = dict(platform.cases["c1"])
    platform.move("c1", "requested")
    keeper(store)(shop.case("c1"), now())
    platform.stale = {"c1": old}
    with pytest.raises(NotAllowed) as stale:
        shop.agree("c1")
    assert stale.value.keys == ("stale",)


@pytest.mark.parametrize("moment", ["look", "write", "read back"])
def test_a_task_stopped_midway_leaves_an_intent_that_can_be_settled(store, platform, moment):
    platform.open("c1")
    stuck = asyncio.Event()

    async def answer(request):
        asked = b"case.refund" in request.content
        point = "write" if asked else "read back" if platform.refunds else "look"
        found = platform.answer(request)
        if point == moment:
            stuck.set()
            await asyncio.sleep(60)
        return found

    async def main():
        _ledger, shop = opened_async(store, platform)
        shop._driver = AsyncDriver(httpx.AsyncClient(transport=httpx.MockTransport(answer)))
        async with shop:
            task = asyncio.create_task(shop.agree("c1"))
            await stuck.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())
    ledger, shop = opened(store, platform)
    assert [each.state for each in ledger.book.list()] == ([] if moment == "look" else [State.SENT])
    if moment != "look":
        with pytest.raises(NotAllowed):
            shop.agree("c1")
        assert ledger.resolve(only(ledger), shop).state is State.CONFIRMED
        assert platform.refunds == [("c1", ASKED)]


def test_ctrl_c_during_the_write_leaves_an_intent_that_can_be_settled(desk, platform):
    ledger, shop = desk
    answer = platform.answer

    def pressed(request):
        found = answer(request)
        if b"case.refund" in request.content:
            raise KeyboardInterrupt
        return found

    shop._driver._client = httpx.Client(transport=httpx.MockTransport(pressed))
    with pytest.raises(KeyboardInterrupt):
        shop.agree(platform.open("c1"))
    assert only(ledger).state is State.SENT
    assert ledger.resolve(only(ledger), shop).state is State.CONFIRMED


class _Listening:
    """A server of this machine that counts requests, and answers as slowly as it is told."""

    def __init__(self, answer):
        import socket

        self.asked = 0
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                if connection.recv(65536):
                    self.asked += 1
                    self._answer(connection)

    def close(self):
        self._socket.close()


def _drip(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    try:
        for _ in range(1000):
            connection.sendall(b" ")
            threading.Event().wait(0.02)
    except OSError:
        return


@pytest.fixture(params=["thread", "loop"])
def send_to(request, store, platform):
    """Sends one refund over a real connection, in a thread or in an event loop."""
    patient = {"limit": timedelta(seconds=0.9)}  # for a slow machine, and too short to begin without asking

    def send(server):
        if request.param == "thread":
            ledger, shop = opened(store, platform, **patient)
            shop._driver._client = _Through(httpx.Client(), platform, server)
            return ledger, lambda: shop.agree("c1")
        ledger, shop = opened_async(store, platform, **patient)
        shop._driver = AsyncDriver(_Through(httpx.AsyncClient(), platform, server))
        return ledger, lambda: asyncio.run(shop.agree("c1"))

    return send


class _Through:
    """Reads are answered here; the write goes to the server."""

    def __init__(self, client, platform, server):
        kind = httpx.AsyncClient if isinstance(client, httpx.AsyncClient) else httpx.Client
        self._here = kind(transport=httpx.MockTransport(platform.answer))
        self._there, self._url = client, server.url

    def stream(self, method, url, *, content, **more):
        if b"case.refund" in content:
            return self._there.stream(method, self._url, content=content, **more)
        return self._here.stream(method, url, content=content, **more)


def test_who_was_asleep_after_writing_it_down_does_not_send(send_to, platform, monkeypatch):
    """A process that stood still, a laptop that was shut: the intent's time is over when it wakes."""
    server = _Listening(lambda connection: None)
    platform.open("c1")
    ledger, agree = send_to(server)
    sending = ledger.book.sending

    def asleep(*args, **more):
        sending(*args, **more)
        monkeypatch.setattr(exchange, "SEND_WITHIN_S", -1.0)

    ledger.book.sending = asleep
    with pytest.raises(exchange.NeverSent, match="held back"):
        agree()
    assert server.asked == 0
    assert only(ledger).state is State.REJECTED
    server.close()


def test_an_answer_that_drips_is_given_up_and_is_doubt(send_to, platform, monkeypatch):
    monkeypatch.setattr(exchange, "CALL_WITHIN_S", 0.2)
    server = _Listening(_drip)
    platform.open("c1")
    _ledger, agree = send_to(server)
    outcome = agree()
    assert outcome.state is State.UNKNOWN
    assert "given up" in outcome.why.en
    assert server.asked == 1
    server.close()


def test_the_ledger_waits_longer_than_a_call_can_last():
    from omnishop.ledger.desk import LIMIT
    from omnishop.store.kind import PATIENCE_S

    assert exchange.SEND_WITHIN_S < exchange.CALL_WITHIN_S < exchange.LEASE_S < LIMIT.total_seconds()
    assert PATIENCE_S <= exchange.SEND_WITHIN_S, "waiting for the book counts as well"


def test_workers_whose_clocks_differ_mean_the_time_of_their_database(store, platform, monkeypatch):
    """A slow clock would give its own send too little time, a fast one would settle what is still on its way."""
    if store.engine.dialect.name == "sqlite":
        pytest.skip("a file has one machine, and one clock")
    machines = clock.now
    for wrong in (timedelta(minutes=-10), timedelta(minutes=10)):
        monkeypatch.setattr(clock, "now", lambda wrong=wrong: machines() + wrong)
        ledger, shop = opened(store, platform)
        outcome = shop.remark(platform.open(f"c{wrong.days}"), text="hello")
        sent_at = ledger.book.get(outcome.intents[0]).sent_at
        assert abs(sent_at - machines()) < timedelta(seconds=30)


def test_a_clock_that_is_moved_while_the_ledger_is_open_is_put_right(store, platform, monkeypatch):
    if store.engine.dialect.name == "sqlite":
        pytest.skip("a file has one machine, and one clock")
    ledger, shop = opened(store, platform)
    machines = clock.now
    for number, wrong in enumerate((0, -10, 10, 0)):
        monkeypatch.setattr(clock, "now", lambda wrong=wrong: machines() + timedelta(minutes=wrong))
        outcome = shop.remark(platform.open(f"c{number}"), text="hello")
        sent_at = ledger.book.get(outcome.intents[0]).sent_at
        assert abs(sent_at - machines()) < timedelta(seconds=30)


def test_the_last_act_of_a_day_is_carried_to_its_end(store, platform):
    """Two writes are one act: the cap must not cut it in the middle."""
    ledger, shop = opened(store, platform, two_steps=True)
    ledger.rights.allow("fake", SHOP, [], {"acts_per_day": 1}, now())
    assert shop.agree(platform.open("c1")).state is State.CONFIRMED
    with pytest.raises(NotAllowed) as over:
        shop.agree(platform.open("c2", order="o2"))
    assert over.value.keys == ("cap_acts",)


def test_pieces_counted_again_replace_the_first_count(desk):
    _, shop = desk
    standing = Standing(received=5, received_here=2, asked_back=3)
    case = Question(
        shop.account, None, (), Verb.REFUND, Verb.REFUND, None, None, standing, Ask(good=1, bad=1)
    )
    assert _received(case) == (5, 3)


def test_an_intent_whose_id_begins_another_is_found(desk, platform, store):
    ids = iter(["7", "77", "8", "88", "9", "99"])
    ledger, shop = opened(store, platform, new_id=lambda: next(ids))
    shop.remark(platform.open("c1"), text="a")
    shop.remark(platform.open("c2"), text="b")
    assert {each.id for each in ledger.book.list()} == {"77", "88"}
    assert ledger.book.get("88").verb == "remark"


@pytest.mark.parametrize("version", ["²", "١", "12³"])
def test_a_version_in_other_digits_is_no_number(version):
    assert not older(Seen(version=version), Seen(version="2"))


def test_spaces_around_a_method_do_not_make_it_another(desk, platform):
    ledger, shop = desk
    ledger.rights.allow("fake", SHOP, ["call"], {}, now())
    platform.open("c1")
    for name in (" case.refund", "case.refund ", "case/refund/", "/case/refund\n"):
        with pytest.raises(NotAllowed) as round_about:
            shop.call(name, {"id": "c1"})
        assert round_about.value.keys == ("use_act",)
    assert platform.refunds == []
