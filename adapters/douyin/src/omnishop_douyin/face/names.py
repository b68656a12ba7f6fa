"""Invented names and numbers of the simulated platform: goods, buyers, carriers, reasons, ids in its form."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from omnishop.model import Kind, ReasonClass
from omnishop.sandbox.world import Shop, World

CARRIERS = {
    "SF": ("shunfeng", "顺丰速运"),
    "YTO": ("yuantong", "圆通快递"),
    "ZTO": ("zhongtong", "中通快递"),
    "YUNDA": ("yunda", "韵达快递"),
    "STO": ("shentong", "申通快递"),
}

GOODS = (
    ("实木晾衣架落地折叠", "颜色:原木色", 12900),
    ("加厚防滑衣架10只装", "颜色:白色;规格:10只装", 4900),
    ("樟木球防虫防霉24粒", "规格:24粒", 1990),
    ("手冲咖啡壶套装", "容量:600ml", 8800),
    ("儿童防晒渔夫帽", "颜色:米白;尺码:52cm", 3900),
    ("便携榨汁杯", "颜色:薄荷绿", 7900),
    ("羊毛混纺围巾", "颜色:驼色", 15900),
    ("不粘煎锅28厘米", "尺寸:28cm", 11900),
)

BUYERS = (
    ("赵明", "浙江省", "杭州市", "滨江区"),
    ("钱小雨", "江苏省", "南京市", "鼓楼区"),
    ("孙悦", "广东省", "广州市", "天河区"),
    ("李想", "福建省", "厦门市", "思明区"),
    ("周舟", "四川省", "成都市", "武侯区"),
    ("吴桐", "湖北省", "武汉市", "洪山区"),
    ("郑好", "山东省", "青岛市", "市南区"),
    ("王一", "陕西省", "西安市", "雁塔区"),
)


@frozen
class SimReason:
    code: int
    text: str
    cls: ReasonClass


_NO, _LATE = ReasonClass.NO_REASON, ReasonClass.LOGISTICS
_BAD, _WRONG = ReasonClass.QUALITY, ReasonClass.ORDER

REASONS: dict[str, SimReason] = {
    "1": SimReason(1, "多拍/错拍/不想要", _NO),
    "2": SimReason(2, "未按约定时间发货", _LATE),
    "3": SimReason(3, "快递一直未送达", _LATE),
    "4": SimReason(4, "快递无跟踪记录", _LATE),
    "6": SimReason(6, "不喜欢/效果不好", _NO),
    "7": SimReason(7, "做工/瑕疵/污渍", _BAD),
    "8": SimReason(8, "功能故障", _BAD),
    "14": SimReason(14, "缺货", _WRONG),
    "15": SimReason(15, "其他", ReasonClass.UNCLASSIFIED),
    "20": SimReason(20, "少件/漏发", _WRONG),
    "21": SimReason(21, "包装/商品破损", _BAD),
    "22": SimReason(22, "商家发错货", _WRONG),
    "78": SimReason(78, "7天无理由", _NO),
    "130": SimReason(130, "功能与描述不一致", ReasonClass.UNCLASSIFIED),
    "0": SimReason(0, "价保", ReasonClass.UNCLASSIFIED),
}
"""78 and 130 stand for the codes beyond the published list; their texts are invented,
but 7天无理由 is a fixed one."""

_BY_KIND: dict[Kind, tuple[str, ...]] = {
    Kind.CANCEL: ("1", "2", "14"),
    Kind.REFUND_ONLY: ("3", "4", "20", "15"),
    Kind.RETURN_REFUND: ("78", "6", "7", "8", "130"),
    Kind.EXCHANGE: ("22", "7", "21"),
    Kind.PRICE_PROTECT: ("0",),
    Kind.RESHIP: ("20",),
    Kind.REPAIR: ("8",),
}

TYPES: dict[Kind, tuple[int, str]] = {
    Kind.RETURN_REFUND: (0, "退货退款"),
    Kind.REFUND_ONLY: (1, "已发货仅退款"),
    Kind.CANCEL: (2, "未发货仅退款"),
    Kind.EXCHANGE: (3, "换货"),
    Kind.PRICE_PROTECT: (6, "价保"),
    Kind.RESHIP: (7, "补寄"),
    Kind.REPAIR: (8, "维修"),
}


def reasons(kind: Kind) -> dict[str, Any]:
    return {key: REASONS[key] for key in _BY_KIND.get(kind, ())}


# ---------------------------------------------------------------- ids

_NUMBERS = {
    # what: first number, step. Orders and lines share one row of numbers of 19 digits, cases have 18.
    "line": (6_937_010_010_020_000_017, 10_037_033),
    "case": (146_510_010_020_030_001, 1_000_033),
    "review": (7_401_000_111_222_333_445, 1_000_003),
    "parcel": (7_538_525_010_135_800_401, 1_000_003),
    "refund": (990_000_000_000_001, 7),
}


def new_id(world: World, shop: Shop, what: str) -> str:
    """An order has the number of its first sub order (wire page 3)."""
    unused: list[str] = shop.marks.setdefault("unused_lines", [])
    if what == "order":
        number = unused[0] if unused else new_id(world, shop, "line")
        unused.clear()
        return number
    first, step = _NUMBERS[what]
    number = str(first + step * world.serial(f"douyin {what}"))
    if what == "line":
        unused.append(number)
    return number


def uuid_like(world: World) -> str:
    text = world.secret(32)
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def open_id(world: World) -> str:
    """Opaque, as the platform's: nothing of the buyer can be read from it."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789+/"
    return "1@#" + "".join(world.rng.choice(letters) for _ in range(64))


def masked(name: str) -> str:
    return f"{name[:1]}**"
