"""What was said on a case, and what buyers wrote afterwards, on the wire."""

from __future__ import annotations

from typing import Any

from omnishop.model import to_beijing_text, yuan_text
from omnishop.sandbox.world import Case, Happening, Review
from omnishop_taobao.face.forms import Items
from omnishop_taobao.face.wire_cases import address_text
from omnishop_taobao.face.wire_orders import buyer, masked

_ROLES = {"buyer": "1", "seller": "2", "platform": "3"}
_EXCHANGE_ROLES = {"buyer": "买家", "seller": "卖家", "platform": "小二"}
EXCHANGE_ROLES = frozenset("123456")
"""`operator_roles`: seller, sub-account, staff, buyer, system, time-out (§4.4)."""

_GOOD, _NEUTRAL = 4, 3

TRACE_ACTIONS = {
    "picked_up": "GOT",
    "in_transit": "ARRIVAL",
    "out_for_delivery": "SENT_SCAN",
    "signed": "SIGNED",
    "returned": "FAILED",
}


def lines(case: Case) -> list[dict[str, Any]]:
    return _lines(case, _ROLES)


def exchange_lines(case: Case, wanted: frozenset[str]) -> list[dict[str, Any]]:
    """`wanted`: numbers of `operator_roles`; none: all."""
    rows = _lines(case, _EXCHANGE_ROLES, wanted)
    return [{**row, "refund_id": int(case.case_id)} for row in rows]


def _role_number(step: Happening) -> str:
    """Sub-accounts (2) and the system (5) do nothing in this world; 6 is the clock."""
    if step.step == "lapse" or step.rule is not None:
        return "6"
    return {"seller": "1", "platform": "3", "buyer": "4"}[step.actor]


def _lines(case: Case, roles: dict[str, str], wanted: frozenset[str] = frozenset()) -> list[dict[str, Any]]:
    """Newest first; the carrier says nothing here."""
    rows: list[dict[str, Any]] = []
    for number, step in enumerate(case.history):
        if step.actor not in roles or (wanted and _role_number(step) not in wanted):
            continue
        rows.append(
            {
                "id": int(case.case_id) % 10**9 * 100 + number,
                "refund_id": case.case_id,
                "refund_phase": case.phase,
                "owner_nick": masked(case.order.buyer.nick) if step.actor == "buyer" else case.shop.nick,
                "owner_role": roles[step.actor],
                "content": _content(case, step),
                "pic_urls": _pictures(case, step),
                "message_type": "RETURN_GOODS_APPROVED" if step.step == "agree_return" else "NORMAL",
                "created": to_beijing_text(step.at),
            }
        )
    return rows[::-1]


def _content(case: Case, step: Happening) -> str:
    """What agrees to a return carries the address (§4.2)."""
    if step.step != "agree_return" or case.return_address is None:
        return step.text
    return f"同意退货，地址：{address_text(case.return_address)}"


def _pictures(case: Case, step: Happening) -> Items:
    """Those given with these words."""
    if step.step != "message":
        return Items("pic_url", [])
    given = (proof for proof in case.proofs if (proof.actor, proof.text) == (step.actor, step.text))
    return Items("pic_url", [{"url": url} for proof in given for url in proof.pictures])


def grade(review: Review) -> str:
    """On Tmall there is none for the shopper: always good."""
    if review.shop.storefront == "tmall" or review.stars >= _GOOD:
        return "good"
    return "neutral" if review.stars == _NEUTRAL else "bad"


def rate(review: Review) -> dict[str, Any]:
    return {
        "tid": int(review.order.order_id),
        "oid": int(review.line.line_id),
        "role": "buyer",
        "nick": buyer(review.order.buyer)["buyer_nick"],
        "rated_nick": review.shop.nick,
        "result": grade(review),
        "created": to_beijing_text(review.created_at),
        "content": review.text,
        "reply": review.reply,
        "item_title": review.line.good.title,
        "item_price": yuan_text(review.line.price),
        "num_iid": int(review.line.good.item_id),
        "valid_score": True,
    }


def feed(review: Review) -> dict[str, Any]:
    row: dict[str, Any] = {
        "content": review.text,
        "comment_time": to_beijing_text(review.created_at),
        "has_negtv": review.stars <= _NEUTRAL,
        "user_nick": buyer(review.order.buyer)["buyer_nick"],
    }
    if review.follow_ups:
        last = review.follow_ups[-1]
        row |= {
            "append_content": last.text,
            "append_time": to_beijing_text(last.at),
            "append_has_negtv": False,
        }
    return row
