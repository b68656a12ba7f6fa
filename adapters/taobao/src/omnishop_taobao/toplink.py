"""Frames of the message channel's binary protocol, TopLink version 2 (wire page 6.3): bytes to values and back."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from typing import TypeVar

from attrs import field, frozen

from omnishop.errors import WireError

E = TypeVar("E", bound=IntEnum)

VERSION = 2
_HEADERS = 256
"""More of them than any frame has: the documented one with the most has ten."""

_UNZIPPED = 4 * 2**20
"""Bytes of a content that came compressed."""


class Type(IntEnum):
    CONNECT = 0
    CONNECT_ACK = 1
    SEND = 2
    SEND_ACK = 3


class Format(IntEnum):
    VOID = 0
    TEXT = 1
    BYTE = 2
    INT16 = 3
    INT32 = 4
    INT64 = 5
    DATE = 6
    BYTES = 7


class _Kind(IntEnum):
    END = 0
    CUSTOM = 1
    CODE = 2
    PHRASE = 3
    FLAG = 4
    TOKEN = 5


_NUMBERS = {Format.BYTE: "<B", Format.INT16: "<h", Format.INT32: "<i", Format.INT64: "<q", Format.DATE: "<q"}


@frozen
class Header:
    """One custom header. The value of TEXT and BYTES is bytes as they came, of DATE milliseconds, of VOID None."""

    name: str
    format: Format
    value: int | bytes | None = field(default=None, repr=False)

    @classmethod
    def text(cls, name: str, value: str) -> Header:
        return cls(name, Format.TEXT, value.encode())


@frozen
class Frame:
    """`code` and `phrase` are a refusal's; `token` is what both sides call the connection by."""

    type: Type
    headers: tuple[Header, ...] = ()
    token: str | None = field(default=None, repr=False)
    code: int | None = None
    phrase: str | None = None
    flag: int | None = None

    def get(self, name: str) -> Header | None:
        """Of two headers with one name the later one counts, as for those who read them into a map."""
        return next((each for each in reversed(self.headers) if each.name == name), None)

    def number(self, name: str) -> int | None:
        """An integer; a text of digits as well, as some clients write it."""
        found = self.get(name)
        if found is None or found.value is None:
            return None
        if isinstance(found.value, int):
            return found.value
        digits = found.value.removeprefix(b"-")
        if found.format is not Format.TEXT or not digits.isdigit() or int(digits[:_DIGITS]) > _LARGEST:
            raise broken(f"{name} is no number")
        return int(found.value)

    def words(self, name: str) -> str | None:
        """A text; what is not UTF-8 is a WireError."""
        found = self.get(name)
        if found is None or found.value is None:
            return None
        if found.format is not Format.TEXT or not isinstance(found.value, bytes):
            raise broken(f"{name} is no text")
        return _utf8(found.value, name)


_DIGITS = 32
"""Read of a text that is to be a number: more than any has."""

_LARGEST = 2**63 - 1


def encode(frame: Frame) -> bytes:
    """In the order of the published clients: what belongs to the frame, then custom headers."""
    parts = [struct.pack("<BB", VERSION, frame.type)]
    if frame.code is not None:
        parts.append(struct.pack("<hi", _Kind.CODE, frame.code))
    if frame.phrase is not None:
        parts += [struct.pack("<h", _Kind.PHRASE), _counted(frame.phrase.encode())]
    if frame.flag is not None:
        parts.append(struct.pack("<hi", _Kind.FLAG, frame.flag))
    if frame.token is not None:
        parts += [struct.pack("<h", _Kind.TOKEN), _counted(frame.token.encode())]
    for header in frame.headers:
        parts += [struct.pack("<h", _Kind.CUSTOM), _counted(header.name.encode()), _value(header)]
    parts.append(struct.pack("<h", _Kind.END))
    return b"".join(parts)


def decode(data: bytes) -> Frame:
    """WireError for whatever is no frame; bytes behind its end are not looked at."""
    reader = _Reader(data)
    reader.read()
    return reader.frame()


def salvaged(data: bytes) -> Frame | None:
    """As much of a broken frame as can be read: enough, with luck, to know which message it was."""
    try:
        reader = _Reader(data)
    except WireError:
        return None
    with suppress(WireError):
        reader.read()
    return reader.frame()


def unzipped(data: bytes) -> bytes:
    """A content that came as bytes is compressed; WireError for what is not, or is far too large."""
    opener = zlib.decompressobj(wbits=31)
    try:
        text = opener.decompress(data, _UNZIPPED)
    except zlib.error:
        raise broken("the content is not compressed by gzip") from None
    if not opener.eof:
        raise broken("the content is cut, or too large")
    return text


class _Reader:
    """What could be read until an error stands in `frame()`."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        version = self._number("<B")
        if version != VERSION:
            raise broken(f"protocol version {version}")
        self._type = _one_of(Type, self._number("<B"), "type")
        self._headers: list[Header] = []
        self._code: int | None = None
        self._flag: int | None = None
        self._phrase: str | None = None
        self._token: str | None = None

    def frame(self) -> Frame:
        return Frame(self._type, tuple(self._headers), self._token, self._code, self._phrase, self._flag)

    def read(self) -> None:
        for _ in range(_HEADERS):
            match _one_of(_Kind, self._number("<h"), "header"):
                case _Kind.END:
                    return
                case _Kind.CUSTOM:
                    self._headers.append(self._header())
                case _Kind.CODE:
                    self._code = self._number("<i")
                case _Kind.FLAG:
                    self._flag = self._number("<i")
                case _Kind.PHRASE:
                    self._phrase = self._counted().decode("utf-8", "replace")
                case _Kind.TOKEN:
                    self._token = _utf8(self._counted(), "the token")
        raise broken("it has too many headers")

    def _header(self) -> Header:
        name = _utf8(self._counted(), "the name of a header")
        form = _one_of(Format, self._number("<B"), "format of a value")
        if form is Format.VOID:
            return Header(name, form)
        if form in _NUMBERS:
            return Header(name, form, self._number(_NUMBERS[form]))
        return Header(name, form, self._counted())

    def _number(self, form: str) -> int:
        found: int = struct.unpack(form, self._take(struct.calcsize(form)))[0]
        return found

    def _counted(self) -> bytes:
        size = self._number("<i")
        if size < 0:
            raise broken("a length is negative")
        return self._take(size)

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise broken("it ends in the middle")
        part = self._data[self._at : end]
        self._at = end
        return part


def _value(header: Header) -> bytes:
    lead = struct.pack("<B", header.format)
    if isinstance(header.value, bytes):
        return lead + _counted(header.value)
    if isinstance(header.value, int):
        return lead + struct.pack(_NUMBERS[header.format], header.value)
    return lead


def _counted(text: bytes) -> bytes:
    return struct.pack("<i", len(text)) + text


def _one_of(kinds: Callable[[int], E], number: int, what: str) -> E:
    try:
        return kinds(number)
    except ValueError:
        raise broken(f"no such {what}: {number}") from None


def _utf8(text: bytes, what: str) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        raise broken(f"{what} is not UTF-8") from None


def broken(why: str) -> WireError:
    return WireError(
        f"a frame of the message channel cannot be read: {why}",
        zh=f"消息通道的数据帧无法解析: {why}",
        platform="taobao",
    )
