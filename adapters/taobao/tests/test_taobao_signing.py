"""Every signing vector, in all methods; what clients disagree about; the message channel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from omnishop.errors import ConfigError
from omnishop_taobao import adapter

DATA = json.loads((Path(__file__).parent / "data" / "signing_vectors.json").read_text(encoding="utf-8"))


def named(vector):
    return f"{vector['name']}-{vector.get('sign_method')}"


@pytest.mark.parametrize("vector", DATA["vectors"], ids=named)
def test_a_vector_signs_right_and_shows_what_was_hashed(vector):
    assert adapter.codec.sign(vector, None) == (vector["sign"], vector["string_to_sign"])


def test_the_copied_vectors_are_those_of_the_reference(papers):
    told = json.loads((papers / "signing_vectors.json").read_text(encoding="utf-8"))
    assert [v["sign"] for v in told["vectors"]] == [v["sign"] for v in DATA["vectors"]]


def test_the_channel_signs_its_three_headers_by_the_md5_rule():
    vector = DATA["tmc_connect"]
    noisy = {**vector, "params": {**vector["params"], "sdk": "x", "intranet_ip": "10.0.0.1"}}
    assert adapter.codec.sign(noisy, "tmc")[0] == vector["sign"]


def test_an_spi_request_signs_its_raw_body_too():
    vector = next(v for v in DATA["vectors"] if v["name"] == "request_body_appended")
    assert adapter.codec.sign(vector, "spi")[0] == vector["sign"]
    assert adapter.codec.sign({**vector, "body": vector["body"] + " "}, "spi")[0] != vector["sign"]


def test_an_empty_value_is_dropped_and_an_at_sign_is_signed():
    disputed = {row["name"]: row for row in DATA["disputed"]}
    secret = DATA["vectors"][0]["app_secret"]
    empty, at_sign = disputed["empty_value_kept"], disputed["value_starting_with_at_sign"]
    assert (
        adapter.codec.sign({"secret": secret, "params": empty["params"]}, None)[0]
        == (empty["sign_dropping_the_parameter"])
    )
    assert (
        adapter.codec.sign({"secret": secret, "params": at_sign["params"]}, None)[0]
        == (at_sign["sign_including_the_value"])
    )


def test_without_a_method_it_is_md5_and_an_unknown_one_is_refused():
    bare = {"secret": "s", "params": {"a": 1, "b": True, "c": None}}
    assert adapter.codec.sign(bare, None) == adapter.codec.sign({**bare, "sign_method": "md5"}, None)
    assert adapter.codec.sign(bare, None)[1] == "sa1btrues"
    with pytest.raises(ConfigError, match="sign_method"):
        adapter.codec.sign({**bare, "sign_method": "sha1"}, None)


@pytest.mark.parametrize(
    "vector",
    [{}, {"secret": "s"}, {"params": {}}, {"secret": "s", "params": {"a": [1]}}, {"secret": 1, "params": {}}],
)
def test_a_file_that_is_no_vector_is_refused_in_words(vector):
    with pytest.raises(ConfigError):
        adapter.codec.sign(vector, None)


def test_there_is_no_push_signature_here():
    with pytest.raises(ConfigError, match="spi"):
        adapter.codec.sign(DATA["vectors"][0], "push")
