"""Comments on the wire, and -> the model; the class of a star score is the site's rule."""

from __future__ import annotations

from typing import Any

import msgspec

from omnishop.model import Grade, Reply, Review
from omnishop_jd.errors import PLATFORM
from omnishop_jd.wire import STOREFRONT, Flag, Id, Misfit, Reader, masked, real_id, rows_of, text, when, words

_NONE = msgspec.Raw()

GRADES: tuple[tuple[int, Grade, str], ...] = (
    (5, Grade.GOOD, "C: site rule, not in the API text"),
    (4, Grade.GOOD, "C: site rule, not in the API text"),
    (3, Grade.NEUTRAL, "C: site rule, not in the API text"),
    (2, Grade.NEUTRAL, "C: site rule, not in the API text"),
    (1, Grade.BAD, "C: site rule, not in the API text"),
)
"""`score` of a comment is stars; the filter of the same name is classes (pitfall 2)."""

STARS: dict[int | str | None, tuple[int, Grade]] = {
    key: (stars, grade) for stars, grade, _ in GRADES for key in (stars, str(stars))
}


class Image(msgspec.Struct, rename="camel"):
    img_url: Any = None


class ReplyRow(msgspec.Struct, rename="camel"):
    content: Any = None
    creation_time: Id = None


class Comment(msgspec.Struct, rename="camel"):
    comment_id: Id = None
    skuid: Id = None
    content: Any = None
    creation_time: Id = None
    score: Id = None
    nick_name: Any = None
    order_id: Id = None
    is_vender_reply: Flag = None
    replies: msgspec.Raw = _NONE
    images: msgspec.Raw = _NONE


COMMENT = msgspec.json.Decoder(Comment)
_IMAGE = msgspec.json.Decoder(Image)
_REPLY = msgspec.json.Decoder(ReplyRow)


def review_of(row: Comment, raw: msgspec.Raw, reader: Reader) -> Review:
    comment_id = real_id(row.comment_id)
    if comment_id is None:
        raise Misfit("commentId is missing")
    stars, grade = STARS.get(row.score, (None, None if row.score is None else Grade.UNKNOWN))
    return Review(
        PLATFORM,
        comment_id,
        storefront=STOREFRONT,
        shop_id=reader.shop_id,
        order_id=real_id(row.order_id),
        sku_id=real_id(row.skuid),
        author=masked(row.nick_name),
        grade=grade,
        stars=stars,
        text=words(row.content),
        pictures=tuple(
            _address(image.img_url)
            for image in rows_of(row.images, "images", _IMAGE)
            if isinstance(image.img_url, str) and image.img_url
        ),
        reply=_reply(row),
        created_at=when(row.creation_time, "creationTime"),
        raw_grade=text(row.score),
        raw=bytes(raw),
    )


def _address(url: str) -> str:
    """Often without a scheme (5)."""
    return f"https:{url}" if url.startswith("//") else url


def _reply(row: Comment) -> Reply | None:
    """The shop's own, where the comment says that the shop answered; the first of the list."""
    if row.is_vender_reply not in {True, "true"}:
        return None
    first = next(iter(rows_of(row.replies, "replies", _REPLY)), None)
    if first is None:
        return Reply()
    return Reply(words(first.content), when(first.creation_time, "replies.creationTime"))
