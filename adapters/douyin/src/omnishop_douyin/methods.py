"""The documented methods in scope: whether each changes something there.

Source: method list of the wire page, A where not said.
"""

from __future__ import annotations

READS = frozenset(
    {
        "address.list",
        "afterSale.Detail",
        "afterSale.List",
        "afterSale.rejectReasonCodeList",
        "comment.list",  # withdrawn, B
        "logistics.trackNoRouteDetail",
        "order.BatchSearchIndex",
        "order.batchDecrypt",
        "order.batchEncrypt",
        "order.batchSensitive",
        "order.getSearchIndex",
        "order.getServiceList",
        "order.logisticsCompanyList",
        "order.mergeV2",
        "order.orderDetail",
        "order.queryOrderLogistics",
        "order.searchByReceiver",
        "order.searchList",
        "order.serviceDetail",
        "shop.getExperienceScore",
        "shop.reputation",
        "superm.createVirtualMobile",
    }
)

WRITES = frozenset(
    {
        "afterSale.CancelSendGoodsSuccess",
        "afterSale.OpenAfterSaleChannel",
        "afterSale.addOrderRemark",
        "afterSale.applyLogisticsIntercept",
        "afterSale.fillLogistics",
        "afterSale.openOutAfterSale",
        "afterSale.operate",
        "afterSale.returnGoodsToWareHouseSuccess",
        "afterSale.submitEvidence",
        "afterSale.timeExtend",
        "comment.reply",  # withdrawn, B
        "order.addOrderRemark",
        "order.logisticsAdd",
        "order.logisticsAddMultiPack",
        "order.logisticsAddSinglePack",
        "order.logisticsEdit",
        "order.logisticsEditByPack",
        "order.ordeReportList",
        "order.replyService",
        "order.review",
    }
)

TOKENS = frozenset({"token.create", "token.refresh"})

PUSH = "push"
"""No method: a captured body of a push message."""

KNOWN = READS | WRITES | TOKENS | {PUSH}
