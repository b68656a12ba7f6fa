"""Names of the methods that flows call, and what every call of a family carries."""

from __future__ import annotations

import attrs

from omnishop.errors import ConfigError, WireError
from omnishop.flow import Call, Flow
from omnishop.ports import Account
from omnishop_jd.errors import PLATFORM
from omnishop_jd.logistics import VENDER
from omnishop_jd.wire import at, fitting, real_id

SYNC_LIST = "jingdong.asc.sync.list"
AUDIT_LIST = "jingdong.asc.audit.list"
QUERY_LIST = "jingdong.asc.query.list"
QUERY_VIEW = "jingdong.asc.query.view"
FREIGHT_VIEW = "jingdong.asc.freight.view"
REFUND_VIEW = "jingdong.asc.serviceAndRefund.view"
SHOP_REFUND = "jingdong.b2c.shop.aftersales.refund.get"
LOG_LIST = "jingdong.asc.log.list"
TRACK_LIST = "jingdong.asc.track.list"
REASON_LIST = "jingdong.asc.audit.reason.list"
REFUND_APPLIES = "jingdong.pop.afs.soa.refundapply.queryPageList"
COMPENSATIONS = "jingdong.pop.afs.soa.compensate.queryCompensateList"
COMMENTS = "jingdong.pop.PopCommentJsfService.getVenderCommentsForJos"
VENDER_INFO = "jingdong.seller.vender.info.get"
RETURN_ADDRESSES = "jingdong.vender.returnaddress.query"
JD_TRACE = "jingdong.ldop.receive.trace.get"

OPERATOR = "omnishop"
"""operatePin and operateNick are free text naming the operator; any non-empty value works (4.2 B)."""

_OPERATOR_LIMIT = 50

SETTINGS = {
    "operate_pin": "operatePin of service-order calls; default omnishop",
    "operate_nick": "operateNick of service-order calls; default: operate_pin",
    "customer_code": "商家编码 at JD logistics, for traces of JD's own carrier",
    "orders": "`plain` calls order.search and order.get instead of enSearch and enGet",
    "return_phone": "returnContactTel of audit.send; default: the address's own, where the platform shows it whole",
    "contact_tel": "contactTel of process.JdIntervene",
    "receive_packing_state": "packingState of receive.register; none of its six codes has a public list",
    "receive_quality_state": "qualityState of receive.register",
    "receive_quality_state_bad": "the same where pieces came back bad",
    "receive_invoice_record": "invoiceRecord of receive.register",
    "receive_judgment_reason": "judgmentReason of receive.register",
    "receive_accessory_or_gift": "accessoryOrGift of receive.register",
    "receive_appearance_state": "appearanceState of receive.register",
    "offline_change_op_flag": "opFlag of process.offline.change; it has no public list",
}


def operator(account: Account) -> dict[str, str]:
    """OP: buId is the vender_id behind the session (pitfall 14)."""
    if account.shop_id is None:
        raise ConfigError(
            "service orders are asked for by vender_id: open the shop with shop_id, or call whoami first",
            zh="服务单接口需要 vender_id: 请在打开店铺时给出 shop_id, 或先调用 whoami",
            platform=PLATFORM,
        )
    pin = account.settings.get("operate_pin") or OPERATOR
    nick = account.settings.get("operate_nick") or pin
    return {
        "buId": account.shop_id,
        "operatePin": pin[:_OPERATOR_LIMIT],
        "operateNick": nick[:_OPERATOR_LIMIT],
    }


def orders_method(account: Account, what: str) -> str:
    """enSearch and enGet are what most apps are granted today (B); `what`: Search or Get."""
    plain = account.settings.get("orders") == "plain"
    return f"jingdong.pop.order.{what.lower() if plain else 'en' + what}"


def known_shop(account: Account) -> Flow[Account]:
    """The account with its shop_id, asked from the platform where it is not given."""
    return account if account.shop_id is not None else (yield from whoami(account))


def whoami(account: Account) -> Flow[Account]:
    """open_id, uid and xid of a token name who authorised; the shop is told by its own method (2)."""
    payload = yield Call(VENDER_INFO)
    told = at(payload, ("vender_info_result",))
    vender = None if told is None else real_id(fitting(VENDER, told).vender_id)
    if vender is None:
        raise WireError(
            "the platform does not tell the vender_id", zh="平台未返回 vender_id", platform=PLATFORM
        )
    return attrs.evolve(account, shop_id=vender)


def number(value: str) -> int | str:
    """Ids are documented as numbers; one that is none is sent as it is, for the platform to refuse."""
    return int(value) if value.isascii() and value.isdigit() else value
