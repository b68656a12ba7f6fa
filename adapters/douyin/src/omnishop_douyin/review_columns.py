"""Headers of a review export of the merchant console, by field of our review. Mark C: they are nowhere documented.

Chosen from the words that the withdrawn review method and the console's pages use; an importer must list the headers
it found when one that is needed is missing.
"""

from __future__ import annotations

REVIEW_COLUMNS: dict[str, tuple[str, ...]] = {
    "review_id": ("评价ID", "评价编号", "评论ID"),
    "order_id": ("订单编号", "订单号", "子订单号", "商品单号"),
    "sku_id": ("SKU ID", "SKUID", "规格ID"),
    "author": ("买家昵称", "用户昵称", "评价用户"),
    "grade": ("评价等级", "评价类型", "好中差评"),
    "stars": ("评分", "星级", "商品评分", "综合评分"),
    "text": ("评价内容", "评论内容", "首评内容"),
    "pictures": ("评价图片", "图片", "图片链接"),
    "follow_up_text": ("追评内容", "追加评价", "追评"),
    "follow_up_at": ("追评时间",),
    "reply_text": ("商家回复", "回复内容", "商家回复内容"),
    "reply_at": ("回复时间", "商家回复时间"),
    "created_at": ("评价时间", "评论时间", "首评时间"),
}
