"""A review (评价) of one bought article, with what was appended (追评) and answered (回复)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from attrs import field, frozen


class Grade(StrEnum):
    GOOD = "good"
    NEUTRAL = "neutral"
    BAD = "bad"
    UNKNOWN = "unknown"


@frozen
class FollowUp:
    text: str | None = None
    pictures: tuple[str, ...] = ()
    at: datetime | None = None


@frozen
class Reply:
    text: str | None = None
    at: datetime | None = None


@frozen
class Review:
    """Known by (platform, shop_id, source, review_id). `stars` 1 to 5; `author` as masked by the platform."""

    platform: str
    review_id: str
    source: str = "review"
    storefront: str | None = None
    shop_id: str | None = None
    order_id: str | None = None
    sku_id: str | None = None
    author: str | None = field(default=None, repr=False)
    grade: Grade | None = None
    stars: int | None = None
    text: str | None = None
    pictures: tuple[str, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    reply: Reply | None = None
    created_at: datetime | None = None
    raw_grade: str | None = None
    raw: bytes = field(default=b"", eq=False, repr=False)
