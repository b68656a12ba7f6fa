"""Every documented method: whether it writes, where its result sits, how success is told, and the page's mark.

`outcome` names the family of result objects (see `errors.OUTCOMES`), `path` the way to the records from inside the
envelope; its first step is the result object. Empty: the page does not tell.
"""

from __future__ import annotations

from attrs import frozen


@frozen
class Method:
    name: str
    write: bool
    outcome: str
    path: tuple[str, ...]
    mark: str

    @property
    def envelope(self) -> str:
        """Without the suffix, which the platform spells in two ways."""
        return self.name.replace(".", "_")


_ROWS = (
    # orders
    ("jingdong.pop.order.search", "read", "order", "searchorderinfo_result.orderInfoList", "A"),
    ("jingdong.pop.order.enSearch", "read", "order", "searchorderinfo_result.orderInfoList", "A"),
    ("jingdong.pop.order.get", "read", "order", "orderDetailInfo.orderInfo", "A"),
    ("jingdong.pop.order.enGet", "read", "order", "orderDetailInfo.orderInfo", "A"),
    ("jingdong.pop.order.fbp.search", "read", "order", "searchfbporderinfo_result.orderInfoList", "A"),
    ("jingdong.pop.order.fbp.get", "read", "order", "searchfbporderbyid_result.orderInfo", "C"),
    ("jingdong.pop.order.notPayOrderInfo", "read", "none", "paginatedInfo.pageList", "A"),
    ("jingdong.pop.order.notPayOrderById", "read", "none", "orderDataNotPayInfo", "A"),
    ("jingdong.pop.order.coupondetail", "read", "none", "couponDetailExternal.couponDetailVo", "B"),
    # shop
    ("jingdong.vender.shop.query", "read", "none", "shop_jos_result", "A"),
    ("jingdong.seller.vender.info.get", "read", "none", "vender_info_result", "A"),
    ("jingdong.vender.returnaddress.query", "read", "address", "returnAddressResult.return_address_s", "A"),
    # logistics
    ("jingdong.pop.order.shipment", "write", "shipment", "sopjosshipment_result", "A"),
    (
        "jingdong.fce.alpha.getVenderCarrier",
        "read",
        "none",
        "StandardGenericResponse.result.carrierList",
        "A",
    ),
    ("360buy.get.vender.all.delivery.company", "read", "none", "", "C"),
    ("jingdong.ldop.receive.trace.get", "read", "none", "querytrace_result.data", "A"),
    ("jingdong.ldop.middle.waybill.Waybill2CTraceApi", "read", "none", "baseResult", "B"),
    # remarks
    ("jingdong.pop.order.modifyVenderRemark", "write", "remark", "modifyvenderremark_result", "A"),
    (
        "jingdong.order.venderRemark.queryByOrderId",
        "read",
        "remark",
        "venderRemarkQueryResult.vender_remark",
        "A",
    ),
    (
        "jingdong.pop.order.getRemarkByModifyTime",
        "read",
        "none",
        "getremarkbymodifytime_result.remarkList",
        "A",
    ),
    (
        "jingdong.pop.order.getRemarkByCreateTime",
        "read",
        "none",
        "getremarkbymodifytime_result.remarkList",
        "A",
    ),
    # orders
    ("jingdong.pop.order.modifyOrderAddr", "write", "flag", "success", "A"),
    # cancel_refunds
    ("jingdong.pop.afs.soa.refundapply.queryPageList", "read", "refundapply", "queryResult.result", "A"),
    ("jingdong.pop.afs.soa.refundapply.queryById", "read", "refundapply", "queryResult.result", "A"),
    ("jingdong.pop.afs.soa.refundapply.replyRefund", "write", "refundapply", "replyResult", "A"),
    (
        "jingdong.pop.afs.soa.refundapply.getWaitRefundNum",
        "read",
        "refundapply",
        "queryResult.totalCount",
        "A",
    ),
    ("jingdong.pop.afs.soa.refundapply.updateWarehouseStatus", "write", "none", "returnType", "B"),
    ("jingdong.pop.afs.soa.compensate.queryCompensateList", "read", "refundapply", "queryResult.result", "B"),
    # service_orders
    ("jingdong.asc.query.list", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.query.count", "read", "asc", "result.data", "A"),
    ("jingdong.asc.query.view", "read", "asc", "result.data", "A"),
    ("jingdong.asc.sync.list", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.audit.list", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.audit.count", "read", "asc", "result.data", "A"),
    ("jingdong.asc.audit.timeout.count", "read", "asc", "result.data", "A"),
    ("jingdong.asc.audit.detail", "read", "asc", "result.data", "A"),
    ("jingdong.asc.audit.fetch", "write", "asc", "result", "A"),
    ("jingdong.asc.audit.fetch.count", "read", "asc", "result.data", "A"),
    ("jingdong.asc.audit.reason.list", "read", "asc", "result.data", "A"),
    ("jingdong.asc.audit.send", "write", "asc", "result", "A"),
    ("jingdong.asc.audit.homepick", "write", "asc", "result", "A"),
    ("jingdong.asc.audit.delivery", "write", "asc", "result", "A"),
    ("jingdong.asc.audit.refuse", "write", "asc", "result", "A"),
    ("jingdong.asc.audit.waitFeedback", "write", "asc", "result", "A"),
    ("jingdong.asc.audit.reissue", "write", "asc", "result", "A"),
    ("jingdong.asc.audit.compensate", "write", "asc", "result", "A"),
    ("jingdong.asc.audit.doorRenew", "write", "asc", "result", "A"),
    ("jingdong.asc.common.cancel", "write", "asc", "result", "A"),
    ("jingdong.asc.receive.list", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.receive.count", "read", "asc", "result.data", "A"),
    ("jingdong.asc.receive.view", "read", "asc", "result.data", "A"),
    ("jingdong.asc.receive.register", "write", "asc", "result", "A"),
    ("jingdong.asc.receive.delivery.remind", "write", "asc", "result", "A"),
    ("jingdong.asc.process.list", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.process.count", "read", "asc", "result.data", "A"),
    ("jingdong.asc.process.renew", "write", "asc", "result", "A"),
    ("jingdong.asc.process.offline.change", "write", "asc", "result", "A"),
    ("jingdong.asc.process.offLineChange.cancel", "write", "asc", "result", "A"),
    ("jingdong.asc.process.back", "write", "asc", "result", "A"),
    ("jingdong.asc.process.return.cancel", "write", "asc", "result", "A"),
    ("jingdong.asc.process.close", "write", "asc", "result", "A"),
    ("jingdong.asc.process.JdIntervene", "write", "asc", "result", "A"),
    ("jingdong.asc.complete.list", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.complete.count", "read", "asc", "result.data", "A"),
    ("jingdong.asc.unsolved.list", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.unsolved.count", "read", "asc", "result.data", "A"),
    ("jingdong.asc.unsolved.message.list", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.unsolved.message.reply", "write", "asc", "result", "A"),
    ("jingdong.asc.unsolved.solve", "write", "asc", "result", "A"),
    ("jingdong.asc.freight.view", "read", "asc", "result.data", "A"),
    ("jingdong.asc.freight.save", "write", "asc", "result", "A"),
    ("jingdong.asc.track.list", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.track.save", "write", "asc", "result", "A"),
    ("jingdong.asc.msg.list", "read", "asc", "result.data", "A"),
    ("jingdong.asc.log.list", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.sameorder.list", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.serviceAndRefund.view", "read", "asc", "pageResult.data", "A"),
    ("jingdong.asc.view.payout", "read", "asc", "result.data", "B"),
    ("jingdong.asc.view.serviceTel", "read", "asc", "result.data", "B"),
    ("jingdong.asc.view.originalOrder", "read", "asc", "result.data", "B"),
    ("jingdong.asc.view.originalOrderByNewOrderid", "read", "asc", "result.data", "B"),
    ("jingdong.asc.apply.view", "read", "asc", "result.data", "A"),
    ("jingdong.asc.invoice.view", "read", "asc", "result.data", "A"),
    ("jingdong.asc.address.jdAfsAddress", "read", "asc", "result.data", "A"),
    ("jingdong.asc.doorPickWare.list", "read", "asc", "result.data", "A"),
    ("jingdong.asc.collection.list", "read", "asc", "pageResult.data", "B"),
    ("jingdong.asc.biz.audit.refuse", "write", "asc", "result", "B"),
    ("jingdong.asc.biz.audit.feedback", "write", "asc", "result", "C"),
    ("jingdong.asc.biz.customerSendStoreApply", "write", "asc", "result", "C"),
    ("jingdong.asc.biz.customerDeliveryStoreApply", "write", "asc", "result", "C"),
    ("jingdong.asc.biz.storeDoorPick", "write", "asc", "result", "C"),
    ("jingdong.b2c.shop.aftersales.refund.get", "read", "b2c", "result.data", "A"),
    # service_orders_legacy
    (
        "jingdong.afsservice.alltask.get",
        "read",
        "afsservice",
        "publicResultObject5.allAfsService.result",
        "B",
    ),
    ("jingdong.afsservice.waitfetch.get", "read", "afsservice", "publicResultObject.waitFetch.result", "B"),
    ("jingdong.afsservice.waitaudit.get", "read", "afsservice", "publicResultObject.waitAudit.result", "B"),
    (
        "jingdong.afsservice.receivetask.get",
        "read",
        "afsservice",
        "publicResultObject6.waitReceiveAfsService.result",
        "B",
    ),
    (
        "jingdong.afsservice.waitprocesstask.get",
        "read",
        "afsservice",
        "publicResultObject.waitProcess.result",
        "C",
    ),
    (
        "jingdong.afsservice.finishedtask.get",
        "read",
        "afsservice",
        "publicResultObject.finishedAfsService.result",
        "B",
    ),
    (
        "jingdong.afsservice.unresolvedtask.get",
        "read",
        "afsservice",
        "publicResultObject.unresolvedAfsService.result",
        "B",
    ),
    ("jingdong.afsservice.serviceinfo.get", "read", "afsservice", "publicResultObject3.afsServiceOut", "B"),
    ("jingdong.afsservice.servicedetail.list", "read", "afsservice", "publicResultList.modelList", "B"),
    ("jingdong.afsservice.servicelog.get", "read", "afsservice", "publicResultObject", "C"),
    ("jingdong.afsservice.history.get", "read", "afsservice", "publicResultList.afsServiceHistoryList", "B"),
    ("jingdong.afsservice.originalorderid.get", "read", "afsservice", "publicResultObject.orderId", "B"),
    ("jingdong.afsservice.freightmessage.get", "read", "afsservice", "publicResultObject.result", "B"),
    ("jingdong.afsservice.refundinfo.get", "read", "afsservice", "publicResultObject", "C"),
    # reviews
    ("jingdong.pop.PopCommentJsfService.getVenderCommentsForJos", "read", "comment", "comments", "A"),
    ("jingdong.pop.PopCommentJsfService.saveReply", "write", "comment", "", "B"),
    ("jingdong.club.pop.commentreply.save", "write", "comment", "", "A"),
    ("jingdong.pop.getCommentSummarys", "read", "none", "summaries", "C"),
    # pii
    ("jingdong.jos.order.oaid.decrypt", "read", "none", "returnType.data", "A"),
    ("jingdong.pop.order.getmobilelist", "read", "none", "", "C"),
    ("jingdong.pop.order.encryptMobileNum", "read", "none", "", "B"),
    ("jingdong.jos.master.key.get", "read", "none", "response", "A"),
    # service_orders_alternate
    ("jingdong.ServiceInfoProvider.queryServicePage", "read", "asc", "resultExport", "B"),
    ("jingdong.ServiceDetailProvider.findServiceDetail", "read", "asc", "resultExport", "B"),
)

METHODS: dict[str, Method] = {
    name: Method(name, kind == "write", outcome, tuple(step for step in path.split(".") if step), mark)
    for name, kind, outcome, path, mark in _ROWS
}

READS = frozenset(name for name, method in METHODS.items() if not method.write)
