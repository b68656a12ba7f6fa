"""One repair pass over JSON that platforms do send and strict parsers refuse."""

from __future__ import annotations

import re

_STRING_OR_COMMA = re.compile(rb'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])', re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x1f]")
_BOM = b"\xef\xbb\xbf"


class Repairs:
    """Counts the bodies that had to be mended since this process began."""

    def __init__(self) -> None:
        self.count = 0

    def mend(self, body: bytes) -> bytes:
        """The body without a byte-order mark, broken UTF-8, bare control characters in strings, or a comma before
        a closing bracket. Whether it parses now is for the caller to see."""
        self.count += 1
        clean = body.removeprefix(_BOM).decode("utf-8", "replace").encode()
        return _STRING_OR_COMMA.sub(_mended, clean)


def _mended(found: re.Match[bytes]) -> bytes:
    part = found.group()
    return b"" if part == b"," else _CONTROL.sub(_escaped, part)


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % found.group()[0]


repairs = Repairs()
