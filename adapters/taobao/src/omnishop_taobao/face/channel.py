"""The simulated message channel by polling: what happened to cases and orders, until it is confirmed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from omnishop_taobao.face.asking import Ask, Read
from omnishop_taobao.face.forms import Items
from omnishop_taobao.face.gate import Refusal, invalid
from omnishop_taobao.face.lists import number
from omnishop_taobao.face.shop import PLATFORM

AGAIN = timedelta(minutes=5)
"""A message that was not confirmed comes again (C)."""


def _consume(ask: Ask) -> dict[str, Any]:
    """Without a message there is no key `messages`."""
    if ask.params.get("group_name", "").strip() not in {"", "default"}:
        return {}
    quantity = number(ask.params, "quantity", 100, 200)
    outbox = ask.world.outbox
    outbox.collect(ask.world)
    given = outbox.give(PLATFORM, ask.shop, quantity, ask.world.now(), AGAIN)
    return {"messages": Items("tmc_message", [each.told.wire for each in given])}


def _confirm(ask: Ask) -> dict[str, Any]:
    ids = [part for part in ask.params["s_message_ids"].split(",") if part]
    if len(ids) > 200 or not all(part.isascii() and part.isdigit() for part in ids):  # noqa: PLR2004 - their limit
        raise invalid("s_message_ids")
    ask.world.outbox.confirm(PLATFORM, ask.shop, set(ids))
    return {"is_success": True}


def _user(ask: Ask) -> dict[str, Any]:
    if ask.params["nick"] != ask.shop.nick:
        raise Refusal(15, "Remote service error", "isv.user-not-exist:invalid-nick", "用户不存在")
    return {
        "tmc_user": {
            "user_id": int(ask.shop.shop_id),
            "user_nick": ask.shop.nick,
            "user_platform": "tbUIC",
            "group_name": "default",
            "is_valid": True,
        }
    }


CHANNEL: dict[str, Read] = {
    "taobao.tmc.messages.consume": Read(_consume, session=False),
    "taobao.tmc.messages.confirm": Read(_confirm, ("s_message_ids",), session=False),
    "taobao.tmc.user.get": Read(_user, ("fields", "nick"), session=False),
}
