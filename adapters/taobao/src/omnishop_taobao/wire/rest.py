"""Reviews, talk, traces, addresses, reasons, messages and tokens as the wire has them."""

from __future__ import annotations

from typing import Any

import msgspec

from omnishop_taobao.wire.reading import Reader, Rows


class Rate(msgspec.Struct):
    """A row of taobao.traderates.get: it has no id of its own."""

    tid: int | str | None = None
    oid: int | str | None = None
    role: str | None = None
    nick: str | None = None
    result: str | None = None
    created: str | None = None
    content: str | None = None
    reply: str | None = None


class Feed(msgspec.Struct):
    """tmall.traderate.feeds.get: the only place of append comments."""

    append_content: str | None = None
    append_time: str | None = None


class FeedBox(msgspec.Struct):
    tmall_rate_info: Feed | None = None


class Picture(msgspec.Struct):
    url: str | None = None


class Talk(msgspec.Struct):
    """A message of a refund's or an exchange's negotiation."""

    id: int | str | None = None
    refund_id: int | str | None = None
    owner_role: int | str | None = None
    content: str | None = None
    message_type: str | None = None
    created: str | None = None
    pic_urls: dict[str, list[Picture]] | list[Picture] | None = None


class Step(msgspec.Struct):
    status_time: str | None = None
    status_desc: str | None = None
    action: str | None = None


class TraceAnswer(msgspec.Struct):
    tid: int | str | None = None
    out_sid: str | None = None
    company_name: str | None = None
    trace_list: dict[str, list[Step]] | list[Step] | None = None


class Place(msgspec.Struct):
    """A row of taobao.logistics.address.search; `country` is the district."""

    contact_id: int | str | None = None
    contact_name: str | None = None
    province: str | None = None
    city: str | None = None
    country: str | None = None
    addr: str | None = None
    zip_code: int | str | None = None
    phone: str | None = None
    mobile_phone: str | None = None
    cancel_def: bool | None = None


class Why(msgspec.Struct):
    reason_id: int | str | None = None
    reason_text: str | None = None
    reason_tips: str | None = None


class Message(msgspec.Struct):
    """A message by polling, or by the channel (`userid`, `time`); `content` is JSON text.

    The channel's `dataid` is the record's id, not the message's: it is in two messages about one order.
    """

    id: int | str | None = None
    topic: str | None = None
    content: Any = None
    user_id: int | str | None = None
    userid: int | str | None = None
    pub_time: int | str | None = None
    time: int | str | None = None


class Content(msgspec.Struct):
    """Ids inside a message; `redund_id` is misspelt by the platform."""

    tid: int | str | None = None
    parent_order_id: int | str | None = None
    biz_order_id: int | str | None = None
    oid: int | str | None = None
    refund_id: int | str | None = None
    redund_id: int | str | None = None
    dispute_id: int | str | None = None
    modified: int | str | None = None


class Seller(msgspec.Struct):
    user_id: int | str | None = None
    nick: str | None = None
    type: str | None = None


class SellerBox(msgspec.Struct):
    user: Seller | None = None


class TimeAnswer(msgspec.Struct):
    time: str | None = None


class TokenAnswer(msgspec.Struct):
    """Every field may be number or text. r/w 1/2 are seconds left for the risk levels of methods."""

    access_token: str | None = None
    expires_in: int | None = None
    refresh_token: str | None = None
    re_expires_in: int | None = None
    r1_expires_in: int | None = None
    r2_expires_in: int | None = None
    w1_expires_in: int | None = None
    w2_expires_in: int | None = None
    taobao_user_id: int | str | None = None
    taobao_user_nick: str | None = None
    sub_taobao_user_id: int | str | None = None
    taobao_sub_user_id: int | str | None = None


class TokenBox(msgspec.Struct):
    """taobao.top.auth.token.*: JSON text inside JSON; an object after simplification."""

    token_result: Any = None


class Done(msgspec.Struct):
    """What answers to writes say of success, each method in its own place."""

    is_success: bool | None = None
    succ: bool | None = None
    result: Any = None
    msg_code: Any = None
    message: Any = None
    results: Rows | None = None
    trade: Any = None
    refund: Any = None
    shipping: Any = None
    trade_rate: Any = None
    refund_message: Any = None


class BatchRow(msgspec.Struct):
    refund_id: int | str | None = None
    succ: bool | None = None
    message: Any = None


RATE = Reader(Rate)
FEED_BOX = Reader(FeedBox)
TALK = Reader(Talk)
TRACE_ANSWER = Reader(TraceAnswer)
PLACE = Reader(Place)
WHY = Reader(Why)
MESSAGE = Reader(Message)
CONTENT = Reader(Content)
SELLER_BOX = Reader(SellerBox)
TIME_ANSWER = Reader(TimeAnswer)
TOKEN_ANSWER = Reader(TokenAnswer)
TOKEN_BOX = Reader(TokenBox)
DONE = Reader(Done)
BATCH_ROW = Reader(BatchRow)
