"""What the storefront supports, at which level, why, and where that is known from."""

from __future__ import annotations

from omnishop.model import Text
from omnishop.ports import Capability, Level, Support

C, L = Capability, Level


def _row(level: Level, zh: str, en: str, evidence: str) -> Support:
    return Support(level, Text(zh, en), evidence)


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
    C.PUSH: _row(
        L.NOT_OFFERED,
        "消息服务的主题与报文未公开, 云鼎推库仅限云内; 以 asc.sync.list 等列表轮询代替",
        "topics and payloads of its message service are not public, and its data push stays inside its cloud: "
        "what changed is polled, from asc.sync.list and the other lists",
        "6 C",
    ),
    C.CALL: _row(L.NATIVE, "任意方法", "any method", "1 A"),
    C.PRE_AGREE: _row(
        L.NOT_OFFERED, "无此步骤: 直接审核", "no such step: the audit decides at once", "4.3 A"
    ),
    C.AGREE: _row(
        L.UNVERSIONED,
        "退款申请单 replyRefund 1(无版本号, 提交前即时读取); 补发服务单 audit.reissue(带 sysVersion); "
        "仅退款服务单无接口, 须在京东商家后台审核",
        "applications: replyRefund 1, which takes no version, so the case is read right before; reshipments: "
        "audit.reissue with sysVersion; refund-only service orders have no method: audit them in JD's console",
        "4.1, 4.3, 4.8 A",
    ),
    C.AGREE_RETURN: _row(
        L.LIMITED,
        "audit.send(客户发货), 带 sysVersion; 上门取件(audit.homepick)需要买家明文联系方式, 客户送货(audit.delivery) "
        "需线下网点: 用 call",
        "audit.send, the buyer sends the goods, with sysVersion; a pick-up (audit.homepick) wants the buyer's plain "
        "contact, which the wire masks, and audit.delivery a counter of the shop's: by call",
        "4.3, 4.8 A; returnAddressType as the address's own type: C",
    ),
    C.REFUSE: _row(
        L.UNVERSIONED,
        "退款申请单 replyRefund 2(无版本号, 提交前即时读取); 服务单 audit.refuse(带 sysVersion), 原因取自 "
        "audit.reason.list",
        "applications: replyRefund 2, which takes no version, so the case is read right before; service orders: "
        "audit.refuse with sysVersion, its reason from audit.reason.list",
        "4.1, 4.2, 4.8 A",
    ),
    C.REFUSE_RETURN: _row(
        L.NOT_OFFERED,
        "收货后只能原返(process.back), 用 call",
        "goods can only be sent back as they are: process.back, by call",
        "4.3 A",
    ),
    C.CONFIRM_RECEIPT: _row(
        L.LIMITED,
        "receive.register, 无版本号; 六项代码无公开枚举, 须由店铺设置 receive_packing_state 等给出; 退货登记后由京东"
        "财务退款",
        "receive.register, without a version; its six codes have no public list and come from the shop's settings "
        "(receive_packing_state and so on); after a return is registered JD's finance pays",
        "4.3, 4.4, 4.8 A",
    ),
    C.REFUND: _row(
        L.NOT_OFFERED,
        "asc 无退款方法: 收货登记后由京东财务退款",
        "no refund method: JD's finance pays after the receipt is registered",
        "4.3 A",
    ),
    C.SHIP_REPLACEMENT: _row(
        L.LIMITED,
        "process.offline.change, 带 sysVersion; opFlag 无公开枚举, 须由店铺设置 offline_change_op_flag 给出",
        "process.offline.change with sysVersion; opFlag has no public list and comes from the shop's setting "
        "offline_change_op_flag",
        "4.8 A",
    ),
    C.EXTEND: _row(L.NOT_OFFERED, "接口不提供", "not offered by the API", "4.3 A by absence"),
    C.EXTEND_RECEIPT: _row(L.NOT_OFFERED, "接口不提供", "not offered by the API", "3.1 A by absence"),
    C.ASK_EVIDENCE: _row(
        L.LIMITED,
        "audit.waitFeedback, 仅待审核的服务单, 带 sysVersion",
        "audit.waitFeedback, service orders that wait for the audit, with sysVersion",
        "4.8 A",
    ),
    C.MESSAGE: _row(
        L.LIMITED,
        "unsolved.message.reply, 仅买家反馈未解决的服务单, 无版本号",
        "unsolved.message.reply, only where the buyer calls a service order unsolved, without a version",
        "4.3, 4.8 A",
    ),
    C.SUBMIT_EVIDENCE: _row(
        L.NOT_OFFERED,
        "接口不提供: 须在京东商家后台举证",
        "not offered by the API: give evidence in JD's console",
        "4.3 A by absence",
    ),
    C.INTERVENE: _row(
        L.LIMITED,
        "process.JdIntervene, 仅服务单, 带 sysVersion; 需店铺设置 contact_tel; 纠纷状态不在接口上, 以版本号变化回读",
        "process.JdIntervene, service orders, with sysVersion; needs the shop's setting contact_tel; the dispute "
        "is not on the wire, so the version is what a reading must show",
        "4.2, 4.8 A",
    ),
    C.FILL_LOGISTICS: _row(
        L.UNVERSIONED,
        "freight.save, 无版本号, 提交前即时读取; 运费金额单位未公布, 始终为 0",
        "freight.save, which takes no version, so the waybill is read right before; the unit of its freight is not "
        "published: always 0",
        "4.8 A",
    ),
    C.REMARK: _row(
        L.UNVERSIONED,
        "订单 modifyVenderRemark 会覆盖: 先读取再追加, 无版本号; 服务单 track.save 逐条追加",
        "orders: modifyVenderRemark overwrites, so it is read and appended to, without a version; service orders: "
        "track.save, one after the other",
        "7, 4.8 A",
    ),
    C.REPLY_REVIEW: _row(
        L.LIMITED,
        "saveReply, 仅一次; 成功值未公布, 以回读为准; 评价无按编号读取的方法, 在列表中查找(至多 5000 条)",
        "saveReply, once; what success looks like is not published, the reading decides; no method reads one review, "
        "so it is looked for in the list, among 5,000 at most",
        "5 B; success value C",
    ),
    C.SHIP: _row(
        L.UNVERSIONED,
        "pop.order.shipment, 整单出库, 无版本号, 提交前即时读取",
        "pop.order.shipment, whole orders, which takes no version, so the order is read right before",
        "7 A",
    ),
    C.CANCEL_ORDER: _row(
        L.LIMITED,
        "对退款申请单: replyRefund 6 同意并拦截, 无版本校验; updateWarehouseStatus 的状态含义未公布, 仅可用 call",
        "of a cancel application: replyRefund 6, agree and intercept, without a version; what statuses of "
        "updateWarehouseStatus mean is not published, by call only",
        "4.1 A",
    ),
}
