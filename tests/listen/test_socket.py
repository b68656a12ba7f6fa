"""A queue that is handed out over a WebSocket: kept, then confirmed; nothing lost, nothing twice, whatever breaks."""

from __future__ import annotations

import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import pytest
from attrs import evolve
from tests.listen.conftest import NOW
from tests.listen.test_command import omnishop
from tests.listen.test_following import bare, buy, control, kept, quiet
from websockets.sync.server import serve

from omnishop import clock, engine, jsonform, registry
from omnishop.engine.following import Following, ask_queue
from omnishop.engine.inbox import PUSHED, of_channels
from omnishop.engine.simulated import World, present
from omnishop.errors import ConfigError
from omnishop.listen import Listener
from omnishop.ports import Account
from omnishop_taobao.toplink import Format, Frame, Header, Type, decode, encode

__all__ = ["control", "omnishop"]

QUEUES = "taobao"


@pytest.fixture
def set_(store):
    """Settings of a shop, in place of what it has."""

    def change(stored, **settings):
        return store.shops.update(stored, evolve(engine.account_of(store, stored), settings=settings))

    return change


@pytest.fixture
def shop(store, shops, set_):
    """The only one that is followed over a socket."""
    return set_(next(each for each in shops if each.platform == QUEUES), tmc="websocket")


@pytest.fixture
def listen(store):
    def make(**more):
        return Listener(store, present=present(), idle_s=0.05, **{"again_s": 0.05, **more})

    return make


@pytest.fixture
def following(store):
    """One queue alone, kept and not worked off."""

    @contextmanager
    def run(stored, **more):
        ended = threading.Event()
        ways = {"opened": engine.open_shop, "ended": ended, "told": lambda: None}
        times = {"idle_s": 0.05, "again_s": 0.05, **more}
        thread = threading.Thread(target=ask_queue, args=(store, stored), kwargs={**ways, **times})
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    return run


def simulated(sandbox, shop):
    world = sandbox.simulation.world
    return world, world.shop(QUEUES, shop.shop_id)


def waiting(sandbox, shop):
    """What stands in the simulated queue, told or not."""
    world, theirs = simulated(sandbox, shop)
    world.outbox.collect(world)
    return {each.told.id for each in world.outbox.queues.get((QUEUES, theirs.shop_id), ())}


def said(sandbox, since, verdict, code):
    return [
        line
        for line in sandbox.simulation.log()[since:]
        if (line["method"], line["verdict"], line["code"]) == ("tmc.socket", verdict, code)
    ]


def test_what_is_handed_out_is_in_the_store_and_nobody_asks(control, sandbox, shop, listen, store, until):
    since = len(sandbox.simulation.log())
    with listen() as listener:
        assert [each.name for each in listener.handed()] == [shop.name]
        order = control("buyers", do="order", shop_id=shop.shop_id)["id"]
        case = control("buyers", do="apply", order_id=order, kind="cancel")["id"]
        until(lambda: kept(store, "order", order) and kept(store, "case", case))
        until(lambda: not waiting(sandbox, shop))
    assert len(said(sandbox, since, "ok", "connect")) == 1
    world, theirs = simulated(sandbox, shop)
    assert (QUEUES, theirs.shop_id) in world.outbox.queues
    other = next(each for each in world.shops if each.platform == QUEUES and each is not theirs)
    buy(control, sandbox, QUEUES)
    assert waiting(sandbox, shop)
    assert not waiting(sandbox, evolve(shop, shop_id=other.shop_id))


def test_a_wrong_sign_is_refused_and_told(control, sandbox, store, shop, listen, until, caplog):
    account = engine.account_of(store, shop)
    forged = evolve(account, app=evolve(account.app, app_secret="0" * 32))
    assert store.shops.add(forged, now=NOW, control=shop.control).row == shop.row
    since = len(sandbox.simulation.log())
    control("buyers", do="order", shop_id=shop.shop_id)
    with listen():
        until(lambda: len(said(sandbox, since, "refused", "25")) > 1)
    assert not said(sandbox, since, "ok", "connect")
    assert waiting(sandbox, shop)
    assert "AuthError" in caplog.text


