"""What stands at the top of each method's answer: by it an answer without its envelope is told from any JSON."""

from __future__ import annotations

from collections.abc import Iterable

_TOP: dict[str, str] = {
    "taobao.trades.sold.get": "total_results trades has_next",
    "taobao.trades.sold.increment.get": "total_results trades has_next",
    "taobao.trades.sold.incrementv.get": "total_results has_next trades",
    "taobao.trade.fullinfo.get": "trade",
    "taobao.trade.get": "trade",
    "taobao.trades.sold.history.get": "trades has_next",
    "taobao.trade.close": "trade",
    "taobao.trade.receivetime.delay": "trade",
    "taobao.trade.memo.add": "trade",
    "taobao.trade.memo.update": "trade",
    "taobao.refunds.receive.get": "total_results has_next refunds",
    "taobao.refund.get": "refund",
    "taobao.refunds.apply.get": "total_results refunds",
    "taobao.refund.refuse": "refund is_success",
    "taobao.refund.refusereason.get": "reasons total_results has_next",
    "taobao.rp.refunds.agree": "message succ results msg_code",
    "taobao.rp.refund.review": "is_success",
    "taobao.rp.returngoods.agree": "is_success",
    "taobao.rp.returngoods.refuse": "result",
    "taobao.rp.returngoods.refill": "is_success",
    "taobao.refund.messages.get": "refund_messages total_results",
    "taobao.refund.message.add": "refund_message",
    "taobao.refund.negotiatereturn": "",
    "taobao.refund.negotiatereturn.render": "apply_tips refund_version reason_list max_refund_fee address_list",
    "taobao.rp.refund.intercept": "",
    "taobao.refund.detail.get": "detail",
    "taobao.refund.status.get": "result_package",
    "taobao.special.refund.get": "refund",
    "taobao.special.refunds.receive.get": "has_next refunds total_results",
    "tmall.dispute.receive.get": "result",
    "taobao.rdc.aligenius.sendgoods.cancel": "result",
    "taobao.rdc.aligenius.refunds.check": "result",
    "tmall.exchange.receive.get": "page_results results total_results has_next error_codes error_msg",
    "tmall.exchange.get": "result",
    "tmall.exchange.agree": "result",
    "tmall.exchange.refuse": "result",
    "tmall.exchange.refusereason.get": "result",
    "tmall.exchange.returngoods.agree": "result",
    "tmall.exchange.returngoods.refuse": "result",
    "tmall.exchange.consigngoods": "result",
    "tmall.exchange.confirm.consign": "result",
    "tmall.exchange.messages.get": "result",
    "tmall.exchange.message.add": "result",
    "taobao.traderates.get": "total_results has_next trade_rates",
    "taobao.traderate.explain.add": "is_success",
    "taobao.traderate.add": "trade_rate",
    "taobao.traderate.list.add": "trade_rate",
    "tmall.traderate.feeds.get": "tmall_rate_info",
    "tmall.traderate.itemtags.get": "tags",
    "taobao.tmc.messages.consume": "messages",
    "taobao.tmc.messages.confirm": "is_success",
    "taobao.tmc.user.permit": "is_success",
    "taobao.tmc.user.get": "tmc_user",
    "taobao.tmc.user.cancel": "is_success",
    "taobao.tmc.queue.get": "datas",
    "taobao.tmc.groups.get": "groups total_results",
    "taobao.tmc.group.add": "created group_name",
    "taobao.logistics.companies.get": "logistics_companies",
    "taobao.logistics.trace.search": "out_sid company_name tid status trace_list",
    "taobao.logistics.trace.get": "result",
    "taobao.logistics.orders.get": "total_results shippings",
    "taobao.logistics.address.search": "addresses",
    "taobao.logistics.offline.send": "shipping",
    "taobao.logistics.online.send": "shipping",
    "taobao.logistics.online.confirm": "shipping",
    "taobao.logistics.online.cancel": "modify_time recreated_order_id is_success",
    "taobao.logistics.dummy.send": "shipping",
    "taobao.logistics.consign.resend": "shipping",
    "taobao.top.oaid.decrypt": "receiver_list",
    "taobao.top.oaid.merge": "tid_list",
    "taobao.trades.sold.query": "tid_list",
    "taobao.user.seller.get": "user",
    "taobao.openuid.get.bytrade": "open_uid",
    "taobao.user.openuid.getbyorder": "open_uids",
    "taobao.user.openuid.getbynick": "open_uids",
    "taobao.time.get": "time",
    "taobao.top.auth.token.create": "token_result",
    "taobao.top.auth.token.refresh": "token_result",
}
"""As the documents name the members of each reply (A)."""

TOP = {method: frozenset(names.split()) for method, names in _TOP.items()}

_COUNTS = frozenset({"total_results", "page_results", "has_next"})
_FAILED = frozenset({"success", "msg_code", "error_code", "error_codes", "error_msg"})
"""Told beside the rows, or in place of them, by methods that fail inside a success (§1.8)."""

_SILENT = frozenset(
    {
        "taobao.tmc.messages.consume",
        "taobao.refund.refusereason.get",
        "taobao.logistics.address.search",
        "taobao.logistics.companies.get",
        "taobao.top.oaid.merge",
        "taobao.trades.sold.query",
        "taobao.refund.negotiatereturn",
        "taobao.rp.refund.intercept",
    }
)
"""Empty replies, and lists without a count: with nothing to tell, only `request_id` is left (§1.5, §4.3, §6.2)."""


def is_payload(method: str, names: Iterable[str], *, fails_inside: bool) -> bool:
    """Whether members of these names are what this method answers once its root key is gone (simplify=true)."""
    found = frozenset(names)
    own = TOP.get(method)
    if own is None:
        return not any(name.endswith("_response") for name in found)
    told = found - {"request_id"}
    if told & own - _COUNTS or (fails_inside and told & _FAILED):
        return True
    if told:
        return told <= _COUNTS and bool(own & _COUNTS)
    return "request_id" in found and method in _SILENT
