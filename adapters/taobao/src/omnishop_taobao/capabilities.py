"""What Tmall and Taobao carry of each capability, how far, and where that is known from."""

from __future__ import annotations

from omnishop.model import Text
from omnishop.ports import Capability, Level, Support

C = Capability


def _yes(zh: str, en: str, evidence: str) -> Support:
    return Support(Level.NATIVE, Text(zh, en), evidence)


def _limited(zh: str, en: str, evidence: str) -> Support:
    return Support(Level.LIMITED, Text(zh, en), evidence)


def _unversioned(zh: str, en: str, evidence: str) -> Support:
    """Read immediately before; the platform compares nothing, or does not say that it does."""
    return Support(Level.UNVERSIONED, Text(zh, en), evidence)


def _recorded(zh: str, en: str, evidence: str) -> Support:
    return Support(Level.EMULATED, Text(zh, en), evidence)


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
    C.PUSH: _yes(
        "消息服务 (TMC), 轮询或 WebSocket 消费与确认; 主题须先在控制台订阅并按店授权 (tmc.user.permit)",
        "the message channel (TMC), consumed and confirmed by polling or over a WebSocket; topics are "
        "subscribed in the console, and each shop permitted once (tmc.user.permit)",
        "A §6.2, §6.3",
    ),
    C.CALL: _yes("任何接口; 写接口须经账本", "any method; writes go through the ledger", "A §1"),
}

_EITHER = {
    C.EXTEND: _no("无延长商家处理时限的接口", "no method extends the shop's deadline", "A §4.3 by absence"),
    C.EXTEND_RECEIPT: _unversioned(
        "taobao.trade.receivetime.delay: 3, 5, 7 或 10 天, 每次调用累加, 绝不重复提交",
        "taobao.trade.receivetime.delay: 3, 5, 7 or 10 days; each call adds, so it is never repeated",
        "A §7",
    ),
    C.INTERVENE: _no(
        "商家不能通过接口申请介入: 请在卖家后台操作",
        "a shop cannot call the platform in by API: use the seller's console",
        "A §4.3 by absence",
    ),
    C.REMARK: _unversioned(
        "taobao.trade.memo.update: 整体覆盖, 故先读取再追加一行; 共 1000 字节",
        "taobao.trade.memo.update overwrites: it is read first and a line added; 1,000 bytes in all",
        "A §7",
    ),
    C.SHIP: _unversioned(
        "taobao.logistics.offline.send: 自己联系物流; 不支持货到付款; 子订单只能整单发出",
        "taobao.logistics.offline.send: the shop's own courier; no cash on delivery; lines go whole",
        "A §7",
    ),
    C.CANCEL_ORDER: _limited(
        "taobao.rdc.aligenius.sendgoods.cancel: 仅针对未发货退款, 平台随后自动退款; 无版本号",
        "taobao.rdc.aligenius.sendgoods.cancel: only on an unshipped refund; the platform then pays; unversioned",
        "A §4.3",
    ),
}

