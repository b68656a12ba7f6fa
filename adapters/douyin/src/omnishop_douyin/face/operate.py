"""afterSale.operate of the simulated platform: every number with its checks, and what it does to the world.

Source: wire page 4.5. All items are checked before one is carried out: a failing item fails the whole call. Where
the page gives no code of its own for a refusal the closest documented one stands; each such choice is listed in the
documentation of this platform.
"""

from __future__ import annotations

from typing import Any

from attrs import frozen

from omnishop.model import Kind, Stage
from omnishop.sandbox.steps import Forbidden, take
from omnishop.sandbox.world import Case, Shop, ShopAddress, World
from omnishop_douyin.face import codes, desk, names
from omnishop_douyin.face.answers import PLATFORM, Asked, Refusal
from omnishop_douyin.face.fields import listed, text, whole

_MOST_ITEMS = 20
_BAD = "11000"
_SEEN = frozenset({1, 2})
"""Types of evidence that are shown to anyone: pictures and videos."""

_B, _R, _C = Kind.RETURN_REFUND, Kind.REFUND_ONLY, Kind.CANCEL
_E, _S, _F = Kind.EXCHANGE, Kind.RESHIP, Kind.REPAIR


@frozen
class Deed:
    """What a number is for: kind and statuses; what it wants (address, parcel, refusal); the world's step."""

    kind: Kind
    statuses: frozenset[int]
    wants: str
    step: str


def _deed(kind: Kind, statuses: tuple[int, ...], step: str, wants: str = "") -> Deed:
    return Deed(kind, frozenset(statuses), wants, step)


DEEDS: dict[int, Deed] = {
    101: _deed(_B, (6, 27), "agree_return", "address"),
    102: _deed(_B, (6,), "refuse", "refusal"),
    111: _deed(_B, (7, 11, 29), "refund"),
    112: _deed(_B, (11,), "refuse_return", "refusal"),
    121: _deed(_B, (6, 27), "turn_to_refund"),
    201: _deed(_R, (6, 27), "agree"),
    202: _deed(_R, (6,), "refuse", "refusal"),
    203: _deed(_R, (6,), "agree_refused_delivery"),
    301: _deed(_E, (6, 27), "agree_return", "address"),
    302: _deed(_E, (6,), "refuse", "refusal"),
    311: _deed(_E, (7, 11, 29), "swap", "parcel"),
    312: _deed(_E, (11,), "refuse_return", "refusal"),
    321: _deed(_E, (6, 7, 11, 29), "turn_to_refund"),
    401: _deed(_C, (6,), "agree"),
    501: _deed(_S, (6, 27), "agree_resend"),
    502: _deed(_S, (6,), "refuse", "refusal"),
    601: _deed(_F, (6, 27), "agree_return", "address"),
    602: _deed(_F, (6, 27), "agree_resend"),
    603: _deed(_F, (6,), "refuse", "refusal"),
    611: _deed(_F, (7, 8, 11), "swap", "parcel"),
    612: _deed(_F, (11,), "refuse_return", "refusal"),
    621: _deed(_F, (6, 7, 8, 11, 27, 29), "turn_to_refund"),
}

_OPERABLE = frozenset(deed.kind for deed in DEEDS.values())


@frozen
class Item:
    """One item as it was read."""

    aftersale_id: str
    update_time: int | None
    remark: str
    reason: str
    code: int | None
    address: int | None
    company: str
    tracking: str
    evidence: tuple[tuple[int, str], ...]


def operate(world: World, shop: Shop, asked: Asked) -> dict[str, Any]:
    number = whole(asked.params, "type", _BAD)
    if number is None:
        raise _missing("type")
    if number not in DEEDS:
        raise _invalid("type")
    rows = listed(asked.params, "items", _BAD)
    if not rows:
        raise _missing("items")
    if len(rows) > _MOST_ITEMS:
        raise _invalid("items")
    deed = DEEDS[number]
    items = [_read(row, deed) for row in rows]
    cases = [_case(world, shop, item) for item in items]
    if len(set(map(id, cases))) < len(cases):
        raise _invalid("items")
    steps = [_checked(shop, deed, item, case) for item, case in zip(items, cases, strict=True)]
    for case, given in zip(cases, steps, strict=True):
        _carry_out(world, deed, case, given)
    return {
        "items": [
            {"aftersale_id": int(case.case_id), "status_code": 0, "status_msg": "success"} for case in cases
        ]
    }


def _carry_out(world: World, deed: Deed, case: Case, given: dict[str, Any]) -> None:
    face = world.faces[PLATFORM]
    try:
        if deed.step == "refund" and case.stage is Stage.RETURNING:
            take(world, face, case, "receive")
        take(world, face, case, deed.step, **given)
    except Forbidden:
        raise Refusal(50002, "isv.business-failed:11005", "操作失败") from None


