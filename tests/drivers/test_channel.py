"""The driver of sockets: known, read, confirmed; every way it can fail has our word for it; TLS and proxies."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from http import HTTPStatus

import pytest
from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.sync.server import serve

from omnishop import clock
from omnishop.drivers import channel
from omnishop.drivers.channel import connected, proxy_for
from omnishop.errors import AuthError, ConfigError, Transient
from omnishop.model import Event
from omnishop.ports import Account, App, Delivered, Opened, Socket

NOW = dt.datetime(2026, 9, 1, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def read(data):
    match data.split(b" ", 1):
        case [b"welcome", name]:
            return Opened(name.decode())
        case [b"message", name]:
            return Delivered(Event("somewhere", "topic", event_id=name.decode()), name.decode())
        case [b"no"]:
            raise AuthError("it does not know us")
    return None


def plain(url, **more):
    """A platform of words, so that nothing here hangs on the frames of a real one."""
    socket = Socket(
        chosen=lambda _: True,
        address=lambda _: url,
        hello=lambda account, _: f"hello {account.app.app_key}".encode(),
        read=read,
        confirm=lambda session, receipt: f"{session} has {receipt}".encode(),
        ask=lambda session: f"{session} asks".encode(),
        every=60 * SECOND,
        heartbeat=45 * SECOND,
        again=SECOND,
    )
    return evolve(socket, **more)


ACCOUNT = Account(App("somewhere", "key", "secret"), "somewhere")


@contextmanager
def platform(act, **how):
    with serve(act, "127.0.0.1", 0, **how) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = "127.0.0.1"
        yield f"{'wss' if 'ssl' in how else 'ws'}://{host}:{server.socket.getsockname()[1]}/"
        server.shutdown()


class Talking:
    """Says what it is told to once it was greeted, and notes what it hears until the end."""

    def __init__(self, *says):
        self.says, self.heard, self.ended = says, [], threading.Event()

    def __call__(self, line):
        self.heard.append(line.recv())
        for word in self.says:
            line.send(word)
        with suppress(Exception):
            for word in line:
                self.heard.append(word)
        self.closed = line.close_code
        self.ended.set()


def test_known_read_confirmed_and_closed_cleanly():
    there = Talking(b"noise", b"welcome me", b"message 1", b"noise", "message 2", b"message 3")
    with platform(there) as url:
        with connected(plain(url), ACCOUNT, NOW) as line:
            came = []
            while len(came) < 3:
                came += line.receive(2.0, 2)
            line.confirm(each.receipt for each in came)
            assert line.receive(0.05, 9) == []
        assert there.ended.wait(5)
    assert [each.told.event_id for each in came] == ["1", "2", "3"]
    assert there.heard == [b"hello key", b"me asks", b"me has 1", b"me has 2", b"me has 3"]
    assert there.closed == 1000


def test_it_is_asked_again_when_it_is_time():
    there = Talking(b"welcome me")
    with platform(there) as url:
        with connected(plain(url, every=0.05 * SECOND), ACCOUNT, NOW) as line:
            for _ in range(3):
                assert line.receive(0.06, 1) == []
        assert there.ended.wait(5)
    assert there.heard[1:] == [b"me asks"] * 3


def test_what_came_before_the_line_broke_is_handed_on_first():
    def breaks(line):
        line.recv()
        line.send(b"welcome me")
        line.send(b"message 1")
        line.close(1012)

    with platform(breaks) as url, connected(plain(url), ACCOUNT, NOW) as line:
        assert [each.receipt for each in line.receive(2.0, 9)] == ["1"]
        with pytest.raises(Transient, match="code 1012"):
            line.receive(2.0, 9)


def refuses(status):
    def answer(connection, _request):
        return connection.respond(status, "")

    return {"process_request": answer}


@pytest.mark.parametrize(
    ("act", "how", "error", "why"),
    [
        (Talking(b"no"), {}, AuthError, "does not know us"),
        (Talking(), {}, Transient, "first frame"),
        (lambda line: line.close(1011), {}, Transient, "closed"),
        (Talking(), refuses(HTTPStatus.FORBIDDEN), Transient, "HTTP 403"),
        (Talking(), refuses(HTTPStatus.BAD_GATEWAY), Transient, "HTTP 502"),
    ],
    ids=["refused", "silent", "closed", "forbidden", "broken"],
)
def test_every_way_not_to_be_let_in_has_our_word(monkeypatch, act, how, error, why):
    monkeypatch.setattr(channel, "_ANSWER_S", 0.3)
    with platform(act, **how) as url, pytest.raises(error, match=why), connected(plain(url), ACCOUNT, NOW):
        raise AssertionError("let in")


def test_a_frame_over_the_limit_ends_the_line(monkeypatch):
    monkeypatch.setattr(channel, "FRAME_LIMIT", 2**10)
    there = Talking(b"welcome me", bytes(2**11))
    with (
        platform(there) as url,
        connected(plain(url), ACCOUNT, NOW) as line,
        pytest.raises(Transient),
    ):
        line.receive(2.0, 1)


def nobody():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"ws://127.0.0.1:{free.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("url", "error"),
    [(nobody(), Transient), ("ws://no.such.host.invalid/", Transient), ("http://127.0.0.1/", ConfigError)],
    ids=["nobody", "no name", "no socket"],
)
def test_who_cannot_be_reached(monkeypatch, url, error):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(error), connected(plain(url), ACCOUNT, NOW):
        raise AssertionError("reached")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "queue.test")])
    now = clock.now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - 900 * SECOND, now + 900 * SECOND)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(private + made.public_bytes(pem))
    return path


def test_wss_is_believed_only_with_a_certificate_that_is(monkeypatch, certificate):
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate)
    with platform(Talking(b"welcome me", b"message 1"), ssl=theirs) as url:
        with pytest.raises(Transient, match="SSL"), connected(plain(url), ACCOUNT, NOW):
            raise AssertionError("believed")
        ours = ssl.create_default_context(cafile=certificate)
        monkeypatch.setattr(channel, "trusted", lambda: ours)
        with connected(plain(url), ACCOUNT, NOW) as line:
            assert [each.receipt for each in line.receive(2.0, 1)] == ["1"]


@pytest.fixture
def no_proxies(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("url", "env", "proxy"),
    [
        ("ws://queue.test/", {}, None),
        ("ws://queue.test/", {"http_proxy": "http://p:1"}, "http://p:1"),
        ("ws://queue.test/", {"https_proxy": "http://p:1"}, None),
        ("wss://queue.test/", {"https_proxy": "http://p:1", "http_proxy": "http://q:1"}, "http://p:1"),
        ("wss://queue.test/", {"all_proxy": "http://p:1"}, "http://p:1"),
        ("wss://queue.test/", {"all_proxy": "http://p:1", "no_proxy": "queue.test"}, None),
        ("ws://queue.test:99/", {"all_proxy": "http://p:1", "no_proxy": ".test"}, None),
        ("ws://127.0.0.1:99/", {"all_proxy": "http://p:1"}, None),
        ("ws://[::1]:99/", {"all_proxy": "http://p:1"}, None),
        ("ws://localhost/", {"http_proxy": "http://p:1"}, None),
    ],
)
def test_proxies_are_the_environments_and_never_for_this_machine(no_proxies, url, env, proxy):
    for name, value in env.items():
        no_proxies.setenv(name, value)
    assert proxy_for(url) == proxy


def test_a_proxy_is_gone_through(no_proxies):
    asked = []
    with platform(Talking(b"welcome me", b"message 1")) as url, socket.create_server(("127.0.0.1", 0)) as own:
        target = ("127.0.0.1", int(url.rstrip("/").rpartition(":")[2]))

        def pump(one, other):
            with suppress(OSError):
                while data := one.recv(65536):
                    other.sendall(data)
                other.shutdown(socket.SHUT_WR)

        def proxy():
            near, _ = own.accept()
            asked.append(near.recv(4096).split(b"\r\n")[0])
            with near, socket.create_connection(target) as far:
                near.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                thread = threading.Thread(target=pump, args=(far, near), daemon=True)
                thread.start()
                pump(near, far)
                thread.join()

        thread = threading.Thread(target=proxy, daemon=True)
        thread.start()
        no_proxies.setenv("http_proxy", f"http://127.0.0.1:{own.getsockname()[1]}")
        with connected(plain("ws://queue.test/"), ACCOUNT, NOW) as line:
            assert [each.receipt for each in line.receive(2.0, 1)] == ["1"]
        thread.join(5)
    assert asked == [b"CONNECT queue.test:80 HTTP/1.1"]


def test_a_proxy_that_is_none_is_a_setting(no_proxies):
    no_proxies.setenv("all_proxy", "ftp://user:hidden@p/")
    with pytest.raises(ConfigError) as told, connected(plain("ws://queue.test/"), ACCOUNT, NOW):
        raise AssertionError("reached")
    assert "hidden" not in str(told.value)
