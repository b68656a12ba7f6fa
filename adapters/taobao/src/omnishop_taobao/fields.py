"""What is asked of each method: only what the model uses, and nothing of a receiver."""

from __future__ import annotations

ORDER_LINES = (
    "orders.oid,orders.sku_id,orders.outer_sku_id,orders.title,orders.sku_properties_name,orders.num,"
    "orders.price,orders.payment,orders.discount_fee,orders.part_mjz_discount,orders.divide_order_fee,"
    "orders.consign_time,orders.logistics_company,orders.invoice_no,orders.seller_type,orders.status,"
    "orders.refund_status,orders.refund_id"
)
TRADE = (
    "tid,status,total_fee,payment,post_fee,discount_fee,created,modified,pay_time,consign_time,end_time,"
    "buyer_nick,buyer_open_uid,seller_memo," + ORDER_LINES
)
TRADE_FOR_WRITES = ",seller_flag,timeout_action_time,orders.timeout_action_time"
"""What writes on a trade need beside the model."""

SHIPMENT = "tid,status,orders.oid,orders.consign_time,orders.logistics_company,orders.invoice_no"

REFUND_ROW = (
    "refund_id,tid,oid,status,order_status,good_status,has_good_return,refund_phase,dispute_type,refund_fee,"
    "refund_version,reason,desc,title,sku,attribute,created,modified,end_time"
)
REFUND = REFUND_ROW + ",cs_status,refund_remind_timeout,operation_contraint,sid,company_name"
SPECIAL_ROW = REFUND_ROW + ",special_refund_type"
SPECIAL = REFUND + ",special_refund_type"
DISPUTE = (
    "refund_id,biz_order_id,oid,status,dispute_request,created,modified,order_status,refund_phase,good_status,"
    "has_good_return,refund_fee,reason,desc,title,attribute,time_out,refund_version"
)
EXCHANGE = (
    "dispute_id,bizorder_id,status,created,modified,reason,desc,title,num,bought_sku,exchange_sku,good_status,"
    "refund_phase,refund_version,time_out,cs_status,buyer_logistic_name,buyer_logistic_no,"
    "seller_logistic_name,seller_logistic_no,operation_contraint"
)
EXCHANGE_WRITTEN = "dispute_id,bizorder_id,modified,status"
RATE = "tid,oid,role,nick,result,created,content,reply"
TALK = "id,refund_id,owner_role,content,message_type,created,pic_urls"
REASON = "reason_id,reason_text,reason_tips"
SELLER = "user_id,nick,type"

ORDER_TYPES = (
    "fixed,auction,guarantee_trade,independent_simple_trade,independent_shop_trade,auto_delivery,ec,cod,"
    "fenxiao,game_equipment,shopex_trade,netcn_trade,external_trade,o2o_offlinetrade,step,nopaid,pre_auth_type"
)
"""Lists show only some types of trades unless all are named (§3.1)."""
