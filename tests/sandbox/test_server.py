"""The simulators over real HTTP on loopback: targets, methods, limits, connections, control."""

from __future__ import annotations

import http.client
import logging
import socket
from urllib.parse import urlsplit

import httpx
import pytest
from tests.sandbox import paper

from omnishop.errors import ConfigError
from omnishop.sandbox.loopback import is_loopback
from omnishop.sandbox.server import Sandbox, bind


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(paper.simulation(), body_limit=200_000) as running:
        yield running


@pytest.fixture(scope="module")
def guarded():
    with Sandbox(paper.simulation(), control_token="let-me-in") as running:
        yield running


@pytest.fixture
def client(sandbox):
    with httpx.Client(base_url=sandbox.url) as client:
        yield client


def raw(sandbox, request: bytes) -> bytes:
    """All the bytes that come back until the server closes."""
    with socket.create_connection(("127.0.0.1", urlsplit(sandbox.url).port), timeout=5) as line:
        line.sendall(request)
        parts = []
        while part := line.recv(65536):
            parts.append(part)
        return b"".join(parts)


class TestTargets:
    def test_platform_answers_from_the_root(self, client):
        answer = client.post("/paper/a%20b?x=%E9%80%80&y=", content=b"12345")
        assert answer.status_code == 200
        assert answer.headers["x-paper"] == "1"
        told = answer.json()
        assert told["path"] == "/paper/a b"
        assert told["query"] == [["x", "退"], ["y", ""]]
        assert told["size"] == 5
        assert told["host"] == "127.0.0.1"

    def test_absolute_form_names_its_host(self, sandbox):
        request = (
            b"GET http://gw.example.test/paper?q=1 HTTP/1.1\r\nHost: other.test\r\nConnection: close\r\n\r\n"
        )
        answer = raw(sandbox, request)
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b'"host": "gw.example.test"' in answer
        assert b'"path": "/paper"' in answer

    def test_absolute_form_without_a_path_means_the_root(self, sandbox):
        answer = raw(sandbox, b"GET http://gw.example.test HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 404")
        assert b"no simulated platform has the path /" in answer

    def test_what_is_no_request_is_refused(self, sandbox):
        assert raw(sandbox, b"\x16\x03\x01 hello\r\n\r\n").startswith(b"HTTP/1.1 400")

    def test_unknown_path(self, client):
        answer = client.get("/nothing")
        assert answer.status_code == 404
        assert "no simulated platform" in answer.json()["error"]


class TestMethods:
    def test_head_has_the_headers_of_get_and_no_body(self, client):
        got, head = client.get("/paper"), client.head("/paper")
        assert head.status_code == got.status_code
        assert head.headers["content-length"] == got.headers["content-length"]
        assert head.content == b""

    @pytest.mark.parametrize("path", ["/paper", "/anything"])
    def test_options(self, client, path):
        answer = client.options(path)
        assert answer.status_code == 204
        assert "POST" in answer.headers["allow"]

    def test_options_of_everything(self, sandbox):
        answer = raw(sandbox, b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 204")


class TestConnections:
    def test_many_requests_on_one_connection(self, sandbox):
        line = http.client.HTTPConnection("127.0.0.1", urlsplit(sandbox.url).port, timeout=5)
        line.connect()
        first = line.sock
        for number in range(3):
            line.request("GET", f"/paper/{number}")
            answer = line.getresponse()
            assert answer.read().endswith(b"}")
            assert line.sock is first
        line.request("GET", "/paper", headers={"Connection": "close"})
        answer = line.getresponse()
        answer.read()
        assert answer.getheader("connection") == "close"
        assert line.sock is None

    def test_chunked_request(self, client):
        answer = client.post("/paper", content=iter([b"123", b"45"]))
        assert answer.json()["size"] == 5

    def test_http_1_0(self, sandbox):
        answer = raw(sandbox, b"GET /paper HTTP/1.0\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.endswith(b"}"), (
            "all of it came, and then the end: whoever speaks 1.0 needs no header for it"
        )

    def test_answers_do_not_wait_for_an_acknowledgement(self, sandbox, client):
        """Headers and body are two writes: with Nagle's algorithm each answer would cost 40 ms."""
        client.get("/paper")
        lines = [each.transport.get_extra_info("socket") for each in sandbox._server.server_state.connections]
        assert lines
        assert all(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for line in lines)


