"""Records of an answer to any documented method, of a whole captured body, of a message and of its content."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from attrs import evolve

from omnishop.errors import NotFound, WireError
from omnishop.lenient import repairs
from omnishop.masking import masked
from omnishop.model import Raw
from omnishop.ports import Account
from omnishop_taobao.envelope import body_of
from omnishop_taobao.errors import mapped
from omnishop_taobao.failures import FAILS_INSIDE, failure_inside
from omnishop_taobao.mapping import cases, facts, orders, reviews
from omnishop_taobao.mapping.common import PLATFORM, REFUND, SPECIAL, Owner, each, unreadable
from omnishop_taobao.methods import MESSAGE, METHODS, TOKEN, TOPICS, WRITES
from omnishop_taobao.wire import lists
from omnishop_taobao.wire.cases import EXCHANGE_BOX, REFUND_BOX
from omnishop_taobao.wire.orders import TRADE_BOX
from omnishop_taobao.wire.reading import Reader, Rows, rows_of

Payload = msgspec.Raw | bytes
Make = Callable[[msgspec.Raw, Owner], Any]

_BOXED = frozenset({"taobao.top.auth.token.create", "taobao.top.auth.token.refresh"})


def decode(method: str, payload: Payload, account: Account | None) -> list[Any]:
    owner = Owner.of(account)
    known(method)
    if method in TOPICS:
        return _one(payload, "message", partial(facts.topic_content, method), owner)
    if method == MESSAGE:
        return _messages(payload, owner)
    kind = METHODS.get(method, "raw")
    if kind == "raw":
        return [raw_answer(method, payload, account)]
    if kind == "write":
        results: list[Any] = _shaped(lambda: facts.written(method, payload))
        return results
    if kind in _LISTS:
        source, field, make, page = _LISTS[kind]
        who = evolve(owner, shop_id=None) if method == "taobao.refunds.apply.get" else owner
        return each(page_rows(page, payload, field), source, make, who)
    source, box, make = _SINGLES[kind]
    row = _shaped(lambda: box(payload))
    if bytes(row) in NOTHING:
        raise no_record(method)
    return _one(row, source, make, owner)


def decode_body(method: str, body: bytes, account: Account | None) -> list[Any]:
    known(method)
    if method in TOPICS or method == MESSAGE:
        return decode(method, _loose(body), account)
    payload = body_of(method, body)
    if method not in WRITES and method.startswith(FAILS_INSIDE):
        failed = failure_inside(payload)
        if failed is not None:
            raise mapped(failed, write=False, method=method)
    return decode(method, payload, account)


def known(method: str) -> None:
    """NotFound, with what looks like it, for a method that nobody documents."""
    if method in METHODS or method in TOPICS or method in {MESSAGE, TOKEN}:
        return
    near = difflib.get_close_matches(method, [*METHODS, *TOPICS, MESSAGE, TOKEN], n=3)
    hint = f"; did you mean {', '.join(near)}?" if near else ""
    raise NotFound(
        f"no documented method, topic or message form of that name{hint}",
        zh=f"没有此名称的接口, 消息主题或消息形式{'; 是否为 ' + ', '.join(near) if near else ''}",
        platform=PLATFORM,
        method=method[:80],
    )


# ---------------------------------------------------------------- lists and single records

NOTHING = frozenset({b"", b"null", b'""'})
"""A record that is not there, as it may be written."""


def no_record(method: str) -> NotFound:
    return NotFound(
        "the answer holds no record of what was asked for: check the id",
        zh="平台应答中没有该单据: 请核对编号",
        platform=PLATFORM,
        method=method,
    )


def uncounted(total: int | None) -> WireError:
    return WireError(
        f"the answer counts {total} records and holds none: it cannot be told which",
        zh=f"应答计有 {total} 条记录却一条也没有: 无法得知内容",
        platform=PLATFORM,
    )


def _payload_first(payload: Payload) -> Payload:
    return payload


def page_of(payload: Payload, reader: Reader[Any] = lists.PAGE) -> Any:
    """The page itself; WireError when it is no page."""
    return _shaped(lambda: reader.read(payload))


def page_rows(reader: Reader[Any], payload: Payload, field: str) -> list[msgspec.Raw]:
    """WireError for a page that counts records and holds none."""
    page = page_of(payload, reader)
    *way, name = field.split(".")
    for step in way:
        page = getattr(page, step) if page is not None else None
    listed: Rows | None = getattr(page, name) if page is not None else None
    rows = rows_of(listed)
    total: int | None = getattr(page, "total_results", None)
    if not rows and total is not None and total > 0:
        raise uncounted(total)
    return rows


_TALK = partial(facts.said, exchange=False)
_EXCHANGE_TALK = partial(facts.said, exchange=True)


def _reason(raw: msgspec.Raw, owner: Owner) -> Any:
    return facts.reason(raw)


def addresses(payload: Payload) -> list[Any]:
    """What `decode` leaves as it came: addresses are for writes, not for streams of records."""

    def address(raw: msgspec.Raw, _owner: Owner) -> Any:
        return facts.address(raw)

    return each(page_rows(lists.PAGE, payload, "addresses"), "address", address, Owner())


def exchange_row(payload: Payload) -> msgspec.Raw:
    result = EXCHANGE_BOX.read(payload).result
    return msgspec.Raw(b"") if result is None else result.exchange


_SPECIAL = partial(cases.refund, source=SPECIAL)
_LISTS: dict[str, tuple[str, str, Make, Reader[Any]]] = {
    "orders": ("order", "trades", orders.order, lists.PAGE),
    "refunds": (REFUND, "refunds", cases.refund, lists.PAGE),
    "special_refunds": (SPECIAL, "refunds", _SPECIAL, lists.PAGE),
    "disputes": (REFUND, "result.results", cases.dispute, lists.INSIDE),
    "exchanges": (REFUND, "results", cases.exchange, lists.PAGE),
    "refund_status": (REFUND, "result_package.result_list", cases.refund, lists.STATUS_PAGE),
    "messages": ("message", "refund_messages", _TALK, lists.PAGE),
    "exchange_messages": ("message", "result.results", _EXCHANGE_TALK, lists.INSIDE),
    "reasons": ("reason", "reasons", _reason, lists.PAGE),
    "exchange_reasons": ("reason", "result.results", _reason, lists.INSIDE),
    "reviews": ("review", "trade_rates", reviews.review, lists.PAGE),
    "events": ("message", "messages", facts.message, lists.PAGE),
}
_SINGLES: dict[str, tuple[str, Callable[[Payload], Payload], Make]] = {
    "order": ("order", lambda payload: TRADE_BOX.read(payload).trade, orders.order),
    "refund": (REFUND, lambda payload: REFUND_BOX.read(payload).refund, cases.refund),
    "special_refund": (SPECIAL, lambda payload: REFUND_BOX.read(payload).refund, _SPECIAL),
    "exchange": (REFUND, exchange_row, cases.exchange),
    "trace": ("trace", _payload_first, facts.trace),
}


def _one(row: Payload, source: str, make: Callable[[Any, Owner], Any], owner: Owner) -> list[Any]:
    try:
        return [make(row, owner)]
    except (ValueError, ArithmeticError, RecursionError) as problem:
        return [unreadable(row, source, problem)]


def _shaped(read: Callable[[], Any]) -> Any:
    """WireError for an answer that has not the shape of its method at all."""
    try:
        return read()
    except (ValueError, ArithmeticError, RecursionError) as problem:
        told = str(problem) if isinstance(problem, msgspec.ValidationError) else type(problem).__name__
        raise WireError(
            f"the answer has not the shape of this method: {told}",
            zh=f"应答与该接口的结构不符: {told}",
            platform=PLATFORM,
        ) from None


def _messages(payload: Payload, owner: Owner) -> list[Any]:
    """A message as pushed, or several in a list."""
    text = bytes(payload).lstrip()
    rows: list[msgspec.Raw] = (
        _shaped(lambda: msgspec.json.decode(payload, type=list[msgspec.Raw]))
        if text[:1] == b"["
        else [msgspec.Raw(payload)]
    )
    return each(rows, "message", facts.message, owner)


# ---------------------------------------------------------------- the rest, as parsed JSON


def _loose(body: bytes) -> msgspec.Raw:
    """A body without an envelope; mended once when it is no JSON."""
    for again in (False, True):
        try:
            return msgspec.json.decode(repairs.mend(body) if again else body, type=msgspec.Raw)
        except (ValueError, RecursionError):
            continue
    raise WireError("the message is no JSON", zh="消息不是合法的 JSON", platform=PLATFORM)


def raw_answer(method: str, payload: Payload, account: Account | None) -> Raw:
    data = _shaped(lambda: _parsed(payload))
    if method in _BOXED and not _opens(data):
        raise WireError("the answer holds no usable token", zh="应答中没有可用的令牌", platform=PLATFORM)
    return Raw(PLATFORM, method, masked(data), account.shop_id if account else None)


def _parsed(payload: Payload) -> Any:
    """With text that is not UTF-8 shown as far as it can be."""
    try:
        return msgspec.json.decode(payload)
    except UnicodeDecodeError:
        return msgspec.json.decode(repairs.mend(bytes(payload)))


def _opens(data: Any) -> bool:
    """Whether the token's answer is an object, or text that holds one: other text could not be masked."""
    boxed = data.get("token_result") if isinstance(data, dict) else None
    if not isinstance(boxed, str):
        return isinstance(boxed, dict)
    try:
        return isinstance(msgspec.json.decode(boxed.encode("utf-8", "replace")), dict)
    except (ValueError, RecursionError):
        return False
