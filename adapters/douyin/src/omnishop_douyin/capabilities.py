"""What a Douyin shop carries of each capability, why, and where that is known from."""

from __future__ import annotations

from omnishop.model import Text
from omnishop.ports import Capability, Level, Support

_C = Capability


def _native(zh: str, en: str, evidence: str) -> Support:
    return Support(Level.NATIVE, Text(zh, en), evidence)


def _limited(zh: str, en: str, evidence: str) -> Support:
    return Support(Level.LIMITED, Text(zh, en), evidence)


def _absent(zh: str, en: str, evidence: str) -> Support:
    return Support(Level.NOT_OFFERED, Text(zh, en), evidence)


def _unversioned(zh: str, en: str, evidence: str) -> Support:
    return Support(Level.UNVERSIONED, Text(zh, en), evidence)


def _emulated(zh: str, en: str, evidence: str) -> Support:
    return Support(Level.EMULATED, Text(zh, en), evidence)


SUPPORT: dict[Capability, Support] = {
    _C.ORDERS_BY_CREATED: _limited(
        "order.searchList 按创建时间, 仅最近 90 天, 单窗口不超过 1 万条 (自动拆分)",
        "order.searchList by creation: the last 90 days, windows split below 10,000 rows",
        "wire page 3.1 A",
    ),
    _C.ORDERS_BY_CHANGED: _limited(
        "order.searchList 按更新时间, 仅最近 90 天; 备注, 旗标和售后变化不更新该时间",
        "order.searchList by change: the last 90 days; remarks, flags and cases do not move the time",
        "wire page 3.1 A, 9.8 A/C",
    ),
    _C.ORDER_DETAIL: _native(
        "order.orderDetail, 无时间限制", "order.orderDetail, of any age", "wire page 3.2 A"
    ),
    _C.CASES_BY_CHANGED: _native(
        "afterSale.List 按更新时间升序", "afterSale.List by update time, ascending", "wire page 4.1 A"
    ),
    _C.CASES_OPEN: _limited(
        "afterSale.List 按状态筛选未完结售后单 (近 6 个月申请); 已同意而退款未到账的 (12) 平台视为完结, 不在其中",
        "afterSale.List filtered by the statuses that are not final, applied for within 6 months; refunds that are "
        "granted but not yet paid (12) are final to the platform and not among them",
        "wire page 4.1 A",
    ),
    _C.CASE_DETAIL: _native("afterSale.Detail", "afterSale.Detail", "wire page 4.2 A"),
    _C.CASE_TIMELINE: _native(
        "afterSale.Detail 的 record_logs_list", "record_logs_list of afterSale.Detail", "wire page 4.2 A"
    ),
    _C.REFUSE_REASONS: _native(
        "afterSale.rejectReasonCodeList", "afterSale.rejectReasonCodeList", "wire page 4.6 A"
    ),
    _C.RETURN_ADDRESSES: _native(
        "address.list, 不含电话", "address.list, without phone numbers", "wire page 4.6 A"
    ),
    _C.REVIEWS: _absent(
        "平台已下线评价接口 (70000 isp.comment-service-off); 可导入商家后台导出的文件: omnishop reviews import",
        "the platform withdrew its review methods (70000 isp.comment-service-off); "
        "import an export of the merchant console: omnishop reviews import",
        "wire page 5 B; absent from every SDK copy of 2021 to 2026 A",
    ),
    _C.TRACE: _native(
        "logistics.trackNoRouteDetail, 需要快递公司编码和运单号",
        "logistics.trackNoRouteDetail, by carrier code and number",
        "wire page 7 A",
    ),
    _C.LOGIN: _native(
        "服务市场授权页 (service_id) 换取 code; 自用型应用可用空 code",
        "the service market's page (service_id) gives a code; a self-use app needs none",
        "wire page 2 A",
    ),
    _C.REFRESH: _native(
        "token.refresh, 最后 1 小时内换新", "token.refresh, a new pair in the last hour", "wire page 2 A"
    ),
    _C.PUSH: _native(
        "消息推送到应用登记的地址, md5 或 hmac-sha256 验签; 地址与消息类型在控制台登记",
        "messages are posted to the app's registered address, signed by md5 or hmac-sha256; address and kinds of "
        "message are registered in the console",
        "wire page 6.1 A",
    ),
    _C.CALL: _native("任意接口, 签名并记录", "any method, signed and logged", "wire page 1 A"),
    _C.PRE_AGREE: _absent(
        "平台没有审核步骤, 直接同意", "there is no step before agreeing; agree at once", "wire page 4.5 B"
    ),
    _C.AGREE: _native(
        "afterSale.operate: 401 未发货退款, 201 仅退款 (拒签单为 203), 501 补寄, 602 维修; 带 update_time",
        "afterSale.operate: 401 before shipping, 201 refund only (203 where the parcel was refused), "
        "501 resend, 602 repair; with update_time",
        "wire page 4.5 B",
    ),
    _C.AGREE_RETURN: _native(
        "afterSale.operate 101, 301, 601, 退货地址为 address.list 的编号; 带 update_time",
        "afterSale.operate 101, 301, 601, to an address of address.list; with update_time",
        "wire page 4.5 A/B",
    ),
    _C.REFUSE: _limited(
        "afterSale.operate 102, 202, 302, 502, 603; 未发货退款不能直接拒绝, 只能对售后单 ship 并带 --reject-refund; "
        "凭证仅接受网址",
        "afterSale.operate 102, 202, 302, 502, 603; a refund before shipping is refused only by shipping "
        "(ship on the case with --reject-refund); evidence by address only",
        "wire page 4.5 B, 3.6 A",
    ),
    _C.REFUSE_RETURN: _limited(
        "afterSale.operate 112, 312, 612; 凭证仅接受网址",
        "afterSale.operate 112, 312, 612; evidence by address only",
        "wire page 4.5 B",
    ),
    _C.CONFIRM_RECEIPT: _emulated(
        "没有单独的收货登记, 111 和 311 同时确认收货; 数量记在本地",
        "there is no receipt of its own: 111 and 311 do both; quantities are kept here",
        "wire page 4.5 A/B",
    ),
    _C.REFUND: _native(
        "afterSale.operate 111 (收货并退款), 121 / 321 / 621 (转为仅退款); 带 update_time",
        "afterSale.operate 111 (received, refund), 121, 321, 621 (turned into a refund); with update_time",
        "wire page 4.5 A/B",
    ),
    _C.SHIP_REPLACEMENT: _limited(
        "换货 311, 维修 611 (带 update_time); 补寄 afterSale.fillLogistics 1 无版本校验",
        "311 exchange and 611 repair with update_time; a resend by afterSale.fillLogistics 1 has no version",
        "wire page 4.5, 4.6 A/B",
    ),
    _C.EXTEND: _limited(
        "afterSale.timeExtend: 收货期限加 7 天, 仅在最后 2 天内; 无版本校验",
        "afterSale.timeExtend: 7 days more for receiving, only in the last 2 days; no version",
        "wire page 4.6 A",
    ),
    _C.EXTEND_RECEIPT: _absent(
        "商家不能延长买家收货时间", "a shop cannot extend the buyer's receipt", "wire page: no such method, A"
    ),
    _C.ASK_EVIDENCE: _absent(
        "没有向买家索要凭证的接口, 请在商家后台联系买家",
        "no method asks the buyer for evidence; write to the buyer in the merchant console",
        "wire page: no such method, A",
    ),
    _C.MESSAGE: _absent(
        "没有售后留言接口, 请在商家后台联系买家",
        "no method leaves a message on a case; write to the buyer in the merchant console",
        "wire page: no such method, A",
    ),
    _C.SUBMIT_EVIDENCE: _limited(
        "afterSale.submitEvidence: 仅在平台要求举证时, 最多 4 张图片网址; 无版本校验",
        "afterSale.submitEvidence: only while evidence is wanted, at most 4 addresses of pictures; no version",
        "wire page 4.6 A",
    ),
    _C.INTERVENE: _absent(
        "只有买家可申请平台介入", "only the buyer calls for arbitration", "wire page 4.4 A: no such method"
    ),
    _C.FILL_LOGISTICS: _unversioned(
        "afterSale.fillLogistics 3 (退货, 换货), 4 (维修)",
        "afterSale.fillLogistics 3 (return, exchange), 4 (repair)",
        "wire page 4.6 A",
    ),
    _C.REMARK: _unversioned(
        "订单 order.addOrderRemark 会覆盖, 先读后追加 (500 字内); 售后单 afterSale.addOrderRemark 逐条追加",
        "order.addOrderRemark overwrites: read, append, write (500 characters); afterSale.addOrderRemark adds one",
        "wire page 3.6, 4.6 A",
    ),
    _C.REPLY_REVIEW: _absent(
        "comment.reply 已随评价接口下线, 请在商家后台回复",
        "comment.reply went with the review methods; reply in the merchant console",
        "wire page 5 B",
    ),
    _C.SHIP: _native(
        "order.logisticsAddSinglePack, 以 request_id 防重复; 对未发货退款的售后单 ship 即拒绝退款, "
        "必须带 --reject-refund",
        "order.logisticsAddSinglePack, request_id guards against repeats; on a case before shipping it refuses the "
        "refund and must be said with --reject-refund",
        "wire page 3.6 A",
    ),
    _C.CANCEL_ORDER: _limited(
        "对未发货退款的售后单 afterSale.CancelSendGoodsSuccess; 需开启售后小助手策略 (50002:11002); 无版本校验",
        "afterSale.CancelSendGoodsSuccess on a case before shipping; wants the assistant's strategy (50002:11002); "
        "takes no version",
        "wire page 4.6 A",
    ),
}
