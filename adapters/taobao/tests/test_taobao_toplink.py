"""Frames of the binary protocol: to the byte as a published client writes them; any bytes are one or WireError."""

from __future__ import annotations

import contextlib
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnishop.errors import WireError
from omnishop_taobao import toplink
from omnishop_taobao.toplink import Format, Frame, Header, Type, decode, encode, salvaged

DATA = Path(__file__).parent / "data"
FRAMES = {
    name: bytes.fromhex(text)
    for name, text in json.loads((DATA / "toplink_frames.json").read_text(encoding="utf-8"))["frames"].items()
}
CONNECT = json.loads((DATA / "signing_vectors.json").read_text(encoding="utf-8"))["tmc_connect"]
TOKEN = "3f0a6f9e-54d1-4b61-8f6e-1c9f7f2b5a10"
KIND = {kind: Header("__kind", Format.BYTE, kind) for kind in (1, 2, 3)}

WRITTEN = {
    "connect": Frame(
        Type.CONNECT,
        tuple(
            Header.text(name, value)
            for name, value in {
                **CONNECT["params"],
                "sign": CONNECT["sign"],
                "sdk": "NodeJS-2.0.0",
                "intranet_ip": "192.0.2.7",
            }.items()
        ),
    ),
    "pull": Frame(Type.SEND, (KIND[1],), TOKEN),
    "confirm": Frame(Type.SEND, (KIND[2], Header("id", Format.INT64, 7190100000000000001)), TOKEN),
    "group_in_chinese": Frame(Type.CONNECT, (Header.text("group_name", "售后一组"),), flag=1),
    "refusal": Frame(Type.CONNECT_ACK, code=22, flag=7),
    "ack": Frame(Type.CONNECT_ACK, token=TOKEN, flag=1),
    "numbers": Frame(
        Type.SEND,
        (
            KIND[3],
            Header("id", Format.INT64, 2**63 - 1),
            Header("userid", Format.INT64, 2200000001013),
            Header.text("topic", "taobao_refund_RefundCreated"),
        ),
        TOKEN,
    ),
}


def test_there_is_a_frame_for_each_that_the_client_wrote():
    assert WRITTEN.keys() == FRAMES.keys()


@pytest.mark.parametrize("name", FRAMES)
def test_as_the_published_client_writes_it(name):
    assert encode(WRITTEN[name]) == FRAMES[name]
    assert decode(FRAMES[name]) == WRITTEN[name]


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_cut_anywhere_is_no_frame(name):
    for end in range(len(FRAMES[name])):
        with pytest.raises(WireError):
            decode(FRAMES[name][:end])


def test_what_follows_the_end_is_not_looked_at():
    assert decode(FRAMES["pull"] + b"\x07\x00rest") == WRITTEN["pull"]


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        (b"\x03" + FRAMES["pull"][1:], "version 3"),
        (b"\x02\x09\x00\x00", "type: 9"),
        (b"\x02\x02\x06\x00", "header: 6"),
        (b"\x02\x02\x01\x00\x01\x00\x00\x00a\x09", "format of a value: 9"),
        (b"\x02\x02\x01\x00\xff\xff\xff\xff", "negative"),
        (b"\x02\x02\x05\x00\x01\x00\x00\x00\xff\x00\x00", "UTF-8"),
        (b"\x02\x02" + 300 * b"\x04\x00\x01\x00\x00\x00" + b"\x00\x00", "too many"),
    ],
)
def test_what_is_wrong_is_said(spoilt, why):
    with pytest.raises(WireError, match=why):
        decode(spoilt)


def test_of_a_broken_frame_the_first_parts_can_be_had():
    whole = FRAMES["numbers"]
    assert salvaged(whole[:-4]) == Frame(Type.SEND, WRITTEN["numbers"].headers[:3], TOKEN)
    assert salvaged(whole[:1]) is None


names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
numbers = {Format.BYTE: (0, 255), Format.INT16: (-(2**15), 2**15 - 1), Format.INT32: (-(2**31), 2**31 - 1)}
wide = (-(2**63), 2**63 - 1)
values = st.one_of(
    st.builds(Header, names, st.just(Format.VOID)),
    st.builds(Header, names, st.sampled_from([Format.TEXT, Format.BYTES]), st.binary(max_size=30)),
    *(
        st.builds(Header, names, st.just(form), st.integers(*numbers.get(form, wide)))
        for form in (Format.BYTE, Format.INT16, Format.INT32, Format.INT64, Format.DATE)
    ),
)
texts = st.none() | st.text(st.characters(codec="utf-8"), max_size=20)
int32 = st.none() | st.integers(-(2**31), 2**31 - 1)
frames = st.builds(
    Frame, st.sampled_from(Type), st.lists(values, max_size=8).map(tuple), texts, int32, texts, int32
)


@given(frames)
def test_what_was_written_is_read(frame):
    assert decode(encode(frame)) == frame


@given(st.binary(max_size=200) | st.binary(max_size=200).map(lambda rest: b"\x02\x02" + rest))
def test_any_bytes_are_a_frame_or_a_wire_error(data):
    whole = None
    with contextlib.suppress(WireError):
        whole = decode(data)
    assert whole is None or decode(encode(whole)) == whole
    salvaged(data)


@given(frames, st.data())
def test_one_wrong_byte_is_a_frame_or_a_wire_error(frame, data):
    spoilt = bytearray(encode(frame))
    at = data.draw(st.integers(0, len(spoilt) - 1))
    spoilt[at] = data.draw(st.integers(0, 255))
    with contextlib.suppress(WireError):
        decode(bytes(spoilt))


def test_a_compressed_content_is_opened_and_no_bomb_is():
    assert toplink.unzipped(gzip.compress("售后".encode())).decode() == "售后"
    for spoilt in (b"plain", gzip.compress(b"x" * 100)[:-9], gzip.compress(bytes(2**23))):
        with pytest.raises(WireError):
            toplink.unzipped(spoilt)


@pytest.mark.parametrize("text", [b"", b"x", "٣".encode(), b"9" * 20, b"-"])
def test_a_text_that_is_no_number_is_none(text):
    frame = Frame(Type.SEND, (Header("id", Format.TEXT, text),))
    with pytest.raises(WireError):
        frame.number("id")
