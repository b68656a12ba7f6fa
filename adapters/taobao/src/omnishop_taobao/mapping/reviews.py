"""Rates as reviews, and what was appended to them."""

from __future__ import annotations

import msgspec
from attrs import evolve

from omnishop.model import FollowUp, Grade, Reply, Review
from omnishop_taobao import tables
from omnishop_taobao.mapping.common import PLATFORM, Misfit, Owner, masked, moment, words
from omnishop_taobao.wire import rest as wire
from omnishop_taobao.wire.reading import ident


def review(raw: msgspec.Raw | bytes, owner: Owner) -> Review:
    """The wire gives no id: a review is known by the order line and who wrote it."""
    r = wire.RATE.read(raw)
    oid = ident(r.oid)
    if oid is None or not r.role:
        raise Misfit("oid or role is missing")
    grade = None
    if owner.storefront != "tmall" and r.result:
        grade = tables.GRADE.get(r.result, Grade.UNKNOWN)
    return Review(
        platform=PLATFORM,
        review_id=f"{oid}:{r.role}",
        storefront=owner.storefront,
        shop_id=owner.shop_id,
        order_id=ident(r.tid),
        author=masked(r.nick),
        grade=grade,
        text=words(r.content),
        reply=Reply(text=r.reply) if r.reply else None,
        created_at=moment(r.created, "created"),
        raw_grade=words(r.result),
        raw=bytes(raw),
    )


def line_of(review_id: str) -> str:
    return review_id.partition(":")[0]


def appended(written: Review, payload: msgspec.Raw) -> Review:
    """With the append comment (追评) of tmall.traderate.feeds.get, where there is one."""
    feed = wire.FEED_BOX.read(payload).tmall_rate_info
    if feed is None or not feed.append_content:
        return written
    return evolve(
        written, follow_ups=(FollowUp(text=feed.append_content, at=moment(feed.append_time, "append_time")),)
    )
