"""What the answer to a write says of itself: done, refused in words, or nothing that can be relied on."""

from __future__ import annotations

from omnishop.errors import OutcomeUnknown, Rejected
from omnishop.flow import Call, Flow
from omnishop.model import WriteResult
from omnishop_taobao.mapping.common import PLATFORM
from omnishop_taobao.mapping.facts import written


def made(call: Call, record_id: str | None = None) -> Flow[None]:
    """Make the call. Rejected when the answer says no; OutcomeUnknown when it cannot be told what it says.

    `record_id`: the record that the answer should be about, where the method's answers name one.
    """
    payload = yield call
    try:
        results = written(call.method, payload)
    except (ValueError, RecursionError):
        raise _doubt(call) from None
    told = [row for row in results if record_id is None or row.record_id in {None, record_id}]
    if len(told) != 1 or told[0].ok is None:
        raise _doubt(call)
    if not told[0].ok:
        raise _refused(call, told[0])


def _doubt(call: Call) -> OutcomeUnknown:
    return OutcomeUnknown(
        "the answer does not say whether the write was done: read the record back first, never repeat it",
        zh="应答未说明写操作是否成功: 请先重新读取该单据, 不要重复提交",
        platform=PLATFORM,
        method=call.method,
    )


def _refused(call: Call, row: WriteResult) -> Rejected:
    said = f": {row.message[:200]}" if row.message else ""
    return Rejected(
        f"the platform refuses{said}",
        zh=f"平台拒绝{said}",
        platform=PLATFORM,
        method=call.method,
        code=row.code,
    )
