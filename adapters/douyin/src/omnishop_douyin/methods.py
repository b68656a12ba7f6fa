"""The documented methods in scope: whether each changes something there.

Source: method list of the wire page, A where not said.
"""

from __future__ import annotations

from omnishop.ports import Quota

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

_A_SECOND = {
    "order.searchList": 600,
    "order.orderDetail": 900,
    "afterSale.List": 500,
    "order.logisticsCompanyList": 500,
    "product.listV2": 180,
    "brand.list": 50,
    "shop.getShopCategory": 300,
    "order.getShopAccountItem": 100,
}
QUOTAS = {
    name: Quota(per_s, "method", f"A: {per_s} QPS per app, wire page 9") for name, per_s in _A_SECOND.items()
}
"""Published for the app, all its shops together. The others share a limit that nobody published."""

TOKENS = frozenset({"token.create", "token.refresh"})

PUSH = "push"
"""No method: a captured body of a push message."""

KNOWN = READS | WRITES | TOKENS | {PUSH}