KILLED = """
import os, signal, sys
from omnishop import engine
from omnishop.config import Home
from omnishop.engine.following import Following, ask_queue
from omnishop.store import Store
import threading
from omnishop.drivers.channel import Line

def confirm(self, receipts):
    os.kill(os.getpid(), signal.SIGKILL)

Line.confirm = confirm
with Store.open(Home.find()) as store:
    shop = store.shops.get(sys.argv[1])
    ask_queue(store, shop, opened=engine.open_shop, ended=threading.Event(), told=lambda: None, idle_s=0.05)
"""


def test_killed_between_keeping_and_confirming_it_comes_again_and_does_nothing_twice(
    control, sandbox, home, store, shop, listen, until
):
    order = control("buyers", do="order", shop_id=shop.shop_id)["id"]
    told = waiting(sandbox, shop)
    env = {**os.environ, "OMNISHOP_HOME": str(home.path)}
    ended = subprocess.run([sys.executable, "-c", KILLED, shop.shop_id], env=env, timeout=30, check=False)
    assert ended.returncode == -signal.SIGKILL
    first = {each.message for each in store.inbox.list()} & told
    assert first
    assert waiting(sandbox, shop) == told
    control("clock", advance_s=301)
    with listen():
        until(lambda: not waiting(sandbox, shop) and quiet(store) and kept(store, "order", order))
    held = {each.message: each for each in store.inbox.list() if each.message in told}
    assert {name: each.copies for name, each in held.items()} == {name: 1 + (name in first) for name in told}
    assert {each.attempts for each in held.values()} == {1}


FAULTS = {
    "cut_body": 0.2,
    "reset_before": 0.2,
    "reset_after_commit": 0.1,
    "push_duplicate": 0.3,
    "push_late": 0.2,
    "push_reordered": 0.3,
}


def test_nothing_is_lost_over_many_broken_lines(control, sandbox, store, shop, following, listen, until):
    """Dropped before a frame, in the middle of one, and after a confirmation; doubled, late and reordered."""
    control("faults", seed=11, rates=FAULTS)
    for number in range(14):
        order = control("buyers", do="order", shop_id=shop.shop_id)["id"]
        if number % 2:
            control("buyers", do="apply", order_id=order, kind="cancel")
    told, since = waiting(sandbox, shop), len(sandbox.simulation.log())
    assert len(told) > 30
    with following(shop):
        end, before = clock.monotonic() + 30, told
        while left := waiting(sandbox, shop):
            assert clock.monotonic() < end, "the queue did not get empty"
            if left == before:
                control("clock", advance_s=301)
            before = left
            clock.wait(0.07)
    assert FAULTS.keys() == sandbox.simulation.world.faults.counts.keys()
    assert len(said(sandbox, since, "ok", "connect")) > 20

    messages = {each.message: each for each in store.inbox.list()}
    assert told <= messages.keys()
    assert any(each.copies > 1 for each in messages.values())
    control("faults", rates={})
    with listen():
        until(lambda: quiet(store))
    with World.at(sandbox.url) as door:
        state = door.state()
    names = {each.order_id for each in messages.values() if each.message in told}
    for record in ("case", "order"):
        rows = (row for row in state[f"{record}s"] if row["order_id"] in names)
        truth = {row[f"{record}_id"]: bare(row) for row in rows}
        held = {row[f"{record}_id"]: bare(row) for row in map(jsonform.dump, store.records.list(record))}
        assert truth.items() <= held.items()


def test_a_thousand_are_kept_and_confirmed_in_the_order_of_a_second(sandbox, store, shop, following):
    with sandbox.simulation._lock:
        while len(waiting(sandbox, shop)) < 1000:
            sandbox.simulation.act({"do": "order", "shop_id": shop.shop_id})
    told = waiting(sandbox, shop)
    begun = clock.monotonic()
    with following(shop):
        while waiting(sandbox, shop):
            assert clock.monotonic() - begun < 20, "a thousand messages took more than 20 s"
            clock.wait(0.05)
    took = clock.monotonic() - begun
    assert told <= {each.message for each in store.inbox.list()}
    assert took < 8


