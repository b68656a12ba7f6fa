"""What holds a write back before it is sent, beyond kind and stage: limits of the platform's page, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omnishop.acts import Ask, Evidence, Look
from omnishop.flow import File
from omnishop.model import Case, Kind, Text
from omnishop.ports import Account
from omnishop_taobao.writes.reading import CaseAside

Check = Callable[[Account, Look, Ask], Text | None]

_TYPES = {
    b"\xff\xd8\xff": ("jpg", "image/jpeg"),
    b"\x89PNG": ("png", "image/png"),
    b"GIF8": ("gif", "image/gif"),
}
"""First bytes of the pictures that the platform takes (§4.3)."""

_SEVEN_DAYS = "7天无理由"


def first(*checks: Check) -> Callable[[Any, Look, Ask], Text | None]:
    """The first reason of several."""

    def hinders(account: Account, look: Look, ask: Ask) -> Text | None:
        return next((why for check in checks if (why := check(account, look, ask)) is not None), None)

    return hinders


def aside(look: Look) -> CaseAside:
    return look.aside if isinstance(look.aside, CaseAside) else CaseAside()


def case_of(look: Look) -> Case:
    if not isinstance(look.record, Case):
        raise TypeError("this write is about a case")
    return look.record


# ---------------------------------------------------------------- what the record says


def on_web(account: Account, look: Look, ask: Ask) -> Text | None:
    if aside(look).constraint != "refund_onweb":
        return None
    return Text(
        "平台要求在卖家后台处理该退款", "the platform wants this refund handled in the seller's console"
    )


def told_enough(account: Account, look: Look, ask: Ask) -> Text | None:
    """Every write on a refund of a Tmall shop carries phase and version."""
    case = case_of(look)
    lacks = [] if case.version else ["refund_version"]
    if account.storefront == "tmall" and not aside(look).phase:
        lacks.append("refund_phase")
    return _untold(lacks)


def told_amount(account: Account, look: Look, ask: Ask) -> Text | None:
    fen = case_of(look).amounts.requested
    return _untold([] if fen else ["refund_fee"])


def _untold(lacks: list[str]) -> Text | None:
    if not lacks:
        return None
    names = ", ".join(lacks)
    return Text(f"平台未给出 {names}, 无法提交", f"the platform does not tell {names}: it cannot be sent")


def may_refuse(account: Account, look: Look, ask: Ask) -> Text | None:
    """Not what is unshipped, not the seven-day right (A §4.3), not what the platform says is not refusable."""
    case = case_of(look)
    if case.kind is Kind.CANCEL:
        return Text(
            "平台不允许拒绝未发货退款: 请与买家协商由其撤销; 未经同意发货仍会退款",
            "an unshipped refund cannot be refused here: ask the buyer to withdraw it; goods sent without "
            "consent are refunded all the same",
        )
    reason = "".join((case.reason.text or "").split()).replace("七", "7") if case.reason else ""
    if case.kind is Kind.RETURN_REFUND and reason.startswith(_SEVEN_DAYS):
        return Text(
            "七天无理由退货不能通过接口拒绝: 请同意退货, 收货后再核对",
            "a return by the seven-day right cannot be refused: agree, and check the goods when they arrive",
        )
    if aside(look).constraint == "cannot_refuse":
        return Text("平台标明该退款不可拒绝", "the platform marks this refund as not refusable")
    return None


def known_reason(account: Account, look: Look, ask: Ask) -> Text | None:
    reasons = aside(look).reasons
    if ask.reason is None or reasons is None or ask.reason in {reason.code for reason in reasons}:
        return None
    listed = "; ".join(f"{reason.code} {reason.text or ''}".strip() for reason in reasons) or "-"
    return Text(
        f"此时不能使用该拒绝原因; 可用: {listed}", f"not a reason that may be given now; there are: {listed}"
    )


def known_address(account: Account, look: Look, ask: Ask) -> Text | None:
    places = aside(look).places
    if ask.address is None or ask.address in {place.address_id for place in places}:
        return None
    listed = "; ".join(f"{place.address_id} {place.text or ''}".strip() for place in places) or "-"
    return Text(
        f"店铺没有该地址编号; 可用: {listed}", f"the shop has no such address id; there are: {listed}"
    )


def disputed(account: Account, look: Look, ask: Ask) -> Text | None:
    if case_of(look).dispute in {"open", "evidence_due"}:
        return None
    return Text(
        "平台未介入, 无需举证: 请使用留言", "no dispute is open, nothing to prove: send a message instead"
    )


# ---------------------------------------------------------------- what is said


def length(least: int, most: int) -> Check:
    """Characters of the text."""

    def check(account: Account, look: Look, ask: Ask) -> Text | None:
        said = len((ask.text or "").strip())
        if ask.text is None or least <= said <= most:
            return None
        return Text(
            f"文字须为 {least}–{most} 字, 现为 {said}",
            f"the text wants {least} to {most} characters, it has {said}",
        )

    return check


def weight(most: int) -> Check:
    """Bytes of the text."""

    def check(account: Account, look: Look, ask: Ask) -> Text | None:
        said = len((ask.text or "").strip().encode())
        if ask.text is None or 0 < said <= most:
            return None
        return Text(
            f"文字不得超过 {most} 字节, 现为 {said}", f"the text may have {most} bytes, it has {said}"
        )

    return check


def picture(most: int) -> Check:
    """One picture of at most so many bytes; nothing said about none."""

    def check(account: Account, look: Look, ask: Ask) -> Text | None:
        if not ask.evidence:
            return None
        if len(ask.evidence) > 1:
            return Text(
                "平台只接受一张图片: 请拼为一张", "the platform takes one picture: join them into one"
            )
        return _unfit(ask.evidence[0], most)

    return check


def _unfit(proof: Evidence, most: int) -> Text | None:
    if proof.content is None:
        return Text(
            "平台需要图片文件本身, 不接受链接", "the platform wants the picture itself, not an address of it"
        )
    if _type(proof.content) is None:
        return Text("凭证须为 gif, jpg 或 png 图片", "the evidence must be a gif, jpg or png picture")
    if len(proof.content) > most:
        return Text(
            f"图片不得超过 {most} 字节, 现为 {len(proof.content)}",
            f"the picture may have {most} bytes, it has {len(proof.content)}",
        )
    return None


def _type(content: bytes) -> tuple[str, str] | None:
    return next((kind for start, kind in _TYPES.items() if content.startswith(start)), None)


def files(name: str, ask: Ask) -> dict[str, File]:
    """The picture as a part of the request; none where none was given."""
    if not ask.evidence or ask.evidence[0].content is None:
        return {}
    proof = ask.evidence[0]
    content = proof.content or b""
    ending, mime = _type(content) or ("bin", "application/octet-stream")
    stem = proof.name.rsplit(".", 1)[0] or "evidence"
    return {name: File(f"{stem}.{ending}", content, mime)}