class TestLimits:
    def test_announced_too_large(self, sandbox):
        answer = raw(sandbox, b"POST /paper HTTP/1.1\r\nHost: x\r\nContent-Length: 200001\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 413")
        assert b"larger than 200000 bytes" in answer

    def test_too_large_without_announcement(self, client):
        answer = client.post("/paper", content=iter([b"x" * 70_000] * 3))
        assert answer.status_code == 413

    def test_at_the_limit(self, client):
        assert client.post("/paper", content=b"x" * 200_000).json()["size"] == 200_000

    def test_a_bug_of_a_face_is_one_500_and_the_server_lives(self, client, caplog):
        with caplog.at_level(logging.ERROR, "omnishop.sandbox"):
            answer = client.get("/paper/bug")
        assert answer.status_code == 500
        assert "Traceback" not in answer.text
        assert "ZeroDivisionError" in caplog.text
        assert client.get("/paper").status_code == 200


class TestControl:
    def test_state(self, client):
        state = client.get("/_control/state").json()
        assert state["now_s"] == int(paper.NOW.timestamp())
        assert state["cases"] == state["orders"] == state["reviews"] == []

    def test_clock_moves_and_only_forward(self, client):
        before = client.get("/_control/state").json()["now_s"]
        moved = client.post("/_control/clock", json={"advance_s": 3600})
        assert moved.status_code == 200
        assert moved.json()["now_s"] == before + 3600
        assert client.get("/_control/state").json()["now_s"] == before + 3600

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"{}",
            b'{"advance_s": -1}',
            b'{"advance_s": "60"}',
            b'{"advance_s": true}',
            b'{"advance_s": null}',
            b'{"advance_s": 1e300}',
            b'{"advance_s": NaN}',
            b"\xff\xfe",
        ],
    )
    def test_bad_input_is_400_and_moves_nothing(self, client, body):
        before = client.get("/_control/state").json()["now_s"]
        answer = client.post("/_control/clock", content=body)
        assert answer.status_code == 400
        assert "advance_s" in answer.json()["error"]
        assert client.get("/_control/state").json()["now_s"] == before

    def test_log(self, client):
        client.get("/paper/logged")
        line = client.get("/_control/log").json()[-1]
        assert line["platform"] == "paper"
        assert line["method"] == "/paper/logged"
        assert line["verdict"] == "ok"
        assert set(line) == {"at", "platform", "method", "verdict", "code"}

    def test_shops_are_where_the_asker_reached_us(self, client, sandbox):
        shops = client.get("/_control/shops").json()
        assert shops["url"] == sandbox.url
        assert shops["control"] == f"{sandbox.url}/_control"
        assert shops["paper"]["gateway"] == f"{sandbox.url}/paper"
        assert shops == sandbox.ready()
        elsewhere = client.get("/_control/shops", headers={"host": "far.test:81"}).json()
        assert elsewhere["paper"]["gateway"] == "http://far.test:81/paper"

    def test_unknown_door_and_wrong_method(self, client):
        assert client.get("/_control/nothing").status_code == 404
        wrong = client.post("/_control/state")
        assert wrong.status_code == 405
        assert wrong.headers["allow"] == "GET"
        assert client.get("/_controlled").json()["error"].startswith("no simulated platform")


class TestToken:
    @pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic let-me-in", "Bearer ü"])
    def test_without_it_control_is_closed(self, guarded, header):
        headers = {} if header is None else {"authorization": header.encode()}
        answer = httpx.get(f"{guarded.url}/_control/shops", headers=headers)
        assert answer.status_code == 401
        assert "sim-secret" not in answer.text

    def test_with_it(self, guarded):
        answer = httpx.get(f"{guarded.url}/_control/shops", headers={"authorization": "bearer let-me-in"})
        assert answer.status_code == 200
        assert guarded.ready()["control_token"] == "let-me-in"

    def test_platforms_need_none(self, guarded):
        assert httpx.get(f"{guarded.url}/paper").status_code == 200


class TestBinding:
    def test_port_in_use(self, sandbox):
        port = urlsplit(sandbox.url).port
        with pytest.raises(ConfigError, match=rf"cannot listen on 127.0.0.1:{port}: Address already in use"):
            bind("127.0.0.1", port)

    def test_no_such_host(self):
        with pytest.raises(ConfigError, match="no such host"):
            bind("no-such-host.invalid", 0)

    def test_every_address_is_reached_by_loopback(self):
        with Sandbox(paper.simulation(), host="0.0.0.0", control_token="t") as running:  # noqa: S104 - the case in question
            assert urlsplit(running.url).hostname == "127.0.0.1"
            assert httpx.get(f"{running.url}/paper").status_code == 200

    @pytest.mark.parametrize(
        ("host", "only_here"),
        [
            ("127.0.0.1", True),
            ("127.9.9.9", True),
            ("::1", True),
            ("localhost", True),
            ("0.0.0.0", False),  # noqa: S104 - the case in question
            ("10.1.2.3", False),
            ("shop.test", False),
        ],
    )
    def test_loopback(self, host, only_here):
        assert is_loopback(host) is only_here