@contextmanager
def doorway(port, target):
    """A port that leads to another."""
    lines, server = [], socket.create_server(("127.0.0.1", port))

    def pump(one, other):
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)

    def accept():
        with suppress(OSError):
            while True:
                near, _ = server.accept()
                far = socket.create_connection(target)
                lines.extend((near, far))
                for pair in ((near, far), (far, near)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        for each in (server, *lines):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def test_a_socket_that_cannot_be_had_is_replaced_by_asking_until_it_can_never_both(
    control, sandbox, store, shop, set_, following, until, caplog
):
    caplog.set_level("INFO", logger="omnishop")
    port, target = free_port(), ("127.0.0.1", int(sandbox.url.rpartition(":")[2]))
    set_(shop, tmc="websocket", tmc_url=f"ws://127.0.0.1:{port}/")
    since = len(sandbox.simulation.log())

    def asked():
        return sum(line["method"].endswith("messages.consume") for line in sandbox.simulation.log()[since:])

    def order():
        name = control("buyers", do="order", shop_id=shop.shop_id)["id"]
        until(lambda: any(each.order_id == name for each in store.inbox.list()))

    with following(store.shops.get(shop.shop_id), patience_s=0.3):
        order()
        assert "queue asked instead" in caplog.text
        assert asked()
        with doorway(port, target):
            until(lambda: said(sandbox, since, "ok", "connect"))
            before = asked()
            order()
            assert "socket had again" in caplog.text
            until(lambda: not waiting(sandbox, shop))
            assert asked() == before
        until(lambda: asked() > before)
        order()
    assert caplog.text.count("queue asked instead") == 2
    assert len(said(sandbox, since, "ok", "connect")) == 1


DATA = (
    Header("__kind", Format.BYTE, 3),
    Header.text("topic", "taobao_trade_TradeCreate"),
    Header("userid", Format.INT64, 1),
)


class Platform:
    """One that sends what it is told to, over real sockets, and notes what it hears."""

    def __init__(self, frames, answer=None):
        self.frames, self.answer = frames, answer or encode(Frame(Type.CONNECT_ACK, token="t"))
        self.heard, self.connections = [], 0

    def __call__(self, line):
        self.connections += 1
        self.heard.append(decode(line.recv()))
        if self.answer:
            line.send(self.answer)
        for frame in self.frames:
            line.send(frame)
        for frame in line:
            self.heard.append(decode(frame))

    def confirmed(self):
        return [each.number("id") for each in self.heard if each.number("__kind") == 2]


@contextmanager
def platform(frames, act=None, **more):
    theirs = Platform(frames, **more)
    with serve(act or theirs, "127.0.0.1", 0) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        theirs.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}/"
        yield theirs
        server.shutdown()


def test_what_cannot_be_read_is_kept_raw_and_confirmed(store, shop, set_, listen, until):
    broken = Frame(Type.SEND, (*DATA, Header.text("content", "{"), Header("id", Format.INT64, 7)), "t")
    cut = encode(Frame(Type.SEND, (Header("id", Format.INT64, 8), *DATA), "t"))[:-5]
    good = Frame(Type.SEND, (*DATA, Header.text("content", '{"tid": 5}'), Header("id", Format.INT64, 9)), "t")
    with platform([encode(broken), cut, b"no frame", "a text", encode(good)]) as theirs:
        set_(shop, tmc="websocket", tmc_url=theirs.url)
        with listen():
            until(lambda: len(theirs.confirmed()) == 3)
    assert theirs.confirmed() == [7, 8, 9]
    assert theirs.connections == 1
    held = {each.record_id: each for each in store.quarantine.list() if each.stream == PUSHED}
    assert held.keys() >= {"7", "8", None}
    assert held["8"].raw == cut
    (message,) = (each for each in store.inbox.list() if each.message == "9")
    assert (message.order_id, message.shop_id) == ("5", "1")
    assert all(each.token == "t" for each in theirs.heard[1:])


