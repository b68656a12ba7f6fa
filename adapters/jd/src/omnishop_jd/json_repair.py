"""One repair of JSON that the strict parser refuses: control characters inside texts, a comma before a bracket."""

from __future__ import annotations

import re

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])', re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x1f]")
_BOM = b"\xef\xbb\xbf"


class Repairs:
    """Counts the bodies that needed it since the process began."""

    def __init__(self) -> None:
        self.count = 0

    def mend(self, body: bytes) -> bytes:
        self.count += 1
        return _TOKEN.sub(_mended, body.removeprefix(_BOM))


def _mended(found: re.Match[bytes]) -> bytes:
    token = found.group()
    return b"" if token == b"," else _CONTROL.sub(_escaped, token)


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % found.group()[0]


repairs = Repairs()
