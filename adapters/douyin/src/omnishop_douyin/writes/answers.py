"""What the answer to a write says itself, inside a successful envelope (wire page 4.5, 4.6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from omnishop.errors import Conflict, OmnishopError, OutcomeUnknown, Rejected
from omnishop.flow import Call, Flow
from omnishop.model import WriteResult
from omnishop_douyin import errors, reading
from omnishop_douyin.shape import PLATFORM

_MOVED_ON = frozenset({"20309541"})
"""status_code of an item whose case is in another status (4.5, sample item_failure)."""


def written(method: str, params: Mapping[str, Any], about: str | None = None) -> Flow[None]:
    """The one write of a `send`. An empty answer is success: `{}`, null, or no data at all (page 10)."""
    payload = yield Call(method, params, write=True)
    believed(method, payload, about)


def believed(method: str, payload: msgspec.Raw, about: str | None) -> None:
    """Raises what the answer's own result says; OutcomeUnknown where it cannot be told, or tells of another record.

    `about`: the record whose id the rows carry, where they carry one.
    """
    try:
        rows = reading.decode(method, payload, None)
    except OmnishopError as problem:
        raise _untold(method, problem.request_id) from None
    if not rows:
        raise _untold(method, None)
    for row in rows:
        if not isinstance(row, WriteResult) or row.ok is None:
            raise _untold(method, None)
        if about is not None and row.record_id not in {None, about}:
            raise _untold(method, None)
        if not row.ok:
            raise refused(method, row)


def refused(method: str, row: WriteResult) -> OmnishopError:
    said = errors.quoted(row.message)
    facts: dict[str, Any] = {"platform": PLATFORM, "method": method, "code": row.code}
    if row.code in _MOVED_ON:
        return Conflict(
            f"the case is in another state by now; read it again and decide anew{said}",
            zh=f"售后单状态已变化, 请重新读取后再决定{said}",
            **facts,
        )
    return Rejected(f"the platform refuses{said}", zh=f"平台拒绝该操作{said}", **facts)


def _untold(method: str, request_id: str | None) -> OutcomeUnknown:
    return OutcomeUnknown(
        "the platform answered a write with something that says neither yes nor no; read the record back",
        zh="平台对写操作的应答无法判断成败, 请重新读取单据确认, 不要重复提交",
        platform=PLATFORM,
        method=method,
        request_id=request_id,
    )
