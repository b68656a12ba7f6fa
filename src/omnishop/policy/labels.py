"""What people call outcomes, acts, roles, evidence and facts, in both languages."""

from __future__ import annotations

import re

from omnishop.model import ReasonClass, Text
from omnishop.policy.answers import Act, Level, Outcome, Role
from omnishop.policy.casefacts import FactSource, Party, Proof
from omnishop.policy.clocks import State
from omnishop.policy.pack import Breach

STATES: dict[State, Text] = {
    State.UNOPENED: Text("未到时间", "not yet open"),
    State.RUNNING: Text("计时中", "running"),
    State.WARNING: Text("即将超时", "about to run out"),
    State.PAUSED: Text("暂停", "paused"),
    State.BREACHED: Text("已超时", "run out"),
    State.DROPPED: Text("已过时, 不再处理", "run out, no longer worth doing"),
    State.MET: Text("按时完成", "done in time"),
    State.MET_LATE: Text("超时完成", "done late"),
    State.UNKNOWN: Text("无法判断", "cannot be told"),
}
BREACHES: dict[Breach, Text] = {
    Breach.ALERT: Text("提醒", "alert"),
    Breach.ESCALATE: Text("上报主管", "escalate to the supervisor"),
    Breach.DROP: Text("放弃", "drop it"),
    Breach.AS_PLATFORM: Text("由平台处理", "the platform acts"),
}
OUTCOMES: dict[Outcome, Text] = {
    Outcome.ALLOW: Text("符合条件", "eligible"),
    Outcome.DENY: Text("不符合条件", "not eligible"),
    Outcome.NEEDS_HUMAN: Text("需要人工判断", "a person decides"),
}
LEVELS: dict[Level, Text] = {
    Level.LOW: Text("低", "low"),
    Level.MIDDLE: Text("中", "middle"),
    Level.HIGH: Text("高", "high"),
}
ROLES: dict[Role, Text] = {
    Role.AGENT: Text("授权客服", "an authorised agent"),
    Role.SUPERVISOR: Text("主管", "the supervisor"),
    Role.LEADER: Text("领导", "the leader"),
}
ACTS: dict[Act, Text] = {
    Act.AGREE: Text("同意申请", "agree"),
    Act.AGREE_RETURN: Text("同意退货/换货", "agree to the return"),
    Act.REFUSE: Text("拒绝申请", "refuse"),
    Act.REFUSE_RETURN: Text("拒收退货", "refuse what came back"),
    Act.CONFIRM_RECEIPT: Text("确认收到退货", "confirm receipt"),
    Act.REFUND: Text("收货后退款", "refund after the return"),
    Act.SHIP_REPLACEMENT: Text("发出换货/补寄", "ship the replacement"),
    Act.ASK_EVIDENCE: Text("请买家补充凭证", "ask for evidence"),
    Act.SUBMIT_EVIDENCE: Text("向平台举证", "submit evidence"),
    Act.CANCEL_ORDER: Text("取消发货", "stop the shipment"),
    Act.EXTEND: Text("延长处理时限", "extend the deadline"),
}
PARTIES: dict[Party, Text] = {
    Party.BUYER: Text("买家", "buyer"),
    Party.SHOP: Text("店铺", "shop"),
    Party.WAREHOUSE: Text("仓库", "warehouse"),
    Party.CARRIER: Text("快递", "carrier"),
    Party.PLATFORM: Text("平台", "platform"),
}
PROOFS: dict[Proof, Text] = {
    Proof.PHOTO: Text("照片", "photos"),
    Proof.VIDEO: Text("视频", "video"),
    Proof.STATEMENT: Text("使用情况说明", "how it was used"),
    Proof.TRACKING: Text("运单号", "tracking number"),
    Proof.RECIPIENT: Text("收件人", "recipient"),
    Proof.PARCEL_STATE: Text("物流状态", "state of the parcel"),
    Proof.WISH: Text("买家诉求", "the buyer's wish"),
    Proof.DISPATCH_RECORD: Text("发货记录", "dispatch record"),
    Proof.PICK_LIST: Text("拣货单", "pick list"),
    Proof.PACKING_VIDEO: Text("发货前视频", "video before shipping"),
    Proof.SWAP_LABEL: Text("防伪标签或包装", "anti-swap label"),
    Proof.RETURN_PHOTO: Text("退货照片", "photos of the return"),
    Proof.CARRIER_REPORT: Text("快递证明", "carrier's report"),
    Proof.INSPECTION: Text("验货记录", "inspection report"),
    Proof.PAGE_SNAPSHOT: Text("商品页快照", "snapshot of the page"),
    Proof.CHAT: Text("聊天记录", "chat"),
}
CLASSES: dict[ReasonClass, Text] = {
    ReasonClass.QUALITY: Text("质量问题", "quality"),
    ReasonClass.LOGISTICS: Text("物流问题", "logistics"),
    ReasonClass.ORDER: Text("订单差错", "order error"),
    ReasonClass.REFUND: Text("退款争议", "refund dispute"),
    ReasonClass.NO_REASON: Text("无理由", "no reason"),
    ReasonClass.UNCLASSIFIED: Text("未归类", "unclassified"),
}
SOURCES: dict[FactSource, Text] = {
    FactSource.WIRE: Text("平台", "from the platform"),
    FactSource.DERIVED: Text("推算", "worked out"),
    FactSource.REGISTER: Text("登记表", "from a register"),
    FactSource.SETTINGS: Text("店铺设置", "shop settings"),
    FactSource.IMPORTED: Text("导入", "imported"),
    FactSource.HAND: Text("人工录入", "entered by hand"),
}
LAYERS: dict[str, Text] = {
    "calendar": Text("日历层", "calendar layer"),
    "platform": Text("平台层", "platform layer"),
    "shop": Text("店铺层", "shop layer"),
    "period": Text("活动期", "named period"),
}
ALONG: dict[str, Text] = {
    "gift": Text("赠品", "a gift"),
    "coupon": Text("优惠券", "a coupon"),
}
FACTS: dict[str, Text] = {
    "case.kind": Text("申请的类型", "what is applied for"),
    "case.stage": Text("售后状态", "the stage of the case"),
    "case.opened_at": Text("申请时间", "when it was applied for"),
    "case.reason": Text("退款原因", "the reason"),
    "case.reason.cls": Text("原因类别", "the class of the reason"),
    "case.reason.sub": Text("原因子类", "the sub-type of the reason"),
    "case.amounts.requested": Text("申请金额", "the amount applied for"),
    "case.dispute": Text("平台是否介入", "whether the platform is involved"),
    "case.storefront": Text("店铺类型", "the storefront"),
    "order.status": Text("订单状态", "the order's status"),
    "order.created_at": Text("下单时间", "when the order was placed"),
    "order.paid_at": Text("付款时间", "when the order was paid"),
    "order.delivered_at": Text("签收时间", "when it was signed for"),
    "siblings": Text("同一订单的其他售后", "other cases of the order"),
    "case.lines": Text("售后涉及的商品", "the goods of the case"),
    "case.amounts.freight": Text("申请金额中的运费", "the freight in what is applied for"),
    "order.amounts.paid": Text("订单实付金额", "what was paid for the order"),
    "order.lines.paid": Text("所涉商品实付金额", "what was paid for these goods"),
    "order.lines.quantity": Text("所涉商品件数", "how many pieces were bought"),
    "parcels": Text("包裹信息", "the parcels"),
    "parcels.signed_at": Text("包裹签收时间", "when the parcel was signed for"),
    "evidence": Text("已有凭证", "what evidence is there"),
    "promises": Text("店铺承诺登记", "the register of promises"),
    "promises.since": Text("承诺生效期间或下单时间", "when the promise held, or when it was ordered"),
    "promises.sku_ids": Text("承诺适用的商品", "which goods the promise names"),
    "promises.covers_exempt": Text("承诺是否含例外商品", "whether the promise covers exempt goods"),
    "promises.days": Text("承诺天数", "the days promised"),
    "identity": Text("跨平台买家身份 (未关联)", "the buyer's identity over platforms (not linked)"),
    "buyer.key": Text("买家标识", "the buyer's key"),
    "buyer.vip": Text("是否重要买家", "whether the buyer is a VIP"),
    "buyer.history.orders": Text("买家订单数", "the buyer's orders"),
    "buyer.history.linked": Text("买家身份是否已关联", "whether the buyer's accounts are linked"),
    "buyer.blacklisted": Text("是否在恶意买家名单", "whether the buyer is on the list"),
    "buyer.history.refunds": Text("买家退款历史", "the buyer's refunds"),
    "buyer.history.same_address": Text("共用地址的账号数", "accounts that share the address"),
    "buyer.history.same_payment": Text("共用支付方式的账号数", "accounts that share the means of payment"),
    "buyer.history.malicious": Text("恶意投诉或差评记录", "malicious complaints or reviews on record"),
    "shop.balance": Text("平台账户余额", "the balance on the platform account"),
    "shop.refunds_waiting": Text("待退款总额", "what waits to be refunded"),
    "known.confirmed": Text("买家所述是否核实", "whether what the buyer says is confirmed"),
    "known.severity": Text("问题严重程度", "how bad the fault is"),
    "known.wants_exchange": Text("买家是否愿意换货", "whether the buyer wants an exchange"),
    "known.keeps_goods": Text("买家是否保留商品", "whether the buyer keeps the goods"),
    "known.over_shipped": Text("是多发还是少发", "whether too much or too little was sent"),
    "known.warehouse_proof": Text("仓库是否举证", "whether the warehouse has proof"),
    "known.carrier_fault": Text("快递是否有责", "whether the carrier is at fault"),
    "known.finding": Text("快递核实结果", "what the carrier found"),
    "known.returned": Text("退货验收结果", "what inspecting the return came to"),
    "known.cancelled": Text("订单是否确认取消", "whether the order is certainly cancelled"),
    "known.advanced": Text("平台是否已先行赔付", "whether the platform has paid first"),
    "known.given": Text("已给的补偿", "what was given already"),
    "known.exchange_value": Text("换货商品的价格", "the price of the replacement"),
    "known.reason_changes": Text("理由变更次数", "how often the reason changed"),
    "known.reason_related": Text("理由是否与商品有关", "whether the reason has to do with the item"),
    "known.channel": Text("来源渠道", "the channel"),
    "known.live_stream": Text("是否直播订单", "whether it was bought on a live stream"),
    "known.bad_review": Text("是否已有中差评", "whether there is a bad review"),
    "known.angry": Text("买家是否情绪激动", "whether the buyer is angry"),
    "known.major": Text("是否重大投诉", "whether it is a major complaint"),
    "known.goods": Text("商品是否属于例外", "whether the goods are exempt"),
    "known.goods.custom": Text("是否定制", "whether it is made to order"),
    "known.goods.perishable": Text("是否鲜活易腐", "whether it is perishable"),
    "known.goods.opened": Text("是否拆封", "whether it was opened"),
    "known.goods.opened_harms": Text("拆封是否影响再售", "whether opening harms resale"),
    "known.goods.digital": Text("是否数字商品", "whether it is digital"),
    "known.goods.activated": Text("是否已激活", "whether it was activated"),
    "known.goods.marked": Text("商品页是否标明例外", "whether the page marked the exemption"),
    "known.goods.cost": Text("商品成本与件数", "what the goods cost, and how many"),
}
YES_NO = {"true": Text("是", "yes"), "false": Text("否", "no")}
_PLACE = re.compile(r"\[\d+\]")


def fact_called(path: str) -> Text:
    """The path itself where there is no name for it."""
    return FACTS.get(_PLACE.sub("", path)) or Text(path, path)
