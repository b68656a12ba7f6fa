"""Signatures to the byte: gateway calls, SPI calls, push messages, in both methods."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omnishop.errors import ConfigError
from omnishop_douyin import adapter, genuine
from omnishop_douyin.canonical import canonical, gson_escaped, html_escaped, sendable, spellings

DATA = json.loads((Path(__file__).parent / "vectors.json").read_text(encoding="utf-8"))
SIGN = adapter.codec.sign


def ids(rows):
    return [row["name"] for row in rows]


@pytest.mark.parametrize("vector", DATA["vectors"], ids=ids(DATA["vectors"]))
def test_every_vector_signs_right(vector):
    assert canonical(vector["params"]) == vector["param_json"]
    plain = {key: value for key, value in vector.items() if not key.startswith(("sign", "string"))}
    assert SIGN(plain, None) == (vector["sign_hmac_sha256"], vector["string_to_sign"])
    assert SIGN({**plain, "sign_method": "md5"}, None) == (vector["sign_md5"], vector["string_to_sign"])
    short = {"secret" if key == "app_secret" else key: value for key, value in plain.items()}
    short["method"] = "/" + short["method"].replace(".", "/")
    del short["params"]
    assert SIGN(short, None)[0] == vector["sign_hmac_sha256"]


@pytest.mark.parametrize("vector", DATA["spi_vectors"], ids=ids(DATA["spi_vectors"]))
def test_every_spi_vector_signs_right(vector):
    plain = {key: vector[key] for key in ("app_key", "app_secret", "timestamp", "params")}
    assert SIGN(plain, "spi") == (vector["sign_hmac_sha256"], vector["string_to_sign"])
    assert SIGN({**plain, "sign_method": "md5"}, "spi")[0] == vector["sign_md5"]
    assert SIGN({**plain, "params": json.dumps(vector["params"])}, "spi")[0] == vector["sign_hmac_sha256"]


@pytest.mark.parametrize("request_", DATA["spi_requests"], ids=ids(DATA["spi_requests"]))
def test_captured_spi_requests_sign_as_their_sign(request_):
    secret = DATA["push_keys"]["app_secret"]
    found = SIGN({**request_, "app_secret": secret}, "spi")
    assert found == (request_["query"]["sign"], request_["string_to_sign_for_sign"])
    unescaped = {
        "app_key": request_["query"]["app_key"],
        "secret": secret,
        "timestamp": request_["query"]["timestamp"],
        "param_json": canonical(json.loads(request_["body"])),
        "sign_method": request_["query"].get("sign_method", "md5"),
    }
    assert SIGN(unescaped, "spi")[0] == request_["query"]["sign_v2"]


@pytest.mark.parametrize("message", DATA["push"], ids=ids(DATA["push"]))
def test_every_push_signature(message):
    keys = DATA["push_keys"]
    assert SIGN({**message, **keys, "sign_method": "md5"}, "push")[0] == message["sign_md5"]
    assert SIGN({**message, **keys, "sign_method": "hmac-sha256"}, "push")[0] == message["sign_hmac_sha256"]
    signed = SIGN({**message, **keys}, "push")[0]
    assert (signed == message["headers"]["event-sign"]) is message["valid"]
    body = message["raw_body"].encode()
    assert genuine(keys["app_key"], keys["app_secret"], message["headers"], body) is message["valid"]


def test_all_shared_push_messages_are_told_genuine_or_not(shared):
    data = json.loads((shared / "push_messages.json").read_text(encoding="utf-8"))
    for message in data["messages"]:
        body = message["raw_body"].encode()
        told = genuine(data["app_key"], data["app_secret"], message["headers"], body)
        assert told is message["valid"], message["name"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"event-sign": "00", "sign-method": "sha1"},
        {"event-sign": "é"},
        {"app-id": "7000000000000000002", "event-sign": "00"},
    ],
)
def test_a_push_that_is_not_signed_is_refused(headers):
    assert not genuine("7000000000000000001", "s", headers, b"[]")


def test_a_push_body_that_is_no_text_is_refused():
    assert not genuine("7", "s", {"event-sign": "00"}, b"\xff\xfe")


def test_a_push_without_headers_defaults_as_every_vector_does():
    message = next(row for row in DATA["push"] if row["name"] == "unknown_tag")
    plain = {"raw_body": message["raw_body"], **DATA["push_keys"]}
    assert SIGN(plain, "push")[0] == message["sign_hmac_sha256"]
    assert SIGN({**plain, "headers": {}}, "push")[0] == message["sign_hmac_sha256"]


@pytest.mark.parametrize(
    ("vector", "kind"),
    [
        ({}, None),
        ({"app_secret": "s"}, None),
        ({"app_secret": "s", "app_key": "k", "method": "a.b", "timestamp": 1, "sign_method": "sha1"}, None),
        ({"app_secret": "s", "app_key": "k", "timestamp": 1, "params": "{"}, "spi"),
        ({"app_secret": "s", "app_key": "k"}, "push"),
        ({"app_secret": "s", "raw_body": "[]"}, "push"),
        ({"app_secret": "s"}, "tmc"),
    ],
)
def test_a_vector_that_lacks_something_says_so(vector, kind):
    with pytest.raises(ConfigError):
        SIGN(vector, kind)


def test_no_parameters_are_an_empty_object():
    plain = {"app_secret": "s", "app_key": "k", "method": "a.b", "timestamp": 1}
    assert "param_json{}" in SIGN(plain, None)[1]
    assert "param_json{}" in SIGN({**plain, "params": None}, None)[1]


def test_none_is_left_out_at_every_depth():
    given = {"a": None, "b": {"c": None, "d": [{"e": None, "f": 1}]}, "g": 1.0, "h": 0.5, "i": "", "j": False}
    assert sendable(given) == {"b": {"d": [{"f": 1}]}, "g": 1.0, "h": 0.5, "i": "", "j": False}
    assert canonical(sendable(given)) == '{"b":{"d":[{"f":1}]},"g":1,"h":0.5,"i":"","j":false}'


@pytest.mark.parametrize(
    "params",
    [
        {"a": {}},
        {"a": {"b": None}},
        {"a": [None]},
        {"a": float("nan")},
        {"a": float("inf")},
        {"a": 146510010020030001.0},
        {"a": 2**64},
        {"a": object()},
        {"a": b"x"},
        {1: "x"},
        {"a": "\ud800"},
        {"a": [{"b": {}}]},
    ],
)
def test_what_must_never_be_sent_is_refused(params):
    with pytest.raises(ConfigError):
        sendable(params)


def test_the_escaped_form_of_older_clients():
    assert html_escaped('{"a":"<&>"}') == '{"a":"\\u003c\\u0026\\u003e"}'


def test_the_escaped_form_of_the_official_java_sdk():
    assert gson_escaped('{"a":"<&>=\'/汉"}') == '{"a":"\\u003c\\u0026\\u003e\\u003d\\u0027/汉"}'


def test_the_sign_of_an_spi_call_escapes_three_characters_and_no_more():
    """Wire page 6.2: `&`, `<` and `>`; `=` and `'` stay raw in `sign` and in `sign_v2`."""
    query = {"app_key": "7", "timestamp": "1", "sign_method": "md5"}
    request = {"query": query, "body": '{"b":1,"a":"<&>=\'"}', "app_secret": "s"}
    _, text = SIGN(request, "spi")
    assert text == 'sapp_key7param_json{"a":"\\u003c\\u0026\\u003e=\'","b":1}timestamp1s'


def test_every_spelling_that_is_signed_starts_with_the_right_one():
    found = list(spellings({"b": 1.0, "a": "'汉"}))
    assert found[0] == canonical({"b": 1.0, "a": "'汉"}) == '{"a":"\'汉","b":1}'
    assert '{"a":"\\u0027\\u6c49","b":1.0}' in found
    assert "[]" in list(spellings({}))