def test_what_cannot_be_kept_is_not_confirmed(store, shop, set_, following, until):
    """The disk is full, then it is not: the line is had anew, and the platform tells it again."""
    put, refused = store.inbox.put, []

    def full(events, now):
        if len(refused) < 2:
            refused.append(theirs.confirmed())
            raise OSError("no space left on device")
        return put(events, now)

    store.inbox.put = full
    good = Frame(Type.SEND, (*DATA, Header.text("content", '{"tid": 5}'), Header("id", Format.INT64, 9)), "t")
    with platform([encode(good)]) as theirs:
        stored = set_(shop, tmc="websocket", tmc_url=theirs.url)
        with following(stored):
            until(theirs.confirmed)
    assert refused == [[], []]
    assert (theirs.confirmed(), theirs.connections) == ([9], 3)


def test_a_line_that_is_dropped_as_soon_as_it_is_had_is_none(store, shop, set_, following, until, caplog):
    def drops(line):
        line.recv()
        line.send(encode(Frame(Type.CONNECT_ACK, token="t")))
        begun.append(clock.monotonic())

    begun = []
    with platform([], act=drops) as theirs:
        stored = set_(shop, tmc="websocket", tmc_url=theirs.url)
        with following(stored, again_s=0.05, patience_s=0.2):
            until(lambda: len(begun) > 4 and "queue asked instead" in caplog.text)
    pauses = [later - earlier for earlier, later in itertools.pairwise(begun)]
    assert all(pause > 0.95 * 0.05 * 2**number for number, pause in enumerate(pauses))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (encode(Frame(Type.CONNECT_ACK, code=11, phrase="not for you")), "AuthError"),
        (encode(Frame(Type.CONNECT_ACK, phrase="This ban will last for 600 more seconds")), "RateLimited"),
    ],
    ids=["refused", "banned"],
)
def test_who_is_refused_does_not_hammer(store, shop, set_, listen, until, caplog, answer, why):
    with platform([], answer=answer) as theirs:
        set_(shop, tmc="websocket", tmc_url=theirs.url)
        with listen(again_s=0.4):
            until(lambda: why in caplog.text)
            clock.wait(0.5)
            assert theirs.connections <= 2
    if why == "RateLimited":
        assert theirs.connections == 1
        (banned,) = (each for each in store.quotas.rows() if each.known.barred_until)
        assert (banned.budget.method, banned.budget.shop_id) == ("", "")


def test_one_line_for_each_queue_of_an_app(store, shops, set_):
    first, other = (each for each in shops if each.platform == QUEUES)
    app = engine.account_of(store, first).app

    def asked():
        found = of_channels(store, lambda name: registry.adapter(name).channel)
        return [each.shop_id for each in found]

    account = Account(app, "tmall", "2200000009999")
    second = store.shops.add(account, now=NOW, control=first.control)
    assert asked() == [first.shop_id, other.shop_id]
    second = set_(second, tmc="websocket")
    assert asked() == [second.shop_id, other.shop_id]
    set_(second, tmc="websocket", tmc_group="vip")
    assert asked() == [first.shop_id, other.shop_id, second.shop_id]


def test_a_setting_that_says_neither_way_is_told(store, shop, set_):
    set_(shop, tmc="websokket")
    with pytest.raises(ConfigError, match="websokket"):
        Following(store, present=present()).handed()


def test_what_keeps_a_queue_from_being_asked_is_said_in_our_words(store, shop, set_, until, caplog):
    """Kept before anybody looked at settings."""
    set_(shop, tmc="websokket")
    with Following(store, present=present()):
        until(lambda: "queue not asked" in caplog.text)
    line = next(each for each in caplog.records if "queue not asked" in each.getMessage())
    assert "the setting tmc is poll or websocket, not 'websokket'" in line.getMessage()


def test_as_a_program_it_says_so_and_ends_cleanly(omnishop, sandbox, control, store, shop, until):
    listening = omnishop("listen", "--json", wait=False)
    ready = json.loads(listening.stdout.readline())
    assert ready["sockets"] == [shop.name]
    assert shop.name not in ready["queues"]
    order = control("buyers", do="order", shop_id=shop.shop_id)["id"]
    until(lambda: kept(store, "order", order))
    listening.send_signal(signal.SIGTERM)
    _, told = listening.communicate(timeout=10)
    assert (listening.returncode, "Traceback" in told) == (0, False), told
    assert not waiting(sandbox, shop)
