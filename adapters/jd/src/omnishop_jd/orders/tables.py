"""order_state -> status, each row with the page's name and mark."""

from __future__ import annotations

from attrs import frozen

from omnishop.model import OrderStatus


@frozen
class StateRow:
    """`asked`: whether searches name the state, so that an order moving into it is seen."""

    state: str
    name: str
    status: OrderStatus
    mark: str
    asked: bool = True


PARENT = "PARENT_TRADE_CANCELED"
UNPAID = "NOT_PAY"
TO_SHIP = "WAIT_SELLER_STOCK_OUT"
CANCELED = "TRADE_CANCELED"

STATES: tuple[StateRow, ...] = (
    StateRow(UNPAID, "未付款", OrderStatus.UNPAID, "A"),
    # part_shipped once a package of several is out: the state does not move for it (3.3)
    StateRow(TO_SHIP, "等待出库", OrderStatus.PAID, "A"),
    StateRow("WAIT_SELLER_DELIVERY", "等待发货", OrderStatus.PAID, "A"),
    StateRow("WAIT_SEND_CODE", "等待发码", OrderStatus.PAID, "A"),
    StateRow("WAIT_GOODS_RECEIVE_CONFIRM", "等待确认收货", OrderStatus.SHIPPED, "A"),
    StateRow("FINISHED_L", "完成", OrderStatus.FINISHED, "A"),
    StateRow(CANCELED, "取消", OrderStatus.CLOSED, "A"),
    StateRow(PARENT, "父单取消", OrderStatus.CLOSED, "B: real rows"),
    # how far a locked or paused order has come is not in its state
    StateRow("LOCKED", "已锁定", OrderStatus.UNKNOWN, "A"),
    StateRow("PAUSE", "暂停", OrderStatus.UNKNOWN, "A"),
    StateRow("POP_ORDER_PAUSE", "POP业务暂停", OrderStatus.UNKNOWN, "A"),
    StateRow("DELIVERY_RETURN", "配送退货", OrderStatus.UNKNOWN, "A"),
    StateRow("UN_KNOWN", "未知", OrderStatus.UNKNOWN, "A", asked=False),
    # pinyin, still seen (fbp family)
    StateRow("DengDaiChuKu", "等待出库", OrderStatus.PAID, "A", asked=False),
    StateRow(
        "DengDaiFaHuo", "等待发货", OrderStatus.PAID, "A: the words of WAIT_SELLER_DELIVERY", asked=False
    ),
    StateRow("DengDaiQueRenShouHuo", "等待确认收货", OrderStatus.SHIPPED, "A", asked=False),
    StateRow("WanCheng", "完成", OrderStatus.FINISHED, "A", asked=False),
    StateRow("ZanTing", "暂停", OrderStatus.UNKNOWN, "A", asked=False),
    StateRow("PeiSongTuiHuo", "配送退货", OrderStatus.UNKNOWN, "A", asked=False),
    StateRow("SuoDing", "锁定", OrderStatus.UNKNOWN, "A", asked=False),
)

STATUS = {row.state: row.status for row in STATES}
ASKED = ",".join(row.state for row in STATES if row.asked)

_CLASSIC = (
    "orderId,venderId,orderType,orderState,orderStartTime,paymentConfirmTime,outBoundDate,orderEndTime,modified,"
    "orderTotalPrice,orderSellerPrice,orderPayment,sellerDiscount,freightPrice,itemInfoList,waybill,logisticsId,"
    "venderRemark,pin,parentOrderId,directParentOrderId,returnOrder"
)
UNKNOWN_FIELD = "68"
"""What the gateway answers to a name in optional_fields that it does not know (C)."""

CLASSIC_FIELDS = _CLASSIC
"""What every generation of the methods knows."""

FIELDS = f"{_CLASSIC},shouldPay,actualPay,partialLogisticsInfoModel,open_id_buyer"
"""With the newer names; a gateway that does not know one answers 68 (C) and is asked for the classic ones."""
