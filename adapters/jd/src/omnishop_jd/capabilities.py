"""What the storefront supports, at which level, why, and where that is known from."""

from __future__ import annotations

from omnishop.model import Text
from omnishop.ports import Capability, Level, Support

C, L = Capability, Level


def _row(level: Level, zh: str, en: str, evidence: str) -> Support:
    return Support(level, Text(zh, en), evidence)


def _later(zh: str, en: str, evidence: str) -> Support:
    return _row(L.NOT_IMPLEMENTED, f"{zh}; 写操作尚未实现", f"{en}; writes are not there yet", evidence)


SUPPORT: dict[Capability, Support] = {
    C.ORDERS_BY_CREATED: _row(
        L.NATIVE, "enSearch, dateType=1, 两年内", "enSearch, dateType 1, two years back", "3.2 A"
    ),
    C.ORDERS_BY_CHANGED: _row(
        L.LIMITED,
        "enSearch, dateType=0, 三个月内; 仅保证状态与运单变化会更新修改时间",
        "enSearch, dateType 0, three months back; only changes of state and waybill are promised to move it",
        "3.2 A",
    ),
    C.ORDER_DETAIL: _row(L.NATIVE, "enGet", "enGet", "3.2 A"),
    C.CASES_BY_CHANGED: _row(
        L.LIMITED,
        "服务单: sync.list 按更新时间与运单时间各查一次; 退款申请单: 获授权时按 modified, 否则按申请时间, "
        "并重读未结单; 赔付单仅按单号读取",
        "service orders: sync.list by both of its clocks; cancel applications: by modified where granted, else by "
        "the time of applying and the open ones read again; compensations are read by id only",
        "4.1, 4.3 A; two clocks B",
    ),
    C.CASES_OPEN: _row(
        L.LIMITED,
        "服务单仅待审核(audit.list, 含审核截止时间); 退款申请单按状态",
        "service orders only while they wait for the audit (audit.list, with its deadline); applications by status",
        "4.3, 4.6 A",
    ),
    C.CASE_DETAIL: _row(
        L.NATIVE,
        "query.view, 并联 freight.view、serviceAndRefund.view、audit.list; queryById",
        "query.view joined with freight.view, serviceAndRefund.view and audit.list; queryById",
        "4.1-4.4 A",
    ),
    C.CASE_TIMELINE: _row(
        L.LIMITED, "仅服务单: log.list 与 track.list", "service orders only: log.list and track.list", "4.3 A"
    ),
    C.REFUSE_REASONS: _row(
        L.NATIVE,
        "服务单: audit.reason.list; 退款申请单: rejectType 固定列表",
        "service orders: audit.reason.list; applications: the fixed rejectType list",
        "4.1, 4.2 A",
    ),
    C.RETURN_ADDRESSES: _row(
        L.NATIVE,
        "vender.returnaddress.query; 不返回默认标记",
        "vender.returnaddress.query; tells no default",
        "7 A",
    ),
    C.REVIEWS: _row(
        L.NATIVE,
        "getVenderCommentsForJos, 星级; 无追评",
        "getVenderCommentsForJos, with stars; no after-comments",
        "5 A",
    ),
    C.TRACE: _row(
        L.LIMITED,
        "仅京东快递运单, 需商家编码 customer_code",
        "waybills of JD's own carrier only, with the shop's customer_code",
        "7 A",
    ),
    C.LOGIN: _row(L.NATIVE, "open-oauth.jd.com", "open-oauth.jd.com", "2 A"),
    C.REFRESH: _row(
        L.LIMITED,
        "仅在到期前 24 小时内; 到期后须重新授权; 每月次数有限",
        "inside the last 24 hours only; after the end log in again; a limited number a month",
        "2 A",
    ),
    C.CALL: _row(L.NATIVE, "任意方法", "any method", "1 A"),
    C.PRE_AGREE: _row(
        L.NOT_OFFERED, "无此步骤: 直接审核", "no such step: the audit decides at once", "4.3 A"
    ),
    C.AGREE: _later(
        "退款申请单 replyRefund 1; 补发 audit.reissue; 仅退款服务单须在商家后台处理",
        "applications: replyRefund 1; reshipment: audit.reissue; refund-only service orders: JD's console",
        "4.1, 4.3 A",
    ),
    C.AGREE_RETURN: _later(
        "audit.send / homepick / delivery", "audit.send, audit.homepick or audit.delivery", "4.8 A"
    ),
    C.REFUSE: _later("replyRefund 2; audit.refuse", "replyRefund 2; audit.refuse", "4.1, 4.8 A"),
    C.REFUSE_RETURN: _row(
        L.NOT_OFFERED,
        "收货后只能原返(process.back), 用 call",
        "goods can only be sent back as they are: process.back, by call",
        "4.3 A",
    ),
    C.CONFIRM_RECEIPT: _later(
        "receive.register, 六项代码无公开枚举, 须由店铺设置",
        "receive.register, whose six codes have no public list and come from the shop's settings",
        "4.4 A",
    ),
    C.REFUND: _row(
        L.NOT_OFFERED,
        "asc 无退款方法: 收货登记后由京东财务退款",
        "no refund method: JD's finance pays after the receipt is registered",
        "4.3 A",
    ),
    C.SHIP_REPLACEMENT: _later("process.offline.change", "process.offline.change", "4.8 A"),
    C.EXTEND: _row(L.NOT_OFFERED, "接口不提供", "not offered by the API", "4.3 A by absence"),
    C.EXTEND_RECEIPT: _row(L.NOT_OFFERED, "接口不提供", "not offered by the API", "3.1 A by absence"),
    C.ASK_EVIDENCE: _later("audit.waitFeedback", "audit.waitFeedback", "4.8 A"),
    C.MESSAGE: _later("unsolved.message.reply", "unsolved.message.reply", "4.8 A"),
    C.SUBMIT_EVIDENCE: _row(L.NOT_OFFERED, "须在商家后台提交", "JD's console only", "4.3 A by absence"),
    C.INTERVENE: _later("process.JdIntervene", "process.JdIntervene", "4.8 A"),
    C.FILL_LOGISTICS: _later("freight.save", "freight.save", "4.8 A"),
    C.REMARK: _later("modifyVenderRemark; track.save", "modifyVenderRemark; track.save", "7, 4.8 A"),
    C.REPLY_REVIEW: _later("saveReply, 须回读", "saveReply, to be read back", "5 B"),
    C.SHIP: _later("pop.order.shipment", "pop.order.shipment", "7 A"),
    C.CANCEL_ORDER: _later(
        "updateWarehouseStatus, replyRefund 6", "updateWarehouseStatus, replyRefund 6", "4.1 A"
    ),
}
