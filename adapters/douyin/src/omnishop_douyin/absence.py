"""What a success without records means: an empty list, a record that is not there, or an answer nobody can tell.

An answer of another method, or of no method, must not be read as "nothing happened" (wire page 1.3, 9).
"""

from __future__ import annotations

from typing import NoReturn

import msgspec

from omnishop.errors import NotFound, WireError
from omnishop_douyin.shape import BROKEN, PLATFORM

_NOTHINGS = frozenset({b"", b"null", b"{}", b"[]", b'""'})
_LONGEST, _SHORT = 4, 64
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_number = msgspec.json.Decoder(int, strict=False).decode
_rows = msgspec.json.Decoder(list[msgspec.Raw]).decode


def nothing(payload: msgspec.Raw | bytes) -> bool:
    """How `data` is sent where there is none: missing, null, `{}`, and by PHP `[]`."""
    content = memoryview(payload)
    if content.nbytes > _SHORT and len(bytes(content[:_SHORT]).strip()) > _LONGEST:
        return False  # a page is not copied to find out that it is one
    return bytes(content).strip() in _NOTHINGS


def empty_list(payload: msgspec.Raw, member: str, method: str) -> None:
    """For a page without rows: WireError unless it is an empty list of this method, or has no data at all."""
    if nothing(payload):
        return
    members = _members(payload)
    if member not in members and number(members, "total") != 0:
        raise foreign(method)


def untold(total: int | None, more: bool | None, page: int, method: str) -> None:
    """For a page without rows: WireError where the first one is empty and yet says that there are rows."""
    if page == 0 and ((total or 0) > 0 or more):
        raise WireError(
            "the answer tells of records but holds none; read it again",
            zh="平台应答称有记录但未返回任何记录, 请重新读取",
            platform=PLATFORM,
            method=method,
        )


def told_page(payload: msgspec.Raw) -> int:
    """Which page the answer says it is; the first where it says nothing."""
    return 0 if nothing(payload) else number(_members(payload), "page") or 0


def record(payload: msgspec.Raw, path: tuple[str, ...], method: str) -> msgspec.Raw:
    """The one record at `path`; NotFound where the answer is empty, WireError where it is another answer."""
    found = payload
    for name in path:
        if nothing(found):
            no_record(method)
        try:
            members = _members(found)
        except BROKEN:
            raise foreign(method) from None
        if name not in members:
            raise foreign(method)
        found = members[name]
    if nothing(found):
        no_record(method)
    return found


def no_record(method: str) -> NoReturn:
    raise NotFound(
        f"the answer holds no record of {method}: the platform knows none for this shop",
        zh=f"{method} 的应答中没有记录: 平台查无该店铺的此单据",
        platform=PLATFORM,
        method=method,
    )


def foreign(method: str) -> WireError:
    return WireError(
        "the answer is none of this method; it was kept out, report it",
        zh="平台应答不属于该接口, 未予采用, 请反馈",
        platform=PLATFORM,
        method=method,
    )


def holds_rows(payload: msgspec.Raw, member: str | None = None) -> bool:
    """Whether a partly failed call brought anything: rows under `member`, or under any where none is named."""
    try:
        if bytes(payload).lstrip()[:1] == b"[":
            return member is None and bool(_rows(payload))
        members = _members(payload)
    except BROKEN:
        return False
    found = members.values() if member is None else [members.get(member, msgspec.Raw(b"null"))]
    return any(bytes(value)[:1] in {b"{", b"["} and not nothing(value) for value in found)


def number(members: dict[str, msgspec.Raw], name: str) -> int | None:
    try:
        return _number(members[name])
    except (KeyError, *BROKEN):
        return None
