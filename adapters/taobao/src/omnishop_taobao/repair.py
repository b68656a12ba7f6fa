"""One repair pass over JSON that the platform sends broken: raw control characters, a comma before a bracket."""

from __future__ import annotations

import re

_STRING_OR_COMMA = re.compile(rb'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])', re.DOTALL)
_CONTROL = re.compile(rb"[\x00-\x1f]")


class Repairs:
    """How many bodies had to be mended since this process began."""

    def __init__(self) -> None:
        self.count = 0

    def mend(self, body: bytes) -> bytes:
        """The body with control characters inside strings escaped and commas before `}` and `]` dropped."""
        self.count += 1
        clean = body.decode("utf-8", "replace").encode()
        return _STRING_OR_COMMA.sub(_mended, clean)


def _mended(found: re.Match[bytes]) -> bytes:
    part = found.group()
    return b"" if part == b"," else _CONTROL.sub(_escaped, part)


def _escaped(found: re.Match[bytes]) -> bytes:
    return b"\\u%04x" % found.group()[0]


repairs = Repairs()
