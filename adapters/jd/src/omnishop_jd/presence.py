"""Whether an answer without rows says that there are none: nothing told is not "none"."""

from __future__ import annotations

import msgspec

from omnishop.errors import NotFound, WireError
from omnishop_jd.catalogue import Method
from omnishop_jd.errors import CUT, OUTCOMES, PLATFORM
from omnishop_jd.wire import at, fields_of

SINGLE = frozenset(
    {
        "jingdong.pop.order.get",
        "jingdong.pop.order.enGet",
        "jingdong.pop.order.fbp.get",
        "jingdong.pop.order.notPayOrderById",
        "jingdong.pop.afs.soa.refundapply.queryById",
        "jingdong.asc.query.view",
        "jingdong.asc.audit.detail",
        "jingdong.afsservice.serviceinfo.get",
    }
)
"""Reads of one order or case. A waybill or a refund detail is none: absent before there is any."""

_TOTALS = ("totalCount", "orderTotal", "totalItem", "total_count")
_PAGES = ("pageNumber", "page", "index")
"""The same fact beside the rows, named by family (methods.json)."""

_COMMENTS = ("comments", "totalItem", "resultCode")
_COMMENTS_GOOD = frozenset({"", "0", "null"})
"""`resultCode` is 0 or empty on success (methods.json, "not documented in detail")."""


def lacking(name: str) -> WireError:
    return WireError(
        f"the answer lacks {name}: whether there are records cannot be told",
        zh=f"应答缺少 {name}, 无法判断是否有记录",
        platform=PLATFORM,
    )


def told_at(payload: msgspec.Raw, path: tuple[str, ...]) -> msgspec.Raw | None:
    """As `wire.at`, but the result object itself must be there."""
    if len(path) > 1 and at(payload, path[:1]) is None:
        raise lacking(path[0])
    return at(payload, path)


def result_told(known: Method, payload: msgspec.Raw) -> None:
    """For reads shown raw: a family that tells success inside its result object must have sent one."""
    if known.outcome in OUTCOMES and at(payload, known.path[:1]) is None:
        raise lacking(known.path[0])


def nothing_told(known: Method, payload: msgspec.Raw, path: tuple[str, ...], page: int | None) -> None:
    """Raise unless an answer without rows means that there are none. `page`: the one that was asked for."""
    told_at(payload, path)
    if known.name in SINGLE:
        raise NotFound(
            "the answer holds no record of what was asked for", zh="应答中没有所查询的记录", platform=PLATFORM
        )
    around = at(payload, path[:-1])
    beside = {} if around is None else fields_of(around, path[-1])
    if known.outcome == "comment":
        _comments_told(beside)
    total = _number(beside, _TOTALS)
    if total and (page or _number(beside, _PAGES) or 1) == 1:
        raise WireError(
            "the answer counts records but holds none: whether there are any cannot be told",
            zh="应答的总数大于 0 但没有任何记录, 无法判断",
            platform=PLATFORM,
        )


def _comments_told(beside: dict[str, msgspec.Raw]) -> None:
    """With no row `comments` may be absent (5), but not everything; and a failure has no rows either."""
    if not any(name in beside for name in _COMMENTS):
        raise lacking("comments")
    if _shown(beside, "resultCode") not in _COMMENTS_GOOD:
        raise WireError(
            "resultCode is not that of a success and there are no comments: whether there are any cannot be told",
            zh="resultCode 不是成功值且没有评价, 无法判断",
            platform=PLATFORM,
            code=_shown(beside, "resultCode"),
        )


def _number(beside: dict[str, msgspec.Raw], names: tuple[str, ...]) -> int:
    shown = (_shown(beside, name) for name in names)
    return next((int(text) for text in shown if text.isascii() and text.isdigit()), 0)


def _shown(beside: dict[str, msgspec.Raw], name: str) -> str:
    raw = bytes(beside.get(name, msgspec.Raw(b""))).strip().strip(b'"')
    return raw[:CUT].decode("utf-8", "replace")
