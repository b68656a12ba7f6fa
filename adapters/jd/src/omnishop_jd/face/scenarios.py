"""Lives of cases that together reach every kind and stage this wire can say, and the reasons buyers give."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from omnishop.model import Kind, ReasonClass
from omnishop.sandbox.steps import Scenario


@frozen
class SimReason:
    """The platform publishes no list of its codes: these are of this world. `cls` is what a reader knows."""

    cid1: int
    cid1_name: str
    cid2: int
    cid2_name: str
    told: str
    cls: ReasonClass


_QUALITY = SimReason(801, "商品质量", 80103, "功能故障", "商品质量问题", ReasonClass.QUALITY)
_NO_REASON = SimReason(901, "七天无理由", 0, "", "七天无理由", ReasonClass.NO_REASON)
_OTHER = SimReason(905, "其他", 90501, "大小不合适", "尺码不合适", ReasonClass.UNCLASSIFIED)
_UNWANTED = SimReason(0, "", 0, "", "不想买了", ReasonClass.NO_REASON)
_PRICE = SimReason(0, "", 0, "", "价格高", ReasonClass.NO_REASON)

SERVICE_REASONS: Mapping[str, SimReason] = {"quality": _QUALITY, "no_reason": _NO_REASON, "other": _OTHER}
APPLY_REASONS: Mapping[str, SimReason] = {"unwanted": _UNWANTED, "price": _PRICE}


def reasons(kind: Kind) -> Mapping[str, SimReason]:
    return APPLY_REASONS if kind is Kind.CANCEL else SERVICE_REASONS


_R, _E = Kind.RETURN_REFUND, Kind.EXCHANGE
_BACK = (("agree_return", 3), ("send_back", 10))
_TO_SHOP = (*_BACK, ("arrive", 40), ("receive", 5))

SCENARIOS: tuple[Scenario, ...] = (
    Scenario("return waits for audit", _R, "finished", (), "quality"),
    Scenario("cancel waits", Kind.CANCEL, "paid"),
    Scenario("return refunded", _R, "delivered", (*_TO_SHOP, ("refund", 4), ("pay", 6)), "no_reason"),
    Scenario("exchange waits for audit", _E, "delivered"),
    Scenario("return on its way", _R, "delivered", _BACK),
    Scenario("cancel refused", Kind.CANCEL, "paid", (("refuse", 5),)),
    Scenario("refund only waits", Kind.REFUND_ONLY, "shipped"),
    Scenario("return agreed", _R, "delivered", (("agree_return", 6),)),
    Scenario("exchange sent out", _E, "delivered", (*_TO_SHOP, ("ship_replacement", 8))),
    Scenario("cancel granted", Kind.CANCEL, "paid", (("agree", 3), ("finance_grants", 6))),
    Scenario("return received", _R, "delivered", _TO_SHOP, part=True),
    Scenario("return refused", _R, "finished", (("refuse", 9),), "other"),
    Scenario("refund handed to finance", _R, "delivered", (*_TO_SHOP, ("refund", 4))),
    Scenario("exchange done", _E, "delivered", (*_TO_SHOP, ("ship_replacement", 8), ("confirm", 60))),
    Scenario("repair at the repair centre", Kind.REPAIR, "finished", (*_TO_SHOP, ("repair_centre", 5))),
    Scenario("reshipped", Kind.RESHIP, "delivered", (("reissue", 7),)),
    Scenario("cancel withdrawn", Kind.CANCEL, "paid", (("withdraw", 2),)),
    Scenario("refund only paid", Kind.REFUND_ONLY, "shipped", (("agree", 7), ("pay", 9))),
    Scenario("buyer asked back", _E, "delivered", (("ask_feedback", 6),)),
    Scenario("buyer answered", _R, "finished", (("ask_feedback", 6), ("feedback", 20))),
    Scenario("return withdrawn", _R, "delivered", (("withdraw", 12),)),
    Scenario("refund failed once", _R, "delivered", (*_TO_SHOP, ("refund", 4), ("bank_refuses", 5))),
    Scenario(
        "repair sent back", Kind.REPAIR, "finished", (*_TO_SHOP, ("ship_replacement", 30), ("confirm", 50))
    ),
    Scenario("cancel agreed", Kind.CANCEL, "paid", (("agree", 4),)),
    Scenario("cancel intercepted", Kind.CANCEL, "paid", (("intercept", 4), ("intercepted", 10))),
    Scenario("parcel not stopped", Kind.CANCEL, "paid", (("intercept", 4), ("intercept_fails", 10))),
    Scenario("logistics to follow", Kind.CANCEL, "paid", (("chase", 5),)),
    Scenario("finance refused", Kind.CANCEL, "paid", (("force_close", 4), ("finance_refuses", 8))),
    Scenario("repair at the door", Kind.REPAIR, "finished", (), marks={"expect": 70}),
    Scenario("JD staff agreed", Kind.CANCEL, "paid", (("staff_agree", 30), ("pay", 9))),
)
