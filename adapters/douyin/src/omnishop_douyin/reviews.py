"""Reviews (评价): answers of the withdrawn comment.list as it was until 2022 (wire page 5, B)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from omnishop.model import FollowUp, Grade, Reply, Review
from omnishop_douyin.cases.tables import Row
from omnishop_douyin.shape import PLATFORM, STOREFRONT, Id, decoder, named, needed, said, written

SOURCE = "review"
IDS = ("comment_id",)

RATE_ROWS: tuple[Row[Grade], ...] = (
    Row(1, "差评", Grade.BAD, "5 B"),
    Row(2, "中评", Grade.NEUTRAL, "5 B"),
    Row(3, "好评", Grade.GOOD, "5 B"),
)
RATE = {row.code: row.means for row in RATE_ROWS}


class Photo(msgspec.Struct, gc=False):
    url: str | None = None
    thumbnail: str | None = None


class Comment(msgspec.Struct, gc=False):
    comment_id: Id
    order_id: Id | None = None
    comment_time: Id | None = None
    rate: int | None = None
    content: str | None = None
    photos: list[Photo] | None = None
    append_content: str | None = None
    append_photos: list[Photo] | None = None
    append_time: Id | None = None
    is_reply: bool | int | None = None
    reply_content: str | None = None


class Comments(msgspec.Struct, gc=False):
    total: int | None = None
    comments: list[msgspec.Raw] | None = None


_read = decoder(Comment)


def reader(shop_id: str | None) -> Callable[[msgspec.Raw], Review]:
    def read(raw: msgspec.Raw) -> Review:
        return _review(_read(raw), bytes(raw), shop_id)

    return read


def _review(found: Comment, raw: bytes, shop_id: str | None) -> Review:
    """order_id is the sub order's. The time of a reply is not on the wire."""
    added = found.append_content or found.append_photos
    return Review(
        platform=PLATFORM,
        review_id=needed(found.comment_id, "comment_id"),
        source=SOURCE,
        storefront=STOREFRONT,
        shop_id=shop_id,
        order_id=named(found.order_id),
        grade=None if found.rate is None else RATE.get(found.rate, Grade.UNKNOWN),
        text=said(found.content),
        pictures=_pictures(found.photos),
        follow_ups=(
            FollowUp(
                said(found.append_content),
                _pictures(found.append_photos),
                written(found.append_time, "append_time"),
            ),
        )
        if added
        else (),
        reply=Reply(found.reply_content) if found.reply_content else None,
        created_at=written(found.comment_time, "comment_time"),
        raw_grade=None if found.rate is None else str(found.rate),
        raw=raw,
    )


def _pictures(photos: list[Photo] | None) -> tuple[str, ...]:
    urls = [photo.url or photo.thumbnail for photo in photos or ()]
    return tuple(url for url in urls if url)