_AGREED = (
    "taobao.rp.refunds.agree: 必须使用子账号会话; 超过一定金额平台发送短信验证码, 请加 --code 重试",
    (
        "taobao.rp.refunds.agree: a sub-account's session only; above some sum the platform sends a code by "
        "SMS: repeat with --code"
    ),
    "A §4.3, A/B sub-account; the form of a wanted code is not told (§10)",
)
_MESSAGES = (
    "taobao.refund.message.add: 必须附一张图片 (500 KB), 400 字节",
    "taobao.refund.message.add: one picture is required (500 KB), 400 bytes",
    "A §4.3",
)

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
    C.PRE_AGREE: _yes("taobao.rp.refund.review", "taobao.rp.refund.review", "A §4.3"),
    C.AGREE: _limited(*_AGREED),
    C.REFUND: _limited(*_AGREED),
    C.AGREE_RETURN: _limited(
        "退货: taobao.rp.returngoods.agree, 带版本号; 换货: tmall.exchange.agree, 无版本号",
        "returns: taobao.rp.returngoods.agree, versioned; exchanges: tmall.exchange.agree, unversioned",
        "A §4.3, §4.4",
    ),
    C.REFUSE: _limited(
        "taobao.refund.refuse: 须附图片凭证; 未发货与七天无理由不可拒绝; 换货: tmall.exchange.refuse, 无版本号",
        "taobao.refund.refuse: wants a picture; not what is unshipped, nor the seven-day right; exchanges: "
        "tmall.exchange.refuse, unversioned",
        "A §4.3, §4.4",
    ),
    C.REFUSE_RETURN: _limited(
        "taobao.rp.returngoods.refuse: 须附图片凭证; 换货: tmall.exchange.returngoods.refuse, 无版本号",
        "taobao.rp.returngoods.refuse: wants a picture; exchanges: tmall.exchange.returngoods.refuse, unversioned",
        "A §4.3, §4.4",
    ),
    C.CONFIRM_RECEIPT: _limited(
        "换货: tmall.exchange.returngoods.agree, 无版本号; 退款无此接口, 数量由本方记录",
        "exchanges: tmall.exchange.returngoods.agree, unversioned; refunds have no method: recorded here",
        "A §4.4, §4.3 by absence",
    ),
    C.SHIP_REPLACEMENT: _unversioned(
        "tmall.exchange.consigngoods; 尚未确认收货时 tmall.exchange.confirm.consign",
        "tmall.exchange.consigngoods; tmall.exchange.confirm.consign while receipt is not confirmed",
        "A §4.4",
    ),
    C.ASK_EVIDENCE: _unversioned(
        "以留言请求: " + _MESSAGES[0] + "; 换货: tmall.exchange.message.add",
        "asked for by message: " + _MESSAGES[1] + "; exchanges: tmall.exchange.message.add",
        "A §4.3, §4.4",
    ),
    C.MESSAGE: _unversioned(
        _MESSAGES[0] + "; 换货: tmall.exchange.message.add",
        _MESSAGES[1] + "; exchanges: tmall.exchange.message.add",
        "A §4.3, §4.4",
    ),
    C.SUBMIT_EVIDENCE: _unversioned(
        "以留言提交: " + _MESSAGES[0] + "; 换货: tmall.exchange.message.add",
        "given as a message: " + _MESSAGES[1] + "; exchanges: tmall.exchange.message.add",
        "A §4.3, §4.4",
    ),
    C.FILL_LOGISTICS: _unversioned(
        "taobao.rp.returngoods.refill: 买家已填写时失败",
        "taobao.rp.returngoods.refill: fails once the buyer has filled it in",
        "A §4.3",
    ),
    C.REPLY_REVIEW: _limited(
        "taobao.traderate.explain.add: 500 字; 仅一次; 追评后或 30 天后不可",
        "taobao.traderate.explain.add: 500 characters; once; not after an append comment or 30 days",
        "A §5",
    ),
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
    C.AGREE: _limited(*_AGREED),
    C.REFUND: _limited(*_AGREED),
    C.AGREE_RETURN: _unversioned(
        "taobao.rp.returngoods.agree: 需完整退货地址; 版本号一并提交, C店是否校验未公开; C店换货无接口",
        "taobao.rp.returngoods.agree: wants the whole address; the version is sent, whether it is compared for "
        "C-shops is not told; no method for a C-shop's exchanges",
        "A §4.3, §4.4",
    ),
    C.REFUSE: _unversioned(
        "taobao.refund.refuse: 未发货与七天无理由不可拒绝; 版本号一并提交, C店是否校验未公开",
        "taobao.refund.refuse: not what is unshipped, nor the seven-day right; the version is sent, whether it is "
        "compared for C-shops is not told",
        "A §4.3",
    ),
    C.CONFIRM_RECEIPT: _recorded(
        "无确认收货接口: 数量由本方记录",
        "no method for it: what arrived is recorded here",
        "A §4.3 by absence",
    ),
    C.ASK_EVIDENCE: _unversioned(
        "以留言请求: " + _MESSAGES[0], "asked for by message: " + _MESSAGES[1], "A §4.3"
    ),
    C.MESSAGE: _unversioned(*_MESSAGES),
    C.SUBMIT_EVIDENCE: _unversioned(
        "以留言提交: " + _MESSAGES[0], "given as a message: " + _MESSAGES[1], "A §4.3"
    ),
    C.REFUSE_RETURN: _no(
        "仅天猫提供: 请在卖家后台处理", "Tmall only: refuse in the seller's console", "A §4.3 Tmall only"
    ),
    C.SHIP_REPLACEMENT: _no(
        "换货接口仅天猫提供: 请在卖家后台处理",
        "exchange methods are Tmall's: use the seller's console",
        "A §4.4",
    ),
    C.FILL_LOGISTICS: _no(
        "仅天猫提供: 请买家自行填写", "Tmall only: ask the buyer to fill it in", "A §4.3 Tmall only"
    ),
    C.REPLY_REVIEW: _no(
        "评价解释接口仅天猫提供: 请在卖家后台回复",
        "replies are Tmall's only: reply in the seller's console",
        "A §5 Tmall only",
    ),
}

SUPPORT: dict[str, dict[Capability, Support]] = {
    "tmall": {**_READS, **_EITHER, **_TMALL},
    "taobao": {**_READS, **_EITHER, **_TAOBAO},
}
