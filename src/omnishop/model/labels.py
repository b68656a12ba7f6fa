"""What people call kinds, stages and statuses, in both languages."""

from __future__ import annotations

from omnishop.model.case import Consequence, Dispute, Favours, Kind, Stage
from omnishop.model.order import OrderStatus
from omnishop.model.text import Text

KINDS: dict[Kind, Text] = {
    Kind.CANCEL: Text("未发货退款", "refund before shipping"),
    Kind.REFUND_ONLY: Text("仅退款", "refund only"),
    Kind.RETURN_REFUND: Text("退货退款", "return and refund"),
    Kind.EXCHANGE: Text("换货", "exchange"),
    Kind.RESHIP: Text("补寄", "reship"),
    Kind.REPAIR: Text("维修", "repair"),
    Kind.PRICE_PROTECT: Text("价保", "price protection"),
    Kind.COMPENSATE: Text("赔付", "compensation"),
    Kind.COMPLAINT: Text("投诉", "complaint"),
    Kind.UNKNOWN: Text("未知", "unknown"),
}

STAGES: dict[Stage, Text] = {
    Stage.REQUESTED: Text("待商家处理", "waits for the shop"),
    Stage.REFUSED: Text("商家已拒绝", "refused by the shop"),
    Stage.AWAITING_RETURN: Text("待买家退货", "waits for the return"),
    Stage.RETURNING: Text("退货途中", "on its way back"),
    Stage.INSPECTING: Text("商家已收货", "shop has the goods"),
    Stage.REFUNDING: Text("退款处理中", "refund decided"),
    Stage.RESENDING: Text("待商家发货", "replacement owed"),
    Stage.RESENT: Text("换货/补寄途中", "replacement under way"),
    Stage.SUCCEEDED: Text("售后成功", "succeeded"),
    Stage.CLOSED: Text("售后关闭", "closed"),
    Stage.UNKNOWN: Text("未知", "unknown"),
}

DISPUTES: dict[Dispute, Text] = {
    Dispute.NONE: Text("无介入", "none"),
    Dispute.OPEN: Text("平台介入中", "platform involved"),
    Dispute.EVIDENCE_DUE: Text("待商家举证", "evidence due"),
    Dispute.RULED_BUYER: Text("判定支持买家", "ruled for the buyer"),
    Dispute.RULED_SELLER: Text("判定支持商家", "ruled for the shop"),
    Dispute.WITHDRAWN: Text("介入已撤销", "withdrawn"),
    Dispute.UNKNOWN: Text("未知", "unknown"),
}

CONSEQUENCES: dict[Consequence, Text] = {
    Consequence.AGREES: Text("自动同意", "agrees by itself"),
    Consequence.REFUNDS: Text("自动退款", "refunds by itself"),
    Consequence.CLOSES: Text("自动关闭", "closes by itself"),
    Consequence.CONFIRMS_RECEIPT: Text("自动确认收货", "confirms receipt by itself"),
    Consequence.ESCALATES: Text("转平台处理", "goes to the platform"),
    Consequence.UNKNOWN: Text("未知", "not known"),
}

FAVOURS: dict[Favours, Text] = {
    Favours.BUYER: Text("买家", "buyer"),
    Favours.SELLER: Text("商家", "shop"),
    Favours.NOBODY: Text("无", "nobody"),
    Favours.UNKNOWN: Text("未知", "not known"),
}

ORDER_STATUSES: dict[OrderStatus, Text] = {
    OrderStatus.UNPAID: Text("待付款", "unpaid"),
    OrderStatus.PAID: Text("待发货", "to be shipped"),
    OrderStatus.PART_SHIPPED: Text("部分发货", "part shipped"),
    OrderStatus.SHIPPED: Text("已发货", "shipped"),
    OrderStatus.DELIVERED: Text("已签收", "delivered"),
    OrderStatus.FINISHED: Text("已完成", "finished"),
    OrderStatus.CLOSED: Text("已关闭", "closed"),
    OrderStatus.UNKNOWN: Text("未知", "unknown"),
}