# ---------------------------------------------------------------- what an item says


def _read(row: Any, deed: Deed) -> Item:
    """Formats and what the number cannot do without."""
    if not isinstance(row, dict):
        raise _invalid("items")
    logistics = row.get("logistics") or {}
    if not isinstance(logistics, dict):
        raise _invalid("logistics")
    found = Item(
        aftersale_id=text(row, "aftersale_id", _BAD),
        update_time=whole(row, "update_time", _BAD),
        remark=text(row, "remark", _BAD),
        reason=text(row, "reason", _BAD),
        code=whole(row, "reject_reason_code", _BAD),
        address=whole(logistics, "receiver_address_id", _BAD),
        company=text(logistics, "company_code", _BAD),
        tracking=text(logistics, "logistics_code", _BAD),
        evidence=tuple(_evidence(piece) for piece in listed(row, "evidence", _BAD)),
    )
    if not found.aftersale_id:
        raise _missing("aftersale_id")
    wanted: dict[str, tuple[tuple[str, Any], ...]] = {
        "address": (("receiver_address_id", found.address),),
        "parcel": (("company_code", found.company), ("logistics_code", found.tracking)),
        "refusal": (
            ("reason", found.reason),
            ("remark", found.remark),
            ("reject_reason_code", found.code),
        ),
    }
    for name, value in wanted.get(deed.wants, ()):
        if value is None or value == "":
            raise _missing(name)
    return found


def _evidence(piece: Any) -> tuple[int, str]:
    if not isinstance(piece, dict):
        raise _invalid("evidence")
    kind, url = whole(piece, "type", _BAD), text(piece, "url", _BAD)
    if kind not in {1, 2, 3, 4}:
        raise _invalid("evidence.type")
    return kind, url


# ---------------------------------------------------------------- whether it may be done


def _case(world: World, shop: Shop, item: Item) -> Case:
    """An id that is no case of this shop: the list holds an invalid case, and nothing was done."""
    case = world.cases.get(("aftersale", item.aftersale_id))
    if case is None or case.shop is not shop:
        raise Refusal(20000, "isp.service-error:10000", "列表中存在无效的售后单")
    return case


def _checked(shop: Shop, deed: Deed, item: Item, case: Case) -> dict[str, Any]:
    """What the step is told; refused in the platform's order."""
    if case.kind not in _OPERABLE:
        raise Refusal(50002, "isv.business-failed:11001", "该操作不支持通过开放平台处理，请前往商家后台操作")
    if case.kind is not deed.kind:
        raise Refusal(50002, "isv.business-failed:11005", "操作类型与售后类型不匹配")
    if codes.status(case)[0] not in deed.statuses or codes.final_at(case) is not None:
        raise wrong_status()
    if item.update_time is not None and item.update_time != codes.seconds(case.changed_at):
        raise wrong_status()
    match deed.wants:
        case "refusal":
            return _refusal(deed, item, case)
        case "address":
            return {"address": _address(shop, item)}
        case "parcel":
            return {"carrier": carrier(item.company), "tracking": item.tracking}
        case _:
            return {}


def wrong_status() -> Refusal:
    return Refusal(50002, "isv.business-failed:20309541", "当前售后状态不支持该操作")


def _refusal(deed: Deed, item: Item, case: Case) -> dict[str, Any]:
    rows = desk.reasons_for(case) if deed.step == "refuse" else desk.REJECT
    row = next((row for row in rows if row[0] == item.code), None)
    if row is None:
        raise _invalid("reject_reason_code")
    if row[3] == "Y" and not any(kind in _SEEN and url for kind, url in item.evidence):
        raise _missing("evidence")
    pictures = [url for kind, url in item.evidence if kind in _SEEN and url]
    return {"code": item.code, "text": item.remark, "pictures": pictures}


def _address(shop: Shop, item: Item) -> ShopAddress:
    found = next((each for each in shop.addresses if each.address_id == str(item.address)), None)
    if found is None:
        raise _invalid("receiver_address_id")
    return found


def carrier(company: str) -> str:
    """The world's name of a carrier whose code the platform lists."""
    found = next((name for name, (code, _) in names.CARRIERS.items() if code == company), None)
    if found is None:
        raise _invalid("company_code")
    return found


def _missing(name: str) -> Refusal:
    return Refusal(40002, f"isv.missing-parameter:{_BAD}", f"缺少参数{name}")


def _invalid(name: str) -> Refusal:
    return Refusal(40004, f"isv.parameter-invalid:{_BAD}", f"{name}不合法")
