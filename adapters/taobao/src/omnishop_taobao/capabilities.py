"""What Tmall and Taobao carry of each capability, how far, and where that is known from."""

from __future__ import annotations

from omnishop.model import Text
from omnishop.ports import Capability, Level, Support

C = Capability


def _yes(zh: str, en: str, evidence: str) -> Support:
    return Support(Level.NATIVE, Text(zh, en), evidence)


def _limited(zh: str, en: str, evidence: str) -> Support:
    return Support(Level.LIMITED, Text(zh, en), evidence)


def _later(method: str, evidence: str) -> Support:
    """The platform has it; this adapter does not write yet."""
    reason = Text(
        f"平台提供 {method}, 写操作尚未实现", f"the platform has {method}; writes are not built yet"
    )
    return Support(Level.NOT_IMPLEMENTED, reason, evidence)


def _no(zh: str, en: str, evidence: str) -> Support:
    return Support(Level.NOT_OFFERED, Text(zh, en), evidence)


_READS = {
    C.ORDERS_BY_CREATED: _limited(
        "taobao.trades.sold.get: 仅最近三个月",
        "taobao.trades.sold.get: the last three months only",
        "A §3.1",
    ),
    C.ORDERS_BY_CHANGED: _limited(
        "taobao.trades.sold.increment.get: 每窗不超过一天, 仅最近三个月, 由末页向前翻",
        "taobao.trades.sold.increment.get: windows of a day, the last three months, paged backwards",
        "A §3.1",
    ),
    C.ORDER_DETAIL: _limited(
        "taobao.trade.fullinfo.get: 仅最近三个月",
        "taobao.trade.fullinfo.get: the last three months only",
        "A §3.1, B §1.8",
    ),
    C.CASE_DETAIL: _yes("taobao.refund.get 等", "taobao.refund.get and its siblings", "A §4.2"),
    C.CASE_TIMELINE: _yes(
        "taobao.refund.messages.get 等", "taobao.refund.messages.get and its sibling", "A §4.2, §4.4"
    ),
    C.REFUSE_REASONS: _limited(
        "仅在退款状态允许拒绝时返回",
        "answered only while the case may be refused",
        "A §4.2",
    ),
    C.RETURN_ADDRESSES: _yes("taobao.logistics.address.search", "taobao.logistics.address.search", "A §7"),
    C.TRACE: _limited(
        "按订单查询; 部分快递无轨迹",
        "by order; some couriers give no trace",
        "A §7, C errors company-not-support",
    ),
    C.LOGIN: _yes("OAuth 2 授权码", "OAuth 2, authorisation code", "A §2"),
    C.REFRESH: _limited(
        "仅 re_expires_in 大于 0 的应用", "only for apps whose re_expires_in is above 0", "A §2"
    ),
    C.CALL: _yes("任何只读接口", "any method that only reads", "A §1"),
}

_EITHER = {
    C.AGREE: _later("taobao.rp.refunds.agree (子账号会话)", "A §4.3"),
    C.AGREE_RETURN: _later("taobao.rp.returngoods.agree", "A §4.3"),
    C.REFUSE: _later("taobao.refund.refuse", "A §4.3"),
    C.REFUND: _later("taobao.rp.refunds.agree (子账号会话)", "A §4.3"),
    C.CONFIRM_RECEIPT: _no(
        "退款无确认收货接口: 数量由商家自行记录",
        "refunds have no method for it: what arrived is recorded here",
        "A §4.3 by absence",
    ),
    C.EXTEND: _no("无延长商家处理时限的接口", "no method extends the shop's deadline", "A §4.3 by absence"),
    C.EXTEND_RECEIPT: _later("taobao.trade.receivetime.delay", "A §7"),
    C.ASK_EVIDENCE: _later("taobao.refund.message.add", "A §4.3"),
    C.MESSAGE: _later("taobao.refund.message.add", "A §4.3"),
    C.SUBMIT_EVIDENCE: _later("taobao.refund.message.add", "A §4.3"),
    C.INTERVENE: _no(
        "商家不能通过接口申请介入", "a shop cannot call the platform in by API", "A §4.3 by absence"
    ),
    C.REMARK: _later("taobao.trade.memo.update", "A §7"),
    C.SHIP: _later("taobao.logistics.offline.send", "A §7"),
    C.CANCEL_ORDER: _later("taobao.rdc.aligenius.sendgoods.cancel", "A §4.3"),
}

_TMALL = {
    C.CASES_BY_CHANGED: _limited(
        "退款, 特殊退款, 换货, 纠纷四个列表; 列表行序未公开",
        "four lists: refunds, special refunds, exchanges, disputes; their order is not documented",
        "A §4.2, §4.4",
    ),
    C.CASES_OPEN: _limited(
        "按状态筛选, 每次一个状态 (换货可多个)",
        "by status, one at a time (several for exchanges)",
        "A §4.2, §4.4",
    ),
    C.REVIEWS: _limited(
        "仅 180 天; 无星级, 无图片; 天猫评价恒为 good, 故不作评级; 追评取自 tmall.traderate.feeds.get",
        "180 days; no stars, no pictures; always good on the wire, so no grade; append comments from feeds",
        "A §5, C grade",
    ),
    C.PRE_AGREE: _later("taobao.rp.refund.review", "A §4.3"),
    C.REFUSE_RETURN: _later("taobao.rp.returngoods.refuse, tmall.exchange.returngoods.refuse", "A §4.3"),
    C.SHIP_REPLACEMENT: _later("tmall.exchange.consigngoods", "A §4.4"),
    C.FILL_LOGISTICS: _later("taobao.rp.returngoods.refill", "A §4.3"),
    C.REPLY_REVIEW: _later("taobao.traderate.explain.add", "A §5"),
}

_TAOBAO = {
    C.CASES_BY_CHANGED: _limited(
        "退款与特殊退款两个列表; 列表行序未公开",
        "two lists: refunds and special refunds; their order is not documented",
        "A §4.2",
    ),
    C.CASES_OPEN: _limited("按状态筛选, 每次一个状态", "by status, one at a time", "A §4.2"),
    C.REVIEWS: _limited(
        "仅 180 天; 只有好中差评, 无星级, 无图片, 无追评",
        "180 days; good, neutral, bad; no stars, pictures or append comments",
        "A §5",
    ),
    C.PRE_AGREE: _no("淘宝C店无需审核", "C-shops need no review before agreeing", "B/C §4.3"),
    C.REFUSE_RETURN: _no(
        "仅天猫提供: 请在卖家后台处理", "Tmall only: refuse in the seller's console", "A §4.3 Tmall only"
    ),
    C.SHIP_REPLACEMENT: _no(
        "换货接口仅天猫提供: 请在卖家后台处理",
        "exchange methods are Tmall's: use the seller's console",
        "A §4.4",
    ),
    C.FILL_LOGISTICS: _no("仅天猫提供", "Tmall only", "A §4.3 Tmall only"),
    C.REPLY_REVIEW: _no("评价解释接口仅天猫提供", "replies to reviews are Tmall's only", "A §5 Tmall only"),
}

SUPPORT: dict[str, dict[Capability, Support]] = {
    "tmall": {**_READS, **_EITHER, **_TMALL},
    "taobao": {**_READS, **_EITHER, **_TAOBAO},
}
