"""What the simulated platform looks at before it writes: the record, its stage, phase and version, files, lengths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from omnishop.model import Kind, Stage
from omnishop.sandbox.face import Face
from omnishop.sandbox.steps import take
from omnishop.sandbox.world import CARRIERS, Case, ShopAddress
from omnishop_taobao.face import filters
from omnishop_taobao.face.asking import Ask
from omnishop_taobao.face.gate import Refusal, invalid, missing
from omnishop_taobao.face.lists import an_id
from omnishop_taobao.face.shop import PLATFORM
from omnishop_taobao.face.wire_cases import version

PHASES = ("onsale", "aftersale")
COURIERS = frozenset(CARRIERS) | frozenset(["EMS", "POST", "DBL", "DBKD", "HTKY", "TTKDEX", "ZJS", "OTHER"])
_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8")  # jpg, png, gif

_MOVED_ON = "isv.invalid-permission:refund_status is invalid or refund is out of date"


def moved_on(sub_msg: str) -> Refusal:
    """Wrong stage or stale version: the platform has one code for both."""
    return Refusal(15, "Remote service error", _MOVED_ON, sub_msg)


def wrong(name: str, sub_msg: str) -> Refusal:
    """The business does not take this value."""
    return Refusal(15, "Remote service error", f"isv.invalid-parameter:{name}", sub_msg)


def unknown_address() -> Refusal:
    return Refusal(15, "Remote service error", "PY-101", "查询物流信息出错")


def wants(ask: Ask, *names: str) -> None:
    """Parameters that a storefront or a case makes required; a file may be one."""
    for name in names:
        if not ask.params.get(name, "").strip() and name not in ask.files:
            raise missing(name)


def move(ask: Ask, case: Case, step: str, **given: Any) -> None:
    take(ask.world, face_of(ask), case, step, **given)


def face_of(ask: Ask) -> Face:
    return ask.world.faces[PLATFORM]


def standing(case: Case, kinds: Iterable[Kind], stages: Iterable[Stage]) -> None:
    if case.kind not in kinds:
        raise moved_on("当前退款类型不支持此操作")
    if case.stage not in stages:
        raise moved_on("当前退款状态不支持此操作")


def versioned(ask: Ask, case: Case, *, required: bool) -> None:
    """Phase and version as they were read; C-shops may leave them out, what they send is compared."""
    if required:
        wants(ask, "refund_phase", "refund_version")
    phase = filters.one_of(ask.params, "refund_phase", PHASES)
    if phase not in {None, case.phase}:
        raise wrong("refund_phase", "退款阶段不符")
    if ask.params.get("refund_version", "").strip() and an_id(ask.params, "refund_version") != str(
        version(case)
    ):
        raise moved_on("退款版本号已过期")


def picture(ask: Ask, name: str, most: int) -> list[str]:
    """Where the platform keeps the picture that came along; nothing for none."""
    if name in ask.params:
        raise invalid(name)
    content = ask.files.get(name)
    if content is None:
        return []
    if not content.startswith(_STARTS):
        raise wrong(name, "图片格式不正确")
    if len(content) > most:
        raise wrong(name, "图片过大")
    number = ask.world.serial("taobao.picture", 1)
    return [f"https://img.alicdn.com/imgextra/i1/{ask.shop.shop_id}/O1CNsim{number}.jpg"]


def words(
    ask: Ask, name: str, *, least: int = 0, most: int | None = None, most_bytes: int | None = None
) -> str:
    text = ask.params.get(name, "").strip()
    too_long = (most is not None and len(text) > most) or (
        most_bytes is not None and len(text.encode()) > most_bytes
    )
    if len(text) < least or too_long:
        raise wrong(name, "长度不符")
    return text


def reason(ask: Ask, name: str, known: Iterable[int]) -> str | None:
    code = filters.maybe_id(ask.params, name)
    if code is not None and code not in {str(each) for each in known}:
        raise wrong(name, "拒绝原因不正确")
    return code


def address(ask: Ask, name: str) -> ShopAddress:
    address_id = an_id(ask.params, name)
    found = next((place for place in ask.shop.addresses if place.address_id == address_id), None)
    if found is None:
        raise unknown_address()
    return found


def courier_of(text: str) -> str:
    """The code for a courier's name; what nobody knows stays as it is."""
    return next((code for code, name in CARRIERS.items() if name.startswith(text) or text == code), text)


def truth(ask: Ask, name: str) -> bool:
    return filters.one_of(ask.params, name, ("true", "false")) == "true"
