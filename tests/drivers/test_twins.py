"""The sync and the async driver are one text, and the two shops have one set of signatures."""

from __future__ import annotations

import inspect
import re
from difflib import unified_diff

from omnishop import AsyncShop, Shop
from omnishop.drivers import aio, sync

_SAME = [
    (r" +case Do\(blocking=True\):\n +return await asyncio\.to_thread\(step\.work\)\n", ""),
    (r"\basync (def|for|with)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\b(clock\.wait)_async\b", r"\1"),
    (r"\.aclose\b", ".close"),
    (r"\.atrace\b", ".trace"),
    (r"\.aiter_bytes\b", ".iter_bytes"),
    (r"\bAsync(Driver|Iterator|Client)\b", r"\1"),
    (r"\bSyncDriver\b", "Driver"),
    (r"^import asyncio\n", ""),
]


def _plain(text: str) -> list[str]:
    text = text.split('"""', 2)[2]
    for pattern, same in _SAME:
        text = re.sub(pattern, same, text, flags=re.MULTILINE)
    return text.split()


def test_the_drivers_are_one_text():
    one, other = _plain(inspect.getsource(sync)), _plain(inspect.getsource(aio))
    assert one == other, "\n".join(unified_diff(one, other, n=2))


def test_the_shops_have_one_set_of_signatures():
    def signatures(cls):
        return {
            name.removeprefix("__a").strip("_"): re.sub(r"\bA?[Ss]ync", "", str(inspect.signature(member)))
            for name, member in vars(cls).items()
            if inspect.isfunction(member)
        }

    assert signatures(Shop) == signatures(AsyncShop)
